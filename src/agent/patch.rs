//! What an edit changed, as git would show it.

use similar::{ChangeTag, TextDiff};

/// The patch of one document, and how many lines it adds and removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// One that git can apply.
    pub text: String,
    /// Lines added.
    pub additions: i64,
    /// Lines removed.
    pub deletions: i64,
}

/// Compares two states of a document.
pub fn patch(path: &str, before: &str, after: &str) -> Patch {
    let diff = TextDiff::from_lines(before, after);
    let count = |tag| {
        let lines = diff.iter_all_changes().filter(|line| line.tag() == tag);
        i64::try_from(lines.count()).unwrap_or(i64::MAX)
    };
    Patch {
        additions: count(ChangeTag::Insert),
        deletions: count(ChangeTag::Delete),
        text: diff
            .unified_diff()
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_one_that_git_can_apply() {
        let patch = patch("docs/a.md", "a\nb\n", "a\nc\nd\n");
        assert_eq!(
            patch.text,
            "--- a/docs/a.md\n+++ b/docs/a.md\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"
        );
        assert_eq!((patch.additions, patch.deletions), (2, 1));
    }
}
