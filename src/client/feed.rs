//! Following the feed: the log, or the rows that it changes (engine.md: live feed).

use std::collections::VecDeque;

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue, Method};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;

use super::call::{Client, PATIENCE};
use super::error::ClientError;
use super::query::Query;
use super::sse::{SseEvent, SseParser};
use super::transport::{Incoming, Outgoing};
use crate::api::{Event, EventPage, RowsFrame, Sequence};

/// Frames until the first error; then it ends, and whoever follows decides when to go on from the last `sequence`.
pub type RowsStream = BoxStream<'static, Result<RowsFrame, ClientError>>;

/// The server cuts frames far below this.
const LARGEST_FRAME: usize = 64 << 20;

/// Events until the first error, as with [`RowsStream`].
pub type EventsStream = BoxStream<'static, Result<Event, ClientError>>;

struct Following {
    client: Client,
    body: BoxStream<'static, Result<Bytes, ClientError>>,
    parser: SseParser,
    waiting: VecDeque<SseEvent>,
    /// The server's word for what is followed.
    word: &'static str,
}

enum State {
    Start(Client, String, &'static str),
    Following(Box<Following>),
    Ended,
}

impl Client {
    /// A page of the log.
    pub async fn events(&self, after: Sequence, limit: u32) -> Result<EventPage, ClientError> {
        self.get(&format!("/events?after={after}&limit={limit}"))
            .await
    }

    /// A part of the log: with `order=desc` newest first, back from `after`; narrowed by `type`, `kind` and `stream`, `actor`.
    pub async fn log(&self, query: &Query) -> Result<EventPage, ClientError> {
        self.get(&format!("/events{}", query.suffix())).await
    }

    /// Follows the rows that change after `after`: what happened meanwhile first, then what happens.
    pub fn follow_rows(&self, after: Sequence) -> RowsStream {
        self.follow(format!("/api/events?rows=1&after={after}"), "rows")
    }

    /// Follows the log after `after`, or one stream of it by kind and id: what happened meanwhile first, then what happens.
    pub fn follow_events(&self, after: Sequence, stream: Option<(&str, &str)>) -> EventsStream {
        let mut query = Query::new().after(after);
        if let Some((kind, id)) = stream {
            query = query.filter("kind", kind).filter("stream", id);
        }
        self.follow(format!("/api/events{}", query.suffix()), "event")
    }

    fn follow<T: DeserializeOwned + Send + 'static>(
        &self,
        target: String,
        word: &'static str,
    ) -> BoxStream<'static, Result<T, ClientError>> {
        let start = State::Start(self.clone(), target, word);
        futures_util::stream::unfold(start, |state| async {
            match step(state).await {
                Ok(None) => None,
                Ok(Some((item, following))) => Some((Ok(item), State::Following(following))),
                Err(error) => Some((Err(error), State::Ended)),
            }
        })
        .boxed()
    }

    async fn open_feed(&self, target: String) -> Result<Incoming, ClientError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        self.authorise(&mut headers)?;
        let out = Outgoing {
            method: Method::GET,
            target,
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

async fn step<T: DeserializeOwned>(
    state: State,
) -> Result<Option<(T, Box<Following>)>, ClientError> {
    let mut following = match state {
        State::Ended => return Ok(None),
        State::Following(following) => following,
        State::Start(client, target, word) => {
            let incoming = client.open_feed(target).await?;
            Box::new(Following {
                client,
                body: incoming.body,
                parser: SseParser::new(LARGEST_FRAME),
                waiting: VecDeque::new(),
                word,
            })
        }
    };
    loop {
        while let Some(event) = following.waiting.pop_front() {
            match event.event.as_str() {
                word if word == following.word => {
                    let item = following.client.parse(event.data.as_bytes())?;
                    return Ok(Some((item, following)));
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
