//! Who asks: bearer tokens, and the tokens that this process makes for its own workers and for the consoles of its
//! machine (engine.md: identity).

use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use subtle::ConstantTimeEq as _;

use super::app::App;
use super::fault::Fault;
use crate::api::{ActorKind, Code, Org, OrgId, Role, TokenId};
use crate::base::random::base62;
use crate::base::sha256_hex;
use crate::base::{Random, Timestamp};
use crate::domain::event::Actor;
use crate::domain::row::{Key, Row};
use crate::engine::parse_token;

/// Somebody whose token was accepted.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The org of the token.
    pub org: Org,
    /// The token; `None` for one that this process made, and for who needs none.
    pub token_id: Option<TokenId>,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    /// As the log names it.
    pub fn actor(&self) -> Actor {
        Actor {
            kind: match self.role {
                Role::Runner => ActorKind::Runner,
                _ => ActorKind::User,
            },
            id: self.name.clone(),
        }
    }

    /// Whoever calls an endpoint that asks for no token.
    pub fn nobody() -> Self {
        Self {
            org: Org {
                id: OrgId(0),
                slug: String::new(),
            },
            token_id: None,
            name: "nobody".to_owned(),
            role: Role::Viewer,
            expires_at: None,
        }
    }
}

/// Marks tokens that this process made; stored tokens have their id in its place.
const MINTED: &str = "jolli_here_";

/// Tokens that this process made: kept in memory, gone with it.
#[derive(Default)]
pub struct Minted(Mutex<Vec<MintedToken>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct MintedToken {
    hash: String,
    org: OrgId,
    name: String,
    role: Role,
}

impl Minted {
    /// Makes one of an org, with the name that stands in the log.
    pub fn mint(&self, org: OrgId, name: &str, role: Role, random: &dyn Random) -> String {
        let token = format!("{MINTED}{}", base62(random, 43));
        let hash = sha256_hex(token.as_bytes());
        let name = name.to_owned();
        self.lock().push(MintedToken {
            hash,
            org,
            name,
            role,
        });
        token
    }

    fn find(&self, token: &str) -> Option<MintedToken> {
        let hash = sha256_hex(token.as_bytes());
        // Every one is compared, so that the time tells nothing about which.
        self.lock().iter().fold(None, |found, kept| {
            if same(&hash, &kept.hash) {
                Some(kept.clone())
            } else {
                found
            }
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<MintedToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares hashes; takes the same time however much of them agrees.
fn same(hash: &str, kept: &str) -> bool {
    hash.as_bytes().ct_eq(kept.as_bytes()).into()
}

fn refused(detail: &str) -> Fault {
    Fault::new(Code::Unauthenticated, detail).with_remedy("jolli auth login")
}

/// Reads and checks the token of a request.
pub async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Caller, Fault> {
    let unknown = || {
        refused(
            "The token is not accepted: it is unknown, revoked, or from another server. Sign in again.",
        )
    };
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Err(refused(
            "A token is needed: sign in, or send it as Authorization: Bearer …",
        ));
    };
    let bearer = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refused("Authorization takes the form `Bearer <token>`."))?;
    if bearer.starts_with(MINTED) {
        let minted = app.minted.find(bearer).ok_or_else(unknown)?;
        return Ok(Caller {
            org: app.org(minted.org).await?,
            token_id: None,
            name: minted.name,
            role: minted.role,
            expires_at: None,
        });
    }
    let (id, hash) = parse_token(bearer).ok_or_else(unknown)?;
    let Some(Row::Tokens(row)) = app.store.locate(Key::Tokens(id)).await? else {
        return Err(unknown());
    };
    if !same(&hash, &row.hash) || row.revoked_at.is_some() {
        return Err(unknown());
    }
    let now = app.now();
    if let Some(end) = row.expires_at.filter(|end| *end <= now) {
        return Err(refused(&format!(
            "The token ended at {end}. Sign in with another one."
        )));
    }
    // Written at most once a minute for each token; a failure to note it is no reason to refuse.
    if let Err(error) = app.store.token_used(row.org_id, row.id, now).await {
        tracing::debug!(%error, "the use of a token could not be noted");
    }
    Ok(Caller {
        org: app.org(row.org_id).await?,
        token_id: Some(row.id),
        name: row.name,
        role: row.role,
        expires_at: row.expires_at,
    })
}

/// Whether the token of a caller that was let in is still good: neither revoked nor over.
pub async fn holds(app: &App, caller: &Caller) -> Result<bool, Fault> {
    let Some(id) = caller.token_id else {
        // Made by this process, and good as long as it lives.
        return Ok(true);
    };
    let Some(Row::Tokens(row)) = app.store.locate(Key::Tokens(id)).await? else {
        return Ok(false);
    };
    Ok(row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > app.now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemRandom;

    #[test]
    fn a_minted_token_is_what_it_was_made_for() {
        let minted = Minted::default();
        let one = minted.mint(OrgId(1), "w-1", Role::Runner, &SystemRandom::new());
        let two = minted.mint(OrgId(2), "console", Role::Admin, &SystemRandom::new());
        let found = |token: &str| minted.find(token).map(|t| (t.org, t.name, t.role));
        assert_eq!(
            found(&one),
            Some((OrgId(1), "w-1".to_owned(), Role::Runner))
        );
        assert_eq!(
            found(&two),
            Some((OrgId(2), "console".to_owned(), Role::Admin))
        );
        assert_eq!(found("jolli_here_x"), None);
    }
}
