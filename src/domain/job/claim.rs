//! Claiming: a runner takes the oldest job whose lease is free (sources.md §9: step 1, step 2).

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::event::{NewEvent, Payload, Stream};
use super::super::id::{IntegrationId, JobId, LeaseEpoch, SourceId};
use super::super::kind::{BaseReason, IntegrationStatus, JobKind, JobStatus, SpaceStatus};
use super::super::row::{
    BindingRow, IntegrationRow, JobRow, JobSpaceRow, Key, LeaseRow, OrgRow, Row, SourceRow,
    SpaceRow, Table,
};
use super::super::view::{Decider, Decision, Find, Need, Reply, Scalar, Stop, Test, View};
use super::LEASE_SECONDS;

/// Takes the oldest job that may run.
#[derive(Debug)]
pub struct Claim {
    /// How the runner calls itself.
    pub runner: String,
    /// The kinds of jobs that it takes.
    pub kinds: Vec<JobKind>,
    /// Hex SHA-256 of the run token, if a job is found.
    pub run_token_hash: String,
}

/// What a claim offers: the answer's value, `null` when nothing may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimOffer {
    /// The job.
    pub job_id: JobId,
    /// The epoch of its lease.
    pub epoch: LeaseEpoch,
    /// A newer event of the provider's own chain makes this one unnecessary.
    pub superseded_by: Option<JobId>,
    /// Where the change set may start, best first; what is unreachable is passed over.
    pub bases: Vec<BaseCandidate>,
    /// An operator runs an event again that was processed, or tried, before.
    pub replay: bool,
    /// History was rewritten, by this event or by one before it that nobody has done.
    pub forced: bool,
}

/// A commit that a change set may start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BaseCandidate {
    /// The commit.
    pub sha: String,
    /// Why it.
    pub reason: BaseReason,
}

/// How many of the oldest waiting jobs are looked at first; when none of them may run, four times as many of the rest.
const WINDOW: u32 = 4;

impl Decider for Claim {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let (mut after, mut window) = (0, WINDOW);
        let kinds = open_kinds(view, &self.kinds)?;
        while !kinds.is_empty() {
            let waiting: Vec<&JobRow> = view.find(
                Find::all(Table::Jobs)
                    .test("kind", Test::In(kinds.clone()))
                    .test(
                        "status",
                        Test::In(vec![
                            JobStatus::Queued.as_str().into(),
                            JobStatus::Retrying.as_str().into(),
                        ]),
                    )
                    .test(
                        "next_attempt_at",
                        Test::AtMost(view.now().to_string().into()),
                    )
                    .test("id", Test::Above(after.into()))
                    .oldest("id")
                    .limit(window),
            )?;
            if let Some((job, source)) = first_free(view, &waiting)? {
                return self.take(view, job, source);
            }
            match waiting.last() {
                Some(last) if waiting.len() == window as usize => after = last.id.0,
                _ => break,
            }
            window = window.saturating_mul(4);
        }
        Ok(Decision {
            reply: Reply::Value(serde_json::Value::Null),
            ..Decision::default()
        })
    }
}

/// Those of the kinds whose queue is not paused.
fn open_kinds(view: &View, kinds: &[JobKind]) -> Result<Vec<Scalar>, Stop> {
    let org: Option<&OrgRow> = view.row(Key::Orgs(view.org()))?;
    let paused = |kind: &JobKind| {
        org.is_some_and(|org| org.paused_queues.iter().any(|queue| queue.kind == *kind))
    };
    Ok(kinds
        .iter()
        .filter(|kind| !paused(kind))
        .map(|kind| kind.as_str().into())
        .collect())
}

/// The first job whose source is on, not paused, and linked to an integration that lets it work, and whose lease is free.
fn first_free<'v>(
    view: &'v View,
    waiting: &[&'v JobRow],
) -> Result<Option<(&'v JobRow, &'v SourceRow)>, Stop> {
    view.require(waiting.iter().flat_map(|job| {
        [
            Need::Row(Key::Leases(job.source_id, job.branch.clone())),
            Need::Row(Key::Sources(job.source_id)),
        ]
    }))?;
    let mut runnable: Vec<(&JobRow, &SourceRow, IntegrationId)> = Vec::new();
    for job in waiting {
        let lease: Option<&LeaseRow> = view.row(Key::Leases(job.source_id, job.branch.clone()))?;
        let source: Option<&SourceRow> = view.row(Key::Sources(job.source_id))?;
        // One whose time is over is settled first: its job would run for ever if another took its lease.
        if lease.is_some_and(|lease| lease.job_id.is_some()) {
            continue;
        }
        if let Some(source) = source.filter(|source| source.enabled && source.paused.is_none())
            && let Some(integration) = source.integration_id
        {
            runnable.push((job, source, integration));
        }
    }
    let integrations = runnable
        .iter()
        .map(|(_, _, id)| Need::Row(Key::Integrations(*id)));
    view.require(integrations)?;
    let half_done = half_done(view, runnable.iter().map(|(job, _, _)| *job))?;
    for (job, source, id) in runnable {
        let integration: Option<&IntegrationRow> = view.row(Key::Integrations(id))?;
        // A newer job would show them the same commits once more (sources.md §9: contiguous ranges).
        let waits = half_done.iter().any(|older| {
            older.id < job.id && older.source_id == job.source_id && older.branch == job.branch
        });
        if !waits && integration.is_some_and(|integration| may_run(integration.status)) {
            return Ok(Some((job, source)));
        }
    }
    Ok(None)
}

/// The jobs of these branches that are to be tried again and have done a part of their spaces. All are asked for at once,
/// however many wait.
fn half_done<'v>(
    view: &'v View,
    jobs: impl Iterator<Item = &'v JobRow>,
) -> Result<Vec<&'v JobRow>, Stop> {
    let waiting = [JobStatus::Queued, JobStatus::Retrying].map(|status| status.as_str().into());
    let branches: BTreeSet<(SourceId, &str)> = jobs
        .map(|job| (job.source_id, job.branch.as_str()))
        .collect();
    let finds: Vec<Find> = branches
        .into_iter()
        .map(|(source, branch)| {
            Find::all(Table::Jobs)
                .is("source_id", source.0)
                .is("branch", branch)
                .test("status", Test::In(waiting.to_vec()))
                .test("started_at", Test::NotNull)
                .oldest("id")
        })
        .collect();
    view.require(finds.iter().cloned().map(Need::Find))?;
    let mut tried: Vec<&JobRow> = Vec::new();
    for find in finds {
        tried.extend(view.find::<JobRow>(find)?);
    }
    view.require(
        tried
            .iter()
            .map(|job| Need::Find(Find::all(Table::JobSpaces).is("job_id", job.id.0))),
    )?;
    let mut half_done = Vec::new();
    for job in tried {
        if has_done(view, job)? {
            half_done.push(job);
        }
    }
    Ok(half_done)
}

/// Whether spaces of a job are done that its cursor does not tell of yet.
fn has_done(view: &View, job: &JobRow) -> Result<bool, Stop> {
    let spaces: Vec<&JobSpaceRow> =
        view.find(Find::all(Table::JobSpaces).is("job_id", job.id.0))?;
    let done = |space: &&JobSpaceRow| {
        matches!(space.status, SpaceStatus::Updated | SpaceStatus::Unchanged)
    };
    Ok(spaces.iter().any(done))
}

impl Claim {
    fn take(&self, view: &View, job: &JobRow, source: &SourceRow) -> Result<Decision, Stop> {
        let lease: Option<&LeaseRow> = view.row(Key::Leases(job.source_id, job.branch.clone()))?;
        let siblings: Vec<&JobRow> = view.find(
            Find::all(Table::Jobs)
                .is("source_id", job.source_id.0)
                .is("branch", job.branch.as_str())
                .oldest("id"),
        )?;
        let epoch = LeaseEpoch(lease.map_or(0, |l| l.epoch.0) + 1);
        let offer = ClaimOffer {
            job_id: job.id,
            epoch,
            // What is done of it stays done once: only this job can do the rest and no more.
            superseded_by: if has_done(view, job)? {
                None
            } else {
                superseded_by(job, &siblings)
            },
            bases: bases(job, source, &siblings),
            replay: is_replay(job, &siblings),
            forced: is_forced(job, &siblings),
        };
        let (refused_at, refused) = lease.map_or((None, None), |lease| {
            (lease.refused_at, lease.refused.clone())
        });
        let lease = LeaseRow {
            org_id: view.org(),
            source_id: job.source_id,
            branch: job.branch.clone(),
            job_id: Some(job.id),
            epoch,
            run_token_hash: Some(self.run_token_hash.clone()),
            runner: Some(self.runner.clone()),
            expires_at: Some(view.now().plus_seconds(LEASE_SECONDS)),
            refused_at,
            refused,
        };
        let mut events = vec![NewEvent::new(
            Stream::Job(job.id),
            Payload::JobStarted {
                attempt: job.attempt + 1,
                runner: self.runner.clone(),
                epoch,
            },
        )];
        events.extend(left_out(view, job)?);
        Ok(Decision {
            events,
            side: vec![Row::Leases(lease)],
            reply: Reply::Value(json!(offer)),
            ..Decision::default()
        })
    }
}

/// Ends the spaces that were disabled, unbound or deleted since the event came (sources.md §8: a fan-out never grows, but
/// what is gone at the start is skipped).
fn left_out(view: &View, job: &JobRow) -> Result<Vec<NewEvent>, Stop> {
    let spaces: Vec<&JobSpaceRow> =
        view.find(Find::all(Table::JobSpaces).is("job_id", job.id.0))?;
    view.require(spaces.iter().flat_map(|space| {
        [
            Need::Row(Key::SpaceSources(space.space_id, job.source_id)),
            Need::Row(Key::Spaces(space.space_id)),
        ]
    }))?;
    let mut events = Vec::new();
    for row in spaces {
        let space: Option<&SpaceRow> = view.row(Key::Spaces(row.space_id))?;
        let binding: Option<&BindingRow> =
            view.row(Key::SpaceSources(row.space_id, job.source_id))?;
        let why = match (space, binding) {
            (None, _) => "the space was deleted since the event came",
            (_, None) => "the space was unbound since the event came",
            (_, Some(binding)) if !binding.enabled => {
                "its binding was turned off since the event came"
            }
            _ => continue,
        };
        if matches!(
            row.status,
            SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped
        ) {
            continue;
        }
        events.push(NewEvent::new(
            Stream::Job(job.id),
            Payload::SpaceFinished {
                space_id: row.space_id,
                status: SpaceStatus::Skipped,
                impacted_docs: row.impacted_docs.clone(),
                updated_docs: row.updated_docs.clone(),
                error: Some(why.to_owned()),
            },
        ));
    }
    Ok(events)
}

/// Whether jobs of an integration may run: not while the provider has taken its access away or it was removed. They wait.
const fn may_run(status: IntegrationStatus) -> bool {
    match status {
        IntegrationStatus::Active | IntegrationStatus::NeedsAccess | IntegrationStatus::Error => {
            true
        }
        IntegrationStatus::Suspended | IntegrationStatus::Removed => false,
    }
}

/// Whether the same event was queued before, in an older generation of the source: an operator replays it.
fn is_replay(job: &JobRow, siblings: &[&JobRow]) -> bool {
    job.kind == JobKind::CliImpact
        && job.head_sha.is_some()
        && siblings.iter().any(|other| {
            other.id < job.id
                && other.generation < job.generation
                && other.head_sha == job.head_sha
                && other.event_jrn == job.event_jrn
        })
}

/// Whether nobody will do what a job was about: it was cancelled, or skipped without another one that does it.
fn is_dropped(job: &JobRow) -> bool {
    match job.status {
        JobStatus::Cancelled => true,
        JobStatus::Skipped => job.superseded_by.is_none(),
        _ => false,
    }
}

fn is_zero(sha: &str) -> bool {
    sha.bytes().all(|b| b == b'0')
}

/// The newest job that the provider's own chain `before → after` leads to from `job`, if it is completed or pending
/// (seed 000: stale-event skip; sources.md §9: stale check). SHAs have no order of their own. A forced push breaks the chain,
/// at either end of it.
fn superseded_by(job: &JobRow, siblings: &[&JobRow]) -> Option<JobId> {
    // Who runs an event again wants that one; a catch-up is no event.
    if job.forced || job.kind != JobKind::CliImpact || is_replay(job, siblings) {
        return None;
    }
    let mut next_of: HashMap<&str, Vec<&JobRow>> = HashMap::new();
    for other in siblings {
        let follows = other.id > job.id
            && !other.forced
            && other.generation == job.generation
            && other.kind == JobKind::CliImpact
            && other.head_sha.is_some()
            && !is_dropped(other)
            && other.status != JobStatus::Failed;
        if let Some(before) = other.before_sha.as_deref().filter(|_| follows) {
            next_of.entry(before).or_default().push(other);
        }
    }
    let mut at = job.head_sha.as_deref()?;
    let mut last = None;
    let mut seen = HashSet::from([job.id]);
    while let Some(next) = next_of
        .get(at)
        .and_then(|jobs| jobs.iter().find(|next| !seen.contains(&next.id)))
    {
        seen.insert(next.id);
        at = next.head_sha.as_deref()?;
        last = Some(next.id);
    }
    last
}

/// Where the change set of `job` may start, best first. It is the event's own `before` only when everything earlier of the
/// branch has been processed; otherwise the oldest commit not yet covered, normally the cursor (sources.md §9: contiguous
/// ranges).
fn bases(job: &JobRow, source: &SourceRow, siblings: &[&JobRow]) -> Vec<BaseCandidate> {
    let before = job.before_sha.clone().filter(|sha| !is_zero(sha));
    if job.kind == JobKind::AgentTurn {
        // The thread goes on with the change that it is about.
        let given = before.map(|sha| BaseCandidate {
            sha,
            reason: BaseReason::Given,
        });
        return given.into_iter().collect();
    }
    let mut found: Vec<BaseCandidate> = Vec::new();
    let mut offer = |sha: Option<String>, reason: BaseReason| {
        if let Some(sha) = sha
            && !found.iter().any(|b| b.sha == sha)
        {
            found.push(BaseCandidate { sha, reason });
        }
    };
    let cursor = source
        .cursor
        .as_ref()
        .map(|c| c.value.clone())
        .filter(|_| job.moves_cursor);
    // The commit that a source was linked at stands for the cursor until there is one. A push that ends there is of the
    // time before.
    let baseline = source
        .baseline_sha
        .clone()
        .filter(|baseline| job.moves_cursor && job.head_sha.as_ref() != Some(baseline));
    match cursor {
        Some(cursor) if before.as_deref() == Some(cursor.as_str()) => {
            offer(before, BaseReason::EventBefore);
        }
        Some(cursor) => {
            offer(Some(cursor), BaseReason::Cursor);
            offer(before, BaseReason::EventBefore);
        }
        None if job.kind == JobKind::CatchUp => offer(before, BaseReason::Baseline),
        None => {
            match baseline {
                Some(start) if before.as_deref() == Some(start.as_str()) => {
                    offer(Some(start), BaseReason::EventBefore);
                }
                start => offer(start, BaseReason::Baseline),
            }
            let done = |other: &&&JobRow| other.status == JobStatus::Succeeded;
            let last = siblings.iter().filter(done).map(|other| other.id).max();
            let uncovered = siblings
                .iter()
                .filter(|other| {
                    other.id < job.id
                        && last.is_none_or(|last| other.id > last)
                        && other.generation == job.generation
                        && !is_dropped(other)
                })
                .find_map(|other| other.before_sha.clone().filter(|sha| !is_zero(sha)));
            // Pushes may come in any order: what the provider's chain has before this one and nobody did is part of it.
            let start = chain_start(job, siblings);
            if start.is_none_or(is_zero) {
                // The branch began with it, so everything is new.
                return found;
            }
            offer(start.map(str::to_owned), BaseReason::EventBefore);
            offer(uncovered, BaseReason::EventBefore);
            offer(before, BaseReason::EventBefore);
        }
    }
    found
}

/// Where the provider's chain of pushes that nobody has done begins, this job's own `before` at the latest.
fn chain_start<'j>(job: &'j JobRow, siblings: &[&'j JobRow]) -> Option<&'j str> {
    let first = chain_back(job, siblings).take_while(|earlier| !earlier.forced);
    match first.last() {
        Some(earlier) => earlier.before_sha.as_deref(),
        None => job.before_sha.as_deref(),
    }
}

/// Whether the run has to do with a history that was rewritten: its event says so, or one that nobody has done and that
/// the provider's chain has before it.
fn is_forced(job: &JobRow, siblings: &[&JobRow]) -> bool {
    job.forced || chain_back(job, siblings).any(|earlier| earlier.forced)
}

/// The pushes before this one in the provider's chain that nobody has done, the nearest first.
fn chain_back<'j>(job: &'j JobRow, siblings: &[&'j JobRow]) -> impl Iterator<Item = &'j JobRow> {
    let mut before: HashMap<&str, Vec<&JobRow>> = HashMap::new();
    for other in siblings {
        let open = other.kind == JobKind::CliImpact
            && other.generation == job.generation
            && other.status != JobStatus::Succeeded
            && !is_dropped(other);
        if let Some(head) = other.head_sha.as_deref().filter(|_| open) {
            before.entry(head).or_default().push(other);
        }
    }
    let mut seen = HashSet::from([job.id]);
    let mut at = if job.forced {
        None
    } else {
        job.before_sha.as_deref()
    };
    std::iter::from_fn(move || {
        let candidates = before.get(at?)?;
        let earlier = *candidates.iter().find(|it| !seen.contains(&it.id))?;
        seen.insert(earlier.id);
        at = earlier.before_sha.as_deref();
        Some(earlier)
    })
}

#[cfg(test)]
mod tests;
