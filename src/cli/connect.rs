//! Which server a command speaks to, and as whom: flags and variables first, then what was kept by signing in.

use super::Global;
use crate::client::{AccessToken, Client, ClientError};
use crate::local::{CredentialError, Credentials, Home, HomeError};

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
    #[error("no server is named; give --server URL or set JOLLI_URL")]
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
            .filter(|t| !t.is_empty())
        {
            return Ok(Some(AccessToken::new(&token)));
        }
        self.kept_token(server)
    }

    /// The token that signing in kept for a server.
    pub fn kept_token(&self, server: &str) -> Result<Option<AccessToken>, ConnectError> {
        Ok(self
            .credentials()?
            .get(server)?
            .map(|(token, _)| AccessToken::new(&token)))
    }

    /// A client of the server that was named.
    pub fn client(&self) -> Result<Client, ConnectError> {
        let server = self.server().ok_or(ConnectError::NoServer)?;
        Ok(Client::remote(server, self.token(server)?)?)
    }
}
