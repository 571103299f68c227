//! Adding a source, and linking one: the rules of who becomes what (sources.md §5: the behaviour matrix).
//!
//! What is written on both sides is written on the server first, under the lock of the local file and once that is known to
//! be writable; what fails after that takes the server's part back.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::catalogue::source_named;
use super::mount::{WorkTree, work_tree};
use super::steps::Steps;
use super::{ProjectError, Workspace};
use crate::api::{Binding, IntegrationId, Source, SourceId, Space};
use crate::client::{ClientError, Query};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::text::shell_word;
use crate::local::sources::{Edit, LocalSource, LocalSources, check_name};

/// `jolli source add`.
#[derive(Clone, Debug)]
pub struct Add {
    /// The name.
    pub name: String,
    /// Anywhere in the work tree.
    pub mount: PathBuf,
    /// Without it, what the work tree was cloned from.
    pub repo: Option<RepoCoordinate>,
    /// The branch.
    pub branch: Option<String>,
    /// Makes it a true source.
    pub integration: Option<IntegrationId>,
}

/// `jolli source link`.
#[derive(Clone, Debug)]
pub struct Link {
    /// A virtual source, here or on the server.
    pub name: String,
    /// What makes it true.
    pub integration: IntegrationId,
}

/// What came of adding or linking.
#[derive(Clone, Debug)]
pub struct Added {
    /// The name.
    pub name: String,
    /// What this machine knows of it now; `None`: it is not mounted here.
    pub local: Option<LocalSource>,
    /// The source on the server; `None`: a local virtual source.
    pub server: Option<OnServer>,
    /// Whether there was a local entry of the name, and where it was mounted.
    pub replaced: Option<PathBuf>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

/// What was done on the server.
#[derive(Clone, Debug)]
pub struct OnServer {
    /// Its id.
    pub id: SourceId,
    /// Whether it was created now.
    pub created: bool,
    /// Whether it was linked now.
    pub linked: bool,
    /// The space that watches it.
    pub space: String,
    /// Whether it was bound now.
    pub bound: bool,
}

/// Adds a source.
pub async fn add(workspace: &Workspace, ask: Add) -> Result<Added, ProjectError> {
    let tree = work_tree(&workspace.git, &ask.mount).await?;
    if let (Some(expected), Some(found)) = (&ask.repo, &tree.origin)
        && !expected.is_same_repository(found)
    {
        return Err(ProjectError::OtherRepository {
            path: tree.root,
            expected: expected.clone(),
            found: found.clone(),
        });
    }
    match ask.integration {
        Some(integration) => {
            let edit = workspace.sources_file().edit(workspace.now)?;
            let known = Known {
                repo: ask.repo.or(tree.origin),
                branch: ask.branch,
                mount: Some(LocalSource::git(tree.root)),
            };
            make_true(workspace, edit, &ask.name, integration, known).await
        }
        None => add_virtual(workspace, ask, tree).await,
    }
}

/// Makes a virtual source true.
pub async fn link(workspace: &Workspace, ask: Link) -> Result<Added, ProjectError> {
    let edit = workspace.sources_file().edit(workspace.now)?;
    let known = known(workspace, &edit.config, &ask.name).await;
    make_true(workspace, edit, &ask.name, ask.integration, known).await
}

/// What linking a source that only this machine knows would have the server create. Nothing is sent.
pub async fn link_body(workspace: &Workspace, ask: &Link) -> Result<Value, ProjectError> {
    let config = workspace.sources_file().open(workspace.now)?.config;
    if !config.virtual_sources.contains_key(&ask.name) {
        return Err(ProjectError::Unknown(ask.name.clone()));
    }
    let known = known(workspace, &config, &ask.name).await;
    Ok(new_source(&ask.name, ask.integration, &known))
}

/// What the local file and the work tree say of a source.
async fn known(workspace: &Workspace, config: &LocalSources, name: &str) -> Known {
    let mount = config.virtual_sources.get(name).cloned();
    let repo = match mount.as_ref().and_then(|mount| mount.repo.as_deref()) {
        Some(repo) => RepoCoordinate::parse(repo).ok(),
        None => None,
    };
    let repo = match (&mount, repo) {
        // A mount that is gone says nothing, and does not stand in the way of what the server is asked to do.
        (Some(mount), None) => work_tree(&workspace.git, &mount.mount_path)
            .await
            .ok()
            .and_then(|tree| tree.origin),
        (_, repo) => repo,
    };
    Known {
        repo,
        branch: mount.as_ref().and_then(|mount| mount.branch.clone()),
        mount,
    }
}

fn new_source(name: &str, integration: IntegrationId, known: &Known) -> Value {
    let mut body = json!({ "name": name, "type": "git", "integrationId": integration });
    fill(&mut body, known, None);
    body
}

async fn add_virtual(
    workspace: &Workspace,
    ask: Add,
    tree: WorkTree,
) -> Result<Added, ProjectError> {
    let mut notes = Vec::new();
    let mut on_server = None;
    if let Some(client) = &workspace.client {
        match source_named(client, &ask.name).await {
            Ok(Some(Source {
                id,
                integration_id: Some(integration),
                ..
            })) => {
                return Err(ProjectError::Shadows {
                    name: ask.name,
                    id,
                    integration,
                    mount: tree.root.display().to_string(),
                });
            }
            Ok(there) => on_server = Some(there.map(|source| source.id)),
            Err(error) => notes.push(format!(
                "whether the server has a true source of that name is not known: {error}"
            )),
        }
    }
    let mut edit = workspace.sources_file().edit(workspace.now)?;
    let mounted = match on_server {
        Some(there) => there.filter(|id| edit.config.mounts.contains_key(id)),
        // Nobody could be asked: what the mount remembers counts.
        None => edit.config.mount_named(&ask.name).map(|(id, _)| id),
    };
    if let Some(id) = mounted {
        return move_mount(edit, ask, id, tree, notes);
    }
    check_name(&ask.name)?;
    if ask.repo.is_none()
        && let Some(origin) = &tree.origin
    {
        notes.push(format!(
            "repo is {origin}, which the work tree was cloned from; --repo says otherwise"
        ));
    }
    if let Some(client) = &workspace.client
        && let Some(repo) = ask.repo.as_ref().or(tree.origin.as_ref())
    {
        notes.extend(integration_note(client, &ask.name, repo).await);
    }
    let there = edit.config.virtual_sources.remove(&ask.name);
    let replaced = there.as_ref().map(|there| there.mount_path.clone());
    let entry = LocalSource {
        repo: ask.repo.or(tree.origin).map(|repo| repo.to_string()),
        branch: ask.branch,
        others: there.map(|there| there.others).unwrap_or_default(),
        ..LocalSource::git(tree.root)
    };
    edit.config
        .virtual_sources
        .insert(ask.name.clone(), entry.clone());
    edit.save()?;
    Ok(Added {
        name: ask.name,
        local: Some(entry),
        server: None,
        replaced,
        notes,
    })
}

/// Mounts a source of the server elsewhere. That needs no server.
fn move_mount(
    mut edit: Edit,
    ask: Add,
    id: SourceId,
    tree: WorkTree,
    mut notes: Vec<String>,
) -> Result<Added, ProjectError> {
    let mut local = None;
    let mut replaced = None;
    if let Some(mount) = edit.config.mounts.get_mut(&id) {
        let repo = mount
            .repo
            .as_deref()
            .and_then(|r| RepoCoordinate::parse(r).ok());
        if let (Some(expected), Some(found)) = (repo, &tree.origin)
            && !expected.is_same_repository(found)
        {
            return Err(ProjectError::OtherRepository {
                path: tree.root,
                expected,
                found: found.clone(),
            });
        }
        replaced = Some(std::mem::replace(&mut mount.mount_path, tree.root));
        local = Some(mount.clone());
    }
    notes.push(format!(
        "it is source {id} of the server, and its mount is what changed"
    ));
    if ask.repo.is_some() || ask.branch.is_some() {
        notes.push("its repository and branch are the server's; edit them there".to_owned());
    }
    edit.save()?;
    Ok(Added {
        name: ask.name,
        local,
        server: None,
        replaced,
        notes,
    })
}

/// Which integrations could make the source true. That nothing is said where they cannot be listed is as it should be: a
/// viewer may not see them, and a local source needs none.
async fn integration_note(
    client: &crate::client::Client,
    name: &str,
    repo: &RepoCoordinate,
) -> Option<String> {
    let integrations = client.integrations(&Query::new()).await.ok()?.items;
    let account = repo.account();
    let same = |one: &str, other: &str| match (RepoCoordinate::parse(one), other) {
        (Ok(one), other) => RepoCoordinate::parse(other).is_ok_and(|o| o.is_same_repository(&one)),
        (Err(_), other) => one.eq_ignore_ascii_case(other),
    };
    let text = repo.to_string();
    let ids: Vec<String> = integrations
        .iter()
        .filter(|integration| {
            integration.repo.as_deref().is_some_and(|r| same(r, &text))
                || integration
                    .account
                    .as_deref()
                    .is_some_and(|a| same(a, &account))
        })
        .map(|integration| integration.id.to_string())
        .collect();
    match &ids[..] {
        [] => None,
        [one] => Some(format!(
            "integration {one} covers {repo}; to let pushes run its documents: jolli source link {} --integration-id {one}",
            shell_word(name)
        )),
        several => Some(format!(
            "integrations {} cover {repo}; to let pushes run its documents, choose one: jolli source link {} --integration-id ID",
            several.join(", "),
            shell_word(name)
        )),
    }
}

/// What is known of a source besides its name.
struct Known {
    repo: Option<RepoCoordinate>,
    branch: Option<String>,
    mount: Option<LocalSource>,
}

/// Makes the source of a name true, on the server and here: created or reused by name, linked, bound, mounted.
async fn make_true(
    workspace: &Workspace,
    mut edit: Edit,
    name: &str,
    integration: IntegrationId,
    known: Known,
) -> Result<Added, ProjectError> {
    let client = workspace.client()?;
    let slug = workspace.space()?;
    edit.check_writable()?;
    let space = client.space_by_slug(slug).await?;
    let there = source_named(client, name).await?;
    if there.is_none() && known.mount.is_none() {
        return Err(ProjectError::Unknown(name.to_owned()));
    }
    if let Some(there) = &there {
        refuse_other(there, integration, &known)?;
    }
    let mut steps = Steps::new(client);
    let done = on_server(&mut steps, name, integration, &known, there, &space).await;
    let (source, server, mut notes) = match done {
        Ok(done) => done,
        Err(error) => return Err(steps.fail(error).await),
    };
    let local_entry = edit.config.virtual_sources.remove(name);
    let before = edit.config.mounts.get(&source.id);
    let replaced = before
        .or(local_entry.as_ref())
        .map(|entry| entry.mount_path.clone());
    // What others keep in either entry stays; the mount's own wins.
    let mut others = local_entry.map(|entry| entry.others).unwrap_or_default();
    others.extend(before.map(|entry| entry.others.clone()).unwrap_or_default());
    let local = known.mount.map(|mount| LocalSource {
        name: Some(source.name.clone()),
        repo: source.repo.clone(),
        branch: source.branch.clone(),
        others,
        ..mount
    });
    if let Some(mount) = &local {
        edit.config.mounts.insert(source.id, mount.clone());
    } else if !edit.config.mounts.contains_key(&source.id) {
        notes.push(format!(
            "it is not mounted here; `jolli source add {} --mount PATH --integration-id {integration}` does that",
            shell_word(name)
        ));
    }
    if let Err(error) = edit.save() {
        return Err(steps.fail(error).await);
    }
    Ok(Added {
        name: name.to_owned(),
        local,
        server: Some(server),
        replaced,
        notes,
    })
}

/// Refuses to take a source of the server for one that it is not.
fn refuse_other(
    there: &Source,
    integration: IntegrationId,
    known: &Known,
) -> Result<(), ProjectError> {
    if let Some(linked) = there.integration_id
        && linked != integration
    {
        return Err(ProjectError::LinkedElsewhere {
            name: there.name.clone(),
            linked,
            asked: integration,
        });
    }
    if let (Some(expected), Some(found)) = (&there.repo, &known.repo)
        && RepoCoordinate::parse(expected).is_ok_and(|repo| !repo.is_same_repository(found))
    {
        return Err(ProjectError::ServerRepository {
            name: there.name.clone(),
            expected: expected.clone(),
            found: found.clone(),
        });
    }
    // A virtual source without a branch is told this one; a true one follows its provider's default on purpose.
    let follows = match &there.branch {
        Some(branch) => Some(branch.as_str()),
        None => there.integration_id.map(|_| "the default branch"),
    };
    if let (Some(follows), Some(given)) = (follows, &known.branch)
        && follows != given
    {
        return Err(ProjectError::ServerBranch {
            name: there.name.clone(),
            expected: follows.to_owned(),
            given: given.clone(),
        });
    }
    Ok(())
}

async fn on_server(
    steps: &mut Steps<'_>,
    name: &str,
    integration: IntegrationId,
    known: &Known,
    there: Option<Source>,
    space: &Space,
) -> Result<(Source, OnServer, Vec<String>), ClientError> {
    let created = there.is_none();
    let linked = there.as_ref().is_none_or(|s| s.integration_id.is_none());
    let source = match there {
        None => {
            let body = new_source(name, integration, known);
            steps
                .take(format!("source {name}"), "POST", "/sources".into(), body)
                .await?
        }
        Some(source) if source.integration_id.is_some() => source,
        Some(source) => complete(steps, source, integration, known).await?,
    };
    let (bound, notes) = bind(steps, &source, space).await?;
    let server = OnServer {
        id: source.id,
        created,
        linked,
        space: space.slug.clone(),
        bound,
    };
    Ok((source, server, notes))
}

/// Tells a virtual source of the server what it lacks, and links it.
async fn complete(
    steps: &mut Steps<'_>,
    source: Source,
    integration: IntegrationId,
    known: &Known,
) -> Result<Source, ClientError> {
    let (id, name) = (source.id, &source.name);
    let mut patch = json!({});
    fill(&mut patch, known, Some(&source));
    if patch != json!({}) {
        let what = format!("repo and branch of {name}");
        let path = format!("/sources/{id}");
        steps.take::<Source>(what, "PATCH", path, patch).await?;
    }
    let what = format!("the link of {name} to integration {integration}");
    let body = json!({ "integrationId": integration });
    steps
        .take(what, "POST", format!("/sources/{id}/link"), body)
        .await
}

/// Puts repo and branch into a body where they are known and the server does not have them.
fn fill(body: &mut Value, known: &Known, there: Option<&Source>) {
    if let Some(repo) = &known.repo
        && there.is_none_or(|source| source.repo.is_none())
    {
        body["repo"] = repo.to_string().into();
    }
    if let Some(branch) = &known.branch
        && there.is_none_or(|source| source.branch.is_none())
    {
        body["branch"] = branch.clone().into();
    }
}

/// Binds the source to the space, where it is not; a binding that is off stays off, and is told.
async fn bind(
    steps: &mut Steps<'_>,
    source: &Source,
    space: &Space,
) -> Result<(bool, Vec<String>), ClientError> {
    let query = Query::new().filter("sourceId", source.id);
    let bound = steps.client().space_sources(space.id, &query).await?.items;
    if let Some(there) = bound.first() {
        let off = (!there.binding.enabled).then(|| {
            format!(
                "its binding to {} is off and stays so; turn it on: jolli space enable {} {}",
                space.name,
                space.slug,
                shell_word(&source.name)
            )
        });
        return Ok((false, off.into_iter().collect()));
    }
    let what = format!("the binding of {} to {}", source.name, space.slug);
    let path = format!("/spaces/{}/sources", space.id);
    let body = json!({ "sourceId": source.id });
    steps.take::<Binding>(what, "POST", path, body).await?;
    Ok((true, Vec::new()))
}
