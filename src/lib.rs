//! jolli keeps documents true to the code they describe.
//!
//! # The house
//!
//! A module uses only modules further down this list; `tests/house` checks the edges.
//!
//! | room | what lives there |
//! |---|---|
//! | `cli` | one file per command family; prints, never decides |
//! | `demo` | builds the demo world through the public API |
//! | `console` | the terminal UI |
//! | `project` | a docs project on this machine: its sources, its documents, what a change touches, keeping them in step |
//! | `worker` | claims jobs and runs the pipeline |
//! | `agent` | programs that edit documents, and the folder they work in |
//! | `server` | HTTP: routes, roles, webhooks, live events, OpenAPI |
//! | `client` | the typed client of that API; everything above uses it |
//! | `engine` | dispatch: a command becomes events, rows and a receipt |
//! | `store` | SQL, migrations, projections; alone knows the databases |
//! | `impact` | attention rules × changed files; strict findings |
//! | `local` | what is on this machine: the user's folders, the files of `.jolli` |
//! | `git` | what we ask of git, and nothing else |
//! | `api` | wire types and error codes, shared by both ends |
//! | `domain` | nouns and rules: pure, no I/O, no async, no clock |
//! | `base` | ports: clock, randomness, ids, processes |

pub mod agent;
pub mod api;
pub mod base;
pub mod cli;
pub mod client;
pub mod console;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod git;
pub mod impact;
pub mod local;
pub mod project;
pub mod server;
pub mod store;
pub mod worker;
