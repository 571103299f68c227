//! Xray: from a source over its spaces to the documents with rules on it, as the server has them.

use super::{filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;

#[test]
fn from_a_source_to_its_documents_and_what_became_of_them() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let documents = api.binding("api-docs", "payments").documents;
    assert!(documents > 0);

    filter(&mut console, "payments");
    console.press("g").press("x").wait_text("Xray · ").settle();
    wait_selected(&console, "payments");
    console.press("j");
    wait_selected(&console, "API Docs");
    console.press("Right");
    wait_line(&console, "Xray", &["docs/payments.md", "watches "]);
    // Each of them is a line, as many as the binding counts.
    console.wait_for("as many documents as the binding counts", |view| {
        let lines = view.pane("Xray").unwrap_or_default();
        let shown = lines.iter().filter(|it| it.contains(" docs/")).count();
        i64::try_from(shown) == Ok(documents)
    });
    // A push runs for it, and the tree says so by itself.
    demo.push("payments");
    api.until("the run to end", |api| {
        api.job(92).status.is_terminal().then_some(())
    });
    wait_line(&console, "Xray", &["docs/", " in #92"]);
    filter(&mut console, "payments.md");
    console.wait_for("one document", |view| {
        let lines = view.pane("Xray").unwrap_or_default();
        lines.iter().filter(|it| it.contains(" docs/")).count() == 1
    });
    console.press("g").press("g").press("j").press("j");
    wait_selected(&console, "docs/payments.md");
    console.press("Enter").wait_text("› #92 payments").settle();
    console.press("Esc").wait_text("Xray · ");
    console
        .press("Left")
        .press("Left")
        .press("Left")
        .press("Left");
    wait_selected(&console, "▸ ● payments");
    leave(console);
}

#[test]
fn a_link_opens_it_at_a_source() {
    let demo = Demo::still();
    let console = demo.console(&["--open", "xray/frontend"]).spawn();
    console.wait_text("Xray · 48 sources").settle();
    wait_selected(&console, "frontend");
    wait_line(&console, "Xray", &["✗ Internal", "failed"]);
    leave(console);
}
