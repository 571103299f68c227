//! One changed entry between two trees, as `--raw -z` prints it.

use super::error::GitError;

/// The first line of what stands in the place of a file that Git LFS keeps elsewhere.
pub const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1";

/// A changed entry. Renames are a deletion and an addition: both paths are matched, the same way on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub status: ChangeStatus,
    /// None where it was added.
    pub old_path: Option<String>,
    /// None where it was deleted.
    pub new_path: Option<String>,
    pub kind: EntryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStatus {
    Added,
    Deleted,
    /// Content or mode.
    Modified,
    /// From a file to a link, a submodule, or back.
    TypeChanged,
    Unmerged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Symlink,
    /// One path, whatever changed inside.
    Submodule,
}

impl Change {
    /// The path it is known by: the new one, else the old one.
    pub fn path(&self) -> &str {
        self.new_path
            .as_deref()
            .or(self.old_path.as_deref())
            .unwrap_or_default()
    }
}

/// Parses `:oldmode newmode oldsha newsha status NUL path NUL …`.
pub fn parse(output: &[u8]) -> Result<Vec<Change>, GitError> {
    // Paths that are no UTF-8 are shown with replacement characters; no rule can name them exactly.
    let text = String::from_utf8_lossy(output);
    let mut fields = text.split_terminator('\0');
    let mut changes = Vec::new();
    while let Some(header) = fields.next() {
        let unexpected = || GitError::Unexpected {
            what: "diff".to_owned(),
            detail: header.to_owned(),
        };
        let columns: Vec<&str> = header
            .strip_prefix(':')
            .ok_or_else(unexpected)?
            .split(' ')
            .collect();
        let [old_mode, new_mode, _, _, status] = columns[..] else {
            return Err(unexpected());
        };
        let path = fields.next().ok_or_else(unexpected)?;
        let status = match status {
            "A" => ChangeStatus::Added,
            "D" => ChangeStatus::Deleted,
            "M" => ChangeStatus::Modified,
            "T" => ChangeStatus::TypeChanged,
            "U" => ChangeStatus::Unmerged,
            _ => return Err(unexpected()),
        };
        let mode = if status == ChangeStatus::Deleted {
            old_mode
        } else {
            new_mode
        };
        let side = |absent: ChangeStatus| (status != absent).then(|| path.to_owned());
        changes.push(Change {
            status,
            old_path: side(ChangeStatus::Added),
            new_path: side(ChangeStatus::Deleted),
            kind: match mode {
                "120000" => EntryKind::Symlink,
                "160000" => EntryKind::Submodule,
                _ => EntryKind::File,
            },
        });
    }
    Ok(changes)
}
