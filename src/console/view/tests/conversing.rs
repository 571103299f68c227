//! What a person does with a thread: whole screens of every size, and the words that must not be cut.

use super::super::fixture::threads::{conversation as world, press};
use super::text;
use crate::console::model::Model;

const SIZES: [(u16, u16); 4] = [(120, 36), (80, 24), (40, 12), (200, 60)];

macro_rules! screens {
    ($($name:ident: $model:expr;)+) => {$(
        #[test]
        fn $name() {
            for size in SIZES {
                let model: Model = $model(size);
                insta::assert_snapshot!(
                    format!("{}_{}x{}", stringify!($name), size.0, size.1),
                    text(&model, size.0, size.1)
                );
            }
        }
    )+};
}

screens! {
    instruct: world::instruct;
    instruct_refused: world::not_sent;
    words_waited_for: world::words_waited_for;
    words_asked: world::words_asked;
    turn_queued: world::turn_queued;
    runtime_mode: world::mode;
    diff_whole: world::whole;
    revert: world::revert;
    revert_refused: world::revert_refused;
    interrupt: world::interrupt;
}

/// The words of a box, its frame and line ends aside.
fn joined(shown: &str) -> String {
    let inside: Vec<&str> = shown
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "║┃│".contains(c)))
        .collect();
    let inside = inside.join(" ");
    inside.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_server_says_against_going_back_is_never_cut() {
    for size in [(120, 36), (80, 24)] {
        let shown = text(&world::revert_refused(size), size.0, size.1);
        let boxed: Vec<String> = shown
            .lines()
            .filter_map(|line| {
                let (_, rest) = line.split_once('║')?;
                Some(rest.split_once('║')?.0.trim().to_owned())
            })
            .collect();
        let said = boxed.join(" ");
        for words in [
            "docs/api.md (version 44, by ana), docs/new.md (deleted by bo).",
            "Take their changes over by hand, or go back to a later checkpoint.",
        ] {
            assert!(said.contains(words), "{words}\n{shown}");
        }
    }
    let shown = joined(&text(&world::not_sent((120, 36)), 120, 36));
    assert!(shown.contains("Your text is kept."), "{shown}");
    assert!(shown.contains("- Nothing of it is retried."), "{shown}");
}

#[test]
fn the_preview_shows_what_is_there_now_on_the_left_and_what_it_would_be_on_the_right() {
    let shown = text(&world::revert((120, 36)), 120, 36);
    for words in [
        "Runs › #90 › SDK Reference › going back",
        "Back to turn 1 ━",
        "after turn 1, before turn 2",
        "Goes: 1 turn",
        "– turn 2  1 file",
        "docs/api.md",
        "Would become · docs/api.md",
        "+ within a minute.",
        "- within ten seconds.",
        "Nothing is done yet.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let row = shown
        .lines()
        .find(|line| line.contains("- within ten seconds."))
        .expect("the row");
    let (now, then) = (row.find("ten seconds"), row.find("a minute"));
    assert!(now < then && then.is_some(), "{row}");
}

#[test]
fn a_long_text_shows_the_line_of_the_caret() {
    use crate::console::msg::Msg;
    let mut model = world::instruct((80, 24));
    let many: Vec<String> = (0..400).map(|n| format!("line {n}")).collect();
    let paste = Msg::Paste(format!("\n{}", many.join("\n")));
    super::super::fixture::threads::take(&mut model, paste);
    let shown = text(&model, 80, 24);
    assert!(shown.contains("line 399▏"), "{shown}");
    press(&mut model, "PgUp");
    let shown = text(&model, 80, 24);
    assert!(shown.contains("▏Say in docs/sdk/go.md"), "{shown}");
    assert!(shown.contains("more lines"), "{shown}");
}
