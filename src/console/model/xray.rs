//! Xray: what depends on what, as a tree: sources, the spaces bound to them, the documents there that have rules on them. What
//! fails goes first on every level.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Load;
use super::replica::Replica;
use crate::api::{
    Binding, Job, JobId, JobSpace, Severity, SourceId, SpaceId, SpaceStatus, WatchingDocument,
};
use crate::console::ids::RowKey;
use crate::console::query::{Candidate, Matcher, Query};

/// A space as one source sees it.
pub type Bound = (SpaceId, SourceId);

/// The page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XrayView {
    /// The sources that are shown, in order: their slots.
    pub order: Vec<u32>,
    /// Sources that are unfolded.
    pub sources: BTreeSet<SourceId>,
    /// Spaces that are unfolded.
    pub spaces: BTreeSet<Bound>,
    /// The documents that were asked for, each with its number among the names of this session.
    pub documents: BTreeMap<Bound, Load<Vec<(u32, WatchingDocument)>>>,
    /// Of these the documents may be others by now.
    pub stale: BTreeSet<Bound>,
    /// This source is to be selected, once it is among the lines.
    pub seek: Option<SourceId>,
    /// The lines: the order with what is unfolded in it.
    pub nodes: Vec<Node>,
}

/// A line of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A source.
    Source(SourceId),
    /// A space bound to it.
    Space(SpaceId, SourceId),
    /// A document of the space, by its number.
    Document(SpaceId, SourceId, u32),
    /// What is said in place of documents.
    Words(SpaceId, SourceId),
    /// What is said in place of spaces.
    Unbound(SourceId),
}

/// What is said in place of documents has no number of its own.
const NONE: u32 = u32::MAX;

impl Node {
    /// What the line is known by.
    pub const fn key(self) -> RowKey {
        match self {
            Self::Source(id) => RowKey::Source(id),
            Self::Space(space, source) => RowKey::Binding(space, source),
            Self::Document(space, source, number) => RowKey::Document(space, source, number),
            Self::Words(space, source) => RowKey::Document(space, source, NONE),
            Self::Unbound(source) => RowKey::Document(SpaceId(0), source, NONE),
        }
    }

    /// The source that it belongs to.
    pub const fn source(self) -> SourceId {
        match self {
            Self::Source(id)
            | Self::Unbound(id)
            | Self::Space(_, id)
            | Self::Document(_, id, _)
            | Self::Words(_, id) => id,
        }
    }

    /// The line that it hangs on.
    pub const fn parent(self) -> Option<Self> {
        match self {
            Self::Source(_) => None,
            Self::Space(_, source) | Self::Unbound(source) => Some(Self::Source(source)),
            Self::Document(space, source, _) | Self::Words(space, source) => {
                Some(Self::Space(space, source))
            }
        }
    }
}

/// How a document stands: what strict mode finds in it, and what the newest run of the source made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The worst finding: its place among those of the replica.
    pub finding: Option<(Severity, usize)>,
    /// The newest run that concerned it, and how it ended for it.
    pub run: Option<(JobId, SpaceStatus)>,
}

impl Standing {
    /// Whether somebody should look.
    pub fn is_bad(&self) -> bool {
        self.finding.is_some() || matches!(self.run, Some((_, SpaceStatus::Failed)))
    }
}

/// How the documents of a space stand towards a source.
pub struct Standings<'r> {
    replica: &'r Replica,
    bound: Bound,
    newest: Option<(&'r Job, &'r JobSpace)>,
}

impl<'r> Standings<'r> {
    /// Of this space and source.
    pub fn of(replica: &'r Replica, bound: Bound) -> Self {
        let (space, source) = bound;
        let jobs = replica.jobs.iter().map(|(_, job)| job);
        let newest = jobs
            .filter(|job| job.source_id == source)
            .filter_map(|job| Some((job, job.spaces.iter().find(|it| it.space_id == space)?)))
            .filter(|(_, it)| it.status != SpaceStatus::Queued)
            .max_by_key(|(job, _)| job.id);
        Self {
            replica,
            bound,
            newest,
        }
    }

    /// Of one document.
    pub fn get(&self, path: &str) -> Standing {
        let (space, source) = self.bound;
        let findings = self.replica.conflicts.iter().enumerate();
        let finding = findings
            .filter(|(_, it)| it.space_id == Some(space) && it.source_id == Some(source))
            .filter(|(_, it)| it.places.iter().any(|at| at.doc_path == path))
            .map(|(place, it)| (it.severity, place))
            .min_by_key(|(severity, place)| (badness(*severity), *place));
        let run = self.newest.and_then(|(job, it)| {
            let among = |all: &[crate::api::DocRef]| all.iter().any(|doc| doc.path == path);
            let status = if among(&it.updated_docs) {
                SpaceStatus::Updated
            } else if among(&it.impacted_docs) {
                it.status
            } else {
                return None;
            };
            Some((job.id, status))
        });
        Standing { finding, run }
    }
}

const fn badness(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    }
}

/// Whether the last run failed for a space that is on.
pub fn has_failed(binding: &Binding) -> bool {
    binding.enabled && binding.last_outcome == Some(SpaceStatus::Failed)
}

impl XrayView {
    /// A document that is here.
    pub fn document(&self, bound: Bound, number: u32) -> Option<&WatchingDocument> {
        let all = self.documents.get(&bound)?.value.as_ref()?;
        all.iter().find(|(n, _)| *n == number).map(|(_, it)| it)
    }

    /// Whether a line is unfolded; `None`: it has nothing to unfold.
    pub fn is_open(&self, node: Node) -> Option<bool> {
        match node {
            Node::Source(id) => Some(self.sources.contains(&id)),
            Node::Space(space, source) => Some(self.spaces.contains(&(space, source))),
            Node::Document(..) | Node::Words(..) | Node::Unbound(_) => None,
        }
    }

    /// Where the line of this key is.
    pub fn place_of(&self, key: RowKey) -> Option<usize> {
        self.nodes.iter().position(|it| it.key() == key)
    }

    /// The paths of the documents that are here, by source: what a filter looks at besides names.
    pub fn paths(&self) -> BTreeMap<SourceId, Vec<String>> {
        let mut paths: BTreeMap<SourceId, Vec<String>> = BTreeMap::new();
        for ((_, source), load) in &self.documents {
            let all = load.value.iter().flatten();
            let of = paths.entry(*source).or_default();
            of.extend(all.map(|(_, it)| it.path.clone()));
        }
        paths
    }

    /// Puts the lines together anew.
    pub fn lay_out(&mut self, replica: &Replica, query: &Query) {
        let mut nodes = Vec::with_capacity(self.order.len());
        for slot in &self.order {
            let Some(source) = replica.sources.row(*slot) else {
                continue;
            };
            nodes.push(Node::Source(source.id));
            if !self.sources.contains(&source.id) {
                continue;
            }
            let mut bindings: Vec<&Binding> = replica.bindings_of(source.id).collect();
            bindings.sort_by_cached_key(|it| {
                let name = replica.space_name(it.space_id);
                (!has_failed(it), !it.enabled, name, it.space_id)
            });
            if bindings.is_empty() {
                nodes.push(Node::Unbound(source.id));
            }
            for binding in bindings {
                let bound = (binding.space_id, source.id);
                nodes.push(Node::Space(bound.0, bound.1));
                if self.spaces.contains(&bound) {
                    self.put_documents(replica, bound, query, &mut nodes);
                }
            }
        }
        self.nodes = nodes;
    }

    fn put_documents(&self, replica: &Replica, bound: Bound, query: &Query, nodes: &mut Vec<Node>) {
        let all = self.documents.get(&bound).and_then(|it| it.value.as_ref());
        let mut shown: Vec<&(u32, WatchingDocument)> = all.into_iter().flatten().collect();
        // What a filter finds by path is shown alone; a filter that is about something else shows all.
        let mut matcher = Matcher::new(query);
        let found: Vec<_> = (shown.iter().copied())
            .filter(|(_, it)| !query.is_empty() && matcher.matches(&Path(&it.path)))
            .collect();
        if !found.is_empty() {
            shown = found;
        }
        if shown.is_empty() {
            nodes.push(Node::Words(bound.0, bound.1));
            return;
        }
        let standings = Standings::of(replica, bound);
        // They come by path.
        shown.sort_by_cached_key(|(_, it)| !standings.get(&it.path).is_bad());
        let documents = shown.iter();
        nodes.extend(documents.map(|(n, _)| Node::Document(bound.0, bound.1, *n)));
    }
}

/// A document's path, for filters.
struct Path<'a>(&'a str);

impl Candidate for Path<'_> {
    fn field(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        matches!(name, "doc" | "path").then_some(self.0.into())
    }
    fn number(&self, _: &str) -> Option<f64> {
        None
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(self.0)
    }
}
