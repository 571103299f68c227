//! The harness itself: it finds what breaks a rule and keeps it, and no target is forgotten.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::mutate::{Generator, LONGEST, words};
use super::run::{Plan, Target, run, stored, whole_number};
use super::targets::TARGETS;

const PLAN: Plan = Plan {
    time: Duration::from_mins(1),
    number: 7,
};

fn two_brackets(input: &[u8]) {
    assert!(
        !input.windows(2).any(|pair| pair == b"[["),
        "two brackets open"
    );
}

#[test]
fn an_input_that_breaks_a_rule_is_found_and_kept() {
    let stored = [b"alpha [beta] 1".to_vec(), b"gamma".to_vec()];
    let failure = run("harness", two_brackets, &stored, PLAN).unwrap_err();
    let kept = std::fs::read(&failure.file).unwrap();
    assert!(kept.windows(2).any(|pair| pair == b"[["));
    let said = failure.to_string();
    for part in [
        "harness: two brackets open",
        failure.file.to_str().unwrap(),
        "JOLLI_FUZZ_SEED=7 JOLLI_FUZZ_SECONDS=60 cargo test --test suite -- --exact fuzz::harness",
    ] {
        assert!(said.contains(part), "{said}");
    }
    std::fs::remove_file(&failure.file).unwrap();
}

#[test]
fn a_stored_input_is_tried_as_it_is_before_anything_else() {
    let stored = [b"fine".to_vec(), b"[[".to_vec()];
    let no_time = Plan {
        time: Duration::ZERO,
        ..PLAN
    };
    let failure = run("harness_stored", two_brackets, &stored, no_time).unwrap_err();
    assert_eq!(std::fs::read(&failure.file).unwrap(), b"[[");
    std::fs::remove_file(&failure.file).unwrap();
    let never: Target = |_| {};
    assert_eq!(run("harness_fine", never, &stored, no_time).unwrap(), 2);
}

#[test]
fn a_variable_that_is_no_number_is_told() {
    let read = |text: &str| whole_number("JOLLI_FUZZ_SECONDS", text.as_ref());
    assert_eq!(read("3600"), Ok(3_600));
    for bad in ["", "1m", "-1", "0.5"] {
        let told = format!("JOLLI_FUZZ_SECONDS={bad}: give a whole number");
        assert_eq!(read(bad), Err(told));
    }
}

const STORED: [&[u8]; 2] = [b"{\"a\": [1, 22]}\n", b"text"];

fn inputs(number: u64) -> Vec<Vec<u8>> {
    let mut generator = Generator::new(STORED.to_vec(), number);
    (0..20_000).map(|_| generator.input()).collect()
}

#[test]
fn the_same_number_gives_the_same_inputs() {
    let first = inputs(7);
    assert!(first == inputs(7));
    assert!(first != inputs(8));
}

#[test]
fn every_kind_of_change_happens() {
    let inputs = inputs(7);
    assert!(inputs.contains(&b"{\"a\": [".to_vec()), "the rest is cut");
    for (wanted, change) in [
        ("[1, 23]", "a bit or a byte is another"),
        ("[, 22]", "a part is left out"),
        ("[[[[", "a part is repeated"),
        ("\": text", "two inputs are spliced"),
        ("texttext", "a word is put in"),
        ("{\"a\": 22", "a word is put over a part"),
        ("[18446744073709551616, 22]", "a number is another"),
    ] {
        let is_wanted = |part: &[u8]| part == wanted.as_bytes();
        let mut parts = inputs.iter().flat_map(|i| i.windows(wanted.len()));
        assert!(parts.any(is_wanted), "{change}");
    }
}

#[test]
fn an_input_is_never_longer_than_the_longest() {
    let long = vec![b'a'; LONGEST];
    let mut generator = Generator::new(vec![long.as_slice()], 7);
    let lengths: Vec<usize> = (0..500).map(|_| generator.input().len()).collect();
    assert_eq!(lengths.iter().max(), Some(&LONGEST));
}

#[test]
fn the_dictionary_holds_words_signs_and_lines() {
    let words = words(&STORED);
    for word in ["a", "22", "\": [", "{\"a\": [1, 22]}", "text", "65536"] {
        assert!(words.contains(&word.as_bytes()), "{word}");
    }
}

/// Names of what lies in a folder of `fuzz`, without what follows the last dot.
fn names_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(folder);
    let entries = std::fs::read_dir(&folder).unwrap();
    let stems = entries.map(|entry| entry.unwrap().path());
    stems
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn no_target_is_forgotten() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(targets.len(), TARGETS.len(), "two have one name");
    let tested: BTreeSet<String> = super::TESTED
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(tested, targets, "a test each");
    assert_eq!(names_in("seeds"), targets, "a folder of inputs each");
    assert_eq!(names_in("fuzz_targets"), targets, "a program each");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for name in &targets {
        let stored = stored(name);
        assert!(stored.len() >= 2, "{name} has {} inputs", stored.len());
        assert!(stored.iter().all(|input| input.len() <= LONGEST), "{name}");
        let path = format!("fuzz_targets/{name}.rs");
        let program = std::fs::read_to_string(root.join(&path)).unwrap();
        assert!(
            program.contains(&format!("targets::{name}(data)")),
            "{path}"
        );
        let bin = format!("[[bin]]\nname = \"{name}\"\npath = \"{path}\"\n");
        assert_eq!(manifest.matches(&bin).count(), 1, "{name} in Cargo.toml");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
}
