//! `.jolli/impact-audit.jsonl`: what an agent was shown and what it did, a line for each step, on the disk before the next
//! step begins (sources.md §6: agent run). Lines are only ever added.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::UpdateError;
use super::report::{Outcome, Status};
use crate::base::{Clock as _, SystemClock, Timestamp};
use crate::domain::kind::{RequestKind, RuntimeMode};
use crate::local::Project;

const FILE: &str = "impact-audit.jsonl";
const VERSION: u32 = 1;

/// What a line says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub(super) enum Step<'a> {
    /// A run begins.
    Start {
        /// What was compared with what.
        sources: &'a [serde_json::Value],
        /// The files that touched documents, those of other sources behind `name:`.
        #[serde(rename = "changedFiles")]
        changed_files: &'a [String],
    },
    /// An agent has a session for a document.
    Session {
        path: &'a str,
        session: String,
        /// What it calls itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        mode: RuntimeMode,
    },
    /// It began to use a tool, or is through with it.
    Tool {
        path: &'a str,
        /// Its id, within the session.
        tool: &'a str,
        title: &'a str,
        kind: &'a str,
        /// `started`, `completed` or `failed`.
        state: &'a str,
        /// The files that it is about.
        files: &'a [String],
    },
    /// It asks whether it may.
    Asked {
        path: &'a str,
        request: &'a str,
        #[serde(rename = "requestKind")]
        kind: RequestKind,
        detail: &'a str,
        /// What it wants to change, as a unified diff.
        #[serde(skip_serializing_if = "str::is_empty")]
        diff: &'a str,
        /// There is more of that.
        #[serde(rename = "diffCut", skip_serializing_if = "std::ops::Not::not")]
        is_cut: bool,
    },
    /// It was told so, or not.
    Answered {
        path: &'a str,
        request: &'a str,
        /// `accept`, `acceptForSession`, `decline` or `cancel`; `void`: it did not wait for an answer.
        decision: &'a str,
    },
    /// Something was odd.
    Note { path: &'a str, text: &'a str },
    /// A document is done.
    Document {
        /// 1: touched by code; 2: by documents.
        phase: u8,
        /// In phase 2, how far from the code, from 1.
        level: usize,
        #[serde(flatten)]
        outcome: &'a Outcome,
    },
    /// The run is done.
    End {
        /// How many documents were changed.
        updated: usize,
        /// Whether somebody ended it before its end.
        quit: bool,
    },
    /// Somebody interrupted the run, and the agent was stopped.
    Interrupted {
        /// How many documents were changed until then.
        updated: usize,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    id: &'a str,
    timestamp: Timestamp,
    #[serde(flatten)]
    step: &'a Step<'a>,
}

/// The file, open for one run.
#[derive(Debug)]
pub(super) struct Audit {
    file: File,
    path: PathBuf,
    /// The run.
    pub(super) id: String,
}

impl Audit {
    pub(super) fn open(project: &Project) -> Result<Self, UpdateError> {
        let path = project.file(FILE);
        let open = || {
            project.make()?;
            let mut options = OpenOptions::new();
            let mut file = options.append(true).create(true).read(true).open(&path)?;
            // A line that a crash cut stays alone.
            if file.seek(SeekFrom::End(-1)).is_ok() {
                let mut last = [0];
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    file.write_all(b"\n")?;
                }
            }
            Ok(file)
        };
        match open() {
            Ok(file) => Ok(Self {
                file,
                path,
                id: uuid::Uuid::now_v7().to_string(),
            }),
            Err(source) => Err(UpdateError::Io { path, source }),
        }
    }

    /// Adds a line, and waits until it is on the disk.
    pub(super) fn add(&mut self, step: &Step<'_>) -> Result<(), UpdateError> {
        let line = Line {
            version: VERSION,
            id: &self.id,
            timestamp: SystemClock.now(),
            step,
        };
        let mut text = serde_json::to_vec(&line).expect("texts and numbers are plain data");
        text.push(b'\n');
        // One write, so that runs side by side never share a line.
        self.file
            .write_all(&text)
            .and_then(|()| self.file.sync_data())
            .map_err(|source| UpdateError::Io {
                path: self.path.clone(),
                source,
            })
    }
}

/// A line, as far as later runs read it.
#[derive(Deserialize)]
struct Read {
    id: String,
    step: String,
    phase: Option<u8>,
    path: Option<String>,
    status: Option<Status>,
    patch: Option<String>,
}

/// The documents that the code changed in the newest run that changed any, each with its patch. A line that a crash cut is
/// passed over.
pub(super) fn last_updated(project: &Project) -> Result<BTreeMap<String, String>, UpdateError> {
    let path = project.file(FILE);
    let io = |source| UpdateError::Io {
        path: path.clone(),
        source,
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(io(error)),
    };
    let (mut run, mut updated) = (String::new(), BTreeMap::new());
    for line in BufReader::new(file).split(b'\n') {
        let Ok(line) = serde_json::from_slice::<Read>(&line.map_err(io)?) else {
            continue;
        };
        if line.step != "document" || line.phase != Some(1) || line.status != Some(Status::Updated)
        {
            continue;
        }
        if line.id != run {
            run = line.id;
            updated.clear();
        }
        if let Some(path) = line.path {
            updated.insert(path, line.patch.unwrap_or_default());
        }
    }
    Ok(updated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(path: &str, status: Status) -> Outcome {
        Outcome {
            patch: (status == Status::Updated).then(|| format!("patch of {path}")),
            ..Outcome::of("A", path, Vec::new(), status)
        }
    }

    #[test]
    fn the_newest_run_that_changed_something_is_found_behind_cut_lines() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project::at(dir.path());
        assert!(last_updated(&project).unwrap().is_empty());
        let write = |documents: &[(&str, Status, u8)]| {
            let mut audit = Audit::open(&project).unwrap();
            for (path, status, phase) in documents {
                let step = Step::Document {
                    phase: *phase,
                    level: 0,
                    outcome: &outcome(path, *status),
                };
                // What its agent did meanwhile is of no matter here.
                let tool = Step::Tool {
                    path,
                    tool: "t",
                    title: "Edit",
                    kind: "edit",
                    state: "completed",
                    files: &[],
                };
                audit.add(&tool).unwrap();
                audit.add(&step).unwrap();
            }
        };
        write(&[("old.md", Status::Updated, 1)]);
        write(&[
            ("a.md", Status::Updated, 1),
            ("b.md", Status::Unchanged, 1),
            ("c.md", Status::Updated, 2),
            ("d.md", Status::Updated, 1),
        ]);
        write(&[("e.md", Status::Unchanged, 1)]);
        let path = project.file(FILE);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text += "{\"version\":1,\"id\":\"x\",\"st";
        std::fs::write(&path, text).unwrap();
        let found = last_updated(&project).unwrap();
        let expected = [("a.md", "patch of a.md"), ("d.md", "patch of d.md")];
        // The next run's first line is a line of its own.
        Audit::open(&project).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("\"st\n"));
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        assert_eq!(found, expected);
    }
}
