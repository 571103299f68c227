//! Connections that read: a few, each lent to one reader at a time on a thread that may block.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::fault::Fault;
use super::open::{Use, connect};
use crate::store::StoreError;

/// How many.
const READERS: usize = 4;

/// The pool.
#[derive(Debug, Clone)]
pub struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

/// Gives its connection back however the reader ends.
struct Lent {
    db: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(db);
        }
    }
}

impl Readers {
    /// Opens them.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let idle = (0..READERS)
            .map(|_| connect(path, Use::Read))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            free: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Reads in one transaction, so that everything read is of one moment.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self
            .free
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".into()))?;
        let idle = self.idle.clone();
        let reading = tokio::task::spawn_blocking(move || {
            // Declared first, so given back after the connection: whoever gets the permit finds one.
            let _permit = permit;
            let db = idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()
                .expect("as many permits as connections");
            let mut lent = Lent { db: Some(db), idle };
            let db = lent.db.as_mut().expect("lent just now");
            let tx = db.transaction().map_err(Fault::from)?;
            let read = work(&tx);
            tx.finish().map_err(Fault::from)?;
            read
        });
        match reading.await {
            Ok(read) => Ok(read?),
            Err(error) => Err(StoreError::Internal(format!("a reader ended: {error}"))),
        }
    }

    /// Lends no more.
    pub fn close(&self) {
        self.free.close();
    }
}
