//! People and tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Org;
use crate::base::Timestamp;
use crate::domain::id::TokenId;
use crate::domain::kind::Role;

/// `GET /me`: who the token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The org that the token belongs to.
    pub org: Org,
    /// The token's id; `null` for the tokens that a server makes for its own workers.
    pub token_id: Option<TokenId>,
    /// The token's name, which is the actor in the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// The server's version.
    pub server_version: String,
    /// Whether this is the embedded server of this machine.
    pub embedded: bool,
}

/// An access token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it ends; `null`: never.
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>)]
    pub last_used_at: Option<Timestamp>,
}

/// `POST /tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// Its name, which is the actor in the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Seconds until it ends; absent: never.
    #[serde(default)]
    pub expires_in: Option<u32>,
}

/// The answer to `POST /tokens`: shows the token this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenCreated {
    /// The token's record.
    #[serde(flatten)]
    pub record: Token,
    /// The token itself; `secret-already-shown` when the same request is answered again.
    pub token: String,
}
