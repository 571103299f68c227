//! What an impact run says, and the forms it is printed in (sources.md §6). Every form is a function of the report, so it
//! is the same bytes on every machine.

mod github;
mod junit;
mod sarif;
mod text;

use std::io::{self, Write};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::glob::MatchType;
use crate::domain::finding::Finding;
use crate::domain::id::SourceId;
use crate::domain::kind::Severity;

/// What the existing reports call the project's own repository.
pub const LOCAL: &str = "<local>";

/// Everything that a run has to say.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report<'a> {
    /// What was compared with what, in byte order of the names.
    pub sources: Vec<&'a ReportSource>,
    /// The documents concerned, in byte order of their paths.
    pub documents: Vec<ReportDocument<'a>>,
    /// What is wrong, errors first.
    pub findings: &'a [Finding],
    /// Where the project lies in its repository, with a `/` at the end: code hosts count paths from there.
    #[serde(skip)]
    pub prefix: &'a str,
}

/// A source that rules name, as a run saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportSource {
    /// Its name; `<local>` for the project's own repository.
    pub name: String,
    /// What it is.
    pub kind: EvidenceKind,
    /// Its id on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// `host/owner/repo`, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The commit compared with; `null` in a full scan, and where the comparison failed.
    pub base: Option<String>,
    /// What the base was found by, such as `origin/main`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ref: Option<String>,
    /// The commit, or `uncommitted` for the work tree.
    pub head: Option<String>,
    /// Why that base: `given`, `merge-base` (with the branch that `baseRef` names), `uncommitted`, `full-scan`.
    pub base_reason: Option<&'static str>,
    /// How many paths changed, both names of a rename counted.
    pub changed_files: usize,
}

/// Where a source is known from (sources.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    /// Linked, on the server.
    True,
    /// Not linked: on the server, or on this machine alone.
    Virtual,
    /// The project's own repository.
    Local,
}

/// A document that the changes touch.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportDocument<'a> {
    /// Its `jrn`.
    pub doc_id: &'a str,
    /// Its path in the project.
    pub doc_path: &'a str,
    /// Why, ordered by bytes.
    pub matches: Vec<Evidence<'a>>,
}

/// One changed file, and the rule that watches it.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Where the file is.
    pub source: &'a ReportSource,
    /// The file.
    pub changed_file: &'a str,
    /// The rule; for an exact match the file.
    pub pattern: &'a str,
    /// How it matches.
    pub match_type: MatchType,
}

impl Serialize for Evidence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = self.source.kind != EvidenceKind::Local;
        let id = self.source.source_id;
        let fields = 5 + usize::from(named) + usize::from(id.is_some());
        let mut out = serializer.serialize_struct("Evidence", fields)?;
        out.serialize_field("changedFile", self.changed_file)?;
        out.serialize_field("pattern", self.pattern)?;
        out.serialize_field("matchType", &self.match_type)?;
        out.serialize_field("source", &self.source.name)?;
        out.serialize_field("sourceKind", &self.source.kind)?;
        if named {
            out.serialize_field("sourceName", &self.source.name)?;
        }
        if let Some(id) = id {
            out.serialize_field("sourceId", &id)?;
        }
        out.end()
    }
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The documents, as existing readers expect them.
    Json,
    /// All of it, as JSON.
    Report,
    /// Workflow commands of GitHub Actions: annotations.
    GitHub,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML, as GitLab and others show it.
    Junit,
}

impl Format {
    /// Whether the findings are in it; otherwise they are told apart from it.
    pub const fn holds_findings(self) -> bool {
        !matches!(self, Self::Text | Self::Json)
    }
}

impl Report<'_> {
    /// A path of the project as its repository counts it.
    fn in_repository(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Prints it.
    pub fn write(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.documents)?;
                writeln!(out)
            }
            Format::Report => {
                serde_json::to_writer_pretty(&mut *out, self)?;
                writeln!(out)
            }
            Format::GitHub => github::write(self, out),
            Format::Sarif => {
                serde_json::to_writer_pretty(&mut *out, &sarif::log(self))?;
                writeln!(out)
            }
            Format::Junit => junit::write(self, out),
        }
    }
}

/// A finding for people, on as many lines as it takes: `error unresolved-source: …`, where, and what to do.
pub fn finding_lines(finding: &Finding) -> Vec<String> {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut lines = vec![format!(
        "{level}: {} [{}]",
        finding.message,
        finding.code.as_str()
    )];
    let places = finding.places.iter().map(|place| {
        let pattern = match place.pattern.as_str() {
            "" => String::new(),
            pattern => format!("  {pattern}"),
        };
        format!("  at {}:{}{pattern}", place.doc_path, place.line)
    });
    lines.extend(places);
    let remedies = finding
        .remedies
        .iter()
        .map(|remedy| format!("  → {}: {}", remedy.label, remedy.command));
    lines.extend(remedies);
    lines
}

/// What touches a document, in one sentence.
fn summary(document: &ReportDocument<'_>) -> String {
    let first = document.matches.first().map_or_else(String::new, |first| {
        format!("{} ({})", first.changed_file, first.source.name)
    });
    let more = match document.matches.len().saturating_sub(1) {
        0 => " matches".to_owned(),
        1 => " and 1 other change match".to_owned(),
        more => format!(" and {more} other changes match"),
    };
    format!("{first}{more} its rules: review {}", document.doc_id)
}

/// The remedies of a finding in one sentence, for forms that have no lines.
fn remedy_sentence(finding: &Finding) -> String {
    let remedies: Vec<String> = finding
        .remedies
        .iter()
        .map(|remedy| format!("{}: {}", remedy.label, remedy.command))
        .collect();
    if remedies.is_empty() {
        return finding.message.clone();
    }
    format!("{}. {}", finding.message, remedies.join("; or "))
}

#[cfg(test)]
mod tests {
    use crate::domain::finding::{FindingCode, Place, Remedy};

    use super::*;

    fn sources() -> [ReportSource; 2] {
        let source = |name: &str, kind, source_id| ReportSource {
            name: name.to_owned(),
            kind,
            source_id,
            repo: None,
            base: Some("a".repeat(40)),
            base_ref: None,
            head: Some("b".repeat(40)),
            base_reason: Some("given"),
            changed_files: 1,
        };
        [
            source(LOCAL, EvidenceKind::Local, None),
            source("back,end", EvidenceKind::True, Some(SourceId(7))),
        ]
    }

    fn findings() -> Vec<Finding> {
        let finding = |severity, places| Finding {
            code: FindingCode::UnresolvedSource,
            severity,
            message: "No source is named <x> & \"y\": 100%\nnothing".to_owned(),
            space_id: None,
            source_name: Some("x".to_owned()),
            source_id: None,
            source_kind: None,
            places,
            near_names: Vec::new(),
            remedies: vec![Remedy {
                label: "Add it".to_owned(),
                command: "jolli source add x --mount /path".to_owned(),
                action: None,
            }],
        };
        let place = Place {
            doc_path: "docs/a:b,c.md".to_owned(),
            line: 4,
            pattern: "src/**".to_owned(),
        };
        vec![
            finding(Severity::Error, vec![place]),
            finding(Severity::Warning, Vec::new()),
        ]
    }

    fn printed(format: Format) -> String {
        let (sources, findings) = (sources(), findings());
        let evidence = |n: usize, match_type| Evidence {
            source: &sources[n],
            changed_file: "src/a.ts",
            pattern: "src/*.ts",
            match_type,
        };
        let report = Report {
            sources: sources.iter().collect(),
            documents: vec![ReportDocument {
                doc_id: "A_1",
                doc_path: "docs/a.md",
                matches: vec![evidence(0, MatchType::Exact), evidence(1, MatchType::Glob)],
            }],
            findings: &findings,
            prefix: "",
        };
        let mut out = Vec::new();
        report.write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_what_people_have_read_so_far() {
        assert_eq!(
            printed(Format::Text),
            "Impacted docs (1)\n- docs/a.md (A_1)\n  - [local] src/a.ts matched src/*.ts (exact)\n  - [back,end] src/a.ts matched src/*.ts (glob)\n"
        );
        let mut out = Vec::new();
        Report::default().write(Format::Text, &mut out).unwrap();
        assert_eq!(out, b"No impacted docs found.\n");
    }

    #[test]
    fn json_is_the_array_that_readers_expect_with_kind_and_id_added() {
        let json: serde_json::Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(
            json,
            serde_json::json!([{
                "docId": "A_1",
                "docPath": "docs/a.md",
                "matches": [
                    {"changedFile": "src/a.ts", "pattern": "src/*.ts", "matchType": "exact", "source": "<local>", "sourceKind": "local"},
                    {"changedFile": "src/a.ts", "pattern": "src/*.ts", "matchType": "glob", "source": "back,end", "sourceKind": "true",
                     "sourceName": "back,end", "sourceId": 7},
                ],
            }])
        );
        let whole: serde_json::Value = serde_json::from_str(&printed(Format::Report)).unwrap();
        assert_eq!(whole["documents"], json);
        assert_eq!(whole["sources"][1]["baseReason"], "given");
        assert_eq!(whole["findings"][0]["code"], "unresolved-source");
    }

    #[test]
    fn annotations_are_escaped_as_github_reads_them() {
        assert_eq!(
            printed(Format::GitHub),
            "::error file=docs/a%3Ab%2Cc.md,line=4,title=unresolved-source::No source is named <x> & \"y\": 100%25%0Anothing. Add it: jolli source add x --mount /path\n\
             ::warning title=unresolved-source::No source is named <x> & \"y\": 100%25%0Anothing. Add it: jolli source add x --mount /path\n\
             ::notice file=docs/a.md,line=1,title=Impacted document::src/a.ts (<local>) and 1 other change match its rules: review A_1\n"
        );
    }

    #[test]
    fn sarif_names_rules_places_and_levels() {
        let log: serde_json::Value = serde_json::from_str(&printed(Format::Sarif)).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let results = log["runs"][0]["results"].as_array().unwrap();
        let levels: Vec<_> = results
            .iter()
            .map(|r| r["level"].as_str().unwrap())
            .collect();
        assert_eq!(levels, ["error", "warning", "note"]);
        let region = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(region["region"]["startLine"], 4);
        assert_eq!(region["artifactLocation"]["uri"], "docs/a%3Ab%2Cc.md");
        let rules = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        for result in results {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    }

    #[test]
    fn junit_fails_on_errors_and_is_xml() {
        let xml = printed(Format::Junit);
        assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
        assert!(xml.contains("&lt;x&gt; &amp; &quot;y&quot;"), "{xml}");
        let mut out = Vec::new();
        Report::default().write(Format::Junit, &mut out).unwrap();
        let clean = String::from_utf8(out).unwrap();
        assert!(clean.contains("tests=\"1\" failures=\"0\""), "{clean}");
    }
}
