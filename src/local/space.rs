//! `.jolli/space.json`: which space the documents of a project belong to, and on which server.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Project, replace};

const FILE: &str = "space.json";

/// What a project says about its space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpaceChoice {
    /// The slug of the space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// The server that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What others keep there.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpaceFileError {
    /// It is no JSON of this shape.
    #[error(
        "{path}:{line}:{column}: {why}. Mend it, or move it away and run `jolli init` again; it is as it was"
    )]
    Shape {
        /// Which.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
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

impl SpaceChoice {
    /// What the project says; nothing where it says nothing.
    pub fn read(project: &Project) -> Result<Self, SpaceFileError> {
        let path = project.file(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| SpaceFileError::Shape {
                line: error.line(),
                column: error.column(),
                why: error.to_string(),
                path,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(SpaceFileError::Io { path, source }),
        }
    }

    /// Says it in the project.
    pub fn write(&self, project: &Project) -> Result<(), SpaceFileError> {
        let path = project.file(FILE);
        let mut text = serde_json::to_string_pretty(self).expect("texts and JSON are plain data");
        text.push('\n');
        project
            .make()
            .and_then(|()| replace(&path, text.as_bytes()))
            .map_err(|source| SpaceFileError::Io { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_keep_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::at(dir.path());
        assert_eq!(SpaceChoice::read(&project).unwrap(), SpaceChoice::default());
        project.make().unwrap();
        std::fs::write(project.file(FILE), "{\"space\":\"a\",\"theirs\":[1]}").unwrap();
        let mut choice = SpaceChoice::read(&project).unwrap();
        choice.space = Some("b".to_owned());
        choice.write(&project).unwrap();
        let again = SpaceChoice::read(&project).unwrap();
        assert_eq!(again.space.as_deref(), Some("b"));
        assert_eq!(again.others["theirs"], serde_json::json!([1]));
    }

    #[test]
    fn a_broken_file_is_said_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::at(dir.path());
        project.make().unwrap();
        std::fs::write(project.file(FILE), "{\n  \"space\": 7\n}").unwrap();
        let error = SpaceChoice::read(&project).unwrap_err().to_string();
        assert!(error.contains("space.json:"), "{error}");
    }
}
