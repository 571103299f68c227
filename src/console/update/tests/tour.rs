//! The tour: it waits for what it names, in the words of the keymap in use, and blocks nothing.

use super::super::testing::*;
use crate::console::effect::Effect;
use crate::console::keymap::{Keymap, Preset, parse};
use crate::console::model::tour::{STEPS, says};
use crate::console::model::{Layout, Model, Ui};
use crate::console::msg::Msg;

const OFFER: &str = "New here? :tour goes through the console in 8 steps.";
const OVER: &str = "The tour is over. :tour begins it again.";

/// The row above the footer.
fn row(model: &Model) -> String {
    let shown = crate::console::view::tests::text(model, 120, 36);
    shown.lines().nth(34).unwrap().trim().to_owned()
}

fn begin(model: &mut Model) {
    press(model, ":");
    type_text(model, "tour");
    press(model, "Enter");
}

#[test]
fn each_step_is_over_once_its_command_ran_and_not_before() {
    let mut model = world();
    begin(&mut model);
    assert_eq!(
        row(&model),
        "Tour 1 of 8: ↓ and ↑ go through the rows. :tour ends it."
    );
    // Anything else works as ever, and the line stays.
    press(&mut model, "3");
    assert!(row(&model).starts_with("Tour 1 of 8"), "{}", row(&model));
    press(&mut model, "1 j");
    assert_eq!(
        row(&model),
        "Tour 2 of 8: Enter opens what is selected. :tour ends it."
    );
    press(&mut model, "Enter");
    assert!(row(&model).starts_with("Tour 3 of 8: Esc steps out"));
    press(&mut model, "Esc");
    assert!(row(&model).starts_with("Tour 4 of 8: / narrows"));
    press(&mut model, "/ x Esc");
    assert!(row(&model).starts_with("Tour 5 of 8: w says why"));
    press(&mut model, "w g h");
    assert!(row(&model).starts_with("Tour 7 of 8: gx"));
    press(&mut model, "g x");
    assert_eq!(
        row(&model),
        "Tour 8 of 8: ? has every key of the place, : every command. :tour ends it."
    );
    press(&mut model, "?");
    assert_eq!(model.ui.tour, None);
    assert_eq!(row(&model), "That was the tour. :tour begins it again.");
    press(&mut model, "Esc");
    assert_eq!(row(&model), "");
}

#[test]
fn what_is_refused_is_not_done_and_what_a_command_says_goes_before() {
    let mut model = world();
    model.ui.tour = Some(4);
    press(&mut model, "/");
    type_text(&mut model, "zzzz");
    press(&mut model, "Enter w");
    assert_eq!(model.ui.tour, Some(4), "no source is selected");
    assert!(!row(&model).starts_with("Tour"), "{}", row(&model));
    press(&mut model, "Esc w");
    assert_eq!(model.ui.tour, Some(5));
    // Refused only where it runs.
    model.ui.tour = Some(3);
    press(&mut model, "Esc g l /");
    assert_eq!(row(&model), "This list has no filter.");
    assert_eq!(model.ui.tour, Some(3));
}

#[test]
fn escape_ends_it_only_where_nothing_else_is_left() {
    let mut model = world();
    begin(&mut model);
    // A page, a filter: each is left first.
    press(&mut model, "Enter Esc");
    assert_eq!(model.ui.tour, Some(0));
    press(&mut model, "/ f r Enter Esc");
    assert_eq!(model.ui.tour, Some(0));
    press(&mut model, "z Esc");
    assert_eq!(model.ui.tour, Some(0));
    press(&mut model, "Esc");
    assert_eq!(model.ui.tour, None);
    assert_eq!(row(&model), OVER);
    // Without a tour it says nothing.
    press(&mut model, "Esc");
    assert_eq!(row(&model), "");
}

#[test]
fn the_command_ends_it_at_every_step() {
    for step in 0..STEPS.len() {
        let mut model = world();
        model.ui.tour = Some(step);
        begin(&mut model);
        assert_eq!(model.ui.tour, None, "step {step}");
        assert_eq!(row(&model), OVER);
        press(&mut model, "j");
        assert_eq!(row(&model), "");
    }
}

#[test]
fn it_is_offered_once_and_that_is_kept() {
    let mut model = world();
    let effects = take(&mut model, Msg::FirstStart);
    assert!(effects.iter().any(|it| matches!(it, Effect::Persist)));
    assert_eq!(row(&model), OFFER);
    assert_eq!(model.ui.tour, None, "it is only offered");
    // It goes with the first key, which does what it always does.
    press(&mut model, "2");
    assert_eq!(row(&model), "");
    assert!(take(&mut model, Msg::FirstStart).is_empty());
    assert_eq!(row(&model), "");

    let kept = serde_json::to_string(&Layout::of(&model.ui)).unwrap();
    let mut next = Ui::default();
    serde_json::from_str::<Layout>(&kept)
        .unwrap()
        .put(&mut next);
    assert!(next.tour_offered);
    // What an older console kept says nothing of it.
    assert!(!serde_json::from_str::<Layout>("{}").unwrap().tour_offered);
}

#[test]
fn who_was_quicker_is_not_spoken_over() {
    let mut model = world();
    begin(&mut model);
    take(&mut model, Msg::FirstStart);
    assert!(row(&model).starts_with("Tour 1 of 8"));
    assert!(model.ui.tour_offered);
}

#[test]
fn every_step_names_keys_of_every_preset_and_fits_80_columns() {
    for preset in Preset::ALL {
        let keymap = Keymap::standard().with_preset(preset);
        for (n, step) in STEPS.iter().enumerate() {
            let words = says(n, &keymap).unwrap();
            let beside = step.beside.map(|it| it.0);
            for command in step.commands.iter().copied().chain(beside) {
                let keys = keymap.keys_of(command);
                assert!(!keys.is_empty() && words.contains(&keys), "{words}");
            }
            assert!(words.chars().count() < 79, "{words}");
        }
    }
    assert_eq!(says(STEPS.len(), &Keymap::standard()), None);
}

#[test]
fn a_key_of_ones_own_is_named_and_one_taken_away_by_its_command() {
    let user = "[everywhere]\ngo-xray = []\ngo-pulse = \"F7\"\n";
    let (layer, faults) = parse(user);
    assert!(faults.is_empty(), "{faults:?}");
    let keymap = Keymap::build(Preset::Default, layer);
    assert!(says(5, &keymap).unwrap().contains(": F7 shows what came"));
    assert!(says(6, &keymap).unwrap().contains(": :go-xray shows"));
}

#[test]
fn it_goes_on_where_the_past_is_entered_and_left() {
    let mut model = world();
    begin(&mut model);
    press(&mut model, "t j Esc");
    assert!(model.past.is_none());
    assert_eq!(model.ui.tour, Some(1), "done in the past as well");
}
