//! What of a change set is looked at by its path alone, as a run says it: submodules, LFS pointers, binary files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::git::{Change, ChangeStatus, EntryKind, LFS_POINTER};

/// As far as git itself looks for what no text has.
const LOOKED_AT: u64 = 8_000;
/// Git compares no lines of larger files, as we run it.
const LARGE: u64 = 16 << 20;
/// How many paths a line names.
const NAMED: usize = 3;

/// What is looked at by its path alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Odd {
    Submodule,
    Pointer,
    Binary,
}

impl Odd {
    /// Several of them, and what becomes of them.
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Submodule => (
                "submodules",
                "each counts as one path; to watch what is inside, add its repository as a source",
            ),
            Self::Pointer => ("LFS pointers", "what they point to is not fetched"),
            Self::Binary => (
                "binary or very large files",
                "their paths count; what is in them is shown to nobody",
            ),
        }
    }

    /// Of one change, as the work tree has it now.
    fn of(work_tree: &Path, change: &Change) -> Option<Self> {
        if change.kind == EntryKind::Submodule {
            return Some(Self::Submodule);
        }
        // Where a deleted file was, a link may lead anywhere.
        if change.status == ChangeStatus::Deleted {
            return None;
        }
        let file = work_tree.join(change.path());
        let meta = file.symlink_metadata().ok()?;
        if meta.is_dir() {
            // A full scan knows nothing but paths.
            return Some(Self::Submodule);
        }
        if !meta.is_file() {
            return None;
        }
        if meta.len() > LARGE {
            return Some(Self::Binary);
        }
        let mut start = Vec::new();
        let file = File::open(&file).ok()?;
        file.take(LOOKED_AT).read_to_end(&mut start).ok()?;
        if start.starts_with(LFS_POINTER.as_bytes()) {
            Some(Self::Pointer)
        } else {
            start.contains(&0).then_some(Self::Binary)
        }
    }
}

/// A line about each kind that is among the changes.
pub fn odd(work_tree: &Path, changes: &[Change]) -> Vec<String> {
    let mut found: BTreeMap<Odd, Vec<&str>> = BTreeMap::new();
    for change in changes {
        if let Some(odd) = Odd::of(work_tree, change) {
            found.entry(odd).or_default().push(change.path());
        }
    }
    let line = |(odd, paths): (Odd, Vec<&str>)| {
        let (several, becomes) = odd.told();
        let more = format!("{} more", paths.len().saturating_sub(NAMED));
        let mut named = paths[..paths.len().min(NAMED)].to_vec();
        if paths.len() > NAMED {
            named.push(&more);
        }
        format!("{several}: {} ({becomes})", named.join(", "))
    };
    found.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, status: ChangeStatus, kind: EntryKind) -> Change {
        let side = |absent| (status != absent).then(|| path.to_owned());
        Change {
            status,
            old_path: side(ChangeStatus::Added),
            new_path: side(ChangeStatus::Deleted),
            kind,
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_told_by_kind_and_nothing_outside_is_looked_at() {
        use ChangeStatus::{Added, Deleted, Modified};
        use EntryKind::{File, Submodule, Symlink};
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| std::fs::write(dir.path().join(path), text).unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("x"), "\0").unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join("link")).unwrap();
        std::fs::create_dir(dir.path().join("vendor")).unwrap();
        put("text", "a\n");
        put("large", &"a\n".repeat(9 << 20));
        put(
            "big.bin",
            &format!("{LFS_POINTER}\noid sha256:00\nsize 9\n"),
        );
        for name in ["1.png", "2.png", "3.png", "4.png"] {
            put(name, "a\0b");
        }
        let changes = [
            change("1.png", Added, File),
            change("2.png", Modified, File),
            change("3.png", Modified, File),
            change("4.png", Modified, File),
            change("big.bin", Modified, File),
            change("gone.png", Deleted, File),
            change("large", Added, File),
            change("lib", Deleted, Submodule),
            change("link", Modified, Symlink),
            change("link/x", Deleted, File),
            change("text", Modified, File),
            change("vendor", Added, File),
        ];
        assert_eq!(
            odd(dir.path(), &changes),
            [
                "submodules: lib, vendor (each counts as one path; to watch what is inside, add its repository as a source)",
                "LFS pointers: big.bin (what they point to is not fetched)",
                "binary or very large files: 1.png, 2.png, 3.png, 2 more (their paths count; what is in them is shown to nobody)",
            ]
        );
    }
}
