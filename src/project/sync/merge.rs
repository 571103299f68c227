//! Two texts of one document become one again: three-way where the text that both came from is known, else with every
//! difference shown (sources.md §10: merge).

use similar::{DiffTag, TextDiff, TextMerge};

const LOCAL: &str = "LOCAL";
const SERVER: &str = "SERVER";

/// What came of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Both texts in one.
    pub text: String,
    /// How many places need a person: each stands between markers.
    pub conflicts: usize,
}

/// Merges by lines. Where both changed the same place differently, both stand between markers.
pub fn merge(base: Option<&str>, local: &str, server: &str) -> Merged {
    let merged = match base {
        Some(base) => three_way(base, local, server),
        None => two_way(local, server),
    };
    if merged.conflicts > 0 && unresolved(&merged.text).is_none() {
        // Lines that end in a bare carriage return are none to whoever looks for markers.
        return apart(local, server);
    }
    merged
}

/// Both texts whole, between markers.
fn apart(local: &str, server: &str) -> Merged {
    let line = |text: &str| if text.ends_with('\n') { "" } else { "\n" };
    Merged {
        text: format!(
            "<<<<<<< {LOCAL}\n{local}{}=======\n{server}{}>>>>>>> {SERVER}\n",
            line(local),
            line(server)
        ),
        conflicts: 1,
    }
}

fn three_way(base: &str, local: &str, server: &str) -> Merged {
    let mut merge = TextMerge::from_lines(base, local, server);
    merge.labels("BASE", LOCAL, SERVER);
    Merged {
        conflicts: merge.conflict_count(),
        text: merge.to_string(),
    }
}

fn two_way(local: &str, server: &str) -> Merged {
    let diff = TextDiff::from_lines(local, server);
    let ours: Vec<&str> = diff.iter_old_slices().collect();
    let theirs: Vec<&str> = diff.iter_new_slices().collect();
    let mut merged = Merged {
        text: String::new(),
        conflicts: 0,
    };
    for op in diff.ops() {
        let (mine, other) = (&ours[op.old_range()], &theirs[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            merged.text.extend(mine.iter().copied());
            continue;
        }
        merged.conflicts += 1;
        let side = |text: &mut String, marker: &str, lines: &[&str]| {
            text.extend([marker, "\n"]);
            text.extend(lines.iter().copied());
            if !text.ends_with('\n') {
                text.push('\n');
            }
        };
        side(&mut merged.text, &format!("<<<<<<< {LOCAL}"), mine);
        side(&mut merged.text, "=======", other);
        merged.text.extend([">>>>>>> ", SERVER, "\n"]);
    }
    merged
}

/// The line, from 1, at which a text holds a conflict that nobody has resolved, or not to its end: one of our markers
/// anywhere, anybody's three outside of a code block, where they may be an example.
pub fn unresolved(text: &str) -> Option<usize> {
    let mut fence: Option<(char, usize)> = None;
    let mut open: Option<(usize, bool)> = None;
    for (n, line) in text.lines().enumerate() {
        let (begins, ends) = (line.strip_prefix("<<<<<<< "), line.strip_prefix(">>>>>>> "));
        let is_ours = begins.is_some_and(|label| label.trim_end() == LOCAL)
            || ends.is_some_and(|label| label.trim_end() == SERVER);
        if is_ours {
            return Some(n + 1);
        }
        match (fence, fence_of(line)) {
            (None, Some((mark, length, _))) => {
                fence = Some((mark, length));
                open = None;
            }
            (Some(opened), Some((mark, length, true)))
                if mark == opened.0 && length >= opened.1 =>
            {
                fence = None;
            }
            _ => {}
        }
        if fence.is_some() {
            continue;
        }
        if begins.is_some() {
            open = Some((n + 1, false));
        } else if line.trim_end() == "=======" {
            open = open.map(|(at, _)| (at, true));
        } else if ends.is_some()
            && let Some((at, true)) = open
        {
            return Some(at);
        }
    }
    None
}

/// The mark of a code fence, its length, and whether the line holds nothing else, as a closing one does.
fn fence_of(line: &str) -> Option<(char, usize, bool)> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|mark| "`~".contains(*mark))?;
    let length = line.chars().take_while(|c| *c == mark).count();
    let is_alone = line[length..].trim().is_empty();
    (length >= 3).then_some((mark, length, is_alone))
}

/// What is said of a text with an unresolved conflict.
pub(super) fn markers(line: usize) -> String {
    format!("has conflict markers (line {line}); decide between them, then run `jolli sync`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_seen_whatever_ends_the_lines() {
        let merged = merge(Some("a\rb\rd\r"), "a\rX\rd\r", "a\rY\rd\r");
        assert_eq!(merged.conflicts, 1);
        assert_eq!(unresolved(&merged.text), Some(1));
        assert!(merged.text.contains("a\rX\rd\r\n") && merged.text.contains("a\rY\rd\r\n"));
    }

    #[test]
    fn changes_in_different_places_are_both_kept() {
        let merged = merge(
            Some("a\nb\nc\nd\ne\n"),
            "A\nb\nc\nd\ne\n",
            "a\nb\nc\nd\nE\n",
        );
        assert_eq!(merged.text, "A\nb\nc\nd\nE\n");
        assert_eq!(merged.conflicts, 0);
        assert_eq!(unresolved(&merged.text), None);
    }

    #[test]
    fn changes_in_one_place_stand_between_markers_and_the_rest_is_merged() {
        let merged = merge(
            Some("a\nb\nc\nd\ne\n"),
            "a\nmine\nc\nd\ne\n",
            "a\ntheirs\nc\nd\nE\n",
        );
        assert_eq!(merged.conflicts, 1);
        assert_eq!(
            merged.text,
            "a\n<<<<<<< LOCAL\nmine\n=======\ntheirs\n>>>>>>> SERVER\nc\nd\nE\n"
        );
        assert_eq!(unresolved(&merged.text), Some(2));
    }

    #[test]
    fn without_a_base_every_difference_is_shown() {
        let merged = merge(None, "a\nmine\nc\nend", "a\nc\ntheirs\nend\n");
        assert_eq!(merged.conflicts, 2);
        assert_eq!(
            merged.text,
            "a\n<<<<<<< LOCAL\nmine\n=======\n>>>>>>> SERVER\nc\n<<<<<<< LOCAL\nend\n=======\ntheirs\nend\n>>>>>>> SERVER\n"
        );
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict() {
        let merged = merge(Some("a\n"), "b\n", "b\n");
        assert_eq!((merged.text.as_str(), merged.conflicts), ("b\n", 0));
    }

    #[test]
    fn an_example_in_a_code_block_is_none_of_ours() {
        let example = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n```\n";
        assert_eq!(unresolved(example), None);
        assert_eq!(unresolved(&example.replace("```\n", "")), Some(1));
        assert_eq!(unresolved(&example.replace("HEAD", "LOCAL")), Some(2));
        assert_eq!(unresolved("Title\n=======\ntext\n"), None);
        let nested = format!("````md\n{example}````\n");
        assert_eq!(unresolved(&nested), None);
        // One marker taken away is no decision.
        assert_eq!(unresolved("a\n=======\nb\n>>>>>>> SERVER\n"), Some(4));
        assert_eq!(unresolved("<<<<<<< LOCAL\na\n"), Some(1));
    }
}
