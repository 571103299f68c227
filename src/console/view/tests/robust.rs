//! What holds for every screen: no size, character set or amount of rows breaks it.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::{draw_into, fixture};
use super::{drawn_with, skin, text_of};
use crate::api::SourceId;
use crate::console::format;
use crate::console::model::{Connection, ListId, Model, Outage, RowKey};

#[test]
fn no_size_panics_and_nothing_is_drawn_outside() {
    for (name, mut model) in fixture::pages::all() {
        for width in (0..60).chain([80, 109, 110, 120]) {
            for height in (0..20).chain([24, 36]) {
                if width > 12 && (width + height) % 3 > 0 {
                    continue;
                }
                model.session.production = height % 2 == 0;
                // A margin around the area shows what is drawn outside of it.
                let mut buffer = Buffer::empty(Rect::new(0, 0, width + 2, height + 2));
                let area = Rect::new(1, 1, width, height);
                draw_into(&model, skin("dark"), &mut buffer, area);
                let rows = (0..width + 2).flat_map(|x| [(x, 0), (x, height + 1)]);
                let columns = (0..height + 2).flat_map(|y| [(0, y), (width + 1, y)]);
                for place in rows.chain(columns) {
                    assert_eq!(buffer[place].symbol(), " ", "{name} {width}x{height}");
                }
            }
        }
    }
}

#[test]
fn ascii_screens_hold_only_ascii() {
    let mut skin = skin("mono");
    skin.ascii = true;
    for (name, model) in fixture::pages::all() {
        for (width, height) in [(120, 36), (80, 24), (40, 12)] {
            let shown = text_of(&drawn_with(&model, skin, width, height));
            let other: String = shown.chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(other, "", "{name} {width}x{height}\n{shown}");
        }
    }
}

#[test]
fn one_pane_has_the_keys() {
    for (name, model) in fixture::pages::all() {
        let shown = text_of(&drawn_with(&model, skin("dark"), 120, 36));
        let corners = shown.matches('┏').count() + shown.matches('╔').count();
        assert_eq!(corners, 1, "{name}\n{shown}");
    }
}

#[test]
fn below_the_least_size_one_line_says_what_is_needed() {
    let shown = text_of(&drawn_with(&fixture::model(), skin("dark"), 38, 9));
    let words: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(
        words.join(" ").trim_end(),
        "jolli needs 40x10; this is 38x9. Make the window larger, or jolli console --plain."
    );
}

/// The screen with so many sources, the window in the middle of them.
fn with_sources(count: u32) -> Model {
    let mut model = fixture::model();
    let one = model.replica.sources.get(SourceId(1)).unwrap();
    let many: Vec<_> = (1..=i64::from(count))
        .map(|id| {
            let mut source = one.clone();
            source.id = SourceId(id);
            source
        })
        .collect();
    model.replica.sources.replace(&many);
    let list = model.ui.list_mut(ListId::Sources);
    list.rows = (0..count).collect();
    list.total = count as usize;
    let middle = count as usize / 2;
    list.offset = middle;
    let at = RowKey::Source(SourceId(i64::from(count / 2) + 11));
    fixture::select(&mut model, ListId::Sources, middle + 10, at);
    model
}

/// A hundred thousand rows cost as much as a thousand: only visible ones are built.
#[test]
fn rows_out_of_sight_cost_nothing() {
    let (few, many) = (with_sources(1_000), with_sources(100_000));
    let frame = |model: &Model| {
        let start = std::time::Instant::now();
        drawn_with(model, skin("dark"), 120, 40);
        start.elapsed()
    };
    // The quickest frame of each, taken in turns, says what the work costs however busy the machine is. Built naively,
    // the larger list takes a hundred times as long.
    let quickest =
        |pair: (Duration, Duration), _| (pair.0.min(frame(&few)), pair.1.min(frame(&many)));
    let (small, large) = (0..40).fold((Duration::MAX, Duration::MAX), quickest);
    assert!(
        large < small * 8,
        "{small:?} with 1,000, {large:?} with 100,000"
    );
    let shown = text_of(&drawn_with(&many, skin("dark"), 120, 40));
    assert!(shown.contains("1 Sources (100,000)"), "{shown}");
}

#[test]
fn unsafe_text_shows_and_moves_nothing() {
    let mut model = fixture::model();
    let mut source = model.replica.sources.get(SourceId(1)).unwrap();
    source.name = format::visible("a\u{1b}[2J").into_owned();
    model.replica.sources.put(&source);
    let shown = text_of(&drawn_with(&model, skin("dark"), 120, 36));
    assert!(shown.contains("a‹1b›[2J"), "{shown}");
}

fn offline() -> Model {
    let mut model = fixture::model();
    "jolli.acme.example".clone_into(&mut model.session.server);
    model.data_as_of = Some(fixture::ago(240));
    model.connection = Connection::Offline {
        outage: Outage::Refused,
        text: "connection refused".to_owned(),
        since: fixture::ago(240),
        next_try: fixture::now().plus_seconds(12),
        attempt: 3,
    };
    model
}

#[test]
fn banners_say_why_what_it_means_and_what_to_do() {
    let row = |model: &Model| {
        let shown = text_of(&drawn_with(model, skin("dark"), 120, 36));
        shown.lines().nth(34).unwrap().to_owned()
    };
    let mut model = offline();
    assert_eq!(
        row(&model),
        " ○ Offline: jolli.acme.example does not answer (connection refused). You see 13:58.  Writes wait.  again in 12s · R now "
    );
    model.connection = Connection::Offline {
        outage: Outage::Dns,
        text: String::new(),
        since: fixture::now(),
        next_try: fixture::now().plus_seconds(28),
        attempt: 1,
    };
    assert!(row(&model).starts_with(
        " ○ Name not found: jolli.acme.example (DNS). Check the profile or the network."
    ));
    assert!(row(&model).ends_with(" again in 28s · gp profiles "));
    model.connection = Connection::Offline {
        outage: Outage::Tls,
        text: "issuer \"Acme CA\" unknown".to_owned(),
        since: fixture::now(),
        next_try: fixture::now().plus_seconds(28),
        attempt: 1,
    };
    assert_eq!(
        row(&model),
        " ○ Certificate not trusted: issuer \"Acme CA\" unknown. Nothing was sent.                 gp profiles · :info certificate "
    );
    model.connection = Connection::SignedOut {
        text: String::new(),
        sent: false,
    };
    assert_eq!(
        row(&model),
        " ○ No token yet for jolli.acme.example: nothing is loaded from there.                                          :sign-in "
    );
    model.connection = Connection::SignedOut {
        text: String::new(),
        sent: true,
    };
    assert_eq!(
        row(&model),
        " ○ Signed out: token refused (401). Looking works from the snapshot of 13:58.                                  :sign-in "
    );
    model.connection = Connection::Busy {
        until: fixture::now().plus_seconds(30),
    };
    assert_eq!(
        row(&model),
        " ◐ Server busy (429): asked to wait. Nothing is lost.                                                      again in 30s "
    );
    model.connection = Connection::ServerFailed {
        status: 503,
        text: "database is starting".to_owned(),
        next_try: fixture::now().plus_seconds(4),
        attempt: 1,
    };
    model.work.not_taken = true;
    let failed = row(&model);
    assert!(
        failed.starts_with(
            " ○ Server failed (503): it says \"database is starting\". Your change was not taken.  "
        ) && failed.ends_with("  again in 4s · R now "),
        "{failed}"
    );
    model.connection = Connection::CatchingUp {
        seen: crate::api::Sequence(1310),
        head: crate::api::Sequence(4002),
    };
    assert_eq!(
        row(&model),
        " ◐ Catching up: 1,310 of 4,002 events. Lists show 13:58 until done.                                              4m old "
    );
    model.connection = Connection::Live;
    model
        .work
        .pending
        .values_mut()
        .for_each(|pending| pending.unsure = true);
    assert_eq!(
        row(&model),
        " ? Unsure: \"Handbook on\" was sent, the answer was lost. Asking again with the same key.                          gl log "
    );
}

#[test]
fn a_refusal_is_read_even_under_a_banner() {
    let mut model = offline();
    model.work.message = Some(crate::console::model::Message {
        refusal: true,
        answer: true,
        text: "Offline: nothing is sent. R tries again.".to_owned(),
    });
    let shown = text_of(&drawn_with(&model, skin("dark"), 120, 36));
    assert!(
        shown.contains("\n Offline: nothing is sent. R tries again. "),
        "{shown}"
    );
}

#[test]
fn panes_say_their_age_while_the_data_is_not_live() {
    let shown = text_of(&drawn_with(&offline(), skin("dark"), 120, 36));
    assert!(shown.contains("1 Sources (48) · 4m old ◆3"), "{shown}");
    assert!(shown.contains("4 Recent runs (all) · 4m old"), "{shown}");
    assert!(shown.contains("○ offline @1842"), "{shown}");
}

#[test]
fn empty_lists_say_what_to_do() {
    let mut model = fixture::model();
    for list in [ListId::Sources, ListId::Runs, ListId::Bindings] {
        let state = model.ui.list_mut(list);
        state.rows.clear();
        state.selected = None;
    }
    let list = model.ui.list_mut(ListId::Sources);
    "state:stuk".clone_into(&mut list.filter.text);
    list.filter.near = Some("state:stuck".to_owned());
    let shown = text_of(&drawn_with(&model, skin("dark"), 120, 36));
    assert!(shown.contains("1 Sources (0 of 48)"), "{shown}");
    assert!(
        shown.contains("None of 48 match \"state:stuk\". Near: state:stuck. Esc"),
        "{shown}"
    );
    assert!(shown.contains("Select a source."), "{shown}");

    let mut model = fixture::model();
    model.replica = crate::console::model::Replica::default();
    model.connection = Connection::Connecting;
    for list in ListId::ALL {
        *model.ui.list_mut(list) = crate::console::model::ListState::default();
    }
    let shown = text_of(&drawn_with(&model, skin("dark"), 120, 36));
    assert!(shown.contains("Loading sources."), "{shown}");
    assert!(shown.contains("Loading runs."), "{shown}");
    assert!(
        !shown.contains("(0)"),
        "an unknown number is never 0:\n{shown}"
    );
}

#[test]
fn the_cursor_of_the_terminal_stands_where_the_caret_is_drawn_and_nowhere_else() {
    let mut typing = 0;
    for (name, model) in fixture::pages::all() {
        for (width, height) in [(120, 36), (80, 24), (40, 12)] {
            let area = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            let drawn = draw_into(&model, skin("dark"), &mut buffer, area);
            let field = model.ui.is_typing();
            assert_eq!(drawn.caret.is_some(), field, "{name} {width}x{height}");
            if let Some(caret) = drawn.caret {
                assert_eq!(buffer[caret].symbol(), "▏", "{name} {width}x{height}");
                typing += 1;
            }
        }
    }
    assert!(typing > 20, "there are fields among the screens");
}
