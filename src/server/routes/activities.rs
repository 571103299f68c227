//! What came of the tools of agents, where it is too long for its activity (orchestration.md: reading).

use axum::http::Method;

use super::orchestration::{READS, may_read, text_of};
use crate::api::{ActivityOutput, ActivityOutputRequest, Code};
use crate::domain::row::{ActivityRow, Key, ThreadRow};
use crate::domain::view::{Need, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::Endpoint;
use crate::server::fault::Fault;
use crate::server::orchestration::unknown;
use crate::server::reply::Answer;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/orchestration/getActivityOutput",
            READS,
            "Gives what came of a tool, whole; a run reads its own threads.",
            |c| Box::pin(output(c)),
        )
        .takes::<ActivityOutputRequest>()
        .gives::<ActivityOutput>(200),
    ]
}

async fn output(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<ActivityOutputRequest>().await?;
    let ActivityOutputRequest {
        thread_id,
        activity_id,
    } = request;
    may_read(&c, Some(&thread_id)).await?;
    let thread = Key::ProjectionThreads(thread_id.clone());
    let activity = Key::ProjectionThreadActivities(thread_id.clone(), activity_id.clone());
    let (payload, _) = ask(&c.app, c.caller.org.id, |view| {
        view.require([&thread, &activity].map(|key| Need::Row(key.clone())))?;
        view.row::<ThreadRow>(thread.clone())?
            .ok_or_else(|| not_found("Thread", &thread_id))?;
        let row = view.row::<ActivityRow>(activity.clone())?;
        Ok(row.map(|row| row.payload.clone()))
    })
    .await
    .map_err(|fault| match fault.0.code {
        Code::NotFound => unknown(&thread_id),
        _ => fault,
    })?;
    let payload = payload.ok_or_else(|| {
        missing(format!(
            "Activity '{activity_id}' does not exist on thread '{thread_id}'."
        ))
    })?;
    let text = |name: &str| payload.get(name).and_then(|value| value.as_str());
    let output = match (text("outputBlob"), text("output")) {
        (Some(sha), _) => text_of(&c, sha).await?,
        (None, Some(output)) => output.to_owned(),
        (None, None) => {
            return Err(missing(format!(
                "Nothing came of activity '{activity_id}' of thread '{thread_id}'."
            )));
        }
    };
    Ok(Answer::ok(&ActivityOutput {
        thread_id,
        activity_id,
        output,
    }))
}

fn missing(why: String) -> Fault {
    Fault::new(Code::NotFound, why)
}
