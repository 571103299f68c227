//! Refused signatures: a counter for each integration and the last hundred, without bodies (sources.md §8). In memory:
//! whoever can send requests must not be able to fill the log.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::api::{IntegrationId, Provider};
use crate::base::Timestamp;

const KEPT: usize = 100;
/// So many refusals in a row are also deliveries in the log, so that the console shows them and why.
const LOGGED: i64 = 5;

/// One refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// Whose webhook it claims to be.
    pub provider: Provider,
    /// For which integration, where the address names one.
    pub integration: Option<IntegrationId>,
    /// Why.
    pub why: String,
}

#[derive(Default)]
struct Kept {
    counts: HashMap<IntegrationId, i64>,
    last: VecDeque<Refusal>,
}

/// The refusals of a server.
#[derive(Default)]
pub struct Refusals(Mutex<Kept>);

impl Refusals {
    /// Notes one. Tells whether it is also worth a delivery in the log.
    pub fn note(&self, refusal: Refusal) -> bool {
        let mut kept = self.lock();
        if kept.last.len() == KEPT {
            kept.last.pop_front();
        }
        let integration = refusal.integration;
        tracing::warn!(provider = %refusal.provider, integration = ?integration, why = refusal.why, "webhook refused");
        kept.last.push_back(refusal);
        match integration {
            Some(id) => {
                let count = kept.counts.entry(id).or_insert(0);
                *count += 1;
                *count <= LOGGED
            }
            None => false,
        }
    }

    /// A good signature ends the row.
    pub fn good(&self, integration: IntegrationId) {
        self.lock().counts.remove(&integration);
    }

    /// Refused in a row, by integration.
    pub fn counts(&self) -> HashMap<IntegrationId, i64> {
        self.lock().counts.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_bad_signatures_is_counted_but_not_logged_without_end() {
        let refusals = Refusals::default();
        let refusal = Refusal {
            at: Timestamp::from_millis(0),
            provider: Provider::GitHub,
            integration: Some(IntegrationId(1)),
            why: "signature".into(),
        };
        let logged = (0..1_000)
            .filter(|_| refusals.note(refusal.clone()))
            .count();
        assert_eq!(logged, 5);
        assert_eq!(refusals.counts()[&IntegrationId(1)], 1_000);
        assert_eq!(refusals.lock().last.len(), KEPT);
        refusals.good(IntegrationId(1));
        assert!(refusals.note(refusal));
    }
}
