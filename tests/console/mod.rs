//! The console as an operator has it: the real binary in a terminal, on the demo world. What a scenario achieved is read
//! from the API as well as from the screen, and the terminal is left as it was found.

mod admin;
mod bulk;
mod conflicts;
mod danger;
mod editing;
mod faults;
mod lists;
mod local;
mod looking;
mod outage;
mod past;
mod pictures;
mod plain;
mod profiles;
mod pulse;
mod reading;
mod sizes;
mod story;
mod talking;
mod taste;
mod terminal;
mod tour;
mod xray;

use crate::support::Console;
use crate::support::view::Modes;

const TAKEN: Modes = Modes {
    alternate_screen: true,
    cursor_hidden: true,
    mouse: false,
    bracketed_paste: true,
    raw: true,
};

/// Waits until the main screen is there and live.
fn ready(console: &Console) {
    console.wait_text("● live").wait_text("#91").settle();
    assert_eq!(console.modes(), TAKEN);
}

/// Filters the list that has the focus.
fn filter(console: &mut Console, text: &str) {
    console.press("/").wait_text("typing: filter").settle();
    console.keys(text).press("Enter").settle();
}

/// Waits until the selected row, where the focus is, shows the text.
fn wait_selected(console: &Console, text: &str) {
    console.wait_for(&format!("{text:?} to be selected"), |view| {
        view.selected().is_some_and(|row| row.contains(text))
    });
}

/// Waits until some line of a pane shows all of the words.
fn wait_line(console: &Console, pane: &str, words: &[&str]) {
    console.wait_for(&format!("{words:?} in {pane}"), |view| {
        view.pane(pane).is_some_and(|lines| {
            lines
                .iter()
                .any(|line| words.iter().all(|word| line.contains(word)))
        })
    });
}

/// Quits, and looks at what is left behind.
fn leave(mut console: Console) {
    console.press("Q");
    let status = console.wait_exit();
    assert!(status.success(), "{status:?}");
    assert_eq!(console.modes(), Modes::SHELL);
}
