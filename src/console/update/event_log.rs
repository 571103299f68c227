//! The event log: its pages, newest first; narrowed by the server where the filter says by what; and what each event opens
//! (console.md: The log).

use super::{Turn, Waiting};
use crate::api::{Event, EventPage, IntegrationId, JobId, Sequence, SourceId};
use crate::console::effect::{Ask, LogQuery};
use crate::console::model::{
    EventsView, Filter, ListId, LoadState, Narrow, Page, Replica, RowKey, Ui,
};
use crate::console::query::{Query, Test};

/// Events are asked for in pages of so many.
const EVENTS: u32 = 200;
/// The same, while most of them are not shown.
const SEARCHED: u32 = 1_000;
/// Events that change how a space watches a source.
const OF_BINDINGS: [&str; 3] = [
    "space.source-bound",
    "space.binding-updated",
    "space.source-unbound",
];

impl Turn<'_> {
    pub(super) fn open_events(&mut self, about: Option<RowKey>) {
        let head = self.model.replica.sequence;
        self.open_page(Page::Events(EventsView {
            about,
            events: Vec::new(),
            older: Some(Sequence(head.0 + 1)),
            newest: head,
            narrow: narrow(about, &Query::default(), &EventsView::default()),
            actors: std::collections::BTreeSet::new(),
            state: LoadState::Rest,
            seek: None,
        }));
        self.model.ui.list_mut(ListId::Events).filter = Filter::default();
        self.older_events();
    }

    /// What the filter says the server narrows the log by; another answer is asked for from the newest event back.
    pub(super) fn narrow_events(&mut self) {
        let query = self.model.ui.list(ListId::Events).filter.query.clone();
        let head = self.model.replica.sequence;
        let Page::Events(view) = self.model.ui.page_mut() else {
            return;
        };
        let narrow = narrow(view.about, &query, view);
        if narrow == view.narrow {
            self.older_events_if_near_end();
            return;
        }
        view.narrow = narrow;
        view.events.clear();
        view.older = Some(Sequence(head.0 + 1));
        view.newest = head;
        view.state = LoadState::Rest;
        self.forget(|it| matches!(it, Waiting::OlderEvents | Waiting::NewerEvents));
        self.fill(ListId::Events);
        self.older_events();
    }

    /// Asks for the page of events before those that are there.
    pub(super) fn older_events(&mut self) {
        let filtered = self.model.ui.list(ListId::Events).is_filtered();
        let Page::Events(view) = self.model.ui.page_mut() else {
            return;
        };
        let Some(before) = view.older else { return };
        if view.state == LoadState::Loading {
            return;
        }
        view.state = LoadState::Loading;
        let searched = filtered || (view.about.is_some() && view.narrow == Narrow::default());
        let query = LogQuery {
            before,
            limit: if searched { SEARCHED } else { EVENTS },
            types: view.narrow.types.clone(),
            stream: view.narrow.stream.clone(),
            actor: view.narrow.actor.clone(),
        };
        self.ask(Waiting::OlderEvents, Ask::Log(query));
    }

    pub(super) fn older_events_if_near_end(&mut self) {
        let state = self.model.ui.list(ListId::Events);
        let height = self.model.ui.height(ListId::Events);
        if state.position + height >= state.rows.len() && !self.events_loading() {
            self.older_events();
        }
    }

    /// Asks for events that happened since the page was opened.
    pub(super) fn newer_events(&mut self) {
        let Page::Events(view) = self.model.ui.page() else {
            return;
        };
        if self.is_waiting(Waiting::NewerEvents) || self.is_waiting(Waiting::OlderEvents) {
            self.model.flow.page_again = true;
            return;
        }
        let newest = view.newest;
        if newest < self.model.replica.sequence {
            self.ask(Waiting::NewerEvents, Ask::Events(newest, EVENTS));
        }
    }

    pub(super) fn take_older(&mut self, page: EventPage) {
        let replica = self.model.replica.clone();
        let Page::Events(view) = self.model.ui.page_mut() else {
            return;
        };
        view.state = LoadState::Rest;
        let oldest_shown = view.events.last().map_or(i64::MAX, |it| it.sequence.0);
        view.older = page.next_sequence;
        note_actors(view, &page.events);
        let about = view.about;
        let fresh = page
            .events
            .into_iter()
            .filter(|it| it.sequence.0 < oldest_shown)
            .filter(|it| about.is_none_or(|row| concerns(it, row, &replica)));
        view.events.extend(fresh);
        let seek = view.seek;
        let more = view.older.is_some();
        self.fill(ListId::Events);
        if let Some(sequence) = seek {
            let found = self.select_key(ListId::Events, RowKey::Event(sequence));
            if let Page::Events(view) = self.model.ui.page_mut() {
                // Not yet that far back: what is older is asked for until it is.
                let reached = view.events.last().is_some_and(|it| it.sequence <= sequence);
                if found || reached || !more {
                    view.seek = None;
                }
            }
        }
        let wanted = matches!(self.model.ui.page(), Page::Events(view) if view.seek.is_some());
        if wanted {
            self.older_events();
        } else {
            self.older_events_if_near_end();
        }
    }

    pub(super) fn take_newer(&mut self, page: EventPage) {
        let replica = self.model.replica.clone();
        let Page::Events(view) = self.model.ui.page_mut() else {
            return;
        };
        let newest = view.newest;
        if let Some(last) = page.events.last() {
            view.newest = newest.max(last.sequence);
        }
        note_actors(view, &page.events);
        let mut fresh: Vec<_> = page
            .events
            .into_iter()
            .filter(|it| it.sequence > newest && view.narrow.admits(it))
            .filter(|it| view.about.is_none_or(|row| concerns(it, row, &replica)))
            .collect();
        fresh.reverse();
        fresh.append(&mut view.events);
        view.events = fresh;
        self.fill(ListId::Events);
        if page.next_sequence.is_some() {
            self.model.flow.page_again = true;
        }
    }

    /// The event log, at this event.
    pub(super) fn open_event_at(&mut self, sequence: Sequence) {
        self.open_events(None);
        if let Page::Events(view) = self.model.ui.page_mut() {
            view.seek = Some(sequence);
        }
    }

    /// `Enter`: opens what the event changed.
    pub(super) fn open_event(&mut self, sequence: Sequence) {
        let Page::Events(view) = self.model.ui.page() else {
            return;
        };
        let Some(event) = view.events.iter().find(|it| it.sequence == sequence) else {
            return;
        };
        let number = event.stream_id.parse::<i64>().ok();
        let source = event.payload["sourceId"].as_i64().map(SourceId);
        match (event.aggregate_kind.as_str(), number) {
            ("source", Some(id)) => self.open_source(SourceId(id)),
            ("job", Some(id)) => self.open_run(JobId(id)),
            ("thread", _) => {
                let thread = event.stream_id.clone();
                self.open_thread_of(&thread);
            }
            ("integration", Some(id)) => {
                let told = event.payload["deliveryId"].as_str();
                let own = |it: &crate::api::Delivery| told == Some(it.delivery_id.as_str());
                let rows = &self.model.replica.deliveries;
                let delivery = rows.iter().find_map(|(_, it)| own(it).then_some(it.id));
                if let Some(delivery) = delivery {
                    self.open_delivery(delivery);
                } else {
                    self.open_integration(IntegrationId(id));
                }
            }
            ("space", Some(id)) => {
                let space = crate::api::SpaceId(id);
                match source {
                    Some(source) => {
                        self.open_source(source);
                        self.select_key(ListId::Bindings, RowKey::Binding(space, source));
                    }
                    None => self.open_bindings_of(space),
                }
            }
            ("org", _) => {
                self.refuse(tr!(
                    "It changed a setting of the organisation, which has no page."
                ));
            }
            ("project", _) => {
                self.refuse(tr!("A project has no page; each of its threads has one."));
            }
            _ => self.refuse(tr!("It changed nothing that has a page.")),
        }
    }

    /// A space has no page: what it watches is in pane 2.
    fn open_bindings_of(&mut self, space: crate::api::SpaceId) {
        if self.model.replica.spaces.get(space).is_none() {
            self.refuse(tr!("What it changed is gone."));
            return;
        }
        let name = self.model.replica.space_name(space);
        while self.model.ui.pages.len() > 1 {
            self.leave_page();
            self.model.ui.pages.pop();
        }
        let ui: &mut Ui = &mut self.model.ui;
        ui.pane = ListId::Bindings;
        ui.unpinned[0] = true;
        self.restart(ListId::Bindings);
        self.set_filter(ListId::Bindings, &format!("space:\"{name}\""));
    }
}

fn note_actors(view: &mut EventsView, events: &[Event]) {
    for event in events {
        if !view.actors.contains(&event.actor.id) {
            view.actors.insert(event.actor.id.clone());
        }
    }
}

/// What the server narrows by: what the page is about, and conditions of the filter that mean a whole word. A word that is
/// part of an actor that was seen may mean several, so that one is looked for here.
fn narrow(about: Option<RowKey>, query: &Query, view: &EventsView) -> Narrow {
    let mut narrow = Narrow::default();
    let stream = |kind: &str, id: String| Some((kind.to_owned(), id));
    match about {
        Some(RowKey::Job(id) | RowKey::JobSpace(id, _)) => {
            narrow.stream = stream("job", id.to_string());
        }
        Some(RowKey::Integration(id)) => narrow.stream = stream("integration", id.to_string()),
        Some(RowKey::Space(id)) => narrow.stream = stream("space", id.to_string()),
        Some(RowKey::Binding(space, _)) => {
            narrow.stream = stream("space", space.to_string());
            narrow.types = OF_BINDINGS.map(str::to_owned).to_vec();
        }
        _ => {}
    }
    for term in query.terms.iter().filter(|it| !it.negated) {
        let Test::Field(name, values) = &term.test else {
            continue;
        };
        // Of several values the server takes none.
        let [value] = values.as_slice() else {
            continue;
        };
        match name.as_str() {
            "actor" | "by" => {
                let known = |it: &&String| it.to_lowercase().contains(value.as_str());
                let mut seen = view.actors.iter().filter(known);
                narrow.actor = match (seen.next(), seen.next()) {
                    (Some(only), None) if only.to_lowercase() == *value => Some(only.clone()),
                    (None, _) => Some(value.clone()),
                    _ => None,
                };
            }
            "type" if value.ends_with('.') && narrow.types.is_empty() => {
                narrow.types = vec![value.clone()];
            }
            "stream" if narrow.stream.is_none() => {
                let parts = value.split_once(' ').or(value.split_once('/'));
                if let Some((kind, id)) = parts
                    && id.parse::<i64>().is_ok()
                {
                    narrow.stream = stream(kind, id.to_owned());
                }
            }
            _ => {}
        }
    }
    narrow
}

/// Whether an event is about a row.
fn concerns(event: &Event, row: RowKey, replica: &Replica) -> bool {
    let number = |name: &str| event.payload.get(name).and_then(serde_json::Value::as_i64);
    let stream = event
        .stream_id
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|it| it.parse::<i64>().ok());
    let of = |kind: &str, id: i64| event.aggregate_kind == kind && stream == Some(id);
    match row {
        RowKey::Source(id) => of("source", id.0) || number("sourceId") == Some(id.0),
        RowKey::Binding(space, source) => {
            (of("space", space.0) || number("spaceId") == Some(space.0))
                && number("sourceId") == Some(source.0)
        }
        RowKey::Job(id) | RowKey::JobSpace(id, _) => {
            of("job", id.0) || number("jobId") == Some(id.0)
        }
        RowKey::Integration(id) => of("integration", id.0) || number("integrationId") == Some(id.0),
        RowKey::Space(id) => of("space", id.0) || number("spaceId") == Some(id.0),
        RowKey::Delivery(id) => replica.deliveries.get(id).is_some_and(|it| {
            event
                .payload
                .get("deliveryId")
                .and_then(serde_json::Value::as_str)
                == Some(it.delivery_id.as_str())
                || number("deliveryId") == Some(id.0)
        }),
        RowKey::Token(id) => number("tokenId") == Some(id.0),
        RowKey::Event(sequence) => event.sequence == sequence,
        RowKey::Document(..) | RowKey::Line(..) | RowKey::Approval(_) | RowKey::Thread(_) => false,
        RowKey::Place(_) => true,
    }
}
