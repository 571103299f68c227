//! What deleted sources were called: their runs stay, and say whose they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::replica::Replica;
use crate::api::{Job, SourceId};

/// Names of sources that were here and are no more.
#[derive(Clone, Debug, Default)]
pub struct Former(Arc<BTreeMap<SourceId, String>>);

impl PartialEq for Former {
    /// What is remembered is none of the rows: replicas with the same rows are the same, whatever each saw before.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Former {
    /// A source that goes.
    pub fn remember(&mut self, id: SourceId, name: &str) {
        Arc::make_mut(&mut self.0).insert(id, name.to_owned());
    }

    /// What it was called.
    pub fn name(&self, id: SourceId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

impl Replica {
    /// Remembers what the sources were called that are in `before` and no longer here.
    pub fn remember(&mut self, before: &Self) {
        if before.org != self.org {
            return;
        }
        let mut gone = before.gone.clone();
        for (_, source) in before.sources.iter() {
            if !self.sources.contains(source.id) && !super::here::is_local(source.id) {
                gone.remember(source.id, source.name);
            }
        }
        self.gone = gone;
    }

    /// A source's name; of a deleted one the name that it had, or its id, and that it is deleted.
    pub fn source_name(&self, id: SourceId) -> String {
        match (self.sources.name(id), self.gone.name(id)) {
            (Some(name), _) => name.to_owned(),
            (None, Some(name)) => tr!("{name} (deleted)", name),
            (None, None) => tr!("source {id}", id),
        }
    }

    /// What the source of a run is called. Of one that was deleted before this console saw it the event tells the repository.
    pub fn source_of(&self, job: &Job) -> String {
        let id = job.source_id;
        if self.sources.contains(id) || self.gone.name(id).is_some() || !self.is_loaded() {
            return self.source_name(id);
        }
        match repo_of(job) {
            Some(repo) => tr!("{name} (deleted)", name = repo),
            None => tr!("source {id} (deleted)", id),
        }
    }
}

/// `owner/repo` of `jrn::path:/home/{org}/sources/{provider}/{owner}/{repo}/{branch}`.
fn repo_of(job: &Job) -> Option<&str> {
    let (_, place) = job.event_jrn.split_once("/sources/")?;
    let (_, path) = place.split_once('/')?;
    let branch = job.branch.as_deref()?;
    let repo = path.strip_suffix(branch)?.strip_suffix('/')?;
    (!repo.is_empty()).then_some(repo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Row, RowChange, RowsFrame, Sequence};
    use crate::console::view::fixture;

    #[test]
    fn a_run_of_a_deleted_source_says_whose_it_was() {
        let mut rows = fixture::model().replica;
        let job = rows.jobs.iter().map(|(_, it)| it.clone()).next().unwrap();
        let name = rows.source_name(job.source_id);
        assert_eq!(rows.source_of(&job), name);
        let before = rows.clone();
        let gone = RowChange::Gone {
            kind: "source".to_owned(),
            id: job.source_id.to_string(),
        };
        let head = Sequence(rows.sequence.0 + 1);
        rows.apply(RowsFrame {
            sequence: head,
            head,
            changes: vec![gone],
        });
        assert_eq!(rows.source_of(&job), format!("{name} (deleted)"));
        // A fresh snapshot has no row of it any more; what was seen before counts on.
        let mut fresh = rows.clone();
        fresh.gone = Former::default();
        assert_eq!(fresh, rows, "what is remembered is no row");
        let mut pushed = job.clone();
        pushed.branch = Some("release/1".to_owned());
        pushed.event_jrn = "jrn::path:/home/acme/sources/github/acme/frontend/release/1".to_owned();
        assert_eq!(fresh.source_of(&pushed), "acme/frontend (deleted)");
        pushed.event_jrn = "jrn:x".to_owned();
        let id = job.source_id;
        assert_eq!(fresh.source_of(&pushed), format!("source {id} (deleted)"));
        fresh.remember(&before);
        assert_eq!(fresh.source_of(&pushed), format!("{name} (deleted)"));
        // It is there again, by another name.
        let mut again = before.sources.get(id).unwrap();
        again.name = "anew".to_owned();
        fresh.put(Row::Source(Box::new(again)));
        assert_eq!(fresh.source_of(&job), "anew");
    }
}
