//! Creating, editing and deleting sources.

use serde_json::{Value, json};

use super::super::event::{NewEvent, Payload, Repo, Stream};
use super::super::id::{IntegrationId, SourceId};
use super::super::job::cancelled;
use super::super::kind::{SourceType, TroubleKind};
use super::super::row::{IntegrationRow, Key, SourceRow, Table};
use super::super::text;
use super::super::view::{
    Decider, Decision, Find, IdKind, Reply, Stop, Undo, UndoCall, View, check_version, conflict,
    invalid,
};
use super::look::look_soon;
use super::{bindings, find, link, open_jobs, parse_branch, parse_repo};

fn refuse_taken_name(view: &View, name: &str, own: Option<SourceId>) -> Result<(), Stop> {
    let same: Vec<&SourceRow> = view.find(Find::all(Table::Sources).is("name", name))?;
    match same.iter().find(|other| Some(other.id) != own) {
        Some(other) => Err(conflict(format!(
            "Source {} has the name `{name}` already. Choose another name, or use that one.",
            other.id
        ))),
        None => Ok(()),
    }
}

/// Creates a source: virtual, or true when an integration is given.
#[derive(Debug)]
pub struct CreateSource {
    /// Unique per org.
    pub name: String,
    /// What it is read from.
    pub source_type: SourceType,
    /// Any accepted form of a coordinate.
    pub repo: Option<String>,
    /// The branch to follow.
    pub branch: Option<String>,
    /// Makes it true from the start.
    pub integration_id: Option<IntegrationId>,
    /// On or off.
    pub enabled: bool,
}

impl Decider for CreateSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let name = text::name("/name", &self.name)?;
        if name == "local" || name == "<local>" {
            return Err(invalid(
                "/name",
                format!("`{name}` means the project itself. Choose another name."),
            ));
        }
        let repo = self
            .repo
            .as_deref()
            .filter(|r| !r.trim().is_empty())
            .map(parse_repo)
            .transpose()?;
        let branch = self
            .branch
            .as_deref()
            .filter(|b| !b.trim().is_empty())
            .map(parse_branch)
            .transpose()?;
        refuse_taken_name(view, &name, None)?;
        if let Some(integration_id) = self.integration_id {
            let integration: &IntegrationRow = view
                .row(Key::Integrations(integration_id))?
                .ok_or_else(|| {
                    invalid(
                        "/integrationId",
                        format!("Integration {integration_id} not found"),
                    )
                })?;
            link::refuse_unfit(
                view,
                None,
                &name,
                self.source_type,
                repo.as_ref().map(|r| r.key.as_str()),
                branch.as_deref(),
                integration,
            )?;
        }
        let id = SourceId(view.next_id(IdKind::Source, 0)?);
        let event = NewEvent::new(
            Stream::Source(id),
            Payload::SourceCreated {
                name: name.clone(),
                source_type: self.source_type,
                repo: repo.as_ref().map(|r| r.repo.clone()),
                repo_key: repo.map(|r| r.key),
                branch,
                integration_id: self.integration_id,
                enabled: self.enabled,
            },
        );
        let mut decision = Decision::of(event, Key::Sources(id));
        if self.integration_id.is_some() && self.enabled {
            decision.side = vec![look_soon(view.org(), id, view.now())];
        }
        Ok(decision.undo(
            Undo {
                label: format!("delete source {name}"),
                calls: vec![UndoCall {
                    method: "DELETE",
                    path: format!("/sources/{id}"),
                    body: Value::Null,
                    if_match: Some(1),
                }],
            },
            "until it changes",
        ))
    }
}

/// What to change of a source; `None` stays.
#[derive(Debug, Default)]
pub struct SourceChanges {
    /// A new name.
    pub name: Option<String>,
    /// Another type.
    pub source_type: Option<SourceType>,
    /// Another repository, or none.
    pub repo: Option<Option<String>>,
    /// Another branch, or the default.
    pub branch: Option<Option<String>>,
    /// Another integration, or none.
    pub integration_id: Option<Option<IntegrationId>>,
    /// On or off.
    pub enabled: Option<bool>,
}

/// Edits a source. Another repository, branch or integration resets the cursor, and says so.
#[derive(Debug)]
pub struct UpdateSource {
    /// Which.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// What to change.
    pub changes: SourceChanges,
}

impl Decider for UpdateSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let changes = &self.changes;
        let name = changes
            .name
            .as_deref()
            .map(|n| text::name("/name", n))
            .transpose()?
            .filter(|n| *n != row.name);
        if let Some(name) = &name {
            refuse_taken_name(view, name, Some(self.id))?;
        }
        let source_type = changes.source_type.filter(|t| *t != row.source_type);
        if source_type.is_some() && (row.integration_id.is_some() || row.files.is_some()) {
            return Err(conflict(format!(
                "{} is linked or has files already. Make another source of that type.",
                row.name
            )));
        }
        let repo: Option<Option<Repo>> = changes
            .repo
            .as_ref()
            .map(|r| {
                r.as_deref()
                    .filter(|r| !r.trim().is_empty())
                    .map(parse_repo)
                    .transpose()
            })
            .transpose()?
            .filter(|r| r.as_ref().map(|r| r.key.as_str()) != row.repo_key.as_deref());
        let branch: Option<Option<String>> = changes
            .branch
            .as_ref()
            .map(|b| {
                b.as_deref()
                    .filter(|b| !b.trim().is_empty())
                    .map(parse_branch)
                    .transpose()
            })
            .transpose()?
            .filter(|b| *b != row.branch);
        let integration = changes.integration_id.filter(|i| *i != row.integration_id);

        let stream = Stream::Source(self.id);
        let mut decision = Decision::unchanged(Key::Sources(self.id));
        let mut before = serde_json::Map::new();
        if name.is_some() {
            before.insert("name".into(), json!(row.name));
        }
        if source_type.is_some() {
            before.insert("type".into(), json!(row.source_type));
        }
        if repo.is_some() {
            before.insert("repo".into(), json!(row.repo));
        }
        if branch.is_some() {
            before.insert("branch".into(), json!(row.branch));
        }
        let follows = repo
            .as_ref()
            .is_some_and(|repo| is_its_new_place(row, repo.as_ref()));
        let moved_away = (repo.is_some() && !follows)
            || branch.is_some()
            || (integration.is_some() && row.integration_id.is_some());

        // Whatever the change is, a true source must stay one that events can reach, once.
        let concerned = integration.is_some() || repo.is_some() || branch.is_some();
        if let Some(target) = integration
            .unwrap_or(row.integration_id)
            .filter(|_| concerned)
        {
            let target_row: &IntegrationRow =
                view.row(Key::Integrations(target))?.ok_or_else(|| {
                    invalid("/integrationId", format!("Integration {target} not found"))
                })?;
            let repo_key = repo.as_ref().map_or(row.repo_key.as_deref(), |r| {
                r.as_ref().map(|r| r.key.as_str())
            });
            let branch_now = branch
                .as_ref()
                .map_or(row.branch.as_deref(), Option::as_deref);
            link::refuse_unfit(
                view,
                Some(self.id),
                &row.name,
                row.source_type,
                repo_key,
                branch_now,
                target_row,
            )?;
        }
        if moved_away {
            decision.events.extend(link::reset_events(
                view,
                row,
                "its repository, branch or integration changed",
            )?);
            if let Some(cursor) = &row.cursor {
                decision = decision.follows(
                    "cursor",
                    format!(
                        "The cursor at {} is lost: it belongs to what the source was.",
                        cursor.value
                    ),
                );
            }
        }
        if name.is_some() || source_type.is_some() || repo.is_some() || branch.is_some() {
            decision.events.push(NewEvent::new(
                stream.clone(),
                Payload::SourceUpdated {
                    name,
                    source_type,
                    repo,
                    branch,
                },
            ));
        }
        match (integration, row.integration_id) {
            (Some(Some(target)), _) => {
                before.insert("integrationId".into(), json!(row.integration_id));
                decision.events.push(NewEvent::new(
                    stream.clone(),
                    Payload::SourceLinked {
                        integration_id: target,
                    },
                ));
            }
            (Some(None), Some(old)) => {
                before.insert("integrationId".into(), json!(old));
                decision.events.push(NewEvent::new(
                    stream.clone(),
                    Payload::SourceUnlinked {
                        integration_id: old,
                    },
                ));
            }
            _ => {}
        }
        match changes.enabled {
            Some(true) if !row.enabled => {
                before.insert("enabled".into(), json!(false));
                decision
                    .events
                    .push(NewEvent::new(stream, Payload::SourceEnabled {}));
            }
            Some(false) if row.enabled => {
                before.insert("enabled".into(), json!(true));
                decision
                    .events
                    .push(NewEvent::new(stream, Payload::SourceDisabled {}));
                for (binding, space) in bindings(view, self.id)? {
                    if binding.enabled {
                        decision = decision.follows(
                            "event",
                            format!("{} receives nothing of it from now on.", space.name),
                        );
                    }
                }
            }
            _ => {}
        }
        if decision.events.is_empty() {
            return Ok(decision.no_undo("Nothing changes."));
        }
        if concerned || changes.enabled == Some(true) {
            decision.side = vec![look_soon(view.org(), self.id, view.now())];
        }
        if moved_away && row.cursor.is_some() {
            return Ok(decision.no_undo("The cursor cannot be brought back."));
        }
        if follows {
            return Ok(
                decision.no_undo("The old place leads here; going back would cost the cursor.")
            );
        }
        // Every configuration event bumps the version once; the compensation expects what it finds then.
        let bumps = decision
            .events
            .iter()
            .filter(|e| bumps_version(&e.payload))
            .count();
        let version = row.version + i64::try_from(bumps).unwrap_or(0);
        Ok(decision.undo(
            Undo {
                label: format!("edit of {}", row.name),
                calls: vec![UndoCall {
                    method: "PATCH",
                    path: format!("/sources/{}", self.id),
                    body: Value::Object(before),
                    if_match: Some(version),
                }],
            },
            "until it changes again",
        ))
    }
}

/// Whether a repository is where the remote itself says that the old one is now (D-22): the same commits under another name.
pub(in crate::domain) fn is_its_new_place(row: &SourceRow, repo: Option<&Repo>) -> bool {
    let moved = row
        .trouble
        .as_ref()
        .filter(|trouble| trouble.kind == TroubleKind::Moved);
    moved
        .zip(repo)
        .is_some_and(|(trouble, repo)| trouble.detail == repo.repo)
}

fn bumps_version(payload: &Payload) -> bool {
    matches!(
        payload,
        Payload::SourceUpdated { .. }
            | Payload::SourceLinked { .. }
            | Payload::SourceUnlinked { .. }
            | Payload::SourceEnabled {}
            | Payload::SourceDisabled {}
    )
}

/// Deletes a source: unbinds it everywhere and cancels what waits or runs, in one step.
#[derive(Debug)]
pub struct DeleteSource {
    /// Which.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for DeleteSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let mut decision = Decision {
            reply: Reply::Row(Key::Sources(self.id)),
            ..Decision::default()
        };
        for job in open_jobs(view, self.id)? {
            decision = decision.follows("job", format!("Run #{} is cancelled.", job.id));
            let reason = format!("source {} was deleted", row.name);
            decision.events.extend(cancelled(view, job, reason)?);
        }
        decision.side.extend(link::freed_leases(view, self.id)?);
        decision.side_gone = vec![Key::Looks(self.id)];
        for (binding, space) in bindings(view, self.id)? {
            decision = decision.follows("event", format!("{} no longer watches it.", space.name));
            decision.events.push(NewEvent::new(
                Stream::Space(binding.space_id),
                Payload::SourceUnbound { source_id: self.id },
            ));
        }
        decision.events.push(NewEvent::new(
            Stream::Source(self.id),
            Payload::SourceDeleted {
                name: row.name.clone(),
            },
        ));
        Ok(decision.no_undo("The source, its cursor and its bindings are lost."))
    }
}
