//! Projects and threads: commands, the read model, diffs, and the log itself (orchestration.md: reading).

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;

use super::call::{CallOptions, Client};
use super::error::ClientError;
use super::jobs::Run;
use super::query::Query;
use crate::api::{
    ActivityOutput, ActivityOutputRequest, Command, DispatchRequest, Dispatched, EventPage,
    FullThreadDiffRequest, GetCheckpoint, GetSession, HeldDocuments, KeepSession, KeptSession,
    LogCheck, ReadModel, ReplayRequest, Sequence, SnapshotRequest, Thread, ThreadId, TurnDiff,
    TurnDiffRequest,
};

const DISPATCH: &str = "/orchestration/dispatchCommand";
const SNAPSHOT: &str = "/orchestration/getSnapshot";
const CHECKPOINT: &str = "/orchestration/getCheckpoint";
const TURN_DIFF: &str = "/orchestration/getTurnDiff";
/// Folding a long log takes minutes, and nothing comes before it is done.
const FOLDING: Duration = Duration::from_hours(2);

/// A command carries its own id, so a broken connection can be tried again.
fn under(id: &str) -> CallOptions {
    CallOptions {
        idempotency_key: Some(id.to_owned()),
        ..CallOptions::default()
    }
}

impl Client {
    /// Gives a command under this id. The same id again gets the same outcome.
    pub async fn dispatch(&self, id: &str, command: &Command) -> Result<Dispatched, ClientError> {
        let request = DispatchRequest::new(id, command);
        self.send(Method::POST, DISPATCH, &request, &under(id))
            .await
    }

    /// Projects and threads as of one position.
    pub async fn read_model(&self, request: &SnapshotRequest) -> Result<ReadModel, ClientError> {
        self.post(SNAPSHOT, request).await
    }

    /// The documents that a thread changed, as of a checkpoint.
    pub async fn checkpoint(&self, request: &GetCheckpoint) -> Result<HeldDocuments, ClientError> {
        self.post(CHECKPOINT, request).await
    }

    /// What a thread changed between two checkpoints.
    pub async fn turn_diff(&self, request: &TurnDiffRequest) -> Result<TurnDiff, ClientError> {
        self.post(TURN_DIFF, request).await
    }

    /// All that a thread changed up to a checkpoint.
    pub async fn full_thread_diff(
        &self,
        request: &FullThreadDiffRequest,
    ) -> Result<TurnDiff, ClientError> {
        self.post("/orchestration/getFullThreadDiff", request).await
    }

    /// What came of a tool, whole.
    pub async fn activity_output(
        &self,
        request: &ActivityOutputRequest,
    ) -> Result<ActivityOutput, ClientError> {
        self.post("/orchestration/getActivityOutput", request).await
    }

    /// A page of the log after a position.
    pub async fn replay_events(
        &self,
        after: Sequence,
        limit: Option<u32>,
    ) -> Result<EventPage, ClientError> {
        let request = ReplayRequest {
            from_sequence_exclusive: after.0,
            limit,
        };
        self.post("/orchestration/replayEvents", &request).await
    }

    /// A page of the log as the query asks for it: `after`, `limit`, `type`, `kind` and `stream`, `actor`, `order`.
    pub async fn events_page(&self, query: &Query) -> Result<EventPage, ClientError> {
        self.get(&format!("/events{}", query.suffix())).await
    }

    /// Compares every row of the server's database with its log.
    pub async fn verify_log(&self) -> Result<LogCheck, ClientError> {
        self.fold(Method::GET, "/events/verify").await
    }

    /// Writes every row of the server's database anew that differs from its log; says what differed.
    pub async fn rebuild_log(&self) -> Result<LogCheck, ClientError> {
        self.fold(Method::POST, "/events/rebuild").await
    }

    async fn fold(&self, method: Method, path: &str) -> Result<LogCheck, ClientError> {
        let options = CallOptions {
            patience: Some(FOLDING),
            ..CallOptions::default()
        };
        let answer = self.ask(method, path, Bytes::new(), &options).await?;
        self.parse(&answer.body)
    }
}

impl Run {
    /// Gives a command of the run to a thread that it works in.
    pub async fn dispatch(&self, id: &str, command: &Command) -> Result<Dispatched, ClientError> {
        let request = DispatchRequest::new(id, command);
        let options = CallOptions {
            idempotency_key: Some(id.to_owned()),
            ..self.options()
        };
        self.send(Method::POST, DISPATCH, &request, options).await
    }

    /// One of the threads that it works in, in full.
    pub async fn thread(&self, id: &ThreadId) -> Result<Option<Thread>, ClientError> {
        let request = SnapshotRequest {
            thread_id: Some(id.clone()),
            ..SnapshotRequest::default()
        };
        let model: ReadModel = self
            .send(Method::POST, SNAPSHOT, &request, self.options())
            .await?;
        Ok(model.threads.into_iter().next())
    }

    /// The documents that a thread of it changed, as of a checkpoint.
    pub async fn checkpoint(
        &self,
        thread: &ThreadId,
        turn_count: i64,
    ) -> Result<HeldDocuments, ClientError> {
        let request = GetCheckpoint {
            thread_id: thread.clone(),
            turn_count,
        };
        self.send(Method::POST, CHECKPOINT, &request, self.options())
            .await
    }

    /// What the provider of a thread remembers of its session.
    pub async fn session(&self, thread: &ThreadId) -> Result<Option<KeptSession>, ClientError> {
        let request = GetSession {
            thread_id: thread.clone(),
        };
        let path = "/orchestration/getSession";
        self.send(Method::POST, path, &request, self.options())
            .await
    }

    /// Keeps what the provider of a thread is to remember of its session.
    pub async fn keep_session(&self, kept: &KeepSession) -> Result<(), ClientError> {
        let path = "/orchestration/keepSession";
        self.send(Method::POST, path, kept, self.keyed()).await
    }
}
