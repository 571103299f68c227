//! SARIF 2.1.0 (OASIS), as code hosts take it for their code scanning pages.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Report, remedy_sentence, summary};
use crate::domain::finding::FindingCode;
use crate::domain::kind::Severity;

/// The id of the rule that an impacted document is reported under.
const IMPACTED: &str = "impacted-document";

pub(super) fn log(report: &Report<'_>) -> Value {
    let mut rules: Vec<Value> = FindingCode::ALL
        .iter()
        .map(|code| rule(code.as_str(), code.meaning()))
        .collect();
    rules.push(rule(
        IMPACTED,
        "A changed file is watched by a rule of this document.",
    ));
    let found = report.findings.iter().map(|finding| {
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        let locations: Vec<Value> = finding
            .places
            .iter()
            .map(|place| location(&report.in_repository(&place.doc_path), place.line))
            .collect();
        result(
            FindingCode::ALL
                .iter()
                .position(|code| *code == finding.code),
            finding.code.as_str(),
            level,
            &remedy_sentence(finding),
            locations,
        )
    });
    let impacted = report.documents.iter().map(|document| {
        result(
            Some(FindingCode::ALL.len()),
            IMPACTED,
            "note",
            &summary(document),
            vec![location(&report.in_repository(document.doc_path), 1)],
        )
    });
    let results: Vec<Value> = found.chain(impacted).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "jolli",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    })
}

fn rule(id: &str, text: &str) -> Value {
    json!({"id": id, "shortDescription": {"text": text}})
}

fn result(index: Option<usize>, id: &str, level: &str, text: &str, locations: Vec<Value>) -> Value {
    json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": level,
        "message": {"text": text},
        "locations": locations,
    })
}

fn location(path: &str, line: u32) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(path)},
        "region": {"startLine": line.max(1)},
    }})
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.bytes().fold(String::new(), |mut out, byte| {
        if plain(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
