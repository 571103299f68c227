//! What runs jobs, and what holds them back: queues, one for each kind of job, and runners.

use axum::http::{Method, StatusCode};

use crate::api::{JobKind, JobStatus, PauseRequest, Queue, Role, Runner};
use crate::domain::diagnosis::RUNNER_SILENCE_SECONDS;
use crate::domain::org::{PauseQueue, ResumeQueue};
use crate::domain::row::{JobRow, Key, OrgRow, RunnerRow, Table};
use crate::domain::source::open_statuses;
use crate::domain::view::{Find, Test, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;

const VIEWER: Access = Access::Role(Role::Viewer);
const ADMIN: Access = Access::Role(Role::Admin);

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/queues",
            VIEWER,
            "Lists the kinds of jobs, how many wait and run, and whether they are held back.",
            |c| Box::pin(list(c)),
        )
        .lists::<Queue>(),
        Endpoint::new(
            Method::POST,
            "/queues/{kind}/pause",
            ADMIN,
            "Holds back every job of a kind: they are queued, and wait.",
            |c| Box::pin(pause(c)),
        )
        .takes::<PauseRequest>()
        .gives::<Queue>(200),
        Endpoint::new(
            Method::POST,
            "/queues/{kind}/resume",
            ADMIN,
            "Lets the jobs of a kind go on.",
            |c| Box::pin(resume(c)),
        )
        .gives::<Queue>(200),
        Endpoint::new(
            Method::GET,
            "/runners",
            VIEWER,
            "Lists the runners that were heard of in the last seven days, the latest first.",
            |c| Box::pin(runners(c)),
        )
        .lists::<Runner>(),
    ]
}

fn kind(c: &Context) -> Result<JobKind, Fault> {
    let word = c.param("kind");
    word.parse().map_err(|error| {
        Fault::new(
            crate::api::Code::NotFound,
            format!("There is no queue of that name: {error}"),
        )
    })
}

async fn queues(c: &Context) -> Result<Vec<Queue>, Fault> {
    let open = Find::all(Table::Jobs).test("status", Test::In(open_statuses()));
    let (queues, _) = ask(&c.app, c.caller.org.id, |view| {
        let org = view
            .row::<OrgRow>(Key::Orgs(view.org()))?
            .ok_or_else(|| not_found("Org", view.org()))?;
        let jobs = view.find::<JobRow>(open.clone())?;
        let of = |kind: JobKind| {
            let count = |running: bool| {
                let mine = jobs.iter().filter(|job| {
                    job.kind == kind && (job.status == JobStatus::Running) == running
                });
                u64::try_from(mine.count()).unwrap_or(u64::MAX)
            };
            Queue {
                kind,
                waiting: count(false),
                running: count(true),
                paused: org
                    .paused_queues
                    .iter()
                    .find(|queue| queue.kind == kind)
                    .map(|queue| queue.pause.clone()),
            }
        };
        Ok(JobKind::ALL.iter().map(|kind| of(*kind)).collect())
    })
    .await?;
    Ok(queues)
}

async fn list(c: Context) -> Result<Answer, Fault> {
    Ok(Answer::ok(&queues(&c).await?))
}

async fn pause(mut c: Context) -> Result<Answer, Fault> {
    let kind = kind(&c)?;
    let (request, body) = c.json_or_default::<PauseRequest>().await?;
    let reason = request.reason;
    let done = c.submit(&body, PauseQueue { kind, reason }).await?;
    one(&c, done, kind).await
}

async fn resume(c: Context) -> Result<Answer, Fault> {
    let kind = kind(&c)?;
    let done = c.submit(b"", ResumeQueue { kind }).await?;
    one(&c, done, kind).await
}

async fn one(
    c: &Context,
    done: crate::server::command::Done,
    kind: JobKind,
) -> Result<Answer, Fault> {
    if c.dry_run()? {
        return c.answer_row(done, Table::Orgs, StatusCode::OK).await;
    }
    let queues = queues(c).await?;
    let queue = queues
        .iter()
        .find(|queue| queue.kind == kind)
        .ok_or_else(Fault::internal)?;
    Ok(done.heads(Answer::ok(queue)))
}

async fn runners(c: Context) -> Result<Answer, Fault> {
    let now = c.app.now();
    let alive_since = now.plus_seconds(-RUNNER_SILENCE_SECONDS);
    let (rows, _) = ask(&c.app, c.caller.org.id, |view| {
        let rows = view.find::<RunnerRow>(Find::all(Table::Runners).newest("seen_at"))?;
        Ok(rows.into_iter().cloned().collect::<Vec<_>>())
    })
    .await?;
    let runners: Vec<Runner> = rows
        .into_iter()
        .map(|row| Runner {
            alive: row.seen_at >= alive_since,
            name: row.name,
            version: row.version,
            kinds: row.kinds,
            provider: row.provider,
            first_seen_at: row.first_seen_at,
            seen_at: row.seen_at,
        })
        .collect();
    Ok(Answer::ok(&runners))
}
