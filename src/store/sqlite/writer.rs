//! The one thread that writes. It takes what waits, urgent before normal, and writes it as one batch; it never waits for
//! a batch to fill (performance.md: known techniques).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::batch::{self, Answer, Op, Task};
use crate::domain::id::Sequence;
use crate::store::{Lane, StoreError};

/// Above this many waiting, more are turned away rather than answered too late.
const MAX_WAITING: usize = 20_000;

#[derive(Default, Debug)]
struct Waiting {
    urgent: VecDeque<Op>,
    normal: VecDeque<Op>,
    closed: bool,
}

#[derive(Default, Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that can panic happens under the lock, so what it guards is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is next, without waiting.
    fn try_next(&self) -> Option<Op> {
        let mut waiting = self.lock();
        waiting
            .urgent
            .pop_front()
            .or_else(|| waiting.normal.pop_front())
    }

    /// What is next; `None` once closed and empty.
    fn next(&self) -> Option<Op> {
        let mut waiting = self.lock();
        loop {
            if let Some(op) = waiting
                .urgent
                .pop_front()
                .or_else(|| waiting.normal.pop_front())
            {
                return Some(op);
            }
            if waiting.closed {
                return None;
            }
            waiting = self
                .filled
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The writing thread, from outside.
#[derive(Debug)]
pub struct Writer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts it on `db`; it tells new heads to `head`.
    pub fn start(db: Connection, head: Arc<watch::Sender<Sequence>>) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let inside = queue.clone();
        let thread = std::thread::Builder::new()
            .name("jolli-writer".into())
            .spawn(move || work(db, &inside, &head))
            .map_err(|e| StoreError::Unavailable(format!("no thread to write with: {e}")))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has `task` done; answers once it is durable.
    pub async fn ask(&self, task: Task) -> Result<Answer, StoreError> {
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = self.queue.lock();
            if waiting.closed {
                return Err(StoreError::Unavailable("the store is closed".into()));
            }
            if waiting.urgent.len() + waiting.normal.len() >= MAX_WAITING {
                return Err(StoreError::Unavailable(format!(
                    "{MAX_WAITING} commands wait already"
                )));
            }
            match task.lane() {
                Lane::Urgent => waiting.urgent.push_back(Op { task, reply }),
                Lane::Normal => waiting.normal.push_back(Op { task, reply }),
            }
        }
        self.queue.filled.notify_one();
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Unknown("the writer ended".into())))
    }

    /// Whether the thread lives.
    pub fn is_alive(&self) -> bool {
        self.thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|t| !t.is_finished())
    }

    /// Takes no more, writes what waits, ends.
    pub fn close(&self) {
        self.queue.lock().closed = true;
        self.queue.filled.notify_all();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer ended by a panic");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(mut db: Connection, queue: &Queue, head: &watch::Sender<Sequence>) {
    // However the thread ends, nobody may wait for it in vain.
    let _ends = CloseAtEnd(queue);
    while let Some(first) = queue.next() {
        batch::run(&mut db, first, &mut || queue.try_next(), &|sequence| {
            head.send_replace(sequence);
        });
    }
    if let Err(error) = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);") {
        tracing::debug!(%error, "the log of the database was not folded in at the end");
    }
}

struct CloseAtEnd<'a>(&'a Queue);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        waiting.urgent.clear();
        waiting.normal.clear();
    }
}
