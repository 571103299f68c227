//! Screens of the past.

use super::super::fixture::past;
use super::{drawn_with, skin, text, text_of};
use crate::console::view::Skin;

#[test]
fn the_past_at_every_size() {
    for (name, model) in [("past", past::past()), ("compared", past::compared())] {
        for (width, height) in [(120, 36), (80, 24), (40, 12), (200, 60)] {
            insta::assert_snapshot!(
                format!("{name}_{width}x{height}"),
                text(&model, width, height)
            );
        }
    }
}

#[test]
fn on_the_way_says_what_is_seen() {
    let shown = text(&past::on_the_way(), 80, 24);
    assert!(shown.contains("Loading @1500. You see @1790."), "{shown}");
    assert!(shown.contains("@1500/1842"), "{shown}");
    assert!(shown.contains("PAST @1790 · 11:01, 3h ago"), "{shown}");
}

#[test]
fn the_past_is_told_without_colour_and_in_ascii() {
    let ascii = Skin {
        ascii: true,
        ..skin("mono")
    };
    let shown = text_of(&drawn_with(&past::compared(), ascii, 120, 36));
    assert!(shown.is_ascii(), "{shown}");
    assert!(shown.contains("PAST @1790"), "{shown}");
    assert!(shown.contains("lagging > stalled"), "{shown}");
}

#[test]
fn where_nothing_differs_no_single_source_is_named() {
    let mut model = past::compared();
    let of = "= Here → now · ";
    assert!(text(&model, 120, 36).contains(of));
    if let Some(past) = &mut model.past {
        past.compare = Some(crate::console::model::Compare::default());
    }
    let shown = text(&model, 120, 36);
    assert!(
        shown.contains("= Here → now (0)") && !shown.contains(of),
        "{shown}"
    );
}
