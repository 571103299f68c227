//! Documents in and out (sources.md §10).

use axum::http::Method;
use bytes::Bytes;

use super::{orchestration, spaces};
use crate::api::{
    Code, DocRef, PullChange, PullReply, PullRequest, PushOp, PushOpKind, PushReply, PushRequest,
    Role, SpaceId, SpacePush,
};
use crate::base::sha256_hex;
use crate::client::header;
use crate::domain::attention::ParsedDocument;
use crate::domain::document::{DocumentPathError, check_document_path, is_document_id};
use crate::domain::job::{PushSpace, RunFence};
use crate::domain::row::{DocumentRef, DocumentRow, Key, SpaceRow, Table};
use crate::domain::space::{PreparedOp, PushDocs};
use crate::domain::view::{Decider, Find, Need, Test};
use crate::impact::frontmatter;
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::server::run;

const ACCESS: Access = Access::RoleOrRun(Role::Operator);
pub(super) const LARGEST_PUSH: usize = 256 << 20;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        // Also `/v1/sync/…` below `/api`: every path answers with and without the version.
        Endpoint::new(
            Method::POST,
            "/sync/pull",
            ACCESS,
            "Gives the documents of a space (header X-Jolli-Space) that changed since a cursor.",
            |c| Box::pin(pull(c)),
        )
        .takes::<PullRequest>()
        .gives::<PullReply>(200),
        Endpoint::new(
            Method::POST,
            "/sync/push",
            ACCESS,
            "Writes documents of a space (header X-Jolli-Space).",
            |c| Box::pin(push(c)),
        )
        .takes::<PushRequest>()
        .gives::<PushReply>(200)
        .up_to(LARGEST_PUSH),
    ]
}

async fn space_of(c: &Context) -> Result<SpaceRow, Fault> {
    let slug = c.header(header::SPACE).ok_or_else(|| {
        Fault::new(
            Code::Invalid,
            "Name the space by its slug in the header X-Jolli-Space",
        )
    })?;
    spaces::of_slug(c, slug).await
}

/// A runner reads and writes only the spaces of the job whose lease it holds.
async fn fence_for(c: &Context, space: &SpaceRow) -> Result<Option<RunFence>, Fault> {
    let Some(run::Held { fence, job }) = run::of(c).await? else {
        return Ok(None);
    };
    if !job.affected_space_ids.contains(&space.id) {
        return Err(Fault::new(
            Code::Forbidden,
            format!("Run #{} does not concern the space {}.", job.id, space.slug),
        ));
    }
    Ok(Some(fence))
}

async fn pull(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json_or_default::<PullRequest>().await?;
    if request.since_cursor < 0 {
        return Err(Fault::field(
            "/sinceCursor",
            "sinceCursor is 0 or what newCursor was",
        ));
    }
    let space = space_of(&c).await?;
    fence_for(&c, &space).await?;
    let mut find = Find::all(Table::Documents)
        .is("space_id", space.id.0)
        .test("changed_at", Test::Above(request.since_cursor.into()));
    if request.since_cursor == 0 {
        // The whole space: what was deleted before was never there.
        find = find.is("deleted", false);
    }
    let ((rows, new_cursor), _) = ask(&c.app, c.caller.org.id, |view| {
        view.require([Need::Find(find.clone()), Need::Row(Key::Spaces(space.id))])?;
        let rows: Vec<DocumentRow> = view
            .find::<DocumentRow>(find.clone())?
            .into_iter()
            .cloned()
            .collect();
        let cursor = view
            .row::<SpaceRow>(Key::Spaces(space.id))?
            .map_or(0, |s| s.sync_cursor);
        Ok((rows, cursor))
    })
    .await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        let mut change = PullChange {
            file_id: row.file_id,
            server_path: row.path,
            version: row.version,
            deleted: row.deleted,
            content: None,
            content_hash: None,
        };
        if let Some(sha) = row.blob.filter(|_| !row.deleted) {
            let bytes = c
                .app
                .store
                .blob(c.caller.org.id, &sha)
                .await?
                .ok_or_else(|| {
                    tracing::error!(%sha, "a document's text is missing");
                    Fault::internal()
                })?;
            change.content = Some(String::from_utf8_lossy(&bytes).into_owned());
            change.content_hash = Some(format!("sha256:{sha}"));
        }
        changes.push(change);
    }
    Ok(Answer::ok(&PullReply {
        new_cursor,
        changes,
    }))
}

fn check(request: &PushRequest) -> Result<(), Fault> {
    if request.client_changeset_id.trim().is_empty() || request.client_changeset_id.len() > 200 {
        return Err(Fault::field(
            "/clientChangesetId",
            "clientChangesetId is required, and takes at most 200 characters",
        ));
    }
    if request.target_branch != "main" {
        return Err(Fault::field("/targetBranch", "targetBranch must be 'main'"));
    }
    if request.ops.is_empty() {
        return Err(Fault::field("/ops", "ops must be a non-empty array"));
    }
    for (n, op) in request.ops.iter().enumerate() {
        let at =
            |field: &str, message: &str| Err(Fault::field(format!("/ops/{n}/{field}"), message));
        if !is_document_id(&op.file_id) {
            return at(
                "fileId",
                "fileId takes 1 to 500 characters, none of them a control character",
            );
        }
        match check_document_path(&op.server_path) {
            Ok(()) => {}
            Err(DocumentPathError::NotInside) => {
                return at(
                    "serverPath",
                    "serverPath is a relative path with `/`, without `.` or `..`",
                );
            }
            Err(reserved @ DocumentPathError::Reserved(_)) => {
                return at(
                    "serverPath",
                    &format!("op {n} writes to {}: {reserved}", op.server_path),
                );
            }
        }
        if op.base_version < 0 {
            return at(
                "baseVersion",
                "baseVersion is 0 for a new document, else the version it was made from",
            );
        }
        match (op.op, &op.content) {
            (PushOpKind::Upsert, None) => return at("content", "an upsert has content"),
            (PushOpKind::Delete, Some(_)) => return at("content", "a delete has no content"),
            _ => {}
        }
    }
    Ok(())
}

/// The hashes of the texts that are written, and what their frontmatter says. Many of them take a while, in which others are
/// answered.
async fn read(ops: Vec<PushOp>) -> Result<Vec<(PushOp, Option<Read>)>, Fault> {
    let read = |op: PushOp| {
        let text = op.content.as_ref().filter(|_| op.op == PushOpKind::Upsert);
        let read = text.map(|text| {
            (
                sha256_hex(text.as_bytes()),
                frontmatter::parse(text.as_bytes()),
            )
        });
        (op, read)
    };
    tokio::task::spawn_blocking(move || ops.into_iter().map(read).collect())
        .await
        .map_err(|_| Fault::internal())
}

type Read = (String, ParsedDocument);

/// A push whose texts are kept and read, to be decided under `fence`.
async fn prepared(
    c: &Context,
    space: &SpaceRow,
    request: PushRequest,
    fence: Option<RunFence>,
) -> Result<PushDocs, Fault> {
    let mut ops = Vec::with_capacity(request.ops.len());
    for (op, read) in read(request.ops).await? {
        let mut prepared = PreparedOp {
            file_id: op.file_id,
            path: op.server_path,
            base_version: op.base_version,
            blob: None,
            rules: Vec::new(),
            diagnostics: Vec::new(),
            bad_hash: false,
        };
        if let (Some(content), Some((sha, parsed))) = (op.content, read) {
            // Only `sha256:` is checked; older clients send other hashes (sources.md §10).
            let claimed = op
                .content_hash
                .as_deref()
                .and_then(|hash| hash.strip_prefix("sha256:"));
            prepared.bad_hash = claimed.is_some_and(|claimed| !claimed.eq_ignore_ascii_case(&sha));
            if !prepared.bad_hash {
                prepared.rules = parsed.rules;
                prepared.diagnostics = parsed.diagnostics;
                prepared.blob = Some(
                    c.app
                        .store
                        .put_blob(c.caller.org.id, Bytes::from(content))
                        .await?,
                );
            }
        }
        ops.push(prepared);
    }
    Ok(PushDocs {
        space_id: space.id,
        changeset_id: request.client_changeset_id,
        message: request.message,
        ops,
        fence,
    })
}

async fn push(mut c: Context) -> Result<Answer, Fault> {
    let (request, body) = c.json::<PushRequest>().await?;
    check(&request)?;
    let space = space_of(&c).await?;
    let fence = fence_for(&c, &space).await?;
    let changeset = request.client_changeset_id.clone();
    let command = prepared(&c, &space, request, fence).await?;
    submit(&c, space.id, &changeset, &body, command).await
}

/// A run's push that finishes the space: `POST /jobs/:id/spaces/:spaceId/push`.
pub(super) async fn push_of_run(
    c: &Context,
    body: &[u8],
    request: SpacePush,
    fence: RunFence,
    space: &SpaceRow,
) -> Result<Answer, Fault> {
    check(&request.push)?;
    let changeset = request.push.client_changeset_id.clone();
    let push = prepared(c, space, request.push, Some(fence.clone())).await?;
    let docs = |docs: Vec<DocRef>| {
        docs.into_iter()
            .map(|doc| DocumentRef {
                doc_id: doc.doc_id,
                path: doc.path,
            })
            .collect()
    };
    let mut told = Vec::with_capacity(request.told.len());
    for command in request.told {
        told.push(orchestration::of_run(c, &command, fence.clone()).await?);
    }
    let command = PushSpace {
        push,
        told,
        fence,
        impacted_docs: docs(request.impacted_docs),
        updated_docs: docs(request.updated_docs),
    };
    submit(c, space.id, &changeset, body, command).await
}

async fn submit(
    c: &Context,
    space: SpaceId,
    changeset: &str,
    body: &[u8],
    command: impl Decider + 'static,
) -> Result<Answer, Fault> {
    let command_id = format!("changeset:{space}:{changeset}");
    let done = c.submit_as(Some(command_id), body, command).await.map_err(|fault| match fault.0.code {
        // The older clients' word for it (sources.md §10).
        Code::IdReused => Fault::new(
            Code::Conflict,
            "CLIENT_CHANGESET_ID_REUSED: this clientChangesetId came before with another content. Use a new id for a new changeset.",
        ),
        _ => fault,
    })?;
    if c.dry_run()? {
        let after = done.reply.clone();
        return Ok(done.dry(serde_json::Value::Null, after));
    }
    Ok(done.heads(Answer::ok(&done.reply)))
}
