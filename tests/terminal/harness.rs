//! The harness itself, against programs that exist everywhere.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use jolli::console::shot::{Palette, ansi, svg, text};
use rustix::process::Signal;

use crate::support::Console;
use crate::support::picture::grid;
use crate::support::view::Modes;

fn shell(script: &str) -> Console {
    Console::of("sh").args(["-c", script]).size(40, 10).spawn()
}

#[test]
fn keys_reach_the_program_and_its_output_the_screen() {
    let mut cat = Console::of("cat").size(40, 10).spawn();
    cat.keys("hello").press("Enter");
    cat.wait_row(0, "hello").wait_row(1, "hello");
    cat.press("C-d");
    assert!(cat.wait_exit().success());
}

#[test]
fn the_environment_is_fixed() {
    let shell = shell("echo \"$TERM $TZ $LC_ALL $COLORTERM\"; stty size; read end");
    shell
        .wait_text("xterm-256color UTC C.UTF-8 truecolor")
        .wait_text("10 40");
}

#[test]
fn a_wait_that_fails_shows_the_screen() {
    let mut shell = shell("echo 'all I say'; read end");
    shell.wait_text("all I say");
    shell.set_deadline(Duration::from_millis(50));
    let failure = catch_unwind(AssertUnwindSafe(|| {
        shell.wait_text("never said");
    }))
    .unwrap_err();
    let text = failure.downcast_ref::<String>().unwrap();
    assert!(
        text.contains("waited for \"never said\": too late"),
        "{text}"
    );
    assert!(text.contains("│all I say"), "{text}");
}

#[test]
fn a_wait_on_a_program_that_ended_fails_at_once() {
    let shell = shell("echo bye");
    let failure = catch_unwind(AssertUnwindSafe(|| {
        shell.wait_text("never said");
    }))
    .unwrap_err();
    let text = failure.downcast_ref::<String>().unwrap();
    assert!(text.contains("the program ended"), "{text}");
}

#[test]
fn a_new_size_reaches_the_program() {
    let shell = shell("trap 'stty size' WINCH; echo ready; while :; do read line; done");
    shell.wait_text("ready");
    shell.resize(60, 20).wait_text("20 60");
}

#[test]
fn modes_and_styles_are_seen() {
    let shell = shell(
        "stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[?1002h\\033[1;7mmarked\\033[0m'; read end",
    );
    shell.wait_text("marked");
    assert_eq!(
        shell.modes(),
        Modes {
            alternate_screen: true,
            cursor_hidden: true,
            mouse: true,
            bracketed_paste: true,
            raw: true,
        }
    );
    assert!(shell.view(|view| {
        let cell = view.cell_of("marked").unwrap();
        cell.bold() && cell.inverse()
    }));
}

#[test]
fn signals_arrive_and_the_exit_is_seen() {
    let shell = shell("trap 'echo caught; exit 3' TERM; echo ready; while :; do read line; done");
    shell.wait_text("ready");
    shell.signal(Signal::TERM).wait_text("caught");
    assert_eq!(shell.wait_exit().exit_code(), 3);
}

#[test]
fn a_picture_of_the_screen_can_be_taken() {
    let shell = shell("printf '\\033[1;31m漢字\\033[0m text\\n'; read end");
    shell.wait_text("text");
    let grid = grid(&shell.snapshot());
    assert!(text(&grid).starts_with("漢字 text\n"));
    assert!(ansi(&grid).starts_with("\u{1b}[0;1;31m漢字\u{1b}[0m text\n"));
    assert_eq!(svg(&grid, &Palette::DARK), svg(&grid, &Palette::DARK));
}

#[test]
fn wide_characters_are_found_by_column() {
    let shell = shell("printf '漢字 text\\n'; read end");
    shell.wait_text("漢字 text");
    assert_eq!(shell.view(|view| view.find("text")), Some((5, 0)));
}
