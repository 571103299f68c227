//! Following the feed of changed rows (engine.md: live feed).

use std::collections::VecDeque;

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue, Method};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::call::{Client, PATIENCE};
use super::error::ClientError;
use super::sse::{SseEvent, SseParser};
use super::transport::{Incoming, Outgoing};
use crate::api::{EventPage, RowsFrame, Sequence};

/// Frames until the first error; then it ends, and whoever follows decides when to go on from the last `sequence`.
pub type RowsStream = BoxStream<'static, Result<RowsFrame, ClientError>>;

/// The server cuts frames far below this.
const LARGEST_FRAME: usize = 64 << 20;

struct Following {
    client: Client,
    body: BoxStream<'static, Result<Bytes, ClientError>>,
    parser: SseParser,
    waiting: VecDeque<SseEvent>,
}

enum State {
    Start(Client, Sequence),
    Following(Box<Following>),
    Ended,
}

impl Client {
    /// A page of the log.
    pub async fn events(&self, after: Sequence, limit: u32) -> Result<EventPage, ClientError> {
        self.get(&format!("/events?after={after}&limit={limit}"))
            .await
    }

    /// Follows the rows that change after `after`: what happened meanwhile first, then what happens.
    pub fn follow_rows(&self, after: Sequence) -> RowsStream {
        futures_util::stream::unfold(State::Start(self.clone(), after), |state| async {
            match step(state).await {
                Ok(None) => None,
                Ok(Some((frame, following))) => Some((Ok(frame), State::Following(following))),
                Err(error) => Some((Err(error), State::Ended)),
            }
        })
        .boxed()
    }

    async fn open_feed(&self, after: Sequence) -> Result<Incoming, ClientError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        self.authorise(&mut headers)?;
        let out = Outgoing {
            method: Method::GET,
            target: format!("/api/events?rows=1&after={after}"),
            headers,
            body: Bytes::new(),
        };
        // The server says something every few seconds, so silence for this long is a dead connection.
        let incoming = self.transport.send(out, PATIENCE).await?;
        if incoming.status.is_success() {
            return Ok(incoming);
        }
        match self.finish(incoming).await {
            Err(refusal) => Err(refusal),
            Ok(_) => Err(self.protocol("the feed has no body".to_owned())),
        }
    }
}

async fn step(state: State) -> Result<Option<(RowsFrame, Box<Following>)>, ClientError> {
    let mut following = match state {
        State::Ended => return Ok(None),
        State::Following(following) => following,
        State::Start(client, after) => {
            let incoming = client.open_feed(after).await?;
            Box::new(Following {
                client,
                body: incoming.body,
                parser: SseParser::new(LARGEST_FRAME),
                waiting: VecDeque::new(),
            })
        }
    };
    loop {
        while let Some(event) = following.waiting.pop_front() {
            match event.event.as_str() {
                "rows" => {
                    let frame = following.client.parse(event.data.as_bytes())?;
                    return Ok(Some((frame, following)));
                }
                "resync" => return Err(ClientError::Resync),
                // A newer server may say more.
                _ => {}
            }
        }
        let Some(piece) = following.body.next().await else {
            return Err(ClientError::Interrupted {
                address: following.client.address().to_owned(),
            });
        };
        let events = following
            .parser
            .push(&piece?)
            .map_err(|e| following.client.protocol(e.to_string()))?;
        following.waiting.extend(events);
    }
}
