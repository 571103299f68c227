//! What the system tells the console.

use std::io;

/// One thing the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `TERM`, `INT` or `QUIT`: finish and quit. After `TERM` a second is left until `Signals` is dropped.
    Terminate,
    /// `HUP`: the terminal is gone; quit at once and draw nothing.
    HangUp,
    /// `TSTP` from outside (Ctrl-Z is a key here): call `Terminal::suspend`.
    Suspend,
    /// `CONT`: call `Terminal::resume`; the modes may have been changed meanwhile.
    Continue,
    /// `WINCH`: draw again; several in a row are one.
    Resize,
}

#[cfg(unix)]
pub use unix::Signals;
#[cfg(unix)]
pub(super) use unix::{ignore_typed, stops};

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use futures_util::FutureExt;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
    use tokio_util::sync::{CancellationToken, DropGuard};

    use super::{Signal, io};
    use crate::console::terminal::guard;

    /// How long the event loop may take to end once it is asked to; then the process ends itself, terminal restored.
    const GRACE: Duration = Duration::from_secs(1);

    /// How long after another program gave the terminal back a typed signal still counts as typed at it. The system may tell
    /// that program first, and us when it has ended already; and whoever wants it to end presses Ctrl-C more than once.
    const STILL_THEIRS: Duration = Duration::from_millis(500);

    /// When another program last gave the terminal back: Ctrl-C typed at an editor is not meant for us.
    static GIVEN_BACK: Mutex<Option<Instant>> = Mutex::new(None);

    fn given_back() -> Option<Instant> {
        *GIVEN_BACK.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The signals. Several of one kind that nobody has asked for yet are one. Dropped when the event loop has ended and
    /// the terminal is given back: what is closed after that may take its time.
    #[derive(Debug)]
    pub struct Signals {
        terminate: Stream,
        hang_up: Stream,
        interrupt: Stream,
        quit: Stream,
        suspend: Stream,
        proceed: Stream,
        resize: Stream,
        /// The time the terminal was given back whose typed signals are thrown away.
        given_back: Option<Instant>,
        /// Which of the signals that end it the loop has taken.
        taken: Arc<AtomicU8>,
        _listened: DropGuard,
    }

    const TERMINATE: u8 = 1;
    const INTERRUPT: u8 = 2;
    const QUIT: u8 = 4;

    impl Signals {
        /// Listens from now on, in the current runtime. From now on `TERM` and `HUP` end the process within a
        /// second even if the event loop hangs. Once these are dropped, `TERM`, `INT` and `QUIT` end it at once.
        ///
        /// # Errors
        /// The system refuses a handler.
        pub fn listen() -> io::Result<Self> {
            let loop_ended = CancellationToken::new();
            let signals = Self {
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                suspend: stops()?,
                proceed: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
                resize: signal(SignalKind::window_change())?,
                given_back: given_back(),
                taken: Arc::default(),
                _listened: loop_ended.clone().drop_guard(),
            };
            let asked = Asked {
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
            };
            tokio::spawn(end_in_time(asked, loop_ended, signals.taken.clone()));
            Ok(signals)
        }

        /// The next signal; waits for ever when none comes. Cancel-safe. The most urgent goes first.
        pub async fn next(&mut self) -> Signal {
            loop {
                let given_back = given_back();
                let ours = self.given_back == given_back;
                let until_ours = given_back.map_or(Duration::ZERO, |at| {
                    STILL_THEIRS.saturating_sub(at.elapsed())
                });
                // The streams never end: their senders are static.
                tokio::select! {
                    biased;
                    _ = self.hang_up.recv() => return Signal::HangUp,
                    _ = self.terminate.recv() => return self.ends(TERMINATE),
                    () = tokio::time::sleep(until_ours), if !ours => {
                        for typed in [&mut self.interrupt, &mut self.quit, &mut self.suspend] {
                            // Whether there was one does not matter: it was for the program that had the terminal.
                            let _ = typed.recv().now_or_never();
                        }
                        self.given_back = given_back;
                    }
                    _ = self.interrupt.recv(), if ours => return self.ends(INTERRUPT),
                    _ = self.quit.recv(), if ours => return self.ends(QUIT),
                    _ = self.suspend.recv(), if ours => return Signal::Suspend,
                    _ = self.proceed.recv() => return Signal::Continue,
                    _ = self.resize.recv() => return Signal::Resize,
                }
            }
        }

        fn ends(&self, signal: u8) -> Signal {
            self.taken.fetch_or(signal, Ordering::SeqCst);
            Signal::Terminate
        }
    }

    /// The stops asked for by the keyboard of whoever has the terminal, or by `kill -TSTP`.
    pub(in super::super) fn stops() -> io::Result<Stream> {
        signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))
    }

    /// Declares what was typed at the program that just gave the terminal back as meant for it.
    pub(in super::super) fn ignore_typed() {
        *GIVEN_BACK.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The signals that ask for an end.
    struct Asked {
        terminate: Stream,
        hang_up: Stream,
        interrupt: Stream,
        quit: Stream,
    }

    impl Asked {
        /// While the loop runs. Typed signals are keys to it.
        async fn of_the_loop(&mut self) -> SignalKind {
            tokio::select! {
                _ = self.terminate.recv() => SignalKind::terminate(),
                _ = self.hang_up.recv() => SignalKind::hangup(),
            }
        }

        /// Once the loop has ended: whoever asks now does not want to wait. A terminal that goes says so more than once, and
        /// asks for nothing by that. Listeners are told one after the other, so what the loop has `taken` may still be on
        /// its way here; it does not count again.
        async fn not_to_wait(&mut self, taken: u8) -> SignalKind {
            if taken & TERMINATE != 0 {
                self.terminate.recv().await;
            }
            for (before, signal) in [(&mut self.interrupt, INTERRUPT), (&mut self.quit, QUIT)] {
                // Whether there was one before does not matter: the loop has ended.
                let came = before.recv().now_or_never().is_some();
                if !came && taken & signal != 0 {
                    before.recv().await;
                }
            }
            tokio::select! {
                _ = self.terminate.recv() => SignalKind::terminate(),
                _ = self.interrupt.recv() => SignalKind::interrupt(),
                _ = self.quit.recv() => SignalKind::quit(),
            }
        }
    }

    async fn end_in_time(mut asked: Asked, loop_ended: CancellationToken, taken: Arc<AtomicU8>) {
        let asked_to_end = tokio::select! {
            biased;
            signal = asked.of_the_loop() => Some(signal),
            () = loop_ended.cancelled() => None,
        };
        let in_time = tokio::time::timeout(GRACE, loop_ended.cancelled()).await;
        let signal = match (asked_to_end, in_time) {
            (Some(signal), Err(_)) => signal,
            (asked_to_end, _) => {
                let mut taken = taken.load(Ordering::SeqCst);
                if asked_to_end == Some(SignalKind::terminate()) {
                    // That one has come.
                    taken &= !TERMINATE;
                }
                asked.not_to_wait(taken).await
            }
        };
        // The loop hangs, or somebody does not want to wait. The exit code is what a shell reports for the signal.
        if let Err(error) = guard::restore() {
            tracing::warn!(%error, "the terminal could not be restored");
        }
        std::process::exit(128 + signal.as_raw_value());
    }
}

#[cfg(not(unix))]
pub use elsewhere::Signals;

#[cfg(not(unix))]
mod elsewhere {
    use super::{Signal, io};

    /// The signals: Ctrl-C, where there are no others.
    #[derive(Debug)]
    pub struct Signals;

    impl Signals {
        /// Listens from now on.
        pub fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        /// The next signal; waits for ever when none comes.
        pub async fn next(&mut self) -> Signal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => Signal::Terminate,
                Err(error) => {
                    tracing::warn!(%error, "Ctrl-C cannot be listened to");
                    std::future::pending().await
                }
            }
        }
    }
}
