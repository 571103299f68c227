//! The docs project that a command runs in: the nearest folder, from here up, that holds `.jolli` (sources.md §4).

use std::io;
use std::path::{Path, PathBuf};

/// The folder that makes a folder a docs project.
pub const FOLDER: &str = ".jolli";

/// A docs project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The project that `start` lies in. A `.jolli` in `home` belongs to the user and makes no project; neither does a file of
    /// that name.
    pub fn find(start: &Path, home: Option<&Path>) -> Option<Self> {
        let home = home.map(|home| std::fs::canonicalize(home).unwrap_or_else(|_| home.to_owned()));
        let holds = |folder: &&Path| {
            folder.join(FOLDER).is_dir()
                && home.as_deref().is_none_or(|home| {
                    home != *folder && std::fs::canonicalize(folder).is_ok_and(|real| real != home)
                })
        };
        let root = start.ancestors().find(holds)?;
        Some(Self::at(root))
    }

    /// The project of the folder that this process runs in.
    pub fn here() -> io::Result<Option<Self>> {
        let start = std::env::current_dir()?;
        let user = directories::BaseDirs::new();
        Ok(Self::find(
            &start,
            user.as_ref().map(directories::BaseDirs::home_dir),
        ))
    }

    /// The project of `root`, whether it has a `.jolli` yet or not.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file of its `.jolli`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(FOLDER).join(name)
    }

    /// Makes its `.jolli`, where there is none.
    pub fn make(&self) -> io::Result<()> {
        std::fs::create_dir_all(self.root.join(FOLDER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_with_a_jolli_folder_is_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let (outer, inner) = (dir.path().join("outer"), dir.path().join("outer/a/inner"));
        std::fs::create_dir_all(inner.join("deep")).unwrap();
        assert_eq!(Project::find(&inner, None), None);
        Project::at(&outer).make().unwrap();
        // A file of that name is none.
        std::fs::write(inner.join(FOLDER), "").unwrap();
        let found = Project::find(&inner.join("deep"), None).unwrap();
        assert_eq!(found.root(), outer);
        std::fs::remove_file(inner.join(FOLDER)).unwrap();
        Project::at(&inner).make().unwrap();
        let found = Project::find(&inner.join("deep"), None).unwrap();
        assert_eq!(found.root(), inner);
    }

    #[test]
    fn the_users_own_folder_makes_no_project() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("code");
        std::fs::create_dir_all(&below).unwrap();
        Project::at(dir.path()).make().unwrap();
        assert!(Project::find(&below, None).is_some());
        assert_eq!(Project::find(&below, Some(dir.path())), None);
    }
}
