//! A command while it is decided: what it is called, what is known, and the sentences it is refused with
//! (orchestration.md: refusals).

use std::fmt::Display;

use crate::domain::code::Code;
use crate::domain::event::{NewEvent, Stream};
use crate::domain::id::{ProjectId, ThreadId};
use crate::domain::row::{Key, ProjectRow, ThreadRow};
use crate::domain::text;
use crate::domain::view::{Decision, Rejection, Stop, View};

/// A command being decided.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// What is known.
    pub view: &'a View,
    /// Its name in the contract.
    pub kind: &'static str,
}

impl<'a> Asked<'a> {
    fn rejection(&self, code: Code, detail: impl Display) -> Rejection {
        Rejection::new(
            code,
            format!(
                "Orchestration command invariant failed ({}): {detail}",
                self.kind
            ),
        )
    }

    /// Refuses: it contradicts what is.
    pub fn conflict(&self, detail: impl Display) -> Stop {
        self.rejection(Code::Conflict, detail).into()
    }

    /// Refuses: what it names is not there.
    pub fn missing(&self, detail: impl Display) -> Stop {
        self.rejection(Code::NotFound, detail).into()
    }

    /// Refuses: it can never be accepted as it is, because of this field.
    pub fn invalid(&self, pointer: &str, detail: impl Display) -> Stop {
        self.rejection(Code::Invalid, detail).at(pointer).into()
    }

    /// Refuses: somebody else gives this command.
    pub fn forbidden(&self, detail: impl Display) -> Stop {
        self.rejection(Code::Forbidden, detail).into()
    }

    /// A short text as it is kept: trimmed, not blank, not too long, without control characters.
    pub fn name(&self, pointer: &str, given: &str) -> Result<String, Stop> {
        text::name(pointer, given).map_err(|stop| match stop {
            Stop::Reject(why) => self.invalid(pointer, why.message),
            need @ Stop::Need(_) => need,
        })
    }

    /// The same, where there may be none.
    pub fn name_or_none(&self, pointer: &str, given: Option<&str>) -> Result<Option<String>, Stop> {
        given.map(|text| self.name(pointer, text)).transpose()
    }

    /// A number that counts something.
    pub fn count(&self, field: &str, given: i64) -> Result<i64, Stop> {
        if given >= 0 {
            Ok(given)
        } else {
            Err(self.invalid(
                &format!("/{field}"),
                format!("{field} must be an integer greater than or equal to 0."),
            ))
        }
    }

    /// The project, which must live.
    pub fn project(&self, id: &ProjectId) -> Result<&'a ProjectRow, Stop> {
        let row: Option<&ProjectRow> = self.view.row(Key::ProjectionProjects(id.clone()))?;
        let row = row.ok_or_else(|| {
            self.missing(format!(
                "Project '{id}' does not exist for command '{}'.",
                self.kind
            ))
        })?;
        match row.deleted_at {
            None => Ok(row),
            Some(_) => Err(self.conflict(format!(
                "Project '{id}' is deleted and cannot handle command '{}'. Create another project.",
                self.kind
            ))),
        }
    }

    /// The thread, which must live.
    pub fn thread(&self, id: &ThreadId) -> Result<&'a ThreadRow, Stop> {
        let row: Option<&ThreadRow> = self.view.row(Key::ProjectionThreads(id.clone()))?;
        let row = row.ok_or_else(|| {
            self.missing(format!(
                "Thread '{id}' does not exist for command '{}'.",
                self.kind
            ))
        })?;
        match row.deleted_at {
            None => Ok(row),
            Some(_) => Err(self.conflict(format!(
                "Thread '{id}' is deleted and cannot handle command '{}'. Create another thread.",
                self.kind
            ))),
        }
    }

    /// Refuses an id that is taken, be it by something deleted: its events are in the log under that id.
    pub fn taken(&self, stream: &Stream, deleted: bool) -> Stop {
        let what = match stream {
            Stream::Project(_) => "Project",
            _ => "Thread",
        };
        let id = stream.id();
        self.conflict(if deleted {
            format!("{what} '{id}' is deleted, and its id is not given twice. Create it under another id.")
        } else {
            format!("{what} '{id}' already exists and cannot be created twice.")
        })
    }
}

/// A decision of one event.
pub(super) fn one(event: NewEvent) -> Decision {
    Decision {
        events: vec![event],
        ..Decision::default()
    }
}
