//! Findings in documents: rules that cannot be read, and ids that two documents share.

use std::collections::BTreeMap;

use super::{View, remedies};
use crate::domain::attention::Diagnostic;
use crate::domain::finding::{Finding, FindingCode, Place};
use crate::domain::kind::Severity;

pub(super) fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = duplicate_ids(view);
    for document in &view.input.documents {
        let of = |diagnostic: &Diagnostic| Finding {
            code: FindingCode::InvalidRule,
            severity: Severity::Error,
            message: diagnostic.message.clone(),
            space_id: document.space_id,
            source_name: None,
            source_id: None,
            source_kind: None,
            places: vec![Place {
                doc_path: document.path.clone(),
                line: diagnostic.line,
                pattern: diagnostic.pattern.clone(),
            }],
            near_names: Vec::new(),
            remedies: vec![remedies::edit(
                &capitalised(&diagnostic.remedy),
                &document.path,
            )],
        };
        findings.extend(document.diagnostics.iter().map(of));
    }
    findings
}

fn duplicate_ids(view: &View<'_>) -> Vec<Finding> {
    let mut by_id: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for document in &view.input.documents {
        if let Some(id) = document.doc_id.as_deref() {
            by_id
                .entry((document.space_id, id))
                .or_default()
                .push(&document.path);
        }
    }
    let mut findings = Vec::new();
    for ((space_id, id), mut paths) in by_id {
        paths.sort_unstable();
        paths.dedup();
        let [_, second, ..] = paths[..] else { continue };
        findings.push(Finding {
            code: FindingCode::DuplicateDocId,
            severity: Severity::Error,
            message: format!(
                "{} documents carry the jrn {id}; a change would be reported, and an edit written, to either",
                paths.len()
            ),
            space_id,
            source_name: None,
            source_id: None,
            source_kind: None,
            places: paths
                .iter()
                .map(|path| Place {
                    doc_path: (*path).to_owned(),
                    line: 1,
                    pattern: String::new(),
                })
                .collect(),
            near_names: Vec::new(),
            remedies: vec![remedies::edit("Give each document a jrn of its own", second)],
        });
    }
    findings
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
