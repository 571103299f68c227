//! Tokens of this user, by server: the keyring where one answers, else a file that only its owner may read
//! (sources.md §5: credentials).

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::{Home, HomeError, write_private};

const SERVICE: &str = "jolli";
const FILE: &str = "credentials.json";

/// Where a token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The operating system's keyring.
    Keyring,
    /// A file that only its owner may read.
    File(PathBuf),
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // On Linux it is the kernel's own, which needs no desktop.
            Kept::Keyring if cfg!(target_os = "linux") => {
                f.write_str("kernel keyring (until the next reboot)")
            }
            Kept::Keyring => f.write_str("OS keyring"),
            Kept::File(path) => write!(f, "{} (readable by you alone)", path.display()),
        }
    }
}

/// A token cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The file is not what it should be.
    #[error("{path}: {why}; move it away and sign in again")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// The tokens of this user.
#[derive(Clone, Debug)]
pub struct Credentials {
    home: Home,
    keyring: bool,
}

impl Credentials {
    /// The tokens kept for the user of `home`; without the keyring when `keyring` is false (`JOLLI_KEYRING=file`).
    pub fn new(home: Home, keyring: bool) -> Self {
        Self { home, keyring }
    }

    /// The token for a server, and where it is kept.
    pub fn get(&self, server: &str) -> Result<Option<(String, Kept)>, CredentialError> {
        // A file is written only where no keyring answered, so it is the newer one where both have a token.
        if let Some(token) = self.read()?.remove(server) {
            return Ok(Some((token, Kept::File(self.path()?))));
        }
        if self.keyring
            && let Ok(entry) = keyring::Entry::new(SERVICE, server)
            && let Ok(token) = entry.get_password()
        {
            return Ok(Some((token, Kept::Keyring)));
        }
        Ok(None)
    }

    /// Keeps a token for a server; answers where.
    pub fn set(&self, server: &str, token: &str) -> Result<Kept, CredentialError> {
        if self.keyring
            && let Ok(entry) = keyring::Entry::new(SERVICE, server)
            && entry.set_password(token).is_ok()
            && entry.get_password().is_ok_and(|kept| kept == token)
        {
            let mut file = self.read()?;
            if file.remove(server).is_some() {
                self.write(&file)?;
            }
            return Ok(Kept::Keyring);
        }
        let mut file = self.read()?;
        file.insert(server.to_owned(), token.to_owned());
        self.write(&file)?;
        Ok(Kept::File(self.path()?))
    }

    /// Forgets the token for a server; answers whether there was one.
    pub fn forget(&self, server: &str) -> Result<bool, CredentialError> {
        let mut file = self.read()?;
        let mut had = file.remove(server).is_some();
        if had {
            self.write(&file)?;
        }
        if self.keyring
            && let Ok(entry) = keyring::Entry::new(SERVICE, server)
        {
            had |= entry.delete_credential().is_ok();
        }
        Ok(had)
    }

    fn path(&self) -> Result<PathBuf, CredentialError> {
        Ok(self.home.config()?.join(FILE))
    }

    fn read(&self) -> Result<BTreeMap<String, String>, CredentialError> {
        let path = self.path()?;
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| CredentialError::File {
                path,
                why: e.to_string(),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(CredentialError::File {
                path,
                why: error.to_string(),
            }),
        }
    }

    fn write(&self, tokens: &BTreeMap<String, String>) -> Result<(), CredentialError> {
        let path = self.path()?;
        let text = serde_json::to_vec_pretty(tokens).expect("a map of text is plain data");
        write_private(&path, &text).map_err(|e| CredentialError::File {
            path,
            why: e.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_by_server_and_forgotten_alone() {
        let dir = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(Home::at(dir.path()), false);
        assert!(credentials.get("https://a").unwrap().is_none());
        assert!(matches!(
            credentials.set("https://a", "one").unwrap(),
            Kept::File(_)
        ));
        credentials.set("https://b", "two").unwrap();
        assert!(credentials.forget("https://a").unwrap());
        assert!(!credentials.forget("https://a").unwrap());
        assert_eq!(credentials.get("https://b").unwrap().unwrap().0, "two");
    }

    #[test]
    fn a_damaged_file_is_said_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let path = home.config().unwrap().join(FILE);
        std::fs::write(&path, "{").unwrap();
        let credentials = Credentials::new(home, false);
        assert!(
            credentials
                .set("https://a", "one")
                .unwrap_err()
                .to_string()
                .contains("move it away")
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{");
    }
}
