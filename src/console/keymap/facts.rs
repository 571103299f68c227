//! What conditions can ask about: plain facts of the session and the screen, each with a word.

macro_rules! atoms {
    ($($name:ident = $word:literal, $about:literal;)+) => {
        /// One fact.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Atom { $(#[doc = $about] $name),+ }

        impl Atom {
            /// Every atom.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];
            /// Its word.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $word),+ } }
            /// When it is so.
            pub const fn about(self) -> &'static str { match self { $(Self::$name => $about),+ } }
        }
    };
}

atoms! {
    Live = "live", "Every change arrives as it happens.";
    Offline = "offline", "The server cannot be reached, or fails.";
    SignedOut = "signed-out", "The token is refused, or there is none.";
    ReadOnly = "read-only", "Changes are refused for this session.";
    Production = "production", "The profile is marked as production.";
    Project = "project", "Started in a docs project.";
    Viewer = "viewer", "The token is a viewer's.";
    Operator = "operator", "The token is an operator's.";
    Admin = "admin", "The token is an admin's.";
    MainScreen = "main-screen", "No page covers the four panes.";
    Zoomed = "zoomed", "The focused pane fills the screen.";
    Filtered = "filtered", "The focused list has a filter.";
    Marked = "marked", "Rows of the focused list are marked.";
    Empty = "empty", "The focused list shows no row.";
    Wide = "wide", "The window has at least 110 columns.";
    Saving = "saving", "A change is sent and not confirmed.";
    Undoable = "undoable", "There is something to undo.";
}

impl Atom {
    /// The atom of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// Which facts are so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts(u32);

impl FromIterator<Atom> for Facts {
    fn from_iter<T: IntoIterator<Item = Atom>>(atoms: T) -> Self {
        Self(atoms.into_iter().fold(0, |bits, it| bits | 1 << it as u32))
    }
}

impl Facts {
    /// Whether this one is.
    pub const fn has(self, atom: Atom) -> bool {
        self.0 & (1 << atom as u32) != 0
    }
}
