//! Randomness for the demo: secrets are as unguessable as anywhere, while the jitter of retries is what the story says,
//! so that two builds are alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::Random;

/// Fixed jitter over another source of randomness.
pub struct StoryRandom {
    inner: Arc<dyn Random>,
    /// The jitter as bits; not a number: that of `inner`.
    unit: AtomicU64,
}

impl StoryRandom {
    /// Secrets come from `inner`.
    pub fn new(inner: Arc<dyn Random>) -> Self {
        Self {
            inner,
            unit: AtomicU64::new(0.5_f64.to_bits()),
        }
    }

    /// From now on jitter is `unit`, in 0..1.
    pub fn jitter(&self, unit: f64) {
        self.unit.store(unit.to_bits(), Ordering::SeqCst);
    }

    /// From now on jitter is as random as anywhere: the story is told.
    pub fn jitter_freely(&self) {
        self.jitter(f64::NAN);
    }
}

impl Random for StoryRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.inner.fill(bytes);
    }

    fn unit(&self) -> f64 {
        let told = f64::from_bits(self.unit.load(Ordering::SeqCst));
        if told.is_nan() {
            self.inner.unit()
        } else {
            told
        }
    }
}
