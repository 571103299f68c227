//! `jolli sync`: the documents of a project and those of its space, brought in step (sources.md §10). Down takes over what
//! changed in the space, up pushes what changed here; each side's changes are kept, and where both changed the same lines a
//! person decides.

mod down;
mod error;
mod files;
pub mod identity;
pub mod merge;
mod report;
mod state;
mod up;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use error::SyncError;
pub use report::{Changeset, Problem, Step, Synced, What};

use super::Workspace;
use crate::client::Client;
use files::Files;
use state::{State, Store};

/// The longest prompt for whoever merges, in characters.
pub const MERGE_PROMPT_MAX: usize = 10_000;

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Down, then up.
    #[default]
    Both,
    /// What changed here goes to the space.
    Up,
    /// What changed in the space comes here.
    Down,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Which way.
    pub direction: Direction,
    /// Where new documents are looked for, from the project's root; without it `docs`, which may be missing.
    pub docs: Option<PathBuf>,
    /// Why, for the space's history.
    pub message: Option<String>,
    /// For an agent that merges; at most [`MERGE_PROMPT_MAX`] characters.
    pub merge_prompt: Option<String>,
    /// The id of the push; without it a new one.
    pub changeset: Option<String>,
    /// Push every document, changed or not, and deletions even where nothing is left.
    pub force: bool,
}

/// Brings the documents in step. What a problem of one document stops is told in [`Synced::problems`]; the others go on.
pub async fn sync(workspace: &Workspace, ask: &Ask) -> Result<Synced, SyncError> {
    let client = workspace.client()?;
    let space = workspace.space()?;
    let store = Store::open(&workspace.project)?;
    let state = match store.state()? {
        Some(state) if state.space != space || state.server != client.address() => {
            return Err(SyncError::OtherSpace {
                was: state.space,
                was_server: state.server,
                is: space.to_owned(),
                is_server: client.address().to_owned(),
            });
        }
        Some(state) => state,
        None => State::new(client.address(), space),
    };
    let mut run = Run {
        workspace,
        client,
        ask,
        files: Files {
            root: workspace.project.root(),
            store: &store,
            now: workspace.now,
        },
        state,
        synced: Synced {
            space: space.to_owned(),
            ..Synced::default()
        },
    };
    run.push_again().await?;
    if ask.direction != Direction::Up {
        run.down().await?;
    }
    if ask.direction != Direction::Down {
        run.up().await?;
    }
    store.sweep(workspace.now)?;
    let mut synced = run.synced;
    synced.cursor = run.state.cursor;
    synced.pulled.sort();
    synced.pushed.sort();
    // Down and up both see what is wrong with a document; the first word counts.
    let mut told = BTreeSet::new();
    synced
        .problems
        .retain(|problem| told.insert(problem.path.clone()));
    synced.problems.sort();
    Ok(synced)
}

/// A run on its way.
struct Run<'a> {
    workspace: &'a Workspace,
    client: &'a Client,
    ask: &'a Ask,
    files: Files<'a>,
    state: State,
    synced: Synced,
}

impl Run<'_> {
    fn space(&self) -> &str {
        &self.state.space
    }

    fn save(&self) -> Result<(), SyncError> {
        self.files.store.save(&self.state)
    }
}
