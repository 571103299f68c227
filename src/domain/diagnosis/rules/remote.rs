//! Rules about what looking at a source's remote found (sources.md §8: lost webhooks).

use serde_json::json;

use super::super::super::call::Call;
use super::super::super::kind::{DeliveryStatus, Role, Severity, TroubleKind};
use super::super::super::row::{IntegrationRow, Trouble};
use super::super::Facts;
use super::super::report::{Action, DiagnosisFinding, EvidenceLink};
use super::super::state::short;
use super::{action, catch_up, evidence, finding};

fn trouble(facts: &Facts, kind: TroubleKind) -> Option<&Trouble> {
    facts.source.trouble.as_ref().filter(|it| it.kind == kind)
}

fn repo(facts: &Facts) -> &str {
    facts.source.repo.as_deref().unwrap_or("its repository")
}

fn check(integration: &IntegrationRow) -> Action {
    action(
        format!("Check the access of {}", integration.name),
        "integration-check",
        Some(Call::new("POST", format!("/integrations/{}/check", integration.id)).with(json!({}))),
        Role::Operator,
    )
}

pub(super) fn webhook_not_delivering(facts: &Facts) -> Option<DiagnosisFinding> {
    let missed = facts.source.missed_at?;
    let mut own = facts.own_deliveries();
    let last = own.next();
    if last.is_some_and(|d| d.received_at > missed && d.status != DeliveryStatus::Rejected) {
        return None;
    }
    let mut found = finding(
        "D-06",
        "webhook_not_delivering",
        Severity::Warning,
        Some(missed),
        "the remote moved and no webhook told of it".to_owned(),
    );
    found.evidence.push(evidence(
        Some(missed),
        format!(
            "looking found {} at {}",
            facts.source.head_sha.as_deref().map_or("a head", short),
            repo(facts)
        ),
        None,
    ));
    found.evidence.push(match last {
        Some(delivery) => evidence(
            Some(delivery.received_at),
            format!("delivery {} was the last", delivery.delivery_id),
            Some(EvidenceLink::Delivery(delivery.id)),
        ),
        None => evidence(
            None,
            "no delivery about this repository was ever received",
            None,
        ),
    });
    found.next_action = Some(action(
        "See the webhook's address",
        "go-integrations",
        None,
        Role::Viewer,
    ));
    found.other_actions.push(catch_up(facts));
    Some(found)
}

pub(super) fn branch_gone(facts: &Facts) -> Option<DiagnosisFinding> {
    let trouble = trouble(facts, TroubleKind::BranchGone)?;
    let mut found = finding(
        "D-21",
        "branch_gone",
        Severity::Error,
        Some(trouble.since),
        format!(
            "{} has no branch {} any more",
            repo(facts),
            facts
                .source
                .branch
                .as_deref()
                .unwrap_or("that is its default")
        ),
    );
    found
        .evidence
        .push(evidence(Some(trouble.since), trouble.detail.clone(), None));
    found.next_action = Some(action(
        "Choose the branch that it follows",
        "source-edit",
        None,
        Role::Operator,
    ));
    Some(found)
}

pub(super) fn repo_moved(facts: &Facts) -> Option<DiagnosisFinding> {
    let trouble = trouble(facts, TroubleKind::Moved)?;
    let mut found = finding(
        "D-22",
        "repo_moved",
        Severity::Warning,
        Some(trouble.since),
        format!("{} is {} now", repo(facts), trouble.detail),
    );
    found.evidence.push(evidence(
        Some(trouble.since),
        format!("{} leads on to {}", repo(facts), trouble.detail),
        None,
    ));
    found.next_action = Some(action(
        "Follow it; the cursor stays",
        "source-edit",
        Some(
            Call::new("PATCH", format!("/sources/{}", facts.source.id))
                .with(json!({ "repo": trouble.detail })),
        ),
        Role::Operator,
    ));
    Some(found)
}

/// The integration is well, and this repository cannot be read with it.
pub(super) fn no_access(facts: &Facts, integration: &IntegrationRow) -> Option<DiagnosisFinding> {
    let trouble = trouble(facts, TroubleKind::NoAccess)?;
    let mut found = finding(
        "D-03",
        "integration_revoked",
        Severity::Error,
        Some(trouble.since),
        format!("{} refuses access", repo(facts)),
    );
    found
        .evidence
        .push(evidence(Some(trouble.since), trouble.detail.clone(), None));
    found.next_action = Some(check(integration));
    Some(found)
}

/// Nothing answers where the repository should be.
pub(super) fn unreachable(facts: &Facts) -> Option<DiagnosisFinding> {
    let trouble = trouble(facts, TroubleKind::Unreachable)?;
    let mut found = finding(
        "D-23",
        "clone_failing",
        Severity::Error,
        Some(trouble.since),
        format!("{} cannot be reached", repo(facts)),
    );
    found
        .evidence
        .push(evidence(Some(trouble.since), trouble.detail.clone(), None));
    found.next_action = facts.integration.as_ref().map(check);
    Some(found)
}

pub(super) fn provider_throttled(facts: &Facts) -> Option<DiagnosisFinding> {
    let by_look = trouble(facts, TroubleKind::Throttled);
    let by_look = by_look.map(|it| (Some(it.since), it.detail.clone(), None));
    let by_run = facts.newest_job().and_then(|job| {
        let error = job.error.as_ref().filter(|it| it.code == "git-throttled")?;
        Some((
            Some(job.updated_at),
            error.message.clone(),
            Some(EvidenceLink::Job(job.id)),
        ))
    });
    let (since, detail, link) = by_look.or(by_run)?;
    let mut found = finding(
        "D-30",
        "provider_throttled",
        Severity::Warning,
        since,
        format!("the host of {} wants to be asked less often", repo(facts)),
    );
    found.evidence.push(evidence(since, detail, link));
    Some(found)
}
