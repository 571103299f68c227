//! The writer's connection: one session on a runtime of its own, so that the thread that writes does not wait for anybody
//! else's work between a question and its answer.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error, Row as PgRow, Statement};

use super::address::Address;
use super::fault::{Fault, is_lost};
use super::sql::{Arg, params, places};
use crate::store::StoreError;

/// Longer than any statement may take by the session's settings: past it, the connection is as good as gone.
const PATIENCE: Duration = Duration::from_secs(45);
/// Texts differ by what is asked; more than this many at once is not worth keeping.
const STATEMENTS: usize = 1000;

/// A statement with its arguments.
pub type Asked = (String, Vec<Arg>);

/// The session.
#[derive(Debug)]
pub struct Session {
    runtime: Apart,
    address: Address,
    client: Option<Client>,
    driving: Option<JoinHandle<()>>,
    statements: HashMap<String, Statement>,
    /// `None` while a transaction may take as long as it takes.
    patience: Option<Duration>,
}

/// A runtime that may also end on a thread of another one, where waiting for its end is forbidden.
#[derive(Debug)]
struct Apart(Option<Runtime>);

impl Apart {
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        let runtime = self.0.as_ref().expect("it is there until it is dropped");
        runtime.block_on(work)
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Session {
    /// A session that connects when it is first used.
    pub fn new(address: Address) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| StoreError::Unavailable(format!("no runtime to write with: {e}")))?;
        Ok(Self {
            runtime: Apart(Some(runtime)),
            address,
            client: None,
            driving: None,
            statements: HashMap::new(),
            patience: Some(PATIENCE),
        })
    }

    /// Connects, unless it is connected as far as anybody knows.
    pub fn connect(&mut self) -> Result<(), StoreError> {
        self.patience = Some(PATIENCE);
        if self.client.as_ref().is_some_and(|c| !c.is_closed()) {
            return Ok(());
        }
        self.drop_connection();
        let address = &self.address;
        let (client, driving) = self.runtime.block_on(async {
            let (client, driver) = address.connect().await?;
            Ok::<_, StoreError>((client, tokio::spawn(driver.run())))
        })?;
        self.client = Some(client);
        self.driving = Some(driving);
        Ok(())
    }

    /// Lets the statements of the transaction that has begun take as long as they take.
    pub fn unhurried(&mut self) -> Result<(), Fault> {
        self.patience = None;
        self.batch("SET LOCAL statement_timeout = 0")
    }

    /// Begins a transaction, on a new connection where the old one went away while nobody used it.
    pub fn begin(&mut self, sql: &str) -> Result<(), Fault> {
        self.connect()?;
        match self.batch(sql) {
            Err(fault) if self.is_lost(&fault) => {
                self.connect()?;
                self.batch(sql)
            }
            began => began,
        }
    }

    /// Gives the connection up; the server rolls back what it had begun.
    pub fn drop_connection(&mut self) {
        self.client = None;
        self.statements.clear();
        if let Some(driving) = self.driving.take() {
            // What drives it goes on only while something is waited for: left to itself, it would keep the connection, and
            // with it the lock on the head, until then.
            driving.abort();
            let _ = self.runtime.block_on(driving);
        }
    }

    fn client(&self) -> Result<&Client, Fault> {
        self.client
            .as_ref()
            .ok_or_else(|| Fault::Own(StoreError::Unavailable("not connected".into())))
    }

    /// Waits for an answer, but not for ever.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
        self.runtime.block_on(async {
            let Some(patience) = self.patience else {
                return Ok(answer.await?);
            };
            match tokio::time::timeout(patience, answer).await {
                Ok(answered) => Ok(answered?),
                Err(_) => Err(Fault::Own(StoreError::Unavailable(format!(
                    "the database has not answered within {patience:?}"
                )))),
            }
        })
    }

    /// Runs statements without arguments.
    pub fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.wait(self.client()?.batch_execute(sql))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        let text = places(sql);
        let statement = self.wait(self.client()?.prepare(&text))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Asks everything at once, and answers in order: one round trip where all texts were used before.
    pub fn ask(&mut self, asked: &[Asked]) -> Result<Vec<Vec<PgRow>>, Fault> {
        let statements = asked
            .iter()
            .map(|(sql, _)| self.prepare(sql))
            .collect::<Result<Vec<_>, _>>()?;
        let client = self.client()?;
        self.wait(async {
            let all = asked.iter().zip(&statements).map(|((_, args), statement)| {
                // A future holds its arguments while it is under way.
                async move { client.query(statement, &params(args)).await }
            });
            try_join_all(all).await
        })
    }

    /// Asks one thing.
    pub fn query(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<PgRow>, Fault> {
        let mut answers = self.ask(&[(sql.to_owned(), args)])?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Writes everything at once; answers how many rows each touched.
    pub fn execute(&mut self, asked: &[Asked]) -> Result<Vec<u64>, Fault> {
        let statements = asked
            .iter()
            .map(|(sql, _)| self.prepare(sql))
            .collect::<Result<Vec<_>, _>>()?;
        let client = self.client()?;
        self.wait(async {
            let all = asked
                .iter()
                .zip(&statements)
                .map(|((_, args), statement)| async move {
                    client.execute(statement, &params(args)).await
                });
            // All of them: of several that fail, the first is the cause.
            futures_util::future::join_all(all)
                .await
                .into_iter()
                .collect()
        })
    }

    /// Whether `fault` means that the connection is gone; if so it is given up.
    pub fn is_lost(&mut self, fault: &Fault) -> bool {
        let lost = match fault {
            Fault::Sql(error) => is_lost(error),
            Fault::Own(StoreError::Unavailable(_)) => true,
            Fault::Own(_) => false,
        } || self.client.as_ref().is_none_or(Client::is_closed);
        if lost {
            self.drop_connection();
        }
        lost
    }
}
