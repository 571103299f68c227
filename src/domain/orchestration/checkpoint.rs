//! Checkpoints: numbered without a gap, each with the diffs of every range that ends at it; and going back to one.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Asked;
use super::command::RangeDiff;
use super::thread::{not_archived, of_at};
use super::turn;
use crate::base::Timestamp;
use crate::domain::event::{ChangedFile, Orchestration};
use crate::domain::id::{MessageId, ThreadId, TurnId};
use crate::domain::kind::{CheckpointStatus, TurnStatus};
use crate::domain::row::{CheckpointRow, DiffBlobRow, Key, Row, Table};
use crate::domain::view::{Decision, Find, Need, Stop, Test, View};

/// What files of a checkpoint were done to.
const FILE_KINDS: [&str; 4] = ["added", "modified", "deleted", "renamed"];

/// A checkpoint as its run took it.
pub(super) struct Taken<'a> {
    pub turn_id: &'a TurnId,
    pub number: i64,
    pub checkpoint_ref: &'a str,
    pub status: CheckpointStatus,
    pub files: &'a [ChangedFile],
    pub assistant_message_id: Option<&'a MessageId>,
    pub diffs: &'a [RangeDiff],
    pub completed_at: Timestamp,
    pub created_at: Timestamp,
}

pub(super) fn complete(
    asked: Asked<'_>,
    id: &ThreadId,
    taken: Taken<'_>,
) -> Result<Decision, Stop> {
    asked.view.require([Need::Row(Key::ProjectionThreadTurns(
        id.clone(),
        taken.turn_id.clone(),
    ))])?;
    let thread = asked.thread(id)?;
    turn::not_reverting(asked, thread)?;
    let turn = turn::find(asked, id, taken.turn_id)?;
    if turn.status == TurnStatus::Pending {
        return Err(asked.conflict(format!(
            "Turn '{}' of thread '{id}' has not begun. Set the session running on it first.",
            taken.turn_id
        )));
    }
    if let Some(number) = turn.checkpoint_turn_count {
        return Err(asked.conflict(format!(
            "Turn '{}' of thread '{id}' has checkpoint {number} already.",
            taken.turn_id
        )));
    }
    let due = thread.checkpoint_turn_count + 1;
    if taken.number != due {
        return Err(asked.conflict(format!(
            "Checkpoint {} of thread '{id}' is out of turn: checkpointTurnCount must be {due}.",
            taken.number
        )));
    }
    let checkpoint_ref = asked.name("/checkpointRef", taken.checkpoint_ref)?;
    check_files(asked, taken.files)?;
    check_ranges(asked, &taken)?;
    let completed = Orchestration::TurnDiffCompleted {
        thread_id: id.clone(),
        turn_id: taken.turn_id.clone(),
        checkpoint_turn_count: taken.number,
        checkpoint_ref,
        status: taken.status,
        files: taken.files.to_vec(),
        assistant_message_id: taken.assistant_message_id.cloned(),
        completed_at: taken.completed_at,
    };
    let mut decision = of_at(id, completed, taken.created_at);
    decision.side = taken
        .diffs
        .iter()
        .map(|range| {
            Row::from(DiffBlobRow {
                org_id: asked.view.org(),
                thread_id: id.clone(),
                from_turn_count: range.from_turn_count,
                to_turn_count: taken.number,
                diff: range.blob.clone(),
                created_at: taken.completed_at,
            })
        })
        .collect();
    Ok(decision)
}

fn check_files(asked: Asked<'_>, files: &[ChangedFile]) -> Result<(), Stop> {
    for (place, file) in files.iter().enumerate() {
        let at = |field: &str| format!("/files/{place}/{field}");
        if file.path.is_empty() {
            return Err(asked.invalid(&at("path"), "a changed file has a path"));
        }
        if !FILE_KINDS.contains(&file.kind.as_str()) {
            return Err(asked.invalid(
                &at("kind"),
                format!("`{}` is none of {}", file.kind, FILE_KINDS.join(", ")),
            ));
        }
        if file.additions < 0 || file.deletions < 0 {
            return Err(asked.invalid(
                &at("additions"),
                "lines added and removed are counted from 0",
            ));
        }
        for (name, hash) in [("before", &file.before), ("after", &file.after)] {
            if hash.as_deref().is_some_and(|hash| !is_sha256(hash)) {
                return Err(asked.invalid(
                    &at(name),
                    "a text is named by the 64 lower-case hex digits of its SHA-256",
                ));
            }
        }
    }
    Ok(())
}

/// A document of a thread at one of its checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The document.
    pub file_id: String,
    /// Where it stood.
    pub path: String,
    /// Hex SHA-256 of its text.
    pub text: String,
}

/// The documents that a thread changed, each as it was at checkpoint `at`: after the last turn until there that changed it,
/// else before the first one that did. The rows are in the order of their numbers.
pub fn documents_at(checkpoints: &[&CheckpointRow], at: i64) -> Vec<Held> {
    let mut held: BTreeMap<&str, Held> = BTreeMap::new();
    for row in checkpoints {
        let is_later = row.checkpoint_turn_count > at;
        for file in &row.files {
            let (Some(id), Some(before), Some(after)) = (&file.file_id, &file.before, &file.after)
            else {
                continue;
            };
            if is_later && held.contains_key(id.as_str()) {
                continue;
            }
            let text = if is_later { before } else { after };
            let now = Held {
                file_id: id.clone(),
                path: file.path.clone(),
                text: text.clone(),
            };
            held.insert(id, now);
        }
    }
    held.into_values().collect()
}

/// Every range that ends here is there exactly once, so that any range is answered from what is stored. A checkpoint that
/// could not be taken may come without any.
fn check_ranges(asked: Asked<'_>, taken: &Taken<'_>) -> Result<(), Stop> {
    let pointer = "/diffs";
    if taken.diffs.is_empty() && taken.status != CheckpointStatus::Ready {
        return Ok(());
    }
    let from: BTreeSet<i64> = taken.diffs.iter().map(|d| d.from_turn_count).collect();
    if from.len() != taken.diffs.len() || !from.iter().copied().eq(0..taken.number) {
        return Err(asked.invalid(
            pointer,
            format!(
                "the diffs to checkpoint {0} must be those from each of 0 to {1}, once",
                taken.number,
                taken.number - 1
            ),
        ));
    }
    match taken.diffs.iter().find(|d| !is_sha256(&d.blob)) {
        None => Ok(()),
        Some(diff) => Err(asked.invalid(
            pointer,
            format!(
                "the diff from {} is named by `{}`, which is not the 64 lower-case hex digits of a SHA-256",
                diff.from_turn_count, diff.blob
            ),
        )),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(super) fn revert(
    asked: Asked<'_>,
    id: &ThreadId,
    to: i64,
    at: Timestamp,
) -> Result<Decision, Stop> {
    let thread = asked.thread(id)?;
    not_archived(asked, thread)?;
    asked.count("turnCount", to)?;
    let current = thread.checkpoint_turn_count;
    if to > current {
        return Err(asked.conflict(format!(
            "Checkpoint turn count {to} exceeds current turn count {current}."
        )));
    }
    if to == current {
        return Err(asked.conflict(format!(
            "Checkpoint turn count {to} is the current turn count: there is nothing to take back."
        )));
    }
    // Checkpoint 0 is the state before the first turn, and has no row.
    if to > 0 {
        let key = Key::ProjectionCheckpoints(id.clone(), to);
        let checkpoint: Option<&CheckpointRow> = asked.view.row(key)?;
        if checkpoint.is_none_or(|c| c.status != CheckpointStatus::Ready) {
            return Err(asked.conflict(format!(
                "Checkpoint ref for turn {to} is unavailable in read model. Go back to an earlier one."
            )));
        }
    }
    turn::check_quiet(asked, thread)?;
    let requested = Orchestration::CheckpointRevertRequested {
        thread_id: id.clone(),
        turn_count: to,
        created_at: at,
    };
    Ok(of_at(id, requested, at))
}

pub(super) fn reverted(
    asked: Asked<'_>,
    id: &ThreadId,
    to: i64,
    at: Timestamp,
) -> Result<Decision, Stop> {
    let thread = asked.thread(id)?;
    if thread.revert_turn_count != Some(to) {
        return Err(asked.conflict(match thread.revert_turn_count {
            Some(wanted) => {
                format!("Thread '{id}' is going back to checkpoint {wanted}, not to {to}.")
            }
            None => format!("Thread '{id}' is not going back to any checkpoint."),
        }));
    }
    taken_back(asked.view, id, to, at)
}

/// What is later than a checkpoint goes.
pub(super) fn taken_back(
    view: &View,
    id: &ThreadId,
    to: i64,
    at: Timestamp,
) -> Result<Decision, Stop> {
    let later: Vec<&DiffBlobRow> = view.find(
        Find::all(Table::CheckpointDiffBlobs)
            .is("thread_id", id.as_str())
            .test("to_turn_count", Test::Above(to.into())),
    )?;
    let mut decision = of_at(
        id,
        Orchestration::Reverted {
            thread_id: id.clone(),
            turn_count: to,
        },
        at,
    );
    // With the event, so that no diff of a checkpoint that is gone is ever answered.
    decision.side_gone = later
        .iter()
        .map(|row| Row::from((*row).clone()).key())
        .collect();
    Ok(decision)
}
