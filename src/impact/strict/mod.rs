//! Strict mode: what is wrong between rules, sources, bindings and mounts (sources.md §6). One function for the command
//! line, the console's inspector and the API, so that all three say the same words.
//!
//! Errors make `--strict` fail; the order is the same on every machine.

mod config;
mod near;
mod remedies;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::attention::{AttentionRule, Diagnostic};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::finding::{Finding, FindingCode, Place};
use crate::domain::id::{IntegrationId, SourceId, SpaceId};
use crate::domain::kind::{Severity, SourceKind};

/// Everything strict mode looks at. Parts that are not known stay empty, and what depends on them is not checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StrictInput {
    /// All sources of the org.
    pub sources: Vec<SourceView>,
    /// The spaces whose documents are checked.
    pub spaces: Vec<SpaceView>,
    pub bindings: Vec<BindingView>,
    pub documents: Vec<DocumentView>,
    /// The `.jolli` of the docs project; `None` where there is none, as on the server.
    pub local: Option<LocalView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    pub id: SourceId,
    pub name: String,
    pub kind: SourceKind,
    #[serde(default)]
    pub repo: Option<String>,
    #[serde(default)]
    pub branch: Option<String>,
    /// What makes it true.
    #[serde(default)]
    pub integration_id: Option<IntegrationId>,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpaceView {
    pub id: SpaceId,
    pub name: String,
    pub slug: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindingView {
    pub space_id: SpaceId,
    pub source_id: SourceId,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// `None` in a docs project that belongs to no space.
    #[serde(default)]
    pub space_id: Option<SpaceId>,
    pub path: String,
    /// Its `jrn`.
    #[serde(default)]
    pub doc_id: Option<String>,
    #[serde(default)]
    pub rules: Vec<AttentionRule>,
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

/// What `.jolli/sources.json` says, and what is on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalView {
    pub mounts: Vec<MountView>,
    pub virtual_sources: Vec<VirtualView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MountView {
    pub source_id: SourceId,
    /// The cached name, which stands for the server's while that is away.
    #[serde(default)]
    pub name: Option<String>,
    pub path: String,
    pub state: MountState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualView {
    pub name: String,
    pub path: String,
    pub state: MountState,
}

impl MountState {
    /// The word for it (sources.md §4).
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::MissingPath => "missing-path",
            Self::InvalidGitRoot => "invalid-git-root",
            Self::OtherRepository { .. } => "other-repository",
        }
    }
}

/// Whether a mount can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum MountState {
    Resolved,
    MissingPath,
    InvalidGitRoot,
    /// The repository there is another one than the source says.
    OtherRepository {
        expected: String,
        found: String,
    },
}

/// Finds everything, errors first, then by code, space and name.
pub fn find(input: &StrictInput) -> Vec<Finding> {
    let view = View::of(input);
    let mut findings = config::find(&view);
    findings.extend(rules::find(&view));
    for finding in &mut findings {
        finding.places.sort_unstable();
        finding.places.dedup();
    }
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.severity, f.code, f.space_id, f.source_name.clone());
        (key(a), &a.places, &a.message).cmp(&(key(b), &b.places, &b.message))
    });
    findings
}

/// The change set of a source cannot be computed: found by whoever tries (sources.md §6: strict mode).
pub fn git_failure(
    name: &str,
    id: Option<SourceId>,
    kind: Option<SourceKind>,
    why: &str,
    remedy: &str,
) -> Finding {
    Finding {
        code: FindingCode::GitFailure,
        severity: Severity::Error,
        message: format!("What changed in {name} is not known: {why}"),
        space_id: None,
        source_name: Some(name.to_owned()),
        source_id: id,
        source_kind: kind,
        places: Vec::new(),
        near_names: Vec::new(),
        remedies: vec![remedies::advice(remedy)],
    }
}

/// Whether strict mode fails: exit 3 (sources.md §6).
pub fn fails(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Error)
}

/// The input by what it is looked up by.
struct View<'a> {
    input: &'a StrictInput,
    by_name: BTreeMap<&'a str, &'a SourceView>,
    spaces: HashMap<SpaceId, &'a SpaceView>,
    bindings: HashMap<(SpaceId, SourceId), &'a BindingView>,
    /// The rules that name a source, by space and name.
    uses: BTreeMap<(Option<SpaceId>, &'a str), Use>,
}

/// All rules of one space that name one source.
#[derive(Default)]
struct Use {
    places: Vec<Place>,
    documents: usize,
}

impl<'a> View<'a> {
    fn of(input: &'a StrictInput) -> Self {
        let mut uses: BTreeMap<_, Use> = BTreeMap::new();
        for document in &input.documents {
            let mut named: HashSet<&str> = HashSet::new();
            for rule in &document.rules {
                let Some(name) = rule.source.as_deref() else {
                    continue;
                };
                let used = uses.entry((document.space_id, name)).or_default();
                used.places.push(Place {
                    doc_path: document.path.clone(),
                    line: rule.line,
                    pattern: rule.path.clone(),
                });
                if named.insert(name) {
                    used.documents += 1;
                }
            }
        }
        Self {
            input,
            by_name: input.sources.iter().map(|s| (&*s.name, s)).collect(),
            spaces: input.spaces.iter().map(|s| (s.id, s)).collect(),
            bindings: input
                .bindings
                .iter()
                .map(|b| ((b.space_id, b.source_id), b))
                .collect(),
            uses,
        }
    }

    fn virtual_source(&self, name: &str) -> Option<&'a VirtualView> {
        let local = self.input.local.as_ref()?;
        local
            .virtual_sources
            .iter()
            .find(|source| source.name == name)
    }

    /// The mount of a source; by its cached name while the server's list does not have it.
    fn mount(&self, id: Option<SourceId>, name: &str) -> Option<&'a MountView> {
        let local = self.input.local.as_ref()?;
        local.mounts.iter().find(|mount| match id {
            Some(id) => mount.source_id == id,
            None => mount.name.as_deref() == Some(name),
        })
    }

    fn slug(&self, space: Option<SpaceId>) -> Option<&'a str> {
        space
            .and_then(|id| self.spaces.get(&id))
            .map(|space| &*space.slug)
    }

    fn space_name(&self, space: Option<SpaceId>) -> String {
        let named = space.and_then(|id| self.spaces.get(&id));
        named.map_or_else(|| "this space".to_owned(), |space| space.name.clone())
    }
}

/// The key under which two sources are one repository and branch.
fn repository_key(source: &SourceView) -> Option<(String, Option<&str>)> {
    let repo = source.repo.as_deref()?;
    let key = RepoCoordinate::parse(repo).map_or_else(|_| repo.to_owned(), |c| c.matching_key());
    Some((key, source.branch.as_deref()))
}

/// `1 document`, `3 documents`.
fn documents(count: usize) -> String {
    match count {
        1 => "1 document".to_owned(),
        count => format!("{count} documents"),
    }
}
