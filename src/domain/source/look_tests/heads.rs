//! Heads that looks find: where a source starts, what nobody told of, and what nobody works on.

use super::*;

#[test]
fn the_first_head_that_is_seen_is_where_a_source_starts_and_queues_nothing() {
    let mut story = Story::new(json!({}));
    let baseline = Payload::HeadObserved {
        sha: "c0".to_owned(),
        pending: false,
        baseline: true,
        missed: false,
    };
    assert_eq!(payloads(&story.look(at("c0"))), [baseline]);
    let source = story.source();
    assert_eq!(source.head_sha.as_deref(), Some("c0"));
    assert_eq!(source.baseline_sha.as_deref(), Some("c0"));
    assert!(!source.is_pending() && source.missed_at.is_none());
    assert!(story.is_due_in(LATER));
    assert_eq!(story.next().looked_at, Some(story.now));
    assert_eq!(story.look_twice("c0"), []);
}

#[test]
fn a_head_that_nobody_told_of_is_only_suspected_at_first_and_caught_up_with_at_the_second_look() {
    let mut story = Story::begun();
    assert_eq!(story.look(at("c1")), []);
    assert!(story.is_due_in(SOON));
    assert_eq!(story.next().suspected_since, Some(story.now));
    assert_eq!(story.source().head_sha.as_deref(), Some("c0"));

    let said = story.look(at("c1"));
    assert_eq!(said.len(), 2);
    assert_eq!(said[0].payload, missed("c1", true));
    let run = queued(&said[1]);
    assert_eq!((run.kind, run.rebaseline), (JobKind::CatchUp, None));
    // There is no cursor yet: it starts where the source was linked.
    assert_eq!(run.base_sha.as_deref(), Some("c0"));
    assert_eq!(run.head_sha, None);
    assert_eq!(run.affected_space_ids, [SPACE]);
    assert_eq!(
        said[1].metadata["reason"],
        "no webhook told of the move from c0 to c1"
    );
    let source = story.source();
    assert_eq!(source.head_sha.as_deref(), Some("c1"));
    assert_eq!(source.pending_since, Some(story.now));
    assert_eq!(source.missed_at, Some(story.now));
    assert!(story.is_due_in(LATER));
    assert_eq!(story.next().suspected_since, None);
    assert_eq!(story.look_twice("c1"), [], "it is on its way");
}

#[test]
fn where_there_is_a_cursor_a_catch_up_starts_from_it() {
    let mut story = Story::processed();
    let said = story.look_twice("c1");
    assert_eq!(said[0].payload, missed("c1", true));
    assert_eq!(queued(&said[1]).base_sha, None);
}

#[test]
fn a_webhook_that_tells_of_it_between_two_looks_clears_the_suspicion() {
    let mut story = Story::begun();
    story.look(at("c1"));
    let told = Payload::HeadObserved {
        sha: "c1".to_owned(),
        pending: true,
        baseline: false,
        missed: false,
    };
    story.happens(NewEvent::new(Stream::Source(SOURCE), told));
    story.put(job(9, "queued", json!({})));
    assert_eq!(story.look(at("c1")), []);
    assert_eq!(story.next().suspected_since, None);
    assert!(story.is_due_in(LATER));
    assert_eq!(story.source().missed_at, None);
    // What moves after that is a matter of its own.
    assert_eq!(story.look(at("c2")), []);
    assert!(story.is_due_in(SOON));
}

#[test]
fn a_webhook_that_tells_of_the_next_head_ends_what_was_missed() {
    let mut story = Story::begun();
    story.look_twice("c1");
    let since = story.source().missed_at;
    story.look_twice("c2");
    assert_eq!(
        story.source().missed_at,
        since,
        "it counts from the first one"
    );
    let told = Payload::HeadObserved {
        sha: "c3".to_owned(),
        pending: true,
        baseline: false,
        missed: false,
    };
    story.happens(NewEvent::new(Stream::Source(SOURCE), told));
    assert_eq!(story.source().missed_at, None);
}

#[test]
fn where_no_space_listens_a_head_is_noted_and_waits_for_nobody() {
    for nobody in [None, Some(binding(false))] {
        let mut story = Story::begun();
        story.rows.remove(&binding(true).key());
        if let Some(off) = nobody {
            story.put(off);
        }
        assert_eq!(payloads(&story.look_twice("c1")), [missed("c1", false)]);
        let source = story.source();
        assert_eq!(source.head_sha.as_deref(), Some("c1"));
        assert!(!source.is_pending());
    }
}

#[test]
fn a_catch_up_that_waits_is_enough() {
    for status in ["queued", "retrying", "running"] {
        let mut story = Story::begun();
        story.put(job(
            9,
            status,
            json!({ "kind": "catch-up", "head_sha": null }),
        ));
        let said = story.look_twice("c1");
        assert_eq!(payloads(&said), [missed("c1", true)], "{status}");
    }
}

#[test]
fn a_head_that_the_cursor_is_at_waits_for_nothing() {
    let mut story = Story::pending();
    story.put(job(9, "failed", json!({})));
    // It is done, so nobody missed it: a late delivery may have told of an older one last.
    let seen = Payload::HeadObserved {
        sha: "c0".to_owned(),
        pending: false,
        baseline: false,
        missed: false,
    };
    assert_eq!(payloads(&story.look_twice("c0")), [seen]);
    assert!(!story.source().is_pending());
}

#[test]
fn a_head_that_nobody_works_on_is_caught_up_with_at_the_second_look() {
    for newest in [None, Some("succeeded"), Some("skipped")] {
        let mut story = Story::pending();
        if let Some(status) = newest {
            story.put(job(9, status, json!({})));
        }
        let said = story.look_twice("c1");
        assert_eq!(said.len(), 1, "{newest:?}");
        assert_eq!(queued(&said[0]).kind, JobKind::CatchUp);
        assert_eq!(said[0].metadata["reason"], "nobody worked on c1");
        assert_eq!(story.source().missed_at, None, "a webhook told of it");
    }
}

#[test]
fn a_head_that_somebody_works_on_or_that_a_person_has_to_look_at_is_left_alone() {
    for status in [
        "queued",
        "running",
        "retrying",
        "suspended",
        "failed",
        "cancelled",
    ] {
        let mut story = Story::pending();
        story.put(job(8, "succeeded", json!({})));
        story.put(job(9, status, json!({})));
        assert_eq!(story.look_twice("c1"), [], "{status}");
        assert!(story.is_due_in(LATER), "{status}");
    }
}

#[test]
fn runs_of_another_branch_work_on_no_head_of_this_one() {
    let mut story = Story::pending();
    story.put(job(8, "succeeded", json!({})));
    let other = json!({ "branch": "feature", "moves_cursor": false });
    story.put(job(9, "running", other));
    let said = story.look_twice("c1");
    assert_eq!(queued(&said[0]).kind, JobKind::CatchUp);
}

#[test]
fn what_was_found_is_as_a_person_would_have_queued_it() {
    let mut story = Story::begun();
    let said = story.look_twice("c1");
    let Stream::Job(id) = said[1].stream else {
        panic!("{said:?}");
    };
    let run: JobRow = story.row(&Key::Jobs(id));
    assert_eq!(run.before_sha.as_deref(), Some("c0"));
    assert_eq!((run.branch.as_str(), run.moves_cursor), ("main", true));
}
