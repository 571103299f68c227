//! The timeline of runs: those of a window as bars over one axis of time, a line a run while they are few, else a line a source.

use std::collections::HashMap;

use super::replica::Replica;
use crate::api::{Job, JobId, JobStatus, SourceId};
use crate::base::Timestamp;
use crate::console::ids::{ListId, RowKey};

/// Up to so many runs have a line each.
const FEW: usize = 12;

/// Runs over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The axis begins here.
    pub from: Timestamp,
    /// And ends here: now.
    pub until: Timestamp,
    /// What is shown, the line with the newest run first.
    pub lanes: Vec<Lane>,
    /// How many runs are on it.
    pub runs: usize,
    /// The console has every run of the window; otherwise only the newest of them.
    pub whole: bool,
    /// The run of the selected line that `Enter` opens; `None`: its newest.
    pub chosen: Option<JobId>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose runs.
    pub source: SourceId,
    /// It is the line of one run, not of a source.
    pub single: bool,
    /// Its runs, oldest first; never empty.
    pub bars: Vec<Bar>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Which.
    pub job: JobId,
    /// Where it stands.
    pub status: JobStatus,
    /// When it was queued.
    pub queued: Timestamp,
    /// When its first attempt started.
    pub started: Option<Timestamp>,
    /// When it ended; `None`: it goes on.
    pub ended: Option<Timestamp>,
}

impl Bar {
    fn of(job: &Job) -> Self {
        let ended = job.finished_at.unwrap_or(job.updated_at);
        Self {
            job: job.id,
            status: job.status,
            queued: job.created_at,
            started: job.started_at,
            ended: job.status.is_terminal().then_some(ended),
        }
    }
}

impl Lane {
    /// What the line is known by.
    pub fn key(&self) -> RowKey {
        match self.bars.last() {
            Some(bar) if self.single => RowKey::Job(bar.job),
            _ => RowKey::Source(self.source),
        }
    }

    /// How many of its runs failed.
    pub fn failed(&self) -> usize {
        let failed = |it: &&Bar| it.status == JobStatus::Failed;
        self.bars.iter().filter(failed).count()
    }
}

impl Timeline {
    /// An axis of so many seconds up to now, with nothing on it.
    pub fn new(seconds: i64, now: Timestamp) -> Self {
        Self {
            from: now.plus_seconds(-seconds),
            until: now,
            lanes: Vec::new(),
            runs: 0,
            whole: true,
            chosen: None,
        }
    }

    /// Puts the runs on it that the console has and that were not over before it begins.
    pub fn lay_out(&mut self, replica: &Replica) {
        let first = replica.loaded.first_run(None);
        let held = || {
            let jobs = replica.jobs.iter().map(|(_, job)| job);
            jobs.filter(move |job| job.id.0 >= first)
        };
        let reaches_back = held().any(|job| job.created_at < self.from);
        self.whole = reaches_back || replica.is_whole(ListId::Runs, None);
        let mut shown: Vec<(SourceId, Bar)> = held()
            .map(|job| (job.source_id, Bar::of(job)))
            .filter(|(_, bar)| bar.ended.is_none_or(|at| at >= self.from))
            .collect();
        shown.sort_unstable_by_key(|(_, bar)| std::cmp::Reverse(bar.job));
        self.runs = shown.len();
        let single = shown.len() <= FEW;
        let mut lanes: Vec<Lane> = Vec::new();
        let mut of: HashMap<SourceId, usize> = HashMap::new();
        for (source, bar) in shown {
            match of.get(&source) {
                Some(place) if !single => lanes[*place].bars.push(bar),
                _ => {
                    of.insert(source, lanes.len());
                    lanes.push(Lane {
                        source,
                        single,
                        bars: vec![bar],
                    });
                }
            }
        }
        for lane in &mut lanes {
            lane.bars.reverse();
        }
        self.lanes = lanes;
    }

    /// The run of a line that `Enter` opens.
    pub fn chosen(&self, lane: &Lane) -> Option<Bar> {
        let named = lane.bars.iter().find(|it| Some(it.job) == self.chosen);
        named.or(lane.bars.last()).cloned()
    }

    /// The run before or after it on the same line; `None`: there is none.
    pub fn step(&self, lane: &Lane, later: bool) -> Option<JobId> {
        let here = self.chosen(lane)?.job;
        let place = lane.bars.iter().position(|it| it.job == here)?;
        let next = if later {
            place + 1
        } else {
            place.checked_sub(1)?
        };
        lane.bars.get(next).map(|it| it.job)
    }

    /// Where the line of this key is.
    pub fn place_of(&self, key: RowKey) -> Option<usize> {
        self.lanes.iter().position(|it| it.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::update::testing::{job, now, snapshot};

    /// A world with these runs: id, source, status, queued so many seconds ago, ended so many seconds ago.
    fn world(runs: &[(i64, i64, &str, i64, Option<i64>)]) -> Replica {
        let mut world = snapshot();
        let rows = runs.iter().map(|(id, source, status, queued, ended)| {
            let mut row: Job = serde_json::from_value(job(*id, *source, status, &[])).unwrap();
            row.created_at = now().plus_seconds(-queued);
            row.started_at = Some(row.created_at.plus_seconds(1));
            row.finished_at = ended.map(|ago| now().plus_seconds(-ago));
            row
        });
        world.jobs = rows.collect();
        world.into()
    }

    fn hour(replica: &Replica) -> Timeline {
        let mut line = Timeline::new(3_600, now());
        line.lay_out(replica);
        line
    }

    #[test]
    fn what_was_over_before_it_begins_is_not_on_it_and_what_still_runs_is() {
        let replica = world(&[
            (1, 1, "running", 9_000, None),
            (2, 1, "succeeded", 8_000, Some(3_601)),
            (3, 2, "failed", 4_000, Some(3_599)),
            (4, 2, "queued", 10, None),
        ]);
        let line = hour(&replica);
        let keys: Vec<RowKey> = line.lanes.iter().map(Lane::key).collect();
        assert_eq!(keys, [4, 3, 1].map(|id| RowKey::Job(JobId(id))));
        assert!(line.whole);
        assert_eq!(line.lanes[0].bars[0].ended, None);
    }

    #[test]
    fn many_runs_are_a_line_a_source_and_each_can_be_chosen() {
        let runs: Vec<_> = (1..=13)
            .map(|id| (id, 1 + id % 2, "succeeded", 2_000 - id * 10, Some(100)))
            .collect();
        let mut line = hour(&world(&runs));
        let keys: Vec<RowKey> = line.lanes.iter().map(Lane::key).collect();
        assert_eq!(keys, [2, 1].map(|id| RowKey::Source(SourceId(id))));
        let lane = line.lanes[0].clone();
        assert_eq!(line.chosen(&lane).unwrap().job, JobId(13));
        assert_eq!(line.step(&lane, true), None);
        line.chosen = line.step(&lane, false);
        assert_eq!(line.chosen(&lane).unwrap().job, JobId(11));
        // The line of another source has its own newest.
        assert_eq!(line.chosen(&line.lanes[1]).unwrap().job, JobId(12));
    }

    #[test]
    fn what_the_console_does_not_have_is_told() {
        let runs: Vec<_> = (1..=200)
            .map(|id| (id, 1, "succeeded", 3_000 - id, Some(100)))
            .collect();
        let line = hour(&world(&runs));
        assert!(!line.whole);
        assert_eq!(line.runs, 200);
        // One that was queued before the window: all of it is here.
        let mut runs = runs;
        runs[0].3 = 3_700;
        assert!(hour(&world(&runs)).whole);
    }
}
