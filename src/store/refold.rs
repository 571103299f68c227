//! The log folded anew, stream by stream: what `verify` compares the rows with, and what a rebuild puts in their place
//! (orchestration.md: projectors). Every row is a fold of exactly one stream, so one stream is in memory at a time, and
//! beside it only what is wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::archive::{
    Archive, Checkpoint, Entry, Mend, Name, Place, Quarantined, checkpoint, one_row,
};
use super::command::used_ids;
use super::projector::{Behind, PROJECTORS, Projector};
use super::rows::RowMap;
use super::{Drift, Scope, StoreError};
use crate::domain::event::Stream;
use crate::domain::fold::{RowOp, Rows, fold};
use crate::domain::id::{OrgId, Sequence};
use crate::domain::row::{Key, Row, Table};
use crate::domain::scalar::Scalar;
use crate::domain::view::IdKind;

/// Events that are read at once.
const PAGE: u32 = 500;

/// Which streams.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All, and the log itself.
    All,
    /// Those that projectors have not folded yet.
    Behind(&'a Behind),
    /// These.
    Streams(&'a [Name]),
}

/// What was found, with the rows as they should be where they are not.
#[derive(Debug, Default)]
pub struct Findings {
    /// For people.
    pub drift: Drift,
    /// The head of the log when it was looked at.
    at: Sequence,
    streams: BTreeMap<Name, Verdict>,
    strays: Vec<(&'static Projector, OrgId, Scalar)>,
    used: HashMap<IdKind, i64>,
}

/// What becomes of what is noted of a stream's quarantine.
#[derive(Debug, Default, Clone)]
enum Quarantine {
    #[default]
    Stands,
    Lifted,
    Noted(Quarantined),
}

/// What is wrong with a stream.
#[derive(Debug, Default)]
struct Verdict {
    /// Its rows in tables where they are not what they should be.
    tables: Vec<(&'static Projector, Vec<Row>)>,
    quarantine: Quarantine,
    /// Whether its rows are those before an event that cannot be folded.
    broken: bool,
    checkpoints: Option<Vec<Checkpoint>>,
    blobs: Vec<String>,
}

impl Verdict {
    fn is_clean(&self) -> bool {
        self.tables.is_empty()
            && matches!(self.quarantine, Quarantine::Stands)
            && self.checkpoints.is_none()
            && self.blobs.is_empty()
    }
}

struct Of<'a>(&'a RowMap, OrgId);

impl Rows for Of<'_> {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.0.get(Scope::Org(self.1), key).cloned()
    }
    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row> {
        self.0.of_stream(self.1, stream, table)
    }
}

/// A stream being folded.
pub struct Folding {
    name: Name,
    /// Its rows, as of the last event that could be folded.
    pub rows: RowMap,
    /// The first event that could not be, and why.
    pub broken: Option<(Sequence, String)>,
    due: i64,
    events: u64,
    notes: Vec<String>,
    checkpoints: Vec<Checkpoint>,
    blobs: BTreeSet<String>,
    used: HashMap<IdKind, i64>,
}

impl Folding {
    /// A stream before its first event.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            rows: RowMap::default(),
            broken: None,
            due: 0,
            events: 0,
            notes: Vec::new(),
            checkpoints: Vec::new(),
            blobs: BTreeSet::new(),
            used: HashMap::new(),
        }
    }

    /// Goes on from a checkpoint; `false` where that cannot be read.
    pub fn go_on(&mut self, checkpoint: &Checkpoint) -> bool {
        let Some(key) = self.name.stream().as_ref().and_then(one_row) else {
            return false;
        };
        let Ok(row) = Row::from_value(key.table(), checkpoint.row.clone()) else {
            return false;
        };
        self.due = checkpoint.stream_version + 1;
        self.rows.put(row).is_ok()
    }

    /// Folds the next event; what follows one that does not fit would only repeat that.
    pub fn take(&mut self, entry: Entry) {
        self.events += 1;
        if entry.stream_version != self.due {
            self.notes.push(format!(
                "event {} has version {} of {}, and {} is due",
                entry.sequence, entry.stream_version, self.name, self.due
            ));
        }
        self.due = entry.stream_version + 1;
        let event = match entry.event {
            Ok(event) => event,
            Err(why) => {
                self.broken.get_or_insert((entry.sequence, why));
                return;
            }
        };
        for (kind, id) in used_ids(std::slice::from_ref(&*event)) {
            let last = self.used.entry(kind).or_default();
            *last = id.max(*last);
        }
        self.blobs.extend(event.payload.blobs());
        if self.broken.is_some() {
            return;
        }
        match fold(&event, &mut Of(&self.rows, event.org)) {
            Ok(ops) => {
                for op in ops {
                    match op {
                        RowOp::Put(row) => {
                            if let Err(why) = self.rows.put(*row) {
                                let why = format!("event {} does not fit: {why}", event.sequence);
                                self.broken.get_or_insert((event.sequence, why));
                            }
                        }
                        RowOp::Delete(key) => {
                            self.rows.remove(event.org, &key);
                        }
                    }
                }
            }
            Err(error) => self.broken = Some((event.sequence, error.to_string())),
        }
        if self.broken.is_none() {
            let rows = &self.rows;
            let row = |key: &Key| rows.get(Scope::Org(event.org), key).cloned();
            self.checkpoints.extend(checkpoint(&event, row));
        }
    }
}

struct Examination<'a> {
    db: &'a mut dyn Archive,
    found: Findings,
    quarantined: BTreeMap<Name, Quarantined>,
    recorded_at: crate::base::Timestamp,
}

/// Folds the streams anew and compares their rows; writes nothing.
pub fn examine(db: &mut dyn Archive, which: Which<'_>) -> Result<Findings, StoreError> {
    let head = db.head()?;
    let quarantined = db
        .quarantine()?
        .into_iter()
        .map(|q| (q.name.clone(), q))
        .collect();
    let mut examination = Examination {
        db,
        found: Findings {
            at: head.sequence,
            ..Findings::default()
        },
        quarantined,
        recorded_at: head.recorded_at,
    };
    match which {
        Which::All => {
            examination.log()?;
            examination.scan(|_| true)?;
            examination.counters()?;
            for projector in PROJECTORS {
                examination.strays(projector)?;
            }
            // What is left was not met in the log.
            for name in std::mem::take(&mut examination.quarantined).into_keys() {
                examination.lift(name);
            }
        }
        Which::Behind(behind) => {
            let anew = |kind: &str| behind.get(kind) == Some(&Sequence(0));
            examination.scan(anew)?;
            for projector in PROJECTORS.iter().filter(|p| anew(p.kind)) {
                examination.strays(projector)?;
            }
            for (kind, after) in behind.iter().filter(|(kind, _)| !anew(kind)) {
                let touched = examination.db.touched(Some(*kind), *after)?;
                examination.each(&touched)?;
            }
        }
        Which::Streams(names) => examination.each(names)?,
    }
    Ok(examination.found)
}

impl Examination<'_> {
    fn differs(&mut self, what: String) {
        self.found.drift.differences.push(what);
    }

    /// The log has no gap and time in it does not go back (engine.md: versions).
    fn log(&mut self) -> Result<(), StoreError> {
        for place in self.db.misplaced()? {
            let (at, before) = (place.sequence, place.before);
            if before.0 == at.0 - 1 {
                self.differs(format!("event {at} was recorded before the one before it"));
            } else {
                self.differs(format!(
                    "the log goes from {before} to {at}: events are missing"
                ));
            }
        }
        Ok(())
    }

    fn scan(&mut self, wanted: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        let mut after = Place::start();
        let mut open: Option<Folding> = None;
        let mut end = Sequence(0);
        loop {
            let page = self.db.by_stream(&after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = Place {
                name: last.name.clone(),
                sequence: last.sequence,
            };
            for entry in page {
                end = end.max(entry.sequence);
                if !wanted(&entry.name.kind) {
                    continue;
                }
                if open.as_ref().is_none_or(|f| f.name != entry.name) {
                    let next = Folding::new(entry.name.clone());
                    if let Some(done) = open.replace(next) {
                        self.settle(done)?;
                    }
                }
                if let Some(folding) = &mut open {
                    folding.take(entry);
                }
            }
        }
        if let Some(done) = open {
            self.settle(done)?;
        }
        if end != self.found.at {
            self.differs(format!(
                "log_head says {}, and the log ends at {end}",
                self.found.at
            ));
        }
        Ok(())
    }

    fn each(&mut self, names: &[Name]) -> Result<(), StoreError> {
        for name in names {
            let mut folding = Folding::new(name.clone());
            let mut after = Sequence(0);
            loop {
                let page = self.db.of_stream(name, after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = last.sequence;
                for entry in page {
                    folding.take(entry);
                }
            }
            self.settle(folding)?;
        }
        Ok(())
    }

    /// Compares the stream's rows, and everything else that is kept of it, with its fold.
    fn settle(&mut self, folding: Folding) -> Result<(), StoreError> {
        let Folding {
            name,
            rows,
            broken,
            events,
            notes,
            checkpoints,
            blobs,
            used,
            ..
        } = folding;
        self.found.drift.events += events;
        self.found.drift.differences.extend(notes);
        for (kind, id) in used {
            let last = self.found.used.entry(kind).or_default();
            *last = id.max(*last);
        }
        let mut verdict = Verdict {
            broken: broken.is_some(),
            ..Verdict::default()
        };
        self.judge(&name, broken, &mut verdict);
        if let Some(stream) = name.stream() {
            for projector in PROJECTORS.iter().filter(|p| p.kind == name.kind) {
                let there = self.db.rows(projector, name.org, &stream.scalar())?;
                if !self.compare(projector.table, there, &rows) {
                    let wanted = rows.all(projector.table).cloned().collect();
                    verdict.tables.push((projector, wanted));
                }
            }
            if one_row(&stream).is_some() && self.db.checkpoints(&name)? != checkpoints {
                self.differs(format!("row_checkpoints of {name}: differ"));
                verdict.checkpoints = Some(checkpoints);
            }
        }
        if !blobs.is_empty() {
            let blobs: Vec<String> = blobs.into_iter().collect();
            verdict.blobs = self.db.not_referred(name.org, &blobs)?;
            for blob in &verdict.blobs {
                self.found.drift.differences.push(format!(
                    "blob_refs: {blob} is missing, which {name} refers to"
                ));
            }
        }
        if !verdict.is_clean() {
            self.found.streams.insert(name, verdict);
        }
        Ok(())
    }

    /// Whether the stream is broken, and whether that is known.
    fn judge(&mut self, name: &Name, broken: Option<(Sequence, String)>, verdict: &mut Verdict) {
        let noted = self.quarantined.remove(name);
        match broken {
            None => {
                if noted.is_some() {
                    self.lift(name.clone());
                    verdict.quarantine = Quarantine::Lifted;
                }
            }
            Some((sequence, error)) => {
                let known = noted.filter(|q| q.sequence == sequence && q.error == error);
                self.differs(format!(
                    "{error}; {name} {} quarantined, and its rows are those before that event",
                    if known.is_some() {
                        "is"
                    } else {
                        "is not yet, but must be"
                    }
                ));
                if known.is_none() {
                    verdict.quarantine = Quarantine::Noted(Quarantined {
                        name: name.clone(),
                        sequence,
                        error,
                        noted_at: self.recorded_at,
                    });
                }
            }
        }
    }

    /// A quarantine that is over.
    fn lift(&mut self, name: Name) {
        self.differs(format!(
            "{name} is quarantined, and all of it can be folded"
        ));
        self.found.streams.entry(name).or_default().quarantine = Quarantine::Lifted;
    }

    /// Whether the rows that are there are those of the fold.
    fn compare(&mut self, table: Table, there: Vec<Result<Row, String>>, folded: &RowMap) -> bool {
        let drift = &mut self.found.drift;
        let before = drift.differences.len();
        let mut wanted: BTreeMap<Key, &Row> = folded.all(table).map(|r| (r.key(), r)).collect();
        for row in there {
            drift.rows += 1;
            let row = match row {
                Ok(row) => row,
                Err(why) => {
                    drift.differences.push(why);
                    continue;
                }
            };
            let key = row.key();
            match wanted.remove(&key) {
                None => drift
                    .differences
                    .push(format!("{} {key:?}: should not be there", table.name())),
                Some(folded) if *folded == row => {}
                Some(folded) => {
                    let (ours, theirs) = (folded.to_value(), row.to_value());
                    let columns: Vec<&str> = ours
                        .as_object()
                        .into_iter()
                        .flatten()
                        .filter(|(name, value)| theirs[name.as_str()] != **value)
                        .map(|(name, _)| name.as_str())
                        .collect();
                    drift.differences.push(format!(
                        "{} {key:?}: differs in {}",
                        table.name(),
                        columns.join(", ")
                    ));
                }
            }
        }
        for key in wanted.into_keys() {
            drift
                .differences
                .push(format!("{} {key:?}: is missing", table.name()));
        }
        drift.differences.len() == before
    }

    fn strays(&mut self, projector: &'static Projector) -> Result<(), StoreError> {
        for (org, owner) in self.db.strays(projector)? {
            for row in self.db.rows(projector, org, &owner)? {
                self.found.drift.rows += 1;
                self.differs(match row {
                    Ok(row) => format!(
                        "{} {:?}: should not be there",
                        projector.table.name(),
                        row.key()
                    ),
                    Err(why) => why,
                });
            }
            self.found.strays.push((projector, org, owner));
        }
        Ok(())
    }

    fn counters(&mut self) -> Result<(), StoreError> {
        let counters = self.db.counters()?;
        let used: BTreeMap<_, _> = self.found.used.iter().map(|(k, id)| (*k, *id)).collect();
        for (kind, id) in used {
            if counters.get(&kind).is_none_or(|last| *last < id) {
                self.differs(format!(
                    "id_counters {}: id {id} was given, and would be given again",
                    kind.as_str()
                ));
            }
        }
        Ok(())
    }
}

/// Puts right what was found, in the transaction of `db`; streams that went on since are looked at again first.
pub fn mend(db: &mut dyn Mend, found: &Findings) -> Result<(), StoreError> {
    let touched = db.touched(None, found.at)?;
    let late = examine(db, Which::Streams(&touched))?;
    let touched: BTreeSet<&Name> = touched.iter().collect();
    let fixes: Vec<(&Name, &Verdict)> = found
        .streams
        .iter()
        .filter(|(name, _)| !touched.contains(name))
        .chain(&late.streams)
        .collect();
    for (name, verdict) in &fixes {
        if let Some(stream) = name.stream() {
            for (projector, _) in &verdict.tables {
                db.wipe(projector, name.org, &stream.scalar())?;
            }
        }
    }
    for (projector, org, owner) in &found.strays {
        let began = touched.iter().any(|name| {
            name.org == *org
                && name.kind == projector.kind
                && name.stream().is_some_and(|s| s.scalar() == *owner)
        });
        if !began {
            db.wipe(projector, *org, owner)?;
        }
    }
    // A stream that stopped early may hold what another took since; then it is the one that gives way.
    let (broken, whole): (Vec<_>, Vec<_>) = fixes.iter().partition(|(_, v)| v.broken);
    let head = db.head()?;
    for (name, verdict) in whole.into_iter().chain(broken) {
        let mut quarantine = verdict.quarantine.clone();
        for row in verdict.tables.iter().flat_map(|(_, rows)| rows) {
            if !db.add(row)? && !verdict.broken {
                quarantine = Quarantine::Noted(Quarantined {
                    name: (*name).clone(),
                    sequence: head.sequence,
                    error: format!(
                        "row {:?} of {} holds what another row holds already",
                        row.key(),
                        row.table().name()
                    ),
                    noted_at: head.recorded_at,
                });
            }
        }
        match quarantine {
            Quarantine::Stands => {}
            Quarantine::Lifted => db.set_quarantine(name, None)?,
            Quarantine::Noted(quarantined) => db.set_quarantine(name, Some(&quarantined))?,
        }
        if let Some(checkpoints) = &verdict.checkpoints {
            db.set_checkpoints(name, checkpoints)?;
        }
        if !verdict.blobs.is_empty() {
            db.refer(name.org, &verdict.blobs)?;
        }
    }
    for (kind, last) in found.used.iter().chain(&late.used) {
        db.set_counter(*kind, *last)?;
    }
    db.stand(head)
}
