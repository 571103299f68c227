//! What a person wants of a thread: an instruction, an answer in words, another mode, an end, a way back. Nothing that was
//! typed is lost, nothing is sent that was not asked for, and what is not offered says why.

use serde_json::{Value, json};

use super::*;
use crate::api::{Row, RuntimeMode, Thread};
use crate::console::command::CommandId;
use crate::console::model::{Diff, Gone, ReqId, ThreadView, Writing};
use crate::console::msg::Answer;

const ID: &str = "job-90-space-1";

/// A thread of so many turns that are over, each with its checkpoint, and of what stands after them.
pub(super) fn thread(over: i64, more: &[Value]) -> Value {
    let turns: Vec<Value> = (1..=over)
        .map(|n| turn(n, "completed", Some(n)))
        .chain(more.iter().cloned())
        .collect();
    let checkpoints: Vec<Value> = (1..=over)
        .map(|n| {
            json!({
                "turnId": format!("t{n}"), "checkpointTurnCount": n, "checkpointRef": format!("refs/{n}"),
                "status": "ready", "files": [], "assistantMessageId": null, "completedAt": "2026-11-21T14:01:33.000Z",
            })
        })
        .collect();
    json!({
        "id": ID, "projectId": "p", "title": "API Docs", "model": "m", "runtimeMode": "approval-required",
        "branch": null, "worktreePath": null, "latestTurn": null, "turnCount": turns.len(),
        "checkpointTurnCount": over, "revertTurnCount": null, "latestUserMessageAt": null,
        "hasPendingApprovals": false, "hasPendingUserInput": false, "createdAt": "2026-11-21T14:01:00.000Z",
        "updatedAt": "2026-11-21T14:01:58.000Z", "archivedAt": null, "deletedAt": null, "session": null,
        "messages": [{ "id": "m2", "role": "user", "text": "do more", "turnId": "t2", "streaming": false,
            "createdAt": "2026-11-21T14:01:40.000Z", "updatedAt": "2026-11-21T14:01:40.000Z" }],
        "activities": [], "turns": turns, "checkpoints": checkpoints, "approvals": [],
    })
}

pub(super) fn turn(n: i64, state: &str, checkpoint: Option<i64>) -> Value {
    json!({
        "turnId": format!("t{n}"), "turnCount": n, "state": state, "checkpointTurnCount": checkpoint,
        "userMessageId": null, "assistantMessageId": null, "requestedAt": "2026-11-21T14:01:00.000Z",
        "startedAt": "2026-11-21T14:01:00.000Z",
        "completedAt": checkpoint.map(|_| "2026-11-21T14:01:33.000Z"),
    })
}

pub(super) fn session(status: &str, turn: Option<&str>) -> Value {
    json!({
        "threadId": ID, "status": status, "providerName": "agent", "runtimeMode": "approval-required",
        "activeTurnId": turn, "lastError": null, "stopRequestedAt": null, "updatedAt": "2026-11-21T14:01:58.000Z",
    })
}

fn told(value: Value) -> Answer {
    let thread: Thread = serde_json::from_value(value).unwrap();
    Answer::Thread(Box::new(thread))
}

fn at_as(role: &str, value: Value) -> Model {
    let mut model = world_as(role);
    let sent = asked(&take(&mut model, Msg::OpenLink(format!("thread/{ID}"))));
    let request = one(&sent, |ask| matches!(ask, Ask::Thread(_)));
    take(&mut model, Msg::Reply(request, Ok(told(value))));
    take(&mut model, Msg::Timer(Timer::Guard));
    model
}

fn at(value: Value) -> Model {
    at_as("operator", value)
}

/// The thread is told anew, as after the feed moved.
fn tell_again(model: &mut Model, value: Value) {
    take(model, Msg::Timer(Timer::Live));
    let frame = RowsFrame {
        sequence: Sequence(model.replica.sequence.0 + 1),
        head: Sequence(model.replica.sequence.0 + 1),
        changes: Vec::new(),
    };
    let effects = take(model, Msg::Feed(Feed::Frame(Box::new(frame))));
    let request = one(&asked(&effects), |ask| matches!(ask, Ask::Thread(_)));
    take(model, Msg::Reply(request, Ok(told(value))));
}

fn one(sent: &[(ReqId, Ask)], is: fn(&Ask) -> bool) -> ReqId {
    let found: Vec<ReqId> = sent
        .iter()
        .filter(|(_, ask)| is(ask))
        .map(|it| it.0)
        .collect();
    let [only] = found.as_slice() else {
        panic!("it is asked once: {sent:?}");
    };
    *only
}

/// The one change among effects: request, key, body.
fn change(effects: &[Effect]) -> (ReqId, String, Value) {
    let mut sent = asked(effects)
        .into_iter()
        .filter_map(|(request, ask)| match ask {
            Ask::Change { call, key } => {
                assert_eq!(
                    (call.method.as_str(), call.path.as_str()),
                    ("POST", "/orchestration/dispatchCommand")
                );
                Some((request, key, call.body))
            }
            _ => None,
        });
    let first = sent.next().expect("a change is sent");
    assert!(sent.next().is_none(), "one change");
    first
}

fn view(model: &Model) -> &ThreadView {
    match model.ui.page() {
        Page::Thread(view) => view,
        page => panic!("the thread is in front: {page:?}"),
    }
}

fn writing(model: &Model) -> Option<&Writing> {
    match model.ui.popup() {
        Some(Popup::Writing(writing)) => Some(writing),
        _ => None,
    }
}

fn outage(unsure: bool) -> Failure {
    Failure {
        kind: FailureKind::Outage(Outage::Broken),
        text: "connection broke".into(),
        unsure,
    }
}

/// Every effect is foreseen and the popup was seen.
fn foreseen(model: &mut Model, effects: &[Effect]) {
    // The server refuses a command without an id.
    let request = one(
        &asked(effects),
        |ask| matches!(ask, Ask::Effect(call) if call.body["commandId"].as_str().is_some_and(|id| !id.is_empty())),
    );
    foresee(model, request);
    take(model, Msg::Timer(Timer::Guard));
}

#[test]
fn an_instruction_is_written_in_lines_and_sent_as_a_turn_under_ids_of_its_own() {
    for key in ["i", "+"] {
        let mut model = at(thread(2, &[]));
        press(&mut model, key);
        assert_eq!(model.ui.typing_what(), Some("instruction"));
        type_text(&mut model, "Q quits? no");
        press(&mut model, "Enter");
        take(&mut model, Msg::Paste("two\r\nthree".into()));
        let (request, key, body) = change(&press(&mut model, "Ctrl-s"));
        assert_eq!(
            body,
            json!({
                "type": "thread.turn.start", "commandId": key, "threadId": ID, "turnId": null, "model": null,
                "effort": null, "runtimeMode": null, "createdAt": "2026-11-21T14:02:11.000Z",
                "message": { "messageId": format!("message-{key}"), "text": "Q quits? no\ntwo\nthree", "attachments": [] },
            })
        );
        assert!(asked(&press(&mut model, "Ctrl-s")).is_empty(), "once");
        let effects = accept(
            &mut model,
            request,
            json!({ "sequence": 1843 }),
            json!(null),
        );
        assert!(writing(&model).is_none());
        assert!(
            toast(&model).starts_with("Sent. The turn is queued"),
            "{}",
            toast(&model)
        );
        assert!(
            model.work.undo.is_empty(),
            "it cannot be taken back, and does not say it could"
        );
        let request = one(&asked(&effects), |ask| matches!(ask, Ask::Thread(_)));
        let queued = thread(2, &[turn(3, "pending", None)]);
        take(&mut model, Msg::Reply(request, Ok(told(queued))));
        assert_eq!(view(&model).queued().unwrap().turn_count, 3);
        press(&mut model, "i");
        assert!(writing(&model).is_none());
        assert_eq!(
            said(&model),
            "Turn 3 is under way. It ends first, or !i interrupts it."
        );
    }
}

#[test]
fn the_job_of_a_queued_turn_is_named_once_it_is_known() {
    let mut model = at(thread(1, &[turn(2, "pending", None)]));
    assert!(model.job_of_turn(view(&model)).is_none());
    let mut row = job(93, 1, "queued", &[(1, "queued")]);
    row["kind"] = json!("agent-turn");
    row["agentTurn"] = json!({ "threadId": ID, "turnId": "t2" });
    let frame = RowsFrame {
        sequence: Sequence(1843),
        head: Sequence(1843),
        changes: vec![RowChange::Put {
            row: Row::Job(Box::new(serde_json::from_value(row).unwrap())),
        }],
    };
    take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    assert_eq!(model.job_of_turn(view(&model)).unwrap().id.0, 93);
}

#[test]
fn nothing_and_too_much_are_refused_with_words_and_not_sent() {
    let mut model = at(thread(1, &[]));
    press(&mut model, "i");
    type_text(&mut model, " ");
    assert!(asked(&press(&mut model, "Enter Ctrl-s")).is_empty());
    let problem = |model: &Model| writing(model).unwrap().problem.clone().unwrap();
    assert!(problem(&model).starts_with("The instruction says nothing."));
    take(&mut model, Msg::Paste("ä".repeat(120_000)));
    assert!(asked(&press(&mut model, "Ctrl-s")).is_empty());
    assert_eq!(
        problem(&model),
        "Longer than 120,000 characters, by 2. Shorten it."
    );
    press(&mut model, "Backspace Backspace");
    change(&press(&mut model, "Ctrl-s"));
}

#[test]
fn what_was_not_taken_is_kept_whatever_the_reason() {
    // Refused: the popup stays with the text and the server's whole words.
    let mut model = at(thread(1, &[]));
    press(&mut model, "i");
    type_text(&mut model, "more");
    let (request, ..) = change(&press(&mut model, "Ctrl-s"));
    let text = "Thread 't' has turn 't2' under way. Wait until it ends, or interrupt it.";
    take(
        &mut model,
        Msg::Reply(request, Err(refusal(Code::Conflict, text))),
    );
    let kept = writing(&model).unwrap();
    assert_eq!(kept.parts[0].text.text(), "more");
    assert_eq!(
        kept.problem.as_deref(),
        Some(format!("Not sent. {text} Your text is kept.").as_str())
    );
    assert_eq!(toast(&model), format!("Not sent: {text}"));

    // Again, under another id; the server is away by now.
    let (request, key, _) = change(&press(&mut model, "Ctrl-s"));
    assert_eq!(key, format!("s-{}", request.0));
    take(&mut model, Msg::Reply(request, Err(outage(false))));
    assert!(
        writing(&model)
            .unwrap()
            .problem
            .as_ref()
            .unwrap()
            .contains("connection broke")
    );

    // Closed and opened again, from elsewhere too.
    press(&mut model, "Esc Esc");
    assert!(matches!(model.ui.page(), Page::Main));
    let sent = asked(&take(&mut model, Msg::OpenLink(format!("thread/{ID}"))));
    let request = one(&sent, |ask| matches!(ask, Ask::Thread(_)));
    take(&mut model, Msg::Reply(request, Ok(told(thread(1, &[])))));
    press(&mut model, "i");
    assert_eq!(writing(&model).unwrap().parts[0].text.text(), "more");

    // Offline while it is open: it is not even tried, and says so where it is typed.
    model.connection = Connection::Offline {
        outage: Outage::Refused,
        text: String::new(),
        next_try: now(),
        attempt: 1,
        since: now(),
    };
    assert!(asked(&press(&mut model, "Ctrl-s")).is_empty());
    let problem = writing(&model).unwrap().problem.clone().unwrap();
    assert_eq!(
        problem,
        "Not sent. Offline: nothing is sent. R tries again. Your text is kept."
    );
}

#[test]
fn a_lost_answer_keeps_the_text_until_it_is_known_and_is_asked_for_under_the_same_id() {
    let mut model = at(thread(1, &[]));
    press(&mut model, "i");
    type_text(&mut model, "more");
    let sent = asked(&press(&mut model, "Ctrl-s"));
    let (request, first) = sent[0].clone();
    take(&mut model, Msg::Reply(request, Err(outage(true))));
    press(&mut model, "Esc i");
    assert!(writing(&model).is_none(), "Still saving.");
    let again = asked(&take(&mut model, Msg::Timer(Timer::Again(request))));
    assert_eq!(again[0].1, first);
    accept(
        &mut model,
        again[0].0,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    take(&mut model, Msg::Timer(Timer::Live));
    press(&mut model, "i");
    let text = writing(&model).unwrap().parts[0].text.text();
    assert_eq!(text, "", "what was taken is no draft any more");
}

#[test]
fn a_question_for_words_is_answered_in_words() {
    let mut asks = thread(1, &[turn(2, "running", None)]);
    asks["approvals"] = json!([{
        "requestId": "7", "turnId": "t2", "requestKind": "user-input", "detail": "Which tone?", "status": "pending",
        "decision": null, "createdAt": "2026-11-21T14:01:58.000Z", "resolvedAt": null,
    }]);
    asks["activities"] = json!([{
        "id": "q", "tone": "approval", "kind": "user-input.requested", "summary": "asks", "turnId": "t2",
        "payload": { "requestId": "7", "questions": [
            { "id": "tone", "question": "Which tone?", "options": ["plain"] }, { "id": "more", "question": "More?" } ] },
        "createdAt": "2026-11-21T14:01:58.000Z",
    }]);
    let mut model = at(asks);
    press(&mut model, "Tab Tab a");
    assert_eq!(said(&model), "It asks for words: i writes them.");
    press(&mut model, "i");
    assert_eq!(model.ui.typing_what(), Some("answer"));
    type_text(&mut model, "plain");
    assert!(
        asked(&press(&mut model, "Ctrl-s")).is_empty(),
        "one question has no answer"
    );
    assert_eq!(
        writing(&model).unwrap().focus,
        1,
        "and it is the one to type into"
    );
    type_text(&mut model, "no");
    let (request, key, body) = change(&press(&mut model, "Ctrl-s"));
    assert_eq!(
        body,
        json!({
            "type": "thread.user-input.respond", "commandId": key, "threadId": ID, "requestId": "7",
            "answers": { "tone": "plain", "more": "no" }, "createdAt": "2026-11-21T14:02:11.000Z",
        })
    );
    accept(
        &mut model,
        request,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    assert!(writing(&model).is_none());
    let status = view(&model).approvals()[0].status;
    assert_eq!(status, crate::api::ApprovalStatus::Responding);
}

#[test]
fn a_turn_is_interrupted_and_a_session_stopped_by_name_and_only_where_there_is_one() {
    let mut still = at(thread(2, &[]));
    press(&mut still, "! i");
    assert_eq!(said(&still), "No turn is under way.");
    press(&mut still, "! k");
    assert_eq!(said(&still), "The agent has no session.");

    let mut running = thread(1, &[turn(2, "running", None)]);
    running["session"] = session("running", Some("t2"));
    for (keys, name, kind) in [
        ("! i", "turn 2", "thread.turn.interrupt"),
        ("! k", "session", "thread.session.stop"),
    ] {
        let mut model = at(running.clone());
        let effects = press(&mut model, keys);
        foreseen(&mut model, &effects);
        let Some(Popup::Danger(danger)) = model.ui.popup() else {
            panic!("it asks");
        };
        assert!(
            danger
                .told
                .iter()
                .any(|it| it.contains("is not taken over")),
            "{:?}",
            danger.told
        );
        type_text(&mut model, "turn");
        assert!(
            asked(&press(&mut model, "Enter")).is_empty(),
            "the whole name"
        );
        press(&mut model, "Ctrl-u");
        type_text(&mut model, name);
        let (request, key, body) = change(&press(&mut model, "Enter"));
        assert_eq!(
            (&body["type"], &body["commandId"]),
            (&json!(kind), &json!(key))
        );
        if kind == "thread.turn.interrupt" {
            assert_eq!(body["turnId"], "t2");
        }
        accept(
            &mut model,
            request,
            json!({ "sequence": 1843 }),
            json!(null),
        );
        assert!(model.ui.popups.is_empty());
    }
}

#[test]
fn a_mode_is_chosen_set_and_taken_back() {
    let mut model = at(thread(1, &[]));
    press(&mut model, "M");
    assert!(asked(&press(&mut model, "Enter")).is_empty());
    assert_eq!(said(&model), "It is approval-required already.");
    press(&mut model, "M");
    let (request, key, body) = change(&press(&mut model, "Down Enter"));
    assert_eq!(
        body,
        json!({
            "type": "thread.runtime-mode.set", "commandId": key, "threadId": ID, "runtimeMode": "full-access",
            "createdAt": "2026-11-21T14:02:11.000Z",
        })
    );
    accept(
        &mut model,
        request,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    let mode = |model: &Model| view(model).thread.value.as_ref().unwrap().runtime_mode;
    assert_eq!(mode(&model), RuntimeMode::FullAccess);
    let (request, again, body) = change(&press(&mut model, "u"));
    assert_eq!(
        (&body["runtimeMode"], &body["commandId"]),
        (&json!("approval-required"), &json!(again))
    );
    assert_ne!(again, key);
    accept(
        &mut model,
        request,
        json!({ "sequence": 1844 }),
        json!(null),
    );
    assert_eq!(mode(&model), RuntimeMode::ApprovalRequired);
    assert_eq!(
        toast(&model),
        "The mode is approval-required, as before @1843."
    );
    let (_, _, body) = change(&press(&mut model, "U"));
    assert_eq!(body["runtimeMode"], "full-access");
}

const CHANGED: &str = "diff --git a/docs/a.md b/docs/a.md\n@@ -1,2 +1,3 @@\n same\n-old\n+new\n+more\n\
    diff --git a/docs/b.md b/docs/b.md\nnew file mode 100644\n--- /dev/null\n+++ b/docs/b.md\n@@ -0,0 +1 @@\n+# B\n";

/// Answers the diff that is asked for between these checkpoints.
fn answer_diff(model: &mut Model, sent: &[(ReqId, Ask)], from: i64, to: i64) {
    let mut found = sent
        .iter()
        .filter(|(_, ask)| matches!(ask, Ask::TurnDiff(_, a, b) if (*a, *b) == (from, to)));
    let (request, _) = found
        .next()
        .unwrap_or_else(|| panic!("{from} → {to} is asked: {sent:?}"));
    let answer = Answer::TurnDiff(Box::new(Diff::parse(CHANGED)));
    take(model, Msg::Reply(*request, Ok(answer)));
}

#[test]
fn going_back_is_shown_asked_and_sent_once() {
    let mut model = at(thread(3, &[]));
    // The newest turn is chosen: going back is to before it.
    let sent = asked(&press(&mut model, "! b"));
    assert_eq!(view(&model).revert.as_ref().unwrap().to, 2);
    assert!(
        asked(&press(&mut model, "Enter")).is_empty(),
        "nothing is asked before the documents are known"
    );
    assert!(model.ui.popups.is_empty());
    answer_diff(&mut model, &sent, 2, 3);
    // An earlier one takes more along.
    let sent = asked(&press(&mut model, "["));
    answer_diff(&mut model, &sent, 1, 3);
    let revert = view(&model).revert.as_ref().unwrap();
    let turns: Vec<i64> = revert
        .lines
        .iter()
        .filter_map(|it| match it {
            Gone::Turn(number, _) => Some(*number),
            _ => None,
        })
        .collect();
    assert_eq!(turns, [2, 3]);
    assert!(
        revert
            .lines
            .contains(&Gone::Document("docs/b.md".into(), "goes".into())),
        "{:?}",
        revert.lines
    );
    assert!(
        revert
            .lines
            .contains(&Gone::Document("docs/a.md".into(), "+1 -2".into())),
        "{:?}",
        revert.lines
    );
    assert_eq!(model.ui.page().areas().len(), 2);
    assert!(
        view(&model)
            .diff()
            .unwrap()
            .lines
            .iter()
            .any(|it| it.text == "more" && it.new.is_none())
    );

    let effects = press(&mut model, "Enter");
    foreseen(&mut model, &effects);
    type_text(&mut model, "turn 1");
    let (request, key, body) = change(&press(&mut model, "Enter"));
    assert_eq!(
        body,
        json!({
            "type": "thread.checkpoint.revert", "commandId": key, "threadId": ID, "turnCount": 1,
            "createdAt": "2026-11-21T14:02:11.000Z",
        })
    );
    accept(
        &mut model,
        request,
        json!({ "sequence": 1843 }),
        json!(null),
    );
    assert!(model.ui.popups.is_empty() && view(&model).revert.is_none());
    assert_eq!(
        toast(&model),
        "Back at turn 1. The documents are as they were."
    );
    press(&mut model, "u");
    assert_eq!(said(&model), "Not undone: it was destructive.");
}

#[test]
fn what_the_server_says_against_going_back_is_kept_whole_and_nothing_is_lost() {
    let mut model = at(thread(2, &[]));
    let sent = asked(&press(&mut model, "! b ["));
    answer_diff(&mut model, &sent, 0, 2);
    press(&mut model, "[");
    assert_eq!(said(&model), "This is the state before the first turn.");
    let effects = press(&mut model, "Enter");
    foreseen(&mut model, &effects);
    type_text(&mut model, "start");
    let (request, first, _) = change(&press(&mut model, "Enter"));
    let text =
        "docs/a.md and docs/b.md were changed since and cannot be merged. Nothing was changed.";
    take(
        &mut model,
        Msg::Reply(request, Err(refusal(Code::Conflict, text))),
    );
    let Some(Popup::Danger(danger)) = model.ui.popup() else {
        panic!("the popup stays");
    };
    assert_eq!(danger.problem.as_deref(), Some(text));
    assert_eq!(toast(&model), format!("Not gone back: {text}"));
    let (_, second, body) = change(&press(&mut model, "Enter"));
    assert_ne!(first, second, "a refused id stays refused");
    assert_eq!(body["commandId"], second.as_str());
    press(&mut model, "Esc");
    assert!(view(&model).revert.is_some());
    press(&mut model, "Esc");
    assert!(view(&model).revert.is_none());
    assert!(matches!(model.ui.page(), Page::Thread(_)));
    assert!(
        matches!(model.selected(ListId::Thread), Some(RowKey::Line(..))),
        "the turns are back"
    );
}

#[test]
fn going_back_is_not_offered_where_there_is_nothing_or_something_in_the_way() {
    let refused = |value: Value| {
        let model = at(value);
        enabled(&model, CommandId::CheckpointRevert).unwrap_err()
    };
    assert_eq!(
        refused(thread(0, &[])),
        "No checkpoint yet: there is nothing to go back to."
    );
    for state in ["pending", "running"] {
        assert!(refused(thread(2, &[turn(3, state, None)])).starts_with("Turn 3 is under way."));
    }
    let mut held = thread(2, &[]);
    held["session"] = session("running", Some("t2"));
    assert!(refused(held).starts_with("Turn 2 is under way."));
    let mut going = thread(2, &[]);
    going["revertTurnCount"] = json!(1);
    assert!(refused(going).starts_with("The thread goes back to checkpoint 1."));
    let viewer = at_as("viewer", thread(2, &[]));
    let reason = enabled(&viewer, CommandId::CheckpointRevert).unwrap_err();
    assert_eq!(reason, "Needs operator; you are viewer.");
    // A checkpoint that could not be taken is none to go back to.
    let mut broken = thread(2, &[]);
    broken["checkpoints"][0]["status"] = json!("error");
    let mut model = at(broken);
    press(&mut model, "! b");
    assert_eq!(view(&model).revert.as_ref().unwrap().to, 0);
}

#[test]
fn the_preview_follows_the_thread_and_ends_when_a_turn_begins() {
    let mut model = at(thread(2, &[]));
    let sent = asked(&press(&mut model, "! b"));
    answer_diff(&mut model, &sent, 1, 2);
    tell_again(&mut model, thread(2, &[]));
    assert!(
        view(&model).revert.as_ref().unwrap().diff.value.is_some(),
        "nothing changed: it stays as it is"
    );
    tell_again(&mut model, thread(2, &[turn(3, "pending", None)]));
    assert!(
        view(&model).revert.is_some(),
        "a turn that is asked for has changed nothing yet"
    );
    press(&mut model, "Enter");
    assert!(model.ui.popups.is_empty());
    assert!(said(&model).starts_with("Turn 3 is under way."));
    let mut later = thread(3, &[turn(4, "running", None)]);
    later["turnCount"] = json!(4);
    tell_again(&mut model, later);
    assert!(view(&model).revert.is_none());
    assert!(
        said(&model).starts_with("The preview ended. Turn 4 is under way."),
        "{}",
        said(&model)
    );
}

#[test]
fn the_diff_of_the_whole_thread_takes_the_place_of_the_turns_and_grows_with_it() {
    let mut model = at(thread(2, &[]));
    let sent = asked(&press(&mut model, "."));
    answer_diff(&mut model, &sent, 0, 2);
    assert!(view(&model).whole && view(&model).diff().unwrap().files.len() == 2);
    assert!(
        asked(&press(&mut model, "["))
            .iter()
            .all(|(_, ask)| !matches!(ask, Ask::TurnDiff(_, 0, 2)))
    );
    assert_eq!(
        view(&model).diff().unwrap().files.len(),
        2,
        "whatever turn is chosen"
    );
    take(&mut model, Msg::Timer(Timer::Live));
    let frame = RowsFrame {
        sequence: Sequence(1843),
        head: Sequence(1843),
        changes: Vec::new(),
    };
    let effects = take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    let request = one(&asked(&effects), |ask| matches!(ask, Ask::Thread(_)));
    let sent = asked(&take(
        &mut model,
        Msg::Reply(request, Ok(told(thread(3, &[])))),
    ));
    answer_diff(&mut model, &sent, 0, 3);
    press(&mut model, ".");
    assert!(!view(&model).whole);
    let mut none = at(thread(0, &[]));
    press(&mut none, ".");
    assert_eq!(
        said(&none),
        "No checkpoint yet: what the tools told is all there is."
    );
}

#[test]
fn when_the_chosen_turn_is_gone_the_one_that_stands_there_is_chosen() {
    let mut model = at(thread(2, &[]));
    let gone = view(&model).chosen().map(|turn| turn.turn_count);
    assert_eq!(gone, Some(2));
    tell_again(&mut model, thread(1, &[]));
    let now = view(&model).chosen().map(|turn| turn.turn_count);
    assert_eq!(now, Some(1), "{:?}", model.selected(ListId::Thread));
}
