//! What differs between the rows of two moments.

use super::here::is_local;
use super::replica::{RECENT, Replica};
use crate::api::{Binding, Integration, Job, JobId, Source, SourceId, Space};
use crate::console::ids::RowKey;

/// In which of its values a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It was there, or is there.
    There,
    /// Its state: of a cursor, a run, an integration.
    State,
    /// On or off.
    On,
    /// Paused or not.
    Paused,
    /// Its name.
    Name,
    /// What it is linked to.
    Link,
    /// Its repository.
    Repo,
    /// Its branch.
    Branch,
    /// Its cursor.
    Cursor,
    /// The newest commit known.
    Head,
    /// Its pattern.
    Pattern,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The row.
    pub row: RowKey,
    /// In what.
    pub what: What,
    /// The source that it concerns.
    pub source: Option<SourceId>,
}

/// Everything that differs: sources, runs (newest first), bindings, spaces, integrations.
pub fn differences(then: &Replica, now: &Replica) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut put = |row: RowKey, source: Option<SourceId>, whats: Vec<What>| {
        found.extend(
            whats
                .into_iter()
                .map(|what| Difference { row, what, source }),
        );
    };
    for (id, was, is) in then.sources.changes(&now.sources) {
        // The log knows nothing of this machine.
        if is_local(id) {
            continue;
        }
        let whats = both(was.as_ref(), is.as_ref(), of_source);
        put(RowKey::Source(id), Some(id), whats);
    }
    let oldest = |replica: &Replica| {
        // Older ones than the recent may have been asked for: from there on none is missing.
        let floor = replica.loaded.runs.floor.map(JobId);
        let ids = replica.jobs.iter().map(|(_, job)| job.id);
        let full = replica.jobs.len() >= RECENT;
        let oldest = floor.or_else(|| ids.min().filter(|_| full));
        oldest.unwrap_or(JobId(0))
    };
    let (oldest_then, oldest_now) = (oldest(then), oldest(now));
    let mut jobs = then.jobs.changes(&now.jobs);
    jobs.reverse();
    for (id, was, is) in jobs {
        // Runs that fell out of the recent ones of a side are there all the same; how, is not known.
        let known = (was.is_some() || id >= oldest_then) && (is.is_some() || id >= oldest_now);
        if known && let Some(job) = is.or(was) {
            let whats = both(was, is, of_job);
            put(RowKey::Job(id), Some(job.source_id), whats);
        }
    }
    for ((space, source), was, is) in then.bindings.changes(&now.bindings) {
        let whats = both(was, is, of_binding);
        put(RowKey::Binding(space, source), Some(source), whats);
    }
    for (id, was, is) in then.spaces.changes(&now.spaces) {
        put(RowKey::Space(id), None, both(was, is, of_space));
    }
    for (id, was, is) in then.integrations.changes(&now.integrations) {
        put(RowKey::Integration(id), None, both(was, is, of_integration));
    }
    found
}

fn both<R>(was: Option<&R>, is: Option<&R>, differ: impl Fn(&R, &R) -> Vec<What>) -> Vec<What> {
    match (was, is) {
        (Some(was), Some(is)) => differ(was, is),
        _ => vec![What::There],
    }
}

fn those(tests: &[(What, bool)]) -> Vec<What> {
    let differ = tests.iter().filter(|(_, differs)| *differs);
    differ.map(|(what, _)| *what).collect()
}

fn of_source(was: &Source, is: &Source) -> Vec<What> {
    let cursor = |it: &Source| it.cursor.as_ref().map(|it| it.value.clone());
    let head = |it: &Source| it.head.as_ref().map(|it| it.sha.clone());
    those(&[
        (What::State, was.state != is.state),
        (What::Cursor, cursor(was) != cursor(is)),
        (What::Head, head(was) != head(is)),
        (What::On, was.enabled != is.enabled),
        (What::Paused, was.paused.is_some() != is.paused.is_some()),
        (What::Link, was.integration_id != is.integration_id),
        (What::Name, was.name != is.name),
        (What::Repo, was.repo != is.repo),
        (What::Branch, was.branch != is.branch),
    ])
}

fn of_job(was: &Job, is: &Job) -> Vec<What> {
    those(&[(What::State, was.status != is.status)])
}

fn of_binding(was: &Binding, is: &Binding) -> Vec<What> {
    those(&[
        (What::On, was.enabled != is.enabled),
        (What::Pattern, was.jrn_pattern != is.jrn_pattern),
    ])
}

fn of_space(was: &Space, is: &Space) -> Vec<What> {
    those(&[(What::Name, was.name != is.name)])
}

fn of_integration(was: &Integration, is: &Integration) -> Vec<What> {
    those(&[
        (What::State, was.status != is.status),
        (What::Name, was.name != is.name),
    ])
}
