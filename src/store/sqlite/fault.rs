//! What can go wrong in SQLite, sorted by what it means to the caller.

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// A statement failed, or something of ours did.
#[derive(Debug)]
pub enum Fault {
    /// SQLite refused; the transaction may be gone.
    Sql(rusqlite::Error),
    /// Ours: a row that cannot be read, a rule that does not end. The transaction stands.
    Own(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
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

/// What `error` means: busy, full and unreadable disks may pass; a broken constraint, which SQLite names, and the rest
/// are faults.
pub fn refused(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Internal(error.to_string()),
    }
}
