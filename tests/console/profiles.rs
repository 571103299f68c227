//! One console, several servers: the profile is changed without a restart, and nothing of one server is seen at the other.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{TAKEN, leave, ready};
use crate::support::demo::Demo;
use crate::support::server::Server;
use crate::support::{Console, Home};

/// Writes this user's profiles, and the tokens that are kept for them.
fn profiles(home: &Home, all: &[(&str, &str, bool, &str)]) {
    let folder = home.jolli().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    let mut toml = String::new();
    let mut tokens = serde_json::Map::new();
    for (name, server, production, token) in all {
        writeln!(
            toml,
            "[profiles.{name}]\nserver = \"{server}\"\nproduction = {production}"
        )
        .unwrap();
        tokens.insert((*server).to_owned(), (*token).into());
    }
    std::fs::write(folder.join("profiles.toml"), toml).unwrap();
    let tokens = serde_json::to_vec(&tokens).unwrap();
    std::fs::write(folder.join("credentials.json"), tokens).unwrap();
}

#[test]
fn a_switch_to_production_and_back_keeps_each_server_to_itself() {
    let demo = Demo::live();
    let servers = Arc::new(Home::new());
    let mut acme = demo.serve(&servers, "127.0.0.1:0");
    let address = acme.url().to_owned();
    let token = format!("jolli_1_{}", "a".repeat(43));
    let prod = Server::start_on(&Arc::new(Home::new()), None, &"ab".repeat(32), &token);
    let user = Arc::new(Home::new());
    profiles(
        &user,
        &[
            ("acme", &address, false, &demo.keys().ana),
            ("prod", prod.url(), true, &token),
        ],
    );
    let mut console = Console::jolli()
        .args(["console", "--profile", "acme"])
        .env("JOLLI_KEYRING", "file")
        .home(&user)
        .size(120, 36)
        .spawn();
    ready(&console);
    assert!(!console.view(|view| view.shows("PRODUCTION")));

    // What is typed and not sent.
    console.press("i");
    console.wait_text("typing: name").settle();
    console.keys("-two").press("Esc");
    console.wait_text("The draft is kept").settle();

    console.press("g").press("p");
    console
        .wait_text("┏ Profiles")
        .wait_text("this machine")
        .wait_text("1 draft stays with acme.")
        .wait_text("in use")
        .settle();
    console.press("Down").press("Enter");
    console
        .wait_text("╔ PRODUCTION")
        .wait_text("· PRODUCTION")
        .wait_text("On prod. 1 draft stays with acme.")
        .wait_text("● live")
        .settle();
    assert!(!console.view(|view| view.shows("frontend")));
    assert_eq!(console.modes(), TAKEN);

    // Back, while the server is away: its rows as they were, with their age; then live, and the draft is there.
    acme.kill();
    console.press("g").press("p");
    console
        .wait_text("┏ Profiles")
        .wait_text("in use PRODUCTION")
        .settle();
    console.press("Up").press("Enter");
    console
        .wait_text("On acme.")
        .wait_text("frontend")
        .wait_text("○ Offline: ")
        .wait_text("<1m old")
        .wait_gone("PRODUCTION");
    let _acme = demo.serve(&servers, address.strip_prefix("http://").unwrap());
    console.press("R");
    console.wait_gone("○ Offline").wait_text("● live").settle();
    console.press("i");
    console.wait_text("-two").settle();
    console.press("Esc").settle();
    leave(console);
}
