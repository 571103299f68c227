//! The typed client of the HTTP API. Console, command line, workers, demo and tests all speak to a server through it,
//! over the network or to a router in the same process, with the same routes and the same authorisation.
//!
//! `call` takes any call as data (buttons, undo, dry runs); the typed methods are for code that knows what it asks.

mod call;
mod error;
mod feed;
pub mod header;
mod integrations;
mod jobs;
mod orchestration;
mod org;
pub mod query;
mod snapshot;
mod sources;
mod spaces;
pub mod sse;
mod token;
mod transport;
mod webhooks;

#[cfg(test)]
mod tests;

pub use call::{CallOptions, Client, Reply};
pub use error::ClientError;
pub use feed::{EventsStream, RowsStream};
pub use jobs::Run;
pub use query::{Page, Query};
pub use token::AccessToken;
pub(crate) use transport::install_crypto;
