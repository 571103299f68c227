//! `verify` and `rebuild`: rows against the log, on a server that goes on working and on a database at rest.

use std::sync::Arc;

use futures_util::StreamExt as _;
use jolli::api::Sequence;
use jolli::client::ClientError;
use jolli::store::Look as _;
use jolli::store::sqlite::{Look, Sqlite};
use serde_json::Value;

use super::{Log, done, jolli};
use crate::support::postgres::Database;
use crate::support::server::Server;
use crate::support::{Home, store};

/// Writes past the log, as nothing of ours does.
fn falsify(log: &Log) {
    let db = rusqlite::Connection::open(log.home.jolli().join("data/jolli.db")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    db.execute(
        "UPDATE sources SET branch = 'forged' WHERE name = 'backend'",
        [],
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_differ_are_named_and_written_anew_while_the_server_works() {
    let log = Log::new();
    log.source("backend").await;
    for clean in [
        log.asks(&["events", "verify"]),
        jolli(&log.home, &["events", "verify"]),
    ] {
        assert!(
            done(&clean).contains("the rows are what the log says"),
            "{clean:?}"
        );
    }
    falsify(&log);
    for drift in [
        log.asks(&["events", "verify", "--json"]),
        jolli(&log.home, &["events", "verify", "--json"]),
    ] {
        assert_eq!(drift.status.code(), Some(3), "{drift:?}");
        let check: Value = serde_json::from_slice(&drift.stdout).unwrap();
        assert_eq!(check["differences"].as_array().unwrap().len(), 1);
        let said = check["differences"][0].as_str().unwrap();
        assert!(
            said.contains("sources") && said.contains("branch"),
            "{said}"
        );
    }
    let locked = jolli(&log.home, &["events", "rebuild"]);
    let said = String::from_utf8_lossy(&locked.stderr).into_owned();
    assert_eq!(locked.status.code(), Some(1));
    assert!(
        said.contains(&format!("pid {}", log.server.pid())),
        "{said}"
    );

    let mut feed = log.client.follow_rows(Sequence(0));
    feed.next().await.unwrap().unwrap();
    let mended = done(&log.asks(&["events", "rebuild"]));
    assert!(mended.contains("1 difference, written anew"), "{mended}");
    done(&log.asks(&["events", "verify"]));
    // No event tells followers which rows are others now.
    let ended = loop {
        if let Err(error) = feed.next().await.unwrap() {
            break error;
        }
    };
    assert!(matches!(ended, ClientError::Resync), "{ended}");
    let sources = log
        .client
        .sources(&jolli::client::Query::new())
        .await
        .unwrap();
    assert_eq!(sources.items[0].branch.as_deref(), Some("main"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_at_rest_is_mended_without_a_server() {
    let mut log = Log::new();
    log.source("backend").await;
    log.server.kill();
    falsify(&log);
    let named = log.home.jolli().join("data/jolli.db");
    let named = ["--database", named.to_str().unwrap()];
    let verify = jolli(&log.home, &[&["events", "verify"][..], &named].concat());
    assert_eq!(verify.status.code(), Some(3), "{verify:?}");
    done(&jolli(
        &log.home,
        &[&["events", "rebuild"][..], &named].concat(),
    ));
    done(&jolli(
        &log.home,
        &[&["events", "verify"][..], &named].concat(),
    ));
}

#[tokio::test]
async fn a_database_is_only_looked_at_where_there_is_one_of_ours() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("jolli.db");
    let missing = Look::open(&path).unwrap_err().to_string();
    assert!(missing.contains("There is no database"), "{missing}");
    assert!(!path.exists());
    let server = Sqlite::open(&path).unwrap();
    let look = Look::open(&path).unwrap();
    assert!(look.verify().await.unwrap().differences.is_empty());
    drop(server);
    let other = home.path().join("other.db");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = wal; CREATE TABLE theirs (id INTEGER)")
        .unwrap();
    let refused = Look::open(&other).unwrap_err().to_string();
    assert!(refused.contains("tables of something else"), "{refused}");
    let empty = home.path().join("empty.db");
    rusqlite::Connection::open(&empty)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = wal")
        .unwrap();
    let refused = Look::open(&empty).unwrap_err().to_string();
    assert!(
        refused.contains("Start `jolli serve` on it once"),
        "{refused}"
    );
}

#[test]
fn a_database_of_postgresql_is_looked_at_and_written_anew_by_its_address() {
    let (Some(database), Some(empty)) = (store::database(), Database::empty()) else {
        return;
    };
    let home = Arc::new(Home::new());
    let token = format!("jolli_1_{}", "a".repeat(43));
    let server = Server::start_on(&home, Some(&database), &"ab".repeat(32), &token);
    let url = database.url();
    let asked = |command: &[&str]| jolli(&home, &[command, &["--database", &url]].concat());
    let clean = done(&asked(&["events", "verify"]));
    assert!(clean.contains("the rows are what the log says"), "{clean}");
    let first = done(&asked(&["events", "replay", "--json"]));
    assert!(first.contains("org.created"), "{first}");

    database.run("UPDATE orgs SET slug = 'forged'");
    let tail = asked(&["events", "tail"]);
    assert_eq!(tail.status.code(), Some(2), "{tail:?}");
    let drift = asked(&["events", "verify"]);
    assert_eq!(drift.status.code(), Some(3), "{drift:?}");
    // Other than a file, the database may be written while a server uses it.
    let mended = done(&asked(&["events", "rebuild"]));
    assert!(mended.contains("1 difference, written anew"), "{mended}");
    done(&asked(&["events", "verify"]));
    assert_eq!(database.texts("SELECT slug FROM orgs"), ["default"]);
    drop(server);

    for command in [["events", "verify"], ["events", "rebuild"]] {
        let refused = jolli(
            &home,
            &[&command[..], &["--database", &empty.url()]].concat(),
        );
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        assert!(said.contains("Start `jolli serve` on it once"), "{said}");
    }
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(empty.texts(tables), [""; 0], "looking makes nothing");
}
