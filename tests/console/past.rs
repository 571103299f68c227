//! The log and what came before: who did what, and taking it back; what it looked like then.

use super::{filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn what_it_looked_like_then() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    filter(&mut console, "backend");
    wait_selected(&console, "backend");
    let since = api.sequence();

    console.press("e").wait_text("Event log");
    filter(&mut console, "@1790");
    wait_selected(&console, "@1790");
    console.press("t");
    console
        .wait_text("PAST @1790")
        .wait_text("· then")
        .wait_text("@1790/")
        .settle();
    console.press("O");
    console.wait_text("In the past (@1790). Esc returns to now.");
    console.press("w");
    console.wait_text("Only now has a diagnosis");
    console.press("=").wait_text("= Here → now");
    // What happened after that moment is what differs.
    console.press("Esc").wait_text("● live @");
    wait_selected(&console, "backend");
    assert_eq!(api.deeds_after(since), [""; 0], "looking writes nothing");
    leave(console);
}

#[test]
fn a_link_opens_the_moment_and_now_goes_on_meanwhile() {
    let demo = Demo::live();
    let mut console = demo.console(&["--open", "past/1790"]).spawn();
    console
        .wait_text("PAST @1790 ·")
        .wait_text("@1790/")
        .settle();
    let api = demo.api();
    let cursor = api.cursor("payments");
    demo.push("payments");
    api.until("the push to be worked on", |api| {
        (api.cursor("payments") != cursor).then_some(())
    });
    // The rows of then stay; those of now came along.
    console.wait_text("PAST @1790 ·");
    console.press("(").wait_text("PAST @1 ·").settle();
    console.press("Esc");
    wait_line(
        &console,
        "4 Recent runs",
        &["#92", "payments", "✓ succeeded"],
    );
    leave(console);
}

#[test]
fn what_somebody_else_did_is_undone_from_the_log() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    assert!(!api.binding("sdk", "frontend").enabled);
    let since = api.sequence();

    filter(&mut console, "frontend");
    console.press("2").press("j");
    wait_selected(&console, "SDK Reference");
    console.keys("ge");
    console.wait_text("Event log · SDK Reference × frontend");
    wait_selected(&console, "@1839");
    console.wait_text("u undo: @1839").settle();
    console.press("u");
    console
        .wait_text("SDK Reference × frontend is on, as before")
        .wait_text("@1839.");
    wait_line(
        &console,
        "Event log",
        &["user bo", "frontend: off → on", "cause @1839"],
    );
    assert!(api.binding("sdk", "frontend").enabled);
    let events = api.events_after(since);
    let undone = events
        .iter()
        .find(|it| it.event_type == "space.binding-updated")
        .unwrap();
    assert_eq!(undone.metadata["undoes"], 1839);
    assert!(undone.causation_event_id.is_some());

    // Nobody undoes it twice.
    wait_selected(&console, "@1839");
    console.press("u");
    console
        .wait_text("Not undone: \"off\" by ana, @1839.")
        .wait_text("bo undid it");
    assert!(api.binding("sdk", "frontend").enabled);
    leave(console);
}
