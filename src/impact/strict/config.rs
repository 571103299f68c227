//! Findings between rules and configuration: names that resolve to nothing or to too much, sources that are off, not
//! bound, or not where their mount says.

use std::collections::BTreeMap;

use super::{
    MountState, SourceView, Use, View, VirtualView, documents, near, remedies, repository_key,
};
use crate::domain::finding::{Finding, FindingCode, Place};
use crate::domain::id::SpaceId;
use crate::domain::kind::{Severity, SourceKind};

pub(super) fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = shared_repositories(view);
    findings.extend(shadowed_names(view));
    let mut unresolved = 0;
    for ((space, name), used) in &view.uses {
        let named = Named {
            view,
            space: *space,
            name,
            used,
        };
        match view.by_name.get(name) {
            Some(source) => {
                findings.extend(named.disabled(source));
                findings.extend(named.mount(Some(source)));
            }
            None if view.mount(None, name).is_some() || view.virtual_source(name).is_some() => {
                findings.extend(named.mount(None));
            }
            None => {
                unresolved += 1;
                findings.push(named.unresolved(unresolved <= COMPARED));
            }
        }
    }
    findings
}

/// Unresolved names that are compared with every name there is; whoever has more has no use for a guess at each.
const COMPARED: usize = 200;

/// A source name as the rules of one space use it.
struct Named<'v, 'a> {
    view: &'v View<'a>,
    space: Option<SpaceId>,
    name: &'v str,
    used: &'v Use,
}

impl Named<'_, '_> {
    fn finding(&self, code: FindingCode, severity: Severity, message: String) -> Finding {
        let source = self.view.by_name.get(self.name);
        Finding {
            code,
            severity,
            message,
            space_id: self.space,
            source_name: Some(self.name.to_owned()),
            source_id: source.map(|source| source.id),
            source_kind: source.map(|source| source.kind),
            places: self.used.places.clone(),
            near_names: Vec::new(),
            remedies: Vec::new(),
        }
    }

    fn unresolved(&self, compared: bool) -> Finding {
        let local = self.view.input.local.iter();
        let local = local.flat_map(|l| l.virtual_sources.iter().map(|source| &*source.name));
        let known = self.view.by_name.keys().copied().chain(local);
        let near_names = near::names(self.name, known.filter(|_| compared));
        let message = format!(
            "No source is named {}, so nothing is watched by its rules in {} of {}",
            self.name,
            documents(self.used.documents),
            self.view.space_name(self.space),
        );
        let mut remedies: Vec<_> = near_names
            .iter()
            .map(|near| remedies::rename_in_rules(near))
            .collect();
        remedies.push(remedies::add(self.name));
        Finding {
            near_names,
            remedies,
            ..self.finding(FindingCode::UnresolvedSource, Severity::Error, message)
        }
    }

    /// Off, its binding off, or not bound at all: its changes never reach these documents.
    fn disabled(&self, source: &SourceView) -> Option<Finding> {
        let count = documents(self.used.documents);
        let space = self.view.space_name(self.space);
        let slug = self.view.slug(self.space);
        let warning = |code, message, remedies| Finding {
            remedies,
            ..self.finding(code, Severity::Warning, message)
        };
        if !source.enabled {
            let message = format!(
                "{} is disabled, so its changes do not reach {count} of {space}",
                self.name
            );
            let remedies = vec![remedies::enable_source(self.name)];
            return Some(warning(FindingCode::DisabledSource, message, remedies));
        }
        let space_id = self.space?;
        match self.view.bindings.get(&(space_id, source.id)) {
            Some(binding) if binding.enabled => None,
            Some(_) => {
                let message = format!(
                    "The binding of {} to {space} is disabled, so its changes do not reach {count} there",
                    self.name
                );
                let remedies = slug.map(|slug| remedies::enable_binding(slug, self.name));
                Some(warning(
                    FindingCode::DisabledSource,
                    message,
                    remedies.into_iter().collect(),
                ))
            }
            None => {
                let message = format!(
                    "{} is not bound to {space}, so its changes do not reach {count} there",
                    self.name
                );
                let remedies = slug.map(|slug| remedies::bind(slug, self.name));
                Some(warning(
                    FindingCode::UnboundSource,
                    message,
                    remedies.into_iter().collect(),
                ))
            }
        }
    }

    /// The mount of a resolved source, where there is a docs project to mount it in.
    fn mount(&self, source: Option<&SourceView>) -> Option<Finding> {
        self.view.input.local.as_ref()?;
        let mount = self.view.mount(source.map(|source| source.id), self.name);
        // A local virtual source is the server's virtual source of that name; a true one hides it.
        let local = source
            .is_none_or(|source| source.kind == SourceKind::Virtual)
            .then(|| self.view.virtual_source(self.name))
            .flatten();
        let found = mount
            .map(|mount| (&mount.path, &mount.state))
            .or_else(|| local.map(|local| (&local.path, &local.state)));
        let message = match found {
            Some((_, MountState::Resolved)) => return None,
            None => format!("{} is not mounted here (needs-mount)", self.name),
            Some((path, MountState::MissingPath)) => {
                format!(
                    "The mount of {} does not exist: {path} (missing-path)",
                    self.name
                )
            }
            Some((path, MountState::InvalidGitRoot)) => {
                format!(
                    "The mount of {} is no git repository: {path} (invalid-git-root)",
                    self.name
                )
            }
            Some((path, MountState::OtherRepository { expected, found })) => format!(
                "The mount of {} is another repository: {path} is {found}, the source is {expected}",
                self.name
            ),
        };
        Some(Finding {
            remedies: vec![remedies::mount(
                self.name,
                source.and_then(|source| source.integration_id),
            )],
            ..self.finding(FindingCode::InvalidMount, Severity::Error, message)
        })
    }
}

/// A local virtual source that a true source of the same name hides.
fn shadowed_names(view: &View<'_>) -> Vec<Finding> {
    let local = view
        .input
        .local
        .iter()
        .flat_map(|local| &local.virtual_sources);
    local
        .filter_map(|local| {
            let Some(source) = view.by_name.get(&*local.name) else {
                return remembered(view, local);
            };
            (source.kind == SourceKind::True).then(|| Finding {
                code: FindingCode::AmbiguousSource,
                severity: Severity::Error,
                message: format!(
                    "The local virtual source {} has the name of a source of the server. The server's is used; {} is not watched",
                    local.name, local.path
                ),
                space_id: None,
                source_name: Some(local.name.clone()),
                source_id: Some(source.id),
                source_kind: Some(source.kind),
                places: places_of(view, &[source]),
                near_names: Vec::new(),
                remedies: vec![remedies::remove_local(&local.name)],
            })
        })
        .collect()
}

/// The same while the server is not known: a mount remembers the name for a source of it.
fn remembered(view: &View<'_>, local: &VirtualView) -> Option<Finding> {
    let mount = view.mount(None, &local.name)?;
    let uses = view
        .uses
        .iter()
        .filter(|((_, name), _)| *name == local.name);
    Some(Finding {
        code: FindingCode::AmbiguousSource,
        severity: Severity::Error,
        message: format!(
            "The local virtual source {} has the name of source {} of the server, which is mounted at {}. That one is used; {} is not watched",
            local.name, mount.source_id, mount.path, local.path
        ),
        space_id: None,
        source_name: Some(local.name.clone()),
        source_id: Some(mount.source_id),
        source_kind: None,
        places: uses
            .flat_map(|(_, used)| used.places.iter().cloned())
            .collect(),
        near_names: Vec::new(),
        remedies: vec![remedies::remove_local(&local.name)],
    })
}

/// True sources that follow one branch of one repository: each push is processed once for each. A virtual one among them
/// does no harm, for it never runs.
fn shared_repositories(view: &View<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<_, Vec<&SourceView>> = BTreeMap::new();
    let linked = view.input.sources.iter();
    for source in linked.filter(|source| source.kind == SourceKind::True) {
        if let Some(key) = repository_key(source) {
            groups.entry(key).or_default().push(source);
        }
    }
    let mut findings = Vec::new();
    for ((repo, branch), mut sources) in groups {
        if sources.len() < 2 {
            continue;
        }
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<&str> = sources.iter().map(|source| &*source.name).collect();
        let branch = branch.map_or_else(
            || "all branches".to_owned(),
            |branch| format!("branch {branch}"),
        );
        let first = sources[0];
        findings.push(Finding {
            code: FindingCode::AmbiguousSource,
            severity: Severity::Warning,
            message: format!(
                "{} all follow {repo}, {branch}: every push there is processed once for each",
                names.join(", ")
            ),
            space_id: None,
            source_name: Some(first.name.clone()),
            source_id: Some(first.id),
            source_kind: Some(first.kind),
            places: places_of(view, &sources),
            near_names: names[1..].iter().map(|name| (*name).to_owned()).collect(),
            remedies: names[1..]
                .iter()
                .map(|name| remedies::remove(name))
                .collect(),
        });
    }
    findings
}

/// The rules that name one of some sources, in any space.
fn places_of(view: &View<'_>, sources: &[&SourceView]) -> Vec<Place> {
    let named = |name: &str| sources.iter().any(|source| source.name == name);
    let uses = view.uses.iter().filter(|((_, name), _)| named(name));
    uses.flat_map(|(_, used)| used.places.iter().cloned())
        .collect()
}
