//! What changed between two moments, as sentences: for `watch`.

use std::collections::BTreeMap;

use crate::api::{CursorState, JobId, JobStatus, SourceId, SpaceId};
use crate::console::model::{Model, Replica};

/// What is told when it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    sources: BTreeMap<SourceId, (String, CursorState)>,
    bindings: BTreeMap<(SpaceId, SourceId), bool>,
    jobs: BTreeMap<JobId, JobStatus>,
}

impl Seen {
    /// That of now.
    pub fn of(replica: &Replica) -> Self {
        let sources = replica.sources.iter().map(|(_, it)| it);
        let bindings = replica.bindings.iter().map(|(_, it)| it);
        let jobs = replica.jobs.iter().map(|(_, it)| it);
        Self {
            sources: sources
                .map(|it| (it.id, (it.name.to_owned(), it.state)))
                .collect(),
            bindings: bindings
                .map(|it| ((it.space_id, it.source_id), it.enabled))
                .collect(),
            jobs: jobs.map(|it| (it.id, it.status)).collect(),
        }
    }

    /// What is so now and was not then.
    pub fn changes(&self, model: &Model) -> Vec<String> {
        let now = Self::of(&model.replica);
        let replica = &model.replica;
        let mut said = Vec::new();
        for (id, (name, state)) in &now.sources {
            match self.sources.get(id) {
                None => said.push(tr!("Source {name} is new.", name)),
                Some((_, before)) if before != state => {
                    said.push(tr!("{name} is {state}, was {before}.", name, state, before));
                }
                Some(_) => {}
            }
        }
        for (id, (name, _)) in &self.sources {
            if !now.sources.contains_key(id) {
                said.push(tr!("Source {name} is gone.", name));
            }
        }
        for ((space, source), on) in &now.bindings {
            if self.bindings.get(&(*space, *source)) != Some(on) {
                let (space, source) = (replica.space_name(*space), replica.source_name(*source));
                let what = if *on { tr!("on") } else { tr!("off") };
                said.push(tr!("{space} × {source} is {what}.", space, source, what));
            }
        }
        for (space, source) in self.bindings.keys() {
            if !now.bindings.contains_key(&(*space, *source)) {
                let (space, source) = (replica.space_name(*space), replica.source_name(*source));
                said.push(tr!(
                    "{space} × {source} is not bound any more.",
                    space,
                    source
                ));
            }
        }
        for (id, status) in &now.jobs {
            if self.jobs.get(id) != Some(status) {
                let job = replica.jobs.get(*id);
                let of = job.map_or_else(String::new, |it| replica.source_of(it));
                said.push(tr!("Run #{id} of {of}: {status}.", id, of, status));
            }
        }
        said
    }
}
