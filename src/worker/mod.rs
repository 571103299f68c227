//! Claims jobs and runs the pipeline of each: lease, stale check, checkout, every space, cursor (sources.md §9).
//!
//! Speaks to the server through the client alone, so a worker in the server's own process and one on another machine do
//! the same. What may happen to a job is decided there; here is only the work. Every write of a run carries its token, and
//! a run that lost its lease stops and writes nothing more.

mod agent;
mod backoff;
mod checkpoint;
mod edit;
mod fault;
mod halt;
mod heartbeat;
mod host;
mod instruction;
mod mirrors;
mod odd;
mod plan;
mod report;
mod run;
mod service;
mod sessions;
mod space;
mod thread;

pub use agent::{Conversing, Provider};
pub use service::{Worker, WorkerConfig, WorkerError};
