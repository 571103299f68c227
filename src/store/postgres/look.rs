//! Sessions that look through the log: for comparing, for looking back, for what ages. Few, each lent to one at a time on
//! a thread that may block. And a database that is only looked at through them, whoever else uses it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::address::Address;
use super::fault::Fault;
use super::session::Session;
use super::{check, log, migrate};
use crate::domain::id::Sequence;
use crate::store::migrations::MIGRATIONS;
use crate::store::{self, Drift, EventFilter, EventPage, StoreError};

/// How many at once.
const LOOKERS: usize = 2;

/// Reads one moment.
pub const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The sessions.
#[derive(Debug, Clone)]
pub struct Lookers {
    address: Address,
    idle: Arc<Mutex<Vec<Session>>>,
    free: Arc<Semaphore>,
}

impl Lookers {
    /// None yet; they are opened when they are needed.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            idle: Arc::default(),
            free: Arc::new(Semaphore::new(LOOKERS)),
        }
    }

    /// Runs `work` with a session inside a transaction that sees one moment.
    pub async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.lend(|session| {
            session.begin(MOMENT)?;
            let seen = work(session)?;
            session.batch("COMMIT")?;
            Ok(seen)
        })
        .await
    }

    /// Runs `work` with a session, each of whose statements is a transaction of its own.
    pub async fn lend<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self
            .free
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".into()))?;
        let lookers = self.clone();
        super::aside(move || {
            let _permit = permit;
            let idle = lookers.idle().pop();
            let mut session = match idle {
                Some(session) => session,
                None => Session::new(lookers.address.clone())?,
            };
            // One that failed may be in the middle of something, and is not used again.
            let done = work(&mut session)?;
            if !lookers.free.is_closed() {
                lookers.idle().push(session);
            }
            Ok(done)
        })
        .await
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends no more, and closes those that are idle.
    pub async fn close(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.idle());
        // A runtime may not end on a thread of another one.
        let _ = tokio::task::spawn_blocking(move || drop(idle)).await;
    }
}

/// A database that is only looked at.
#[derive(Debug)]
pub struct Look(Lookers);

impl Look {
    /// Opens the database behind a `postgres://` address; refused where its tables are not as this jolli's own would be.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let (client, driver) = address.connect().await?;
        let driving = tokio::spawn(driver.run());
        let complete = migrate::complete(&client, MIGRATIONS).await;
        drop(client);
        // It ends with the connection; how does not matter any more.
        let _ = driving.await;
        complete?;
        Ok(Self(Lookers::new(address)))
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
        let limit = limit.get();
        self.0
            .look(move |session| {
                let (text, params) = store::log::page(&filter, after, limit);
                let asked = [
                    (log::HEAD.to_owned(), Vec::new()),
                    (text, params.into_iter().map(Into::into).collect()),
                ];
                let mut answers = session.ask(&asked)?.into_iter();
                let (head, found) = (answers.next(), answers.next());
                let head = log::head(&head.unwrap_or_default())?.sequence;
                let found = found.unwrap_or_default();
                store::log::gather(found.iter().map(log::event), limit, head)
            })
            .await
    }

    async fn verify(&self) -> Result<Drift, StoreError> {
        Ok(self.0.look(check::verify).await?.drift)
    }
}
