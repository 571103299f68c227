//! What may happen to orgs and tokens.

use serde_json::json;

use super::event::{NewEvent, Payload, Stream};
use super::id::{OrgId, TokenId};
use super::kind::{JobKind, Role};
use super::row::{Key, OrgRow, SecretRow, Table, TokenRow};
use super::text;
use super::view::{
    Decider, Decision, Find, IdKind, Reply, Stop, Undo, UndoCall, View, conflict, not_found,
};
use crate::base::Timestamp;

/// Makes an org and its first admin token in one step, once: command id `bootstrap:v1` (engine.md: identity).
#[derive(Debug)]
pub struct Bootstrap {
    /// Slug of the org.
    pub slug: String,
    /// Name of the token.
    pub token_name: String,
    /// Makes the token's text and hash out of its id; the text never reaches the log.
    pub token: SealedToken,
}

/// A token whose id is not known yet: the secret part, from which text and hash follow once the id is.
#[derive(Clone)]
pub struct SealedToken {
    /// Hex SHA-256 of the 43 secret characters: what is stored.
    pub hash: String,
}

impl std::fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedToken(…)")
    }
}

impl Decider for Bootstrap {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let org = OrgId(view.next_id(IdKind::Org, 0)?);
        if org != view.org() {
            return Err(conflict(
                "This database has an org already; sign in with its admin token.",
            ));
        }
        let token_id = TokenId(view.next_id(IdKind::Token, 0)?);
        Ok(Decision {
            events: vec![
                NewEvent::new(
                    Stream::Org(org),
                    Payload::OrgCreated {
                        slug: text::slug("/slug", &self.slug)?,
                    },
                ),
                NewEvent::new(
                    Stream::Org(org),
                    Payload::TokenCreated {
                        token_id,
                        name: self.token_name.clone(),
                        role: Role::Admin,
                        hash: self.token.hash.clone(),
                        expires_at: None,
                    },
                ),
            ],
            reply: Reply::Value(json!({ "org": org, "token": token_id })),
            ..Decision::default()
        })
    }
}

/// Keeps a secret unless there is one of its name already; answered with the one that is there. By it a server finds out
/// whether its master key is the one that the stored secrets were sealed with (engine.md: state that is not events).
#[derive(Debug)]
pub struct KeepSecret {
    /// The sealed secret.
    pub row: SecretRow,
}

impl Decider for KeepSecret {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let key = Key::Secrets(self.row.name.clone());
        if view.row::<SecretRow>(key.clone())?.is_some() {
            return Ok(Decision::unchanged(key));
        }
        Ok(Decision {
            side: vec![self.row.clone().into()],
            reply: Reply::Row(key),
            ..Decision::default()
        })
    }
}

/// Keeps a secret that was sealed with another key, unless somebody else did, or it is another one by now.
#[derive(Debug)]
pub struct ResealSecret {
    /// The id of the key that it was sealed with.
    pub from: String,
    /// The sealed secret.
    pub row: SecretRow,
}

impl Decider for ResealSecret {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let key = Key::Secrets(self.row.name.clone());
        match view.row::<SecretRow>(key.clone())? {
            Some(row) if row.key_id == self.from => Ok(Decision {
                side: vec![self.row.clone().into()],
                reply: Reply::Row(key),
                ..Decision::default()
            }),
            _ => Ok(Decision::unchanged(key)),
        }
    }
}

/// Makes a token.
#[derive(Debug)]
pub struct CreateToken {
    /// Its name: the actor in the log.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What is stored of it.
    pub token: SealedToken,
}

impl Decider for CreateToken {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let name = text::name("/name", &self.name)?;
        let org: &OrgRow = view
            .row(Key::Orgs(view.org()))?
            .ok_or_else(|| not_found("Org", view.org()))?;
        let id = TokenId(view.next_id(IdKind::Token, 0)?);
        let event = NewEvent::new(
            Stream::Org(org.org_id),
            Payload::TokenCreated {
                token_id: id,
                name,
                role: self.role,
                hash: self.token.hash.clone(),
                expires_at: self.expires_at,
            },
        );
        Ok(Decision::of(event, Key::Tokens(id)).undo(
            Undo {
                label: format!("revoke token {id}"),
                calls: vec![UndoCall {
                    method: "DELETE",
                    path: format!("/tokens/{id}"),
                    body: serde_json::Value::Null,
                    if_match: None,
                }],
            },
            "Undoing it revokes the token.",
        ))
    }
}

/// Ends a token.
#[derive(Debug)]
pub struct RevokeToken {
    /// Which.
    pub id: TokenId,
    /// The token that the caller uses; it cannot end itself.
    pub in_use: Option<TokenId>,
}

impl Decider for RevokeToken {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row: &TokenRow = view
            .row::<TokenRow>(Key::Tokens(self.id))?
            .filter(|t| t.revoked_at.is_none())
            .ok_or_else(|| not_found("Token", self.id))?;
        if self.in_use == Some(self.id) {
            return Err(conflict(
                "That is the token in use. Sign in with another one to revoke it.",
            ));
        }
        if row.role == Role::Admin {
            let admins: Vec<&TokenRow> = view.find(
                Find::all(Table::Tokens)
                    .is("role", Role::Admin.as_str())
                    .test("revoked_at", super::view::Test::Null),
            )?;
            if admins.len() <= 1 {
                return Err(conflict(
                    "That is the org's last admin token. Create another one first.",
                ));
            }
        }
        let event = NewEvent::new(
            Stream::Org(view.org()),
            Payload::TokenRevoked { token_id: self.id },
        );
        Ok(Decision::of(event, Key::Tokens(self.id)).no_undo("A revoked token stays revoked."))
    }
}

fn org(view: &View) -> Result<&OrgRow, Stop> {
    view.row(Key::Orgs(view.org()))?
        .ok_or_else(|| not_found("Org", view.org()))
}

/// Holds back every job of a kind.
#[derive(Debug)]
pub struct PauseQueue {
    /// Which kind.
    pub kind: JobKind,
    /// Why, for the record.
    pub reason: Option<String>,
}

impl Decider for PauseQueue {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = org(view)?;
        if let Some(queue) = row.paused_queues.iter().find(|q| q.kind == self.kind) {
            return Err(conflict(format!(
                "The queue {} is paused already, since {} by {}.",
                self.kind, queue.pause.since, queue.pause.by
            )));
        }
        let event = NewEvent::new(
            Stream::Org(row.org_id),
            Payload::QueuePaused {
                kind: self.kind,
                reason: self.reason.clone(),
            },
        );
        Ok(Decision::of(event, Key::Orgs(row.org_id))
            .follows("job", "What runs goes on to its end; what is queued waits.")
            .undo(
                Undo {
                    label: format!("pause of the queue {}", self.kind),
                    calls: vec![UndoCall {
                        method: "POST",
                        path: format!("/queues/{}/resume", self.kind),
                        body: json!({}),
                        if_match: None,
                    }],
                },
                "until it is resumed",
            ))
    }
}

/// Lets the jobs of a kind go on.
#[derive(Debug)]
pub struct ResumeQueue {
    /// Which kind.
    pub kind: JobKind,
}

impl Decider for ResumeQueue {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = org(view)?;
        let Some(queue) = row.paused_queues.iter().find(|q| q.kind == self.kind) else {
            return Err(conflict(format!("The queue {} is not paused.", self.kind)));
        };
        let event = NewEvent::new(
            Stream::Org(row.org_id),
            Payload::QueueResumed { kind: self.kind },
        );
        Ok(Decision::of(event, Key::Orgs(row.org_id)).undo(
            Undo {
                label: format!("resuming of the queue {}", self.kind),
                calls: vec![UndoCall {
                    method: "POST",
                    path: format!("/queues/{}/pause", self.kind),
                    body: json!({ "reason": queue.pause.reason }),
                    if_match: None,
                }],
            },
            "until it is paused",
        ))
    }
}
