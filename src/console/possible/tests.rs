//! Every command against the model: what cannot run says why, and what is looked for is found.

use super::*;
use crate::console::command::{COMMANDS, CommandId};
use crate::console::model::Model;

#[test]
fn what_cannot_run_says_why() {
    let model: Model = crate::console::update::testing::empty();
    for command in COMMANDS {
        if let Err(reason) = enabled(&model, command.id) {
            assert!(
                reason.ends_with('.') && reason.len() > 8,
                "{}: {reason}",
                command.id.as_str()
            );
        }
    }
    let reason = enabled(&model, CommandId::Link).unwrap_err();
    assert_eq!(reason, "Offline: nothing is sent. R tries again.");
}

#[test]
fn the_palette_finds_by_name_text_and_key() {
    let model = crate::console::update::testing::world();
    let first = |text: &str| search(&model, text)[0].id;
    assert_eq!(first("unlink"), CommandId::Unlink);
    assert_eq!(first("!c"), CommandId::CursorClear);
    assert_eq!(first("holds this"), CommandId::WhyStuck);
    assert!(search(&model, "zzzz").is_empty());
}
