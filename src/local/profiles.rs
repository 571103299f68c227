//! Profiles of this user: a server, an org there and a space, under one name (sources.md §5: profiles). One of them may be in
//! use: it counts where nothing else names a server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Home, config};

const FILE: &str = "profiles.toml";

/// A profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The server's address.
    pub server: String,
    /// The slug of the org: tokens are kept for it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// The slug of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// What happens there counts: the console says so on every screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub production: bool,
}

/// The profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// By name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// The profile or the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfilesError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// There is no such profile.
    #[error("there is no profile {name}; {}", .known.as_deref().map_or_else(
        || "`jolli profile add NAME --server URL` makes one".to_owned(),
        |known| format!("there are: {known}")
    ))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: Option<String>,
    },
}

impl Profiles {
    /// Those of a user; none where there is no file.
    pub fn read(home: &Home) -> Result<Self, ProfilesError> {
        Ok(config::read(home, FILE)?)
    }

    /// Keeps them.
    pub fn write(&self, home: &Home) -> Result<(), ProfilesError> {
        Ok(config::write(home, FILE, self)?)
    }

    /// The profile of a name.
    pub fn get(&self, name: &str) -> Result<&Profile, ProfilesError> {
        self.profiles.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            ProfilesError::Unknown {
                name: name.to_owned(),
                known: (!known.is_empty()).then(|| known.join(", ")),
            }
        })
    }

    /// The one in use, with its name.
    pub fn in_use(&self) -> Result<Option<(&str, &Profile)>, ProfilesError> {
        match &self.current {
            Some(name) => Ok(Some((name, self.get(name)?))),
            None => Ok(None),
        }
    }
}

impl Profile {
    /// What a token for it is kept under: its org has tokens of its own.
    pub fn account(&self) -> String {
        match &self.org {
            Some(org) => format!("{}#{org}", self.address()),
            None => self.address().to_owned(),
        }
    }

    /// The server's address as commands name it.
    pub fn address(&self) -> &str {
        self.server.trim_end_matches('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_kept_and_an_unknown_one_is_told_with_those_there_are() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let mut profiles = Profiles::read(&home).unwrap();
        assert_eq!(profiles, Profiles::default());
        assert!(
            profiles
                .get("a")
                .unwrap_err()
                .to_string()
                .contains("profile add")
        );
        let profile = Profile {
            server: "https://jolli.example".to_owned(),
            org: Some("acme".to_owned()),
            space: None,
            production: true,
        };
        assert_eq!(profile.account(), "https://jolli.example#acme");
        profiles.profiles.insert("prod".to_owned(), profile);
        profiles.current = Some("prod".to_owned());
        profiles.write(&home).unwrap();
        let again = Profiles::read(&home).unwrap();
        assert_eq!(again, profiles);
        assert_eq!(again.in_use().unwrap().unwrap().0, "prod");
        let error = again.get("pord").unwrap_err().to_string();
        assert!(error.contains("there are: prod"), "{error}");
    }

    #[test]
    fn a_word_that_is_not_known_is_said_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let path = home.config().unwrap().join(FILE);
        std::fs::write(&path, "[profiles.a]\nserver = \"x\"\nsever = 1\n").unwrap();
        let error = Profiles::read(&home).unwrap_err().to_string();
        assert!(
            error.contains("sever") && error.contains("line 3"),
            "{error}"
        );
    }
}
