//! The org's read model as it arrives: an org may have so many sources that their text and their rows should not lie in memory
//! together. Sources are handed over one by one; the rest is small.

use std::fmt;
use std::io::{self, BufReader, Read};

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tokio::sync::mpsc;

use super::call::{Client, PATIENCE};
use super::error::ClientError;
use super::transport::Outgoing;
use crate::api::{Org, OrgId, Sequence, Snapshot, Source};

/// Pieces of an answer that wait for the one that reads them.
const PIECES: usize = 8;

impl Client {
    /// The org's read model, as [`Client::snapshot`] gives it, except that every source goes to `each` and none is in the
    /// answer; what `each` made of them is. It runs on a thread that may block.
    pub async fn snapshot_by_source<S: Send + 'static>(
        &self,
        mut made: S,
        mut each: impl FnMut(&mut S, Source) + Send + 'static,
    ) -> Result<(Snapshot, S), ClientError> {
        let mut headers = HeaderMap::new();
        self.authorise(&mut headers)?;
        let out = Outgoing {
            method: Method::GET,
            target: "/api/snapshot".to_owned(),
            headers,
            body: Bytes::new(),
        };
        let mut incoming = self.transport.send(out, PATIENCE).await?;
        if !incoming.status.is_success() {
            return match self.finish(incoming).await {
                Err(refusal) => Err(refusal),
                Ok(_) => Err(self.protocol("the snapshot has no body".to_owned())),
            };
        }
        let (to, pieces) = mpsc::channel(PIECES);
        let read = tokio::task::spawn_blocking(move || {
            let mut from = serde_json::Deserializer::from_reader(BufReader::new(Pieces {
                pieces,
                piece: Bytes::new(),
            }));
            let snapshot = Whole(|source| each(&mut made, source)).deserialize(&mut from)?;
            from.end().map(|()| (snapshot, made))
        });
        while let Some(piece) = incoming.body.next().await {
            if to.send(piece?).await.is_err() {
                // It reads no further: what it has to say of that comes next.
                break;
            }
        }
        drop(to);
        match read.await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => Err(self.protocol(error.to_string())),
            Err(error) => Err(self.protocol(error.to_string())),
        }
    }
}

/// Pieces of an answer, for a thread that may wait for them. They end when nobody sends any more.
struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(into.len());
        into[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

/// A snapshot, whose sources go elsewhere.
struct Whole<F>(F);

impl<'de, F: FnMut(Source)> DeserializeSeed<'de> for Whole<F> {
    type Value = Snapshot;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Snapshot, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Source)> Visitor<'de> for Whole<F> {
    type Value = Snapshot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snapshot")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Snapshot, A::Error> {
        use serde::de::Error as _;
        let mut sequence: Option<Sequence> = None;
        let mut snapshot = Snapshot {
            snapshot_sequence: Sequence::default(),
            org: Org {
                id: OrgId(0),
                slug: String::new(),
            },
            sources: Vec::new(),
            spaces: Vec::new(),
            bindings: Vec::new(),
            integrations: Vec::new(),
            jobs: Vec::new(),
            deliveries: Vec::new(),
            conflicts: Vec::new(),
        };
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "snapshotSequence" => sequence = Some(members.next_value()?),
                "org" => snapshot.org = members.next_value()?,
                "sources" => members.next_value_seed(Each(&mut self.0))?,
                "spaces" => snapshot.spaces = members.next_value()?,
                "bindings" => snapshot.bindings = members.next_value()?,
                "integrations" => snapshot.integrations = members.next_value()?,
                "jobs" => snapshot.jobs = members.next_value()?,
                "deliveries" => snapshot.deliveries = members.next_value()?,
                "conflicts" => snapshot.conflicts = members.next_value()?,
                // A newer server may say more.
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        snapshot.snapshot_sequence =
            sequence.ok_or_else(|| A::Error::missing_field("snapshotSequence"))?;
        Ok(snapshot)
    }
}

/// An array, each element of which goes elsewhere.
struct Each<'f, F>(&'f mut F);

impl<'de, F: FnMut(Source)> DeserializeSeed<'de> for Each<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Source)> Visitor<'de> for Each<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sources")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sources: A) -> Result<(), A::Error> {
        while let Some(source) = sources.next_element()? {
            (self.0)(source);
        }
        Ok(())
    }
}
