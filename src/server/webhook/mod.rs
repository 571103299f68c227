//! Webhook intake (sources.md §8): what is refused without reading, what proves itself, and what it makes happen.

mod budget;
mod intake;
pub mod payload;
mod preview;
mod refusals;
mod signature;

pub use budget::Budget;
pub use intake::{again, receive};
pub use preview::preview;
pub use refusals::Refusals;
pub use signature::new_secret;

/// GitHub never sends more (sources.md §8: limits).
pub const LARGEST_BODY: usize = 25 << 20;
