//! Who edits the impacted documents of a space (sources.md §9: providers).

use super::report::Reporter;
use crate::api::{LogLevel, SpaceId};
use crate::impact::index::{Impact, Match};

/// The agent of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// Nobody: impacted documents are marked for review, and nothing is edited.
    #[default]
    None,
}

impl Provider {
    /// Its name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
        }
    }

    /// Takes its turn at the impacted documents.
    pub fn turn(self, space: SpaceId, impacts: &[Impact], reporter: &Reporter) {
        match self {
            Self::None => {
                for impact in impacts {
                    let line = for_review(impact);
                    reporter.log(LogLevel::Info, Some(space), line);
                }
            }
        }
    }
}

/// How many files a line names; a refactoring touches thousands.
const NAMED: usize = 3;

fn for_review(impact: &Impact) -> String {
    let shown = |m: &Match| format!("{} → {}", m.pattern, m.changed_file);
    let mut named: Vec<String> = impact.matches.iter().take(NAMED).map(shown).collect();
    if impact.matches.len() > NAMED {
        named.push(format!("{} more", impact.matches.len() - NAMED));
    }
    format!(
        "{} marked for review: {}",
        impact.doc_path,
        named.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impact::glob::MatchType;

    #[test]
    fn a_document_for_review_names_its_rules_and_a_few_files() {
        let matches = (1..=5).map(|n| Match {
            changed_file: format!("src/{n}.rs"),
            pattern: "src/**".to_owned(),
            match_type: MatchType::Glob,
            source_name: Some("backend".to_owned()),
        });
        let impact = Impact {
            doc_path: "docs/a.md".to_owned(),
            doc_id: "A".to_owned(),
            matches: matches.collect(),
        };
        assert_eq!(
            for_review(&impact),
            "docs/a.md marked for review: src/** → src/1.rs, src/** → src/2.rs, src/** → src/3.rs, 2 more"
        );
    }
}
