//! Events of a source.

use super::super::event::{Event, Payload};
use super::super::id::SourceId;
use super::super::row::{CursorValue, FilesHead, Key, SourceRow, Trouble};
use super::super::source::is_its_new_place;
use super::{FoldError, Rows, misfit, need, pause};

/// Evaluations that a source's history keeps.
const HISTORY: usize = 10;

pub(super) fn fold_source(
    event: &Event,
    rows: &mut dyn Rows,
    id: SourceId,
    payload: &Payload,
) -> Result<SourceRow, FoldError> {
    let at = event.recorded_at;
    if let Payload::SourceCreated {
        name,
        source_type,
        repo,
        repo_key,
        branch,
        integration_id,
        enabled,
    } = payload
    {
        return Ok(SourceRow {
            org_id: event.org,
            id,
            name: name.clone(),
            source_type: *source_type,
            repo: repo.clone(),
            repo_key: repo_key.clone(),
            branch: branch.clone(),
            integration_id: *integration_id,
            enabled: *enabled,
            paused: None,
            files: None,
            cursor: None,
            cursor_version: 0,
            cursor_job_id: None,
            generation: 0,
            head_sha: None,
            head_at: None,
            pending_since: None,
            baseline_sha: None,
            missed_at: None,
            trouble: None,
            commits_behind: None,
            history: Vec::new(),
            version: 1,
            created_by: event.actor.id.clone(),
            created_at: event.occurred_at,
            updated_at: at,
        });
    }
    let mut row: SourceRow = need(event, rows, &Key::Sources(id))?;
    match payload {
        Payload::SourceUpdated {
            name,
            source_type,
            repo,
            branch,
        } => {
            if let Some(name) = name {
                row.name.clone_from(name);
            }
            if let Some(source_type) = source_type {
                row.source_type = *source_type;
            }
            if let Some(repo) = repo {
                if is_its_new_place(&row, repo.as_ref()) {
                    row.trouble = None;
                } else {
                    forget_head(&mut row);
                }
                row.repo = repo.as_ref().map(|r| r.repo.clone());
                row.repo_key = repo.as_ref().map(|r| r.key.clone());
            }
            if let Some(branch) = branch {
                row.branch.clone_from(branch);
                forget_head(&mut row);
            }
            row.version += 1;
        }
        Payload::SourceLinked { integration_id } => {
            row.integration_id = Some(*integration_id);
            row.version += 1;
        }
        Payload::SourceUnlinked { .. } => {
            row.integration_id = None;
            forget_head(&mut row);
            row.version += 1;
        }
        Payload::FilesUploaded(uploaded) => {
            row.files = Some(FilesHead {
                version: uploaded.version.clone(),
                count: uploaded.count,
                manifest: uploaded.manifest.clone(),
            });
        }
        Payload::SourceEnabled {} => {
            row.enabled = true;
            row.version += 1;
        }
        Payload::SourceDisabled {} => {
            row.enabled = false;
            row.version += 1;
        }
        Payload::SourcePaused { reason } => {
            row.paused = Some(pause(event, reason.as_ref()));
            row.version += 1;
        }
        Payload::SourceResumed {} => {
            row.paused = None;
            row.version += 1;
        }
        Payload::HeadObserved {
            sha,
            pending,
            baseline,
            missed,
        } => {
            row.head_sha = Some(sha.clone());
            row.head_at = Some(event.occurred_at);
            if *baseline {
                row.baseline_sha = row.cursor.is_none().then(|| sha.clone());
            } else if *missed {
                row.missed_at.get_or_insert(event.occurred_at);
            } else {
                row.missed_at = None;
            }
            if *pending {
                row.pending_since.get_or_insert(event.occurred_at);
                row.commits_behind = None;
                let last = row.history.last().copied().unwrap_or(0);
                evaluated(&mut row, last.saturating_add(1));
            } else {
                row.pending_since = None;
                evaluated(&mut row, 0);
            }
        }
        Payload::CursorAdvanced { to, job_id, .. } => {
            row.cursor = Some(CursorValue {
                value: to.clone(),
                updated_at: event.occurred_at,
            });
            row.cursor_version += 1;
            row.cursor_job_id = Some(*job_id);
            row.baseline_sha = None;
            row.commits_behind = None;
            if row.head_sha.as_deref() == Some(to) || row.head_sha.is_none() {
                row.head_sha = Some(to.clone());
                row.pending_since = None;
                evaluated(&mut row, 0);
            } else {
                let last = row.history.last().copied().unwrap_or(1);
                evaluated(&mut row, last.saturating_sub(1).max(1));
            }
        }
        Payload::CursorCleared { generation, .. } => {
            row.cursor = None;
            row.cursor_version += 1;
            row.cursor_job_id = None;
            row.generation = *generation;
        }
        Payload::RemoteChanged { kind, detail } => {
            row.trouble = kind.map(|kind| Trouble {
                kind,
                detail: detail.clone(),
                since: event.occurred_at,
            });
        }
        Payload::LagMeasured { commits } => row.commits_behind = Some(*commits),
        Payload::GenerationRaised { generation } => row.generation = *generation,
        _ => return misfit(event),
    }
    row.updated_at = at;
    Ok(row)
}

/// Another repository or branch: what was seen of the old one says nothing about it.
fn forget_head(row: &mut SourceRow) {
    row.head_sha = None;
    row.head_at = None;
    row.pending_since = None;
    row.baseline_sha = None;
    row.missed_at = None;
    row.trouble = None;
    row.commits_behind = None;
    row.history.clear();
}

fn evaluated(row: &mut SourceRow, pending: u32) {
    row.history.push(pending);
    if row.history.len() > HISTORY {
        let surplus = row.history.len() - HISTORY;
        row.history.drain(..surplus);
    }
}
