//! What a person sets for jolli on this machine: `config.toml`.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, Home, config};

const FILE: &str = "config.toml";

/// The settings; what the file leaves out is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is switched on.
    pub features: Features,
    /// How the console looks and which keys it has.
    pub console: ConsoleSettings,
}

/// What a person likes the console to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// The theme, where no option names one.
    pub theme: Option<String>,
    /// The preset of keys, where no option names one.
    pub keymap: Option<String>,
    /// The language, where no option names one; that of the locale where nothing does.
    pub language: Option<String>,
}

/// The parts that can be switched on one after the other (seed 000: Rollout). On where nothing is said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// `jolli source`.
    pub source_cli: bool,
    /// Jobs are run: until then events queue them, and they wait.
    pub server_jobs: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            source_cli: true,
            server_jobs: true,
        }
    }
}

impl Settings {
    /// Those of a user.
    pub fn read(home: &Home) -> Result<Self, ConfigError> {
        config::read(home, FILE)
    }

    /// Where they are.
    pub fn path(home: &Home) -> PathBuf {
        home.config_path().join(FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        std::fs::write(home.config().unwrap().join(FILE), text).unwrap();
        Settings::read(&home)
    }

    #[test]
    fn everything_is_on_unless_it_is_switched_off() {
        let dir = tempfile::tempdir().unwrap();
        let none = Settings::read(&Home::at(dir.path())).unwrap();
        assert_eq!(none, Settings::default());
        assert!(none.features.source_cli && none.features.server_jobs);
        let some = read("[features]\nsource_cli = false\n").unwrap();
        assert!(!some.features.source_cli && some.features.server_jobs);
    }

    #[test]
    fn a_word_that_is_not_known_is_told_with_its_place() {
        let error = read("[features]\nsource_cly = false\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("source_cly"),
            "{error}"
        );
        assert!(error.contains("config.toml"), "{error}");
    }
}
