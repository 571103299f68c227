//! How long to wait before trying again: longer each time, spread out, so that workers do not come back all at once.

use std::time::Duration;

use crate::base::{Random, SystemRandom};

/// Exponential with full jitter, from half a second to half a minute.
#[derive(Debug)]
pub struct Backoff {
    random: SystemRandom,
    failures: u32,
}

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

impl Backoff {
    pub fn new() -> Self {
        Self {
            random: SystemRandom::new(),
            failures: 0,
        }
    }

    /// It worked: the next failure is a first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure.
    pub fn next(&mut self) -> Duration {
        let mut bytes = [0u8; 2];
        self.random.fill(&mut bytes);
        let unit = f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX);
        let wait = spread(self.failures, unit);
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

fn spread(failures: u32, unit: f64) -> Duration {
    let ceiling = FIRST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    // Never at once: what refused a moment ago needs some time.
    (FIRST / 5).max(ceiling.mul_f64(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_within_half_a_minute() {
        assert_eq!(spread(0, 1.0), FIRST);
        assert_eq!(spread(3, 1.0), FIRST * 8);
        assert_eq!(spread(90, 1.0), LONGEST);
        assert_eq!(spread(90, 0.0), Duration::from_millis(100));
    }
}
