//! JUnit XML: a case for each finding, failed where it is an error; one that passes where nothing was found.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Report, finding_lines, summary};
use crate::domain::kind::Severity;

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let cases = report.findings.len().max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let counts = format!("tests=\"{cases}\" failures=\"{errors}\"");
    writeln!(out, "<testsuites name=\"jolli\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"jolli impact --strict\" {counts}>")?;
    if report.findings.is_empty() {
        writeln!(
            out,
            "    <testcase classname=\"strict\" name=\"nothing found\"/>"
        )?;
    }
    for finding in report.findings {
        let code = finding.code.as_str();
        let message = escaped(&finding.message);
        let lines = finding_lines(finding).join("\n");
        let text = escaped(&lines);
        write!(
            out,
            "    <testcase classname=\"strict.{code}\" name=\"{message}\""
        )?;
        if let Some(place) = finding.places.first() {
            write!(
                out,
                " file=\"{}\" line=\"{}\"",
                escaped(&report.in_repository(&place.doc_path)),
                place.line
            )?;
        }
        writeln!(out, ">")?;
        match finding.severity {
            Severity::Error => {
                writeln!(
                    out,
                    "      <failure type=\"{code}\" message=\"{message}\">{text}</failure>"
                )?;
            }
            Severity::Warning | Severity::Info => {
                writeln!(out, "      <system-out>{text}</system-out>")?;
            }
        }
        writeln!(out, "    </testcase>")?;
    }
    if !report.documents.is_empty() {
        writeln!(out, "    <system-out>")?;
        for document in &report.documents {
            writeln!(
                out,
                "{}: {}",
                escaped(document.doc_path),
                escaped(&summary(document))
            )?;
        }
        writeln!(out, "    </system-out>")?;
    }
    writeln!(out, "  </testsuite>")?;
    writeln!(out, "</testsuites>")
}

/// Text for an element or an attribute. Characters that XML 1.0 cannot have are replaced.
fn escaped(text: &str) -> Cow<'_, str> {
    let allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    if text.chars().all(|c| allowed(c) && !"<>&\"'".contains(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if allowed(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(out)
}
