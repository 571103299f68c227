//! The YAML of a frontmatter block as a tree with line numbers. Duplicate keys are errors, as they are in the existing
//! system, but here they are told.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle};

/// Deeper nesting than any frontmatter has; protects the stack of whoever walks or drops the tree.
const MAX_DEPTH: usize = 64;

/// One node with the line it begins on, counted from 1 in the block.
#[derive(Debug)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
    /// How many collections lie in one another here, those that aliases stand for too.
    depth: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Text(String),
    /// A plain scalar that YAML 1.2 reads as something else than text: a number, `true`.
    Other(String),
    List(Vec<Rc<Node>>),
    Map(Entries),
}

type Entries = Vec<(Rc<Node>, Rc<Node>)>;

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| matches!(&name.value, Value::Text(text) if text == key))
            .map(|(_, node)| &**node)
    }

    /// What the node is, as a sentence says it.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Null => "empty".to_owned(),
            Value::Text(text) => format!("the text \"{text}\""),
            Value::Other(word)
                if matches!(word.to_ascii_lowercase().as_str(), "true" | "false") =>
            {
                format!("the boolean {word}")
            }
            Value::Other(number) => format!("the number {number}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum YamlError {
    Invalid { line: usize, message: String },
    DuplicateKey { line: usize, key: String },
}

/// A collection whose end has not come yet.
struct Open {
    line: usize,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Rc<Node>>),
    /// With the key that waits for its value.
    Map(Entries, Option<Rc<Node>>),
}

impl Content {
    /// The deepest of what it holds.
    fn depth(&self) -> usize {
        let deepest = match self {
            Self::List(items) => items.iter().map(|item| item.depth).max(),
            Self::Map(entries, _) => entries
                .iter()
                .map(|(key, value)| key.depth.max(value.depth))
                .max(),
        };
        deepest.unwrap_or(0)
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
}

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Rc<Node>, YamlError> {
    let mut builder = Builder::default();
    for item in Parser::new_from_str(text) {
        let (event, span) = item.map_err(|error| YamlError::Invalid {
            line: error.marker().line(),
            message: error.info(),
        })?;
        builder.take(event, span.start.line())?;
    }
    Ok(builder.root.unwrap_or_else(|| {
        Rc::new(Node {
            line: 1,
            value: Value::Null,
            depth: 0,
        })
    }))
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), YamlError> {
        let invalid = |message: &str| YamlError::Invalid {
            line,
            message: message.to_owned(),
        };
        match event {
            Event::SequenceStart(_, anchor, _) => {
                let content = Content::List(Vec::new());
                self.open.push(Open {
                    line,
                    anchor,
                    content,
                });
            }
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Map(Vec::new(), None);
                self.open.push(Open {
                    line,
                    anchor,
                    content,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let ended = self.open.pop().ok_or_else(|| invalid("unbalanced"))?;
                let depth = 1 + ended.content.depth();
                let value = match ended.content {
                    Content::List(items) => Value::List(items),
                    Content::Map(entries, _) => Value::Map(unique(entries)?),
                };
                let node = Node {
                    line: ended.line,
                    value,
                    depth,
                };
                // An alias can nest what is flat in the text.
                if depth > MAX_DEPTH {
                    return Err(invalid("nested too deeply"));
                }
                self.place(node, ended.anchor);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                let is_text = quoted || tag.is_some_and(|tag| tag.suffix() == "str");
                let value = scalar(&text, is_text);
                let node = Node {
                    line,
                    value,
                    depth: 0,
                };
                self.place(node, anchor);
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).map(Rc::clone);
                self.attach(node.ok_or_else(|| invalid("an alias inside the node it names"))?);
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err(invalid("a second YAML document begins"));
            }
            _ => {}
        }
        if self.open.len() > MAX_DEPTH {
            return Err(invalid("nested too deeply"));
        }
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize) {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.attach(node);
    }

    fn attach(&mut self, node: Rc<Node>) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(name) => entries.push((name, node)),
            },
        }
    }
}

fn unique(entries: Entries) -> Result<Entries, YamlError> {
    let mut seen = HashSet::new();
    for (key, _) in &entries {
        let text = match &key.value {
            Value::Text(text) | Value::Other(text) => text.as_str(),
            Value::Null => "",
            Value::List(_) | Value::Map(_) => continue,
        };
        if !seen.insert(text) {
            return Err(YamlError::DuplicateKey {
                line: key.line,
                key: text.to_owned(),
            });
        }
    }
    Ok(entries)
}

/// Types a scalar by the core schema of YAML 1.2.
fn scalar(text: &str, is_text: bool) -> Value {
    match text {
        _ if is_text => Value::Text(text.to_owned()),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Value::Other(text.to_owned()),
        _ if is_number(text) => Value::Other(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    // What is left are decimal integers and floats; Rust's words for infinities are text in YAML.
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_text_but_what_looks_like_them_is() {
        for number in [
            "1", "-2", "0x1F", "0o17", "1.5", ".5", "1e3", "+.inf", ".nan",
        ] {
            assert!(matches!(scalar(number, false), Value::Other(_)), "{number}");
        }
        for text in ["1a", "inf", "nan", "1_000", "0x", "v1", "yes", "-", "."] {
            assert!(matches!(scalar(text, false), Value::Text(_)), "{text}");
        }
    }

    #[test]
    fn an_alias_is_the_node_it_names_and_a_bomb_stays_small() {
        let node = parse("a: &x {k: v}\nb: *x").unwrap();
        assert!(node.get("b").unwrap().get("k").is_some());
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..60 {
            let below = level - 1;
            bomb = format!("{bomb}a{level}: &a{level} [*a{below}, *a{below}]\n");
        }
        assert!(parse(&bomb).is_ok());
        assert!(parse("&a [*a]").is_err());
    }

    #[test]
    fn aliases_nest_no_deeper_than_brackets_may() {
        let deep = format!("[&a [x]{}]", ", &b [*a], &a [*b]".repeat(50_000));
        let error = parse(&deep).unwrap_err();
        assert!(
            matches!(&error, YamlError::Invalid { message, .. } if message.contains("deeply")),
            "{error:?}"
        );
        let brackets = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&brackets(MAX_DEPTH)).is_ok());
        assert!(parse(&brackets(MAX_DEPTH + 1)).is_err());
    }

    #[test]
    fn duplicate_keys_are_told_with_their_line() {
        let error = parse("a: 1\nb:\n  c: 1\n  c: 2").unwrap_err();
        let key = "c".to_owned();
        assert_eq!(error, YamlError::DuplicateKey { line: 4, key });
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[a-b:\\-\\[\\]{}&*!'\" \n|>#,]{0,60}") {
            let _ = parse(&text);
        }
    }
}
