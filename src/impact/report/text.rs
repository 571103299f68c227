//! For people.

use std::io::{self, Write};

use super::super::glob::MatchType;
use super::{EvidenceKind, Report};
use crate::domain::text::inert;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    if report.documents.is_empty() {
        return writeln!(out, "No impacted docs found.");
    }
    writeln!(out, "Impacted docs ({})", report.documents.len())?;
    for document in &report.documents {
        let (path, id) = (inert(document.doc_path), inert(document.doc_id));
        writeln!(out, "- {path} ({id})")?;
        for evidence in &document.matches {
            let source = match evidence.source.kind {
                EvidenceKind::Local => "local",
                EvidenceKind::True | EvidenceKind::Virtual => &evidence.source.name,
            };
            let how = match evidence.match_type {
                MatchType::Exact => "exact",
                MatchType::Glob => "glob",
            };
            writeln!(
                out,
                "  - [{}] {} matched {} ({how})",
                inert(source),
                inert(evidence.changed_file),
                inert(evidence.pattern)
            )?;
        }
    }
    Ok(())
}
