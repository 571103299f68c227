//! What can go wrong in PostgreSQL, sorted by what it means to the caller.

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use super::address::full;
use crate::store::StoreError;
use crate::store::schema::UNIQUE;

/// A statement failed, or something of ours did.
#[derive(Debug)]
pub enum Fault {
    /// PostgreSQL refused, or is gone; so is the transaction.
    Sql(Error),
    /// Ours: a row that cannot be read, a rule that does not end. The transaction stands.
    Own(StoreError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Own(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Own(error) => error,
            Fault::Sql(error) => refused(&error),
        }
    }
}

/// What `error` means: a server that is gone, full, or held up may come back; a broken constraint, which is named as
/// every store names it, and the rest are faults.
pub fn refused(error: &Error) -> StoreError {
    let db = error.as_db_error();
    if db.map_or_else(|| is_lost(error), |db| passes(db.code())) {
        return StoreError::Unavailable(full(error));
    }
    let broken = db.filter(|db| *db.code() == SqlState::UNIQUE_VIOLATION);
    StoreError::Internal(broken.and_then(violation).unwrap_or_else(|| full(error)))
}

/// A connection could not be made to `place`.
pub fn unreachable(place: &str, error: &Error) -> StoreError {
    let why = full(error);
    match error.code() {
        Some(code)
            if code.code().starts_with("28")
                || *code == SqlState::INVALID_CATALOG_NAME
                || *code == SqlState::INSUFFICIENT_PRIVILEGE =>
        {
            StoreError::Refused(format!("The database {place} does not let us in: {why}."))
        }
        None if why.contains("TLS") => StoreError::Refused(format!(
            "The database {place} cannot be spoken to by TLS: {why}. Give it a certificate that this system trusts, or add ?sslmode=disable where the network between is trusted."
        )),
        _ => StoreError::Unavailable(format!("{place}: {why}")),
    }
}

/// Whether the connection is no longer there.
pub fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(db) => is_fatal(db),
        None => {
            error.is_closed()
                || std::error::Error::source(error)
                    .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

/// Whether the session ended with it; a plain error leaves it as it is.
pub fn is_fatal(db: &DbError) -> bool {
    matches!(
        db.parsed_severity(),
        Some(Severity::Fatal | Severity::Panic)
    )
}

/// Connection, resources, shutdown, conflicts between transactions, time limits, a standby: what another try may not meet.
fn passes(code: &SqlState) -> bool {
    let class = &code.code()[..2];
    matches!(class, "08" | "40" | "53" | "57" | "58")
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || code.code() == "25P03"
}

/// What every store says of this constraint.
fn violation(db: &DbError) -> Option<String> {
    let name = db.constraint()?;
    if let Some(unique) = UNIQUE.iter().find(|u| u.index == name) {
        return Some(unique.violation());
    }
    let columns = match name {
        "idx_orch_events_event_id" => "org_id event_id",
        "idx_orch_events_stream_version" => "org_id aggregate_kind stream_id stream_version",
        _ => return None,
    };
    let named: Vec<String> = columns
        .split(' ')
        .map(|column| format!("orchestration_events.{column}"))
        .collect();
    Some(format!("UNIQUE constraint failed: {}", named.join(", ")))
}
