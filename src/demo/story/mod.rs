//! What happened, act by act. Every line is something that somebody does from outside: a person through the API, a
//! provider through a webhook, a runner through a run. What comes of it is the server's own doing.

mod agent;
mod code;
mod months;
mod settle;
mod today;

use super::error::DemoError;
use super::stage::Stage;

/// Tells the whole story. When it ends, one run is under way.
pub async fn tell(stage: &mut Stage) -> Result<(), DemoError> {
    settle::settle(stage).await?;
    months::pass(stage).await?;
    today::pass(stage).await
}
