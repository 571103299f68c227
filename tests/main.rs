//! Black-box tests.

// A panic in a test is a failed test that says where.
#![allow(clippy::unwrap_used)]

mod api;
mod console;
mod demo;
mod fuzz;
mod house;
mod log;
mod model;
mod project;
#[cfg(target_os = "linux")]
mod soak;
mod support;
mod terminal;
mod worker;
