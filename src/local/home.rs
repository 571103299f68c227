//! The folders that jolli keeps for a user: one below `JOLLI_HOME` when that is set, else where the platform wants them.

use std::path::{Path, PathBuf};

/// No folder can be found or made.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is no home directory.
    #[error("there is no home directory to keep data in; set JOLLI_HOME to a folder")]
    None,
    /// A folder cannot be made.
    #[error("{path} cannot be made: {source}; set JOLLI_HOME to a folder that you may write to")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    run: PathBuf,
}

impl Home {
    /// Everything below one folder.
    pub fn at(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            data: root.join("data"),
            state: root.join("state"),
            run: root.join("run"),
        }
    }

    /// The folders of this user: below `jolli_home` (the variable `JOLLI_HOME`) when given, else the platform's.
    pub fn find(jolli_home: Option<&Path>) -> Result<Self, HomeError> {
        if let Some(root) = jolli_home {
            let root = std::path::absolute(root).map_err(|source| HomeError::Folder {
                path: root.to_owned(),
                source,
            })?;
            return Ok(Self::at(&root));
        }
        let dirs = directories::ProjectDirs::from("", "", "jolli").ok_or(HomeError::None)?;
        let state = dirs
            .state_dir()
            .unwrap_or_else(|| dirs.data_local_dir())
            .to_owned();
        Ok(Self {
            config: dirs.config_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
            run: dirs
                .runtime_dir()
                .map_or_else(|| state.join("run"), Path::to_owned),
            state,
        })
    }

    /// Configuration that a person edits; made when absent.
    pub fn config(&self) -> Result<&Path, HomeError> {
        made(&self.config)
    }
    /// As [`Self::config`], to look for a file that may not be there: nothing is made.
    pub fn config_path(&self) -> &Path {
        &self.config
    }
    /// What must not be lost: the embedded server's database, its key, the demo world.
    pub fn data(&self) -> Result<&Path, HomeError> {
        made(&self.data)
    }
    /// What may be lost: logs, stored snapshots, drafts.
    pub fn state(&self) -> Result<&Path, HomeError> {
        made(&self.state)
    }
    /// What lives as long as a process.
    pub fn run(&self) -> Result<&Path, HomeError> {
        made(&self.run)
    }
}

/// Makes a folder that is not there, for its owner alone: documents, mirrors of code and logs lie there. One that is there
/// stays as whoever made it wants it.
fn made(path: &Path) -> Result<&Path, HomeError> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path).map_err(|source| HomeError::Folder {
        path: path.to_owned(),
        source,
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jolli_home_moves_everything() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(dir.path())).unwrap();
        for path in [home.config(), home.data(), home.state(), home.run()] {
            let path = path.unwrap();
            assert!(path.starts_with(dir.path()) && path.is_dir());
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_made_for_their_owner_alone_and_one_that_is_there_stays_as_it_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(dir.path())).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(home.data().unwrap()), 0o700);
        let shared = std::fs::Permissions::from_mode(0o750);
        std::fs::set_permissions(home.data().unwrap(), shared).unwrap();
        assert_eq!(mode(home.data().unwrap()), 0o750);
    }
}
