//! Rows taken away: worked out and written on another thread.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::api::{Code, Problem};
use crate::console::model::export::{Export, Exported};
use crate::console::msg::{Answer, Failure, FailureKind};

/// Does it; a file that is there already is left alone.
pub async fn take_away(order: Export) -> Result<Answer, Failure> {
    let done = tokio::task::spawn_blocking(move || {
        let rows = order.what.rows();
        let text = order.what.text(order.format);
        let Some(file) = order.file else {
            return Ok(Exported::Text { text, rows });
        };
        let file = from_home(file);
        write(&file, text.as_bytes())?;
        Ok(Exported::Written {
            bytes: text.len(),
            file,
            rows,
        })
    });
    match done.await {
        Ok(Ok(exported)) => Ok(Answer::Exported(exported)),
        Ok(Err(reason)) => Err(refused(reason)),
        Err(stopped) => Err(refused(tr!("Not written: {stopped}.", stopped))),
    }
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let new = OpenOptions::new().write(true).create_new(true).open(file);
    let mut new = new.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            tr!(
                "{file} is there already. Name another file.",
                file = file.display()
            )
        }
        _ => tr!(
            "{file} is not written: {error}.",
            file = file.display(),
            error
        ),
    })?;
    new.write_all(bytes)
        .and_then(|()| new.sync_all())
        .map_err(|error| {
            tr!(
                "{file} is not whole: {error}.",
                file = file.display(),
                error
            )
        })
}

/// `~/` is the operator's own folder, as in a shell.
fn from_home(file: PathBuf) -> PathBuf {
    match (file.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => file,
    }
}

fn refused(text: String) -> Failure {
    Failure {
        kind: FailureKind::Refused(Box::new(Problem::new(Code::Invalid, text.clone()))),
        text,
        unsure: false,
    }
}
