//! Administration: tokens, the page of an integration, and secrets that are shown this once.

use std::fmt;

use super::load::Load;
use crate::api::{IntegrationId, Token, TokenId};
use crate::console::ids::Area;

/// The tokens of the org. They are no rows of the feed: the page asks for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokensView {
    /// The answer, as the server orders it.
    pub tokens: Load<Vec<Token>>,
}

impl TokensView {
    /// A token by its id.
    pub fn get(&self, id: TokenId) -> Option<&Token> {
        self.tokens.value.as_ref()?.iter().find(|it| it.id == id)
    }
}

/// The page of an integration. What it shows is in the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationView {
    /// Which.
    pub integration: IntegrationId,
    /// Which part has the focus: linked sources or deliveries.
    pub focus: Area,
}

/// A secret that the server gave out: nothing but its own popup shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Holds it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A secret that is shown this once.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretShown {
    /// `Token ci`.
    pub title: String,
    /// What the secret is called: `token`.
    pub label: &'static str,
    /// The secret; `None`: the answer that held it was lost, and it is never given twice.
    pub secret: Option<SecretText>,
    /// The address that goes with it.
    pub address: Option<String>,
    /// What to do with it, and what follows.
    pub told: Vec<String>,
    /// It was taken to the clipboard.
    pub copied: bool,
    /// Closing it was tried before it was copied.
    pub warned: bool,
}
