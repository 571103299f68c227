//! The console's copy of the server's rows: a snapshot, kept current by frames of changed rows (engine.md: live feed).
//! It has no domain logic: what a state means was decided by the server.

use std::collections::HashMap;
use std::sync::Arc;

use super::here::Workplace;
use super::sources::Sources;
use super::table::{Row, Table};
use crate::api::{
    Binding, Delivery, DeliveryId, Finding, Integration, IntegrationId, Job, JobId, RowChange,
    RowsFrame, Sequence, Snapshot, Source, SourceId, Space, SpaceId,
};
use crate::console::ids::{ListId, RowKey};

/// What a snapshot holds of the runs and deliveries that are remembered; older ones stay with the server.
pub const RECENT: usize = 200;

macro_rules! rows {
    ($($row:ident: $id:ty = |$it:ident| $key:expr, $version:expr;)+) => {$(
        impl Row for $row {
            type Id = $id;
            fn id(&self) -> $id { let $it = self; $key }
            fn version(&self) -> Option<i64> { $version }
        }
    )+};
}

rows! {
    Space: SpaceId = |it| it.id, None;
    Binding: (SpaceId, SourceId) = |it| (it.space_id, it.source_id), None;
    Integration: IntegrationId = |it| it.id, None;
    Job: JobId = |it| it.id, None;
    Delivery: DeliveryId = |it| it.id, None;
}

/// Every row that the screen shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replica {
    /// Sources.
    pub sources: Sources,
    /// Spaces.
    pub spaces: Table<Space>,
    /// Bindings, by space and source.
    pub bindings: Table<Binding>,
    /// Integrations.
    pub integrations: Table<Integration>,
    /// Recent jobs; a run is one.
    pub jobs: Table<Job>,
    /// Recent deliveries.
    pub deliveries: Table<Delivery>,
    /// What strict mode finds among what the server knows.
    pub conflicts: Arc<Vec<Finding>>,
    /// The position that all of it is at least as new as.
    pub sequence: Sequence,
    /// The org's slug; empty before the first snapshot.
    pub org: String,
    /// How far back runs and deliveries are here.
    pub loaded: super::reach::Loaded,
    /// What the docs project adds, that the console was started in.
    pub here: Arc<Workplace>,
    /// What sources were called that are deleted.
    pub gone: super::former::Former,
    org_id: i64,
    bound: Arc<HashMap<SourceId, Vec<SpaceId>>>,
}

/// The counts of row 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All sources.
    pub sources: usize,
    /// Stalled, stopped or rewind.
    pub stuck: usize,
    /// Strict findings.
    pub conflicts: usize,
}

impl From<Snapshot> for Replica {
    fn from(mut snapshot: Snapshot) -> Self {
        let mut sources = Sources::default();
        sources.replace(&std::mem::take(&mut snapshot.sources));
        Self::of(snapshot, sources)
    }
}

impl Replica {
    /// Whether anything was ever loaded.
    pub fn is_loaded(&self) -> bool {
        self.sequence > Sequence::default() || !self.org.is_empty()
    }

    /// All rows of a snapshot whose sources went elsewhere.
    pub fn of(snapshot: Snapshot, sources: Sources) -> Self {
        let mut rows = Self {
            sources,
            conflicts: Arc::new(snapshot.conflicts),
            sequence: snapshot.snapshot_sequence,
            org: snapshot.org.slug,
            org_id: snapshot.org.id.0,
            ..Self::default()
        };
        rows.spaces.replace(snapshot.spaces);
        rows.integrations.replace(snapshot.integrations);
        rows.jobs.replace(snapshot.jobs);
        rows.deliveries.replace(snapshot.deliveries);
        rows.bindings.replace(snapshot.bindings);
        rows.bind();
        rows.trim();
        rows
    }

    /// The rows of another moment, lying where those of the same ids lie here.
    pub fn as_of(&self, snapshot: Snapshot) -> Self {
        let mut then = Self {
            sources: self.sources.like(&snapshot.sources),
            spaces: self.spaces.like(snapshot.spaces),
            bindings: self.bindings.like(snapshot.bindings),
            integrations: self.integrations.like(snapshot.integrations),
            jobs: self.jobs.like(snapshot.jobs),
            deliveries: self.deliveries.like(snapshot.deliveries),
            conflicts: Arc::new(snapshot.conflicts),
            sequence: snapshot.snapshot_sequence,
            org: snapshot.org.slug,
            org_id: snapshot.org.id.0,
            bound: Arc::default(),
            here: Arc::default(),
            gone: self.gone.clone(),
            loaded: super::reach::Loaded::default(),
        };
        then.bind();
        then
    }

    /// Takes the rows of the docs project in place of those that were there. A name that the server has is the server's.
    pub fn take_here(&mut self, here: Arc<Workplace>) {
        let old: Vec<SourceId> = self.here.locals.iter().map(|it| it.id).collect();
        for id in old {
            self.sources.remove(id);
        }
        let mut new: Vec<&Source> = here.locals.iter().collect();
        if !new.is_empty() {
            for (_, row) in self.sources.iter() {
                new.retain(|it| it.name != row.name);
            }
        }
        for source in new {
            self.sources.put(source);
        }
        self.here = here;
    }

    /// Works out which spaces each source is bound to.
    fn bind(&mut self) {
        let mut bound: HashMap<SourceId, Vec<SpaceId>> = HashMap::new();
        for (_, binding) in self.bindings.iter() {
            bound
                .entry(binding.source_id)
                .or_default()
                .push(binding.space_id);
        }
        for spaces in bound.values_mut() {
            spaces.sort_unstable();
        }
        self.bound = Arc::new(bound);
    }

    /// All of it but the sources, to keep for the next start.
    pub fn without_sources(&self) -> Snapshot {
        fn all<R: Row>(table: &Table<R>) -> Vec<R> {
            let mut rows: Vec<R> = table.iter().map(|(_, row)| row.clone()).collect();
            rows.sort_unstable_by_key(Row::id);
            rows
        }
        Snapshot {
            snapshot_sequence: self.sequence,
            org: crate::api::Org {
                id: crate::api::OrgId(self.org_id),
                slug: self.org.clone(),
            },
            sources: Vec::new(),
            spaces: all(&self.spaces),
            bindings: all(&self.bindings),
            integrations: all(&self.integrations),
            jobs: all(&self.jobs),
            deliveries: all(&self.deliveries),
            conflicts: self.conflicts.to_vec(),
        }
    }

    /// Takes a frame of changed rows; answers which rows are now different, for the flash. A frame that is older than
    /// what is here changes nothing.
    pub fn apply(&mut self, frame: RowsFrame) -> Vec<RowKey> {
        if frame.sequence < self.sequence {
            return Vec::new();
        }
        let mut changed = Vec::new();
        let of_sources = |change: &RowChange| match change {
            RowChange::Put { row } => matches!(row, crate::api::Row::Source(_)),
            RowChange::Gone { kind, .. } => kind == "source",
        };
        let names_may_differ = frame.changes.iter().any(of_sources);
        for change in frame.changes {
            match change {
                RowChange::Put { row } => changed.extend(self.put(row)),
                RowChange::Gone { kind, id } => self.gone(&kind, &id),
            }
        }
        if names_may_differ && !self.here.locals.is_empty() {
            // A name that the server has now hides the local one, and one that it lost shows it again.
            self.take_here(Arc::clone(&self.here));
        }
        self.sequence = frame.sequence;
        self.trim();
        changed
    }

    /// Puts one row; answers its key when it stood here before and is now different.
    pub fn put(&mut self, row: crate::api::Row) -> Option<RowKey> {
        use crate::api::Row as Wire;
        match row {
            Wire::Source(row) => {
                // A source has two versions, and its state changes without either: the newest told wins.
                let key = RowKey::Source(row.id);
                self.sources.put(&row).then_some(key)
            }
            Wire::Space(row) => {
                self.spaces.put(row);
                None
            }
            Wire::Binding(row) => {
                let key = RowKey::Binding(row.space_id, row.source_id);
                let bound = Arc::make_mut(&mut self.bound)
                    .entry(row.source_id)
                    .or_default();
                if let Err(place) = bound.binary_search(&row.space_id) {
                    bound.insert(place, row.space_id);
                }
                self.bindings.put(row).map(|_| key)
            }
            Wire::Integration(row) => {
                let key = RowKey::Integration(row.id);
                self.integrations.put(row).map(|_| key)
            }
            Wire::Job(row) => {
                let key = RowKey::Job(row.id);
                self.jobs.put(*row).map(|_| key)
            }
            Wire::Delivery(row) => {
                let key = RowKey::Delivery(row.id);
                self.deliveries.put(row).map(|_| key)
            }
            Wire::Conflicts(rows) => {
                self.conflicts = Arc::new(rows);
                None
            }
        }
    }

    fn gone(&mut self, kind: &str, id: &str) {
        match kind {
            "source" => {
                if let Ok(id) = id.parse() {
                    if let Some(name) = self.sources.name(id) {
                        self.gone.remember(id, name);
                    }
                    self.sources.remove(id);
                }
            }
            "space" => {
                if let Ok(id) = id.parse() {
                    self.spaces.remove(id);
                }
            }
            "binding" => {
                let Some((space, source)) = id.split_once('/') else {
                    return;
                };
                if let (Ok(space), Ok(source)) = (space.parse(), source.parse::<SourceId>()) {
                    self.remove_binding(space, source);
                }
            }
            "integration" => {
                if let Ok(id) = id.parse() {
                    self.integrations.remove(id);
                }
            }
            "job" => {
                if let Ok(id) = id.parse() {
                    self.jobs.remove(id);
                }
            }
            "delivery" => {
                if let Ok(id) = id.parse() {
                    self.deliveries.remove(id);
                }
            }
            // A newer server may tell of kinds that this console does not show.
            _ => {}
        }
    }

    /// Takes a binding out, as an accepted unbind does before the feed tells of it.
    pub fn remove_binding(&mut self, space: SpaceId, source: SourceId) {
        self.bindings.remove((space, source));
        let bound = Arc::make_mut(&mut self.bound);
        if let Some(spaces) = bound.get_mut(&source) {
            spaces.retain(|s| *s != space);
            if spaces.is_empty() {
                bound.remove(&source);
            }
        }
    }

    /// Whether all runs (of a source) or deliveries that there are are here.
    pub fn is_whole(&self, list: ListId, source: Option<SourceId>) -> bool {
        let (reach, count) = match list {
            ListId::Runs => (&self.loaded.runs, self.jobs.len()),
            ListId::Deliveries => (&self.loaded.deliveries, self.deliveries.len()),
            _ => return true,
        };
        let own = source.and_then(|source| self.loaded.of_source.get(&source));
        reach.whole || own.is_some_and(|own| own.whole) || (reach.floor.is_none() && count < RECENT)
    }

    /// Takes a page of older runs, of one source or of all; `next` is where the server goes on.
    pub fn take_older_runs(
        &mut self,
        source: Option<SourceId>,
        page: Vec<Job>,
        next: Option<String>,
    ) {
        if self.loaded.runs.floor.is_none() {
            // From here on nothing is let go: every run between the oldest and the newest stays.
            let ids = self.jobs.iter().map(|(_, job)| job.id.0);
            self.loaded.runs.floor = ids.min();
        }
        let oldest = page.iter().map(|job| job.id.0).min();
        let reach = match source {
            Some(source) => self.loaded.of_source.entry(source).or_default(),
            None => &mut self.loaded.runs,
        };
        reach.took(oldest, next);
        for job in page {
            // What is here came with the feed: it is at least as new.
            if self.jobs.get(job.id).is_none() {
                self.jobs.put(job);
            }
        }
    }

    /// Takes a page of older deliveries.
    pub fn take_older_deliveries(&mut self, page: Vec<Delivery>, next: Option<String>) {
        let here = self.deliveries.iter().map(|(_, row)| row.id.0).min();
        let oldest = page.iter().map(|row| row.id.0).chain(here).min();
        self.loaded.deliveries.took(oldest, next);
        for row in page {
            if self.deliveries.get(row.id).is_none() {
                self.deliveries.put(row);
            }
        }
    }

    /// Keeps only as many runs and deliveries as a fresh snapshot would bring, unless older ones were asked for.
    fn trim(&mut self) {
        fn oldest<R: Row>(table: &Table<R>) -> Vec<R::Id> {
            if table.len() <= RECENT {
                return Vec::new();
            }
            let mut ids: Vec<_> = table.iter().map(|(_, row)| row.id()).collect();
            ids.sort_unstable();
            ids.truncate(ids.len() - RECENT);
            ids
        }
        if self.loaded.runs.floor.is_none() {
            for id in oldest(&self.jobs) {
                self.jobs.remove(id);
            }
        }
        if self.loaded.deliveries.floor.is_none() {
            for id in oldest(&self.deliveries) {
                self.deliveries.remove(id);
            }
        }
    }

    /// The spaces bound to a source, by id.
    pub fn spaces_of(&self, source: SourceId) -> &[SpaceId] {
        self.bound.get(&source).map_or(&[], Vec::as_slice)
    }

    /// The bindings of a source.
    pub fn bindings_of(&self, source: SourceId) -> impl Iterator<Item = &Binding> {
        self.spaces_of(source)
            .iter()
            .filter_map(move |space| self.bindings.get((*space, source)))
    }

    /// The newest run of a source.
    pub fn last_run(&self, source: SourceId) -> Option<&Job> {
        self.jobs
            .iter()
            .map(|(_, job)| job)
            .filter(|job| job.source_id == source)
            .max_by_key(|job| job.id)
    }

    /// How many sources are listed that only this machine knows.
    fn locals(&self) -> usize {
        let listed = |it: &&Source| self.sources.contains(it.id);
        self.here.locals.iter().filter(listed).count()
    }

    /// The counts of row 1. Walks all sources: keep the answer until something changes.
    pub fn counts(&self) -> Counts {
        Counts {
            sources: self.sources.len() - self.locals(),
            stuck: self.sources.stuck(),
            conflicts: self.conflicts.len(),
        }
    }
}
