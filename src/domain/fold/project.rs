//! Events of a project: its one row.

use super::super::event::{Event, Orchestration};
use super::super::id::ProjectId;
use super::super::row::{Key, ProjectRow};
use super::{FoldError, RowOp, Rows, misfit, need};

pub(super) fn fold_project(
    event: &Event,
    rows: &mut dyn Rows,
    id: &ProjectId,
    payload: &Orchestration,
) -> Result<Vec<RowOp>, FoldError> {
    let key = Key::ProjectionProjects(id.clone());
    let row = match payload {
        Orchestration::ProjectCreated {
            title,
            workspace_root,
            default_model,
            scripts,
            created_at,
            updated_at,
            ..
        } => ProjectRow {
            org_id: event.org,
            project_id: id.clone(),
            title: title.clone(),
            workspace_root: workspace_root.clone(),
            default_model: default_model.clone(),
            scripts: scripts.clone(),
            created_at: *created_at,
            updated_at: *updated_at,
            deleted_at: None,
        },
        Orchestration::ProjectMetaUpdated {
            title,
            workspace_root,
            default_model,
            scripts,
            updated_at,
            ..
        } => {
            let mut row: ProjectRow = need(event, rows, &key)?;
            if let Some(title) = title {
                row.title.clone_from(title);
            }
            if let Some(root) = workspace_root {
                row.workspace_root.clone_from(root);
            }
            if let Some(model) = default_model {
                row.default_model.clone_from(model);
            }
            if let Some(scripts) = scripts {
                row.scripts.clone_from(scripts);
            }
            row.updated_at = row.updated_at.max(*updated_at);
            row
        }
        Orchestration::ProjectDeleted { deleted_at, .. } => {
            let mut row: ProjectRow = need(event, rows, &key)?;
            row.deleted_at = Some(*deleted_at);
            row.updated_at = row.updated_at.max(*deleted_at);
            row
        }
        _ => return misfit(event),
    };
    Ok(vec![RowOp::Put(Box::new(row.into()))])
}
