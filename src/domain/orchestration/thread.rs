//! Threads: made in a live project, renamed, put away, taken out, deleted.

use super::asked::{Asked, one};
use crate::base::Timestamp;
use crate::domain::event::{NewEvent, Orchestration, Stream};
use crate::domain::id::{ProjectId, ThreadId};
use crate::domain::kind::RuntimeMode;
use crate::domain::row::{Key, ThreadRow};
use crate::domain::view::{Decision, Need, Stop};

/// What a new thread is like.
pub(super) struct New<'a> {
    pub title: &'a str,
    pub model: &'a str,
    pub branch: Option<&'a str>,
    pub worktree_path: Option<&'a str>,
    pub runtime_mode: Option<RuntimeMode>,
    pub created_at: Timestamp,
}

pub(super) fn create(
    asked: Asked<'_>,
    id: &ThreadId,
    project_id: &ProjectId,
    new: New<'_>,
) -> Result<Decision, Stop> {
    let title = asked.name("/title", new.title)?;
    let model = asked.name("/model", new.model)?;
    let branch = asked.name_or_none("/branch", new.branch)?;
    let worktree_path = asked.name_or_none("/worktreePath", new.worktree_path)?;
    let key = Key::ProjectionThreads(id.clone());
    asked.view.require([
        Need::Row(key.clone()),
        Need::Row(Key::ProjectionProjects(project_id.clone())),
    ])?;
    asked.project(project_id)?;
    let stream = Stream::Thread(id.clone());
    if let Some(row) = asked.view.row::<ThreadRow>(key)? {
        return Err(asked.taken(&stream, row.deleted_at.is_some()));
    }
    let created = Orchestration::ThreadCreated {
        thread_id: id.clone(),
        project_id: project_id.clone(),
        title,
        model,
        branch,
        worktree_path,
        runtime_mode: new.runtime_mode.unwrap_or(RuntimeMode::FullAccess),
        created_at: new.created_at,
        updated_at: new.created_at,
    };
    Ok(one(NewEvent::new(stream, created).at(new.created_at)))
}

pub(super) fn delete(asked: Asked<'_>, id: &ThreadId) -> Result<Decision, Stop> {
    asked.thread(id)?;
    Ok(of(
        id,
        Orchestration::ThreadDeleted {
            thread_id: id.clone(),
            deleted_at: asked.view.now(),
        },
    ))
}

pub(super) fn archive(asked: Asked<'_>, id: &ThreadId) -> Result<Decision, Stop> {
    let now = asked.view.now();
    not_archived(asked, asked.thread(id)?)?;
    Ok(of(
        id,
        Orchestration::ThreadArchived {
            thread_id: id.clone(),
            archived_at: now,
            updated_at: now,
        },
    ))
}

pub(super) fn unarchive(asked: Asked<'_>, id: &ThreadId) -> Result<Decision, Stop> {
    if asked.thread(id)?.archived_at.is_none() {
        return Err(asked.conflict(format!(
            "Thread '{id}' is not archived for command '{}'.",
            asked.kind
        )));
    }
    Ok(of(
        id,
        Orchestration::ThreadUnarchived {
            thread_id: id.clone(),
            updated_at: asked.view.now(),
        },
    ))
}

/// What is given of a thread's configuration; an absent field stays, an inner `None` clears.
pub(super) struct Edit<'a> {
    pub title: Option<&'a str>,
    pub model: Option<&'a str>,
    pub branch: Option<&'a Option<String>>,
    pub worktree_path: Option<&'a Option<String>>,
    pub expected_branch: Option<&'a str>,
}

pub(super) fn update(asked: Asked<'_>, id: &ThreadId, edit: Edit<'_>) -> Result<Decision, Stop> {
    let row = asked.thread(id)?;
    if edit.title.is_none()
        && edit.model.is_none()
        && edit.branch.is_none()
        && edit.worktree_path.is_none()
    {
        return Ok(Decision::default());
    }
    // Who names a branch by itself must not undo the name that a person gave meanwhile.
    let renamed_meanwhile = edit
        .expected_branch
        .is_some_and(|expected| row.branch.as_deref() != Some(expected));
    let optional = |pointer: &str, given: Option<&Option<String>>| {
        given
            .map(|text| asked.name_or_none(pointer, text.as_deref()))
            .transpose()
    };
    let branch = optional("/branch", edit.branch)?;
    let updated = Orchestration::ThreadMetaUpdated {
        thread_id: id.clone(),
        title: asked.name_or_none("/title", edit.title)?,
        model: asked.name_or_none("/model", edit.model)?,
        branch: branch.filter(|_| !renamed_meanwhile),
        worktree_path: optional("/worktreePath", edit.worktree_path)?,
        updated_at: asked.view.now(),
    };
    Ok(of(id, updated))
}

pub(super) fn set_mode(
    asked: Asked<'_>,
    id: &ThreadId,
    runtime_mode: RuntimeMode,
) -> Result<Decision, Stop> {
    asked.thread(id)?;
    Ok(of(
        id,
        Orchestration::RuntimeModeSet {
            thread_id: id.clone(),
            runtime_mode,
            updated_at: asked.view.now(),
        },
    ))
}

/// Refuses what an archived thread does not do.
pub(super) fn not_archived(asked: Asked<'_>, row: &ThreadRow) -> Result<(), Stop> {
    match row.archived_at {
        None => Ok(()),
        Some(_) => Err(asked.conflict(format!(
            "Thread '{}' is already archived and cannot handle command '{}'.",
            row.thread_id, asked.kind
        ))),
    }
}

/// A decision of one event of the thread, now.
pub(super) fn of(id: &ThreadId, what: Orchestration) -> Decision {
    one(NewEvent::new(Stream::Thread(id.clone()), what))
}

/// A decision of one event of the thread, at the time that its command says.
pub(super) fn of_at(id: &ThreadId, what: Orchestration, at: Timestamp) -> Decision {
    one(NewEvent::new(Stream::Thread(id.clone()), what).at(at))
}
