//! A real server in a process of its own: `jolli serve`, or `jolli demo --headless`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::postgres::Database;
use super::{DEADLINE, Home, bin};

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    home: Arc<Home>,
}

impl Server {
    /// Starts one in a home of its own.
    pub fn start() -> Self {
        Self::start_in(&Arc::new(Home::new()), [] as [&str; 0])
    }

    /// Starts one in this home, as after a crash, with further arguments.
    pub fn start_in<S: Into<OsString>>(
        home: &Arc<Home>,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let serve = ["serve", "--listen", "127.0.0.1:0"].map(OsString::from);
        Self::run(
            home,
            serve.into_iter().chain(args.into_iter().map(Into::into)),
        )
    }

    /// Starts one without workers, on this database or the file of its home, with this master key and first token.
    pub fn start_on(home: &Arc<Home>, database: Option<&Database>, key: &str, token: &str) -> Self {
        Self::start_with(home, database, key, token, [])
    }

    /// The same, with further variables.
    pub fn start_with(
        home: &Arc<Home>,
        database: Option<&Database>,
        key: &str,
        token: &str,
        further: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let args = ["serve", "--listen", "127.0.0.1:0", "--workers", "0"];
        let env = [
            ("JOLLI_SECRET_KEY", key.to_owned()),
            ("JOLLI_ADMIN_TOKEN", token.to_owned()),
        ];
        let database = database.map(|database| ("JOLLI_DATABASE", database.url()));
        Self::run_with(home, args, env.into_iter().chain(database).chain(further))
    }

    /// The same over the file of its home, where a file that may grow no further is an error and not the end: for tests that
    /// set how long files may be.
    #[cfg(target_os = "linux")]
    pub fn start_bounded(home: &Arc<Home>, key: &str, token: &str) -> Self {
        let ignoring = "trap '' XFSZ; exec \"$@\"";
        let serve = ["serve", "--listen", "127.0.0.1:0", "--workers", "0"].map(OsString::from);
        let before = ["-c", ignoring, "sh"].map(OsString::from);
        let args = before.into_iter().chain([bin().into()]).chain(serve);
        let env = [
            ("JOLLI_SECRET_KEY", key.to_owned()),
            ("JOLLI_ADMIN_TOKEN", token.to_owned()),
        ];
        Self::of(Command::new("sh").args(args), home, env)
    }

    /// Starts whatever command line ends in a server that says where it listens.
    pub fn run<S: Into<OsString>>(home: &Arc<Home>, args: impl IntoIterator<Item = S>) -> Self {
        Self::run_with(home, args, [])
    }

    fn run_with<S: Into<OsString>>(
        home: &Arc<Home>,
        args: impl IntoIterator<Item = S>,
        env: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        Self::of(Command::new(bin()).args(args), home, env)
    }

    fn of(
        command: &mut Command,
        home: &Arc<Home>,
        env: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let log = home.path().join("server.log");
        let mut child = command
            .env_clear()
            .envs(home.env())
            .envs(env)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, first) = mpsc::channel();
        std::thread::spawn(move || {
            // Reads on after the first line, so that the server never blocks on a full pipe.
            while let Some(Ok(line)) = lines.next() {
                if let Some(url) = line.strip_prefix("listening on ") {
                    // The test may have given up already.
                    let _ = tell.send(url.trim().to_owned());
                }
            }
        });
        match first.recv_timeout(DEADLINE) {
            Ok(url) => Self {
                child,
                url,
                home: Arc::clone(home),
            },
            Err(why) => {
                // It may have ended by itself, which is what the log then says.
                let _ = child.kill();
                let status = child.wait().unwrap();
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("the server never said where it listens ({why}, {status})\n{log}");
            }
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// Where it keeps its data.
    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("server.log")).unwrap_or_default()
    }

    /// Asks it to end, and waits until it has; how long that took.
    pub fn end(&mut self) -> Duration {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        while began.elapsed() < DEADLINE {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}\n{}", self.log());
                return began.elapsed();
            }
            std::thread::yield_now();
        }
        panic!("the server does not end\n{}", self.log());
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
