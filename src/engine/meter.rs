//! What dispatch counts: commands by what came of them, and how long an accepted one took until it was durable. Numbers
//! and names of types only: nothing of an org, so that whoever looks after the machine may read them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::domain::event::{Event, Payload};
use crate::domain::limits::LEASE_LOST;
use crate::domain::row::JobFailure;
use crate::store::{Outcome, StoreError};

/// Label values are names from the code: as many as there are commands and event types, whatever is asked.
pub type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// Counts what goes through an engine; its copies count together.
#[derive(Clone, Debug)]
pub struct Meter(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    commands: Family<Labels<2>, Counter>,
    accepted: Family<Labels<3>, Histogram>,
    deliveries: Family<Labels<2>, Counter>,
    runs: Family<Labels<1>, Counter>,
    leases: Family<Labels<1>, Counter>,
    cursors: Family<Labels<1>, Counter>,
}

/// From half a millisecond to 16 s.
pub fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 2.0, 16))
}

impl Default for Meter {
    fn default() -> Self {
        Self(Arc::new(Counts {
            commands: Family::default(),
            accepted: Family::new_with_constructor(seconds),
            deliveries: Family::default(),
            runs: Family::default(),
            leases: Family::default(),
            cursors: Family::default(),
        }))
    }
}

impl Meter {
    /// Gives its counts to who publishes them.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "commands",
            "Commands by what came of them; tried: a dry run; abandoned: the caller went away before the answer",
            self.0.commands.clone(),
        );
        registry.register_with_unit(
            "command_accepted",
            "From a command to its first event being durable",
            Unit::Seconds,
            self.0.accepted.clone(),
        );
        registry.register(
            "webhook_deliveries",
            "Webhooks that were taken in, by provider and by what became of them",
            self.0.deliveries.clone(),
        );
        registry.register(
            "runs_ended",
            "Attempts of jobs by how they ended; retried: to be tried again",
            self.0.runs.clone(),
        );
        registry.register(
            "leases",
            "Leases that were taken, and those that were lost because nobody renewed them",
            self.0.leases.clone(),
        );
        registry.register(
            "cursor_moves",
            "Cursors that were advanced or cleared",
            self.0.cursors.clone(),
        );
    }

    /// Counts what these events say of webhooks, runs, leases and cursors.
    fn count(counts: &Counts, events: &[Event]) {
        for event in events {
            match &event.payload {
                Payload::DeliveryReceived(received) => {
                    let labels = [
                        ("provider", received.provider.as_str().into()),
                        // A closed set (sources.md §8: reasons).
                        ("reason", received.reason.clone().into()),
                    ];
                    counts.deliveries.get_or_create(&labels).inc();
                }
                Payload::CursorAdvanced { .. } => one(&counts.cursors, "result", "advanced"),
                Payload::CursorCleared { .. } => one(&counts.cursors, "result", "cleared"),
                Payload::JobStarted { .. } => one(&counts.leases, "event", "taken"),
                Payload::JobSucceeded {} => one(&counts.runs, "outcome", "succeeded"),
                Payload::JobFailed { error } => {
                    lost(counts, error);
                    one(&counts.runs, "outcome", "failed");
                }
                Payload::JobSkipped { .. } => one(&counts.runs, "outcome", "skipped"),
                Payload::JobCancelled { .. } => one(&counts.runs, "outcome", "cancelled"),
                Payload::RetryScheduled {
                    error: Some(error),
                    by_operator: false,
                    ..
                } => {
                    lost(counts, error);
                    one(&counts.runs, "outcome", "retried");
                }
                _ => {}
            }
        }
    }

    /// A command of this kind begins.
    pub(super) fn begin(&self, command: &'static str, dry_run: bool) -> Timed<'_> {
        Timed {
            counts: &self.0,
            command,
            dry_run,
            began: Instant::now(),
            outcome: "abandoned",
        }
    }
}

/// One command under way. It is counted when this goes, also when nobody waits for its outcome any more.
pub(super) struct Timed<'a> {
    counts: &'a Counts,
    command: &'static str,
    dry_run: bool,
    began: Instant,
    outcome: &'static str,
}

impl Timed<'_> {
    /// It is over.
    pub(super) fn end(mut self, result: &Result<Outcome, StoreError>) {
        self.outcome = match result {
            Ok(Outcome::Accepted(_)) if self.dry_run => "tried",
            Ok(Outcome::Accepted(done)) => match done.events.first() {
                Some(first) => {
                    Meter::count(self.counts, &done.events);
                    let labels = [
                        ("command", self.command.into()),
                        ("aggregate", first.stream.kind().into()),
                        ("event", first.payload.event_type().into()),
                    ];
                    self.counts
                        .accepted
                        .get_or_create(&labels)
                        .observe(self.began.elapsed().as_secs_f64());
                    "accepted"
                }
                None => "unchanged",
            },
            Ok(Outcome::Replayed { .. }) => "replayed",
            Ok(Outcome::Rejected(_)) => "rejected",
            Ok(Outcome::IdReused) => "id-reused",
            Err(_) => "failed",
        };
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        let labels = [
            ("command", self.command.into()),
            ("outcome", self.outcome.into()),
        ];
        self.counts.commands.get_or_create(&labels).inc();
    }
}

fn one(family: &Family<Labels<1>, Counter>, name: &'static str, value: &'static str) {
    family.get_or_create(&[(name, value.into())]).inc();
}

fn lost(counts: &Counts, error: &JobFailure) {
    if error.code == LEASE_LOST {
        one(&counts.leases, "event", "lost");
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;
    use crate::store::StoreError;

    fn published(meter: &Meter) -> String {
        let mut registry = Registry::default();
        meter.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    #[test]
    fn a_command_is_counted_once_also_when_nobody_waits_for_its_outcome() {
        let meter = Meter::default();
        meter
            .begin("CreateSource", false)
            .end(&Ok(Outcome::IdReused));
        meter
            .begin("CreateSource", false)
            .end(&Err(StoreError::Unavailable("gone".into())));
        drop(meter.clone().begin("CreateSource", false));
        let text = published(&meter);
        for outcome in ["id-reused", "failed", "abandoned"] {
            let line =
                format!("commands_total{{command=\"CreateSource\",outcome=\"{outcome}\"}} 1\n");
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }
}
