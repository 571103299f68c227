//! The org as it was at a position of the log: what the store answers for the past, gathered for the snapshot
//! (engine.md: looking back).

use std::collections::HashMap;
use std::sync::Arc;

use super::app::App;
use super::fault::Fault;
use super::wire::ground::{NEWEST, owned};
use crate::api::{Code, OrgId, Sequence};
use crate::domain::row::{
    BindingRow, DeliveryRow, DocumentRow, IntegrationRow, JobRow, JobSpaceRow, SourceRow, SpaceRow,
    Table,
};
use crate::domain::view::{Find, Need, Stop, Test, View};

/// Rows of one moment; runs and deliveries newest first, and as many of them as lists look back over.
#[derive(Default)]
pub struct Past {
    /// Sources.
    pub sources: Vec<SourceRow>,
    /// Spaces.
    pub spaces: Vec<SpaceRow>,
    /// Bindings.
    pub bindings: Vec<BindingRow>,
    /// Integrations.
    pub integrations: Vec<IntegrationRow>,
    /// Documents.
    pub documents: Vec<DocumentRow>,
    /// Jobs.
    pub jobs: Vec<JobRow>,
    /// Spaces of those jobs, by job; before them the newest outcomes of older ones.
    pub job_spaces: Vec<JobSpaceRow>,
    /// Deliveries.
    pub deliveries: Vec<DeliveryRow>,
}

impl Past {
    /// The org's rows as they were at `at`.
    pub async fn at(app: &Arc<App>, org: OrgId, at: Sequence) -> Result<Self, Fault> {
        let question = Box::new(|view: &View| Self::of(view).map(drop));
        let Some(view) = app.store.past(org, at, question).await? else {
            let head = *app.store.head().borrow();
            return Err(Fault::new(
                Code::Invalid,
                format!("?at={at} is not a position of the log; it is at {head}"),
            ));
        };
        let mut past = Self::of(&view).map_err(|_| Fault::internal())?;
        if past.jobs.len() == NEWEST as usize {
            // Pairs whose last run is further back than that: nothing newer came since, or it would be among the newest.
            let oldest = past.jobs.last().map(|job| job.id);
            let mut older = app.store.latest_outcomes(org).await?;
            older.retain(|outcome| Some(outcome.job_id) < oldest);
            older.append(&mut past.job_spaces);
            past.job_spaces = older;
        }
        Ok(past)
    }

    fn of(view: &View) -> Result<Self, Stop> {
        let jobs = Find::all(Table::Jobs).newest("id").limit(NEWEST);
        let deliveries = Find::all(Table::Deliveries).newest("id").limit(NEWEST);
        let whole = [
            Table::Sources,
            Table::Spaces,
            Table::SpaceSources,
            Table::Integrations,
            Table::Documents,
        ]
        .map(Find::all);
        view.require(
            whole
                .into_iter()
                .chain([jobs.clone(), deliveries.clone()])
                .map(Need::Find),
        )?;
        let jobs: Vec<JobRow> = owned(view.find(jobs)?);
        let oldest = jobs.last().map_or(i64::MAX, |job| job.id.0);
        let of_jobs = Find::all(Table::JobSpaces).test("job_id", Test::Above((oldest - 1).into()));
        Ok(Self {
            sources: owned(view.find(Find::all(Table::Sources))?),
            spaces: owned(view.find(Find::all(Table::Spaces))?),
            bindings: owned(view.find(Find::all(Table::SpaceSources))?),
            integrations: owned(view.find(Find::all(Table::Integrations))?),
            documents: owned(view.find(Find::all(Table::Documents))?),
            job_spaces: owned(view.find(of_jobs)?),
            deliveries: owned(view.find(deliveries)?),
            jobs,
        })
    }
}

/// Groups rows by what they belong to.
pub fn group<K: std::hash::Hash + Eq, R>(
    rows: Vec<R>,
    key: impl Fn(&R) -> K,
) -> HashMap<K, Vec<R>> {
    let mut groups: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
