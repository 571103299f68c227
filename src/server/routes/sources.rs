//! Sources, their links and their cursors (seed 004).

use axum::http::{Method, StatusCode};

use crate::api::{
    CatchUp, CursorAdvance, Diagnosis, Job, LinkRequest, NewSource, PauseRequest, Rebaseline, Role,
    Source, SourceId, SourcePage, SourcePatch, SourceType,
};
use crate::base::sha256_hex;
use crate::domain::job::{ReleaseLease, RunFence};
use crate::domain::row::{Key, SourceRow, Table};
use crate::domain::source::{
    AdvanceCursor, ClearCursor, CreateSource, DeleteSource, LinkSource, PauseSource, QueueCatchUp,
    ResumeSource, SourceChanges, UnlinkSource, UpdateSource,
};
use crate::domain::view::{Find, Need};
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::reply::Answer;
use crate::server::run;
use crate::server::wire::Wire;
use crate::store::Scope;

const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);
const ADMIN: Access = Access::Role(Role::Admin);

const LISTS: Lists = Lists {
    filters: &[
        ("name", Filter::Text("name")),
        ("type", Filter::words::<SourceType>("type")),
        ("repo", Filter::Text("repo")),
        ("branch", Filter::Text("branch")),
        ("integrationId", Filter::Int("integration_id")),
        ("enabled", Filter::Bool("enabled")),
        ("kind", Filter::Linked("integration_id")),
    ],
    sorts: &[
        ("createdAt", By::Id),
        ("name", By::Unique("name")),
        ("updatedAt", By::Any("updated_at")),
    ],
    usual: "-createdAt",
};

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/sources",
            VIEWER,
            "Lists sources, newest first.",
            |c| Box::pin(list(c)),
        )
        .lists::<Source>()
        .query(&[
            ("name", "Only this name."),
            ("type", "`git` or `file`."),
            ("repo", "Only this `host/owner/repo`."),
            ("branch", "Only this branch."),
            ("integrationId", "Only those linked to it."),
            ("enabled", "`true` or `false`."),
            ("kind", "`true` or `virtual`."),
            (
                "sort",
                "`createdAt`, `name`, `updatedAt`; `-` in front turns it round.",
            ),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(
            Method::POST,
            "/sources",
            OPERATOR,
            "Creates a source.",
            |c| Box::pin(create(c)),
        )
        .takes::<NewSource>()
        .gives::<Source>(201),
        Endpoint::new(
            Method::GET,
            "/sources/{id}",
            VIEWER,
            "Gives one source.",
            |c| Box::pin(get(c)),
        )
        .gives::<SourcePage>(200),
        Endpoint::new(
            Method::PATCH,
            "/sources/{id}",
            OPERATOR,
            "Changes what is given of a source.",
            |c| Box::pin(update(c)),
        )
        .versioned()
        .takes::<SourcePatch>()
        .gives::<Source>(200),
        Endpoint::new(
            Method::DELETE,
            "/sources/{id}",
            ADMIN,
            "Deletes a source, its bindings and what it has queued.",
            |c| Box::pin(delete(c)),
        )
        .versioned(),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/link",
            OPERATOR,
            "Makes a virtual source true.",
            |c| Box::pin(link(c)),
        )
        .versioned()
        .takes::<LinkRequest>()
        .gives::<Source>(200),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/unlink",
            OPERATOR,
            "Makes a true source virtual.",
            |c| Box::pin(unlink(c)),
        )
        .versioned()
        .query(&[("onlyIfIdle", "`true` refuses once a run was queued since.")])
        .gives::<Source>(200),
        Endpoint::new(
            Method::PATCH,
            "/sources/{id}/cursor",
            Access::Run,
            "Moves the cursor, by compare-and-swap.",
            |c| Box::pin(advance(c)),
        )
        .takes::<CursorAdvance>()
        .gives::<Source>(200),
        Endpoint::new(
            Method::DELETE,
            "/sources/{id}/cursor",
            ADMIN,
            "Clears the cursor.",
            |c| Box::pin(clear(c)),
        )
        .versioned()
        .gives::<Source>(200),
        Endpoint::new(
            Method::GET,
            "/sources/{id}/diagnosis",
            VIEWER,
            "Tells why the cursor stands where it stands.",
            |c| Box::pin(diagnosis(c)),
        )
        .gives::<Diagnosis>(200),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/catch-up",
            OPERATOR,
            "Queues what changed since the cursor.",
            |c| Box::pin(catch_up(c)),
        )
        .takes::<CatchUp>()
        .gives::<Job>(201),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/rebaseline",
            OPERATOR,
            "Queues a run that starts where it is told, whatever the cursor says: the answer to history that was rewritten.",
            |c| Box::pin(rebaseline(c)),
        )
        .takes::<Rebaseline>()
        .gives::<Job>(201),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/pause",
            OPERATOR,
            "Holds back the jobs of a source: they are queued, and wait.",
            |c| Box::pin(pause(c)),
        )
        .versioned()
        .takes::<PauseRequest>()
        .gives::<Source>(200),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/resume",
            OPERATOR,
            "Lets the jobs of a source go on.",
            |c| Box::pin(resume(c)),
        )
        .versioned()
        .gives::<Source>(200),
        Endpoint::new(
            Method::POST,
            "/sources/{id}/lease/release",
            OPERATOR,
            "Frees the lease of a holder that is gone.",
            |c| Box::pin(release(c)),
        )
        .gives::<SourcePage>(200),
    ]
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let page = LISTS
        .read::<SourceRow>(&c, Find::all(Table::Sources))
        .await?;
    let items = Wire::of(&c).sources(&page.rows).await?;
    Ok(page.answer(&c, &items))
}

async fn create(mut c: Context) -> Result<Answer, Fault> {
    let (new, body) = c.json::<NewSource>().await?;
    let done = c
        .submit(
            &body,
            CreateSource {
                name: new.name,
                source_type: new.source_type,
                repo: new.repo,
                branch: new.branch,
                integration_id: new.integration_id,
                enabled: new.enabled,
            },
        )
        .await?;
    c.app.look_soon.notify_one();
    c.answer_row(done, Table::Sources, StatusCode::CREATED)
        .await
}

pub(super) async fn row(c: &Context, id: SourceId) -> Result<SourceRow, Fault> {
    let (view, _) = c
        .app
        .store
        .read(
            Scope::Org(c.caller.org.id),
            vec![Need::Row(Key::Sources(id))],
        )
        .await?;
    let row = view
        .row::<SourceRow>(Key::Sources(id))
        .map_err(|_| Fault::internal())?;
    row.cloned().ok_or_else(|| Fault::missing("Source", id))
}

async fn get(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    let version = row.version;
    let page = Wire::of(&c).source_page(row).await?;
    Ok(Answer::ok(&page).version(version))
}

async fn update(mut c: Context) -> Result<Answer, Fault> {
    let id = c.id("id")?;
    let expected = c.expected_version()?;
    let (patch, body) = c.json::<SourcePatch>().await?;
    let changes = SourceChanges {
        name: patch.name,
        source_type: patch.source_type,
        repo: patch.repo,
        branch: patch.branch,
        integration_id: patch.integration_id,
        enabled: patch.enabled,
    };
    let done = c
        .submit(
            &body,
            UpdateSource {
                id,
                expected,
                changes,
            },
        )
        .await?;
    c.app.look_soon.notify_one();
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn delete(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", DeleteSource { id, expected }).await?;
    c.answer_gone(done, Table::Sources).await
}

async fn link(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let (request, body) = c.json::<LinkRequest>().await?;
    let integration_id = request.integration_id;
    let done = c
        .submit(
            &body,
            LinkSource {
                id,
                integration_id,
                expected,
            },
        )
        .await?;
    c.app.look_soon.notify_one();
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn unlink(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let only_if_idle = c.query.get::<bool>("onlyIfIdle")?.unwrap_or(false);
    let done = c
        .submit(
            b"",
            UnlinkSource {
                id,
                expected,
                only_if_idle,
            },
        )
        .await?;
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

/// Without an expected version there is nothing to compare with: 428, before anything else is looked at.
async fn advance(mut c: Context) -> Result<Answer, Fault> {
    let id = c.id("id")?;
    let bytes = c.bytes().await?;
    let given: serde_json::Value = crate::server::context::parse_json(&bytes)?;
    if given
        .get("expectedVersion")
        .is_none_or(serde_json::Value::is_null)
    {
        return Err(Fault::new(
            crate::api::Code::PreconditionRequired,
            "A cursor moves by compare-and-swap only: send expectedVersion, the cursor version that the run started from.",
        ));
    }
    let request: CursorAdvance = crate::server::context::parse_json(&bytes)?;
    let fence = RunFence {
        job_id: request.job_id,
        epoch: request.epoch,
        run_token_hash: sha256_hex(request.run_token.as_bytes()),
    };
    let advance = AdvanceCursor {
        id,
        value: request.value,
        expected_version: request.expected_version,
        fence,
    };
    let done = run::submit(&c, request.job_id, &bytes, advance).await?;
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn clear(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", ClearCursor { id, expected }).await?;
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn diagnosis(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    Ok(Answer::ok(&Wire::of(&c).diagnosis(&row).await?))
}

async fn catch_up(mut c: Context) -> Result<Answer, Fault> {
    let id = c.id("id")?;
    let (request, body) = c.json_or_default::<CatchUp>().await?;
    let done = c
        .submit(
            &body,
            QueueCatchUp {
                id,
                reason: request.reason,
                since: None,
                rebaseline: None,
                runtime_mode: request.runtime_mode,
            },
        )
        .await?;
    c.answer_row(done, Table::Jobs, StatusCode::CREATED).await
}

async fn rebaseline(mut c: Context) -> Result<Answer, Fault> {
    let id = c.id("id")?;
    let (request, body) = c.json::<Rebaseline>().await?;
    let queue = QueueCatchUp {
        id,
        reason: request.reason,
        since: None,
        rebaseline: Some(request.mode),
        runtime_mode: None,
    };
    let done = c.submit(&body, queue).await?;
    c.answer_row(done, Table::Jobs, StatusCode::CREATED).await
}

async fn pause(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let (request, body) = c.json_or_default::<PauseRequest>().await?;
    let reason = request.reason;
    let command = PauseSource {
        id,
        expected,
        reason,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn resume(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", ResumeSource { id, expected }).await?;
    c.answer_row(done, Table::Sources, StatusCode::OK).await
}

async fn release(c: Context) -> Result<Answer, Fault> {
    let id: SourceId = c.id("id")?;
    let done = c.submit(b"", ReleaseLease { source_id: id }).await?;
    if c.dry_run()? {
        return c.answer_row(done, Table::Sources, StatusCode::OK).await;
    }
    let row = row(&c, id).await?;
    let page = Wire::of(&c).source_page(row).await?;
    Ok(done.heads(Answer::ok(&page)))
}
