//! Along lines that are cut: in a log and in a diff, as far as the longest line goes.

use super::super::testing::*;
use super::said;
use crate::console::model::{ListId, Model, Page};
use crate::console::view::fixture::{pages, threads};
use crate::console::view::tests::text;

/// The page of a run whose log has one line of a hundred letters and a word at its end.
fn run() -> Model {
    let mut model = pages::run();
    let Page::Run(view) = model.ui.page_mut() else {
        panic!("no run");
    };
    view.focus = ListId::RunLog;
    let lines = view.log.value.as_mut().expect("a log");
    let mut long = lines[0].clone();
    long.message = format!("{} needle", "x".repeat(120));
    lines[0] = long;
    model
}

#[test]
fn a_log_is_gone_along_as_far_as_its_longest_line_goes() {
    let mut model = run();
    assert!(!text(&model, 120, 36).contains("needle"));
    press(&mut model, "Right Right Right");
    let drawn = text(&model, 120, 36);
    assert!(drawn.contains("needle"), "{drawn}");
    assert!(drawn.contains("from column 61"), "{drawn}");
    press(&mut model, "Right Right Right Right");
    assert_eq!(said(&model), "No line goes on further right.");
    assert_eq!(model.ui.list(ListId::RunLog).column, 6);
    press(&mut model, "Left Left Left Left Left Left Left");
    assert!(!text(&model, 120, 36).contains("from column"));
}

#[test]
fn what_is_wrapped_is_whole_anyway() {
    let mut model = run();
    press(&mut model, "Right W");
    let drawn = text(&model, 120, 36);
    assert!(
        drawn.contains("needle") && !drawn.contains("from column"),
        "{drawn}"
    );
    press(&mut model, "Right");
    assert_eq!(
        said(&model),
        "Lines are wrapped, so nothing of them is cut. W cuts them again."
    );
}

#[test]
fn a_diff_is_gone_along_with_its_numbers_and_signs_in_place() {
    let mut model = threads::thread((120, 36), "Tab");
    let Page::Thread(view) = model.ui.page_mut() else {
        panic!("no thread");
    };
    view.focus = ListId::Diff;
    let before = text(&model, 120, 36);
    press(&mut model, "Right");
    let after = text(&model, 120, 36);
    let signs = |drawn: &str, sign: &str| drawn.matches(sign).count();
    assert_ne!(before, after);
    assert_eq!(signs(&before, " - "), signs(&after, " - "));
}

#[test]
fn the_chosen_line_of_a_text_is_whole_and_the_others_are_gone_along() {
    use crate::console::msg::{Answer, Msg};
    let mut model = world();
    let asked = asked(&take(
        &mut model,
        Msg::Command(crate::console::command::CommandId::Log),
    ));
    let long = |end: &str| format!("2026-11-21T14:00:00Z  WARN {} {end}", "x".repeat(200));
    let lines = vec![long("first"), long("second"), "short".to_owned()];
    take(
        &mut model,
        Msg::Reply(asked[0].0, Ok(Answer::OwnLog(lines))),
    );
    let drawn = text(&model, 80, 24);
    assert!(
        drawn.contains("first") && !drawn.contains("second"),
        "{drawn}"
    );
    press(&mut model, "Down");
    let drawn = text(&model, 80, 24);
    assert!(
        drawn.contains("second") && !drawn.contains("first"),
        "{drawn}"
    );
    press(
        &mut model,
        "Right Right Right Right Right Right Right Right Right",
    );
    let drawn = text(&model, 80, 24);
    assert!(
        drawn.contains("second") && drawn.contains("first"),
        "{drawn}"
    );
    assert!(drawn.contains("from column 181"), "{drawn}");
    // A line that is longer than the screen is not lost either.
    let drawn = text(&model, 40, 12);
    assert!(drawn.contains("second"), "{drawn}");
}
