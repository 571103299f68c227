//! What goes on in a thread needs besides its read model: its documents as of a checkpoint, and what the adapter of its
//! provider remembers (orchestration.md: checkpoints, orchestration.md: sessions).

use axum::http::Method;

use super::orchestration::{may_read, not_negative};
use crate::api::{
    Code, GetCheckpoint, GetSession, HeldDocument, HeldDocuments, KeepSession, KeptSession, Role,
};
use crate::domain::orchestration::{self, documents_at};
use crate::domain::row::{CheckpointRow, Key, SessionRuntimeRow, Table, ThreadRow};
use crate::domain::view::{Find, Need};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::orchestration::{revert, unknown};
use crate::server::reply::Answer;
use crate::server::run;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/orchestration/getCheckpoint",
            Access::RoleOrRun(Role::Viewer),
            "Gives the documents that a thread changed, as they were at one of its checkpoints.",
            |c| Box::pin(checkpoint(c)),
        )
        .takes::<GetCheckpoint>()
        .gives::<HeldDocuments>(200),
        Endpoint::new(
            Method::POST,
            "/orchestration/getSession",
            Access::Run,
            "Gives what the provider of a thread needs to find its session again; for the run that drives the thread.",
            |c| Box::pin(session(c)),
        )
        .takes::<GetSession>()
        .gives::<Option<KeptSession>>(200),
        Endpoint::new(
            Method::POST,
            "/orchestration/keepSession",
            Access::Run,
            "Keeps what the provider of a thread needs to find its session again: what is absent stays.",
            |c| Box::pin(keep(c)),
        )
        .takes::<KeepSession>(),
    ]
}

async fn checkpoint(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<GetCheckpoint>().await?;
    let GetCheckpoint {
        thread_id,
        turn_count,
    } = request;
    may_read(&c, Some(&thread_id)).await?;
    not_negative("turnCount", turn_count)?;
    let thread = Key::ProjectionThreads(thread_id.clone());
    let find = Find::all(Table::ProjectionCheckpoints)
        .is("thread_id", thread_id.as_str())
        .oldest("checkpoint_turn_count");
    let (found, _) = ask(&c.app, c.caller.org.id, |view| {
        view.require([Need::Row(thread.clone()), Need::Find(find.clone())])?;
        let thread: Option<&ThreadRow> = view.row(thread.clone())?;
        let checkpoints = view.find::<CheckpointRow>(find.clone())?;
        let held = documents_at(&checkpoints, turn_count);
        Ok(thread.map(|thread| (thread.checkpoint_turn_count, held)))
    })
    .await?;
    let (current, held) = found.ok_or_else(|| unknown(&thread_id))?;
    if turn_count > current {
        return Err(Fault::new(
            Code::Conflict,
            format!("Checkpoint turn count {turn_count} exceeds current turn count {current}."),
        ));
    }
    let mut documents = Vec::with_capacity(held.len());
    for document in held {
        documents.push(HeldDocument {
            text: revert::text(&c, &document.text).await?,
            file_id: document.file_id,
            path: document.path,
        });
    }
    Ok(Answer::ok(&HeldDocuments {
        thread_id,
        turn_count,
        documents,
    }))
}

async fn session(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<GetSession>().await?;
    may_read(&c, Some(&request.thread_id)).await?;
    let key = Key::ProviderSessionRuntime(request.thread_id.clone());
    let (row, _) = ask(&c.app, c.caller.org.id, |view| {
        Ok(view.row::<SessionRuntimeRow>(key.clone())?.cloned())
    })
    .await?;
    Ok(Answer::ok(&row.map(|row| KeptSession {
        thread_id: row.thread_id,
        provider_name: row.provider_name,
        adapter_key: row.adapter_key,
        runtime_mode: row.runtime_mode,
        status: row.status,
        last_seen_at: row.last_seen_at,
        resume_cursor: row.resume_cursor,
        runtime_payload: row.runtime_payload,
    })))
}

async fn keep(mut c: Context) -> Result<Answer, Fault> {
    let (request, body) = c.json::<KeepSession>().await?;
    let run = run::of(&c).await?.ok_or_else(|| {
        Fault::new(
            Code::Forbidden,
            "Only the run of a thread keeps its session.",
        )
    })?;
    let job = run.job.id;
    let command = orchestration::KeepSession {
        thread_id: request.thread_id,
        provider_name: request.provider_name,
        adapter_key: request.adapter_key,
        runtime_mode: request.runtime_mode,
        status: request.status,
        resume_cursor: request.resume_cursor,
        runtime_payload: request.runtime_payload,
        run: run.fence,
    };
    let done = run::submit(&c, job, &body, command).await?;
    Ok(done.heads(Answer::empty()))
}
