//! What only a database that others use too can show: several servers at one log, sessions that are ended, order without
//! gaps.

use std::collections::BTreeMap;

use super::*;
use crate::domain::id::SourceId;
use crate::store::StoredOutcome;
use crate::store::conformance::database;
use crate::store::conformance::rules::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

const ALL: NonZeroU32 = NonZeroU32::MAX;

/// Follows the log from its beginning until it has seen `until` events; every one in order, none twice.
async fn follow(store: &Postgres, until: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut head = store.head();
    while seen.len() < until {
        head.borrow_and_update();
        let after = Sequence(seen.last().copied().unwrap_or(0));
        let some = NonZeroU32::new(7).unwrap();
        let page = store
            .events(&EventFilter::default(), after, some)
            .await
            .unwrap();
        if page.events.is_empty() {
            head.changed().await.unwrap();
        }
        seen.extend(page.events.iter().map(|e| e.sequence.0));
    }
    seen
}

/// Scenarios 33 and 34 of the event store: what is committed late is not skipped, because nobody gets a later place
/// meanwhile, and what is rolled back leaves no gap.
#[test]
fn two_servers_append_at_once_and_every_reader_sees_each_event_once_and_in_order() {
    let Some(database) = database() else { return };
    // Every commit of a batch takes a while, so that places and commits could come apart.
    database.run(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN PERFORM pg_sleep(random() / 100); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orchestration_events
           DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();",
    );
    let each = 40usize;
    runtime().block_on(async {
        let one = Arc::new(Postgres::open(&database.url()).await.unwrap());
        let two = Arc::new(Postgres::open(&database.url()).await.unwrap());
        let readers = [&one, &two].map(|store| {
            let store = store.clone();
            tokio::spawn(async move { follow(&store, 2 * each).await })
        });
        let mut writers = tokio::task::JoinSet::new();
        for (name, store) in [("one", &one), ("two", &two)] {
            for i in 0..each {
                let store = store.clone();
                writers.spawn(async move {
                    // Some break a constraint and are rolled back, with whatever shares their batch.
                    if i % 8 == 0 {
                        let taken = make_source_blindly("taken");
                        let _ = store
                            .execute(command(&format!("{name}-{i}-x"), taken))
                            .await;
                    }
                    let id = format!("{name}-{i}");
                    accepted(&*store, &id, make_space(&id)).await.sequence.0
                });
            }
        }
        let mut spaces: Vec<i64> = writers.join_all().await;
        spaces.sort_unstable();
        spaces.dedup();
        assert_eq!(spaces.len(), 2 * each, "two commands got one place");
        for reader in readers {
            let seen = reader.await.unwrap();
            let wanted: Vec<i64> = (1..=seen.len() as i64).collect();
            assert_eq!(seen, wanted);
        }
        let page = one
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
            .unwrap();
        assert_eq!(page.events.len() as i64, page.head.0);
        assert!(*one.head().borrow() <= page.head && *two.head().borrow() <= page.head);
        assert_eq!(one.verify().await.unwrap().differences, [""; 0]);
        one.close().await;
        two.close().await;
    });
}

#[test]
fn a_commit_of_another_server_is_heard_of() {
    let Some(database) = database() else { return };
    runtime().block_on(async {
        let one = Postgres::open(&database.url()).await.unwrap();
        let two = Postgres::open(&database.url()).await.unwrap();
        let mut head = two.head();
        accepted(&one, "c", make_source("api")).await;
        head.wait_for(|at| *at == Sequence(1)).await.unwrap();
        let again = two.execute(command("c", make_source("api"))).await.unwrap();
        assert!(matches!(again, Outcome::Replayed { .. }), "{again:?}");
        let next = accepted(&two, "d", make_source("web")).await;
        assert_eq!((next.sequence, &next.reply["id"]), (Sequence(2), &2.into()));
        one.close().await;
        two.close().await;
    });
}

#[test]
fn sessions_that_are_ended_under_load_lose_nothing_and_double_nothing() {
    let Some(database) = database() else { return };
    let (tell, heard) = std::sync::mpsc::channel::<()>();
    let killed = &database;
    let kills = std::thread::scope(|scope| {
        let killing = scope.spawn(move || {
            let mut kills = 0;
            // After every answer, so that however slow the machine is, something is answered in between.
            while heard.recv().is_ok() {
                kills += killed.kill_sessions();
            }
            kills
        });
        runtime().block_on(async {
            let store = Arc::new(Postgres::open(&database.url()).await.unwrap());
            let mut clients = tokio::task::JoinSet::new();
            for client in 0..4 {
                let (store, tell) = (store.clone(), tell.clone());
                clients.spawn(async move {
                    let mut told = Vec::new();
                    for i in 0..25 {
                        let id = format!("c{client}-{i}");
                        told.push((id.clone(), persist(&store, &id).await));
                        tell.send(()).unwrap();
                    }
                    told
                });
            }
            drop(tell);
            let told: Vec<(String, i64)> = clients.join_all().await.into_iter().flatten().collect();
            check_told(&store, told).await;
            store.close().await;
        });
        killing.join().unwrap()
    });
    assert!(kills > 3, "only {kills} sessions were ended");
}

/// Tries until it is told what came of it, as a client does.
async fn persist(store: &Postgres, id: &str) -> i64 {
    loop {
        match store.execute(command(id, make_space(id))).await {
            Ok(Outcome::Accepted(accepted)) => return accepted.sequence.0,
            Ok(Outcome::Replayed {
                stored: StoredOutcome::Accepted { sequence, .. },
            }) => return sequence.0,
            Err(StoreError::Unavailable(_) | StoreError::Unknown(_)) => {}
            other => panic!("{id}: {other:?}"),
        }
    }
}

async fn check_told(store: &Postgres, told: Vec<(String, i64)>) {
    let page = loop {
        match store
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
        {
            Ok(page) => break page,
            Err(StoreError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    };
    let there: BTreeMap<i64, String> = page
        .events
        .iter()
        .map(|e| (e.sequence.0, e.command_id.clone()))
        .collect();
    assert_eq!(there.len(), told.len(), "lost or doubled");
    for (id, at) in told {
        assert_eq!(there[&at], id);
    }
    loop {
        match store.verify().await {
            Ok(drift) => break assert_eq!(drift.differences, [""; 0]),
            Err(StoreError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_session_that_ended_while_nothing_happened_is_not_noticed() {
    let Some(database) = database() else { return };
    runtime().block_on(async {
        let store = Postgres::open(&database.url()).await.unwrap();
        accepted(&store, "a", make_source("a")).await;
        assert!(database.kill_sessions() > 0);
        accepted(&store, "b", make_source("b")).await;
        store.close().await;
    });
}

#[test]
fn a_head_that_another_server_holds_is_waited_for_and_heartbeats_go_on_meanwhile() {
    let Some(database) = database() else { return };
    runtime().block_on(async {
        let store = Arc::new(Postgres::open(&database.url()).await.unwrap());
        accepted(&*store, "s", make_source("a")).await;
        accepted(&*store, "q", queue(SourceId(1), "h", &[])).await;
        accepted(&*store, "c", claim(JobId(1), SourceId(1), at(60))).await;
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
            .batch_execute("BEGIN; SELECT * FROM log_head FOR UPDATE")
            .await
            .unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { accepted(&*store, "d", make_source("b")).await.sequence }
        });
        let beat = Beat {
            org: ORG,
            source: SourceId(1),
            branch: "main".into(),
            job: JobId(1),
            epoch: crate::domain::id::LeaseEpoch(1),
            run_token_hash: "token 1".into(),
            now: at(0),
            expires_at: at(90),
        };
        assert_eq!(store.renew(vec![beat]).await.unwrap(), [true]);
        assert!(!waiting.is_finished());
        client.batch_execute("COMMIT").await.unwrap();
        assert_eq!(waiting.await.unwrap(), Sequence(4));
        store.close().await;
    });
}

#[test]
fn damage_is_found_by_name_and_mended_from_the_log() {
    let Some(database) = database() else { return };
    runtime().block_on(async {
        let store = Postgres::open(&database.url()).await.unwrap();
        for name in ["a", "b"] {
            accepted(&store, name, make_source(name)).await;
        }
        let key = Key::Sources(SourceId(1));
        let before = store.locate(key.clone()).await.unwrap();
        database.run(
            "UPDATE sources SET enabled = 0 WHERE id = 1;
             DELETE FROM sources WHERE id = 2;
             UPDATE id_counters SET last = 1 WHERE kind = 'source'",
        );
        let found = store.verify().await.unwrap().differences.join("\n");
        for words in [
            "id_counters source: id 2 was given",
            "sources Sources(SourceId(1)): differs in enabled",
            "sources Sources(SourceId(2)): is missing",
        ] {
            assert!(found.contains(words), "{words} is not in:\n{found}");
        }
        store.rebuild().await.unwrap();
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
        assert_eq!(store.locate(key).await.unwrap(), before);
        store.close().await;
    });
}

#[test]
fn what_cannot_be_reached_is_said_and_not_waited_for() {
    let nobody = "postgres://nobody@127.0.0.1:1/nothing";
    let error = runtime().block_on(Postgres::open(nobody)).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1/nothing"), "{error}");
}
