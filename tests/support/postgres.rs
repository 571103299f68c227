//! PostgreSQL for tests: a database of its own for each, made from a template whose tables are up to date.
//!
//! `JOLLI_TEST_POSTGRES` names a server whose role may make databases; `none` leaves PostgreSQL out, and says so. Without
//! it, `tests/postgres` starts one that ends by itself once nothing has used it for a while.

use std::process::Command;
use std::sync::OnceLock;

use tokio_postgres::{Client, NoTls};

/// A database that goes with this value.
#[derive(Debug)]
pub struct Database {
    server: &'static str,
    name: String,
}

/// How long the server stays when no test uses it, in seconds.
const IDLE: &str = "120";

/// The server's address; `None` where PostgreSQL is left out.
pub fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER
        .get_or_init(|| match std::env::var("JOLLI_TEST_POSTGRES") {
            Ok(none) if none == "none" => {
                eprintln!("PostgreSQL is left out: JOLLI_TEST_POSTGRES=none");
                None
            }
            Ok(url) if !url.is_empty() => Some(url),
            _ => Some(start()),
        })
        .as_deref()
}

fn start() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres");
    let output = Command::new(script)
        .args(["start", "--idle", IDLE])
        .output()
        .unwrap_or_else(|e| panic!("{script} cannot be run: {e}"));
    assert!(
        output.status.success(),
        "there is no PostgreSQL to test with. Install it (apt-get install postgresql), or name a server in \
         JOLLI_TEST_POSTGRES, or leave it out with JOLLI_TEST_POSTGRES=none.\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// `url` with another database.
fn with_database(url: &str, name: &str) -> String {
    let (front, query) = url.split_once('?').unwrap_or((url, ""));
    let at = front.rfind('/').filter(|i| *i > "postgresql://".len());
    let host = at.map_or(front, |i| &front[..i]);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{host}/{name}{mark}{query}")
}

/// Runs `work` with a client of `url`, on a thread of its own, so that it may be called from anywhere.
pub fn with_client<T: Send>(url: &str, work: impl AsyncFnOnce(&Client) -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
                let driving = tokio::spawn(connection);
                let done = work(&client).await;
                drop(client);
                driving.await.unwrap().unwrap();
                done
            })
        });
        thread.join().unwrap()
    })
}

impl Database {
    /// A new database, with the tables that `migrate` makes in the database it is given; `None` where PostgreSQL is left
    /// out. Tables are made once, for every test that needs the same ones: `version` tells them apart.
    pub fn new(version: &str, migrate: impl AsyncFnOnce(String) + Send) -> Option<Self> {
        let server = server()?;
        let template = format!("jolli_template_{version}");
        prepare(server, &template, migrate);
        Some(Self::make(server, &format!("TEMPLATE {template}")))
    }

    /// A database without any table.
    pub fn empty() -> Option<Self> {
        Some(Self::make(
            server()?,
            "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
        ))
    }

    fn make(server: &'static str, how: &str) -> Self {
        let name = format!("jolli_test_{}", uuid::Uuid::new_v4().simple());
        with_client(server, async |client| {
            let sql = format!("CREATE DATABASE {name} {how}");
            client.batch_execute(&sql).await.unwrap();
        });
        Self { server, name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        with_database(self.server, &self.name)
    }

    /// Runs statements in it.
    pub fn run(&self, sql: &str) {
        with_client(&self.url(), async |client| {
            client.batch_execute(sql).await.unwrap();
        });
    }

    /// The texts that a query of one column finds in it.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        with_client(&self.url(), async |client| {
            let rows = client.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        })
    }

    /// Lets sessions of it begin, or none; those that there are stay.
    pub fn admit(&self, admitted: bool) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {admitted}", self.name);
        with_client(self.server, async |client| {
            client.batch_execute(&sql).await.unwrap();
        });
    }

    /// Ends every other session of it, as an operator or a crash does; answers how many there were.
    pub fn kill_sessions(&self) -> usize {
        with_client(self.server, async |client| {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            client.query(sql, &[&self.name]).await.unwrap().len()
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        with_client(self.server, async |client| {
            // The server may be gone, and the database with it.
            let _ = client.batch_execute(&sql).await;
        });
    }
}

/// Makes the template unless it is there; of several tests that want it, one makes it.
fn prepare(server: &str, template: &str, migrate: impl AsyncFnOnce(String) + Send) {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_some() {
        return;
    }
    with_client(server, async |client| {
        client
            .query("SELECT pg_advisory_lock(1953719668)", &[])
            .await
            .unwrap();
        let there = client
            .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&template])
            .await
            .unwrap();
        if !there.is_empty() {
            return;
        }
        let raw = format!("{template}_raw");
        for sql in [
            format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)"),
            format!("CREATE DATABASE {raw} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"),
        ] {
            client.batch_execute(&sql).await.unwrap();
        }
        migrate(with_database(server, &raw)).await;
        // What has been closed may take a moment to be gone, and a database in use keeps its name.
        let gone =
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1";
        client.query(gone, &[&raw]).await.unwrap();
        let sql = format!("ALTER DATABASE {raw} RENAME TO {template}");
        client.batch_execute(&sql).await.unwrap();
    });
    DONE.get_or_init(|| ());
}
