//! What cannot be undone asks for the name first.

use super::{filter, leave, ready, wait_selected};
use crate::support::demo::Demo;

#[test]
fn clearing_a_cursor_takes_the_name_in_full() {
    let demo = Demo::live();
    let mut console = demo.console(&["--as", "ana"]).spawn();
    ready(&console);
    console.wait_text("admin");
    let api = demo.api();
    assert!(api.cursor("frontend").is_some());

    filter(&mut console, "frontend");
    wait_selected(&console, "frontend");
    console.press("!");
    console
        .wait_text("╔ danger")
        .wait_text("c clear cursor")
        .wait_text("l – lease is free");

    console.press("c");
    console
        .wait_text("╔ DANGER · clear cursor of frontend")
        .wait_text("waits for the name")
        // Keys count from here on: what was typed ahead is no consent.
        .wait_text("═ Enter clears");
    console.keys("fron").press("Enter");
    console.wait_text("Type frontend in full.").settle();
    assert!(api.cursor("frontend").is_some(), "nothing was sent");

    console.keys("tend").press("Enter");
    console
        .wait_text("Cursor of frontend cleared, generation 1.")
        .wait_text("No cursor yet. The first finished run sets it.");
    assert_eq!(api.cursor("frontend"), None);

    console.press("u");
    console.wait_text("Not undone: it was destructive.");
    leave(console);
}

#[test]
fn an_operator_may_not_and_is_told_why() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();

    filter(&mut console, "frontend");
    wait_selected(&console, "frontend");
    console.press("!");
    console.wait_text("╔ danger").wait_text("needs admin");
    console.press("c");
    console.wait_text("Needs admin; you are operator.").settle();
    assert!(!console.view(|view| view.shows("DANGER")));
    assert!(api.cursor("frontend").is_some());
    leave(console);
}
