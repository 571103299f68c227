//! Where the master key comes from: `JOLLI_SECRET_KEY`, else the keyring, else a 0600 file in the data directory
//! (engine.md: state that is not events).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::seal::{MasterKey, Sealer, Secret};
use crate::base::Random;
use crate::domain::event::Actor;
use crate::domain::id::OrgId;
use crate::domain::org::{KeepSecret, ResealSecret};
use crate::domain::row::{SecretRow, Table};
use crate::domain::view::{Find, Need};
use crate::engine::{Command, Engine};
use crate::store::{Outcome, Scope, StoreError};

const SERVICE: &str = "jolli";
const FILE: &str = "master.key";
const VARIABLE: &str = "JOLLI_SECRET_KEY";
const PREVIOUS: &str = "JOLLI_SECRET_KEY_PREVIOUS";

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
    #[error("{0} is not a key; give 64 hex digits, such as `openssl rand -hex 32` prints")]
    Variable(&'static str),
    /// A key that only replaces another one was given alone.
    #[error(
        "JOLLI_SECRET_KEY_PREVIOUS is the key that JOLLI_SECRET_KEY takes the place of: give both"
    )]
    Alone,
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
        "The secrets of this database are sealed with the master key {sealed_with}, and this server has {have}. Start it with that JOLLI_SECRET_KEY, or give it as JOLLI_SECRET_KEY_PREVIOUS to have them sealed anew."
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
    MasterKey::parse(text).ok_or(KeyError::Variable(VARIABLE))
}

/// The key that the one in the environment takes the place of.
pub fn previous(
    variable: Option<&str>,
    previous: Option<&str>,
) -> Result<Option<MasterKey>, KeyError> {
    match (variable, previous) {
        (_, None) => Ok(None),
        (None, Some(_)) => Err(KeyError::Alone),
        (Some(_), Some(text)) => MasterKey::parse(text)
            .map(Some)
            .ok_or(KeyError::Variable(PREVIOUS)),
    }
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
        let key = MasterKey::parse(text).ok_or(KeyError::Variable(VARIABLE))?;
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
    } else if Some(sealed_with) == sealer.previous_id() {
        seal_anew(engine, sealer, sealed_with).await
    } else {
        Err(KeyError::Other {
            sealed_with: sealed_with.to_owned(),
            have: sealer.key_id().to_owned(),
        })
    }
}

/// Seals everything with the new key, and last the secret that the key is recognised by: what ends early is gone on with by the
/// next start with both keys.
async fn seal_anew(engine: &Engine, sealer: &Sealer, from: &str) -> Result<(), KeyError> {
    let all = Find::all(Table::Secrets);
    let needs = vec![Need::Find(all.clone())];
    let (view, _) = engine.store().read(Scope::Everyone, needs).await?;
    let mut rows: Vec<&SecretRow> = view
        .find(all)
        .map_err(|stop| KeyError::Refused(format!("{stop:?}")))?;
    rows.retain(|row| row.key_id == from);
    rows.sort_by_key(|row| row.name == PROOF);
    let (mut sealed, mut left) = (0, 0);
    for row in rows {
        let secret = match sealer.open(row) {
            Ok(secret) => secret,
            // Nobody can use it as it is either.
            Err(error) => {
                tracing::error!(%error, "left as it is");
                left += 1;
                continue;
            }
        };
        let random = engine.random();
        let row = sealer.seal(
            row.org_id,
            &row.name,
            &secret,
            row.created_at,
            random.as_ref(),
        );
        let command = Command::by(Actor::system());
        let anew = ResealSecret {
            from: from.to_owned(),
            row,
        };
        match engine.dispatch(anew.row.org_id, command, anew).await? {
            Outcome::Accepted(_) => sealed += 1,
            other => return Err(KeyError::Refused(format!("{other:?}"))),
        }
    }
    tracing::info!(
        secrets = sealed,
        left,
        key = sealer.key_id(),
        "sealed anew; JOLLI_SECRET_KEY_PREVIOUS is not needed any more"
    );
    Ok(())
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
