//! The console and the terminal it is in: what it takes it gives back, it asks for no more than it needs, and it stands what
//! terminals and people do to it. What is promised, row by row, and the test of each: `terminal.md` beside this file.

use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustix::process::Signal;
use serde_json::json;
use vt100::{MouseProtocolEncoding, MouseProtocolMode};

use super::{TAKEN, filter, leave, ready, wait_selected};
use crate::support::demo::Demo;
use crate::support::view::Modes;
use crate::support::{Console, Home, bin};

/// The column where the frame of the first pane ends, in each of its rows.
fn right_sides(console: &Console) -> Vec<Option<u16>> {
    console.view(|view| {
        let (cols, _) = view.size();
        let corner = |row| {
            (1..cols).find(|col| {
                let cell = view.screen.cell(row, *col);
                cell.is_some_and(|it| "┓┃┛".contains(it.contents()) && it.has_contents())
            })
        };
        (1..12).map(corner).collect()
    })
}

#[test]
fn interrupted_or_told_to_quit_it_gives_everything_back_the_mouse_too() {
    for signal in [
        None,
        Some(Signal::INT),
        Some(Signal::QUIT),
        Some(Signal::TERM),
    ] {
        let demo = Demo::live();
        let mut console = demo.console(&[]).spawn();
        ready(&console);
        console.press("m").wait_text("Mouse on:").settle();
        assert!(console.modes().mouse);
        console.view(|view| {
            // Clicks, wheel and drag; never every movement, which floods slow lines.
            let mode = view.screen.mouse_protocol_mode();
            assert_eq!(mode, MouseProtocolMode::ButtonMotion);
            let encoding = view.screen.mouse_protocol_encoding();
            assert_eq!(encoding, MouseProtocolEncoding::Sgr);
        });
        match signal {
            Some(signal) => {
                console.signal(signal);
            }
            None => {
                console.press("C-c");
            }
        }
        let status = console.wait_exit();
        assert!(status.success(), "{signal:?}: {status:?}");
        assert_eq!(console.modes(), Modes::SHELL, "after {signal:?}");
    }
}

#[test]
fn it_sets_no_title_rings_no_bell_and_asks_for_nothing_else() {
    let demo = Demo::live();
    // Without the mark that tests wait for, which is a title.
    let mut console = Console::of("env")
        .args(["-u", "JOLLI_TEST_IDLE"])
        .args([bin()])
        .args(demo.args(&[]))
        .size(120, 36)
        .spawn();
    ready_unmarked(&console);
    console.press("q").wait_text("Q quits.");
    console.press("4").wait_text("┏ 4 Recent runs");
    console.keys("jj!k").wait_text("Already finished.");
    console.keys("zx?").wait_text("Help");
    // What comes right after an Esc is taken for Alt and that key, as every terminal sends it.
    console.press("Esc").wait_text("1-9 remedy");
    console.press("Esc").wait_text("┏ 4 Recent runs");
    console.press("C-c");
    assert!(console.wait_exit().success());
    console.view(|view| {
        assert_eq!(view.beside.title, "");
        assert_eq!(view.beside.bells, 0);
        // No reports of the focus, no other keyboard, no questions to the terminal: nothing that some do not know.
        assert!(view.beside.others.is_empty(), "{:?}", view.beside.others);
        assert!(view.beside.frames > 3, "each frame in one piece");
    });
    assert_eq!(console.modes(), Modes::SHELL);
}

/// As `ready`, where nobody says when all is handled.
fn ready_unmarked(console: &Console) {
    console.wait_text("● live").wait_text("#91");
    assert_eq!(console.modes(), TAKEN);
}

#[test]
fn every_colour_is_one_that_all_terminals_have() {
    let demo = Demo::live();
    for (term, colours) in [("xterm-256color", true), ("vt220", false)] {
        let console = demo.console(&[]).env("TERM", term).spawn();
        ready(&console);
        let (mut coloured, mut bold) = (0, 0);
        console.view(|view| {
            let (cols, rows) = view.size();
            let places = (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col)));
            for cell in places.filter_map(|(row, col)| view.screen.cell(row, col)) {
                for colour in [cell.fgcolor(), cell.bgcolor()] {
                    assert!(
                        !matches!(colour, vt100::Color::Rgb(..)),
                        "a colour beyond the palette of 256: {colour:?}"
                    );
                    coloured += usize::from(colour != vt100::Color::Default);
                }
                bold += usize::from(cell.bold() || cell.inverse());
            }
        });
        assert_eq!(coloured > 0, colours, "{term}");
        assert!(bold > 0, "{term}");
        leave(console);
    }
}

#[test]
fn where_the_locale_has_no_unicode_it_draws_with_ascii() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).env("LC_ALL", "C").spawn();
    console
        .wait_text("o live")
        .wait_text("+ 1 Sources (48) =")
        .wait_text("#91")
        .settle();
    console.press("j").settle();
    console.view(|view| {
        let text = view.text();
        let other: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        assert!(other.is_empty(), "{other:?}\n{text}");
        assert!(text.contains('>'), "the selection is there:\n{text}");
    });
    leave(console);
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_is_refused_with_the_way_out() {
    let console = Console::jolli()
        .args(["console", "--server", "http://127.0.0.1:9"])
        .env("TERM", "dumb")
        .env("JOLLI_AUTH_TOKEN", "jolli_1_x")
        .spawn();
    assert!(!console.wait_exit().success());
    let said = console.view(|view| view.text().replace('\n', ""));
    assert!(said.contains("TERM=dumb"), "{said}");
    assert!(said.contains("jolli console --plain"), "{said}");
    console.view(|view| assert_eq!(view.beside.frames, 0));
    assert_eq!(console.modes(), Modes::SHELL);
}

#[test]
fn without_a_terminal_it_says_what_works_without_one() {
    let home = Home::new();
    let output = Command::new("setsid")
        .arg("--wait")
        .arg(bin())
        .args(["console", "--server", "http://127.0.0.1:9"])
        .env_clear()
        .envs(home.env())
        .env("JOLLI_AUTH_TOKEN", "jolli_1_x")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the console needs a terminal"), "{said}");
    assert!(said.contains("jolli console --plain"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn with_its_output_redirected_it_draws_on_the_terminal_and_leaves_what_stood_there() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let script = format!(
        "echo what stood there; {} console --server {} > out; echo \"gone: $?, $(wc -c < out) bytes\"; read end",
        bin().display(),
        server.url()
    );
    let mut console = Console::of("sh")
        .args(["-c", &script])
        .env("JOLLI_AUTH_TOKEN", demo.keys().bo)
        .size(120, 36)
        .spawn();
    ready(&console);
    assert!(!console.view(|view| view.shows("what stood there")));
    console.press("Q");
    console
        .wait_text("gone: 0, 0 bytes")
        .wait_text("what stood there");
    assert!(!console.modes().alternate_screen);
}

#[test]
fn a_storm_of_sizes_leaves_the_right_frame_and_the_selection() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("j");
    wait_selected(&console, "frontend");
    for step in 0..200 {
        console.resize(20 + step * 7 % 180, 3 + step * 5 % 60);
    }
    console.resize(120, 36);
    console
        .wait_row(1, "1 Sources (48)")
        .wait_row(35, "? help")
        .wait_text("2 Space bindings · frontend");
    wait_selected(&console, "frontend");
    let sides = right_sides(&console);
    assert!(
        sides[0].is_some() && sides.iter().all(|it| *it == sides[0]),
        "{sides:?}"
    );
    assert_eq!(console.modes(), TAKEN);
    leave(console);
}

#[test]
fn without_job_control_it_says_why_it_does_not_stop_and_goes_on() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console
        .press("C-z")
        .wait_text("nothing would bring the console back");
    assert_eq!(console.modes(), TAKEN);
    console.press("j");
    wait_selected(&console, "frontend");
    leave(console);
}

#[test]
fn stopped_from_outside_and_continued_it_draws_everything_again() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let frames = console.frames();
    console.signal(Signal::STOP).signal(Signal::CONT);
    console.wait_for("a repaint", |view| view.beside.frames > frames);
    assert_eq!(console.modes(), TAKEN);
    console.press("j");
    wait_selected(&console, "frontend");
    leave(console);
}

#[test]
fn what_is_pasted_is_text_whatever_is_in_it() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let before = api.sequence();

    // Where nothing is typed, it is no keys: nothing quits, nothing is switched.
    console.paste("Q\r O!d");
    console.wait_text("Pasted text goes into a field.").settle();

    // In a field, what would move the cursor or end the line is blank.
    console.press("/").wait_text("typing: filter").settle();
    console.paste("fr\x1b[2Jo\x07nt\r\n\x1b]0;owned\x07\tend\r\n");
    console.settle();
    console.wait_text("fr [2Jo nt");
    console.view(|view| {
        assert_eq!(view.beside.bells, 0);
        assert!(!view.beside.title.contains("owned"));
        assert!(view.row(0).contains("jolli"), "nothing was cleared");
    });
    console.press("C-c").wait_text("1 Sources (48)").settle();
    assert_eq!(api.deeds_after(before), [""; 0], "nothing was sent");
    leave(console);
}

#[test]
fn wide_and_combining_characters_keep_every_column_in_its_place() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    let api = demo.api();
    let before = right_sides(&console);
    let source = api.source("frontend");
    let name = "文档-e\u{301}-ก็";
    api.change(
        "PATCH",
        &format!("/sources/{}", source.id),
        json!({ "name": name }),
    );
    console.wait_text("文档-").settle();
    assert_eq!(right_sides(&console), before);
    filter(&mut console, "文档");
    console.wait_text("1 Sources (1 of 48)");
    wait_selected(&console, "文档-");
    // In what is typed as well.
    console.press("/").wait_text("typing: filter").settle();
    console.press("C-u").keys("文字 e\u{301}");
    console.settle();
    console.wait_text("None of 48 match");
    let sides = right_sides(&console);
    assert_eq!((sides[0], sides[3]), (before[0], before[3]), "{sides:?}");
    console.press("Esc");
    leave(console);
}

#[test]
fn what_is_copied_reaches_the_clipboard_of_the_terminal() {
    let demo = Demo::live();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("j");
    wait_selected(&console, "frontend");
    console.keys("yu").wait_text("Copied: ").settle();
    let copied = console.view(|view| view.beside.clipboard.clone()).unwrap();
    let text = String::from_utf8(BASE64_STANDARD.decode(copied).unwrap()).unwrap();
    let id = demo.api().source("frontend").id;
    assert!(text.ends_with(&format!("/api/sources/{id}")), "{text}");
    leave(console);
}

#[test]
fn with_the_mouse_rows_are_chosen_lists_sorted_scrolled_and_made_wider() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    console.press("m").wait_text("Mouse on:").settle();
    console.click_on("payments").settle();
    wait_selected(&console, "payments");
    console.click_on("NAME").wait_text("sort name");
    console
        .click_on("NAME")
        .wait_text("sort name, reversed")
        .settle();
    // The wheel moves the list that it is over.
    let (col, row) = console.view(|view| view.find("acme/payments")).unwrap();
    let wheel = format!("\x1b[<65;{};{}M", col + 1, row + 1);
    console.write(wheel.as_bytes());
    console.wait_for("another row to be selected", |view| {
        view.selected().is_some_and(|row| !row.contains("payments"))
    });
    // The line between the panes, from where the right one begins to column 49.
    let side = |console: &Console| right_sides(console).into_iter().flatten().next();
    let at = side(&console).expect("a frame ends there");
    let drag = format!("\x1b[<0;{0};10M\x1b[<32;49;10M\x1b[<0;49;10m", at + 1);
    console.write(drag.as_bytes());
    console.wait_for("the panes to be narrower", |view| {
        view.find("┓").is_some_and(|(col, _)| col < at - 8)
    });
    leave(console);
}

/// Where the terminal shows its cursor; `None` while it is hidden.
fn cursor(console: &Console) -> Option<(u16, u16)> {
    console.view(|view| {
        let hidden = view.screen.hide_cursor();
        (!hidden).then(|| view.screen.cursor_position())
    })
}

#[test]
fn the_cursor_of_the_terminal_follows_what_is_typed_and_is_hidden_elsewhere() {
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    assert_eq!(cursor(&console), None);
    for (open, typing, text) in [
        ("/", "typing: filter", "back"),
        (":", "typing: command", "theme"),
        ("?", "typing: find", "link"),
        ("i", "typing: name", "-a"),
    ] {
        console.press(open).wait_text(typing).settle();
        let (_, begin) = cursor(&console).expect("a field has the focus");
        console.keys(text).settle();
        // What is found changes how high a box is, hence where its field stands.
        let (row, typed) = cursor(&console).expect("a field has the focus");
        assert_eq!(typed, begin + text.len() as u16, "{typing}");
        let drawn = console.view(|view| view.row(row.into()));
        assert!(drawn.contains(&format!("{text}▏")), "{drawn}");
        console.press("Left").settle();
        assert_eq!(cursor(&console), Some((row, typed - 1)), "{typing}");
        // A field where nothing is typed is at rest as well.
        let (frames, bytes) = (console.frames(), console.bytes());
        let api = demo.api();
        for _ in 0..50 {
            assert!(api.source("frontend").enabled);
        }
        assert_eq!((console.frames(), console.bytes()), (frames, bytes));
        console.press("Esc").wait_gone("typing:").settle();
        assert_eq!(cursor(&console), None, "{typing}");
    }
    // Neither a list in a popup nor a change of size has one.
    console.press("S").wait_text("ansi").settle();
    console.resize(100, 30).settle();
    assert_eq!(cursor(&console), None);
    console.press("Esc").settle();
    leave(console);
}

#[test]
fn at_rest_it_writes_nothing() {
    // Its clock stands still, so that no age turns while it is looked at.
    let demo = Demo::still();
    let mut console = demo.console(&[]).spawn();
    ready(&console);
    // A key that was dealt with, and nothing under way since: that is rest.
    console.press("j");
    wait_selected(&console, "frontend");
    console.settle();
    let api = demo.api();
    let (frames, bytes) = (console.frames(), console.bytes());
    // Others read meanwhile, as long as that takes.
    for _ in 0..100 {
        assert!(api.source("frontend").enabled);
    }
    assert_eq!((console.frames(), console.bytes()), (frames, bytes));
    leave(console);
}
