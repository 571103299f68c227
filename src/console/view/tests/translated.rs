//! Every page, popup and form in the language of nobody: what still reads as English on the screen is data of the small world,
//! a name that one types, or forgotten (console.md: Other languages).

use super::super::fixture::{admin, lists, pages, past, popups, threads};
use super::text;
use crate::console::language::pseudo::{Known, catalogue};
use crate::console::language::speaking;
use crate::console::model::Model;
use crate::console::view::lines;

/// What no list of pages has: the rest of the fixtures.
fn others() -> Vec<(&'static str, Model)> {
    use threads::conversation as talk;
    let wide = (120, 40);
    vec![
        ("tokens", admin::tokens()),
        ("tokens refused", admin::tokens_refused()),
        ("secret", admin::secret()),
        ("integration", admin::integration()),
        ("profiles", admin::profiles()),
        ("production", admin::production()),
        ("info", admin::info()),
        ("own log", admin::own_log()),
        ("chosen columns", lists::chosen()),
        ("cursors", lists::cursors()),
        ("chooser", lists::chooser()),
        ("export", lists::export()),
        ("dump", lists::dump()),
        ("views", lists::views()),
        ("filtering", lists::filtering()),
        ("past", past::past()),
        ("compared", past::compared()),
        ("on the way", past::on_the_way()),
        ("tour", pages::tour()),
        ("tour offered", pages::tour_offered()),
        ("bulk", popups::bulk()),
        ("danger of many", popups::danger_many()),
        ("contested", popups::contested()),
        ("merge", popups::merge()),
        ("form with a fault", popups::form_fault()),
        ("instruct", talk::instruct(wide)),
        ("not sent", talk::not_sent(wide)),
        ("words asked", talk::words_asked(wide)),
        ("words waited for", talk::words_waited_for(wide)),
        ("turn queued", talk::turn_queued(wide)),
        ("mode", talk::mode(wide)),
        ("whole", talk::whole(wide)),
        ("revert", talk::revert(wide)),
        ("revert refused", talk::revert_refused(wide)),
        ("interrupt", talk::interrupt(wide)),
        ("thread that goes on", threads::goes_on(wide)),
    ]
}

#[test]
fn every_screen_can_be_translated() {
    let known = Known::read(&["view/fixture.rs", "view/fixture"]);
    let mut left = Vec::new();
    speaking(catalogue(), || {
        for (name, model) in pages::all().into_iter().chain(others()) {
            for (width, height) in [(120, 40), (80, 24), (40, 12)] {
                let shown = text(&model, width, height);
                for word in known.unknown(&shown, &model.keymap) {
                    left.push(format!("{name} {width}x{height}: {word}"));
                }
            }
        }
    });
    left.dedup();
    assert!(
        left.is_empty(),
        "{} left in English:\n{}",
        left.len(),
        left.join("\n")
    );
}

/// The same read line by line, as `--plain` tells it.
#[test]
fn every_page_in_lines_can_be_translated() {
    let known = Known::read(&["view/fixture.rs", "view/fixture"]);
    let mut left = Vec::new();
    speaking(catalogue(), || {
        for (name, model) in pages::all().into_iter().chain(others()) {
            let lines = lines::page(&model).into_iter().chain(lines::status(&model));
            for line in lines {
                for word in known.unknown(&line, &model.keymap) {
                    left.push(format!("{name}: {word}"));
                }
            }
        }
    });
    left.dedup();
    assert!(
        left.is_empty(),
        "{} left in English:\n{}",
        left.len(),
        left.join("\n")
    );
}
