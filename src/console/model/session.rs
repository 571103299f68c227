//! Who looks, and at what.

use crate::api::{Me, Role};

/// The session of this console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The profile's name.
    pub profile: String,
    /// `embedded`, or the server's host.
    pub server: String,
    /// The server's base URL, for links and copied commands.
    pub url: String,
    /// The org's slug, from the token or the stored snapshot.
    pub org: String,
    /// Who the token is, once the server said.
    pub me: Option<Me>,
    /// Nothing is changed from here: started with `--read-only`, or told so since.
    pub read_only: bool,
    /// It was told so since, with `:read-only`.
    pub read_only_said: bool,
    /// A profile marked as production.
    pub production: bool,
    /// Started in a docs project, whose `.jolli` can be compared.
    pub in_project: bool,
}

impl Session {
    /// What the token may do, once known.
    pub fn role(&self) -> Option<Role> {
        self.me.as_ref().map(|me| me.role)
    }
}
