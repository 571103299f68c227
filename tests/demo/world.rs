//! What is in the world, that it is the same every time, and that each fault ends by the action that is offered for it.

use std::sync::Arc;

use jolli::api::{
    FullThreadDiffRequest, Job, JobId, JobStatus, Severity, Snapshot, SnapshotRequest, Source,
    SpaceStatus,
};
use jolli::base::{Clock as _, Random};
use jolli::client::{CallOptions, Client, Query};
use jolli::demo::{Config, DemoError, Person, World, build, open, push};

/// Bytes that are the same in every build, so that nothing differs but what should not.
struct Fixed;

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        // Never repeats within a build would be better; the store only needs its secrets to be distinct by name.
        for (n, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(n % 199).unwrap();
        }
    }
}

async fn still(dir: &std::path::Path) -> World {
    let config = Config::still(dir.join("demo"));
    build(config)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

fn source<'s>(snapshot: &'s Snapshot, name: &str) -> &'s Source {
    let found = snapshot.sources.iter().find(|s| s.name == name);
    found.unwrap_or_else(|| panic!("no source {name}"))
}

fn job(snapshot: &Snapshot, id: i64) -> &Job {
    let found = snapshot.jobs.iter().find(|job| job.id == JobId(id));
    found.unwrap_or_else(|| panic!("no run #{id}"))
}

/// The newest runs as the fourth pane shows them: number, source, status, spaces done, how long they took, how
/// long ago they changed.
fn runs(snapshot: &Snapshot, now: jolli::base::Timestamp) -> Vec<String> {
    let done = |job: &Job| {
        let done = job
            .spaces
            .iter()
            .filter(|space| matches!(space.status, SpaceStatus::Updated | SpaceStatus::Unchanged));
        format!("{}/{}", done.count(), job.spaces.len())
    };
    let took = |job: &Job| match (job.started_at, job.finished_at) {
        (Some(start), Some(end)) => format!("{}s", end.since(start).as_secs()),
        _ => "–".to_owned(),
    };
    let lines = snapshot.jobs.iter().take(9).map(|job| {
        let source = snapshot.sources.iter().find(|s| s.id == job.source_id);
        format!(
            "#{} {} {} {} {} {}m",
            job.id,
            source.map_or("?", |s| s.name.as_str()),
            job.status,
            done(job),
            took(job),
            now.since(job.updated_at).as_secs() / 60
        )
    });
    lines.collect()
}

/// Does what the diagnosis of a source offers first, as the console does: by the call that comes with it.
async fn offered(world: &World, person: Person, name: &str) {
    let client = world.client(person);
    let page = client
        .sources(&Query::new().filter("name", name))
        .await
        .unwrap();
    let diagnosis = client.diagnosis(page.items[0].id).await.unwrap();
    let primary = &diagnosis.findings[0];
    let action = primary
        .next_action
        .as_ref()
        .unwrap_or_else(|| panic!("{} of {name} offers nothing", primary.code));
    let call = action
        .call
        .as_ref()
        .unwrap_or_else(|| panic!("{} of {name} is no call", action.label));
    client
        .call(call, &CallOptions::once())
        .await
        .unwrap_or_else(|error| panic!("{} of {name}: {error}", action.label));
}

async fn work(world: &World) {
    while world.run_once().await.unwrap() {}
}

async fn now(client: &Client) -> Snapshot {
    client.snapshot(None).await.unwrap()
}

fn cursor(snapshot: &Snapshot, name: &str) -> Option<String> {
    source(snapshot, name)
        .cursor
        .as_ref()
        .map(|c| c.value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_holds_what_the_screens_show_and_every_fault_ends_by_what_is_offered() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = still(dir.path()).await;
    let bo = world.client(Person::Bo);
    let before = now(&bo).await;

    // Given: the screens' numbers.
    assert_eq!(before.snapshot_sequence.0, 1842);
    assert_eq!(before.org.slug, "acme");
    assert_eq!(before.sources.len(), 48);
    let states: Vec<(&str, &str)> = before
        .sources
        .iter()
        .take(13)
        .map(|s| (s.name.as_str(), s.state.as_str()))
        .collect();
    assert_eq!(
        states,
        [
            ("backend", "lagging"),
            ("frontend", "stalled"),
            ("payments", "ok"),
            ("search", "stopped"),
            ("billing", "lagging"),
            ("scratch", "not-tracked"),
            ("proto", "not-tracked"),
            ("sdk-go", "not-tracked"),
            ("gateway", "ok"),
            ("legacy", "disabled"),
            ("infra", "rewind"),
            ("mobile", "unknown"),
            ("auth", "ok"),
        ]
    );
    assert!(
        before.sources[13..]
            .iter()
            .all(|s| s.state.as_str() == "ok")
    );
    assert_eq!(
        runs(&before, world.clock().now()),
        [
            "#91 frontend failed 2/3 41s 3m",
            "#90 backend running 1/3 – 0m",
            "#89 payments succeeded 4/4 62s 12m",
            "#88 billing retrying 0/2 – 0m",
            "#87 search queued 0/2 – 44m",
            "#86 backend skipped 0/3 0s 5m",
            "#85 gateway succeeded 1/1 18s 120m",
            "#84 frontend succeeded 3/3 39s 304m",
            "#83 frontend skipped 0/3 1s 305m",
        ]
    );
    assert_eq!(job(&before, 86).superseded_by, Some(JobId(90)));
    let conflicts: Vec<(Severity, &str)> = before
        .conflicts
        .iter()
        .map(|c| (c.severity, c.source_name.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(
        conflicts,
        [(Severity::Error, "bakend"), (Severity::Warning, "frontend")]
    );

    // And what agents do in the run that is under way: one is done, the other waits for a person.
    let shell = SnapshotRequest {
        shell: true,
        ..SnapshotRequest::default()
    };
    let threads = bo.read_model(&shell).await.unwrap().threads;
    let told: Vec<(i64, i64, bool)> = threads
        .iter()
        .map(|it| {
            (
                it.turn_count,
                it.checkpoint_turn_count,
                it.has_pending_approvals,
            )
        })
        .collect();
    assert_eq!(told, [(2, 2, false), (2, 1, true)]);
    let whole = FullThreadDiffRequest {
        thread_id: threads[0].id.clone(),
        to_turn_count: 2,
    };
    let diff = bo.full_thread_diff(&whole).await.unwrap().diff;
    assert!(diff.contains("+# Problems"), "{diff}");

    // When the failed space of frontend is tried again: design can be cloned by now.
    assert_eq!(
        source(&before, "frontend").primary.as_ref().unwrap().code,
        "D-17"
    );
    offered(&world, Person::Bo, "frontend").await;
    work(&world).await;
    let after = now(&bo).await;
    assert_eq!(job(&after, 91).status, JobStatus::Succeeded);
    assert_eq!(cursor(&after, "frontend"), job(&before, 91).head_sha);
    assert_eq!(source(&after, "frontend").state.as_str(), "ok");

    // When the access of search is checked again.
    assert_eq!(
        source(&after, "search").primary.as_ref().unwrap().code,
        "D-03"
    );
    offered(&world, Person::Ana, "search").await;
    work(&world).await;
    let after = now(&bo).await;
    assert_eq!(job(&after, 87).status, JobStatus::Succeeded);
    assert_eq!(cursor(&after, "search"), job(&before, 87).head_sha);

    // When infra starts again where the histories part.
    assert_eq!(
        source(&after, "infra").primary.as_ref().unwrap().code,
        "D-20"
    );
    offered(&world, Person::Bo, "infra").await;
    work(&world).await;
    let after = now(&bo).await;
    assert_eq!(cursor(&after, "infra"), job(&before, 82).head_sha);
    assert_eq!(source(&after, "infra").state.as_str(), "ok");

    // When billing's next attempt comes due: its host answers again.
    let due = job(&after, 88).next_attempt_at.unwrap();
    world.let_go().await.unwrap();
    world.clock().freeze(due);
    work(&world).await;
    let after = now(&bo).await;
    assert_eq!(cursor(&after, "billing"), job(&before, 88).head_sha);
    // And the run that was under way came to its end.
    assert_eq!(cursor(&after, "backend"), job(&before, 90).head_sha);
    assert!(after.sources.iter().all(|s| !s.state.is_stuck()));

    // The three virtual sources: two can be linked, one is refused because another has its repository and branch.
    let proto = source(&after, "proto").id;
    let refused = bo.link_source(proto, jolli::api::IntegrationId(12)).await;
    assert!(refused.unwrap_err().to_string().contains("proto-api"));
    for (name, integration) in [("scratch", 14), ("sdk-go", 12)] {
        let id = source(&after, name).id;
        bo.link_source(id, jolli::api::IntegrationId(integration))
            .await
            .unwrap();
    }
    world.stop().await.unwrap();
}

/// Two builds at one moment: the same rows, the same commits.
#[tokio::test(flavor = "multi_thread")]
async fn two_builds_are_alike_and_a_built_world_can_be_opened_and_pushed_to() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = |dir: &tempfile::TempDir| Config {
        random: Arc::new(Fixed),
        ..Config::still(dir.path().join("demo"))
    };
    let (first, second) = tokio::join!(build(config(&one)), build(config(&two)));
    let (first, second) = (first.unwrap(), second.unwrap());
    let (a, b) = (
        now(&first.client(Person::Bo)).await,
        now(&second.client(Person::Bo)).await,
    );
    for (a, b) in a.sources.iter().zip(&b.sources) {
        assert_eq!(a, b);
    }
    for (a, b) in a.jobs.iter().zip(&b.jobs) {
        assert_eq!(a, b);
    }
    assert_eq!(a, b);
    first.stop().await.unwrap();
    second.stop().await.unwrap();

    // Opened again, with a server that others can reach.
    let again = open(Config {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        ..config(&one)
    })
    .await
    .unwrap();
    let ana = again.client(Person::Ana);
    assert_eq!(now(&ana).await.sources.len(), 48);
    let dir = one.path().join("demo");
    let Err(refused) = open(config(&one)).await else {
        panic!("two servers on one world");
    };
    assert!(refused.to_string().contains("already"), "{refused}");
    let Err(refused) = build(config(&one)).await else {
        panic!("rebuilt under a server");
    };
    assert!(refused.to_string().contains("already"), "{refused}");

    // A push of one's own: a real commit, a signed webhook, a run, a cursor that moves.
    for n in 1..=2 {
        let pushed = push(&dir, Some("gateway")).await.unwrap();
        assert_eq!(pushed.answer["received"], true, "{:?}", pushed.answer);
        let run = JobId(pushed.answer["jobs"][0].as_i64().unwrap());
        assert_eq!(run, JobId(91 + n));
        work(&again).await;
        let after = now(&ana).await;
        let ran = job(&after, run.0);
        assert_eq!(ran.status, JobStatus::Succeeded, "{:?}", ran.error);
        assert_eq!(cursor(&after, "gateway"), Some(pushed.after));
    }
    assert!(push(&dir, Some("nothing")).await.is_err());
    again.stop().await.unwrap();
    assert!(matches!(
        push(&dir, None).await,
        Err(DemoError::NotRunning(_))
    ));
}
