//! A program in a terminal of its own, with the moment of everything that it writes.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use color_eyre::eyre::{bail, eyre};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

use super::process::Process;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Frames that were finished: synchronized updates that ended.
#[derive(Debug, Default)]
struct Frames(u64);

impl vt100::Callbacks for Frames {
    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        if first == Some(b'?') && last == 'l' && params.first() == Some(&[2026].as_slice()) {
            self.0 += 1;
        }
    }
}

/// What was written so far.
pub struct Seen {
    parser: Parser<Frames>,
    /// Bytes in all.
    pub bytes: u64,
    /// When the newest of them came.
    pub at: Instant,
    closed: bool,
}

impl Seen {
    /// Frames that were finished.
    pub fn frames(&self) -> u64 {
        self.parser.callbacks().0
    }

    /// The rows of the screen.
    pub fn rows(&self) -> Vec<String> {
        let screen = self.parser.screen();
        screen.rows(0, screen.size().1.get()).collect()
    }

    /// Whether some row shows the text.
    pub fn shows(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }
}

struct Shared {
    seen: Mutex<Seen>,
    news: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running program; dropping it kills it.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    shared: Arc<Shared>,
    /// When it was started.
    pub began: Instant,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size((width, height): (u16, u16)) -> PtySize {
    PtySize {
        rows: height,
        cols: width,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells((width, height): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    let at_least_one = |n| NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
    (at_least_one(height), at_least_one(width))
}

impl Terminal {
    /// Starts a program in a terminal of so many columns and rows.
    pub fn start(command: CommandBuilder, columns_rows: (u16, u16)) -> color_eyre::Result<Self> {
        let pair = native_pty_system()
            .openpty(size(columns_rows))
            .map_err(|e| eyre!("no terminal: {e}"))?;
        let mut output = pair.master.try_clone_reader().map_err(|e| eyre!("{e}"))?;
        let writer = pair.master.take_writer().map_err(|e| eyre!("{e}"))?;
        let (rows, columns) = cells(columns_rows);
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: Parser::new_with_callbacks(rows, columns, 0, Frames::default()),
                bytes: 0,
                at: Instant::now(),
                closed: false,
            }),
            news: Condvar::new(),
        });
        let program = command.get_argv().join(std::ffi::OsStr::new(" "));
        let began = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .map_err(|e| eyre!("{} does not start: {e}", program.display()))?;
        // Ours must be closed for the terminal to close with the program.
        drop(pair.slave);
        let told = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                let at = Instant::now();
                let mut seen = told.lock();
                seen.bytes += count as u64;
                seen.at = at;
                seen.parser.process(&chunk[..count]);
                drop(seen);
                told.news.notify_all();
            }
            told.lock().closed = true;
            told.news.notify_all();
        });
        Ok(Self {
            master: pair.master,
            writer,
            child,
            shared,
            began,
        })
    }

    /// The process.
    pub fn process(&self) -> color_eyre::Result<Process> {
        let id = self.child.process_id();
        id.map(Process).ok_or_else(|| eyre!("the program ended"))
    }

    /// Types; answers when.
    pub fn send(&mut self, keys: &str) -> color_eyre::Result<Instant> {
        let at = Instant::now();
        self.writer.write_all(keys.as_bytes())?;
        self.writer.flush()?;
        Ok(at)
    }

    /// Another size.
    pub fn resize(&mut self, columns_rows: (u16, u16)) -> color_eyre::Result<()> {
        let (rows, columns) = cells(columns_rows);
        self.shared
            .lock()
            .parser
            .screen_mut()
            .set_size(rows, columns);
        self.master
            .resize(size(columns_rows))
            .map_err(|e| eyre!("no such size: {e}"))
    }

    /// What was written so far.
    pub fn look<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.shared.lock())
    }

    /// Waits until it holds; answers when what made it so came.
    pub fn wait(&self, what: &str, holds: impl Fn(&Seen) -> bool) -> color_eyre::Result<Instant> {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.shared.lock();
        loop {
            if holds(&seen) {
                return Ok(seen.at);
            }
            let left = until.saturating_duration_since(Instant::now());
            if seen.closed || left.is_zero() {
                bail!(
                    "waited for {what}, and the screen is\n{}",
                    seen.rows().join("\n")
                );
            }
            let woken = self.shared.news.wait_timeout(seen, left);
            seen = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the program has ended by itself.
    pub fn end(&mut self) -> color_eyre::Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the program ended badly: {status:?}");
        }
        Ok(())
    }

    /// Waits until nothing was written for so long; answers when the last of it came.
    pub fn quiet(&self, pause: Duration) -> Instant {
        let mut seen = self.shared.lock();
        loop {
            let left = pause.saturating_sub(seen.at.elapsed());
            if left.is_zero() || seen.closed {
                return seen.at;
            }
            let woken = self.shared.news.wait_timeout(seen, left);
            seen = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
