//! What rows are called on the screen, also those of which only the id or an old name is known.

use super::here::is_local;
use super::replica::Replica;
use crate::api::{IntegrationId, Job, SourceId, SpaceId};

impl Replica {
    /// Remembers what the sources were called that are in `before` and no longer here.
    pub fn remember(&mut self, before: &Self) {
        if before.org != self.org {
            return;
        }
        let mut gone = before.gone.clone();
        for (_, source) in before.sources.iter() {
            if !self.sources.contains(source.id) && !is_local(source.id) {
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

    /// A space's name, or its id when it is not known here.
    pub fn space_name(&self, id: SpaceId) -> String {
        self.spaces
            .get(id)
            .map_or_else(|| tr!("space {id}", id), |space| space.name.clone())
    }

    /// The source of the server with this name.
    pub fn source_named(&self, name: &str) -> Option<SourceId> {
        let mut all = self.sources.iter().map(|(_, it)| it);
        all.find(|it| it.name == name && !is_local(it.id))
            .map(|it| it.id)
    }

    /// Where a source is mounted on this machine: `resolved /home/ana/kit`; empty where it is not.
    pub fn mount_words(&self, id: SourceId) -> String {
        let mount = self.here.mounts.get(&id);
        mount.map_or_else(String::new, |(path, status)| {
            format!("{} {path}", status.as_str())
        })
    }

    /// An integration as the screen names it: `12 acme-github`.
    pub fn integration_label(&self, id: IntegrationId) -> String {
        self.integrations
            .get(id)
            .map_or_else(|| id.to_string(), |it| format!("{id} {}", it.name))
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
    use crate::api::{Row, RowChange, RowsFrame, Sequence};
    use crate::console::model::Former;
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
