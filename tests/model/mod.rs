//! The protocol of sources.md §8 and §9, model-checked: every order of deliveries, runs and failures within small bounds.
//! Whole, it keeps its promises; without any one of its rules, a counter-example shows which promise needs that rule.

mod properties;
mod protocol;
mod state;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use properties as p;
use protocol::Protocol;
use state::{Budget, Commit, Flaw, Push, Story};

const fn push(before: Commit, after: Commit) -> Push {
    Push {
        before,
        after,
        forced: false,
    }
}

const fn forced(before: Commit, after: Commit) -> Push {
    Push {
        before,
        after,
        forced: true,
    }
}

const NOTHING: Budget = Budget {
    repeats: 0,
    losses: 0,
    stalls: 0,
    crashes: 0,
    failures: 0,
    catch_ups: 0,
    retries: 0,
    reruns: 0,
    clears: 0,
};

/// Three pushes, one after the other; a worker stops for a while, a worker dies.
const ORDINARY: Story = Story {
    parents: &[0, 0, 1, 2],
    pushes: &[push(0, 1), push(1, 2), push(2, 3)],
    has_cursor: true,
    budget: Budget {
        stalls: 1,
        crashes: 1,
        ..NOTHING
    },
};

/// Three pushes, of which deliveries are lost and repeated; somebody catches up.
const UNRELIABLE: Story = Story {
    budget: Budget {
        repeats: 1,
        losses: 1,
        catch_ups: 1,
        ..NOTHING
    },
    ..ORDINARY
};

/// Three pushes, and spaces that fail until an operator lets them go again.
const FAILING: Story = Story {
    budget: Budget {
        failures: 2,
        retries: 1,
        ..NOTHING
    },
    ..ORDINARY
};

/// Two pushes and a catch-up; a delivery is lost, and a space fails.
const CATCHING_UP: Story = Story {
    parents: &[0, 0, 1],
    pushes: &[push(0, 1), push(1, 2)],
    has_cursor: true,
    budget: Budget {
        losses: 1,
        crashes: 1,
        failures: 1,
        catch_ups: 1,
        ..NOTHING
    },
};

/// A → B, back by force, and A → B once more.
const THERE_AND_BACK: Story = Story {
    parents: &[0, 0],
    pushes: &[push(0, 1), forced(1, 0), push(0, 1)],
    has_cursor: true,
    budget: Budget {
        repeats: 1,
        stalls: 1,
        ..NOTHING
    },
};

/// A commit is taken back by force and replaced, and work goes on from there.
const REWRITTEN: Story = Story {
    parents: &[0, 0, 0, 2],
    pushes: &[push(0, 1), forced(1, 2), push(2, 3)],
    has_cursor: true,
    budget: Budget {
        repeats: 1,
        failures: 1,
        ..NOTHING
    },
};

/// A source that was just linked, so that it has a baseline and no cursor.
const LINKED: Story = Story {
    parents: &[0, 0, 1],
    pushes: &[push(0, 1), push(1, 2)],
    has_cursor: false,
    budget: Budget {
        losses: 1,
        stalls: 1,
        catch_ups: 1,
        ..NOTHING
    },
};

/// Two pushes, and operators who run them again and clear the cursor meanwhile.
const OPERATED: Story = Story {
    has_cursor: true,
    budget: Budget {
        stalls: 1,
        reruns: 1,
        clears: 1,
        ..NOTHING
    },
    ..LINKED
};

/// Checks every state of the story: all promises hold, and what is said to be shown happens.
fn holds(story: &Story, shown: &[&'static str], at_least: usize) {
    let model = Protocol {
        story: story.clone(),
        flaw: None,
    };
    let checker = model.checker().threads(2).spawn_bfs().join();
    let states = checker.unique_state_count();
    println!("{states} states");
    for property in checker.model().properties() {
        if property.expectation.discovery_is_failure() {
            checker.assert_no_discovery(property.name);
        }
    }
    for name in shown {
        checker.assert_any_discovery(name);
    }
    assert!(states > at_least, "only {states} states");
}

/// Without the rule, the promise is broken in this story.
fn breaks(story: &Story, flaw: Flaw, promise: &'static str) {
    let model = Protocol {
        story: story.clone(),
        flaw: Some(flaw),
    };
    let found = model
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf(BTreeSet::from([promise])))
        .spawn_bfs()
        .join();
    let path = found.assert_any_discovery(promise);
    println!("{} states; {path}", found.unique_state_count());
}

#[test]
fn the_protocol_holds_when_workers_stop_and_die() {
    holds(
        &ORDINARY,
        &[p::GOOD_RUN, p::TAKEOVER, p::SUPERSEDED],
        100_000,
    );
}

#[test]
fn the_protocol_holds_when_deliveries_are_lost_repeated_and_out_of_order() {
    holds(
        &UNRELIABLE,
        &[p::GOOD_RUN, p::SUPERSEDED, p::CLOSED_GAP],
        100_000,
    );
}

#[test]
fn the_protocol_holds_when_spaces_fail() {
    holds(
        &FAILING,
        &[p::GOOD_RUN, p::SUPERSEDED, p::SHOWN_AGAIN],
        10_000,
    );
}

#[test]
fn the_protocol_holds_when_a_catch_up_fails_halfway() {
    holds(&CATCHING_UP, &[p::GOOD_RUN, p::CLOSED_GAP], 50_000);
}

#[test]
fn the_protocol_holds_when_a_branch_goes_back_and_forth() {
    holds(&THERE_AND_BACK, &[p::GOOD_RUN, p::TAKEOVER], 100_000);
}

#[test]
fn the_protocol_holds_when_history_is_rewritten() {
    holds(&REWRITTEN, &[p::GOOD_RUN], 50_000);
}

#[test]
fn the_protocol_holds_for_a_source_that_was_just_linked() {
    holds(&LINKED, &[p::GOOD_RUN, p::TAKEOVER, p::SUPERSEDED], 10_000);
}

#[test]
fn the_protocol_holds_whatever_operators_do() {
    holds(
        &OPERATED,
        &[p::GOOD_RUN, p::TAKEOVER, p::SUPERSEDED],
        10_000,
    );
}

#[test]
fn without_fencing_a_zombie_moves_the_cursor() {
    breaks(&ORDINARY, Flaw::WithoutFencing, p::ONLY_THE_HOLDER);
}

#[test]
fn without_fencing_a_zombie_writes() {
    breaks(&ORDINARY, Flaw::WithoutFencing, p::FENCED);
}

#[test]
fn without_a_look_at_release_a_job_waits_for_nobody() {
    breaks(&ORDINARY, Flaw::WithoutReread, p::NOTHING_WAITS_FOR_NOBODY);
    breaks(&ORDINARY, Flaw::WithoutReread, p::COMES_TO_REST);
}

#[test]
fn without_compare_and_swap_a_run_undoes_what_an_operator_cleared() {
    breaks(&OPERATED, Flaw::WithoutCompareAndSwap, p::COMPARE_AND_SWAP);
}

#[test]
fn a_cursor_that_passes_a_failed_space_skips_commits() {
    breaks(&FAILING, Flaw::AdvancesPastFailure, p::CONTIGUOUS);
}

#[test]
fn a_superseded_event_that_keeps_its_range_skips_commits() {
    breaks(&ORDINARY, Flaw::KeepsItsRange, p::CONTIGUOUS);
}

#[test]
fn a_retry_that_does_everything_again_succeeds_twice() {
    breaks(&FAILING, Flaw::RedoesSpaces, p::ONCE);
}

#[test]
fn an_answer_before_the_commit_loses_a_delivery() {
    breaks(&ORDINARY, Flaw::AnswersBeforeStoring, p::DURABLE);
}

#[test]
fn a_cursor_whose_event_comes_later_is_ahead_of_the_log() {
    breaks(&ORDINARY, Flaw::EventApart, p::WITH_ITS_EVENT);
}

#[test]
fn a_claim_that_is_faster_than_the_keeper_leaves_a_job_running_for_ever() {
    breaks(&ORDINARY, Flaw::TakesOverUnreturned, p::NO_ORPHAN);
    breaks(&ORDINARY, Flaw::TakesOverUnreturned, p::COMES_TO_REST);
}

#[test]
fn a_run_that_believes_a_late_event_takes_the_cursor_off_the_branch() {
    breaks(&THERE_AND_BACK, Flaw::BelievesTheEvent, p::ON_THE_BRANCH);
}

#[test]
fn a_run_that_believes_a_late_forced_push_takes_the_cursor_back() {
    breaks(&THERE_AND_BACK, Flaw::BelievesTheEvent, p::NEVER_BACK);
    breaks(
        &THERE_AND_BACK,
        Flaw::BelievesTheEvent,
        p::PROCESSED_OR_TOLD,
    );
}

#[test]
fn a_forced_push_that_is_forgotten_leaves_a_riddle() {
    breaks(&REWRITTEN, Flaw::ForgetsForce, p::NO_RIDDLE);
}

#[test]
fn an_event_that_trusts_a_skipped_one_is_handed_to_nobody() {
    breaks(&FAILING, Flaw::TrustsTheSkipped, p::HAS_A_SUCCESSOR);
}

#[test]
fn a_replay_that_may_be_superseded_is_swallowed() {
    breaks(&OPERATED, Flaw::SupersedesReplays, p::REPLAYS_RUN);
}

#[test]
fn a_first_run_that_forgets_the_baseline_skips_commits() {
    breaks(&LINKED, Flaw::ForgetsBaseline, p::CONTIGUOUS);
}

#[test]
fn a_catch_up_that_forgets_its_head_skips_commits() {
    breaks(&CATCHING_UP, Flaw::ForgetsItsHead, p::CONTIGUOUS);
}
