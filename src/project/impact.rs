//! A manual impact run: what changed in the sources that the documents' rules name, and which documents that touches
//! (sources.md §6). Sources are compared side by side; what git cannot do for one of them is an error of the run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use serde::Serialize;

use super::base::{Between, Changed, changed};
use super::catalogue::Known;
use super::documents::{self, Document};
use super::resolve::{Looked, Named, local_view, look, resolve, server_view};
use super::{ProjectError, Workspace};
use crate::api::Finding;
use crate::domain::finding::FindingCode;
use crate::domain::kind::{BaseReason, Severity, SourceKind};
use crate::git::{Git, GitError, Repository};
use crate::impact::glob::{MatchType, RulePath};
use crate::impact::index::{AttentionIndex, ChangedFiles, WatchingDocument};
use crate::impact::path;
use crate::impact::report::{Evidence, EvidenceKind, LOCAL, Report, ReportDocument, ReportSource};
use crate::impact::strict::{self, StrictInput};
use crate::local::sources::LocalSources;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The docs folder, from the project's root.
    pub docs: PathBuf,
    /// What to compare with; without it each source's own branch.
    pub base: Option<String>,
    /// What to compare; without it HEAD.
    pub head: Option<String>,
    /// Compare the work tree with HEAD instead. Untracked files are not looked at.
    pub uncommitted: bool,
    /// Only this source; `local` is the project's own repository.
    pub source: Option<String>,
    /// Findings fail the run, and the server must answer.
    pub strict: bool,
    /// Tell where the project lies in its repository: for forms that code hosts read.
    pub locate: bool,
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    sources: Vec<ReportSource>,
    index: AttentionIndex,
    changes: Vec<ChangedFiles>,
    findings: Vec<Finding>,
    /// The one source that was asked for could not be compared.
    missing: bool,
    /// Where the project lies in its repository, with a `/` at the end.
    prefix: String,
    /// What was compared, by the sources' names.
    repositories: BTreeMap<String, Repository>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

impl Run {
    /// What it has to say.
    pub fn report(&self) -> Report<'_> {
        let by_name: BTreeMap<Option<&str>, &ReportSource> = self
            .sources
            .iter()
            .map(|source| match source.kind {
                EvidenceKind::Local => (None, source),
                EvidenceKind::True | EvidenceKind::Virtual => (Some(source.name.as_str()), source),
            })
            .collect();
        let documents = self
            .index
            .touched(&self.changes)
            .into_iter()
            .map(|document| ReportDocument {
                doc_id: document.doc_id,
                doc_path: document.doc_path,
                matches: document
                    .matches
                    .into_iter()
                    .map(|touch| Evidence {
                        source: by_name[&touch.source_name],
                        changed_file: touch.changed_file,
                        pattern: touch.pattern,
                        match_type: touch.match_type,
                    })
                    .collect(),
            });
        Report {
            documents: documents.collect(),
            sources: self.sources.iter().collect(),
            findings: &self.findings,
            prefix: &self.prefix,
        }
    }

    /// The sources, and where each was compared.
    pub(super) fn compared(&self) -> impl Iterator<Item = (&ReportSource, &Repository)> {
        self.sources
            .iter()
            .filter_map(|source| Some((source, self.repositories.get(&source.name)?)))
    }

    /// What is wrong, errors first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether git failed for a source: an error of the run, strict or not.
    pub fn git_failed(&self) -> bool {
        let failed = |finding: &Finding| finding.code == FindingCode::GitFailure;
        self.findings.iter().any(failed)
    }

    /// Whether there is nothing of the one source that was asked for.
    pub const fn is_missing(&self) -> bool {
        self.missing
    }

    /// Whether strict mode fails.
    pub fn fails(&self) -> bool {
        strict::fails(&self.findings)
    }
}

/// A rule that watches a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Watcher {
    /// The document.
    pub doc_path: String,
    /// Line of the rule in it, from 1.
    pub line: u32,
    /// The document's `jrn`.
    pub doc_id: String,
    /// The source that the rule names; `<local>` for the project's own repository.
    pub source: String,
    /// The rule.
    pub pattern: String,
    /// How it matches.
    pub match_type: MatchType,
}

/// Which rules watch a file, changed or not: rule, document, line.
pub fn explain(workspace: &Workspace, ask: &Ask, file: &str) -> Result<Vec<Watcher>, ProjectError> {
    let only = Only::of(ask.source.as_deref());
    let file = path::normalize(file).map_err(|_| ProjectError::Outside(file.to_owned()))?;
    let mut watchers = Vec::new();
    for document in documents::read(workspace.project.root(), &ask.docs)? {
        let Some(doc_id) = &document.parsed.jrn else {
            continue;
        };
        for rule in &document.parsed.rules {
            if !only.allows(rule.source.as_deref()) {
                continue;
            }
            let path = match RulePath::parse(&rule.path) {
                Ok(path) => path,
                Err(error) if error.keeps_literal() => RulePath::literal(&rule.path),
                Err(_) => continue,
            };
            if let Some(match_type) = path.matches(&file) {
                watchers.push(Watcher {
                    doc_path: document.path.clone(),
                    line: rule.line,
                    doc_id: doc_id.clone(),
                    source: rule.source.clone().unwrap_or_else(|| LOCAL.to_owned()),
                    pattern: rule.path.clone(),
                    match_type,
                });
            }
        }
    }
    watchers.sort_unstable();
    Ok(watchers)
}

/// Which sources are looked at.
enum Only<'a> {
    All,
    Local,
    Named(&'a str),
}

impl<'a> Only<'a> {
    fn of(source: Option<&'a str>) -> Self {
        match source {
            None => Self::All,
            Some(name) if name.eq_ignore_ascii_case("local") || name == LOCAL => Self::Local,
            Some(name) => Self::Named(name),
        }
    }

    fn allows(&self, source: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Local => source.is_none(),
            Self::Named(name) => source == Some(name),
        }
    }
}

/// Runs.
pub async fn run(workspace: &Workspace, ask: &Ask) -> Result<Run, ProjectError> {
    let opened = workspace.sources_file().open(workspace.now)?;
    let (documents, known) = tokio::join!(
        async { documents::read(workspace.project.root(), &ask.docs) },
        Known::of(workspace.client.as_ref(), workspace.space.as_deref()),
    );
    let documents = documents?;
    let mut notes = Vec::new();
    if let Known::Away(error) = &known {
        if ask.strict {
            return Err(ProjectError::ServerAway {
                error: error.clone(),
            });
        }
        notes.push(format!(
            "sources of the server are known from their mounts only: {error}"
        ));
    }
    let index = AttentionIndex::build(documents.iter().filter_map(watching));
    let only = Only::of(ask.source.as_deref());
    let named = referenced(&index, &only)?;
    let between = Between {
        base: ask.base.clone(),
        head: ask.head.clone(),
        uncommitted: ask.uncommitted,
    };
    let own = async {
        if !index
            .sources()
            .any(|source| source.is_none() && only.allows(None))
        {
            return None;
        }
        let repository = Repository::discover(&workspace.git, workspace.project.root()).await;
        Some(match repository {
            Ok(repository) => changed(&repository, &between, None)
                .await
                .map(|changed| (repository, changed)),
            Err(error) => Err(error),
        })
    };
    let resolved = named
        .iter()
        .filter_map(|name| resolve(name, &known, &opened.config));
    let others = join_all(resolved.map(|named| compared(&workspace.git, named, &between)));
    let (own, others) = tokio::join!(own, others);

    let mut compared = Compared::default();
    if let Some(own) = own {
        let local = Named {
            name: LOCAL.to_owned(),
            kind: EvidenceKind::Local,
            id: None,
            repo: None,
            branch: None,
            mount: None,
        };
        let own = own.map(|(repository, changed)| {
            compared.repositories.insert(LOCAL.to_owned(), repository);
            changed
        });
        compared.add(&local, Some(own));
    }
    let mut looked = Vec::new();
    for (named, look, changed) in others {
        let repository = look.as_ref().and_then(|look| look.repository.clone());
        if let Some(repository) = repository {
            compared.repositories.insert(named.name.clone(), repository);
        }
        compared.add(&named, changed);
        looked.extend(look);
    }
    let input = strict_input(documents, &opened.config, &known, &looked);
    let mut findings = strict::find(&input);
    findings.retain(|finding| match (&only, finding.source_name.as_deref()) {
        (Only::All, _) | (_, None) => true,
        (only, name) => only.allows(name),
    });
    let missing = matches!(only, Only::Named(_)) && compared.changes.is_empty();
    if !ask.strict && !missing {
        for finding in &mut findings {
            finding.severity = finding.severity.max(Severity::Warning);
        }
    }
    notes.append(&mut compared.notes);
    compared.failures.append(&mut findings);
    compared.sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Run {
        sources: compared.sources,
        index,
        changes: compared.changes,
        findings: compared.failures,
        missing,
        repositories: compared.repositories,
        prefix: if ask.locate {
            prefix(workspace).await
        } else {
            String::new()
        },
        notes,
    })
}

pub(super) fn watching(document: &Document) -> Option<WatchingDocument<'_>> {
    Some(WatchingDocument {
        path: &document.path,
        doc_id: document.parsed.jrn.as_deref()?,
        rules: &document.parsed.rules,
    })
}

/// The names that rules use, as far as they are asked for.
fn referenced(index: &AttentionIndex, only: &Only<'_>) -> Result<Vec<String>, ProjectError> {
    let all: BTreeSet<&str> = index.sources().flatten().collect();
    if let Only::Named(name) = only
        && !all.contains(name)
    {
        let there = match all.len() {
            0 => "none".to_owned(),
            _ => all.into_iter().collect::<Vec<_>>().join(", "),
        };
        return Err(ProjectError::NotReferenced((*name).to_owned(), there));
    }
    let wanted = all.into_iter().filter(|name| only.allows(Some(name)));
    Ok(wanted.map(str::to_owned).collect())
}

/// Where the project lies in its repository; in its root where that is not known.
pub(super) async fn prefix(workspace: &Workspace) -> String {
    let root = workspace.project.root();
    let Ok(repository) = Repository::discover(&workspace.git, root).await else {
        return String::new();
    };
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match real(root).strip_prefix(real(repository.dir())) {
        Ok(below) if below.as_os_str().is_empty() => String::new(),
        Ok(below) => format!("{}/", below.to_string_lossy().replace('\\', "/")),
        Err(_) => String::new(),
    }
}

/// A source, what its mount is, and what changed there where that can be used.
async fn compared(
    git: &Git,
    named: Named,
    between: &Between,
) -> (Named, Option<Looked>, Option<Result<Changed, GitError>>) {
    let Some(mut looked) = look(git, named.clone()).await else {
        return (named, None, None);
    };
    let changed = match (&looked.repository, &mut looked.state) {
        (Some(repository), Ok(strict::MountState::Resolved)) => {
            Some(changed(repository, between, named.branch.as_deref()).await)
        }
        (_, state @ Err(_)) => {
            // Told once, as the failure that it is.
            let failure = std::mem::replace(state, Ok(strict::MountState::Resolved));
            failure.err().map(Err)
        }
        _ => None,
    };
    (named, Some(looked), changed)
}

/// What was compared so far.
#[derive(Default)]
struct Compared {
    sources: Vec<ReportSource>,
    changes: Vec<ChangedFiles>,
    failures: Vec<Finding>,
    notes: Vec<String>,
    repositories: BTreeMap<String, Repository>,
}

impl Compared {
    fn add(&mut self, named: &Named, changed: Option<Result<Changed, GitError>>) {
        let mut source = ReportSource {
            name: named.name.clone(),
            kind: named.kind,
            source_id: named.id,
            repo: named.repo.clone(),
            base: None,
            base_ref: None,
            head: None,
            base_reason: None,
            changed_files: 0,
        };
        match changed {
            Some(Ok(changed)) => {
                if changed.reason == BaseReason::FullScan.as_str() {
                    self.notes.push(format!(
                        "nothing to compare {} with was found, so all its files count as changed; --base REF names something",
                        named.name
                    ));
                }
                source.base = changed.base;
                source.base_ref = changed.base_ref;
                source.head = Some(changed.head);
                source.base_reason = Some(changed.reason);
                source.changed_files = changed.files.len();
                let is_own = named.kind == EvidenceKind::Local;
                self.changes.push(ChangedFiles {
                    source: (!is_own).then(|| named.name.clone()),
                    files: changed.files,
                });
            }
            Some(Err(error)) => {
                let kind = match named.kind {
                    EvidenceKind::True => Some(SourceKind::True),
                    EvidenceKind::Virtual => Some(SourceKind::Virtual),
                    EvidenceKind::Local => None,
                };
                self.failures.push(strict::git_failure(
                    &named.name,
                    named.id,
                    kind,
                    &error.to_string(),
                    error.remedy(),
                ));
            }
            None => {}
        }
        self.sources.push(source);
    }
}

fn strict_input(
    documents: Vec<Document>,
    config: &LocalSources,
    known: &Known,
    looked: &[Looked],
) -> StrictInput {
    let (sources, spaces, bindings) = known.catalogue().map(server_view).unwrap_or_default();
    let space_id = spaces.first().map(|space| space.id);

    StrictInput {
        sources,
        spaces,
        bindings,
        documents: documents::views(documents, space_id),
        local: Some(local_view(config, known, looked)),
    }
}
