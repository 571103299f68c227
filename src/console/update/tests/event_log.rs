//! The event log: what it asks for, and what its entries open (console.md: The log).

use super::past::event;
use super::*;
use crate::api::{Event, EventPage};
use crate::console::effect::LogQuery;
use crate::console::model::ReqId;
use crate::console::msg::Answer;

fn logs(effects: &[Effect]) -> Vec<(ReqId, LogQuery)> {
    asked(effects)
        .into_iter()
        .filter_map(|(request, ask)| match ask {
            Ask::Log(query) => Some((request, query)),
            _ => None,
        })
        .collect()
}

fn answer(
    model: &mut Model,
    request: ReqId,
    events: Vec<Event>,
    next: Option<i64>,
) -> Vec<(ReqId, LogQuery)> {
    let page = Box::new(EventPage {
        events,
        next_sequence: next.map(Sequence),
    });
    logs(&take(model, Msg::Reply(request, Ok(Answer::Events(page)))))
}

/// The log with these events; there are older ones, asked for already.
fn log(events: Vec<Event>) -> (Model, ReqId) {
    let mut model = world();
    let (request, query) = logs(&press(&mut model, "e")).remove(0);
    assert_eq!((query.before, query.limit), (Sequence(1843), 200));
    let oldest = events.last().map(|it| it.sequence.0);
    let more = answer(&mut model, request, events, oldest);
    (model, more[0].0)
}

fn shown(model: &Model) -> usize {
    model.ui.list(ListId::Events).len()
}

#[test]
fn a_filter_that_finds_nothing_so_far_looks_further_back() {
    let (mut model, request) = log(vec![event(1842, "source", "2", "source.updated")]);
    assert_eq!(answer(&mut model, request, Vec::new(), None), []);
    let (mut model, request) = log(vec![event(1842, "source", "2", "source.updated")]);
    press(&mut model, "/");
    type_text(&mut model, "type:job.queued");
    press(&mut model, "Enter");
    assert_eq!(shown(&model), 0);
    let old = vec![event(1700, "source", "2", "source.updated")];
    let more = answer(&mut model, request, old, Some(1700));
    assert_eq!((more[0].1.before, more[0].1.limit), (Sequence(1700), 1_000));
    let found = vec![event(1200, "job", "80", "job.queued")];
    answer(&mut model, more[0].0, found, None);
    assert_eq!(shown(&model), 1);
}

#[test]
fn an_actor_is_asked_of_the_server_and_clearing_asks_for_all_again() {
    let (mut model, _) = log(vec![event(1842, "source", "2", "source.updated")]);
    press(&mut model, "/");
    type_text(&mut model, "actor:bob");
    let (request, query) = logs(&press(&mut model, "Enter")).remove(0);
    assert_eq!(query.actor.as_deref(), Some("bob"));
    assert_eq!(query.before, Sequence(1843));
    assert_eq!(answer(&mut model, request, Vec::new(), None), []);
    assert_eq!(shown(&model), 0);
    let Page::Events(view) = model.ui.page() else {
        panic!()
    };
    assert!(view.actors.contains("ana"), "who was seen stays known");
    let all = logs(&press(&mut model, "Esc"));
    assert_eq!(all[0].1.actor, None);
}

#[test]
fn the_events_of_a_binding_are_those_of_its_space() {
    let mut model = world();
    press(&mut model, "j 2 j");
    let (_, query) = logs(&press(&mut model, "g e")).remove(0);
    assert_eq!(query.stream, Some(("space".into(), "2".into())));
    assert!(query.types.contains(&"space.binding-updated".to_owned()));
}

#[test]
fn enter_opens_what_an_event_changed() {
    type Opens = fn(&Model) -> bool;
    let cases: [(&str, &str, &str, Opens); 5] = [
        (
            "source",
            "2",
            "source.updated",
            |it| matches!(it.ui.page(), Page::Source(view) if view.source.0 == 2),
        ),
        (
            "job",
            "91",
            "job.queued",
            |it| matches!(it.ui.page(), Page::Run(view) if view.job.0 == 91),
        ),
        ("space", "2", "space.binding-updated", |it| {
            matches!(it.ui.page(), Page::Source(_))
        }),
        (
            "integration",
            "17",
            "integration.updated",
            |it| matches!(it.ui.page(), Page::Integration(view) if view.integration.0 == 17),
        ),
        ("thread", "job-91-space-3", "thread.created", |it| {
            matches!(it.ui.page(), Page::Thread(_))
        }),
    ];
    for (kind, stream, of, opens) in cases {
        let (mut model, _) = log(vec![event(1842, kind, stream, of)]);
        press(&mut model, "Enter");
        assert!(opens(&model), "{of}: {:?}", model.ui.page());
    }
    // A space has no page: what it watches is shown.
    let mut pushed = event(1842, "space", "2", "space.docs-pushed");
    pushed.payload = json!({});
    let (mut model, _) = log(vec![pushed]);
    press(&mut model, "Enter");
    assert_eq!(*model.ui.page(), Page::Main);
    assert_eq!(model.ui.list(ListId::Bindings).len(), 1);
    for kind in ["org", "project"] {
        let (mut model, _) = log(vec![event(1842, kind, "1", "x.changed")]);
        press(&mut model, "Enter");
        assert!(said(&model).contains("no page"), "{kind}: {}", said(&model));
    }
}
