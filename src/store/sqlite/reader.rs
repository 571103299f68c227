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
            // Whoever asked for a moment may have gone away in the middle of it. What cannot be rolled back was never begun.
            if !reader.db.is_autocommit() {
                let _ = reader.db.execute_batch("ROLLBACK");
            }
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(reader);
        }
    }
}

impl Lent {
    /// Does `work`; `None` where it takes more than `most`, and nothing came of it.
    fn bounded<T>(
        &mut self,
        most: i64,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Option<Result<T, StoreError>> {
        let reader = self.reader.as_mut().expect("lent until it is dropped");
        reader.left.store(most, Ordering::Relaxed);
        let done = work(&mut reader.db);
        let broken_off = reader.left.swap(i64::MAX, Ordering::Relaxed) < 0;
        match done {
            // Whatever the error became on its way.
            Err(_) if broken_off => None,
            done => Some(done.map_err(StoreError::from)),
        }
    }
}

/// In one transaction, so that everything read is of one moment.
fn whole<T>(
    db: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let tx = db.transaction()?;
    let read = work(&tx);
    tx.finish()?;
    read
}

/// A moment of the database, which holds however often it is read.
pub struct Moment(Option<Lent>);

impl Moment {
    /// Reads: here what is short, on another thread what is long.
    pub async fn read<T: Send + 'static>(
        &mut self,
        work: impl Fn(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Internal("a moment was lost".into());
        let mut lent = self.0.take().ok_or_else(gone)?;
        let read = lent.bounded(AT_ONCE, |db| work(db));
        let (read, lent) = match read {
            Some(read) => (read, lent),
            None => aside(move || (lent.bounded(i64::MAX, |db| work(db)), lent))
                .await
                .and_then(|(read, lent)| Ok((read.ok_or_else(beyond)?, lent)))?,
        };
        self.0 = Some(lent);
        read
    }

    /// Reads what may be long, on another thread.
    pub async fn read_aside<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Internal("a moment was lost".into());
        let mut lent = self.0.take().ok_or_else(gone)?;
        let (read, lent) = aside(move || (lent.bounded(i64::MAX, |db| work(db)), lent)).await?;
        self.0 = Some(lent);
        read.ok_or_else(beyond)?
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
        let mut lent = self.lend().await?;
        aside(move || lent.bounded(i64::MAX, |db| whole(db, work)))
            .await?
            .ok_or_else(beyond)?
    }

    /// Reads what is short most of the time, in one transaction: here, and anew on another thread where it is long.
    pub async fn read_soon<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend().await?;
        if let Some(read) = lent.bounded(AT_ONCE, |db| whole(db, &work)) {
            return read;
        }
        aside(move || lent.bounded(i64::MAX, |db| whole(db, work)))
            .await?
            .ok_or_else(beyond)?
    }

    /// A moment: the one at which it is first read.
    pub async fn moment(&self) -> Result<Moment, StoreError> {
        let mut lent = self.lend().await?;
        let begun = lent.bounded(i64::MAX, |db| {
            Ok(db.prepare_cached("BEGIN")?.execute([]).map(drop)?)
        });
        begun.ok_or_else(beyond)??;
        Ok(Moment(Some(lent)))
    }

    /// Lends no more.
    pub fn close(&self) {
        self.free.close();
    }
}

/// Runs what may take long where it may.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let ended = |error| StoreError::Internal(format!("a reader ended: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(ended)
}

fn beyond() -> StoreError {
    StoreError::Internal("a reader counted beyond all bounds".into())
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
        let mut moment = readers.moment().await.unwrap();
        let threads = async |moment: &mut Moment| {
            let thread = |_: &Connection| Ok(std::thread::current().id());
            let (soon, aside) = (moment.read(thread).await, moment.read_aside(thread).await);
            (soon.unwrap(), aside.unwrap())
        };
        let (soon, aside) = threads(&mut moment).await;
        assert_eq!(soon, here);
        assert_ne!(aside, here);
        // Given up in the middle, it holds no reader and no transaction.
        drop(moment);
        for _ in 0..=READERS {
            assert_eq!(counted(&readers, 10).await, (10, here));
        }
        readers.close();
        let closed = readers.read_soon(|_| Ok(())).await;
        assert!(matches!(closed, Err(StoreError::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_moment_holds_while_others_write_also_for_what_is_broken_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jolli.db");
        let writer = super::super::open::writer(&path).unwrap();
        writer.execute_batch("CREATE TABLE t (i INTEGER)").unwrap();
        let readers = Readers::open(&path).unwrap();
        let mut moment = readers.moment().await.unwrap();
        let rows = |db: &Connection| {
            let mut count = db.prepare_cached("SELECT count(*) FROM t")?;
            Ok(count.query_row([], |row| row.get::<_, i64>(0))?)
        };
        assert_eq!(moment.read(rows).await.unwrap(), 0);
        writer.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        let long = move |db: &Connection| {
            let before = rows(db)?;
            let sql =
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                       SELECT count(*) FROM n";
            let many: i64 = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            Ok((before, many, rows(db)?, std::thread::current().id()))
        };
        let (before, many, after, thread) = moment.read(long).await.unwrap();
        assert_eq!((before, many, after), (0, 100_000, 0));
        assert_ne!(thread, std::thread::current().id());
        assert_eq!(moment.read(rows).await.unwrap(), 0);
        drop(moment);
        assert_eq!(readers.read_soon(rows).await.unwrap(), 1);
    }
}
