//! The name of a session, for a screen and for lines alike.

use crate::base::{Random, SystemRandom};

/// Unique to this session: the first part of its idempotency keys.
pub fn key() -> String {
    let mut bytes = [0; 12];
    SystemRandom::new().fill(&mut bytes);
    format!("console-{}", hex::encode(bytes))
}
