//! Any terminal: narrow, tiny, too small, without colours.

use super::{TAKEN, leave, ready, wait_selected};
use crate::support::demo::Demo;

#[test]
fn without_colours_the_selection_is_still_seen() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).env("NO_COLOR", "1").spawn();
    ready(&console);
    console.press("j");
    wait_selected(&console, "frontend");
    console.settle();
    console.view(|view| {
        let (col, row) = view.find("▌").unwrap();
        let name = view.screen.cell(row, col + 4).unwrap();
        assert!(name.inverse(), "the selected row is reverse");
        let other = view.screen.cell(row + 1, col + 4).unwrap();
        assert!(!other.inverse(), "and only that one");
        let (cols, rows) = view.size();
        for cell in (0..rows)
            .flat_map(|row| (0..cols).map(move |col| (row, col)))
            .filter_map(|(row, col)| view.screen.cell(row, col))
        {
            assert_eq!(cell.fgcolor(), vt100::Color::Default);
            assert_eq!(cell.bgcolor(), vt100::Color::Default);
        }
    });
    leave(console);
}

#[test]
fn each_size_shows_the_world_and_too_small_says_what_is_needed() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("j");
    wait_selected(&console, "frontend");

    console.resize(80, 24);
    console
        .wait_row(0, "3 stuck")
        .wait_row(1, "1 Sources (48)")
        .wait_text("2 Space bindings · frontend")
        .wait_text("3 Cursors · frontend")
        .wait_text("4 Recent runs (all)");
    wait_selected(&console, "github.com/acme/frontend");
    console.press("4");
    console.wait_text("┏ 4 Recent runs (all)");
    wait_selected(&console, "#91");
    console.press("1");

    console.resize(40, 12);
    console
        .wait_row(1, "1 Sources (48)")
        .wait_text("2 bindings 2")
        .wait_text("4 runs");
    wait_selected(&console, "frontend");

    console.resize(38, 9);
    console.wait_text("jolli needs 40x10; this is 38x9.");
    console.press("j").settle();

    console.resize(120, 36);
    console.wait_text("2 Space bindings");
    assert_eq!(console.modes(), TAKEN);
    leave(console);
}
