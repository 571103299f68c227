//! Who one is, tokens, and the org's read model.

use axum::http::Method;

use super::call::Client;
use super::error::ClientError;
use super::query::{Page, Query};
use crate::api::{Me, NewToken, Pulse, Sequence, Snapshot, Token, TokenCreated, TokenId};

impl Client {
    /// Who the token is.
    pub async fn me(&self) -> Result<Me, ClientError> {
        self.get("/me").await
    }

    /// Lists tokens.
    pub async fn tokens(&self, query: &Query) -> Result<Page<Token>, ClientError> {
        self.page("/tokens", query).await
    }

    /// Creates a token; it is shown this once.
    pub async fn create_token(&self, new: &NewToken) -> Result<TokenCreated, ClientError> {
        self.post("/tokens", new).await
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, id: TokenId) -> Result<(), ClientError> {
        self.act(Method::DELETE, &format!("/tokens/{id}")).await
    }

    /// What came and what ran in a window that ends now, such as `24h`, in so many slices.
    pub async fn pulse(&self, window: &str, slices: u32) -> Result<Pulse, ClientError> {
        let window: String = window.chars().filter(char::is_ascii_alphanumeric).collect();
        self.get(&format!("/pulse?window={window}&buckets={slices}"))
            .await
    }

    /// The org's read model, now or as it was at a position of the log.
    pub async fn snapshot(&self, at: Option<Sequence>) -> Result<Snapshot, ClientError> {
        match at {
            Some(at) => self.get(&format!("/snapshot?at={at}")).await,
            None => self.get("/snapshot").await,
        }
    }
}
