//! The endpoint table, one family a file. What is not here does not exist: router, roles, document and role test read it.

mod activities;
mod deliveries;
mod files;
mod integrations;
mod jobs;
mod machine;
mod orchestration;
mod org;
mod pulse;
mod queues;
mod runs;
mod sources;
mod spaces;
mod state;
mod strict;
mod sync;
mod threads;
mod undo;
mod upkeep;

pub use strict::StrictRequest;

use super::endpoint::Endpoint;

/// Every endpoint.
pub fn table() -> Vec<Endpoint> {
    [
        sources::endpoints(),
        files::endpoints(),
        spaces::endpoints(),
        sync::endpoints(),
        integrations::endpoints(),
        deliveries::endpoints(),
        jobs::endpoints(),
        runs::endpoints(),
        pulse::endpoints(),
        queues::endpoints(),
        orchestration::endpoints(),
        threads::endpoints(),
        activities::endpoints(),
        state::endpoints(),
        undo::endpoints(),
        upkeep::endpoints(),
        strict::endpoints(),
        org::endpoints(),
        machine::endpoints(),
    ]
    .concat()
}
