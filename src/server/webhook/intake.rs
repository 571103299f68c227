//! From a request to a delivery on disk. Refused before the body is read where that can be; answered only after the
//! delivery, its events and its jobs are durable (sources.md §8).

use std::collections::BTreeMap;

use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};

use super::LARGEST_BODY;
use super::payload::{self, Notice, What};
use super::refusals::Refusal;
use super::signature::{self, Presented};
use crate::api::{
    ActorKind, Code, DeliveryStatus, IntegrationId, IntegrationStatus, Provider, Received,
};
use crate::base::sha256_hex;
use crate::domain::delivery::{Incoming, Push, ReceiveDelivery};
use crate::domain::event::Actor;
use crate::domain::row::{DeliveryRow, IntegrationRow, Key, Row, Table};
use crate::domain::view::{Find, Need, Scalar, Test};
use crate::engine::Command;
use crate::server::app::App;
use crate::server::command::{Done, settle};
use crate::server::context::Context;
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::server::secrets::{self, NoSecret};
use crate::store::{NewBlob, Outcome, Scope};

/// A webhook without a repository in it may be for any integration of its provider; beyond so many, its address must name one.
const CANDIDATES: u32 = 100;
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Takes in a webhook.
pub async fn receive(mut c: Context) -> Result<Answer, Fault> {
    let provider: Provider = c.param("provider").parse().map_err(|e| {
        Fault::new(
            Code::NotFound,
            format!("There is no webhook of that name: {e}"),
        )
    })?;
    let named = match c.param("integrationId") {
        "" => None,
        _ => Some(c.id::<IntegrationId>("integrationId")?),
    };
    // Nothing of the body is read for whoever does not even claim to have signed it.
    let proof = match signature::presented(provider, &c.headers) {
        Ok(proof) => proof,
        Err(why) => {
            let why = why.to_string();
            let named = existing(&c.app, provider, named).await?;
            refuse(&c.app, provider, named, &why);
            return Err(Fault::new(Code::Unauthenticated, sentence(&why)));
        }
    };
    let announced = c
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY) {
        return Err(Fault::new(Code::TooLarge, "A webhook has at most 25 MiB."));
    }
    let _room = c.app.budget.take(announced)?;
    let body = c.bytes().await?;
    let notice = payload::read(provider, &c.headers, &body);

    let candidates = candidates(&c.app, provider, named, notice.as_ref().ok()).await?;
    let Some(integration) = prove(&c.app, &proof, &candidates, &body).await? else {
        let why = "no valid secret of the integration made the signature";
        let integration = named.and_then(|id| candidates.iter().find(|i| i.id == id));
        if refuse(&c.app, provider, integration.map(|i| i.id), why)
            && let Some(integration) = integration
        {
            let hash = sha256_hex(&body);
            let arrival = Arrival::of(provider, &c.headers, integration, hash);
            arrival.record(&c.app, Incoming::Refused, None).await?;
        }
        return Err(Fault::new(
            Code::Unauthenticated,
            "No valid secret of this server made the signature. Compare the secret at the provider with the integration's, or rotate it.",
        ));
    };
    c.app.refusals.good(integration.id);
    let body = NewBlob::of(body).await?;
    let arrival = Arrival::of(provider, &c.headers, &integration, body.sha256.clone());
    arrival.take_in(&c.app, notice, body).await
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}

fn refuse(app: &App, provider: Provider, integration: Option<IntegrationId>, why: &str) -> bool {
    app.refusals.note(Refusal {
        at: app.now(),
        provider,
        integration,
        why: why.to_owned(),
    })
}

/// The integration that an address names, if there is one: nothing is counted for those that somebody made up.
async fn existing(
    app: &App,
    provider: Provider,
    named: Option<IntegrationId>,
) -> Result<Option<IntegrationId>, Fault> {
    match named {
        Some(id) if !app.refusals.knows(id) => {
            let found = candidates(app, provider, named, None).await?;
            Ok(found.first().map(|row| row.id))
        }
        named => Ok(named),
    }
}

/// The integrations that a webhook may be for, found by index and not by looking at each (sources.md §8).
async fn candidates(
    app: &App,
    provider: Provider,
    named: Option<IntegrationId>,
    notice: Option<&Notice>,
) -> Result<Vec<IntegrationRow>, Fault> {
    if let Some(id) = named {
        return match app.store.locate(Key::Integrations(id)).await? {
            Some(Row::Integrations(row))
                if row.provider == provider && row.status != IntegrationStatus::Removed =>
            {
                Ok(vec![row])
            }
            // Whether an integration exists is nobody's business who cannot sign for it.
            _ => Ok(Vec::new()),
        };
    }
    let find = Find::all(Table::Integrations).is("provider", provider.as_str());
    let find = match notice.and_then(|n| n.repo.as_ref()) {
        Some(repo) => {
            let key = repo.matching_key();
            // Accounts may be groups of any depth: every prefix of the path is one.
            let mut keys = vec![Scalar::from(key.as_str())];
            let mut rest = key.as_str();
            while let Some((head, _)) = rest.rsplit_once('/') {
                if head.contains('/') {
                    keys.push(Scalar::from(head));
                }
                rest = head;
            }
            find.test("match_key", Test::In(keys))
        }
        None => find.limit(CANDIDATES),
    };
    let (view, _) = app
        .store
        .read(Scope::Everyone, vec![Need::Find(find.clone())])
        .await?;
    let rows = view
        .find::<IntegrationRow>(find)
        .map_err(|_| Fault::internal())?;
    Ok(rows
        .into_iter()
        .filter(|row| row.status != IntegrationStatus::Removed)
        .cloned()
        .collect())
}

/// The integration whose secret made the signature. All are tried, so that the time tells nothing.
async fn prove(
    app: &App,
    proof: &Presented,
    candidates: &[IntegrationRow],
    body: &[u8],
) -> Result<Option<IntegrationRow>, Fault> {
    let mut found = None;
    for candidate in candidates {
        let secrets = match secrets::of_webhooks(app, candidate).await {
            Ok(secrets) => secrets,
            Err(NoSecret::Store(error)) => return Err(error.into()),
            Err(NoSecret::Sealed(reason)) => {
                tracing::error!(integration = %candidate.id, reason, "a webhook secret cannot be used");
                return Err(Fault::new(
                    Code::Unavailable,
                    "The webhook's secret cannot be opened on this server now; the delivery was not taken in.",
                ));
            }
        };
        if proof.verify(&secrets, body, app.now()).is_some() && found.is_none() {
            found = Some(candidate.clone());
        }
    }
    Ok(found)
}

/// Headers that prove, or that are of no use later, are not kept.
const NOT_KEPT: [&str; 12] = [
    "authorization",
    "cookie",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-gitea-signature",
    "x-gogs-signature",
    "x-gitlab-token",
    "x-signature-256",
    "webhook-signature",
    "accept",
    "connection",
    "proxy-authorization",
];

/// A request that came, and for which integration.
struct Arrival<'a> {
    integration: &'a IntegrationRow,
    provider: Provider,
    event: String,
    delivery_id: String,
    headers: BTreeMap<String, String>,
    body_hash: String,
}

impl<'a> Arrival<'a> {
    fn of(
        provider: Provider,
        headers: &HeaderMap,
        integration: &'a IntegrationRow,
        body_hash: String,
    ) -> Self {
        Self {
            integration,
            provider,
            event: payload::event_name(provider, headers).unwrap_or_else(|_| "unknown".to_owned()),
            // Without an id, the same body is the same delivery.
            delivery_id: payload::delivery_id(provider, headers)
                .unwrap_or_else(|| format!("body:{}", &body_hash[..32])),
            headers: headers
                .iter()
                .filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()))
                .filter_map(|(name, value)| {
                    Some((name.to_string(), value.to_str().ok()?.to_owned()))
                })
                .collect(),
            body_hash,
        }
    }

    /// Everything that a webhook makes happen, once, and what to tell its sender.
    async fn take_in(
        &self,
        app: &App,
        notice: Result<Notice, payload::NotUnderstood>,
        body: NewBlob,
    ) -> Result<Answer, Fault> {
        let several = match notice {
            Err(why) => vec![Incoming::Unreadable(why.to_string())],
            Ok(notice) => incoming(notice),
        };
        let mut told: Option<(Received, bool, Done)> = None;
        for (n, incoming) in several.into_iter().enumerate() {
            // A push of several refs is one delivery a ref: the first has the provider's id, the others count on.
            match self.record(app, incoming, Some((&body, n))).await? {
                Outcome::IdReused => return Err(self.reused(app)),
                outcome => {
                    let done = settle(outcome)?;
                    let received = received(&done)?;
                    told = Some(match told {
                        None => {
                            let replayed = done.replayed;
                            (received, replayed, done)
                        }
                        Some((mut all, replayed, first)) => {
                            all.jobs.extend(received.jobs);
                            if all.status != DeliveryStatus::Queued {
                                all.status = received.status;
                                all.reason = received.reason;
                            }
                            (all, replayed && done.replayed, first)
                        }
                    });
                }
            }
        }
        let (mut received, replayed, done) = told.ok_or_else(Fault::internal)?;
        if replayed {
            received.status = DeliveryStatus::Duplicate;
            "duplicate".clone_into(&mut received.reason);
        }
        let status = if received.status == DeliveryStatus::Queued {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        };
        Ok(done.heads(Answer::json(status, &received)))
    }

    fn reused(&self, app: &App) -> Fault {
        refuse(
            app,
            self.provider,
            Some(self.integration.id),
            "a delivery id came again with another body",
        );
        Fault::new(
            Code::Conflict,
            format!(
                "The delivery {} came before with another body. It was not taken in: a replayed id is a sign of forgery.",
                self.delivery_id
            ),
        )
    }

    /// Receipts give the dedupe: one outcome per integration and delivery id, bound to the body (engine.md: state that is
    /// not events).
    async fn record(
        &self,
        app: &App,
        incoming: Incoming,
        kept: Option<(&NewBlob, usize)>,
    ) -> Result<Outcome, Fault> {
        let delivery_id = match kept {
            Some((_, n)) if n > 0 => format!("{}#{}", self.delivery_id, n + 1),
            _ => self.delivery_id.clone(),
        };
        let command_id = format!("delivery:{}:{delivery_id}", self.integration.id);
        let actor = Actor {
            kind: ActorKind::Webhook,
            id: self.integration.name.clone(),
        };
        let mut command = Command::by(actor);
        // A refused request has no id that could be trusted: it must not take the place of the real one.
        if incoming != Incoming::Refused {
            command = command.with_id(command_id, self.body_hash.clone());
        }
        // The body comes with the first ref, and stays for the others.
        if let Some((body, 0)) = kept {
            command = command.with_blob(body.clone());
        }
        let decider = ReceiveDelivery {
            integration_id: self.integration.id,
            provider: self.provider,
            event: self.event.clone(),
            delivery_id,
            headers: self.headers.clone(),
            body_blob: kept.map(|(body, _)| body.sha256.clone()),
            incoming,
            again: false,
        };
        Ok(app
            .engine
            .dispatch(self.integration.org_id, command, decider)
            .await?)
    }
}

fn received(done: &Done) -> Result<Received, Fault> {
    serde_json::from_value(done.reply.clone()).map_err(|_| Fault::internal())
}

/// A notice as the domain takes it; a push without any ref that moved says nothing.
fn incoming(notice: Notice) -> Vec<Incoming> {
    let repo = notice.repo;
    match notice.what {
        What::Ping => vec![Incoming::Ping],
        What::Other => vec![Incoming::Other],
        What::Push(pushes) => {
            let Some(repo) = repo else {
                return vec![Incoming::Other];
            };
            let moved: Vec<Incoming> = pushes
                .into_iter()
                .map(|push| {
                    Incoming::Push(Push {
                        repo: repo.clone(),
                        git_ref: push.git_ref,
                        before: push.before.unwrap_or_else(|| NO_COMMIT.to_owned()),
                        after: push.after.unwrap_or_else(|| NO_COMMIT.to_owned()),
                        forced: push.forced,
                        default_branch: push.default_branch,
                    })
                })
                .collect();
            if moved.is_empty() {
                vec![Incoming::Other]
            } else {
                moved
            }
        }
    }
}

/// Processes a stored delivery again, as an operator asked: a new generation, so that nothing counts as done before.
pub async fn again(c: &Context, row: &DeliveryRow) -> Result<Done, Fault> {
    let sha = row.body_blob.as_deref().ok_or_else(|| {
        Fault::new(
            Code::Conflict,
            "The body of this delivery was not kept: it was refused when it came.",
        )
    })?;
    let body = c
        .app
        .store
        .blob(c.caller.org.id, sha)
        .await?
        .ok_or_else(|| {
            Fault::new(
                Code::Conflict,
                "The body of this delivery is no longer kept. Queue a catch-up instead.",
            )
        })?;
    // What is referred to again must not age meanwhile.
    c.app.store.put_blob(c.caller.org.id, body.clone()).await?;
    let kept: BTreeMap<String, String> =
        serde_json::from_value(row.headers.clone()).unwrap_or_default();
    let headers: HeaderMap = kept
        .iter()
        .filter_map(|(name, value)| {
            Some((
                name.parse::<axum::http::HeaderName>().ok()?,
                value.parse().ok()?,
            ))
        })
        .collect();
    let all = match payload::read(row.provider, &headers, &body) {
        Ok(notice) => incoming(notice),
        Err(why) => vec![Incoming::Unreadable(why.to_string())],
    };
    // Of a delivery that moved several refs, the one that this row was about.
    let own = all
        .iter()
        .position(
            |i| matches!(i, Incoming::Push(push) if Some(&push.git_ref) == row.git_ref.as_ref()),
        )
        .unwrap_or(0);
    let incoming = all.into_iter().nth(own).ok_or_else(Fault::internal)?;
    let decider = ReceiveDelivery {
        integration_id: row.integration_id,
        provider: row.provider,
        event: row.event.clone(),
        delivery_id: row.delivery_id.clone(),
        headers: kept,
        body_blob: Some(sha.to_owned()),
        incoming,
        again: true,
    };
    c.submit(b"", decider).await
}
