//! What holds in every state of the protocol, and what happens in some: the promises of sources.md §8 and §9.

use stateright::Property;

use super::protocol::Protocol;
use super::state::{Commit, Fault, JobStatus, SPACES, State};

/// The properties of every story.
pub fn all() -> Vec<Property<Protocol>> {
    let mut all = vec![
        Property::always(VERSION_GROWS, version_grows),
        Property::always(NEVER_BACK, |_: &Protocol, s: &State| {
            !s.happened(Fault::CursorWentBack)
        }),
        Property::always(ON_THE_BRANCH, |_: &Protocol, s: &State| {
            !s.happened(Fault::CursorLeftBranch)
        }),
        Property::always(ONE_LIVE_LEASE, one_live_lease),
        Property::always(EPOCHS_NEVER_REPEAT, epochs_never_repeat),
        Property::always(FENCED, |_: &Protocol, s: &State| {
            !s.happened(Fault::StaleWrite)
        }),
        Property::always(ONLY_THE_HOLDER, |_: &Protocol, s: &State| {
            !s.happened(Fault::StaleCursor)
        }),
        Property::always(COMPARE_AND_SWAP, |_: &Protocol, s: &State| {
            !s.happened(Fault::BlindCursor)
        }),
        Property::always(DURABLE, |_: &Protocol, s: &State| {
            s.answered & !s.stored == 0
        }),
        Property::always(ONCE, once),
        Property::always(WITH_ITS_EVENT, with_its_event),
        Property::always(NO_ORPHAN, no_orphan),
        Property::always(NOTHING_WAITS_FOR_NOBODY, nothing_waits_for_nobody),
        Property::always(HAS_A_SUCCESSOR, has_a_successor),
        Property::always(REPLAYS_RUN, |_: &Protocol, s: &State| {
            !s.happened(Fault::ReplaySwallowed)
        }),
        Property::always(NO_RIDDLE, |_: &Protocol, s: &State| {
            !s.happened(Fault::RiddleThatWasTold)
        }),
        Property::always(CONTIGUOUS, contiguous),
        Property::always(PROCESSED_OR_TOLD, processed_or_told),
        Property::eventually(COMES_TO_REST, Protocol::is_at_rest),
    ];
    all.extend([
        Property::sometimes(GOOD_RUN, good_run),
        Property::sometimes(TAKEOVER, takeover),
        Property::sometimes(SUPERSEDED, |_: &Protocol, s: &State| {
            s.jobs.iter().any(|job| job.superseded_by.is_some())
        }),
        Property::sometimes(CLOSED_GAP, closed_gap),
        Property::sometimes(SHOWN_AGAIN, |_: &Protocol, s: &State| {
            s.happened(Fault::ShownTwice)
        }),
    ]);
    all
}

pub const VERSION_GROWS: &str = "the cursor's version is the number of its changes";
pub const NEVER_BACK: &str = "the cursor never goes back along the branch's history";
pub const ON_THE_BRANCH: &str = "the cursor never goes to a commit that the branch has left";
pub const ONE_LIVE_LEASE: &str = "at most one run may write";
pub const EPOCHS_NEVER_REPEAT: &str = "every claim has an epoch of its own";
pub const FENCED: &str = "no write of a fenced run takes effect";
pub const ONLY_THE_HOLDER: &str = "only the holder of the lease moves the cursor";
pub const COMPARE_AND_SWAP: &str = "the cursor moves only from the version that its run read";
pub const DURABLE: &str = "every answered delivery is on disk";
pub const ONCE: &str =
    "each occurrence of a push succeeds at most once in each generation and space";
pub const WITH_ITS_EVENT: &str = "the cursor moves only together with its event";
pub const NO_ORPHAN: &str = "every running job has the lease";
pub const NOTHING_WAITS_FOR_NOBODY: &str =
    "what waits has a run in front of it or somebody who looks";
pub const HAS_A_SUCCESSOR: &str =
    "a superseded event points to a successor that carries its commits";
pub const REPLAYS_RUN: &str = "an event that an operator runs again is run";
pub const NO_RIDDLE: &str = "a forced push that was delivered is no riddle for a person";
pub const CONTIGUOUS: &str = "every commit up to the cursor reached every space";
pub const PROCESSED_OR_TOLD: &str =
    "at rest the cursor is at the head, or somebody is told why not";
pub const COMES_TO_REST: &str = "everything comes to rest";
pub const GOOD_RUN: &str = "every push is processed";
pub const TAKEOVER: &str = "a run is taken over while the old one still lives";
pub const CLOSED_GAP: &str = "a catch-up brings what a lost delivery did not";
pub const SHOWN_AGAIN: &str = "the run after a failed one shows a space again what it was shown";
pub const SUPERSEDED: &str = "an event is superseded";

fn version_grows(_: &Protocol, state: &State) -> bool {
    // Each change adds one, and one is never taken back: a smaller version would be less than the log says.
    usize::from(state.source.cursor_version) >= state.cursor_events.len()
}

fn one_live_lease(_: &Protocol, state: &State) -> bool {
    let live = state
        .workers
        .iter()
        .flatten()
        .filter(|run| state.holds(run));
    live.count() <= 1
}

fn epochs_never_repeat(_: &Protocol, state: &State) -> bool {
    let claims: u8 = state.jobs.iter().map(|job| job.attempt).sum();
    let [first, second] = &state.workers;
    let apart = match (first, second) {
        (Some(a), Some(b)) => a.epoch != b.epoch && a.token != b.token,
        _ => true,
    };
    // An operator's retry counts attempts from the start again.
    apart && state.lease.epoch >= claims
}

fn once(_: &Protocol, state: &State) -> bool {
    let key = |n: usize| {
        let job = &state.jobs[n];
        (job.head_sha, job.occurrence, job.generation)
    };
    let unique = (0..state.jobs.len()).all(|a| (0..a).all(|b| key(a) != key(b)));
    unique && !state.happened(Fault::SucceededTwice)
}

fn with_its_event(model: &Protocol, state: &State) -> bool {
    let start: Option<Commit> = model.story.has_cursor.then_some(0);
    let told = state.cursor_events.last().copied().unwrap_or(start);
    told == state.source.cursor
        && state.cursor_events.len() == usize::from(state.source.cursor_version)
}

fn no_orphan(_: &Protocol, state: &State) -> bool {
    state
        .numbered()
        .all(|(id, job)| job.status != JobStatus::Running || state.lease.job_id == Some(id))
}

fn nothing_waits_for_nobody(_: &Protocol, state: &State) -> bool {
    let waits = state.jobs.iter().any(super::state::Job::waits);
    !waits || state.look || state.lease.job_id.is_some()
}

fn has_a_successor(_: &Protocol, state: &State) -> bool {
    let itself = state
        .numbered()
        .any(|(id, job)| job.superseded_by == Some(id));
    !itself && !state.happened(Fault::HandedToNobody)
}

fn contiguous(model: &Protocol, state: &State) -> bool {
    // A cleared cursor starts anew: a push then runs over its own commits.
    let Some(cursor) = state.source.cursor.filter(|_| !is_cleared(state)) else {
        return true;
    };
    let due = model.history(cursor) & !1;
    (0..SPACES).all(|space| due & !state.reached[space] == 0)
}

fn processed_or_told(model: &Protocol, state: &State) -> bool {
    let nobody_knows = state.lost != 0 && !state.caught_up;
    !model.is_at_rest(state)
        || nobody_knows
        || is_cleared(state)
        || at_head(model, state)
        || state.jobs.iter().any(|job| job.status == JobStatus::Failed)
}

fn is_cleared(state: &State) -> bool {
    state.cursor_events.contains(&None)
}

/// Whether the remote took every push, and the cursor is where it is.
pub fn at_head(model: &Protocol, state: &State) -> bool {
    model.is_told(state) && state.source.cursor == Some(model.head_after(state.remote))
}

fn good_run(model: &Protocol, state: &State) -> bool {
    model.is_at_rest(state)
        && at_head(model, state)
        && state
            .jobs
            .iter()
            .all(|job| job.status == JobStatus::Succeeded)
}

fn closed_gap(model: &Protocol, state: &State) -> bool {
    state.lost != 0 && at_head(model, state)
}

fn takeover(_: &Protocol, state: &State) -> bool {
    let runs = || state.workers.iter().flatten();
    runs().any(|old| {
        !state.holds(old) && runs().any(|new| new.job_id == old.job_id && state.holds(new))
    })
}
