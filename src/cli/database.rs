//! Which database a command is about: `--database`, `JOLLI_DATABASE`, or the one in the data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Global;
use crate::local::HomeError;
use crate::store::postgres::{self, Postgres};
use crate::store::sqlite::{self, Sqlite};
use crate::store::{Look, Store, StoreError};

/// Where the log of a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// Behind this address.
    Postgres(String),
}

impl Database {
    /// What a name says, with or without `sqlite:` before a path; without one, `jolli.db` in the data folder.
    pub fn of(given: Option<&str>, data: &Path) -> Self {
        match given {
            None => Self::Sqlite(data.join("jolli.db")),
            Some(url) if is_postgres(url) => Self::Postgres(url.to_owned()),
            Some(text) => Self::Sqlite(PathBuf::from(text.strip_prefix("sqlite:").unwrap_or(text))),
        }
    }

    /// The one that `jolli serve` would use here, unless another is given.
    pub fn here(global: &Global, given: Option<&str>) -> Result<Self, HomeError> {
        Ok(Self::of(named(given).as_deref(), global.home()?.data()?))
    }

    /// Opens it, and makes it where there is none.
    pub async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Arc::new(Sqlite::open(path)?),
            Self::Postgres(url) => Arc::new(Postgres::open(url).await?),
        })
    }

    /// Opens it for looking only: refused where there is none, or where it lacks what this jolli would add first.
    pub async fn look(&self) -> Result<Box<dyn Look>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(sqlite::Look::open(path)?),
            Self::Postgres(url) => Box::new(postgres::Look::open(url).await?),
        })
    }
}

/// The name that is given, or that the environment gives; a name that says nothing is none.
pub fn named(given: Option<&str>) -> Option<String> {
    given
        .map(str::to_owned)
        .or_else(|| std::env::var("JOLLI_DATABASE").ok())
        .filter(|name| !name.is_empty())
}

fn is_postgres(name: &str) -> bool {
    name.starts_with("postgres:") || name.starts_with("postgresql:")
}
