//! The one writer of a server, whatever the database: what waits to be written, urgent before normal, the thread that
//! takes it, and how a batch ends (engine.md: a batch). Knows nothing of SQL.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Lane, StoreError};
use crate::domain::id::Sequence;

/// How much one transaction takes on (engine.md: a batch).
pub const MAX_OPS: usize = 512;
/// Events of one transaction.
pub const MAX_EVENTS: usize = 2000;
/// Bytes of payloads and blobs of one transaction.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Above this many waiting, more are turned away rather than answered too late.
const MAX_WAITING: usize = 20_000;

/// How long after a batch that the database did not take a server says that it is not ready.
const HELD_AGAINST: Duration = Duration::from_secs(10);

/// What a server says meanwhile.
pub const TAKES_NO_WRITES: &str = "it takes no writes; the last one failed within ten seconds";

/// Something to write, and who waits for the answer.
#[derive(Debug)]
pub struct Op<T, A> {
    /// What to do.
    pub task: T,
    /// Who waits.
    pub reply: oneshot::Sender<Result<A, StoreError>>,
}

#[derive(Debug)]
struct Waiting<T, A> {
    urgent: VecDeque<Op<T, A>>,
    normal: VecDeque<Op<T, A>>,
    closed: bool,
}

/// What waits.
#[derive(Debug)]
pub struct Queue<T, A> {
    waiting: Mutex<Waiting<T, A>>,
    filled: Condvar,
    /// When the last batch was not written, and not for what was in it.
    failed: Mutex<Option<Instant>>,
}

impl<T, A> Queue<T, A> {
    fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                urgent: VecDeque::new(),
                normal: VecDeque::new(),
                closed: false,
            }),
            filled: Condvar::new(),
            failed: Mutex::new(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T, A>> {
        // Nothing that can panic happens under the lock, so what it guards is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is next, without waiting.
    pub fn try_next(&self) -> Option<Op<T, A>> {
        let mut waiting = self.lock();
        waiting
            .urgent
            .pop_front()
            .or_else(|| waiting.normal.pop_front())
    }

    /// What is next; `None` once closed and empty.
    pub fn next(&self) -> Option<Op<T, A>> {
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
pub struct Writer<T, A> {
    queue: Arc<Queue<T, A>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Send + 'static, A: Send + 'static> Writer<T, A> {
    /// Starts the thread: `work` takes from the queue until it is closed and empty.
    pub fn start(work: impl FnOnce(&Queue<T, A>) + Send + 'static) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new());
        let inside = queue.clone();
        let thread = std::thread::Builder::new()
            .name("jolli-writer".into())
            .spawn(move || {
                // However the thread ends, nobody may wait for it in vain.
                let ends = CloseAtEnd(&inside);
                work(&inside);
                drop(ends);
            })
            .map_err(|e| StoreError::Unavailable(format!("no thread to write with: {e}")))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Has `task` done; answers once it is durable.
    pub async fn ask(&self, lane: Lane, task: T) -> Result<A, StoreError> {
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
            match lane {
                Lane::Urgent => waiting.urgent.push_back(Op { task, reply }),
                Lane::Normal => waiting.normal.push_back(Op { task, reply }),
            }
        }
        self.queue.filled.notify_one();
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Unknown("the writer ended".into())))
    }
}

impl<T, A> Writer<T, A> {
    /// Whether the thread lives.
    pub fn is_alive(&self) -> bool {
        self.thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|t| !t.is_finished())
    }

    /// Whether the database did not take the last batch: the disk is full, somebody holds it, it is away. After a while this is
    /// no longer held against it, so that somebody tries again.
    pub fn is_failing(&self) -> bool {
        self.queue
            .failed()
            .is_some_and(|at| at.elapsed() < HELD_AGAINST)
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

impl<T, A> Drop for Writer<T, A> {
    fn drop(&mut self) {
        self.close();
    }
}

struct CloseAtEnd<'a, T, A>(&'a Queue<T, A>);

impl<T, A> Drop for CloseAtEnd<'_, T, A> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        waiting.urgent.clear();
        waiting.normal.clear();
    }
}

/// Why a batch was not written.
#[derive(Debug)]
pub enum Failed {
    /// It could not begin or not commit: no operation in it is to blame.
    Whole(StoreError),
    /// An operation in it broke it.
    Statement(StoreError),
}

/// What each operation of a batch is told, in order.
pub type Answers<A> = Vec<Result<A, StoreError>>;

/// What a batch that was written answers, and the head of the log where it moved it.
pub type Written<A> = (Answers<A>, Option<Sequence>);

/// Writes the operations, and adds to them first unless told to take only those.
type Attempt<'a, T, A> = dyn FnMut(&mut Vec<Op<T, A>>, bool) -> Result<Written<A>, Failed> + 'a;

/// Writes `first` and whatever more `attempt` takes, in one transaction; tells the new head to `publish`, then answers
/// everybody. `attempt` may add to the operations, up to what a batch holds, unless it is told to take only those.
pub fn run<T, A>(
    queue: &Queue<T, A>,
    first: Op<T, A>,
    attempt: &mut Attempt<'_, T, A>,
    publish: &dyn Fn(Sequence),
) {
    let mut ops = vec![first];
    match attempt(&mut ops, true) {
        Err(Failed::Statement(error)) if ops.len() > 1 => {
            tracing::warn!(%error, operations = ops.len(), "a batch failed; its operations run one by one");
            for op in ops {
                let mut alone = vec![op];
                let tried = attempt(&mut alone, false);
                settle(queue, alone, tried, publish);
            }
        }
        tried => settle(queue, ops, tried, publish),
    }
}

fn settle<T, A>(
    queue: &Queue<T, A>,
    ops: Vec<Op<T, A>>,
    tried: Result<Written<A>, Failed>,
    publish: &dyn Fn(Sequence),
) {
    let failing = matches!(
        &tried,
        Err(Failed::Whole(error) | Failed::Statement(error))
            if matches!(error, StoreError::Unavailable(_) | StoreError::Unknown(_))
    );
    *queue.failed() = failing.then(Instant::now);
    let (answers, head) = tried.unwrap_or_else(|failed| {
        let (Failed::Whole(error) | Failed::Statement(error)) = failed;
        (ops.iter().map(|_| Err(error.clone())).collect(), None)
    });
    if let Some(head) = head {
        publish(head);
    }
    for (op, answer) in ops.into_iter().zip(answers) {
        // A caller that went away has its receipt.
        let _ = op.reply.send(answer);
    }
}
