//! The present state as one transaction of the writer sees it. What the database holds is fetched for the whole batch at
//! once and kept (`Known`); what the batch changes lies over it (`Changes`) until it is written in one go.
//!
//! A command is first run against what is known alone (`Probe`), as often as that teaches something new: a fault in that
//! costs a question later and changes no answer, because the run that counts (`Tx`) asks for whatever is missing.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::fault::{Fault, refused};
use super::session::{Asked, Session};
use super::{log, sql};
use crate::domain::event::Stream;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row, Table};
use crate::domain::view::{Find, IdKind};
use crate::store::archive::{Name, Quarantined};
use crate::store::command::{Head, Receipt, State};
use crate::store::rows::compare;
use crate::store::sql::{Dialect, query};
use crate::store::{Scope, StoreError};

/// Rows of a find as the database has them, and up to how many were asked for.
#[derive(Debug)]
struct Found {
    rows: Vec<Row>,
    asked: Option<u32>,
}

/// What was read since the transaction began.
#[derive(Debug, Default)]
pub struct Known {
    receipts: HashMap<(OrgId, String), Option<Receipt>>,
    rows: HashMap<(OrgId, Key), Option<Row>>,
    finds: HashMap<(OrgId, Find), Found>,
    versions: HashMap<(OrgId, Stream), i64>,
    spent: HashMap<(OrgId, String), Option<Head>>,
    counters: HashMap<IdKind, i64>,
    quarantine: HashMap<Name, Quarantined>,
}

/// What is not known.
#[derive(Debug, Default)]
pub struct Missing {
    receipts: HashSet<(OrgId, String)>,
    rows: HashSet<(OrgId, Key)>,
    finds: HashSet<(OrgId, Find)>,
    versions: HashSet<(OrgId, Stream)>,
    spent: HashSet<(OrgId, String)>,
}

impl Missing {
    /// Adds what `other` misses.
    pub fn take(&mut self, other: Missing) {
        self.receipts.extend(other.receipts);
        self.rows.extend(other.rows);
        self.finds.extend(other.finds);
        self.versions.extend(other.versions);
        self.spent.extend(other.spent);
    }

    /// Whether everything is known.
    pub fn is_empty(&self) -> bool {
        self.receipts.is_empty()
            && self.rows.is_empty()
            && self.finds.is_empty()
            && self.versions.is_empty()
            && self.spent.is_empty()
    }
}

impl Known {
    /// With the counters and what is set apart, which every transaction reads first.
    pub fn new(counters: HashMap<IdKind, i64>, quarantine: Vec<Quarantined>) -> Self {
        Self {
            counters,
            quarantine: quarantine
                .into_iter()
                .map(|q| (q.name.clone(), q))
                .collect(),
            ..Self::default()
        }
    }

    /// Fetches what is missing: a question for each kind and table, all in one round trip.
    pub fn fetch(&mut self, session: &mut Session, missing: Missing) -> Result<(), Fault> {
        let receipts: Vec<_> = missing.receipts.into_iter().collect();
        let versions: Vec<_> = missing.versions.into_iter().collect();
        let spent: Vec<_> = missing.spent.into_iter().collect();
        let finds: Vec<_> = missing.finds.into_iter().collect();
        let mut rows: HashMap<Table, Vec<(OrgId, Key)>> = HashMap::new();
        for (org, key) in missing.rows {
            rows.entry(key.table()).or_default().push((org, key));
        }
        let rows: Vec<_> = rows.into_iter().collect();
        let mut asked: Vec<Asked> = Vec::new();
        if !receipts.is_empty() {
            asked.push(log::ask_receipts(&receipts));
        }
        if !versions.is_empty() {
            asked.push(log::ask_versions(&versions));
        }
        if !spent.is_empty() {
            asked.push(log::ask_spent(&spent));
        }
        for (table, keys) in &rows {
            asked.push((
                sql::many(*table).get.clone(),
                sql::keys(*table, keys.iter().map(|(org, key)| (*org, key))),
            ));
        }
        for (org, find) in &finds {
            asked.push(ask_find(*org, find)?);
        }
        let mut answers = session.ask(&asked)?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        if !receipts.is_empty() {
            let found = next();
            self.receipts
                .extend(receipts.into_iter().map(|wanted| (wanted, None)));
            for row in &found {
                let receipt = log::receipt(row)?;
                self.receipts
                    .insert((receipt.org, receipt.command_id.clone()), Some(receipt));
            }
        }
        if !versions.is_empty() {
            let last = log::versions(&next())?;
            for (org, stream) in versions {
                let name = (org.0, stream.kind().to_owned(), stream.id());
                let next = last.get(&name).map_or(0, |version| version + 1);
                self.versions.insert((org, stream), next);
            }
        }
        if !spent.is_empty() {
            let found = next();
            self.spent
                .extend(spent.into_iter().map(|wanted| (wanted, None)));
            for row in &found {
                let (command, at) = log::spent(row)?;
                let last = self.spent.entry(command).or_default();
                if last.is_none_or(|last| last.sequence < at.sequence) {
                    *last = Some(at);
                }
            }
        }
        for (table, keys) in rows {
            let found = sql::found(table, &next())?;
            self.rows
                .extend(keys.into_iter().map(|wanted| (wanted, None)));
            for row in found {
                self.rows.insert((row.org(), row.key()), Some(row));
            }
        }
        for (org, find) in finds {
            let rows = sql::found(find.table, &next())?;
            let asked = find.limit;
            self.finds.insert((org, find), Found { rows, asked });
        }
        Ok(())
    }
}

fn ask_find(org: OrgId, find: &Find) -> Result<Asked, StoreError> {
    let (mut text, params) = query(Dialect::Postgres, Scope::Org(org), find)?;
    text += sql::locks(find.table, " FOR UPDATE");
    Ok((text, params.into_iter().map(Into::into).collect()))
}

fn org_of(scope: Scope) -> Result<OrgId, StoreError> {
    match scope {
        Scope::Org(org) => Ok(org),
        Scope::Everyone => Err(StoreError::Internal(
            "a command looks at its own org only".into(),
        )),
    }
}

/// State out of what is known alone; what is not is noted, and is an error.
pub struct Probe<'a> {
    /// What is known.
    pub known: &'a Known,
    /// The head of the transaction.
    pub head: Head,
    /// What was asked for in vain.
    pub missing: &'a mut Missing,
}

fn unknown() -> StoreError {
    StoreError::Unavailable(String::new())
}

impl State for Probe<'_> {
    fn head(&self) -> Head {
        self.head
    }

    fn receipt(&mut self, org: OrgId, command_id: &str) -> Result<Option<Receipt>, StoreError> {
        let id = (org, command_id.to_owned());
        if let Some(receipt) = self.known.receipts.get(&id) {
            return Ok(receipt.clone());
        }
        // Without a receipt, the log is asked next.
        self.missing.spent.insert(id.clone());
        self.missing.receipts.insert(id);
        Err(unknown())
    }

    fn row(&mut self, scope: Scope, key: &Key) -> Result<Option<Row>, StoreError> {
        let id = (org_of(scope)?, key.clone());
        if let Some(row) = self.known.rows.get(&id) {
            return Ok(row.clone());
        }
        self.missing.rows.insert(id);
        Err(unknown())
    }

    fn find(&mut self, scope: Scope, find: &Find) -> Result<Vec<Row>, StoreError> {
        let id = (org_of(scope)?, find.clone());
        if let Some(found) = self.known.finds.get(&id) {
            return Ok(found.rows.clone());
        }
        // A column that is not there is the run's to refuse.
        query(Dialect::Postgres, scope, find)?;
        self.missing.finds.insert(id);
        Err(unknown())
    }

    fn counter(&mut self, kind: IdKind) -> Result<i64, StoreError> {
        Ok(self.known.counters.get(&kind).copied().unwrap_or(0))
    }

    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError> {
        let id = (org, stream.clone());
        if let Some(version) = self.known.versions.get(&id) {
            return Ok(*version);
        }
        self.missing.versions.insert(id);
        Err(unknown())
    }

    fn quarantined(
        &mut self,
        org: OrgId,
        stream: &Stream,
    ) -> Result<Option<Quarantined>, StoreError> {
        Ok(self.known.quarantine.get(&Name::of(org, stream)).cloned())
    }

    fn spent(&mut self, org: OrgId, command_id: &str) -> Result<Option<Head>, StoreError> {
        let id = (org, command_id.to_owned());
        if let Some(last) = self.known.spent.get(&id) {
            return Ok(*last);
        }
        self.missing.spent.insert(id);
        Err(unknown())
    }
}

/// A row as the batch leaves it.
#[derive(Debug)]
struct Changed {
    row: Option<Row>,
    /// Its columns, for conditions and order.
    columns: Value,
}

/// The rows that the batch changes, per table in the order in which they were first touched.
#[derive(Debug, Default)]
pub struct Changes {
    tables: HashMap<Table, Vec<(OrgId, Key)>>,
    rows: HashMap<(OrgId, Key), Changed>,
}

impl Changes {
    /// Notes a row as it is now; `None`: gone.
    pub fn set(&mut self, org: OrgId, key: Key, row: Option<Row>) {
        let columns = row.as_ref().map_or(Value::Null, Row::to_value);
        let table = key.table();
        let id = (org, key);
        if self
            .rows
            .insert(id.clone(), Changed { row, columns })
            .is_none()
        {
            self.tables.entry(table).or_default().push(id);
        }
    }

    /// What writes them: deletions first, so that a name that was given up and taken again does not collide.
    pub fn writes(&self) -> Vec<Asked> {
        let (mut gone, mut put) = (Vec::new(), Vec::new());
        for table in Table::ALL {
            let Some(ids) = self.tables.get(table) else {
                continue;
            };
            let (there, not): (Vec<_>, Vec<_>) =
                ids.iter().partition(|id| self.rows[*id].row.is_some());
            if !not.is_empty() {
                let keys = not.into_iter().map(|(org, key)| (*org, key));
                gone.push((sql::many(*table).delete.clone(), sql::keys(*table, keys)));
            }
            if !there.is_empty() {
                let cells = there
                    .into_iter()
                    .filter_map(|id| self.rows[id].row.as_ref())
                    .map(crate::store::codec::encode)
                    .collect();
                put.push((sql::many(*table).put.clone(), sql::rows(*table, cells)));
            }
        }
        gone.append(&mut put);
        gone
    }
}

/// The state of the run that counts.
pub struct Tx<'a> {
    /// The connection, inside the transaction.
    pub session: &'a mut Session,
    /// The head, moved on by what was appended.
    pub head: Head,
    /// What was read.
    pub known: Known,
    /// What is to be written.
    pub changes: Changes,
    /// Counters that were moved on.
    pub counters: HashMap<IdKind, i64>,
    /// The question that failed, and with it the transaction.
    pub fault: Option<Fault>,
}

impl<'a> Tx<'a> {
    /// The state behind a session that is inside a transaction.
    pub fn new(session: &'a mut Session, head: Head, known: Known) -> Self {
        Self {
            session,
            head,
            known,
            changes: Changes::default(),
            counters: HashMap::new(),
            fault: None,
        }
    }

    /// Notes what a command writes beside its events: its receipt, the versions and ids it used.
    pub fn note(
        &mut self,
        receipt: Option<&Receipt>,
        streams: impl Iterator<Item = ((OrgId, Stream), i64)>,
    ) {
        if let Some(receipt) = receipt {
            let id = (receipt.org, receipt.command_id.clone());
            self.known.receipts.insert(id, Some(receipt.clone()));
        }
        for (stream, version) in streams {
            self.known.versions.insert(stream, version + 1);
        }
    }

    fn fetch(&mut self, missing: Missing) -> Result<(), StoreError> {
        let fetched = self.known.fetch(self.session, missing);
        fetched.map_err(|fault| self.broke(fault))
    }

    /// What the command is told of a question that failed; one that ended the transaction is kept.
    fn broke(&mut self, fault: Fault) -> StoreError {
        let error = match &fault {
            Fault::Sql(error) => refused(error),
            Fault::Own(error) => error.clone(),
        };
        if matches!(fault, Fault::Sql(_)) || matches!(error, StoreError::Unavailable(_)) {
            self.fault.get_or_insert(fault);
        }
        error
    }
}

impl State for Tx<'_> {
    fn head(&self) -> Head {
        self.head
    }

    fn receipt(&mut self, org: OrgId, command_id: &str) -> Result<Option<Receipt>, StoreError> {
        let id = (org, command_id.to_owned());
        if !self.known.receipts.contains_key(&id) {
            let receipts = [id.clone()].into();
            self.fetch(Missing {
                receipts,
                ..Missing::default()
            })?;
        }
        Ok(self.known.receipts.get(&id).cloned().flatten())
    }

    fn row(&mut self, scope: Scope, key: &Key) -> Result<Option<Row>, StoreError> {
        let id = (org_of(scope)?, key.clone());
        if let Some(changed) = self.changes.rows.get(&id) {
            return Ok(changed.row.clone());
        }
        if !self.known.rows.contains_key(&id) {
            let rows = [id.clone()].into();
            self.fetch(Missing {
                rows,
                ..Missing::default()
            })?;
        }
        Ok(self.known.rows.get(&id).cloned().flatten())
    }

    fn find(&mut self, scope: Scope, find: &Find) -> Result<Vec<Row>, StoreError> {
        let org = org_of(scope)?;
        let id = (org, find.clone());
        if !self.known.finds.contains_key(&id) {
            let finds = [id.clone()].into();
            self.fetch(Missing {
                finds,
                ..Missing::default()
            })?;
        }
        loop {
            let found = &self.known.finds[&id];
            let kept: Vec<&Row> = found
                .rows
                .iter()
                .filter(|row| !self.changes.rows.contains_key(&(org, row.key())))
                .collect();
            let more = found
                .asked
                .is_some_and(|asked| found.rows.len() >= asked as usize);
            let enough = find.limit.is_none_or(|limit| kept.len() >= limit as usize);
            if more && !enough {
                // Some of the first rows were changed meanwhile: the ones behind them may move up.
                let mut wider = find.clone();
                wider.limit = found.asked.map(|asked| asked.saturating_mul(2).max(16));
                let (text, args) = ask_find(org, &wider)?;
                let answer = match self.session.query(&text, args) {
                    Ok(answer) => answer,
                    Err(fault) => return Err(self.broke(fault)),
                };
                let rows = sql::found(find.table, &answer)?;
                let asked = wider.limit;
                self.known.finds.insert(id.clone(), Found { rows, asked });
                continue;
            }
            return Ok(merged(org, find, &kept, &self.changes));
        }
    }

    fn counter(&mut self, kind: IdKind) -> Result<i64, StoreError> {
        let last = self
            .counters
            .get(&kind)
            .or_else(|| self.known.counters.get(&kind));
        Ok(last.copied().unwrap_or(0))
    }

    fn next_version(&mut self, org: OrgId, stream: &Stream) -> Result<i64, StoreError> {
        let id = (org, stream.clone());
        if !self.known.versions.contains_key(&id) {
            let versions = [id.clone()].into();
            self.fetch(Missing {
                versions,
                ..Missing::default()
            })?;
        }
        Ok(self.known.versions.get(&id).copied().unwrap_or(0))
    }

    fn quarantined(
        &mut self,
        org: OrgId,
        stream: &Stream,
    ) -> Result<Option<Quarantined>, StoreError> {
        if self.known.quarantine.is_empty() {
            return Ok(None);
        }
        Ok(self.known.quarantine.get(&Name::of(org, stream)).cloned())
    }

    fn spent(&mut self, org: OrgId, command_id: &str) -> Result<Option<Head>, StoreError> {
        let id = (org, command_id.to_owned());
        if !self.known.spent.contains_key(&id) {
            let spent = [id.clone()].into();
            self.fetch(Missing {
                spent,
                ..Missing::default()
            })?;
        }
        Ok(self.known.spent.get(&id).copied().flatten())
    }
}

/// What is there and unchanged, and what the batch changed that meets the conditions, in the order asked for.
fn merged(org: OrgId, find: &Find, kept: &[&Row], changes: &Changes) -> Vec<Row> {
    let fresh: Vec<(&Key, &Row, &Value)> = changes
        .tables
        .get(&find.table)
        .into_iter()
        .flatten()
        .filter(|(of, _)| *of == org)
        .filter_map(|id| {
            let changed = &changes.rows[id];
            let row = changed.row.as_ref()?;
            find.matches(&changed.columns)
                .then_some((&id.1, row, &changed.columns))
        })
        .collect();
    let limit = find.limit.map_or(usize::MAX, |l| l as usize);
    if fresh.is_empty() {
        return kept.iter().take(limit).map(|row| (*row).clone()).collect();
    }
    let mark = |columns: &Value| {
        find.order
            .map_or(Value::Null, |(column, _)| columns[column].clone())
    };
    let mut all: Vec<(Value, Key, &Row)> = fresh
        .into_iter()
        .map(|(key, row, columns)| (mark(columns), key.clone(), row))
        .collect();
    all.extend(kept.iter().map(|row| {
        let mark = find.order.map_or(Value::Null, |_| mark(&row.to_value()));
        (mark, row.key(), *row)
    }));
    all.sort_by(|(a, key_a, _), (b, key_b, _)| {
        let order = match find.order {
            None => Ordering::Equal,
            Some((_, false)) => compare(a, b),
            Some((_, true)) => compare(b, a),
        };
        order.then_with(|| key_a.cmp(key_b))
    });
    all.into_iter()
        .take(limit)
        .map(|(_, _, row)| row.clone())
        .collect()
}
