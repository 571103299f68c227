//! What looking at a remote adds to what its webhooks told.

use super::super::DiagnosisFinding;
use super::*;
use crate::domain::kind::TroubleKind;
use crate::domain::row::Trouble;

const REPO: &str = "github.com/acme/frontend";

/// Looking found a head ten minutes ago, and nobody had told of it.
fn missed() -> Facts {
    let mut facts = quiet();
    facts.source.missed_at = Some(at(-10));
    facts
}

/// Looking found this a quarter of an hour ago.
fn troubled(kind: TroubleKind, detail: &str) -> Facts {
    let mut facts = quiet();
    facts.source.trouble = Some(Trouble {
        kind,
        detail: detail.to_owned(),
        since: at(-15),
    });
    facts
}

/// A delivery about the source's own repository.
fn own(status: DeliveryStatus, minutes: i64) -> DeliveryRow {
    DeliveryRow {
        repo: Some(REPO.into()),
        ..delivery(1, status, at(minutes))
    }
}

/// The one thing that is found.
fn only(facts: &Facts) -> DiagnosisFinding {
    let mut found = diagnose(facts).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn d_06_the_remote_moved_and_no_webhook_told_of_it() {
    let found = only(&missed());
    assert_eq!(
        (found.code.as_str(), found.name.as_str()),
        ("D-06", "webhook_not_delivering")
    );
    assert_eq!(found.severity, Severity::Warning);
    assert_eq!(found.since, Some(at(-10)));
    let said: Vec<&str> = found.evidence.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(
        said,
        [
            "looking found 8be01aa at github.com/acme/frontend",
            "no delivery about this repository was ever received"
        ]
    );
    assert_eq!(found.next_action.unwrap().command, "go-integrations");
    let catch_up = found.other_actions[0].call.as_ref().unwrap();
    assert_eq!(catch_up.path, "/sources/7/catch-up");
}

#[test]
fn d_06_ends_with_the_next_delivery_that_is_taken_in() {
    for (status, minutes, holds) in [
        (DeliveryStatus::Queued, -20, true),
        (DeliveryStatus::Rejected, -5, true),
        (DeliveryStatus::Queued, -5, false),
        (DeliveryStatus::Duplicate, -5, false),
    ] {
        let mut facts = missed();
        facts.deliveries = [own(status, minutes)].into();
        let found = diagnose(&facts).findings;
        let found = found.iter().find(|it| it.code == "D-06");
        assert_eq!(found.is_some(), holds, "{status} {minutes}");
        if let Some(found) = found {
            assert_eq!(found.evidence[1].text, "delivery d1 was the last");
            assert_eq!(found.evidence[1].at, Some(at(minutes)));
        }
    }
    // What came for another repository of the account tells nothing.
    let mut facts = missed();
    let other = Some("github.com/acme/other".into());
    facts.deliveries = [DeliveryRow {
        repo: other,
        ..own(DeliveryStatus::Queued, -5)
    }]
    .into();
    assert_eq!(codes(&facts), ["D-06"]);
}

#[test]
fn what_was_not_looked_at_is_said_instead_of_called_clear() {
    let mut facts = quiet();
    let left = |facts: &Facts| diagnose(facts).not_evaluated;
    facts.looked = Some(None);
    assert_eq!(left(&facts), ["D-06: its remote was not looked at yet"]);
    facts.looked = Some(Some(at(-61)));
    assert_eq!(left(&facts), ["D-06: no look at its remote for 1 h"]);
    facts.looked = Some(Some(at(-60)));
    assert!(left(&facts).is_empty());
    // A list does not ask, and the past is not known.
    facts.looked = None;
    assert!(left(&facts).is_empty());
    facts.runners = None;
    assert_eq!(
        left(&facts),
        ["D-12: which workers there were is not known"]
    );
    facts.source.enabled = false;
    assert!(left(&facts).is_empty(), "nothing looks at what is off");
}

#[test]
fn d_21_the_branch_is_gone() {
    let mut facts = troubled(TroubleKind::BranchGone, "it has 2 branches");
    let found = only(&facts);
    assert_eq!((found.code.as_str(), found.since), ("D-21", Some(at(-15))));
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(
        found.summary,
        "github.com/acme/frontend has no branch main any more"
    );
    assert_eq!(found.evidence[0].text, "it has 2 branches");
    let action = found.next_action.unwrap();
    assert_eq!(
        (action.command.as_str(), action.call),
        ("source-edit", None)
    );
    facts.source.branch = None;
    assert_eq!(
        only(&facts).summary,
        "github.com/acme/frontend has no branch that is its default any more"
    );
}

#[test]
fn d_22_the_repository_moved_and_can_be_followed() {
    let found = only(&troubled(TroubleKind::Moved, "github.com/acme/web"));
    assert_eq!((found.code.as_str(), found.since), ("D-22", Some(at(-15))));
    assert_eq!(found.severity, Severity::Warning);
    assert_eq!(
        found.summary,
        "github.com/acme/frontend is github.com/acme/web now"
    );
    let action = found.next_action.unwrap();
    assert!(!action.destructive);
    let call = action.call.unwrap();
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("PATCH", "/sources/7")
    );
    assert_eq!(call.body, json!({ "repo": "github.com/acme/web" }));
}

#[test]
fn d_03_a_repository_that_refuses_access_although_its_integration_is_well() {
    let mut facts = troubled(TroubleKind::NoAccess, "it asks who we are");
    let found = only(&facts);
    assert_eq!((found.code.as_str(), found.since), ("D-03", Some(at(-15))));
    assert_eq!(found.summary, "github.com/acme/frontend refuses access");
    assert_eq!(found.evidence[0].text, "it asks who we are");
    let call = found.next_action.unwrap().call.unwrap();
    assert_eq!(call.path, "/integrations/12/check");
    // An integration that is not well says it all.
    facts.integration.as_mut().unwrap().status = IntegrationStatus::NeedsAccess;
    assert_eq!(
        only(&facts).summary,
        "integration acme-github is needs-access"
    );
}

#[test]
fn d_23_a_repository_that_nothing_answers_for() {
    let facts = troubled(TroubleKind::Unreachable, "the host is not known");
    let found = only(&facts);
    assert_eq!((found.code.as_str(), found.since), ("D-23", Some(at(-15))));
    assert_eq!(found.summary, "github.com/acme/frontend cannot be reached");
    assert_eq!(found.evidence[0].text, "the host is not known");
    let call = found.next_action.unwrap().call.unwrap();
    assert_eq!(call.path, "/integrations/12/check");
    // A run that failed there says more than a look.
    let mut failing = job(88, JobStatus::Retrying);
    failing.error = Some(failure("clone-failed"));
    failing.steps = vec![StepState {
        name: StepName::Resolve,
        status: StepStatus::Failed,
        started_at: at(-20),
        finished_at: Some(at(-20)),
        detail: None,
    }];
    assert_eq!(
        only(&pending(facts, failing)).summary,
        "github.com/acme/frontend cannot be checked out"
    );
}
