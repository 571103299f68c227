//! Projects: a title, a workspace that no other live project has, and the threads in it.

use serde_json::Value;

use super::asked::{Asked, one};
use crate::base::Timestamp;
use crate::domain::event::{NewEvent, Orchestration, Stream};
use crate::domain::id::{ProjectId, SpaceId};
use crate::domain::row::{Key, ProjectRow, SpaceRow, Table, ThreadRow};
use crate::domain::view::{Decision, Find, Need, Stop, Test};

pub(super) fn create(
    asked: Asked<'_>,
    id: &ProjectId,
    title: &str,
    workspace_root: &str,
    default_model: Option<&str>,
    created_at: Timestamp,
) -> Result<Decision, Stop> {
    let title = asked.name("/title", title)?;
    let workspace_root = workspace(asked, workspace_root)?;
    let default_model = asked.name_or_none("/defaultModel", default_model)?;
    let key = Key::ProjectionProjects(id.clone());
    asked
        .view
        .require([Need::Row(key.clone()), Need::Find(live_at(&workspace_root))])?;
    let stream = Stream::Project(id.clone());
    if let Some(row) = asked.view.row::<ProjectRow>(key)? {
        return Err(asked.taken(&stream, row.deleted_at.is_some()));
    }
    check_free(asked, id, &workspace_root)?;
    let created = Orchestration::ProjectCreated {
        project_id: id.clone(),
        title,
        workspace_root,
        default_model,
        scripts: Vec::new(),
        created_at,
        updated_at: created_at,
    };
    Ok(one(NewEvent::new(stream, created).at(created_at)))
}

pub(super) fn update(
    asked: Asked<'_>,
    id: &ProjectId,
    title: Option<&str>,
    workspace_root: Option<&str>,
    default_model: Option<&Option<String>>,
    scripts: Option<&[Value]>,
) -> Result<Decision, Stop> {
    asked.project(id)?;
    let title = asked.name_or_none("/title", title)?;
    let workspace_root = workspace_root
        .map(|root| workspace(asked, root))
        .transpose()?;
    let default_model = default_model
        .map(|model| asked.name_or_none("/defaultModel", model.as_deref()))
        .transpose()?;
    if let Some(root) = &workspace_root {
        check_free(asked, id, root)?;
    }
    if title.is_none() && workspace_root.is_none() && default_model.is_none() && scripts.is_none() {
        return Ok(Decision::default());
    }
    let updated = Orchestration::ProjectMetaUpdated {
        project_id: id.clone(),
        title,
        workspace_root,
        default_model,
        scripts: scripts.map(<[Value]>::to_vec),
        updated_at: asked.view.now(),
    };
    Ok(one(NewEvent::new(Stream::Project(id.clone()), updated)))
}

pub(super) fn delete(asked: Asked<'_>, id: &ProjectId, force: bool) -> Result<Decision, Stop> {
    asked.project(id)?;
    let of_space = id.as_str().strip_prefix("space-");
    if let Some(space) = of_space.and_then(|space| space.parse::<SpaceId>().ok())
        && let Some(space) = asked.view.row::<SpaceRow>(Key::Spaces(space))?
    {
        // Its id is never used again, so no run could have a thread in that space any more.
        return Err(asked.conflict(format!(
            "Project '{id}' is the one of space {}, whose runs work in it. Delete the space first.",
            space.name
        )));
    }
    let find = Find::all(Table::ProjectionThreads)
        .is("project_id", id.as_str())
        .test("deleted_at", Test::Null);
    let threads: Vec<&ThreadRow> = asked.view.find(find)?;
    if !threads.is_empty() && !force {
        // Archived threads are easily overlooked, and would be lost too.
        let archived = threads.iter().filter(|t| t.archived_at.is_some()).count();
        return Err(asked.conflict(format!(
            "Project '{id}' is not empty and cannot be deleted without force=true. Threads in it: {}, of them archived: {archived}.",
            threads.len()
        )));
    }
    let deleted_at = asked.view.now();
    let mut decision = Decision::default();
    // Each thread ends by an event of its own, so that whoever follows the rows sees it go.
    for thread in threads {
        decision.events.push(NewEvent::new(
            Stream::Thread(thread.thread_id.clone()),
            Orchestration::ThreadDeleted {
                thread_id: thread.thread_id.clone(),
                deleted_at,
            },
        ));
    }
    decision.events.push(NewEvent::new(
        Stream::Project(id.clone()),
        Orchestration::ProjectDeleted {
            project_id: id.clone(),
            deleted_at,
        },
    ));
    Ok(decision)
}

fn live_at(workspace_root: &str) -> Find {
    Find::all(Table::ProjectionProjects)
        .is("workspace_root", workspace_root)
        .test("deleted_at", Test::Null)
}

fn check_free(asked: Asked<'_>, id: &ProjectId, workspace_root: &str) -> Result<(), Stop> {
    let there: Vec<&ProjectRow> = asked.view.find(live_at(workspace_root))?;
    match there.iter().find(|other| other.project_id != *id) {
        None => Ok(()),
        Some(other) => Err(asked.conflict(format!(
            "Active project '{}' already exists for workspace root '{workspace_root}'.",
            other.project_id
        ))),
    }
}

/// The workspace in the one form that it is kept and compared in: no empty step, no `.`, no slash at the end.
fn workspace(asked: Asked<'_>, given: &str) -> Result<String, Stop> {
    let pointer = "/workspaceRoot";
    let given = asked.name(pointer, given)?;
    if given.split('/').any(|step| step == "..") {
        return Err(asked.invalid(
            pointer,
            format!("`{given}` goes up with `..`, which may lead elsewhere tomorrow. Write the whole path without it."),
        ));
    }
    let steps: Vec<&str> = given
        .split('/')
        .filter(|step| !step.is_empty() && *step != ".")
        .collect();
    let root = if given.starts_with('/') { "/" } else { "" };
    match steps.join("/") {
        path if path.is_empty() && root.is_empty() => Ok(".".to_owned()),
        path => Ok(format!("{root}{path}")),
    }
}
