//! Rules about how a source is set up, and what it receives.

use serde_json::json;

use super::super::super::call::Call;
use super::super::super::kind::{DeliveryStatus, IntegrationStatus, Role, Severity, SourceKind};
use super::super::Facts;
use super::super::report::{DiagnosisFinding, EvidenceLink};
use super::{REFUSALS, action, destructive, evidence, finding, remote};

pub(super) fn virtual_source(facts: &Facts) -> Option<DiagnosisFinding> {
    (facts.source.kind() == SourceKind::Virtual).then(|| {
        let mut found = finding(
            "D-01",
            "virtual_source",
            Severity::Info,
            None,
            "virtual: it never triggers, by design".to_owned(),
        );
        found.next_action = Some(action(
            "Link it to an integration",
            "link",
            None,
            Role::Operator,
        ));
        found
    })
}

pub(super) fn source_disabled(facts: &Facts) -> Option<DiagnosisFinding> {
    let source = &facts.source;
    (!source.enabled && source.kind() == SourceKind::True).then(|| {
        let mut found = finding(
            "D-02",
            "source_disabled",
            Severity::Error,
            None,
            "the source is off".to_owned(),
        );
        found.evidence.push(evidence(
            Some(source.updated_at),
            format!("version {}: off", source.version),
            None,
        ));
        found.next_action = Some(action(
            "Turn it on",
            "source-toggle",
            Some(
                Call::new("PATCH", format!("/sources/{}", source.id))
                    .with(json!({ "enabled": true })),
            ),
            Role::Operator,
        ));
        found
    })
}

pub(super) fn integration_revoked(facts: &Facts) -> Option<DiagnosisFinding> {
    let integration = facts.integration.as_ref()?;
    if integration.status == IntegrationStatus::Active {
        return remote::no_access(facts, integration);
    }
    let mut found = finding(
        "D-03",
        "integration_revoked",
        Severity::Error,
        integration.last_checked_at.or(Some(integration.updated_at)),
        format!("integration {} is {}", integration.name, integration.status),
    );
    let detail = integration
        .status_detail
        .as_deref()
        .map(|d| format!(": {d}"))
        .unwrap_or_default();
    found.evidence.push(evidence(
        Some(integration.updated_at),
        format!(
            "integration {} {} is {}{detail}",
            integration.id, integration.name, integration.status
        ),
        Some(EvidenceLink::Integration(integration.id)),
    ));
    if let Some(job) = facts.open_job() {
        found.evidence.push(evidence(
            Some(job.created_at),
            format!("run #{} waits for it", job.id),
            Some(EvidenceLink::Job(job.id)),
        ));
    }
    found.next_action = Some(action(
        format!("Check the access of {} again", integration.name),
        "integration-check",
        Some(Call::new("POST", format!("/integrations/{}/check", integration.id)).with(json!({}))),
        Role::Operator,
    ));
    Some(found)
}

pub(super) fn signature_failing(facts: &Facts) -> Option<DiagnosisFinding> {
    let refused = facts.refused_in_a_row();
    if refused < REFUSALS {
        return None;
    }
    let integration = facts.integration.as_ref()?;
    let mut found = finding(
        "D-07",
        "signature_failing",
        Severity::Error,
        facts.deliveries.get(refused - 1).map(|d| d.received_at),
        format!("the last {refused} deliveries had a wrong signature"),
    );
    found
        .evidence
        .extend(facts.deliveries.iter().take(refused.min(5)).map(|d| {
            evidence(
                Some(d.received_at),
                format!("delivery {} {}", d.delivery_id, d.reason),
                Some(EvidenceLink::Delivery(d.id)),
            )
        }));
    found.next_action = Some(destructive(action(
        format!("Rotate the secret of {}", integration.name),
        "secret-rotate",
        Some(
            Call::new(
                "POST",
                format!("/integrations/{}/rotate-secret", integration.id),
            )
            .with(json!({})),
        ),
        Role::Admin,
    )));
    Some(found)
}

pub(super) fn no_spaces_bound(facts: &Facts) -> Option<DiagnosisFinding> {
    if !facts.bindings.is_empty() || facts.source.kind() == SourceKind::Virtual {
        return None;
    }
    let mut found = finding(
        "D-04",
        "no_spaces_bound",
        Severity::Warning,
        None,
        "bound to no space, so no run can start".to_owned(),
    );
    found.next_action = Some(action("Bind a space", "bind", None, Role::Operator));
    Some(found)
}

pub(super) fn all_bindings_disabled(facts: &Facts) -> Option<DiagnosisFinding> {
    if facts.bindings.is_empty()
        || facts.bindings.iter().any(|(b, _)| b.enabled)
        || facts.source.kind() == SourceKind::Virtual
    {
        return None;
    }
    let mut found = finding(
        "D-05",
        "all_bindings_disabled",
        Severity::Warning,
        None,
        "every binding is off, so no run can start".to_owned(),
    );
    for (binding, space) in &facts.bindings {
        found.evidence.push(evidence(
            Some(binding.updated_at),
            format!("{} is off", space.name),
            Some(EvidenceLink::Space(space.id)),
        ));
    }
    let (binding, space) = facts.bindings.first()?;
    found.next_action = Some(action(
        format!("Turn {} on", space.name),
        "binding-toggle",
        Some(
            Call::new(
                "PATCH",
                format!("/spaces/{}/sources/{}", binding.space_id, binding.source_id),
            )
            .with(json!({ "enabled": true })),
        ),
        Role::Operator,
    ));
    Some(found)
}

pub(super) fn events_other_ref(facts: &Facts) -> Option<DiagnosisFinding> {
    if facts.source.kind() == SourceKind::Virtual {
        return None;
    }
    let own: Vec<_> = facts.own_deliveries().collect();
    let other = own
        .iter()
        .take_while(|d| d.reason == "ignored:other-branch")
        .count();
    if other == 0
        || own
            .iter()
            .skip(other)
            .any(|d| d.status == DeliveryStatus::Queued)
    {
        return None;
    }
    let follows = facts
        .source
        .branch
        .as_deref()
        .unwrap_or("the default branch");
    let mut found = finding(
        "D-08",
        "events_other_ref",
        Severity::Info,
        own.get(other - 1).map(|d| d.received_at),
        format!("every push was to another branch than {follows}"),
    );
    found
        .evidence
        .extend(own.iter().take(other.min(5)).map(|d| {
            evidence(
                Some(d.received_at),
                format!(
                    "delivery {} was of {}",
                    d.delivery_id,
                    d.git_ref.as_deref().unwrap_or("no ref")
                ),
                Some(EvidenceLink::Delivery(d.id)),
            )
        }));
    found.next_action = Some(action(
        "Change the branch that it follows",
        "source-edit",
        None,
        Role::Operator,
    ));
    Some(found)
}

pub(super) fn duplicate_only(facts: &Facts) -> Option<DiagnosisFinding> {
    let newest = facts.own_deliveries().next()?;
    if newest.status != DeliveryStatus::Duplicate || !facts.source.is_pending() {
        return None;
    }
    let mut found = finding(
        "D-10",
        "duplicate_only",
        Severity::Info,
        Some(newest.received_at),
        "the newest delivery repeats a push that was taken in before".to_owned(),
    );
    found.evidence.push(evidence(
        Some(newest.received_at),
        format!(
            "delivery {} repeats {}",
            newest.delivery_id,
            newest.duplicate_of.as_deref().unwrap_or("an earlier one")
        ),
        Some(EvidenceLink::Delivery(newest.id)),
    ));
    if let Some(job) = facts.newest_job().filter(|j| j.delivery_id.is_some()) {
        found.next_action = Some(action(
            "Run it again from the event",
            "run-again",
            Some(Call::new("POST", format!("/jobs/{}/rerun", job.id)).with(json!({}))),
            Role::Operator,
        ));
    }
    Some(found)
}
