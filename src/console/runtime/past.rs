//! What is asked of the log: parts of it, and the rows of another moment.

use crate::api::{EventPage, Sequence};
use crate::client::{Client, ClientError, Query};
use crate::console::clean;
use crate::console::effect::LogQuery;
use crate::console::model::past::{AROUND, Told};
use crate::console::msg::Answer;

/// A part of the log, newest first.
pub async fn log(client: &Client, ask: &LogQuery) -> Result<EventPage, ClientError> {
    let mut query = Query::new().filter("order", "desc").limit(ask.limit);
    if ask.before > Sequence::default() {
        query = query.after(ask.before);
    }
    if !ask.types.is_empty() {
        query = query.filter("type", ask.types.join(","));
    }
    if let Some((kind, stream)) = &ask.stream {
        query = query.filter("kind", kind).filter("stream", stream);
    }
    if let Some(actor) = &ask.actor {
        query = query.filter("actor", actor);
    }
    let mut page = client.log(&query).await?;
    page.events.iter_mut().for_each(clean::event);
    Ok(page)
}

/// The rows at a position of the log, and the positions around it.
pub async fn moment(client: &Client, at: Sequence) -> Result<Answer, ClientError> {
    let before = LogQuery {
        before: Sequence(at.0.saturating_add(1)),
        limit: AROUND + 1,
        ..LogQuery::default()
    };
    let (mut snapshot, before, after) = futures_util::try_join!(
        client.snapshot(Some(at)),
        log(client, &before),
        client.events(at, AROUND),
    )?;
    clean::snapshot(&mut snapshot);
    Ok(Answer::Moment(Box::new(Told {
        snapshot,
        before: before.events,
        after: after.events.iter().map(|it| it.sequence).collect(),
    })))
}
