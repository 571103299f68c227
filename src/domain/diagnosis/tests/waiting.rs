//! Who could run what waits, and who holds it back.

use super::*;
use crate::domain::kind::Role;
use crate::domain::row::{Pause, QueuePause};

/// Run #91 waits since twenty minutes.
fn waiting() -> Facts {
    pending(quiet(), job(91, JobStatus::Queued))
}

/// Held back by Ana seven minutes ago.
fn pause() -> Pause {
    Pause {
        since: at(-7),
        by: "ana".into(),
        reason: Some("the branch is broken".into()),
    }
}

fn queue(kind: JobKind) -> QueuePause {
    QueuePause {
        kind,
        pause: pause(),
    }
}

#[test]
fn d_12_a_run_waits_and_no_worker_is_there() {
    let mut facts = waiting();
    facts.runners = Some(Vec::<RunnerRow>::new().into());
    assert_eq!(codes(&facts), ["D-12"]);
    let found = diagnose(&facts).findings.remove(0);
    assert_eq!(found.name, "no_workers");
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(found.summary, "run #91 waits, and no worker is there");
    assert_eq!(found.since, Some(at(-30)));
    assert_eq!(found.evidence[0].text, "no worker ever asked for work");

    let gone = vec![runner("w-1", at(-9)), runner("w-2", at(-2))];
    facts.runners = Some(gone.into());
    let found = diagnose(&facts).findings.remove(0);
    assert_eq!((found.code.as_str(), found.since), ("D-12", Some(at(-2))));
    assert_eq!(
        found.evidence[0].text,
        "worker w-2 (jolli 1.2.0) was the last to ask for work"
    );
}

#[test]
fn d_12_holds_only_where_a_worker_is_what_is_missing() {
    let nobody = |mut facts: Facts| {
        facts.runners = Some(Vec::<RunnerRow>::new().into());
        codes(&facts)
    };
    assert!(nobody(quiet()).is_empty(), "nothing waits");
    assert!(nobody(pending(quiet(), job(91, JobStatus::Running))).is_empty());
    let mut facts = waiting();
    facts.source.paused = Some(pause());
    assert_eq!(nobody(facts), ["D-11"], "somebody holds it back");
    let mut facts = waiting();
    facts.queues = vec![queue(JobKind::CliImpact)];
    assert_eq!(nobody(facts), ["D-11"]);
    let mut facts = waiting();
    facts.integration.as_mut().unwrap().status = IntegrationStatus::Suspended;
    assert_eq!(nobody(facts), ["D-03"], "it could not run");
}

#[test]
fn a_worker_that_was_heard_of_lately_is_there() {
    let mut facts = waiting();
    for (silent, code) in [(0, "D-11"), (90, "D-11"), (91, "D-12")] {
        let last = runner("w-1", at(0).plus_seconds(-silent));
        facts.runners = Some(vec![last].into());
        assert_eq!(codes(&facts), [code], "{silent} s");
    }
    facts.runners = None;
    assert_eq!(codes(&facts), ["D-11"], "who is there is not known");
}

#[test]
fn d_11_gives_workers_a_moment() {
    for (since, holds) in [(0, false), (-1, false), (-2, true)] {
        let mut run = job(91, JobStatus::Queued);
        run.updated_at = at(since);
        let found = codes(&pending(quiet(), run));
        assert_eq!(found == ["D-11"], holds, "{since}: {found:?}");
    }
}

#[test]
fn d_11_a_paused_source_says_who_paused_it_and_why() {
    let mut facts = quiet();
    facts.source.paused = Some(pause());
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Ok, "nothing waits yet");
    assert_eq!(codes(&facts), ["D-11"]);
    let found = &diagnosis.findings[0];
    assert_eq!(found.severity, Severity::Warning);
    assert_eq!(found.since, Some(at(-7)));
    assert_eq!(found.summary, "the source is paused: its runs wait");
    assert_eq!(
        found.evidence[0].text,
        "the source was paused by ana: the branch is broken"
    );
    let action = found.next_action.clone().unwrap();
    assert_eq!(action.role, Role::Operator);
    assert_eq!(action.call.unwrap().path, "/sources/7/resume");

    let mut run = job(91, JobStatus::Queued);
    run.updated_at = at(0);
    let mut facts = pending(quiet(), run);
    facts.source.paused = Some(pause());
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Stopped);
    assert_eq!(diagnosis.moves_next, "Moves next after this: resume it.");
    let found = &diagnosis.findings[0];
    assert!(found.evidence[1].text.starts_with("run #91 was queued by"));
}

#[test]
fn d_11_a_paused_queue_stops_the_runs_of_its_kind() {
    let mut facts = waiting();
    facts.jobs[0].updated_at = at(0);
    facts.queues = vec![queue(JobKind::CatchUp), queue(JobKind::CliImpact)];
    let diagnosis = diagnose(&facts);
    assert_eq!(diagnosis.state, CursorState::Stopped);
    assert_eq!(codes(&facts), ["D-11"]);
    let found = &diagnosis.findings[0];
    assert_eq!(found.summary, "every cli-impact is paused: run #91 waits");
    assert_eq!(
        found.evidence[0].text,
        "the queue cli-impact was paused by ana: the branch is broken"
    );
    let action = found.next_action.clone().unwrap();
    assert_eq!(
        (action.command.as_str(), action.role),
        ("queue-resume", Role::Admin)
    );
    assert_eq!(action.call.unwrap().path, "/queues/cli-impact/resume");

    facts.queues = vec![queue(JobKind::CatchUp)];
    assert!(codes(&facts).is_empty(), "another kind is held back");
    facts.queues = vec![queue(JobKind::CliImpact)];
    facts.jobs[0].status = JobStatus::Running;
    assert!(codes(&facts).is_empty(), "what runs goes on");
}
