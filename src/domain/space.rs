//! What may happen to spaces, their bindings and their documents (seed 004: the junction).

use serde_json::{Value, json};

use super::attention::{AttentionRule, Diagnostic};
use super::code::Code;
use super::event::{NewEvent, Payload, PushedDocument, Stream};
use super::id::{SourceId, SpaceId};
use super::job::RunFence;
use super::jrn::JrnPattern;
use super::kind::{RuntimeMode, Sandbox, SourceKind};
use super::row::{BindingRow, DocumentRow, Key, SourceRow, SpaceRow, Table};
use super::view::{
    Decider, Decision, Find, IdKind, Need, Rejection, Reply, Stop, Undo, UndoCall, View,
    check_version, conflict, invalid, not_found,
};
use super::{source, text};

/// The space of `id`, or `not-found`.
pub fn find(view: &View, id: SpaceId) -> Result<&SpaceRow, Stop> {
    view.row(Key::Spaces(id))?
        .ok_or_else(|| not_found("Space", id))
}

/// Creates a space.
#[derive(Debug)]
pub struct CreateSpace {
    /// Its name.
    pub name: String,
    /// Its slug; made from the name when absent.
    pub slug: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Decider for CreateSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let name = text::name("/name", &self.name)?;
        let slug = match &self.slug {
            Some(slug) => text::slug("/slug", slug)?,
            None => text::slug("/slug", &text::slug_of(&name)).map_err(|_| {
                invalid(
                    "/slug",
                    format!("no slug can be made from `{name}`; give one, such as api-docs"),
                )
            })?,
        };
        let same: Vec<&SpaceRow> = view.find(Find::all(Table::Spaces).is("slug", slug.as_str()))?;
        if let Some(other) = same.first() {
            return Err(conflict(format!(
                "Space {} has the slug `{slug}` already. Give another slug.",
                other.id
            )));
        }
        let id = SpaceId(view.next_id(IdKind::Space, 0)?);
        let event = NewEvent::new(
            Stream::Space(id),
            Payload::SpaceCreated {
                name: name.clone(),
                slug,
                description: self.description.clone(),
            },
        );
        Ok(Decision::of(event, Key::Spaces(id)).undo(
            Undo {
                label: format!("delete space {name}"),
                calls: vec![UndoCall {
                    method: "DELETE",
                    path: format!("/spaces/{id}"),
                    body: Value::Null,
                    if_match: Some(1),
                }],
            },
            "until it changes",
        ))
    }
}

/// Edits a space.
#[derive(Debug)]
pub struct UpdateSpace {
    /// Which.
    pub id: SpaceId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// A new name.
    pub name: Option<String>,
    /// A new description, or none.
    pub description: Option<Option<String>>,
    /// What an agent may do there without asking, from its next turn on.
    pub runtime_mode: Option<RuntimeMode>,
    /// Where its agents run, from their next turn on; or where the worker has them.
    pub sandbox: Option<Option<Sandbox>>,
}

impl Decider for UpdateSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let name = match &self.name {
            Some(name) => text::name("/name", name)?,
            None => row.name.clone(),
        };
        let description = self
            .description
            .clone()
            .unwrap_or_else(|| row.description.clone());
        let runtime_mode = self.runtime_mode.filter(|mode| *mode != row.runtime_mode);
        let sandbox = self.sandbox.filter(|sandbox| *sandbox != row.sandbox);
        let is_same = name == row.name && description == row.description;
        if is_same && runtime_mode.is_none() && sandbox.is_none() {
            return Ok(Decision::unchanged(Key::Spaces(self.id)).no_undo("Nothing changes."));
        }
        let event = NewEvent::new(
            Stream::Space(self.id),
            Payload::SpaceUpdated {
                name,
                description,
                runtime_mode,
                sandbox,
            },
        );
        Ok(Decision::of(event, Key::Spaces(self.id)).undo(
            Undo {
                label: format!("edit of {}", row.name),
                calls: vec![UndoCall {
                    method: "PATCH",
                    path: format!("/spaces/{}", self.id),
                    body: json!({
                        "name": row.name, "description": row.description, "runtimeMode": row.runtime_mode,
                        "sandbox": row.sandbox,
                    }),
                    if_match: Some(row.version + 1),
                }],
            },
            "until it changes again",
        ))
    }
}

/// Deletes a space with its bindings and documents.
#[derive(Debug)]
pub struct DeleteSpace {
    /// Which.
    pub id: SpaceId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for DeleteSpace {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let bound: Vec<&BindingRow> =
            view.find(Find::all(Table::SpaceSources).is("space_id", self.id.0))?;
        let mut decision = Decision {
            reply: Reply::Row(Key::Spaces(self.id)),
            ..Decision::default()
        };
        // Each binding ends by an event of its own, so that whoever follows the rows sees it go.
        for binding in &bound {
            let unbound = Payload::SourceUnbound {
                source_id: binding.source_id,
            };
            decision
                .events
                .push(NewEvent::new(Stream::Space(self.id), unbound));
        }
        let deleted = Payload::SpaceDeleted {
            name: row.name.clone(),
        };
        decision
            .events
            .push(NewEvent::new(Stream::Space(self.id), deleted));
        Ok(decision
            .follows(
                "note",
                format!(
                    "{} documents and {} bindings go with it.",
                    row.documents,
                    bound.len()
                ),
            )
            .no_undo("The space and its documents are lost."))
    }
}

/// The two ends of a binding, and its key; all asked for in one go.
fn parties(
    view: &View,
    space: SpaceId,
    source: SourceId,
) -> Result<(&SpaceRow, &SourceRow, Key), Stop> {
    let key = Key::SpaceSources(space, source);
    view.require([
        Need::Row(Key::Spaces(space)),
        Need::Row(Key::Sources(source)),
        Need::Row(key.clone()),
    ])?;
    Ok((find(view, space)?, source::find(view, source)?, key))
}

fn check_pattern(pattern: Option<&str>) -> Result<(), Stop> {
    match pattern {
        Some(text) => JrnPattern::parse_event_filter(text)
            .map(|_| ())
            .map_err(|e| invalid("/jrnPattern", e.to_string())),
        None => Ok(()),
    }
}

fn patch_call(space: SpaceId, source: SourceId, body: Value, version: i64) -> UndoCall {
    UndoCall {
        method: "PATCH",
        path: format!("/spaces/{space}/sources/{source}"),
        body,
        if_match: Some(version),
    }
}

/// Binds a source to a space, or changes what is given of the binding that is there (re-binding keeps `enabled`).
#[derive(Debug)]
pub struct BindSource {
    /// The space.
    pub space_id: SpaceId,
    /// The source.
    pub source_id: SourceId,
    /// Narrows which events reach the space; absent keeps what is.
    pub jrn_pattern: Option<Option<String>>,
    /// On or off; absent: on when new, else as it is.
    pub enabled: Option<bool>,
}

impl Decider for BindSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let (space, source, key) = parties(view, self.space_id, self.source_id)?;
        if view.row::<BindingRow>(key.clone())?.is_some() {
            return UpdateBinding {
                space_id: self.space_id,
                source_id: self.source_id,
                expected: None,
                jrn_pattern: self.jrn_pattern.clone(),
                enabled: self.enabled,
                reason: None,
            }
            .decide(view);
        }
        let jrn_pattern = self.jrn_pattern.clone().flatten();
        check_pattern(jrn_pattern.as_deref())?;
        let enabled = self.enabled.unwrap_or(true);
        let event = NewEvent::new(
            Stream::Space(self.space_id),
            Payload::SourceBound {
                source_id: self.source_id,
                jrn_pattern,
                enabled,
            },
        );
        let decision = Decision::of(event, key).undo(
            Undo {
                label: format!("bind {}", space.name),
                calls: vec![UndoCall {
                    method: "DELETE",
                    path: format!("/spaces/{}/sources/{}", self.space_id, self.source_id),
                    body: Value::Null,
                    if_match: Some(1),
                }],
            },
            "until it changes",
        );
        Ok(match source.kind() {
            SourceKind::Virtual => decision.follows(
                "note",
                format!(
                    "{} is virtual: nothing runs until it is linked.",
                    source.name
                ),
            ),
            SourceKind::True => decision.follows(
                "event",
                format!(
                    "{} receives the events of {} from now on.",
                    space.name, source.name
                ),
            ),
        })
    }
}

/// Changes a binding: its pattern, or whether it is on. Neither the source nor another space is touched.
#[derive(Debug)]
pub struct UpdateBinding {
    /// The space.
    pub space_id: SpaceId,
    /// The source.
    pub source_id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// Another pattern, or none; absent stays.
    pub jrn_pattern: Option<Option<String>>,
    /// On or off; absent stays.
    pub enabled: Option<bool>,
    /// Why, for the record.
    pub reason: Option<String>,
}

impl Decider for UpdateBinding {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let (space, source, key) = parties(view, self.space_id, self.source_id)?;
        let row: &BindingRow = view
            .row(key.clone())?
            .ok_or_else(|| conflict_not_bound(space, source))?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let jrn_pattern = self
            .jrn_pattern
            .clone()
            .unwrap_or_else(|| row.jrn_pattern.clone());
        check_pattern(jrn_pattern.as_deref())?;
        let enabled = self.enabled.unwrap_or(row.enabled);
        if jrn_pattern == row.jrn_pattern && enabled == row.enabled {
            return Ok(Decision::unchanged(key).no_undo("Nothing changes."));
        }
        let mut before = serde_json::Map::new();
        if jrn_pattern != row.jrn_pattern {
            before.insert("jrnPattern".into(), json!(row.jrn_pattern));
        }
        let toggled = enabled != row.enabled;
        if toggled {
            before.insert("enabled".into(), json!(row.enabled));
        }
        let event = NewEvent::new(
            Stream::Space(self.space_id),
            Payload::BindingUpdated {
                source_id: self.source_id,
                jrn_pattern,
                enabled,
                was_pattern: row.jrn_pattern.clone(),
                was_enabled: row.enabled,
            },
        )
        .because(self.reason.as_deref());
        let label = if toggled {
            space.name.clone()
        } else {
            format!("pattern of {}", space.name)
        };
        let decision = Decision::of(event, key).undo(
            Undo {
                label,
                calls: vec![patch_call(
                    self.space_id,
                    self.source_id,
                    Value::Object(before),
                    row.version + 1,
                )],
            },
            "until it changes again",
        );
        Ok(match (toggled, enabled) {
            (true, false) => decision.follows("event", "No event reaches it from now on."),
            (true, true) => decision.follows("event", "The next event reaches it."),
            (false, _) => decision,
        })
    }
}

fn conflict_not_bound(space: &SpaceRow, source: &SourceRow) -> Stop {
    not_found("Binding", format!("of {} to {}", source.name, space.name))
}

/// Unbinds a source from a space.
#[derive(Debug)]
pub struct UnbindSource {
    /// The space.
    pub space_id: SpaceId,
    /// The source.
    pub source_id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for UnbindSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let (space, source, key) = parties(view, self.space_id, self.source_id)?;
        let row: &BindingRow = view
            .row(key.clone())?
            .ok_or_else(|| conflict_not_bound(space, source))?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let event = NewEvent::new(
            Stream::Space(self.space_id),
            Payload::SourceUnbound {
                source_id: self.source_id,
            },
        );
        Ok(Decision::of(event, key)
            .follows("event", format!("No event of {} reaches {} from now on.", source.name, space.name))
            .undo(
                Undo {
                    label: format!("unbind {}", space.name),
                    calls: vec![UndoCall {
                        method: "POST",
                        path: format!("/spaces/{}/sources", self.space_id),
                        body: json!({ "sourceId": self.source_id, "jrnPattern": row.jrn_pattern, "enabled": row.enabled }),
                        if_match: None,
                    }],
                },
                "until it is bound again",
            ))
    }
}

/// One operation of a push, its text already kept as a blob and its frontmatter read.
#[derive(Debug, Clone)]
pub struct PreparedOp {
    /// The document's id.
    pub file_id: String,
    /// Where it stands.
    pub path: String,
    /// The version it was made from; 0: new.
    pub base_version: i64,
    /// Its text; `None`: delete.
    pub blob: Option<String>,
    /// Its attention rules.
    pub rules: Vec<AttentionRule>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// The text did not have the hash that came with it.
    pub bad_hash: bool,
}

/// Writes documents: each operation by itself ends `ok`, `conflict` or `bad_hash` (sources.md §10).
#[derive(Debug)]
pub struct PushDocs {
    /// The space.
    pub space_id: SpaceId,
    /// The idempotency key.
    pub changeset_id: String,
    /// Why.
    pub message: Option<String>,
    /// What to do, in order.
    pub ops: Vec<PreparedOp>,
    /// A runner writes only while its run holds the lease.
    pub fence: Option<RunFence>,
}

/// What a run may clone goes by the sources that documents name, and what a run pushes was written by an agent: it names none
/// that its document did not name before, but its own (reliability.md: A sandbox sees only what it needs).
fn names_no_other_source(
    view: &View,
    space: SpaceId,
    op: &PreparedOp,
    own: Option<&SourceRow>,
) -> Result<(), Stop> {
    let before = view.row::<DocumentRow>(Key::Documents(space, op.file_id.clone()))?;
    let before = before.map_or(&[][..], |row| row.rules.as_slice());
    let known = |name: &str| {
        let mut names = before.iter().filter_map(|rule| rule.source.as_deref());
        own.is_some_and(|own| own.name == name) || names.any(|it| it == name)
    };
    let mut named = op.rules.iter().filter_map(|rule| rule.source.as_deref());
    match named.find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Rejection::new(
            Code::Forbidden,
            format!(
                "A run may not make a document depend on another source: {} names {name}, which it did not before. Leave its rules as they were.",
                op.path
            ),
        )
        .into()),
    }
}

impl Decider for PushDocs {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let space = find(view, self.space_id)?;
        let of_run = match &self.fence {
            Some(fence) => view.row::<SourceRow>(Key::Sources(fence.check(view)?.source_id))?,
            None => None,
        };
        view.require(
            self.ops
                .iter()
                .map(|op| Need::Row(Key::Documents(self.space_id, op.file_id.clone()))),
        )?;
        let at_path = |path: &str| {
            Find::all(Table::Documents)
                .is("space_id", self.space_id.0)
                .is("path", path)
                .is("deleted", false)
        };
        view.require(self.ops.iter().map(|op| Need::Find(at_path(&op.path))))?;
        // Where each document of this push stands after the operations before; `None`: deleted.
        let mut placed: std::collections::HashMap<&str, Option<&str>> =
            std::collections::HashMap::new();
        let mut versions: std::collections::HashMap<&str, (i64, bool)> =
            std::collections::HashMap::new();
        let mut documents = Vec::new();
        let mut results = Vec::new();
        let mut live = space.documents;
        for op in &self.ops {
            let known = match versions.get(op.file_id.as_str()) {
                Some(known) => *known,
                None => view
                    .row::<DocumentRow>(Key::Documents(self.space_id, op.file_id.clone()))?
                    .map_or((0, false), |row| (row.version, !row.deleted)),
            };
            let (version, is_live) = known;
            if op.bad_hash {
                results.push(json!({ "fileId": op.file_id, "status": "bad_hash" }));
                continue;
            }
            if self.fence.is_some() {
                names_no_other_source(view, self.space_id, op, of_run)?;
            }
            // A document that was deleted may be made anew by whoever does not know that there ever was one.
            let is_new = op.base_version == 0 && !is_live && op.blob.is_some();
            if op.base_version != version && !is_new {
                results.push(
                    json!({ "fileId": op.file_id, "status": "conflict", "serverVersion": version }),
                );
                continue;
            }
            if op.blob.is_some()
                && let Some(other) =
                    holder(view, &op.path, &op.file_id, &placed, at_path(&op.path))?
            {
                // Two documents at one path would overwrite each other wherever they are pulled.
                results.push(
                    json!({ "fileId": op.file_id, "status": "conflict", "serverVersion": other }),
                );
                continue;
            }
            placed.insert(
                op.file_id.as_str(),
                op.blob.as_ref().map(|_| op.path.as_str()),
            );
            let becomes_live = op.blob.is_some();
            live += i64::from(becomes_live) - i64::from(is_live);
            versions.insert(op.file_id.as_str(), (version + 1, becomes_live));
            documents.push(PushedDocument {
                file_id: op.file_id.clone(),
                path: op.path.clone(),
                version: version + 1,
                blob: op.blob.clone(),
                rules: op.rules.clone(),
                diagnostics: op.diagnostics.clone(),
            });
            results
                .push(json!({ "fileId": op.file_id, "status": "ok", "newVersion": version + 1 }));
        }
        let sync_cursor = space.sync_cursor + i64::from(!documents.is_empty());
        let reply = Reply::Value(json!({ "results": results, "newCursor": sync_cursor }));
        if documents.is_empty() {
            return Ok(Decision {
                reply,
                ..Decision::default()
            });
        }
        let event = NewEvent::new(
            Stream::Space(self.space_id),
            Payload::DocsPushed {
                changeset_id: self.changeset_id.clone(),
                message: self.message.clone(),
                sync_cursor,
                documents,
                live,
            },
        );
        Ok(Decision {
            events: vec![event],
            reply,
            ..Decision::default()
        }
        .no_undo("Push the previous text to take it back."))
    }
}

/// The version of another live document that stands at `path`, as rows and the operations before have it.
fn holder(
    view: &View,
    path: &str,
    file_id: &str,
    placed: &std::collections::HashMap<&str, Option<&str>>,
    at_path: Find,
) -> Result<Option<i64>, Stop> {
    let taken_here = placed
        .iter()
        .any(|(other, at)| *other != file_id && *at == Some(path));
    if taken_here {
        return Ok(Some(0));
    }
    let rows: Vec<&DocumentRow> = view.find(at_path)?;
    Ok(rows
        .into_iter()
        .find(|row| row.file_id != file_id && !placed.contains_key(row.file_id.as_str()))
        .map(|row| row.version))
}
