//! What several columns say in words: how far a run is, what became of a delivery, what an event happened to.

use std::time::Duration;

use crate::api::{
    Binding, Delivery, DeliveryStatus, Event, Integration, Job, JobStatus, SpaceStatus,
};
use crate::base::Timestamp;
use crate::console::model::Replica;

/// `2/3`: spaces of a run that are done, of all; `None`: it has none, or they do not count.
pub fn progress(job: &Job) -> Option<String> {
    progressed(job).map(|(done, all)| format!("{done}/{all}"))
}

/// How many of its spaces are done, and of how many; `None`: that says nothing of it.
pub fn progressed(job: &Job) -> Option<(usize, usize)> {
    if job.spaces.is_empty() || job.status == JobStatus::Skipped {
        return None;
    }
    let done = job
        .spaces
        .iter()
        .filter(|space| {
            matches!(
                space.status,
                SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped
            )
        })
        .count();
    Some((done, job.spaces.len()))
}

/// How long the present attempt of a run took or takes.
pub fn length(now: Timestamp, job: &Job) -> Option<Duration> {
    let started = job
        .steps
        .iter()
        .map(|step| step.started_at)
        .min()
        .or(job.started_at)?;
    let ended = job.finished_at.unwrap_or(now);
    Some(ended.since(started))
}

/// `push main`.
pub fn event(delivery: &Delivery) -> String {
    match &delivery.git_ref {
        Some(full) => format!("{} {}", delivery.event, short_ref(full)),
        None => delivery.event.clone(),
    }
}

/// A ref without what all of its kind begin with.
pub fn short_ref(full: &str) -> &str {
    full.strip_prefix("refs/heads/")
        .or_else(|| full.strip_prefix("refs/"))
        .unwrap_or(full)
}

/// `queued → #91`, or the reason why nothing was.
pub fn result(delivery: &Delivery) -> String {
    match (delivery.status, delivery.job_ids.as_slice()) {
        (DeliveryStatus::Queued, [_, ..]) => tr!("queued → {runs}", runs = runs(delivery)),
        (DeliveryStatus::Duplicate, _) => match &delivery.duplicate_of {
            Some(first) => {
                let first: String = first.chars().take(8).collect();
                tr!("duplicate of {first}", first)
            }
            None => delivery.reason.clone(),
        },
        _ => delivery.reason.clone(),
    }
}

/// `#91 #92`: the runs that a delivery queued.
pub fn runs(delivery: &Delivery) -> String {
    let jobs: Vec<String> = delivery
        .job_ids
        .iter()
        .map(|job| format!("#{job}"))
        .collect();
    jobs.join(" ")
}

/// What a binding watches: its documents' rules, or what narrows its events.
pub fn watched(binding: &Binding) -> String {
    match &binding.jrn_pattern {
        Some(pattern) => pattern.clone(),
        None if binding.watches.is_empty() => tr!("all paths").to_owned(),
        None => binding.watches.join(" "),
    }
}

/// What an integration covers.
pub fn covers(integration: &Integration) -> Option<&String> {
    integration.repo.as_ref().or(integration.account.as_ref())
}

/// The stream of an event by the name that the screen uses, where its row is known.
pub fn stream(replica: &Replica, event: &Event) -> String {
    format!("{} {}", event.aggregate_kind, stream_name(replica, event))
}

/// What the stream is called.
pub fn stream_name(replica: &Replica, event: &Event) -> String {
    let kind = event.aggregate_kind.as_str();
    let known = match kind {
        "source" => event
            .stream_id
            .parse()
            .ok()
            .and_then(|id| replica.sources.name(id))
            .map(str::to_owned),
        "space" => event
            .stream_id
            .parse()
            .ok()
            .and_then(|id| replica.spaces.get(id))
            .map(|space| space.slug.clone()),
        "job" => Some(format!("#{}", event.stream_id)),
        _ => None,
    };
    known.unwrap_or_else(|| event.stream_id.clone())
}
