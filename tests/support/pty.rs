//! A program in a terminal of its own, driven and read as a person would: keys in, conditions on the screen out.
//!
//! Never sleeps: every wait is a condition checked whenever output arrives, with a deadline that fails the test
//! and shows the screen.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::view::{Beside, Modes, View};
use super::{DEADLINE, Home, bin, keys};

/// A program to start: arguments, environment, size.
#[derive(Debug)]
pub struct Launch {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: Option<PathBuf>,
    size: (u16, u16),
    home: Option<Arc<Home>>,
}

impl Launch {
    pub fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn cwd(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cwd = Some(dir.into());
        self
    }

    /// Columns and rows; 120×40 unless told.
    pub fn size(mut self, cols: u16, rows: u16) -> Self {
        self.size = (cols, rows);
        self
    }

    /// Lives in this home instead of one of its own, as for a second start.
    pub fn home(mut self, home: &Arc<Home>) -> Self {
        self.home = Some(Arc::clone(home));
        self
    }

    /// Starts it.
    pub fn spawn(self) -> Console {
        Console::start(self)
    }
}

/// A running program and its terminal. Dropping it kills the program.
pub struct Console {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    shared: Arc<Shared>,
    pid: Pid,
    home: Arc<Home>,
    sent: u64,
    escape_pending: bool,
    deadline: Duration,
}

struct Shared {
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    parser: vt100::Parser<Beside>,
    bytes: u64,
    reads: u64,
    /// The last program that had the terminal open has closed it.
    closed: bool,
    exit: Option<ExitStatus>,
}

impl State {
    fn view(&self) -> View<'_> {
        View {
            screen: self.parser.screen(),
            beside: self.parser.callbacks(),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A condition that failed while it looked has changed nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.news.notify_all();
    }
}

fn cells(size: (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    let at_least_one = |count| NonZeroU16::new(count).expect("a terminal has cells");
    (at_least_one(size.1), at_least_one(size.0))
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Console {
    /// Any program.
    pub fn of(program: impl AsRef<OsStr>) -> Launch {
        Launch {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            size: (120, 40),
            home: None,
        }
    }

    /// The built `jolli`.
    pub fn jolli() -> Launch {
        Self::of(bin())
    }

    /// The built `jolli` with these arguments and this environment on top of the fixed one.
    pub fn spawn(args: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        let launch = Self::jolli().args(args).size(cols, rows);
        env.iter()
            .fold(launch, |launch, (name, value)| launch.env(name, value))
            .spawn()
    }

    fn start(launch: Launch) -> Self {
        let home = launch.home.unwrap_or_else(|| Arc::new(Home::new()));
        let mut command = CommandBuilder::new(&launch.program);
        command.args(&launch.args);
        command.env_clear();
        for (name, value) in home.env() {
            command.env(name, value);
        }
        command.env("JOLLI_TEST_IDLE", "1");
        for (name, value) in &launch.env {
            command.env(name, value);
        }
        command.cwd(launch.cwd.unwrap_or_else(|| home.path().to_owned()));

        let pair = native_pty_system().openpty(pty_size(launch.size)).unwrap();
        let mut child = pair
            .slave
            .spawn_command(command)
            .unwrap_or_else(|error| panic!("{} does not start: {error}", launch.program.display()));
        // Ours must be closed for the terminal to close with the program.
        drop(pair.slave);

        let (rows, cols) = cells(launch.size);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                parser: vt100::Parser::new_with_callbacks(rows, cols, 1000, Beside::default()),
                bytes: 0,
                reads: 0,
                closed: false,
                exit: None,
            }),
            news: Condvar::new(),
        });
        let pid = Pid::from_raw(child.process_id().unwrap() as i32).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let drained = Arc::clone(&shared);
        std::thread::spawn(move || {
            // Always read: a full terminal would stop the program and look like a hang.
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                drained.change(|state| {
                    state.bytes += count as u64;
                    state.reads += 1;
                    state.parser.process(&chunk[..count]);
                });
            }
            drained.change(|state| state.closed = true);
        });
        let waited = Arc::clone(&shared);
        std::thread::spawn(move || {
            let status = child.wait().unwrap();
            waited.change(|state| state.exit = Some(status));
        });
        Self {
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            shared,
            pid,
            home,
            sent: 0,
            escape_pending: false,
            deadline: DEADLINE,
        }
    }

    /// How long waits wait, for tests that know better.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// The home it lives in, for a second program beside it.
    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    // Keys

    /// Presses one key: a character or a name of [`keys::bytes`].
    pub fn press(&mut self, key: &str) -> &mut Self {
        self.after_escape();
        self.write(&keys::bytes(key));
        self.sent += 1;
        self.escape_pending = key == "Esc";
        self
    }

    /// Types characters one after the other.
    pub fn keys(&mut self, text: &str) -> &mut Self {
        self.after_escape();
        self.write(text.as_bytes());
        self.sent += text.chars().count() as u64;
        self
    }

    /// Pastes text, bracketed when the program asked for that.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.after_escape();
        if self.view(|view| view.screen.bracketed_paste()) {
            self.write(&keys::paste(text));
            self.sent += 1;
        } else {
            self.keys(text);
        }
        self
    }

    /// Clicks the cell in which the text begins.
    pub fn click_on(&mut self, text: &str) -> &mut Self {
        let (col, row) = self.wait(&format!("{text:?} to click on"), |view| view.find(text));
        self.write(&keys::click(col, row));
        self.sent += 2;
        self
    }

    /// Sends bytes as they are; they count as no key.
    pub fn write(&mut self, bytes: &[u8]) {
        if let Err(error) = self
            .writer
            .write_all(bytes)
            .and_then(|()| self.writer.flush())
        {
            self.fail(&format!("keys do not reach the program: {error}"));
        }
    }

    /// Escape and a key at once would be one key with Alt: people are slower than that.
    fn after_escape(&mut self) {
        if self.escape_pending && self.view(|view| view.beside.idle.is_some()) {
            self.settle();
        }
        self.escape_pending = false;
    }

    // Waits

    /// Waits until the condition gives something and returns that.
    pub fn wait<T>(&self, what: &str, condition: impl Fn(View<'_>) -> Option<T>) -> T {
        let until = Instant::now() + self.deadline;
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = condition(state.view()) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                let why = if state.closed {
                    "the program ended"
                } else {
                    "too late"
                };
                let screen = state.view().boxed();
                drop(state);
                panic!("waited for {what}: {why}\n{screen}");
            }
            state = self.shared.news.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until the condition holds.
    pub fn wait_for(&self, what: &str, condition: impl Fn(View<'_>) -> bool) -> &Self {
        self.wait(what, |view| condition(view).then_some(()));
        self
    }

    /// Waits until some row shows the text.
    pub fn wait_text(&self, text: &str) -> &Self {
        self.wait_for(&format!("{text:?}"), |view| view.shows(text))
    }

    /// Waits until no row shows the text.
    pub fn wait_gone(&self, text: &str) -> &Self {
        self.wait_for(&format!("{text:?} to go"), |view| !view.shows(text))
    }

    /// Waits until this row, counted from zero, shows the text.
    pub fn wait_row(&self, row: usize, text: &str) -> &Self {
        self.wait_for(&format!("{text:?} in row {row}"), |view| {
            view.row(row).contains(text)
        })
    }

    /// Waits until the program has declared every key sent so far done, with nothing in flight.
    pub fn settle(&self) -> &Self {
        let sent = self.sent;
        self.wait_for(&format!("{sent} keys to be handled"), |view| {
            view.beside.idle.is_some_and(|handled| handled >= sent)
        })
    }

    /// Waits until the program has ended and nothing holds its terminal any more.
    pub fn wait_exit(&self) -> ExitStatus {
        let until = Instant::now() + self.deadline;
        let mut state = self.shared.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match &state.exit {
                Some(status) if state.closed => return status.clone(),
                Some(_) if left.is_zero() => {
                    let screen = state.view().boxed();
                    drop(state);
                    panic!(
                        "the program ended, but something it started holds the terminal\n{screen}"
                    );
                }
                None if left.is_zero() => {
                    let screen = state.view().boxed();
                    drop(state);
                    panic!("the program does not end\n{screen}");
                }
                _ => state = self.shared.news.wait_timeout(state, left).unwrap().0,
            }
        }
    }

    // The screen

    /// Reads the screen at this moment.
    pub fn view<T>(&self, read: impl FnOnce(View<'_>) -> T) -> T {
        read(self.shared.lock().view())
    }

    /// The rows as text.
    pub fn screen(&self) -> Vec<String> {
        self.view(|view| view.rows())
    }

    /// The emulator's screen, for cells and their styles, and for pictures.
    pub fn snapshot(&self) -> vt100::Screen {
        self.view(|view| view.screen.clone())
    }

    /// The modes the terminal is in now.
    pub fn modes(&self) -> Modes {
        let raw = self.raw();
        self.view(|view| Modes::of(view.screen, raw))
    }

    fn raw(&self) -> bool {
        use rustix::fs::{Mode, OFlags, open};
        use rustix::termios::{LocalModes, tcgetattr};

        let name = self.master.tty_name().expect("a terminal has a name");
        let tty = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let local = tcgetattr(tty).unwrap().local_modes;
        !local.contains(LocalModes::ICANON) && !local.contains(LocalModes::ECHO)
    }

    /// Bytes received so far.
    pub fn bytes(&self) -> u64 {
        self.shared.lock().bytes
    }

    /// Chunks received so far: at least one for each write of the program that was read on its own.
    pub fn reads(&self) -> u64 {
        self.shared.lock().reads
    }

    /// Frames shown so far, counted by their synchronized updates.
    pub fn frames(&self) -> u64 {
        self.view(|view| view.beside.frames)
    }

    // The world around

    /// Changes the size of the window.
    pub fn resize(&self, cols: u16, rows: u16) -> &Self {
        // The emulator first: what the program draws for the new size must not meet the old one.
        let (r, c) = cells((cols, rows));
        self.shared.change(|state| state.parser.set_size(r, c));
        self.master.resize(pty_size((cols, rows))).unwrap();
        self
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) -> &Self {
        kill_process(self.pid, signal).unwrap();
        self
    }

    fn fail(&self, why: &str) -> ! {
        let screen = self.view(|view| view.boxed());
        panic!("{why}\n{screen}");
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if self.shared.lock().exit.is_none() {
            // It leads its own session, so its group is what it started in this terminal. It may just have ended.
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }
}
