//! The servers that this user works with, and what stays with each of them while the console is at another.

use super::load::Load;

/// A profile as the list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its name.
    pub name: String,
    /// The server's address; empty: this machine's own server.
    pub server: String,
    /// What people call the server: `this machine`, or its host.
    pub label: String,
    /// The slug of the org.
    pub org: Option<String>,
    /// The slug of the space.
    pub space: Option<String>,
    /// What happens there counts.
    pub production: bool,
    /// A token is kept for it, or it needs none.
    pub signed_in: bool,
    /// It is in the user's file, so that it can be changed.
    pub kept: bool,
}

/// `gp`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfilePicker {
    /// The answer, by name.
    pub rows: Load<Vec<ProfileRow>>,
    /// What stays with the profile in use, where one switches: `1 draft`.
    pub stays: Option<String>,
}

/// A change of the user's own file of profiles, or of what is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileChange {
    /// Makes one; refused where there is one of that name.
    Add(ProfileRow),
    /// Changes one.
    Set(ProfileRow),
    /// Forgets one, and the token that was kept for its org.
    Remove(String),
}

/// Asks before the token of the profile in use is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignOut {
    /// Why it was not.
    pub problem: Option<String>,
    /// Being done.
    pub trying: bool,
}
