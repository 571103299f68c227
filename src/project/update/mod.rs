//! `jolli impact agent`: has an agent edit the documents that a change touches, then those that watch the changed documents,
//! level by level (sources.md §6: agent run). Each document is looked at once, alone, in a folder of the agent's own; only
//! what it makes of that document is taken over, and every step is written down before the next one.

mod audit;
mod cascade;
mod conversation;
mod error;
mod report;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

pub use error::UpdateError;
pub use report::{Outcome, Propagation, Status, Updated};

use super::{Workspace, impact};
use crate::agent::{
    Acp, Brief, Compared, Draft, PlanEntry, Program, Question, Tool, Why, keeps_its_frontmatter,
    patch,
};
use crate::domain::kind::{ApprovalDecision, RuntimeMode};
use crate::local::replace;
use audit::{Audit, Step};
use conversation::Stop;

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
    pub agent: Option<Editor>,
}

/// Who edits documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Editor {
    /// A program.
    Program(Program),
    /// An agent that tells what it does, and asks where this mode wants it. It has a conversation for each document: nothing
    /// is shown of one before somebody said that it may be looked at.
    Acp(Acp, RuntimeMode),
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

/// What an agent does.
#[derive(Clone, Copy, Debug)]
pub enum Doing<'a> {
    /// It begins: what it calls itself, and its session.
    Begins(Option<&'a str>, &'a str),
    /// It says some more: a few words, seldom a whole sentence.
    Says(&'a str),
    /// It began to use a tool, or got further with it.
    Uses(&'a Tool),
    /// It means to do this: all of it, each time.
    Plans(&'a [PlanEntry]),
    /// It is odd.
    Odd(&'a str),
}

/// Whom a run asks, and tells. A question that is dropped is void: nobody waits for its answer any more.
#[async_trait::async_trait]
pub trait Watcher: Send {
    /// What to do with a document.
    async fn choose(&mut self, candidate: Candidate<'_>) -> io::Result<Choice>;
    /// The agent does something.
    fn sees(&mut self, doing: Doing<'_>) -> io::Result<()>;
    /// Whether the agent may do something; `diff`: what it wants to change, as a unified diff.
    async fn allows(&mut self, question: &Question, diff: &str) -> io::Result<ApprovalDecision>;
    /// A document is done.
    fn done(&mut self, outcome: &Outcome, level: usize) -> io::Result<()>;
}

/// Runs, until it is interrupted. `found` is what the code touches; without it the run goes on from the documents that the
/// newest run in the audit file changed.
pub async fn run(
    workspace: &Workspace,
    found: Option<&impact::Run>,
    ask: &Ask,
    watcher: &mut dyn Watcher,
    interrupt: impl Future<Output = ()>,
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
    // What is dropped on its way takes the agent with it, and all that it started.
    let ended = tokio::select! {
        // It is listened for before an agent is there that it would have to stop.
        biased;
        () = interrupt => None,
        ended = run.all(found) => Some(ended),
    };
    let updated = run.updated.updated();
    if let Some(ended) = ended {
        ended?;
        let quit = run.updated.quit;
        run.note(&Step::End { updated, quit })?;
    } else {
        run.updated.interrupted = true;
        run.note(&Step::Interrupted { updated })?;
    }
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

/// Why a document was not edited.
enum Fault {
    /// It cannot be: the run goes on with the next.
    Document(String),
    /// Nothing more can be.
    Run(UpdateError),
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Self::Document(why)
    }
}

impl Run<'_> {
    /// Both phases.
    async fn all(&mut self, found: Option<&impact::Run>) -> Result<(), UpdateError> {
        let changed = if let Some(found) = found {
            self.code(found).await?
        } else {
            let changed = audit::last_updated(&self.workspace.project)?;
            self.note(&Step::Start {
                sources: &[],
                changed_files: &changed.keys().cloned().collect::<Vec<_>>(),
            })?;
            changed
        };
        if self.ask.max_depth > 0 && !self.updated.quit {
            self.cascade(changed).await?;
        }
        Ok(())
    }

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
            match self.watcher.choose(candidate).await.map_err(asked)? {
                Choice::Update => self.edit(&mut outcome, brief).await?,
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
    async fn edit(
        &mut self,
        outcome: &mut Outcome,
        brief: Result<Brief<'_>, String>,
    ) -> Result<(), UpdateError> {
        let ask = self.ask;
        let Some(agent) = &ask.agent else {
            outcome.status = Status::Unchanged;
            outcome.reasoning = Some("for review: no agent is configured".to_owned());
            return Ok(());
        };
        let edited = match brief {
            Ok(brief) => self.edited(agent, outcome, brief).await,
            Err(why) => Err(Fault::Document(why)),
        };
        match edited {
            Ok(status) => outcome.status = status,
            Err(Fault::Document(why)) => {
                outcome.status = Status::Error;
                outcome.error = Some(why);
            }
            Err(Fault::Run(error)) => return Err(error),
        }
        Ok(())
    }

    async fn edited(
        &mut self,
        agent: &Editor,
        outcome: &mut Outcome,
        brief: Brief<'_>,
    ) -> Result<Status, Fault> {
        let file = self.workspace.project.root().join(&outcome.path);
        let read = || match std::fs::read(&file) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
            Err(error) => Err(format!("it cannot be read: {error}")),
        };
        let text = read()?;
        let brief = brief.about(&outcome.path, &outcome.jrn, &outcome.evidence);
        let draft = Draft {
            path: outcome.path.clone(),
            text: text.clone(),
        };
        let (turn, stop) = match agent {
            Editor::Program(program) => {
                let turn = program.turn(&brief.to_json(), &[draft]).await;
                (turn.map_err(|error| error.to_string())?, None)
            }
            Editor::Acp(agent, mode) => self.converse(agent, *mode, &brief, draft).await?,
        };
        outcome.reasoning = Some(turn.reasoning.trim().to_owned()).filter(|said| !said.is_empty());
        outcome.left_out = turn.left_out;
        match stop {
            None => {}
            Some(Stop::Person) => return Ok(Status::Skipped),
            Some(Stop::Agent(why)) => return Err(Fault::Document(why)),
        }
        let Some(edit) = turn.edits.into_iter().next() else {
            return Ok(Status::Unchanged);
        };
        keeps_its_frontmatter(&text, &edit.text)?;
        if read()? != text {
            let why = "it was changed meanwhile, so the agent's edit was not taken over; run again";
            return Err(Fault::Document(why.to_owned()));
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
