//! Intake: what a webhook delivery makes happen (sources.md §8). One event, one job for each source it concerns.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::coordinate::RepoCoordinate;
use super::event::{NewEvent, Payload, Queued, Received, Stream};
use super::id::{DeliveryId, IntegrationId, JobId, SpaceId};
use super::integration::covers;
use super::job::MAX_ATTEMPTS;
use super::jrn::{self, BranchPattern, JrnPattern};
use super::kind::{DeliveryStatus, JobKind, JobStatus, Provider};
use super::row::{IntegrationRow, JobRow, Key, OrgRow, SourceRow, Table};
use super::source::{DEFAULT_BRANCH, bindings};
use super::view::{
    Decider, Decision, Find, IdKind, Reply, Stop, Test, Undo, UndoCall, View, not_found,
};

/// A webhook, its signature verified and its payload read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A ref moved.
    Push(Push),
    /// The provider says hello.
    Ping,
    /// Something that changes nothing here.
    Other,
    /// The signature was refused.
    Refused,
    /// The payload cannot be read: why.
    Unreadable(String),
}

/// A ref moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The repository.
    pub repo: RepoCoordinate,
    /// The full ref.
    pub git_ref: String,
    /// The commit before; all zeros: it was created.
    pub before: String,
    /// The commit after; all zeros: it was deleted.
    pub after: String,
    /// History was rewritten.
    pub forced: bool,
    /// The provider's default branch, where it says so.
    pub default_branch: Option<String>,
}

/// Takes in a delivery.
#[derive(Debug)]
pub struct ReceiveDelivery {
    /// The integration it came for.
    pub integration_id: IntegrationId,
    /// Whose webhook.
    pub provider: Provider,
    /// The provider's word for it.
    pub event: String,
    /// The provider's id of it.
    pub delivery_id: String,
    /// Its headers, signatures left out.
    pub headers: BTreeMap<String, String>,
    /// Its body, kept.
    pub body_blob: Option<String>,
    /// What it says.
    pub incoming: Incoming,
    /// An operator sends it again: a new generation, so that nothing counts as done before.
    pub again: bool,
}

/// What a push does to one source.
#[derive(Debug)]
pub struct Match<'v> {
    /// The source.
    pub source: &'v SourceRow,
    /// Why it does nothing, as a reason code and a sentence; `None`: it queues a job.
    pub refusal: Option<(&'static str, String)>,
    /// Each bound space: id, name, why it does not run.
    pub spaces: Vec<(SpaceId, String, Option<String>)>,
    /// The job that did the same already.
    pub duplicate_of: Option<JobId>,
    /// Which time this pair of commits comes up.
    pub occurrence: i64,
}

impl Match<'_> {
    fn affected(&self) -> Vec<SpaceId> {
        self.spaces
            .iter()
            .filter(|(_, _, why)| why.is_none())
            .map(|(id, _, _)| *id)
            .collect()
    }
}

fn is_zero(sha: &str) -> bool {
    sha.bytes().all(|b| b == b'0')
}

/// The branch of a push, or why it concerns no source at all.
pub fn branch_of(push: &Push) -> Result<&str, (&'static str, String)> {
    match push.git_ref.strip_prefix("refs/heads/") {
        None if push.git_ref.starts_with("refs/tags/") => Err((
            "ignored:tag",
            format!("{} is a tag; sources follow branches", push.git_ref),
        )),
        None => Err((
            "ignored:other-branch",
            format!("{} is no branch", push.git_ref),
        )),
        Some(_) if is_zero(&push.after) => {
            Err(("ignored:deletion", format!("{} was deleted", push.git_ref)))
        }
        Some(branch) => Ok(branch),
    }
}

/// What a push to `branch` does to every source of its repository: the one place that decides it, for intake and preview.
pub fn matches<'v>(
    view: &'v View,
    org: &OrgRow,
    provider: Provider,
    push: &Push,
    branch: &str,
    again: bool,
) -> Result<Vec<Match<'v>>, Stop> {
    let key = push.repo.matching_key();
    let sources: Vec<&SourceRow> = view.find(
        Find::all(Table::Sources)
            .is("repo_key", key.as_str())
            .oldest("id"),
    )?;
    let event_jrn = jrn::event_jrn(&org.slug, provider.as_str(), &push.repo, branch);
    let mut found = Vec::with_capacity(sources.len());
    for source in sources {
        let mut entry = Match {
            source,
            refusal: None,
            spaces: Vec::new(),
            duplicate_of: None,
            occurrence: 0,
        };
        entry.spaces = reached(view, source, &event_jrn)?;
        let followed = followed_branch(source, push);
        entry.refusal = if source.integration_id.is_none() {
            Some(("ignored:no-source", "is virtual: it never runs".to_owned()))
        } else if !source.enabled {
            Some(("ignored:no-source", "is off".to_owned()))
        } else if !branch_admits(source, branch) {
            Some((
                "ignored:other-branch",
                format!(
                    "{} follows {}, this push is {branch}",
                    source.name,
                    followed.unwrap_or("the default branch")
                ),
            ))
        } else if entry.spaces.is_empty() {
            Some(("ignored:no-bindings", "is bound to no space".to_owned()))
        } else if entry.affected().is_empty() {
            let off = entry
                .spaces
                .iter()
                .all(|(_, _, why)| why.as_deref() == Some("binding is off"));
            Some(if off {
                ("ignored:no-bindings", "every binding is off".to_owned())
            } else {
                ("ignored:pattern", "no binding's pattern matches".to_owned())
            })
        } else {
            None
        };
        if entry.refusal.is_none() && !again {
            // The key is sourceId + eventJrn + headSha (seed 000: idempotency). The same pair of commits is a duplicate only
            // while nothing else has moved the branch since (sources.md §8: idempotency).
            let same: Vec<&JobRow> = view.find(
                Find::all(Table::Jobs)
                    .is("source_id", source.id.0)
                    .is("kind", JobKind::CliImpact.as_str())
                    .is("event_jrn", event_jrn.as_str())
                    .is("head_sha", push.after.as_str())
                    .is("generation", source.generation)
                    .newest("id"),
            )?;
            if let Some(last) = same.first() {
                let tip: Vec<&JobRow> = view.find(
                    Find::all(Table::Jobs)
                        .is("source_id", source.id.0)
                        .is("kind", JobKind::CliImpact.as_str())
                        .is("event_jrn", event_jrn.as_str())
                        .test("head_sha", Test::NotNull)
                        .newest("id")
                        .limit(1),
                )?;
                // One that was skipped and handed to nobody, for the branch was elsewhere then, did nothing.
                let dropped = last.status == JobStatus::Skipped && last.superseded_by.is_none();
                if !dropped && tip.first().is_some_and(|tip| tip.head_sha == last.head_sha) {
                    entry.duplicate_of = Some(last.id);
                }
                entry.occurrence = last.occurrence + 1;
            }
        }
        found.push(entry);
    }
    Ok(found)
}

/// Each space bound to a source, and why an event does not run it.
pub(super) fn reached(
    view: &View,
    source: &SourceRow,
    event_jrn: &str,
) -> Result<Vec<(SpaceId, String, Option<String>)>, Stop> {
    let mut spaces = Vec::new();
    for (binding, space) in bindings(view, source.id)? {
        let why = if !binding.enabled {
            Some("binding is off".to_owned())
        } else if !pattern_admits(binding.jrn_pattern.as_deref(), event_jrn) {
            Some(format!(
                "its pattern {} does not match",
                binding.jrn_pattern.as_deref().unwrap_or_default()
            ))
        } else {
            None
        };
        spaces.push((space.id, space.name.clone(), why));
    }
    Ok(spaces)
}

fn pattern_admits(pattern: Option<&str>, event_jrn: &str) -> bool {
    pattern
        .is_none_or(|text| JrnPattern::parse_event_filter(text).is_ok_and(|p| p.matches(event_jrn)))
}

fn branch_admits(source: &SourceRow, branch: &str) -> bool {
    source
        .branch
        .as_deref()
        .is_none_or(|text| BranchPattern::parse(text).is_ok_and(|p| p.matches(branch)))
}

fn followed_branch<'s>(source: &'s SourceRow, push: &'s Push) -> Option<&'s str> {
    source.branch.as_deref().or(push.default_branch.as_deref())
}

/// Whether a push to `branch` moves the source's cursor: only its own branch does (sources.md §9).
fn moves_cursor(source: &SourceRow, push: &Push, branch: &str) -> bool {
    match followed_branch(source, push) {
        Some(own) => own == branch,
        None => false,
    }
}

impl Decider for ReceiveDelivery {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let integration: &IntegrationRow = view
            .row(Key::Integrations(self.integration_id))?
            .ok_or_else(|| not_found("Integration", self.integration_id))?;
        let org: &OrgRow = view
            .row(Key::Orgs(view.org()))?
            .ok_or_else(|| not_found("Org", view.org()))?;
        let id = DeliveryId(view.next_id(IdKind::Delivery, 0)?);
        let mut received = Received {
            id,
            provider: self.provider,
            event: self.event.clone(),
            delivery_id: self.delivery_id.clone(),
            status: DeliveryStatus::Ignored,
            reason: "ignored:no-source".to_owned(),
            repo: None,
            git_ref: None,
            before_sha: None,
            after_sha: None,
            job_ids: Vec::new(),
            duplicate_of: None,
            headers: json!(self.headers),
            body_blob: self.body_blob.clone(),
        };
        let mut events = Vec::new();
        match &self.incoming {
            Incoming::Ping => "ignored:ping".clone_into(&mut received.reason),
            // The provider's own word stands in `event`: reasons are a closed set (sources.md §8).
            Incoming::Other => "ignored:event".clone_into(&mut received.reason),
            Incoming::Refused => {
                received.status = DeliveryStatus::Rejected;
                "rejected:signature".clone_into(&mut received.reason);
            }
            Incoming::Unreadable(_) => {
                received.status = DeliveryStatus::Quarantined;
                "quarantined:payload".clone_into(&mut received.reason);
            }
            Incoming::Push(push) => {
                received.repo = Some(push.repo.to_string());
                received.git_ref = Some(push.git_ref.clone());
                received.before_sha = Some(push.before.clone());
                received.after_sha = Some(push.after.clone());
                if covers(integration, &push.repo.matching_key()) {
                    match branch_of(push) {
                        Err((reason, _)) => reason.clone_into(&mut received.reason),
                        Ok(branch) => {
                            self.push(view, org, push, branch, &mut received, &mut events)?;
                        }
                    }
                }
            }
        }
        let queued = received.job_ids.clone();
        let reply = json!({
            "received": true, "deliveryId": self.delivery_id, "id": id, "status": received.status, "reason": received.reason,
            "jobs": received.job_ids,
        });
        events.insert(
            0,
            NewEvent::new(
                Stream::Integration(self.integration_id),
                Payload::DeliveryReceived(Box::new(received)),
            ),
        );
        let decision = Decision {
            events,
            reply: Reply::Value(reply),
            ..Decision::default()
        };
        if !self.again {
            return Ok(decision);
        }
        if queued.is_empty() {
            return Ok(decision.no_undo("It queued nothing."));
        }
        let cancel = |job: &JobId| UndoCall {
            method: "POST",
            path: format!("/jobs/{job}/cancel"),
            body: json!({}),
            if_match: Some(1),
        };
        let undo = Undo {
            label: format!("redelivery of {}", self.delivery_id),
            calls: queued.iter().map(cancel).collect(),
        };
        Ok(decision.undo(undo, "while it waits"))
    }
}

impl ReceiveDelivery {
    fn push(
        &self,
        view: &View,
        org: &OrgRow,
        push: &Push,
        branch: &str,
        received: &mut Received,
        events: &mut Vec<NewEvent>,
    ) -> Result<(), Stop> {
        let event_jrn = jrn::event_jrn(&org.slug, self.provider.as_str(), &push.repo, branch);
        let mut refusal = None;
        for entry in matches(view, org, self.provider, push, branch, self.again)? {
            let source = entry.source;
            let own_branch = moves_cursor(source, push, branch);
            if let Some((reason, _)) = &entry.refusal {
                // A head that runs nothing is no lag, but the source's page shows that it was seen.
                if own_branch
                    && source.integration_id.is_some()
                    && source.head_sha.as_deref() != Some(push.after.as_str())
                {
                    events.push(NewEvent::new(
                        Stream::Source(source.id),
                        Payload::HeadObserved {
                            sha: push.after.clone(),
                            pending: false,
                            baseline: false,
                            missed: false,
                        },
                    ));
                }
                // The most telling reason wins: a branch that is not followed says more than a virtual namesake.
                if refusal.is_none() || *reason != "ignored:no-source" {
                    refusal = Some(*reason);
                }
                continue;
            }
            if let Some(job) = entry.duplicate_of {
                let earlier: Option<&JobRow> = view.row(Key::Jobs(job))?;
                received.status = DeliveryStatus::Duplicate;
                "duplicate".clone_into(&mut received.reason);
                received.duplicate_of = earlier.and_then(|job| job.delivery_id.clone());
                continue;
            }
            let generation = if self.again {
                source.generation + 1
            } else {
                source.generation
            };
            if self.again {
                events.push(NewEvent::new(
                    Stream::Source(source.id),
                    Payload::GenerationRaised { generation },
                ));
            }
            // A late webhook for a head that looking found says that webhooks come after all.
            let news = source.head_sha.as_deref() != Some(push.after.as_str())
                || source.missed_at.is_some();
            if own_branch && news {
                // A push back to where the cursor stands leaves nothing to wait for.
                let processed = source
                    .cursor
                    .as_ref()
                    .is_some_and(|cursor| cursor.value == push.after);
                events.push(NewEvent::new(
                    Stream::Source(source.id),
                    Payload::HeadObserved {
                        sha: push.after.clone(),
                        pending: !processed,
                        baseline: false,
                        missed: false,
                    },
                ));
            }
            let used = u32::try_from(received.job_ids.len()).unwrap_or(u32::MAX);
            let job = JobId(view.next_id(IdKind::Job, used)?);
            received.job_ids.push(job);
            events.push(NewEvent::new(
                Stream::Job(job),
                Payload::JobQueued(Box::new(Queued {
                    kind: JobKind::CliImpact,
                    source_id: source.id,
                    integration_id: source.integration_id,
                    event_jrn: event_jrn.clone(),
                    // Whatever is of a source's own branch goes by one name, so that one lease is about all of it.
                    branch: if own_branch && source.branch.is_none() {
                        DEFAULT_BRANCH.to_owned()
                    } else {
                        branch.to_owned()
                    },
                    head_sha: Some(push.after.clone()),
                    base_sha: Some(push.before.clone()),
                    forced: push.forced,
                    occurrence: entry.occurrence,
                    generation,
                    rebaseline: None,
                    runtime_mode: None,
                    agent_turn: None,
                    moves_cursor: own_branch,
                    affected_space_ids: entry.affected(),
                    max_attempts: MAX_ATTEMPTS,
                    delivery_id: Some(self.delivery_id.clone()),
                })),
            ));
        }
        if !received.job_ids.is_empty() {
            received.status = DeliveryStatus::Queued;
            "queued".clone_into(&mut received.reason);
        } else if received.status != DeliveryStatus::Duplicate
            && let Some(reason) = refusal
        {
            reason.clone_into(&mut received.reason);
        }
        Ok(())
    }
}

/// The reply of an intake, for callers that render it.
pub fn is_queued(reply: &Value) -> bool {
    reply["status"] == "queued"
}
