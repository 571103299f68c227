//! Who edits the impacted documents of a space (sources.md §9: providers).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agent::Acp;
pub use crate::agent::Instruction;
use crate::agent::{AgentError, Brief, Compared, Draft, Program, Sandboxes, Turn, Why};
use crate::api::{JobId, SourceId, Space};
use crate::impact::index::{Impact, Match};
use crate::impact::report::EvidenceKind;

/// The agent of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// Nobody: impacted documents are marked for review, and nothing is edited.
    #[default]
    None,
    /// A program.
    Command(Program),
    /// An agent that tells what it does, and asks.
    Acp(Conversing),
}

/// An agent of the Agent Client Protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversing {
    /// How it is started.
    pub agent: Acp,
    /// How long what it asks may wait for an answer.
    pub patience: Duration,
}

impl Provider {
    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Command(_) => "command",
            Self::Acp(_) => "acp",
        }
    }

    /// The same, in the sandbox that a space wants. A worker that does not have it fails the space and not for good: another
    /// worker may have it at the next attempt, or this one when it was given the key.
    pub fn within(&self, space: &Space, job: JobId) -> Result<Self, AgentError> {
        let labels = [
            ("jolliJob", job.to_string()),
            ("jolliSpace", space.slug.clone()),
        ];
        let there = |sandboxes: &Sandboxes| sandboxes.within(space.sandbox, &labels);
        Ok(match self {
            Self::None => Self::None,
            Self::Command(program) => {
                Self::Command(program.clone().placed(there(program.sandboxes())?))
            }
            Self::Acp(Conversing { agent, patience }) => Self::Acp(Conversing {
                agent: agent.clone().placed(there(agent.sandboxes())?),
                patience: *patience,
            }),
        })
    }
}

/// The source that changed, as an agent is shown it.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    pub id: SourceId,
    pub compared: Compared<'a>,
}

/// Lets the program edit one document; and of how many files it is not shown what changed.
pub async fn turn(
    program: &Program,
    code: Code<'_>,
    impact: &Impact,
    text: &str,
    instruction: Option<Instruction<'_>>,
) -> Result<(Turn, usize), AgentError> {
    let mut files: Vec<&str> = impact
        .matches
        .iter()
        .map(|m| m.changed_file.as_str())
        .collect();
    files.sort_unstable();
    files.dedup();
    let mut brief = Brief::empty();
    brief.instruction = instruction;
    brief.show(code.compared, &files).await?;
    brief.files_omitted |= impact.more > 0;
    let shown = brief.changes.iter().filter(|change| !change.diff_omitted);
    let unseen = files.len() + impact.more - shown.count();
    let why: Vec<Why> = impact.matches.iter().map(|m| why(code, m)).collect();
    let report = brief
        .about(&impact.doc_path, &impact.doc_id, &why)
        .to_json();
    let draft = Draft {
        path: impact.doc_path.clone(),
        text: text.to_owned(),
    };
    let program = program.showing(&[code.compared.work_tree.to_owned()]);
    Ok((program.turn(&report, &[draft]).await?, unseen))
}

/// What an agent is to keep to.
pub const MANNERS: &str = "The documents lie below the current folder; edit them in place, and nothing else. The report that comes with this (JSON) has what changed and why each document is looked at; `sources` in it says where the code can be read; where it names no work tree, the changes in the report are all there is of it. Change what the code change makes untrue, keep structure and style, keep the `jrn` and `attention` of the frontmatter. When unsure, leave a document as it is.";

/// What an agent is shown about all of these documents; and of how many files not what changed.
pub async fn report(code: Code<'_>, impacts: &[Impact]) -> Result<(Vec<u8>, usize), AgentError> {
    let matches = impacts.iter().flat_map(|impact| &impact.matches);
    let files: BTreeSet<&str> = matches.map(|found| found.changed_file.as_str()).collect();
    let files: Vec<&str> = files.into_iter().collect();
    let mut brief = Brief::empty();
    brief.show(code.compared, &files).await?;
    let shown = brief.changes.iter().filter(|change| !change.diff_omitted);
    let more: usize = impacts.iter().map(|impact| impact.more).sum();
    let unseen = files.len() + more - shown.count();
    let documents: Vec<Value> = impacts
        .iter()
        .map(|impact| {
            let why: Vec<Why> = impact.matches.iter().map(|m| why(code, m)).collect();
            json!({ "path": impact.doc_path, "jrn": impact.doc_id, "evidence": why, "more": impact.more })
        })
        .collect();
    let report = json!({
        "documents": documents, "changes": brief.changes, "filesOmitted": brief.files_omitted,
        "commits": brief.commits, "sources": brief.sources,
    });
    let report = serde_json::to_vec_pretty(&report).expect("texts and numbers are plain data");
    Ok((report, unseen))
}

fn why(code: Code<'_>, found: &Match) -> Why {
    Why {
        changed_file: found.changed_file.clone(),
        pattern: found.pattern.clone(),
        match_type: found.match_type,
        source: code.compared.source.to_owned(),
        source_kind: EvidenceKind::True,
        source_id: Some(code.id),
    }
}

/// How many files a line names; a refactoring touches thousands.
const NAMED: usize = 3;

/// The line about a document that nobody edits.
pub fn for_review(impact: &Impact) -> String {
    let shown = |m: &Match| format!("{} → {}", m.pattern, m.changed_file);
    let mut named: Vec<String> = impact.matches.iter().take(NAMED).map(shown).collect();
    let more = impact.matches.len().saturating_sub(NAMED) + impact.more;
    if more > 0 {
        named.push(format!("{more} more"));
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
            more: 99_995,
        };
        assert_eq!(
            for_review(&impact),
            "docs/a.md marked for review: src/** → src/1.rs, src/** → src/2.rs, src/** → src/3.rs, 99997 more"
        );
    }
}
