//! P15: what a server holds at rest, as its own process, before and after a storm of webhooks, and how large the program is.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jolli::client::{AccessToken, Client};

use super::report::line;
use super::webhooks::Pushed;

/// How long it rests before it is looked at: what a storm took is given back by then.
const REST: Duration = Duration::from_secs(5);
const TOKEN: &str = "jolli_1_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

pub async fn measure(disk: &Path) {
    let program = Path::new(env!("CARGO_BIN_EXE_jolli"));
    let bytes = program.metadata().expect("it was built").len();
    line("P15 KB of the program", bytes as f64 / 1e3, None);
    let mut server = Serve::start(program, &disk.join("rest"));
    let token = AccessToken::new(TOKEN);
    let admin = Client::remote(&server.url, Some(token)).expect("a client");
    server.held("P15 KiB of a server at rest (PSS)").await;
    let pushed = Pushed::new(&admin).await;
    let (rate, _) = pushed.storm(&server.url, true).await;
    let after = format!(
        "P15 KiB of it {} s after {rate:.0} webhooks/s",
        REST.as_secs()
    );
    server.held(&after).await;
}

struct Serve {
    child: Child,
    url: String,
}

impl Serve {
    fn start(program: &Path, home: &Path) -> Self {
        std::fs::create_dir_all(home).expect("a folder");
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", "0"])
            .env("JOLLI_HOME", home)
            .env("JOLLI_KEYRING", "file")
            .env("JOLLI_SECRET_KEY", "ab".repeat(32))
            .env("JOLLI_ADMIN_TOKEN", TOKEN)
            .env("JOLLI_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("jolli runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("listening on ")?.trim().to_owned()))
            .expect("it says where it listens");
        Self { child, url }
    }

    /// Lets it rest, and prints what it holds and how often it wakes meanwhile.
    async fn held(&mut self, what: &str) {
        tokio::time::sleep(REST).await;
        let before = self.wakeups();
        tokio::time::sleep(REST).await;
        let woken = (self.wakeups() - before) as f64 / REST.as_secs_f64();
        let rollup = format!("/proc/{}/smaps_rollup", self.child.id());
        let Some(kib) = field(&rollup, "Pss:") else {
            println!("{what}: not measured, there is no {rollup}");
            return;
        };
        line(what, kib as f64, Some(("wakeups/s", woken)));
    }

    fn wakeups(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let tasks = tasks.into_iter().flatten().flatten();
        tasks
            .filter_map(|task| {
                let status = task.path().join("status");
                field(status.to_str()?, "voluntary_ctxt_switches:")
            })
            .sum()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The number behind a name in one of the kernel's files.
fn field(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}
