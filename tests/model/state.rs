//! What the protocol is about: commits, pushes, jobs, a lease, a source, runs; and the state that steps change.

/// A commit: its place in [`Story::parents`].
pub type Commit = u8;
/// A job: its place in [`State::jobs`]. Ids grow with the arrival of deliveries.
pub type JobId = u8;
/// A set of small numbers: commits, pushes or deliveries.
pub type Set = u8;

/// Two of them, so that one may be done and the other not.
pub const SPACES: usize = 2;
/// Two of them, so that one may take over from the other.
pub const WORKERS: usize = 2;
/// Attempts of a job. The code's eight add nothing that two do not show.
pub const MAX_ATTEMPTS: u8 = 2;

/// Something that happened and must not have; [`State::faults`] is a set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A run that had lost its lease wrote.
    StaleWrite,
    /// A run that had lost its lease moved the cursor.
    StaleCursor,
    /// The cursor was moved from another version than the run had read.
    BlindCursor,
    /// The cursor went to an ancestor although the branch had not gone back.
    CursorWentBack,
    /// The cursor went to a commit that the branch had left before the run looked.
    CursorLeftBranch,
    /// A space of a job succeeded again.
    SucceededTwice,
    /// An event was skipped in favour of one that was neither completed nor pending.
    HandedToNobody,
    /// An event that an operator ran again was skipped as superseded.
    ReplaySwallowed,
    /// A run asked a person about a rewritten history that a forced push had told of.
    RiddleThatWasTold,
    /// Not a fault but a fact: a space was shown commits that it had been shown before.
    ShownTwice,
}

/// A push: the remote's branch moved.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// The commit before.
    pub before: Commit,
    /// The commit after.
    pub after: Commit,
    /// History was rewritten.
    pub forced: bool,
}

/// How often what may go wrong does; also what operators may do. Everything else happens as often as it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// A delivery comes again, under the same id or, from a second hook, under another.
    pub repeats: u8,
    /// A delivery never arrives.
    pub losses: u8,
    /// A lease ends although its holder lives: it was stopped, or its renewals did not get through.
    pub stalls: u8,
    /// A worker dies, or shuts down and hands its job back.
    pub crashes: u8,
    /// A space fails.
    pub failures: u8,
    /// An operator, or a sweep, queues a catch-up.
    pub catch_ups: u8,
    /// An operator lets a failed job go again.
    pub retries: u8,
    /// An operator runs an event again.
    pub reruns: u8,
    /// An operator clears the cursor.
    pub clears: u8,
}

/// What the remote does, and what may go wrong meanwhile.
#[derive(Clone, Debug)]
pub struct Story {
    /// The parent of each commit; commit 0 is the root, where the branch stood when the source was linked.
    pub parents: &'static [Commit],
    /// The pushes, in the order in which the remote took them.
    pub pushes: &'static [Push],
    /// Whether the source has a cursor, at commit 0, or was just linked with commit 0 as its baseline.
    pub has_cursor: bool,
    /// What may go wrong.
    pub budget: Budget,
}

/// One rule that is taken out of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Writes do not compare epoch and token with the lease (sources.md §9: lease).
    WithoutFencing,
    /// The end of a run does not look for what waits behind it (sources.md §9: lease).
    WithoutReread,
    /// The cursor moves whatever its version is (sources.md §9: advance).
    WithoutCompareAndSwap,
    /// The cursor moves although a space failed (sources.md §9: advance).
    AdvancesPastFailure,
    /// A retry does every space again, and its reports are taken (sources.md §9: advance).
    RedoesSpaces,
    /// A run starts at its own `before`, whatever was skipped in front of it (sources.md §9: stale check).
    KeepsItsRange,
    /// A webhook is answered before it is on disk (sources.md §8).
    AnswersBeforeStoring,
    /// The cursor's event is another transaction than the cursor (sources.md §9: advance).
    EventApart,
    /// A claim takes over a lease that has ended before its job was put back to wait (sources.md §9: lease).
    TakesOverUnreturned,
    /// A run believes its event about where the branch is (sources.md §8: idempotency).
    BelievesTheEvent,
    /// A forced push may be superseded, and what follows it does not know of it (sources.md §9: stale check).
    ForgetsForce,
    /// A skipped event counts as pending (sources.md §9: stale check).
    TrustsTheSkipped,
    /// An event that is run again may be superseded (sources.md §8: idempotency).
    SupersedesReplays,
    /// A catch-up that is tried again takes the branch as it is by then (sources.md §9: advance).
    ForgetsItsHead,
    /// The first run does not start at the baseline (sources.md §8: lost webhooks).
    ForgetsBaseline,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobStatus {
    /// Waits for its first attempt.
    Queued,
    /// Runs.
    Running,
    /// Waits for another attempt.
    Retrying,
    /// Everything is done.
    Succeeded,
    /// A person has to look.
    Failed,
    /// It was not needed.
    Skipped,
}

/// Where a space of a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpaceStatus {
    /// Not yet worked on.
    Queued,
    /// The change set reached it.
    Updated,
    /// There was nothing new.
    Unchanged,
    /// It failed.
    Failed,
}

impl SpaceStatus {
    /// Whether nothing of it is left to do.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Updated | Self::Unchanged)
    }
}

/// One event's work for the source; a catch-up has no event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    /// Where it stands.
    pub status: JobStatus,
    /// The commit to process; none: a catch-up, which takes the branch as it is.
    pub head_sha: Option<Commit>,
    /// What a catch-up found to be the head in its first attempt: a retry goes to the same, for the spaces that are left.
    pub found_sha: Option<Commit>,
    /// The commit before.
    pub before_sha: Option<Commit>,
    /// History was rewritten.
    pub forced: bool,
    /// Which time the pair of commits comes up.
    pub occurrence: u8,
    /// The source's generation when it was queued.
    pub generation: u8,
    /// How often it was claimed.
    pub attempt: u8,
    /// The job that made it unnecessary.
    pub superseded_by: Option<JobId>,
    /// What came of each space.
    pub spaces: [SpaceStatus; SPACES],
}

impl Job {
    /// Whether it waits for a claim.
    pub const fn waits(&self) -> bool {
        matches!(self.status, JobStatus::Queued | JobStatus::Retrying)
    }

    /// Whether it waits or runs.
    pub const fn is_open(&self) -> bool {
        matches!(
            self.status,
            JobStatus::Queued | JobStatus::Retrying | JobStatus::Running
        )
    }

    /// Completed or pending: another event may be superseded by it.
    pub const fn carries(&self) -> bool {
        self.is_open() || matches!(self.status, JobStatus::Succeeded)
    }
}

/// Who may write for the source's branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job of its holder; none: it is free.
    pub job_id: Option<JobId>,
    /// Only grows.
    pub epoch: u8,
    /// New at every claim.
    pub run_token: u8,
    /// Its time is over: who holds it may be taken over from.
    pub over: bool,
}

/// The source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// Everything up to here was processed.
    pub cursor: Option<Commit>,
    /// How often it changed.
    pub cursor_version: u8,
    /// The job that moved it last.
    pub cursor_job_id: Option<JobId>,
    /// Raised by operators: what was seen counts as new.
    pub generation: u8,
    /// The head when it was linked.
    pub baseline: Option<Commit>,
}

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Stale check, a look at the remote, checkout.
    Plan,
    /// This space.
    Space(usize),
    /// The cursor.
    Advance,
    /// The end.
    Finish(Ending),
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Everything is done.
    Succeeded,
    /// Tried again, unless that cannot help.
    Failed {
        /// Whether it may succeed later by itself.
        retryable: bool,
    },
    /// It was not needed.
    Skipped {
        /// The job that made it unnecessary; none: the branch has left its commit.
        superseded_by: Option<JobId>,
    },
    /// The worker shuts down.
    HandBack,
}

/// A worker at a job, with what the claim told it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// Its job.
    pub job_id: JobId,
    /// Of its lease.
    pub epoch: u8,
    /// Its run token.
    pub token: u8,
    /// The cursor as the claim read it.
    pub cursor: Option<Commit>,
    /// Its version.
    pub cursor_version: u8,
    /// Who moved it there.
    pub cursor_job_id: Option<JobId>,
    /// The job that the provider's own chain leads to.
    pub superseded_by: Option<JobId>,
    /// Where the change set may start.
    pub base: Option<Commit>,
    /// A forced push told that history was rewritten: this one, or one that this one follows.
    pub forced: bool,
    /// Whether a forced push that this one follows was known at the claim.
    pub told: bool,
    /// An operator runs the event again.
    pub replay: bool,
    /// The spaces that were done before.
    pub done: [bool; SPACES],
    /// A space failed in this attempt.
    pub failed: bool,
    /// The commit to process, once that is known.
    pub head: Option<Commit>,
    /// Commits to show to every space.
    pub range: Set,
    /// Whether the cursor moves at the end.
    pub moves_cursor: bool,
    /// How many pushes the remote had taken when the run looked at it.
    pub looked: u8,
    /// What it does next.
    pub step: Step,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// How many pushes the remote has taken.
    pub remote: u8,
    /// Deliveries under way.
    pub net: Set,
    /// Deliveries on disk.
    pub stored: Set,
    /// Deliveries that were answered with 202 or 200.
    pub answered: Set,
    /// Pushes of which no delivery arrived.
    pub lost: Set,
    /// The source's row.
    pub source: Source,
    /// Every job.
    pub jobs: Vec<Job>,
    /// The lease of the source's branch.
    pub lease: Lease,
    /// What each worker is at.
    pub workers: [Option<Run>; WORKERS],
    /// Somebody is about to look for a job that waits.
    pub look: bool,
    /// What the log says about the cursor: where it went, or that it was cleared.
    pub cursor_events: Vec<Option<Commit>>,
    /// Commits whose changes reached each space.
    pub reached: [Set; SPACES],
    /// What may still go wrong.
    pub left: Budget,
    /// A catch-up was queued after the last push.
    pub caught_up: bool,
    /// What happened and must not have.
    pub faults: u16,
}

impl State {
    /// Notes that something happened.
    pub fn note(&mut self, fault: Fault) {
        self.faults |= 1 << fault as u16;
    }

    /// Whether it happened.
    pub const fn happened(&self, fault: Fault) -> bool {
        self.faults & (1 << fault as u16) != 0
    }

    /// Whether this run's writes are taken: its job runs, and the lease is of its epoch and token. A lease whose time is over
    /// still counts until somebody took it.
    pub fn holds(&self, run: &Run) -> bool {
        self.job(run.job_id).status == JobStatus::Running
            && self.lease.job_id == Some(run.job_id)
            && self.lease.epoch == run.epoch
            && self.lease.run_token == run.token
    }

    /// A job.
    pub fn job(&self, id: JobId) -> &Job {
        &self.jobs[usize::from(id)]
    }

    pub fn job_mut(&mut self, id: JobId) -> &mut Job {
        &mut self.jobs[usize::from(id)]
    }

    /// Every job with its id.
    pub fn numbered(&self) -> impl Iterator<Item = (JobId, &Job)> {
        (0..).zip(&self.jobs)
    }

    /// Frees the lease, if it is this job's; the epoch stays.
    pub fn free(&mut self, job: JobId) {
        if self.lease.job_id == Some(job) {
            self.lease = Lease {
                epoch: self.lease.epoch,
                ..Lease::default()
            };
        }
    }

    /// What ends a lease whose time is over, and what a worker that stops asks for.
    pub fn retry(&mut self, id: JobId) {
        let job = self.job_mut(id);
        job.status = if job.attempt < MAX_ATTEMPTS {
            JobStatus::Retrying
        } else {
            JobStatus::Failed
        };
    }

    /// A commit of the log wakes whoever waits for a job.
    pub fn wake(&mut self) {
        self.look = true;
    }
}

/// A delivery: a push, and the id that it comes under; a second hook sends the same push under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which push.
    pub push: u8,
    /// From the second hook.
    pub second: bool,
}

impl Delivery {
    /// Its place in a set of deliveries.
    pub const fn bit(self) -> Set {
        1 << (self.push * 2 + self.second as u8)
    }
}
