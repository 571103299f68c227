//! `Terminal`: what the console holds while it has the screen.

use std::fs::File;
use std::io;

use ratatui::Frame;
use ratatui::layout::{Rect, Size};

use super::frame::FrameBackend;
use super::guard;
use super::input::Input;
use super::modes::Mode;

/// Shown where the terminal does not know its size (some serial lines and build machines say 0×0).
const FALLBACK: Size = Size {
    width: 80,
    height: 24,
};

/// Why the console cannot have the screen.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    #[error(
        "the console needs a terminal, and there is none ({0}). \
         Run it in one; `jolli console --plain` talks in lines, `jolli cursor diagnose` and `jolli events tail` print text"
    )]
    NoTerminal(#[source] io::Error),
    #[error(
        "this terminal cannot be drawn on, as its name says (TERM=dumb). \
         `jolli console --plain` talks in lines; where the name is wrong, set TERM, for example TERM=xterm-256color"
    )]
    Dumb,
    #[error("the terminal refused to be set up ({0}). Try `reset`")]
    Setup(#[source] io::Error),
    #[error(
        "nothing would bring the console back: no shell with job control started it. \
         Open another terminal instead"
    )]
    NoJobControl,
    #[error("the terminal is gone ({0})")]
    Gone(#[from] io::Error),
}

/// The screen while the console has it. Dropping it gives the terminal back as it was found.
///
/// Enter and draw on the thread that runs the event loop: a panic there restores the terminal and is reported,
/// a panic on any other thread is logged and left to whoever awaits that task.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<FrameBackend<&'static File>>,
    marks_idle: bool,
    mouse: bool,
}

impl Terminal {
    /// Takes the screen: raw keys, alternate screen, hidden cursor, bracketed paste; no mouse.
    ///
    /// Call after `color_eyre::install`, whose report is then printed on the restored screen.
    ///
    /// # Errors
    /// There is no terminal, it cannot be drawn on, or it refuses; whatever was set by then is undone.
    pub fn enter() -> Result<Self, TerminalError> {
        if std::env::var_os("TERM").is_some_and(|it| it == "dumb") {
            return Err(TerminalError::Dumb);
        }
        let tty = guard::tty().map_err(TerminalError::NoTerminal)?;
        guard::hook_panics();
        guard::draws_here();
        // crossterm 0.29 turns `NO_COLOR` into full resets that erase the selection; themes decide instead.
        crossterm::style::force_color_output(true);
        let entered = guard::set(&Mode::SESSION)
            .and_then(|()| ratatui::Terminal::new(FrameBackend::new(tty, size)));
        match entered {
            Ok(screen) => Ok(Self {
                screen,
                marks_idle: std::env::var_os("JOLLI_TEST_IDLE").is_some(),
                mouse: false,
            }),
            Err(error) => {
                // The first failure is the one to report; this one would only follow from it.
                let _ = guard::restore();
                Err(TerminalError::Setup(error))
            }
        }
    }

    /// Draws one frame: at most one write, none when nothing changed.
    ///
    /// # Errors
    /// The terminal is gone: quit.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        guard::draws_here();
        if !guard::is_on(Mode::Raw) {
            // A task that panicked on this thread gave the terminal back, and was then caught.
            self.resume()?;
        }
        self.screen.draw(view)?;
        self.screen.backend_mut().present()
    }

    /// The size in cells, never zero.
    pub fn size(&self) -> io::Result<Size> {
        size()
    }

    /// Makes the next frame repaint every cell, without asking the terminal anything.
    pub fn redraw(&mut self) -> io::Result<()> {
        let Size { width, height } = size()?;
        self.screen.backend_mut().forget();
        self.screen.resize(Rect::new(0, 0, width, height))
    }

    /// Whether the mouse is reported.
    pub fn mouse(&self) -> bool {
        self.mouse
    }

    /// Reports clicks, wheel and drag, or leaves them to the terminal's own selection.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on {
            guard::set(&[Mode::Mouse])
        } else {
            guard::unset(Mode::Mouse)
        }
    }

    /// Publishes, for tests that wait on it, that `handled` input events are done with and nothing is in flight.
    ///
    /// Writes the title `idle:<handled>`, only where `JOLLI_TEST_IDLE` is set; call after the draw.
    pub fn mark_idle(&mut self, handled: u64) -> io::Result<()> {
        if !self.marks_idle {
            return Ok(());
        }
        let mark = format!("\x1b]2;idle:{handled}\x07");
        self.screen.backend_mut().write_aside(mark.as_bytes())
    }

    /// Puts text on the clipboard of the machine the operator sits at (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        use crossterm::Command;
        use crossterm::clipboard::CopyToClipboard;

        let mut sequence = String::new();
        CopyToClipboard::to_clipboard_from(text)
            .write_ansi(&mut sequence)
            .map_err(io::Error::other)?;
        self.screen.backend_mut().write_aside(sequence.as_bytes())
    }

    /// Gives the terminal back until [`Terminal::resume`]; idempotent.
    pub fn leave(&mut self) -> io::Result<()> {
        guard::restore()
    }

    /// Takes the screen again and repaints all of it with the next frame.
    ///
    /// Also right after a stop and continue from outside (`Signal::Continue`): the shell changed the modes.
    pub fn resume(&mut self) -> io::Result<()> {
        // Raw mode is remembered process-wide; forgetting it first makes it be set again.
        guard::restore()?;
        guard::set(&Mode::SESSION)?;
        if self.mouse {
            guard::set(&[Mode::Mouse])?;
        }
        self.redraw()
    }

    /// Stops like any job on Ctrl-Z, and comes back with `fg`.
    ///
    /// # Errors
    /// [`TerminalError::NoJobControl`] when nobody could continue the process: the console then just goes on.
    #[cfg(unix)]
    pub async fn suspend(&mut self, input: &mut Input) -> Result<(), TerminalError> {
        use tokio::signal::unix::{SignalKind, signal};

        if !has_job_control() {
            return Err(TerminalError::NoJobControl);
        }
        let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        input.pause();
        self.leave()?;
        stop_group()?;
        // Other threads may run on for an instant; nothing is drawn before the shell says so.
        continued.recv().await;
        Ok(self.resume()?)
    }

    /// There is no job control to suspend to.
    #[cfg(not(unix))]
    pub async fn suspend(&mut self, _input: &mut Input) -> Result<(), TerminalError> {
        Err(TerminalError::NoJobControl)
    }

    /// Lends the terminal to another program (`$EDITOR`), keyboard included, and takes it back.
    ///
    /// # Errors
    /// The terminal is gone. What `run` made of it is its own answer.
    pub async fn hand_over<T: Send + 'static>(
        &mut self,
        input: &mut Input,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TerminalError> {
        input.pause();
        self.leave()?;
        let mut run = tokio::task::spawn_blocking(run);
        #[cfg(unix)]
        let done = {
            let mut stops = super::signals::stops()?;
            loop {
                tokio::select! {
                    done = &mut run => break done,
                    // Ctrl-Z at the program stopped it; the shell waits for the whole group.
                    _ = stops.recv() => if has_job_control() {
                        stop_group()?;
                    },
                }
            }
        };
        #[cfg(unix)]
        super::signals::ignore_typed();
        #[cfg(not(unix))]
        let done = run.await;
        self.resume()?;
        input.drain()?;
        done.map_err(|panicked| TerminalError::Gone(io::Error::other(panicked)))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring, and a destructor has nobody to tell.
        let _ = guard::restore();
    }
}

#[cfg(unix)]
fn size() -> io::Result<Size> {
    let size = rustix::termios::tcgetwinsize(guard::tty()?)?;
    Ok(never_zero(Size::new(size.ws_col, size.ws_row)))
}

#[cfg(not(unix))]
fn size() -> io::Result<Size> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(never_zero(Size::new(width, height)))
}

fn never_zero(size: Size) -> Size {
    if size.width == 0 || size.height == 0 {
        FALLBACK
    } else {
        size
    }
}

/// Whether a shell in our session watches over our process group; without one a stop is for ever.
///
/// Asked through `nix`: in a container whose leaders live outside it, groups and sessions have the id 0, which `rustix`
/// does not allow for.
#[cfg(unix)]
fn has_job_control() -> bool {
    use nix::unistd::{getpgid, getpgrp, getppid, getsid};

    let parent = getppid();
    if parent.as_raw() == 0 {
        return false;
    }
    let same_session = getsid(None).is_ok_and(|ours| getsid(Some(parent)) == Ok(ours));
    let other_group = getpgid(Some(parent)).is_ok_and(|group| group != getpgrp());
    same_session && other_group
}

/// STOP, to the whole group: it cannot be ignored, and an editor that git started stops with us.
#[cfg(unix)]
fn stop_group() -> io::Result<()> {
    Ok(rustix::process::kill_current_process_group(
        rustix::process::Signal::STOP,
    )?)
}
