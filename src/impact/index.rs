//! The rules of all documents of a space, indexed by source and path, and what a change set touches (sources.md §6).
//!
//! Work grows with the rules, the changed files and the matches found, never with rules × files.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::glob::{MatchType, PatternSet, RulePath};
use crate::domain::attention::AttentionRule;

/// A document that watches something.
#[derive(Clone, Copy, Debug)]
pub struct WatchingDocument<'a> {
    pub path: &'a str,
    /// Its `jrn`.
    pub doc_id: &'a str,
    pub rules: &'a [AttentionRule],
}

/// The files of one source that changed; None is the project's own repository. A rename gives both of its paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedFiles {
    pub source: Option<String>,
    pub files: Vec<String>,
}

/// Matches of one document that are kept; a change of a hundred thousand files has as many for each document that watches all.
const KEPT: usize = 1_000;

/// A document that a change set touches, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    pub doc_path: String,
    pub doc_id: String,
    /// Ordered by bytes, without duplicates: the first of them.
    pub matches: Vec<Match>,
    /// How many more there are.
    pub more: usize,
}

/// One file that touches a document, and the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Match {
    pub changed_file: String,
    /// The rule, normalised; for an exact match the file itself.
    pub pattern: String,
    pub match_type: MatchType,
    /// `null` for the project's own repository.
    pub source_name: Option<String>,
}

/// A document that a change set touches, as a view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched<'a> {
    pub doc_path: &'a str,
    pub doc_id: &'a str,
    /// Ordered by bytes, without duplicates.
    pub matches: Vec<Touch<'a>>,
}

/// One file that touches a document, and the rule that says so, as a view: see [`Match`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch<'a> {
    pub changed_file: &'a str,
    pub pattern: &'a str,
    pub match_type: MatchType,
    pub source_name: Option<&'a str>,
}

/// The index of a space's rules.
#[derive(Debug, Default)]
pub struct AttentionIndex {
    /// Path and id of each document.
    documents: Vec<(String, String)>,
    sources: BTreeMap<Option<String>, SourceIndex>,
}

#[derive(Debug, Default)]
struct SourceIndex {
    rules: Vec<Rule>,
    by_path: HashMap<String, usize>,
    exact: HashMap<String, Vec<usize>>,
    globs: PatternSet,
}

/// One distinct path with all documents that state it.
#[derive(Debug)]
struct Rule {
    shown: String,
    documents: Vec<usize>,
}

impl AttentionIndex {
    /// Indexes documents. A glob that cannot be compiled was told when its document was parsed, and still names its file.
    pub fn build<'a>(documents: impl IntoIterator<Item = WatchingDocument<'a>>) -> Self {
        let mut index = Self::default();
        for document in documents {
            let number = index.documents.len();
            let names = (document.path.to_owned(), document.doc_id.to_owned());
            index.documents.push(names);
            for rule in document.rules {
                let source = index.sources.entry(rule.source.clone()).or_default();
                source.insert(&rule.path, number);
            }
        }
        index
    }

    /// The sources that rules name, in byte order; None is the project's own repository.
    pub fn sources(&self) -> impl Iterator<Item = Option<&str>> {
        self.sources.keys().map(Option::as_deref)
    }

    /// The documents that the changes touch, in byte order of their paths, as views into this index and the changes: a
    /// change set of thousands of files costs a few words a match.
    pub fn touched<'a>(&'a self, changes: &'a [ChangedFiles]) -> Vec<Touched<'a>> {
        let mut touched: BTreeMap<usize, Vec<Touch<'a>>> = BTreeMap::new();
        for changed in changes {
            let Some(source) = self.sources.get(&changed.source) else {
                continue;
            };
            for file in &changed.files {
                source.touch(file, changed.source.as_deref(), &mut touched);
            }
        }
        let mut documents: Vec<Touched<'a>> = touched
            .into_iter()
            .map(|(document, mut matches)| {
                matches.sort_unstable();
                matches.dedup();
                let (doc_path, doc_id) = &self.documents[document];
                Touched {
                    doc_path,
                    doc_id,
                    matches,
                }
            })
            .collect();
        documents.sort_unstable();
        documents
    }

    /// As [`Self::touched`], to keep: of each document as many matches as anybody reads, and the number of the others.
    pub fn impacts(&self, changes: &[ChangedFiles]) -> Vec<Impact> {
        let touched = self.touched(changes).into_iter();
        touched.map(|document| document.to_impact()).collect()
    }
}

impl Touched<'_> {
    fn to_impact(&self) -> Impact {
        let owned = |touch: &Touch<'_>| Match {
            changed_file: touch.changed_file.to_owned(),
            pattern: touch.pattern.to_owned(),
            match_type: touch.match_type,
            source_name: touch.source_name.map(str::to_owned),
        };
        Impact {
            doc_path: self.doc_path.to_owned(),
            doc_id: self.doc_id.to_owned(),
            matches: self.matches.iter().take(KEPT).map(owned).collect(),
            more: self.matches.len().saturating_sub(KEPT),
        }
    }
}

impl SourceIndex {
    fn insert(&mut self, path: &str, document: usize) {
        let number = match self.by_path.get(path) {
            Some(&number) => number,
            None => self.insert_path(path),
        };
        let documents = &mut self.rules[number].documents;
        if documents.last() != Some(&document) {
            documents.push(document);
        }
    }

    fn insert_path(&mut self, path: &str) -> usize {
        let number = self.rules.len();
        let rule = match RulePath::parse(path) {
            Ok(rule) => Some(rule),
            Err(error) if error.keeps_literal() => Some(RulePath::literal(path)),
            Err(_) => None,
        };
        for name in rule.iter().flat_map(RulePath::exact_names) {
            self.exact.entry(name.to_owned()).or_default().push(number);
        }
        for alternative in rule.iter().flat_map(RulePath::alternatives) {
            self.globs.insert(alternative, number);
        }
        self.rules.push(Rule {
            shown: rule.map_or_else(String::new, |rule| rule.shown().to_owned()),
            documents: Vec::new(),
        });
        self.by_path.insert(path.to_owned(), number);
        number
    }

    fn touch<'a>(
        &'a self,
        file: &'a str,
        source: Option<&'a str>,
        touched: &mut BTreeMap<usize, Vec<Touch<'a>>>,
    ) {
        let mut globs = Vec::new();
        self.globs.matches_into(file, &mut globs);
        globs.sort_unstable();
        globs.dedup();
        let exact = self.exact.get(file).into_iter().flatten();
        // A rule that matches as a glob is a glob, even where its text happens to equal the file's name.
        let exact = exact.filter(|number| globs.binary_search(number).is_err());
        let found = globs.iter().map(|&number| (number, MatchType::Glob));
        for (number, match_type) in found.chain(exact.map(|&number| (number, MatchType::Exact))) {
            let rule = &self.rules[number];
            let pattern = match match_type {
                MatchType::Exact => file,
                MatchType::Glob => &rule.shown,
            };
            for &document in &rule.documents {
                touched.entry(document).or_default().push(Touch {
                    changed_file: file,
                    pattern,
                    match_type,
                    source_name: source,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: Option<&str>, path: &str) -> AttentionRule {
        AttentionRule {
            source: source.map(str::to_owned),
            path: path.to_owned(),
            keywords: Vec::new(),
            line: 4,
        }
    }

    fn index(documents: &[(&str, &str, Vec<AttentionRule>)]) -> AttentionIndex {
        AttentionIndex::build(
            documents
                .iter()
                .map(|(path, doc_id, rules)| WatchingDocument {
                    path,
                    doc_id,
                    rules,
                }),
        )
    }

    fn changed(source: Option<&str>, files: &[&str]) -> ChangedFiles {
        ChangedFiles {
            source: source.map(str::to_owned),
            files: files.iter().map(|f| (*f).to_owned()).collect(),
        }
    }

    fn lines(impacts: &[Impact]) -> Vec<String> {
        let line = |i: &Impact, m: &Match| {
            let source = m.source_name.as_deref().unwrap_or("<local>");
            format!(
                "{} {source}: {} by {} ({:?})",
                i.doc_path, m.changed_file, m.pattern, m.match_type
            )
        };
        impacts
            .iter()
            .flat_map(|i| i.matches.iter().map(move |m| line(i, m)))
            .collect()
    }

    #[test]
    fn changes_touch_the_documents_whose_rules_name_them_and_say_why() {
        let index = index(&[
            (
                "docs/b.md",
                "B",
                vec![
                    rule(Some("backend"), "src/**/*.rs"),
                    rule(None, "README.md"),
                ],
            ),
            (
                "docs/B.md",
                "C",
                vec![
                    rule(Some("backend"), "./src/a.rs"),
                    rule(Some("backend"), "src/a.rs"),
                ],
            ),
            ("docs/a.md", "A", vec![rule(Some("web"), "src/**")]),
        ]);
        let impacts = index.impacts(&[
            changed(None, &["README.md", "src/a.rs"]),
            changed(Some("backend"), &["src/z.rs", "src/a.rs", "src/a.rs"]),
            changed(Some("unknown"), &["src/a.rs"]),
        ]);
        assert_eq!(
            lines(&impacts),
            [
                "docs/B.md backend: src/a.rs by src/a.rs (Exact)",
                "docs/b.md <local>: README.md by README.md (Exact)",
                "docs/b.md backend: src/a.rs by src/**/*.rs (Glob)",
                "docs/b.md backend: src/z.rs by src/**/*.rs (Glob)",
            ]
        );
        assert_eq!(
            index.sources().collect::<Vec<_>>(),
            [None, Some("backend"), Some("web")]
        );
    }

    #[test]
    fn two_documents_with_one_id_are_both_reported() {
        let rules = || vec![rule(None, "a")];
        let index = index(&[("x.md", "ONE", rules()), ("y.md", "ONE", rules())]);
        assert_eq!(index.impacts(&[changed(None, &["a"])]).len(), 2);
    }

    #[test]
    fn a_broken_glob_hurts_no_other_rule() {
        let index = index(&[
            (
                "broken.md",
                "A",
                vec![rule(None, "src/[a.ts"), rule(None, "../x")],
            ),
            ("fine.md", "B", vec![rule(None, "src/*.ts")]),
        ]);
        let impacts = index.impacts(&[changed(None, &["src/[a.ts"])]);
        assert_eq!(
            lines(&impacts),
            [
                "broken.md <local>: src/[a.ts by src/[a.ts (Exact)",
                "fine.md <local>: src/[a.ts by src/*.ts (Glob)",
            ]
        );
    }

    #[test]
    fn thousands_of_rules_fit_although_one_globset_would_not_hold_them() {
        let paths: Vec<String> = (0..6_000)
            .map(|n| format!("**/[a-z]?{n}*/x/**/{n}/*y{n}?*.ts"))
            .collect();
        let rules: Vec<AttentionRule> = paths.iter().map(|p| rule(None, p)).collect();
        let document = WatchingDocument {
            path: "d.md",
            doc_id: "D",
            rules: &rules,
        };
        let index = AttentionIndex::build([document]);
        let impacts = index.impacts(&[changed(None, &["q/ab4711/x/4711/ay4711z.ts"])]);
        assert_eq!(impacts[0].matches[0].pattern, paths[4711]);
    }
}
