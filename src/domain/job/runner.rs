//! Runners: that they are there, and what they take.

use super::super::kind::JobKind;
use super::super::row::{Key, Row, RunnerRow, Table};
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
