//! The folder that an agent works in: copies of its documents, the report beside them, gone with the turn.

use std::io;
use std::path::{Path, PathBuf};

use super::{AgentError, Draft, Turn};
use crate::domain::document::check_document_path;

/// The folder.
#[derive(Debug)]
pub(super) struct Scratch {
    root: Root,
}

#[derive(Debug)]
enum Root {
    /// It goes with the turn.
    Passing(tempfile::TempDir),
    /// It stays.
    Kept(PathBuf),
}

impl Scratch {
    /// Lays out the documents, and the report outside of where they lie; in a folder that stays, if one is given: of what it
    /// had before the home is kept.
    pub(super) fn open(
        folder: Option<&Path>,
        report: &[u8],
        drafts: &[Draft],
    ) -> Result<Self, AgentError> {
        for draft in drafts {
            check_document_path(&draft.path)
                .map_err(|_| AgentError::Outside(draft.path.clone()))?;
        }
        let root = match folder {
            Some(folder) => Root::Kept(folder.to_owned()),
            None => Root::Passing(
                tempfile::Builder::new()
                    .prefix("jolli-agent-")
                    .tempdir()
                    .map_err(|source| AgentError::Folder {
                        path: std::env::temp_dir(),
                        source,
                    })?,
            ),
        };
        let scratch = Self { root };
        if let Root::Kept(_) = &scratch.root {
            scratch.clear()?;
        }
        let write = |path: &Path, bytes: &[u8]| {
            std::fs::create_dir_all(path.parent().unwrap_or(path))
                .and_then(|()| std::fs::write(path, bytes))
                .map_err(|source| AgentError::Folder {
                    path: path.to_owned(),
                    source,
                })
        };
        std::fs::create_dir_all(scratch.documents()).map_err(|source| AgentError::Folder {
            path: scratch.documents(),
            source,
        })?;
        write(&scratch.report(), report)?;
        for draft in drafts {
            write(
                &scratch.documents().join(&draft.path),
                draft.text.as_bytes(),
            )?;
        }
        Ok(scratch)
    }

    /// Takes away what the turn before left in its documents.
    fn clear(&self) -> Result<(), AgentError> {
        let documents = self.documents();
        match std::fs::remove_dir_all(&documents) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(AgentError::Folder {
                path: documents,
                source,
            }),
            _ => Ok(()),
        }
    }

    /// The whole of it.
    pub(super) fn root(&self) -> &Path {
        match &self.root {
            Root::Passing(root) => root.path(),
            Root::Kept(root) => root,
        }
    }

    pub(super) fn report(&self) -> PathBuf {
        self.root().join("report.json")
    }

    /// Where the agent is started.
    pub(super) fn documents(&self) -> PathBuf {
        self.root().join("documents")
    }

    /// A home directory, made when it is asked for.
    pub(super) fn home(&self) -> Result<PathBuf, AgentError> {
        let home = self.root().join("home");
        match std::fs::create_dir_all(&home) {
            Ok(()) => Ok(home),
            Err(source) => Err(AgentError::Folder { path: home, source }),
        }
    }

    /// What a document says now.
    pub(super) fn read(&self, path: &str) -> Result<String, AgentError> {
        let file = self.documents().join(path);
        match file.symlink_metadata() {
            // A link could lead anywhere on this machine, and what it leads to would be published.
            Ok(meta) if meta.is_file() && self.is_here(&file) => {}
            Ok(_) => return Err(AgentError::NotText(path.to_owned())),
            Err(_) => return Err(AgentError::Removed(path.to_owned())),
        }
        let bytes = std::fs::read(&file).map_err(|source| AgentError::Folder {
            path: file.clone(),
            source,
        })?;
        String::from_utf8(bytes).map_err(|_| AgentError::NotText(path.to_owned()))
    }

    /// What came of a turn: the drafts that say something else now, and what is not taken over.
    pub(super) fn turn(&self, drafts: &[Draft], reasoning: String) -> Result<Turn, AgentError> {
        let mut edits = Vec::new();
        for draft in drafts {
            let text = self.read(&draft.path)?;
            if text != draft.text {
                edits.push(Draft {
                    path: draft.path.clone(),
                    text,
                });
            }
        }
        Ok(Turn {
            edits,
            reasoning,
            left_out: self.strangers(drafts)?,
        })
    }

    fn is_here(&self, file: &Path) -> bool {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        match (real(file), real(&self.documents())) {
            (Some(file), Some(documents)) => file.starts_with(documents),
            _ => false,
        }
    }

    /// The files that lie among the documents and were not put there, in byte order.
    pub(super) fn strangers(&self, drafts: &[Draft]) -> Result<Vec<String>, AgentError> {
        let documents = self.documents();
        let mut found = Vec::new();
        walk(&documents, &mut |path| {
            let path = path.strip_prefix(&documents).unwrap_or(path);
            let path = path.to_string_lossy().replace('\\', "/");
            if !drafts.iter().any(|draft| draft.path == path) {
                found.push(path);
            }
        })
        .map_err(|source| AgentError::Folder {
            path: documents.clone(),
            source,
        })?;
        found.sort_unstable();
        Ok(found)
    }
}

fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), each)?;
        } else {
            each(&entry.path());
        }
    }
    Ok(())
}
