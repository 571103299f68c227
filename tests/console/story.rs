//! The story of the demo, told with the keys that its README names.

use jolli::api::{JobStatus, Sequence, SourceKind};

use super::{filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn a_stuck_cursor_is_found_and_moves_again() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let before = api.source("frontend");
    let head = before.head.unwrap().sha;
    assert_ne!(before.cursor.unwrap().value, head);

    filter(&mut console, "state:stuck");
    console.wait_text("1 Sources (3 of 48)");
    for name in ["frontend", "search", "infra"] {
        wait_line(&console, "1 Sources", &[name]);
    }
    wait_selected(&console, "frontend");

    console.press("w");
    console
        .wait_text("frontend · main · why stuck")
        .wait_text("▌1 E D-17 space_failed");

    console.press("1");
    console
        .wait_text("Effect of 1, before it runs:")
        .wait_text("run #91 goes again for 1 of 3 spaces")
        .settle();
    assert_eq!(api.job(91).status, JobStatus::Failed, "nothing is sent yet");

    console.press("Enter");
    console
        .wait_text("Run #91 goes again for Internal.")
        .wait_text("u cancels it while it waits.");
    console.wait_text(&format!(
        "Nothing is wrong. Cursor equals head {}.",
        &head[..7]
    ));
    assert_eq!(api.cursor("frontend"), Some(head));
    api.until("run #91 to succeed", |api| {
        (api.job(91).status == JobStatus::Succeeded).then_some(())
    });

    console.press("Esc");
    // The filter is kept; what no longer matches stays until the next move.
    console.wait_text("2 stuck");
    wait_selected(&console, "frontend");
    leave(console);
}

#[test]
fn a_virtual_source_is_linked_after_its_preview() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    assert_eq!(api.source("scratch").kind, SourceKind::Virtual);

    filter(&mut console, "scratch");
    wait_selected(&console, "scratch");
    console.press("l");
    console.wait_text("Link scratch · 1 of 3 · integration");
    wait_line(&console, "Link scratch", &["▌", "14 acme-gitlab", "best"]);

    console.press("Enter");
    console
        .wait_text("Link scratch · 2 of 3 · preview, nothing is written yet")
        .wait_text("API Docs would start to receive events");
    wait_line(&console, "Link scratch", &["kind", "virtual", "→ true"]);
    wait_line(&console, "Link scratch", &["cursor", "→ starts empty"]);
    console.settle();
    assert_eq!(api.source("scratch").integration_id, None, "only looked at");

    console.press("Enter");
    console
        .wait_text("Link scratch · 3 of 3 · done")
        .wait_text("✓ scratch is true: integration 14");
    let linked = api.source("scratch");
    assert_eq!(linked.integration_id.map(|id| id.0), Some(14));
    assert_eq!(linked.repo.as_deref(), Some("gitlab.com/acme/api"));
    assert!(linked.cursor.is_none());

    // Nothing ran yet, so it can be taken back.
    console.press("Esc").press("u");
    console.wait_text("scratch is virtual, as before @");
    assert_eq!(api.source("scratch").integration_id, None);
    leave(console);
}

#[test]
fn a_push_appears_as_a_run_and_moves_the_cursor() {
    let demo = Demo::live();
    let console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let before = api.cursor("payments");

    demo.push("payments");

    wait_line(
        &console,
        "4 Recent runs",
        &["#92", "payments", "✓ succeeded"],
    );
    let after = api.source("payments");
    let cursor = after.cursor.map(|cursor| cursor.value);
    assert_ne!(cursor, before);
    assert_eq!(cursor, after.head.map(|head| head.sha));
    leave(console);
}

#[test]
fn a_binding_is_toggled_and_the_toggle_undone() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    assert!(!api.binding("sdk", "frontend").enabled);
    let since = api.sequence();

    filter(&mut console, "frontend");
    console.press("2");
    console.press("j");
    wait_selected(&console, "SDK Reference");
    console.press("Space");
    console
        .wait_text("SDK Reference × frontend is on.")
        .wait_text("u undo: SDK Reference on");
    assert!(api.binding("sdk", "frontend").enabled);

    console.press("u");
    console.wait_text("SDK Reference × frontend is off, as before");
    wait_selected(&console, "off");
    assert!(!api.binding("sdk", "frontend").enabled);
    assert_eq!(
        toggles(&api.events_after(since)),
        [("bo", true), ("bo", false)]
    );
    leave(console);
}

/// Who turned bindings on or off, in order.
fn toggles(events: &[jolli::api::Event]) -> Vec<(&str, bool)> {
    let events = events.iter();
    events
        .filter(|event| event.event_type == "space.binding-updated")
        .filter_map(|event| Some((event.actor.id.as_str(), event.payload["enabled"].as_bool()?)))
        .collect()
}

#[test]
fn who_turned_a_binding_off_is_in_its_events() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let events = demo.api().events_after(Sequence(1830));
    assert!(toggles(&events).contains(&("ana", false)));

    filter(&mut console, "frontend");
    console.press("2");
    console.press("j");
    wait_selected(&console, "SDK Reference");
    console.keys("ge");
    console.wait_text("Event log · SDK Reference × frontend");
    wait_selected(&console, "@1839");
    wait_line(
        &console,
        "Event log",
        &["user ana", "frontend: on → off", "\"noise in freeze\""],
    );
    leave(console);
}
