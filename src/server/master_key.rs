//! Where the master key comes from: `JOLLI_SECRET_KEY`, else the keyring, else a 0600 file in the data directory
//! (engine.md: state that is not events).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::seal::{MasterKey, Sealer, Secret};
use crate::base::Random;
use crate::domain::event::Actor;
use crate::domain::id::OrgId;
use crate::domain::org::KeepSecret;
use crate::engine::{Command, Engine};
use crate::store::{Outcome, StoreError};

const SERVICE: &str = "jolli";
const FILE: &str = "master.key";

/// Which place a key was found in, for saying so once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The environment.
    Environment,
    /// The keyring of this user.
    Keyring,
    /// A file only this user can read.
    File(PathBuf),
}

/// There is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable holds something else.
    #[error(
        "JOLLI_SECRET_KEY is not a key; give 64 hex digits, such as `openssl rand -hex 32` prints"
    )]
    Variable,
    /// The file holds something else.
    #[error(
        "{0} does not hold a key; restore it from a backup: without it the stored secrets cannot be opened"
    )]
    Damaged(PathBuf),
    /// Servers that share a database share its key, and only the environment can give it to all of them.
    #[error(
        "A PostgreSQL database is shared, so every server of it needs the same key: set JOLLI_SECRET_KEY to 64 hex digits, such as `openssl rand -hex 32` prints, and keep them."
    )]
    Shared,
    /// The database was used with another key.
    #[error(
        "The secrets of this database are sealed with the master key {sealed_with}, and this server has {have}. Start it with the JOLLI_SECRET_KEY that the database was first used with."
    )]
    Other {
        /// The id of the key that is needed.
        sealed_with: String,
        /// The id of the key there is.
        have: String,
    },
    /// Which key the database has could not be found out.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rule refused.
    #[error("the master key could not be compared: {0}")]
    Refused(String),
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The key that several servers share: the one in the environment, and no other.
pub fn shared(variable: Option<&str>) -> Result<MasterKey, KeyError> {
    let text = variable.ok_or(KeyError::Shared)?;
    MasterKey::parse(text).ok_or(KeyError::Variable)
}

/// Finds the key of the data directory, or makes one.
///
/// The file comes before the keyring once it exists: a kernel keyring forgets at reboot, and a key must not change.
pub fn load(
    variable: Option<&str>,
    data: &Path,
    random: &dyn Random,
) -> Result<(MasterKey, KeySource), KeyError> {
    if let Some(text) = variable {
        let key = MasterKey::parse(text).ok_or(KeyError::Variable)?;
        return Ok((key, KeySource::Environment));
    }
    let path = data.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let key = MasterKey::parse(&text).ok_or_else(|| KeyError::Damaged(path.clone()))?;
            return Ok((key, KeySource::File(path)));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(KeyError::File { path, source }),
    }
    if let Some(key) = from_keyring(data) {
        return Ok((key, KeySource::Keyring));
    }
    let key = MasterKey::generate(random);
    if keep_in_keyring(data, &key) {
        return Ok((key, KeySource::Keyring));
    }
    write_private(&path, &key.to_text()).map_err(|source| KeyError::File {
        path: path.clone(),
        source,
    })?;
    Ok((key, KeySource::File(path)))
}

/// The secret by which a key is recognised; it says nothing.
const PROOF: &str = "server/master-key";

/// Makes sure that the key of this server is the one that the secrets of the database are sealed with. The first server
/// of a database says which that is; any later one with another key does not start.
pub async fn recognise(engine: &Engine, sealer: &Sealer) -> Result<(), KeyError> {
    let org = OrgId(1);
    let row = sealer.seal(
        org,
        PROOF,
        &Secret::new(*b"jolli"),
        engine.clock().now(),
        engine.random().as_ref(),
    );
    let command = Command::by(Actor::system());
    let kept = match engine.dispatch(org, command, KeepSecret { row }).await? {
        Outcome::Accepted(accepted) => accepted.reply,
        other => return Err(KeyError::Refused(format!("{other:?}"))),
    };
    let sealed_with = kept["key_id"].as_str().unwrap_or_default();
    if sealed_with == sealer.key_id() {
        Ok(())
    } else {
        Err(KeyError::Other {
            sealed_with: sealed_with.to_owned(),
            have: sealer.key_id().to_owned(),
        })
    }
}

/// Only a keyring that outlives a reboot may hold the key: on Linux the kernel's does not.
const KEYRING_LASTS: bool = cfg!(any(target_os = "macos", target_os = "windows"));

fn entry(data: &Path) -> Option<keyring::Entry> {
    if !KEYRING_LASTS {
        return None;
    }
    keyring::Entry::new(SERVICE, &format!("master-key:{}", data.display())).ok()
}

fn from_keyring(data: &Path) -> Option<MasterKey> {
    MasterKey::parse(&entry(data)?.get_password().ok()?)
}

fn keep_in_keyring(data: &Path, key: &MasterKey) -> bool {
    entry(data).is_some_and(|entry| entry.set_password(&key.to_text()).is_ok())
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SystemRandom;

    #[test]
    fn the_same_directory_has_the_same_key_and_only_its_owner_reads_it() {
        let data = tempfile::tempdir().unwrap();
        let (first, source) = load(None, data.path(), &SystemRandom::new()).unwrap();
        let (again, _) = load(None, data.path(), &SystemRandom::new()).unwrap();
        assert_eq!(first.id(), again.id());
        #[cfg(unix)]
        if let KeySource::File(path) = source {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn a_damaged_file_is_never_replaced() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FILE), "half").unwrap();
        assert!(matches!(
            load(None, data.path(), &SystemRandom::new()),
            Err(KeyError::Damaged(_))
        ));
        assert_eq!(fs::read_to_string(data.path().join(FILE)).unwrap(), "half");
    }
}
