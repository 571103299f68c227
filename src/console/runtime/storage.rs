//! What the console keeps between two starts: the rows it showed last, one file a server and org, and the layout. Losing it costs
//! a moment, so that a file that cannot be read or written is logged and nothing more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::kept::{Kept, Reading};
use crate::console::model::{Layout, Model, Sources};
use crate::console::msg::{Feed, Msg};
use crate::local::write_private;

/// How the names of files with rows begin.
const ROWS: &str = "rows-";

/// Where things are kept.
#[derive(Clone, Debug)]
pub struct Storage {
    rows: Option<PathBuf>,
    layout: Option<PathBuf>,
    /// Rows that another thread is writing: who comes back before it is done finds them here.
    writing: Arc<Mutex<BTreeMap<PathBuf, Arc<Kept>>>>,
}

impl Storage {
    /// Below this folder, for what tokens of this account may see.
    pub fn new(folder: Option<PathBuf>, account: &str) -> Self {
        let folder = folder.map(|it| it.join("console"));
        let name = hex::encode(&Sha256::digest(account.as_bytes())[..8]);
        Self {
            rows: folder
                .as_ref()
                .map(|it| it.join(format!("{ROWS}{name}.zst"))),
            layout: folder.map(|it| it.join("layout.json")),
            writing: Arc::default(),
        }
    }

    /// The same for another account; what is being written is known to both.
    pub fn elsewhere(&self, folder: Option<PathBuf>, account: &str) -> Self {
        Self {
            writing: Arc::clone(&self.writing),
            ..Self::new(folder, account)
        }
    }

    /// Reads both on another thread; with `newcomers`, says so where nothing was ever kept.
    pub fn load(&self, newcomers: bool, out: mpsc::Sender<Msg>) {
        let files = self.clone();
        tokio::task::spawn_blocking(move || {
            let layout = files.layout.as_deref().and_then(read_layout);
            let first = newcomers && files.is_first(layout.as_ref());
            // Nobody listens any more: the console ends.
            if let Some(layout) = layout {
                let _ = out.blocking_send(Msg::Layout(layout));
            }
            if first {
                let _ = out.blocking_send(Msg::FirstStart);
            }
            files.tell_rows(&out);
        });
    }

    /// No start before this one offered the tour, or came as far as to keep rows of any server.
    fn is_first(&self, layout: Option<&Layout>) -> bool {
        let Some(folder) = self.layout.as_deref().and_then(Path::parent) else {
            return false;
        };
        let rows = std::fs::read_dir(folder).is_ok_and(|mut files| {
            files.any(|it| it.is_ok_and(|it| it.file_name().to_string_lossy().starts_with(ROWS)))
        });
        !rows && !layout.is_some_and(|it| it.tour_offered)
    }

    /// Reads the rows on another thread.
    pub fn load_rows(&self, out: mpsc::Sender<Msg>) {
        let files = self.clone();
        tokio::task::spawn_blocking(move || files.tell_rows(&out));
    }

    fn tell_rows(&self, out: &mpsc::Sender<Msg>) {
        let Some(path) = &self.rows else { return };
        let newest = self.writing().get(path).map(|kept| (**kept).clone());
        // Nobody listens any more: the console ends, or is at another server.
        let tell = |msg| drop(out.blocking_send(msg));
        let first = |sources: &Sources| tell(Msg::Feed(Feed::Loading(sources.clone())));
        if let Some(kept) = newest.or_else(|| read_rows(path, first)) {
            tell(Msg::Stored(Box::new(kept.rows), kept.at));
        }
    }

    /// Keeps the rows, at the end.
    pub fn keep(&self, model: &Model) {
        if let Some((path, kept)) = self.kept(model) {
            keep_rows(&path, &kept);
        }
    }

    /// Keeps the rows while the console goes on elsewhere.
    pub fn keep_beside(&self, model: &Model) {
        let Some((path, kept)) = self.kept(model) else {
            return;
        };
        let kept = Arc::new(kept);
        self.writing().insert(path.clone(), Arc::clone(&kept));
        let storage = self.clone();
        tokio::task::spawn_blocking(move || {
            keep_rows(&path, &kept);
            let mut writing = storage.writing();
            // What came after it may be under way already.
            if writing.get(&path).is_some_and(|it| Arc::ptr_eq(it, &kept)) {
                writing.remove(&path);
            }
        });
    }

    fn writing(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Arc<Kept>>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, model: &Model) -> Option<(PathBuf, Kept)> {
        Some((self.rows.clone()?, Kept::of(model)?))
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

fn keep_rows(path: &Path, kept: &Kept) {
    let written = make_room(path)
        .and_then(|()| kept.write())
        .and_then(|bytes| write_private(path, &bytes));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "the rows are not kept for the next start");
    }
}

fn make_room(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

fn read_layout(path: &Path) -> Option<Layout> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn read_rows(path: &Path, first: impl Fn(&Sources)) -> Option<Kept> {
    let file = std::fs::File::open(path).ok()?;
    Reading::begin(file)
        .and_then(|reading| {
            first(reading.first());
            // What was shown of a file that is broken further on may be wrong.
            let whole = reading.finish();
            whole.inspect_err(|_| first(&Sources::default()))
        })
        .inspect_err(|error| {
            tracing::info!(%error, "the kept rows cannot be read; the server's come anyway");
        })
        .ok()
}
