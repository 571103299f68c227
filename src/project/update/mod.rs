//! `jolli impact agent`: has an agent edit the documents that a change touches, then those that watch the changed documents,
//! level by level (sources.md §6: agent run). Each document is looked at once, alone, in a folder of the agent's own; only
//! what it makes of that document is taken over, and every step is written down before the next one.

mod audit;
mod cascade;
mod error;
mod report;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

pub use error::UpdateError;
pub use report::{Outcome, Propagation, Status, Updated};

use super::{Workspace, impact};
use crate::agent::{Brief, Compared, Draft, Program, Why, keeps_its_frontmatter, patch};
use crate::local::replace;
use audit::{Audit, Step};

/// How many levels of documents that watch documents are followed, unless somebody says otherwise.
pub const MAX_DEPTH: usize = 5;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The docs folder, from the project's root.
    pub docs: PathBuf,
    /// At most so many of the documents that code touches, in byte order.
    pub limit: Option<usize>,
    /// At most so many levels of documents that watch documents; 0: none.
    pub max_depth: usize,
    /// Only say what would be looked at.
    pub dry_run: bool,
    /// Who edits; nobody: documents are told for review.
    pub agent: Option<Program>,
}

/// A document that somebody is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its path in the project.
    pub path: &'a str,
    /// Its id.
    pub jrn: &'a str,
    /// Why it is looked at.
    pub why: &'a [Why],
    /// 0: code touches it; else how many documents lie between.
    pub level: usize,
}

/// What somebody says about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Let the agent look.
    Update,
    /// Leave it.
    Skip,
    /// End the run here.
    Quit,
}

/// Whom a run asks, and tells.
pub trait Watcher {
    /// What to do with a document.
    fn choose(&mut self, candidate: Candidate<'_>) -> io::Result<Choice>;
    /// A document is done.
    fn done(&mut self, outcome: &Outcome, level: usize) -> io::Result<()>;
}

/// Runs. `found` is what the code touches; without it the run goes on from the documents that the newest run in the audit
/// file changed.
pub async fn run(
    workspace: &Workspace,
    found: Option<&impact::Run>,
    ask: &Ask,
    watcher: &mut dyn Watcher,
) -> Result<Updated, UpdateError> {
    let mut run = Run {
        workspace,
        ask,
        watcher,
        audit: None,
        looked_at: BTreeSet::new(),
        updated: Updated::default(),
    };
    if !ask.dry_run {
        let audit = Audit::open(&workspace.project)?;
        run.updated.audit_id = Some(audit.id.clone());
        run.audit = Some(audit);
    }
    let changed = if let Some(found) = found {
        run.code(found).await?
    } else {
        let changed = audit::last_updated(&workspace.project)?;
        run.note(&Step::Start {
            sources: &[],
            changed_files: &changed.keys().cloned().collect::<Vec<_>>(),
        })?;
        changed
    };
    if ask.max_depth > 0 && !run.updated.quit {
        run.cascade(changed).await?;
    }
    let (updated, quit) = (run.updated.updated(), run.updated.quit);
    run.note(&Step::End { updated, quit })?;
    Ok(run.updated)
}

/// A run on its way.
struct Run<'a> {
    workspace: &'a Workspace,
    ask: &'a Ask,
    watcher: &'a mut dyn Watcher,
    audit: Option<Audit>,
    /// Paths of the documents that had their turn.
    looked_at: BTreeSet<String>,
    updated: Updated,
}

/// What there is to know about a document before its turn.
struct Turn<'a> {
    path: &'a str,
    jrn: &'a str,
    why: Vec<Why>,
    level: usize,
}

impl Run<'_> {
    /// The documents that code touches. Answers which of them changed, with their patches.
    async fn code(&mut self, found: &impact::Run) -> Result<cascade::Changed, UpdateError> {
        let report = found.report();
        let mut documents = report.documents;
        documents.truncate(self.ask.limit.unwrap_or(usize::MAX));
        let why = |evidence: &[_]| -> Vec<Why> { evidence.iter().map(Why::of).collect() };
        let files: BTreeSet<String> = documents
            .iter()
            .flat_map(|document| why(&document.matches))
            .map(|why| why.file())
            .collect();
        let sources: Vec<serde_json::Value> = report
            .sources
            .iter()
            .map(|source| serde_json::to_value(source).expect("texts and numbers are plain data"))
            .collect();
        self.note(&Step::Start {
            sources: &sources,
            changed_files: &files.into_iter().collect::<Vec<_>>(),
        })?;
        let mut changed = cascade::Changed::new();
        for document in &documents {
            let turn = Turn {
                path: document.doc_path,
                jrn: document.doc_id,
                why: why(&document.matches),
                level: 0,
            };
            let mut brief = Ok(Brief::empty());
            if self.will_run() {
                for (source, repository) in found.compared() {
                    let of_source = |why: &&Why| why.source == source.name;
                    let files: BTreeSet<&str> = turn
                        .why
                        .iter()
                        .filter(of_source)
                        .map(|why| why.changed_file.as_str())
                        .collect();
                    let files: Vec<&str> = files.into_iter().collect();
                    let code = Compared {
                        source: &source.name,
                        repository,
                        work_tree: repository.dir(),
                        base: source.base.as_deref(),
                        head: source.head.as_deref(),
                    };
                    if let (Ok(shown), false) = (&mut brief, files.is_empty())
                        && let Err(error) = shown.show(code, &files).await
                    {
                        brief = Err(format!("{error}; {}", error.remedy()));
                    }
                }
            }
            let Some(outcome) = self.turn(&turn, brief).await? else {
                return Ok(changed);
            };
            if self.counts_as_changed(&outcome) {
                let patch = outcome.patch.clone().unwrap_or_default();
                changed.insert(outcome.path.clone(), patch);
            }
            self.updated.phase1.push(outcome);
        }
        Ok(changed)
    }

    /// Whether an agent will be shown anything.
    fn will_run(&self) -> bool {
        self.ask.agent.is_some() && !self.ask.dry_run
    }

    /// In a dry run whatever could change counts, so that it shows what may follow.
    fn counts_as_changed(&self, outcome: &Outcome) -> bool {
        outcome.status == Status::Updated || self.ask.dry_run
    }

    /// One document's turn; `None`: the run ends here. `brief`: what the agent is shown, or why that cannot be had.
    async fn turn(
        &mut self,
        turn: &Turn<'_>,
        brief: Result<Brief<'_>, String>,
    ) -> Result<Option<Outcome>, UpdateError> {
        let asked = |error| UpdateError::Asking(turn.path.to_owned(), error);
        self.looked_at.insert(turn.path.to_owned());
        let mut outcome = Outcome::of(turn.jrn, turn.path, turn.why.clone(), Status::Skipped);
        if !self.ask.dry_run {
            let candidate = Candidate {
                path: turn.path,
                jrn: turn.jrn,
                why: &turn.why,
                level: turn.level,
            };
            match self.watcher.choose(candidate).map_err(asked)? {
                Choice::Update => self.edit(&mut outcome, brief).await,
                Choice::Skip => {}
                Choice::Quit => {
                    self.updated.quit = true;
                    return Ok(None);
                }
            }
        }
        self.note(&Step::Document {
            phase: if turn.level == 0 { 1 } else { 2 },
            level: turn.level,
            outcome: &outcome,
        })?;
        self.watcher.done(&outcome, turn.level).map_err(asked)?;
        Ok(Some(outcome))
    }

    /// Lets the agent edit a document, and takes over what it made of it.
    async fn edit(&self, outcome: &mut Outcome, brief: Result<Brief<'_>, String>) {
        let Some(agent) = &self.ask.agent else {
            outcome.status = Status::Unchanged;
            outcome.reasoning = Some("for review: no agent is configured".to_owned());
            return;
        };
        let edited = match brief {
            Ok(brief) => self.edited(agent, outcome, brief).await,
            Err(why) => Err(why),
        };
        match edited {
            Ok(status) => outcome.status = status,
            Err(why) => {
                outcome.status = Status::Error;
                outcome.error = Some(why);
            }
        }
    }

    async fn edited(
        &self,
        agent: &Program,
        outcome: &mut Outcome,
        brief: Brief<'_>,
    ) -> Result<Status, String> {
        let file = self.workspace.project.root().join(&outcome.path);
        let read = || match std::fs::read(&file) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        let text = read()?;
        let report = brief
            .about(&outcome.path, &outcome.jrn, &outcome.evidence)
            .to_json();
        let draft = Draft {
            path: outcome.path.clone(),
            text: text.clone(),
        };
        let turn = agent.turn(&report, &[draft]).await;
        let turn = turn.map_err(|error| error.to_string())?;
        outcome.reasoning = Some(turn.reasoning.trim().to_owned()).filter(|said| !said.is_empty());
        outcome.left_out = turn.left_out;
        let Some(edit) = turn.edits.into_iter().next() else {
            return Ok(Status::Unchanged);
        };
        keeps_its_frontmatter(&text, &edit.text)?;
        if read()? != text {
            return Err(
                "it was changed meanwhile, so the agent's edit was not taken over; run again"
                    .to_owned(),
            );
        }
        replace(&file, edit.text.as_bytes())
            .map_err(|error| format!("it cannot be written: {error}"))?;
        outcome.patch = Some(patch(&outcome.path, &text, &edit.text).text);
        Ok(Status::Updated)
    }

    fn note(&mut self, step: &Step<'_>) -> Result<(), UpdateError> {
        match &mut self.audit {
            Some(audit) => audit.add(step),
            None => Ok(()),
        }
    }
}
