//! Threads of the demo: a question is answered in place, a draft outlives its popup, and a way back is seen before it is gone.

use super::{leave, ready, wait_selected};
use crate::support::demo::Demo;

#[test]
fn an_approval_is_found_in_the_inbox_and_answered_in_place() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let before = demo.api().sequence();
    console.keys("ga");
    console
        .wait_text("Approvals (1)")
        .wait_text("go doc ./sdk/go Client.New")
        .settle();
    console.press("Enter");
    console
        .wait_text("Approval 7 · turn 2")
        .wait_text("Tab comes here to answer.");
    console.press("Tab").press("Tab");
    console.wait_text("a allow once").settle();
    console.press("a");
    console.wait_text("✓ allowed once by you");
    let answered = demo.api().until("the answer in the log", |api| {
        let events = api.events_after(before);
        events
            .into_iter()
            .find(|it| it.event_type == "thread.approval-response-requested")
    });
    assert_eq!(answered.payload["decision"], "accept");
    leave(console);
}

#[test]
fn a_draft_outlives_its_popup_and_a_way_back_is_seen_before_it_is_gone() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let before = demo.api().sequence();
    console.press("4").press("j");
    wait_selected(&console, "#90");
    console.press("Enter");
    console.wait_text("Steps · #90");
    console.press("Tab");
    wait_selected(&console, "API Docs");
    console.press("Enter");
    console.wait_text("turn 2  ✓ 1 file").settle();

    console.press("i");
    console.wait_text("typing: instruction").settle();
    console
        .keys("Quote the code.")
        .press("Enter")
        .keys("And its remedy.");
    console.wait_text("And its remedy.▏");
    console.press("Esc");
    console.wait_text("The draft is kept");
    console.press("i");
    console.wait_text("Quote the code.");
    console.press("Esc");
    console.wait_text("The draft is kept").settle();

    console.keys("!b");
    console
        .wait_text("Back to turn 1")
        .wait_text("+ # Errors")
        .settle();
    console.press("[");
    console
        .wait_text("Back to start")
        .wait_text("Goes: 2 turns");
    console.press("Esc");
    console.wait_text("turn 2  ✓ 1 file").settle();
    assert_eq!(demo.api().sequence(), before, "nothing was sent");
    leave(console);
}
