//! Changes of the docs project's `.jolli/sources.json`, by the code that `jolli source` uses, and what they would do.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::asks::{failure, own_failure};
use crate::api::{Call, Code, Consequence, DryRun, Problem, Severity, SourceId, Undo};
use crate::base::{Clock as _, SystemClock};
use crate::client::Client;
use crate::console::local::{REMOVE, RESTORE};
use crate::console::msg::{Done, Failure, FailureKind};
use crate::local::sources::LocalSource;
use crate::project::{self, ProjectError, Workspace};

/// An entry of the file, and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Entry {
    /// A source that only this machine knows, by its name.
    Virtual(String, LocalSource),
    /// The mount of a source of the server.
    Mount(SourceId, LocalSource),
}

/// The project as it is now, with the server in use.
fn workspace(project: &Workspace, client: &Client) -> Workspace {
    Workspace {
        now: SystemClock.now(),
        client: Some(client.clone()),
        ..project.clone()
    }
}

fn name_of(call: &Call) -> Result<&str, Failure> {
    let name = call.body.get("name").and_then(Value::as_str);
    name.ok_or_else(|| refused("no name was given"))
}

fn refused(text: &str) -> Failure {
    Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(Code::Invalid, text.to_owned()))),
        text: text.to_owned(),
        unsure: false,
    }
}

fn failed(error: ProjectError) -> Failure {
    match error {
        ProjectError::Client(error) => failure(&error),
        error => own_failure(&error),
    }
}

/// What a change would do: the entry that goes, and how many findings are left. Nothing is written.
pub async fn effect(project: &Workspace, client: &Client, call: &Call) -> Result<DryRun, Failure> {
    if call.path != REMOVE {
        return Err(refused("only removals are foreseen"));
    }
    let name = name_of(call)?;
    let workspace = workspace(project, client);
    let removal = project::plan_removal(&workspace, name, true)
        .await
        .map_err(failed)?;
    let (before, after) = tokio::try_join!(
        project::compare(&workspace, client),
        project::compare_without(&workspace, client, name)
    )
    .map_err(failed)?;
    let path = removal.mount.as_ref().map_or_else(String::new, |path| {
        format!(" {} itself stays as it is.", path.display())
    });
    let text = format!(
        "one entry of sources.json; {} → {} findings.{path}",
        before.findings.len(),
        after.findings.len()
    );
    Ok(DryRun {
        before: json!({ "name": name }),
        after: Value::Null,
        consequences: vec![Consequence {
            kind: "note".to_owned(),
            severity: Severity::Info,
            text,
        }],
        undo: None,
        undo_note: "u puts it back.".to_owned(),
    })
}

/// Does it.
pub async fn change(project: &Workspace, client: &Client, call: &Call) -> Result<Done, Failure> {
    let workspace = workspace(project, client);
    match call.path.as_str() {
        REMOVE => {
            let name = name_of(call)?;
            let entry = entry_named(&workspace, name)?;
            let removal = project::plan_removal(&workspace, name, true)
                .await
                .map_err(failed)?;
            project::remove(&workspace, removal).await.map_err(failed)?;
            let body = serde_json::to_value(&entry).map_err(|error| refused(&error.to_string()))?;
            Ok(done("the local entry again", RESTORE, body))
        }
        RESTORE => {
            let entry: Entry = serde_json::from_value(call.body.clone())
                .map_err(|error| refused(&error.to_string()))?;
            let name = restore(&workspace, entry)?;
            Ok(done(
                "without the local entry",
                REMOVE,
                json!({ "name": name }),
            ))
        }
        other => Err(refused(&format!("nothing here is called {other}"))),
    }
}

fn done(label: &str, path: &str, body: Value) -> Done {
    let call = Call {
        method: "POST".to_owned(),
        path: path.to_owned(),
        body,
        if_match: None,
    };
    Done {
        body: Value::Null,
        undo: Some(Undo {
            label: label.to_owned(),
            calls: vec![call],
        }),
        sequence: None,
    }
}

/// The entry that a removal by this name takes out.
fn entry_named(workspace: &Workspace, name: &str) -> Result<Entry, Failure> {
    let opened = workspace.sources_file().open(workspace.now);
    let config = opened.map_err(|error| failed(error.into()))?.config;
    if let Some(entry) = config.virtual_sources.get(name) {
        return Ok(Entry::Virtual(name.to_owned(), entry.clone()));
    }
    let mount = config.mount_named(name);
    let (id, entry) = mount.ok_or_else(|| failed(ProjectError::Unknown(name.to_owned())))?;
    Ok(Entry::Mount(id, entry.clone()))
}

/// Puts an entry back where there is none now; answers its name.
fn restore(workspace: &Workspace, entry: Entry) -> Result<String, Failure> {
    let edit = workspace.sources_file().edit(workspace.now);
    let mut edit = edit.map_err(|error| failed(error.into()))?;
    let taken = |name: &str| refused(&format!("{name} has an entry again; it stays as it is"));
    let name = match entry {
        Entry::Virtual(name, entry) => {
            if edit.config.virtual_sources.contains_key(&name) {
                return Err(taken(&name));
            }
            edit.config.virtual_sources.insert(name.clone(), entry);
            name
        }
        Entry::Mount(id, entry) => {
            let name = entry.name.clone().unwrap_or_else(|| id.to_string());
            if edit.config.mounts.contains_key(&id) {
                return Err(taken(&name));
            }
            edit.config.mounts.insert(id, entry);
            name
        }
    };
    edit.save().map_err(|error| failed(error.into()))?;
    Ok(name)
}
