//! Forms: somebody else changes the same row, and the operator's own editor.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::{TAKEN, filter, leave, ready, wait_line, wait_selected};
use crate::support::demo::Demo;
use crate::support::view::Modes;

#[test]
fn a_conflict_with_somebody_else_is_decided_field_by_field() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let source = api.source("payments");
    let path = format!("/sources/{}", source.id);

    filter(&mut console, "payments");
    wait_selected(&console, "payments");
    console.press("i").wait_text("Edit payments");
    console.keys("-mine").wait_text("was payments");

    // Both change the name; nobody here touches the integration's neighbour, the branch.
    api.change("PATCH", &path, json!({ "name": "ledger-2" }));
    console
        .wait_text("theirs ledger-2 · base payments")
        .wait_text("Somebody else changed it meanwhile.");
    wait_line(&console, "Edit payments", &["name", "payments-mine"]);

    console.press("C-s").wait_text("1 BASE");
    wait_line(
        &console,
        "Edit payments",
        &["▌", "name", "payments", "ledger-2", "payments-mine"],
    );
    console.press("3");
    console.wait_text("review, nothing is written yet");
    wait_line(&console, "Edit payments", &["ledger-2", "→ payments-mine"]);
    console.settle();
    assert_eq!(api.source("ledger-2").id, source.id, "nothing is sent yet");

    console.press("Enter").wait_text("is changed.");
    assert_eq!(api.source("payments-mine").id, source.id);
    leave(console);
}

#[test]
fn the_editor_gets_the_terminal_and_gives_it_back() {
    let demo = Demo::live();
    let dir = tempfile::tempdir().unwrap();
    let editor = dir.path().join("editor.sh");
    let seen = dir.path().join("seen");
    // An editor that speaks to the terminal, waits for a line, and changes the text.
    let script = format!(
        "stty -a < /dev/tty | grep -q -- ' icanon' && echo cooked > {seen}; \
         stat -c %a \"$1\" >> {seen}; echo EDITING; read line; sed -i \"s/payments/$line/\" \"$1\"; echo $1 >> {seen}",
        seen = seen.display()
    );
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut console = demo.console(&[]).env("EDITOR", &editor).spawn();
    ready(&console);
    let api = demo.api();
    let source = api.source("payments");

    filter(&mut console, "payments");
    wait_selected(&console, "payments");
    console.press("E").wait_text("EDITING");
    assert!(!console.modes().alternate_screen);
    assert!(!console.modes().raw);
    console.write(b"checkout\n");
    console.wait_text("review, nothing is written yet");
    assert_eq!(console.modes(), TAKEN);
    wait_line(&console, "Edit payments", &["payments", "→ checkout"]);
    console.wait_text("is lost");
    console.press("Enter");
    // The repository was changed by the editor as well, so the cursor would be lost.
    console
        .wait_text("DANGER · edit of payments: its cursor is lost")
        .wait_text("Esc keeps ═╝");
    console.press("Esc").settle();
    assert_eq!(api.source("payments").version, source.version);

    let told = fs::read_to_string(&seen).unwrap();
    let mut told = told.lines();
    assert_eq!(told.next(), Some("cooked"));
    assert_eq!(told.next(), Some("600"));
    let file = told.next().unwrap();
    assert!(!fs::exists(file).unwrap(), "{file} was taken over");
    console.press("Esc");
    leave(console);
}

#[test]
fn an_editor_that_does_not_start_leaves_the_screen_and_the_text() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).env("EDITOR", "no-such-editor").spawn();
    ready(&console);
    filter(&mut console, "payments");
    wait_selected(&console, "payments");
    console.press("E");
    console
        .wait_text("did not start.")
        .wait_text("Edit payments")
        .settle();
    // The cursor is in the field again.
    let typing = Modes {
        cursor_hidden: false,
        ..TAKEN
    };
    assert_eq!(console.modes(), typing);
    // Keys work again.
    console.keys("-x").wait_text("was payments");
    console.press("Esc").wait_text("The draft is kept");
    leave(console);
}
