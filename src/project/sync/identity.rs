//! What a document is known by: the `jrn` of its frontmatter, one line of it; and what it says besides (sources.md §10:
//! identity).

use crate::base::sha256_hex;
use crate::impact::frontmatter;

/// The id that a document gives itself. What strict mode would complain about (`jrn: 7`) still is one here: nothing is pushed
/// under a second id because of it.
pub fn document_id(text: &str) -> Option<String> {
    let parsed = frontmatter::parse(text.as_bytes()).jrn;
    parsed.or_else(|| {
        let line = IdLine::find(text)?;
        let value = &text[line.start + "jrn:".len()..line.end];
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    })
}

/// The text with the id in its frontmatter, in place of the one that was there; all else stays byte for byte.
pub fn with_id(text: &str, id: &str) -> String {
    let id = &as_yaml(id);
    if let Some(line) = IdLine::find(text) {
        return format!("{}jrn: {id}{}", &text[..line.start], &text[line.end..]);
    }
    let (mark, body) = split_mark(text);
    let end = if body
        .lines()
        .next()
        .is_some_and(|_| first_ending(body) == "\r\n")
    {
        "\r\n"
    } else {
        "\n"
    };
    match Block::find(body) {
        Some(block) => {
            let (before, after) = body.split_at(block.start);
            format!("{mark}{before}jrn: {id}{end}{after}")
        }
        None => format!("{mark}---{end}jrn: {id}{end}---{end}{body}"),
    }
}

/// The id as YAML reads it back: in quotes where it would be something else without.
fn as_yaml(id: &str) -> String {
    let reads = |value: &str| document_id(&format!("---\njrn: {value}\n---\n"));
    let is_read = |value: &str| {
        let block = format!("---\njrn: {value}\n---\n");
        frontmatter::parse(block.as_bytes()).jrn.as_deref() == Some(id)
    };
    // JSON's text is YAML's double-quoted one.
    let quoted = serde_json::Value::from(id).to_string();
    if !is_read(id) && is_read(&quoted) && reads(&quoted).as_deref() == Some(id) {
        quoted
    } else {
        id.to_owned()
    }
}

/// The text without the line of its id.
pub fn without_id(text: &str) -> String {
    let Some(line) = IdLine::find(text) else {
        return text.to_owned();
    };
    let rest = &text[line.end..];
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    format!("{}{rest}", &text[..line.start])
}

/// What a document says, its id aside: two texts that differ in that line alone have one fingerprint.
pub(super) fn fingerprint(text: &str) -> String {
    format!("sha256:{}", sha256_hex(without_id(text).as_bytes()))
}

/// A new id: 16 characters of base 36, upper case; 82 random bits.
pub(super) fn new_id() -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut rest = uuid::Uuid::new_v4().as_u128();
    let mut id = String::with_capacity(16);
    for _ in 0..16 {
        id.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    id
}

/// The inner part of the frontmatter: byte range of the text behind a byte order mark.
struct Block {
    start: usize,
    end: usize,
}

impl Block {
    fn find(body: &str) -> Option<Self> {
        let rest = body.strip_prefix("---")?;
        let ending = match rest {
            _ if rest.starts_with("\r\n") => 2,
            _ if rest.starts_with('\n') => 1,
            _ => return None,
        };
        let start = 3 + ending;
        let mut at = start;
        for line in body[start..].split_inclusive('\n') {
            if line.starts_with("---") {
                return Some(Self { start, end: at });
            }
            at += line.len();
        }
        None
    }
}

/// The line of the id, without its ending: byte range of the whole text.
struct IdLine {
    start: usize,
    end: usize,
}

impl IdLine {
    fn find(text: &str) -> Option<Self> {
        let (mark, body) = split_mark(text);
        let block = Block::find(body)?;
        let mut at = mark.len() + block.start;
        for line in body[block.start..block.end].split_inclusive('\n') {
            if line.starts_with("jrn:") {
                let end = at + line.trim_end_matches(['\r', '\n']).len();
                return Some(Self { start: at, end });
            }
            at += line.len();
        }
        None
    }
}

fn split_mark(text: &str) -> (&str, &str) {
    text.strip_prefix('\u{feff}')
        .map_or(("", text), |body| ("\u{feff}", body))
}

fn first_ending(body: &str) -> &'static str {
    match body.find('\n') {
        Some(at) if body[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_yaml_would_misread_is_quoted() {
        for id in ["A: #1", "7", "[x]", "- a"] {
            let text = with_id("---\nattention:\n  - op: file\n    path: a\n---\n", id);
            let parsed = frontmatter::parse(text.as_bytes());
            assert_eq!(parsed.jrn.as_deref(), Some(id), "{text}");
            assert_eq!(parsed.rules.len(), 1, "{text}");
            assert_eq!(with_id(&text, id), text);
            assert_eq!(document_id(&text).as_deref(), Some(id));
        }
        assert_eq!(with_id("---\njrn: B\n---\n", "A"), "---\njrn: A\n---\n");
    }

    #[test]
    fn the_published_vectors_hold() {
        let vectors = include_str!("../../../tests/vectors/sync-jrn-helpers.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        assert_eq!(vectors.len(), 5);
        for vector in vectors {
            let text = vector["content"].as_str().unwrap();
            assert_eq!(
                document_id(text).as_deref(),
                vector["extractJrn"].as_str(),
                "{text:?}"
            );
            assert_eq!(with_id(text, "NEW"), vector["injected"], "{text:?}");
            assert_eq!(without_id(text), vector["withoutJrn"], "{text:?}");
        }
    }

    #[test]
    fn line_endings_and_a_byte_order_mark_stay() {
        let text = "\u{feff}---\r\ntitle: A\r\n---\r\nx\r\n";
        let named = with_id(text, "A1");
        assert_eq!(named, "\u{feff}---\r\njrn: A1\r\ntitle: A\r\n---\r\nx\r\n");
        assert_eq!(document_id(&named).as_deref(), Some("A1"));
        assert_eq!(without_id(&named), text);
        assert_eq!(fingerprint(&named), fingerprint(text));
        assert_eq!(with_id("x\r\n", "A1"), "---\r\njrn: A1\r\n---\r\nx\r\n");
    }

    #[test]
    fn only_a_line_of_the_frontmatter_itself_is_the_id() {
        for text in [
            "---\nfoo: jrn: Q\n---\n",
            "---\nmeta:\n  jrn: Q\n---\n",
            "# x\njrn: Q\n",
            "---\ntitle: x\njrn: Q\n",
            "---\njrn:\n---\n",
        ] {
            assert_eq!(document_id(text), None, "{text:?}");
        }
        assert_eq!(document_id("---\njrn: \"A\"\n---\n").as_deref(), Some("A"));
        assert_eq!(document_id("---\njrn: 7\n---\n").as_deref(), Some("7"));
        assert_eq!(with_id("---\njrn:\n---\n", "A"), "---\njrn: A\n---\n");
    }

    #[test]
    fn an_id_is_new_and_of_its_alphabet() {
        let (one, other) = (new_id(), new_id());
        assert_ne!(one, other);
        assert_eq!(one.len(), 16);
        assert!(
            one.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
    }
}
