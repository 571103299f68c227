//! Which job of a chain runs, and where its change set starts: every commit is shown to every space exactly once.

use super::*;

const TOMORROW: &str = "2026-11-22T14:02:11.000Z";

/// A job that is to be tried again tomorrow.
fn put_off(id: i64, before: &str, head: &str) -> Row {
    let later = json!({ "next_attempt_at": TOMORROW });
    job_with(id, "retrying", Some(before), head, later)
}

fn space_that_is(status: &str, job: i64) -> Row {
    with(&job_space(job), json!({ "status": status }))
}

/// A source without a cursor, linked when its branch was at `baseline`.
fn linked(baseline: Option<&str>, jobs: Vec<Row>) -> Vec<Row> {
    let mut rows = world("active", jobs);
    rows[0] = with(&source(7, None), json!({ "baseline_sha": baseline }));
    rows
}

/// Where the claimed job's change set may start.
fn starts(rows: &[Row]) -> Vec<(String, BaseReason)> {
    let offered = offer(&claim(rows)).unwrap();
    let bases = offered.bases.into_iter();
    bases.map(|base| (base.sha, base.reason)).collect()
}

fn start(sha: &str, reason: BaseReason) -> (String, BaseReason) {
    (sha.to_owned(), reason)
}

#[test]
fn a_newer_job_waits_behind_one_that_did_a_part_of_its_spaces() {
    for (status, waits) in [
        ("updated", true),
        ("unchanged", true),
        ("queued", false),
        ("running", false),
        ("failed", false),
        ("skipped", false),
    ] {
        let rows = world(
            "active",
            vec![
                with(&put_off(9, "c0", "c1"), json!({ "started_at": NOW })),
                job(10, "queued", Some("c1"), "c2"),
                space_that_is(status, 9),
                job_space(10),
            ],
        );
        assert_eq!(offer(&claim(&rows)).is_none(), waits, "{status}");
    }
}

#[test]
fn nobody_waits_behind_a_job_of_another_branch_or_source_or_one_that_has_ended() {
    for more in [
        json!({ "branch": "feature" }),
        json!({ "source_id": 8 }),
        json!({ "status": "failed" }),
        json!({ "status": "cancelled" }),
    ] {
        let tried = with(&put_off(9, "c0", "c1"), json!({ "started_at": NOW }));
        let rows = world(
            "active",
            vec![
                with(&tried, more.clone()),
                job(10, "queued", Some("c1"), "c2"),
                space_that_is("updated", 9),
            ],
        );
        let offered = offer(&claim(&rows)).unwrap();
        assert_eq!(offered.job_id, JobId(10), "{more}");
    }
}

#[test]
fn a_job_that_did_a_part_of_its_spaces_does_the_rest_although_a_newer_push_leads_on() {
    let rows = |status: &str| {
        world(
            "active",
            vec![
                job(9, "retrying", Some("c0"), "c1"),
                job(10, "queued", Some("c1"), "c2"),
                space_that_is(status, 9),
            ],
        )
    };
    let begun = offer(&claim(&rows("updated"))).unwrap();
    assert_eq!((begun.job_id, begun.superseded_by), (JobId(9), None));
    let fresh = offer(&claim(&rows("failed"))).unwrap();
    let newer = Some(JobId(10));
    assert_eq!((fresh.job_id, fresh.superseded_by), (JobId(9), newer));
}

#[test]
fn a_forced_push_gives_way_to_nothing_that_leads_on_from_it() {
    for (forced, by) in [(true, None), (false, Some(JobId(10)))] {
        let first = json!({ "forced": forced });
        let rows = world(
            "active",
            vec![
                job_with(9, "queued", Some("c0"), "c1", first),
                job(10, "queued", Some("c1"), "c2"),
            ],
        );
        assert_eq!(offer(&claim(&rows)).unwrap().superseded_by, by);
    }
}

#[test]
fn pushes_that_came_in_another_order_are_gone_through_from_where_their_chain_begins() {
    let rows = |earlier: Row| linked(None, vec![job(9, "queued", Some("c2"), "c3"), earlier]);
    let chain = [
        start("c1", BaseReason::EventBefore),
        start("c2", BaseReason::EventBefore),
    ];
    for status in ["queued", "failed"] {
        let earlier = job(10, status, Some("c1"), "c2");
        assert_eq!(starts(&rows(earlier)), chain, "{status}");
    }
    // One that gave way left its commits to whoever goes on from it.
    let gave_way = json!({ "superseded_by": 9 });
    let gave_way = job_with(10, "skipped", Some("c1"), "c2", gave_way);
    assert_eq!(starts(&rows(gave_way)), chain);
    // What was done, or is not to be done, is no part of it.
    for status in ["succeeded", "skipped", "cancelled"] {
        let earlier = job(10, status, Some("c1"), "c2");
        assert_eq!(starts(&rows(earlier)), chain[1..], "{status}");
    }
    let forced = job_with(10, "queued", Some("c1"), "c2", json!({ "forced": true }));
    assert_eq!(starts(&rows(forced)), chain[1..]);
    let again = job_with(10, "queued", Some("c1"), "c2", json!({ "generation": 1 }));
    assert_eq!(starts(&rows(again)), chain[1..]);
}

#[test]
fn a_push_that_goes_on_from_a_forced_one_that_nobody_did_is_about_rewritten_history_too() {
    for (status, forced) in [("failed", true), ("succeeded", false), ("cancelled", false)] {
        let rewrite = job_with(8, status, Some("c1"), "c2", json!({ "forced": true }));
        let rows = world("active", vec![rewrite, job(9, "queued", Some("c2"), "c3")]);
        assert_eq!(offer(&claim(&rows)).unwrap().forced, forced, "{status}");
    }
}

#[test]
fn a_chain_that_begins_with_its_branch_has_no_base() {
    let zeros = "0".repeat(40);
    let rows = linked(
        None,
        vec![
            job(9, "queued", Some("c1"), "c2"),
            job(10, "queued", Some(&zeros), "c1"),
        ],
    );
    assert!(starts(&rows).is_empty());
}

#[test]
fn until_there_is_a_cursor_a_push_starts_where_the_source_was_linked() {
    let push = |before: &str, head: &str| {
        let push = job(9, "queued", Some(before), head);
        starts(&linked(Some("c0"), vec![push]))
    };
    let own = |sha: &str| start(sha, BaseReason::EventBefore);
    assert_eq!(push("c0", "c1"), [own("c0")]);
    // A push before it was lost: its commits are part of this one.
    let missed = start("c0", BaseReason::Baseline);
    assert_eq!(push("c1", "c2"), [missed, own("c1")]);
    assert_eq!(push("b9", "c0"), [own("b9")], "of the time before");

    let other = json!({ "moves_cursor": false, "branch": "feature" });
    let other = job_with(9, "queued", Some("c1"), "c2", other);
    assert_eq!(starts(&linked(Some("c0"), vec![other])), [own("c1")]);
}

#[test]
fn a_catch_up_without_a_cursor_starts_where_it_was_told_or_nowhere() {
    let catch_up = |before: Option<&str>| {
        let more = json!({ "kind": "catch-up", "head_sha": null, "before_sha": before });
        starts(&linked(
            Some("c0"),
            vec![job_with(9, "queued", before, "c1", more)],
        ))
    };
    assert_eq!(
        catch_up(Some("c0")),
        [start("c0", BaseReason::Baseline)],
        "a look found it"
    );
    assert!(catch_up(None).is_empty(), "an operator wants everything");
}

#[test]
fn a_cursor_says_where_a_catch_up_starts() {
    let more = json!({ "kind": "catch-up", "head_sha": null });
    let rows = world("active", vec![job_with(9, "queued", None, "c1", more)]);
    assert_eq!(starts(&rows), [start("c0", BaseReason::Cursor)]);
}

/// However many wait, a claim asks for what holds them back at once.
#[test]
fn many_jobs_behind_a_half_done_one_are_asked_about_together() {
    let tried = with(&put_off(9, "c0", "c1"), json!({ "started_at": NOW }));
    let mut rows = vec![tried, space_that_is("updated", 9)];
    rows.extend((10..60).map(|id| job(id, "queued", Some("c1"), "c2")));
    let rows = world("active", rows);
    let (decision, rounds) = counted(&rows);
    assert!(offer(&decision).is_none());
    assert!(rounds < 10, "{rounds}");
}
