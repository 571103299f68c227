//! Rows are the log: rebuilt, they are the same; and as they were at any earlier position, they are the log up to there.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;

use super::commands::ALL;
use super::histories::{act, rule_of};
use super::rules::*;
use super::{everywhere, histories};
use crate::domain::event::{Event, NewEvent, Payload, Received, Stream};
use crate::domain::fold::{RowOp, Rows, fold};
use crate::domain::id::{DeliveryId, IntegrationId, OrgId, Sequence, SourceId};
use crate::domain::kind::{DeliveryStatus, Provider};
use crate::domain::row::{Key, Row, SecretRef, Table};
use crate::domain::view::{Decision, Find, IdKind, Need, Reply, Stop, Test, View};
use crate::store::memory::Memory;
use crate::store::rows::RowMap;
use crate::store::sqlite::Sqlite;
use crate::store::{EventFilter, Scope, Store};

/// Makes an integration.
pub fn make_integration(name: &str) -> Rule {
    let name = name.to_owned();
    rule("make-integration", move |view| {
        let id = IntegrationId(view.next_id(IdKind::Integration, 0)?);
        let payload = Payload::IntegrationCreated {
            provider: Provider::GitHub,
            name: name.clone(),
            repo: None,
            account: Some("github.com/acme".into()),
            match_key: "github.com/acme".into(),
            secret: SecretRef {
                name: "s".into(),
                fingerprint: "f".into(),
                valid_until: None,
            },
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Integration(id), payload),
            Key::Integrations(id),
        ))
    })
}

/// Takes a webhook in.
pub fn receive(integration: IntegrationId, body: Option<&str>) -> Rule {
    let body = body.map(str::to_owned);
    rule("receive", move |view| {
        let id = DeliveryId(view.next_id(IdKind::Delivery, 0)?);
        let received = Received {
            id,
            provider: Provider::GitHub,
            event: "push".into(),
            delivery_id: format!("d{id}"),
            status: DeliveryStatus::Ignored,
            reason: "no-source".into(),
            repo: None,
            git_ref: None,
            before_sha: None,
            after_sha: None,
            job_ids: Vec::new(),
            duplicate_of: None,
            headers: json!({}),
            body_blob: body.clone(),
        };
        Ok(Decision {
            events: vec![NewEvent::new(
                Stream::Integration(integration),
                Payload::DeliveryReceived(Box::new(received)),
            )],
            reply: Reply::Row(Key::Deliveries(id)),
            ..Decision::default()
        })
    })
}

/// The log folded in its order, as the model of everything that folds otherwise.
struct Model(RowMap, OrgId);

impl Rows for Model {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.0.get(Scope::Org(self.1), key).cloned()
    }
    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row> {
        self.0.of_stream(self.1, stream, table)
    }
}

fn model(events: &[Event], at: i64) -> RowMap {
    let mut model = Model(RowMap::default(), ORG);
    for event in events.iter().filter(|e| e.sequence.0 <= at && e.org == ORG) {
        for op in fold(event, &mut model).unwrap() {
            match op {
                RowOp::Put(row) => model.0.put(*row).unwrap(),
                RowOp::Delete(key) => {
                    model.0.remove(ORG, &key);
                }
            }
        }
    }
    model.0
}

/// What is asked of the past: everything, and what limits, orders and conditions make of it.
fn questions() -> Vec<Find> {
    let mut finds: Vec<Find> = Table::ALL
        .iter()
        .filter(|t| !t.is_side())
        .map(|t| Find::all(*t))
        .collect();
    finds.extend([
        Find::all(Table::Sources).newest("name").limit(2),
        Find::all(Table::Sources).newest("id").limit(2),
        Find::all(Table::Sources).is("enabled", true).limit(1),
        Find::all(Table::Jobs).newest("id").limit(1),
        Find::all(Table::JobSpaces).test("job_id", Test::Above(1.into())),
        Find::all(Table::Documents)
            .is("space_id", 1)
            .newest("path")
            .limit(2),
        Find::all(Table::Deliveries).newest("id").limit(2),
    ]);
    finds
}

async fn then(store: &dyn Store, at: i64) -> Option<Vec<Vec<Row>>> {
    let ask = |view: &View| -> Result<Vec<Vec<Row>>, Stop> {
        view.require(questions().into_iter().map(Need::Find))?;
        questions()
            .into_iter()
            .map(|find| view.rows(find).map(<[Row]>::to_vec))
            .collect()
    };
    let question = Box::new(move |view: &View| ask(view).map(drop));
    let view = store.past(ORG, Sequence(at), question).await.unwrap()?;
    Some(ask(&view).unwrap())
}

async fn assert_past_is_the_log_up_to_there(store: &dyn Store, positions: &[i64]) {
    let page = store
        .events(&EventFilter::default(), Sequence(0), ALL)
        .await
        .unwrap();
    for at in positions {
        let model = model(&page.events, *at);
        let wanted: Vec<Vec<Row>> = questions()
            .iter()
            .map(|find| model.find(Scope::Org(ORG), find))
            .collect();
        assert_eq!(then(store, *at).await.unwrap(), wanted, "at {at}");
    }
}

#[test]
fn a_rebuild_of_rows_that_are_right_finds_and_changes_nothing() {
    everywhere(|store| async move {
        for i in 0..200 {
            accepted(&*store, &format!("m{i}"), make_source(&format!("s{i}"))).await;
        }
        accepted(&*store, "d", make_space("docs")).await;
        accepted(&*store, "p", push(crate::domain::id::SpaceId(1), &["a.md"])).await;
        let before = store.rebuild().await.unwrap();
        assert_eq!((before.events, before.rows), (202, 202));
        assert_eq!(before.differences, [""; 0]);
        accepted(&*store, "on", enable(SourceId(7), false)).await;
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}

#[test]
fn a_long_stream_is_looked_back_into_at_every_position() {
    everywhere(|store| async move {
        accepted(&*store, "a", make_source("a")).await;
        accepted(&*store, "b", make_source("b")).await;
        for i in 0..200 {
            let on = i % 2 == 1;
            accepted(&*store, &format!("t{i}"), enable(SourceId(1), on)).await;
        }
        accepted(&*store, "gone", delete_source(SourceId(1))).await;
        accepted(&*store, "again", make_source("a")).await;
        let positions = [
            0, 1, 2, 3, 63, 64, 65, 66, 127, 128, 129, 190, 201, 202, 203, 204,
        ];
        assert_past_is_the_log_up_to_there(&*store, &positions).await;
        assert_eq!(then(&*store, 205).await, None);
        assert_eq!(then(&*store, -1).await, None);
    });
}

#[test]
fn deliveries_of_then_are_told_from_those_of_now() {
    everywhere(|store| async move {
        accepted(&*store, "i", make_integration("one")).await;
        for i in 0..5 {
            accepted(&*store, &format!("r{i}"), receive(IntegrationId(1), None)).await;
            accepted(&*store, &format!("m{i}"), make_source(&format!("s{i}"))).await;
        }
        let positions: Vec<i64> = (0..=11).collect();
        assert_past_is_the_log_up_to_there(&*store, &positions).await;
    });
}

proptest! {
    #![proptest_config(Config { cases: 16, failure_persistence: None, ..Config::default() })]

    /// Scenario 89.
    #[test]
    fn rows_rebuilt_from_nothing_and_rows_of_the_past_are_what_the_log_says(
        acts in prop::collection::vec(act(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jolli.db");
        let stores: [Arc<dyn Store>; 2] =
            [Arc::new(Memory::new()), Arc::new(Sqlite::open(&path).unwrap())];
        runtime.block_on(async {
            for store in &stores {
                for (n, act) in acts.iter().enumerate() {
                    // Some are refused, and some break a constraint; the log is of those that are not.
                    let _ = store.execute(command(&format!("c{n}"), rule_of(act))).await;
                }
                let head = store.head().borrow().0;
                // Where every act was refused, there is no first event to look back to.
                let positions = [0, 1.min(head), head / 3, head / 2, head];
                assert_past_is_the_log_up_to_there(&**store, &positions).await;
            }
            let [_, sqlite] = &stores;
            let incremental = histories::everything(&**sqlite).await;
            let db = rusqlite::Connection::open(&path).unwrap();
            for table in Table::ALL.iter().filter(|t| !t.is_side()) {
                db.execute(&format!("DELETE FROM {}", table.name()), []).unwrap();
            }
            db.execute_batch("DELETE FROM row_checkpoints; DELETE FROM blob_refs;").unwrap();
            sqlite.rebuild().await.unwrap();
            assert_eq!(histories::everything(&**sqlite).await, incremental);
            assert_eq!(sqlite.verify().await.unwrap().differences, [""; 0]);
            sqlite.close().await;
        });
    }
}
