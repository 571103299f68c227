//! From changed documents to the documents that watch them, level by level. A document has one turn; one that would come
//! again over those it set off itself is a cycle, and told.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Propagation;
use super::{Run, Turn, UpdateError};
use crate::agent::{Brief, Change, Why};
use crate::impact::extract::FileStatus;
use crate::impact::index::{AttentionIndex, ChangedFiles};
use crate::impact::report::{EvidenceKind, LOCAL};
use crate::project::{documents, impact};

/// Documents that changed, with their patches.
pub(super) type Changed = BTreeMap<String, String>;

/// A document that watches changed ones.
struct Watching {
    jrn: String,
    why: Vec<Why>,
    /// The documents that set it off.
    by: BTreeSet<String>,
}

impl Run<'_> {
    /// Follows the documents that changed.
    pub(super) async fn cascade(&mut self, mut changed: Changed) -> Result<(), UpdateError> {
        let prefix = impact::prefix(self.workspace).await;
        let mut propagation = Propagation::default();
        let mut set_off: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        self.looked_at.extend(changed.keys().cloned());
        while !changed.is_empty() {
            let watching = self.watching(&changed, &prefix)?;
            let mut next: BTreeMap<String, Watching> = BTreeMap::new();
            for (path, watching) in watching {
                if !self.looked_at.contains(&path) {
                    next.insert(path, watching);
                } else if watching
                    .by
                    .iter()
                    .any(|by| *by != path && reaches(&set_off, &path, by))
                    && !propagation.cycles_detected.contains(&watching.jrn)
                {
                    propagation.cycles_detected.push(watching.jrn);
                }
            }
            if next.is_empty() {
                break;
            }
            if propagation.depth == self.ask.max_depth {
                propagation.max_depth_reached = true;
                break;
            }
            propagation.depth += 1;
            let mut following = Changed::new();
            for (path, watching) in next {
                let turn = Turn {
                    path: &path,
                    jrn: &watching.jrn,
                    why: watching.why,
                    level: propagation.depth,
                };
                let mut brief = Brief::empty();
                brief.changes.extend(watching.by.iter().map(|by| Change {
                    source: LOCAL.to_owned(),
                    path: format!("{prefix}{by}"),
                    status: Some(FileStatus::Modified),
                    kind: None,
                    diff: changed[by].clone(),
                    diff_omitted: false,
                }));
                let outcome = self.turn(&turn, Ok(brief)).await?;
                set_off.insert(path.clone(), watching.by);
                let Some(outcome) = outcome else {
                    self.updated.propagation = Some(propagation);
                    return Ok(());
                };
                propagation.note(&outcome);
                if self.counts_as_changed(&outcome) {
                    following.insert(path, outcome.patch.clone().unwrap_or_default());
                }
                self.updated.phase2.push(outcome);
            }
            changed = following;
        }
        self.updated.propagation = Some(propagation);
        Ok(())
    }

    /// The documents whose rules of their own repository watch these, as they stand now.
    fn watching(
        &self,
        changed: &Changed,
        prefix: &str,
    ) -> Result<BTreeMap<String, Watching>, UpdateError> {
        let documents = documents::read(self.workspace.project.root(), &self.ask.docs)?;
        let index = AttentionIndex::build(documents.iter().filter_map(impact::watching));
        let files = changed.keys().map(|path| format!("{prefix}{path}"));
        let changes = [ChangedFiles {
            source: None,
            files: files.collect(),
        }];
        let mut found = BTreeMap::new();
        for touched in index.touched(&changes) {
            let why: Vec<Why> = touched
                .matches
                .iter()
                .map(|touch| Why {
                    changed_file: touch.changed_file.to_owned(),
                    pattern: touch.pattern.to_owned(),
                    match_type: touch.match_type,
                    source: LOCAL.to_owned(),
                    source_kind: EvidenceKind::Local,
                    source_id: None,
                })
                .collect();
            let by = |why: &Why| why.changed_file.strip_prefix(prefix).map(str::to_owned);
            let watching = Watching {
                jrn: touched.doc_id.to_owned(),
                by: why.iter().filter_map(by).collect(),
                why,
            };
            found.insert(touched.doc_path.to_owned(), watching);
        }
        Ok(found)
    }
}

/// Whether `from` set `to` off, itself or over others.
fn reaches(set_off: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut rest = vec![to];
    while let Some(document) = rest.pop() {
        for by in set_off.get(document).into_iter().flatten() {
            if by == from {
                return true;
            }
            if seen.insert(by.as_str()) {
                rest.push(by);
            }
        }
    }
    false
}
