//! Pages and popups: whole screens as snapshots; what is promised to the column is compared in place.

use super::super::fixture::{pages, popups, pulse, xray};
use super::{drawn_with, measured, skin, styles_of, text};

macro_rules! screens {
    ($($name:ident: $model:expr;)+) => {$(
        #[test]
        fn $name() {
            let model = $model;
            insta::assert_snapshot!(
                concat!(stringify!($name), "_120x36"),
                text(&model, 120, 36)
            );
            insta::assert_snapshot!(
                concat!(stringify!($name), "_80x24"),
                text(&model, 80, 24)
            );
        }
    )+};
}

screens! {
    why: pages::why();
    nothing_wrong: pages::nothing_wrong();
    source: pages::source();
    conflicts: pages::conflicts();
    conflicts_here: pages::conflicts_here();
    run: pages::run();
    pulse: pulse::pulse(true);
    pulse_unanswered: pulse::pulse(false);
    timeline: pulse::timeline(false);
    timeline_of_many: pulse::timeline(true);
    xray: xray::xray();
    deliveries: pages::deliveries();
    integrations: pages::integrations();
    events: pages::events();
    link_pick: popups::link(crate::console::model::LinkStep::Pick);
    link_preview: popups::link(crate::console::model::LinkStep::Preview);
    link_result: popups::link(crate::console::model::LinkStep::Result);
    links_pick: popups::link_many(crate::console::model::LinkStep::Pick);
    links_preview: popups::link_many(crate::console::model::LinkStep::Preview);
    links_result: popups::link_many(crate::console::model::LinkStep::Result);
    palette: popups::palette();
    help: popups::help();
    danger: popups::danger();
    sign_in: popups::sign_in();
    form: popups::form();
    review: popups::review();
    bulk: popups::bulk();
    danger_many: popups::danger_many();
    form_contested: popups::contested();
    form_merge: popups::merge();
    form_fault: popups::form_fault();
    bind: popups::bind();
    which_key: popups::which_key();
    toasts: popups::toasts();
    tour: pages::tour();
    tour_offered: pages::tour_offered();
}

/// The smallest screen scrolls: what to do stands right after the finding, and whatever has the keys is in sight.
#[test]
fn why_in_one_column() {
    use crate::console::model::{ListId, Page, RowKey};
    let mut model = pages::why();
    if let Page::Why(view) = model.ui.page_mut() {
        let diagnosis = view.diagnosis.value.as_mut().unwrap();
        let long = "The lease of run #91 ended before its runner said that it still works on it.";
        diagnosis.findings[0].summary = long.to_owned();
    }
    insta::assert_snapshot!("why_40x12", text(&model, 40, 12));
    let mut focus = |list: ListId, place: usize| {
        if let Page::Why(view) = model.ui.page_mut() {
            view.focus = list;
        }
        super::fixture::select(&mut model, list, place, RowKey::Place(place as u32));
        text(&model, 40, 12)
    };
    insta::assert_snapshot!("why_remedy_40x12", focus(ListId::Actions, 0));
    let last = focus(ListId::Evidence, 4);
    assert!(last.contains("delivery 72d3f1aa"), "{last}");
    assert!(last.contains("or is skipped."), "{last}");
    insta::assert_snapshot!("nothing_wrong_40x12", text(&pages::nothing_wrong(), 40, 12));
}

#[test]
fn styles() {
    for theme in ["dark", "mono"] {
        let main = drawn_with(&super::fixture::model(), skin(theme), 120, 36);
        insta::assert_snapshot!(format!("main_{theme}_styles"), styles_of(&main));
        let danger = drawn_with(&popups::danger(), skin(theme), 80, 24);
        insta::assert_snapshot!(format!("danger_{theme}_styles"), styles_of(&danger));
    }
}

/// A screen without colours and with ASCII only.
fn plain(model: &crate::console::model::Model, width: u16, height: u16) -> String {
    let mut skin = skin("mono");
    skin.ascii = true;
    super::text_of(&drawn_with(model, skin, width, height))
}

#[test]
fn ascii() {
    let timeline = pulse::timeline(true);
    insta::assert_snapshot!("timeline_of_many_ascii_80x24", plain(&timeline, 80, 24));
    insta::assert_snapshot!("xray_ascii_80x24", plain(&xray::xray(), 80, 24));
    insta::assert_snapshot!("timeline_of_many_ascii_40x12", plain(&timeline, 40, 12));
}

#[test]
fn main_sizes() {
    let model = super::fixture::model();
    for (width, height) in [(120, 40), (200, 60)] {
        insta::assert_snapshot!(
            format!("main_{width}x{height}"),
            text(&model, width, height)
        );
    }
}

/// What a record's `conflict` consequences say is taken out of the preview in front.
fn without_conflicts(mut model: crate::console::model::Model) -> crate::console::model::Model {
    if let Some(crate::console::model::Popup::Link(wizard)) = model.ui.popups.last_mut()
        && let Some(effect) = &mut wizard.items[0].preview.value
    {
        effect
            .consequences
            .retain(|it| !it.kind.starts_with("conflict"));
    }
    model
}

#[test]
fn a_link_preview_without_conflicts_says_none() {
    let model = popups::link(crate::console::model::LinkStep::Preview);
    let shown = text(&without_conflicts(model), 80, 24);
    assert!(shown.contains("Conflicts   none"), "{shown}");
}

#[test]
fn a_link_preview_on_a_small_screen_shows_what_will_be() {
    let model = popups::link(crate::console::model::LinkStep::Preview);
    let shown = text(&model, 40, 12);
    assert!(shown.contains("AFTER") && !shown.contains("NOW"), "{shown}");
    assert!(shown.contains("kind           true"), "{shown}");
    assert!(shown.contains("Link scratch ]"), "{shown}");
}

/// Every line that is seen while one goes down until nothing moves any more, each once.
fn read_through(model: &mut crate::console::model::Model, width: u16, height: u16) -> String {
    use crate::console::update::testing::press;
    let mut seen: Vec<String> = Vec::new();
    let mut before = String::new();
    loop {
        let shown = measured(model, width, height);
        for line in shown.lines() {
            if !seen.iter().any(|it| it == line) {
                seen.push(line.to_owned());
            }
        }
        if shown == before {
            return seen.join("\n");
        }
        before = shown;
        press(model, "Down");
    }
}

#[test]
fn all_of_a_link_preview_can_be_reached_on_a_small_screen() {
    let mut model = popups::link(crate::console::model::LinkStep::Preview);
    let first = measured(&mut model, 40, 12);
    assert!(first.contains("more below · Enter links"), "{first}");
    insta::assert_snapshot!("link_preview_40x12", first);
    let all = read_through(&mut model, 40, 12);
    for words in [
        "○ Handbook  bound but",
        "Conflicts   solves unresolved-source",
        "cursor and no event. 12",
        "files, 3 documents",
        "Undo        u, until the first run",
        "starts",
    ] {
        assert!(all.contains(words), "{words} is not in\n{all}");
    }
    insta::assert_snapshot!("link_preview_end_40x12", text(&model, 40, 12));
}

#[test]
fn all_of_a_source_can_be_reached_on_a_small_screen() {
    let mut model = pages::source();
    insta::assert_snapshot!("source_40x12", measured(&mut model, 40, 12));
    let all = read_through(&mut model, 40, 12);
    for words in [
        "integration  12 acme-github",
        "checked 4m",
        "stalled since 11:02, 3h",
        "lease free, epoch 118",
        "▌ ● API Docs",
        "▌ ◌ Handbook",
        "Ready        no SpaceFailed",
        "Delivering   yes LastDelivery 3m ago",
    ] {
        assert!(all.contains(words), "{words} is not in\n{all}");
    }
    let end = text(&model, 40, 12);
    insta::assert_snapshot!("source_end_40x12", end);
    crate::console::update::testing::press(&mut model, "g g");
    let top = measured(&mut model, 40, 12);
    assert!(top.contains("repo         github.com"), "{top}");
}

#[test]
fn refusals_of_a_bulk_link_are_counted_before_anything_is_consented_to() {
    let model = popups::link_many(crate::console::model::LinkStep::Preview);
    let shown = text(&model, 80, 24);
    let head = "1 of 3 will be refused and is not sent: proto.";
    assert!(shown.contains(head), "{shown}");
    assert!(
        shown.contains("proto        stays virtual: not sent"),
        "{shown}"
    );
    insta::assert_snapshot!("links_preview_40x12", text(&model, 40, 12));
    // The chosen one is told whole, however long it is.
    let mut first = model;
    first
        .ui
        .list_mut(crate::console::model::ListId::Popup)
        .position = 0;
    let shown = text(&first, 80, 24);
    assert!(shown.contains("3 documents match."), "{shown}");
}

#[test]
fn all_that_a_danger_would_do_can_be_read_on_a_small_screen() {
    use crate::console::model::Popup;
    let mut model = popups::danger_many();
    let Some(Popup::Danger(danger)) = model.ui.popups.last_mut() else {
        panic!("it asks");
    };
    danger.told = (1..9)
        .map(|n| format!("Consequence number {n} of eight."))
        .collect();
    let first = measured(&mut model, 40, 12);
    assert!(first.contains("more below"), "{first}");
    assert!(!first.contains("Consequence number 8"), "{first}");
    let all = read_through(&mut model, 40, 12);
    assert!(all.contains("Consequence number 8"), "{all}");
    // The name to type stays where it is.
    assert!(text(&model, 40, 12).contains("to go on:"), "{all}");
}

#[test]
fn the_danger_popup_on_a_small_screen_shows_the_name_to_type() {
    let shown = text(&popups::danger(), 40, 12);
    assert!(shown.contains("This cannot be undone."), "{shown}");
    assert!(shown.contains("Type frontend to go on:"), "{shown}");
    assert!(shown.contains("[ Clear ]"), "{shown}");
    assert!(shown.contains("generation 3 → 4"), "{shown}");
}
