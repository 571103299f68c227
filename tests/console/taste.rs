//! How the operator likes it: keys, themes and views by a word in the palette, and a keymap of one's own with mistakes in it.

use super::{filter, leave, ready, wait_selected};
use crate::support::demo::Demo;
use crate::support::{Console, Home};
use std::sync::Arc;

fn run(console: &mut Console, text: &str) {
    console.press(":").wait_text("typing: command").settle();
    console.keys(text).settle();
    console.press("Enter");
}

#[test]
fn keys_and_colours_change_while_it_runs() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.wait_row(35, "l link");
    let accent =
        |console: &Console| console.view(|view| view.cell_of("l link").map(vt100::Cell::fgcolor));
    let dark = accent(&console);

    run(&mut console, "theme light");
    console.wait_text("Theme light.").settle();
    assert_ne!(
        accent(&console),
        dark,
        "the footer's keys have another colour"
    );

    run(&mut console, "keymap vim");
    console
        .wait_text("Keys of vim.")
        .wait_row(35, "L link")
        .settle();
    filter(&mut console, "scratch");
    wait_selected(&console, "scratch");
    console.press("l").settle();
    assert!(
        !console.view(|view| view.shows("Link scratch")),
        "l goes to the columns"
    );

    run(&mut console, "open why/frontend");
    console.wait_text("frontend · main · why stuck");
    console.press("Esc");
    run(&mut console, "#91");
    console.wait_text("Steps · #91");
    leave(console);
}

#[test]
fn a_keymap_with_mistakes_starts_with_what_is_good() {
    let home = Arc::new(Home::new());
    let folder = home.jolli().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("keymap.toml"),
        "[sources]\nlink = \"K\"\nwhy-stuk = \"W\"\n",
    )
    .unwrap();
    let demo = Demo::live();
    let mut console = demo.console(&[]).home(&home).spawn();
    ready(&console);
    console
        .wait_text("keymap.toml, line 3: `why-stuk`")
        .wait_row(35, "K link");
    super::filter(&mut console, "scratch");
    super::wait_selected(&console, "scratch");
    console.press("K").wait_text("Link scratch");
    console.press("Esc").settle();
    leave(console);

    let check = Console::jolli()
        .args(["console", "check"])
        .home(&home)
        .spawn();
    check.wait_text("keymap.toml:3: `why-stuk` is no command");
    assert_eq!(check.wait_exit().exit_code(), 3);
}

const GERMAN: &str = r#"msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "nothing to undo"
msgstr "nichts zurückzunehmen"

msgid "why stuck"
msgstr "warum"

msgid "No source \"{name}\" here."
msgstr "Keine Quelle \"{nmae}\" hier."

msgid "{key} undo: {label}"
msgstr "{label} zurück: {key}"
"#;

#[test]
fn another_language_is_a_file_of_ones_own() {
    let home = Arc::new(Home::new());
    let folder = home.jolli().join("config").join("messages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("de.po"), GERMAN).unwrap();
    let demo = Demo::live();
    let mut console = demo.console(&["--language", "de"]).home(&home).spawn();
    ready(&console);
    console
        .wait_row(35, "w warum")
        .wait_row(35, "nichts zurückzunehmen")
        .wait_text("messages/de.po, line 13: the translation");
    // Commands keep their names, and are found by the words of the language too.
    run(&mut console, "why-stuck");
    console.wait_text("why stuck");
    console.press("Esc");
    leave(console);

    let ends = |args: &[&str], says: &str| {
        let check = Console::jolli().args(args).home(&home).spawn();
        check.wait_text(says);
        check.wait_exit().exit_code()
    };
    let wrong = "de.po:13: the translation lacks {name}";
    assert_eq!(ends(&["console", "check"], wrong), 3);
    assert_eq!(
        ends(&["console", "--language", "nl"], "nl.po is not there"),
        2
    );
    // Its end: there are more than the screen has lines.
    assert_eq!(
        ends(&["console", "messages"], "msgid \"→ starts empty\""),
        0
    );
}
