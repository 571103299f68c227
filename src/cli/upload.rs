//! `jolli source upload`: the files of a folder, as the newest state of a source that has no repository.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use color_eyre::eyre::WrapErr as _;
use ignore::WalkBuilder;

use super::{Global, output};
use crate::api::{FileChange, FilesUpload, IntegrationId, NewSource, Source, SourceType};
use crate::client::{Client, Query};

#[derive(Debug, Args)]
pub struct UploadArgs {
    /// Its name.
    name: String,
    /// The folder; ignore rules count, and `.git` is left out.
    path: PathBuf,
    /// What it is about.
    #[arg(long, short)]
    message: Option<String>,
    /// Makes the source where there is none of that name, linked to this integration of the provider static_file.
    #[arg(long, value_name = "ID")]
    integration_id: Option<IntegrationId>,
}

pub async fn run(global: &Global, args: &UploadArgs) -> color_eyre::Result<ExitCode> {
    if !args.path.is_dir() {
        let why = format!(
            "{} is no folder; give the one whose files to upload",
            args.path.display()
        );
        return Ok(output::refused(2, why));
    }
    let client = &global.project_client()?;
    let Some(source) = source(client, args).await? else {
        return Ok(output::refused(
            2,
            format_args!(
                "the server has no source {}; --integration-id makes it (`jolli integration create NAME --provider static_file` makes the integration)",
                args.name
            ),
        ));
    };
    let root = args.path.clone();
    let files = tokio::task::spawn_blocking(move || read(&root)).await??;
    let upload = FilesUpload {
        message: args.message.clone(),
        replace: true,
        files,
    };
    let done = client.upload_files(source.id, &upload).await?;
    let version = done.version.as_deref().unwrap_or("none");
    output::line(format_args!(
        "{}: {} files, {} changed, version {}",
        source.name,
        done.files,
        done.changed,
        version.get(..7).unwrap_or(version)
    ))?;
    for job in &done.jobs {
        output::line(format_args!("queued run #{job}"))?;
    }
    if let Some(reason) = done.reason {
        output::note(format_args!("note: nothing was queued: {reason}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn source(client: &Client, args: &UploadArgs) -> color_eyre::Result<Option<Source>> {
    let name = args.name.trim();
    let named = client.sources(&Query::new().filter("name", name)).await?;
    if let Some(source) = named.items.into_iter().next() {
        return Ok(Some(source));
    }
    let Some(integration_id) = args.integration_id else {
        return Ok(None);
    };
    let new = NewSource {
        name: name.to_owned(),
        source_type: SourceType::File,
        repo: None,
        branch: None,
        integration_id: Some(integration_id),
        enabled: true,
    };
    Ok(Some(client.create_source(&new).await?))
}

/// The files below a folder, in byte order of their paths.
fn read(root: &Path) -> color_eyre::Result<Vec<FileChange>> {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git")
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        let inside = path.strip_prefix(root).unwrap_or(path);
        let Some(inside) = inside.to_str() else {
            color_eyre::eyre::bail!("the name of {} is no UTF-8; rename it", path.display());
        };
        let bytes =
            std::fs::read(path).wrap_err_with(|| format!("{} cannot be read", path.display()))?;
        let mut change = FileChange {
            path: inside.replace(std::path::MAIN_SEPARATOR, "/"),
            ..FileChange::default()
        };
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => change.content = Some(text),
            Ok(text) => change.base64 = Some(STANDARD.encode(text)),
            Err(error) => change.base64 = Some(STANDARD.encode(error.into_bytes())),
        }
        files.push(change);
    }
    Ok(files)
}
