//! Keys, pastes and clicks, until the terminal is gone.

use std::sync::OnceLock;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use tokio::sync::watch;

/// The keyboard. Its reader starts with the first [`Input::next`] and again after each [`Input::pause`].
#[derive(Debug, Default)]
pub struct Input {
    stream: Option<EventStream>,
}

impl Input {
    /// A keyboard that nobody listens to yet. Needs an entered [`super::Terminal`] by the first `next`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next event, or `None` when the terminal is gone: quit at once, without another draw.
    ///
    /// Key releases are dropped. On Unix changes of size come as [`super::Signal::Resize`], coalesced, not from
    /// here. Cancel-safe: an event not yet returned is returned by the next call.
    pub async fn next(&mut self) -> Option<Event> {
        let mut gone = gone();
        loop {
            let stream = self.stream.get_or_insert_with(EventStream::new);
            let event = tokio::select! {
                biased;
                // crossterm 0.29 spins on a terminal that vanished and never says so.
                _ = gone.wait_for(|gone| *gone) => return None,
                event = stream.next() => event?.ok()?,
            };
            match event {
                Event::Key(key) if key.kind == KeyEventKind::Release => {}
                Event::Resize(..) if cfg!(unix) => {}
                event => return Some(event),
            }
        }
    }

    /// Stops reading, so that another program can; the next `next` reads again.
    pub fn pause(&mut self) {
        self.stream = None;
    }
}

/// Becomes true when the other end of the terminal is closed, even if nobody sends `SIGHUP`.
fn gone() -> watch::Receiver<bool> {
    // The sender lives for ever, so that waiting goes on where hang-ups cannot be watched.
    static GONE: OnceLock<watch::Sender<bool>> = OnceLock::new();
    GONE.get_or_init(|| {
        let (tell, _) = watch::channel(false);
        let watcher = tell.clone();
        let started = std::thread::Builder::new()
            .name("terminal-gone".into())
            .spawn(move || {
                if watch_for_hang_up() {
                    watcher.send_replace(true);
                }
            });
        if let Err(error) = started {
            tracing::warn!(%error, "a vanished terminal will only be noticed by SIGHUP");
        }
        tell
    })
    .subscribe()
}

/// Sleeps until the terminal hangs up; false where that cannot be known.
#[cfg(unix)]
fn watch_for_hang_up() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};

    let Ok(tty) = super::guard::tty() else {
        return false;
    };
    loop {
        // No events asked for: only a hang-up or an error wakes it.
        let mut fds = [PollFd::new(tty, PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if !fds[0].revents().is_empty() => return true,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => {
                tracing::warn!(%error, "a vanished terminal will only be noticed by SIGHUP");
                return false;
            }
        }
    }
}

#[cfg(not(unix))]
fn watch_for_hang_up() -> bool {
    false
}
