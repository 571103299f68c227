//! Files of sources without a repository: in by upload, out as git's own import stream (sources.md §8: file sources).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::sources;
use crate::api::{Code, FileChange, FilesUpload, FilesUploaded, OrgId, Role, SourceId, Upload};
use crate::domain::document::check_document_path;
use crate::domain::event::{Event, Payload, Stream, Uploaded, UploadedFile};
use crate::domain::row::SourceRow;
use crate::domain::source::UploadFiles;
use crate::git::{FilesCommit, Sha, blob_id, import_file, import_removal, tree_id};
use crate::server::app::App;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::server::run;
use crate::store::EventFilter;

const LARGEST_UPLOAD: usize = 256 << 20;
/// Of a message, in bytes.
const LONGEST_MESSAGE: usize = 4 << 10;
/// How often an upload starts again when another one was faster.
const ROUNDS: usize = 8;
/// How many events are read at once.
const PAGE: NonZeroU32 = NonZeroU32::new(500).expect("not zero");
/// The event of an upload.
const EVENT: &str = "source.files-uploaded";

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/sources/{id}/files",
            Access::Role(Role::Operator),
            "Takes in files of a source of the type `file`. The upload is the event: it queues the run of what it changed.",
            |c| Box::pin(upload(c)),
        )
        .takes::<FilesUpload>()
        .gives::<FilesUploaded>(200)
        .up_to(LARGEST_UPLOAD),
        Endpoint::new(
            Method::GET,
            "/sources/{id}/files",
            Access::RoleOrRun(Role::Viewer),
            "Lists the uploads of a source, oldest first.",
            |c| Box::pin(list(c)),
        )
        .lists::<Upload>(),
        Endpoint::new(
            Method::GET,
            "/sources/{id}/files/{version}",
            Access::RoleOrRun(Role::Viewer),
            "Gives one upload as `git fast-import` takes it; the one before it has to be there already.",
            |c| Box::pin(import(c)),
        )
        .answers(200),
    ]
}

/// Every file of a source: its content, and the name that git gives that.
type Manifest = BTreeMap<String, Entry>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    blob: String,
    git: Sha,
}

async fn upload(mut c: Context) -> Result<Answer, Fault> {
    let id: SourceId = c.id("id")?;
    let (request, body) = c.json::<FilesUpload>().await?;
    let message = request.message.unwrap_or_else(|| "upload".to_owned());
    if message.len() > LONGEST_MESSAGE || message.contains('\0') {
        return Err(Fault::field(
            "/message",
            format!("message takes text of at most {LONGEST_MESSAGE} bytes"),
        ));
    }
    let mut changes: BTreeMap<String, Option<Entry>> = BTreeMap::new();
    for (place, change) in request.files.into_iter().enumerate() {
        let path = change.path.clone();
        check_document_path(&path).map_err(|error| {
            Fault::field(format!("/files/{place}/path"), format!("`{path}`: {error}"))
        })?;
        let content = content_of(change)
            .map_err(|why| Fault::field(format!("/files/{place}"), format!("`{path}`: {why}")))?;
        let entry = match content {
            Some(content) => Some(Entry {
                git: blob_id(&content),
                blob: c.app.store.put_blob(c.caller.org.id, content).await?,
            }),
            None => None,
        };
        if changes.insert(path.clone(), entry).is_some() {
            return Err(Fault::field(
                format!("/files/{place}/path"),
                format!("`{path}` is there twice"),
            ));
        }
    }
    for _ in 0..ROUNDS {
        let row = sources::row(&c, id).await?;
        let uploaded = next(&c, &row, &changes, request.replace, &message).await?;
        match c.submit(&body, UploadFiles { id, uploaded }).await {
            // Another upload was faster: this one goes on top of it.
            Err(fault) if fault.0.code == Code::Precondition => {}
            done => {
                let done = done?;
                c.app.look_soon.notify_one();
                return if c.dry_run()? {
                    let after = done.reply.clone();
                    Ok(done.dry(serde_json::Value::Null, after))
                } else {
                    Ok(done.heads(Answer::ok(&done.reply)))
                };
            }
        }
    }
    Err(Fault::new(
        Code::Overloaded,
        "Others keep uploading files to this source. Send yours again.",
    ))
}

fn content_of(change: FileChange) -> Result<Option<Bytes>, String> {
    match (change.content, change.base64, change.delete) {
        (Some(text), None, false) => Ok(Some(text.into())),
        (None, Some(text), false) => STANDARD
            .decode(text)
            .map(|content| Some(content.into()))
            .map_err(|error| format!("base64 cannot be read: {error}")),
        (None, None, true) => Ok(None),
        _ => Err("give one of content, base64 and delete".to_owned()),
    }
}

/// What the source has after the changes, as a commit on top of what it has.
async fn next(
    c: &Context,
    row: &SourceRow,
    changes: &BTreeMap<String, Option<Entry>>,
    replace: bool,
    message: &str,
) -> Result<Uploaded, Fault> {
    let before = manifest(&c.app, row).await?;
    let mut after = if replace {
        Manifest::new()
    } else {
        before.clone()
    };
    for (path, entry) in changes {
        match entry {
            Some(entry) => after.insert(path.clone(), entry.clone()),
            None => after.remove(path),
        };
    }
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let gone = gone.map(|path| UploadedFile {
        path: path.clone(),
        blob: None,
    });
    let written = after
        .iter()
        .filter(|(path, entry)| before.get(*path) != Some(*entry));
    let written = written.map(|(path, entry)| UploadedFile {
        path: path.clone(),
        blob: Some(entry.blob.clone()),
    });
    // A file may take the place of a folder: what is gone goes first.
    let files: Vec<UploadedFile> = gone.chain(written).collect();
    let tree = tree_id(
        after
            .iter()
            .map(|(path, entry)| (path.as_str(), &entry.git)),
    )
    .map_err(|error| Fault::field("/files", error.to_string()))?;
    let parent = row.files.as_ref().map(|files| files.version.clone());
    let committed_at = c.app.now().as_millis().div_euclid(1000);
    let of = parent.as_deref().map(sha).transpose()?;
    let version = FilesCommit {
        parent: of.as_ref(),
        committed_at,
        message,
    }
    .id(&tree);
    let count = i64::try_from(after.len()).unwrap_or(i64::MAX);
    let text = serde_json::to_vec(&after).map_err(|_| Fault::internal())?;
    let manifest = c.app.store.put_blob(c.caller.org.id, text.into()).await?;
    Ok(Uploaded {
        version: version.to_string(),
        parent,
        committed_at,
        message: message.to_owned(),
        count,
        manifest,
        files,
    })
}

fn sha(text: &str) -> Result<Sha, Fault> {
    Sha::parse(text).map_err(|_| Fault::internal())
}

async fn manifest(app: &App, row: &SourceRow) -> Result<Manifest, Fault> {
    let Some(files) = &row.files else {
        return Ok(Manifest::new());
    };
    let text = blob(app, row.org_id, &files.manifest).await?;
    serde_json::from_slice(&text).map_err(|error| {
        tracing::error!(source = %row.id, %error, "the list of uploaded files cannot be read");
        Fault::internal()
    })
}

async fn blob(app: &App, org: OrgId, name: &str) -> Result<Bytes, Fault> {
    let found = app.store.blob(org, name).await?;
    found.ok_or_else(|| {
        tracing::error!(name, "an uploaded file is missing");
        Fault::internal()
    })
}

/// The source of the path, as a person or as the run of one of its jobs may read it.
async fn readable(c: &Context) -> Result<SourceRow, Fault> {
    let id: SourceId = c.id("id")?;
    if let Some(held) = run::of(c).await?
        && held.job.source_id != id
    {
        return Err(Fault::missing("Source", id));
    }
    sources::row(c, id).await
}

async fn uploads(c: &Context, id: SourceId) -> Result<Vec<(Event, Uploaded)>, Fault> {
    let filter = EventFilter {
        org: Some(c.caller.org.id),
        stream: Some(Stream::Source(id)),
        types: vec![EVENT.to_owned()],
        ..EventFilter::default()
    };
    let mut found = Vec::new();
    let mut after = crate::api::Sequence::default();
    loop {
        let page = c.app.store.events(&filter, after, PAGE).await?;
        for event in page.events {
            if let Payload::FilesUploaded(uploaded) = &event.payload {
                let uploaded = (**uploaded).clone();
                found.push((event, uploaded));
            }
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(found),
        }
    }
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let row = readable(&c).await?;
    let uploads = uploads(&c, row.id).await?;
    let shown = uploads.into_iter().map(|(event, uploaded)| Upload {
        version: uploaded.version,
        parent: uploaded.parent,
        message: uploaded.message,
        files: uploaded.count,
        changed: i64::try_from(uploaded.files.len()).unwrap_or(i64::MAX),
        by: event.actor.id,
        uploaded_at: event.occurred_at,
    });
    Ok(Answer::ok(&shown.collect::<Vec<_>>()))
}

async fn import(c: Context) -> Result<Answer, Fault> {
    let row = readable(&c).await?;
    let version = c.param("version").to_owned();
    let uploads = uploads(&c, row.id).await?;
    let found = uploads.into_iter().find(|(_, it)| it.version == version);
    let uploaded = found.ok_or_else(|| Fault::missing("Upload", version))?.1;
    let parent = uploaded.parent.as_deref().map(sha).transpose()?;
    let head = FilesCommit {
        parent: parent.as_ref(),
        committed_at: uploaded.committed_at,
        message: &uploaded.message,
    }
    .import(&sha(&uploaded.version)?);
    let (app, org) = (c.app.clone(), row.org_id);
    let files = futures_util::stream::iter(uploaded.files).then(move |file| {
        let app = app.clone();
        async move { piece(&app, org, file).await }
    });
    let first = futures_util::stream::iter([Ok(Bytes::from(head))]);
    let last = futures_util::stream::iter([Ok(Bytes::from_static(b"done\n"))]);
    let body = Body::from_stream(first.chain(files).chain(last));
    let mut response = Response::new(body);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-git-fast-export"),
    );
    Ok(Answer::raw(response))
}

/// What of the stream stands for one file. An error breaks the stream off, so that nobody takes a part for the whole.
async fn piece(app: &App, org: OrgId, file: UploadedFile) -> Result<Bytes, std::io::Error> {
    let Some(name) = &file.blob else {
        return Ok(import_removal(&file.path).into());
    };
    let content = blob(app, org, name)
        .await
        .map_err(|fault| std::io::Error::other(fault.0.detail))?;
    let mut text = import_file(&file.path, content.len()).into_bytes();
    text.extend_from_slice(&content);
    text.push(b'\n');
    Ok(text.into())
}
