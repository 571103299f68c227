//! Workflow commands of GitHub Actions: a line each, shown as annotations at the place they name.
//!
//! Rules: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; in a message `%`, CR and LF
//! are escaped, in a property `:` and `,` too.

use std::io::{self, Write};

use super::{Report, remedy_sentence};
use crate::domain::kind::Severity;
use crate::domain::text::inert;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    for finding in report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let title = property(finding.code.as_str());
        let message = message(&remedy_sentence(finding));
        if finding.places.is_empty() {
            writeln!(out, "::{command} title={title}::{message}")?;
        }
        for place in &finding.places {
            let (file, line) = (property(&report.in_repository(&place.doc_path)), place.line);
            writeln!(
                out,
                "::{command} file={file},line={line},title={title}::{message}"
            )?;
        }
    }
    for document in &report.documents {
        let file = property(&report.in_repository(document.doc_path));
        let what = message(&super::summary(document));
        writeln!(
            out,
            "::notice file={file},line=1,title=Impacted document::{what}"
        )?;
    }
    Ok(())
}

fn message(text: &str) -> String {
    inert(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
