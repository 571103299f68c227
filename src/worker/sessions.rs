//! Where agents keep their sessions between the turns of a thread: a folder for each on this machine, with the agent's home in
//! it. Another machine has none of them, and hands over in words (orchestration.md: sessions).

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::agent::AgentError;
use crate::api::KeptSession;

/// How long a thread that rests can be taken up again as it was.
const KEPT: Duration = Duration::from_hours(7 * 24);
/// How many threads at most: homes may be large.
const MOST: usize = 200;
/// What the folders' names begin with.
const PREFIX: &str = "thread-";

/// The folders of this machine.
#[derive(Clone, Debug)]
pub(super) struct Sessions {
    dir: PathBuf,
}

/// Where an agent finds its session again, or begins one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The folder.
    pub folder: PathBuf,
    /// The session that is in it.
    pub session: Option<String>,
}

impl Sessions {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The folder that holds what was kept of a thread, else a new one.
    pub async fn open(&self, kept: Option<KeptSession>) -> Result<Home, AgentError> {
        let dir = self.dir.clone();
        let opened = tokio::task::spawn_blocking(move || {
            if let Some(home) = kept.and_then(|kept| found(&dir, &kept)) {
                return Ok(home);
            }
            std::fs::create_dir_all(&dir)?;
            sweep(&dir);
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&dir)?;
            Ok(Home {
                folder: folder.keep(),
                session: None,
            })
        })
        .await;
        let opened = opened.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        opened.map_err(|source| AgentError::Folder {
            path: self.dir.clone(),
            source,
        })
    }
}

impl Home {
    /// What is kept of it at the server.
    pub fn cursor(&self, session: &str) -> Value {
        let name = self.folder.file_name().unwrap_or_default();
        json!({ "sessionId": session, "folder": name.to_string_lossy() })
    }
}

/// Names of folders are random, so one that is here is the one that was meant.
fn found(dir: &Path, kept: &KeptSession) -> Option<Home> {
    let cursor = kept.resume_cursor.as_ref()?;
    let name = cursor["folder"].as_str()?;
    let rest = name.strip_prefix(PREFIX)?;
    let folder = dir.join(name);
    (rest.bytes().all(|b| b.is_ascii_alphanumeric()) && folder.is_dir()).then(|| Home {
        folder,
        session: cursor["sessionId"].as_str().map(str::to_owned),
    })
}

/// Takes away what nobody takes up any more. What cannot be taken away is told, and tried again with the next one.
fn sweep(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    let mut folders: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        // Each turn writes its report anew.
        .filter_map(|entry| {
            let report = entry.path().join("report.json");
            let used = std::fs::metadata(report).or_else(|_| entry.metadata());
            Some((used.ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    folders.sort_unstable();
    let surplus = folders.len().saturating_sub(MOST - 1);
    for (place, (used, folder)) in folders.into_iter().enumerate() {
        let old = used.elapsed().is_ok_and(|age| age > KEPT);
        if !old && place >= surplus {
            continue;
        }
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "the home of an agent was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cursor: &Value) -> KeptSession {
        let kept = json!({
            "threadId": "t", "providerName": "acp", "adapterKey": "acp", "runtimeMode": "full-access",
            "status": "stopped", "lastSeenAt": "2026-11-21T14:02:11.000Z", "resumeCursor": cursor, "runtimePayload": null,
        });
        serde_json::from_value(kept).unwrap()
    }

    #[tokio::test]
    async fn what_was_kept_here_is_found_again_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(dir.path().join("agents"));
        let first = sessions.open(None).await.unwrap();
        assert_eq!(first.session, None);
        let again = sessions
            .open(Some(kept(&first.cursor("s1"))))
            .await
            .unwrap();
        assert_eq!(again.folder, first.folder);
        assert_eq!(again.session.as_deref(), Some("s1"));
        std::fs::create_dir(dir.path().join("thread-x")).unwrap();
        for elsewhere in ["thread-0000000", "../thread-x", "other", "thread-"] {
            let cursor = json!({ "sessionId": "s1", "folder": elsewhere });
            let home = sessions.open(Some(kept(&cursor))).await.unwrap();
            assert_eq!(home.session, None, "{elsewhere}");
            assert_ne!(home.folder, first.folder);
        }
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let made = |n: usize| dir.path().join(format!("{PREFIX}{n}"));
        for n in 0..MOST + 5 {
            std::fs::create_dir(made(n)).unwrap();
            let report = std::fs::File::create(made(n).join("report.json")).unwrap();
            let age = Duration::from_secs(60 * (MOST + 5 - n) as u64);
            report.set_modified(SystemTime::now() - age).unwrap();
        }
        let old = std::fs::File::open(made(MOST).join("report.json")).unwrap();
        old.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
        sweep(dir.path());
        let left = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, MOST - 1, "there is room for one more");
        assert!(!made(0).exists() && !made(MOST).exists() && made(MOST + 4).exists());
    }
}
