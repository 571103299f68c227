//! What is promised in tables is shown by tests: every row of them names the tests that show it, and those tests exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::rust_files;

/// The tables, and what a row of each may say where nothing shows it. Only wishes may stay wishes.
const TABLES: [(&str, Option<&str>); 4] = [
    ("tests/console/terminal.md", None),
    ("tests/console/wishes.md", Some("not there")),
    ("tests/console/words.md", None),
    (PROOFS, None),
];

/// What is promised of reliability and security, and the table of what shows it.
const PROMISES: &str = "assets/rules/reliability.md";
const PROOFS: &str = "tests/reliability.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The module that a file is: `src/console/clean.rs` is `console::clean`.
fn module(path: &Path) -> String {
    let path = path.with_extension("");
    let parts = path.components().map(|it| it.as_os_str().to_string_lossy());
    let parts: Vec<_> = parts.filter(|it| it != "mod").collect();
    parts.join("::")
}

/// The tests of a file, by their names from its root.
fn tests_of(module: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inner = None;
    let mut marked = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim();
        // In a text over several lines such a line may stand as well, before its end.
        if line == "}" && !lines.peek().is_some_and(|next| next.starts_with("\"#")) {
            inner = None;
        } else if let Some(name) = line
            .strip_prefix("mod ")
            .and_then(|it| it.strip_suffix(" {"))
        {
            inner = Some(name);
        } else if bare == "#[test]" || bare.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && !bare.starts_with("#[") && !bare.starts_with("//") {
            marked = false;
            let rest = bare.strip_prefix("async ").unwrap_or(bare);
            let name = rest.strip_prefix("fn ").and_then(|it| it.split('(').next());
            if let Some(name) = name {
                let inside = inner.map(|it| format!("{it}::")).unwrap_or_default();
                found.push(format!("{module}::{inside}{name}"));
            }
        }
    }
    found
}

/// Every test of the product.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src", "tests"] {
        let folder = root().join(folder);
        let mut files: Vec<PathBuf> = Vec::new();
        rust_files(&folder, &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let module = module(file.strip_prefix(&folder).unwrap());
            found.extend(tests_of(&module, &text));
        }
    }
    found
}

/// The rows of a file's tables, each with its line; a `|` within a cell is written `\|`.
fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut rows = Vec::new();
    let mut heading = true;
    for (number, line) in text.lines().enumerate() {
        let Some(line) = line.strip_prefix('|').and_then(|it| it.strip_suffix('|')) else {
            heading = true;
            continue;
        };
        if line.starts_with("---") {
            heading = false;
        } else if !heading {
            let line = line.replace("\\|", "\0");
            let cells = line.split('|').map(|it| it.trim().replace('\0', "|"));
            rows.push((number + 1, cells.collect()));
        }
    }
    rows
}

/// What is wrong with a table.
fn wrong(text: &str, tests: &BTreeSet<String>, instead: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows = rows(text);
    if rows.is_empty() {
        wrong.push("it has no row".to_owned());
    }
    let columns = rows.first().map_or(0, |(_, cells)| cells.len());
    for (line, cells) in &rows {
        if cells.len() != columns || cells.iter().any(String::is_empty) {
            wrong.push(format!("line {line}: a cell says nothing"));
            continue;
        }
        let last = cells.last().expect("a row has cells");
        if instead.is_some_and(|it| last.starts_with(it)) {
            continue;
        }
        // Between backticks: every second part.
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            wrong.push(format!("line {line}: no test shows it"));
        }
        for name in named.into_iter().filter(|it| !tests.contains(*it)) {
            wrong.push(format!("line {line}: there is no test {name}"));
        }
    }
    wrong
}

/// The headings of a text, each with how many rows of tables stand below it.
fn headings(text: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            found.push((title.to_owned(), String::new()));
        } else if let Some((_, below)) = found.last_mut() {
            below.push_str(line);
            below.push('\n');
        }
    }
    let counted = found.into_iter().map(|(title, below)| {
        let count = rows(&below).len();
        (title, count)
    });
    counted.collect()
}

/// The promises that nothing stands beside, and what stands beside no promise.
fn unproven(promises: &str, proofs: &str) -> Vec<String> {
    let promises: Vec<String> = headings(promises).into_iter().map(|(it, _)| it).collect();
    let proofs: Vec<(String, usize)> = headings(proofs);
    let has_rows = |title: &String| proofs.iter().any(|(it, rows)| it == title && *rows > 0);
    let left = promises.iter().filter(|it| !has_rows(it));
    let strange = proofs
        .iter()
        .filter(|(it, rows)| *rows > 0 && !promises.contains(it));
    let left = left.map(|it| format!("nothing shows: {it}"));
    left.chain(strange.map(|(it, _)| format!("nobody promises: {it}")))
        .collect()
}

#[test]
fn every_promise_of_reliability_has_its_rows() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let promises = read(PROMISES);
    assert_eq!(headings(&promises).len(), 18);
    assert_eq!(unproven(&promises, &read(PROOFS)), [""; 0]);
}

#[test]
fn a_promise_without_a_row_is_seen() {
    let promises = "# All\n## A\ntext\n## B\ntext\n## C\ntext\n";
    let proofs = "## A\n| x | y |\n|---|---|\n| one | `a` |\n## B\n| x | y |\n|---|---|\n## D\n| x | y |\n|---|---|\n\
                  | one | `a` |\n## Not shown\n* that\n";
    assert_eq!(
        unproven(promises, proofs),
        ["nothing shows: B", "nothing shows: C", "nobody promises: D"]
    );
}

#[test]
fn what_the_tables_promise_is_shown_by_tests_that_exist() {
    let tests = tests();
    let mut all = Vec::new();
    for (file, instead) in TABLES {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let found = wrong(&text, &tests, instead);
        all.extend(found.into_iter().map(|it| format!("{file}: {it}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_table_that_promises_too_much_is_seen() {
    let tests = BTreeSet::from(["a::tests::b".to_owned()]);
    let table = "text\n| x | y |\n|---|---|\n| one | `a::tests::b` |\n| two |  |\n| three | soon |\n| four | `a::c` |\n\
                 | five \\| six | not there: later |\n";
    assert_eq!(
        wrong(table, &tests, Some("not there")),
        [
            "line 5: a cell says nothing",
            "line 6: no test shows it",
            "line 7: there is no test a::c"
        ]
    );
    assert_eq!(wrong(table, &tests, None).len(), 4);
    assert_eq!(wrong("text", &tests, None), ["it has no row"]);
}

#[test]
fn tests_are_found_wherever_they_are() {
    let text = "#[test]\nfn a() {\n}\nfn b() {\n}\n#[cfg(test)]\nmod tests {\n    #[tokio::test]\n    #[ignore = \"x\"]\n    async fn c() {}\n}\n\
                #[test]\nfn d() {}\nmod more {\n    const X: &str = r#\"{\n}\n\"#;\n    #[test]\n    fn e() {}\n}\n";
    let found = ["m::a", "m::tests::c", "m::d", "m::more::e"];
    assert_eq!(tests_of("m", text), found);
    let own = "house::proofs::tests_are_found_wherever_they_are";
    assert!(tests().contains(own));
}
