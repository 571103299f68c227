//! Ports to what is not deterministic: the clock, randomness, identifiers; and to processes. Nothing else of ours lives below.

pub mod clock;
pub mod hash;
pub mod process;
pub mod random;
pub mod time;

pub use clock::{Clock, SetClock, SystemClock};
pub use hash::sha256_hex;
pub use process::ProcessGroup;
pub use random::{Random, SystemRandom};
pub use time::Timestamp;
