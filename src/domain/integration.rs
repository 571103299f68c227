//! What may happen to integrations.

use super::coordinate::RepoCoordinate;
use super::event::{NewEvent, Payload, Stream};
use super::id::IntegrationId;
use super::kind::{IntegrationStatus, Provider};
use super::limits::ROTATION_OVERLAP_SECONDS;
use super::row::{IntegrationRow, Key, Row, SecretRef, SecretRow, SourceRow, Table};
use super::view::{
    Decider, Decision, Find, IdKind, Stop, Undo, UndoCall, View, check_version, conflict, invalid,
    not_found,
};
use super::{source, text};
use crate::base::Timestamp;

/// Whether an integration's coordinate takes in a repository: it is that repository, or the account above it.
pub fn covers(integration: &IntegrationRow, repo_key: &str) -> bool {
    repo_key == integration.match_key
        || (integration.account.is_some()
            && repo_key
                .strip_prefix(&integration.match_key)
                .is_some_and(|rest| rest.starts_with('/')))
}

fn find(view: &View, id: IntegrationId) -> Result<&IntegrationRow, Stop> {
    view.row(Key::Integrations(id))?
        .ok_or_else(|| not_found("Integration", id))
}

/// Links a provider account or repository.
#[derive(Debug)]
pub struct CreateIntegration {
    /// Whose webhooks.
    pub provider: Provider,
    /// Unique per org.
    pub name: String,
    /// `host/owner/repo`, or
    pub repo: Option<String>,
    /// `host/owner`.
    pub account: Option<String>,
    /// Its webhook secret, sealed.
    pub secret: SecretRow,
    /// How the secret is recognised.
    pub fingerprint: String,
}

impl Decider for CreateIntegration {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let name = text::name("/name", &self.name)?;
        let (repo, account, match_key) = match (&self.repo, &self.account) {
            (Some(_), _) | (_, Some(_)) if self.provider == Provider::StaticFile => {
                return Err(invalid(
                    "/repo",
                    "Files are uploaded to the sources of a static_file integration: it takes neither repo nor account.",
                ));
            }
            (Some(repo), None) => {
                let coordinate =
                    RepoCoordinate::parse(repo).map_err(|e| invalid("/repo", e.to_string()))?;
                (
                    Some(coordinate.to_string()),
                    None,
                    coordinate.matching_key(),
                )
            }
            (None, Some(account)) => {
                // An account is a coordinate without its last segment; the checks are the same.
                let probe = RepoCoordinate::parse(&format!("{}/x", account.trim_end_matches('/')))
                    .map_err(|_| invalid("/account", format!("`{account}` is no account; write host/owner, such as github.com/acme")))?;
                let cut = |text: String| text.trim_end_matches("/x").to_owned();
                (
                    None,
                    Some(cut(probe.to_string())),
                    cut(probe.matching_key()),
                )
            }
            // Files are uploaded to its sources, so it is for no repository; no coordinate is like its key.
            (None, None) if self.provider == Provider::StaticFile => {
                (None, None, self.provider.as_str().to_owned())
            }
            _ => {
                return Err(invalid(
                    "/repo",
                    "Give either repo (host/owner/repo) or account (host/owner).",
                ));
            }
        };
        let same: Vec<&IntegrationRow> =
            view.find(Find::all(Table::Integrations).is("name", name.as_str()))?;
        if let Some(other) = same.first() {
            return Err(conflict(format!(
                "Integration {} has the name `{name}` already. Choose another name.",
                other.id
            )));
        }
        let id = IntegrationId(view.next_id(IdKind::Integration, 0)?);
        let event = NewEvent::new(
            Stream::Integration(id),
            Payload::IntegrationCreated {
                provider: self.provider,
                name,
                repo,
                account,
                match_key,
                secret: SecretRef {
                    name: self.secret.name.clone(),
                    fingerprint: self.fingerprint.clone(),
                    valid_until: None,
                },
            },
        );
        let mut decision = Decision::of(event, Key::Integrations(id)).undo(
            Undo {
                label: format!("remove integration {id}"),
                calls: vec![UndoCall {
                    method: "DELETE",
                    path: format!("/integrations/{id}"),
                    body: serde_json::Value::Null,
                    if_match: Some(1),
                }],
            },
            "until something is linked to it",
        );
        decision.side.push(Row::Secrets(self.secret.clone()));
        Ok(decision)
    }
}

/// Changes an integration's name or the health that an operator knows.
#[derive(Debug)]
pub struct UpdateIntegration {
    /// Which.
    pub id: IntegrationId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// A new name.
    pub name: Option<String>,
    /// A new health, what it is about, and whether its access was looked at for it.
    pub health: Option<(IntegrationStatus, Option<String>, bool)>,
}

impl Decider for UpdateIntegration {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let mut decision = Decision::unchanged(Key::Integrations(self.id));
        if let Some(name) = &self.name {
            let name = text::name("/name", name)?;
            let same: Vec<&IntegrationRow> =
                view.find(Find::all(Table::Integrations).is("name", name.as_str()))?;
            if let Some(other) = same.iter().find(|other| other.id != self.id) {
                return Err(conflict(format!(
                    "Integration {} has the name `{name}` already. Choose another name.",
                    other.id
                )));
            }
            if name != row.name {
                decision.events.push(NewEvent::new(
                    Stream::Integration(self.id),
                    Payload::IntegrationUpdated { name },
                ));
            }
        }
        if let Some((status, detail, checked)) = &self.health
            && (*checked || *status != row.status || *detail != row.status_detail)
        {
            decision.events.push(NewEvent::new(
                Stream::Integration(self.id),
                Payload::HealthChanged {
                    status: *status,
                    detail: detail.clone(),
                    checked: *checked,
                },
            ));
        }
        let checked = self.health.as_ref().is_some_and(|(.., checked)| *checked);
        if checked || decision.events.is_empty() {
            return Ok(decision.no_undo("Nothing to take back."));
        }
        let mut before = serde_json::Map::new();
        if self.name.is_some() {
            before.insert("name".to_owned(), row.name.clone().into());
        }
        if self.health.is_some() {
            before.insert("status".to_owned(), row.status.as_str().into());
        }
        let bumps = i64::try_from(decision.events.len()).unwrap_or(0);
        Ok(decision.undo(
            Undo {
                label: format!("edit of {}", row.name),
                calls: vec![UndoCall {
                    method: "PATCH",
                    path: format!("/integrations/{}", self.id),
                    body: serde_json::Value::Object(before),
                    if_match: Some(row.version + bumps),
                }],
            },
            "until it changes again",
        ))
    }
}

/// Replaces the webhook secret; the previous one stays valid for a day.
#[derive(Debug)]
pub struct RotateSecret {
    /// Which.
    pub id: IntegrationId,
    /// The new secret, sealed.
    pub secret: SecretRow,
    /// How it is recognised.
    pub fingerprint: String,
}

impl Decider for RotateSecret {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        let now = view.now();
        if let Some(open) = row
            .secrets
            .iter()
            .filter_map(|s| s.valid_until)
            .find(|until| *until > now)
        {
            return Err(conflict(format!(
                "A rotation is open: both secrets are valid until {open}. Wait for it to end."
            )));
        }
        let until: Timestamp = now.plus_seconds(ROTATION_OVERLAP_SECONDS);
        let event = NewEvent::new(
            Stream::Integration(self.id),
            Payload::SecretRotated {
                secret: SecretRef {
                    name: self.secret.name.clone(),
                    fingerprint: self.fingerprint.clone(),
                    valid_until: None,
                },
                previous_valid_until: until,
            },
        );
        let mut decision = Decision::of(event, Key::Integrations(self.id))
            .no_undo("The previous secret ends by itself.");
        decision.side.push(Row::Secrets(self.secret.clone()));
        Ok(decision)
    }
}

/// Where the clone credential of an integration is kept: one place, so that a new one takes the room of the old.
pub fn credential_name(id: IntegrationId) -> String {
    format!("integration/{id}/clone")
}

/// Gives an integration what its repositories are cloned with.
#[derive(Debug)]
pub struct SetCredential {
    /// Which.
    pub id: IntegrationId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// The user name that goes with it; `None`: what the provider takes with tokens.
    pub user: Option<String>,
    /// The secret, sealed under [`credential_name`].
    pub secret: SecretRow,
    /// How it is recognised.
    pub fingerprint: String,
}

impl Decider for SetCredential {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let user = match (&self.user, token_user(row.provider)) {
            (Some(user), _)
                if user.is_empty()
                    || user.len() > 255
                    || user.chars().any(|c| c.is_control() || c == ':') =>
            {
                return Err(invalid(
                    "/user",
                    "user takes 1 to 255 characters, without colons",
                ));
            }
            (Some(user), _) => user.clone(),
            (None, Some(usual)) => usual.to_owned(),
            (None, None) => {
                return Err(invalid(
                    "/user",
                    format!(
                        "Nothing is known of the user names of {} hosts. Give the user that goes with this secret.",
                        row.provider
                    ),
                ));
            }
        };
        let event = NewEvent::new(
            Stream::Integration(self.id),
            Payload::CredentialSet {
                user,
                fingerprint: self.fingerprint.clone(),
            },
        );
        let mut decision = Decision::of(event, Key::Integrations(self.id))
            .follows(
                "clone",
                format!(
                    "Repositories of {} are cloned and looked at with it from now on.",
                    row.match_key
                ),
            )
            .no_undo("The previous one is not kept.");
        if row.credential.is_none() {
            decision = decision.undo(
                Undo {
                    label: format!("remove the clone credential of {}", row.name),
                    calls: vec![UndoCall {
                        method: "DELETE",
                        path: format!("/integrations/{}/credential", self.id),
                        body: serde_json::Value::Null,
                        if_match: Some(row.version + 1),
                    }],
                },
                "until it changes again",
            );
        }
        decision.side.push(Row::Secrets(self.secret.clone()));
        let linked: Vec<&SourceRow> =
            view.find(Find::all(Table::Sources).is("integration_id", self.id.0))?;
        let watched = linked
            .into_iter()
            .filter(|row| source::target(row).is_some());
        decision
            .side
            .extend(watched.map(|row| source::look_soon(view.org(), row.id, view.now())));
        Ok(decision)
    }
}

/// The user name that a provider takes with an access token.
const fn token_user(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::GitHub => Some("x-access-token"),
        Provider::GitLab | Provider::Gitea => Some("oauth2"),
        Provider::Bitbucket => Some("x-token-auth"),
        Provider::Generic | Provider::StaticFile => None,
    }
}

/// Takes an integration's clone credential away.
#[derive(Debug)]
pub struct RemoveCredential {
    /// Which.
    pub id: IntegrationId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for RemoveCredential {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        if row.credential.is_none() {
            return Err(conflict(format!("{} has no clone credential.", row.name)));
        }
        let event = NewEvent::new(Stream::Integration(self.id), Payload::CredentialRemoved {});
        let mut decision =
            Decision::of(event, Key::Integrations(self.id)).no_undo("It is not kept.");
        decision.side = forgotten(view, self.id)?;
        Ok(decision)
    }
}

/// The clone credential of an integration, overwritten with nothing.
fn forgotten(view: &View, id: IntegrationId) -> Result<Vec<Row>, Stop> {
    let kept: Option<&SecretRow> = view.row(Key::Secrets(credential_name(id)))?;
    Ok(kept
        .map(|kept| {
            Row::Secrets(SecretRow {
                nonce: String::new(),
                ciphertext: String::new(),
                ..kept.clone()
            })
        })
        .into_iter()
        .collect())
}

/// Removes an integration; its sources are unlinked, each by an event of its own.
#[derive(Debug)]
pub struct DeleteIntegration {
    /// Which.
    pub id: IntegrationId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for DeleteIntegration {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let linked: Vec<&SourceRow> =
            view.find(Find::all(Table::Sources).is("integration_id", self.id.0))?;
        let mut decision = Decision::unchanged(Key::Integrations(self.id))
            .no_undo("The integration and its secrets are lost.");
        decision.side = forgotten(view, self.id)?;
        if linked.is_empty() {
            decision = decision.follows("source", "No source uses it.");
        }
        for source in linked {
            decision = decision.follows(
                "source",
                format!(
                    "Source {} becomes virtual and loses its cursor.",
                    source.name
                ),
            );
            decision
                .events
                .extend(source::unlink_events(view, source, self.id)?);
        }
        decision = decision.follows(
            "webhook",
            "Its webhook address stops answering: what the provider still sends there is lost.",
        );
        decision.events.push(NewEvent::new(
            Stream::Integration(self.id),
            Payload::IntegrationDeleted {
                name: row.name.clone(),
            },
        ));
        Ok(decision)
    }
}
