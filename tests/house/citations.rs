//! Every rule that a comment cites is written in `assets/rules`: `file.md §N`, `file.md: heading`, either with a topic
//! behind it, and `seed NNN`, with or without one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What stands under the headings of one file: the way from its section down to the heading.
type Headings = Vec<Vec<String>>;

/// What a comment refers to.
#[derive(Debug, PartialEq, Eq)]
struct Citation {
    file: String,
    /// `§9`, `Seed 004`, or nothing where a heading alone is cited.
    section: Option<String>,
    topic: Option<String>,
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(section) = &self.section {
            write!(f, " {section}")?;
        }
        match &self.topic {
            Some(topic) => write!(f, ": {topic}"),
            None => Ok(()),
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extensions, found);
        } else if path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| extensions.contains(&e))
        {
            found.push(path);
        }
    }
}

fn headings(text: &str) -> Headings {
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_lowercase();
            found.push(vec![section.clone()]);
        } else if let Some(title) = line.strip_prefix("### ") {
            found.push(vec![section.clone(), title.to_lowercase()]);
        }
    }
    found
}

fn rules() -> BTreeMap<String, Headings> {
    let mut paths = Vec::new();
    files(&root().join("assets/rules"), &["md"], &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, headings(&std::fs::read_to_string(path).unwrap()))
        })
        .collect()
}

/// Whether the heading, or what it calls the thing on either side of its colon, is `wanted`.
fn is_called(heading: &str, wanted: &str) -> bool {
    heading == wanted || heading.split(": ").any(|part| part == wanted)
}

fn is_in(heading: &str, section: &str) -> bool {
    heading
        .strip_prefix(section)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') || rest.starts_with(':'))
}

fn resolves(rules: &BTreeMap<String, Headings>, citation: &Citation) -> bool {
    let Some(headings) = rules.get(&citation.file) else {
        return false;
    };
    let topic = citation.topic.as_ref().map(|t| t.to_lowercase());
    headings.iter().any(|way| {
        citation
            .section
            .as_ref()
            .is_none_or(|s| is_in(&way[0], &s.to_lowercase()))
            && topic
                .as_ref()
                .is_none_or(|t| is_called(way.last().expect("a way has its section"), t))
    })
}

/// The comments of a file: neighbouring lines as one, with the number of the first.
fn comments(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let own = ["//!", "///", "//", "--"]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        match own {
            Some(words) if open => {
                let (_, last) = found.last_mut().expect("one is open");
                last.push(' ');
                last.push_str(words.trim());
            }
            Some(words) => found.push((number + 1, words.trim().to_owned())),
            None => {
                if let Some((_, words)) = line.split_once(" // ") {
                    found.push((number + 1, words.to_owned()));
                }
            }
        }
        open = own.is_some();
    }
    found
}

/// The words behind `: `, up to where the citation ends.
fn topic(rest: &str) -> Option<String> {
    let words = rest.strip_prefix(": ")?;
    let end = words.find([')', ',', ';', '.', '`']).unwrap_or(words.len());
    Some(words[..end].trim().to_owned())
}

fn section(rest: &str) -> Option<(String, &str)> {
    let digits = rest.strip_prefix('§')?;
    let end = digits
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(digits.len());
    let number = digits[..end].trim_end_matches('.');
    Some((format!("§{number}"), &digits[number.len()..]))
}

/// The citations of one comment, and what looks like one and is none.
fn citations(comment: &str) -> (Vec<Citation>, Vec<String>) {
    let (mut found, mut strange) = (Vec::new(), Vec::new());
    let mut named: Option<String> = None;
    for (at, _) in comment.char_indices() {
        let rest = &comment[at..];
        if let Some(behind) = rest.strip_prefix(".md") {
            let begin = comment[..at]
                .rfind(|c: char| !c.is_ascii_lowercase() && c != '-')
                .map_or(0, |b| b + 1);
            let inside = comment[..begin].ends_with(['/', '.']);
            if inside || begin == at {
                continue;
            }
            let file = format!("{}.md", &comment[begin..at]);
            let behind = behind.strip_prefix('`').unwrap_or(behind);
            if let Some(topic) = topic(behind) {
                found.push(Citation {
                    file: file.clone(),
                    section: None,
                    topic: Some(topic),
                });
            }
            named = Some(file);
        } else if rest.starts_with('§') {
            match (section(rest), &named) {
                (Some((section, behind)), Some(file)) => found.push(Citation {
                    file: file.clone(),
                    section: Some(section),
                    topic: topic(behind),
                }),
                _ => strange.push(rest.chars().take(20).collect()),
            }
        } else if let Some(behind) = rest
            .strip_prefix("seed ")
            .or_else(|| rest.strip_prefix("Seed "))
            && behind.len() >= 3
            && behind.bytes().take(3).all(|b| b.is_ascii_digit())
        {
            found.push(Citation {
                file: "requests.md".to_owned(),
                section: Some(format!("Seed {}", &behind[..3])),
                topic: topic(&behind[3..]),
            });
        }
    }
    (found, strange)
}

#[test]
fn every_rule_that_a_comment_cites_is_written_in_the_house() {
    let rules = rules();
    let mut paths = Vec::new();
    for dir in ["src", "tests"] {
        files(&root().join(dir), &["rs", "sql"], &mut paths);
    }
    let (mut wrong, mut resolved) = (Vec::new(), 0);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(root()).unwrap().display();
        for (line, comment) in comments(&text) {
            if path == root().join("tests/house/citations.rs") {
                continue;
            }
            let (cited, strange) = citations(&comment);
            wrong.extend(
                strange
                    .iter()
                    .map(|words| format!("{shown}:{line}: `{words}` names no file")),
            );
            for citation in cited {
                if resolves(&rules, &citation) {
                    resolved += 1;
                } else {
                    wrong.push(format!("{shown}:{line}: assets/rules has no `{citation}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(resolved > 100, "only {resolved} citations were found");
}

#[test]
fn every_rule_of_the_diagnosis_is_in_its_table() {
    let table = std::fs::read_to_string(root().join("assets/rules/sources.md")).unwrap();
    let mut paths = Vec::new();
    files(&root().join("src/domain/diagnosis"), &["rs"], &mut paths);
    let mut codes = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        codes.extend(
            text.match_indices("\"D-")
                .map(|(at, _)| text[at + 1..at + 5].to_owned()),
        );
    }
    assert!(codes.len() > 10, "only {codes:?} were found");
    codes.retain(|code| !table.contains(&format!("| {code} |")));
    assert!(codes.is_empty(), "the table of sources.md lacks {codes:?}");
}

#[test]
fn a_citation_is_found_wherever_the_line_breaks() {
    let text = "/// Waits (engine.md: a\n/// batch, sources.md §3, §9: step 1).\nlet a = 1; // as `seed 004: lifecycle` says";
    let found: Vec<String> = comments(text)
        .iter()
        .flat_map(|(_, comment)| citations(comment).0)
        .map(|c| c.to_string())
        .collect();
    assert_eq!(
        found,
        [
            "engine.md: a batch",
            "sources.md §3",
            "sources.md §9: step 1",
            "requests.md Seed 004: lifecycle"
        ]
    );
}

#[test]
fn a_citation_of_what_is_not_written_is_seen() {
    let rules = rules();
    for (text, good) in [
        ("(sources.md §9: stale check)", true),
        ("(sources.md §99)", false),
        ("(sources.md §9: tea)", false),
        ("(engine.md: tea)", false),
        ("(nowhere.md: errors)", false),
        ("(seed 009)", false),
    ] {
        let (cited, _) = citations(text);
        assert_eq!(cited.len(), 1, "{text}");
        assert_eq!(resolves(&rules, &cited[0]), good, "{text}");
    }
    assert_eq!(citations("(elsewhere §5)").1.len(), 1);
    assert_eq!(citations("docs/api.md: a document").0, []);
}
