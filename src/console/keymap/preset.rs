//! The keymaps that come with the console, each a layer over the built-in one.

/// A keymap by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// The built-in keys.
    #[default]
    Default,
    /// `h` and `l` are left and right.
    Vim,
    /// `Ctrl-n`, `Ctrl-p`, `Ctrl-v`, `Alt-v`, `Ctrl-g`.
    Emacs,
}

/// No preset has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no keymap is called \"{0}\"; there are default, vim, emacs")]
pub struct NoPreset(pub String);

const DEFAULT: &str = include_str!("../../../assets/keymap/default.toml");

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Default, Self::Vim, Self::Emacs];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Vim => "vim",
            Self::Emacs => "emacs",
        }
    }

    /// The files that make it, each over the one before.
    pub(super) const fn layers(self) -> &'static [&'static str] {
        match self {
            Self::Default => &[DEFAULT],
            Self::Vim => &[DEFAULT, include_str!("../../../assets/keymap/vim.toml")],
            Self::Emacs => &[DEFAULT, include_str!("../../../assets/keymap/emacs.toml")],
        }
    }
}

impl std::str::FromStr for Preset {
    type Err = NoPreset;
    fn from_str(text: &str) -> Result<Self, NoPreset> {
        Self::ALL
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| NoPreset(text.to_owned()))
    }
}
