//! The texts as they stand in the source: what `tr!`, `tr_n!` and `text!` name, and what looks like a text and is in none of
//! them.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A text of the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub context: String,
    pub one: String,
    pub many: Option<String>,
    /// Where it stands, from `src` on.
    pub file: String,
    /// It has places that are filled in.
    pub filled: bool,
}

/// What one file has.
#[derive(Debug, Default)]
pub struct Found {
    pub texts: Vec<Text>,
    /// Literals that read like a text and cannot be translated.
    pub loose: Vec<String>,
}

/// Folders and files whose words are no part of the screen: keys and values of queries, names of keys, headings of CSV,
/// pictures, the terminal itself, tests.
const APART: &[&str] = &[
    "clean.rs",
    "export",
    "keymap",
    "language",
    "query",
    "rows/fields.rs",
    "runtime/headless.rs",
    "shot",
    "terminal",
    "view/theme.rs",
];

/// Macros whose texts nobody reads in the console.
const UNREAD: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "concat",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "env",
    "error",
    "include_str",
    "info",
    "matches",
    "option_env",
    "panic",
    "trace",
    "unreachable",
    "warn",
];

/// Every file of the console that is part of the product.
pub fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("it is below");
            let text = std::fs::read_to_string(&path).expect("a source file");
            (name.to_string_lossy().replace('\\', "/"), text)
        })
        .filter(|(name, _)| !APART.iter().any(|it| name.starts_with(it)))
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            if !matches!(&*name, "tests" | "fixture" | "snapshots") {
                collect(&path, found);
            }
        } else if name.ends_with(".rs")
            && !matches!(&*name, "tests.rs" | "fixture.rs" | "testing.rs")
        {
            found.push(path);
        }
    }
}

/// What a file has.
pub fn read(file: &str, text: &str) -> Found {
    let mut found = Found::default();
    let stream: TokenStream = text.parse().expect("it compiles");
    walk(file, stream, &mut found);
    found
}

/// The literals of a group that stand behind each other, up to the first that is none.
fn literals(group: &Group) -> (Vec<String>, bool) {
    let mut texts = Vec::new();
    let mut tokens = group.stream().into_iter();
    let mut further = false;
    for token in &mut tokens {
        match token {
            TokenTree::Literal(literal) => {
                let Some(text) = string(&literal.to_string()) else {
                    further = true;
                    break;
                };
                texts.push(text);
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => {}
            _ => {
                further = true;
                break;
            }
        }
    }
    (texts, further)
}

/// The second argument on: those of `tr_n!` stand behind the count.
fn behind_the_first(group: &Group) -> (Vec<String>, TokenStream) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let comma = |it: &TokenTree| matches!(it, TokenTree::Punct(p) if p.as_char() == ',');
    let parts: Vec<&[TokenTree]> = tokens.split(comma).collect();
    let texts = parts
        .iter()
        .filter(|it| it.len() == 1)
        .filter_map(|it| match &it[0] {
            TokenTree::Literal(literal) => string(&literal.to_string()),
            _ => None,
        });
    let others = parts
        .iter()
        .filter(|it| !matches!(it, [TokenTree::Literal(_)]))
        .flat_map(|it| it.iter().cloned());
    (texts.collect(), others.collect())
}

fn walk(file: &str, stream: TokenStream, found: &mut Found) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|it| it.to_string() == word);
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let open = if is(at + 1, "!") { at + 2 } else { at + 1 };
                if let Some(TokenTree::Group(group)) = tokens.get(open)
                    && group.delimiter() == Delimiter::Bracket
                {
                    at = open + 1;
                    if group.stream().to_string().replace(' ', "") == "cfg(test)" {
                        at = behind_item(&tokens, at);
                    }
                    continue;
                }
                at += 1;
            }
            TokenTree::Ident(name) if is(at + 1, "!") => {
                let Some(TokenTree::Group(group)) = tokens.get(at + 2) else {
                    at += 1;
                    continue;
                };
                macro_call(file, &name.to_string(), group, found);
                at += 3;
            }
            // `macro_rules! name { … }` says what a macro is: nothing of it is drawn.
            TokenTree::Ident(name) if *name == "expect" => at += 2,
            TokenTree::Group(group) => {
                walk(file, group.stream(), found);
                at += 1;
            }
            TokenTree::Literal(literal) => {
                // A pattern is compared with.
                let pattern = is(at + 1, "=") && is(at + 2, ">") || is(at + 1, "|");
                if let Some(text) = string(&literal.to_string())
                    && !pattern
                    && reads_like_a_text(&text)
                {
                    found.loose.push(text);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn behind_item(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |it: &TokenTree| match it {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    let more = tokens[from..].iter().position(ends);
    more.map_or(tokens.len(), |it| from + it + 1)
}

fn macro_call(file: &str, name: &str, group: &Group, found: &mut Found) {
    let file = || format!("src/console/{file}");
    match name {
        "tr" => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            if matches!(tokens.first(), Some(TokenTree::Ident(word)) if *word == "in") {
                let rest: TokenStream = tokens.into_iter().skip(1).collect();
                let (texts, _) = literals(&Group::new(Delimiter::Parenthesis, rest));
                found.texts.push(Text {
                    context: texts[0].clone(),
                    one: texts[1].clone(),
                    many: None,
                    file: file(),
                    filled: false,
                });
                return;
            }
            let (texts, filled) = literals(group);
            let Some(text) = texts.first() else {
                return;
            };
            found.texts.push(Text {
                context: String::new(),
                one: text.clone(),
                many: None,
                file: file(),
                filled,
            });
            let rest: TokenStream = tokens.into_iter().skip(1).collect();
            walk(&file()["src/console/".len()..], rest, found);
        }
        "text" => {
            let (texts, _) = literals(group);
            found.texts.extend(texts.into_iter().map(|one| Text {
                context: String::new(),
                one,
                many: None,
                file: file(),
                filled: false,
            }));
        }
        "tr_n" => {
            let (texts, others) = behind_the_first(group);
            if let [one, many] = texts.as_slice() {
                found.texts.push(Text {
                    context: String::new(),
                    one: one.clone(),
                    many: Some(many.clone()),
                    file: file(),
                    filled: true,
                });
            }
            walk(&file()["src/console/".len()..], others, found);
        }
        unread if UNREAD.contains(&unread) => {}
        _ => walk(&file()["src/console/".len()..], group.stream(), found),
    }
}

/// Words with blanks between them, or one that begins a sentence: names of fields, commands and paths are not like that.
fn reads_like_a_text(text: &str) -> bool {
    let mut bare = String::new();
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(character),
            _ => {}
        }
    }
    let words = bare
        .split(|it: char| it.is_whitespace())
        .filter(|word| word.chars().filter(|it| it.is_alphabetic()).count() >= 2);
    let words: Vec<&str> = words.collect();
    let path = text.starts_with('/') || text.contains("://") || text.contains("?filter=");
    let sentence =
        |word: &&str| word.ends_with('.') && word.chars().all(|it| it.is_alphabetic() || it == '.');
    !path && (words.len() >= 2 || words.len() == 1 && sentence(&words[0]))
}

/// The text of a literal; `None`: it is none of text.
fn string(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inner = raw[hashes..].strip_prefix('"')?;
        return Some(inner[..inner.len() - hashes - 1].to_owned());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            'x' => {
                let code: String = characters.by_ref().take(2).collect();
                text.push(char::from(u8::from_str_radix(&code, 16).ok()?));
            }
            'u' => {
                let code: String = characters
                    .by_ref()
                    .skip(1)
                    .take_while(|it| *it != '}')
                    .collect();
                text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
            }
            '\n' => while characters.next_if(|it| it.is_whitespace()).is_some() {},
            other => text.push(other),
        }
    }
    Some(text)
}

/// Every text of a source, wherever it stands: for files that hold data.
pub fn all(source: &str) -> Vec<String> {
    fn of(stream: TokenStream, found: &mut Vec<String>) {
        for token in stream {
            match token {
                TokenTree::Group(group) => of(group.stream(), found),
                TokenTree::Literal(literal) => found.extend(string(&literal.to_string())),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    of(source.parse().expect("it compiles"), &mut found);
    found
}
