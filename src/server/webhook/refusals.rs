//! Refused signatures: a counter for each integration and the last hundred, without bodies (sources.md §8). In memory:
//! whoever can send requests must not be able to fill the log.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::api::{IntegrationId, Provider};
use crate::base::Timestamp;

const KEPT: usize = 100;
/// So many refusals in a row are also deliveries in the log, so that the console shows them and why.
const LOGGED: i64 = 5;

/// Between two lines of the server's own log about refusals that go on.
const PAUSE_MS: i64 = 60_000;

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
    said: HashMap<Option<IntegrationId>, Said>,
    counts: HashMap<IntegrationId, i64>,
    last: VecDeque<Refusal>,
}

impl Kept {
    /// How many were refused without a line before this one; `None`: it gets none either. Of those that go on there is one a minute.
    fn worth_a_line(
        &mut self,
        integration: Option<IntegrationId>,
        now: Timestamp,
        always: bool,
    ) -> Option<u64> {
        let said = self.said.get_mut(&integration);
        if let Some(said) = said
            && !always
            && now.as_millis() < said.at.as_millis().saturating_add(PAUSE_MS)
        {
            said.since += 1;
            return None;
        }
        let said = self.said.insert(integration, Said { at: now, since: 0 });
        Some(said.map_or(0, |said| said.since))
    }
}

/// When the last line about them was logged, and how many came since.
struct Said {
    at: Timestamp,
    since: u64,
}

/// The refusals of a server.
#[derive(Default)]
pub struct Refusals(Mutex<Kept>);

impl Refusals {
    /// Whether refusals of it were counted: that it exists is known.
    pub fn knows(&self, integration: IntegrationId) -> bool {
        self.lock().counts.contains_key(&integration)
    }

    /// Notes one, of an integration only if there is one. Tells whether it is also worth a delivery in the log.
    pub fn note(&self, refusal: Refusal) -> bool {
        let mut kept = self.lock();
        if kept.last.len() == KEPT {
            kept.last.pop_front();
        }
        let integration = refusal.integration;
        let count = integration.map_or(i64::MAX, |id| {
            let count = kept.counts.entry(id).or_insert(0);
            *count += 1;
            *count
        });
        if let Some(more) = kept.worth_a_line(integration, refusal.at, count <= LOGGED) {
            tracing::warn!(provider = %refusal.provider, integration = ?integration, why = refusal.why, more, "webhook refused");
        }
        kept.last.push_back(refusal);
        count <= LOGGED
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

    #[test]
    fn a_flood_is_one_line_a_minute_that_says_how_many() {
        let mut kept = Kept::default();
        let at = Timestamp::from_millis;
        assert_eq!(kept.worth_a_line(None, at(0), false), Some(0));
        for n in 0..1_000 {
            assert_eq!(kept.worth_a_line(None, at(n), false), None);
        }
        assert_eq!(kept.worth_a_line(None, at(PAUSE_MS), false), Some(1_000));
        assert_eq!(kept.worth_a_line(None, at(PAUSE_MS + 1), false), None);
        // The first refusals of an integration are told one by one.
        let one = Some(IntegrationId(1));
        assert_eq!(kept.worth_a_line(one, at(0), true), Some(0));
        assert_eq!(kept.worth_a_line(one, at(0), true), Some(0));
    }
}
