//! The tour: offered to who starts the demo for the first time, over step by step as its keys are used.

use jolli::api::Event;
use rustix::process::Signal;

use super::{leave, ready};
use crate::support::Console;
use crate::support::demo::Demo;

const OFFER: &str = "New here? :tour goes through the console in 8 steps.";

fn run(console: &mut Console, text: &str) {
    console.press(":").wait_text("typing: command").settle();
    console.keys(text).settle();
    console.press("Enter");
}

#[test]
fn it_is_offered_once_goes_on_as_its_keys_are_used_and_ends() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let before = demo.api().sequence();
    console.wait_row(34, OFFER);
    // It goes with the first key, whatever that is.
    console.press("2").wait_gone(OFFER);
    console.press("1").settle();

    run(&mut console, "tour");
    console.wait_row(
        34,
        "Tour 1 of 8: ↓ and ↑ go through the rows. :tour ends it.",
    );
    console.press("j").wait_row(34, "Tour 2 of 8: Enter opens");
    console.press("Enter").wait_row(34, "Tour 3 of 8: Esc ");
    console.press("Esc").wait_row(34, "Tour 4 of 8: / ");
    console.press("/").wait_text("typing: filter").settle();
    console.keys("state:stuck").press("Enter");
    console.wait_text("1 Sources (3 of 48)");
    console.wait_row(34, "Tour 5 of 8: w ");
    console.press("w").wait_row(34, "Tour 6 of 8: gh ");
    console
        .press("g")
        .press("h")
        .wait_row(34, "Tour 7 of 8: gx ");
    console
        .press("g")
        .press("x")
        .wait_row(34, "Tour 8 of 8: ? ");
    console.press("?");
    console.wait_row(34, "That was the tour. :tour begins it again.");
    console
        .press("Esc")
        .wait_gone("That was the tour.")
        .settle();
    let by_bo = |event: &Event| event.actor.id == "bo";
    let changes = demo.api().events_after(before);
    assert!(!changes.iter().any(by_bo), "it only looks: {changes:?}");

    // Begun again, and ended by Esc once the pages and the filter are left.
    console.press("Esc").press("Esc").press("Esc").press("Esc");
    console.wait_text("1 Sources (48)").settle();
    run(&mut console, "tour");
    console.wait_row(34, "Tour 1 of 8");
    console.press("Esc").wait_row(34, "The tour is over.");
    leave(console);

    // The next start says nothing of it.
    let console = demo.console(&[]).spawn();
    ready(&console);
    assert!(!console.view(|view| view.shows("New here?")));
    leave(console);
}

#[test]
fn killed_before_it_kept_any_row_it_is_not_offered_again() {
    let demo = Demo::live();
    let console = demo.console(&[]).spawn();
    ready(&console);
    console.wait_row(34, OFFER);
    console.signal(Signal::KILL);
    console.wait_exit();
    let console = demo.console(&[]).spawn();
    ready(&console);
    assert!(!console.view(|view| view.shows("New here?")));
    leave(console);
}

#[test]
fn who_names_a_view_is_not_offered_it() {
    let demo = Demo::live();
    let mut console = demo.console(&["--open", "why/frontend"]).spawn();
    console.wait_text("frontend · main · why stuck").settle();
    assert!(!console.view(|view| view.shows("New here?")));
    console.press("Esc");
    ready(&console);
    leave(console);
}
