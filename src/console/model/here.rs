//! What the docs project that the console was started in adds to the rows of the server (console.md: Browse).

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::api::{CursorState, Source, SourceId, SourceKind, SourceType};
use crate::base::Timestamp;
use crate::project::{LocalRows, MountStatus};

/// What is mounted on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workplace {
    /// Where each source is mounted, and whether that can be used.
    pub mounts: BTreeMap<SourceId, (String, MountStatus)>,
    /// Sources of its file, of which the server has none of that name unless it was given one since.
    pub locals: Vec<Source>,
}

/// Whether only this machine knows the source. The server counts from 1.
pub const fn is_local(id: SourceId) -> bool {
    id.0 < 0
}

/// The id of a source that only this machine knows, the same with every start.
pub fn local_id(name: &str) -> SourceId {
    let digest = Sha256::digest(name.as_bytes());
    let number = digest[..6]
        .iter()
        .fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    SourceId(-1 - number)
}

impl Workplace {
    /// The entries of the file as rows; one whose age is not known counts as of now.
    pub fn of(rows: LocalRows, now: Timestamp) -> Self {
        let written_at = rows.written_at.unwrap_or(now);
        let mut mounts = BTreeMap::new();
        for (id, entry, status) in rows.mounts {
            mounts.insert(id, (entry.mount_path.display().to_string(), status));
        }
        let mut locals = Vec::new();
        for (name, entry, status) in rows.virtuals {
            let id = local_id(&name);
            mounts.insert(id, (entry.mount_path.display().to_string(), status));
            locals.push(Source {
                id,
                name,
                source_type: SourceType::Git,
                repo: entry.repo,
                branch: entry.branch,
                integration_id: None,
                enabled: true,
                paused: None,
                cursor: None,
                created_at: written_at,
                updated_at: written_at,
                kind: SourceKind::Virtual,
                version: 0,
                cursor_version: 0,
                generation: 0,
                state: CursorState::NotTracked,
                state_since: None,
                primary: None,
                head: None,
                pending_since: None,
                commits_behind: None,
                history: Vec::new(),
                moved: None,
                created_by: None,
            });
        }
        Self { mounts, locals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_this_machine_are_told_apart_and_stay() {
        assert!(is_local(local_id("scratch")) && is_local(local_id("")));
        assert_eq!(local_id("scratch"), local_id("scratch"));
        assert_ne!(local_id("scratch"), local_id("kit"));
        assert!(!is_local(SourceId(1)));
    }
}
