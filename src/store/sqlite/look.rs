//! Looking at a file that a server may be using: the log, and whether the rows are what it says, over connections that
//! write nothing (engine.md: SQLite).

use std::num::NonZeroU32;
use std::path::Path;

use async_trait::async_trait;

use super::migrate::complete;
use super::open::{Use, connect};
use super::reader::Readers;
use super::{check, log};
use crate::domain::id::Sequence;
use crate::store::migrations::MIGRATIONS;
use crate::store::{self, Drift, EventFilter, EventPage, StoreError};

/// A file that is only looked at.
#[derive(Debug)]
pub struct Look(Readers);

impl Look {
    /// Opens the file; refused where there is none, or where it is not as this jolli's own would be.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Refused(format!(
                "There is no database at {}; give --server URL, or --database.",
                path.display()
            )));
        }
        complete(&connect(path, Use::Read)?, MIGRATIONS)?;
        Ok(Self(Readers::open(path)?))
    }
}

#[async_trait]
impl store::Look for Look {
    async fn events(
        &self,
        filter: EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError> {
        self.0
            .read(move |db| log::page(db, &filter, after, limit.get()))
            .await
    }

    async fn verify(&self) -> Result<Drift, StoreError> {
        Ok(self.0.read(check::verify).await?.drift)
    }
}
