//! The first org and its first admin token; and what tokens are made of (engine.md: identity).

use serde_json::Value;

use super::{Command, Engine};
use crate::base::random::base62;
use crate::base::sha256_hex;
use crate::domain::event::Actor;
use crate::domain::id::{OrgId, TokenId};
use crate::domain::org::{Bootstrap, SealedToken};
use crate::domain::row::Key;
use crate::store::{Outcome, StoreError, StoredOutcome};

/// Characters of a token's secret part: 43 of base 62 are 256 bits.
const SECRET_LENGTH: usize = 43;

/// A token's secret part and what is stored of it. Never printed by `Debug`.
pub struct NewTokenText {
    secret: String,
}

impl NewTokenText {
    /// What is stored.
    pub fn sealed(&self) -> SealedToken {
        SealedToken {
            hash: sha256_hex(self.secret.as_bytes()),
        }
    }
    /// The whole token, once its id is known; shown once.
    pub fn text(&self, id: TokenId) -> String {
        format!("jolli_{id}_{}", self.secret)
    }
}

/// A new token's secret part.
pub fn new_token(engine: &Engine) -> NewTokenText {
    NewTokenText {
        secret: base62(engine.random().as_ref(), SECRET_LENGTH),
    }
}

/// A token's id and the hash of its secret part; `None` when the text is no token.
pub fn parse_token(text: &str) -> Option<(TokenId, String)> {
    let (id, secret) = text.strip_prefix("jolli_")?.split_once('_')?;
    let plausible =
        (20..=200).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_alphanumeric());
    plausible.then_some(())?;
    Some((id.parse().ok()?, sha256_hex(secret.as_bytes())))
}

/// The server has no first token, or cannot make one.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rule refused.
    #[error("the first org could not be made: {0}")]
    Refused(String),
    /// The token that was given is no token.
    #[error(
        "JOLLI_ADMIN_TOKEN is not a token; it reads jolli_1_ followed by 20 to 200 letters and digits"
    )]
    Token,
}

/// Makes sure that the database has its first org. Answers the first admin token when this call made it: the one given
/// in `admin_token`, else a new one, which the caller shows once.
pub async fn bootstrap(
    engine: &Engine,
    slug: &str,
    admin_token: Option<&str>,
) -> Result<Option<String>, BootstrapError> {
    let first = OrgId(1);
    if engine.store().locate(Key::Orgs(first)).await?.is_some() {
        return Ok(None);
    }
    let secret = match admin_token {
        Some(text) => match text.strip_prefix("jolli_1_") {
            Some(secret) if parse_token(text).is_some() => NewTokenText {
                secret: secret.to_owned(),
            },
            _ => return Err(BootstrapError::Token),
        },
        None => new_token(engine),
    };
    // The hash is not part of the request: of two servers that race, one makes its token and the other learns that it
    // came second.
    let command = Command::by(Actor::system()).with_id("bootstrap:v1", sha256_hex(slug.as_bytes()));
    let decider = Bootstrap {
        slug: slug.to_owned(),
        token_name: "admin".to_owned(),
        token: secret.sealed(),
    };
    match engine.dispatch(first, command, decider).await? {
        Outcome::Accepted(accepted) => {
            let id = accepted
                .reply
                .get("token")
                .and_then(Value::as_i64)
                .unwrap_or(1);
            Ok(Some(secret.text(TokenId(id))))
        }
        Outcome::Replayed {
            stored: StoredOutcome::Accepted { .. },
        }
        | Outcome::IdReused => Ok(None),
        Outcome::Rejected(rejection)
        | Outcome::Replayed {
            stored: StoredOutcome::Rejected(rejection),
        } => Err(BootstrapError::Refused(rejection.message)),
    }
}
