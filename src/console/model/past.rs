//! Time travel: the rows of another moment in place of those of now, which go on being kept beside them
//! (console.md: The past).

use std::collections::VecDeque;

use super::difference::{Difference, differences};
use super::load::{Load, LoadState};
use super::replica::Replica;
use super::ui::Ui;
use crate::api::{Event, Sequence, Snapshot, SourceId};
use crate::base::Timestamp;

/// Positions remembered, at most.
const MOMENTS: usize = 64;
/// Rows that they hold together, at most; one moment is always kept.
const ROWS: usize = 100_000;
/// Positions told on each side of one.
pub const AROUND: u32 = 10;

/// What the server tells of one position of the log.
#[derive(Clone, Debug)]
pub struct Told {
    /// The rows.
    pub snapshot: Snapshot,
    /// Its event and those before it, newest first, at most [`AROUND`] and one.
    pub before: Vec<Event>,
    /// Where the events after it are, oldest first, at most [`AROUND`].
    pub after: Vec<Sequence>,
}

/// The rows of one position.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Which.
    pub at: Sequence,
    /// When that was; `None`: nothing had happened yet.
    pub time: Option<Timestamp>,
    /// What happened there.
    pub event: Option<Event>,
    /// The rows; they lie where those of now lie.
    pub replica: Replica,
    before: Vec<Sequence>,
    after: Vec<Sequence>,
}

impl Moment {
    /// A moment, laid out like the rows of now.
    pub fn of(now: &Replica, at: Sequence, mut told: Told) -> Self {
        let mut before: Vec<Sequence> = told.before.iter().map(|it| it.sequence).collect();
        if before.first() == Some(&at) {
            before.remove(0);
        }
        let event = (!told.before.is_empty()).then(|| told.before.swap_remove(0));
        Self {
            at,
            time: event.as_ref().map(|it| it.recorded_at),
            event,
            replica: now.as_of(told.snapshot),
            before,
            after: told.after,
        }
    }

    fn rows(&self) -> usize {
        let replica = &self.replica;
        replica.sources.len() + replica.bindings.len() + replica.spaces.len() + replica.jobs.len()
    }
}

/// Events of the source that the slider marks.
#[derive(Clone, Debug, Default)]
pub struct Marked {
    /// The source.
    pub source: Option<SourceId>,
    /// What happened to the source itself.
    pub own: Load<Vec<Event>>,
    /// What happened around sources: runs that were queued, bindings that changed.
    pub around: Load<Vec<Event>>,
    /// There are older ones that were not asked for.
    pub more: bool,
}

impl Marked {
    /// The events of the marked source, oldest first.
    pub fn events(&self) -> Vec<&Event> {
        let around = self.around.value.iter().flatten();
        let id = self.source.map(|it| it.0);
        let of_it = around.filter(|it| id.is_some() && it.payload["sourceId"].as_i64() == id);
        let mut all: Vec<&Event> = self.own.value.iter().flatten().chain(of_it).collect();
        all.sort_unstable_by_key(|it| it.sequence);
        all.dedup_by_key(|it| it.sequence);
        all
    }
}

/// `=`: what is different now.
#[derive(Clone, Debug, Default)]
pub struct Compare {
    /// Everything that differs.
    pub all: Vec<Difference>,
    /// What is shown: first what concerns the selected source.
    pub rows: Vec<Difference>,
    /// How many of them concern it.
    pub of_source: usize,
}

/// Another moment is looked at.
#[derive(Clone, Debug)]
pub struct Past {
    /// Where the slider stands.
    pub wanted: Sequence,
    /// What is shown; `None`: still the rows of the moment in which looking back began.
    pub shown: Option<Moment>,
    /// Where that was.
    pub began: Sequence,
    /// Where the newest attempt to get there stands.
    pub state: LoadState,
    /// The rows of now.
    pub now: Replica,
    /// What the slider marks.
    pub marked: Marked,
    /// What is different now, where it is asked for.
    pub compare: Option<Compare>,
    /// The screen as it was.
    pub back: Box<Ui>,
    kept: VecDeque<Moment>,
}

impl Past {
    /// Looking at `wanted` from `now` on.
    pub fn new(wanted: Sequence, now: Replica, back: Ui) -> Self {
        Self {
            wanted,
            shown: None,
            began: now.sequence,
            state: LoadState::Rest,
            now,
            marked: Marked::default(),
            compare: None,
            back: Box::new(back),
            kept: VecDeque::new(),
        }
    }

    /// The position whose rows are shown.
    pub fn at(&self) -> Sequence {
        self.shown.as_ref().map_or(self.began, |it| it.at)
    }

    /// When that was.
    pub fn time(&self) -> Option<Timestamp> {
        self.shown.as_ref()?.time
    }

    /// The end of the log.
    pub fn head(&self) -> Sequence {
        self.now.sequence
    }

    /// Remembers a moment; the oldest ones give way.
    pub fn keep(&mut self, moment: Moment) {
        self.kept.retain(|it| it.at != moment.at);
        self.kept.push_back(moment);
        while self.kept.len() > MOMENTS
            || (self.kept.len() > 1 && self.kept.iter().map(Moment::rows).sum::<usize>() > ROWS)
        {
            self.kept.pop_front();
        }
    }

    /// A moment that is remembered.
    pub fn kept(&self, at: Sequence) -> Option<&Moment> {
        self.kept.iter().find(|it| it.at == at)
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.kept.len()
    }

    /// The position `steps` events on, or back; `None`: the log ends here.
    pub fn step(&self, steps: i64) -> Option<Sequence> {
        let here = self.kept(self.wanted);
        let count = steps.unsigned_abs() as usize;
        let told = here.and_then(|it| {
            let side = if steps < 0 { &it.before } else { &it.after };
            side.get(count - 1)
                .or(if steps < 0 && it.before.len() < count {
                    it.before.last()
                } else {
                    None
                })
        });
        // Not told yet: the log has one event at a position, but for those of other organisations.
        let next = told.copied().unwrap_or(Sequence(self.wanted.0 + steps));
        let next = Sequence(next.0.clamp(1, self.head().0.max(1)));
        (next != self.wanted).then_some(next)
    }

    /// Works out what is different now.
    pub fn compare(&mut self, then: &Replica) {
        if let Some(compare) = &mut self.compare {
            compare.all = differences(then, &self.now);
        }
    }

    /// Puts what concerns a source first.
    pub fn sort_compare(&mut self, source: Option<SourceId>) {
        let Some(compare) = &mut self.compare else {
            return;
        };
        let own = |it: &&Difference| source.is_some() && it.source == source;
        let mut rows: Vec<Difference> = compare.all.iter().filter(own).cloned().collect();
        compare.of_source = rows.len();
        rows.extend(compare.all.iter().filter(|it| !own(it)).cloned());
        compare.rows = rows;
    }
}
