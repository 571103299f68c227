//! What developers and CI run inside a docs project, through the built binary: sources, impact, strict mode.

mod ci;
mod impact;
mod sources;
mod strict;
mod upgrade;
mod world;
