//! Ports to what is not deterministic: the clock, randomness, identifiers. Nothing else of ours lives below.

pub mod clock;
pub mod random;
pub mod time;

pub use clock::{Clock, SystemClock};
pub use random::{Random, SystemRandom};
pub use time::Timestamp;
