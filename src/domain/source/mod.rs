//! What may happen to sources (seed 004: lifecycle).

mod configure;
mod cursor;
pub mod link;
mod look;
mod pause;
mod upload;

pub(super) use configure::is_its_new_place;
pub use configure::{CreateSource, DeleteSource, SourceChanges, UpdateSource};
pub(super) use cursor::is_commit;
pub use cursor::{AdvanceCursor, ClearCursor, DEFAULT_BRANCH, QueueCatchUp};
pub use link::{LinkSource, UnlinkSource, unlink_events};
pub(super) use look::look_soon;
pub use look::{Found, LookAgain, ReportLook, TakeLook, moved_to, target};
pub use pause::{PauseSource, ResumeSource};
pub use upload::UploadFiles;

use super::coordinate::RepoCoordinate;
use super::event::Repo;
use super::id::SourceId;
use super::jrn::BranchPattern;
use super::kind::JobStatus;
use super::row::{BindingRow, JobRow, Key, SourceRow, SpaceRow, Table};
use super::view::{Find, Need, Scalar, Stop, Test, View, invalid, not_found};

/// The source of `id`, or `not-found`.
pub fn find(view: &View, id: SourceId) -> Result<&SourceRow, Stop> {
    view.row(Key::Sources(id))?
        .ok_or_else(|| not_found("Source", id))
}

/// Every binding of a source with its space, in the order of the spaces.
pub fn bindings(view: &View, id: SourceId) -> Result<Vec<(&BindingRow, &SpaceRow)>, Stop> {
    let rows: Vec<&BindingRow> = view.find(Find::all(Table::SpaceSources).is("source_id", id.0))?;
    view.require(rows.iter().map(|b| Need::Row(Key::Spaces(b.space_id))))?;
    let mut pairs = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(space) = view.row::<SpaceRow>(Key::Spaces(row.space_id))? {
            pairs.push((row, space));
        }
    }
    pairs.sort_by_key(|(binding, _)| binding.space_id);
    Ok(pairs)
}

/// Jobs of a source that wait or run.
pub fn open_jobs(view: &View, id: SourceId) -> Result<Vec<&JobRow>, Stop> {
    view.find(
        Find::all(Table::Jobs)
            .is("source_id", id.0)
            .test("status", Test::In(open_statuses()))
            .oldest("id"),
    )
}

/// The statuses of jobs that wait or run.
pub fn open_statuses() -> Vec<Scalar> {
    JobStatus::ALL
        .iter()
        .filter(|s| !s.is_terminal())
        .map(|s| Scalar::from(s.as_str()))
        .collect()
}

fn parse_repo(text: &str) -> Result<Repo, Stop> {
    let coordinate = RepoCoordinate::parse(text).map_err(|e| invalid("/repo", e.to_string()))?;
    Ok(Repo {
        repo: coordinate.to_string(),
        key: coordinate.matching_key(),
    })
}

fn parse_branch(text: &str) -> Result<String, Stop> {
    let trimmed = text.trim();
    BranchPattern::parse(trimmed).map_err(|e| invalid("/branch", e.to_string()))?;
    Ok(trimmed.to_owned())
}
