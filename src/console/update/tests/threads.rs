//! Threads and what waits in them: flow F4, and what may come between.

use serde_json::json;

use super::*;
use crate::api::orchestration::Approval;
use crate::api::{ApprovalStatus, Row, Thread};
use crate::console::model::{EntryKind, EntryState, ThreadView};
use crate::console::msg::{Answer, Asked};

const ID: &str = "job-90-space-1";

fn approval(id: &str, status: &str) -> serde_json::Value {
    json!({
        "requestId": id, "turnId": "t2", "requestKind": "command", "detail": "go doc ./...", "status": status,
        "decision": if status == "resolved" { json!("decline") } else { json!(null) },
        "createdAt": "2026-11-21T14:01:58.000Z",
        "resolvedAt": if status == "resolved" { json!("2026-11-21T14:00:05.000Z") } else { json!(null) },
    })
}

pub(super) fn thread_with(approvals: &[(&str, &str)]) -> Thread {
    let turn = |n: i64, state: &str, over: bool| {
        json!({
            "turnId": format!("t{n}"), "turnCount": n, "state": state,
            "checkpointTurnCount": if over { json!(n) } else { json!(null) },
            "userMessageId": null, "assistantMessageId": null, "requestedAt": "2026-11-21T14:01:00.000Z",
            "startedAt": "2026-11-21T14:01:00.000Z",
            "completedAt": if over { json!("2026-11-21T14:01:33.000Z") } else { json!(null) },
        })
    };
    let approvals: Vec<_> = approvals
        .iter()
        .map(|(id, status)| approval(id, status))
        .collect();
    serde_json::from_value(json!({
        "id": ID, "projectId": "p", "title": "API Docs", "model": "m", "runtimeMode": "approval-required",
        "branch": null, "worktreePath": null, "latestTurn": null, "turnCount": 2, "checkpointTurnCount": 1,
        "revertTurnCount": null, "latestUserMessageAt": null, "hasPendingApprovals": true,
        "hasPendingUserInput": false, "createdAt": "2026-11-21T14:01:00.000Z",
        "updatedAt": "2026-11-21T14:01:58.000Z", "archivedAt": null, "deletedAt": null, "session": null,
        "messages": [{ "id": "m1", "role": "assistant", "text": "one\ntwo", "turnId": "t2", "streaming": false,
            "createdAt": "2026-11-21T14:01:40.000Z", "updatedAt": "2026-11-21T14:01:40.000Z" }],
        "activities": [{ "id": "q", "tone": "approval", "kind": "approval.requested", "summary": "asks",
            "payload": { "requestId": "7", "requestKind": "command" }, "turnId": "t2",
            "createdAt": "2026-11-21T14:01:58.000Z" }],
        "turns": [turn(1, "completed", true), turn(2, "running", false)],
        "checkpoints": [], "approvals": approvals,
    }))
    .unwrap()
}

fn view(model: &Model) -> &ThreadView {
    match model.ui.page() {
        Page::Thread(view) => view,
        page => panic!("the thread is in front: {page:?}"),
    }
}

/// The number of what is asked of this kind.
fn one(
    asked: &[(crate::console::model::ReqId, Ask)],
    is: fn(&Ask) -> bool,
) -> crate::console::model::ReqId {
    let mut found = asked.iter().filter(|(_, ask)| is(ask));
    let first = found
        .next()
        .unwrap_or_else(|| panic!("it is asked: {asked:?}"))
        .0;
    assert!(found.next().is_none(), "once: {asked:?}");
    first
}

fn is_thread(ask: &Ask) -> bool {
    matches!(ask, Ask::Thread(id) if id.as_str() == ID)
}

fn tell(
    model: &mut Model,
    request: crate::console::model::ReqId,
    approvals: &[(&str, &str)],
) -> Vec<Effect> {
    let answer = Answer::Thread(Box::new(thread_with(approvals)));
    take(model, Msg::Reply(request, Ok(answer)))
}

fn seen(model: &mut Model) {
    take(model, Msg::Timer(Timer::Guard));
}

/// The page of the thread, its question read, the approval focused.
fn at_approval(role: &str, approvals: &[(&str, &str)]) -> Model {
    let mut model = world_as(role);
    let asked = asked(&take(&mut model, Msg::OpenLink(format!("thread/{ID}"))));
    tell(&mut model, one(&asked, is_thread), approvals);
    seen(&mut model);
    press(&mut model, "Tab Tab");
    assert_eq!(model.ui.focus(), ListId::Approval);
    model
}

/// The page of a thread that is so.
pub(super) fn open_with(thread: Thread) -> Model {
    let mut model = world();
    let asked = asked(&take(&mut model, Msg::OpenLink(format!("thread/{ID}"))));
    let answer = Answer::Thread(Box::new(thread));
    take(&mut model, Msg::Reply(one(&asked, is_thread), Ok(answer)));
    model
}

/// What the lines of the thread say.
pub(super) fn shown(model: &Model) -> Vec<String> {
    view(model).lines.iter().map(|it| it.text.clone()).collect()
}

fn move_feed(model: &mut Model, sequence: i64, changes: Vec<RowChange>) -> Vec<Effect> {
    let frame = RowsFrame {
        sequence: Sequence(sequence),
        head: Sequence(sequence),
        changes,
    };
    take(model, Msg::Feed(Feed::Frame(Box::new(frame))))
}

#[test]
fn an_approval_is_found_in_the_inbox_and_answered_once() {
    let mut model = world();
    let sent = asked(&press(&mut model, "g a"));
    let inbox = one(&sent, |ask| *ask == Ask::Questions);
    let approval: Approval = serde_json::from_value(approval("7", "pending")).unwrap();
    let waits = Asked {
        thread: ID.parse().unwrap(),
        title: "API Docs".into(),
        turn: Some(2),
        approval,
    };
    take(
        &mut model,
        Msg::Reply(inbox, Ok(Answer::Questions(vec![waits]))),
    );
    assert_eq!(model.ui.list(ListId::Approvals).len(), 1);

    let sent = asked(&press(&mut model, "Enter"));
    let effects = tell(&mut model, one(&sent, is_thread), &[("7", "pending")]);
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Arm(Timer::Guard, after) if after.as_millis() == 300))
    );
    assert_eq!(
        model.ui.focus(),
        ListId::Thread,
        "the focus moves by keys only"
    );

    // Typed ahead: dropped, and said so.
    press(&mut model, "Tab");
    assert_eq!(
        said(&model),
        "Keys typed before the question appeared were dropped."
    );
    assert_eq!(model.ui.focus(), ListId::Thread);
    seen(&mut model);
    assert!(
        asked(&press(&mut model, "a")).is_empty(),
        "only with the approval focused"
    );

    press(&mut model, "Tab Tab");
    assert_eq!(model.ui.focus(), ListId::Approval);
    let sent = asked(&press(&mut model, "a"));
    let (request, Ask::Change { call, key }) = &sent[0] else {
        panic!("an answer is sent: {sent:?}");
    };
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("POST", "/orchestration/dispatchCommand")
    );
    assert_eq!(
        call.body,
        json!({
            "type": "thread.approval.respond", "commandId": key, "threadId": ID, "requestId": "7",
            "decision": "accept", "createdAt": "2026-11-21T14:02:11.000Z",
        })
    );
    press(&mut model, "a");
    assert_eq!(said(&model), "Still saving.");

    let effects = accept(
        &mut model,
        *request,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    let again = asked(&effects);
    let request = one(&again, is_thread);
    assert_eq!(said(&model), "Allowed once. The agent goes on.");
    assert_eq!(model.work.notes.back().unwrap().text, said(&model));
    assert_eq!(
        view(&model).approval().unwrap().status,
        ApprovalStatus::Responding
    );
    let turn = view(&model)
        .entries
        .iter()
        .rfind(|it| it.kind == EntryKind::Turn)
        .unwrap();
    assert_eq!(turn.state, EntryState::Running);
    assert!(
        model.work.undo.is_empty(),
        "nothing takes it back, and nothing says it could"
    );
    press(&mut model, "a");
    assert_eq!(said(&model), "Already answered by you.");
    tell(&mut model, request, &[("7", "responding")]);
    press(&mut model, "d");
    assert_eq!(said(&model), "Already answered by you.");

    // It stays for as long as it has the focus.
    press(&mut model, "Tab");
    assert!(view(&model).approval().is_none());
    assert_eq!(model.ui.page().areas().len(), 2);
}

#[test]
fn every_key_is_its_decision() {
    for (key, decision) in [("A", "acceptForSession"), ("d", "decline")] {
        let mut model = at_approval("operator", &[("7", "pending")]);
        let sent = asked(&press(&mut model, key));
        let Ask::Change { call, .. } = &sent[0].1 else {
            panic!("an answer is sent");
        };
        assert_eq!(call.body["decision"], decision);
    }
}

#[test]
fn what_appears_while_the_approval_has_the_focus_takes_no_key_typed_ahead() {
    let mut model = at_approval("operator", &[("7", "pending"), ("8", "pending")]);
    let sent = asked(&press(&mut model, "a"));
    accept(
        &mut model,
        sent[0].0,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    assert_eq!(view(&model).question.as_ref().unwrap().as_str(), "8");
    assert!(
        model.work.toasts.is_empty(),
        "nothing lies over what is asked"
    );
    assert!(asked(&press(&mut model, "a")).is_empty());
    assert_eq!(
        said(&model),
        "Keys typed before the question appeared were dropped."
    );
    seen(&mut model);
    let sent = asked(&press(&mut model, "a"));
    assert!(matches!(&sent[0].1, Ask::Change { call, .. } if call.body["requestId"] == "8"));
}

#[test]
fn somebody_else_was_quicker() {
    for code in [Code::Conflict, Code::Precondition] {
        let mut model = at_approval("operator", &[("7", "pending")]);
        let sent = asked(&press(&mut model, "a"));
        let text = "Orchestration command invariant failed (thread.approval.respond): Request '7' is resolved already.";
        let failed = Msg::Reply(sent[0].0, Err(refusal(code, text)));
        let again = asked(&take(&mut model, failed));
        assert_eq!(
            toast(&model),
            "Not answered: Request '7' is resolved already."
        );
        assert!(model.work.answers.is_empty() && model.work.pending.is_empty());
        tell(&mut model, one(&again, is_thread), &[("7", "resolved")]);
        press(&mut model, "a");
        assert_eq!(said(&model), "Already answered, 2m ago.");
    }
}

#[test]
fn the_run_ends_before_the_answer() {
    let mut model = at_approval("operator", &[("7", "pending")]);
    let sent = asked(&move_feed(&mut model, 1843, Vec::new()));
    let sent = if sent.is_empty() {
        asked(&take(&mut model, Msg::Timer(Timer::Live)))
    } else {
        sent
    };
    let request = one(&sent, is_thread);
    tell(&mut model, request, &[("7", "stale")]);
    press(&mut model, "a");
    assert_eq!(
        said(&model),
        "Run ended: nobody waits for the answer any more."
    );
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_id() {
    let mut model = at_approval("operator", &[("7", "pending")]);
    let sent = asked(&press(&mut model, "a"));
    let (request, first) = sent[0].clone();
    let lost = Failure {
        kind: FailureKind::Outage(Outage::Broken),
        text: "connection broke".into(),
        unsure: true,
    };
    take(&mut model, Msg::Reply(request, Err(lost)));
    assert!(said(&model).starts_with("Unsure: \"answer to approval 7\" was sent"));
    let again = asked(&take(&mut model, Msg::Timer(Timer::Again(request))));
    assert_eq!(again[0].1, first);
}

#[test]
fn a_viewer_reads_and_does_not_answer() {
    let mut model = at_approval("viewer", &[("7", "pending")]);
    assert!(asked(&press(&mut model, "a")).is_empty());
    assert_eq!(said(&model), "Needs operator; you are viewer.");
}

#[test]
fn a_thread_that_is_gone_says_so_and_keeps_what_it_was() {
    let mut model = world();
    let sent = asked(&take(&mut model, Msg::OpenLink(format!("thread/{ID}"))));
    let gone = || refusal(Code::NotFound, "Thread 'job-90-space-1' not found.");
    take(&mut model, Msg::Reply(one(&sent, is_thread), Err(gone())));
    assert!(view(&model).gone && view(&model).thread.value.is_none());

    let mut model = at_approval("operator", &[("7", "pending")]);
    take(&mut model, Msg::Timer(Timer::Live));
    let sent = asked(&move_feed(&mut model, 1843, Vec::new()));
    take(&mut model, Msg::Reply(one(&sent, is_thread), Err(gone())));
    assert!(view(&model).gone && view(&model).thread.value.is_some());
}

#[test]
fn a_thread_is_asked_for_when_the_feed_moves_and_at_most_twice_a_second() {
    let mut model = at_approval("operator", &[("7", "pending")]);
    take(&mut model, Msg::Timer(Timer::Live));
    let first = move_feed(&mut model, 1843, Vec::new());
    assert!(
        first
            .iter()
            .any(|it| matches!(it, Effect::Arm(Timer::Live, after) if after.as_millis() == 500))
    );
    let request = one(&asked(&first), is_thread);
    for sequence in 1844..1944 {
        assert!(asked(&move_feed(&mut model, sequence, Vec::new())).is_empty());
    }
    // The answer is slow: no second question beside it.
    assert!(asked(&take(&mut model, Msg::Timer(Timer::Live))).is_empty());
    tell(&mut model, request, &[("7", "pending")]);
    let next = asked(&take(&mut model, Msg::Timer(Timer::Live)));
    tell(&mut model, one(&next, is_thread), &[("7", "pending")]);
    assert!(
        take(&mut model, Msg::Timer(Timer::Live)).is_empty(),
        "nothing moved: nothing is asked"
    );
    press(&mut model, "Esc");
    assert!(matches!(model.ui.page(), Page::Main));
    for sequence in 1944..1950 {
        assert!(asked(&move_feed(&mut model, sequence, Vec::new())).is_empty());
    }
}

#[test]
fn a_space_of_a_run_opens_its_thread_and_says_when_it_waits() {
    let mut model = world();
    let mut row = job(90, 1, "running", &[(1, "running"), (2, "queued")]);
    row["spaces"][0]["threadId"] = json!(ID);
    let put = RowChange::Put {
        row: Row::Job(Box::new(serde_json::from_value(row).unwrap())),
    };
    move_feed(&mut model, 1843, vec![put]);
    let sent = asked(&take(&mut model, Msg::OpenLink("run/90".into())));
    let waits = one(
        &sent,
        |ask| matches!(ask, Ask::Waits(job, 1) if job.0 == 90),
    );
    take(
        &mut model,
        Msg::Reply(waits, Ok(Answer::Waits(vec![ID.parse().unwrap()]))),
    );
    assert!(matches!(model.ui.page(), Page::Run(view) if view.waits.contains(ID)));
    press(&mut model, "Tab j Enter");
    assert_eq!(said(&model), "This run has no thread: provider is none.");
    let sent = asked(&press(&mut model, "k Enter"));
    one(&sent, is_thread);
    assert_eq!(view(&model).about.unwrap().0.0, 90);
    assert_eq!(model.current_source().unwrap().name, "backend");
    let back = asked(&press(&mut model, "Esc"));
    assert!(matches!(model.ui.page(), Page::Run(_)));
    assert!(!back.is_empty(), "what was covered is asked for again");
}

#[test]
fn turns_and_changes_are_walked_and_a_diff_is_asked_for_once() {
    let mut model = at_approval("operator", &[("7", "pending")]);
    press(&mut model, "Tab");
    let first = asked(&press(&mut model, "["));
    let diff = one(&first, |ask| matches!(ask, Ask::TurnDiff(_, 0, 1)));
    press(&mut model, "[");
    assert_eq!(said(&model), "This is the first turn.");
    let text = "diff --git a/a b/a\n@@ -1,3 +1,3 @@\n-1\n+2\n 3\n-4\n+5\n";
    let answer = Answer::TurnDiff(Box::new(crate::console::model::Diff::parse(text)));
    take(&mut model, Msg::Reply(diff, Ok(answer)));
    assert_eq!(view(&model).changes.len(), 2);
    assert!(asked(&press(&mut model, "] [")).is_empty(), "it is known");
    press(&mut model, "Tab ]");
    let list = model.ui.list(ListId::Diff);
    assert_eq!(list.position, view(&model).changes[1]);
    press(&mut model, "]");
    assert_eq!(said(&model), "No change after this one.");
}

#[test]
fn what_happened_unfolds_and_the_selection_holds_while_more_comes() {
    let mut model = at_approval("operator", &[("7", "pending")]);
    press(&mut model, "Tab j");
    let selected = model.selected(ListId::Thread);
    let before = view(&model).lines.len();
    press(&mut model, "Enter");
    assert_eq!(
        view(&model).lines.len(),
        before + 1,
        "the message has two lines"
    );
    take(&mut model, Msg::Timer(Timer::Live));
    let sent = asked(&move_feed(&mut model, 1843, Vec::new()));
    tell(&mut model, one(&sent, is_thread), &[("7", "pending")]);
    assert_eq!(model.selected(ListId::Thread), selected);
    press(&mut model, "[ [ Enter");
    assert!(view(&model).lines.len() > before, "both turns are open");
}
