//! For people.

use std::io::{self, Write};

use super::super::glob::MatchType;
use super::{EvidenceKind, Report};

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    if report.documents.is_empty() {
        return writeln!(out, "No impacted docs found.");
    }
    writeln!(out, "Impacted docs ({})", report.documents.len())?;
    for document in &report.documents {
        writeln!(out, "- {} ({})", document.doc_path, document.doc_id)?;
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
                "  - [{source}] {} matched {} ({how})",
                evidence.changed_file, evidence.pattern
            )?;
        }
    }
    Ok(())
}
