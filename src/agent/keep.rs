//! What an edit has to leave as it was.

use std::collections::BTreeSet;

use crate::domain::attention::{AttentionRule, Diagnostic, ParsedDocument};
use crate::domain::kind::Severity;
use crate::impact::frontmatter;

/// An edit that makes a document another one, takes its rules away, or makes it depend on another source, is none.
pub fn keeps_its_frontmatter(before: &str, after: &str) -> Result<(), String> {
    let (before, after) = (
        frontmatter::parse(before.as_bytes()),
        frontmatter::parse(after.as_bytes()),
    );
    if before.jrn != after.jrn {
        return Err(
            "the agent changed the `jrn` of the frontmatter, so its edit was not taken over"
                .to_owned(),
        );
    }
    let names = |document: &ParsedDocument| -> BTreeSet<String> {
        let rules = document.rules.iter();
        rules.filter_map(|rule| rule.source.clone()).collect()
    };
    if let Some(name) = names(&after).difference(&names(&before)).next() {
        return Err(format!(
            "the agent made the document depend on another source ({name}), so its edit was not taken over"
        ));
    }
    let errors = |document: &ParsedDocument| {
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        document.diagnostics.iter().filter(is_error).count()
    };
    let is_kept = |rule: &AttentionRule| {
        let same =
            |other: &AttentionRule| (&other.source, &other.path) == (&rule.source, &rule.path);
        after.rules.iter().any(same)
    };
    if errors(&after) > errors(&before) || !before.rules.iter().all(is_kept) {
        let what = after.diagnostics.first();
        let what = what.map_or_else(
            || "a rule of it is gone".to_owned(),
            |found| format!("line {}: {}", found.line, found.message),
        );
        return Err(format!(
            "the agent broke the frontmatter ({what}), so its edit was not taken over"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_keeps_the_id_and_the_rules() {
        let text = "---\njrn: A\nattention:\n  - op: file\n    path: src/**\n---\none\n";
        assert_eq!(
            keeps_its_frontmatter(text, &text.replace("one", "two")),
            Ok(())
        );
        let with_more = text.replace("jrn: A\n", "jrn: A\ntitle: T\n");
        assert_eq!(keeps_its_frontmatter(text, &with_more), Ok(()));
        for (broken, word) in [
            (text.replace("jrn: A", "jrn: B"), "jrn"),
            (text.replace("jrn: A\n", ""), "jrn"),
            (text.replace("    path: src/**\n", ""), "frontmatter"),
            ("---\njrn: A\n---\none\n".to_owned(), "a rule of it is gone"),
            ("one\n".to_owned(), "jrn"),
            (
                text.replace(
                    "    path: src/**\n",
                    "    path: src/**\n  - op: file\n    source: other\n    path: x\n",
                ),
                "another source (other)",
            ),
        ] {
            let refused = keeps_its_frontmatter(text, &broken).unwrap_err();
            assert!(refused.contains(word), "{refused}");
        }
    }
}
