//! Timers by name; the loop sleeps until the first.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::console::msg::Timer;

/// The timers that are armed.
#[derive(Debug, Default)]
pub struct Timers(BTreeMap<Timer, Instant>);

impl Timers {
    /// Sets one, or sets it anew.
    pub fn arm(&mut self, timer: Timer, after: Duration) {
        self.0.insert(timer, Instant::now() + after);
    }

    /// Takes one back.
    pub fn disarm(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    /// When the first goes off.
    pub fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// Those that have gone off.
    pub fn due(&mut self) -> Vec<Timer> {
        let now = Instant::now();
        let due: Vec<Timer> = self
            .0
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(timer, _)| *timer)
            .collect();
        for timer in &due {
            self.0.remove(timer);
        }
        due
    }
}
