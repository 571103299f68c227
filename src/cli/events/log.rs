//! Where `jolli events` reads the log: a server, or a database that is only looked at.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::PAGE;
use crate::api::{Event, LogCheck, OrgId, Sequence};
use crate::cli::Global;
use crate::cli::database::Database;
use crate::client::{Client, Query};
use crate::domain::event::Stream;
use crate::store::{EventFilter, EventPage, Look};

/// An event and whose it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Its org.
    pub org_id: OrgId,
    /// What was recorded.
    #[serde(flatten)]
    pub event: Event,
}

/// A log to read.
pub enum Log {
    /// Of one org, as its server tells it.
    Server(Client, OrgId),
    /// Of a whole database.
    Database(Box<dyn Look>),
}

impl Log {
    /// The log of `--database`, else of the server that is named, else of this machine's database.
    pub async fn open(global: &Global, given: Option<&str>) -> color_eyre::Result<Self> {
        if given.is_none() && global.server().is_some() {
            let client = global.client()?;
            let org = client.me().await?.org.id;
            return Ok(Self::Server(client, org));
        }
        let database = Database::here(global, given)?;
        Ok(Self::Database(database.look().await?))
    }

    /// The position of the newest event.
    pub async fn head(&self) -> color_eyre::Result<Sequence> {
        Ok(match self {
            Self::Server(client, _) => newest(client, 1).await?,
            Self::Database(look) => {
                let (nothing, one) = (EventFilter::default(), NonZeroU32::MIN);
                look.events(nothing, Sequence(0), one).await?.head
            }
        })
    }

    /// A page of events after a position, and where the next one begins.
    async fn page(
        &self,
        stream: Option<&Stream>,
        after: Sequence,
    ) -> color_eyre::Result<(Vec<Recorded>, Option<Sequence>)> {
        match self {
            Self::Server(client, org_id) => {
                let mut query = Query::new().after(after).limit(PAGE);
                if let Some(stream) = stream {
                    query = query
                        .filter("kind", stream.kind())
                        .filter("stream", stream.id());
                }
                let page = client.events_page(&query).await?;
                let recorded = page.events.into_iter().map(|event| Recorded {
                    org_id: *org_id,
                    event,
                });
                Ok((recorded.collect(), page.next_sequence))
            }
            Self::Database(look) => {
                let filter = EventFilter {
                    stream: stream.cloned(),
                    ..EventFilter::default()
                };
                let limit = NonZeroU32::new(PAGE).expect("a page is not empty");
                let EventPage { events, next, .. } = look.events(filter, after, limit).await?;
                let recorded = events.iter().map(|event| Recorded {
                    org_id: event.org,
                    event: Event::whole(event),
                });
                Ok((recorded.collect(), next))
            }
        }
    }

    /// Gives each event of these positions in order, a page in memory at a time.
    pub async fn each(
        &self,
        stream: Option<&Stream>,
        positions: RangeInclusive<i64>,
        mut take: impl FnMut(&Recorded) -> std::io::Result<()>,
    ) -> color_eyre::Result<()> {
        let mut after = Sequence(positions.start().saturating_sub(1).max(0));
        loop {
            let (page, next) = self.page(stream, after).await?;
            for recorded in &page {
                if recorded.event.sequence.0 > *positions.end() {
                    return Ok(());
                }
                take(recorded)?;
            }
            match next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// Compares every row with a fold of the log.
    pub async fn verify(&self) -> color_eyre::Result<LogCheck> {
        match self {
            Self::Server(client, _) => Ok(client.verify_log().await?),
            Self::Database(look) => Ok(super::check::told(look.verify().await?)),
        }
    }
}

/// The position of the `n`-th event from the end; 0 where there are fewer.
pub async fn newest(client: &Client, n: u32) -> color_eyre::Result<Sequence> {
    let query = Query::new().filter("order", "desc").limit(n);
    let page = client.events_page(&query).await?;
    let there = page.events.len() == n as usize;
    Ok(page
        .events
        .last()
        .filter(|_| there)
        .map_or(Sequence(0), |event| event.sequence))
}
