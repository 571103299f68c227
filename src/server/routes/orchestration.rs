//! Projects and threads (seed 003): commands, the read model, diffs and the log. Names are those of the contract
//! (orchestration.md: reading).

use std::collections::HashSet;
use std::num::NonZeroU32;

use axum::http::Method;
use serde_json::{Value, json};

use crate::api::{
    self, Code, Command, DispatchRequest, Dispatched, EventPage, FullThreadDiffRequest, ReadModel,
    ReplayRequest, Role, Sequence, SnapshotRequest, ThreadId, TurnDiff, TurnDiffRequest,
};
use crate::domain::job::RunFence;
use crate::domain::orchestration::Dispatch;
use crate::domain::row::{CheckpointRow, DeliveryRow, DiffBlobRow, Key, Table, ThreadRow};
use crate::domain::view::{Find, Need, Scalar, Test, not_found};
use crate::server::ask::ask;
use crate::server::command::{Done, settle};
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::orchestration::revert::{self, Prepared};
use crate::server::orchestration::{Incoming, LARGEST_COMMAND, Part, read, unknown};
use crate::server::reply::Answer;
use crate::server::run;
use crate::store::{EventFilter, Outcome, StoredOutcome};

const GIVES: Access = Access::RoleOrRun(Role::Operator);
pub(super) const READS: Access = Access::RoleOrRun(Role::Viewer);
/// Events of a page whose length is not asked for.
const PAGE: u32 = 500;
/// Events of one page.
const LONGEST_PAGE: u32 = 5_000;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/orchestration/dispatchCommand",
            GIVES,
            "Gives a command to a project or a thread; one outcome per `commandId`. People give theirs, a run its own.",
            |c| Box::pin(dispatch(c)),
        )
        .takes::<DispatchRequest>()
        .gives::<Dispatched>(200)
        .up_to(LARGEST_COMMAND),
        Endpoint::new(
            Method::POST,
            "/orchestration/getSnapshot",
            READS,
            "Gives projects and threads as of one position; a run reads its own threads.",
            |c| Box::pin(snapshot(c)),
        )
        .takes::<SnapshotRequest>()
        .gives::<ReadModel>(200),
        Endpoint::new(
            Method::POST,
            "/orchestration/getTurnDiff",
            READS,
            "Gives what a thread changed between two checkpoints.",
            |c| Box::pin(turn_diff(c)),
        )
        .takes::<TurnDiffRequest>()
        .gives::<TurnDiff>(200),
        Endpoint::new(
            Method::POST,
            "/orchestration/getFullThreadDiff",
            READS,
            "Gives all that a thread changed up to a checkpoint.",
            |c| Box::pin(thread_diff(c)),
        )
        .takes::<FullThreadDiffRequest>()
        .gives::<TurnDiff>(200),
        Endpoint::new(
            Method::POST,
            "/orchestration/replayEvents",
            Access::Role(Role::Viewer),
            "Gives the log after a position, a page at a time.",
            |c| Box::pin(replay(c)),
        )
        .takes::<ReplayRequest>()
        .gives::<EventPage>(200),
    ]
}

async fn dispatch(mut c: Context) -> Result<Answer, Fault> {
    let body = c.bytes().await?;
    let Incoming {
        id,
        command,
        blobs,
        named,
    } = Incoming::read(&body)?;
    if c.idempotency_key()?.is_some_and(|key| key != id) {
        return Err(Fault::field(
            "/commandId",
            "commandId is the Idempotency-Key of a command; leave the header out, or give the same",
        ));
    }
    let run = run::of(&c).await?;
    let org = c.caller.org.id;
    its_own(&c, &command, named).await?;
    if !c.dry_run()? {
        for bytes in blobs {
            c.app.store.put_blob(org, bytes).await?;
        }
    }
    let receipt = Some(format!("client:{id}"));
    let back = match (&run, &command) {
        (
            None,
            Command::CheckpointRevert {
                thread_id,
                turn_count,
                created_at,
            },
        ) => revert::prepared(&c, &id, thread_id, *turn_count, *created_at).await?,
        _ => Prepared::Theirs,
    };
    let outcome = match (run, back) {
        (None, Prepared::Ours(back)) => c.dispatch_as(receipt, &body, back).await?,
        (None, Prepared::Refused(back)) => c.dispatch_as(receipt, &body, back).await?,
        (None, Prepared::Theirs) => {
            let command = Dispatch::by_client(command);
            c.dispatch_as(receipt, &body, command).await?
        }
        (Some(run), _) => {
            let command = Dispatch::by_run(command, run.fence);
            c.dispatch_as(receipt, &body, command).await?
        }
    };
    let done = told(&id, outcome)?;
    let dispatched = Dispatched {
        sequence: done.sequence,
    };
    if c.dry_run()? {
        return Ok(done.dry(Value::Null, json!(dispatched)));
    }
    Ok(done.heads(Answer::ok(&dispatched)))
}

/// Diffs that a command names by their hash are those of its thread, and the texts of documents no bodies of webhooks: any
/// other text of the org could be read through it.
async fn its_own(
    c: &Context,
    command: &Command,
    named: Vec<(String, String)>,
) -> Result<(), Fault> {
    let Command::TurnDiffComplete {
        thread_id, files, ..
    } = command
    else {
        return Ok(());
    };
    let texts = files.iter().flat_map(|file| [&file.before, &file.after]);
    let texts: Vec<Scalar> = texts.flatten().map(|hash| hash.as_str().into()).collect();
    let diffs = Find::all(Table::CheckpointDiffBlobs).is("thread_id", thread_id.as_str());
    let bodies = Find::all(Table::Deliveries)
        .test("body_blob", Test::In(texts.clone()))
        .limit(1);
    let ((own, foreign), _) = ask(&c.app, c.caller.org.id, |view| {
        let mut own = HashSet::new();
        if !named.is_empty() {
            let rows = view.find::<DiffBlobRow>(diffs.clone())?;
            own.extend(rows.into_iter().map(|row| row.diff.clone()));
        }
        let foreign = !texts.is_empty() && !view.find::<DeliveryRow>(bodies.clone())?.is_empty();
        Ok((own, foreign))
    })
    .await?;
    if foreign {
        return Err(Fault::field(
            "/files",
            "the text of a document is not the body of a webhook",
        ));
    }
    match named.into_iter().find(|(_, hash)| !own.contains(hash)) {
        None => Ok(()),
        Some((pointer, hash)) => Err(Fault::field(
            pointer,
            format!("the thread has no diff {hash}; send its text as `diff`"),
        )),
    }
}

/// A command that comes with another write of a run.
pub(super) async fn of_run(
    c: &Context,
    request: &DispatchRequest,
    fence: RunFence,
) -> Result<Dispatch, Fault> {
    let body = serde_json::to_vec(request).map_err(|_| Fault::internal())?;
    let Incoming {
        command,
        blobs,
        named,
        ..
    } = Incoming::read(&body)?;
    its_own(c, &command, named).await?;
    for bytes in blobs {
        c.app.store.put_blob(c.caller.org.id, bytes).await?;
    }
    Ok(Dispatch::by_run(command, fence))
}

/// What became of the command, in the contract's words.
fn told(id: &str, outcome: Outcome) -> Result<Done, Fault> {
    match outcome {
        Outcome::Replayed {
            stored: StoredOutcome::Rejected(mut rejection),
        } => {
            rejection.message =
                format!("Command previously rejected ({id}): {}", rejection.message);
            Err(rejection.into())
        }
        Outcome::IdReused => Err(Fault::new(
            Code::IdReused,
            format!(
                "The commandId {id} came before with another command. Use a new id for a new command."
            ),
        )),
        other => settle(other),
    }
}

/// A run reads the threads that it works in, and no others.
pub(super) async fn may_read(c: &Context, thread: Option<&ThreadId>) -> Result<(), Fault> {
    let Some(run) = run::of(c).await? else {
        return Ok(());
    };
    let own = thread.is_some_and(|thread| run.job.works_on(thread));
    if own {
        return Ok(());
    }
    Err(Fault::new(
        Code::Forbidden,
        format!(
            "Run #{} reads its own threads only: name one as threadId.",
            run.job.id
        ),
    ))
}

async fn snapshot(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json_or_default::<SnapshotRequest>().await?;
    may_read(&c, request.thread_id.as_ref()).await?;
    let model = read(&c, &Part::of(request)?).await?;
    let sequence = model.snapshot_sequence;
    Ok(Answer::ok(&model).sequence(sequence))
}

async fn turn_diff(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<TurnDiffRequest>().await?;
    diff(&c, request).await
}

async fn thread_diff(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<FullThreadDiffRequest>().await?;
    let request = TurnDiffRequest {
        thread_id: request.thread_id,
        from_turn_count: 0,
        to_turn_count: request.to_turn_count,
    };
    diff(&c, request).await
}

/// From what was stored with the checkpoints alone: no repository is looked at.
async fn diff(c: &Context, request: TurnDiffRequest) -> Result<Answer, Fault> {
    let TurnDiffRequest {
        thread_id,
        from_turn_count: from,
        to_turn_count: to,
    } = request;
    may_read(c, Some(&thread_id)).await?;
    not_negative("fromTurnCount", from)?;
    not_negative("toTurnCount", to)?;
    if from > to {
        return Err(Fault::field(
            "/fromTurnCount",
            "fromTurnCount must be less than or equal to toTurnCount",
        ));
    }
    let key = Key::CheckpointDiffBlobs(thread_id.clone(), from, to);
    let (found, _) = ask(&c.app, c.caller.org.id, |view| {
        let thread = Key::ProjectionThreads(thread_id.clone());
        let checkpoint = Key::ProjectionCheckpoints(thread_id.clone(), to);
        view.require([&thread, &key, &checkpoint].map(|key| Need::Row(key.clone())))?;
        let thread = view
            .row::<ThreadRow>(thread)?
            .ok_or_else(|| not_found("Thread", &thread_id))?;
        let blob = view.row::<DiffBlobRow>(key.clone())?;
        let status = view.row::<CheckpointRow>(checkpoint)?.map(|row| row.status);
        Ok((
            thread.checkpoint_turn_count,
            blob.map(|row| row.diff.clone()),
            status,
        ))
    })
    .await
    .map_err(|fault| match fault.0.code {
        Code::NotFound => unknown(&thread_id),
        _ => fault,
    })?;
    let (current, blob, status) = found;
    if to > current {
        let mut fault = Fault::new(
            Code::Conflict,
            format!(
                "Turn diff range exceeds current turn count: requested {to}, current {current}."
            ),
        );
        // The turn that is asked for may end yet.
        fault.0.retryable = true;
        return Err(fault);
    }
    let diff = match blob {
        _ if from == to => String::new(),
        Some(sha) => text_of(c, &sha).await?,
        None => {
            let why = status.map_or_else(
                || "its checkpoint is not known".to_owned(),
                |status| format!("its checkpoint is {status}"),
            );
            return Err(Fault::new(
                Code::NotFound,
                format!("Turn diff not found for thread '{thread_id}' from {from} to {to}: {why}."),
            ));
        }
    };
    Ok(Answer::ok(&TurnDiff {
        thread_id,
        from_turn_count: from,
        to_turn_count: to,
        diff,
    }))
}

pub(super) async fn text_of(c: &Context, sha: &str) -> Result<String, Fault> {
    let bytes = c.app.store.blob(c.caller.org.id, sha).await?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes.into()).ok());
    text.ok_or_else(|| {
        tracing::error!(%sha, "a text that is named is missing");
        Fault::internal()
    })
}

pub(super) fn not_negative(field: &str, count: i64) -> Result<(), Fault> {
    if count >= 0 {
        return Ok(());
    }
    Err(Fault::field(
        format!("/{field}"),
        format!("{field} must be an integer greater than or equal to 0."),
    ))
}

async fn replay(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<ReplayRequest>().await?;
    let after = request.from_sequence_exclusive;
    not_negative("fromSequenceExclusive", after)?;
    let limit = request.limit.unwrap_or(PAGE).min(LONGEST_PAGE);
    let limit =
        NonZeroU32::new(limit).ok_or_else(|| Fault::field("/limit", "limit 0 asks for nothing"))?;
    let filter = EventFilter {
        org: Some(c.caller.org.id),
        ..EventFilter::default()
    };
    let page = c.app.store.events(&filter, Sequence(after), limit).await?;
    Ok(Answer::ok(&EventPage {
        events: page.events.iter().map(api::Event::from).collect(),
        next_sequence: page.next,
    }))
}
