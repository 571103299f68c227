//! Connections that read: a few, each lent to one reader at a time. What is short is read where it is asked for, for going to
//! another thread and back takes longer than that; what turns out to be long is begun anew on a thread that may block.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::Fault;
use super::open::{Use, connect};
use crate::store::StoreError;

/// How many.
const READERS: usize = 4;

/// So many of the database's instructions are counted as one.
const COUNTED_BY: i32 = 1_000;
/// How much a read may count where it is asked for: some hundred rows, well below a millisecond.
const AT_ONCE: i64 = 5;

#[derive(Debug)]
struct Reader {
    db: Connection,
    /// What it may still count; below zero: it was broken off.
    left: Arc<AtomicI64>,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, StoreError> {
        let mut db = connect(path, Use::Read)?;
        let left = Arc::new(AtomicI64::new(i64::MAX));
        let counted = left.clone();
        db.progress_handler(
            COUNTED_BY,
            Some(move || counted.fetch_sub(1, Ordering::Relaxed) <= 0),
        )
        .map_err(Fault::from)?;
        Ok(Self { db, left })
    }
}

/// The pool.
#[derive(Debug, Clone)]
pub struct Readers {
    idle: Arc<Mutex<Vec<Reader>>>,
    free: Arc<Semaphore>,
}

/// Gives its reader back however the reading ends.
struct Lent {
    reader: Option<Reader>,
    idle: Arc<Mutex<Vec<Reader>>>,
    // Given back after the reader: whoever gets the permit finds one.
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(reader);
        }
    }
}

impl Lent {
    /// Reads in one transaction, so that everything read is of one moment; `None` where that takes more than `most`.
    fn read<T>(
        &mut self,
        most: i64,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Option<Result<T, StoreError>> {
        let reader = self.reader.as_mut().expect("lent until it is dropped");
        reader.left.store(most, Ordering::Relaxed);
        let whole = || {
            let tx = reader.db.transaction()?;
            let read = work(&tx);
            tx.finish()?;
            read
        };
        let read = whole();
        let broken_off = reader.left.load(Ordering::Relaxed) < 0;
        match read {
            // Whatever the error became on its way.
            Err(_) if broken_off => None,
            read => Some(read.map_err(StoreError::from)),
        }
    }
}

impl Readers {
    /// Opens them.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let idle = (0..READERS)
            .map(|_| Reader::open(path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            free: Arc::new(Semaphore::new(READERS)),
        })
    }

    async fn lend(&self) -> Result<Lent, StoreError> {
        let permit = self
            .free
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".into()))?;
        let reader = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .expect("as many permits as readers");
        Ok(Lent {
            reader: Some(reader),
            idle: self.idle.clone(),
            _permit: permit,
        })
    }

    /// Reads what is long, in one transaction.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        aside(self.lend().await?, work).await
    }

    /// Reads what is short most of the time, in one transaction: here, and anew on another thread where it is long.
    pub async fn read_soon<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend().await?;
        match lent.read(AT_ONCE, &work) {
            Some(read) => read,
            None => aside(lent, work).await,
        }
    }

    /// Lends no more.
    pub fn close(&self) {
        self.free.close();
    }
}

async fn aside<T: Send + 'static>(
    mut lent: Lent,
    work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
) -> Result<T, StoreError> {
    let reading = tokio::task::spawn_blocking(move || lent.read(i64::MAX, work));
    match reading.await {
        Ok(Some(read)) => read,
        Ok(None) => Err(StoreError::Internal(
            "a reader counted beyond all bounds".into(),
        )),
        Err(error) => Err(StoreError::Internal(format!("a reader ended: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted by its rows, and on which thread it was counted to its end.
    async fn counted(readers: &Readers, rows: u32) -> (u32, std::thread::ThreadId) {
        readers
            .read_soon(move |db| {
                let sql =
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                           SELECT count(*) FROM n";
                let count = db
                    .prepare_cached(sql)?
                    .query_row([rows], |row| row.get(0))?;
                Ok((count, std::thread::current().id()))
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn what_is_short_is_read_here_and_what_is_long_elsewhere_and_both_are_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jolli.db");
        drop(super::super::open::writer(&path).unwrap());
        let readers = Readers::open(&path).unwrap();
        let here = std::thread::current().id();
        // Several times, so that every reader has had both kinds.
        for _ in 0..=READERS {
            assert_eq!(counted(&readers, 10).await, (10, here));
            let (rows, thread) = counted(&readers, 100_000).await;
            assert_eq!(rows, 100_000);
            assert_ne!(thread, here);
        }
        readers.close();
        let closed = readers.read_soon(|_| Ok(())).await;
        assert!(matches!(closed, Err(StoreError::Unavailable(_))));
    }
}
