//! Reading the log: from a server, and from the database that it is using.

use serde_json::Value;

use super::{Log, done, jolli, project};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_every_event_whole_wherever_it_is_read_from() {
    let log = Log::new();
    for n in 0..5 {
        log.source(&format!("s{n}")).await;
    }
    let told = done(&log.asks(&["events", "export"]));
    let looked = done(&jolli(&log.home, &["events", "export"]));
    // The database itself has the hashes of tokens; nobody is told of them over the API.
    let mut whole = lines(&looked);
    let hashes = whole
        .iter_mut()
        .filter(|event| event["type"] == "org.token-created")
        .filter_map(|event| event["payload"].as_object_mut()?.remove("hash"));
    assert!(hashes.count() > 0);
    let events = lines(&told);
    assert_eq!(events, whole);
    let sequences: Vec<i64> = events
        .iter()
        .map(|event| event["sequence"].as_i64().unwrap())
        .collect();
    assert_eq!(
        sequences,
        (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>()
    );
    let last = events.last().unwrap();
    for field in [
        "orgId",
        "eventId",
        "aggregateKind",
        "streamId",
        "streamVersion",
        "type",
        "occurredAt",
        "recordedAt",
        "commandId",
        "correlationId",
        "actor",
        "payload",
        "metadata",
    ] {
        assert!(!last[field].is_null(), "{field}: {last}");
    }
    let file = log.home.path().join("log.ndjson");
    let path = file.to_str().unwrap();
    done(&jolli(
        &log.home,
        &[
            "events", "export", "--from", "2", "--to", "4", "--output", path,
        ],
    ));
    let part = lines(&std::fs::read_to_string(&file).unwrap());
    assert_eq!(part.len(), 3);
    assert_eq!(part[0], lines(&looked)[1]);
    assert!(!log.home.path().join("log.ndjson.part").exists());
    let nowhere = jolli(
        &log.home,
        &["events", "export", "--output", "none/log.ndjson"],
    );
    assert_eq!(nowhere.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_log_is_printed_by_position_and_by_stream() {
    let log = Log::new();
    log.client.dispatch("c1", &project("p1")).await.unwrap();
    log.source("backend").await;
    for shown in [
        log.asks(&["events", "replay", "--stream", "project/p1"]),
        jolli(&log.home, &["events", "replay", "--stream", "project/p1"]),
    ] {
        let text = done(&shown);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains("project.created") && text.contains("project p1"),
            "{text}"
        );
    }
    let all = done(&jolli(&log.home, &["events", "replay"]));
    let from_second = done(&jolli(&log.home, &["events", "replay", "--from", "2"]));
    assert_eq!(all.lines().count(), from_second.lines().count() + 1);
    let json = done(&log.asks(&["events", "replay", "--from", "3", "--to", "3", "--json"]));
    assert_eq!(lines(&json)[0]["sequence"], 3);
    let shown: Value = serde_json::from_str(&done(&log.asks(&["events", "show", "3"]))).unwrap();
    assert_eq!(shown["sequence"], 3);
    assert_eq!(log.asks(&["events", "show", "999"]).status.code(), Some(1));
    let wrong = jolli(&log.home, &["events", "replay", "--stream", "planet/7"]);
    assert_eq!(wrong.status.code(), Some(2));
    let tail = done(&log.asks(&["events", "tail", "--no-follow", "--after", "2"]));
    assert_eq!(tail.lines().count() + 2, all.lines().count());
}
