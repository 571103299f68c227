//! Questions about threads: one in full, what a turn changed, what waits for a person. All text is made safe here.

use std::collections::BTreeMap;

use crate::api::orchestration::ActivityOutputRequest;
use crate::api::{
    ApprovalStatus, JobId, SnapshotRequest, Thread, ThreadId, TurnDiffRequest, TurnId,
};
use crate::client::{Client, ClientError};
use crate::console::clean;
use crate::console::model::Diff;
use crate::console::msg::{Answer, Asked};
use crate::domain::id::ActivityId;

/// Threads without bodies that are asked for at once.
const PAGE: u32 = 500;
/// Threads whose questions are read for the list of what waits.
const MOST: usize = 100;

/// A thread in full.
pub async fn thread(client: &Client, id: ThreadId) -> Result<Answer, ClientError> {
    Ok(Answer::Thread(Box::new(whole(client, id).await?)))
}

async fn whole(client: &Client, id: ThreadId) -> Result<Thread, ClientError> {
    let request = SnapshotRequest {
        thread_id: Some(id),
        ..SnapshotRequest::default()
    };
    let model = client.read_model(&request).await?;
    let found = model.threads.into_iter().next();
    let mut thread = found.ok_or_else(|| ClientError::Protocol {
        address: client.address().to_owned(),
        reason: tr!("the answer has no thread").to_owned(),
    })?;
    clean::thread(&mut thread);
    Ok(thread)
}

/// All that came of a tool.
pub async fn output(
    client: &Client,
    thread_id: ThreadId,
    activity_id: ActivityId,
) -> Result<Answer, ClientError> {
    let request = ActivityOutputRequest {
        thread_id,
        activity_id,
    };
    let mut output = client.activity_output(&request).await?.output;
    clean::lines(&mut output);
    Ok(Answer::Output(output))
}

/// What a thread changed between two checkpoints.
pub async fn diff(
    client: &Client,
    thread_id: ThreadId,
    from: i64,
    to: i64,
) -> Result<Answer, ClientError> {
    let request = TurnDiffRequest {
        thread_id,
        from_turn_count: from,
        to_turn_count: to,
    };
    let mut text = client.turn_diff(&request).await?.diff;
    clean::lines(&mut text);
    Ok(Answer::TurnDiff(Box::new(Diff::parse(&text))))
}

/// Everything that waits for a person, newest last: flags tell in which threads, and only those are read in full.
pub async fn questions(client: &Client) -> Result<Answer, ClientError> {
    let mut flagged = Vec::new();
    let mut after = None;
    loop {
        let request = SnapshotRequest {
            shell: true,
            limit: Some(PAGE),
            after: after.take(),
            ..SnapshotRequest::default()
        };
        let model = client.read_model(&request).await?;
        let waits = |it: &Thread| it.has_pending_approvals || it.has_pending_user_input;
        flagged.extend(model.threads.into_iter().filter(waits).map(|it| it.id));
        match model.next_thread {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let mut asked = Vec::new();
    for id in flagged.into_iter().take(MOST) {
        let thread = whole(client, id).await?;
        let turns: BTreeMap<&TurnId, i64> = thread
            .turns
            .iter()
            .flatten()
            .map(|turn| (&turn.turn_id, turn.turn_count))
            .collect();
        let waits = thread.approvals.iter().flatten();
        asked.extend(
            waits
                .filter(|it| it.status == ApprovalStatus::Pending)
                .map(|it| Asked {
                    thread: thread.id.clone(),
                    title: thread.title.clone(),
                    turn: it.turn_id.as_ref().and_then(|id| turns.get(id).copied()),
                    approval: it.clone(),
                }),
        );
    }
    asked.sort_by(|one, other| {
        let of = |it: &Asked| (it.approval.created_at, it.thread.clone());
        of(one).cmp(&of(other))
    });
    Ok(Answer::Questions(asked))
}

/// The threads of a run in which a person is waited for. They follow each other, so one short page holds them.
pub async fn waits(client: &Client, job: JobId, threads: u32) -> Result<Answer, ClientError> {
    let prefix = format!("job-{job}-space-");
    let request = SnapshotRequest {
        shell: true,
        after: prefix.parse().ok(),
        limit: Some(threads.max(1)),
        ..SnapshotRequest::default()
    };
    let model = client.read_model(&request).await?;
    let own = |it: &Thread| it.id.as_str().starts_with(&prefix);
    let waits = |it: &Thread| it.has_pending_approvals || it.has_pending_user_input;
    let found = model.threads.into_iter().filter(own).filter(waits);
    Ok(Answer::Waits(found.map(|it| it.id).collect()))
}
