//! Holding back the jobs of one source: they are queued, and wait.

use serde_json::json;

use super::super::event::{NewEvent, Payload, Stream};
use super::super::id::SourceId;
use super::super::kind::{JobStatus, SourceKind};
use super::super::row::Key;
use super::super::view::{Decider, Decision, Stop, Undo, UndoCall, View, check_version, conflict};
use super::{find, open_jobs};

/// Holds a source's jobs back. What runs goes on; what is queued waits until it is resumed.
#[derive(Debug)]
pub struct PauseSource {
    /// Which.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
    /// Why, for the record.
    pub reason: Option<String>,
}

impl Decider for PauseSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        if row.kind() == SourceKind::Virtual {
            return Err(conflict(format!(
                "{} is virtual: nothing of it runs anyway.",
                row.name
            )));
        }
        if let Some(pause) = &row.paused {
            return Err(conflict(format!(
                "{} is paused already, since {} by {}.",
                row.name, pause.since, pause.by
            )));
        }
        let event = NewEvent::new(
            Stream::Source(self.id),
            Payload::SourcePaused {
                reason: self.reason.clone(),
            },
        );
        let mut decision = Decision::of(event, Key::Sources(self.id));
        for job in open_jobs(view, self.id)? {
            let what = match job.status {
                JobStatus::Running => "goes on to its end",
                _ => "waits",
            };
            decision = decision.follows("job", format!("Run #{} {what}.", job.id));
        }
        Ok(decision
            .follows("event", "Pushes are taken in, and wait.")
            .undo(
                Undo {
                    label: format!("pause of {}", row.name),
                    calls: vec![UndoCall {
                        method: "POST",
                        path: format!("/sources/{}/resume", self.id),
                        body: json!({}),
                        if_match: Some(row.version + 1),
                    }],
                },
                "until it changes again",
            ))
    }
}

/// Lets a source's jobs go on.
#[derive(Debug)]
pub struct ResumeSource {
    /// Which.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for ResumeSource {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let Some(pause) = &row.paused else {
            return Err(conflict(format!("{} is not paused.", row.name)));
        };
        let event = NewEvent::new(Stream::Source(self.id), Payload::SourceResumed {});
        let mut decision = Decision::of(event, Key::Sources(self.id));
        for job in open_jobs(view, self.id)? {
            if job.status != JobStatus::Running {
                decision = decision.follows("job", format!("Run #{} may be taken.", job.id));
            }
        }
        Ok(decision.undo(
            Undo {
                label: format!("resuming of {}", row.name),
                calls: vec![UndoCall {
                    method: "POST",
                    path: format!("/sources/{}/pause", self.id),
                    body: json!({ "reason": pause.reason }),
                    if_match: Some(row.version + 1),
                }],
            },
            "until it changes again",
        ))
    }
}
