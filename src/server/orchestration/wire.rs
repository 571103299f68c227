//! Rows of projects and threads as the wire says them.

use crate::api::orchestration::{
    Approval, Checkpoint, Message, Project, Thread, ThreadActivity, ThreadSession, Turn,
};
use crate::domain::row::{
    ActivityRow, ApprovalRow, CheckpointRow, MessageRow, ProjectRow, SessionRow, ThreadRow, TurnRow,
};

pub fn project(row: &ProjectRow) -> Project {
    Project {
        id: row.project_id.clone(),
        title: row.title.clone(),
        workspace_root: row.workspace_root.clone(),
        default_model: row.default_model.clone(),
        scripts: row.scripts.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    }
}

/// A thread without bodies.
pub fn thread(row: &ThreadRow, latest: Option<&TurnRow>, session: Option<&SessionRow>) -> Thread {
    Thread {
        id: row.thread_id.clone(),
        project_id: row.project_id.clone(),
        title: row.title.clone(),
        model: row.model.clone(),
        runtime_mode: row.runtime_mode,
        branch: row.branch.clone(),
        worktree_path: row.worktree_path.clone(),
        latest_turn: latest.map(turn),
        turn_count: row.turn_count,
        checkpoint_turn_count: row.checkpoint_turn_count,
        revert_turn_count: row.revert_turn_count,
        latest_user_message_at: row.latest_user_message_at,
        has_pending_approvals: row.pending_approval_count > 0,
        has_pending_user_input: row.pending_user_input_count > 0,
        created_at: row.created_at,
        updated_at: row.updated_at,
        archived_at: row.archived_at,
        deleted_at: row.deleted_at,
        session: session.map(|row| ThreadSession {
            thread_id: row.thread_id.clone(),
            status: row.status,
            provider_name: row.provider_name.clone(),
            runtime_mode: row.runtime_mode,
            active_turn_id: row.active_turn_id.clone(),
            last_error: row.last_error.clone(),
            stop_requested_at: row.stop_requested_at,
            updated_at: row.updated_at,
        }),
        messages: None,
        activities: None,
        turns: None,
        checkpoints: None,
        approvals: None,
    }
}

pub fn turn(row: &TurnRow) -> Turn {
    Turn {
        turn_id: row.turn_id.clone(),
        turn_count: row.turn_count,
        checkpoint_turn_count: row.checkpoint_turn_count,
        state: row.status,
        user_message_id: row.user_message_id.clone(),
        assistant_message_id: row.assistant_message_id.clone(),
        requested_at: row.requested_at,
        started_at: row.started_at,
        completed_at: row.completed_at,
    }
}

pub fn turns(mut rows: Vec<&TurnRow>) -> Vec<Turn> {
    rows.sort_by_key(|row| row.turn_count);
    rows.into_iter().map(turn).collect()
}

pub fn messages(mut rows: Vec<&MessageRow>) -> Vec<Message> {
    rows.sort_by_key(|row| (row.created_at, &row.message_id));
    rows.into_iter()
        .map(|row| Message {
            id: row.message_id.clone(),
            role: row.role,
            text: row.text.clone(),
            attachments: row.attachments.clone(),
            turn_id: row.turn_id.clone(),
            streaming: row.is_streaming,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
        .collect()
}

/// `None` is less than any number: what has no place comes first (orchestration.md: reading).
pub fn activities(mut rows: Vec<&ActivityRow>) -> Vec<ThreadActivity> {
    rows.sort_by_key(|row| (row.sequence, row.created_at, &row.activity_id));
    rows.into_iter()
        .map(|row| ThreadActivity {
            id: row.activity_id.clone(),
            tone: row.tone,
            kind: row.kind.clone(),
            summary: row.summary.clone(),
            payload: row.payload.clone(),
            turn_id: row.turn_id.clone(),
            sequence: row.sequence,
            created_at: row.created_at,
        })
        .collect()
}

pub fn checkpoints(mut rows: Vec<&CheckpointRow>) -> Vec<Checkpoint> {
    rows.sort_by_key(|row| row.checkpoint_turn_count);
    rows.into_iter()
        .map(|row| Checkpoint {
            turn_id: row.turn_id.clone(),
            checkpoint_turn_count: row.checkpoint_turn_count,
            checkpoint_ref: row.checkpoint_ref.clone(),
            status: row.status,
            files: row.files.clone(),
            assistant_message_id: row.assistant_message_id.clone(),
            completed_at: row.completed_at,
        })
        .collect()
}

pub fn approvals(mut rows: Vec<&ApprovalRow>) -> Vec<Approval> {
    rows.sort_by_key(|row| (row.created_at, &row.request_id));
    rows.into_iter()
        .map(|row| Approval {
            request_id: row.request_id.clone(),
            turn_id: row.turn_id.clone(),
            request_kind: row.request_kind,
            detail: row.detail.clone(),
            status: row.status,
            decision: row.decision,
            created_at: row.created_at,
            resolved_at: row.resolved_at,
        })
        .collect()
}
