//! The demo's directory: where what lies, and the private files that the demo keeps there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::DemoError;
use crate::domain::id::IntegrationId;

/// Raised when a world of an older jolli cannot be used any more; such a world is rebuilt.
const FORMAT: u32 = 1;

/// A directory that holds a demo world, or will.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
}

/// What is kept of a finished world. Private: it holds tokens and webhook secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Form of this file.
    pub format: u32,
    /// Ana's token: admin.
    pub ana: String,
    /// Bo's token: operator.
    pub bo: String,
    /// The token of the runner w-2.
    pub runner: String,
    /// The webhook secret of each integration.
    pub webhook_secrets: BTreeMap<IntegrationId, String>,
}

/// Where the demo's server listens while it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    /// The server's process.
    pub pid: u32,
    /// Where what goes wrong with it is set.
    #[serde(default)]
    pub control: Option<String>,
}

impl Place {
    /// The directory `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// The bare repositories, by host and path.
    pub fn git(&self) -> PathBuf {
        self.root.join("git")
    }
    /// Where a repository is put while it cannot be reached.
    pub fn away(&self) -> PathBuf {
        self.root.join("git-away")
    }
    /// The settings that make git find the repositories under their real addresses.
    pub fn git_config(&self) -> PathBuf {
        self.root.join("gitconfig")
    }
    /// The server's database.
    pub fn database(&self) -> PathBuf {
        self.root.join("data").join("jolli.db")
    }
    /// The worker's mirrors and checkouts.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }
    /// Clones that `jolli demo push` commits in.
    pub fn clones(&self) -> PathBuf {
        self.root.join("clones")
    }
    fn keys_file(&self) -> PathBuf {
        self.root.join("run").join("world.json")
    }
    fn running_file(&self) -> PathBuf {
        self.root.join("run").join("server.json")
    }

    /// The keys of the world that was built here; `None` when there is none, or one of another form.
    pub fn keys(&self) -> Result<Option<Keys>, DemoError> {
        let keys: Option<Keys> = read(&self.keys_file())?;
        Ok(keys.filter(|keys| keys.format == FORMAT))
    }

    /// Keeps the keys; the last thing that building does.
    pub fn keep_keys(&self, keys: &Keys) -> Result<(), DemoError> {
        let keys = Keys {
            format: FORMAT,
            ..keys.clone()
        };
        write_private(&self.keys_file(), &keys)
    }

    /// Where the server of this world listens.
    pub fn running(&self) -> Result<Option<Running>, DemoError> {
        read(&self.running_file())
    }

    /// Says that a server listens.
    pub fn announce(&self, running: &Running) -> Result<(), DemoError> {
        write_private(&self.running_file(), running)
    }

    /// Says that it does not any more.
    pub fn withdraw(&self) -> Result<(), DemoError> {
        let file = self.running_file();
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DemoError::io(file)(error))
            }
            _ => Ok(()),
        }
    }

    /// Empties the directory for a new world. Refuses what no demo made.
    pub fn clear(&self) -> Result<(), DemoError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return fs::create_dir_all(&self.root).map_err(DemoError::io(&self.root));
            }
            Err(error) => return Err(DemoError::io(&self.root)(error)),
        };
        let names: Vec<_> = entries
            .map(|entry| entry.map(|e| e.file_name()))
            .collect::<Result<_, _>>()
            .map_err(DemoError::io(&self.root))?;
        let ours = |name: &std::ffi::OsString| name.to_str().is_some_and(|n| OURS.contains(&n));
        if !names.iter().all(ours) {
            return Err(DemoError::NotADemo(self.root.clone()));
        }
        for name in names {
            let path = self.root.join(name);
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(DemoError::io(path))?;
        }
        Ok(())
    }

    /// Writes the settings with which every git of this world finds its repositories: addresses stay what they are in
    /// the real world, and lead into this directory.
    pub fn write_git_config(&self) -> Result<(), DemoError> {
        self.write_settings(None)
    }

    /// The same, but the address of one repository leads to a port where nobody listens.
    pub fn cut_off(&self, repo: &str) -> Result<(), DemoError> {
        self.write_settings(Some(repo))
    }

    fn write_settings(&self, unreachable: Option<&str>) -> Result<(), DemoError> {
        let git = self.git();
        fs::create_dir_all(&git).map_err(DemoError::io(&git))?;
        let git = git.canonicalize().map_err(DemoError::io(&git))?;
        let mut text = SETTINGS.replace("{git}", &git.display().to_string());
        if let Some(repo) = unreachable {
            // The longest prefix wins, so this one goes before the one of every address.
            text.push_str(&NOBODY.replace("{repo}", repo));
        }
        let file = self.git_config();
        crate::local::write_private(&file, text.as_bytes()).map_err(DemoError::io(file))
    }
}

const SETTINGS: &str = "[url \"file://{git}/\"]
\tinsteadOf = https://
[user]
\tname = Ana
\temail = ana@acme.example
[init]
\tdefaultBranch = main
[commit]
\tgpgSign = false
[protocol \"file\"]
\tallow = always
";

const NOBODY: &str = "[url \"git://127.0.0.1:1/{repo}\"]
\tinsteadOf = https://{repo}
";

/// Everything that a demo puts into its directory.
const OURS: [&str; 8] = [
    "clones",
    "console",
    "data",
    "git",
    "git-away",
    "gitconfig",
    "run",
    "work",
];

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DemoError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DemoError::io(path)(error)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| DemoError::Damaged {
            path: path.to_owned(),
            why: error.to_string(),
        })
}

fn write_private<T: Serialize>(path: &Path, value: &T) -> Result<(), DemoError> {
    let dir = path.parent().expect("private files lie in a directory");
    fs::create_dir_all(dir).map_err(DemoError::io(dir))?;
    let json = serde_json::to_vec_pretty(value).expect("plain data has a JSON form");
    crate::local::write_private(path, &json).map_err(DemoError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_with_something_else_in_it_is_never_emptied() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        assert!(matches!(
            Place::at(dir.path()).clear(),
            Err(DemoError::NotADemo(_))
        ));
        assert!(dir.path().join("thesis.tex").exists());
    }

    #[test]
    fn only_its_owner_reads_where_the_server_is() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path());
        let running = Running {
            address: "http://127.0.0.1:1".to_owned(),
            pid: 7,
            control: None,
        };
        place.announce(&running).unwrap();
        assert_eq!(place.running().unwrap().unwrap().pid, 7);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(place.running_file())
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        place.withdraw().unwrap();
        assert!(place.running().unwrap().is_none());
    }
}
