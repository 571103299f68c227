//! Following the server: who am I, the whole read model once, then changed rows for ever; after a break from where it
//! broke, with a growing pause (console.md: behaviour).

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::asks::Server;
use super::calls::failure;
use crate::api::Sequence;
use crate::base::{Random, SystemRandom};
use crate::client::{Client, ClientError, Query};
use crate::console::clean;
use crate::console::model::{Replica, Sources};
use crate::console::msg::{Failure, FailureKind, Feed, Msg};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// Sources that are asked for beside all of them: a screen is full while a large org is still being read.
const FIRST: u32 = 100;
/// After so many more it is told how far reading them is.
const TOLD_EVERY: usize = 10_000;

/// What the loop tells the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedOrder {
    /// Try again now; with another token, if there is one.
    Now,
}

/// The follower.
pub struct Follow {
    /// The server.
    pub to_server: Arc<Server>,
    /// Where messages go.
    pub out: mpsc::Sender<Msg>,
    /// What the loop says.
    pub orders: mpsc::Receiver<FeedOrder>,
    /// Everything up to here is shown.
    pub known: Option<Sequence>,
}

/// Why following stopped.
enum Stop {
    /// The console ends.
    Ended,
    /// Begin again at once.
    Again,
    /// Begin again after a pause.
    Failed(Failure),
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::Failed(failure(&error))
    }
}

impl Follow {
    /// Follows until the console ends.
    pub async fn run(mut self) {
        let random = SystemRandom::new();
        let mut attempt = 0;
        loop {
            let mut reached = false;
            let stop = self.follow(&mut reached).await;
            if reached {
                attempt = 0;
            }
            match stop {
                Stop::Ended => return,
                Stop::Again => {}
                Stop::Failed(failure) => {
                    attempt += 1;
                    if !self.pause(failure, attempt, &random).await {
                        return;
                    }
                }
            }
        }
    }

    /// Tells that there is no feed, and waits; false: the console ends.
    async fn pause(&mut self, failure: Failure, attempt: u32, random: &SystemRandom) -> bool {
        let signed_out = matches!(failure.kind, FailureKind::SignedOut | FailureKind::NoToken);
        let retry_in = match failure.kind {
            FailureKind::Busy(wait) => wait.max(SHORTEST),
            _ => back_off(attempt, random),
        };
        let down = Feed::Down {
            failure,
            retry_in,
            attempt,
        };
        if !self.tell(down).await {
            return false;
        }
        if signed_out {
            // Only another token changes that.
            return self.orders.recv().await.is_some();
        }
        tokio::select! {
            order = self.orders.recv() => order.is_some(),
            () = tokio::time::sleep(retry_in) => true,
        }
    }

    async fn follow(&mut self, reached: &mut bool) -> Stop {
        match self.try_follow(reached).await {
            Ok(never) => match never {},
            Err(stop) => stop,
        }
    }

    async fn try_follow(&mut self, reached: &mut bool) -> Result<std::convert::Infallible, Stop> {
        let client = self.to_server.connect().await.map_err(Stop::Failed)?;
        let me = client.me().await.map_err(|error| {
            let mut failure = failure(&error);
            if failure.kind == FailureKind::SignedOut && !client.has_token() {
                failure.kind = FailureKind::NoToken;
            }
            Stop::Failed(failure)
        })?;
        self.must_tell(Feed::Me(Box::new(me))).await?;
        let after = if let Some(known) = self.known {
            self.must_tell(Feed::Following).await?;
            known
        } else {
            let rows = self.load(&client).await?;
            let sequence = rows.sequence;
            self.must_tell(Feed::Snapshot(Box::new(rows))).await?;
            self.known = Some(sequence);
            sequence
        };
        *reached = true;
        let mut frames = client.follow_rows(after);
        loop {
            let frame = tokio::select! {
                biased;
                order = self.orders.recv() => {
                    return Err(order.map_or(Stop::Ended, |FeedOrder::Now| Stop::Again));
                }
                frame = frames.next() => frame,
            };
            match frame {
                Some(Ok(mut frame)) => {
                    clean::frame(&mut frame);
                    self.known = Some(frame.sequence);
                    self.must_tell(Feed::Frame(Box::new(frame))).await?;
                }
                Some(Err(ClientError::Resync)) => {
                    self.known = None;
                    return Err(Stop::Again);
                }
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Stop::Again),
            }
        }
    }

    /// The whole read model. Of many sources the first are told before the rest is there.
    async fn load(&self, client: &Client) -> Result<Replica, Stop> {
        let out = self.out.clone();
        let whole = client.snapshot_by_source(Sources::default(), move |sources, mut source| {
            clean::source(&mut source);
            sources.put(&source);
            if sources.len().is_multiple_of(TOLD_EVERY) {
                // Nobody listens any more: the console ends, and this with it.
                let _ = out.blocking_send(Msg::Feed(Feed::Loading(sources.clone())));
            }
        });
        // In the order in which the list stands: what comes after them moves none of these.
        let first = Query::new().sort("name").limit(FIRST);
        tokio::pin!(whole);
        let (mut rest, sources) = tokio::select! {
            biased;
            whole = &mut whole => whole?,
            first = client.sources(&first) => {
                // What is wrong with it, if anything, is wrong with the whole too, which says so.
                if let Ok(mut page) = first {
                    page.items.iter_mut().for_each(clean::source);
                    let mut sources = Sources::default();
                    sources.replace(&page.items);
                    self.must_tell(Feed::Loading(sources)).await?;
                }
                whole.await?
            }
        };
        clean::snapshot(&mut rest);
        Ok(Replica::of(rest, sources))
    }

    async fn must_tell(&self, feed: Feed) -> Result<(), Stop> {
        if self.tell(feed).await {
            Ok(())
        } else {
            Err(Stop::Ended)
        }
    }

    async fn tell(&self, feed: Feed) -> bool {
        self.out.send(Msg::Feed(feed)).await.is_ok()
    }
}

/// Doubles from 1 s to 30 s; half of it is chance, so that many consoles do not come back at once.
fn back_off(attempt: u32, random: &dyn Random) -> Duration {
    let full = SHORTEST
        .saturating_mul(1 << attempt.saturating_sub(1).min(5))
        .min(LONGEST);
    let mut byte = [0];
    random.fill(&mut byte);
    let chance = f64::from(byte[0]) / 255.0;
    full.mul_f64(0.5 + chance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_half_a_minute_and_no_further() {
        let random = SystemRandom::new();
        assert!(back_off(1, &random) <= SHORTEST);
        for attempt in 6..40 {
            let pause = back_off(attempt, &random);
            assert!((LONGEST / 2..=LONGEST).contains(&pause), "{pause:?}");
        }
    }
}
