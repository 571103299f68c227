//! Runs of jobs, from a signed push to the moved cursor: a real server, real git, the worker as it ships.

mod acp;
mod agent;
#[cfg(target_os = "linux")]
mod canary;
#[cfg(target_os = "linux")]
mod crash;
mod e2b;
mod faults;
mod fleet;
mod follow_up;
mod hand;
mod history;
mod ledger;
mod looks;
mod meeting;
mod odd;
mod outage;
mod pipeline;
mod race;
mod rebaseline;
mod sessions;
mod stopping;
mod storm;
#[cfg(target_os = "linux")]
mod story;
mod threads;
mod uploads;
mod world;
#[cfg(target_os = "linux")]
mod zombie;
