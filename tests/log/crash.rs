//! A server that ends as by a power cut: what it acknowledged stands, and a command given again has one outcome.

use jolli::api::{Command, Sequence, SnapshotRequest};

use super::{Log, project};

/// Scenario 35. Scenario 56: after the commit, before or after the answer, the same id gets the same position.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_stands_and_a_retry_gets_the_same_answer() {
    let mut log = Log::new();
    let first = log.client.dispatch("c1", &project("p1")).await.unwrap();
    log.restart();
    let again = log.client.dispatch("c1", &project("p1")).await.unwrap();
    assert_eq!(again, first);
    let rename = Command::ProjectMetaUpdate {
        project_id: "p1".parse().unwrap(),
        title: Some("Renamed".into()),
        workspace_root: None,
        default_model: None,
        scripts: None,
    };
    let next = log.client.dispatch("c2", &rename).await.unwrap();
    assert_eq!(next.sequence, Sequence(first.sequence.0 + 1));
    log.restart();
    let model = log
        .client
        .read_model(&SnapshotRequest::default())
        .await
        .unwrap();
    assert_eq!(model.snapshot_sequence, next.sequence);
    assert_eq!(model.projects[0].title, "Renamed");
    let page = log
        .client
        .replay_events(first.sequence, None)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 1, "an event once, whoever reads it when");
}
