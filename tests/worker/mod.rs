//! Runs of jobs, from a signed push to the moved cursor: a real server, real git, the worker as it ships.

mod agent;
mod faults;
mod history;
mod pipeline;
mod stopping;
mod world;
