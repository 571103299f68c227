//! Rows in memory: the tables of the memory store, and of a log that is folded anew. Holds the same unique constraints
//! as the databases do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::Scope;
use super::schema::{UNIQUE, Unique};
use crate::domain::event::Stream;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row, Table};
use crate::domain::scalar::Scalar;
use crate::domain::view::Find;

/// Tables of rows.
#[derive(Debug, Clone)]
pub struct RowMap {
    tables: Vec<BTreeMap<(Key, OrgId), Row>>,
    taken: HashMap<(usize, Vec<String>), Key>,
    streams: HashMap<(Table, OrgId, Scalar), BTreeSet<Key>>,
}

impl Default for RowMap {
    fn default() -> Self {
        Self {
            tables: vec![BTreeMap::new(); Table::ALL.len()],
            taken: HashMap::new(),
            streams: HashMap::new(),
        }
    }
}

impl RowMap {
    fn of(&self, table: Table) -> &BTreeMap<(Key, OrgId), Row> {
        &self.tables[table as usize]
    }

    /// Every row of a table, by key.
    pub fn all(&self, table: Table) -> impl Iterator<Item = &Row> {
        self.of(table).values()
    }

    /// The row of a key.
    pub fn get(&self, scope: Scope, key: &Key) -> Option<&Row> {
        let table = self.of(key.table());
        match scope {
            Scope::Org(org) => table.get(&(key.clone(), org)),
            Scope::Everyone => table
                .range((key.clone(), OrgId(i64::MIN))..=(key.clone(), OrgId(i64::MAX)))
                .next()
                .map(|(_, row)| row),
        }
    }

    /// Writes `row` over whatever has its key; refused where a unique constraint, which is named, stands against it.
    pub fn put(&mut self, row: Row) -> Result<(), String> {
        let (key, org) = (row.key(), row.org());
        let marks = marks(&row);
        for (index, values) in &marks {
            if self
                .taken
                .get(&(*index, values.clone()))
                .is_some_and(|k| *k != key)
            {
                return Err(UNIQUE[*index].violation());
            }
        }
        self.remove(org, &key);
        for mark in marks {
            self.taken.insert(mark, key.clone());
        }
        if let Some(stream) = stream_of(org, &key) {
            self.streams.entry(stream).or_default().insert(key.clone());
        }
        self.tables[key.table() as usize].insert((key, org), row);
        Ok(())
    }

    /// Removes a row, and gives it.
    pub fn remove(&mut self, org: OrgId, key: &Key) -> Option<Row> {
        let row = self.tables[key.table() as usize].remove(&(key.clone(), org))?;
        for mark in marks(&row) {
            self.taken.remove(&mark);
        }
        if let Some(stream) = stream_of(org, key)
            && let Some(keys) = self.streams.get_mut(&stream)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.streams.remove(&stream);
            }
        }
        Some(row)
    }

    /// The rows that `find` asks for.
    pub fn find(&self, scope: Scope, find: &Find) -> Vec<Row> {
        let mut found: Vec<(Value, &Row)> = self
            .of(find.table)
            .iter()
            .filter(|((_, org), _)| match scope {
                Scope::Org(wanted) => *org == wanted,
                Scope::Everyone => true,
            })
            .map(|(_, row)| (row.to_value(), row))
            .filter(|(columns, _)| find.matches(columns))
            .collect();
        if let Some((column, newest)) = find.order {
            // Stable, so ties stay in the order of their keys.
            found.sort_by(|(a, _), (b, _)| {
                let order = compare(&a[column], &b[column]);
                if newest { order.reverse() } else { order }
            });
        }
        let limit = find.limit.map_or(usize::MAX, |l| l as usize);
        found
            .into_iter()
            .take(limit)
            .map(|(_, row)| row.clone())
            .collect()
    }

    /// The rows of a stream in a table of many rows a stream, by key.
    pub fn of_stream(&self, org: OrgId, stream: &Stream, table: Table) -> Vec<Row> {
        self.streams
            .get(&(table, org, stream.scalar()))
            .into_iter()
            .flatten()
            .filter_map(|key| self.get(Scope::Org(org), key).cloned())
            .collect()
    }
}

/// Which rows of a stream the key belongs to, in tables that hold many of one stream.
fn stream_of(org: OrgId, key: &Key) -> Option<(Table, OrgId, Scalar)> {
    let table = key.table();
    table.stream_column()?;
    key.values().into_iter().next().map(|id| (table, org, id))
}

/// Nothing comes before everything, as SQLite has it.
pub fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_i64().cmp(&b.as_i64()),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Null, Value::Null) => std::cmp::Ordering::Equal,
        (Value::Null, _) => std::cmp::Ordering::Less,
        (_, Value::Null) => std::cmp::Ordering::Greater,
        (a, b) => a.to_string().cmp(&b.to_string()),
    }
}

/// What the row takes of each unique constraint of its table; a NULL takes nothing.
fn marks(row: &Row) -> Vec<(usize, Vec<String>)> {
    let mut columns = None;
    UNIQUE
        .iter()
        .enumerate()
        .filter(|(_, unique)| unique.table == row.table())
        .filter_map(|(index, unique)| {
            let columns = columns.get_or_insert_with(|| row.to_value());
            mark(unique, columns).map(|values| (index, values))
        })
        .collect()
}

fn mark(unique: &Unique, columns: &Value) -> Option<Vec<String>> {
    if let Some((column, word)) = unique.only
        && columns[column] != word
    {
        return None;
    }
    unique
        .columns
        .iter()
        .map(|c| match &columns[*c] {
            Value::Null => None,
            value => Some(value.to_string()),
        })
        .collect()
}
