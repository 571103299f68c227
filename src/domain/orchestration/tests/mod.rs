//! Given what is, when a command is given, then this happens: the rules of projects and threads, scenario by scenario.

mod agents;
mod checkpoints;
mod givers;
mod projects;
mod questions;
mod threads;
mod turns;
mod world;
