//! The server fails in the ways in which servers fail, as `jolli demo fault` lets them: what the console says of each, what
//! becomes of a change that meets it, and what the server did in truth.

use jolli::api::Sequence;

use super::{leave, ready, wait_selected};
use crate::support::Console;
use crate::support::demo::{Api, Demo};

/// A console that stands on the binding of payments to API Docs, which is on; and how far the log was.
fn on_a_binding(demo: &Demo) -> (Console, Sequence) {
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.keys("jj");
    wait_selected(&console, "payments");
    console.press("2");
    wait_selected(&console, "● API Docs");
    let api = demo.api();
    assert!(is_on(&api));
    let sequence = api.sequence();
    (console, sequence)
}

fn is_on(api: &Api) -> bool {
    api.binding("api-docs", "payments").enabled
}

/// How often the binding was changed since.
fn changes(api: &Api, since: Sequence) -> usize {
    let events = api.events_after(since);
    let changes = events
        .iter()
        .filter(|it| it.event_type == "space.binding-updated");
    changes.count()
}

/// The token with which somebody signs in instead, as the demo told it.
fn spare(said: &str, name: &str) -> String {
    let line = format!("{name} signs in with: ");
    let found = said.lines().find_map(|it| it.strip_prefix(&line));
    found.unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn a_change_that_meets_a_refused_token_goes_out_after_the_sign_in_with_the_same_key() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    let said = demo.fault("401");
    let api = Api::new(&demo.url(), &spare(&said, "ana"));

    console.press("Space");
    console
        .wait_text("Sign in · acme")
        .wait_text("The server no longer accepts the token")
        .wait_text("Waiting: API Docs off. It runs after sign-in, same key.")
        .wait_text("○ Signed out: token refused (401).")
        .settle();
    assert!(is_on(&api), "nothing was taken yet");

    // The old token again: refused in place, and it still waits.
    console.paste(&demo.keys().bo).press("Enter");
    console.wait_for("the refusal beside the reason", |view| {
        let text = view.text();
        text.matches("The server no longer accepts the token (the")
            .count()
            == 2
    });
    console.press("C-u");
    console.paste(&spare(&said, "bo")).press("Enter");
    console
        .wait_gone("Sign in · acme")
        .wait_text("API Docs × payments is off.")
        .wait_text("● live");
    wait_selected(&console, "○ API Docs");
    assert!(!is_on(&api));
    assert_eq!(changes(&api, since), 1);
    leave(console);
}

#[test]
fn leaving_the_sign_in_says_what_was_not_sent() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    let said = demo.fault("401");
    console.press("Space");
    console.wait_text("Waiting: API Docs off.");
    console.press("Esc");
    console
        .wait_text("Not changed: signed out.")
        .wait_text("API Docs off was not sent.")
        .wait_text(":sign-in");
    wait_selected(&console, "● API Docs");
    console.press("Space");
    console.wait_text("Signed out: nothing is sent. :sign-in takes a token.");
    let api = Api::new(&demo.url(), &spare(&said, "ana"));
    assert_eq!(changes(&api, since), 0);
    leave(console);
}

#[test]
fn a_change_that_comes_too_late_goes_back_and_says_why() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    demo.fault("409");
    console.press("Space");
    console.wait_text("Not changed: ana changed it at the same moment.");
    wait_selected(&console, "● API Docs");
    let api = demo.api();
    assert!(is_on(&api));

    demo.fault("off");
    console.press("Space");
    console.wait_text("API Docs × payments is off.");
    assert!(!is_on(&api));
    assert_eq!(changes(&api, since), 1);
    leave(console);
}

#[test]
fn a_change_that_is_asked_to_wait_is_not_lost() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    demo.fault("429 4s");
    console.press("Space");
    console
        .wait_text("◐ Server busy (429): asked to wait. Nothing is lost.")
        .wait_text("again in");
    wait_selected(&console, "◌ API Docs");
    demo.fault("off");
    let api = demo.api();
    assert!(is_on(&api));

    // Nobody presses anything.
    console
        .wait_text("API Docs × payments is off.")
        .wait_gone("Server busy");
    assert!(!is_on(&api));
    assert_eq!(changes(&api, since), 1);
    leave(console);
}

#[test]
fn a_change_that_meets_a_failing_server_is_not_taken_and_the_banner_says_so() {
    for (fault, text) in [
        ("500", "○ Server failed (500). Your change was not taken."),
        (
            "503",
            "○ Server failed (503): it says \"database is starting\". Your change was not taken.",
        ),
    ] {
        let demo = Demo::live();
        let (mut console, since) = on_a_binding(&demo);
        demo.fault(fault);
        console.press("Space");
        console
            .wait_text("Not changed: ")
            .wait_text(text)
            .wait_text("R now");
        wait_selected(&console, "● API Docs");

        demo.fault("off");
        console.press("R");
        console.wait_gone("Server failed").wait_text("● live");
        let api = demo.api();
        assert!(is_on(&api));
        assert_eq!(changes(&api, since), 0);
        leave(console);
    }
}

#[test]
fn a_slow_server_leaves_the_change_pending_and_the_keys_alive() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    demo.fault("latency 2s");
    console.press("Space");
    wait_selected(&console, "◌ API Docs");
    console.press("Space");
    console.wait_text("Still saving.");
    console.press("1");
    wait_selected(&console, "payments");
    console.wait_text("API Docs × payments is off.");
    demo.fault("off");
    let api = demo.api();
    assert!(!is_on(&api));
    assert_eq!(changes(&api, since), 1, "the second press was refused");
    leave(console);
}

#[test]
fn a_lost_answer_is_asked_for_again_and_the_change_happens_once() {
    let demo = Demo::live();
    let (mut console, since) = on_a_binding(&demo);
    demo.fault("lost");
    console.press("Space");
    console.wait_text(
        "? Unsure: \"API Docs off\" was sent, the answer was lost. Asking again with the same key.",
    );
    let api = demo.api();
    assert!(!is_on(&api), "it was carried out");

    demo.fault("off");
    console
        .wait_text("API Docs × payments is off.")
        .wait_gone("Unsure:");
    assert_eq!(changes(&api, since), 1);
    leave(console);
}

#[test]
fn an_outage_that_was_asked_for_ends_what_is_open_and_is_over_when_it_is_told() {
    let demo = Demo::live();
    let (mut console, _) = on_a_binding(&demo);
    demo.fault("outage 10m");
    console
        .wait_text("○ Offline: ")
        .wait_text("connection refused")
        .wait_text("Writes wait.");
    demo.fault("off");
    console.press("R");
    console.wait_gone("○ Offline").wait_text("● live");
    wait_selected(&console, "● API Docs");
    leave(console);
}
