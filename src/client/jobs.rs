//! Jobs, as operators see them, and as the runner that claimed one works on it.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::{CallOptions, Client, PATIENCE};
use super::error::ClientError;
use super::query::{Page, Query};
use super::token::AccessToken;
use crate::api::{
    Claim, ClaimRequest, CursorAdvance, FinishRequest, Heartbeat, HeartbeatReply, Job, JobId,
    JobKind, LogLine, PauseRequest, PullReply, PullRequest, PushReply, PushRequest, Queue,
    RepoCredential, Rerun, Runner, Source, SourceId, SpaceId, SpacePush, SpaceReport, StepReport,
    Upload,
};

/// How long an upload of files may take to come.
const IMPORT: Duration = Duration::from_mins(5);

impl Client {
    /// Lists jobs, newest first.
    pub async fn jobs(&self, query: &Query) -> Result<Page<Job>, ClientError> {
        self.page("/jobs", query).await
    }

    /// One job.
    pub async fn job(&self, id: JobId) -> Result<Job, ClientError> {
        self.get(&format!("/jobs/{id}")).await
    }

    /// A job's log.
    pub async fn job_log(&self, id: JobId, query: &Query) -> Result<Page<LogLine>, ClientError> {
        self.page(&format!("/jobs/{id}/log"), query).await
    }

    /// Tries a job again, from where it failed.
    pub async fn retry_job(&self, id: JobId) -> Result<Job, ClientError> {
        self.bare(&format!("/jobs/{id}/retry"), Method::POST).await
    }

    /// Runs a job's event again, from the start, as a new job.
    pub async fn rerun_job(&self, id: JobId, request: &Rerun) -> Result<Job, ClientError> {
        self.post(&format!("/jobs/{id}/rerun"), request).await
    }

    /// Stops a job.
    pub async fn cancel_job(&self, id: JobId) -> Result<Job, ClientError> {
        self.bare(&format!("/jobs/{id}/cancel"), Method::POST).await
    }

    /// Leaves a space out of this event, so that the cursor can move.
    pub async fn skip_space(&self, id: JobId, space: SpaceId) -> Result<Job, ClientError> {
        self.bare(&format!("/jobs/{id}/spaces/{space}/skip"), Method::POST)
            .await
    }

    /// The kinds of jobs, how many wait and run, and whether they are held back.
    pub async fn queues(&self) -> Result<Vec<Queue>, ClientError> {
        self.get("/queues").await
    }

    /// Holds back every job of a kind.
    pub async fn pause_queue(
        &self,
        kind: JobKind,
        request: &PauseRequest,
    ) -> Result<Queue, ClientError> {
        self.post(&format!("/queues/{kind}/pause"), request).await
    }

    /// Lets the jobs of a kind go on.
    pub async fn resume_queue(&self, kind: JobKind) -> Result<Queue, ClientError> {
        self.bare(&format!("/queues/{kind}/resume"), Method::POST)
            .await
    }

    /// The runners that were heard of in the last seven days, the latest first.
    pub async fn runners(&self) -> Result<Vec<Runner>, ClientError> {
        self.get("/runners").await
    }

    /// Claims a job, waiting for one as long as the request says; `None`: there is none.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>, ClientError> {
        let options = CallOptions {
            patience: Some(PATIENCE + Duration::from_secs(u64::from(request.wait_seconds))),
            ..CallOptions::default()
        };
        let body = self.json(request)?;
        let answer = self
            .ask(Method::POST, "/jobs/claim", body, &options)
            .await?;
        self.parse(&answer.body)
    }

    /// The calls of one claimed run; each carries its run token.
    pub fn run(&self, job: JobId, run_token: &str) -> Run {
        Run {
            client: self.clone(),
            job,
            token: AccessToken::new(run_token),
        }
    }
}

/// What a run may do for the job it claimed. Each call is refused with `stale-writer` once the lease is lost.
#[derive(Clone, Debug)]
pub struct Run {
    client: Client,
    job: JobId,
    token: AccessToken,
}

impl Run {
    /// Renews the lease, and adds lines to the log.
    pub async fn heartbeat(&self, beat: &Heartbeat) -> Result<HeartbeatReply, ClientError> {
        let path = format!("/jobs/{}/heartbeat", self.job);
        self.send(Method::POST, &path, beat, self.options()).await
    }

    /// Says that a step started or ended.
    pub async fn step(&self, report: &StepReport) -> Result<(), ClientError> {
        let path = format!("/jobs/{}/steps", self.job);
        self.send(Method::POST, &path, report, self.keyed()).await
    }

    /// Says what came of a space.
    pub async fn space(&self, space: SpaceId, report: &SpaceReport) -> Result<(), ClientError> {
        let path = format!("/jobs/{}/spaces/{space}", self.job);
        self.send(Method::POST, &path, report, self.keyed()).await
    }

    /// Ends the run and gives the lease back.
    pub async fn finish(&self, request: &FinishRequest) -> Result<Job, ClientError> {
        let path = format!("/jobs/{}/finish", self.job);
        self.send(Method::POST, &path, request, self.keyed()).await
    }

    /// Moves the source's cursor by compare-and-swap.
    pub async fn advance_cursor(
        &self,
        source: SourceId,
        request: &CursorAdvance,
    ) -> Result<Source, ClientError> {
        let path = format!("/sources/{source}/cursor");
        self.send(Method::PATCH, &path, request, self.keyed()).await
    }

    /// What the repositories of the run are cloned with.
    pub async fn credentials(&self) -> Result<Vec<RepoCredential>, ClientError> {
        self.get(&format!("/jobs/{}/credentials", self.job)).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let answer = self
            .client
            .ask(Method::GET, path, Bytes::new(), &self.options())
            .await?;
        self.client.parse(&answer.body)
    }

    /// The uploads to the job's source, oldest first.
    pub async fn uploads(&self, source: SourceId) -> Result<Vec<Upload>, ClientError> {
        self.get(&format!("/sources/{source}/files")).await
    }

    /// One of them, as `git fast-import` takes it.
    pub async fn import(&self, source: SourceId, version: &str) -> Result<Bytes, ClientError> {
        let path = format!("/sources/{source}/files/{version}");
        let options = CallOptions {
            patience: Some(IMPORT),
            ..self.options()
        };
        let answer = self
            .client
            .ask(Method::GET, &path, Bytes::new(), &options)
            .await?;
        Ok(answer.body)
    }

    /// Documents of one of the job's spaces.
    pub async fn pull(&self, slug: &str, request: &PullRequest) -> Result<PullReply, ClientError> {
        let options = CallOptions {
            space: Some(slug.to_owned()),
            ..self.options()
        };
        self.send(Method::POST, "/v1/sync/pull", request, options)
            .await
    }

    /// Writes documents of one of the job's spaces.
    pub async fn push(&self, slug: &str, request: &PushRequest) -> Result<PushReply, ClientError> {
        let options = CallOptions {
            space: Some(slug.to_owned()),
            ..self.options()
        };
        self.send(Method::POST, "/v1/sync/push", request, options)
            .await
    }

    pub(super) fn options(&self) -> CallOptions {
        CallOptions {
            run_token: Some(self.token.clone()),
            ..CallOptions::default()
        }
    }

    /// Writes documents of one of the job's spaces, and is done with it: both at once or neither.
    pub async fn push_space(
        &self,
        space: SpaceId,
        push: &SpacePush,
    ) -> Result<PushReply, ClientError> {
        let path = format!("/jobs/{}/spaces/{space}/push", self.job);
        self.send(Method::POST, &path, push, self.options()).await
    }

    pub(super) fn keyed(&self) -> CallOptions {
        CallOptions {
            run_token: Some(self.token.clone()),
            ..CallOptions::once()
        }
    }

    pub(super) async fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &B,
        options: CallOptions,
    ) -> Result<T, ClientError> {
        let body: Bytes = self.client.json(body)?;
        let answer = self.client.ask(method, path, body, &options).await?;
        self.client.parse(&answer.body)
    }
}
