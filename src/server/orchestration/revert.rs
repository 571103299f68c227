//! What a thread of a run takes to go back to a checkpoint: the texts of then, out of the blobs, merged with what others changed
//! since (orchestration.md: checkpoints).

use std::collections::BTreeMap;

use bytes::Bytes;
use similar::TextMerge;

use crate::api::{ProjectId, SpaceId, ThreadId};
use crate::base::Timestamp;
use crate::base::sha256_hex;
use crate::domain::event::ChangedFile;
use crate::domain::orchestration::{RefusedRevert, Returned, RevertThread};
use crate::domain::row::{CheckpointRow, DocumentRow, JobRow, Key, SpaceRow, Table, ThreadRow};
use crate::domain::space::{PreparedOp, PushDocs};
use crate::domain::view::{Find, Need, Stop, View};
use crate::impact::frontmatter;
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::fault::Fault;

/// A document that the turns after a checkpoint changed.
struct Changed {
    row: Option<DocumentRow>,
    file_id: String,
    path: String,
    turns: Turns,
}

/// What each of some turns found in a document and left there, by their hashes, the newest first.
type Turns = Vec<(String, String)>;

/// Where a thread stands in the space that it is about.
struct Place {
    space: SpaceId,
    is_there: bool,
    /// A checkpoint whose documents nobody can take back.
    bare: Option<i64>,
    changed: Vec<Changed>,
}

/// What becomes of the documents of a thread that is to go back.
pub enum Prepared {
    /// They go back in the same write.
    Ours(RevertThread),
    /// They cannot.
    Refused(RefusedRevert),
    /// The thread is nobody's here, and whoever drives it takes its documents back.
    Theirs,
}

/// The command, with all that it writes.
pub async fn prepared(
    c: &Context,
    command: &str,
    thread: &ThreadId,
    to: i64,
    at: Timestamp,
) -> Result<Prepared, Fault> {
    let (place, _) = ask(&c.app, c.caller.org.id, |view| place(view, thread, to)).await?;
    let Some(place) = place else {
        return Ok(Prepared::Theirs);
    };
    let refused = |why: String| Ok(Prepared::Refused(RefusedRevert { why }));
    if let Some(number) = place.bare {
        return refused(format!(
            "Filesystem checkpoint is unavailable for turn {number}: it was taken without the texts of its documents."
        ));
    }
    if !place.is_there {
        return refused(format!(
            "Space {} was deleted, and its documents with it: there is nothing to take back.",
            place.space
        ));
    }
    let mut documents = Vec::new();
    let mut ops = Vec::new();
    let mut torn = Vec::new();
    for changed in place.changed {
        let Some(row) = changed.row.filter(|row| !row.deleted) else {
            documents.push(Returned {
                file_id: changed.file_id,
                path: changed.path,
                from_version: 0,
                said: None,
                how: "gone",
            });
            continue;
        };
        let now = row.blob.clone().unwrap_or_default();
        let Some((back, how)) = taken_back(c, &now, &changed.turns).await? else {
            torn.push(row.path);
            continue;
        };
        documents.push(Returned {
            file_id: row.file_id.clone(),
            path: row.path.clone(),
            from_version: row.version,
            said: row.blob,
            how,
        });
        if let Some(text) = back {
            ops.push(op(c, row.file_id, row.path, row.version, text).await?);
        }
    }
    if !torn.is_empty() {
        return refused(format!(
            "Others changed the same lines since: {}. Nothing went back; edit these by hand, or take those changes back first.",
            torn.join(", ")
        ));
    }
    let push = (!ops.is_empty()).then(|| PushDocs {
        space_id: place.space,
        changeset_id: format!("revert-{command}"),
        message: Some(format!("thread {thread} back to checkpoint {to}")),
        ops,
        fence: None,
    });
    Ok(Prepared::Ours(RevertThread {
        thread_id: thread.clone(),
        turn_count: to,
        created_at: at,
        activity_id: format!("reverted-{}", &sha256_hex(command.as_bytes())[..16])
            .parse()
            .map_err(|_| Fault::internal())?,
        push,
        documents,
    }))
}

/// What a document says without what these turns did to it, where that is something else than it says now; none: others
/// changed the same lines since. Turn by turn, so that what others did between two of them stays too.
async fn taken_back(
    c: &Context,
    now: &str,
    turns: &[(String, String)],
) -> Result<Option<(Option<String>, &'static str)>, Fault> {
    let (mut hash, mut how) = (now.to_owned(), "returned");
    let mut merged: Option<String> = None;
    for (before, after) in turns {
        if hash == *after {
            hash.clone_from(before);
            merged = None;
            continue;
        }
        let is = match merged.take() {
            Some(merged) => merged,
            None => text(c, &hash).await?,
        };
        let (left, found) = (text(c, after).await?, text(c, before).await?);
        let merge = TextMerge::from_lines(&left, &is, &found);
        if merge.conflict_count() > 0 {
            return Ok(None);
        }
        let is = merge.to_string();
        hash = sha256_hex(is.as_bytes());
        merged = Some(is);
        how = "merged";
    }
    if hash == now {
        return Ok(Some((None, "same")));
    }
    let back = match merged {
        Some(merged) => merged,
        None => text(c, &hash).await?,
    };
    Ok(Some((Some(back), how)))
}

fn place(view: &View, thread: &ThreadId, to: i64) -> Result<Option<Place>, Stop> {
    let Some((job, space)) = thread.run() else {
        return Ok(None);
    };
    let find = Find::all(Table::ProjectionCheckpoints)
        .is("thread_id", thread.as_str())
        .oldest("checkpoint_turn_count");
    view.require([
        Need::Row(Key::ProjectionThreads(thread.clone())),
        Need::Row(Key::Spaces(space)),
        Need::Row(Key::Jobs(job)),
        Need::Find(find.clone()),
    ])?;
    let row: Option<&ThreadRow> = view.row(Key::ProjectionThreads(thread.clone()))?;
    if row.is_none_or(|row| row.project_id != ProjectId::of_space(space)) {
        return Ok(None);
    }
    let checkpoints = view.find::<CheckpointRow>(find)?;
    let later: Vec<&CheckpointRow> = (checkpoints.iter().copied())
        .filter(|row| row.checkpoint_turn_count > to)
        .collect();
    let texts = |file: &ChangedFile| {
        file.file_id.is_some() && file.before.is_some() && file.after.is_some()
    };
    let bare = later.iter().find(|row| !row.files.iter().all(texts));
    let bare = bare.map(|row| row.checkpoint_turn_count);
    let runs = view.row::<JobRow>(Key::Jobs(job))?;
    if bare.is_some() && runs.is_some_and(|job| !job.status.is_terminal()) {
        // Its run knows them.
        return Ok(None);
    }
    // Documents that only earlier turns changed stay as they are.
    let mut touched: BTreeMap<&str, (&str, Turns)> = BTreeMap::new();
    for file in later.iter().rev().flat_map(|row| &row.files) {
        if let (Some(id), Some(before), Some(after)) = (&file.file_id, &file.before, &file.after) {
            let (_, turns) = touched.entry(id).or_insert((&file.path, Vec::new()));
            turns.push((before.clone(), after.clone()));
        }
    }
    let key = |id: &str| Key::Documents(space, id.to_owned());
    view.require(touched.keys().map(|id| Need::Row(key(id))))?;
    let mut changed = Vec::new();
    for (id, (path, turns)) in touched {
        changed.push(Changed {
            row: view.row::<DocumentRow>(key(id))?.cloned(),
            file_id: id.to_owned(),
            path: path.to_owned(),
            turns,
        });
    }
    Ok(Some(Place {
        space,
        is_there: view.row::<SpaceRow>(Key::Spaces(space))?.is_some(),
        bare,
        changed,
    }))
}

/// The text of a document, of this or an earlier version.
pub async fn text(c: &Context, sha: &str) -> Result<String, Fault> {
    let bytes = c.app.store.blob(c.caller.org.id, sha).await?;
    let bytes = bytes.ok_or_else(|| {
        tracing::error!(%sha, "the text of a document is missing");
        Fault::internal()
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn op(
    c: &Context,
    file_id: String,
    path: String,
    version: i64,
    text: String,
) -> Result<PreparedOp, Fault> {
    let (parsed, text) =
        tokio::task::spawn_blocking(move || (frontmatter::parse(text.as_bytes()), text))
            .await
            .map_err(|_| Fault::internal())?;
    let blob = (c.app.store)
        .put_blob(c.caller.org.id, Bytes::from(text))
        .await?;
    Ok(PreparedOp {
        file_id,
        path,
        base_version: version,
        blob: Some(blob),
        rules: parsed.rules,
        diagnostics: parsed.diagnostics,
        bad_hash: false,
    })
}
