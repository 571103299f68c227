//! What a person is asked for an agent, and which of the agent's own answers theirs becomes.

use agent_client_protocol::v1::schema::{
    PermissionOption, PermissionOptionKind, RequestPermissionOutcome, RequestPermissionRequest,
    SelectedPermissionOutcome,
};
use serde_json::Value;

use super::tool::Use;
use super::{Question, Tool};
use crate::domain::kind::{ApprovalDecision, RequestKind};

use PermissionOptionKind::{AllowAlways, AllowOnce, RejectAlways, RejectOnce};

/// Answers of a kind that nobody here knows are left out: the others still say what they say.
pub(super) fn parse(mut params: Value) -> serde_json::Result<RequestPermissionRequest> {
    if let Some(options) = params.get_mut("options").and_then(Value::as_array_mut) {
        options.retain(|option| serde_json::from_value::<PermissionOption>(option.clone()).is_ok());
    }
    serde_json::from_value(params)
}

/// What a person can say to these.
pub(super) fn offers(options: &[PermissionOption]) -> Vec<ApprovalDecision> {
    use ApprovalDecision::{Accept, AcceptForSession, Cancel, Decline};
    match chosen(options, Accept) {
        Some(_) => vec![Accept, AcceptForSession, Decline, Cancel],
        None => vec![Decline, Cancel],
    }
}

/// The agent's own answer that is nearest to a person's.
pub(super) fn chosen(
    options: &[PermissionOption],
    decision: ApprovalDecision,
) -> Option<&PermissionOption> {
    let wanted = match decision {
        ApprovalDecision::Accept => [AllowOnce, AllowAlways],
        ApprovalDecision::AcceptForSession => [AllowAlways, AllowOnce],
        ApprovalDecision::Decline => [RejectOnce, RejectAlways],
        ApprovalDecision::Cancel => return None,
    };
    let find = |kind: &PermissionOptionKind| options.iter().find(|option| option.kind == *kind);
    wanted.iter().find_map(find)
}

/// As the agent gets it; where it has no such answer, the question was not answered.
pub(super) fn outcome(chosen: Option<&PermissionOption>) -> RequestPermissionOutcome {
    match chosen {
        Some(option) => RequestPermissionOutcome::Selected(SelectedPermissionOutcome::new(
            option.option_id.clone(),
        )),
        None => RequestPermissionOutcome::Cancelled,
    }
}

/// Whether a tool may be used.
pub(super) fn about(one: &Use, options: &[PermissionOption]) -> Question {
    let tool = &one.tool;
    let kind = match tool.kind {
        "edit" | "delete" | "move" => RequestKind::FileChange,
        "read" | "search" => RequestKind::FileRead,
        "other" if !tool.diffs.is_empty() => RequestKind::FileChange,
        _ => RequestKind::Command,
    };
    let mut detail = match tool.title.trim() {
        "" => format!("the agent wants to use a tool ({})", tool.kind),
        title => title.to_owned(),
    };
    let more = match (&one.command, kind) {
        (Some(command), _) => Some(command.clone()),
        (None, RequestKind::Command) => None,
        (None, _) => Some(tool.paths.join("\n")),
    };
    if let Some(more) = more.filter(|more| !more.is_empty() && !detail.contains(more.as_str())) {
        detail.push('\n');
        detail.push_str(&more);
    }
    Question {
        id: uuid::Uuid::now_v7().to_string(),
        kind,
        detail,
        tool: Some(tool.clone()),
        offers: offers(options),
    }
}

/// Whether a document may be written that no tool was allowed to.
pub(super) fn to_write(mut tool: Tool) -> Question {
    let id = uuid::Uuid::now_v7().to_string();
    tool.id.clone_from(&id);
    Question {
        id,
        kind: RequestKind::FileChange,
        detail: tool.title.clone(),
        tool: Some(tool),
        offers: ApprovalDecision::ALL.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApprovalDecision::{Accept, AcceptForSession, Cancel, Decline};

    fn asked(kinds: &[&str]) -> Vec<PermissionOption> {
        let option = |kind: &&str| serde_json::json!({"optionId": kind, "name": "x", "kind": kind});
        let options: Vec<Value> = kinds.iter().map(option).collect();
        let params = serde_json::json!({"sessionId": "s", "toolCall": {"toolCallId": "t"}, "options": options});
        parse(params).unwrap().options
    }

    #[test]
    fn a_persons_answer_becomes_the_nearest_of_the_agents() {
        let all = asked(&[
            "reject_always",
            "reject_once",
            "sometimes",
            "allow_always",
            "allow_once",
        ]);
        let always = asked(&["allow_always", "reject_always"]);
        let once = asked(&["allow_once"]);
        let none = asked(&["reject_once"]);
        for (options, decision, expected) in [
            (&all, Accept, Some("allow_once")),
            (&all, AcceptForSession, Some("allow_always")),
            (&all, Decline, Some("reject_once")),
            (&all, Cancel, None),
            (&always, Accept, Some("allow_always")),
            (&always, Decline, Some("reject_always")),
            (&once, AcceptForSession, Some("allow_once")),
            (&once, Decline, None),
            (&none, Accept, None),
        ] {
            let found = chosen(options, decision).map(|option| &*option.option_id.0);
            assert_eq!(found, expected, "{decision} of {options:?}");
        }
        assert_eq!(offers(&once), ApprovalDecision::ALL);
        assert_eq!(offers(&none), [Decline, Cancel]);
    }
}
