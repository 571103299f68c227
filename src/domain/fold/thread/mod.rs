//! Events of a thread: the thread itself, and by rooms its messages, its turns and session, its questions, and what a
//! revert takes away. Counters are kept with each event, so that no event reads the whole thread for them.

mod question;
mod revert;
mod session;

use super::super::event::{Event, Orchestration};
use super::super::id::{ThreadId, TurnId};
use super::super::kind::{CheckpointStatus, MessageRole, TurnStatus};
use super::super::row::{
    CheckpointRow, Key, MessageRow, Record, Row, SessionRow, ThreadRow, TurnRow,
};
use super::{FoldError, RowOp, Rows, misfit, need};
use crate::base::Timestamp;

/// A thread while one event of it is folded.
struct Folding<'a> {
    event: &'a Event,
    rows: &'a mut dyn Rows,
    thread: ThreadRow,
    ops: Vec<RowOp>,
}

pub(super) fn fold_thread(
    event: &Event,
    rows: &mut dyn Rows,
    id: &ThreadId,
    what: &Orchestration,
) -> Result<Vec<RowOp>, FoldError> {
    if let Orchestration::ThreadCreated { .. } = what {
        let thread = created(event, id, what)?;
        return Ok(vec![RowOp::Put(Box::new(thread.into()))]);
    }
    let thread: ThreadRow = need(event, rows, &Key::ProjectionThreads(id.clone()))?;
    let mut folding = Folding {
        event,
        rows,
        thread,
        ops: Vec::new(),
    };
    folding.take(what)?;
    let Folding {
        mut thread,
        mut ops,
        ..
    } = folding;
    // Clocks of clients and runs differ; what is shown as the last change never goes back.
    thread.updated_at = thread.updated_at.max(event.occurred_at);
    ops.push(RowOp::Put(Box::new(thread.into())));
    Ok(ops)
}

fn created(event: &Event, id: &ThreadId, what: &Orchestration) -> Result<ThreadRow, FoldError> {
    let Orchestration::ThreadCreated {
        project_id,
        title,
        model,
        branch,
        worktree_path,
        runtime_mode,
        created_at,
        updated_at,
        ..
    } = what
    else {
        return misfit(event);
    };
    Ok(ThreadRow {
        org_id: event.org,
        thread_id: id.clone(),
        project_id: project_id.clone(),
        title: title.clone(),
        model: model.clone(),
        runtime_mode: *runtime_mode,
        branch: branch.clone(),
        worktree_path: worktree_path.clone(),
        latest_turn_id: None,
        turn_count: 0,
        checkpoint_turn_count: 0,
        revert_turn_count: None,
        latest_user_message_at: None,
        pending_approval_count: 0,
        pending_user_input_count: 0,
        created_at: *created_at,
        updated_at: *updated_at,
        archived_at: None,
        deleted_at: None,
    })
}

impl Folding<'_> {
    fn take(&mut self, what: &Orchestration) -> Result<(), FoldError> {
        match what {
            Orchestration::ThreadDeleted { deleted_at, .. } => self.delete(*deleted_at),
            Orchestration::ThreadMetaUpdated {
                title,
                model,
                branch,
                worktree_path,
                ..
            } => {
                let thread = &mut self.thread;
                if let Some(title) = title {
                    thread.title.clone_from(title);
                }
                if let Some(model) = model {
                    thread.model.clone_from(model);
                }
                if let Some(branch) = branch {
                    thread.branch.clone_from(branch);
                }
                if let Some(path) = worktree_path {
                    thread.worktree_path.clone_from(path);
                }
            }
            Orchestration::ThreadArchived { archived_at, .. } => {
                self.thread.archived_at = Some(*archived_at);
            }
            Orchestration::ThreadUnarchived { .. } => self.thread.archived_at = None,
            Orchestration::RuntimeModeSet { runtime_mode, .. } => {
                self.thread.runtime_mode = *runtime_mode;
            }
            Orchestration::MessageSent { .. } => self.say(what)?,
            Orchestration::TurnStartRequested {
                turn_id,
                message_id,
                created_at,
                ..
            } => {
                self.thread.turn_count += 1;
                self.put(TurnRow {
                    org_id: self.event.org,
                    thread_id: self.id(),
                    turn_id: turn_id.clone(),
                    turn_count: self.thread.turn_count,
                    checkpoint_turn_count: None,
                    status: TurnStatus::Pending,
                    user_message_id: Some(message_id.clone()),
                    assistant_message_id: None,
                    requested_at: *created_at,
                    started_at: None,
                    completed_at: None,
                });
            }
            Orchestration::TurnInterruptRequested {
                turn_id,
                created_at,
                ..
            } => {
                if let Some(turn_id) = turn_id {
                    let turn = self.turn(turn_id)?;
                    self.settle(turn, TurnStatus::Interrupted, *created_at);
                }
            }
            Orchestration::ApprovalResponseRequested {
                request_id,
                decision,
                ..
            } => self.answer(request_id, Some(*decision))?,
            Orchestration::UserInputResponseRequested { request_id, .. } => {
                self.answer(request_id, None)?;
            }
            Orchestration::CheckpointRevertRequested { turn_count, .. } => {
                self.thread.revert_turn_count = Some(*turn_count);
            }
            Orchestration::Reverted { turn_count, .. } => self.revert(*turn_count),
            Orchestration::SessionStopRequested { created_at, .. } => {
                let key = self.session_key();
                let mut session: SessionRow = self.need(&key)?;
                session.stop_requested_at.get_or_insert(*created_at);
                self.put(session);
            }
            Orchestration::SessionSet { session, .. } => self.set_session(session),
            Orchestration::TurnDiffCompleted { .. } => self.checkpoint(what)?,
            Orchestration::ActivityAppended { activity, .. } => self.append(activity)?,
            Orchestration::ThreadCreated { .. }
            | Orchestration::ProjectCreated { .. }
            | Orchestration::ProjectMetaUpdated { .. }
            | Orchestration::ProjectDeleted { .. } => return misfit(self.event),
        }
        Ok(())
    }

    /// A message begins, grows, is replaced, or ends. When it began is fixed by its first event.
    fn say(&mut self, what: &Orchestration) -> Result<(), FoldError> {
        let Orchestration::MessageSent {
            message_id,
            role,
            text,
            attachments,
            turn_id,
            streaming,
            created_at,
            updated_at,
            ..
        } = what
        else {
            return misfit(self.event);
        };
        let key = Key::ProjectionThreadMessages(self.id(), message_id.clone());
        let row = match self.get::<MessageRow>(&key) {
            Some(mut row) => {
                if *streaming {
                    row.text.push_str(text);
                } else if !text.is_empty() {
                    row.text.clone_from(text);
                }
                if let Some(given) = attachments {
                    row.attachments = Some(given.clone()).filter(|a| !a.is_empty());
                }
                if turn_id.is_some() {
                    row.turn_id.clone_from(turn_id);
                }
                row.is_streaming = *streaming;
                row.updated_at = *updated_at;
                row
            }
            None => MessageRow {
                org_id: self.event.org,
                thread_id: self.id(),
                message_id: message_id.clone(),
                turn_id: turn_id.clone(),
                role: *role,
                text: text.clone(),
                attachments: attachments.clone().filter(|a| !a.is_empty()),
                is_streaming: *streaming,
                created_at: *created_at,
                updated_at: *updated_at,
            },
        };
        if *role == MessageRole::User {
            self.thread.latest_user_message_at =
                self.thread.latest_user_message_at.max(Some(*created_at));
        }
        if let (MessageRole::Assistant, Some(turn_id)) = (*role, turn_id) {
            let mut turn = self.turn(turn_id)?;
            if turn.assistant_message_id.as_ref() != Some(message_id) {
                turn.assistant_message_id = Some(message_id.clone());
                self.put(turn);
            }
        }
        self.put(row);
        Ok(())
    }

    /// A turn gets its checkpoint, and ends with it if nothing ended it before.
    fn checkpoint(&mut self, what: &Orchestration) -> Result<(), FoldError> {
        let Orchestration::TurnDiffCompleted {
            turn_id,
            checkpoint_turn_count,
            checkpoint_ref,
            status,
            files,
            assistant_message_id,
            completed_at,
            ..
        } = what
        else {
            return misfit(self.event);
        };
        let mut turn = self.turn(turn_id)?;
        turn.checkpoint_turn_count = Some(*checkpoint_turn_count);
        if assistant_message_id.is_some() {
            turn.assistant_message_id.clone_from(assistant_message_id);
        }
        if is_open(turn.status) {
            turn.status = match status {
                CheckpointStatus::Error => TurnStatus::Error,
                CheckpointStatus::Ready | CheckpointStatus::Missing => TurnStatus::Completed,
            };
            turn.completed_at = Some(*completed_at);
        }
        self.put(turn);
        self.put(CheckpointRow {
            org_id: self.event.org,
            thread_id: self.id(),
            turn_id: turn_id.clone(),
            checkpoint_turn_count: *checkpoint_turn_count,
            checkpoint_ref: checkpoint_ref.clone(),
            status: *status,
            files: files.clone(),
            assistant_message_id: assistant_message_id.clone(),
            completed_at: *completed_at,
        });
        self.thread.checkpoint_turn_count = *checkpoint_turn_count;
        self.thread.latest_turn_id = Some(turn_id.clone());
        Ok(())
    }

    fn id(&self) -> ThreadId {
        self.thread.thread_id.clone()
    }

    fn get<R: Record>(&mut self, key: &Key) -> Option<R> {
        self.rows.get(key).and_then(R::from_row)
    }

    fn need<R: Record>(&mut self, key: &Key) -> Result<R, FoldError> {
        need(self.event, self.rows, key)
    }

    /// The thread's rows of a table, as they were before the event.
    fn all<R: Record>(&mut self) -> Vec<R> {
        self.rows
            .of_stream(&self.event.stream, R::TABLE)
            .into_iter()
            .filter_map(R::from_row)
            .collect()
    }

    fn put(&mut self, row: impl Into<Row>) {
        self.ops.push(RowOp::Put(Box::new(row.into())));
    }

    fn turn(&mut self, id: &TurnId) -> Result<TurnRow, FoldError> {
        let key = Key::ProjectionThreadTurns(self.id(), id.clone());
        self.need(&key)
    }

    fn session_key(&self) -> Key {
        Key::ProjectionThreadSessions(self.id())
    }

    /// Ends a turn, unless something ended it before.
    fn settle(&mut self, mut turn: TurnRow, status: TurnStatus, at: Timestamp) {
        if is_open(turn.status) {
            turn.status = status;
            turn.completed_at = Some(at);
            self.put(turn);
        }
    }
}

const fn is_open(status: TurnStatus) -> bool {
    matches!(status, TurnStatus::Pending | TurnStatus::Running)
}
