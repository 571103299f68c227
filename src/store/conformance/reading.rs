//! Reading: needs, pages of the log, and the feed that follows it.

use std::num::NonZeroU32;

use super::commands::ALL;
use super::everywhere;
use super::rules::*;
use crate::domain::event::{Event, Stream};
use crate::domain::id::{JobId, OrgId, Sequence, SourceId, SpaceId};
use crate::domain::kind::SpaceStatus;
use crate::domain::row::{Key, Row, SourceRow, Table};
use crate::domain::view::{Find, IdKind, Need, Test};
use crate::store::{EventFilter, Outcome, Scope, Store};

fn some(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

async fn names(store: &dyn Store, scope: Scope, find: Find) -> Vec<String> {
    let (view, _) = store
        .read(scope, vec![Need::Find(find.clone())])
        .await
        .unwrap();
    let rows: Vec<&SourceRow> = view.find(find).unwrap();
    rows.iter().map(|r| r.name.clone()).collect()
}

async fn four_sources(store: &dyn Store) {
    for (i, name) in ["delta", "Alpha", "charlie", "bravo"].iter().enumerate() {
        accepted(store, &format!("m{i}"), make_source(name)).await;
    }
    accepted(store, "off", enable(SourceId(3), false)).await;
    let mut other = command("m", make_source("echo"));
    other.org = OrgId(2);
    assert!(matches!(
        store.execute(other).await,
        Ok(Outcome::Accepted(_))
    ));
}

#[test]
fn finds_mean_the_same_everywhere() {
    everywhere(|store| async move {
        let store = &*store;
        four_sources(store).await;
        let mine = Scope::Org(ORG);
        let all = || Find::all(Table::Sources);
        let expect = async |scope, find, wanted: &[&str]| {
            assert_eq!(names(store, scope, find).await, wanted);
        };
        // No order at all is the order of keys; text is compared byte for byte.
        expect(mine, all(), &["delta", "Alpha", "charlie", "bravo"]).await;
        expect(
            mine,
            all().oldest("name"),
            &["Alpha", "bravo", "charlie", "delta"],
        )
        .await;
        expect(mine, all().newest("name").limit(2), &["delta", "charlie"]).await;
        expect(
            mine,
            all().newest("enabled"),
            &["delta", "Alpha", "bravo", "charlie"],
        )
        .await;
        expect(mine, all().is("enabled", false), &["charlie"]).await;
        expect(
            mine,
            all().is("type", "git").is("name", "bravo"),
            &["bravo"],
        )
        .await;
        expect(
            mine,
            all().test("id", Test::Above(2.into())),
            &["charlie", "bravo"],
        )
        .await;
        expect(mine, all().test("id", Test::Below(2.into())), &["delta"]).await;
        expect(
            mine,
            all().test("id", Test::AtMost(2.into())),
            &["delta", "Alpha"],
        )
        .await;
        expect(mine, all().test("cursor", Test::NotNull), &[]).await;
        expect(mine, all().test("cursor", Test::Null).limit(1), &["delta"]).await;
        expect(mine, all().test("id", Test::In(vec![])), &[]).await;
        let few = Test::In(vec![4.into(), 1.into()]);
        expect(mine, all().test("id", few), &["delta", "bravo"]).await;
        let many = Test::In((2..400).map(Into::into).collect());
        expect(mine, all().test("id", many), &["Alpha", "charlie", "bravo"]).await;
        let many = Test::In(
            (0..40)
                .map(|i| format!("{i}").into())
                .chain(["delta".into()])
                .collect(),
        );
        expect(mine, all().test("name", many), &["delta"]).await;
        expect(mine, all().test("type", Test::In(vec!["file".into()])), &[]).await;
        expect(Scope::Org(OrgId(2)), all(), &["echo"]).await;
        expect(
            Scope::Everyone,
            all().test("id", Test::Above(3.into())),
            &["bravo", "echo"],
        )
        .await;
    });
}

#[test]
fn rows_are_the_orgs_own_except_for_everyone() {
    everywhere(|store| async move {
        four_sources(&*store).await;
        let key = Key::Sources(SourceId(5));
        let read = async |scope| {
            let needs = vec![Need::Row(key.clone()), Need::NextId(IdKind::Source, 1)];
            let (view, at) = store.read(scope, needs).await.unwrap();
            assert_eq!(at, Sequence(6));
            assert_eq!(view.next_id(IdKind::Source, 1).unwrap(), 7);
            view.row::<SourceRow>(key.clone()).unwrap().is_some()
        };
        assert!(!read(Scope::Org(ORG)).await);
        assert!(read(Scope::Org(OrgId(2))).await);
        assert!(read(Scope::Everyone).await);
        let found = store.locate(key.clone()).await.unwrap();
        assert!(matches!(found, Some(Row::Sources(row)) if row.org_id == OrgId(2)));
        let none = store.locate(Key::Sources(SourceId(9))).await.unwrap();
        assert_eq!(none, None);
    });
}

#[test]
fn pages_of_events_go_both_ways_by_every_filter() {
    everywhere(|store| async move {
        four_sources(&*store).await;
        accepted(&*store, "sp", make_space("docs")).await;
        accepted(&*store, "on", enable(SourceId(3), true)).await;
        let page = async |filter: EventFilter, after, limit| {
            let page = store.events(&filter, Sequence(after), limit).await.unwrap();
            assert_eq!(page.head, Sequence(8));
            let places: Vec<i64> = page.events.iter().map(|e| e.sequence.0).collect();
            (places, page.next.map(|s| s.0))
        };
        let all = EventFilter::default();
        let back = EventFilter {
            backwards: true,
            ..all.clone()
        };
        assert_eq!(
            page(all.clone(), 0, some(3)).await,
            (vec![1, 2, 3], Some(3))
        );
        assert_eq!(page(all.clone(), 6, some(3)).await, (vec![7, 8], None));
        assert_eq!(page(all.clone(), 5, some(3)).await, (vec![6, 7, 8], None));
        assert_eq!(page(all.clone(), 8, some(3)).await, (vec![], None));
        assert_eq!(
            page(back.clone(), 0, some(3)).await,
            (vec![8, 7, 6], Some(6))
        );
        assert_eq!(page(back.clone(), 3, some(3)).await, (vec![2, 1], None));
        let of = |stream| EventFilter {
            stream: Some(stream),
            ..all.clone()
        };
        assert_eq!(
            page(of(Stream::Source(SourceId(3))), 0, ALL).await,
            (vec![3, 5, 8], None)
        );
        let types = |types: &[&str], backwards| EventFilter {
            types: types.iter().map(|t| (*t).to_owned()).collect(),
            backwards,
            ..all.clone()
        };
        assert_eq!(
            page(types(&["space."], false), 0, ALL).await,
            (vec![7], None)
        );
        assert_eq!(
            page(types(&["source.disabled", "space.created"], false), 0, ALL).await,
            (vec![5, 7], None)
        );
        assert_eq!(
            page(types(&["source"], false), 0, ALL).await,
            (vec![], None)
        );
        assert_eq!(
            page(types(&["source."], true), 7, some(2)).await,
            (vec![6, 5], Some(5))
        );
        let org = EventFilter {
            org: Some(OrgId(2)),
            ..all.clone()
        };
        assert_eq!(page(org, 0, ALL).await, (vec![6], None));
        let actor = |actor: &str| EventFilter {
            actor: Some(actor.to_owned()),
            ..all.clone()
        };
        assert_eq!(page(actor("bob"), 0, ALL).await, (vec![], None));
        assert_eq!(page(actor("ada"), 6, ALL).await, (vec![7, 8], None));
    });
}

#[test]
fn no_read_has_a_hidden_limit() {
    everywhere(|store| async move {
        for i in 0..60 {
            let many = rule("many", move |view| {
                let mut decision = crate::domain::view::Decision::default();
                for n in 0..50 {
                    let id = view.next_id(IdKind::Source, n)?;
                    let made = make_source_blindly(&format!("s{i}-{n}"));
                    let mut event = crate::domain::view::Decider::decide(&made, view);
                    if let Ok(made) = &mut event {
                        let mut event = made.events.remove(0);
                        event.stream = Stream::Source(SourceId(id));
                        decision.events.push(event);
                    }
                }
                Ok(decision)
            });
            accepted(&*store, &format!("c{i}"), many).await;
        }
        let page = store
            .events(&EventFilter::default(), Sequence(0), ALL)
            .await
            .unwrap();
        assert_eq!((page.events.len(), page.next), (3000, None));
        let found = names(&*store, Scope::Org(ORG), Find::all(Table::Sources)).await;
        assert_eq!(found.len(), 3000);
    });
}

#[test]
fn a_follower_gets_every_event_once_and_in_order_while_others_write() {
    everywhere(|store| async move {
        const WRITERS: usize = 8;
        const EACH: usize = 40;
        let mut writers = tokio::task::JoinSet::new();
        for w in 0..WRITERS {
            let store = store.clone();
            writers.spawn(async move {
                for i in 0..EACH {
                    accepted(
                        &*store,
                        &format!("{w}-{i}"),
                        make_source(&format!("{w}-{i}")),
                    )
                    .await;
                }
            });
        }
        let mut head = store.head();
        let mut followed: Vec<Event> = Vec::new();
        let mut after = Sequence(0);
        while followed.len() < WRITERS * EACH {
            let page = store
                .events(&EventFilter::default(), after, some(7))
                .await
                .unwrap();
            if let Some(last) = page.events.last() {
                after = last.sequence;
                followed.extend(page.events);
            } else {
                head.wait_for(|head| *head > after).await.unwrap();
            }
        }
        writers.join_all().await;
        let places: Vec<i64> = followed.iter().map(|e| e.sequence.0).collect();
        let wanted: Vec<i64> = (1..=(WRITERS * EACH) as i64).collect();
        assert_eq!(places, wanted);
    });
}

#[test]
fn the_newest_outcome_of_every_source_and_space_is_found() {
    everywhere(|store| async move {
        let store = &*store;
        accepted(store, "s1", make_source("a")).await;
        accepted(store, "s2", make_source("b")).await;
        let (a, b) = (SourceId(1), SourceId(2));
        let (x, y) = (SpaceId(1), SpaceId(2));
        for (i, (source, spaces)) in [(a, vec![x, y]), (a, vec![x]), (b, vec![y]), (a, vec![x, y])]
            .into_iter()
            .enumerate()
        {
            accepted(
                store,
                &format!("q{i}"),
                queue(source, &format!("h{i}"), &spaces),
            )
            .await;
        }
        for (i, (job, space, status)) in [
            (1, x, SpaceStatus::Updated),
            (1, y, SpaceStatus::Failed),
            (2, x, SpaceStatus::Unchanged),
            (4, y, SpaceStatus::Skipped),
        ]
        .into_iter()
        .enumerate()
        {
            accepted(
                store,
                &format!("f{i}"),
                finish_space(JobId(job), space, status),
            )
            .await;
        }
        let latest = store.latest_outcomes(ORG).await.unwrap();
        let latest: Vec<_> = latest
            .iter()
            .map(|r| (r.source_id, r.space_id, r.job_id.0, r.status))
            .collect();
        // Job 4 has not come to x yet, and job 3 to nothing.
        assert_eq!(
            latest,
            [
                (a, x, 2, SpaceStatus::Unchanged),
                (a, y, 4, SpaceStatus::Skipped)
            ]
        );
        assert_eq!(store.latest_outcomes(OrgId(2)).await.unwrap(), []);
    });
}
