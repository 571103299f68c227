//! What runners do: claim a job, and report on the run that came of it. Every write carries the run's token, and is
//! refused with `stale-writer` once the lease is lost (sources.md §9).

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::{jobs, spaces, sync};
use crate::api::{
    self, ClaimRequest, Code, FinishRequest, Heartbeat, HeartbeatReply, IntegrationId, Job, JobId,
    JobKind, JobStatus, KnownSource, PushReply, RepoCredential, Role, SpaceId, SpacePush,
    SpaceReport, StepReport,
};
use crate::base::random::base62;
use crate::base::sha256_hex;
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::event::Actor;
use crate::domain::job::{
    Claim, ClaimOffer, Ending, FinishJob, LEASE_SECONDS, NoteRunner, ReportSpace, ReportStep,
    RunFence,
};
use crate::domain::row::{
    DocumentRef, IntegrationRow, JobFailure, JobRow, Key, RunnerRow, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, Scalar, Stop, Test, View, not_found};
use crate::engine::Command;
use crate::server::ask::ask;
use crate::server::command::Done;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::server::run;
use crate::server::secrets;
use crate::server::wire::{Facts, Wire};
use crate::store::{Beat, NewLine};

const RUNNER: Access = Access::Role(Role::Runner);
const RUN: Access = Access::Run;

const LONGEST_WAIT_SECONDS: u32 = 30;
/// Retries come due without an event: a waiting claim looks this often besides.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
const RUN_TOKEN_LENGTH: usize = 43;
/// Of the names of runners, in bytes.
const LONGEST_NAME: usize = 255;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/jobs/claim",
            RUNNER,
            "Claims a job, waiting for one as long as asked; 204: there is none.",
            |c| Box::pin(claim(c)),
        )
        .takes::<ClaimRequest>()
        .gives::<api::Claim>(200),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/heartbeat",
            RUN,
            "Renews the lease, and adds lines to the log.",
            |c| Box::pin(heartbeat(c)),
        )
        .takes::<Heartbeat>()
        .gives::<HeartbeatReply>(200)
        .up_to(8 << 20),
        Endpoint::new(
            Method::GET,
            "/jobs/{id}/credentials",
            RUN,
            "Gives what the repositories of a run are cloned with: its source's, and those that rules of its spaces name.",
            |c| Box::pin(credentials(c)),
        )
        .lists::<RepoCredential>(),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/steps",
            RUN,
            "Says that a step started or ended.",
            |c| Box::pin(step(c)),
        )
        .takes::<StepReport>(),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/spaces/{spaceId}",
            RUN,
            "Says what came of a space.",
            |c| Box::pin(space(c)),
        )
        .takes::<SpaceReport>()
        .up_to(8 << 20),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/spaces/{spaceId}/push",
            RUN,
            "Writes what a run made of a space's documents, and is done with the space: both at once or neither.",
            |c| Box::pin(push_space(c)),
        )
        .takes::<SpacePush>()
        .gives::<PushReply>(200)
        .up_to(sync::LARGEST_PUSH),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/finish",
            RUN,
            "Ends the run and gives the lease back.",
            |c| Box::pin(finish(c)),
        )
        .takes::<FinishRequest>()
        .gives::<Job>(200),
    ]
}

/// Whether a job waits that could be claimed now; a claim goes through the log's head, a look does not.
async fn something_waits(c: &Context, kinds: &[JobKind]) -> Result<bool, Fault> {
    let now = c.app.now().to_string();
    let kinds = kinds.iter().map(|kind| kind.as_str().into());
    let find = Find::all(Table::Jobs)
        .test("kind", Test::In(kinds.collect()))
        .test(
            "status",
            Test::In(vec![
                JobStatus::Queued.as_str().into(),
                JobStatus::Retrying.as_str().into(),
            ]),
        )
        .test("next_attempt_at", Test::AtMost(now.into()))
        .limit(1);
    let (some, _) = ask(&c.app, c.caller.org.id, |view| {
        Ok(!view.find::<JobRow>(find.clone())?.is_empty())
    })
    .await?;
    Ok(some)
}

async fn claim(mut c: Context) -> Result<Answer, Fault> {
    let (request, body) = c.json::<ClaimRequest>().await?;
    let name = request.runner.as_str();
    if name.trim().is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Fault::field(
            "/runner",
            format!(
                "runner is the name that the log shows: not blank, at most {LONGEST_NAME} bytes, no control characters"
            ),
        ));
    }
    let kinds = request
        .kinds
        .clone()
        .unwrap_or_else(|| JobKind::ALL.to_vec());
    let heard = NoteRunner {
        name: request.runner.clone(),
        version: request.version.clone(),
        kinds: Some(kinds.clone()),
        provider: request.provider.clone(),
        skew_ms: request
            .now
            .map(|now| now.as_millis() - c.app.now().as_millis()),
    };
    note_runner(&c, heard).await?;
    let wait = Duration::from_secs(u64::from(request.wait_seconds.min(LONGEST_WAIT_SECONDS)));
    let end = tokio::time::Instant::now() + wait;
    let mut head = c.app.store.head();
    loop {
        head.borrow_and_update();
        if c.app.jobs && something_waits(&c, &kinds).await? {
            let token = base62(c.app.random.as_ref(), RUN_TOKEN_LENGTH);
            let command = Claim {
                runner: request.runner.clone(),
                kinds: kinds.clone(),
                run_token_hash: sha256_hex(token.as_bytes()),
            };
            let done = c.submit(&body, command).await?;
            if !done.reply.is_null() {
                return offer(&c, done, token).await;
            }
        }
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        if left.is_zero() {
            return Ok(Answer::empty());
        }
        tokio::select! {
            () = c.app.stop.cancelled() => return Ok(Answer::empty()),
            // A closed channel means a store that is going away; the next look says so.
            _ = head.changed() => {}
            () = tokio::time::sleep(left.min(LOOK_AGAIN)) => {}
        }
    }
}

/// Notes that a runner was heard of, where that is news.
async fn note_runner(c: &Context, heard: NoteRunner) -> Result<(), Fault> {
    let org = c.caller.org.id;
    let key = Key::Runners(heard.name.clone());
    let (known, _) = ask(&c.app, org, |view| {
        Ok(view.row::<RunnerRow>(key.clone())?.cloned())
    })
    .await?;
    if heard.is_news(known.as_ref(), c.app.now()) {
        let command = Command::by(Actor::system()).urgent();
        c.app.engine.dispatch(org, command, heard).await?;
    }
    Ok(())
}

async fn offer(c: &Context, done: Done, token: String) -> Result<Answer, Fault> {
    let offer: ClaimOffer =
        serde_json::from_value(done.reply.clone()).map_err(|_| Fault::internal())?;
    let ((job, source, integration_name, spaces), _) = ask(&c.app, c.caller.org.id, |view| {
        let job = view
            .row::<JobRow>(Key::Jobs(offer.job_id))?
            .ok_or_else(|| not_found("Run", offer.job_id))?;
        let source = view.row::<SourceRow>(Key::Sources(job.source_id))?;
        let source = source.ok_or_else(|| not_found("Source", job.source_id))?;
        let integration = match source.integration_id {
            Some(id) => view.row::<IntegrationRow>(Key::Integrations(id))?,
            None => None,
        };
        let integration_name = integration.map(|i| i.name.clone());
        let spaces = spaces_of(view, job)?;
        Ok((job.clone(), source.clone(), integration_name, spaces))
    })
    .await?;
    let known_sources = named_by_rules(c, &spaces).await?;
    let claim = api::Claim {
        cursor: source.cursor.as_ref().map(|cursor| cursor.value.clone()),
        cursor_version: source.cursor_version,
        cursor_job_id: source.cursor_job_id,
        moves_cursor: job.moves_cursor,
        forced: offer.forced,
        rebaseline: job.rebaseline,
        replay: offer.replay,
        repo: source.repo,
        files: source.files.map(|files| files.version),
        source_name: source.name,
        integration_name,
        spaces: Wire::spaces(&spaces),
        known_sources,
        job: one_job(c, job).await?,
        // A replayed claim cannot tell its token again; the lease ends by itself and the job is claimed anew.
        run_token: token,
        epoch: offer.epoch,
        lease_seconds: u32::try_from(LEASE_SECONDS).unwrap_or(u32::MAX),
        superseded_by: offer.superseded_by,
        bases: offer.bases,
    };
    Ok(done.heads(Answer::ok(&claim)))
}

/// The spaces of a job. One that was deleted since is skipped by the run (sources.md §8: a fan-out never grows).
fn spaces_of(view: &View, job: &JobRow) -> Result<Vec<SpaceRow>, Stop> {
    let ids = &job.affected_space_ids;
    view.require(ids.iter().map(|id| Need::Row(Key::Spaces(*id))))?;
    let mut spaces = Vec::new();
    for id in ids {
        spaces.extend(view.row::<SpaceRow>(Key::Spaces(*id))?.cloned());
    }
    Ok(spaces)
}

/// The sources with a repository that rules of these spaces name: the run may clone them (seed 002).
async fn named_by_rules(c: &Context, spaces: &[SpaceRow]) -> Result<Vec<KnownSource>, Fault> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for space in spaces {
        let watches = Facts::watches_of(&c.app, c.caller.org.id, space.id).await?;
        names.extend(watches.keys().cloned());
    }
    let names: Vec<Scalar> = names.into_iter().map(Scalar::from).collect();
    let find = Find::all(Table::Sources)
        .test("name", Test::In(names))
        .test("repo", Test::NotNull);
    let (known, _) = ask(&c.app, c.caller.org.id, |view| {
        let rows = view.find::<SourceRow>(find.clone())?;
        let known = rows.into_iter().filter_map(|row| {
            Some(KnownSource {
                name: row.name.clone(),
                repo: row.repo.clone()?,
                branch: row.branch.clone(),
            })
        });
        Ok(known.collect::<Vec<_>>())
    })
    .await?;
    Ok(known)
}

/// Only while the lease is held, and for nothing that the run does not clone.
async fn credentials(c: Context) -> Result<Answer, Fault> {
    let (fence, _) = fence(&c).await?;
    let ((source, spaces), _) = ask(&c.app, c.caller.org.id, |view| {
        let job = fence.check(view)?;
        let source: Option<&SourceRow> = view.row(Key::Sources(job.source_id))?;
        Ok((source.cloned(), spaces_of(view, job)?))
    })
    .await?;
    let mut repos: Vec<(String, Option<IntegrationId>)> = source
        .and_then(|source| Some((source.repo?, source.integration_id)))
        .into_iter()
        .collect();
    let named = named_by_rules(&c, &spaces).await?;
    repos.extend(named.into_iter().map(|known| (known.repo, None)));
    let mut found: Vec<RepoCredential> = Vec::new();
    for (repo, own) in repos {
        let Ok(coordinate) = RepoCoordinate::parse(&repo) else {
            continue;
        };
        if found
            .iter()
            .any(|known| known.repo == coordinate.to_string())
        {
            continue;
        }
        found.extend(secrets::of_repo(&c.app, c.caller.org.id, &coordinate, own).await?);
    }
    Ok(Answer::ok(&found))
}

async fn one_job(c: &Context, row: JobRow) -> Result<Job, Fault> {
    let mut jobs = Wire::of(c).jobs(&[row]).await?;
    jobs.pop().ok_or_else(Fault::internal)
}

/// The proof that a run brings: its token, and the epoch that its job has now. A token is new at every claim, so an old
/// run never passes with a new epoch.
async fn fence(c: &Context) -> Result<(RunFence, JobRow), Fault> {
    let id: JobId = c.id("id")?;
    let token = c.run_token()?;
    let job = jobs::row(c, id).await?;
    let fence = RunFence {
        job_id: id,
        epoch: job.epoch.unwrap_or_default(),
        run_token_hash: sha256_hex(token.as_bytes()),
    };
    Ok((fence, job))
}

async fn heartbeat(mut c: Context) -> Result<Answer, Fault> {
    let (beat, _) = c.json_or_default::<Heartbeat>().await?;
    let (fence, job) = fence(&c).await?;
    let now = c.app.now();
    let expires_at = now.plus_seconds(LEASE_SECONDS);
    let org = c.caller.org.id;
    let renewed = c
        .app
        .store
        .renew(vec![Beat {
            org,
            source: job.source_id,
            branch: job.branch.clone(),
            job: job.id,
            epoch: fence.epoch,
            run_token_hash: fence.run_token_hash,
            now,
            expires_at,
        }])
        .await?;
    if renewed != [true] {
        if job.status == JobStatus::Cancelled {
            return Ok(Answer::ok(&HeartbeatReply {
                cancelled: true,
                expires_at: now,
            }));
        }
        run::note_refused(&c, job.id, Code::StaleWriter).await?;
        return Err(Fault::new(
            Code::StaleWriter,
            format!(
                "Run #{} no longer holds the lease of its source. Stop: nothing was written.",
                job.id
            ),
        ));
    }
    if let Some(name) = job.runner.clone() {
        // A runner at work asks for none, and is there all the same.
        let heard = NoteRunner {
            name,
            version: None,
            kinds: None,
            provider: None,
            skew_ms: None,
        };
        note_runner(&c, heard).await?;
    }
    if !beat.log.is_empty() {
        let lines = beat
            .log
            .into_iter()
            .map(|line| NewLine {
                at: line.at,
                level: line.level,
                step: line.step,
                space_id: line.space_id,
                message: line.message,
            })
            .collect();
        c.app.store.append_log(org, job.id, lines).await?;
    }
    Ok(Answer::ok(&HeartbeatReply {
        cancelled: false,
        expires_at,
    }))
}

/// The job as it is after a report.
async fn report(c: &Context, done: Done) -> Result<Answer, Fault> {
    let row = jobs::row(c, c.id("id")?).await?;
    let version = row.version;
    let job = one_job(c, row).await?;
    Ok(done.heads(Answer::json(StatusCode::OK, &job).version(version)))
}

async fn step(mut c: Context) -> Result<Answer, Fault> {
    let (request, body) = c.json::<StepReport>().await?;
    let (fence, job) = fence(&c).await?;
    let command = ReportStep {
        fence,
        step: request.name,
        status: request.status,
        detail: request.detail,
        base: request.base_reason.map(|reason| (request.base_sha, reason)),
        commits_behind: request.commits_behind,
        head: request.head_sha,
    };
    let done = run::submit(&c, job.id, &body, command).await?;
    Ok(done.heads(Answer::empty()))
}

async fn space(mut c: Context) -> Result<Answer, Fault> {
    let space_id = c.id("spaceId")?;
    let (request, body) = c.json::<SpaceReport>().await?;
    let (fence, job) = fence(&c).await?;
    let docs = |docs: Vec<api::DocRef>| {
        docs.into_iter()
            .map(|doc| DocumentRef {
                doc_id: doc.doc_id,
                path: doc.path,
            })
            .collect()
    };
    let command = ReportSpace {
        fence,
        space_id,
        status: request.status,
        phase: request.phase,
        impacted_docs: docs(request.impacted_docs),
        updated_docs: docs(request.updated_docs),
        error: request.error,
    };
    let done = run::submit(&c, job.id, &body, command).await?;
    Ok(done.heads(Answer::empty()))
}

async fn push_space(mut c: Context) -> Result<Answer, Fault> {
    let space_id: SpaceId = c.id("spaceId")?;
    let (request, body) = c.json::<SpacePush>().await?;
    let (fence, job) = fence(&c).await?;
    let space = spaces::row(&c, space_id).await?;
    // Before any text is kept: a run without a lease leaves nothing here.
    let pushed = match ask(&c.app, c.caller.org.id, |view| fence.check(view).map(drop)).await {
        Ok(_) => sync::push_of_run(&c, &body, request, fence, &space).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = &pushed
        && fault.0.code == Code::StaleWriter
    {
        run::note_refused(&c, job.id, fault.0.code).await?;
    }
    pushed
}

async fn finish(mut c: Context) -> Result<Answer, Fault> {
    let (request, body) = c.json::<FinishRequest>().await?;
    let (fence, job) = fence(&c).await?;
    let error = request.error.map(|error| JobFailure {
        code: error.code,
        message: error.message,
    });
    let ending = match request.status {
        JobStatus::Succeeded => Ending::Succeeded,
        JobStatus::Failed => Ending::Failed {
            error: error.ok_or_else(|| {
                Fault::field(
                    "/error",
                    "a run that failed says why: error takes code and message",
                )
            })?,
            retryable: request.retryable,
        },
        JobStatus::Skipped => Ending::Skipped {
            superseded_by: request.superseded_by,
            reason: error.map_or_else(|| "superseded".to_owned(), |error| error.message),
        },
        JobStatus::Retrying => Ending::HandBack,
        other => {
            return Err(Fault::field(
                "/status",
                format!(
                    "a run ends succeeded, failed or skipped, or is handed back as retrying; it cannot end {other}"
                ),
            ));
        }
    };
    let command = FinishJob {
        fence,
        ending,
        jitter: c.app.engine.unit(),
    };
    let done = run::submit(&c, job.id, &body, command).await?;
    report(&c, done).await
}
