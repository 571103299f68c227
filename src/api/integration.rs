//! Integrations: linked provider accounts and repositories.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Timestamp;
use crate::domain::id::{IntegrationId, SourceId};
use crate::domain::kind::{IntegrationStatus, Provider};

/// A linked provider account or repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Whose webhooks and clones.
    pub provider: Provider,
    /// Its name, unique per org.
    pub name: String,
    /// `host/owner/repo`, when it is one repository.
    pub repo: Option<String>,
    /// `host/owner`, when it is an account.
    pub account: Option<String>,
    /// Its health.
    pub status: IntegrationStatus,
    /// What the health is about.
    pub status_detail: Option<String>,
    /// When its access was last checked.
    #[schema(value_type = Option<String>)]
    pub last_checked_at: Option<Timestamp>,
    /// What its repositories are cloned with; `null`: as git's own settings on each machine say.
    pub credential: Option<CloneCredential>,
    /// Where the provider sends its webhooks.
    pub webhook_url: String,
    /// The sources linked to it.
    pub source_ids: Vec<SourceId>,
    /// Until when the previous webhook secret is still accepted, while one is being rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub previous_secret_valid_until: Option<Timestamp>,
    /// Refused signatures since the last good one.
    pub refused_signatures: i64,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Version: the `ETag`.
    pub version: i64,
}

impl Integration {
    /// Until when two secrets count, if a rotation is open at this moment.
    pub fn rotation_open(&self, now: Timestamp) -> Option<Timestamp> {
        self.previous_secret_valid_until
            .filter(|until| *until > now)
    }
}

/// What repositories are cloned with, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloneCredential {
    /// The user name that goes with it.
    pub user: String,
    /// The first 8 hex digits of the secret's SHA-256.
    pub fingerprint: String,
    /// Since when.
    #[schema(value_type = String)]
    pub set_at: Timestamp,
}

/// `PUT /integrations/:id/credential`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCredential {
    /// The user name; absent: what the provider takes with access tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// An access token that may read the repositories.
    pub secret: String,
}

impl std::fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCredential")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What one repository of a run is cloned with: `GET /jobs/:id/credentials`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepoCredential {
    /// `host/owner/repo`.
    pub repo: String,
    /// The user name.
    pub user: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for RepoCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepoCredential")
            .field("repo", &self.repo)
            .finish_non_exhaustive()
    }
}

/// `POST /integrations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIntegration {
    /// Whose webhooks.
    pub provider: Provider,
    /// Unique per org.
    pub name: String,
    /// `host/owner/repo`; give this or `account`.
    #[serde(default)]
    pub repo: Option<String>,
    /// `host/owner`; give this or `repo`.
    #[serde(default)]
    pub account: Option<String>,
    /// The webhook secret; one is made when absent.
    #[serde(default)]
    pub secret: Option<String>,
}

/// The answer to `POST /integrations`: shows the secret this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationCreated {
    /// The integration.
    #[serde(flatten)]
    pub integration: Integration,
    /// The webhook secret, shown this once; `secret-already-shown` when the same request is answered again.
    pub webhook_secret: String,
}

/// `PATCH /integrations/:id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntegrationPatch {
    /// A new name.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// A new health, as an operator knows it.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<IntegrationStatus>,
}

/// The answer to `POST /integrations/:id/rotate-secret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotatedSecret {
    /// The new secret, shown this once.
    pub webhook_secret: String,
    /// Until when the previous one is still accepted.
    #[schema(value_type = String)]
    pub previous_valid_until: Timestamp,
}
