//! Secrets that the client carries. They never show in a debug print, an error or a log (reliability.md: secrets stay secret).

use std::fmt;

/// A bearer token: of a person, a machine or a runner.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// Takes the text as it was given; surrounding white space does not belong to it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The secret itself, for the header and for the keyring, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_print_itself() {
        let token = AccessToken::new(" jolli_1_canary\n");
        assert_eq!(token.expose(), "jolli_1_canary");
        assert!(!format!("{token:?}").contains("canary"));
    }
}
