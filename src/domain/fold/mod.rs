//! One fold: how an event changes rows. Used by every store, by verify, rebuild and time travel (engine.md: one fold).
//!
//! Every row is a fold of exactly one stream, so an event touches only rows of its own stream.

mod job;
mod project;
mod source;
mod space;
mod thread;

use super::event::{Event, Payload, Stream};
use super::kind::IntegrationStatus;
use super::row::{
    CredentialRef, DeliveryRow, IntegrationRow, Key, OrgRow, Pause, QueuePause, Record, Row, Table,
    TokenRow,
};

/// What an event does to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOp {
    /// The row is now this.
    Put(Box<Row>),
    /// The row is gone.
    Delete(Key),
}

/// An event does not fit the rows that are there.
#[derive(Debug, thiserror::Error)]
#[error("event {sequence} ({what}) does not fit: {why}")]
pub struct FoldError {
    /// Position of the event.
    pub sequence: i64,
    /// Its type and stream.
    pub what: String,
    /// What is missing.
    pub why: String,
}

/// Gives the present row of a key; for the rows of the event's own stream.
pub trait Rows {
    /// The row.
    fn get(&mut self, key: &Key) -> Option<Row>;
    /// The rows of the event's own stream in a table that holds many of one stream (`Table::stream_column`), by key:
    /// for events that do not name every row that they change.
    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row>;
}

/// The rows that `event` changes.
pub fn fold(event: &Event, rows: &mut dyn Rows) -> Result<Vec<RowOp>, FoldError> {
    let at = event.recorded_at;
    let put = |row: Row| Ok(vec![RowOp::Put(Box::new(row))]);
    match (&event.stream, &event.payload) {
        (Stream::Org(org), Payload::OrgCreated { slug }) => put(OrgRow {
            org_id: *org,
            slug: slug.clone(),
            paused_queues: Vec::new(),
            created_at: event.occurred_at,
        }
        .into()),
        (Stream::Org(org), Payload::QueuePaused { kind, reason }) => {
            let mut row: OrgRow = need(event, rows, &Key::Orgs(*org))?;
            row.paused_queues.retain(|queue| queue.kind != *kind);
            row.paused_queues.push(QueuePause {
                kind: *kind,
                pause: pause(event, reason.as_ref()),
            });
            put(row.into())
        }
        (Stream::Org(org), Payload::QueueResumed { kind }) => {
            let mut row: OrgRow = need(event, rows, &Key::Orgs(*org))?;
            row.paused_queues.retain(|queue| queue.kind != *kind);
            put(row.into())
        }
        (
            Stream::Org(_),
            Payload::TokenCreated {
                token_id,
                name,
                role,
                hash,
                expires_at,
            },
        ) => put(TokenRow {
            org_id: event.org,
            id: *token_id,
            name: name.clone(),
            role: *role,
            hash: hash.clone(),
            created_at: event.occurred_at,
            expires_at: *expires_at,
            revoked_at: None,
        }
        .into()),
        (Stream::Org(_), Payload::TokenRevoked { token_id }) => {
            let mut row: TokenRow = need(event, rows, &Key::Tokens(*token_id))?;
            row.revoked_at = Some(event.occurred_at);
            put(row.into())
        }

        (
            Stream::Integration(id),
            Payload::IntegrationCreated {
                provider,
                name,
                repo,
                account,
                match_key,
                secret,
            },
        ) => put(IntegrationRow {
            org_id: event.org,
            id: *id,
            provider: *provider,
            name: name.clone(),
            repo: repo.clone(),
            account: account.clone(),
            match_key: match_key.clone(),
            status: IntegrationStatus::Active,
            status_detail: None,
            last_checked_at: None,
            secrets: vec![secret.clone()],
            credential: None,
            version: 1,
            created_at: event.occurred_at,
            updated_at: at,
        }
        .into()),
        (Stream::Integration(id), Payload::DeliveryReceived(received)) => put(DeliveryRow {
            org_id: event.org,
            id: received.id,
            integration_id: *id,
            provider: received.provider,
            event: received.event.clone(),
            delivery_id: received.delivery_id.clone(),
            status: received.status,
            reason: received.reason.clone(),
            repo: received.repo.clone(),
            git_ref: received.git_ref.clone(),
            before_sha: received.before_sha.clone(),
            after_sha: received.after_sha.clone(),
            job_ids: received.job_ids.clone(),
            duplicate_of: received.duplicate_of.clone(),
            headers: received.headers.clone(),
            body_blob: received.body_blob.clone(),
            received_at: event.occurred_at,
        }
        .into()),
        (Stream::Integration(id), Payload::IntegrationDeleted { .. }) => {
            Ok(vec![RowOp::Delete(Key::Integrations(*id))])
        }
        (Stream::Integration(id), payload) => {
            let mut row: IntegrationRow = need(event, rows, &Key::Integrations(*id))?;
            match payload {
                Payload::IntegrationUpdated { name } => row.name.clone_from(name),
                Payload::SecretRotated {
                    secret,
                    previous_valid_until,
                } => {
                    // Only the secret that was current gets the overlap; an older one keeps its own end.
                    if let Some(current) = row.secrets.first_mut() {
                        current.valid_until = Some(*previous_valid_until);
                    }
                    row.secrets.truncate(1);
                    row.secrets.insert(0, secret.clone());
                }
                Payload::CredentialSet { user, fingerprint } => {
                    row.credential = Some(CredentialRef {
                        user: user.clone(),
                        fingerprint: fingerprint.clone(),
                        set_at: event.occurred_at,
                    });
                }
                Payload::CredentialRemoved {} => row.credential = None,
                Payload::HealthChanged {
                    status,
                    detail,
                    checked,
                } => {
                    row.status = *status;
                    row.status_detail.clone_from(detail);
                    if *checked {
                        row.last_checked_at = Some(event.occurred_at);
                    }
                }
                _ => return misfit(event),
            }
            row.version += 1;
            row.updated_at = at;
            put(row.into())
        }

        (Stream::Source(id), Payload::SourceDeleted { .. }) => {
            Ok(vec![RowOp::Delete(Key::Sources(*id))])
        }
        (Stream::Source(id), payload) => {
            put(source::fold_source(event, rows, *id, payload)?.into())
        }

        (Stream::Space(id), Payload::SpaceDeleted { .. }) => {
            let mut ops: Vec<RowOp> = [Table::SpaceSources, Table::Documents]
                .into_iter()
                .flat_map(|table| rows.of_stream(&event.stream, table))
                .map(|row| RowOp::Delete(row.key()))
                .collect();
            ops.push(RowOp::Delete(Key::Spaces(*id)));
            Ok(ops)
        }
        (Stream::Space(id), payload) => space::fold_space(event, rows, *id, payload),

        (Stream::Job(id), Payload::JobQueued(queued)) => Ok(job::queue(event, *id, queued)),
        (Stream::Job(id), payload) => job::fold_job(event, rows, *id, payload),
        (Stream::Project(id), Payload::Orchestration(what)) => {
            project::fold_project(event, rows, id, what)
        }
        (Stream::Thread(id), Payload::Orchestration(what)) => {
            thread::fold_thread(event, rows, id, what)
        }
        (Stream::Project(_) | Stream::Thread(_) | Stream::Org(_), _) => misfit(event),
    }
}

/// Whoever gave the command holds something back from now on.
fn pause(event: &Event, reason: Option<&String>) -> Pause {
    Pause {
        since: event.occurred_at,
        by: event.actor.id.clone(),
        reason: reason.cloned(),
    }
}

fn misfit<T>(event: &Event) -> Result<T, FoldError> {
    Err(unfit(event, "this type does not belong to this stream"))
}

fn unfit(event: &Event, why: impl Into<String>) -> FoldError {
    FoldError {
        sequence: event.sequence.0,
        what: describe(event),
        why: why.into(),
    }
}

fn describe(event: &Event) -> String {
    format!(
        "{} on {} {}",
        event.payload.to_parts().0,
        event.stream.kind(),
        event.stream.id()
    )
}

fn need<R: Record>(event: &Event, rows: &mut dyn Rows, key: &Key) -> Result<R, FoldError> {
    rows.get(key)
        .and_then(R::from_row)
        .ok_or_else(|| unfit(event, format!("there is no row {key:?}")))
}
