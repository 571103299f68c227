//! State that is not events: leases, log lines, blobs, uses of tokens.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;

use super::commands::ALL;
use super::everywhere;
use super::rules::*;
use crate::domain::id::{JobId, LeaseEpoch, OrgId, SourceId, SpaceId, TokenId};
use crate::domain::kind::{LogLevel, StepName};
use crate::domain::row::{Key, LeaseRow};
use crate::domain::view::Need;
use crate::store::{Beat, NewBlob, NewLine, Outcome, Scope, Store, Submit};

fn beat(epoch: i64, token: &str, until: i64) -> Beat {
    Beat {
        org: ORG,
        source: SourceId(1),
        branch: "main".into(),
        job: JobId(1),
        epoch: LeaseEpoch(epoch),
        run_token_hash: token.into(),
        now: at(0),
        expires_at: at(until),
    }
}

async fn lease(store: &dyn Store) -> LeaseRow {
    let key = Key::Leases(SourceId(1), "main".into());
    let (view, _) = store
        .read(Scope::Org(ORG), vec![Need::Row(key.clone())])
        .await
        .unwrap();
    view.row::<LeaseRow>(key).unwrap().cloned().unwrap()
}

#[test]
fn a_lease_is_renewed_by_the_run_that_holds_it_and_by_nobody_else() {
    everywhere(|store| async move {
        let store = &*store;
        accepted(store, "s", make_source("a")).await;
        accepted(store, "q", queue(SourceId(1), "h", &[])).await;
        let claimed = accepted(store, "c", claim(JobId(1), SourceId(1), at(60))).await;
        assert_eq!(claimed.reply["epoch"], 1);
        let mut other_job = beat(1, "token 1", 99);
        other_job.job = JobId(2);
        let mut other_org = beat(1, "token 1", 99);
        other_org.org = OrgId(2);
        let held = store
            .renew(vec![
                beat(2, "token 1", 99),
                beat(1, "token 2", 99),
                other_job,
                other_org,
                beat(1, "token 1", 120),
            ])
            .await
            .unwrap();
        assert_eq!(held, [false, false, false, false, true]);
        assert_eq!(lease(store).await.expires_at, Some(at(120)));
        // Late, but nobody took it meanwhile.
        let mut late = beat(1, "token 1", 300);
        late.now = at(200);
        assert_eq!(store.renew(vec![late]).await.unwrap(), [true]);
        // Taken over: the old run is out.
        accepted(store, "c2", claim(JobId(1), SourceId(1), at(400))).await;
        assert_eq!(
            store.renew(vec![beat(1, "token 1", 500)]).await.unwrap(),
            [false]
        );
        assert_eq!(lease(store).await.epoch, LeaseEpoch(2));
    });
}

#[test]
fn expired_leases_are_due_and_the_next_moment_is_known() {
    everywhere(|store| async move {
        let store = &*store;
        let due = store.due(at(0)).await.unwrap();
        assert!(due.expired_leases.is_empty() && due.next_at.is_none());
        accepted(store, "s", make_source("a")).await;
        accepted(store, "q", queue(SourceId(1), "h", &[])).await;
        accepted(store, "c", claim(JobId(1), SourceId(1), at(60))).await;
        let due = store.due(at(59)).await.unwrap();
        assert_eq!(due.expired_leases, []);
        assert_eq!(due.next_at, Some(at(60)));
        let due = store.due(at(60)).await.unwrap();
        assert_eq!(
            due.expired_leases,
            [(ORG, SourceId(1), "main".to_owned(), JobId(1))]
        );
        assert_eq!(due.next_at, None);
        // A job that waits for its time is known too.
        let mut later = command("q2", queue(SourceId(1), "h2", &[]));
        later.now = at(90);
        store.execute(later).await.unwrap();
        assert_eq!(store.due(at(60)).await.unwrap().next_at, Some(at(90)));
    });
}

#[test]
fn log_lines_are_numbered_per_job_and_read_in_pages() {
    everywhere(|store| async move {
        let line = |message: &str| NewLine {
            at: at(1),
            level: LogLevel::Warn,
            step: Some(StepName::Checkout),
            space_id: Some(SpaceId(3)),
            message: message.to_owned(),
        };
        let plain = NewLine {
            step: None,
            space_id: None,
            ..line("plain")
        };
        let append = async |job, lines| store.append_log(ORG, JobId(job), lines).await.unwrap();
        assert_eq!(append(1, vec![]).await, 0);
        assert_eq!(append(1, vec![line("a"), plain.clone()]).await, 2);
        assert_eq!(append(2, vec![line("x")]).await, 1);
        assert_eq!(append(1, vec![line("c")]).await, 3);
        let all = store.log(ORG, JobId(1), 0, ALL).await.unwrap();
        assert_eq!(all.iter().map(|l| l.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(all[0].line, line("a"));
        assert_eq!(all[1].line, plain);
        let one = NonZeroU32::MIN;
        let page = store.log(ORG, JobId(1), 1, one).await.unwrap();
        assert_eq!(page, all[1..2]);
        assert_eq!(store.log(OrgId(2), JobId(1), 0, ALL).await.unwrap(), []);
    });
}

#[test]
fn blobs_are_known_by_their_hash_within_their_org() {
    everywhere(|store| async move {
        let text = Bytes::from("tell me twice ".repeat(10_000));
        let name = store.put_blob(ORG, text.clone()).await.unwrap();
        assert_eq!(store.put_blob(ORG, text.clone()).await.unwrap(), name);
        assert_eq!(name.len(), 64);
        assert_eq!(store.blob(ORG, &name).await.unwrap(), Some(text));
        assert_eq!(store.blob(OrgId(2), &name).await.unwrap(), None);
        let empty = store.put_blob(ORG, Bytes::new()).await.unwrap();
        assert_eq!(store.blob(ORG, &empty).await.unwrap(), Some(Bytes::new()));
    });
}

#[test]
fn what_a_command_brings_is_kept_with_its_events_and_not_without() {
    everywhere(|store| async move {
        let bring = |id: &str, rule: Rule, text: &'static str| {
            let id = id.to_owned();
            async move {
                let blob = NewBlob::of(Bytes::from(text)).await.unwrap();
                let name = blob.sha256.clone();
                let blobs = vec![blob];
                (
                    Submit {
                        blobs,
                        ..command(&id, rule)
                    },
                    name,
                )
            }
        };
        let (mut tried, name) = bring("a", make_source("api"), "tried").await;
        (tried.dry_run, tried.keep_receipt) = (true, false);
        store.execute(tried).await.unwrap();
        assert_eq!(store.blob(ORG, &name).await.unwrap(), None);

        let (first, name) = bring("a", make_source("api"), "brought").await;
        let (again, other) = bring("a", make_source("api"), "of a retry").await;
        let outcome = store.execute(first).await.unwrap();
        assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
        let outcome = store.execute(again).await.unwrap();
        assert!(matches!(outcome, Outcome::Replayed { .. }), "{outcome:?}");
        assert_eq!(
            store.blob(ORG, &name).await.unwrap(),
            Some("brought".into())
        );
        assert_eq!(store.blob(ORG, &other).await.unwrap(), None);

        let (refused, name) = bring("b", make_source("api"), "refused").await;
        let outcome = store.execute(refused).await.unwrap();
        assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
        assert_eq!(store.blob(ORG, &name).await.unwrap(), None);
        // Two at once that bring the same.
        let (one, name) = bring("c", make_source("web"), "twice").await;
        let (two, _) = bring("d", make_source("app"), "twice").await;
        let (one, two) = tokio::join!(store.execute(one), store.execute(two));
        assert!(matches!(one, Ok(Outcome::Accepted(_))), "{one:?}");
        assert!(matches!(two, Ok(Outcome::Accepted(_))), "{two:?}");
        assert_eq!(store.blob(ORG, &name).await.unwrap(), Some("twice".into()));
    });
}

#[test]
fn the_use_of_a_token_is_written_at_most_once_a_minute() {
    everywhere(|store| async move {
        for seconds in [0, 30, 59, 60, 90] {
            store
                .token_used(ORG, TokenId(1), at(seconds))
                .await
                .unwrap();
        }
        store.token_used(OrgId(2), TokenId(2), at(5)).await.unwrap();
        let uses = store.tokens_used(ORG).await.unwrap();
        assert_eq!(uses, [(TokenId(1), at(60))]);
        store.health(Duration::from_secs(5)).await.unwrap();
    });
}
