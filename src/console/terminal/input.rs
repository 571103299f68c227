//! Keys, pastes and clicks, until the terminal is gone.

use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use futures_util::task::AtomicWaker;
use tokio::sync::watch;

/// The longest that a reader takes to let go of the keyboard.
const LET_GO: Duration = Duration::from_millis(500);

/// The keyboard. Its reader starts with the first [`Input::next`] and again after each [`Input::pause`].
#[derive(Debug, Default)]
pub struct Input {
    stream: Option<EventStream>,
    reader: Arc<Reader>,
}

/// The thread that reads for the stream: it wakes whoever waits as the last thing it does, whether it read something or was told to
/// stop.
#[derive(Debug, Default)]
struct Reader {
    task: AtomicWaker,
    reads: Mutex<bool>,
    ended: Condvar,
}

impl Wake for Reader {
    fn wake(self: Arc<Self>) {
        self.set(false);
        self.ended.notify_all();
        self.task.wake();
    }
}

impl Reader {
    fn set(&self, reads: bool) -> bool {
        let mut now = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *now, reads)
    }

    /// Waits until it has let go; whether it did.
    fn wait_ended(&self) -> bool {
        let reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ended.wait_timeout_while(reads, LET_GO, |reads| *reads);
        let (reads, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !*reads
    }
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
            let reader = Arc::clone(&self.reader);
            let waker = Waker::from(Arc::clone(&reader));
            let event = poll_fn(|task| {
                reader.task.register(task.waker());
                // Before it may start, for it may end before this returns.
                let before = reader.set(true);
                let polled = stream.poll_next_unpin(&mut Context::from_waker(&waker));
                if polled.is_ready() {
                    reader.set(before);
                }
                polled
            });
            let event = tokio::select! {
                biased;
                // crossterm 0.29 spins on a terminal that vanished and never says so.
                _ = gone.wait_for(|gone| *gone) => return None,
                event = event => event?.ok()?,
            };
            match event {
                Event::Key(key) if key.kind == KeyEventKind::Release => {}
                Event::Resize(..) if cfg!(unix) => {}
                event => return Some(event),
            }
        }
    }

    /// Stops reading, so that another program can; the next `next` reads again. Waits until the reader has let go: a key typed at
    /// the other program would go to both otherwise.
    pub fn pause(&mut self) {
        if self.stream.take().is_some() && !self.reader.wait_ended() {
            tracing::warn!("the reader of the keyboard did not confirm that it stopped");
        }
    }

    /// Throws away what was typed, or answered by the terminal, while another program had it: it was not meant for this one.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn drain(&mut self) -> std::io::Result<()> {
        #[cfg(unix)]
        rustix::termios::tcflush(super::guard::tty()?, rustix::termios::QueueSelector::IFlush)?;
        while crossterm::event::poll(Duration::ZERO)? {
            let junk = crossterm::event::read()?;
            tracing::debug!(?junk, "dropped");
        }
        Ok(())
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
