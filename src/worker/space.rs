//! One space of a run: pull its documents, find the impacted ones, let the agent take its turn at each, push what it edited
//! (sources.md §9: step 4). What fails here fails this space and no other.

use std::collections::BTreeSet;

use super::agent::{Code, Provider, for_review, turn};
use super::fault::Fault;
use super::mirrors::Mounts;
use super::plan::short;
use super::report::Reporter;
use crate::agent::{Program, keeps_its_frontmatter, printable};
use crate::api::{
    DocRef, LogLevel, PullChange, PushOp, PushOpKind, PushRequest, PushStatus, Space, SpaceId,
    SpacePush, SpaceReport, SpaceStatus,
};
use crate::client::ClientError;
use crate::domain::attention::ParsedDocument;
use crate::impact::frontmatter;
use crate::impact::glob::MatchType;
use crate::impact::index::{AttentionIndex, ChangedFiles, Impact, WatchingDocument};
use crate::impact::path::is_markdown;

/// Findings and matches of one space beyond these are counted, not listed; of what an agent says the end is.
const LISTED: usize = 20;
/// How often a document that somebody else changes meanwhile is edited anew.
const ROUNDS: usize = 3;

/// Why a space is not done.
#[derive(Debug)]
enum SpaceFault {
    /// This space failed; the others go on.
    Space(String),
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
    /// Why it failed.
    Failed(String),
}

/// What came of the documents of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edited {
    /// They are as they were.
    Nothing,
    /// Some were written, and with that the space is done.
    Pushed,
}

/// What every space of a run is shown.
pub struct Visit<'a> {
    pub reporter: &'a Reporter,
    pub provider: &'a Provider,
    /// Names what this run pushes, once.
    pub run: &'a str,
    pub source_name: &'a str,
    /// What changed, for the agent.
    pub code: Code<'a>,
    /// The files that changed, by both their paths.
    pub files: &'a [String],
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
            Err(SpaceFault::Space(error)) => {
                self.reporter
                    .log(LogLevel::Error, Some(space.id), error.clone());
                report.status = SpaceStatus::Failed;
                report.phase = Some(phase.to_owned());
                report.error = Some(error.clone());
                self.reporter.space(space.id, &report).await?;
                Ok(Outcome::Failed(error))
            }
            Err(SpaceFault::Run(fault)) => Err(fault),
        }
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
        let impacts = impacts_of(&documents, self.source_name, self.files);
        report.impacted_docs.extend(impacts.iter().map(doc_ref));
        self.tell_impacts(space.id, &impacts);
        if impacts.is_empty() {
            return Ok(Edited::Nothing);
        }
        self.mount(space.id, mounts, &documents, &impacts).await?;

        self.at(space.id, phase, "agent").await?;
        match self.provider {
            Provider::None => {
                for impact in &impacts {
                    self.log(space.id, for_review(impact));
                }
                Ok(Edited::Nothing)
            }
            Provider::Command(program) => {
                self.update(space, phase, program, documents, impacts, report)
                    .await
            }
        }
    }

    async fn pull(&self, space: &Space) -> Result<(i64, Vec<Document>), SpaceFault> {
        let pulled = self.reporter.pull(&space.slug).await?;
        let documents = read(pulled.changes).map_err(SpaceFault::Space)?;
        Ok((pulled.new_cursor, documents))
    }

    /// Has the impacted documents edited, and pushes them in one changeset, which is taken whole or not at all. Those that
    /// somebody else changed meanwhile are looked at again as they are now.
    async fn update(
        &self,
        space: &Space,
        phase: &mut &'static str,
        program: &Program,
        mut documents: Vec<Document>,
        impacts: Vec<Impact>,
        report: &SpaceReport,
    ) -> Result<Edited, SpaceFault> {
        let mut edits: Vec<(PushOp, DocRef)> = Vec::new();
        let mut open = impacts;
        for round in 1..=ROUNDS {
            if round > 1 {
                self.at(space.id, phase, "agent").await?;
            }
            for impact in &open {
                let document = documents.iter().find(|it| it.path == impact.doc_path);
                let Some(document) = document else { continue };
                let edit = self.edited(space.id, program, impact, document).await?;
                edits.extend(edit.map(|edit| (edit, doc_ref(impact))));
            }
            if edits.is_empty() {
                return Ok(Edited::Nothing);
            }
            self.at(space.id, phase, "push").await?;
            let behind = self.push(space, round, &edits, report).await?;
            if behind.is_empty() {
                return Ok(Edited::Pushed);
            }
            // What was changed, moved or deleted meanwhile is judged anew; the other edits wait for it.
            edits.retain(|(edit, _)| !behind.contains(&edit.file_id));
            (_, documents) = self.pull(space).await?;
            open = impacts_of(&documents, self.source_name, self.files);
            open.retain(|impact| {
                let mut documents = documents.iter();
                let document = documents.find(|it| it.path == impact.doc_path);
                document.is_some_and(|it| behind.contains(&it.file_id))
            });
        }
        let left: Vec<String> = open.into_iter().map(|impact| impact.doc_path).collect();
        Err(SpaceFault::Space(format!(
            "{} kept changing while the agent edited; the next attempt looks again",
            left.join(", ")
        )))
    }

    /// What the agent makes of a document; `None`: it leaves it as it is.
    async fn edited(
        &self,
        space: SpaceId,
        program: &Program,
        impact: &Impact,
        document: &Document,
    ) -> Result<Option<PushOp>, SpaceFault> {
        let path = &document.path;
        let failed = |why: String| SpaceFault::Space(format!("{path}: {why}"));
        let (done, unseen) = turn(program, self.code, impact, &document.text)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if unseen > 0 {
            let files = count(unseen, "file");
            self.log(
                space,
                format!("{path}: the agent is not shown what changed in {files}: it is too much"),
            );
        }
        let said: Vec<&str> = done
            .reasoning
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        for line in &said[said.len().saturating_sub(LISTED)..] {
            self.log(space, format!("agent: {}", printable(line)));
        }
        for left_out in done.left_out.iter().take(LISTED) {
            self.log(
                space,
                format!("{left_out}, which the agent wrote besides {path}, is not taken over"),
            );
        }
        let Some(edit) = done.edits.into_iter().next() else {
            self.log(space, format!("{path}: the agent leaves it as it is"));
            return Ok(None);
        };
        keeps_its_frontmatter(&document.text, &edit.text).map_err(failed)?;
        self.log(space, format!("{path}: edited"));
        Ok(Some(PushOp {
            op: PushOpKind::Upsert,
            file_id: document.file_id.clone(),
            server_path: path.clone(),
            base_version: document.version,
            content: Some(edit.text),
            content_hash: None,
        }))
    }

    /// Pushes the edits, and is done with the space; else the ids of those documents that it has in another version by now,
    /// and nothing is written.
    async fn push(
        &self,
        space: &Space,
        round: usize,
        edits: &[(PushOp, DocRef)],
        report: &SpaceReport,
    ) -> Result<Vec<String>, SpaceFault> {
        let push = SpacePush {
            push: PushRequest {
                client_changeset_id: format!("{}-{}-{round}", self.run, space.id),
                target_branch: "main".to_owned(),
                message: Some(format!("{} changed", self.source_name)),
                merge_prompt: None,
                ops: edits.iter().map(|(edit, _)| edit.clone()).collect(),
            },
            impacted_docs: report.impacted_docs.clone(),
            updated_docs: edits.iter().map(|(_, document)| document.clone()).collect(),
        };
        let reply = self.reporter.push(space.id, &push).await?;
        if reply.results.len() != edits.len() {
            return Err(SpaceFault::Space(format!(
                "the server answered {} of {} operations; the next attempt looks again",
                reply.results.len(),
                edits.len()
            )));
        }
        let mut behind = Vec::new();
        for ((edit, _), result) in edits.iter().zip(&reply.results) {
            match result.status {
                PushStatus::Ok | PushStatus::Held => {}
                PushStatus::Conflict => {
                    self.log(
                        space.id,
                        format!("{} was changed meanwhile; once more", edit.server_path),
                    );
                    behind.push(edit.file_id.clone());
                }
                PushStatus::BadHash => {
                    return Err(SpaceFault::Space(format!(
                        "{} did not arrive as it was sent; the next attempt sends it again",
                        edit.server_path
                    )));
                }
            }
        }
        if behind.is_empty() {
            let line = format!(
                "pushed {}, version {}",
                count(edits.len(), "document"),
                reply.new_cursor
            );
            self.log(space.id, line);
        }
        Ok(behind)
    }

    fn log(&self, space: SpaceId, line: String) {
        self.reporter.log(LogLevel::Info, Some(space), line);
    }

    async fn at(
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
struct Document {
    file_id: String,
    path: String,
    version: i64,
    text: String,
    parsed: ParsedDocument,
}

fn doc_ref(impact: &Impact) -> DocRef {
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

fn count(n: usize, noun: &str) -> String {
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
