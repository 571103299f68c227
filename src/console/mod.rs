//! The terminal console.
//!
//! A pure core with no terminal, network or clock in it: `update` changes the model, `view` draws it; `runtime` turns
//! effects into tasks and their replies into messages.
//!
//! # The floors
//!
//! A room uses only rooms further down this list, and none beside it; `tests/house` checks the edges.
//!
//! | room | what lives there |
//! |---|---|
//! | `runtime` | the loop: effects become tasks, their replies messages; what is kept on this machine |
//! | `plain`, `terminal` | the console that talks in lines; the terminal itself: keys, frames, signals |
//! | `update`, `view` | what a message makes of the model; how the model is drawn |
//! | `effect` | what `update` wants done |
//! | `msg` | what can happen |
//! | `possible` | what can be done now and what cannot, and why: contexts, what a command is about, what it would send |
//! | `export`, `info` | lists as files; the lines of `:info` |
//! | `rows` | what rows say: in cells, to a filter, in words |
//! | `model` | everything the console knows, as plain data |
//! | `keymap` | keys as data: which key, in which context, under which condition, is which command |
//! | `columns`, `command`, `query` | what columns there are; what commands there are and what they risk; the language of `/` |
//! | `format`, `ids` | how values are written; what lists and rows are known by |
//! | `clean`, `language`, `local`, `shot` | text made harmless; the language the console speaks; changes of this machine; pictures of screens |

// First: its macros are for the rooms below.
#[macro_use]
pub mod language;

pub mod clean;
pub mod columns;
pub mod command;
pub mod effect;
pub mod export;
pub mod format;
mod ids;
mod info;
pub mod keymap;
mod local;
pub mod model;
pub mod msg;
pub mod plain;
mod possible;
pub mod query;
mod rows;
pub mod runtime;
pub mod shot;
pub mod terminal;
pub mod update;
pub mod view;

pub use runtime::{
    Connect, ConnectFailure, Options, Picture, Profiles, Target, Themes, ToServer, picture, run,
    run_in, run_plain, run_plain_in, typed,
};
