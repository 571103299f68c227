//! Small deciders that emit real events, and how they are submitted.

use std::sync::Arc;

use crate::base::Timestamp;
use crate::domain::event::{Actor, NewEvent, Payload, Queued, Stream};
use crate::domain::id::{JobId, LeaseEpoch, OrgId, SourceId, SpaceId};
use crate::domain::kind::{ActorKind, JobKind, SourceType, SpaceStatus};
use crate::domain::row::{BindingRow, Key, LeaseRow, SourceRow, SpaceRow};
use crate::domain::view::{
    Decider, Decision, Find, IdKind, Need, Rejection, Reply, Stop, View, conflict, not_found,
};
use crate::store::{Accepted, Lane, Outcome, Store, StoreError, Submit};

pub const ORG: OrgId = OrgId(1);

type Body = dyn Fn(&View) -> Result<Decision, Stop> + Send + Sync;

/// A decider out of a closure.
#[derive(Clone)]
pub struct Rule(&'static str, Arc<Body>);

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl Decider for Rule {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        (self.1)(view)
    }
}

pub fn rule(
    name: &'static str,
    body: impl Fn(&View) -> Result<Decision, Stop> + Send + Sync + 'static,
) -> Rule {
    Rule(name, Arc::new(body))
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_270_931_000).plus_seconds(seconds)
}

/// A command with a receipt, of the first org.
pub fn command(id: &str, rule: Rule) -> Submit {
    Submit {
        org: ORG,
        command_id: id.to_owned(),
        keep_receipt: true,
        request_hash: format!("hash of {rule:?}"),
        actor: Actor {
            kind: ActorKind::User,
            id: "ada".into(),
        },
        now: at(0),
        lane: Lane::Normal,
        dry_run: false,
        causation_event_id: None,
        correlation_id: None,
        blobs: Vec::new(),
        decider: Box::new(rule),
    }
}

/// Submits it and expects it to be accepted.
pub async fn accepted(store: &dyn Store, id: &str, rule: Rule) -> Accepted {
    match store.execute(command(id, rule)).await {
        Ok(Outcome::Accepted(accepted)) => accepted,
        other => panic!("{id} was not accepted: {other:?}"),
    }
}

/// Submits it and expects it to be refused.
pub async fn rejected(store: &dyn Store, id: &str, rule: Rule) -> Rejection {
    match store.execute(command(id, rule)).await {
        Ok(Outcome::Rejected(rejection)) => rejection,
        other => panic!("{id} was not refused: {other:?}"),
    }
}

/// Submits it and expects a fault that says `words`.
pub async fn fails(store: &dyn Store, id: &str, rule: Rule, words: &str) {
    match store.execute(command(id, rule)).await {
        Err(StoreError::Internal(why)) => assert!(why.contains(words), "{why}"),
        other => panic!("{id} did not fail: {other:?}"),
    }
}

fn source_created(name: &str) -> Payload {
    Payload::SourceCreated {
        name: name.to_owned(),
        source_type: SourceType::Git,
        repo: Some(format!("github.com/acme/{name}")),
        repo_key: Some(format!("github.com/acme/{name}")),
        branch: Some("main".into()),
        integration_id: None,
        enabled: true,
    }
}

/// Makes a source, unless the name is taken.
pub fn make_source(name: &str) -> Rule {
    let name = name.to_owned();
    rule("make-source", move |view| {
        let same = Find::all(crate::domain::row::Table::Sources).is("name", name.as_str());
        view.require([Need::Find(same.clone()), Need::NextId(IdKind::Source, 0)])?;
        if !view.find::<SourceRow>(same)?.is_empty() {
            return Err(conflict(format!("There is a source {name} already.")));
        }
        let id = SourceId(view.next_id(IdKind::Source, 0)?);
        Ok(Decision::of(
            NewEvent::new(Stream::Source(id), source_created(&name)),
            Key::Sources(id),
        ))
    })
}

/// Makes a source without asking whether the name is taken: what the constraint is for.
pub fn make_source_blindly(name: &str) -> Rule {
    let name = name.to_owned();
    rule("make-source-blindly", move |view| {
        let id = SourceId(view.next_id(IdKind::Source, 0)?);
        Ok(Decision::of(
            NewEvent::new(Stream::Source(id), source_created(&name)),
            Key::Sources(id),
        ))
    })
}

/// Turns a source on or off.
pub fn enable(id: SourceId, on: bool) -> Rule {
    rule("enable", move |view| {
        let Some(row) = view.row::<SourceRow>(Key::Sources(id))? else {
            return Err(not_found("source", id));
        };
        if row.enabled == on {
            return Ok(Decision::unchanged(Key::Sources(id)));
        }
        let payload = if on {
            Payload::SourceEnabled {}
        } else {
            Payload::SourceDisabled {}
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Source(id), payload),
            Key::Sources(id),
        ))
    })
}

/// Renames a source.
pub fn rename(id: SourceId, name: &str) -> Rule {
    let name = name.to_owned();
    rule("rename", move |view| {
        let same = Find::all(crate::domain::row::Table::Sources).is("name", name.as_str());
        if view.row::<SourceRow>(Key::Sources(id))?.is_none() {
            return Err(not_found("source", id));
        }
        if !view.find::<SourceRow>(same)?.is_empty() {
            return Err(conflict(format!("There is a source {name} already.")));
        }
        let payload = Payload::SourceUpdated {
            name: Some(name.clone()),
            source_type: None,
            repo: None,
            branch: None,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Source(id), payload),
            Key::Sources(id),
        ))
    })
}

/// Deletes a source.
pub fn delete_source(id: SourceId) -> Rule {
    rule("delete-source", move |view| {
        let Some(row) = view.row::<SourceRow>(Key::Sources(id))? else {
            return Err(not_found("source", id));
        };
        let name = row.name.clone();
        Ok(Decision::of(
            NewEvent::new(Stream::Source(id), Payload::SourceDeleted { name }),
            Key::Sources(id),
        ))
    })
}

/// Makes a space, unless the slug is taken.
pub fn make_space(slug: &str) -> Rule {
    let slug = slug.to_owned();
    rule("make-space", move |view| {
        let same = Find::all(crate::domain::row::Table::Spaces).is("slug", slug.as_str());
        if !view.find::<SpaceRow>(same)?.is_empty() {
            return Err(conflict(format!("There is a space {slug} already.")));
        }
        let id = SpaceId(view.next_id(IdKind::Space, 0)?);
        let payload = Payload::SpaceCreated {
            name: slug.clone(),
            slug: slug.clone(),
            description: None,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Space(id), payload),
            Key::Spaces(id),
        ))
    })
}

/// Deletes a space and with it what is bound and written there.
pub fn delete_space(id: SpaceId) -> Rule {
    rule("delete-space", move |view| {
        let Some(row) = view.row::<SpaceRow>(Key::Spaces(id))? else {
            return Err(not_found("space", id));
        };
        let name = row.name.clone();
        Ok(Decision::of(
            NewEvent::new(Stream::Space(id), Payload::SpaceDeleted { name }),
            Key::Spaces(id),
        ))
    })
}

/// Binds a source to a space.
pub fn bind(space: SpaceId, source: SourceId) -> Rule {
    rule("bind", move |view| {
        let key = Key::SpaceSources(space, source);
        view.require([
            Need::Row(Key::Spaces(space)),
            Need::Row(Key::Sources(source)),
            Need::Row(key.clone()),
        ])?;
        if view.row::<SpaceRow>(Key::Spaces(space))?.is_none() {
            return Err(not_found("space", space));
        }
        if view.row::<SourceRow>(Key::Sources(source))?.is_none() {
            return Err(not_found("source", source));
        }
        if view.row::<BindingRow>(key.clone())?.is_some() {
            return Err(conflict("It is bound already."));
        }
        let payload = Payload::SourceBound {
            source_id: source,
            jrn_pattern: None,
            enabled: true,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Space(space), payload),
            key,
        ))
    })
}

/// Writes documents into a space.
pub fn push(space: SpaceId, paths: &[&str]) -> Rule {
    let paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
    rule("push", move |view| {
        let Some(row) = view.row::<SpaceRow>(Key::Spaces(space))? else {
            return Err(not_found("space", space));
        };
        let documents = paths
            .iter()
            .map(|path| crate::domain::event::PushedDocument {
                file_id: path.clone(),
                path: path.clone(),
                version: row.sync_cursor + 1,
                blob: Some("0".repeat(64)),
                rules: Vec::new(),
                diagnostics: Vec::new(),
            })
            .collect();
        let payload = Payload::DocsPushed {
            changeset_id: "c".into(),
            message: None,
            sync_cursor: row.sync_cursor + 1,
            documents,
            live: paths.len() as i64,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Space(space), payload),
            Key::Spaces(space),
        ))
    })
}

/// Queues a job for spaces.
pub fn queue(source: SourceId, head: &str, spaces: &[SpaceId]) -> Rule {
    let (head, spaces) = (head.to_owned(), spaces.to_vec());
    rule("queue", move |view| {
        let id = JobId(view.next_id(IdKind::Job, 0)?);
        let queued = Queued {
            kind: JobKind::CliImpact,
            source_id: source,
            integration_id: None,
            event_jrn: "jrn:/global:sources:github/acme/api/main".into(),
            branch: "main".into(),
            head_sha: Some(head.clone()),
            base_sha: None,
            forced: false,
            occurrence: 0,
            generation: 0,
            rebaseline: None,
            runtime_mode: None,
            agent_turn: None,
            moves_cursor: true,
            affected_space_ids: spaces.clone(),
            max_attempts: 5,
            delivery_id: None,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Job(id), Payload::JobQueued(Box::new(queued))),
            Key::Jobs(id),
        ))
    })
}

/// Ends a job's space.
pub fn finish_space(job: JobId, space: SpaceId, status: SpaceStatus) -> Rule {
    rule("finish-space", move |_| {
        let payload = Payload::SpaceFinished {
            space_id: space,
            status,
            impacted_docs: Vec::new(),
            updated_docs: Vec::new(),
            error: None,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Job(job), payload),
            Key::JobSpaces(job, space),
        ))
    })
}

/// Takes the lease of a job until `expires`, with the next epoch.
pub fn claim(job: JobId, source: SourceId, expires: Timestamp) -> Rule {
    rule("claim", move |view| {
        let key = Key::Leases(source, "main".into());
        let epoch = view
            .row::<LeaseRow>(key.clone())?
            .map_or(LeaseEpoch(1), |l| LeaseEpoch(l.epoch.0 + 1));
        Ok(Decision {
            events: vec![NewEvent::new(
                Stream::Job(job),
                Payload::JobStarted {
                    attempt: 1,
                    runner: "r1".into(),
                    epoch,
                },
            )],
            side: vec![
                LeaseRow {
                    org_id: view.org(),
                    source_id: source,
                    branch: "main".into(),
                    job_id: Some(job),
                    epoch,
                    run_token_hash: Some(format!("token {}", epoch.0)),
                    runner: Some("r1".into()),
                    expires_at: Some(expires),
                    refused_at: None,
                    refused: None,
                }
                .into(),
            ],
            reply: Reply::Row(key),
            ..Decision::default()
        })
    })
}
