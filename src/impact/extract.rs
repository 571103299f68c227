//! A patch taken apart for whoever reads changes by machine: files, hunks, and the definition that each hunk is in.

use std::collections::BTreeMap;

use serde::Serialize;

/// One hunk of a unified diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunk {
    /// The new path, or the old one of a deleted file.
    pub file: String,
    /// Whether the file is new, gone, or changed.
    #[serde(skip)]
    pub status: FileStatus,
    /// First line in the old file.
    pub old_start: u64,
    /// How many lines of the old file.
    pub old_count: u64,
    /// First line in the new file.
    pub new_start: u64,
    /// How many lines of the new file.
    pub new_count: u64,
    /// The lines, each with its mark: `+`, `-` or a blank.
    pub lines: Vec<String>,
}

/// What a diff does to a file. A rename is a deletion and an addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Its content changed.
    #[default]
    Modified,
}

/// The hunks of a unified diff, in its order. Files without hunks (binaries, modes, pure renames) have none; combined diffs of
/// merges are left out.
pub fn parse_unified_diff(diff: &str) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut file = String::new();
    let mut status = FileStatus::Modified;
    // Lines of the hunk that are still to come, old and new: what begins like a header may be a line of it.
    let mut left = (0u64, 0u64);
    for line in diff.lines() {
        if left != (0, 0) {
            let (old, new) = match line.as_bytes().first() {
                Some(b'+') => (0, 1),
                Some(b'-') => (1, 0),
                // An editor may have taken the blank of an empty line away.
                Some(b' ') | None => (1, 1),
                _ => continue,
            };
            left = (left.0.saturating_sub(old), left.1.saturating_sub(new));
            if let Some(hunk) = hunks.last_mut() {
                hunk.lines.push(line.to_owned());
            }
        } else if line.starts_with("diff --") {
            file.clear();
            status = FileStatus::Modified;
        } else if line.starts_with("new file mode ") {
            status = FileStatus::Added;
        } else if line.starts_with("deleted file mode ") {
            status = FileStatus::Deleted;
        } else if let Some(path) = line.strip_prefix("--- ").and_then(|path| side(path, "a/")) {
            file = path;
        } else if let Some(path) = line.strip_prefix("+++ ").and_then(|path| side(path, "b/")) {
            file = path;
        } else if let Some((old, new)) = header(line) {
            left = (old.1, new.1);
            hunks.push(Hunk {
                file: file.clone(),
                status,
                old_start: old.0,
                old_count: old.1,
                new_start: new.0,
                new_count: new.1,
                lines: Vec::new(),
            });
        }
    }
    hunks
}

/// A file of a diff, whether it has hunks or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileChange {
    /// Whether the file is new, gone, or changed.
    pub status: FileStatus,
    /// What changed, where that is no text.
    pub kind: Option<FileKind>,
}

/// What changed of a file that is more, or less, than text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// Bytes that have no lines, or too many of them to be compared.
    Binary,
    /// A pointer to a file that Git LFS keeps elsewhere.
    Lfs,
    /// Whether it may be executed.
    Mode,
    /// The commit of another repository.
    Submodule,
    /// Where a link leads.
    Symlink,
}

/// The files of a diff as git prints it without renames, by their paths.
pub fn changed_files(diff: &str) -> BTreeMap<String, FileChange> {
    let mut files = BTreeMap::new();
    let mut none = FileChange::default();
    let mut file = &mut none;
    // Lines of hunks begin with their marks: none of them looks like these.
    for line in diff.lines() {
        if let Some(both) = line.strip_prefix("diff --git ") {
            // `a/x b/x`: the same name twice.
            let name = both.get(..both.len() / 2).and_then(|name| side(name, "a/"));
            file = files.entry(name.unwrap_or_default()).or_default();
        } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
            file.status = FileStatus::Deleted;
            file.kind = kind(mode);
        } else if let Some(mode) = line.strip_prefix("new file mode ") {
            // A file that becomes a link is deleted, and then added.
            file.status = match file.status {
                FileStatus::Deleted => FileStatus::Modified,
                _ => FileStatus::Added,
            };
            file.kind = kind(mode);
        } else if line.starts_with("new mode ") {
            file.kind = Some(FileKind::Mode);
        } else if line.starts_with("Binary files ") {
            file.kind = Some(FileKind::Binary);
        } else if let Some(ids) = line.strip_prefix("index ")
            && let Some((_, mode)) = ids.split_once(' ')
        {
            file.kind = kind(mode);
        }
    }
    files
}

fn kind(mode: &str) -> Option<FileKind> {
    match mode {
        "120000" => Some(FileKind::Symlink),
        "160000" => Some(FileKind::Submodule),
        _ => None,
    }
}

/// The path of one side; `None` where there is no file on it.
fn side(path: &str, prefix: &str) -> Option<String> {
    // Git ends a path that has blanks in it with a tab.
    let path = path.strip_suffix('\t').unwrap_or(path);
    let path = match path.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
        Some(quoted) => unquoted(quoted),
        None => path.to_owned(),
    };
    path.strip_prefix(prefix).map(str::to_owned)
}

/// A path as git quotes it: `\t`, `\"`, `\\` and the like, and bytes in octal.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(next) = rest.next_if(|b| matches!(b, b'0'..=b'7')) {
                        value = value * 8 + u32::from(next - b'0');
                    }
                }
                bytes.push(value as u8);
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `@@ -5,2 +7 @@`: first line and count of both sides.
fn header(line: &str) -> Option<((u64, u64), (u64, u64))> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// The name of the first definition among the lines of a hunk; empty where none is recognised.
pub fn context<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut bodies = lines
        .into_iter()
        .filter_map(|line| line.strip_prefix(['+', '-', ' ']));
    bodies.find_map(definition).unwrap_or_default().to_owned()
}

/// Words that may stand before what is defined.
const MODIFIERS: [&str; 16] = [
    "export",
    "default",
    "declare",
    "async",
    "pub",
    "public",
    "private",
    "protected",
    "internal",
    "static",
    "final",
    "abstract",
    "override",
    "unsafe",
    "inline",
    "suspend",
];

/// Words that a definition begins with; its name follows.
const KEYWORDS: [&str; 14] = [
    "function",
    "fn",
    "def",
    "func",
    "class",
    "struct",
    "enum",
    "trait",
    "interface",
    "type",
    "mod",
    "module",
    "namespace",
    "record",
];

fn definition(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    let mut visible = false;
    loop {
        let word = word(rest)?;
        let after = rest[word.len()..].trim_start();
        if MODIFIERS.contains(&word) {
            visible |= matches!(word, "public" | "private" | "protected" | "internal");
            // `pub(crate)`.
            rest = match after.strip_prefix('(').filter(|_| word == "pub") {
                Some(scope) => scope.split_once(')')?.1.trim_start(),
                None => after,
            };
            continue;
        }
        return match word {
            "impl" => implemented(after),
            "const" | "let" | "var" => match self::word(after)? {
                // `const fn`.
                "fn" => self::word(after["fn".len()..].trim_start()),
                name if after.contains("=>") || after.contains("function") => Some(name),
                _ => None,
            },
            "func" if after.starts_with('(') => self::word(after.split_once(')')?.1.trim_start()),
            word if KEYWORDS.contains(&word) => {
                self::word(after.trim_start_matches('*').trim_start())
            }
            _ if visible => method(rest),
            _ => None,
        };
    }
}

/// What is implemented: the type behind `for`, else the one that follows.
fn implemented(after: &str) -> Option<&str> {
    let after = if after.starts_with('<') {
        after.split_once('>')?.1.trim_start()
    } else {
        after
    };
    match after.split_once(" for ") {
        Some((_, target)) => word(target.trim_start()),
        None => word(after),
    }
}

/// `ResponseEntity<User> getUser(Long id)`: the word before the first bracket.
fn method(text: &str) -> Option<&str> {
    let (head, _) = text.split_once('(')?;
    word(head.trim_end().rsplit(|c: char| !is_word(c)).next()?)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn word(text: &str) -> Option<&str> {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let word = &text[..end];
    word.starts_with(|c: char| !c.is_ascii_digit())
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Deserialize)]
    struct DiffVector {
        diff: String,
        hunks: Value,
    }

    #[derive(Deserialize)]
    struct ContextVector {
        lines: Vec<String>,
        context: String,
    }

    #[test]
    fn recorded_diffs_parse_as_before_apart_from_paths_with_a_b_in_them() {
        let text = include_str!("../../tests/vectors/parse-unified-diff.json");
        for vector in serde_json::from_str::<Vec<DiffVector>>(text).unwrap() {
            let mut expected = vector.hunks;
            // The path used to be what follows the last ` b/`.
            if vector.diff.contains("+++ b/x b/y.ts") {
                expected[0]["file"] = "x b/y.ts".into();
            }
            let hunks = serde_json::to_value(parse_unified_diff(&vector.diff)).unwrap();
            assert_eq!(hunks, expected, "{}", vector.diff);
        }
    }

    #[test]
    fn recorded_contexts_are_found_and_some_that_were_not() {
        let text = include_str!("../../tests/vectors/extract-context.json");
        let more = [
            (" pub async fn go() {", "go"),
            (" pub(crate) fn x() {", "x"),
            (" export interface Props {", "Props"),
            (" export enum Color { RED }", "Color"),
        ];
        for vector in serde_json::from_str::<Vec<ContextVector>>(text).unwrap() {
            let found = context(vector.lines.iter().map(String::as_str));
            let now = more.iter().find(|(line, _)| vector.lines == [*line]);
            let expected = now.map_or(vector.context.as_str(), |(_, name)| name);
            assert_eq!(found, expected, "{:?}", vector.lines);
        }
        assert_eq!(context(["+impl<T> Display for Wrapper<T> {"]), "Wrapper");
        assert_eq!(context(["-func (s *Server) Close() error {"]), "Close");
        assert_eq!(context(["+private cache “foo” (bar)"]), "");
    }

    #[test]
    fn lines_that_look_like_headers_belong_to_their_hunk() {
        let diff = "diff --git a/q b/q\n--- a/q\n+++ b/q\n@@ -1,2 +1 @@\n--- old title\n-x\n+++ new\ndiff --git \"a/t\\303\\251\\t.md\" \"b/t\\303\\251\\t.md\"\nnew file mode 100644\n--- /dev/null\n+++ \"b/t\\303\\251\\t.md\"\n@@ -0,0 +1 @@\n+1\n";
        let hunks = parse_unified_diff(diff);
        assert_eq!(hunks[0].lines, ["--- old title", "-x", "+++ new"]);
        assert_eq!(
            (hunks[1].file.as_str(), hunks[1].status),
            ("té\t.md", FileStatus::Added)
        );
        assert_eq!(hunks.len(), 2);
    }

    #[test]
    fn files_are_told_whether_they_have_hunks_or_not() {
        let diff = "diff --git a/a b.png b/a b.png\nindex 1..2 100644\nBinary files a/a b.png and b/a b.png differ\n\
            diff --git \"a/bell\\a\\n.png\" \"b/bell\\a\\n.png\"\ndeleted file mode 100644\nindex 1..0\nBinary files \"a/bell\\a\\n.png\" and /dev/null differ\n\
            diff --git a/empty b/empty\nnew file mode 100644\nindex 0..1\n\
            diff --git a/lib b/lib\nindex 1..2 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n\
            diff --git a/link b/link\ndeleted file mode 100644\nindex 1..0\n--- a/link\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n\
            diff --git a/link b/link\nnew file mode 120000\nindex 0..1\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+text\n\\ No newline at end of file\n\
            diff --git a/run b/run\nold mode 100644\nnew mode 100755\n\
            diff --git a/text b/text\nindex 1..2 100644\n--- a/text\n+++ b/text\n@@ -1 +1 @@\n-new file mode 120000\n+Binary files\n";
        let told: Vec<String> = changed_files(diff)
            .into_iter()
            .map(|(path, file)| format!("{path:?} {:?} {:?}", file.status, file.kind))
            .collect();
        assert_eq!(
            told,
            [
                r#""a b.png" Modified Some(Binary)"#,
                r#""bell\u{7}\n.png" Deleted Some(Binary)"#,
                r#""empty" Added None"#,
                r#""lib" Modified Some(Submodule)"#,
                r#""link" Modified Some(Symlink)"#,
                r#""run" Modified Some(Mode)"#,
                r#""text" Modified None"#,
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_parses(text in "(diff --git|@@ -[0-9]{0,2},?[0-9]{0,2} \\+1 @@|[+\\- \\\\\"a/\\n]){0,40}", line in "\\PC{0,60}") {
            parse_unified_diff(&text);
            changed_files(&text);
            context([line.as_str()]);
        }
    }
}
