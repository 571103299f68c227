//! A run whose lease went to somebody else while it was stopped: nothing that it writes afterwards counts, and whoever took
//! over goes on where it stood (reliability.md: no cursor goes back).

use std::path::{Path, PathBuf};
use std::process::Command;

use jolli::api::{
    Claim, Code, Event, Heartbeat, JobId, JobStatus, LeaseEpoch, PushRequest, Space, SpaceStatus,
    StepName, StepReport, StepStatus,
};
use jolli::client::{ClientError, Run};
use jolli::demo::ZEROS;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;

use super::fleet::{ADDS, Fleet, upsert};
use super::hand::{advance, claimed, succeeded, unchanged};
use super::world::spaces;
use crate::support::DEADLINE;

/// A pipe that has a name.
pub fn fifo(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

/// The events of a job.
fn of(job: JobId, events: &[Event]) -> Vec<&Event> {
    let own = |event: &&Event| event.aggregate_kind == "job" && event.stream_id == job.to_string();
    events.iter().filter(own).collect()
}

/// The spaces that a job was done with, in the order of the log.
fn finished(job: JobId, events: &[Event]) -> Vec<Option<i64>> {
    of(job, events)
        .into_iter()
        .filter(|event| event.event_type == "job.space-finished")
        .map(|event| event.payload["spaceId"].as_i64())
        .collect()
}

/// Where the cursor was moved to, in order.
fn moves(events: &[Event]) -> Vec<Option<&str>> {
    events
        .iter()
        .filter(|event| event.event_type == "source.cursor-advanced")
        .map(|event| event.payload["to"].as_str())
        .collect()
}

/// The process is stopped while its agent has the document of the second space; the first space is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_stopped_beyond_its_lease_leaves_everything_as_the_next_one_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let (begun, go) = (fifo(dir.path(), "begun"), fifo(dir.path(), "go"));
    let mut begins = pipe::OpenOptions::new()
        .read_write(true)
        .open_receiver(&begun)
        .unwrap();
    let mut goes_on = pipe::OpenOptions::new()
        .read_write(true)
        .open_sender(&go)
        .unwrap();
    // At its first turn at the second document it says that it has begun, and waits.
    let waits = format!(
        "f() {{ if [ -e open.md ] && mkdir {} 2>/dev/null; then echo > {}; read _ < {}; fi; {ADDS}; }}; f",
        dir.path().join("once").display(),
        begun.display(),
        go.display()
    );
    let fleet = Fleet::new().await;
    let done = fleet.space("done", "done.md").await;
    let open = fleet.space("open", "open.md").await;
    let first = fleet.commit("src/a.rs").await;
    let old = fleet.worker("old", &waits).await;
    let id = fleet.push("gh-1", ZEROS, &first).await;
    tokio::time::timeout(DEADLINE, begins.read_u8())
        .await
        .expect("the agent begins")
        .unwrap();
    old.signal(Signal::STOP);

    // Another one takes over when the lease is over, at the space that is not done.
    let new = fleet.worker("new", ADDS).await;
    let job = fleet.ended(id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(
        (job.runner.as_deref(), job.attempt, job.epoch),
        (Some("new"), 2, Some(LeaseEpoch(2)))
    );
    assert_eq!(
        spaces(&job),
        [(SpaceStatus::Updated, 1), (SpaceStatus::Updated, 1)]
    );
    assert_eq!((job.spaces[0].attempt, job.spaces[1].attempt), (1, 2));
    let before = fleet.client.source(fleet.source).await.unwrap().source;
    assert_eq!(before.cursor.as_ref().unwrap().value, first);
    let left = [
        fleet.text(&done, "done.md").await,
        fleet.text(&open, "open.md").await,
    ];
    assert_eq!((left[0].1, left[1].1), (2, 2), "each was edited once");
    let log = fleet.events().await;
    new.end().await;

    // The old one finds its document edited, and may not say so. It is a worker like any other after that: what comes
    // next is done by nobody else.
    old.signal(Signal::CONT);
    goes_on.write_all(b"go\n").await.unwrap();
    let second = fleet.commit("src/b.rs").await;
    let next = fleet.push("gh-2", &first, &second).await;
    let job = fleet.ended(next).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(job.runner.as_deref(), Some("old"));

    let all = fleet.events().await;
    assert_eq!(of(id, &all), of(id, &log), "nothing more of the first run");
    assert_eq!(finished(id, &all), [Some(done.id.0), Some(open.id.0)]);
    assert_eq!(finished(next, &all), [Some(done.id.0), Some(open.id.0)]);
    assert_eq!(moves(&all), [Some(first.as_str()), Some(second.as_str())]);
    let after = fleet.client.source(fleet.source).await.unwrap().source;
    assert_eq!(after.cursor.unwrap().value, second);
    assert_eq!(after.cursor_version, before.cursor_version + 1);
    for ((space, path), (text, version)) in [(&done, "done.md"), (&open, "open.md")]
        .into_iter()
        .zip(left)
    {
        // One more line, for the second push.
        let wanted = (format!("{text}edited\n"), version + 1);
        assert_eq!(fleet.text(space, path).await, wanted, "{path}");
    }
    old.end().await;
}

/// Sends every kind of write that a run may send; all must be refused.
async fn refused(fleet: &Fleet, run: &Run, claim: &Claim, space: &Space, when: &str) {
    let step = StepReport {
        name: StepName::Checkout,
        status: StepStatus::Running,
        detail: None,
        base_sha: None,
        base_reason: None,
        commits_behind: None,
        head_sha: None,
    };
    let push = PushRequest {
        client_changeset_id: format!("late, {when}"),
        target_branch: "main".to_owned(),
        message: None,
        merge_prompt: None,
        ops: vec![upsert("a.md", 1, "late")],
    };
    let mut expecting = advance(claim, &"cd".repeat(20));
    let source = fleet.client.source(fleet.source).await.unwrap().source;
    // Even with the version that the cursor has now.
    expecting.expected_version = source.cursor_version;
    let answers: [(&str, Option<ClientError>); 6] = [
        (
            "heartbeat",
            run.heartbeat(&Heartbeat::default()).await.err(),
        ),
        ("step", run.step(&step).await.err()),
        ("space", run.space(space.id, &unchanged()).await.err()),
        ("push", run.push(&space.slug, &push).await.err()),
        (
            "cursor",
            run.advance_cursor(fleet.source, &expecting).await.err(),
        ),
        ("finish", run.finish(&succeeded()).await.err()),
    ];
    for (what, answer) in answers {
        let answer = answer.unwrap_or_else(|| panic!("{what} was let through {when}"));
        assert_eq!(
            answer.code(),
            Some(Code::StaleWriter),
            "{what} {when}: {answer}"
        );
    }
}

/// The worker would stop at the first refusal; here it does not, and knows the version that the cursor has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_taken_over_is_refused_every_write_then_and_for_good() {
    let fleet = Fleet::new().await;
    let space = fleet.space("docs", "a.md").await;
    let runner = fleet.connect(&fleet.token("w-1").await);
    let head = "ab".repeat(20);
    let id = fleet.push("gh-1", ZEROS, &head).await;
    let old = claimed(&runner).await;
    let stopped = runner.run(id, &old.run_token);

    // Nobody renews the lease.
    let new = claimed(&runner).await;
    assert_eq!((new.job.id, new.job.attempt), (id, 2));
    assert_eq!(new.epoch, LeaseEpoch(old.epoch.0 + 1));
    assert_ne!(new.run_token, old.run_token);
    refused(&fleet, &stopped, &old, &space, "while another one runs").await;
    let diagnosis = fleet.client.diagnosis(fleet.source).await.unwrap();
    let fenced = diagnosis.findings.iter().find(|it| it.code == "D-19");
    let evidence = &fenced.expect("who was refused is told").evidence[0].text;
    assert!(evidence.contains(&format!("run #{id}")), "{evidence}");

    let run = runner.run(id, &new.run_token);
    run.space(space.id, &unchanged()).await.unwrap();
    let moved = run
        .advance_cursor(fleet.source, &advance(&new, &head))
        .await
        .unwrap();
    run.finish(&succeeded()).await.unwrap();
    refused(&fleet, &stopped, &old, &space, "when another one is done").await;

    let page = fleet.client.source(fleet.source).await.unwrap().source;
    assert_eq!(page.cursor.unwrap().value, head);
    assert_eq!(page.cursor_version, moved.cursor_version);
    assert_eq!(fleet.text(&space, "a.md").await.1, 1);
    let events = fleet.events().await;
    assert_eq!(finished(id, &events), [Some(space.id.0)]);
    assert_eq!(moves(&events), [Some(head.as_str())]);
    let lost = of(id, &events)
        .into_iter()
        .find(|event| event.event_type == "job.retry-scheduled");
    assert_eq!(lost.unwrap().payload["error"]["code"], "lease-lost");
    let starts: Vec<i64> = of(id, &events)
        .into_iter()
        .filter(|event| event.event_type == "job.started")
        .map(|event| event.recorded_at.as_millis())
        .collect();
    // A lease of 15 s, and a second for everything else.
    let between = starts[1] - starts[0];
    assert!((15_000..=16_000).contains(&between), "{between} ms");
    assert!(fleet.client.job(id).await.unwrap().error.is_none());
}
