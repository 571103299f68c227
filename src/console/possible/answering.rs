//! Whether the question that a thread waits with can be answered now.

use super::rows::still_saving;
use crate::api::{ApprovalStatus, RequestKind};
use crate::console::command::CommandId as C;
use crate::console::format;
use crate::console::model::names::question_name;
use crate::console::model::{ListId, Model, Page, RowKey};

/// Whether the question in front can be answered, and why not.
pub(super) fn can_answer(model: &Model) -> Result<(), String> {
    let no = |reason: &str| Err(reason.to_owned());
    let Page::Thread(view) = model.ui.page() else {
        return no(tr!("Only on the page of a thread. ga lists what waits."));
    };
    let Some(approval) = view.approval() else {
        return no(tr!("Nothing waits for an answer here."));
    };
    if view.focus != ListId::Approval {
        return no(tr!("Tab goes to the approval first."));
    }
    if view.guarded {
        return no(tr!("The question has just appeared. Read it first."));
    }
    let number = (model.work.names).known(&question_name(&view.thread_id, &approval.request_id));
    if number.is_some_and(|it| model.work.pending_for(RowKey::Approval(it)).is_some()) {
        return no(still_saving());
    }
    if number.is_some_and(|it| model.work.answers.contains_key(&it)) {
        return no(tr!("Already answered by you."));
    }
    match approval.status {
        ApprovalStatus::Pending if approval.request_kind == RequestKind::UserInput => Err(tr!(
            "It asks for words: {key} writes them.",
            key = model.keymap.keys_of(C::Instruct)
        )),
        ApprovalStatus::Pending => Ok(()),
        ApprovalStatus::Responding | ApprovalStatus::Resolved => {
            Err(approval.resolved_at.map_or_else(
                || tr!("Already answered.").to_owned(),
                |at| {
                    tr!(
                        "Already answered, {age} ago.",
                        age = format::age(model.now, at)
                    )
                },
            ))
        }
        ApprovalStatus::Stale => no(tr!("Run ended: nobody waits for the answer any more.")),
    }
}
