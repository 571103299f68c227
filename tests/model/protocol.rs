//! The protocol from a push to the end of its run, as states and steps: intake (sources.md §8), claim, stale check, spaces,
//! advance, release (sources.md §9). One source, one branch, two spaces, two workers; every step is one transaction of the
//! server or one look of a worker, and any order of them is possible.
//!
//! Names are those of the code: a [`Job`], a [`Lease`] with its epoch and run token, a [`Run`] with what its claim offered.
//! A [`Flaw`] takes one rule out of the protocol; the tests show which promise breaks without it.
//!
//! Time is no number here. A lease ends whenever it may; a retry is due or not, as the claim likes. A worker that takes no
//! step for a while is one that was stopped: the others go on in the meantime, its lease ends, and its next write carries
//! an old epoch and token.
//!
//! Left out: other branches and bindings that change (§8: a fan-out never grows), an operator's cancel and the skipping of
//! a space, commits that the remote has forgotten, and answers that are lost on their way, for which a sender repeats what
//! it sent. Nor is there anything inside a space: the push of documents and the report of it are one step, so that a space
//! seen twice because a worker died between them does not occur.

use stateright::{Model, Property};

use super::properties;
use super::state::*;

/// A step of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The remote takes the next push, and sends a delivery.
    Push,
    /// A delivery arrives: one transaction.
    Deliver(Delivery),
    /// A delivery is sent once more.
    Repeat(Delivery),
    /// A delivery is lost.
    Lose(Delivery),
    /// A claim finds the lease taken.
    LookInVain,
    /// A worker claims a job: one transaction.
    Claim {
        /// Which worker.
        worker: usize,
        /// Which job.
        job: JobId,
    },
    /// A run checks whether it is stale, looks at the remote and plans.
    Plan(usize),
    /// A run is done with a space, one way or the other: one transaction.
    Space {
        /// Which worker.
        worker: usize,
        /// Whether the space failed.
        fails: bool,
    },
    /// A run moves the cursor: one transaction.
    Advance(usize),
    /// A run ends: one transaction.
    Finish(usize),
    /// A worker dies.
    Crash(usize),
    /// A worker shuts down: it will hand its job back.
    Stop(usize),
    /// The lease's time is over.
    LeaseEnds,
    /// The holder of a lease whose time is over renews it after all.
    Renew(usize),
    /// The keeper ends the lease: one transaction.
    ExpireLease,
    /// A catch-up is queued.
    CatchUp,
    /// An operator lets a failed job go again.
    RetryJob(JobId),
    /// An operator runs an event again.
    RerunJob(JobId),
    /// An operator clears the cursor.
    ClearCursor,
}

/// How the cursor stands to the head of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    NoCursor,
    Behind,
    AtHead,
    Past,
    Apart,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Covered,
    /// The branch has left the event's commit: the push that took it away has an event of its own.
    LeftBehind,
    Process,
    Replay,
    Rewritten,
}

/// The protocol, told one story, with one rule left out or none.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// What the remote does.
    pub story: Story,
    /// The rule left out.
    pub flaw: Option<Flaw>,
}

impl Protocol {
    fn lacks(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// A commit and everything before it.
    pub fn history(&self, commit: Commit) -> Set {
        let mut at = commit;
        let mut set = 1 << at;
        while at != 0 {
            at = self.story.parents[usize::from(at)];
            set |= 1 << at;
        }
        set
    }

    /// Whether `old` is `new`, or `new` descends from it.
    pub fn leads_to(&self, old: Commit, new: Commit) -> bool {
        self.history(new) & (1 << old) != 0
    }

    /// Where the branch is after so many pushes.
    pub fn head_after(&self, pushes: u8) -> Commit {
        match pushes {
            0 => 0,
            n => self.story.pushes[usize::from(n) - 1].after,
        }
    }

    /// Whether the remote took every push.
    pub fn is_told(&self, state: &State) -> bool {
        usize::from(state.remote) == self.story.pushes.len()
    }

    /// Whether nothing is under way and nothing waits.
    pub fn is_at_rest(&self, state: &State) -> bool {
        self.is_told(state)
            && state.net == 0
            && state.workers.iter().all(Option::is_none)
            && !state.jobs.iter().any(Job::is_open)
    }

    /// Intake (sources.md §8): a delivery, and its job unless the same pair of commits came already and nothing else has
    /// moved the branch since.
    fn deliver(&self, state: &mut State, delivery: Delivery) {
        let bit = delivery.bit();
        state.net &= !bit;
        state.answered |= bit;
        if self.lacks(Flaw::AnswersBeforeStoring) || state.stored & bit != 0 {
            return;
        }
        state.stored |= bit;
        state.lost &= !(1 << delivery.push);
        let push = self.story.pushes[usize::from(delivery.push)];
        let generation = state.source.generation;
        let same = state
            .jobs
            .iter()
            .rfind(|job| job.head_sha == Some(push.after) && job.generation == generation);
        let tip = state.jobs.iter().rfind(|job| job.head_sha.is_some());
        let occurrence = match (same, tip) {
            (Some(last), Some(tip)) => {
                // Whether a run still takes this push for its own is not known once it has looked at the remote.
                let settled = self.lacks(Flaw::BelievesTheEvent)
                    || match last.status {
                        JobStatus::Running => false,
                        JobStatus::Skipped => last.superseded_by.is_some(),
                        _ => true,
                    };
                if tip.head_sha == last.head_sha && settled {
                    return;
                }
                last.occurrence + 1
            }
            _ => 0,
        };
        state.jobs.push(Job {
            status: JobStatus::Queued,
            head_sha: Some(push.after),
            found_sha: None,
            before_sha: Some(push.before),
            forced: push.forced,
            occurrence,
            generation,
            attempt: 0,
            superseded_by: None,
            spaces: [SpaceStatus::Queued; SPACES],
        });
        state.wake();
    }

    /// The jobs that a claim may take: the oldest that is due. Whether a retry is due nobody knows; what is queued is.
    fn claimable(state: &State) -> impl Iterator<Item = JobId> {
        let queued = state
            .numbered()
            .find(|(_, job)| job.status == JobStatus::Queued)
            .map(|(id, _)| id);
        state
            .numbered()
            .filter(move |(id, job)| job.waits() && queued.is_none_or(|first| *id <= first))
            .map(|(id, _)| id)
    }

    /// Whether the lease may be taken by a claim.
    fn is_takeable(&self, lease: Lease) -> bool {
        lease.job_id.is_none() || (lease.over && self.lacks(Flaw::TakesOverUnreturned))
    }

    fn claim(&self, state: &mut State, worker: usize, id: JobId) {
        let job = state.job(id);
        let source = &state.source;
        let told = told_of_force(state, id);
        let run = Run {
            job_id: id,
            epoch: state.lease.epoch + 1,
            token: state.lease.epoch + 1,
            cursor: source.cursor,
            cursor_version: source.cursor_version,
            cursor_job_id: source.cursor_job_id,
            superseded_by: self.superseded_by(state, id),
            base: self.base(state, id),
            forced: job.forced || (told && !self.lacks(Flaw::ForgetsForce)),
            told,
            replay: is_replay(state, id),
            done: job
                .spaces
                .map(|space| space.is_done() && !self.lacks(Flaw::RedoesSpaces)),
            failed: false,
            head: None,
            range: 0,
            moves_cursor: false,
            looked: 0,
            step: Step::Plan,
        };
        state.lease = Lease {
            job_id: Some(id),
            epoch: run.epoch,
            run_token: run.token,
            over: false,
        };
        let job = state.job_mut(id);
        job.status = JobStatus::Running;
        job.attempt += 1;
        state.workers[worker] = Some(run);
    }

    /// The newest completed or pending job that the provider's own chain `before → after` leads to from this one.
    fn superseded_by(&self, state: &State, id: JobId) -> Option<JobId> {
        let job = state.job(id);
        if job.forced && !self.lacks(Flaw::ForgetsForce)
            || is_replay(state, id) && !self.lacks(Flaw::SupersedesReplays)
        {
            return None;
        }
        let mut at = job.head_sha?;
        let mut last = None;
        let mut seen: Set = 1 << id;
        while let Some((next, other)) = state.numbered().find(|(other, next)| {
            *other > id
                && seen & (1 << other) == 0
                && !next.forced
                && next.generation == job.generation
                && next.before_sha == Some(at)
                && next.head_sha.is_some()
                && next.status != JobStatus::Failed
        }) {
            seen |= 1 << next;
            at = other.head_sha?;
            if other.carries() || self.lacks(Flaw::TrustsTheSkipped) {
                last = Some(next);
            }
        }
        last
    }

    /// Where the change set starts: at the oldest commit not yet covered, normally the cursor.
    fn base(&self, state: &State, id: JobId) -> Option<Commit> {
        let job = state.job(id);
        if self.lacks(Flaw::KeepsItsRange) && job.before_sha.is_some() {
            return job.before_sha;
        }
        if state.source.cursor.is_some() {
            return state.source.cursor;
        }
        let baseline = state
            .source
            .baseline
            .filter(|_| !self.lacks(Flaw::ForgetsBaseline));
        let uncovered = state
            .numbered()
            .filter(|(other, older)| {
                *other < id
                    && older.generation == job.generation
                    && older.status != JobStatus::Succeeded
            })
            .find_map(|(_, older)| older.before_sha);
        baseline.or(uncovered).or(job.before_sha)
    }

    /// Whether a write of this run is taken.
    fn admits(&self, state: &mut State, run: &Run) -> bool {
        let holds = state.holds(run);
        if !holds && self.lacks(Flaw::WithoutFencing) {
            state.note(Fault::StaleWrite);
            return true;
        }
        holds
    }

    fn standing(&self, cursor: Option<Commit>, head: Commit) -> Standing {
        match cursor {
            None => Standing::NoCursor,
            Some(cursor) if cursor == head => Standing::AtHead,
            Some(cursor) if self.leads_to(cursor, head) => Standing::Behind,
            Some(cursor) if self.leads_to(head, cursor) => Standing::Past,
            Some(_) => Standing::Apart,
        }
    }

    /// What an event is worth, by how it stands to the cursor and to the branch as it is now.
    fn next(&self, run: &Run, head: Commit, now: Commit, catch_up: bool) -> Next {
        let standing = self.standing(run.cursor, head);
        let looks = !self.lacks(Flaw::BelievesTheEvent);
        let off = looks && !self.leads_to(head, now);
        let cursor_is_on = looks && run.cursor.is_some_and(|cursor| self.leads_to(cursor, now));
        match standing {
            Standing::AtHead if run.replay => Next::Replay,
            Standing::AtHead if !off => Next::Nothing,
            Standing::Past if run.forced && cursor_is_on => Next::Covered,
            Standing::Past | Standing::Apart if run.replay && !run.forced => Next::Replay,
            _ if off => Next::LeftBehind,
            Standing::NoCursor | Standing::Behind => Next::Process,
            Standing::Past | Standing::Apart if run.forced => Next::Process,
            Standing::Past if catch_up => Next::Rewritten,
            Standing::Past => Next::Covered,
            Standing::AtHead | Standing::Apart => Next::Rewritten,
        }
    }

    fn plan(&self, state: &mut State, run: &mut Run) -> bool {
        if !self.admits(state, run) {
            return false;
        }
        if let Some(newer) = run.superseded_by {
            run.step = Step::Finish(Ending::Skipped {
                superseded_by: Some(newer),
            });
            return true;
        }
        let job = state.job(run.job_id);
        let now = self.head_after(state.remote);
        let catch_up = job.head_sha.is_none();
        let found = job.found_sha.filter(|_| !self.lacks(Flaw::ForgetsItsHead));
        let head = job.head_sha.or(found).unwrap_or(now);
        let next = self.next(run, head, now, catch_up);
        let before = job.before_sha;
        if catch_up {
            state.job_mut(run.job_id).found_sha = Some(head);
        }
        run.looked = state.remote;
        run.head = Some(head);
        match next {
            Next::Nothing => run.range = 0,
            Next::Process => {
                let covered = run.base.map_or(0, |base| self.history(base));
                run.range = self.history(head) & !covered;
                run.moves_cursor = true;
            }
            Next::Replay => {
                let covered = before.map_or(0, |base| self.history(base));
                run.range = self.history(head) & !covered;
            }
            Next::Covered => {
                run.step = Step::Finish(Ending::Skipped {
                    superseded_by: run.cursor_job_id,
                });
                return true;
            }
            Next::LeftBehind => {
                run.step = Step::Finish(Ending::Skipped {
                    superseded_by: None,
                });
                return true;
            }
            Next::Rewritten => {
                if run.told {
                    state.note(Fault::RiddleThatWasTold);
                }
                run.step = Step::Finish(Ending::Failed { retryable: false });
                return true;
            }
        }
        run.step = self.after_space(run, 0);
        true
    }

    /// The step after the spaces before this one.
    fn after_space(&self, run: &Run, from: usize) -> Step {
        match (from..SPACES).find(|space| !run.done[*space]) {
            Some(space) => Step::Space(space),
            None if run.failed && !self.lacks(Flaw::AdvancesPastFailure) => {
                Step::Finish(Ending::Failed { retryable: true })
            }
            None if run.moves_cursor => Step::Advance,
            None if run.failed => Step::Finish(Ending::Failed { retryable: true }),
            None => Step::Finish(Ending::Succeeded),
        }
    }

    fn space(&self, state: &mut State, run: &mut Run, space: usize, fails: bool) -> bool {
        if !self.admits(state, run) {
            return false;
        }
        if state.job(run.job_id).spaces[space].is_done() {
            if self.lacks(Flaw::RedoesSpaces) {
                state.note(Fault::SucceededTwice);
            }
            // A space succeeds once: the report is refused, and the run has failed.
            run.step = Step::Finish(Ending::Failed { retryable: true });
            return true;
        }
        let status = match (fails, run.range) {
            (true, _) => SpaceStatus::Failed,
            (false, 0) => SpaceStatus::Unchanged,
            (false, _) => SpaceStatus::Updated,
        };
        if status == SpaceStatus::Updated {
            if state.reached[space] & run.range != 0 && !run.replay {
                state.note(Fault::ShownTwice);
            }
            state.reached[space] |= run.range;
        }
        state.job_mut(run.job_id).spaces[space] = status;
        run.failed |= fails;
        run.step = self.after_space(run, space + 1);
        true
    }

    fn advance(&self, state: &mut State, run: &mut Run) -> bool {
        let (held, Some(head)) = (state.holds(run), run.head) else {
            return false;
        };
        if !self.admits(state, run) {
            return false;
        }
        let read = state.source.cursor_version == run.cursor_version;
        if !read && !self.lacks(Flaw::WithoutCompareAndSwap) {
            // The answer to an earlier try may have been lost, and it had arrived.
            run.step = Step::Finish(if state.source.cursor == run.head {
                Ending::Succeeded
            } else {
                Ending::Failed { retryable: true }
            });
            return true;
        }
        let job = state.job(run.job_id);
        if !job.spaces.iter().all(|space| space.is_done()) && !self.lacks(Flaw::AdvancesPastFailure)
        {
            run.step = Step::Finish(Ending::Failed { retryable: true });
            return true;
        }
        if !held {
            state.note(Fault::StaleCursor);
        }
        if !read {
            state.note(Fault::BlindCursor);
        }
        let branch = self.head_after(run.looked);
        if !self.leads_to(head, branch) {
            state.note(Fault::CursorLeftBranch);
        }
        if let Some(from) = state.source.cursor
            && from != head
            && self.leads_to(head, from)
            && self.leads_to(from, branch)
        {
            state.note(Fault::CursorWentBack);
        }
        state.source.cursor = Some(head);
        state.source.cursor_version += 1;
        state.source.cursor_job_id = Some(run.job_id);
        if !self.lacks(Flaw::EventApart) {
            state.cursor_events.push(Some(head));
        }
        run.step = Step::Finish(if run.failed {
            Ending::Failed { retryable: true }
        } else {
            Ending::Succeeded
        });
        true
    }

    fn finish(&self, state: &mut State, run: &Run, ending: Ending) {
        if !self.admits(state, run) {
            return;
        }
        let id = run.job_id;
        match ending {
            Ending::Succeeded => {
                if !state.job(id).spaces.iter().all(|space| space.is_done()) {
                    // Refused; the lease ends by itself.
                    return;
                }
                if run.moves_cursor && self.lacks(Flaw::EventApart) {
                    state.cursor_events.push(run.head);
                }
                state.job_mut(id).status = JobStatus::Succeeded;
            }
            Ending::Failed { retryable: false } => state.job_mut(id).status = JobStatus::Failed,
            Ending::Failed { retryable: true } => state.retry(id),
            // Whatever the attempt: nothing went wrong.
            Ending::HandBack => state.job_mut(id).status = JobStatus::Retrying,
            Ending::Skipped { superseded_by } => {
                // What the cursor has passed is done, whatever became of the job that moved it.
                if let Some(newer) = run.superseded_by
                    && !state.job(newer).carries()
                {
                    state.note(Fault::HandedToNobody);
                }
                if run.replay && run.superseded_by.is_some() {
                    state.note(Fault::ReplaySwallowed);
                }
                let job = state.job_mut(id);
                job.status = JobStatus::Skipped;
                job.superseded_by = superseded_by;
            }
        }
        state.free(id);
        // A retry comes due by itself; what waits behind it has nobody but this release.
        if !self.lacks(Flaw::WithoutReread) || state.job(id).waits() {
            state.wake();
        }
    }

    /// Whether a worker is there to renew the lease.
    fn is_attended(state: &State) -> bool {
        state.workers.iter().flatten().any(|run| state.holds(run))
    }

    fn remote_actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !self.is_told(state) {
            actions.push(Action::Push);
        }
        for push in 0..state.remote {
            for second in [false, true] {
                let delivery = Delivery { push, second };
                if state.net & delivery.bit() != 0 {
                    actions.push(Action::Deliver(delivery));
                    if state.left.losses > 0 {
                        actions.push(Action::Lose(delivery));
                    }
                } else if state.left.repeats > 0 {
                    actions.push(Action::Repeat(delivery));
                }
            }
        }
    }

    fn operator_actions(state: &State, actions: &mut Vec<Action>) {
        let catches_up = |job: &Job| job.head_sha.is_none() && job.is_open();
        if state.left.catch_ups > 0 && !state.jobs.iter().any(catches_up) {
            actions.push(Action::CatchUp);
        }
        for (id, job) in state.numbered() {
            if state.left.retries > 0 && job.status == JobStatus::Failed {
                actions.push(Action::RetryJob(id));
            }
            if state.left.reruns > 0 && job.head_sha.is_some() && !job.is_open() {
                actions.push(Action::RerunJob(id));
            }
        }
        let held = state.lease.job_id.is_some() && !state.lease.over;
        if state.left.clears > 0 && state.source.cursor.is_some() && !held {
            actions.push(Action::ClearCursor);
        }
    }

    fn lease_actions(&self, state: &State, actions: &mut Vec<Action>) {
        let waits = state.jobs.iter().any(Job::waits);
        if state.look && waits {
            if self.is_takeable(state.lease) {
                for worker in (0..WORKERS).filter(|w| state.workers[*w].is_none()) {
                    let claims = Self::claimable(state);
                    actions.extend(claims.map(|job| Action::Claim { worker, job }));
                }
            } else {
                actions.push(Action::LookInVain);
            }
        }
        if state.lease.job_id.is_some() {
            if state.lease.over {
                actions.push(Action::ExpireLease);
            } else if state.left.stalls > 0 || !Self::is_attended(state) {
                actions.push(Action::LeaseEnds);
            }
        }
    }

    fn worker_actions(state: &State, actions: &mut Vec<Action>) {
        for (worker, run) in state.workers.iter().enumerate() {
            let Some(run) = run else { continue };
            match run.step {
                Step::Plan => actions.push(Action::Plan(worker)),
                Step::Space(_) => {
                    let fails = false;
                    actions.push(Action::Space { worker, fails });
                    if state.left.failures > 0 && run.range != 0 {
                        let fails = true;
                        actions.push(Action::Space { worker, fails });
                    }
                }
                Step::Advance => actions.push(Action::Advance(worker)),
                Step::Finish(_) => actions.push(Action::Finish(worker)),
            }
            if state.left.crashes > 0 {
                actions.push(Action::Crash(worker));
                if run.step != Step::Finish(Ending::HandBack) {
                    actions.push(Action::Stop(worker));
                }
            }
            if state.lease.over && state.holds(run) {
                actions.push(Action::Renew(worker));
            }
        }
    }

    /// A step of the run of this worker; a run whose write is refused stops, and writes nothing more.
    fn step(&self, state: &mut State, worker: usize, action: Action) {
        let Some(mut run) = state.workers[worker].take() else {
            return;
        };
        let goes_on = match (action, run.step) {
            (Action::Space { fails, .. }, Step::Space(space)) => {
                if fails {
                    state.left.failures -= 1;
                }
                self.space(state, &mut run, space, fails)
            }
            (Action::Plan(_), Step::Plan) => self.plan(state, &mut run),
            (Action::Advance(_), Step::Advance) => self.advance(state, &mut run),
            (Action::Finish(_), Step::Finish(ending)) => {
                self.finish(state, &run, ending);
                false
            }
            _ => false,
        };
        if goes_on {
            state.workers[worker] = Some(run);
        }
    }
}

/// Whether the same event was queued before, in an older generation.
fn is_replay(state: &State, id: JobId) -> bool {
    let job = state.job(id);
    job.head_sha.is_some()
        && state.numbered().any(|(other, older)| {
            other < id && older.generation < job.generation && older.head_sha == job.head_sha
        })
}

/// Whether the provider's chain leads to this job from a forced push that is known and was not processed.
fn told_of_force(state: &State, id: JobId) -> bool {
    let mut seen: Set = 1 << id;
    let mut at = state.job(id).before_sha;
    while let Some(commit) = at {
        let found = state.numbered().find(|(other, job)| {
            seen & (1 << other) == 0
                && job.head_sha == Some(commit)
                && job.status != JobStatus::Succeeded
        });
        let Some((other, job)) = found else { break };
        if job.forced {
            return true;
        }
        seen |= 1 << other;
        at = job.before_sha;
    }
    false
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            remote: 0,
            net: 0,
            stored: 0,
            answered: 0,
            lost: 0,
            source: Source {
                cursor: self.story.has_cursor.then_some(0),
                cursor_version: 0,
                cursor_job_id: None,
                generation: 0,
                baseline: Some(0),
            },
            jobs: Vec::new(),
            lease: Lease::default(),
            workers: [const { None }; WORKERS],
            look: false,
            cursor_events: Vec::new(),
            reached: [0; SPACES],
            left: self.story.budget,
            caught_up: false,
            faults: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.remote_actions(state, actions);
        self.lease_actions(state, actions);
        Self::worker_actions(state, actions);
        Self::operator_actions(state, actions);
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Push => {
                let push = state.remote;
                state.remote += 1;
                state.net |= Delivery {
                    push,
                    second: false,
                }
                .bit();
            }
            Action::Deliver(delivery) => self.deliver(&mut state, delivery),
            Action::Repeat(delivery) => {
                state.left.repeats -= 1;
                state.net |= delivery.bit();
            }
            Action::Lose(delivery) => {
                state.left.losses -= 1;
                state.net &= !delivery.bit();
                let either = [false, true].map(|second| Delivery { second, ..delivery }.bit());
                if state.stored & (either[0] | either[1]) == 0 {
                    state.lost |= 1 << delivery.push;
                }
            }
            Action::LookInVain => state.look = false,
            Action::Claim { worker, job } => self.claim(&mut state, worker, job),
            Action::Space { worker, .. }
            | Action::Plan(worker)
            | Action::Advance(worker)
            | Action::Finish(worker) => self.step(&mut state, worker, action),
            Action::Crash(worker) => {
                state.left.crashes -= 1;
                state.workers[worker] = None;
            }
            Action::Stop(worker) => {
                state.left.crashes -= 1;
                if let Some(run) = &mut state.workers[worker] {
                    run.step = Step::Finish(Ending::HandBack);
                }
            }
            Action::LeaseEnds => {
                if Self::is_attended(&state) {
                    state.left.stalls -= 1;
                }
                state.lease.over = true;
            }
            Action::Renew(_) => state.lease.over = false,
            Action::ExpireLease => {
                let job = state.lease.job_id?;
                state.free(job);
                if state.job(job).status == JobStatus::Running {
                    state.retry(job);
                }
                state.wake();
            }
            Action::CatchUp => {
                state.left.catch_ups -= 1;
                state.caught_up = self.is_told(&state);
                let generation = state.source.generation;
                state.jobs.push(Job {
                    status: JobStatus::Queued,
                    head_sha: None,
                    found_sha: None,
                    before_sha: None,
                    forced: false,
                    occurrence: state.jobs.len() as u8,
                    generation,
                    attempt: 0,
                    superseded_by: None,
                    spaces: [SpaceStatus::Queued; SPACES],
                });
                state.wake();
            }
            Action::RetryJob(job) => {
                state.left.retries -= 1;
                let job = state.job_mut(job);
                job.attempt = 0;
                job.status = JobStatus::Queued;
                state.wake();
            }
            Action::RerunJob(job) => {
                state.left.reruns -= 1;
                state.source.generation += 1;
                let again = Job {
                    status: JobStatus::Queued,
                    generation: state.source.generation,
                    attempt: 0,
                    superseded_by: None,
                    spaces: [SpaceStatus::Queued; SPACES],
                    ..state.job(job).clone()
                };
                state.jobs.push(again);
                state.wake();
            }
            Action::ClearCursor => {
                state.left.clears -= 1;
                state.source = Source {
                    cursor: None,
                    cursor_version: state.source.cursor_version + 1,
                    cursor_job_id: None,
                    generation: state.source.generation + 1,
                    baseline: None,
                };
                state.cursor_events.push(None);
            }
        }
        if !state.jobs.iter().any(Job::waits) {
            // Nobody looks where nothing waits.
            state.look = false;
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
