//! The rooms of the console: each uses only rooms on the floors below its own, as `src/console/mod.rs` lists them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{shipped, sources};

/// The floors as the console's own introduction lists them, the uppermost first.
fn floors(introduction: &str) -> Vec<Vec<String>> {
    introduction
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"))
        .filter_map(|row| row.split("` |").next())
        .map(|rooms| rooms.split("`, `").map(str::to_owned).collect())
        .collect()
}

/// The module that a file of the console is, from the console down: `update`, `export`.
fn module(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = path
        .with_extension("")
        .components()
        .skip(1)
        .map(|it| it.as_os_str().to_string_lossy().into_owned())
        .collect();
    if names.last().is_some_and(|it| it == "mod") {
        names.pop();
    }
    names
}

/// Modules that only tests are made of: `#[cfg(test)] mod fixture;`.
fn of_tests(path: &Path, text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            continue;
        }
        let next = lines.next().unwrap_or_default();
        let name = next.strip_suffix(';').and_then(|it| {
            let (before, name) = it.rsplit_once("mod ")?;
            (before.is_empty() || before.starts_with("pub")).then_some(name)
        });
        if let Some(name) = name {
            let mut module = module(path);
            module.push(name.to_owned());
            found.push(module);
        }
    }
    found
}

/// What is named directly behind a path: `a` of `a::b`, `a` and `c` of `{a::{b, d}, c}`.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let of_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '*');
        text.trim_start().chars().take_while(of_word).collect()
    };
    let Some(inside) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut depth = 0;
    let mut found = vec![word(inside)];
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(word(&inside[at + 1..])),
            _ => {}
        }
    }
    found.retain(|it| !it.is_empty());
    found
}

/// What a module names of the console itself, with the line.
fn named(module: &[String], text: &str) -> Vec<(usize, String)> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| {
            let is_comment = line.trim_start().starts_with("//");
            if is_comment { "" } else { line }
        })
        .collect();
    let code = code.join("\n");
    let up = "super::".repeat(module.len());
    let mut found = Vec::new();
    for way in ["crate::console::", up.as_str()] {
        for (at, _) in code.match_indices(way) {
            let (before, after) = (&code[..at], &code[at + way.len()..]);
            // A longer way leads out of the console, and is `crate::` there.
            if before.ends_with("super::") || after.starts_with("super::") {
                continue;
            }
            let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
            found.extend(heads(after).into_iter().map(|name| (line, name)));
        }
    }
    found
}

#[test]
fn a_room_of_the_console_uses_only_rooms_on_floors_below_it() {
    let files: Vec<(PathBuf, String)> = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("console"))
        .collect();
    let text_of = |of: &str| {
        let found = files.iter().find(|(path, _)| path == Path::new(of));
        found.map(|(_, text)| text.as_str())
    };
    let floors = floors(text_of("console/mod.rs").expect("the console introduces itself"));
    let floor = |room: &str| {
        let on = |floor: &Vec<String>| floor.iter().any(|it| it == room);
        floors.iter().position(on)
    };
    let tests: Vec<Vec<String>> = files
        .iter()
        .flat_map(|(path, text)| of_tests(path, text))
        .collect();
    let mut wrong = Vec::new();
    let mut rooms = BTreeSet::new();
    for (path, text) in &files {
        let module = module(path);
        let Some(room) = module.first().cloned() else {
            continue;
        };
        rooms.insert(room.clone());
        let Some(own) = floor(&room) else {
            wrong.push(format!("{}: on no floor", path.display()));
            continue;
        };
        if tests.iter().any(|it| module.starts_with(it)) {
            continue;
        }
        for (line, used) in named(&module, &shipped(text)) {
            let why = match floor(&used) {
                None => "which is no room",
                Some(its) if its < own => "which is above it",
                Some(its) if its == own && used != room => "which is beside it",
                Some(_) => continue,
            };
            wrong.push(format!(
                "{}:{line}: {room} uses {used}, {why}",
                path.display()
            ));
        }
    }
    for listed in floors.iter().flatten() {
        if !rooms.contains(listed) {
            wrong.push(format!("console/mod.rs: there is no room {listed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_update_looks_at_what_it_remembers() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let near = ["update", "model", "runtime"].map(|room| Path::new("console").join(room));
        if !path.starts_with("console") || near.iter().any(|it| path.starts_with(it)) {
            continue;
        }
        for (number, line) in shipped(&text).lines().enumerate() {
            if line.contains(".flow") || line.contains("model::flow") {
                wrong.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rule_itself_sees_every_way_to_a_room() {
    let at = |path: &str| module(Path::new(path));
    let text = "use crate::console::{view::{draw, look}, msg};\n\nuse super::super::runtime::run;\nuse super::near;\n\
                // crate::console::shot\nlet x = crate::console::plain::Talk;";
    assert_eq!(
        named(&at("console/model/page.rs"), text),
        [
            (1, "view".to_owned()),
            (1, "msg".to_owned()),
            (6, "plain".to_owned()),
            (3, "runtime".to_owned())
        ]
    );
    assert_eq!(
        named(&at("console/model/mod.rs"), "use super::{update};"),
        [(1, "update".to_owned())]
    );
    assert_eq!(
        floors("//! x\n//!\n//! | rooms | what |\n//! | `b`, `c` | `d` |\n//! | `a` | e |"),
        [vec!["b", "c"], vec!["a"]]
    );
    assert_eq!(
        of_tests(
            Path::new("console/view/mod.rs"),
            "#[cfg(test)]\npub(in crate::console) mod fixture;\n#[cfg(test)]\nmod tests {\n}"
        ),
        [at("console/view/fixture.rs")]
    );
}
