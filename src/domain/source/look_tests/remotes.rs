//! Remotes themselves: which are looked at, by whom, and what is wrong with them.

use super::*;
use crate::domain::source::{SourceChanges, UpdateSource};

#[test]
fn a_remote_in_trouble_is_spoken_of_at_the_second_look_in_a_row_and_once() {
    for (kind, head) in [
        (TroubleKind::BranchGone, None),
        (TroubleKind::Moved, Some("c0")),
        (TroubleKind::NoAccess, None),
        (TroubleKind::Unreachable, None),
    ] {
        let mut story = Story::processed();
        let found = || Found {
            head: head.map(str::to_owned),
            trouble: Some((kind, "so it is".to_owned())),
        };
        assert_eq!(story.look(found()), [], "{kind}");
        assert!(story.is_due_in(SOON), "{kind}");
        // It was a passing fault.
        assert_eq!(story.look(at("c0")), [], "{kind}");
        assert!(story.is_due_in(LATER), "{kind}");

        assert_eq!(story.look(found()), [], "{kind}");
        let said = story.look(found());
        assert_eq!(payloads(&said), [changed(Some(kind), "so it is")]);
        let trouble = story.source().trouble.unwrap();
        assert_eq!((trouble.kind, trouble.since), (kind, story.now));
        assert_eq!(trouble.detail, "so it is");
        assert_eq!(story.source().head_sha.as_deref(), Some("c0"));
        assert_eq!(story.look(found()), [], "{kind} was said");
        // What cannot be read is asked for less often; what can may move.
        let readable = head.is_some();
        let wait = if readable { LATER } else { MUCH_LATER };
        assert!(story.is_due_in(wait), "{kind}");

        let again = changed(None, "the remote is as it should be again");
        assert_eq!(payloads(&story.look(at("c0"))), [again]);
        assert_eq!(story.source().trouble, None);
        assert_eq!(story.next().failures, 0);
        assert_eq!(story.look_twice("c0"), [], "{kind}");
    }
}

#[test]
fn a_remote_that_moved_is_followed_all_the_same() {
    let mut story = Story::processed();
    let found = || Found {
        head: Some("c1".to_owned()),
        trouble: Some((TroubleKind::Moved, "github.com/acme/core".to_owned())),
    };
    assert_eq!(story.look(found()), []);
    let said = story.look(found());
    assert_eq!(
        payloads(&said[..2]),
        [
            changed(Some(TroubleKind::Moved), "github.com/acme/core"),
            missed("c1", true)
        ]
    );
    assert_eq!(queued(&said[2]).kind, JobKind::CatchUp);
}

#[test]
fn a_report_of_what_the_source_does_not_follow_any_more_changes_nothing() {
    let story = Story::begun();
    for (repo, branch) in [
        ("github.com/acme/other", Some("main")),
        (REPO, Some("next")),
        (REPO, None),
    ] {
        let late = ReportLook {
            id: SOURCE,
            repo: repo.to_owned(),
            branch: branch.map(str::to_owned),
            told: None,
            found: at("c1"),
            soon: None,
            later: None,
            much_later: None,
        };
        let decision = story.decide(&late);
        assert_eq!((decision.events, decision.side), (Vec::new(), Vec::new()));
    }
}

#[test]
fn there_is_something_to_look_at_only_where_a_webhook_could_tell_of_it() {
    for nothing in [
        json!({ "integration_id": null }),
        json!({ "enabled": false }),
        json!({ "type": "file" }),
        json!({ "repo": null, "repo_key": null }),
        json!({ "branch": "release/*" }),
    ] {
        let mut story = Story::new(nothing.clone());
        assert_eq!(target(&story.source()), None, "{nothing}");
        let take = TakeLook {
            id: SOURCE,
            due_at: story.now,
        };
        let decision = story.decide(&take);
        assert_eq!(*value(&decision), Value::Null, "{nothing}");
        story.give(&take);
        assert_eq!(story.rows.get(&Key::Looks(SOURCE)), None, "{nothing}");
    }
    for branch in [Some("main"), Some("release/2"), None] {
        let story = Story::new(json!({ "branch": branch }));
        assert_eq!(target(&story.source()), Some((REPO, branch)));
    }
}

#[test]
fn a_look_is_taken_once() {
    let mut story = Story::begun();
    let take = TakeLook {
        id: SOURCE,
        due_at: story.now,
    };
    let first = story.decide(&take);
    assert_eq!(
        *value(&first),
        json!({ "repo": REPO, "branch": "main", "told": "c0" })
    );
    assert_eq!(story.give(&take), []);
    assert!(story.is_due_in(LOOKING_SECONDS));
    assert_eq!(*value(&story.decide(&take)), Value::Null, "another server");
    // Whoever took it may have ended since: then it is due once more.
    let again = TakeLook {
        id: SOURCE,
        due_at: story.now.plus_seconds(LOOKING_SECONDS),
    };
    assert_ne!(*value(&story.decide(&again)), Value::Null);
}

#[test]
fn a_server_that_begins_asks_for_looks_that_are_not_fresh_and_not_due_anyway() {
    let story = Story::begun();
    let (now, soon) = (story.now, story.now.plus_seconds(10));
    let again = LookAgain {
        id: SOURCE,
        at: soon,
        unless_since: now.plus_seconds(-60),
    };
    let due_at = |due_at: Option<i64>, looked_at: Option<i64>| {
        let mut story = Story::begun();
        story.put(Row::Looks(LookRow {
            due_at: due_at.map(|seconds| now.plus_seconds(seconds)),
            looked_at: looked_at.map(|seconds| now.plus_seconds(seconds)),
            ..story.next()
        }));
        assert_eq!(story.give(&again), []);
        story.next().due_at
    };
    assert_eq!(due_at(None, Some(-3_600)), Some(soon));
    assert_eq!(due_at(Some(200), Some(-3_600)), Some(soon));
    assert_eq!(due_at(Some(200), None), Some(soon));
    assert_eq!(due_at(Some(5), Some(-3_600)), Some(now.plus_seconds(5)));
    assert_eq!(due_at(Some(200), Some(-30)), Some(now.plus_seconds(200)));

    let mut story = Story::begun();
    story.rows.remove(&Key::Looks(SOURCE));
    story.give(&again);
    assert_eq!(story.next().due_at, Some(soon));
}

#[test]
fn a_place_that_a_remote_leads_on_to_is_told_from_its_own() {
    let elsewhere = moved_to(REPO, "https://github.com/acme/core.git");
    assert_eq!(elsewhere.as_deref(), Some("github.com/acme/core"));
    for same in [
        "https://github.com/acme/backend.git",
        "https://github.com/acme/backend",
        "https://github.com/Acme/Backend.git",
        "/srv/mirrors/backend.git",
    ] {
        assert_eq!(moved_to(REPO, same), None, "{same}");
    }
}

fn patch(repo: &str) -> UpdateSource {
    UpdateSource {
        id: SOURCE,
        expected: None,
        changes: SourceChanges {
            repo: Some(Some(repo.to_owned())),
            ..SourceChanges::default()
        },
    }
}

/// A source whose remote says that it is `acme/core` now, with a run on its way to `c1`.
fn renamed() -> Story {
    let mut story = Story::new(json!({
        "head_sha": "c1", "head_at": NOW, "pending_since": NOW, "cursor": cursor("c0"),
        "trouble": { "kind": "moved", "detail": "github.com/acme/core", "since": NOW },
    }));
    story.put(job(9, "queued", json!({})));
    story
}

fn status_of_the_run(story: &Story) -> JobStatus {
    let run: JobRow = story.row(&job(9, "queued", json!({})).key());
    run.status
}

#[test]
fn a_source_follows_its_repository_to_its_new_place_with_its_cursor_and_its_head() {
    let mut story = renamed();
    let said = story.give(&patch("https://github.com/acme/core.git"));
    assert_eq!(said.len(), 1, "{said:?}");
    let source = story.source();
    assert_eq!(source.repo.as_deref(), Some("github.com/acme/core"));
    assert_eq!(source.repo_key.as_deref(), Some("github.com/acme/core"));
    assert_eq!(source.cursor.unwrap().value, "c0");
    assert_eq!(source.head_sha.as_deref(), Some("c1"));
    assert!(source.pending_since.is_some());
    assert_eq!((source.generation, source.trouble), (0, None));
    assert_eq!(status_of_the_run(&story), JobStatus::Queued);
    assert_eq!(
        story.next().due_at,
        Some(story.now),
        "it is looked at there"
    );
}

#[test]
fn any_other_repository_is_another_story() {
    let mut story = renamed();
    story.give(&patch("github.com/acme/other"));
    let source = story.source();
    assert_eq!((source.cursor, source.head_sha), (None, None));
    assert_eq!((source.pending_since, source.trouble), (None, None));
    assert_eq!(source.generation, 1);
    assert_eq!(status_of_the_run(&story), JobStatus::Cancelled);
    // A remote that is only out of reach says nothing of another place.
    let gone = json!({ "kind": "unreachable", "detail": "github.com/acme/core", "since": NOW });
    let mut story = Story::new(json!({ "cursor": cursor("c0"), "trouble": gone }));
    story.give(&patch("github.com/acme/core"));
    assert_eq!(story.source().cursor, None);
}
