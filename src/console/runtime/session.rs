//! Who looks, and the name of the session, for a screen and for lines alike.

use super::Options;
use crate::base::{Random, SystemRandom};
use crate::console::model::Session;

/// The session of these options.
pub fn of(options: &Options) -> Session {
    Session {
        profile: options.profile.clone(),
        server: options.label.clone(),
        url: options.url.clone(),
        org: options.org.clone(),
        me: None,
        read_only: options.read_only,
        production: options.production,
        in_project: options.project.is_some(),
    }
}

/// Unique to this session: the first part of its idempotency keys.
pub fn key() -> String {
    let mut bytes = [0; 12];
    SystemRandom::new().fill(&mut bytes);
    format!("console-{}", hex::encode(bytes))
}
