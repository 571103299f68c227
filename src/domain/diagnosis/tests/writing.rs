//! Who may write and who was refused, where spaces fail, and what is off at workers and hosts.

use super::*;
use crate::domain::code::Code;
use crate::domain::kind::TroubleKind;
use crate::domain::limits::LEASE_LOST;
use crate::domain::row::Trouble;

/// A run at work since `minutes`, its lease renewed just now.
fn at_work(minutes: i64) -> Facts {
    let mut running = job(91, JobStatus::Running);
    running.steps = vec![StepState {
        name: StepName::Spaces,
        status: StepStatus::Running,
        started_at: at(-minutes),
        finished_at: None,
        detail: None,
    }];
    let mut facts = pending(quiet(), running);
    facts.lease = Some(lease(None));
    facts
}

/// The lease of run #91, and what was refused under it: when, and what.
fn lease(refused: Option<(Timestamp, Code)>) -> LeaseRow {
    LeaseRow {
        org_id: ORG,
        source_id: SourceId(7),
        branch: "main".into(),
        job_id: Some(JobId(91)),
        epoch: LeaseEpoch(118),
        run_token_hash: Some("ab".into()),
        runner: Some("w-2".into()),
        expires_at: Some(at(0).plus_seconds(14)),
        refused_at: refused.map(|(at, _)| at),
        refused: refused.map(|(_, code)| format!("{} of run #90", code.as_str())),
    }
}

fn found(facts: &Facts, code: &str) -> Option<super::super::DiagnosisFinding> {
    let findings = diagnose(facts).findings;
    findings.into_iter().find(|it| it.code == code)
}

#[test]
fn d_13b_a_step_that_hangs_while_its_worker_lives_offers_to_cancel() {
    assert_eq!(codes(&at_work(29)), [""; 0]);
    let mut facts = at_work(31);
    let long = found(&facts, "D-13b").unwrap();
    assert_eq!(
        (long.severity, long.since),
        (Severity::Warning, Some(at(-31)))
    );
    assert_eq!(
        long.next_action.unwrap().call.unwrap().path,
        "/jobs/91/cancel"
    );
    // A space that was done meanwhile is progress.
    let mut done = failed_space(91);
    done.status = SpaceStatus::Updated;
    done.finished_at = Some(at(-2));
    facts.spaces = vec![done];
    assert!(found(&facts, "D-13b").is_none());
}

#[test]
fn d_14_three_lost_leases_of_one_job_are_no_accident() {
    let lost = |times| {
        let mut retrying = job(91, JobStatus::Retrying);
        retrying.attempt = 2;
        retrying.lost_leases = times;
        retrying.error = Some(failure(LEASE_LOST));
        found(&pending(quiet(), retrying), "D-14")
    };
    assert!(lost(2).is_none());
    let thrash = lost(3).unwrap();
    assert_eq!(thrash.summary, "3 runs of #91 stopped renewing their lease");
    let mut over = job(91, JobStatus::Succeeded);
    over.lost_leases = 3;
    assert!(found(&pending(quiet(), over), "D-14").is_none());
}

#[test]
fn d_18_and_d_19_a_refused_write_is_of_interest_for_ten_minutes() {
    for (code, rule, severity) in [
        (Code::CursorConflict, "D-18", Severity::Warning),
        (Code::StaleWriter, "D-19", Severity::Error),
    ] {
        let mut facts = at_work(1);
        facts.lease = Some(lease(Some((at(-9), code))));
        let refused = found(&facts, rule).unwrap();
        assert_eq!((refused.severity, refused.since), (severity, Some(at(-9))));
        assert!(refused.evidence[0].text.ends_with("of run #90"));
        assert_eq!(codes(&facts), [rule]);
        facts.lease = Some(lease(Some((at(-11), code))));
        assert!(found(&facts, rule).is_none());
    }
}

#[test]
fn d_24_to_d_26_tell_where_a_space_fails() {
    for (phase, rule) in [
        ("impact", "D-24"),
        ("agent", "D-25"),
        ("push", "D-26"),
        ("pull", "D-26"),
    ] {
        let mut facts = pending(quiet(), job(91, JobStatus::Failed));
        let mut space = failed_space(91);
        space.phase = Some(phase.into());
        facts.spaces = vec![space];
        let codes = codes(&facts);
        assert!(codes.contains(&"D-17".to_owned()), "{codes:?}");
        let told: Vec<&String> = codes
            .iter()
            .filter(|code| ["D-24", "D-25", "D-26"].contains(&code.as_str()))
            .collect();
        assert_eq!(told, [rule], "{phase}");
        assert!(
            found(&facts, rule)
                .unwrap()
                .summary
                .starts_with("Internal: ")
        );
    }
}

#[test]
fn d_28_a_clock_that_is_off_by_a_quarter_of_a_lease() {
    let off = |skew| {
        let mut facts = quiet();
        let mut runner = runner("w-1", at(0));
        runner.skew_ms = Some(skew);
        facts.runners = Some(vec![runner].into());
        found(&facts, "D-28").map(|it| it.evidence[0].text.clone())
    };
    assert_eq!(off(3_750), None);
    assert_eq!(
        off(-4_000).as_deref(),
        Some("it is 4.0 s behind the server's")
    );
    assert_eq!(
        off(90_000).as_deref(),
        Some("it is 90.0 s ahead of the server's")
    );
}

#[test]
fn d_30_a_host_that_wants_to_be_asked_less_often() {
    let mut looked = quiet();
    looked.source.trouble = Some(Trouble {
        kind: TroubleKind::Throttled,
        detail: "429".into(),
        since: at(-4),
    });
    assert_eq!(codes(&looked), ["D-30"]);
    let mut retrying = job(91, JobStatus::Retrying);
    retrying.error = Some(failure("git-throttled"));
    assert!(found(&pending(quiet(), retrying), "D-30").is_some());
}
