//! What was changed, line by line: a unified diff taken apart, how its lines stand beside each other, and which words
//! of a changed line are other ones.

use std::ops::Range;

use similar::{Algorithm, DiffTag, TextDiff, capture_diff_slices};

/// Unchanged lines around a change.
const AROUND: usize = 3;
/// Texts of more lines than this are not compared: one is shown as taken away, the other as added.
const LONGEST_TEXT: usize = 4_000;
/// Words of longer lines are not compared.
const LONGEST_LINE: usize = 2_000;

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// In both.
    Same,
    /// Taken away.
    Del,
    /// Added.
    Add,
    /// A file begins.
    File,
    /// Lines between two changes are left out.
    Gap,
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub kind: LineKind,
    /// Its number before.
    pub old: Option<u32>,
    /// Its number afterwards.
    pub new: Option<u32>,
    /// What it says, without tabs.
    pub text: String,
}

/// A file of a diff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffFile {
    /// Its path.
    pub path: String,
    /// What else is to be said of it: `added`, `binary`.
    pub note: Option<String>,
    /// Lines added.
    pub additions: usize,
    /// Lines taken away.
    pub deletions: usize,
    /// The first of its lines.
    pub first: usize,
}

/// Files and their changed lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The files, in order.
    pub files: Vec<DiffFile>,
    /// The lines of all files.
    pub lines: Vec<DiffLine>,
}

/// A row of the screen: a line before and a line afterwards, by their places in the diff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiffRow {
    /// On the left.
    pub left: Option<u32>,
    /// On the right.
    pub right: Option<u32>,
}

impl Diff {
    /// Takes a unified diff apart, as git writes it; what is none of it is left out.
    pub fn parse(text: &str) -> Self {
        let mut diff = Self::default();
        // Lines that the hunk still has, and the numbers of the next ones.
        let (mut left, mut right) = (0_u32, 0_u32);
        let (mut old, mut new) = (0_u32, 0_u32);
        let mut hunks = 0;
        for line in text.lines() {
            if left > 0 || right > 0 {
                match line.as_bytes().first() {
                    Some(b'-') => {
                        diff.push(LineKind::Del, Some(old), None, &line[1..]);
                        (old, left) = (old + 1, left.saturating_sub(1));
                    }
                    Some(b'+') => {
                        diff.push(LineKind::Add, None, Some(new), &line[1..]);
                        (new, right) = (new + 1, right.saturating_sub(1));
                    }
                    Some(b'\\') => diff.no_line_end(),
                    _ => {
                        let said = line.strip_prefix(' ').unwrap_or(line);
                        diff.push(LineKind::Same, Some(old), Some(new), said);
                        (old, new) = (old + 1, new + 1);
                        (left, right) = (left.saturating_sub(1), right.saturating_sub(1));
                    }
                }
            } else if let Some(rest) = line.strip_prefix("diff --git ") {
                let path = rest.rsplit_once(" b/").map_or(rest, |(_, path)| path);
                diff.file(path);
                hunks = 0;
            } else if let Some(numbers) = line.strip_prefix("@@ ") {
                let (before, after) = hunk(numbers);
                if hunks > 0 {
                    diff.push(LineKind::Gap, None, None, "");
                }
                hunks += 1;
                (old, left) = before;
                (new, right) = after;
            } else if let Some(path) = line.strip_prefix("--- ") {
                if diff.files.is_empty() || hunks > 0 {
                    diff.file(plain_path(path));
                    hunks = 0;
                }
            } else if let Some(path) = line.strip_prefix("+++ ") {
                if path != "/dev/null" {
                    diff.name(plain_path(path));
                }
            } else if line.starts_with('\\') {
                diff.no_line_end();
            } else {
                diff.header(line);
            }
        }
        diff
    }

    /// Compares two texts of a file, and adds what is different.
    pub fn compare(&mut self, path: &str, old: &str, new: &str, note: Option<&str>) {
        self.file(path);
        if let Some(file) = self.files.last_mut() {
            file.note = note.map(str::to_owned);
        }
        if old.lines().count().max(new.lines().count()) > LONGEST_TEXT {
            for (n, line) in old.lines().enumerate() {
                self.push(LineKind::Del, Some(n as u32 + 1), None, line);
            }
            for (n, line) in new.lines().enumerate() {
                self.push(LineKind::Add, None, Some(n as u32 + 1), line);
            }
            return;
        }
        let compared = TextDiff::from_lines(old, new);
        for (n, group) in compared.grouped_ops(AROUND).iter().enumerate() {
            if n > 0 {
                self.push(LineKind::Gap, None, None, "");
            }
            for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
                let kind = match change.tag() {
                    similar::ChangeTag::Equal => LineKind::Same,
                    similar::ChangeTag::Delete => LineKind::Del,
                    similar::ChangeTag::Insert => LineKind::Add,
                };
                let number = |at: Option<usize>| at.map(|at| at as u32 + 1);
                let text = change.value().trim_end_matches('\n');
                self.push(
                    kind,
                    number(change.old_index()),
                    number(change.new_index()),
                    text,
                );
            }
        }
    }

    /// The file that a line is of.
    pub fn file_of(&self, line: usize) -> Option<&DiffFile> {
        self.files.iter().rev().find(|file| file.first <= line)
    }

    /// How the lines stand on the screen: what was taken away beside what was added for it, or one below the other.
    pub fn rows(&self, beside: bool) -> Vec<DiffRow> {
        let mut rows = Vec::with_capacity(self.lines.len());
        let mut at = 0;
        while at < self.lines.len() {
            let kind = |n: usize| self.lines.get(n).map(|line| line.kind);
            let place = |n: usize| Some(n as u32);
            match self.lines[at].kind {
                LineKind::Del | LineKind::Add => {
                    let begin = at;
                    while kind(at) == Some(LineKind::Del) {
                        at += 1;
                    }
                    let middle = at;
                    while kind(at) == Some(LineKind::Add) {
                        at += 1;
                    }
                    let (gone, come) = (middle - begin, at - middle);
                    if beside {
                        rows.extend((0..gone.max(come)).map(|n| DiffRow {
                            left: (n < gone).then_some((begin + n) as u32),
                            right: (n < come).then_some((middle + n) as u32),
                        }));
                    } else {
                        rows.extend((begin..middle).map(|n| DiffRow {
                            left: place(n),
                            right: None,
                        }));
                        rows.extend((middle..at).map(|n| DiffRow {
                            left: None,
                            right: place(n),
                        }));
                    }
                }
                LineKind::File if self.files.len() == 1 && self.lines.len() > 1 => at += 1,
                _ => {
                    rows.push(DiffRow {
                        left: place(at),
                        right: place(at),
                    });
                    at += 1;
                }
            }
        }
        rows
    }

    /// Whether a row holds something that was changed.
    pub fn is_change(&self, row: DiffRow) -> bool {
        [row.left, row.right].into_iter().flatten().any(|n| {
            matches!(
                self.lines.get(n as usize).map(|line| line.kind),
                Some(LineKind::Del | LineKind::Add)
            )
        })
    }

    /// Where changes begin among the rows: runs of changed lines, told apart by what is the same between them.
    pub fn changes(&self, rows: &[DiffRow]) -> Vec<usize> {
        (0..rows.len())
            .filter(|at| self.is_change(rows[*at]))
            .filter(|at| *at == 0 || !self.is_change(rows[at - 1]))
            .collect()
    }

    /// The line that a changed line stands for: the nth that was added for the nth that was taken away.
    pub fn mate(&self, line: usize) -> Option<&DiffLine> {
        let kind = |n: usize| self.lines.get(n).map(|line| line.kind);
        let own = kind(line)?;
        if !matches!(own, LineKind::Del | LineKind::Add) {
            return None;
        }
        let mut begin = line;
        while begin > 0 && kind(begin - 1) == Some(own) {
            begin -= 1;
        }
        let nth = line - begin;
        let found = if own == LineKind::Del {
            let mut after = line;
            while kind(after) == Some(LineKind::Del) {
                after += 1;
            }
            // Only additions that follow at once were made for it.
            let mate = after + nth;
            let whole = (after..=mate).all(|n| kind(n) == Some(LineKind::Add));
            whole.then_some(mate)?
        } else {
            let mut first = begin;
            while first > 0 && kind(first - 1) == Some(LineKind::Del) {
                first -= 1;
            }
            let mate = first + nth;
            (mate < begin).then_some(mate)?
        };
        self.lines.get(found)
    }

    fn file(&mut self, path: &str) {
        self.files.push(DiffFile {
            path: path.to_owned(),
            first: self.lines.len(),
            ..DiffFile::default()
        });
        self.push(LineKind::File, None, None, "");
    }

    fn name(&mut self, path: &str) {
        if let Some(file) = self.files.last_mut() {
            path.clone_into(&mut file.path);
        }
    }

    fn header(&mut self, line: &str) {
        let Some(file) = self.files.last_mut() else {
            return;
        };
        let note = if line.starts_with("new file") {
            "added".to_owned()
        } else if line.starts_with("deleted file") {
            "deleted".to_owned()
        } else if let Some(from) = line.strip_prefix("rename from ") {
            format!("was {from}")
        } else if line.starts_with("Binary files") || line.starts_with("GIT binary patch") {
            "binary".to_owned()
        } else {
            return;
        };
        file.note = Some(note);
    }

    fn no_line_end(&mut self) {
        if let Some(last) = self.lines.last_mut() {
            last.text.push_str(tr!(" \\ no line end"));
        }
    }

    fn push(&mut self, kind: LineKind, old: Option<u32>, new: Option<u32>, text: &str) {
        if let Some(file) = self.files.last_mut() {
            match kind {
                LineKind::Add => file.additions += 1,
                LineKind::Del => file.deletions += 1,
                LineKind::Same | LineKind::File | LineKind::Gap => {}
            }
        }
        self.lines.push(DiffLine {
            kind,
            old,
            new,
            text: text.replace('\t', "    "),
        });
    }
}

/// `-12,4 +12,5 @@ …`: where a hunk begins and how many lines it has, before and afterwards.
fn hunk(numbers: &str) -> ((u32, u32), (u32, u32)) {
    let mut parts = numbers.split(' ');
    let mut range = |sign| {
        let part = parts.next().and_then(|part| part.strip_prefix(sign));
        let (from, count) = part.map_or(("0", "0"), |it| it.split_once(',').unwrap_or((it, "1")));
        (from.parse().unwrap_or(0), count.parse().unwrap_or(0))
    };
    (range('-'), range('+'))
}

/// `b/docs/x.md` without the side that git writes before it.
fn plain_path(path: &str) -> &str {
    let path = path.split('\t').next().unwrap_or(path).trim_matches('"');
    path.strip_prefix("a/")
        .or_else(|| path.strip_prefix("b/"))
        .unwrap_or(path)
}

/// Letters and digits, blanks, and every other character by itself.
fn words(text: &str) -> Vec<&str> {
    let sort = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            0
        } else if c.is_whitespace() {
            1
        } else {
            2
        }
    };
    let mut found = Vec::new();
    let mut begin = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let now = sort(c);
        if last.is_some_and(|last| last != now || now == 2) {
            found.push(&text[begin..at]);
            begin = at;
        }
        last = Some(now);
    }
    if begin < text.len() {
        found.push(&text[begin..]);
    }
    found
}

/// The parts of `text` that are other ones in `mate`. Without a mate, or where hardly anything is the same, all of it.
pub fn other_words(text: &str, mate: Option<&str>) -> Vec<Range<usize>> {
    let begin = text.len() - text.trim_start().len();
    let all = || {
        if text.trim().is_empty() {
            Vec::new()
        } else {
            std::iter::once(begin..text.trim_end().len()).collect()
        }
    };
    let Some(mate) = mate else { return all() };
    if text.len().max(mate.len()) > LONGEST_LINE {
        return all();
    }
    let (own, other) = (words(text), words(mate));
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut same = 0;
    let starts: Vec<usize> = own
        .iter()
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len();
            Some(start)
        })
        .collect();
    for op in capture_diff_slices(Algorithm::Myers, &own, &other) {
        let (tag, range) = (op.tag(), op.old_range());
        if tag == DiffTag::Equal {
            same += own[range].iter().filter(|it| !it.trim().is_empty()).count();
            continue;
        }
        if range.is_empty() {
            continue;
        }
        let from = starts[range.start];
        let to = starts[range.end - 1] + own[range.end - 1].len();
        match ranges.last_mut() {
            // A blank between two changed words belongs to them.
            Some(last) if text[last.end..from].trim().is_empty() => last.end = to,
            _ => ranges.push(from..to),
        }
    }
    let told = own.iter().filter(|it| !it.trim().is_empty()).count();
    if same * 4 < told { all() } else { ranges }
}

#[cfg(test)]
mod tests {
    use super::LineKind::{Add, Del, File, Gap, Same};
    use super::*;

    const TWO: &str = "diff --git a/docs/sdk/go.md b/docs/sdk/go.md\nindex 1..2 100644\n--- a/docs/sdk/go.md\n+++ b/docs/sdk/go.md\n\
        @@ -12,4 +12,5 @@ Clients\n Create a client:\n-c := sdk.New(key)\n+c := sdk.New(ctx, key)\n \n Then call it:\n\
        +ctx carries the deadline.\n@@ -30 +31 @@\n--- old\n+++ new\n\\ No newline at end of file\n\
        diff --git a/logo.png b/logo.png\nnew file mode 100644\nBinary files /dev/null and b/logo.png differ\n";

    #[test]
    fn a_unified_diff_is_taken_apart() {
        let diff = Diff::parse(TWO);
        let files: Vec<_> = diff
            .files
            .iter()
            .map(|it| (it.path.as_str(), it.additions, it.deletions))
            .collect();
        assert_eq!(files, [("docs/sdk/go.md", 3, 2), ("logo.png", 0, 0)]);
        assert_eq!(diff.files[1].note.as_deref(), Some("binary"));
        let kinds: Vec<_> = diff
            .lines
            .iter()
            .map(|it| (it.kind, it.old, it.new))
            .collect();
        assert_eq!(
            kinds,
            [
                (File, None, None),
                (Same, Some(12), Some(12)),
                (Del, Some(13), None),
                (Add, None, Some(13)),
                (Same, Some(14), Some(14)),
                (Same, Some(15), Some(15)),
                (Add, None, Some(16)),
                (Gap, None, None),
                (Del, Some(30), None),
                (Add, None, Some(31)),
                (File, None, None),
            ]
        );
        assert_eq!(diff.lines[8].text, "-- old");
        assert_eq!(diff.lines[9].text, "++ new \\ no line end");
        assert_eq!(diff.file_of(9).unwrap().path, "docs/sdk/go.md");
        assert_eq!(diff.file_of(10).unwrap().path, "logo.png");
    }

    #[test]
    fn what_was_taken_away_stands_beside_what_was_added_for_it() {
        let diff = Diff::parse(TWO);
        let beside = diff.rows(true);
        assert_eq!(
            beside[2],
            DiffRow {
                left: Some(2),
                right: Some(3)
            }
        );
        assert_eq!(
            beside[5],
            DiffRow {
                left: None,
                right: Some(6)
            }
        );
        assert_eq!(diff.changes(&beside), [2, 5, 7]);
        let below = diff.rows(false);
        assert_eq!(below.len(), diff.lines.len());
        assert_eq!(diff.changes(&below), [2, 6, 8]);
        assert_eq!(diff.mate(2).unwrap().text, "c := sdk.New(ctx, key)");
        assert_eq!(diff.mate(3).unwrap().text, "c := sdk.New(key)");
        assert_eq!(diff.mate(6), None);
    }

    #[test]
    fn words_that_are_other_ones_are_marked() {
        let marked = |text: &str, mate| -> Vec<String> {
            other_words(text, mate)
                .into_iter()
                .map(|range| text[range].to_owned())
                .collect()
        };
        let (old, new) = ("c := sdk.New(key)", "c := sdk.New(ctx, key)");
        assert_eq!(marked(old, Some(new)), Vec::<String>::new());
        assert_eq!(marked(new, Some(old)), ["ctx, "]);
        assert_eq!(marked("  a new line", None), ["a new line"]);
        assert_eq!(marked("wholly other", Some("none of it")), ["wholly other"]);
        assert_eq!(marked("über älter", Some("über jünger")), ["älter"]);
    }

    #[test]
    fn two_texts_are_compared() {
        let mut diff = Diff::default();
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";
        diff.compare("a.md", old, &old.replace("10\n", "ten\n"), None);
        assert_eq!(diff.lines.len(), 1 + 3 + 2 + 3);
        assert_eq!((diff.files[0].additions, diff.files[0].deletions), (1, 1));
        assert_eq!(diff.lines[1].old, Some(7));
    }

    #[test]
    fn nonsense_is_no_diff_and_breaks_nothing() {
        for text in [
            "",
            "@@ x",
            "@@ -1,9 +1,9 @@\n",
            "+++ \n--- \n@@ -1 +1 @@\n-ü\n+é",
            "\\",
        ] {
            let diff = Diff::parse(text);
            for beside in [true, false] {
                let rows = diff.rows(beside);
                diff.changes(&rows);
            }
        }
    }
}
