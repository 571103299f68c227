//! The tables of this folder, `acceptance.md`, `contract-matrix.md` and `scenarios.md`. A row without a test fails, and so does one whose test is not there.

use std::collections::BTreeSet;
use std::path::Path;

/// The cells of every row of the tables in a document of this folder.
fn rows(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("tests/log").join(name)).unwrap();
    text.lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect::<Vec<String>>()
        })
        .filter(|cells| cells[0] != "#" && !cells[0].starts_with("--"))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is wrong with a reference `path/to/file.rs: name_of_the_test`; several are set off by commas.
fn check(references: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut file = "";
    for reference in references.split(',') {
        let reference = reference.trim().trim_matches('`');
        let name = match reference.rsplit_once(": ") {
            Some((path, name)) => {
                file = path;
                name
            }
            // A further test of the file named last.
            None => reference,
        };
        match std::fs::read_to_string(root().join(file)) {
            Err(error) => wrong.push(format!("{file}: {error}")),
            Ok(text) => {
                if !is_test(&text, name) {
                    wrong.push(format!("{file} has no test {name}"));
                }
            }
        }
    }
    wrong
}

/// Whether `text` has a function of that name under a test attribute: of the harness, or of proptest.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
            && lines[..at]
                .iter()
                .rev()
                .take_while(|l| l.starts_with('#') || l.starts_with("//") || l.ends_with(")]"))
                .any(|l| l.starts_with("#[") && l.contains("test"))
    })
}

#[test]
fn every_scenario_of_the_log_has_its_test() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for cells in rows("scenarios.md") {
        let [number, scenario, tests] = &cells[..] else {
            panic!("three cells in {cells:?}")
        };
        assert!(!scenario.is_empty());
        let number: u32 = number.parse().unwrap();
        assert!(seen.insert(number), "scenario {number} is there twice");
        match tests.strip_prefix("not ours: ") {
            Some(why) => assert!(why.len() > 10, "{number}: say why"),
            None => wrong.extend(check(tests).into_iter().map(|w| format!("{number}: {w}"))),
        }
    }
    // Those of the provider's side, 115 to 158, are not about the log.
    let wanted: BTreeSet<u32> = (1..=114).chain(159..=162).collect();
    let missing: Vec<u32> = wanted.difference(&seen).copied().collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "without a row: {missing:?}\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_requirement_of_the_contract_has_its_writer_reader_owner_and_test() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for cells in rows("contract-matrix.md") {
        let [id, requirement, status, writer, reader, owner, tests] = &cells[..] else {
            panic!("seven cells in {cells:?}")
        };
        assert!(seen.insert(id.clone()), "{id} is there twice");
        assert!(!requirement.is_empty());
        if !["implemented", "deviates"].contains(&status.as_str()) {
            wrong.push(format!("{id}: {status} is not done"));
        }
        for (what, path) in [("writer", writer), ("reader", reader), ("owner", owner)] {
            for path in path.split(',').map(|p| p.trim().trim_matches('`')) {
                if path != "none" && !root().join(path).exists() {
                    wrong.push(format!("{id}: {what} {path} is not there"));
                }
            }
        }
        wrong.extend(check(tests).into_iter().map(|w| format!("{id}: {w}")));
    }
    let wanted: Vec<String> = [("W", 4), ("E", 4), ("P", 11), ("R", 7), ("A", 4)]
        .into_iter()
        .flat_map(|(kind, last)| (1..=last).map(move |n| format!("{kind}{n}")))
        .collect();
    let missing: Vec<&String> = wanted.iter().filter(|id| !seen.contains(*id)).collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "without a row: {missing:?}\n{}",
        wrong.join("\n")
    );
}

#[test]
fn each_of_the_ten_lines_has_its_test() {
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for cells in rows("acceptance.md") {
        let [number, line, tests] = &cells[..] else {
            panic!("three cells in {cells:?}")
        };
        assert!(!line.is_empty());
        seen.push(number.parse::<u32>().unwrap());
        wrong.extend(check(tests).into_iter().map(|w| format!("{number}: {w}")));
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    let here = "tests/log/tables.rs";
    assert!(check(&format!("{here}: a_test_that_is_not_there_is_noticed")).is_empty());
    assert_eq!(check(&format!("{here}: is_test")).len(), 1);
    assert_eq!(check(&format!("{here}: a_test_that_is")).len(), 1);
    assert_eq!(check("tests/log/nowhere.rs: a").len(), 1);
}
