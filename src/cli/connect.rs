//! Which server a command speaks to, and as whom: flags and variables first, then what was kept by signing in.

use super::Global;
use super::profile::Chosen;
use crate::client::{AccessToken, Client, ClientError};
use crate::local::{
    ConfigError, CredentialError, Credentials, Home, HomeError, Profile, Profiles, ProfilesError,
};

/// A command cannot reach a server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Tokens cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The address is none, or does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No server is named.
    #[error(
        "no server is named; give --server URL, set JOLLI_URL, or choose a profile (`jolli profile`)"
    )]
    NoServer,
}

impl Global {
    /// The user's folders.
    pub fn home(&self) -> Result<Home, HomeError> {
        Home::find(self.home.as_deref())
    }

    /// The user's tokens.
    pub fn credentials(&self) -> Result<Credentials, HomeError> {
        let keyring = std::env::var_os("JOLLI_KEYRING").is_none_or(|v| v != "file");
        Ok(Credentials::new(self.home()?, keyring))
    }

    /// Finds out which profile counts. One that was named gives the server, unless an address was named too and counts
    /// first.
    pub fn choose(&mut self, server_is_given: bool) -> Result<(), ProfilesError> {
        let name = self.profile.as_deref().filter(|name| !name.is_empty());
        let home = match self.home() {
            // Who has no home has no profiles.
            Err(_) if name.is_none() => return Ok(()),
            home => home.map_err(ConfigError::from)?,
        };
        self.chosen = Chosen::of(&Profiles::read(&home)?, name)?;
        let Chosen::Named(_, profile) = &self.chosen else {
            return Ok(());
        };
        if self.server().is_none() {
            self.server = Some(profile.server.clone());
        } else if self.profile_is_given && !server_is_given {
            // A token in the environment is for the server there.
            self.only_kept_tokens = self.server() != Some(profile.address());
            self.server = Some(profile.server.clone());
        }
        Ok(())
    }

    /// The profile of the server that is spoken to, by its name, where there is one.
    pub fn profile_of(&self, server: &str) -> Option<(&str, &Profile)> {
        let is_its = |profile: &Profile| profile.address() == server;
        self.chosen.profile().filter(|(_, profile)| is_its(profile))
    }

    /// The server that was named, else that of the profile in use.
    pub fn usual_server(&self) -> Option<&str> {
        self.server().or_else(|| {
            let (_, profile) = self.chosen.profile()?;
            Some(profile.address())
        })
    }

    /// What tokens for a server are kept under.
    pub fn account(&self, server: &str) -> String {
        let profile = self.profile_of(server);
        profile.map_or_else(|| server.to_owned(), |(_, profile)| profile.account())
    }

    /// The server that was named, if any.
    pub fn server(&self) -> Option<&str> {
        self.server
            .as_deref()
            .map(|s| s.trim_end_matches('/'))
            .filter(|s| !s.is_empty())
    }

    /// The token for a server: `JOLLI_AUTH_TOKEN`, else what signing in kept.
    pub fn token(&self, server: &str) -> Result<Option<AccessToken>, ConnectError> {
        if let Some(token) = std::env::var("JOLLI_AUTH_TOKEN")
            .ok()
            .filter(|t| !t.is_empty() && !self.only_kept_tokens)
        {
            return Ok(Some(AccessToken::new(&token)));
        }
        self.kept_token(server)
    }

    /// The token that signing in kept for a server.
    pub fn kept_token(&self, server: &str) -> Result<Option<AccessToken>, ConnectError> {
        Ok(self
            .credentials()?
            .get(&self.account(server))?
            .map(|(token, _)| AccessToken::new(&token)))
    }

    /// A client of the server that was named.
    pub fn client(&self) -> Result<Client, ConnectError> {
        let server = self.usual_server().ok_or(ConnectError::NoServer)?;
        Ok(Client::remote(server, self.token(server)?)?)
    }
}
