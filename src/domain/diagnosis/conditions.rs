//! Conditions of a source's page: what holds and what does not, by type.

use super::super::kind::{CursorState, IntegrationStatus};
use super::{Condition, Facts, rules, state};

/// `Ready`, `Reachable` and `Delivering` of a source.
pub fn conditions(facts: &Facts) -> Vec<Condition> {
    let (cursor_state, since) = state(facts);
    let (findings, _) = rules::evaluate(facts, cursor_state);
    let ready = matches!(cursor_state, CursorState::Ok);
    let mut list = vec![Condition {
        condition_type: "Ready".to_owned(),
        status: yes_no(ready),
        reason: if ready {
            "CursorAtHead".to_owned()
        } else {
            findings
                .first()
                .map_or_else(|| camel(cursor_state.as_str()), |f| camel(&f.name))
        },
        message: super::summary(facts, cursor_state),
        last_transition_time: since,
    }];
    if let Some(integration) = &facts.integration {
        let reachable = integration.status == IntegrationStatus::Active;
        list.push(Condition {
            condition_type: "Reachable".to_owned(),
            status: if integration.last_checked_at.is_none() && reachable {
                "unknown".to_owned()
            } else {
                yes_no(reachable)
            },
            reason: match (reachable, integration.last_checked_at) {
                (true, None) => "NeverChecked".to_owned(),
                (true, Some(_)) => "LsRemoteOk".to_owned(),
                (false, _) => camel(integration.status.as_str()),
            },
            message: integration.status_detail.clone().unwrap_or_else(|| {
                format!(
                    "Integration {} is {}.",
                    integration.name, integration.status
                )
            }),
            last_transition_time: integration.last_checked_at,
        });
        let last = facts.own_deliveries().next();
        list.push(Condition {
            condition_type: "Delivering".to_owned(),
            status: match last {
                Some(_) => yes_no(facts.refused_in_a_row() < rules::REFUSALS),
                None => "unknown".to_owned(),
            },
            reason: if last.is_some() {
                "LastDelivery".to_owned()
            } else {
                "NothingReceived".to_owned()
            },
            message: last.map_or_else(
                || "No delivery about this repository was received.".to_owned(),
                |d| format!("Delivery {} ended {}.", d.delivery_id, d.reason),
            ),
            last_transition_time: last.map(|d| d.received_at),
        });
    }
    list
}

fn yes_no(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

fn camel(words: &str) -> String {
    words
        .split(['_', '-'])
        .map(|w| {
            let mut chars = w.chars();
            chars
                .next()
                .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
        })
        .collect()
}
