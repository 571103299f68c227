//! Events of a space: itself, its bindings, its documents.

use super::super::event::{Event, Payload};
use super::super::id::SpaceId;
use super::super::kind::RuntimeMode;
use super::super::row::{BindingRow, DocumentRow, Key, Row, SpaceRow};
use super::{FoldError, RowOp, Rows, misfit, need};

pub(super) fn fold_space(
    event: &Event,
    rows: &mut dyn Rows,
    id: SpaceId,
    payload: &Payload,
) -> Result<Vec<RowOp>, FoldError> {
    let at = event.recorded_at;
    let row: Row = match payload {
        Payload::SpaceCreated {
            name,
            slug,
            description,
        } => SpaceRow {
            org_id: event.org,
            id,
            name: name.clone(),
            slug: slug.clone(),
            description: description.clone(),
            runtime_mode: RuntimeMode::FullAccess,
            sandbox: None,
            sync_cursor: 0,
            documents: 0,
            version: 1,
            created_at: event.occurred_at,
            updated_at: at,
        }
        .into(),
        Payload::SpaceUpdated {
            name,
            description,
            runtime_mode,
            sandbox,
        } => {
            let mut row: SpaceRow = need(event, rows, &Key::Spaces(id))?;
            row.runtime_mode = runtime_mode.unwrap_or(row.runtime_mode);
            row.sandbox = sandbox.unwrap_or(row.sandbox);
            row.name.clone_from(name);
            row.description.clone_from(description);
            row.version += 1;
            row.updated_at = at;
            row.into()
        }
        Payload::SourceBound {
            source_id,
            jrn_pattern,
            enabled,
        } => BindingRow {
            org_id: event.org,
            space_id: id,
            source_id: *source_id,
            jrn_pattern: jrn_pattern.clone(),
            enabled: *enabled,
            version: 1,
            created_at: event.occurred_at,
            updated_at: at,
        }
        .into(),
        Payload::BindingUpdated {
            source_id,
            jrn_pattern,
            enabled,
            ..
        } => {
            let mut row: BindingRow = need(event, rows, &Key::SpaceSources(id, *source_id))?;
            row.jrn_pattern.clone_from(jrn_pattern);
            row.enabled = *enabled;
            row.version += 1;
            row.updated_at = at;
            row.into()
        }
        Payload::SourceUnbound { source_id } => {
            return Ok(vec![RowOp::Delete(Key::SpaceSources(id, *source_id))]);
        }
        Payload::DocsPushed {
            sync_cursor,
            documents,
            live,
            ..
        } => {
            let mut space: SpaceRow = need(event, rows, &Key::Spaces(id))?;
            space.sync_cursor = *sync_cursor;
            space.documents = *live;
            space.updated_at = at;
            let mut ops = vec![RowOp::Put(Box::new(space.into()))];
            ops.extend(documents.iter().map(|document| {
                RowOp::Put(Box::new(
                    DocumentRow {
                        org_id: event.org,
                        space_id: id,
                        file_id: document.file_id.clone(),
                        path: document.path.clone(),
                        version: document.version,
                        blob: document.blob.clone(),
                        deleted: document.blob.is_none(),
                        changed_at: *sync_cursor,
                        rules: document.rules.clone(),
                        diagnostics: document.diagnostics.clone(),
                        updated_at: at,
                    }
                    .into(),
                ))
            }));
            return Ok(ops);
        }
        _ => return misfit(event),
    };
    Ok(vec![RowOp::Put(Box::new(row))])
}
