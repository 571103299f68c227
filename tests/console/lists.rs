//! Lists and what one takes away from them: columns, files, pictures.

use std::process::{Command, Stdio};

use super::{filter, leave, ready};
use crate::support::demo::Demo;
use crate::support::{Home, bin};

#[test]
fn chosen_columns_are_kept_and_the_list_is_read_back_from_its_file() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("C");
    console.wait_text("Columns of sources").settle();
    // Versions come right after the name; what is not wanted goes.
    console.keys("kj ").press("Enter").settle();
    console.press("C");
    console.wait_text("7 of 26").settle();
    console.press("Esc").settle();
    filter(&mut console, "state:stuck");
    console.keys("yx");
    console.wait_text("Take away · sources").settle();
    console.press("Tab");
    console.keys(" ");
    console.press("Tab").settle();
    console.press("C-u");
    let file = demo.dir().join("stuck.csv");
    console.keys(file.to_str().unwrap());
    console.press("Enter");
    console.wait_text("written to").settle();
    let api = demo.api();
    let mut stuck: Vec<String> = api
        .sources()
        .into_iter()
        .filter(|it| it.state.is_stuck())
        .map(|it| it.name)
        .collect();
    stuck.sort();
    let csv = std::fs::read_to_string(&file).unwrap();
    let mut lines = csv.split("\r\n").filter(|line| !line.is_empty());
    assert_eq!(
        lines.next(),
        Some("name,repo,state,lag,branch,integration,changed")
    );
    let mut names: Vec<&str> = lines.map(|it| it.split(',').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, stuck);
    // The same file again is left alone.
    console.keys("yx");
    console.wait_text("Take away · sources").settle();
    console.press("Tab").press("Tab").press("C-u");
    console.keys(file.to_str().unwrap());
    console.press("Enter");
    console.wait_text("is there already").settle();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), csv);
    console.press("Esc").press("Esc").settle();
    leave(console);
    // The next start has the columns.
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("C");
    console.wait_text("7 of 26").settle();
    console.press("Esc").settle();
    leave(console);
}

fn picture(demo: &Demo, home: &Home, name: &str, keys: &str) -> Vec<u8> {
    let file = demo.dir().join(name);
    let output = Command::new(bin())
        .args(demo.args(&["--screenshot", file.to_str().unwrap(), "--keys", keys]))
        .env_clear()
        .envs(home.env())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    std::fs::read(file).unwrap()
}

#[test]
fn a_picture_needs_no_terminal_and_is_the_same_twice() {
    let demo = Demo::still();
    let home = Home::new();
    let keys = "/state:stuck<enter>w1";
    let first = picture(&demo, &home, "one.svg", keys);
    let second = picture(&demo, &home, "two.svg", keys);
    assert!(first == second, "the same world gave two pictures");
    let text = picture(&demo, &home, "why.txt", keys);
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("Effect of 1") && text.contains("Enter runs it"),
        "{text}"
    );
    // It is the picture that a terminal shows.
    let main = picture(&demo, &home, "main.svg", "j");
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots/main.svg");
    assert!(
        std::fs::read(kept).unwrap() == main,
        "another picture than in a terminal:\n{}",
        String::from_utf8(picture(&demo, &home, "main.txt", "j")).unwrap()
    );
}

#[test]
fn an_old_delivery_is_found_behind_the_newest() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let oldest = api.deliveries().pop().expect("the story has deliveries");
    api.ping(&demo.keys(), 260);
    console.keys("gd");
    console.wait_text("Deliveries (the newest 200)").settle();
    filter(&mut console, &oldest.delivery_id);
    console.wait_text("Deliveries (1 of").settle();
    // The very first is here: nothing older stays away.
    let text = console.view(|it| it.text());
    assert!(!text.contains("the newest"), "{text}");
    console.press("Enter");
    let name: String = oldest.delivery_id.chars().take(8).collect();
    console.wait_text(&format!("Delivery {name}")).settle();
    leave(console);
}

#[test]
fn a_view_is_saved_and_opened_at_the_next_start() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    filter(&mut console, "kind:virtual");
    console.keys("gv");
    console.wait_text("built in").settle();
    console.keys("+").wait_text("save as").settle();
    console.keys("to link").press("Enter");
    console.wait_text("is saved as").settle();
    console.press("Esc").settle();
    leave(console);
    let virtual_ones = demo_virtuals(&demo);
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.keys("gvjjjj").settle();
    console.press("Enter");
    console
        .wait_text(&format!("1 Sources ({virtual_ones} of"))
        .settle();
    leave(console);
}

/// How many virtual sources the server tells of.
fn demo_virtuals(demo: &Demo) -> usize {
    let console = demo.console(&[]).spawn();
    ready(&console);
    let sources = demo.api().sources();
    leave(console);
    let is_virtual = |it: &&jolli::api::Source| it.kind == jolli::api::SourceKind::Virtual;
    sources.iter().filter(is_virtual).count()
}
