//! Where the database is, and how a connection to it is made: TLS, time limits, the settings that every session has
//! (engine.md: PostgreSQL).

use std::fmt;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::unreachable;
use crate::store::StoreError;

/// How long a server may take to answer when it is connected to.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection that others use: less than its client waits for an answer.
const TURN: Duration = Duration::from_secs(20);
/// Longer than connecting, encrypting and signing in takes together.
const WELCOME: Duration = Duration::from_secs(15);
/// How long a connection may stay silent while something is owed, before it counts as lost.
const SILENCE: Duration = Duration::from_secs(20);

/// What every session is set to. Limits in milliseconds: a statement ends, a lock is not waited for without end, and a
/// server that stopped in the middle of a transaction does not keep the head of the log from the others.
const SETTINGS: &str = "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=20000 \
  -c synchronous_commit=on -c timezone=UTC -c client_min_messages=warning -c application_name=jolli";

/// What the session of the writer is set to as well. Its statements are few, come all the time, and each has an index. They
/// are planned once, and not anew for what each batch asks: for most of those that read, planning took longer than answering.
/// A scan that looks cheap while a table is small would stay in such a plan when it is large, so none is taken where there is
/// an index.
const WRITER: &str = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off";

/// The address of a database. Never printed with its password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

impl Address {
    /// From `postgres://user:password@host:port/database?sslmode=…`.
    ///
    /// Without `sslmode`, a server on this machine is spoken to openly and any other one by TLS; `disable` and `require`
    /// say so. TLS always means that the certificate is one that this system trusts.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let (url, asked) = take_ssl_mode(url)?;
        let mut config: Config = url.parse().map_err(|e: tokio_postgres::Error| {
            // The text of the error names the part that is wrong, not the password.
            StoreError::Refused(format!(
                "The database is not an address: {}. It reads postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
                full(&e)
            ))
        })?;
        let own = config.get_options().unwrap_or_default().to_owned();
        config
            .options(format!("{SETTINGS} {own}").trim_end())
            .connect_timeout(CONNECT)
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE);
        let secure = asked.unwrap_or_else(|| !is_here(&config));
        let tls = if secure {
            config.ssl_mode(SslMode::Require);
            Some(trusted()?)
        } else {
            config.ssl_mode(SslMode::Disable);
            None
        };
        Ok(Self { config, tls })
    }

    /// The same, with the settings of the session that writes.
    #[must_use]
    pub fn of_the_writer(mut self) -> Self {
        let options = self.config.get_options().unwrap_or_default();
        let options = format!("{WRITER} {options}");
        self.config.options(&options);
        self
    }

    /// Host and database, for messages.
    pub fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let name = self.config.get_dbname().unwrap_or_default();
        format!("{host}:{port}/{name}")
    }

    /// A connection, and what drives it, which the caller runs.
    pub async fn connect(&self) -> Result<(Client, Driver), StoreError> {
        let connecting = async {
            match &self.tls {
                None => split(self.config.connect(NoTls).await, Driver::Open),
                Some(tls) => split(self.config.connect(tls.clone()).await, |c| {
                    Driver::Secure(Box::new(c))
                }),
            }
        };
        // The time limit of the configuration is the socket's alone.
        match tokio::time::timeout(WELCOME, connecting).await {
            Ok(connected) => connected.map_err(|e| unreachable(&self.place(), &e)),
            Err(_) => Err(StoreError::Unavailable(format!(
                "{}: it took the connection, and has not let us in within {WELCOME:?}",
                self.place()
            ))),
        }
    }

    /// A pool of at most `size` connections; whoever waits too long for one is turned away.
    pub fn pool(&self, size: usize) -> Result<Pool, StoreError> {
        let settings = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let config = self.config.clone();
        let manager = match &self.tls {
            None => Manager::from_config(config, NoTls, settings),
            Some(tls) => Manager::from_config(config, tls.clone(), settings),
        };
        Pool::builder(manager)
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(TURN),
                create: Some(WELCOME),
                recycle: Some(CONNECT),
            })
            .build()
            .map_err(|e| StoreError::Internal(e.to_string()))
    }
}

type Secured = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// What reads and writes for a client, until either end closes.
pub enum Driver {
    /// In the open.
    Open(Connection<Socket, tokio_postgres::tls::NoTlsStream>),
    /// Through TLS.
    Secure(Box<Connection<Socket, Secured>>),
}

impl Driver {
    /// The next message that belongs to no query; `None` at the end.
    pub async fn message(
        &mut self,
    ) -> Option<Result<tokio_postgres::AsyncMessage, tokio_postgres::Error>> {
        std::future::poll_fn(|cx| match self {
            Driver::Open(connection) => connection.poll_message(cx),
            Driver::Secure(connection) => connection.poll_message(cx),
        })
        .await
    }

    /// Runs until the connection ends.
    pub async fn run(mut self) {
        while let Some(message) = self.message().await {
            if let Err(error) = message {
                tracing::debug!(error = %full(&error), "a connection to the database ended");
                return;
            }
        }
    }
}

fn split<S>(
    connected: Result<(Client, Connection<Socket, S>), tokio_postgres::Error>,
    driver: impl FnOnce(Connection<Socket, S>) -> Driver,
) -> Result<(Client, Driver), tokio_postgres::Error> {
    connected.map(|(client, connection)| (client, driver(connection)))
}

/// The address without `sslmode`, and whether that asks for TLS. The client knows fewer words for it than PostgreSQL does.
fn take_ssl_mode(url: &str) -> Result<(String, Option<bool>), StoreError> {
    let Some((front, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), None));
    };
    let mut asked = None;
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.strip_prefix("sslmode=") {
            None => kept.push(pair),
            Some("disable") => asked = Some(false),
            Some("prefer") => asked = None,
            Some("require" | "verify-ca" | "verify-full") => asked = Some(true),
            Some(other) => {
                return Err(StoreError::Refused(format!(
                    "sslmode={other} is not known; give disable, require or verify-full."
                )));
            }
        }
    }
    let url = if kept.is_empty() {
        front.to_owned()
    } else {
        format!("{front}?{}", kept.join("&"))
    };
    Ok((url, asked))
}

/// Whether every host of it is this machine.
fn is_here(config: &Config) -> bool {
    config
        .get_hostaddrs()
        .iter()
        .all(std::net::IpAddr::is_loopback)
        && config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost"
                    || name
                        .parse::<std::net::IpAddr>()
                        .is_ok_and(|ip| ip.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        })
}

fn trusted() -> Result<MakeRustlsConnect, StoreError> {
    // Set once a process; whoever was first chose the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (tls, problems) = MakeRustlsConnect::with_native_certs().map_err(|problems| {
        StoreError::Refused(format!(
            "This system has no certificates to check the database's with ({problems:?}). Install ca-certificates, or name a file in SSL_CERT_FILE."
        ))
    })?;
    for problem in problems {
        tracing::warn!(%problem, "a certificate of this system cannot be used");
    }
    Ok(tls)
}

/// An error with all its causes, in one line.
pub fn full(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_never_shows_its_password() {
        let address = Address::parse("postgres://ada:hunter2@localhost:5433/jolli").unwrap();
        assert_eq!(format!("{address:?}"), "localhost:5433/jolli");
        let error = Address::parse("postgres://ada:hunter2@localhost:x/jolli").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_by_tls_unless_it_is_said_otherwise() {
        let secure = |url: &str| Address::parse(url).unwrap().tls.is_some();
        assert!(!secure("postgres://u@127.0.0.1/d"));
        assert!(!secure("postgres://u@%2Frun%2Fpostgresql/d"));
        assert!(!secure("postgres://u@db.example.com/d?sslmode=disable"));
        let error = Address::parse("postgres://u@localhost/d?sslmode=maybe").unwrap_err();
        assert!(error.to_string().contains("sslmode=maybe"), "{error}");
        assert_eq!(
            take_ssl_mode("postgres://u@h/d?sslmode=verify-full&options=-csearch_path%3Dx")
                .unwrap(),
            (
                "postgres://u@h/d?options=-csearch_path%3Dx".to_owned(),
                Some(true)
            )
        );
        assert!(!is_here(&"postgres://u@db.example.com/d".parse().unwrap()));
        let by_address = "postgres://u@localhost/d?hostaddr=192.0.2.1";
        assert!(!is_here(&by_address.parse().unwrap()));
    }
}
