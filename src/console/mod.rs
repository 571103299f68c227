//! The terminal console.
//!
//! A pure core (`model`, `command`, `keymap`, `query`, `update`) with no terminal, network or clock in it; `view` draws
//! the model; `runtime` turns effects into tasks and their replies into messages.

// First: its macros are for the rooms below.
#[macro_use]
pub mod language;

pub mod clean;
pub mod columns;
pub mod command;
pub mod effect;
pub mod export;
pub mod keymap;
mod local;
pub mod model;
pub mod msg;
pub mod plain;
pub mod query;
pub mod runtime;
pub mod shot;
pub mod terminal;
pub mod update;
pub mod view;

pub use runtime::{
    Connect, ConnectFailure, Options, Picture, Profiles, Target, Themes, ToServer, picture, run,
    run_in, run_plain, run_plain_in, typed,
};
