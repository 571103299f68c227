//! One space of a run: pull its documents, find the impacted ones, let the agent take its turn at each, push what it edited
//! (sources.md §9: step 4). What fails here fails this space and no other.

use std::collections::BTreeSet;

use super::agent::{Code, Provider, for_review};
use super::fault::Fault;
use super::instruction::Instruction;
use super::mirrors::Mounts;
use super::plan::short;
use super::report::Reporter;
use super::sessions::Sessions;
use crate::api::{
    DocRef, JobId, LeaseEpoch, LogLevel, PullChange, RuntimeMode, Space, SpaceId, SpaceReport,
    SpaceStatus,
};
use crate::client::ClientError;
use crate::domain::attention::ParsedDocument;
use crate::impact::frontmatter;
use crate::impact::glob::MatchType;
use crate::impact::index::{AttentionIndex, ChangedFiles, Impact, WatchingDocument};
use crate::impact::path::is_markdown;

/// Findings and matches of one space beyond these are counted, not listed; of what an agent says the end is.
pub(super) const LISTED: usize = 20;

/// Why a space is not done.
#[derive(Debug)]
pub(super) enum SpaceFault {
    /// This space failed; the others go on.
    Space(String),
    /// The same, and trying again would not help: a person, or the agent, does not want it.
    Stopped(String),
    /// The run is over.
    Run(Fault),
}

impl From<Fault> for SpaceFault {
    fn from(fault: Fault) -> Self {
        Self::Run(fault)
    }
}

impl From<ClientError> for SpaceFault {
    fn from(error: ClientError) -> Self {
        let text = error.to_string();
        match Fault::from(error) {
            Fault::Failed { .. } | Fault::Skipped { .. } => Self::Space(text),
            fenced @ Fault::Fenced(_) => Self::Run(fenced),
        }
    }
}

/// What came of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing stands in the cursor's way.
    Done,
    /// It failed.
    Failed {
        /// Why.
        error: String,
        /// Trying again would not help.
        lasting: bool,
    },
}

/// What came of the documents of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// They are as they were.
    Nothing,
    /// Some were written, and with that the space is done.
    Pushed,
}

/// What every space of a run is shown.
pub struct Visit<'a> {
    pub reporter: &'a Reporter,
    pub provider: &'a Provider,
    /// Which run, and what its writes are called.
    pub job: JobId,
    pub run: &'a str,
    pub epoch: LeaseEpoch,
    pub source_name: &'a str,
    /// What changed, for the agent.
    pub code: Code<'a>,
    /// The files that changed, by both their paths.
    pub files: &'a [String],
    /// What agents may do without asking, whatever the spaces say.
    pub mode: Option<RuntimeMode>,
    /// Where agents keep what they remember.
    pub sessions: &'a Sessions,
    /// What an operator wrote in the thread of the only space; none: the change itself is what the run is about.
    pub instruction: Option<&'a Instruction>,
}

impl Visit<'_> {
    /// Goes through one space, and reports what comes of it.
    pub async fn space(&self, space: &Space, mounts: &mut Mounts<'_>) -> Result<Outcome, Fault> {
        let mut phase = "pull";
        let mut report = SpaceReport {
            status: SpaceStatus::Running,
            phase: None,
            impacted_docs: Vec::new(),
            updated_docs: Vec::new(),
            error: None,
        };
        let done = self.phases(space, mounts, &mut phase, &mut report).await;
        match done {
            Ok(Edited::Pushed) => Ok(Outcome::Done),
            Ok(Edited::Nothing) => {
                report.status = SpaceStatus::Unchanged;
                self.reporter.space(space.id, &report).await?;
                Ok(Outcome::Done)
            }
            Err(SpaceFault::Space(error)) => self.failed(space, phase, report, error, false).await,
            Err(SpaceFault::Stopped(error)) => self.failed(space, phase, report, error, true).await,
            Err(SpaceFault::Run(fault)) => Err(fault),
        }
    }

    async fn failed(
        &self,
        space: &Space,
        phase: &str,
        mut report: SpaceReport,
        error: String,
        lasting: bool,
    ) -> Result<Outcome, Fault> {
        self.reporter
            .log(LogLevel::Error, Some(space.id), error.clone());
        report.status = SpaceStatus::Failed;
        report.phase = Some(phase.to_owned());
        report.error = Some(error.clone());
        self.reporter.space(space.id, &report).await?;
        Ok(Outcome::Failed { error, lasting })
    }

    async fn phases(
        &self,
        space: &Space,
        mounts: &mut Mounts<'_>,
        phase: &mut &'static str,
        report: &mut SpaceReport,
    ) -> Result<Edited, SpaceFault> {
        self.at(space.id, phase, "pull").await?;
        let (version, documents) = self.pull(space).await?;
        self.reporter.log(
            LogLevel::Info,
            Some(space.id),
            format!(
                "pulled {}, version {version}",
                count(documents.len(), "document")
            ),
        );

        self.at(space.id, phase, "impact").await?;
        self.tell_findings(space.id, &documents);
        let impacts = self.impacts(&documents);
        report.impacted_docs.extend(impacts.iter().map(doc_ref));
        self.tell_impacts(space.id, &impacts);
        // Whoever wrote something gets an answer, be there nothing to edit.
        if impacts.is_empty() && self.instruction.is_none() {
            return Ok(Edited::Nothing);
        }
        self.mount(space.id, mounts, &documents, &impacts).await?;

        self.at(space.id, phase, "agent").await?;
        match self.provider {
            Provider::None if self.instruction.is_some() => Err(SpaceFault::Stopped(
                "this worker has no agent (--agent, --agent-acp); retry once another one runs"
                    .to_owned(),
            )),
            Provider::None => {
                for impact in &impacts {
                    self.log(space.id, for_review(impact));
                }
                Ok(Edited::Nothing)
            }
            Provider::Command(_) | Provider::Acp(_) => {
                {
                    // What an agent takes is far more than what a run without one does.
                    Box::pin(self.update(space, phase, documents, impacts, report)).await
                }
            }
        }
    }

    /// The documents that the run is about: those that watch what changed and, where a thread goes on, those that it
    /// changed before.
    pub(super) fn impacts(&self, documents: &[Document]) -> Vec<Impact> {
        let mut impacts = impacts_of(documents, self.source_name, self.files);
        let before = self.instruction.map(|it| &it.documents);
        for document in documents {
            let is_known = impacts.iter().any(|it| it.doc_path == document.path);
            if !is_known && before.is_some_and(|ids| ids.contains(&document.file_id)) {
                impacts.push(Impact {
                    doc_path: document.path.clone(),
                    doc_id: document
                        .parsed
                        .jrn
                        .clone()
                        .unwrap_or_else(|| document.file_id.clone()),
                    matches: Vec::new(),
                    more: 0,
                });
            }
        }
        impacts
    }

    pub(super) async fn pull(&self, space: &Space) -> Result<(i64, Vec<Document>), SpaceFault> {
        let pulled = self.reporter.pull(&space.slug).await?;
        let documents = read(pulled.changes).map_err(SpaceFault::Space)?;
        Ok((pulled.new_cursor, documents))
    }

    pub(super) fn log(&self, space: SpaceId, line: String) {
        self.reporter.log(LogLevel::Info, Some(space), line);
    }

    pub(super) async fn at(
        &self,
        space: SpaceId,
        phase: &mut &'static str,
        next: &'static str,
    ) -> Result<(), Fault> {
        *phase = next;
        let report = SpaceReport {
            status: SpaceStatus::Running,
            phase: Some(next.to_owned()),
            impacted_docs: Vec::new(),
            updated_docs: Vec::new(),
            error: None,
        };
        self.reporter.space(space, &report).await
    }

    fn tell_findings(&self, space: SpaceId, documents: &[Document]) {
        let findings: Vec<String> = documents
            .iter()
            .flat_map(|document| {
                document.parsed.diagnostics.iter().map(|found| {
                    format!(
                        "{}:{}: {}; {}",
                        document.path, found.line, found.message, found.remedy
                    )
                })
            })
            .collect();
        let all = findings.len();
        self.tell(space, LogLevel::Warn, findings.into_iter(), all, "finding");
    }

    fn tell_impacts(&self, space: SpaceId, impacts: &[Impact]) {
        let lines = impacts.iter().flat_map(|impact| {
            impact.matches.iter().map(|found| {
                let how = match found.match_type {
                    MatchType::Exact => "exact".to_owned(),
                    MatchType::Glob => format!("glob {}", found.pattern),
                };
                format!(
                    "impact: {} by {} ({how})",
                    impact.doc_path, found.changed_file
                )
            })
        });
        let matches = |impact: &Impact| impact.matches.len() + impact.more;
        let all = impacts.iter().map(matches).sum();
        if all == 0 {
            self.reporter
                .log(LogLevel::Info, Some(space), "impact: no document");
        }
        self.tell(space, LogLevel::Info, lines, all, "match");
    }

    /// The first lines of `all`, and how many more there are.
    fn tell(
        &self,
        space: SpaceId,
        level: LogLevel,
        lines: impl Iterator<Item = String>,
        all: usize,
        noun: &str,
    ) {
        let more = all.saturating_sub(LISTED);
        for line in lines.take(LISTED) {
            self.reporter.log(level, Some(space), line);
        }
        if more > 0 {
            self.reporter.log(
                level,
                Some(space),
                format!("and {}", count(more, &format!("more {noun}"))),
            );
        }
    }

    /// Clones the other sources that rules of the impacted documents name: what cannot be had is told, and fails the space.
    async fn mount(
        &self,
        space: SpaceId,
        mounts: &mut Mounts<'_>,
        documents: &[Document],
        impacts: &[Impact],
    ) -> Result<(), SpaceFault> {
        for (source, document) in others(documents, impacts, self.source_name) {
            match mounts.mount(source).await {
                Some(Ok(head)) => self.reporter.log(
                    LogLevel::Info,
                    Some(space),
                    format!("source {source} is at {} (a rule of {document} names it)", short(&head)),
                ),
                Some(Err(error)) => {
                    return Err(SpaceFault::Space(format!(
                        "{document} needs source {source}, which cannot be cloned: {error}"
                    )));
                }
                None => self.reporter.log(
                    LogLevel::Warn,
                    Some(space),
                    format!("{document} names source {source}, which has no repository on this server; add the source, or mend the name"),
                ),
            }
        }
        Ok(())
    }
}

/// A document as the run reads it.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) file_id: String,
    pub(super) path: String,
    pub(super) version: i64,
    pub(super) text: String,
    parsed: ParsedDocument,
}

pub(super) fn doc_ref(impact: &Impact) -> DocRef {
    DocRef {
        doc_id: Some(impact.doc_id.clone()),
        path: impact.doc_path.clone(),
    }
}

/// The Markdown documents of a pull, in byte order of their paths.
fn read(changes: Vec<PullChange>) -> Result<Vec<Document>, String> {
    let mut documents = Vec::new();
    for change in changes.into_iter().filter(|change| !change.deleted) {
        if !is_markdown(&change.server_path) {
            continue;
        }
        let content = change.content.ok_or_else(|| {
            format!(
                "the server sent {} without its text; pull it again",
                change.server_path
            )
        })?;
        documents.push(Document {
            parsed: frontmatter::parse(content.as_bytes()),
            file_id: change.file_id,
            path: change.server_path,
            version: change.version,
            text: content,
        });
    }
    documents.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(documents)
}

fn impacts_of(documents: &[Document], source: &str, files: &[String]) -> Vec<Impact> {
    let watching = documents.iter().filter_map(|document| {
        Some(WatchingDocument {
            path: &document.path,
            doc_id: document.parsed.jrn.as_deref()?,
            rules: &document.parsed.rules,
        })
    });
    AttentionIndex::build(watching).impacts(&[ChangedFiles {
        source: Some(source.to_owned()),
        files: files.to_vec(),
    }])
}

/// The sources besides `own` that rules of impacted documents name, each with the first document that does.
fn others<'a>(documents: &'a [Document], impacts: &[Impact], own: &str) -> Vec<(&'a str, &'a str)> {
    let impacted: BTreeSet<&str> = impacts.iter().map(|i| i.doc_path.as_str()).collect();
    let mut found: Vec<(&str, &str)> = Vec::new();
    for document in documents {
        if !impacted.contains(document.path.as_str()) {
            continue;
        }
        for name in document
            .parsed
            .rules
            .iter()
            .filter_map(|r| r.source.as_deref())
        {
            if name != own && !found.iter().any(|(known, _)| *known == name) {
                found.push((name, &document.path));
            }
        }
    }
    found
}

pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else if let Some(stem) = noun.strip_suffix("ch") {
        format!("{n} {stem}ches")
    } else {
        format!("{n} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, rules: &[(&str, &str)]) -> PullChange {
        let mut content = format!("---\njrn: {}\nattention:\n", path.replace(['/', '.'], "_"));
        for (source, pattern) in rules {
            let rule = format!("  - op: file\n    source: {source}\n    path: \"{pattern}\"\n");
            content.push_str(&rule);
        }
        content += "---\n# Text\n";
        PullChange {
            file_id: path.to_owned(),
            server_path: path.to_owned(),
            version: 1,
            deleted: false,
            content: Some(content),
            content_hash: None,
        }
    }

    #[test]
    fn only_documents_that_watch_this_source_are_impacted_and_their_other_sources_are_needed() {
        let documents = read(vec![
            change("z.md", &[("backend", "src/**"), ("billing", "api/**")]),
            change("a.MDX", &[("billing", "src/a.rs")]),
            change("b.md", &[("backend", "src/a.rs"), ("billing", "x")]),
            change("c.txt", &[("backend", "src/**")]),
        ])
        .unwrap();
        let files = ["src/a.rs".to_owned()];
        let impacts = impacts_of(&documents, "backend", &files);
        let paths: Vec<&str> = impacts.iter().map(|i| i.doc_path.as_str()).collect();
        assert_eq!(paths, ["b.md", "z.md"]);
        assert_eq!(
            others(&documents, &impacts, "backend"),
            [("billing", "b.md")]
        );
    }

    #[test]
    fn a_live_document_without_text_is_an_error_and_a_deleted_one_is_none() {
        let mut gone = change("a.md", &[]);
        gone.content = None;
        assert!(read(vec![gone.clone()]).unwrap_err().contains("a.md"));
        gone.deleted = true;
        assert!(read(vec![gone]).unwrap().is_empty());
    }

    #[test]
    fn counts_read_as_english() {
        assert_eq!(count(1, "document"), "1 document");
        assert_eq!(count(2, "more match"), "2 more matches");
    }
}
