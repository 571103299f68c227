//! The clock port. Rules never read the time; they are handed it.

use std::sync::atomic::{AtomicI64, Ordering};

use super::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }
}

/// A clock that stands at a chosen moment, or runs on from one; for the demo's history and for tests.
#[derive(Debug)]
pub struct SetClock {
    /// Milliseconds to add to the machine's clock, or the moment itself while frozen.
    value: AtomicI64,
    frozen: std::sync::atomic::AtomicBool,
}

impl SetClock {
    /// A clock that stands still at `moment`.
    pub fn frozen(moment: Timestamp) -> Self {
        Self {
            value: AtomicI64::new(moment.as_millis()),
            frozen: true.into(),
        }
    }

    /// Stands still at `moment` from now on.
    pub fn freeze(&self, moment: Timestamp) {
        self.value.store(moment.as_millis(), Ordering::SeqCst);
        self.frozen.store(true, Ordering::SeqCst);
    }

    /// Runs on from `moment` at the machine's pace.
    pub fn run_from(&self, moment: Timestamp) {
        self.value.store(
            moment.as_millis() - SystemClock.now().as_millis(),
            Ordering::SeqCst,
        );
        self.frozen.store(false, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let value = self.value.load(Ordering::SeqCst);
        if self.frozen.load(Ordering::SeqCst) {
            Timestamp::from_millis(value)
        } else {
            SystemClock.now().plus_millis(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_until_told_to_run() {
        let noon = Timestamp::from_millis(1_000_000);
        let clock = SetClock::frozen(noon);
        assert_eq!(clock.now(), noon);
        clock.run_from(noon);
        assert!(clock.now() >= noon);
    }
}
