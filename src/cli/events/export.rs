//! The whole log as lines of JSON.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::log::{Log, Recorded};
use crate::cli::{Global, output};

#[derive(Debug, Args)]
pub struct Export {
    /// The first position to write.
    #[arg(long, value_name = "SEQ", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    from: i64,
    /// The last position to write; without it: the end that the log has now.
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(1..))]
    to: Option<i64>,
    /// Where to write it; without it: to standard output. The file is there once it is complete.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// One JSON object a line (what is written without it too).
    #[arg(long)]
    json: bool,
}

/// The file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written: {source}")]
pub struct ExportError {
    path: PathBuf,
    source: std::io::Error,
}

pub async fn export(
    global: &Global,
    database: Option<&str>,
    export: Export,
) -> color_eyre::Result<ExitCode> {
    let log = Log::open(global, database).await?;
    let head = log.head().await?.0;
    let positions = export.from..=export.to.map_or(head, |to| to.min(head));
    let Some(path) = &export.output else {
        let mut out = BufWriter::new(std::io::stdout());
        log.each(None, positions, |recorded| write(&mut out, recorded))
            .await?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    };
    let failed = |source| ExportError {
        path: path.clone(),
        source,
    };
    let part = beside(path);
    let mut out = BufWriter::new(File::create(&part).map_err(failed)?);
    let mut count = 0_u64;
    let written = log
        .each(None, positions, |recorded| {
            count += 1;
            write(&mut out, recorded)
        })
        .await;
    let kept = match written {
        Ok(()) => keep(out, &part, path).map_err(|source| failed(source).into()),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        // Half an export is none; that it cannot be removed either is not the trouble to tell of.
        let _ = std::fs::remove_file(&part);
        return Err(error);
    }
    output::note(format_args!("{count} events in {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

fn write(out: &mut impl Write, recorded: &Recorded) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, recorded)?;
    out.write_all(b"\n")
}

/// A name in the same folder, so that it can take the other's place.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn keep(out: BufWriter<File>, part: &Path, path: &Path) -> std::io::Result<()> {
    let file = out
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(part, path)
}
