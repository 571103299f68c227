//! Looking only: deliveries and why they did nothing, strict conflicts, what a log says.

use super::{filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn why_a_push_did_nothing_is_found_and_previewed() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();

    console.keys("gd");
    console.wait_text("Deliveries (").settle();
    filter(&mut console, "ref:feat/x");
    console.wait_text("Deliveries (1 of ");
    wait_selected(&console, "push feat/x");
    wait_selected(&console, "ignored:other-branch");
    let before = api.sequence();

    console.press("p");
    console
        .wait_text("nothing is queued by looking")
        .wait_text("would not: frontend follows main, this push")
        .wait_text("no run: ignored:other-branch")
        .settle();
    let queued = api
        .events_after(before)
        .into_iter()
        .filter(|event| event.event_type == "job.queued")
        .count();
    assert_eq!(queued, 0);

    console.press("Esc").wait_gone("as if it came now");
    console.press("Enter");
    console
        .wait_text("headers and body")
        .wait_text("refs/heads/feat/x");
    leave(console);
}

#[test]
fn the_two_strict_conflicts_name_documents_and_remedies() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.wait_text("2 conflicts");

    console.press("x");
    console.wait_text("Strict conflicts (2)");
    wait_line(
        &console,
        "Strict conflicts",
        &["bakend", "E unresolved-source", "near: backend"],
    );
    wait_line(
        &console,
        "Strict conflicts",
        &["frontend", "W disabled-source"],
    );

    // The finding of a binding that is off offers to turn it on, and shows what it is about.
    filter(&mut console, "frontend");
    wait_selected(&console, "W disabled-source");
    wait_line(
        &console,
        "disabled-source · frontend",
        &["docs/sdk/go.md:4"],
    );
    wait_line(&console, "Remedies", &["1 Enable the binding"]);
    leave(console);
}

#[test]
fn a_run_says_what_its_steps_and_spaces_did() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);

    console.press("4");
    wait_selected(&console, "#91");
    console.press("Enter");
    console.wait_text("Steps · #91");
    wait_line(&console, "Spaces", &["✗ Internal", "failed"]);
    // Why it failed is there in full, not only as far as a row is wide.
    wait_line(&console, "Spaces", &["needs source design"]);
    wait_line(&console, "Spaces", &["design.git"]);
    wait_line(&console, "Log", &["error", "space=internal"]);
    leave(console);
}
