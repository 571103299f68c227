//! The pulse counts what the rows have: every number is compared with the list behind it.

use std::collections::BTreeMap;

use jolli::api::{CatchUp, Code, DeliveryStatus, JobStatus, Role};
use jolli::client::Query;
use serde_json::Value;

use super::webhooks::{A, B, push, send};
use super::{World, code};

#[tokio::test]
async fn every_number_is_that_of_the_rows_behind_it() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    for (n, branch) in ["refs/heads/main", "refs/heads/other", "refs/heads/other"]
        .into_iter()
        .enumerate()
    {
        let body = push("acme/backend", branch, A, B);
        send(&world, &format!("delivery-{n}"), &body).await.unwrap();
    }
    let queued = world
        .admin
        .catch_up(source.id, &CatchUp::default())
        .await
        .unwrap();
    world.admin.cancel_job(queued.id).await.unwrap();

    let viewer = world.client(Role::Viewer).await;
    let pulse = viewer.pulse("1h", 12).await.unwrap();
    assert_eq!(pulse.slice_seconds, 300);
    assert_eq!(pulse.until, pulse.since.plus_seconds(3_600));

    let mut deliveries: BTreeMap<&str, u64> = DeliveryStatus::ALL
        .iter()
        .map(|it| (it.as_str(), 0))
        .collect();
    for row in world.admin.deliveries(&Query::new()).await.unwrap().items {
        *deliveries.get_mut(row.status.as_str()).unwrap() += 1;
    }
    assert!(
        deliveries["ignored"] >= 2 && deliveries["queued"] >= 1,
        "{deliveries:?}"
    );
    let counted: BTreeMap<&str, u64> = pulse
        .deliveries
        .iter()
        .map(|it| (it.status.as_str(), it.total()))
        .collect();
    assert_eq!(counted, deliveries);

    let ended = JobStatus::ALL.iter().filter(|it| it.is_terminal());
    let mut runs: BTreeMap<&str, u64> = ended.map(|it| (it.as_str(), 0)).collect();
    for row in world.admin.jobs(&Query::new()).await.unwrap().items {
        if let Some(count) = runs.get_mut(row.status.as_str()) {
            *count += 1;
        }
    }
    assert_eq!(runs["cancelled"], 1, "{runs:?}");
    let counted: BTreeMap<&str, u64> = pulse
        .runs
        .iter()
        .map(|it| (it.status.as_str(), it.total()))
        .collect();
    assert_eq!(counted, runs);
    // All of it happened just now: in the last slices, unless a slice ended meanwhile.
    let early: u64 = pulse
        .deliveries
        .iter()
        .flat_map(|it| &it.counts[..10])
        .sum();
    assert_eq!(early, 0);
    assert_eq!(pulse.failures, []);
    assert_eq!((pulse.approvals.count, pulse.approvals.oldest), (0, None));
}

#[tokio::test]
async fn a_window_is_whole_and_its_slices_are_whole_seconds() {
    let world = World::new().await;
    for bad in [
        "window=1w",
        "window=0h",
        "window=",
        "buckets=0",
        "buckets=501",
        "window=1h&buckets=7",
        "since=now",
    ] {
        let asked = world
            .call("GET", &format!("/pulse?{bad}"), Value::Null)
            .await;
        assert_eq!(code(asked), Code::Invalid, "{bad}");
    }
    let usual = world.call("GET", "/pulse", Value::Null).await.unwrap();
    assert_eq!(usual.body["sliceSeconds"], 1_800);
    assert_eq!(
        usual.body["runs"][0]["counts"].as_array().unwrap().len(),
        48
    );
}
