//! Runners: that they are there, and what they take.

use super::super::code::Code;
use super::super::id::JobId;
use super::super::kind::JobKind;
use super::super::row::{JobRow, Key, LeaseRow, Row, RunnerRow, Table};
use super::super::view::{Decider, Decision, Find, Stop, Test, View};
use crate::base::Timestamp;

/// How often, at most, it is written down that a runner was heard of.
pub const RUNNER_NOTED_SECONDS: i64 = 15;

/// Runners that were not heard of for so long are forgotten: their names belong to machines that are gone.
const RUNNER_KEPT_SECONDS: i64 = 7 * 24 * 3_600;

/// Notes that a runner was heard of.
#[derive(Clone, Debug)]
pub struct NoteRunner {
    /// How it calls itself.
    pub name: String,
    /// Which jolli it is; `None`: as before.
    pub version: Option<String>,
    /// The kinds of jobs that it takes; `None`: as before.
    pub kinds: Option<Vec<JobKind>>,
    /// Who edits documents there; `None`: as before.
    pub provider: Option<String>,
    /// By how much its clock is ahead of the server's, in milliseconds; `None`: as before.
    pub skew_ms: Option<i64>,
}

impl NoteRunner {
    /// Whether what is written of it is too old, or not what it says.
    pub fn is_news(&self, known: Option<&RunnerRow>, now: Timestamp) -> bool {
        let differs = |row: &RunnerRow| {
            self.version.as_ref().is_some_and(|it| *it != row.version)
                || self.kinds.as_ref().is_some_and(|it| *it != row.kinds)
                || self.provider.as_ref().is_some_and(|it| *it != row.provider)
        };
        known.is_none_or(|row| {
            row.seen_at <= now.plus_seconds(-RUNNER_NOTED_SECONDS) || differs(row)
        })
    }
}

impl Decider for NoteRunner {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let known: Option<&RunnerRow> = view.row(Key::Runners(self.name.clone()))?;
        let now = view.now();
        if !self.is_news(known, now) {
            return Ok(Decision::default());
        }
        let old = now.plus_seconds(-RUNNER_KEPT_SECONDS).to_string();
        let gone: Vec<&RunnerRow> =
            view.find(Find::all(Table::Runners).test("seen_at", Test::Below(old.into())))?;
        let row = RunnerRow {
            org_id: view.org(),
            name: self.name.clone(),
            version: self
                .version
                .clone()
                .or_else(|| known.map(|row| row.version.clone()))
                .unwrap_or_else(|| "unknown".to_owned()),
            kinds: self
                .kinds
                .clone()
                .or_else(|| known.map(|row| row.kinds.clone()))
                .unwrap_or_else(|| JobKind::ALL.to_vec()),
            provider: self
                .provider
                .clone()
                .or_else(|| known.map(|row| row.provider.clone()))
                .unwrap_or_else(|| "unknown".to_owned()),
            skew_ms: self.skew_ms.or_else(|| known.and_then(|row| row.skew_ms)),
            first_seen_at: known.map_or(now, |row| row.first_seen_at),
            seen_at: now,
        };
        Ok(Decision {
            side_gone: gone
                .into_iter()
                .filter(|other| other.name != self.name)
                .map(|other| Key::Runners(other.name.clone()))
                .collect(),
            side: vec![Row::Runners(row)],
            ..Decision::default()
        })
    }
}

/// Notes that a write of a run was refused: it had lost its lease, or another one had moved the cursor. At most once every
/// few seconds, for whoever is refused goes on trying.
#[derive(Debug)]
pub struct NoteRefused {
    /// The run's job.
    pub job_id: JobId,
    /// Why.
    pub code: Code,
}

impl Decider for NoteRefused {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let job: Option<&JobRow> = view.row(Key::Jobs(self.job_id))?;
        let Some(job) = job else {
            return Ok(Decision::default());
        };
        let key = Key::Leases(job.source_id, job.branch.clone());
        let lease: Option<&LeaseRow> = view.row(key)?;
        let recent = view.now().plus_seconds(-RUNNER_NOTED_SECONDS);
        let Some(lease) = lease.filter(|lease| lease.refused_at.is_none_or(|at| at <= recent))
        else {
            return Ok(Decision::default());
        };
        Ok(Decision {
            side: vec![Row::Leases(LeaseRow {
                refused_at: Some(view.now()),
                refused: Some(format!("{} of run #{}", self.code.as_str(), self.job_id)),
                ..lease.clone()
            })],
            ..Decision::default()
        })
    }
}
