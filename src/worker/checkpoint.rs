//! What a turn changed, as its checkpoint has it: every document before and after, and the diff from each checkpoint of the
//! thread (orchestration.md: checkpoints).

use std::collections::BTreeMap;

use crate::agent::{Patch, patch};
use crate::api::{HeldDocument, ThreadId};
use crate::base::sha256_hex;
use crate::client::{ClientError, Run};
use crate::domain::event::ChangedFile;

use super::report::persist;

/// A document that a turn changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub file_id: String,
    pub path: String,
    pub before: String,
    pub after: String,
    pub patch: Patch,
}

impl Changed {
    pub fn new(file_id: &str, path: &str, before: &str, after: &str) -> Self {
        Self {
            file_id: file_id.to_owned(),
            path: path.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
            patch: patch(path, before, after),
        }
    }

    /// As a checkpoint names it.
    pub fn file(&self) -> ChangedFile {
        ChangedFile {
            path: self.path.clone(),
            kind: "modified".to_owned(),
            additions: self.patch.additions,
            deletions: self.patch.deletions,
            file_id: Some(self.file_id.clone()),
            before: Some(sha256_hex(self.before.as_bytes())),
            after: Some(sha256_hex(self.after.as_bytes())),
        }
    }
}

/// The diff from each of the thread's `checkpoints` and from its beginning to what a turn left, by where they begin.
pub(super) async fn ranges(
    run: &Run,
    thread: &ThreadId,
    checkpoints: i64,
    changed: &[Changed],
) -> Result<Vec<String>, ClientError> {
    let mut held = Vec::new();
    for n in 0..=checkpoints {
        // A thread without checkpoints has changed nothing yet.
        held.push(if checkpoints == 0 {
            Vec::new()
        } else {
            persist(|| run.checkpoint(thread, n)).await?.documents
        });
    }
    Ok(diffs(&held, changed))
}

/// `held` is what the thread's documents said at each checkpoint until now. What others changed between the last one and
/// this turn is theirs, and in no diff of the turn itself.
fn diffs(held: &[Vec<HeldDocument>], changed: &[Changed]) -> Vec<String> {
    let now: BTreeMap<&str, (&str, &str)> = (held.last().into_iter().flatten())
        .map(|it| (it.file_id.as_str(), (it.path.as_str(), it.text.as_str())))
        .chain(changed.iter().map(|it| {
            let place = (it.path.as_str(), it.after.as_str());
            (it.file_id.as_str(), place)
        }))
        .collect();
    let own = || changed.iter().map(|it| it.patch.text.as_str()).collect();
    let before = |n: usize| -> String {
        let then: BTreeMap<&str, &str> = (held[n].iter())
            .map(|it| (it.file_id.as_str(), it.text.as_str()))
            .collect();
        let mut text = String::new();
        let mut documents: Vec<_> = now.iter().collect();
        documents.sort_unstable_by_key(|(_, (path, _))| *path);
        for (id, (path, after)) in documents {
            let own = changed.iter().find(|it| it.file_id == **id);
            let before = then.get(id).copied().or(own.map(|it| it.before.as_str()));
            if let Some(before) = before.filter(|before| before != after) {
                text += &patch(path, before, after).text;
            }
        }
        text
    };
    let last = held.len().saturating_sub(1);
    (0..last)
        .map(before)
        .chain(std::iter::once_with(own))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(file_id: &str, text: &str) -> HeldDocument {
        HeldDocument {
            file_id: file_id.to_owned(),
            path: format!("{file_id}.md"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_first_turn_has_one_range_and_it_is_its_own() {
        let changed = [Changed::new("a", "a.md", "one\n", "two\n")];
        let diffs = diffs(&[Vec::new()], &changed);
        assert_eq!(diffs, [changed[0].patch.text.clone()]);
    }

    #[test]
    fn each_range_is_from_what_was_then_and_others_changes_are_in_none_of_the_turns_own() {
        // Turn 1 changed a, somebody else changed a, turn 2 changes a and, for the first time, b.
        let held = [vec![held("a", "a0\n")], vec![held("a", "a1\n")]];
        let changed = [
            Changed::new("a", "a.md", "a1\nmine\n", "a2\nmine\n"),
            Changed::new("b", "b.md", "b0\n", "b2\n"),
        ];
        let diffs = diffs(&held, &changed);
        let whole = patch("a.md", "a0\n", "a2\nmine\n").text + &patch("b.md", "b0\n", "b2\n").text;
        let own = patch("a.md", "a1\nmine\n", "a2\nmine\n").text + &changed[1].patch.text;
        assert_eq!(diffs, [whole, own]);
    }

    #[test]
    fn what_only_earlier_turns_changed_is_in_the_ranges_from_before_them() {
        let held = [vec![held("a", "a0\n")], vec![held("a", "a1\n")]];
        let changed = [Changed::new("b", "b.md", "b0\n", "b2\n")];
        let diffs = diffs(&held, &changed);
        assert!(diffs[0].contains("-a0\n+a1\n"), "{}", diffs[0]);
        assert_eq!(diffs[1], changed[0].patch.text);
    }

    #[test]
    fn a_document_that_is_as_it_was_at_a_checkpoint_is_not_in_the_range_from_there() {
        let held = [vec![held("a", "a0\n")], vec![held("a", "a1\n")]];
        let changed = [Changed::new("a", "a.md", "a1\n", "a0\n")];
        assert_eq!(diffs(&held, &changed)[0], "");
    }
}
