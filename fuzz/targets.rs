//! What fuzzing runs: one function for each parser. It returns, whatever the bytes are; what it asserts holds for all of them.
//!
//! `fuzz_targets` gives these functions to libFuzzer, `tests/fuzz` runs them on stable Rust.

// A program of `fuzz_targets` calls one of them.
#![allow(dead_code)]

use std::fmt::Debug;
use std::path::{Component, Path};

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jolli::api::{Provider, PullReply, PullRequest, PushReply, PushRequest};
use jolli::base::Timestamp;
use jolli::client::query::encode;
use jolli::client::sse::{SseError, SseEvent, SseParser};
use jolli::domain::attention::AttentionRule;
use jolli::domain::coordinate::RepoCoordinate;
use jolli::domain::document::{check_document_path, is_document_id};
use jolli::domain::jrn::{
    BranchPattern, Jrn, JrnPattern, Repository, Resource, convert, event_jrn, is_v3, parse_v2,
    parse_v3, to_v3,
};
use jolli::git::change::{self, Change};
use jolli::git::{ChangeStatus, EntryKind, Sha};
use jolli::impact::extract::{FileStatus, Hunk, context, parse_unified_diff};
use jolli::impact::frontmatter::parse as parse_document;
use jolli::impact::glob::{RulePath, RulePathError};
use jolli::impact::index::{AttentionIndex, ChangedFiles, WatchingDocument};
use jolli::impact::path::normalize;
use jolli::local::Project;
use jolli::local::sources::{Opened, SourcesFile};
use jolli::project::sync::identity::{document_id, with_id, without_id};
use jolli::project::sync::merge::{Merged, merge, unresolved};
use jolli::server::payload::{self, What};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Panics where the bytes break a rule.
pub type Target = fn(&[u8]);

/// Every target by its name: a test, a program and a folder of stored inputs are called the same.
pub const TARGETS: &[(&str, Target)] = &[
    ("webhook", webhook),
    ("jrn", jrn),
    ("jrn_pattern", jrn_pattern),
    ("coordinate", coordinate),
    ("frontmatter", frontmatter),
    ("glob", glob),
    ("sources_file", sources_file),
    ("diff", diff),
    ("git_changes", git_changes),
    ("sse", sse),
    ("sync_operations", sync_operations),
    ("sync_merge", sync_merge),
    ("sync_identity", sync_identity),
];

/// Matching takes pattern × text steps: within these lengths each input is over in a moment.
const LONGEST_PATTERN: usize = 2_048;
const LONGEST_GLOB: usize = 512;
const LONGEST_PATH: usize = 256;

/// Comparing two texts takes up to the square of their lines.
const LONGEST_MERGED: usize = 4_096;

/// More headers than any provider sends.
const MOST_HEADERS: usize = 64;

/// What is matched with one pattern.
const MOST_TEXTS: usize = 16;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const MORE_TEXT: &[u8] = b"\n# More\n";

/// Webhooks of every provider: a line with its name, lines with headers, an empty line, the body.
pub fn webhook(data: &[u8]) {
    let Some(end) = data.windows(2).position(|pair| pair == b"\n\n") else {
        return;
    };
    let (Ok(head), body) = (std::str::from_utf8(&data[..end]), &data[end + 2..]) else {
        return;
    };
    let mut lines = head.lines();
    let Some(Ok(provider)) = lines.next().map(str::parse::<Provider>) else {
        return;
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines
        .filter_map(|line| line.split_once(": "))
        .take(MOST_HEADERS)
    {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes())
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    }
    let delivery = payload::delivery_id(provider, &headers);
    assert!(delivery.is_none_or(|id| (1..=200).contains(&id.len())));
    if let Ok(notice) = payload::read(provider, &headers, body) {
        assert_eq!(payload::event_name(provider, &headers), Ok(notice.event));
        if let What::Push(pushes) = notice.what {
            assert!(notice.repo.is_some());
            for push in pushes {
                assert!(push.git_ref.starts_with("refs/") && push.git_ref.len() <= 1_024);
                assert!(!push.git_ref.contains(char::is_control));
                for commit in [push.before, push.after].into_iter().flatten() {
                    assert_eq!(Sha::parse(&commit).map(String::from), Ok(commit.clone()));
                    assert!(commit.bytes().any(|digit| digit != b'0'));
                }
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(body) {
        headers.remove(CONTENT_TYPE);
        let as_json = payload::read(provider, &headers, body);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let body = format!("payload={}", encode(text));
        let as_form = payload::read(provider, &headers, body.as_bytes());
        assert_eq!(as_form, as_json);
    }
}

/// JRNs of both versions, and names of branches.
pub fn jrn(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Jrn::parse(text) {
        Ok(Jrn::V2(jrn)) => {
            assert_eq!(jrn.raw, text);
            let printed = jrn.resource.to_v2(&jrn.workspace());
            let again = parse_v2(&printed).expect("what is printed parses");
            assert_eq!(again.workspace(), jrn.workspace());
            assert_eq!(again.resource, jrn.resource);
            assert_names(&to_v3(&jrn), &jrn.resource);
        }
        Ok(Jrn::V3(jrn)) => {
            assert_eq!(jrn.raw, text);
            assert_names(&jrn.resource.to_v3(&jrn.org_id), &jrn.resource);
        }
        Err(_) => assert!(convert(text).is_err()),
    }
    if let Ok(branch) = BranchPattern::parse(text) {
        assert_eq!(branch.as_str(), text);
        assert!(branch.matches(text), "a pattern is a branch of its own");
        let repo = RepoCoordinate::parse("github.com/acme/backend").expect("a coordinate");
        let pushed = Resource::Git {
            provider: "github".to_owned(),
            repository: Some(Repository {
                owner: "acme".to_owned(),
                repo: "backend".to_owned(),
                branch: text.to_owned(),
            }),
        };
        assert_names(&event_jrn("acme", "github", &repo, text), &pushed);
    }
}

/// A version 3 text parses to the thing that it was made of. In one of a branch or an address `:v/1` at the end is taken for
/// a version; git knows no such branch.
fn assert_names(text: &str, resource: &Resource) {
    if matches!(resource, Resource::Item(_)) || !text.contains(":v/") {
        let parsed = parse_v3(text).expect("what is printed parses");
        assert_eq!(parsed.resource, *resource);
    }
}

/// JRN patterns. The first line is the pattern, the others are names.
pub fn jrn_pattern(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.lines();
    let written = lines.next().unwrap_or_default();
    let Ok(pattern) = JrnPattern::parse(written) else {
        assert!(JrnPattern::parse_event_filter(written).is_err());
        return;
    };
    assert_eq!(pattern.to_string(), written);
    if written.len() > LONGEST_PATTERN {
        return;
    }
    // Without a second colon there is no service, and no name is that short.
    if written.matches(':').count() > 1 {
        assert!(pattern.matches(written), "a pattern is a name of its own");
    }
    if JrnPattern::parse_event_filter(written).is_ok() {
        let path = written.splitn(4, ':').nth(3).unwrap_or_default();
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let filled: Vec<&str> = segments
            .map(|segment| if segment.contains('*') { "x" } else { segment })
            .collect();
        let event = format!("jrn::path:/{}", filled.join("/"));
        assert!(pattern.matches(&event), "it can never fire for {event}");
    }
    for name in lines
        .filter(|name| name.len() <= LONGEST_PATTERN)
        .take(MOST_TEXTS)
    {
        if !pattern.matches(name) {
            continue;
        }
        assert_eq!(is_v3(name), is_v3(written), "versions never mix");
        if is_v3(written) {
            let below = JrnPattern::parse(&format!("{written}/**")).expect("a pattern");
            assert!(below.matches(name), "`**` stands for nothing too");
        }
    }
}

/// Repo coordinates in any spelling.
pub fn coordinate(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let coordinate = match RepoCoordinate::parse(text) {
        Ok(coordinate) => coordinate,
        Err(error) => {
            let said = error.to_string();
            assert!(!said.contains(char::is_control), "{said:?}");
            return;
        }
    };
    let canonical = coordinate.to_string();
    assert!(canonical.len() <= 512);
    assert_eq!(
        format!("{}/{}", coordinate.account(), coordinate.repo()),
        canonical
    );
    assert!(coordinate.matching_key().eq_ignore_ascii_case(&canonical));
    let mut spellings = vec![canonical, coordinate.web_url(), coordinate.clone_url()];
    // The port of the one transport is the usual one of the other, which goes.
    if !coordinate.host().ends_with(":22") {
        spellings.push(coordinate.ssh_url());
    }
    for spelling in spellings {
        // An address is longer than the coordinate, and may be too long for one.
        if spelling.len() <= 512 {
            let again = RepoCoordinate::parse(&spelling);
            assert_eq!(again.as_ref(), Ok(&coordinate), "{spelling}");
        }
    }
}

/// Documents: what their frontmatter says.
pub fn frontmatter(data: &[u8]) {
    let document = parse_document(data);
    let id = document.jrn.as_deref();
    assert!(id.is_none_or(is_trimmed));
    assert!(document.rules.is_empty() || id.is_some());
    for rule in &document.rules {
        assert!(is_trimmed(&rule.path));
        assert!(rule.line > 0);
        let source = rule.source.as_deref();
        assert!(source.is_none_or(|source| is_trimmed(source) && source != "<local>"));
        let parsed = RulePath::parse(&rule.path);
        assert!(parsed.is_ok() || parsed.is_err_and(RulePathError::keeps_literal));
    }
    if !data.starts_with(BYTE_ORDER_MARK) {
        assert_eq!(parse_document(&[BYTE_ORDER_MARK, data].concat()), document);
    }
    let Some(id) = id else {
        return;
    };
    assert_eq!(parse_document(&[data, MORE_TEXT].concat()), document);
    for rule in document
        .rules
        .iter()
        .filter(|rule| rule.path.len() <= LONGEST_PATH)
        .take(MOST_TEXTS)
    {
        let names = RulePath::parse(&rule.path).unwrap_or_else(|_| RulePath::literal(&rule.path));
        let changed = ChangedFiles {
            source: rule.source.clone(),
            files: names.exact_names().map(str::to_owned).collect(),
        };
        let index = AttentionIndex::build([WatchingDocument {
            path: "docs/a.md",
            doc_id: id,
            rules: std::slice::from_ref(rule),
        }]);
        let touched = index.impacts(&[changed]);
        assert_eq!(touched.len(), 1, "a rule watches the file of its name");
    }
}

fn is_trimmed(text: &str) -> bool {
    !text.is_empty() && text.trim() == text
}

/// Globs. The first line is the path of a rule, the others are paths of files.
pub fn glob(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.lines();
    let written = lines.next().unwrap_or_default().trim();
    if let Ok(normal) = normalize(written) {
        assert_eq!(normalize(&normal), Ok(normal.clone()));
    }
    let parsed = RulePath::parse(written);
    if written.len() > LONGEST_GLOB {
        return;
    }
    let rule = match &parsed {
        Ok(rule) => Some(rule.clone()),
        Err(error) if error.keeps_literal() => Some(RulePath::literal(written)),
        Err(_) => None,
    };
    for name in rule.iter().flat_map(RulePath::exact_names) {
        let found = rule.as_ref().and_then(|rule| rule.matches(name));
        assert!(found.is_some(), "a rule matches the file of its name");
    }
    // A blank at an end of what is shown is part of a name, and would be trimmed.
    let shown = parsed
        .ok()
        .map(|rule| rule.shown().to_owned())
        .filter(|shown| is_trimmed(shown))
        .map(|shown| RulePath::parse(&shown).expect("what is shown parses"));
    let rules = [AttentionRule {
        source: None,
        path: written.to_owned(),
        keywords: Vec::new(),
        line: 1,
    }];
    let index = AttentionIndex::build([WatchingDocument {
        path: "docs/a.md",
        doc_id: "A",
        rules: &rules,
    }]);
    for path in lines.filter(|path| is_of_git(path)).take(MOST_TEXTS) {
        let alone = rule.as_ref().and_then(|rule| rule.matches(path));
        let impacts = index.impacts(&[ChangedFiles {
            source: None,
            files: vec![path.to_owned()],
        }]);
        let indexed = impacts.first().map(|impact| impact.matches[0].match_type);
        assert_eq!(indexed, alone, "{written} {path}");
        // As written it is a name too, which what is shown leaves out.
        if path != written
            && let Some(shown) = &shown
        {
            assert_eq!(shown.matches(path), alone, "{} {path}", shown.shown());
        }
    }
}

/// Whether git may print such a path.
fn is_of_git(path: &str) -> bool {
    (1..=LONGEST_PATH).contains(&path.len()) && normalize(path).is_ok_and(|normal| normal == path)
}

/// `.jolli/sources.json`, both shapes: read, upgraded where it is of the older one, and read again.
pub fn sources_file(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let project = Project::at(folder.path());
    project.make().expect("a folder can be made");
    let file = SourcesFile::of(&project);
    std::fs::write(file.path(), data).expect("a file can be written");
    let read = |path: &Path| std::fs::read(path).expect("the file is there");
    let now = Timestamp::from_millis(1_795_270_931_000);
    let Ok(Opened {
        config,
        upgrade: Some(upgrade),
    }) = file.open(now)
    else {
        assert_eq!(read(file.path()), data, "it is as it was");
        return;
    };
    let backup = upgrade.backup.expect("it can be written");
    assert_eq!(read(&backup), data);
    for name in &upgrade.virtual_sources {
        assert!(config.virtual_sources.contains_key(name));
    }
    for (id, _) in &upgrade.mounts {
        assert!(config.mounts.contains_key(id));
    }
    let older: Value = serde_json::from_slice(data).expect("it was read");
    if !is_kept(&older, 120) {
        return;
    }
    let written = read(file.path());
    let again = file.open(now).expect("what is written is read");
    assert_eq!(again.upgrade, None, "it is upgraded once");
    assert_eq!(again.config, config);
    assert_eq!(read(file.path()), written);
}

/// Whether what is written says the same: the last digit of a fraction may change, and what is nested as deeply as can be
/// read may get one level more.
fn is_kept(value: &Value, levels: usize) -> bool {
    match value {
        Value::Number(number) => !number.is_f64(),
        Value::Array(items) => levels > 0 && items.iter().all(|item| is_kept(item, levels - 1)),
        Value::Object(members) => {
            levels > 0 && members.values().all(|member| is_kept(member, levels - 1))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Unified diffs and names of commits, as git prints them.
pub fn diff(data: &[u8]) {
    // What git prints is read so.
    let text = String::from_utf8_lossy(data);
    let hunks = parse_unified_diff(&text);
    let lines: usize = hunks.iter().map(|hunk| 1 + hunk.lines.len()).sum();
    assert!(lines <= text.lines().count());
    for hunk in &hunks {
        let marked = |line: &String| line.is_empty() || line.starts_with(['+', '-', ' ']);
        assert!(hunk.lines.iter().all(marked));
        let name = context(hunk.lines.iter().map(String::as_str));
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        assert!(name.chars().all(is_word), "{name}");
        assert!(name.is_empty() || hunk.lines.iter().any(|line| line.contains(&name)));
    }
    let whole: Vec<Hunk> = hunks.into_iter().filter(is_whole).collect();
    let printed: String = whole.iter().map(print_hunk).collect();
    assert_eq!(parse_unified_diff(&printed), whole);
    for word in text.split_whitespace().take(MOST_TEXTS) {
        if let Ok(sha) = Sha::parse(word) {
            assert_eq!(sha.as_str(), word.to_ascii_lowercase());
            assert_eq!(Sha::parse(sha.as_str()).as_ref(), Ok(&sha));
            assert!(sha.as_str().starts_with(sha.short()));
        }
    }
}

/// Whether a hunk has as many lines as it says, and nothing that git would print in another way.
fn is_whole(hunk: &Hunk) -> bool {
    let count = |mark: char| {
        let counts = |line: &&String| line.is_empty() || line.starts_with([mark, ' ']);
        hunk.lines.iter().filter(counts).count() as u64
    };
    count('-') == hunk.old_count
        && count('+') == hunk.new_count
        && !hunk.file.contains(char::is_control)
        && !hunk.lines.iter().any(|line| line.ends_with('\r'))
}

/// A hunk as git prints it, under a header of its own.
fn print_hunk(hunk: &Hunk) -> String {
    let file = &hunk.file;
    let sides = match hunk.status {
        FileStatus::Added => format!("new file mode 100644\n--- /dev/null\n+++ b/{file}"),
        FileStatus::Deleted => format!("deleted file mode 100644\n--- a/{file}\n+++ /dev/null"),
        FileStatus::Modified => format!("--- a/{file}\n+++ b/{file}"),
    };
    let mut text = format!(
        "diff --git a/{file} b/{file}\n{sides}\n@@ -{},{} +{},{} @@\n",
        hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count
    );
    for line in &hunk.lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Changed entries, as `--raw -z` prints them.
pub fn git_changes(data: &[u8]) {
    let Ok(changes) = change::parse(data) else {
        return;
    };
    for change in &changes {
        let (old, new) = (change.old_path.as_deref(), change.new_path.as_deref());
        assert_eq!(old.is_none(), change.status == ChangeStatus::Added);
        assert_eq!(new.is_none(), change.status == ChangeStatus::Deleted);
        assert_eq!(Some(change.path()), new.or(old));
    }
    let printed: String = changes.iter().map(print_change).collect();
    let again = change::parse(printed.as_bytes()).expect("what is printed parses");
    assert_eq!(again, changes);
}

fn print_change(change: &Change) -> String {
    let status = match change.status {
        ChangeStatus::Added => 'A',
        ChangeStatus::Deleted => 'D',
        ChangeStatus::Modified => 'M',
        ChangeStatus::TypeChanged => 'T',
        ChangeStatus::Unmerged => 'U',
    };
    let mode = match change.kind {
        EntryKind::File => "100644",
        EntryKind::Symlink => "120000",
        EntryKind::Submodule => "160000",
    };
    format!(":{mode} {mode} 0 0 {status}\0{}\0", change.path())
}

const LARGEST_EVENT: usize = 4_096;

/// Server-sent events, whole and byte by byte.
pub fn sse(data: &[u8]) {
    let events = SseParser::new(LARGEST_EVENT).push(data);
    assert_eq!(byte_by_byte(data), events);
    let Ok(events) = events else {
        return;
    };
    for event in &events {
        let id = event.id.as_deref().unwrap_or_default();
        for part in [id, event.event.as_str(), event.data.as_str()] {
            assert!(part.len() <= LARGEST_EVENT);
        }
    }
    let printed: String = events.iter().map(print_event).collect();
    // A blank behind each colon makes it a little longer.
    let again = SseParser::new(2 * LARGEST_EVENT).push(printed.as_bytes());
    assert_eq!(again, Ok(events));
}

fn byte_by_byte(data: &[u8]) -> Result<Vec<SseEvent>, SseError> {
    let mut parser = SseParser::new(LARGEST_EVENT);
    let mut events = Vec::new();
    for byte in data {
        events.extend(parser.push(std::slice::from_ref(byte))?);
    }
    Ok(events)
}

fn print_event(event: &SseEvent) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| text.extend([name, ": ", value, "\n"]);
    if let Some(id) = &event.id {
        field("id", id);
    }
    field("event", &event.event);
    for line in event.data.split('\n') {
        field("data", line);
    }
    text.push('\n');
    text
}

/// What sync sends and gets: every message is read as each of its kinds.
pub fn sync_operations(data: &[u8]) {
    read_back::<PullRequest>(data);
    read_back::<PushReply>(data);
    if let Some(reply) = read_back::<PullReply>(data) {
        for change in reply.changes {
            check_document(
                &change.file_id,
                &change.server_path,
                change.content.as_deref(),
            );
        }
    }
    if let Some(request) = read_back::<PushRequest>(data) {
        for op in request.ops {
            check_document(&op.file_id, &op.server_path, op.content.as_deref());
        }
    }
}

/// The message, if it is one: what it is written as says the same.
fn read_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let message: T = serde_json::from_slice(data).ok()?;
    let text = serde_json::to_string(&message).expect("it is plain data");
    let again: T = serde_json::from_str(&text).expect("what is written is read");
    assert_eq!(again, message);
    Some(message)
}

fn check_document(id: &str, path: &str, text: Option<&str>) {
    if is_document_id(id) {
        assert!((1..=500).contains(&id.len()) && !id.contains(char::is_control));
    }
    if check_document_path(path).is_ok() {
        let parts: Vec<Component<'_>> = Path::new(path).components().collect();
        assert_eq!(parts.len(), path.split('/').count());
        for part in parts {
            assert!(
                matches!(part, Component::Normal(_)),
                "{path} leaves its space"
            );
            let name = part.as_os_str();
            let is_obeyed = [".git", ".jolli"].map(|r| name.eq_ignore_ascii_case(r));
            assert_eq!(is_obeyed, [false; 2], "{path}");
        }
    }
    if let Some(text) = text {
        parse_document(text.as_bytes());
    }
}

/// Merges: the text that both came from, the local one and the server's, with `~~~~` between them.
pub fn sync_merge(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parts: Vec<&str> = text.splitn(3, "~~~~\n").collect();
    let [base, local, server] = parts[..] else {
        return;
    };
    if text.len() > LONGEST_MERGED {
        return;
    }
    let clean = |text: &str| Merged {
        text: text.to_owned(),
        conflicts: 0,
    };
    assert_eq!(merge(Some(base), base, server), clean(server));
    assert_eq!(merge(Some(base), local, base), clean(local));
    assert_eq!(merge(Some(base), local, local), clean(local));
    assert_eq!(merge(None, local, local), clean(local));
    for base in [Some(base), None] {
        let merged = merge(base, local, server);
        if merged.conflicts > 0 {
            assert!(unresolved(&merged.text).is_some(), "{}", merged.text);
        }
    }
    assert_eq!(merge(None, local, server).conflicts == 0, local == server);
}

/// The line of a document that holds its id.
pub fn sync_identity(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let named = with_id(text, "A1");
    assert!(document_id(&named).is_some());
    assert_eq!(with_id(&named, "A1"), named);
    let renamed = with_id(&named, "B2");
    assert_eq!(without_id(&renamed), without_id(&named));
}
