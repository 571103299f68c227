//! The process-wide record of which modes are on, so that any way out can undo them.
//!
//! Lock-free on purpose: a panic may strike while any lock is held, and the terminal must still be restored.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Once, OnceLock};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::modes::{self, Mode};

static TTY: OnceLock<File> = OnceLock::new();
static ON: AtomicU8 = AtomicU8::new(0);

thread_local! {
    /// Whether this thread draws. A panic elsewhere is a failed task, which the console reports in a pane.
    static DRAWS: Cell<bool> = const { Cell::new(false) };
}

/// The terminal that the session writes to: standard output when it is one, else the controlling terminal.
///
/// # Errors
/// There is no terminal, or it cannot be opened.
pub(super) fn tty() -> io::Result<&'static File> {
    if TTY.get().is_none() {
        let file = open_tty()?;
        // Two first calls at once open it twice; either descriptor serves.
        let _ = TTY.set(file);
    }
    Ok(TTY.get().expect("the terminal was opened just above"))
}

#[cfg(unix)]
fn open_tty() -> io::Result<File> {
    use std::io::IsTerminal;
    use std::os::fd::AsFd;

    let stdout = io::stdout();
    if stdout.is_terminal() {
        // A descriptor of our own: `Stdout` writes line by line, a frame is one write.
        Ok(File::from(stdout.as_fd().try_clone_to_owned()?))
    } else {
        File::options().read(true).write(true).open("/dev/tty")
    }
}

#[cfg(not(unix))]
fn open_tty() -> io::Result<File> {
    File::options().read(true).write(true).open("CONOUT$")
}

/// Turns the modes on, raw mode first so that a background process stops before it writes.
pub(super) fn set(modes: &[Mode]) -> io::Result<()> {
    let tty = tty()?;
    let mut bytes = Vec::with_capacity(64);
    for &mode in modes {
        // Marked before it is done: undoing a mode that never came on is harmless, the opposite is not.
        ON.fetch_or(mode.bit(), Ordering::SeqCst);
        if mode == Mode::Raw {
            enable_raw_mode()?;
        }
        bytes.extend_from_slice(mode.on());
    }
    write(tty, &bytes)
}

/// Turns one mode off.
pub(super) fn unset(mode: Mode) -> io::Result<()> {
    write(tty()?, mode.off())?;
    ON.fetch_and(!mode.bit(), Ordering::SeqCst);
    Ok(())
}

/// Whether the mode is on.
pub(super) fn is_on(mode: Mode) -> bool {
    ON.load(Ordering::SeqCst) & mode.bit() != 0
}

/// Undoes every mode that is on, in reverse order; doing it again does nothing.
///
/// # Errors
/// The terminal is gone. Raw mode is left even when the bytes could not be written.
pub fn restore() -> io::Result<()> {
    let set = ON.swap(0, Ordering::SeqCst);
    if set == 0 {
        return Ok(());
    }
    let written = tty().and_then(|tty| write(tty, &modes::undo(set)));
    let cooked = if set & Mode::Raw.bit() == 0 {
        Ok(())
    } else {
        disable_raw_mode()
    };
    written.and(cooked)
}

/// Writes all of it, in one call to the kernel whenever the kernel takes it.
pub(super) fn write(mut tty: &File, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    tty.write_all(bytes)
}

/// Declares this thread the one that draws.
pub(super) fn draws_here() {
    DRAWS.with(|draws| draws.set(true));
}

/// Makes a panic restore the terminal before the report is printed. Call after `color_eyre::install`.
pub(super) fn hook_panics() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let draws = DRAWS.try_with(Cell::get).unwrap_or(false);
            if ON.load(Ordering::SeqCst) != 0 && !draws {
                // A report here would be smeared over the screen of a console that lives on.
                tracing::error!(panic = %info, "a background task panicked");
                return;
            }
            // The report matters more than a terminal that is already gone.
            let _ = restore();
            report(info);
        }));
    });
}
