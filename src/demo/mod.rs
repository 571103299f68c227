//! The demo: a small complete world, built through the public API and real git alone. Nothing in it is inserted by SQL or
//! known by name anywhere else; what is broken in it broke in the ordinary way, and is cured in the ordinary way.
//!
//! `world` says what there is, `story` what happened. The rest is what the story needs: repositories, webhooks, a
//! directory.

mod build;
mod calendar;
mod error;
mod fault;
mod front;
mod pace;
mod place;
mod push;
mod random;
mod repository;
mod stage;
mod story;
mod webhook;
pub mod world;

pub use build::{Config, Person, World, build, open};
pub use calendar::screen_now;
pub use error::DemoError;
pub use fault::{Fault, FaultError};
pub use front::{Ordered, set_fault};
pub use place::{Keys, Place, Running};
pub use push::{PushOutcome, push};
pub use random::StoryRandom;
pub use repository::{Commit, Onto, Repository, ZEROS};
pub use webhook::{PushEvent, Webhook};
