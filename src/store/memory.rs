//! The store in memory: the model that the databases are held against, and a quick store for tests. Nothing in it lasts.

mod archive;
mod bygone;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::archive::{Checkpoint, Name, Quarantined};
use super::command::{self, Head, Receipt, State, Write, answer};
use super::past::past;
use super::refold::{Which, examine, mend};
use super::rows::RowMap;
use super::{
    Beat, Drift, Due, EventFilter, EventPage, NewLine, Next, Outcome, Pulse, Question, Retention,
    Scope, Store, StoreError, StoredLine, Submit, Swept, USED_EVERY_SECONDS, Window, pack, pulse,
};
use crate::base::{Clock, SystemClock, Timestamp};
use crate::domain::event::{Event, Stream};
use crate::domain::id::{JobId, OrgId, Sequence, SourceId, SpaceId, TokenId};
use crate::domain::kind::SpaceStatus;
use crate::domain::row::{
    DeliveryRow, DiffBlobRow, JobRow, JobSpaceRow, Key, LeaseRow, Record, Row, Table,
};
use crate::domain::view::{Find, IdKind, View};

/// The store.
#[derive(Debug)]
pub struct Memory {
    data: Mutex<Data>,
    head: watch::Sender<Sequence>,
}

#[derive(Debug, Default)]
struct Data {
    log: Vec<Event>,
    event_ids: HashSet<(OrgId, String)>,
    versions: HashMap<(OrgId, Stream), i64>,
    rows: RowMap,
    receipts: HashMap<(OrgId, String), Receipt>,
    counters: HashMap<IdKind, i64>,
    lines: HashMap<(OrgId, JobId), Vec<NewLine>>,
    blobs: HashMap<(OrgId, String), Blob>,
    referred: HashSet<(OrgId, String)>,
    /// Where the events of each stream stand in the log.
    streams: BTreeMap<Name, Vec<usize>>,
    quarantine: BTreeMap<Name, Quarantined>,
    checkpoints: BTreeMap<Name, Vec<Checkpoint>>,
    uses: BTreeMap<(OrgId, TokenId), Timestamp>,
}

#[derive(Debug, Clone)]
struct Blob {
    bytes: Bytes,
    stored_at: Timestamp,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            data: Mutex::default(),
            head: watch::Sender::new(Sequence(0)),
        }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        // A writer that panicked did so while deciding, before it changed anything.
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State for Data {
    fn head(&self) -> Head {
        self.log.last().map_or(
            Head {
                sequence: Sequence(0),
                recorded_at: Timestamp::from_millis(0),
            },
            |event| Head {
                sequence: event.sequence,
                recorded_at: event.recorded_at,
            },
        )
    }
    fn receipt(&mut self, org: OrgId, command_id: &str) -> Result<Option<Receipt>, StoreError> {
        Ok(self.receipts.get(&(org, command_id.to_owned())).cloned())
    }
    fn row(&mut self, scope: Scope, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(self.rows.get(scope, key).cloned())
    }
    fn find(&mut self, scope: Scope, find: &Find) -> Result<Vec<Row>, StoreError> {
        let spec = super::schema::spec(find.table);
        let named = find.tests.iter().map(|(column, _)| *column);
        for column in named.chain(find.order.map(|(column, _)| column)) {
            if spec.column(column).is_none() {
                return Err(StoreError::Internal(format!(
                    "there is no column {column} in {}",
                    find.table.name()
                )));
            }
        }
        Ok(self.rows.find(scope, find))
    }
    fn counter(&mut self, kind: IdKind) -> Result<i64, StoreError> {
        Ok(self.counters.get(&kind).copied().unwrap_or(0))
    }
    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError> {
        Ok(self
            .versions
            .get(&(org, stream.clone()))
            .map_or(0, |v| v + 1))
    }
    fn quarantined(
        &mut self,
        org: OrgId,
        stream: &Stream,
    ) -> Result<Option<Quarantined>, StoreError> {
        Ok(self.quarantine.get(&Name::of(org, stream)).cloned())
    }
    fn spent(&mut self, org: OrgId, command_id: &str) -> Result<Option<Head>, StoreError> {
        let of = |e: &&Event| e.org == org && e.command_id == command_id;
        Ok(self.log.iter().rev().find(of).map(|event| Head {
            sequence: event.sequence,
            recorded_at: event.recorded_at,
        }))
    }
}

impl Data {
    /// Writes all of it, or nothing.
    fn apply(&mut self, org: OrgId, write: Write) -> Result<(), StoreError> {
        for event in &write.events {
            if self.event_ids.contains(&(org, event.event_id.clone())) {
                return Err(StoreError::Internal(
                    "UNIQUE constraint failed: orchestration_events.org_id, orchestration_events.event_id"
                        .into(),
                ));
            }
        }
        let mut undo: Vec<(Key, Option<Row>)> = Vec::new();
        for (key, row) in write.rows {
            let before = self.rows.get(Scope::Org(org), &key).cloned();
            let done = if let Some(row) = row {
                self.rows.put(row)
            } else {
                self.rows.remove(org, &key);
                Ok(())
            };
            if let Err(why) = done {
                for (key, before) in undo.into_iter().rev() {
                    self.rows.remove(org, &key);
                    if let Some(row) = before {
                        self.rows.put(row).map_err(StoreError::Internal)?;
                    }
                }
                return Err(StoreError::Internal(why));
            }
            undo.push((key, before));
        }
        for (kind, last) in write.counters {
            let counter = self.counters.entry(kind).or_default();
            *counter = last.max(*counter);
        }
        for event in write.events {
            self.event_ids.insert((org, event.event_id.clone()));
            self.versions
                .insert((org, event.stream.clone()), event.stream_version);
            self.streams
                .entry(Name::of(org, &event.stream))
                .or_default()
                .push(self.log.len());
            self.log.push(event);
        }
        for checkpoint in write.checkpoints {
            let name = checkpoint.name.clone();
            self.checkpoints.entry(name).or_default().push(checkpoint);
        }
        self.referred
            .extend(write.blobs.into_iter().map(|blob| (org, blob)));
        if let Some(receipt) = write.receipt {
            self.receipts
                .insert((receipt.org, receipt.command_id.clone()), receipt);
        }
        Ok(())
    }
}

fn matches(filter: &EventFilter, event: &Event) -> bool {
    let of_type = || {
        let event_type = event.payload.event_type();
        filter
            .types
            .iter()
            .any(|t| *t == event_type || (t.ends_with('.') && event_type.starts_with(t.as_str())))
    };
    filter.org.is_none_or(|org| event.org == org)
        && filter.stream.as_ref().is_none_or(|s| event.stream == *s)
        && filter.actor.as_ref().is_none_or(|a| event.actor.id == *a)
        && (filter.types.is_empty() || of_type())
}

#[async_trait]
impl Store for Memory {
    async fn execute(&self, command: Submit) -> Result<Outcome, StoreError> {
        let mut data = self.data();
        let (outcome, write) = command::run(&mut *data, &command)?;
        if let Some(write) = write {
            let kept = if write.events.is_empty() {
                &[][..]
            } else {
                &command.blobs[..]
            };
            let blobs = kept
                .iter()
                .map(|blob| pack::unpack(&blob.sha256, blob.size, &blob.zstd))
                .collect::<Result<Vec<_>, _>>()?;
            data.apply(command.org, write)?;
            for (blob, bytes) in kept.iter().zip(blobs) {
                let stored_at = SystemClock.now();
                let name = (command.org, blob.sha256.clone());
                data.blobs.insert(name, Blob { bytes, stored_at });
            }
            self.head.send_replace(data.head().sequence);
        }
        Ok(outcome)
    }

    async fn renew(&self, beats: Vec<Beat>) -> Result<Vec<bool>, StoreError> {
        let mut data = self.data();
        beats
            .into_iter()
            .map(|beat| {
                let key = Key::Leases(beat.source, beat.branch);
                let lease = data
                    .rows
                    .get(Scope::Org(beat.org), &key)
                    .and_then(LeaseRow::of)
                    .filter(|l| {
                        l.job_id == Some(beat.job)
                            && l.epoch == beat.epoch
                            && l.run_token_hash.as_ref() == Some(&beat.run_token_hash)
                    })
                    .cloned();
                let Some(mut lease) = lease else {
                    return Ok(false);
                };
                lease.expires_at = Some(beat.expires_at);
                data.rows
                    .put(lease.into())
                    .map_err(StoreError::Internal)
                    .map(|()| true)
            })
            .collect()
    }

    async fn append_log(
        &self,
        org: OrgId,
        job: JobId,
        new: Vec<NewLine>,
    ) -> Result<i64, StoreError> {
        let mut data = self.data();
        let lines = data.lines.entry((org, job)).or_default();
        lines.extend(new);
        Ok(lines.len() as i64)
    }

    async fn log(
        &self,
        org: OrgId,
        job: JobId,
        after: i64,
        limit: NonZeroU32,
    ) -> Result<Vec<StoredLine>, StoreError> {
        let data = self.data();
        let lines = data.lines.get(&(org, job));
        Ok((1..)
            .zip(lines.into_iter().flatten())
            .filter(|(seq, _)| *seq > after)
            .take(limit.get() as usize)
            .map(|(seq, line)| StoredLine {
                seq,
                line: line.clone(),
            })
            .collect())
    }

    async fn put_blob(&self, org: OrgId, bytes: Bytes) -> Result<String, StoreError> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let stored_at = SystemClock.now();
        let blob = Blob { bytes, stored_at };
        self.data().blobs.insert((org, sha256.clone()), blob);
        Ok(sha256)
    }

    async fn blob(&self, org: OrgId, sha256: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(self
            .data()
            .blobs
            .get(&(org, sha256.to_owned()))
            .map(|blob| blob.bytes.clone()))
    }

    async fn converse(
        &self,
        scope: Scope,
        next: &mut Next<'_>,
    ) -> Result<(View, Sequence), StoreError> {
        let mut data = self.data();
        let head = data.head();
        let mut view = command::reading(scope, head);
        loop {
            let needs = next(&view);
            if needs.is_empty() {
                return Ok((view, head.sequence));
            }
            answer(&mut *data, scope, needs, &mut view)?;
        }
    }

    async fn past(
        &self,
        org: OrgId,
        at: Sequence,
        question: Question,
    ) -> Result<Option<View>, StoreError> {
        past(&mut *self.data(), org, at, &question)
    }

    async fn locate(&self, key: Key) -> Result<Option<Row>, StoreError> {
        Ok(self.data().rows.get(Scope::Everyone, &key).cloned())
    }

    async fn latest_outcomes(&self, org: OrgId) -> Result<Vec<JobSpaceRow>, StoreError> {
        let data = self.data();
        let mut latest: BTreeMap<(SourceId, SpaceId), &JobSpaceRow> = BTreeMap::new();
        // Rows come by job, so the last one stays.
        for row in data
            .rows
            .all(Table::JobSpaces)
            .filter_map(JobSpaceRow::of)
            .filter(|r| r.org_id == org && r.status != SpaceStatus::Queued)
        {
            latest.insert((row.source_id, row.space_id), row);
        }
        Ok(latest.into_values().cloned().collect())
    }

    async fn pulse(&self, org: OrgId, window: Window) -> Result<Pulse, StoreError> {
        let data = self.data();
        let rows = [
            Table::Deliveries,
            Table::Jobs,
            Table::JobSpaces,
            Table::ProjectionThreads,
            Table::ProjectionPendingApprovals,
        ];
        let rows = rows.into_iter().flat_map(|table| data.rows.all(table));
        Ok(pulse::counted(rows, org, window))
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Sequence,
        limit: NonZeroU32,
    ) -> Result<EventPage, StoreError> {
        let data = self.data();
        let limit = limit.get() as usize;
        let wanted = |event: &&Event| matches(filter, event);
        let mut events: Vec<Event> = if filter.backwards {
            let from = |e: &&Event| after.0 == 0 || e.sequence < after;
            data.log
                .iter()
                .rev()
                .filter(from)
                .filter(wanted)
                .take(limit.saturating_add(1))
                .cloned()
                .collect()
        } else {
            let from = data.log.partition_point(|e| e.sequence <= after);
            data.log[from..]
                .iter()
                .filter(wanted)
                .take(limit.saturating_add(1))
                .cloned()
                .collect()
        };
        let more = events.len() > limit;
        events.truncate(limit);
        Ok(EventPage {
            next: events.last().filter(|_| more).map(|e| e.sequence),
            events,
            head: data.head().sequence,
        })
    }

    fn head(&self) -> watch::Receiver<Sequence> {
        self.head.subscribe()
    }

    async fn due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let data = self.data();
        let mut due = Due::default();
        let mut held: Vec<(Timestamp, &LeaseRow, JobId)> = data
            .rows
            .all(Table::Leases)
            .filter_map(LeaseRow::of)
            .filter_map(|l| Some((l.expires_at?, l, l.job_id?)))
            .collect();
        held.sort_by_key(|(at, l, _)| (*at, l.source_id, l.branch.clone()));
        let mut next = Vec::new();
        for (at, lease, job) in held {
            if at <= now {
                due.expired_leases
                    .push((lease.org_id, lease.source_id, lease.branch.clone(), job));
            } else {
                next.push(at);
            }
        }
        next.extend(
            data.rows
                .all(Table::Jobs)
                .filter_map(JobRow::of)
                .filter_map(|j| j.next_attempt_at)
                .filter(|at| *at > now),
        );
        due.next_at = next.into_iter().min();
        Ok(due)
    }

    async fn token_used(
        &self,
        org: OrgId,
        token: TokenId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut data = self.data();
        let last = data.uses.entry((org, token)).or_insert(at);
        if *last <= at.plus_seconds(-USED_EVERY_SECONDS) {
            *last = at;
        }
        Ok(())
    }

    async fn tokens_used(&self, org: OrgId) -> Result<Vec<(TokenId, Timestamp)>, StoreError> {
        Ok(self
            .data()
            .uses
            .iter()
            .filter(|((of, _), _)| *of == org)
            .map(|((_, token), at)| (*token, *at))
            .collect())
    }

    async fn verify(&self) -> Result<Drift, StoreError> {
        Ok(examine(&mut *self.data(), Which::All)?.drift)
    }

    async fn rebuild(&self) -> Result<Drift, StoreError> {
        let mut data = self.data();
        let found = examine(&mut *data, Which::All)?;
        mend(&mut *data, &found)?;
        Ok(found.drift)
    }

    async fn retain(&self, policy: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        let mut data = self.data();
        let data = &mut *data;
        let aged = policy.at(now);
        let before = (data.receipts.len(), data.blobs.len());
        data.receipts
            .retain(|_, receipt| receipt.accepted_at >= aged.receipts);
        let bodies = data
            .rows
            .all(Table::Deliveries)
            .filter_map(DeliveryRow::of)
            .filter(|d| d.received_at >= aged.bodies)
            .filter_map(|d| Some((d.org_id, d.body_blob.clone()?)));
        let diffs = data
            .rows
            .all(Table::CheckpointDiffBlobs)
            .filter_map(DiffBlobRow::of)
            .map(|d| (d.org_id, d.diff.clone()));
        let held: HashSet<(OrgId, String)> = bodies.chain(diffs).collect();
        data.blobs.retain(|name, blob| {
            blob.stored_at >= aged.blobs || held.contains(name) || data.referred.contains(name)
        });
        Ok(Swept {
            receipts: (before.0 - data.receipts.len()) as u64,
            blobs: (before.1 - data.blobs.len()) as u64,
        })
    }

    async fn health(&self, _patience: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}
}
