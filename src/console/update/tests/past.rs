//! Another moment in place of now (console.md: The past).

use super::*;
use crate::api::{Event, EventPage, SourceId};
use crate::console::command::CommandId;
use crate::console::effect::LogQuery;
use crate::console::model::{LoadState, ReqId, Told};
use crate::console::msg::Answer;

pub(super) fn event(sequence: i64, kind: &str, stream: &str, of: &str) -> Event {
    serde_json::from_value(json!({
        "sequence": sequence, "eventId": format!("e{sequence}"), "aggregateKind": kind, "streamId": stream,
        "streamVersion": 1, "type": of,
        "occurredAt": "2026-11-21T11:01:00.000Z", "recordedAt": "2026-11-21T11:01:00.000Z",
        "commandId": null, "causationEventId": null, "correlationId": null,
        "actor": { "kind": "user", "id": "ana" }, "payload": { "sourceId": 2 }, "metadata": {},
    }))
    .unwrap()
}

/// What the server tells of a position: without proto, frontend lagging, run #91 queued.
pub(super) fn told(at: i64) -> Box<Told> {
    let mut then: Snapshot = snapshot();
    then.snapshot_sequence = Sequence(at);
    then.sources.retain(|it| it.name != "proto");
    then.sources[1].state = crate::api::CursorState::Lagging;
    then.jobs[0].status = crate::api::JobStatus::Queued;
    Box::new(Told {
        snapshot: then,
        before: vec![
            event(at, "job", "91", "job.queued"),
            event(at - 1, "source", "2", "source.updated"),
        ],
        after: vec![Sequence(at + 1)],
    })
}

fn moments(effects: &[Effect]) -> Vec<(ReqId, i64)> {
    asked(effects)
        .into_iter()
        .filter_map(|(request, ask)| match ask {
            Ask::Moment(at) => Some((request, at.0)),
            _ => None,
        })
        .collect()
}

fn answer(model: &mut Model, request: ReqId, at: i64) -> Vec<Effect> {
    take(model, Msg::Reply(request, Ok(Answer::Moment(told(at)))))
}

/// At @1790, with its rows.
fn at_1790() -> Model {
    let mut model = world();
    take(&mut model, Msg::OpenLink("past/1790".into()));
    let request = ReqId(model.work.last_request - 2);
    answer(&mut model, request, 1790);
    assert_eq!(model.past.as_ref().unwrap().at(), Sequence(1790));
    model
}

#[test]
fn t_looks_back_and_esc_returns_to_the_screen_as_it_was() {
    let mut model = world();
    press(&mut model, "j 2");
    let before = model.ui.clone();
    let effects = press(&mut model, "t");
    let [(request, 1842)] = moments(&effects)[..] else {
        panic!("{effects:?}")
    };
    answer(&mut model, request, 1842);
    assert_eq!(names(&model).len(), 5);
    assert_eq!(
        model.selected(ListId::Sources),
        Some(RowKey::Source(SourceId(2)))
    );
    press(&mut model, "1 G");
    assert_ne!(
        model.selected(ListId::Sources),
        before.list(ListId::Sources).selected
    );
    press(&mut model, "Esc");
    assert!(model.past.is_none());
    assert_eq!(names(&model).len(), 6);
    assert_eq!(model.ui.pane, ListId::Bindings);
    for list in [ListId::Sources, ListId::Bindings] {
        let (now, then) = (model.ui.list(list), before.list(list));
        assert_eq!(now.selected, then.selected);
        assert_eq!(now.rows, then.rows);
    }
}

#[test]
fn what_was_typed_in_the_past_is_remembered_now() {
    let mut model = at_1790();
    press(&mut model, ":");
    type_text(&mut model, "pulse");
    press(&mut model, "Esc :");
    type_text(&mut model, "conflicts");
    press(&mut model, "Enter Esc Esc");
    assert!(model.past.is_none(), "now");
    assert_eq!(model.ui.command_history, ["conflicts"]);
}

#[test]
fn every_command_that_writes_is_refused_in_the_past() {
    let model = at_1790();
    for command in COMMANDS.iter().filter(|it| it.writes) {
        assert_eq!(
            enabled(&model, command.id).unwrap_err(),
            "In the past (@1790). Esc returns to now.",
            "{}",
            command.id.as_str()
        );
    }
    for only_now in [
        CommandId::WhyStuck,
        CommandId::GoApprovals,
        CommandId::PreviewEvent,
    ] {
        let reason = enabled(&model, only_now).unwrap_err();
        assert!(reason.starts_with("Only now has"), "{reason}");
    }
}

#[test]
fn moving_quickly_asks_one_at_a_time_and_the_newest_wish_wins() {
    let mut model = at_1790();
    let first = moments(&press(&mut model, "Left"));
    let [(request, 1789)] = first[..] else {
        panic!("{first:?}")
    };
    // The way there goes by none of these.
    assert_eq!(moments(&press(&mut model, "Left Left { }")), []);
    let past = model.past.as_ref().unwrap();
    assert_eq!((past.wanted.0, past.at().0), (1787, 1790));
    assert_eq!(past.state, LoadState::Loading);
    let next = moments(&answer(&mut model, request, 1789));
    let [(request, 1787)] = next[..] else {
        panic!("{next:?}")
    };
    assert_eq!(moments(&answer(&mut model, request, 1787)), []);
    assert_eq!(model.past.as_ref().unwrap().at().0, 1787);
    // What was told is not asked again.
    assert_eq!(moments(&press(&mut model, "@")), []);
    type_text(&mut model, "1790");
    assert_eq!(moments(&press(&mut model, "Enter")), []);
    assert_eq!(model.past.as_ref().unwrap().at().0, 1790);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut model = at_1790();
    for _ in 0..80 {
        let asked = moments(&press(&mut model, "Left"));
        let [(request, at)] = asked[..] else {
            panic!("{asked:?}")
        };
        answer(&mut model, request, at);
    }
    let past = model.past.as_ref().unwrap();
    assert_eq!((past.at().0, past.remembered()), (1710, 64));
}

#[test]
fn the_feed_goes_on_underneath() {
    let mut model = at_1790();
    let then = model.replica.clone();
    let frame = RowsFrame {
        sequence: Sequence(1843),
        head: Sequence(1843),
        changes: vec![RowChange::Put {
            row: crate::api::Row::Source(Box::new(
                serde_json::from_value(source(7, "new", "ok")).unwrap(),
            )),
        }],
    };
    take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    assert_eq!(model.replica, then);
    assert_eq!(model.past.as_ref().unwrap().head(), Sequence(1843));
    press(&mut model, "Esc");
    assert!(names(&model).iter().any(|it| it == "new"));
    assert_eq!(model.replica.sequence, Sequence(1843));
}

#[test]
fn a_moment_that_fails_is_asked_again_by_r() {
    let mut model = at_1790();
    let [(request, _)] = moments(&press(&mut model, "Left"))[..] else {
        panic!()
    };
    let failure = refusal(Code::Invalid, "no such position");
    take(&mut model, Msg::Reply(request, Err(failure)));
    let past = model.past.as_ref().unwrap();
    assert_eq!(past.state, LoadState::Failed("no such position".into()));
    assert_eq!(past.at().0, 1790);
    let again = moments(&press(&mut model, "R"));
    assert!(matches!(again[..], [(_, 1789)]), "{again:?}");
}

#[test]
fn the_log_begins_and_ends_somewhere() {
    let mut model = at_1790();
    press(&mut model, ")");
    press(&mut model, "Right");
    assert_eq!(
        said(&model),
        "The log ends here, @1842. Esc returns to now."
    );
    press(&mut model, "(");
    press(&mut model, "{");
    assert_eq!(said(&model), "The log begins here, @1.");
    press(&mut model, "@");
    type_text(&mut model, "9999");
    press(&mut model, "Enter");
    let Some(Popup::GoTo(go)) = model.ui.popup() else {
        panic!()
    };
    assert_eq!(go.problem.as_deref(), Some("The log is @1 to @1842."));
}

#[test]
fn brackets_go_through_the_events_of_the_selected_source() {
    let mut model = world();
    press(&mut model, "j");
    let effects = press(&mut model, "t");
    for (request, ask) in asked(&effects) {
        let events = match ask {
            Ask::Log(LogQuery {
                stream: Some(stream),
                ..
            }) => {
                assert_eq!(stream, ("source".to_owned(), "2".to_owned()));
                vec![event(1702, "source", "2", "source.cursor-advanced")]
            }
            Ask::Log(_) => vec![event(1790, "job", "91", "job.queued")],
            _ => continue,
        };
        let page = Box::new(EventPage {
            events,
            next_sequence: None,
        });
        take(&mut model, Msg::Reply(request, Ok(Answer::Events(page))));
    }
    let wanted = |model: &Model| model.past.as_ref().unwrap().wanted.0;
    press(&mut model, "[");
    assert_eq!(wanted(&model), 1790);
    press(&mut model, "[");
    assert_eq!(wanted(&model), 1702);
    press(&mut model, "[");
    assert_eq!(said(&model), "No earlier event of frontend.");
    press(&mut model, "]");
    assert_eq!(wanted(&model), 1790);
}

#[test]
fn the_comparison_with_now_starts_with_the_selected_source() {
    let mut model = at_1790();
    press(&mut model, "j =");
    let compare = model.past.as_ref().unwrap().compare.clone().unwrap();
    let rows: Vec<RowKey> = compare.rows.iter().map(|it| it.row).collect();
    let job = RowKey::Job(crate::api::JobId(91));
    let (frontend, proto) = (RowKey::Source(SourceId(2)), RowKey::Source(SourceId(6)));
    assert_eq!(rows, [frontend, job, proto]);
    assert_eq!(compare.of_source, 2);
    // Enter opens it as it was; what was not there then is told.
    press(&mut model, "j Enter");
    assert!(matches!(model.ui.page(), Page::Run(view) if view.job.0 == 91));
    assert_eq!(
        model.shown_job().unwrap().status,
        crate::api::JobStatus::Queued
    );
    press(&mut model, "Esc j Enter");
    assert_eq!(
        said(&model),
        "It was not there then. Esc returns to now, where it is."
    );
    press(&mut model, "Esc");
    assert!(model.past.is_none());
}

#[test]
fn from_the_event_log_it_looks_from_the_selected_event() {
    let mut model = world();
    press(&mut model, "j");
    let effects = press(&mut model, "e");
    let (request, _) = asked(&effects)[0];
    let events = vec![
        event(1790, "job", "91", "job.queued"),
        event(1789, "source", "2", "source.updated"),
    ];
    let page = Box::new(EventPage {
        events,
        next_sequence: None,
    });
    take(&mut model, Msg::Reply(request, Ok(Answer::Events(page))));
    press(&mut model, "j");
    let asked = moments(&press(&mut model, "t"));
    assert!(matches!(asked[..], [(_, 1789)]), "{asked:?}");
    assert_eq!(*model.ui.page(), Page::Main);
    press(&mut model, "y l");
    press(&mut model, "Esc");
    assert!(model.past.is_none());
    assert_eq!(*model.ui.page(), Page::Main);
    assert_eq!(
        model.selected(ListId::Sources),
        Some(RowKey::Source(SourceId(2)))
    );
}

#[test]
fn the_link_to_a_moment_names_it() {
    let mut model = at_1790();
    let effects = press(&mut model, "y l");
    assert!(
        effects.iter().any(
            |it| matches!(it, Effect::Copy(text) if text == "jolli console --open 'past/1790'")
        )
    );
}

/// The event log with one event of somebody else, selected.
fn log_of(event: Event) -> Model {
    let mut model = world();
    let effects = press(&mut model, "e");
    let (request, _) = asked(&effects)[0];
    let page = Box::new(EventPage {
        events: vec![event],
        next_sequence: None,
    });
    take(&mut model, Msg::Reply(request, Ok(Answer::Events(page))));
    model
}

#[test]
fn u_in_the_log_takes_back_what_somebody_else_did() {
    let mut off = event(1839, "space", "2", "space.binding-updated");
    off.payload = json!({
        "sourceId": 2, "enabled": false, "wasEnabled": true, "jrnPattern": null, "wasPattern": null,
    });
    let mut model = log_of(off);
    let effects = press(&mut model, "u");
    let (request, Ask::Change { call, .. }) = asked(&effects).remove(0) else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("POST", "/events/1839/undo")
    );
    let newer = refusal(Code::Conflict, "bo edited its pattern since, @1841.");
    take(&mut model, Msg::Reply(request, Err(newer)));
    assert_eq!(
        toast(&model),
        "Not undone: \"off\" by you, @1839. bo edited its pattern since, @1841. ge shows both."
    );
    // It is no change of this session that `u` would try again elsewhere.
    assert!(model.work.undo.is_empty());
    let effects = press(&mut model, "u");
    let (request, _) = asked(&effects).remove(0);
    let again = json!({ "label": "x", "calls": [{ "method": "PATCH", "path": "/x", "body": null, "ifMatch": null }] });
    accept(&mut model, request, json!(null), again);
    assert_eq!(
        toast(&model),
        "SDK Reference × frontend is on, as before @1839."
    );
    assert_eq!(model.work.redo.len(), 1);
}

#[test]
fn a_source_that_was_added_is_taken_back_through_the_log() {
    let calls = super::super::event_undo::calls(
        CommandId::SourceNew,
        1843,
        Some(crate::api::Undo {
            label: "x".into(),
            calls: Vec::new(),
        }),
    );
    assert_eq!(calls.unwrap()[0].path, "/events/1843/undo");
}
