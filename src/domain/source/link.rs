//! Linking: a virtual source becomes true, and back.

use super::super::event::{NewEvent, Payload, Stream};
use super::super::id::{IntegrationId, SourceId};
use super::super::integration::covers;
use super::super::job::cancelled;
use super::super::kind::{IntegrationStatus, Provider, SourceType};
use super::super::row::{IntegrationRow, Key, LeaseRow, Row, SourceRow, Table};
use super::super::view::{
    Decider, Decision, Find, Stop, Test, Undo, UndoCall, View, check_version, conflict, invalid,
};
use super::look::look_soon;
use super::{bindings, find, open_jobs};

/// Refuses a link that could never deliver: another host or owner, a removed integration, a repository and branch that
/// another true source has already.
pub fn refuse_unfit(
    view: &View,
    own: Option<SourceId>,
    name: &str,
    source_type: SourceType,
    repo_key: Option<&str>,
    branch: Option<&str>,
    integration: &IntegrationRow,
) -> Result<(), Stop> {
    if source_type == SourceType::File {
        return if integration.provider == Provider::StaticFile {
            Ok(())
        } else {
            Err(conflict(format!(
                "Files are uploaded to {name}, and integration {} ({}) is for pushes of {}. Choose one of the provider static_file.",
                integration.id, integration.name, integration.match_key
            )))
        };
    }
    let Some(repo_key) = repo_key else {
        return Err(invalid(
            "/repo",
            format!("{name} has no repo, so no event could be matched to it. Set its repo first."),
        ));
    };
    if integration.status == IntegrationStatus::Removed {
        return Err(conflict(format!(
            "Integration {} ({}) was removed at its provider. Choose another one, or install it again.",
            integration.id, integration.name
        )));
    }
    if !covers(integration, repo_key) {
        return Err(conflict(format!(
            "Integration {} ({}) is for {}, not for {repo_key}: events would never arrive. Choose one for that host and owner.",
            integration.id, integration.name, integration.match_key
        )));
    }
    let same: Vec<&SourceRow> = view.find(
        Find::all(Table::Sources)
            .is("repo_key", repo_key)
            .test("integration_id", Test::NotNull),
    )?;
    if let Some(other) = same
        .iter()
        .find(|other| Some(other.id) != own && other.branch.as_deref() == branch)
    {
        return Err(conflict(format!(
            "{} already has this repo and branch: every push would run twice. Use that one, or choose another branch.",
            other.name
        ))
        .showing_source(other));
    }
    Ok(())
}

trait ShowingSource {
    fn showing_source(self, source: &SourceRow) -> Self;
}

impl ShowingSource for Stop {
    fn showing_source(self, source: &SourceRow) -> Self {
        match self {
            Stop::Reject(rejection) => Stop::Reject(Box::new(
                rejection.showing(serde_json::json!({ "id": source.id, "name": source.name })),
            )),
            other @ Stop::Need(_) => other,
        }
    }
}

/// Makes a virtual source true. Its repo and branch stay; its cursor starts empty.
#[derive(Debug)]
pub struct LinkSource {
    /// Which.
    pub id: SourceId,
    /// With which integration.
    pub integration_id: IntegrationId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for LinkSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        if let Some(integration) = row.integration_id {
            return Err(conflict(format!(
                "{} is already true (integration {integration}). Unlink it first to link it to another one.",
                row.name
            )));
        }
        let integration: &IntegrationRow = view
            .row(Key::Integrations(self.integration_id))?
            .ok_or_else(|| {
                invalid(
                    "/integrationId",
                    format!("Integration {} not found", self.integration_id),
                )
            })?;
        refuse_unfit(
            view,
            Some(self.id),
            &row.name,
            row.source_type,
            row.repo_key.as_deref(),
            row.branch.as_deref(),
            integration,
        )?;
        let event = NewEvent::new(
            Stream::Source(self.id),
            Payload::SourceLinked {
                integration_id: self.integration_id,
            },
        );
        let mut decision = Decision::of(event, Key::Sources(self.id)).undo(
            Undo {
                label: format!("link of {}", row.name),
                calls: vec![UndoCall {
                    method: "POST",
                    path: format!("/sources/{}/unlink?onlyIfIdle=true", self.id),
                    body: serde_json::Value::Null,
                    if_match: Some(row.version + 1),
                }],
            },
            "until the first run starts",
        );
        decision.side = vec![look_soon(view.org(), self.id, view.now())];
        let bound = bindings(view, self.id)?;
        if bound.is_empty() {
            decision = decision.follows(
                "event",
                "No space is bound to it, so nothing runs yet. Bind one.",
            );
        }
        for (binding, space) in bound {
            let sentence = match (row.enabled && binding.enabled, binding.enabled) {
                (true, _) => format!("{} would start to receive events", space.name),
                (false, false) => format!("{} is bound but off: stays quiet", space.name),
                (false, true) => format!(
                    "{} is bound, but the source is off: stays quiet",
                    space.name
                ),
            };
            decision = decision.follows("event", sentence);
        }
        Ok(decision
            .follows(
                "cursor",
                "The cursor starts empty: linking alone queues nothing.",
            )
            .follows(
                "first-run",
                "The first push to the branch runs over its own commits.",
            ))
    }
}

/// Makes a true source virtual; its cursor is lost.
#[derive(Debug)]
pub struct UnlinkSource {
    /// Which.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// As an undo of linking: refused once a run was queued, for then something depends on the link.
    pub only_if_idle: bool,
}

impl Decider for UnlinkSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let Some(integration) = row.integration_id else {
            return Err(conflict(format!("{} is already virtual.", row.name)));
        };
        if self.only_if_idle && (row.cursor.is_some() || !open_jobs(view, self.id)?.is_empty()) {
            return Err(conflict(format!(
                "A run of {} was queued since it was linked. Unlink it by hand if that is meant.",
                row.name
            )));
        }
        let mut decision = Decision {
            events: unlink_events(view, row, integration)?,
            ..Decision::unchanged(Key::Sources(self.id))
        };
        decision.side = freed_leases(view, self.id)?;
        for job in open_jobs(view, self.id)? {
            decision = decision.follows("job", format!("Run #{} is cancelled.", job.id));
        }
        if let Some(cursor) = &row.cursor {
            return Ok(decision
                .follows("cursor", format!("The cursor at {} is lost.", cursor.value))
                .no_undo("The cursor cannot be brought back."));
        }
        let version = row.version + 1;
        Ok(decision.undo(
            Undo {
                label: format!("unlinking of {}", row.name),
                calls: vec![UndoCall {
                    method: "POST",
                    path: format!("/sources/{}/link", self.id),
                    body: serde_json::json!({ "integrationId": integration }),
                    if_match: Some(version),
                }],
            },
            "until it changes again",
        ))
    }
}

/// The events that make a source virtual: what runs is cancelled, the cursor cleared, the link removed.
pub fn unlink_events(
    view: &View,
    row: &SourceRow,
    integration: IntegrationId,
) -> Result<Vec<NewEvent>, Stop> {
    let mut events = reset_events(view, row, "the source was unlinked")?;
    events.push(NewEvent::new(
        Stream::Source(row.id),
        Payload::SourceUnlinked {
            integration_id: integration,
        },
    ));
    Ok(events)
}

/// The events that end what belongs to the old repository, branch or integration.
pub fn reset_events(view: &View, row: &SourceRow, why: &str) -> Result<Vec<NewEvent>, Stop> {
    let mut events = Vec::new();
    for job in open_jobs(view, row.id)? {
        events.extend(cancelled(view, job, why.to_owned())?);
    }
    if let Some(cursor) = &row.cursor {
        events.push(NewEvent::new(
            Stream::Source(row.id),
            Payload::CursorCleared {
                from: Some(cursor.value.clone()),
                generation: row.generation + 1,
                why: why.to_owned(),
            },
        ));
    }
    Ok(events)
}

/// The leases of a source, freed: whoever holds one is fenced from now on.
pub fn freed_leases(view: &View, id: SourceId) -> Result<Vec<Row>, Stop> {
    let held: Vec<&LeaseRow> = view.find(
        Find::all(Table::Leases)
            .is("source_id", id.0)
            .test("job_id", Test::NotNull),
    )?;
    Ok(held
        .into_iter()
        .map(|lease| Row::Leases(freed(lease)))
        .collect())
}

/// The lease without its holder; the epoch stays, so that the next claim gets a new one.
pub fn freed(lease: &LeaseRow) -> LeaseRow {
    LeaseRow {
        job_id: None,
        run_token_hash: None,
        runner: None,
        expires_at: None,
        ..lease.clone()
    }
}
