//! The files of the configuration folder that people read and write as TOML.

use std::io;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Home, HomeError, write_private};

/// A file of the configuration cannot be used. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// It does not say what such a file says.
    #[error("{path}: {why}. Mend it, or move it away; it is as it was")]
    Shape {
        /// Which.
        path: PathBuf,
        /// What is wrong, with its place.
        why: String,
    },
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a file says; the default where there is no file.
pub fn read<T: DeserializeOwned + Default>(home: &Home, file: &str) -> Result<T, ConfigError> {
    let path = home.config_path().join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| ConfigError::Shape {
            path,
            why: error.to_string().trim().to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(source) => Err(ConfigError::Io { path, source }),
    }
}

/// Keeps plain data in a file.
pub fn write<T: Serialize>(home: &Home, file: &str, data: &T) -> Result<(), ConfigError> {
    let path = home.config()?.join(file);
    let text = toml::to_string_pretty(data).expect("texts are plain data");
    write_private(&path, text.as_bytes()).map_err(|source| ConfigError::Io { path, source })
}
