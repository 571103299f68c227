//! The themes that there are: those of the program, and one for each file of the user's folder.

use std::path::PathBuf;

use crate::console::view::{Capability, Skin, Theme, ThemeError};

/// Names that are no theme and switch the characters.
const CHARACTERS: [&str; 2] = ["ascii", "unicode"];

/// Where themes come from, and what the terminal can show.
#[derive(Clone, Debug)]
pub struct Themes {
    /// The user's folder, one `NAME.toml` for each; it need not be there.
    pub folder: Option<PathBuf>,
    /// What the terminal can show.
    pub can: Capability,
}

impl Themes {
    /// The names that `:theme` takes: the program's, then the user's.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Theme::BUILT_IN
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        for name in self.of_user() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if self.can.unicode {
            names.extend(CHARACTERS.map(str::to_owned));
        }
        names
    }

    /// The names of the user's own files, sorted.
    pub fn of_user(&self) -> Vec<String> {
        let entries = self
            .folder
            .as_ref()
            .and_then(|it| std::fs::read_dir(it).ok());
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|it| it == "toml"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// The theme of that name; a file of the user's goes before the program's. Read anew each time, so that a theme can be
    /// looked at while it is written.
    ///
    /// # Errors
    /// There is none, or its file cannot be used.
    pub fn load(&self, name: &str) -> Result<Theme, ThemeError> {
        if let Some(folder) = &self.folder
            && self.of_user().iter().any(|it| it == name)
        {
            let path = folder.join(format!("{name}.toml"));
            let text = std::fs::read_to_string(&path).map_err(|error| ThemeError::Read {
                path: path.display().to_string(),
                error,
            })?;
            return Theme::from_toml(&text);
        }
        Theme::named(name)
    }

    /// How it looks with this theme, on this terminal. Without colours only a theme without any is used as it is.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn skin(&self, name: &str, ascii: bool) -> Result<Skin, ThemeError> {
        let theme = self.load(name)?;
        let theme = if self.can.colour || theme.is_mono() {
            theme
        } else {
            Theme::named("mono")?
        };
        Ok(Skin {
            theme,
            ascii: ascii || !self.can.unicode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Capability = Capability {
        colour: true,
        unicode: true,
    };

    #[test]
    fn files_of_the_user_are_themes_and_go_before_the_programs() {
        let dir = tempfile::tempdir().unwrap();
        let own = include_str!("../../../assets/themes/light.toml");
        std::fs::write(dir.path().join("paper.toml"), own).unwrap();
        std::fs::write(dir.path().join("dark.toml"), own).unwrap();
        std::fs::write(dir.path().join("broken.toml"), "about = 1").unwrap();
        let themes = Themes {
            folder: Some(dir.path().to_owned()),
            can: ALL,
        };
        assert_eq!(themes.of_user(), ["broken", "dark", "paper"]);
        let light = Theme::named("light").unwrap();
        assert_eq!(themes.load("paper").unwrap(), light);
        assert_eq!(themes.load("dark").unwrap(), light);
        assert!(themes.load("broken").is_err());
        assert!(themes.load("../dark").is_err());
        assert_eq!(themes.load("mono").unwrap(), Theme::named("mono").unwrap());
    }

    #[test]
    fn without_colours_every_theme_is_mono() {
        let themes = Themes {
            folder: None,
            can: Capability {
                colour: false,
                unicode: false,
            },
        };
        let skin = themes.skin("light", false).unwrap();
        assert!(skin.theme.is_mono() && skin.ascii);
        assert!(!themes.names().contains(&"unicode".to_owned()));
    }
}
