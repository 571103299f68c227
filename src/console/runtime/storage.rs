//! What the console keeps between two starts: the rows it showed last, one file a server, and the layout. Losing it costs
//! a moment, so that a file that cannot be read or written is logged and nothing more.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::kept;
use crate::base::Timestamp;
use crate::console::model::{Layout, Model, Replica};
use crate::console::msg::Msg;
use crate::local::write_private;

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct Storage {
    rows: Option<PathBuf>,
    layout: Option<PathBuf>,
}

impl Storage {
    /// Below this folder, for the server of this address.
    pub fn new(folder: Option<PathBuf>, url: &str) -> Self {
        let folder = folder.map(|it| it.join("console"));
        let name = hex::encode(&Sha256::digest(url.as_bytes())[..8]);
        Self {
            rows: folder
                .as_ref()
                .map(|it| it.join(format!("rows-{name}.zst"))),
            layout: folder.map(|it| it.join("layout.json")),
        }
    }

    /// Reads both on another thread.
    pub fn load(&self, out: mpsc::Sender<Msg>) {
        let files = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(layout) = files.layout.as_deref().and_then(read_layout) {
                // Nobody listens any more: the console ends.
                let _ = out.blocking_send(Msg::Layout(layout));
            }
            if let Some(kept) = files.rows.as_deref().and_then(read_rows) {
                let _ = out.blocking_send(Msg::Stored(Box::new(kept.0), kept.1));
            }
        });
    }

    /// Keeps the rows, at the end.
    pub fn keep(&self, model: &Model) {
        let Some(path) = &self.rows else { return };
        if !model.present().is_loaded() {
            return;
        }
        let at = model.data_as_of.unwrap_or(model.now);
        let written = make_room(path)
            .and_then(|()| kept::write(model.present(), at))
            .and_then(|bytes| write_private(path, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "the rows are not kept for the next start");
        }
    }

    /// Keeps the layout.
    pub fn keep_layout(&self, model: &Model) {
        let Some(path) = &self.layout else { return };
        let layout = Layout::of(&model.ui);
        let written = make_room(path)
            .and_then(|()| Ok(serde_json::to_vec(&layout)?))
            .and_then(|bytes| write_private(path, &bytes));
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "the layout is not kept");
        }
    }
}

fn make_room(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn read_layout(path: &Path) -> Option<Layout> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn read_rows(path: &Path) -> Option<(Replica, Timestamp)> {
    let file = std::fs::File::open(path).ok()?;
    kept::read(std::io::BufReader::new(file))
        .inspect_err(|error| {
            tracing::info!(%error, "the kept rows cannot be read; the server's come anyway");
        })
        .ok()
}
