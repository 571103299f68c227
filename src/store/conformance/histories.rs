//! Random histories: all stores answer alike, and every row is what the log says.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::commands::ALL;
use super::database;
use super::rules::*;
use crate::domain::id::{JobId, Sequence, SourceId, SpaceId};
use crate::domain::kind::SpaceStatus;
use crate::domain::row::{
    BindingRow, DocumentRow, JobRow, JobSpaceRow, LeaseRow, Record, Row, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, View};
use crate::store::memory::Memory;
use crate::store::postgres::Postgres;
use crate::store::sqlite::Sqlite;
use crate::store::{EventFilter, Scope, Store};

#[derive(Clone, Debug)]
pub enum Act {
    MakeSource(u8),
    MakeBlindly(u8),
    Enable(u8, bool),
    Rename(u8, u8),
    DeleteSource(u8),
    MakeSpace(u8),
    DeleteSpace(u8),
    Bind(u8, u8),
    Push(u8, u8),
    Queue(u8, u8),
    Finish(u8, u8),
    Claim(u8, u8),
}

pub fn act() -> impl Strategy<Value = Act> {
    let few = || 1u8..5;
    prop_oneof![
        few().prop_map(Act::MakeSource),
        few().prop_map(Act::MakeBlindly),
        (few(), any::<bool>()).prop_map(|(s, on)| Act::Enable(s, on)),
        (few(), few()).prop_map(|(s, n)| Act::Rename(s, n)),
        few().prop_map(Act::DeleteSource),
        few().prop_map(Act::MakeSpace),
        few().prop_map(Act::DeleteSpace),
        (few(), few()).prop_map(|(a, b)| Act::Bind(a, b)),
        (few(), few()).prop_map(|(a, b)| Act::Push(a, b)),
        (few(), few()).prop_map(|(a, b)| Act::Queue(a, b)),
        (few(), few()).prop_map(|(a, b)| Act::Finish(a, b)),
        (few(), few()).prop_map(|(a, b)| Act::Claim(a, b)),
    ]
}

pub fn rule_of(act: &Act) -> Rule {
    let source = |n: u8| SourceId(n.into());
    let space = |n: u8| SpaceId(n.into());
    match *act {
        Act::MakeSource(n) => make_source(&format!("n{n}")),
        Act::MakeBlindly(n) => make_source_blindly(&format!("n{n}")),
        Act::Enable(s, on) => enable(source(s), on),
        Act::Rename(s, n) => rename(source(s), &format!("n{n}")),
        Act::DeleteSource(s) => delete_source(source(s)),
        Act::MakeSpace(n) => make_space(&format!("n{n}")),
        Act::DeleteSpace(n) => delete_space(space(n)),
        Act::Bind(a, b) => bind(space(a), source(b)),
        Act::Push(a, b) => push(space(a), &["a.md", "b.md", "c.md", "d.md"][..b as usize]),
        Act::Queue(a, b) => queue(source(a), &format!("h{b}"), &[space(b)]),
        Act::Finish(a, b) => finish_space(JobId(a.into()), space(b), SpaceStatus::Updated),
        Act::Claim(a, b) => claim(JobId(a.into()), source(b), at(60)),
    }
}

fn of<R: Record + Clone>(view: &View) -> Vec<Row> {
    let rows: Vec<&R> = view.find(Find::all(R::TABLE)).unwrap();
    rows.into_iter().cloned().map(Into::into).collect()
}

/// Every row that these acts can make.
pub async fn everything(store: &dyn Store) -> Vec<Row> {
    let needs = Table::ALL
        .iter()
        .map(|t| Need::Find(Find::all(*t)))
        .collect();
    let (view, _) = store.read(Scope::Org(ORG), needs).await.unwrap();
    [
        of::<SourceRow>(&view),
        of::<SpaceRow>(&view),
        of::<BindingRow>(&view),
        of::<DocumentRow>(&view),
        of::<JobRow>(&view),
        of::<JobSpaceRow>(&view),
        of::<LeaseRow>(&view),
    ]
    .concat()
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn all_stores_answer_alike_and_their_rows_are_what_the_log_says(
        acts in prop::collection::vec((act(), 0u8..40, any::<bool>(), -5i64..100), 1..80)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let memory: Arc<dyn Store> = Arc::new(Memory::new());
        let sqlite: Arc<dyn Store> = Arc::new(Sqlite::open(&dir.path().join("jolli.db")).unwrap());
        let database = database();
        runtime.block_on(async {
            let mut stores = vec![memory.clone(), sqlite];
            if let Some(database) = &database {
                stores.push(Arc::new(Postgres::open(&database.url()).await.unwrap()));
            }
            for (act, id, dry_run, seconds) in &acts {
                let mut said = Vec::new();
                for store in &stores {
                    let mut submit = command(&format!("c{id}"), rule_of(act));
                    submit.request_hash = format!("{act:?}");
                    submit.dry_run = *dry_run;
                    submit.now = at(*seconds);
                    said.push(format!("{:?}", store.execute(submit).await));
                }
                for other in &said[1..] {
                    assert_eq!(said[0], *other, "{act:?}");
                }
            }
            let filter = EventFilter::default();
            let rows = everything(&*memory).await;
            let log = memory.events(&filter, Sequence(0), ALL).await.unwrap().events;
            for store in &stores {
                assert_eq!(rows, everything(&**store).await);
                let page = store.events(&filter, Sequence(0), ALL).await.unwrap();
                assert_eq!(log, page.events);
                let drift = store.verify().await.unwrap();
                assert_eq!(drift.differences, [""; 0]);
                assert_eq!(drift.events, log.len() as u64);
                store.close().await;
            }
        });
    }
}
