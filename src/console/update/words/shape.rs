//! Which words a change has, and those that several changes have in common.

/// The words of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// In the row while it is sent: `saving on`.
    pub pending: String,
    /// Message row while it is sent.
    pub message: String,
    /// Toast when it is done.
    pub done: String,
    /// First words of the toast when it is not: `Not linked`.
    pub refused: &'static str,
    /// What the footer calls it: `SDK Reference off`.
    pub label: String,
    /// What is so once it is taken back: the start of a sentence. Names keep their own case.
    pub back: String,
}

/// What the message row says while something is sent.
pub fn saving(what: impl std::fmt::Display) -> String {
    tr!("Saving: {what}. Not yet confirmed.", what)
}

impl Words {
    /// Of a row that a form changes.
    pub fn edit(name: &str) -> Self {
        Self {
            pending: tr!("saving").into(),
            message: saving(name),
            done: tr!("{name} is changed.", name),
            refused: tr!("Not changed"),
            label: tr!("edit of {name}", name),
            back: tr!("{name} is as it was", name),
        }
    }

    /// Of a row that goes for good.
    pub fn deletion(name: &str) -> Self {
        Self {
            pending: tr!("deleting").into(),
            message: saving(tr!("deletion of {name}", name)),
            done: tr!("{name} is deleted.", name),
            refused: tr!("Not deleted"),
            label: tr!("deletion of {name}", name),
            back: String::new(),
        }
    }
}
