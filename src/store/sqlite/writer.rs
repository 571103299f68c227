//! The thread that writes into SQLite: it owns the connection and takes one batch after the other.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::watch;

use super::batch::{self, Answer, Task};
use crate::domain::id::Sequence;
use crate::store::StoreError;
use crate::store::queue;

/// The writing thread, from outside.
pub type Writer = queue::Writer<Task, Answer>;

/// Starts it on `db`; it tells new heads to `head`.
pub fn start(mut db: Connection, head: Arc<watch::Sender<Sequence>>) -> Result<Writer, StoreError> {
    Writer::start(move |queue| {
        while let Some(first) = queue.next() {
            queue::run(
                queue,
                first,
                &mut |ops, more| {
                    batch::attempt(&mut db, ops, &mut || {
                        more.then(|| queue.try_next()).flatten()
                    })
                },
                &|sequence| {
                    head.send_replace(sequence);
                },
            );
        }
        if let Err(error) = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);") {
            tracing::debug!(%error, "the log of the database was not folded in at the end");
        }
    })
}
