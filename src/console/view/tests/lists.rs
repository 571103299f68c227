//! Lists as an operator arranges them.

use super::super::fixture::{self, lists};
use super::{Skin, drawn_with, skin, text, text_of};
use crate::console::model::ListId;

#[test]
fn chosen_columns_stand_in_every_pane() {
    let model = lists::chosen();
    for (width, height) in [(120, 36), (200, 60), (80, 24), (40, 12)] {
        insta::assert_snapshot!(
            format!("chosen_{width}x{height}"),
            text(&model, width, height)
        );
    }
    insta::assert_snapshot!("chosen_cursors_120x36", text(&lists::cursors(), 120, 36));
}

#[test]
fn the_chooser() {
    let model = lists::chooser();
    for (width, height) in [(120, 36), (80, 24), (40, 12)] {
        insta::assert_snapshot!(
            format!("chooser_{width}x{height}"),
            text(&model, width, height)
        );
    }
}

#[test]
fn names_never_drop_and_ascii_says_the_order() {
    let model = lists::chosen();
    let narrow = text(&model, 40, 12);
    assert!(narrow.contains("frontend"), "{narrow}");
    let ascii = Skin {
        ascii: true,
        ..skin("mono")
    };
    let drawn = text_of(&drawn_with(&model, ascii, 120, 36));
    assert!(drawn.contains("SPACES ^"), "{drawn}");
}

#[test]
fn what_is_taken_away() {
    for (name, model) in [("export", lists::export()), ("dump", lists::dump())] {
        for (width, height) in [(120, 36), (80, 24), (40, 12)] {
            insta::assert_snapshot!(
                format!("{name}_{width}x{height}"),
                text(&model, width, height)
            );
        }
    }
}

#[test]
fn what_is_typed_and_what_is_kept() {
    for (name, model) in [("views", lists::views()), ("filtering", lists::filtering())] {
        for (width, height) in [(120, 36), (80, 24), (40, 12)] {
            insta::assert_snapshot!(
                format!("{name}_{width}x{height}"),
                text(&model, width, height)
            );
        }
    }
    let drawn = drawn_with(&lists::filtering(), skin("mono"), 120, 36);
    let found: String = drawn
        .content
        .iter()
        .filter(|cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert!(found.contains("ront"), "{found}");
}

#[test]
fn letters_stand_at_the_rows_that_are_seen() {
    for (name, model) in [("jump", lists::jump()), ("jump_runs", lists::jump_runs())] {
        for (width, height) in [(120, 36), (80, 24), (40, 12)] {
            insta::assert_snapshot!(
                format!("{name}_{width}x{height}"),
                text(&model, width, height)
            );
        }
    }
    let ascii = Skin {
        ascii: true,
        ..skin("mono")
    };
    let drawn = drawn_with(&lists::jump(), ascii, 120, 36);
    let letters: String = (drawn.content.iter())
        .filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert!(
        letters.contains("aa") && letters.contains("sa"),
        "{letters}"
    );
    assert!(text_of(&drawn).is_ascii());
}

#[test]
fn what_stands_still_says_so() {
    let model = lists::frozen();
    for (width, height) in [(120, 36), (80, 24), (40, 12)] {
        insta::assert_snapshot!(
            format!("frozen_{width}x{height}"),
            text(&model, width, height)
        );
    }
    insta::assert_snapshot!(
        "frozen_refused_80x24",
        text(&lists::frozen_refused(), 80, 24)
    );
    let ascii = Skin {
        ascii: true,
        ..skin("mono")
    };
    let drawn = text_of(&drawn_with(&model, ascii, 80, 24));
    assert!(drawn.contains("frozen 2m"), "{drawn}");
}

#[test]
fn what_is_being_saved_is_never_cut() {
    let mut model = fixture::model();
    for pending in model.work.pending.values_mut() {
        "saving off".clone_into(&mut pending.words);
    }
    for (width, height) in [(120, 36), (80, 24)] {
        if width == 80 {
            model.ui.pane = ListId::Bindings;
        }
        let shown = text(&model, width, height);
        assert!(shown.contains("  saving off"), "{shown}");
    }
}

/// What is typed into the palette changes what is in it, not where it is.
#[test]
fn the_palette_stays_where_it_is_while_one_types() {
    use crate::console::update::testing::{press, type_text, world};
    let corner = |model: &crate::console::model::Model| {
        let shown = text(model, 120, 36);
        let lines: Vec<String> = shown.lines().map(str::to_owned).collect();
        let place = |c: char| {
            let line = lines.iter().position(|it| it.contains(c)).unwrap();
            (line, lines[line].chars().position(|it| it == c).unwrap())
        };
        (place('┏'), place('┛'))
    };
    let mut model = world();
    press(&mut model, ":");
    let before = corner(&model);
    for typed in ["link", "  zzz"] {
        type_text(&mut model, typed);
        assert_eq!(corner(&model), before, "{typed}");
    }
}

/// Letters at rows that begin with their text stand beside it.
#[test]
fn letters_cover_no_text() {
    use crate::console::msg::{Answer, Msg};
    use crate::console::update::testing::{press, take, world};
    let mut model = world();
    let asked = crate::console::update::testing::asked(&take(
        &mut model,
        Msg::Command(crate::console::command::CommandId::Log),
    ));
    let lines = vec!["first line".to_owned(), "other line".to_owned()];
    take(
        &mut model,
        Msg::Reply(asked[0].0, Ok(Answer::OwnLog(lines))),
    );
    press(&mut model, "J");
    let shown = text(&model, 80, 24);
    for line in ["┃aa▌first line", "┃as other line"] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    press(&mut model, "a s");
    assert_eq!(
        model.ui.list(crate::console::model::ListId::Own).position,
        1
    );
}
