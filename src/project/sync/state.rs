//! `.jolli/sync`: what was last in step with the space, the texts that merges start from, a push whose answer never came,
//! and what was taken out of the way. It belongs to this checkout alone, so git is told to leave it out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::SyncError;
use crate::api::PushRequest;
use crate::base::Timestamp;
use crate::base::sha256_hex;
use crate::local::{Project, hold_folder, replace};

const FOLDER: &str = "sync";
const STATE: &str = "state.json";
const PENDING: &str = "pending.json";
const BASES: &str = "bases";
const TRASH: &str = "trash";
const VERSION: u32 = 1;

/// How long what was taken out of the way is kept.
const TRASH_DAYS: i64 = 30;

/// What was last in step with the space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    version: u32,
    /// The server that has the space.
    pub(super) server: String,
    /// The space.
    pub(super) space: String,
    /// Changes of the space up to here have been taken over.
    pub(super) cursor: i64,
    /// The documents, by the ids that the space knows them by.
    pub(super) documents: BTreeMap<String, Tracked>,
}

/// A document as it was when it was last in step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tracked {
    /// Where it stood, there and here.
    pub(super) path: String,
    /// The space's version of it.
    pub(super) version: i64,
    /// What it said, its id aside.
    pub(super) fingerprint: String,
    /// The id that its text gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jrn: Option<String>,
}

/// A push that may have reached the server: it is sent again, byte for byte, before anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pending {
    pub(super) created_at: Timestamp,
    pub(super) request: PushRequest,
}

impl State {
    pub(super) fn new(server: &str, space: &str) -> Self {
        Self {
            version: VERSION,
            server: server.to_owned(),
            space: space.to_owned(),
            cursor: 0,
            documents: BTreeMap::new(),
        }
    }
}

/// The folder, held against other runs.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    /// Held, not read: the system frees the lock with the file.
    _lock: File,
}

impl Store {
    /// Opens it, and waits for another run to be done.
    pub(super) fn open(project: &Project) -> Result<Self, SyncError> {
        let folder = project.file(FOLDER);
        let open = || {
            std::fs::create_dir_all(&folder)?;
            let lock = hold_folder(&folder)?;
            let ignore = folder.join(".gitignore");
            if !ignore.exists() {
                replace(&ignore, b"*\n")?;
            }
            Ok(lock)
        };
        match open() {
            Ok(lock) => Ok(Self {
                _lock: lock,
                folder,
            }),
            Err(source) => Err(SyncError::Io {
                path: folder,
                source,
            }),
        }
    }

    /// What was last in step; nothing before the first run.
    pub(super) fn state(&self) -> Result<Option<State>, SyncError> {
        let state: Option<State> = self.read(STATE)?;
        match state {
            Some(state) if state.version > VERSION => Err(SyncError::Newer {
                path: self.folder.join(STATE),
            }),
            state => Ok(state),
        }
    }

    pub(super) fn save(&self, state: &State) -> Result<(), SyncError> {
        self.write(STATE, state)
    }

    /// The text that a document had when it was last in step.
    pub(super) fn base(&self, id: &str) -> Result<Option<String>, SyncError> {
        let path = self.base_path(id);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SyncError::Io { path, source }),
        }
    }

    pub(super) fn keep_base(&self, id: &str, text: &str) -> Result<(), SyncError> {
        self.place(&self.base_path(id), text.as_bytes())
    }

    pub(super) fn drop_base(&self, id: &str) -> Result<(), SyncError> {
        remove(&self.base_path(id))
    }

    pub(super) fn pending(&self) -> Result<Option<Pending>, SyncError> {
        self.read(PENDING)
    }

    pub(super) fn keep_pending(&self, pending: &Pending) -> Result<(), SyncError> {
        self.write(PENDING, pending)
    }

    pub(super) fn drop_pending(&self) -> Result<(), SyncError> {
        remove(&self.folder.join(PENDING))
    }

    /// Keeps what stands at `path` of the project, before it goes away.
    pub(super) fn trash(&self, now: Timestamp, path: &str, bytes: &[u8]) -> Result<(), SyncError> {
        let target = self.folder.join(TRASH).join(stamp(now)).join(path);
        self.place(&target, bytes)
    }

    /// Drops what was taken out of the way more than thirty days ago.
    pub(super) fn sweep(&self, now: Timestamp) -> Result<(), SyncError> {
        let trash = self.folder.join(TRASH);
        let oldest = stamp(now.plus_seconds(-TRASH_DAYS * 24 * 60 * 60));
        let entries = match std::fs::read_dir(&trash) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => {
                return Err(SyncError::Io {
                    path: trash,
                    source,
                });
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Only what was named by `stamp` is ours to drop.
            let is_stamp = name.len() == oldest.len() && name.bytes().all(|b| b.is_ascii_digit());
            if is_stamp && name < oldest {
                let path = entry.path();
                std::fs::remove_dir_all(&path).map_err(|source| SyncError::Io { path, source })?;
            }
        }
        Ok(())
    }

    /// Ids are anything that a document may say; file names are not.
    fn base_path(&self, id: &str) -> PathBuf {
        let name = &sha256_hex(id.as_bytes())[..40];
        self.folder.join(BASES).join(format!("{name}.md"))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, SyncError> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(SyncError::Damaged {
                    path,
                    why: error.to_string(),
                }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SyncError::Io { path, source }),
        }
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), SyncError> {
        let mut text = serde_json::to_vec_pretty(value).expect("texts and numbers are plain data");
        text.push(b'\n');
        self.place(&self.folder.join(name), &text)
    }

    fn place(&self, path: &Path, bytes: &[u8]) -> Result<(), SyncError> {
        let parent = path.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| replace(path, bytes))
            .map_err(|source| SyncError::Io {
                path: path.to_owned(),
                source,
            })
    }
}

/// A moment as digits: their order is that of time.
fn stamp(now: Timestamp) -> String {
    now.to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

fn remove(path: &Path) -> Result<(), SyncError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(SyncError::Io {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Project::at(dir.path())).unwrap();
        (dir, store)
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_said() {
        let (dir, store) = store();
        assert_eq!(store.state().unwrap(), None);
        let mut state = State::new("https://a", "docs");
        state.documents.insert(
            "A/../../b".to_owned(),
            Tracked {
                path: "docs/a.md".to_owned(),
                version: 3,
                fingerprint: "sha256:x".to_owned(),
                jrn: None,
            },
        );
        store.save(&state).unwrap();
        assert_eq!(store.state().unwrap(), Some(state));
        store.keep_base("A/../../b", "text").unwrap();
        assert_eq!(store.base("A/../../b").unwrap().as_deref(), Some("text"));
        store.drop_base("A/../../b").unwrap();
        assert_eq!(store.base("A/../../b").unwrap(), None);
        let folder = dir.path().join(".jolli/sync");
        assert_eq!(std::fs::read(folder.join(".gitignore")).unwrap(), b"*\n");
        std::fs::write(folder.join(STATE), "{").unwrap();
        let error = store.state().unwrap_err().to_string();
        assert!(error.contains("state.json"), "{error}");
    }

    #[test]
    fn the_trash_is_emptied_after_thirty_days_of_what_this_put_there() {
        let (dir, store) = store();
        let day = 24 * 60 * 60;
        let now = Timestamp::from_millis(1_800_000_000_000);
        store.trash(now, "docs/a.md", b"a").unwrap();
        let trash = dir.path().join(".jolli/sync/trash");
        std::fs::create_dir(trash.join("mine")).unwrap();
        let left = || std::fs::read_dir(&trash).unwrap().count();
        store.sweep(now.plus_seconds(29 * day)).unwrap();
        assert_eq!(left(), 2);
        store.sweep(now.plus_seconds(31 * day)).unwrap();
        assert_eq!(left(), 1);
    }
}
