//! Reads the `jrn` and `attention` of a Markdown document (sources.md §3).
//!
//! Accepts what the existing parser accepts; whatever that one drops without a word is a diagnostic here.

use super::glob::{RulePath, RulePathError};
use super::yaml::{self, Node, Value, YamlError};
use crate::domain::attention::{AttentionRule, Diagnostic, DiagnosticCode, ParsedDocument};
use crate::domain::kind::Severity;

/// How far a document is searched for `attention:` when it has no frontmatter by the rules.
const SEARCHED_LINES: usize = 200;

/// No frontmatter that a person writes comes near; a longer one is not read, for that would take seconds.
pub const LONGEST_BLOCK: usize = 64 << 10;

/// Parses a document. Never fails: what cannot be read is a diagnostic.
pub fn parse(bytes: &[u8]) -> ParsedDocument {
    let mut document = ParsedDocument::default();
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        if bytes.starts_with(b"---") {
            document.diagnostics.push(diagnostic(
                DiagnosticCode::NotText,
                1,
                "The document is not UTF-8, so its frontmatter is not read",
                "save it as UTF-8",
            ));
        }
        return document;
    };
    let Some(block) = block(text) else {
        document.diagnostics.extend(unread_frontmatter(text));
        return document;
    };
    if block.len() > LONGEST_BLOCK {
        document.diagnostics.push(diagnostic(
            DiagnosticCode::UnreadFrontmatter,
            1,
            format!(
                "The frontmatter has {} KiB, and more than {} KiB are not read, so the document watches nothing",
                block.len().div_ceil(1 << 10),
                LONGEST_BLOCK >> 10
            ),
            "leave `jrn` and `attention` in it, and move the rest into the text below",
        ));
        return document;
    }
    match yaml::parse(block) {
        Ok(root) => read(&root, &mut document),
        Err(error) => document.diagnostics.push(yaml_diagnostic(error)),
    }
    document
}

/// The text between `---` and the next line that begins with `---`; None where there is none, or it is empty.
fn block(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---")?;
    let rest = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))?;
    if rest.starts_with("---") {
        return None;
    }
    let block = &rest[..rest.find("\n---")?];
    Some(block.strip_suffix('\r').unwrap_or(block))
}

/// A fence with a trailing space, a blank line before it, no closing fence: the author meant frontmatter.
fn unread_frontmatter(text: &str) -> Option<Diagnostic> {
    let mut lines = text.lines().take(SEARCHED_LINES).enumerate();
    let (fence, _) = lines
        .find(|(_, line)| !line.trim().is_empty())
        .filter(|(_, line)| line.trim() == "---")?;
    lines.find(|(_, line)| line.starts_with("attention:"))?;
    Some(diagnostic(
        DiagnosticCode::UnreadFrontmatter,
        fence as u32 + 1,
        "The document has `attention`, but no frontmatter that can be read",
        "begin the file with a line that is exactly `---`, and close the block with another",
    ))
}

fn read(root: &Node, document: &mut ParsedDocument) {
    let Some(attention) = root.get("attention") else {
        // A document without rules may call itself what it likes.
        document.jrn = jrn(root).ok().flatten();
        return;
    };
    match jrn(root) {
        Ok(jrn) => document.jrn = jrn,
        Err(found) => document.diagnostics.push(found),
    }
    match &attention.value {
        Value::List(items) => {
            for item in items {
                let rule = rule(item, &mut document.diagnostics);
                document.rules.extend(rule);
            }
        }
        Value::Null => {}
        _ => document.diagnostics.push(diagnostic(
            DiagnosticCode::InvalidAttention,
            line(attention),
            format!(
                "`attention` is {}, so the document watches nothing",
                attention.describe()
            ),
            "make it a list: a line `- op: file` with its `path` below",
        )),
    }
    if document.jrn.is_some() {
        return;
    }
    if !document.rules.is_empty() && root.get("jrn").is_none() {
        document.diagnostics.push(diagnostic(
            DiagnosticCode::MissingJrn,
            line(attention),
            "The document has attention rules but no `jrn`, so it watches nothing",
            "add `jrn:` with an id of its own",
        ));
    }
    document.rules.clear();
}

/// The document's id, or what is there in its place.
fn jrn(root: &Node) -> Result<Option<String>, Diagnostic> {
    let Some(node) = root.get("jrn") else {
        return Ok(None);
    };
    let remedy = match &node.value {
        Value::Text(text) if !text.trim().is_empty() => return Ok(Some(text.trim().to_owned())),
        Value::Other(number) => format!("quote it: `jrn: \"{number}\"`"),
        _ => "write an id, such as `jrn: AUTH_DOCS_001`".to_owned(),
    };
    Err(diagnostic(
        DiagnosticCode::InvalidJrn,
        line(node),
        format!(
            "`jrn` is {}, which is no id, so the document watches nothing",
            node.describe()
        ),
        remedy,
    ))
}

fn rule(item: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<AttentionRule> {
    match try_rule(item, diagnostics) {
        Ok(rule) => Some(rule),
        Err(found) => {
            diagnostics.push(found);
            None
        }
    }
}

fn try_rule(item: &Node, diagnostics: &mut Vec<Diagnostic>) -> Result<AttentionRule, Diagnostic> {
    let at = line(item);
    if !matches!(item.value, Value::Map(_)) {
        return Err(diagnostic(
            DiagnosticCode::InvalidRule,
            at,
            format!(
                "An entry of `attention` is {}, so it watches nothing",
                item.describe()
            ),
            "write `- op: file` with its `path` below",
        ));
    }
    let found = |node: Option<&Node>| node.map_or_else(|| "missing".to_owned(), Node::describe);
    let op = item.get("op");
    if op.and_then(text) != Some("file") {
        return Err(diagnostic(
            DiagnosticCode::UnknownOp,
            op.map_or(at, line),
            format!("`op` is {}, so the rule watches nothing", found(op)),
            "write `op: file`, the only one there is",
        ));
    }
    let path = item.get("path");
    let Some(pattern) = path.and_then(text) else {
        return Err(diagnostic(
            DiagnosticCode::InvalidPath,
            path.map_or(at, line),
            format!("`path` is {}, so the rule watches nothing", found(path)),
            "write a path in the repository, such as `path: \"src/auth/**/*.ts\"`, in quotes if it looks like a number",
        ));
    };
    if let Err(error) = RulePath::parse(pattern) {
        let found = path_diagnostic(pattern, path.map_or(at, line), &error);
        if !error.keeps_literal() {
            return Err(found);
        }
        diagnostics.push(found);
    }
    let source = item.get("source");
    if let Some(node) = source
        && !matches!(node.value, Value::Text(_) | Value::Null)
    {
        let message = format!(
            "`source` is {}, which names no source: the rule watches the project's own repository",
            node.describe()
        );
        let remedy = "write the source's name in quotes, or leave `source` out";
        diagnostics.push(Diagnostic {
            pattern: pattern.to_owned(),
            ..diagnostic(DiagnosticCode::InvalidSource, line(node), message, remedy)
        });
    }
    Ok(AttentionRule {
        // The existing reports call the project's own repository so.
        source: source
            .and_then(text)
            .filter(|name| *name != "<local>")
            .map(str::to_owned),
        path: pattern.to_owned(),
        keywords: item.get("keywords").map(keywords).unwrap_or_default(),
        line: at,
    })
}

fn keywords(node: &Node) -> Vec<String> {
    let one = |node: &Node| text(node).map(str::to_owned);
    match &node.value {
        Value::List(items) => items.iter().filter_map(|item| one(item)).collect(),
        _ => one(node).into_iter().collect(),
    }
}

/// The trimmed text of a node, where it is text and not blank.
fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn path_diagnostic(pattern: &str, line: u32, error: &RulePathError) -> Diagnostic {
    let code = match error {
        RulePathError::Outside => DiagnosticCode::PathOutsideRepository,
        RulePathError::Repository => DiagnosticCode::InvalidPath,
        RulePathError::Class { .. } | RulePathError::TooManyAlternatives => {
            DiagnosticCode::InvalidGlob
        }
    };
    let message = format!("`path: {pattern}` cannot match: {error}");
    Diagnostic {
        pattern: pattern.to_owned(),
        ..diagnostic(code, line, message, error.remedy())
    }
}

fn yaml_diagnostic(error: YamlError) -> Diagnostic {
    match error {
        YamlError::Invalid { line, message } => diagnostic(
            DiagnosticCode::InvalidYaml,
            line as u32 + 1,
            format!(
                "The frontmatter is not valid YAML ({message}), so the document watches nothing"
            ),
            "mend the YAML; a path that begins with `*` has to be quoted",
        ),
        YamlError::DuplicateKey { line, key } => diagnostic(
            DiagnosticCode::DuplicateKey,
            line as u32 + 1,
            format!("The key `{key}` occurs twice in one mapping, so the document watches nothing"),
            format!("keep one `{key}`; a second rule is a list entry of its own"),
        ),
    }
}

/// A node's line in the document: the block begins on the second.
fn line(node: &Node) -> u32 {
    node.line as u32 + 1
}

fn diagnostic(
    code: DiagnosticCode,
    line: u32,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code,
        severity: Severity::Warning,
        message: message.into(),
        line,
        pattern: String::new(),
        remedy: remedy.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value as Json, json};

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        content: String,
        result: Json,
    }

    #[test]
    fn recorded_documents_parse_as_before() {
        let text = include_str!("../../tests/vectors/attention-frontmatter.json");
        for vector in serde_json::from_str::<Vec<Vector>>(text).unwrap() {
            let parsed = parse(vector.content.as_bytes());
            let rules: Vec<Json> = parsed.rules.iter().map(recorded).collect();
            if vector.result.is_null() {
                assert!(rules.is_empty(), "{:?}", vector.content);
            } else {
                assert_eq!(
                    json!(parsed.jrn),
                    vector.result["docId"],
                    "{:?}",
                    vector.content
                );
                assert_eq!(json!(rules), vector.result["rules"], "{:?}", vector.content);
            }
        }
    }

    fn recorded(rule: &AttentionRule) -> Json {
        let mut json = json!({"op": "file", "path": rule.path});
        if let Some(source) = &rule.source {
            json["source"] = json!(source);
        }
        if !rule.keywords.is_empty() {
            json["keywords"] = json!(rule.keywords);
        }
        json
    }

    fn told(content: &str) -> Vec<(DiagnosticCode, u32)> {
        let found = parse(content.as_bytes()).diagnostics;
        found.iter().map(|d| (d.code, d.line)).collect()
    }

    /// A document whose only entry of `attention` has these lines, from line 4 on.
    fn with_rule(lines: &str) -> String {
        format!(
            "---\njrn: A\nattention:\n  - {}\n---\n",
            lines.replace('\n', "\n    ")
        )
    }

    #[test]
    fn what_used_to_be_dropped_without_a_word_is_told_with_its_line() {
        use DiagnosticCode as Code;
        let rule = "attention:\n  - op: file\n    path: a\n";
        for (content, expected) in [
            (format!("---\njrn: 7\n{rule}---\n"), (Code::InvalidJrn, 2)),
            (format!("---\njrn: ''\n{rule}---\n"), (Code::InvalidJrn, 2)),
            (format!("---\n{rule}---\n"), (Code::MissingJrn, 3)),
            (
                format!("---\njrn: A\njrn: B\n{rule}---\n"),
                (Code::DuplicateKey, 3),
            ),
            (
                format!("--- \njrn: A\n{rule}---\n"),
                (Code::UnreadFrontmatter, 1),
            ),
            (
                format!("\n---\njrn: A\n{rule}---\n"),
                (Code::UnreadFrontmatter, 2),
            ),
            (with_rule("path: *x"), (Code::InvalidYaml, 4)),
            (
                "---\njrn: A\nattention:\n  op: file\n---\n".to_owned(),
                (Code::InvalidAttention, 4),
            ),
            (with_rule("text"), (Code::InvalidRule, 4)),
            (with_rule("path: a\nop: dir"), (Code::UnknownOp, 5)),
            (with_rule("op: file\npath: 5"), (Code::InvalidPath, 5)),
            (with_rule("op: file"), (Code::InvalidPath, 4)),
            (
                with_rule("op: file\npath: ../b/*.ts"),
                (Code::PathOutsideRepository, 5),
            ),
            (
                with_rule("op: file\npath: 'src/[a'"),
                (Code::InvalidGlob, 5),
            ),
            (
                with_rule("op: file\nsource: 7\npath: a").replace('\n', "\r\n"),
                (Code::InvalidSource, 5),
            ),
        ] {
            assert_eq!(told(&content), vec![expected], "{content}");
        }
    }

    #[test]
    fn a_frontmatter_beyond_the_limit_is_not_read_and_says_so() {
        let with = |rest: usize| {
            let rule = "jrn: A\nattention:\n  - op: file\n    path: a\nrest: ";
            format!("---\n{rule}{}\n---\n", "x".repeat(rest - rule.len()))
        };
        assert_eq!(told(&with(LONGEST_BLOCK)), vec![]);
        assert_eq!(parse(with(LONGEST_BLOCK).as_bytes()).rules.len(), 1);
        let long = parse(with(LONGEST_BLOCK + 1).as_bytes());
        assert!(long.jrn.is_none() && long.rules.is_empty());
        let [found] = &*long.diagnostics else {
            panic!("{long:?}")
        };
        assert_eq!(found.code, DiagnosticCode::UnreadFrontmatter);
        assert!(found.message.contains("65 KiB") && found.message.contains("64 KiB"));
        // Many megabytes cost no more than looking for their end.
        let flood = format!("---\na:\n{}---\n", "- [a, {b: c}]\n".repeat(600_000));
        let before = std::time::Instant::now();
        assert_eq!(told(&flood), vec![(DiagnosticCode::UnreadFrontmatter, 1)]);
        assert!(before.elapsed() < std::time::Duration::from_secs(1));
    }

    #[test]
    fn an_ordinary_document_has_nothing_to_tell() {
        assert_eq!(told("# Title\n\n---\n\ntext"), vec![]);
        assert_eq!(told("---\ntitle: x\njrn: 7\n---\n"), vec![]);
        assert_eq!(told("---\njrn: A\nattention:\n---\n"), vec![]);
        let fine = with_rule("op: file\nsource:\npath: src/**");
        assert_eq!(told(&fine), vec![]);
        assert_eq!(parse(fine.as_bytes()).rules[0].line, 4);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_parse(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let mut content = b"---\n".to_vec();
            content.extend(bytes);
            parse(&content);
        }
    }
}
