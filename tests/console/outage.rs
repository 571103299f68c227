//! The server goes away and comes back; the console is told to end; the shell takes the terminal for a while.

use std::sync::Arc;

use rustix::process::Signal;

use super::{TAKEN, leave, ready, wait_line, wait_selected};
use crate::support::demo::{Api, Demo};
use crate::support::server::Server;
use crate::support::view::Modes;
use crate::support::{Console, Home, bin};

/// A demo world with its server in a process of its own, and a console on it as on any server.
fn apart() -> (Demo, Arc<Home>, Server, Console) {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let console = Console::jolli()
        .args(["console", "--server", server.url()])
        .env("JOLLI_AUTH_TOKEN", demo.keys().bo)
        .size(120, 36)
        .spawn();
    ready(&console);
    (demo, home, server, console)
}

#[test]
fn a_killed_server_leaves_the_data_and_comes_back_to_the_same_place() {
    let (demo, home, mut server, mut console) = apart();
    let address = server.url().to_owned();
    console.keys("jj");
    wait_selected(&console, "payments");

    server.kill();
    console
        .wait_text("○ Offline: ")
        .wait_text("Writes wait.")
        .wait_text("R now");
    wait_selected(&console, "payments");
    wait_line(&console, "4 Recent runs", &["#91", "frontend"]);
    console.wait_text("<1m old");

    // Nothing is sent, and nothing pretends to be.
    console.press("2");
    wait_selected(&console, "● API Docs");
    console.press("Space");
    console.wait_text("Offline: nothing is sent. R tries again.");
    wait_selected(&console, "● API Docs");

    let server = demo.serve(&home, address.strip_prefix("http://").unwrap());
    assert_eq!(server.url(), address);
    console.press("R");
    console.wait_gone("○ Offline").wait_text("● live");
    console.press("1");
    wait_selected(&console, "payments");
    console.wait_gone("<1m old");
    let api = Api::new(&address, &demo.keys().bo);
    assert!(api.binding("api-docs", "payments").enabled);

    // And it follows again.
    demo.push("payments");
    wait_line(
        &console,
        "4 Recent runs",
        &["#92", "payments", "✓ succeeded"],
    );
    leave(console);
}

#[test]
fn a_token_that_is_refused_is_asked_for_in_place() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let mut console = Console::jolli()
        .args(["console", "--server", server.url()])
        .env("JOLLI_AUTH_TOKEN", "jolli_9_thisIsNoTokenOfAnybody")
        .env("JOLLI_KEYRING", "file")
        .size(120, 36)
        .spawn();
    console.wait_text("Sign in").wait_text("token");
    console.paste(&demo.keys().bo);
    console.settle();
    assert!(!console.view(|view| view.shows(&demo.keys().bo)), "hidden");
    console.press("Enter");
    ready(&console);
    console.wait_text("operator");
    leave(console);
}

#[test]
fn asked_to_end_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP] {
        let (_demo, _home, _server, console) = apart();
        console.signal(signal);
        let status = console.wait_exit();
        assert!(status.success(), "{signal:?}: {status:?}");
        assert_eq!(console.modes(), Modes::SHELL, "after {signal:?}");
    }
}

#[test]
fn the_demo_asked_to_end_stops_its_server_too() {
    let demo = Demo::live();
    let console = demo.console(&[]).spawn();
    ready(&console);
    let running = jolli::demo::Place::at(demo.dir()).running().unwrap();
    assert!(running.is_some());
    console.signal(Signal::TERM);
    let status = console.wait_exit();
    assert!(status.success(), "{status:?}");
    assert_eq!(console.modes(), Modes::SHELL);
    let running = jolli::demo::Place::at(demo.dir()).running().unwrap();
    assert!(running.is_none(), "it said that its server is gone");
}

#[test]
fn suspended_it_gives_the_shell_its_terminal_and_comes_back_live() {
    let demo = Demo::live();
    let home = Arc::new(Home::new());
    let server = demo.serve(&home, "127.0.0.1:0");
    let mut shell = Console::of("sh")
        .args(["-i"])
        .env("PS1", "prompt> ")
        .env("JOLLI_AUTH_TOKEN", demo.keys().bo)
        .size(120, 36)
        .spawn();
    shell.wait_text("prompt>");
    let command = format!("{} console --server {}", bin().display(), server.url());
    shell.keys(&command).press("Enter");
    shell.wait_text("● live").wait_text("#91");
    shell.press("j");
    wait_selected(&shell, "frontend");

    shell.press("C-z").wait_for("the shell to be back", |view| {
        !view.screen.alternate_screen() && !view.screen.hide_cursor()
    });
    shell.wait_text("Stopped");
    demo.push("payments");
    shell.keys("fg").press("Enter");
    shell.wait_for("the console to be back", |view| {
        view.screen.alternate_screen() && view.shows("1 Sources")
    });
    wait_selected(&shell, "frontend");
    wait_line(&shell, "4 Recent runs", &["#92", "payments"]);
    assert_eq!(shell.modes(), TAKEN);
    shell.press("Q");
    shell.wait_for("the shell to be back", |view| {
        !view.screen.alternate_screen() && !view.screen.hide_cursor()
    });
    assert!(!shell.modes().bracketed_paste);
}

#[test]
fn where_another_server_has_the_data_it_says_who_and_connects_to_it() {
    let home = Arc::new(Home::new());
    let token = "jolli_1_0123456789abcdef0123456789abcdef";
    let server = Server::start_on(&home, None, &"ab".repeat(32), token);
    let mut console = Console::jolli()
        .args(["console"])
        .env("JOLLI_KEYRING", "file")
        .home(&home)
        .size(120, 36)
        .spawn();
    console.wait_text("JOLLI_HOME is in use by process ");
    console.wait_text("Enter connects to it");
    console.press("Enter").wait_text("typing: token").settle();
    console.keys(token).press("Enter").wait_text("● live");
    console.wait_text(server.url().strip_prefix("http://").unwrap());
    console.settle();
    leave(console);
}
