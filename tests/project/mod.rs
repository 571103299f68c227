//! What developers and CI run inside a docs project, through the built binary: sources, impact, strict mode,
//! agents, sync.

mod acp;
mod agent;
#[cfg(unix)]
mod broken;
mod ci;
mod impact;
mod profiles;
mod rollout;
mod sources;
mod strict;
mod sync;
mod upgrade;
mod world;
