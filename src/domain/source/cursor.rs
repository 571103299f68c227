//! Moving, clearing and catching up a cursor (seed 000: cursor advancement uses compare-and-swap).

use serde_json::json;

use super::super::code::Code;
use super::super::coordinate::RepoCoordinate;
use super::super::event::{NewEvent, Payload, Queued, Stream};
use super::super::id::{JobId, SourceId};
use super::super::job::{MAX_ATTEMPTS, RunFence};
use super::super::jrn;
use super::super::kind::{
    JobKind, RebaselineMode, RuntimeMode, SourceKind, SourceType, SpaceStatus,
};
use super::super::row::{JobSpaceRow, Key, LeaseRow, OrgRow, SourceRow, Table};
use super::super::view::{
    Decider, Decision, Find, IdKind, Rejection, Reply, Stop, Test, Undo, UndoCall, View,
    check_version, conflict, invalid, not_found,
};
use super::{bindings, find, open_jobs};

/// Moves a cursor: only by the run that holds the lease, only from the version it started from, only when no space of the
/// job is left behind (sources.md §9: step 5).
#[derive(Debug)]
pub struct AdvanceCursor {
    /// Which source.
    pub id: SourceId,
    /// The commit that was processed.
    pub value: String,
    /// The cursor version that the run started from.
    pub expected_version: i64,
    /// The run.
    pub fence: RunFence,
}

impl Decider for AdvanceCursor {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let source = find(view, self.id)?;
        let job = self.fence.check(view)?;
        if job.source_id != self.id {
            return Err(Rejection::new(
                Code::StaleWriter,
                format!("Run #{} is not of source {}.", job.id, self.id),
            )
            .into());
        }
        if !is_commit(&self.value) {
            return Err(invalid(
                "/value",
                format!(
                    "`{}` is no commit; send the full hexadecimal id.",
                    self.value
                ),
            ));
        }
        if !job.moves_cursor {
            return Err(conflict(format!(
                "Run #{} is of branch {}, which does not move the cursor.",
                job.id, job.branch
            )));
        }
        if source.cursor_version != self.expected_version {
            return Err(Rejection::new(
                Code::CursorConflict,
                format!(
                    "The cursor is at version {} and {} was expected: {} moved it meanwhile. Read it again; nothing was written.",
                    source.cursor_version,
                    self.expected_version,
                    source.cursor_job_id.map_or_else(|| "an operator".to_owned(), |job| format!("run #{job}")),
                ),
            )
            .showing(json!({
                "cursor": source.cursor, "cursorVersion": source.cursor_version, "movedBy": source.cursor_job_id,
            }))
            .into());
        }
        let unfinished: Vec<&JobSpaceRow> = view.find(
            Find::all(Table::JobSpaces).is("job_id", job.id.0).test(
                "status",
                Test::In(
                    [
                        SpaceStatus::Queued,
                        SpaceStatus::Running,
                        SpaceStatus::Failed,
                    ]
                    .map(|s| s.as_str().into())
                    .to_vec(),
                ),
            ),
        )?;
        if let Some(space) = unfinished.first() {
            return Err(conflict(format!(
                "Space {} of run #{} is {}: the cursor moves only when every space is done.",
                space.space_id, job.id, space.status
            )));
        }
        let event = NewEvent::new(
            Stream::Source(self.id),
            Payload::CursorAdvanced {
                from: source.cursor.as_ref().map(|c| c.value.clone()),
                to: self.value.clone(),
                job_id: job.id,
                epoch: self.fence.epoch,
            },
        );
        Ok(Decision::of(event, Key::Sources(self.id))
            .no_undo("A cursor is never set back; it can be cleared."))
    }
}

/// Whether a text is the whole id of a commit.
pub(in crate::domain) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b != b'0')
}

/// Clears a cursor: a push then runs over its own commits, a catch-up over everything; events that were seen count as new.
#[derive(Debug)]
pub struct ClearCursor {
    /// Which source.
    pub id: SourceId,
    /// `If-Match`.
    pub expected: Option<i64>,
}

impl Decider for ClearCursor {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row = find(view, self.id)?;
        check_version(self.expected, row.version, &row.clone().into())?;
        let Some(cursor) = &row.cursor else {
            return Err(conflict(format!("{} has no cursor yet.", row.name)));
        };
        let held: Vec<&LeaseRow> = view.find(
            Find::all(Table::Leases)
                .is("source_id", self.id.0)
                .test("job_id", Test::NotNull),
        )?;
        if let Some(job) = held
            .iter()
            .find(|lease| lease.is_held(view.now()))
            .and_then(|lease| lease.job_id)
        {
            return Err(conflict(format!(
                "The lease is held by run #{job}. Cancel that run first."
            )));
        }
        let event = NewEvent::new(
            Stream::Source(self.id),
            Payload::CursorCleared {
                from: Some(cursor.value.clone()),
                generation: row.generation + 1,
                why: "cleared by an operator".to_owned(),
            },
        );
        let affected = bindings(view, self.id)?
            .iter()
            .filter(|(b, _)| b.enabled)
            .count();
        Ok(Decision::of(event, Key::Sources(self.id))
            .follows(
                "cursor",
                format!(
                    "cursor {} → none   version {} → {}, generation {} → {}",
                    short(&cursor.value),
                    row.cursor_version,
                    row.cursor_version + 1,
                    row.generation,
                    row.generation + 1
                ),
            )
            .follows(
                "first-run",
                format!(
                    "A push then runs over its own commits, a catch-up over everything, in {}.",
                    in_words(affected)
                ),
            )
            .no_undo("It was destructive."))
    }
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

/// Queues a run over what changed since the cursor, without an event.
#[derive(Debug)]
pub struct QueueCatchUp {
    /// Which source.
    pub id: SourceId,
    /// Why, for the record.
    pub reason: Option<String>,
    /// Where to start while there is no cursor; without it a catch-up goes over everything then.
    pub since: Option<String>,
    /// Where to start whatever the cursor says: an operator's answer to history that was rewritten.
    pub rebaseline: Option<RebaselineMode>,
    /// What agents of the run may do without asking; absent: as each space says.
    pub runtime_mode: Option<RuntimeMode>,
}

impl Decider for QueueCatchUp {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let row: &SourceRow = find(view, self.id)?;
        if row.kind() == SourceKind::Virtual {
            return Err(conflict(format!(
                "{} is virtual: it has no cursor. Link it first.",
                row.name
            )));
        }
        if !row.enabled {
            return Err(conflict(format!("{} is off. Turn it on first.", row.name)));
        }
        if self.rebaseline == Some(RebaselineMode::MergeBase) && row.cursor.is_none() {
            return Err(conflict(format!(
                "{} has no cursor, so no history parts from it. Start at the head, or over everything.",
                row.name
            )));
        }
        if let Some(waiting) = open_jobs(view, self.id)?
            .into_iter()
            .find(|job| job.kind == JobKind::CatchUp)
        {
            return Err(conflict(format!("A catch-up is queued (#{}).", waiting.id)));
        }
        let spaces: Vec<_> = bindings(view, self.id)?
            .into_iter()
            .filter(|(b, _)| b.enabled)
            .map(|(b, _)| b.space_id)
            .collect();
        if spaces.is_empty() {
            return Err(conflict(format!(
                "No space is bound to {} and on, so a run would do nothing. Bind one.",
                row.name
            )));
        }
        let org: &OrgRow = view
            .row(Key::Orgs(view.org()))?
            .ok_or_else(|| not_found("Org", view.org()))?;
        let id = JobId(view.next_id(IdKind::Job, 0)?);
        let branch = row
            .branch
            .clone()
            .filter(|_| row.source_type == SourceType::Git)
            .unwrap_or_else(|| DEFAULT_BRANCH.to_owned());
        let event_jrn = event_jrn(row, org, &branch)?;
        let event = NewEvent::new(
            Stream::Job(id),
            Payload::JobQueued(Box::new(Queued {
                kind: JobKind::CatchUp,
                source_id: self.id,
                integration_id: row.integration_id,
                event_jrn,
                branch,
                head_sha: None,
                base_sha: self.since.clone(),
                forced: false,
                // A catch-up has no head to tell it apart by; its own id does.
                occurrence: id.0,
                generation: row.generation,
                rebaseline: self.rebaseline,
                runtime_mode: self.runtime_mode,
                agent_turn: None,
                moves_cursor: true,
                affected_space_ids: spaces.clone(),
                max_attempts: MAX_ATTEMPTS,
                delivery_id: None,
            })),
        )
        .because(self.reason.as_deref());
        let affected = spaces.len();
        let mut decision = Decision {
            events: vec![event],
            reply: Reply::Row(Key::Jobs(id)),
            ..Decision::default()
        };
        let mut what = "catch-up";
        if let Some(mode) = self.rebaseline {
            what = "re-baseline";
            let was = row.cursor.as_ref().map_or("none", |it| short(&it.value));
            decision = decision
                .follows(
                    "cursor",
                    format!(
                        "cursor {was} → the head of {}",
                        row.branch.as_deref().unwrap_or("its default branch")
                    ),
                )
                .follows(
                    "first-run",
                    match mode {
                        RebaselineMode::MergeBase => format!(
                            "What changed since the histories parted is shown to {}.",
                            in_words(affected)
                        ),
                        RebaselineMode::Head => {
                            format!(
                                "What changed up to there is never shown to {}.",
                                in_words(affected)
                            )
                        }
                        RebaselineMode::FullScan => {
                            format!("Everything counts as changed, in {}.", in_words(affected))
                        }
                    },
                );
        }
        Ok(decision.undo(
            Undo {
                label: format!("{what} of {}", row.name),
                calls: vec![UndoCall {
                    method: "POST",
                    path: format!("/jobs/{id}/cancel"),
                    body: json!({}),
                    if_match: Some(1),
                }],
            },
            "while it waits",
        ))
    }
}

/// What a run of a source is about, as an event of it would say.
fn event_jrn(row: &SourceRow, org: &OrgRow, branch: &str) -> Result<String, Stop> {
    if row.source_type == SourceType::File {
        return match row.files {
            Some(_) => Ok(jrn::upload_jrn(&org.slug, row.id)),
            None => Err(conflict(format!(
                "Nothing was uploaded to {} yet.",
                row.name
            ))),
        };
    }
    let repo = row
        .repo
        .as_deref()
        .and_then(|r| RepoCoordinate::parse(r).ok())
        .ok_or_else(|| conflict(format!("{} has no repo. Set it first.", row.name)))?;
    let provider = repo.known_provider().unwrap_or("generic");
    Ok(jrn::event_jrn(&org.slug, provider, &repo, branch))
}

/// The name that stands for the provider's default branch until a look at the remote tells the real one.
pub const DEFAULT_BRANCH: &str = "HEAD";

/// `1 space`, `3 spaces`.
fn in_words(count: usize) -> String {
    match count {
        1 => "1 space".to_owned(),
        count => format!("{count} spaces"),
    }
}
