//! Files without a repository: an upload is the event (sources.md §8: file sources). Each upload is a commit that anyone makes
//! of the same files, so that everything behind it works as it does with git.

use serde_json::json;

use super::super::code::Code;
use super::super::delivery::reached;
use super::super::event::{NewEvent, Payload, Queued, Stream, Uploaded};
use super::super::id::{JobId, SourceId};
use super::super::job::MAX_ATTEMPTS;
use super::super::jrn;
use super::super::kind::{JobKind, SourceType};
use super::super::row::{Key, OrgRow, SourceRow};
use super::super::view::{
    Decider, Decision, IdKind, Rejection, Reply, Stop, View, conflict, not_found,
};
use super::{DEFAULT_BRANCH, find};

/// Takes files in, and queues the run of what they changed.
#[derive(Debug)]
pub struct UploadFiles {
    /// Which source.
    pub id: SourceId,
    /// What was uploaded; nothing in it when the files are as they were.
    pub uploaded: Uploaded,
}

impl Decider for UploadFiles {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        if row.source_type != SourceType::File {
            return Err(conflict(format!(
                "{} is read from git. Files are uploaded to sources of the type `file`.",
                row.name
            )));
        }
        let uploaded = &self.uploaded;
        let newest = row.files.as_ref();
        if newest.map(|files| &files.version) != uploaded.parent.as_ref() {
            return Err(Rejection::new(
                Code::Precondition,
                "Somebody else uploaded files meanwhile. Send yours again.",
            )
            .into());
        }
        if uploaded.files.is_empty() {
            return Ok(Decision {
                reply: Reply::Value(json!({
                    "version": newest.map(|files| &files.version),
                    "files": newest.map_or(0, |files| files.count), "changed": 0, "jobs": [],
                    "reason": "every file is as it was",
                })),
                ..Decision::default()
            });
        }
        let org: &OrgRow = view
            .row(Key::Orgs(view.org()))?
            .ok_or_else(|| not_found("Org", view.org()))?;
        let event_jrn = jrn::upload_jrn(&org.slug, self.id);
        let spaces = reached(view, row, &event_jrn)?;
        let affected: Vec<_> = spaces
            .iter()
            .filter(|(_, _, why)| why.is_none())
            .map(|(id, _, _)| *id)
            .collect();
        let reason = if row.integration_id.is_none() {
            Some("it is virtual: it never runs. Link it first.")
        } else if !row.enabled {
            Some("it is off")
        } else if affected.is_empty() {
            Some("it is bound to no space that is on and whose pattern matches")
        } else {
            None
        };
        let mut events = vec![NewEvent::new(
            Stream::Source(self.id),
            Payload::FilesUploaded(Box::new(uploaded.clone())),
        )];
        let mut jobs = Vec::new();
        if row.integration_id.is_some() {
            events.push(NewEvent::new(
                Stream::Source(self.id),
                Payload::HeadObserved {
                    sha: uploaded.version.clone(),
                    pending: reason.is_none(),
                    baseline: false,
                    missed: false,
                },
            ));
        }
        if reason.is_none() {
            let job = JobId(view.next_id(IdKind::Job, 0)?);
            jobs.push(job);
            events.push(queued(row, job, event_jrn, uploaded, affected));
        }
        Ok(Decision {
            events,
            reply: Reply::Value(json!({
                "version": uploaded.version, "files": uploaded.count,
                "changed": uploaded.files.len(), "jobs": jobs, "reason": reason,
            })),
            ..Decision::default()
        }
        .no_undo("Upload the files as they were before."))
    }
}

fn queued(
    row: &SourceRow,
    job: JobId,
    event_jrn: String,
    uploaded: &Uploaded,
    affected_space_ids: Vec<super::super::id::SpaceId>,
) -> NewEvent {
    NewEvent::new(
        Stream::Job(job),
        Payload::JobQueued(Box::new(Queued {
            kind: JobKind::CliImpact,
            source_id: row.id,
            integration_id: row.integration_id,
            event_jrn,
            branch: DEFAULT_BRANCH.to_owned(),
            head_sha: Some(uploaded.version.clone()),
            base_sha: uploaded.parent.clone(),
            forced: false,
            // No two uploads have the same version: each names the one before.
            occurrence: 0,
            generation: row.generation,
            rebaseline: None,
            runtime_mode: None,
            agent_turn: None,
            moves_cursor: true,
            affected_space_ids,
            max_attempts: MAX_ATTEMPTS,
            delivery_id: None,
        })),
    )
}
