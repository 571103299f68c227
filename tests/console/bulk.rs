//! One command on many rows: what came of each, and those that failed once more.

use jolli::api::SourceKind;
use serde_json::json;

use super::{leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn of_many_that_failed_goes_again_and_only_that() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let scratch = api.source("scratch");
    assert_eq!(scratch.kind, SourceKind::Virtual);
    let before = api.sequence();
    let runs_of = |id: i64| {
        let events = api.events_after(before).into_iter();
        let of_it = |it: &jolli::api::Event| {
            it.aggregate_kind == "job" && it.payload["sourceId"].as_i64() == Some(id)
        };
        events.filter(of_it).count()
    };

    // One that can catch up, and one that cannot: it is virtual.
    for name in ["scratch", "kit"] {
        console.press("/").press("C-u").wait_text("typing: filter");
        console.keys(name).press("Enter").settle();
        wait_selected(&console, name);
        console.press("v").settle();
    }
    // Only what is seen is changed.
    console.press("/").press("C-u").press("Enter").settle();
    console.keys("rc");
    console.wait_text("Catch up 2 sources · done: 1 queued, 1 failed");
    wait_line(
        &console,
        "Catch up 2 sources",
        &["scratch", "✗ refused", "Virtual: it has no cursor."],
    );
    wait_line(&console, "Catch up 2 sources", &["kit", "✓ queued"]);
    console.settle();
    assert_eq!(runs_of(scratch.id.0), 0);
    let of_kit = runs_of(api.source("kit").id.0);
    assert!(of_kit > 0);

    // Somebody links it meanwhile; then only that one goes again.
    let path = format!("/sources/{}/link", scratch.id);
    api.change("POST", &path, json!({ "integrationId": 14 }));
    api.until("scratch to be true", |api| {
        (api.source("scratch").kind == SourceKind::True).then_some(())
    });
    console.wait_text("true");
    console.keys("rr");
    console.wait_text("Catch up 2 sources · done: 2 queued, 0 failed");
    wait_line(&console, "Catch up 2 sources", &["scratch", "✓ queued"]);
    assert!(runs_of(scratch.id.0) > 0);
    console.press("Esc");
    leave(console);
}
