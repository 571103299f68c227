//! What diagnoses rest on, for one source or for all of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::api::{IntegrationId, JobId, OrgId, SourceId, SpaceId};
use crate::base::Timestamp;
use crate::domain::diagnosis::Facts;
use crate::domain::row::{
    BindingRow, DeliveryRow, IntegrationRow, JobRow, JobSpaceRow, LeaseRow, OrgRow, QueuePause,
    RunnerRow, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, Stop, View};
use crate::server::app::App;
use crate::server::ask::ask;
use crate::server::fault::Fault;

/// Up to so many sources are asked about one by one; beyond, the tables are read whole.
const FEW: usize = 25;
/// How far back a list looks; a source's own page looks at its own newest fifty, however old.
pub const NEWEST: u32 = 5_000;
const PER_SOURCE: usize = 50;

/// The facts of each source.
pub async fn gather(
    app: &Arc<App>,
    org: OrgId,
    rows: &[SourceRow],
) -> Result<HashMap<SourceId, Facts>, Fault> {
    let now = app.now();
    if rows.len() > FEW {
        let sheet = Sheet::load(app, org).await?;
        return Ok(rows
            .iter()
            .map(|row| (row.id, sheet.facts(row, now)))
            .collect());
    }
    let (mut found, _) = ask(app, org, |view| few(view, rows, now)).await?;
    for row in rows {
        // The row given counts, not the row stored: a dry run shows what would be.
        let facts = found.entry(row.id).or_insert_with(|| bare(row, now));
        facts.source = row.clone();
    }
    Ok(found)
}

fn few(view: &View, rows: &[SourceRow], now: Timestamp) -> Result<HashMap<SourceId, Facts>, Stop> {
    let mut found = HashMap::new();
    let mut missing: Vec<Need> = Vec::new();
    for row in rows {
        match Facts::gather(view, row.id, now) {
            Ok(facts) => {
                found.insert(row.id, facts);
            }
            Err(Stop::Need(needs)) => missing.extend(needs),
            // It is not stored yet, or not any more.
            Err(Stop::Reject(_)) => {}
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(Stop::Need(missing))
    }
}

fn bare(row: &SourceRow, now: Timestamp) -> Facts {
    Facts {
        source: row.clone(),
        integration: None,
        bindings: Vec::new(),
        jobs: Vec::new(),
        spaces: Vec::new(),
        lease: None,
        deliveries: Arc::default(),
        looked: None,
        runners: None,
        queues: Vec::new(),
        now,
    }
}

/// An org's rows by what they are looked up by.
#[derive(Default)]
pub struct Sheet {
    integrations: HashMap<IntegrationId, IntegrationRow>,
    bindings: HashMap<SourceId, Vec<(BindingRow, SpaceRow)>>,
    jobs: HashMap<SourceId, Vec<JobRow>>,
    spaces: HashMap<JobId, Vec<JobSpaceRow>>,
    leases: HashMap<SourceId, Vec<LeaseRow>>,
    deliveries: HashMap<IntegrationId, Arc<[DeliveryRow]>>,
    runners: Option<Arc<[RunnerRow]>>,
    queues: Vec<QueuePause>,
}

/// The rows a sheet is made of; jobs and deliveries newest first.
#[derive(Default)]
pub struct Raw {
    /// Integrations.
    pub integrations: Vec<IntegrationRow>,
    /// Spaces.
    pub spaces: Vec<SpaceRow>,
    /// Bindings.
    pub bindings: Vec<BindingRow>,
    /// Jobs.
    pub jobs: Vec<JobRow>,
    /// Spaces of those jobs.
    pub job_spaces: Vec<JobSpaceRow>,
    /// Leases.
    pub leases: Vec<LeaseRow>,
    /// Deliveries.
    pub deliveries: Vec<DeliveryRow>,
    /// Runners; `None`: not known of that time.
    pub runners: Option<Arc<[RunnerRow]>>,
    /// The org itself.
    pub orgs: Vec<OrgRow>,
}

impl Sheet {
    /// Reads it: what is there now, and of jobs and deliveries the newest.
    pub async fn load(app: &Arc<App>, org: OrgId) -> Result<Self, Fault> {
        let (raw, _) = ask(app, org, |view| {
            let jobs = Find::all(Table::Jobs).newest("id").limit(NEWEST);
            let deliveries = Find::all(Table::Deliveries).newest("id").limit(NEWEST);
            let whole = [
                Table::Integrations,
                Table::Spaces,
                Table::SpaceSources,
                Table::Leases,
                Table::Runners,
                Table::Orgs,
            ]
            .map(Find::all);
            view.require(
                whole
                    .iter()
                    .cloned()
                    .chain([jobs.clone(), deliveries.clone()])
                    .map(Need::Find),
            )?;
            let jobs: Vec<JobRow> = owned(view.find(jobs)?);
            let oldest = jobs.last().map_or(i64::MAX, |job| job.id.0);
            let spaces = Find::all(Table::JobSpaces).test(
                "job_id",
                crate::domain::view::Test::Above((oldest - 1).into()),
            );
            Ok(Raw {
                integrations: owned(view.find(Find::all(Table::Integrations))?),
                spaces: owned(view.find(Find::all(Table::Spaces))?),
                bindings: owned(view.find(Find::all(Table::SpaceSources))?),
                job_spaces: owned(view.find(spaces)?),
                leases: owned(view.find(Find::all(Table::Leases))?),
                deliveries: owned(view.find(deliveries)?),
                runners: Some(owned(view.find(Find::all(Table::Runners))?).into()),
                orgs: owned(view.find(Find::all(Table::Orgs))?),
                jobs,
            })
        })
        .await?;
        Ok(Self::of(raw))
    }

    /// Sorts rows into a sheet.
    pub fn of(raw: Raw) -> Self {
        let queues = raw.orgs.into_iter().flat_map(|org| org.paused_queues);
        let mut sheet = Self {
            runners: raw.runners,
            queues: queues.collect(),
            ..Self::default()
        };
        let spaces: HashMap<SpaceId, SpaceRow> =
            raw.spaces.into_iter().map(|s| (s.id, s)).collect();
        sheet.integrations = raw.integrations.into_iter().map(|i| (i.id, i)).collect();
        let mut bindings = raw.bindings;
        bindings.sort_by_key(|b| b.space_id);
        for binding in bindings {
            if let Some(space) = spaces.get(&binding.space_id) {
                let space = space.clone();
                sheet
                    .bindings
                    .entry(binding.source_id)
                    .or_default()
                    .push((binding, space));
            }
        }
        for job in raw.jobs {
            let jobs = sheet.jobs.entry(job.source_id).or_default();
            if jobs.len() < PER_SOURCE {
                jobs.push(job);
            }
        }
        for space in raw.job_spaces {
            sheet.spaces.entry(space.job_id).or_default().push(space);
        }
        for lease in raw.leases {
            sheet.leases.entry(lease.source_id).or_default().push(lease);
        }
        let mut deliveries: HashMap<IntegrationId, Vec<DeliveryRow>> = HashMap::new();
        for delivery in raw.deliveries {
            let own = deliveries.entry(delivery.integration_id).or_default();
            if own.len() < PER_SOURCE {
                own.push(delivery);
            }
        }
        let shared = |(id, own): (_, Vec<_>)| (id, own.into());
        sheet.deliveries = deliveries.into_iter().map(shared).collect();
        sheet
    }

    /// The facts of a source.
    pub fn facts(&self, row: &SourceRow, now: Timestamp) -> Facts {
        let jobs = self.jobs.get(&row.id).cloned().unwrap_or_default();
        let ids: BTreeSet<JobId> = jobs.iter().map(|j| j.id).collect();
        let leases = self.leases.get(&row.id).map_or(&[][..], Vec::as_slice);
        Facts {
            integration: row
                .integration_id
                .and_then(|id| self.integrations.get(&id))
                .cloned(),
            bindings: self.bindings.get(&row.id).cloned().unwrap_or_default(),
            spaces: ids
                .iter()
                .filter_map(|id| self.spaces.get(id))
                .flatten()
                .cloned()
                .collect(),
            jobs,
            lease: leases
                .iter()
                .find(|l| {
                    row.branch
                        .as_deref()
                        .is_none_or(|branch| branch == l.branch)
                })
                .cloned(),
            deliveries: row
                .integration_id
                .and_then(|id| self.deliveries.get(&id))
                .cloned()
                .unwrap_or_default(),
            source: row.clone(),
            looked: None,
            runners: self.runners.clone(),
            queues: self.queues.clone(),
            now,
        }
    }
}

/// Copies of rows that a view lends.
pub fn owned<R: Clone>(rows: Vec<&R>) -> Vec<R> {
    rows.into_iter().cloned().collect()
}
