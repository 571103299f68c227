//! Secrets of integrations, opened where they are used: those that webhooks are verified with, and what repositories are
//! cloned with (engine.md: identity).

use super::app::App;
use super::fault::Fault;
use super::seal::Secret;
use crate::api::{Code, IntegrationId, OrgId, RepoCredential};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::integration::{covers, credential_name};
use crate::domain::row::{IntegrationRow, Key, SecretRow, Table};
use crate::domain::view::{Find, Need, Test};
use crate::git::{Credential, Git, GitError, RemoteUrl};
use crate::store::{Scope, StoreError};

/// Why the secrets of an integration cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    /// The database does not answer.
    #[error("{0}")]
    Store(StoreError),
    /// They are missing, or sealed with another key.
    #[error("{0}")]
    Sealed(String),
}

impl From<NoSecret> for Fault {
    fn from(error: NoSecret) -> Self {
        match error {
            NoSecret::Store(error) => error.into(),
            NoSecret::Sealed(reason) => Self::new(
                Code::Unavailable,
                format!("A stored secret cannot be used: {reason}."),
            ),
        }
    }
}

/// The webhook secrets of an integration that are valid now, opened.
pub async fn of_webhooks(app: &App, row: &IntegrationRow) -> Result<Vec<Secret>, NoSecret> {
    let now = app.now();
    let valid = row
        .secrets
        .iter()
        .filter(|s| s.valid_until.is_none_or(|until| until > now));
    let names = valid.map(|s| s.name.clone()).collect();
    open(app, row.org_id, names).await
}

/// What a repository is cloned with: the credential of `own` where that is for it, else of any integration that is; `None`:
/// git's own settings have to do.
pub async fn of_repo(
    app: &App,
    org: OrgId,
    repo: &RepoCoordinate,
    own: Option<IntegrationId>,
) -> Result<Option<RepoCredential>, NoSecret> {
    let find = Find::all(Table::Integrations)
        .test("credential", Test::NotNull)
        .oldest("id");
    let (view, _) = app
        .store
        .read(Scope::Org(org), vec![Need::Find(find.clone())])
        .await
        .map_err(NoSecret::Store)?;
    let rows: Vec<&IntegrationRow> = view.find(find).unwrap_or_default();
    let key = repo.matching_key();
    let fits = |row: &&&IntegrationRow| covers(row, &key);
    let chosen = rows
        .iter()
        .filter(fits)
        .find(|row| Some(row.id) == own)
        .or_else(|| rows.iter().find(fits));
    let Some((row, credential)) = chosen.and_then(|row| Some((row, row.credential.as_ref()?)))
    else {
        return Ok(None);
    };
    let mut opened = open(app, org, vec![credential_name(row.id)]).await?;
    let secret = opened.pop().unwrap_or_else(|| Secret::new(""));
    Ok(Some(RepoCredential {
        repo: repo.to_string(),
        user: credential.user.clone(),
        secret: String::from_utf8_lossy(secret.expose()).into_owned(),
    }))
}

/// `git`, with a credential for the repositories of one address.
pub fn with_credential(git: &Git, found: Option<&RepoCredential>) -> Result<Git, GitError> {
    let Some(found) = found else {
        return Ok(git.clone());
    };
    let address = RepoCoordinate::parse(&found.repo)
        .map_or_else(|_| found.repo.clone(), |repo| repo.clone_url());
    let url = RemoteUrl::parse(&address, git)?;
    let credential = Credential::new(url, &found.user, &found.secret);
    Ok(git.clone().credential(Some(credential)))
}

async fn open(app: &App, org: OrgId, names: Vec<String>) -> Result<Vec<Secret>, NoSecret> {
    let keys: Vec<Key> = names.into_iter().map(Key::Secrets).collect();
    let needs = keys.iter().cloned().map(Need::Row).collect();
    let (view, _) = app
        .store
        .read(Scope::Org(org), needs)
        .await
        .map_err(NoSecret::Store)?;
    let mut secrets = Vec::with_capacity(keys.len());
    for key in keys {
        let sealed = view.row::<SecretRow>(key).ok().flatten().ok_or_else(|| {
            NoSecret::Sealed("a secret of the integration is missing; set it anew".to_owned())
        })?;
        let opened = app.sealer.open(sealed);
        secrets.push(opened.map_err(|error| NoSecret::Sealed(error.to_string()))?);
    }
    Ok(secrets)
}
