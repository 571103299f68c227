//! The HTTP server: the endpoint table and what answers it, webhook intake, the live feed. Authenticates, authorises and
//! parses; what may happen is decided in `domain`, and knows nothing of workers.

mod activity;
mod app;
mod ask;
mod auth;
mod command;
mod conflicts;
mod context;
mod doors;
mod endpoint;
mod fault;
mod feed;
mod list;
pub mod master_key;
mod metrics;
pub mod openapi;
mod orchestration;
mod past;
mod patrol;
mod present;
mod remote;
mod reply;
mod router;
mod routes;
mod run;
pub mod seal;
mod secrets;
mod serve;
mod webhook;
mod wire;

pub use endpoint::{Access, Endpoint};
pub use routes::{StrictRequest, table};
pub use serve::{Config, Server, ServerError};
pub use webhook::payload;
