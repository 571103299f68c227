//! What came and what ran in a window is counted as the rows have it.

use super::everywhere;
use super::projections::{make_integration, receive};
use super::rules::*;
use crate::domain::event::{NewEvent, Payload, Stream};
use crate::domain::id::{IntegrationId, JobId, OrgId, SourceId, SpaceId};
use crate::domain::kind::{DeliveryStatus, JobStatus, SpaceStatus};
use crate::domain::row::Key;
use crate::domain::view::Decision;
use crate::store::{Outcome, Pulse, Store, Window};

fn end(job: i64, payload: Payload) -> Rule {
    rule("end", move |_| {
        let id = JobId(job);
        let event = NewEvent::new(Stream::Job(id), payload.clone());
        Ok(Decision::of(event, Key::Jobs(id)))
    })
}

/// A command so many seconds after the first moment.
async fn then(store: &dyn Store, seconds: i64, id: &str, rule: Rule) {
    let mut submit = command(id, rule);
    submit.now = at(seconds);
    let outcome = store.execute(submit).await.unwrap();
    assert!(matches!(outcome, Outcome::Accepted(_)), "{id}: {outcome:?}");
}

#[test]
fn what_falls_in_a_window_is_counted_by_its_slice() {
    everywhere(|store| async move {
        let store = &*store;
        then(store, 0, "i", make_integration("one")).await;
        then(store, 0, "s", make_source("a")).await;
        then(store, 0, "s2", make_source("b")).await;
        let integration = IntegrationId(1);
        // The window is from second 10 to second 40, in slices of ten.
        for (n, second) in [9, 10, 19, 20, 39, 40].into_iter().enumerate() {
            then(store, second, &format!("d{n}"), receive(integration, None)).await;
        }
        let (a, b, x, y) = (SourceId(1), SourceId(2), SpaceId(1), SpaceId(2));
        for (n, (source, spaces)) in [(a, vec![x, y]), (a, vec![x]), (b, vec![y]), (b, vec![y])]
            .into_iter()
            .enumerate()
        {
            then(
                store,
                5,
                &format!("q{n}"),
                queue(source, &format!("h{n}"), &spaces),
            )
            .await;
        }
        let failed = || Payload::JobFailed {
            error: serde_json::from_value(serde_json::json!({ "code": "c", "message": "m" }))
                .unwrap(),
        };
        then(
            store,
            11,
            "f1",
            finish_space(JobId(1), x, SpaceStatus::Failed),
        )
        .await;
        then(
            store,
            12,
            "f2",
            finish_space(JobId(1), y, SpaceStatus::Updated),
        )
        .await;
        then(store, 13, "e1", end(1, failed())).await;
        then(
            store,
            25,
            "f3",
            finish_space(JobId(2), x, SpaceStatus::Failed),
        )
        .await;
        then(store, 26, "e2", end(2, failed())).await;
        then(store, 27, "e3", end(3, Payload::JobSucceeded {})).await;
        // This one ends behind the window.
        then(
            store,
            41,
            "f4",
            finish_space(JobId(4), y, SpaceStatus::Failed),
        )
        .await;
        then(store, 42, "e4", end(4, failed())).await;

        let window = Window {
            since: at(10),
            slice: 10,
            slices: 3,
        };
        let pulse = store.pulse(ORG, window).await.unwrap();
        let ignored = DeliveryStatus::Ignored;
        assert_eq!(
            pulse,
            Pulse {
                deliveries: vec![(0, ignored, 2), (1, ignored, 1), (2, ignored, 1)],
                runs: vec![
                    (0, JobStatus::Failed, 1),
                    (1, JobStatus::Failed, 1),
                    (1, JobStatus::Succeeded, 1),
                ],
                failed_runs: vec![(a, 2)],
                failed_spaces: vec![(a, x, 2)],
                approvals: 0,
                oldest_approval: None,
            }
        );
        let empty = store.pulse(OrgId(2), window).await.unwrap();
        assert_eq!(empty, Pulse::default());
    });
}
