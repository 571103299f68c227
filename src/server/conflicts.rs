//! What strict mode finds among what the server knows: recomputed only after something that it depends on has changed.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use super::app::App;
use super::ask::ask;
use super::fault::Fault;
use super::wire::ground::owned;
use crate::api::{Finding, OrgId, Sequence};
use crate::domain::event::{Event, Payload};
use crate::domain::row::{BindingRow, DocumentRow, SourceRow, SpaceRow, Table};
use crate::domain::view::{Find, Need};
use crate::impact::strict::{self, BindingView, DocumentView, SourceView, SpaceView, StrictInput};
use crate::store::EventFilter;

/// The last findings of each org, and the position that they are of.
#[derive(Default)]
pub struct ConflictCache(Mutex<HashMap<OrgId, Known>>);

impl ConflictCache {
    /// Forgets all: the rows may be others at the same position.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Findings, and the position that they are of.
type Known = (Sequence, Arc<Vec<Finding>>);

const LOOK: NonZeroU32 = NonZeroU32::new(500).expect("not zero");

/// Whether an event can change what strict mode finds.
pub fn concerns(event: &Event) -> bool {
    matches!(
        event.payload,
        Payload::SourceCreated { .. }
            | Payload::SourceUpdated { .. }
            | Payload::SourceLinked { .. }
            | Payload::SourceUnlinked { .. }
            | Payload::SourceEnabled {}
            | Payload::SourceDisabled {}
            | Payload::SourceDeleted { .. }
            | Payload::SpaceCreated { .. }
            | Payload::SpaceUpdated { .. }
            | Payload::SpaceDeleted { .. }
            | Payload::SourceBound { .. }
            | Payload::BindingUpdated { .. }
            | Payload::SourceUnbound { .. }
            | Payload::DocsPushed { .. }
    )
}

/// The rows that strict mode looks at.
#[derive(Default)]
pub struct Raw {
    /// Sources.
    pub sources: Vec<SourceRow>,
    /// Spaces.
    pub spaces: Vec<SpaceRow>,
    /// Bindings.
    pub bindings: Vec<BindingRow>,
    /// Documents.
    pub documents: Vec<DocumentRow>,
}

/// Rows as strict mode takes them.
pub fn input(raw: &Raw) -> StrictInput {
    StrictInput {
        sources: raw
            .sources
            .iter()
            .map(|s| SourceView {
                id: s.id,
                name: s.name.clone(),
                kind: s.kind(),
                repo: s.repo.clone(),
                branch: s.branch.clone(),
                integration_id: s.integration_id,
                enabled: s.enabled,
            })
            .collect(),
        spaces: raw
            .spaces
            .iter()
            .map(|s| SpaceView {
                id: s.id,
                name: s.name.clone(),
                slug: s.slug.clone(),
            })
            .collect(),
        bindings: raw
            .bindings
            .iter()
            .map(|b| BindingView {
                space_id: b.space_id,
                source_id: b.source_id,
                enabled: b.enabled,
            })
            .collect(),
        documents: raw
            .documents
            .iter()
            .filter(|d| !d.deleted)
            .map(|d| DocumentView {
                space_id: Some(d.space_id),
                path: d.path.clone(),
                // A document without a `jrn` is known by its path (sources.md §10).
                doc_id: (d.file_id != d.path).then(|| d.file_id.clone()),
                rules: d.rules.clone(),
                diagnostics: d.diagnostics.clone(),
            })
            .collect(),
        local: None,
    }
}

/// Reads the rows that strict mode looks at, documents only where they are wanted.
pub async fn read(app: &App, org: OrgId, documents: bool) -> Result<(Raw, Sequence), Fault> {
    ask(app, org, |view| {
        let mut tables = vec![Table::Sources, Table::Spaces, Table::SpaceSources];
        if documents {
            tables.push(Table::Documents);
        }
        view.require(tables.iter().map(|table| Need::Find(Find::all(*table))))?;
        Ok(Raw {
            sources: owned(view.find(Find::all(Table::Sources))?),
            spaces: owned(view.find(Find::all(Table::Spaces))?),
            bindings: owned(view.find(Find::all(Table::SpaceSources))?),
            documents: if documents {
                owned(view.find(Find::all(Table::Documents))?)
            } else {
                Vec::new()
            },
        })
    })
    .await
}

/// The findings of an org, as of now.
pub async fn current(app: &App, org: OrgId) -> Result<Arc<Vec<Finding>>, Fault> {
    let known = app
        .conflicts
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&org)
        .cloned();
    if let Some((at, findings)) = known
        && let Some(now) = still_holds(app, org, at).await?
    {
        keep(app, org, now, &findings);
        return Ok(findings);
    }
    let (raw, at) = read(app, org, true).await?;
    // Many documents take a while; others must not wait for it.
    let findings = tokio::task::spawn_blocking(move || strict::find(&input(&raw)))
        .await
        .map_err(|_| Fault::internal())?;
    let findings = Arc::new(findings);
    keep(app, org, at, &findings);
    Ok(findings)
}

fn keep(app: &App, org: OrgId, at: Sequence, findings: &Arc<Vec<Finding>>) {
    app.conflicts
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(org, (at, Arc::clone(findings)));
}

/// Up to which position nothing has happened since that concerns them; `None`: something has, or too much to look through.
async fn still_holds(app: &App, org: OrgId, at: Sequence) -> Result<Option<Sequence>, Fault> {
    let filter = EventFilter {
        org: Some(org),
        ..EventFilter::default()
    };
    let page = app.store.events(&filter, at, LOOK).await?;
    let quiet = page.next.is_none() && !page.events.iter().any(concerns);
    Ok(quiet.then_some(page.events.last().map_or(at, |event| event.sequence)))
}
