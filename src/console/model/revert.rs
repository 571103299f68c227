//! Going back to a checkpoint, before it is done: which checkpoints there are to go back to, and what would go.

use super::diff::Diff;
use super::entries::entries;
use super::entry::EntryKind;
use super::load::Load;
use super::names::Names;
use crate::api::orchestration::Turn;
use crate::api::{CheckpointStatus, Thread};

/// What would be taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Revert {
    /// The checkpoint to go back to; 0: the state before the first turn.
    pub to: i64,
    /// The newest checkpoint, which all is compared with.
    pub from: i64,
    /// Tells the question of this preview from those before it.
    pub number: u32,
    /// From what is there now to what it would be.
    pub diff: Load<Diff>,
    /// What would go, as the left part shows it.
    pub lines: Vec<Gone>,
}

/// A line of what would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Words over what follows.
    Head(String),
    /// Words that are worth knowing.
    Note(String),
    /// A turn, by its number, and what it came to.
    Turn(i64, String),
    /// Something in it.
    Entry(EntryKind, String),
    /// A document, and what would become of it.
    Document(String, String),
}

/// The checkpoints that one can go back to, the newest first: those that are ready, and the state before the first turn.
pub fn targets(thread: &Thread) -> Vec<i64> {
    let newest = thread.checkpoint_turn_count;
    if newest == 0 {
        return Vec::new();
    }
    let checkpoints = thread.checkpoints.as_deref().unwrap_or_default();
    let mut found: Vec<i64> = checkpoints
        .iter()
        .filter(|it| it.status == CheckpointStatus::Ready && it.checkpoint_turn_count < newest)
        .map(|it| it.checkpoint_turn_count)
        .collect();
    found.push(0);
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.dedup();
    found
}

/// The turn that ended with a checkpoint.
pub fn turn_at(turns: &[Turn], checkpoint: i64) -> Option<&Turn> {
    turns
        .iter()
        .find(|turn| turn.checkpoint_turn_count == Some(checkpoint))
}

/// The turns that would go: those of later checkpoints, and those without one that began later
/// (orchestration.md: checkpoints).
pub fn going(turns: &[Turn], to: i64) -> Vec<&Turn> {
    let kept = turn_at(turns, to).map_or(0, |turn| turn.turn_count);
    turns
        .iter()
        .filter(|turn| match turn.checkpoint_turn_count {
            Some(checkpoint) => checkpoint > to,
            None => turn.turn_count > kept,
        })
        .collect()
}

/// What a checkpoint is called: `turn 1`, or `start`.
pub fn target_name(turns: &[Turn], to: i64) -> String {
    turn_at(turns, to).map_or_else(
        || tr!("start").to_owned(),
        |turn| tr!("turn {turn_count}", turn_count = turn.turn_count),
    )
}

/// The same in a sentence: `after turn 1, before turn 2`.
pub fn target_words(turns: &[Turn], to: i64) -> String {
    let after =
        turn_at(turns, to).map(|turn| tr!("after turn {turn_count}", turn_count = turn.turn_count));
    let before = going(turns, to)
        .first()
        .map(|turn| tr!("before turn {turn_count}", turn_count = turn.turn_count));
    match (after, before) {
        (Some(after), Some(before)) => format!("{after}, {before}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => tr!("the start").to_owned(),
    }
}

/// What would go, line by line.
pub fn lines(thread: &Thread, to: i64, diff: &Load<Diff>) -> Vec<Gone> {
    let turns = thread.turns.as_deref().unwrap_or_default();
    let going = going(turns, to);
    let mut lines = Vec::new();
    lines.push(Gone::Note(target_words(turns, to)));
    lines.push(Gone::Head(tr_n!(
        going.len(),
        "Goes: {count} turn",
        "Goes: {count} turns"
    )));
    // Numbers of entries are of no use here: nothing of this can be unfolded.
    let all = entries(thread, &mut Names::default());
    for entry in &all {
        let turn = entry.turn.and_then(|place| turns.get(place));
        let Some(turn) = turn.filter(|it| going.iter().any(|gone| gone.turn_id == it.turn_id))
        else {
            continue;
        };
        match entry.kind {
            EntryKind::Turn => lines.push(Gone::Turn(turn.turn_count, entry.text.clone())),
            EntryKind::User | EntryKind::Agent => {
                lines.push(Gone::Entry(entry.kind, entry.text.clone()));
            }
            _ => {}
        }
    }
    match (&diff.value, diff.failure()) {
        (Some(diff), _) => {
            let count = diff.files.len();
            lines.push(Gone::Head(match count {
                0 => tr!("Changes back: no document").to_owned(),
                count => tr_n!(
                    count,
                    "Changes back: {count} document",
                    "Changes back: {count} documents"
                ),
            }));
            for file in &diff.files {
                let words = match file.note.as_deref() {
                    Some("added") => tr!("comes back").to_owned(),
                    Some("deleted") => tr!("goes").to_owned(),
                    Some(note) => note.to_owned(),
                    None => format!("+{} -{}", file.additions, file.deletions),
                };
                lines.push(Gone::Document(file.path.clone(), words));
            }
        }
        (None, Some(text)) => lines.push(Gone::Note(tr!("Documents not loaded: {text}", text))),
        (None, None) => lines.push(Gone::Note(tr!("Asking for the documents.").to_owned())),
    }
    lines.push(Gone::Note(tr!("Its session is forgotten.").to_owned()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn turn(number: i64, checkpoint: Option<i64>) -> Turn {
        serde_json::from_value(json!({
            "turnId": format!("t{number}"), "turnCount": number, "state": "completed", "checkpointTurnCount": checkpoint,
            "userMessageId": null, "assistantMessageId": null, "requestedAt": "2026-11-21T14:01:00.000Z",
            "startedAt": null, "completedAt": null,
        }))
        .unwrap()
    }

    /// Turn 2 failed without a checkpoint, and so did turn 5, after the newest.
    fn turns() -> Vec<Turn> {
        vec![
            turn(1, Some(1)),
            turn(2, None),
            turn(3, Some(2)),
            turn(4, Some(3)),
            turn(5, None),
        ]
    }

    #[test]
    fn turns_of_later_checkpoints_go_and_those_without_one_that_began_later() {
        let turns = turns();
        let gone = |to| -> Vec<i64> { going(&turns, to).iter().map(|it| it.turn_count).collect() };
        assert_eq!(gone(0), [1, 2, 3, 4, 5]);
        assert_eq!(gone(1), [2, 3, 4, 5]);
        assert_eq!(gone(2), [4, 5]);
        assert_eq!(target_words(&turns, 0), "before turn 1");
        assert_eq!(target_words(&turns, 2), "after turn 3, before turn 4");
        assert_eq!(
            (target_name(&turns, 0), target_name(&turns, 2)),
            ("start".into(), "turn 3".into())
        );
    }
}
