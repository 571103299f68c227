//! Jobs as operators see and steer them.

use std::num::NonZeroU32;

use axum::http::{Method, StatusCode};

use crate::api::{Job, JobId, JobKind, JobStatus, LogLine, Rerun, Role, SpaceId};
use crate::domain::job::{CancelJob, RerunJob, RetryJob, SkipSpace};
use crate::domain::row::{JobRow, Key, Table};
use crate::domain::view::{Find, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::reply::Answer;
use crate::server::wire::Wire;
use crate::store::StoredLine;

const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);

const LISTS: Lists = Lists {
    filters: &[
        ("status", Filter::words::<JobStatus>("status")),
        ("kind", Filter::words::<JobKind>("kind")),
        ("sourceId", Filter::Int("source_id")),
        ("integrationId", Filter::Int("integration_id")),
        ("branch", Filter::Text("branch")),
        ("headSha", Filter::Text("head_sha")),
    ],
    sorts: &[("createdAt", By::Id), ("updatedAt", By::Any("updated_at"))],
    usual: "-createdAt",
};

/// One read of a log.
const LINES: NonZeroU32 = NonZeroU32::new(2_000).expect("not zero");

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/jobs",
            VIEWER,
            "Lists jobs, newest first.",
            |c| Box::pin(list(c)),
        )
        .lists::<Job>()
        .query(&[
            ("status", "Only this status; several with commas."),
            ("kind", "Only this kind."),
            ("sourceId", "Only of this source."),
            ("integrationId", "Only of this integration."),
            ("branch", "Only of this branch."),
            ("headSha", "Only of this commit."),
            (
                "sort",
                "`createdAt`, `updatedAt`; `-` in front turns it round.",
            ),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(Method::GET, "/jobs/{id}", VIEWER, "Gives one job.", |c| {
            Box::pin(get(c))
        })
        .gives::<Job>(200),
        Endpoint::new(
            Method::GET,
            "/jobs/{id}/log",
            VIEWER,
            "Gives a job's log.",
            |c| Box::pin(log(c)),
        )
        .lists::<LogLine>()
        .query(&[
            ("spaceId", "Only lines of this space."),
            ("after", "Only lines after this place."),
            ("limit", "At most so many; without it all."),
        ]),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/retry",
            OPERATOR,
            "Lets a job go again, for the spaces that are not done.",
            |c| Box::pin(retry(c)),
        )
        .versioned()
        .gives::<Job>(200),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/rerun",
            OPERATOR,
            "Runs a job's event again, as a new job.",
            |c| Box::pin(rerun(c)),
        )
        .versioned()
        .takes::<Rerun>()
        .gives::<Job>(201),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/cancel",
            OPERATOR,
            "Stops a job.",
            |c| Box::pin(cancel(c)),
        )
        .versioned()
        .gives::<Job>(200),
        Endpoint::new(
            Method::POST,
            "/jobs/{id}/spaces/{spaceId}/skip",
            OPERATOR,
            "Leaves a failed space out of this event.",
            |c| Box::pin(skip(c)),
        )
        .gives::<Job>(200),
    ]
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let page = LISTS.read::<JobRow>(&c, Find::all(Table::Jobs)).await?;
    let items = Wire::of(&c).jobs(&page.rows).await?;
    Ok(page.answer(&c, &items))
}

/// The job of an id, of the caller's org.
pub async fn row(c: &Context, id: JobId) -> Result<JobRow, Fault> {
    let (row, _) = ask(&c.app, c.caller.org.id, |view| {
        let row = view.row::<JobRow>(Key::Jobs(id))?;
        row.cloned().ok_or_else(|| not_found("Run", id))
    })
    .await?;
    Ok(row)
}

async fn get(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    let version = row.version;
    let items = Wire::of(&c).jobs(&[row]).await?;
    Ok(Answer::ok(items.first().ok_or_else(Fault::internal)?).version(version))
}

async fn log(c: Context) -> Result<Answer, Fault> {
    let id: JobId = c.id("id")?;
    row(&c, id).await?;
    let space = c.query.get::<SpaceId>("spaceId")?;
    let limit = c
        .query
        .get::<u32>("limit")?
        .map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut after = c.query.get::<i64>("after")?.unwrap_or(0);
    let mut lines: Vec<LogLine> = Vec::new();
    let mut more = true;
    while more && lines.len() <= limit {
        let batch = c.app.store.log(c.caller.org.id, id, after, LINES).await?;
        more = batch.len() == LINES.get() as usize;
        after = batch.last().map_or(after, |line| line.seq);
        lines.extend(
            batch
                .into_iter()
                .map(on_the_wire)
                .filter(|l| space.is_none() || l.space_id == space),
        );
    }
    let further = lines.len() > limit;
    lines.truncate(limit);
    let answer = Answer::ok(&lines);
    Ok(match lines.last().filter(|_| further) {
        Some(last) => answer.next_page(&format!(
            "/api{}{}",
            c.path,
            c.query.with_after(&last.seq.to_string())
        )),
        None => answer,
    })
}

fn on_the_wire(stored: StoredLine) -> LogLine {
    LogLine {
        seq: stored.seq,
        at: stored.line.at,
        level: stored.line.level,
        step: stored.line.step,
        space_id: stored.line.space_id,
        message: stored.line.message,
    }
}

async fn retry(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let body = c.bytes().await?;
    let done = c.submit(&body, RetryJob { id, expected }).await?;
    c.answer_row(done, Table::Jobs, StatusCode::OK).await
}

async fn rerun(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let (request, body) = c.json_or_default::<Rerun>().await?;
    let command = RerunJob {
        id,
        expected,
        runtime_mode: request.runtime_mode,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::Jobs, StatusCode::CREATED).await
}

async fn cancel(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let body = c.bytes().await?;
    let done = c.submit(&body, CancelJob { id, expected }).await?;
    c.answer_row(done, Table::Jobs, StatusCode::OK).await
}

async fn skip(mut c: Context) -> Result<Answer, Fault> {
    let (id, space_id) = (c.id("id")?, c.id("spaceId")?);
    let body = c.bytes().await?;
    let done = c.submit(&body, SkipSpace { id, space_id }).await?;
    c.answer_row(done, Table::Jobs, StatusCode::OK).await
}
