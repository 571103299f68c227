//! What ages and what does not: receipts, blobs, the log.

use bytes::Bytes;

use super::everywhere;
use super::projections::{make_integration, receive};
use super::rules::*;
use crate::base::{Clock, SystemClock};
use crate::domain::code::Code;
use crate::domain::event::{NewEvent, Payload, PushedDocument, Stream};
use crate::domain::id::{IntegrationId, Sequence, SourceId, SpaceId};
use crate::domain::row::Key;
use crate::domain::view::Decision;
use crate::store::{Outcome, Retention, Swept};

const DAY: i64 = 24 * 3600;

#[test]
fn a_retry_whose_receipt_has_aged_out_is_refused_and_never_acts_twice() {
    everywhere(|store| async move {
        let store = &*store;
        accepted(store, "c1", make_source("api")).await;
        rejected(store, "c2", enable(SourceId(9), false)).await;
        let mut later = command("c3", enable(SourceId(1), false));
        later.now = at(20 * DAY);
        assert!(matches!(
            store.execute(later).await,
            Ok(Outcome::Accepted(_))
        ));

        let policy = Retention::default();
        let none = store.retain(&policy, at(29 * DAY)).await.unwrap();
        assert_eq!(none, Swept::default());
        let swept = store.retain(&policy, at(31 * DAY)).await.unwrap();
        assert_eq!(swept.receipts, 2);
        assert_eq!(
            store.retain(&policy, at(31 * DAY)).await.unwrap().receipts,
            0
        );

        // Even the source's absence does not let it be made twice.
        accepted(store, "gone", delete_source(SourceId(1))).await;
        for _ in 0..2 {
            let late = rejected(store, "c1", make_source("api")).await;
            assert_eq!(late.code, Code::Conflict);
            let when = at(0).to_string();
            for words in ["c1", when.as_str(), "event 1", "a new id"] {
                assert!(late.message.contains(words), "{words}: {}", late.message);
            }
        }
        assert_eq!(*store.head().borrow(), Sequence(3));
        // It had no effect the first time, so it may have one now; and receipts that have not aged answer as before.
        assert_eq!(
            rejected(store, "c2", enable(SourceId(9), false)).await.code,
            Code::NotFound
        );
        let kept = store
            .execute(command("c3", enable(SourceId(1), false)))
            .await;
        assert!(matches!(kept, Ok(Outcome::Replayed { .. })), "{kept:?}");
        accepted(store, "c4", make_source("api")).await;
    });
}

#[test]
fn a_thousand_receipts_age_at_once_and_the_log_stays_whole() {
    everywhere(|store| async move {
        for i in 0..1_100 {
            accepted(
                &*store,
                &format!("c{i}"),
                make_source_blindly(&format!("s{i}")),
            )
            .await;
        }
        let swept = store
            .retain(&Retention::default(), at(31 * DAY))
            .await
            .unwrap();
        assert_eq!(swept.receipts, 1_100);
        assert_eq!(*store.head().borrow(), Sequence(1_100));
    });
}

/// Writes one document.
fn write(space: SpaceId, blob: &str, version: i64) -> Rule {
    let blob = blob.to_owned();
    rule("write", move |_| {
        let payload = Payload::DocsPushed {
            changeset_id: "c".into(),
            message: None,
            sync_cursor: version,
            documents: vec![PushedDocument {
                file_id: "a.md".into(),
                path: "a.md".into(),
                version,
                blob: Some(blob.clone()),
                rules: Vec::new(),
                diagnostics: Vec::new(),
            }],
            live: 1,
        };
        Ok(Decision::of(
            NewEvent::new(Stream::Space(space), payload),
            Key::Spaces(space),
        ))
    })
}

#[test]
fn blobs_go_when_nothing_refers_to_them_and_bodies_when_they_are_old() {
    everywhere(|store| async move {
        let store = &*store;
        let put = async |text: &str| {
            store
                .put_blob(ORG, Bytes::from(text.to_owned()))
                .await
                .unwrap()
        };
        // Blobs are put at the machine's time, so that is the time of everything here.
        let now = SystemClock.now();
        let submit = async |id: &str, rule: Rule| {
            let mut submit = command(id, rule);
            submit.now = now;
            let outcome = store.execute(submit).await;
            assert!(matches!(outcome, Ok(Outcome::Accepted(_))), "{outcome:?}");
        };
        let (old, new, body, nobody) = (
            put("first version").await,
            put("second version").await,
            put("body").await,
            put("nobody's").await,
        );
        submit("s", make_space("docs")).await;
        submit("v1", write(SpaceId(1), &old, 1)).await;
        submit("v2", write(SpaceId(1), &new, 2)).await;
        submit("i", make_integration("one")).await;
        submit("r", receive(IntegrationId(1), Some(&body))).await;
        let there = async || {
            let mut there = Vec::new();
            for blob in [&old, &new, &body, &nobody] {
                there.push(store.blob(ORG, blob).await.unwrap().is_some());
            }
            there
        };
        let policy = Retention::default();
        let soon = store
            .retain(&policy, now.plus_seconds(DAY / 2))
            .await
            .unwrap();
        assert_eq!(soon, Swept::default());
        let next = store
            .retain(&policy, now.plus_seconds(2 * DAY))
            .await
            .unwrap();
        assert_eq!(next.blobs, 1);
        assert_eq!(there().await, [true, true, true, false]);
        // Put again, it is there again.
        assert_eq!(put("nobody's").await, nobody);
        assert_eq!(there().await, [true, true, true, true]);
        // The first version is in no row any more, but the log names it.
        store
            .retain(&policy, now.plus_seconds(91 * DAY))
            .await
            .unwrap();
        assert_eq!(there().await, [true, true, false, false]);
        assert_eq!(store.verify().await.unwrap().differences, [""; 0]);
    });
}
