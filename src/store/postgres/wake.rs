//! Wake-ups between servers: a notification after a commit, and the head looked at by polling, which is the truth
//! (engine.md: live feed). A notification says that there is something, never what.

use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_postgres::{AsyncMessage, Client};
use tokio_util::sync::CancellationToken;

use super::address::Address;
use super::log;
use crate::domain::id::Sequence;
use crate::store::StoreError;

/// The channel; the same for every database, because a wake-up only makes others look.
const CHANNEL: &str = "jolli_log";
/// At most one notification in this time: each takes a lock that all commits of the cluster share.
const COALESCE: Duration = Duration::from_millis(50);
/// How often the head is looked at when nobody says anything.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait before the next try to listen.
const RETRY: Duration = Duration::from_millis(500);

/// What this server knows of the end of the log.
#[derive(Debug)]
pub struct Wake {
    head: watch::Sender<Sequence>,
    own: Notify,
}

impl Wake {
    /// With the head as it is.
    pub fn new(at: Sequence) -> Self {
        Self {
            head: watch::Sender::new(at),
            own: Notify::new(),
        }
    }

    /// The head, as a hint.
    pub fn head(&self) -> watch::Receiver<Sequence> {
        self.head.subscribe()
    }

    /// This server has appended up to here.
    pub fn committed(&self, at: Sequence) {
        self.head.send_if_modified(|head| {
            let further = at > *head;
            if further {
                *head = at;
            }
            further
        });
        self.own.notify_one();
    }

    /// Tells other servers and listens to them until told to stop.
    pub async fn run(&self, address: Address, stop: CancellationToken) {
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.listen(&address) => ended,
            };
            if let Err(error) = ended {
                tracing::warn!(%error, "not listening for other servers; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    async fn listen(&self, address: &Address) -> Result<(), StoreError> {
        let (client, mut driver) = address.connect().await?;
        let (tell, mut told) = mpsc::channel::<()>(1);
        let driving = async {
            while let Some(message) = driver.message().await {
                if matches!(message, Ok(AsyncMessage::Notification(_))) {
                    // Full means that somebody is about to look anyway.
                    let _ = tell.try_send(());
                }
                if message.is_err() {
                    return;
                }
            }
        };
        let working = async {
            client
                .batch_execute(&format!("LISTEN {CHANNEL}"))
                .await
                .map_err(super::fault::Fault::from)?;
            let (mut owed, mut next) = (false, Instant::now());
            let mut look = true;
            loop {
                if look {
                    self.look(&client).await?;
                }
                look = tokio::select! {
                    () = self.own.notified() => {
                        owed = true;
                        false
                    }
                    () = tokio::time::sleep_until(next), if owed => {
                        owed = false;
                        next = Instant::now() + COALESCE;
                        client
                            .batch_execute(&format!("NOTIFY {CHANNEL}"))
                            .await
                            .map_err(super::fault::Fault::from)?;
                        false
                    }
                    _ = told.recv() => true,
                    () = tokio::time::sleep(POLL) => true,
                };
            }
        };
        tokio::select! {
            () = driving => Err(StoreError::Unavailable("the connection ended".into())),
            ended = working => ended,
        }
    }

    async fn look(&self, client: &Client) -> Result<(), StoreError> {
        let rows = client
            .query(log::HEAD, &[])
            .await
            .map_err(super::fault::Fault::from)?;
        let at = log::head(&rows)?.sequence;
        // Also back, where another copy of the database answers now: who follows has to notice.
        self.head.send_if_modified(|head| {
            let other = at != *head;
            *head = at;
            other
        });
        Ok(())
    }
}
