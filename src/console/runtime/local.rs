//! Changes of the docs project's `.jolli/sources.json`, by the code that `jolli source` uses, and what they would do.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::{dry_run, failure, own_failure};
use crate::api::{Call, Code, Consequence, DryRun, Problem, Severity, SourceId, Undo};
use crate::base::{Clock as _, SystemClock};
use crate::client::Client;
use crate::console::local::{LINK, REMOVE, RESTORE, UNLINK};
use crate::console::msg::{Done, Failure, FailureKind};
use crate::local::sources::LocalSource;
use crate::project::{self, Link, ProjectError, Removal, RemovalOnServer, Workspace};

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
    name.ok_or_else(|| refused(tr!("no name was given")))
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
    let name = name_of(call)?;
    let workspace = workspace(project, client);
    match call.path.as_str() {
        REMOVE => {}
        LINK => return effect_of_link(&workspace, client, &link_of(call)?).await,
        _ => return Err(refused(tr!("only removals and links are foreseen"))),
    }
    let removal = project::plan_removal(&workspace, name, true)
        .await
        .map_err(failed)?;
    let (before, after) = tokio::try_join!(
        project::compare(&workspace, client),
        project::compare_without(&workspace, client, name)
    )
    .map_err(failed)?;
    let path = removal.mount.as_ref().map_or_else(String::new, |path| {
        tr!(" {path} itself stays as it is.", path = path.display())
    });
    let text = tr_n!(
        after.findings.len(),
        "one entry of sources.json; {before} → {count} finding.{more}",
        "one entry of sources.json; {before} → {count} findings.{more}",
        before = before.findings.len(),
        more = path
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
        undo_note: tr!("u puts it back.").to_owned(),
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
            Ok(done(tr!("the local entry again"), RESTORE, body))
        }
        RESTORE => {
            let name = restore(&workspace, entry_of(&call.body)?)?;
            Ok(done(
                tr!("without the local entry"),
                REMOVE,
                json!({ "name": name }),
            ))
        }
        LINK => {
            let ask = link_of(call)?;
            let entry = entry_named(&workspace, &ask.name)?;
            let linked = project::link(&workspace, ask.clone()).await;
            let Some(server) = linked.map_err(failed)?.server.filter(|it| it.created) else {
                // Somebody made a source of that name meanwhile: that one is not ours to delete.
                return Ok(Done {
                    body: Value::Null,
                    undo: None,
                    sequence: None,
                });
            };
            let body = json!({
                "name": ask.name, "integrationId": ask.integration, "sourceId": server.id, "entry": entry,
            });
            Ok(done(
                tr!("the source only on this machine again"),
                UNLINK,
                body,
            ))
        }
        UNLINK => {
            let (ask, entry) = (link_of(call)?, entry_of(&call.body["entry"])?);
            let id = serde_json::from_value(call.body["sourceId"].clone());
            let id = id.map_err(|error| refused(&error.to_string()))?;
            let removal = plan_unlink(&workspace, client, &ask.name, id).await?;
            // First what must not be lost: should the server refuse, the entry is hidden by its source, and no more.
            restore(&workspace, entry)?;
            project::remove(&workspace, removal).await.map_err(failed)?;
            let body = json!({ "name": ask.name, "integrationId": ask.integration });
            Ok(done(tr!("the source linked again"), LINK, body))
        }
        other => Err(refused(&tr!("nothing here is called {other}", other))),
    }
}

fn entry_of(body: &Value) -> Result<Entry, Failure> {
    serde_json::from_value(body.clone()).map_err(|error| refused(&error.to_string()))
}

fn link_of(call: &Call) -> Result<Link, Failure> {
    let integration = serde_json::from_value(call.body["integrationId"].clone());
    Ok(Link {
        name: name_of(call)?.to_owned(),
        integration: integration.map_err(|error| refused(&error.to_string()))?,
    })
}

/// What linking a source that only this machine knows would do: what the server says of the one that it would create, and
/// what happens besides.
async fn effect_of_link(
    workspace: &Workspace,
    client: &Client,
    ask: &Link,
) -> Result<DryRun, Failure> {
    let Some(space) = &workspace.space else {
        return Err(failed(ProjectError::NoSpace));
    };
    let body = project::link_body(workspace, ask).await.map_err(failed)?;
    let call = Call::new("POST", "/sources").with(body);
    let mut effect = dry_run(client, &call)
        .await
        .map_err(|error| failure(&error))?;
    let name = &ask.name;
    effect.consequences.push(Consequence {
        kind: "note".to_owned(),
        severity: Severity::Info,
        text: tr!("{name} is created on the server and bound to {space}; its entry in sources.json becomes its mount.", name, space),
    });
    tr!("u takes it back until its first run; that takes the role admin.")
        .clone_into(&mut effect.undo_note);
    Ok(effect)
}

/// How the source goes that a link created, where nothing came of it yet.
async fn plan_unlink(
    workspace: &Workspace,
    client: &Client,
    name: &str,
    created: SourceId,
) -> Result<Removal, Failure> {
    let removal = project::plan_removal(workspace, name, false)
        .await
        .map_err(failed)?;
    match &removal.server {
        RemovalOnServer::Delete { source, .. } if *source != created => {
            return Err(refused(&tr!(
                "{name} is another source of the server by now, so it stays",
                name
            )));
        }
        RemovalOnServer::Delete { source, .. } => {
            let source = client.source(*source).await;
            let source = source.map_err(|error| failure(&error))?;
            if source.source.cursor.is_some() {
                return Err(refused(&tr!(
                    "runs of {name} have set its cursor since. !u unlinks it, !d deletes it",
                    name
                )));
            }
        }
        RemovalOnServer::Unbind { others, .. } => {
            return Err(refused(&tr!(
                "{name} is used by {others} by now, so it stays",
                name,
                others = others.join(", ")
            )));
        }
        RemovalOnServer::Nothing => {
            return Err(refused(&tr!("{name} is not on the server any more", name)));
        }
    }
    Ok(removal)
}

fn done(label: &str, path: &str, body: Value) -> Done {
    let call = Call::new("POST", path).with(body);
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
    let taken = |name: &str| refused(&tr!("{name} has an entry again; it stays as it is", name));
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
