//! The house itself: which room may use which, and that rooms stay rooms.

mod citations;
mod console;
mod proofs;
mod readme;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Each room may use those to its right.
const ORDER: &[&str] = &[
    "cli", "demo", "console", "project", "worker", "agent", "server", "client", "engine", "store",
    "impact", "local", "git", "api", "domain", "base",
];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files
        .into_iter()
        .map(|p| {
            (
                p.strip_prefix(&root).unwrap().to_owned(),
                std::fs::read_to_string(&p).unwrap(),
            )
        })
        .collect()
}

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|r| *r == room)
}

/// The text with empty lines for what only tests are made of, which may build their world out of any room. The formatter
/// ends an item at the indentation at which it began.
fn shipped(text: &str) -> String {
    let mut shipped = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            shipped.push_str(line);
            shipped.push('\n');
            continue;
        }
        shipped.push('\n');
        let indentation = &line[..line.len() - line.trim_start().len()];
        for of_tests in lines.by_ref() {
            shipped.push('\n');
            let own = of_tests.strip_prefix(indentation).unwrap_or_default();
            let begins = !own.starts_with([' ', '#', '/']);
            if begins && own.ends_with([';', '}', ',']) {
                break;
            }
        }
    }
    shipped
}

/// Rooms that the text names as `crate::room`, with the line.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in shipped(text).lines().enumerate() {
        for (at, _) in line.match_indices("crate::") {
            let room: String = line[at + 7..]
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            if rank(&room).is_some() {
                found.push((number + 1, room));
            }
        }
    }
    found
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = path
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let Some(own) = rank(&room) else { continue };
        if path
            .components()
            .any(|c| c.as_os_str().to_string_lossy().contains("test"))
        {
            continue;
        }
        for (line, used) in uses(&text) {
            if rank(&used).unwrap() < own {
                wrong.push(format!(
                    "{}:{line}: {room} uses {used}, which is above it",
                    path.display()
                ));
            }
            if room == "server" && used == "worker" {
                wrong.push(format!(
                    "{}:{line}: the server never knows the worker",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_there_and_stays_readable() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let is_test = path
            .components()
            .any(|c| c.as_os_str().to_string_lossy().contains("tests"))
            || path.ends_with("fixture.rs");
        if !text.starts_with("//!") && !is_test {
            wrong.push(format!(
                "{}: its first line does not say what lives there",
                path.display()
            ));
        }
        let lines = text.lines().count();
        if lines > 600 && !is_test {
            wrong.push(format!(
                "{}: {lines} lines; a wall is missing",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rule_itself_sees_an_upward_use() {
    assert_eq!(
        uses("use crate::server::Server;\n#[cfg(test)]\nuse crate::cli::x;"),
        [(1, "server".to_owned())]
    );
    let behind = "#[cfg(test)]\nfn x() {\n    crate::cli::x();\n}\n\nuse crate::server::Server;";
    assert_eq!(uses(behind), [(6, "server".to_owned())]);
}
