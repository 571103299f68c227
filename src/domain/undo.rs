//! Taking back what an event of the log did, whoever did it: which command answers which event, and what stands in its
//! way (engine.md: Undo).

use super::code::Code;
use super::event::{Event, NewEvent, Payload, Stream};
use super::id::{SourceId, SpaceId};
use super::job::CancelJob;
use super::kind::{ActorKind, JobStatus, Role};
use super::org::{PauseQueue, ResumeQueue};
use super::row::{BindingRow, JobRow, Key, Row, SourceRow, SpaceRow, Table};
use super::source::{
    DeleteSource, LinkSource, PauseSource, ResumeSource, SourceChanges, UnlinkSource, UpdateSource,
};
use super::space::{BindSource, DeleteSpace, UnbindSource, UpdateBinding, UpdateSpace};
use super::view::{Decider, Decision, Find, Rejection, Stop, Test, View, conflict};

/// What taking an event back is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The row that it changed.
    pub key: Key,
    /// Who may.
    pub role: Role,
    /// Types of events that change the same; one of them after it stands in the way.
    pub types: &'static [&'static str],
    /// What was there before it must be known.
    pub needs_before: bool,
}

const BINDING: &[&str] = &[
    "space.source-bound",
    "space.binding-updated",
    "space.source-unbound",
    "space.deleted",
];
const SOURCE: &[&str] = &[
    "source.updated",
    "source.linked",
    "source.unlinked",
    "source.enabled",
    "source.disabled",
    "source.paused",
    "source.resumed",
    "source.deleted",
];
const SPACE: &[&str] = &["space.updated", "space.deleted"];
/// A space that was worked in is not unmade.
const NEW_SPACE: &[&str] = &["space."];
const QUEUE: &[&str] = &["org.queue-paused", "org.queue-resumed"];
/// A run that went on at all is not taken back.
const JOB: &[&str] = &["job."];

/// What taking this event back is about.
///
/// # Errors
/// Why it cannot be taken back, whatever came after it.
pub fn subject(event: &Event) -> Result<Subject, Rejection> {
    let of = |key, role, types, needs_before| {
        Ok(Subject {
            key,
            role,
            types,
            needs_before,
        })
    };
    let no = |why: &str| {
        let what = event.payload.event_type();
        Err(Rejection::new(
            Code::Conflict,
            format!("{what}, @{}, cannot be undone. {why}", event.sequence),
        ))
    };
    let operator = Role::Operator;
    match (&event.stream, &event.payload) {
        (
            Stream::Space(space),
            Payload::BindingUpdated { source_id, .. } | Payload::SourceBound { source_id, .. },
        ) => of(
            Key::SpaceSources(*space, *source_id),
            operator,
            BINDING,
            false,
        ),
        (Stream::Space(space), Payload::SourceUnbound { source_id }) => of(
            Key::SpaceSources(*space, *source_id),
            operator,
            BINDING,
            true,
        ),
        (Stream::Space(id), Payload::SpaceCreated { .. }) => {
            of(Key::Spaces(*id), operator, NEW_SPACE, false)
        }
        (Stream::Space(id), Payload::SpaceUpdated { .. }) => {
            of(Key::Spaces(*id), operator, SPACE, true)
        }
        (
            Stream::Source(id),
            Payload::SourceEnabled {}
            | Payload::SourceDisabled {}
            | Payload::SourceLinked { .. }
            | Payload::SourceCreated { .. }
            | Payload::SourcePaused { .. },
        ) => of(Key::Sources(*id), operator, SOURCE, false),
        (
            Stream::Source(id),
            Payload::SourceUpdated { .. }
            | Payload::SourceUnlinked { .. }
            | Payload::SourceResumed {},
        ) => of(Key::Sources(*id), operator, SOURCE, true),
        (Stream::Org(id), Payload::QueuePaused { .. } | Payload::QueueResumed { .. }) => {
            of(Key::Orgs(*id), Role::Admin, QUEUE, true)
        }
        (Stream::Job(_), Payload::JobQueued(queued)) if queued.agent_turn.is_some() => {
            no("What an agent was told it has heard.")
        }
        (
            Stream::Job(id),
            Payload::JobQueued(_)
            | Payload::RetryScheduled {
                by_operator: true, ..
            },
        ) => of(Key::Jobs(*id), operator, JOB, false),
        (Stream::Thread(_), _) => no("What happened in a thread is taken back on its page."),
        (_, Payload::SourceDeleted { .. } | Payload::CursorCleared { .. }) => {
            no("It was destructive.")
        }
        (_, Payload::DocsPushed { .. }) => no("Push the previous text to take it back."),
        _ => no("It is a fact, not a setting."),
    }
}

/// Something later that changed the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The sentence.
    pub why: String,
}

impl Newer {
    /// Whether `later` changed what `event` changed; and if so, how that is said.
    pub fn of(event: &Event, later: &Event) -> Option<Self> {
        let source = |it: &Payload| match it {
            Payload::BindingUpdated { source_id, .. }
            | Payload::SourceBound { source_id, .. }
            | Payload::SourceUnbound { source_id } => Some(*source_id),
            _ => None,
        };
        let queue = |it: &Payload| match it {
            Payload::QueuePaused { kind, .. } | Payload::QueueResumed { kind } => Some(*kind),
            _ => None,
        };
        let other = |one: bool| !one;
        if let (Some(one), Some(two)) = (source(&event.payload), source(&later.payload))
            && other(one == two)
        {
            return None;
        }
        if let (Some(one), Some(two)) = (queue(&event.payload), queue(&later.payload))
            && other(one == two)
        {
            return None;
        }
        let (who, at) = (&later.actor.id, later.sequence);
        let why = if later.causation_event_id.as_ref() == Some(&event.event_id)
            && later.actor.kind == ActorKind::User
        {
            format!("{who} undid it already, @{at}.")
        } else {
            format!("{who} {} since, @{at}.", did(&later.payload))
        };
        Some(Self { why })
    }
}

/// `edited its pattern`.
fn did(payload: &Payload) -> String {
    let words = match payload {
        Payload::BindingUpdated {
            jrn_pattern,
            enabled,
            was_pattern,
            was_enabled,
            ..
        } => match (jrn_pattern == was_pattern, enabled == was_enabled, enabled) {
            (false, true, _) => "edited its pattern",
            (true, false, true) => "turned it on",
            (true, false, false) => "turned it off",
            _ => "edited it",
        },
        Payload::SourceBound { .. } => "bound it",
        Payload::SourceUnbound { .. } => "unbound it",
        Payload::SourceUpdated { .. } | Payload::SpaceUpdated { .. } => "edited it",
        Payload::SourceLinked { .. } => "linked it",
        Payload::SourceUnlinked { .. } => "unlinked it",
        Payload::SourceEnabled {} => "turned it on",
        Payload::SourceDisabled {} => "turned it off",
        Payload::SourcePaused { .. } | Payload::QueuePaused { .. } => "paused it",
        Payload::SourceResumed {} | Payload::QueueResumed { .. } => "resumed it",
        Payload::SourceDeleted { .. } | Payload::SpaceDeleted { .. } => "deleted it",
        Payload::DocsPushed { .. } => "pushed documents to it",
        Payload::JobStarted { .. } => "started it",
        Payload::JobCancelled { .. } => "cancelled it",
        other => return format!("went on ({})", other.event_type()),
    };
    words.to_owned()
}

/// Takes an event back.
#[derive(Debug)]
pub struct UndoEvent {
    /// Which.
    pub event: Box<Event>,
    /// What was there before it, where that is needed.
    pub before: Option<Row>,
    /// What stands in the way.
    pub newer: Option<Newer>,
    /// The version of the row at which nothing stood in the way.
    pub expected: Option<i64>,
}

impl Decider for UndoEvent {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        if let Some(newer) = &self.newer {
            return Err(conflict(newer.why.clone()));
        }
        let mut decision = self.answer(view)?;
        if decision.events.is_empty() {
            return Err(conflict("It is so already: nothing is left to undo."));
        }
        for event in &mut decision.events {
            undoes(event, &self.event);
        }
        Ok(decision)
    }
}

/// Says in the new event which one it takes back.
fn undoes(new: &mut NewEvent, old: &Event) {
    new.metadata["undoes"] = old.sequence.0.into();
}

impl UndoEvent {
    fn answer(&self, view: &View) -> Result<Decision, Stop> {
        match &self.event.stream {
            Stream::Space(id) => self.of_space(view, *id),
            Stream::Source(id) => self.of_source(view, *id),
            Stream::Org(_) => match &self.event.payload {
                Payload::QueuePaused { kind, .. } => ResumeQueue { kind: *kind }.decide(view),
                Payload::QueueResumed { kind } => {
                    let reason = self.before.as_ref().and_then(|row| match row {
                        Row::Orgs(row) => row.paused_queues.iter().find(|it| it.kind == *kind),
                        _ => None,
                    });
                    let reason = reason.and_then(|it| it.pause.reason.clone());
                    PauseQueue {
                        kind: *kind,
                        reason,
                    }
                    .decide(view)
                }
                _ => Err(unknown()),
            },
            Stream::Job(id) => {
                let row: &JobRow = view
                    .row(Key::Jobs(*id))?
                    .ok_or_else(|| conflict(format!("Run #{id} is gone.")))?;
                if !matches!(row.status, JobStatus::Queued | JobStatus::Retrying) {
                    return Err(conflict(format!(
                        "Run #{id} is {}: it no longer waits.",
                        row.status
                    )));
                }
                CancelJob {
                    id: *id,
                    expected: self.expected,
                }
                .decide(view)
            }
            _ => Err(unknown()),
        }
    }

    fn of_space(&self, view: &View, space_id: SpaceId) -> Result<Decision, Stop> {
        let expected = self.expected;
        match &self.event.payload {
            Payload::BindingUpdated {
                source_id,
                jrn_pattern,
                enabled,
                was_pattern,
                was_enabled,
            } => UpdateBinding {
                space_id,
                source_id: *source_id,
                expected,
                jrn_pattern: (jrn_pattern != was_pattern).then(|| was_pattern.clone()),
                enabled: (enabled != was_enabled).then_some(*was_enabled),
                reason: None,
            }
            .decide(view),
            Payload::SourceBound { source_id, .. } => UnbindSource {
                space_id,
                source_id: *source_id,
                expected,
            }
            .decide(view),
            Payload::SourceUnbound { source_id } => {
                let before: &BindingRow = self.before()?;
                BindSource {
                    space_id,
                    source_id: *source_id,
                    jrn_pattern: Some(before.jrn_pattern.clone()),
                    enabled: Some(before.enabled),
                }
                .decide(view)
            }
            Payload::SpaceCreated { .. } => DeleteSpace {
                id: space_id,
                expected,
            }
            .decide(view),
            Payload::SpaceUpdated {
                name,
                description,
                runtime_mode,
                sandbox,
            } => {
                let before: &SpaceRow = self.before()?;
                UpdateSpace {
                    id: space_id,
                    expected,
                    name: (*name != before.name).then(|| before.name.clone()),
                    description: (*description != before.description)
                        .then(|| before.description.clone()),
                    runtime_mode: runtime_mode.map(|_| before.runtime_mode),
                    sandbox: sandbox.map(|_| before.sandbox),
                }
                .decide(view)
            }
            _ => Err(unknown()),
        }
    }

    fn of_source(&self, view: &View, id: SourceId) -> Result<Decision, Stop> {
        let expected = self.expected;
        let update = |changes: SourceChanges| {
            UpdateSource {
                id,
                expected,
                changes,
            }
            .decide(view)
        };
        match &self.event.payload {
            Payload::SourceEnabled {} => update(SourceChanges {
                enabled: Some(false),
                ..SourceChanges::default()
            }),
            Payload::SourceDisabled {} => update(SourceChanges {
                enabled: Some(true),
                ..SourceChanges::default()
            }),
            Payload::SourcePaused { .. } => ResumeSource { id, expected }.decide(view),
            Payload::SourceResumed {} => {
                let before: &SourceRow = self.before()?;
                let reason = before.paused.as_ref().and_then(|it| it.reason.clone());
                PauseSource {
                    id,
                    expected,
                    reason,
                }
                .decide(view)
            }
            Payload::SourceLinked { .. } => UnlinkSource {
                id,
                expected,
                only_if_idle: true,
            }
            .decide(view),
            Payload::SourceUnlinked { integration_id } => {
                let before: &SourceRow = self.before()?;
                if before.cursor.is_some() {
                    return Err(conflict(
                        "It was destructive: the cursor cannot be brought back.",
                    ));
                }
                LinkSource {
                    id,
                    integration_id: *integration_id,
                    expected,
                }
                .decide(view)
            }
            Payload::SourceUpdated {
                name,
                source_type,
                repo,
                branch,
            } => {
                let before: &SourceRow = self.before()?;
                if before.cursor.is_some() && (repo.is_some() || branch.is_some()) {
                    return Err(conflict(
                        "It was destructive: the cursor cannot be brought back.",
                    ));
                }
                update(SourceChanges {
                    name: name.as_ref().map(|_| before.name.clone()),
                    source_type: source_type.map(|_| before.source_type),
                    repo: repo.as_ref().map(|_| before.repo.clone()),
                    branch: branch.as_ref().map(|_| before.branch.clone()),
                    ..SourceChanges::default()
                })
            }
            Payload::SourceCreated { .. } => {
                let row = super::source::find(view, id)?;
                let bound = Find::all(Table::SpaceSources).test("source_id", Test::Is(id.0.into()));
                let bound = view.find::<BindingRow>(bound)?.len();
                let jobs = Find::all(Table::Jobs)
                    .test("source_id", Test::Is(id.0.into()))
                    .newest("id")
                    .limit(1);
                let ran = !view.find::<JobRow>(jobs)?.is_empty();
                if bound > 0 || ran || row.cursor.is_some() {
                    let what = if bound > 0 {
                        "A space is bound to it"
                    } else {
                        "It has run"
                    };
                    return Err(conflict(format!(
                        "{what} since. Delete it where that is meant."
                    )));
                }
                DeleteSource { id, expected }.decide(view)
            }
            _ => Err(unknown()),
        }
    }

    fn before<R: super::row::Record>(&self) -> Result<&R, Stop> {
        self.before
            .as_ref()
            .and_then(R::of)
            .ok_or_else(|| conflict("What was there before it is not known any more."))
    }
}

fn unknown() -> Stop {
    conflict("It is a fact, not a setting: it cannot be undone.")
}
