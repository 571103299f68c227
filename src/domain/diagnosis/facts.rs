//! What a diagnosis rests on: rows, and the present moment.

use std::sync::Arc;

use super::super::id::{IntegrationId, SourceId, SpaceId};
use super::super::kind::{DeliveryStatus, JobKind, JobStatus, SpaceStatus};
use super::super::row::{
    BindingRow, DeliveryRow, IntegrationRow, JobRow, JobSpaceRow, Key, LeaseRow, LookRow, OrgRow,
    Pause, QueuePause, RunnerRow, SourceRow, SpaceRow, Table,
};
use super::super::source::{self, bindings};
use super::super::view::{Find, Need, Scalar, Stop, Test, View};
use super::CursorMove;
use crate::base::Timestamp;

/// How many of the newest runs of a source are looked at.
pub const RUNS: u32 = 50;
/// How many of the newest deliveries of its integration are looked at.
pub const DELIVERIES: u32 = 50;

/// A runner that was not heard of for so long is gone: an idle one asks for work every 30 s.
pub const RUNNER_SILENCE_SECONDS: i64 = 90;

/// What is known of a source.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The source.
    pub source: SourceRow,
    /// Its integration.
    pub integration: Option<IntegrationRow>,
    /// Its bindings with their spaces.
    pub bindings: Vec<(BindingRow, SpaceRow)>,
    /// Its newest runs, newest first.
    pub jobs: Vec<JobRow>,
    /// The spaces of those runs.
    pub spaces: Vec<JobSpaceRow>,
    /// The lease of its branch.
    pub lease: Option<LeaseRow>,
    /// The newest deliveries of its integration, newest first.
    pub deliveries: Arc<[DeliveryRow]>,
    /// When its remote was looked at last; `None`: not asked for, or not known of that time.
    pub looked: Option<Option<Timestamp>>,
    /// The runners that were heard of; `None`: not known of that time.
    pub runners: Option<Arc<[RunnerRow]>>,
    /// The kinds of jobs that are held back.
    pub queues: Vec<QueuePause>,
    /// The present.
    pub now: Timestamp,
}

/// The needs that are known from the id alone, to be answered in one go.
pub fn needs(id: SourceId) -> Vec<Need> {
    vec![
        Need::Row(Key::Sources(id)),
        Need::Find(Find::all(Table::SpaceSources).is("source_id", id.0)),
        Need::Find(recent_jobs(id)),
        Need::Find(Find::all(Table::Leases).is("source_id", id.0)),
        Need::Row(Key::Looks(id)),
        Need::Find(Find::all(Table::Runners)),
    ]
}

fn recent_deliveries(id: IntegrationId) -> Find {
    Find::all(Table::Deliveries)
        .is("integration_id", id.0)
        .newest("id")
        .limit(DELIVERIES)
}

fn recent_jobs(id: SourceId) -> Find {
    Find::all(Table::Jobs)
        .is("source_id", id.0)
        // What goes on in a thread moves no cursor and holds none up.
        .test(
            "kind",
            Test::In(vec![
                JobKind::CliImpact.as_str().into(),
                JobKind::CatchUp.as_str().into(),
            ]),
        )
        .newest("id")
        .limit(RUNS)
}

impl Facts {
    /// Gathers the facts of a source out of a view; stops for what it does not hold yet.
    pub fn gather(view: &View, id: SourceId, now: Timestamp) -> Result<Self, Stop> {
        view.require(needs(id))?;
        let source = source::find(view, id)?;
        let jobs: Vec<&JobRow> = view.find(recent_jobs(id))?;
        let of_jobs = Find::all(Table::JobSpaces).test(
            "job_id",
            Test::In(jobs.iter().map(|j| Scalar::from(j.id.0)).collect()),
        );
        // What the rows so far lead to is asked for in one go, too.
        let org = Key::Orgs(view.org());
        let mut led = vec![Need::Row(org.clone()), Need::Find(of_jobs.clone())];
        if let Some(integration) = source.integration_id {
            led.push(Need::Row(Key::Integrations(integration)));
            led.push(Need::Find(recent_deliveries(integration)));
        }
        let bound: Vec<&BindingRow> =
            view.find(Find::all(Table::SpaceSources).is("source_id", id.0))?;
        led.extend(bound.iter().map(|b| Need::Row(Key::Spaces(b.space_id))));
        view.require(led)?;

        let leases: Vec<&LeaseRow> = view.find(Find::all(Table::Leases).is("source_id", id.0))?;
        let look: Option<&LookRow> = view.row(Key::Looks(id))?;
        let runners: Vec<&RunnerRow> = view.find(Find::all(Table::Runners))?;
        let org: Option<&OrgRow> = view.row(org)?;
        let own_branch = source.branch.as_deref();
        let spaces: Vec<&JobSpaceRow> = view.find(of_jobs)?;
        let (integration, deliveries) = match source.integration_id {
            None => (None, Arc::default()),
            Some(integration) => (
                view.row::<IntegrationRow>(Key::Integrations(integration))?
                    .cloned(),
                view.find::<DeliveryRow>(recent_deliveries(integration))?
                    .into_iter()
                    .cloned()
                    .collect(),
            ),
        };
        Ok(Self {
            source: source.clone(),
            integration,
            bindings: bindings(view, id)?
                .into_iter()
                .map(|(b, s)| (b.clone(), s.clone()))
                .collect(),
            lease: leases
                .iter()
                .find(|l| own_branch.is_none_or(|branch| branch == l.branch))
                .map(|l| (*l).clone()),
            jobs: jobs.into_iter().cloned().collect(),
            spaces: spaces.into_iter().cloned().collect(),
            deliveries,
            looked: Some(look.and_then(|look| look.looked_at)),
            runners: Some(runners.into_iter().cloned().collect()),
            queues: org.map(|org| org.paused_queues.clone()).unwrap_or_default(),
            now,
        })
    }

    /// The newest run of the source's own branch.
    pub fn newest_job(&self) -> Option<&JobRow> {
        self.jobs.iter().find(|job| job.moves_cursor)
    }

    /// The newest run that waits or goes on.
    pub fn open_job(&self) -> Option<&JobRow> {
        self.jobs
            .iter()
            .find(|job| job.moves_cursor && !job.status.is_terminal())
    }

    /// What holds a run back that waits: its source is paused, or its kind is.
    pub fn held_back(&self, job: &JobRow) -> Option<&Pause> {
        let queue = self.queues.iter().find(|queue| queue.kind == job.kind);
        let queue = queue.map(|queue| &queue.pause);
        self.source.paused.as_ref().or(queue)
    }

    /// The runners that were heard of lately.
    pub fn runners_alive(&self) -> Option<usize> {
        let since = self.now.plus_seconds(-RUNNER_SILENCE_SECONDS);
        let alive = |runner: &&RunnerRow| runner.seen_at >= since;
        Some(self.runners.as_ref()?.iter().filter(alive).count())
    }

    /// Spaces of a run.
    pub fn spaces_of(&self, job: &JobRow) -> impl Iterator<Item = &JobSpaceRow> {
        self.spaces.iter().filter(move |s| s.job_id == job.id)
    }

    /// The newest run with failed spaces that hold the cursor, with those spaces.
    pub fn failed_spaces(&self) -> Option<(&JobRow, Vec<&JobSpaceRow>)> {
        let job = self.newest_job()?;
        if !matches!(job.status, JobStatus::Failed | JobStatus::Retrying) {
            return None;
        }
        let failed: Vec<&JobSpaceRow> = self
            .spaces_of(job)
            .filter(|s| s.status == SpaceStatus::Failed)
            .collect();
        (!failed.is_empty()).then_some((job, failed))
    }

    /// Name of a space, or its id when it is gone.
    pub fn space_name(&self, id: SpaceId) -> &str {
        self.bindings
            .iter()
            .find(|(_, s)| s.id == id)
            .map_or("(deleted)", |(_, s)| s.name.as_str())
    }

    /// What last moved the cursor.
    pub fn moved(&self) -> Option<CursorMove> {
        self.source.cursor.as_ref().map(|c| CursorMove {
            job_id: self.source.cursor_job_id,
            at: c.updated_at,
        })
    }

    /// Deliveries that were about the source's repository.
    pub fn own_deliveries(&self) -> impl Iterator<Item = &DeliveryRow> {
        let key = self.source.repo_key.clone();
        self.deliveries.iter().filter(move |d| {
            d.repo
                .as_deref()
                .and_then(|r| super::super::coordinate::RepoCoordinate::parse(r).ok())
                .is_some_and(|c| Some(c.matching_key()) == key)
        })
    }

    /// Refused signatures since the last delivery that was accepted.
    pub fn refused_in_a_row(&self) -> usize {
        self.deliveries
            .iter()
            .take_while(|d| d.status == DeliveryStatus::Rejected)
            .count()
    }
}
