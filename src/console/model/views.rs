//! Saved views: links with names.

use super::field::TextField;

/// A view under a name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SavedView {
    /// Its name.
    pub name: String,
    /// The link that opens it.
    pub link: String,
}

/// Views that are there without having been saved.
pub const BUILT_IN: [(&str, &str); 4] = [
    (text!("stuck"), "sources?filter=state:stuck"),
    (
        text!("failing"),
        "runs?all=yes&filter=status:failed,retrying",
    ),
    (text!("virtual to link"), "sources?filter=kind:virtual"),
    (text!("behind most"), "sources?sort=lag"),
];

/// The popup of `gv`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewList {
    /// The link of the view in front when the popup was opened: what `+` saves.
    pub here: String,
    /// The name for it, while it is typed.
    pub naming: Option<TextField>,
    /// `!` was pressed: `d` removes the chosen one.
    pub danger: bool,
    /// What is wrong with the name.
    pub problem: Option<String>,
}
