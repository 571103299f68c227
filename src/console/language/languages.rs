//! The languages that there are: English, and one for each `messages/LANG.po` of the user's folder.

use std::path::PathBuf;

use super::catalogue::Catalogue;
use super::po::Fault;

/// Every message of the console, as a translator begins with.
pub const TEMPLATE: &str = include_str!("../../../assets/messages/console.pot");

/// Where catalogues come from.
#[derive(Clone, Debug)]
pub struct Languages {
    /// The user's folder, one `LANG.po` for each; it need not be there.
    pub folder: PathBuf,
}

/// Who wants a language: whoever names one is told when there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// An option or a setting: exactly this.
    Named(String),
    /// The locale: if there is something for it.
    Locale(String),
}

/// Why a language cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// There is no file of that name.
    #[error("{path} is not there; jolli console messages prints what such a file begins with")]
    None {
        /// Where it would be.
        path: String,
    },
    /// The file cannot be read.
    #[error("{path} cannot be read: {error}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The name is none of a language.
    #[error("{name:?} is no language: write a name such as de or pt_BR")]
    Name {
        /// What was given.
        name: String,
    },
}

impl Choice {
    /// What is asked for; `None`: English, which needs nothing. `LC_ALL` goes before `LC_MESSAGES`, and that before `LANG`.
    pub fn of(named: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        if let Some(name) = named {
            return (!is_english(name)).then(|| Self::Named(name.to_owned()));
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|it| !it.is_empty()))?;
        (!is_english(&locale)).then_some(Self::Locale(locale))
    }
}

/// `en`, `en_GB.UTF-8`, and the locale that has no language.
fn is_english(name: &str) -> bool {
    let bare = name.split(['_', '-', '.', '@']).next().unwrap_or(name);
    bare.eq_ignore_ascii_case("en") || matches!(bare, "C" | "POSIX")
}

impl Languages {
    /// Where a language's file is.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.po"))
    }

    /// The languages that have a file, sorted.
    pub fn of_user(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).ok();
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|it| it == "po"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// The text of a language's file.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn read(&self, name: &str) -> Result<String, Unusable> {
        let word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '@');
        if name.is_empty() || !name.chars().all(word) {
            let name = name.to_owned();
            return Err(Unusable::Name { name });
        }
        let path = self.path(name);
        std::fs::read_to_string(&path).map_err(|error| {
            let path = path.display().to_string();
            match error.kind() {
                std::io::ErrorKind::NotFound => Unusable::None { path },
                _ => Unusable::Read { path, error },
            }
        })
    }

    /// What to talk by; `None`: English. And what is wrong with it, a sentence each.
    ///
    /// # Errors
    /// What was named is not there.
    pub fn load(&self, choice: &Choice) -> Result<(Option<Catalogue>, Vec<String>), Unusable> {
        let (name, text) = match choice {
            Choice::Named(name) => (name.clone(), self.read(name)?),
            Choice::Locale(locale) => match self.of_locale(locale) {
                Some((name, Ok(text))) => (name, text),
                Some((_, Err(error))) => {
                    return Ok((None, vec![format!("{error}. English is used.")]));
                }
                None => return Ok((None, Vec::new())),
            },
        };
        let (catalogue, faults) = Catalogue::parse(&text);
        let problems = Self::told(&name, &faults);
        Ok((Some(catalogue), problems))
    }

    /// The file for a locale: `de_DE.UTF-8@euro` takes `de_DE.po`, else `de.po`.
    fn of_locale(&self, locale: &str) -> Option<(String, Result<String, Unusable>)> {
        let full = locale.split(['.', '@']).next()?;
        let short = full.split(['_', '-']).next()?;
        [full, short]
            .into_iter()
            .find_map(|name| match self.read(name) {
                Err(Unusable::None { .. } | Unusable::Name { .. }) => None,
                other => Some((name.to_owned(), other)),
            })
    }

    /// The faults of a file in the words of the message row: the first, and how many more there are.
    fn told(name: &str, faults: &[Fault]) -> Vec<String> {
        const SHOWN: usize = 3;
        // As the folder of the configuration has it: whole paths leave no room for what is wrong.
        let path = format!("messages/{name}.po");
        let mut told: Vec<String> = (faults.iter().take(SHOWN))
            .map(|it| format!("{path}, line {}: {}.", it.line, it.text))
            .collect();
        if let Some(more @ 1..) = faults.len().checked_sub(SHOWN) {
            told.push(format!(
                "{path}: {more} more; jolli console check names all."
            ));
        }
        told
    }
}
