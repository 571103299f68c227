//! The log and the rows as folding anew asks for them, in SQL.

use std::collections::HashMap;

use rusqlite::{Connection, Params, params, params_from_iter};

use super::fault::Fault;
use super::log;
use super::sql;
use crate::domain::id::{OrgId, Sequence};
use crate::domain::row::Row;
use crate::domain::scalar::Scalar;
use crate::domain::view::IdKind;
use crate::store::StoreError;
use crate::store::archive::{
    Archive, Checkpoint, Entry, MISPLACED, Mend, Name, Neighbours, Place, Quarantined,
};
use crate::store::codec::Cell;
use crate::store::command::Head;
use crate::store::log::{EVENT, time};
use crate::store::projector::Projector;

/// A page is full at this many bytes of payloads too.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The database behind a connection that is inside a transaction.
pub struct Files<'a>(pub &'a Connection);

impl Files<'_> {
    /// Events of a query, up to so many bytes of payloads.
    pub fn entries(
        &self,
        sql: &str,
        params: impl Params,
        most: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        while bytes < most
            && let Some(row) = rows.next()?
        {
            bytes += row.get_ref(15)?.as_bytes().map_or(0, <[u8]>::len);
            entries.push(Entry {
                name: Name {
                    org: OrgId(row.get(1)?),
                    kind: row.get(3)?,
                    id: row.get(4)?,
                },
                sequence: Sequence(row.get(0)?),
                stream_version: row.get(5)?,
                event: log::event(row).map(Box::new).map_err(words),
            });
        }
        Ok(entries)
    }

    /// What a query gives.
    pub fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        Ok(self.0.prepare_cached(sql)?.execute(params)?)
    }
}

/// What is wrong, without saying that it is the database.
fn words(fault: Fault) -> String {
    match fault {
        Fault::Own(StoreError::Internal(why)) => why,
        other => StoreError::from(other).to_string(),
    }
}

/// The streams that are set apart.
pub fn quarantine(db: &Connection) -> Result<Vec<Quarantined>, Fault> {
    let noted = Files(db).list(
        "SELECT org_id, aggregate_kind, stream_id, sequence, error, noted_at FROM projection_quarantine
         ORDER BY org_id, aggregate_kind, stream_id",
        [],
        |row| {
            let name = Name {
                org: OrgId(row.get(0)?),
                kind: row.get(1)?,
                id: row.get(2)?,
            };
            Ok((name, row.get(3)?, row.get(4)?, row.get::<_, String>(5)?))
        },
    )?;
    noted
        .into_iter()
        .map(|(name, sequence, error, noted_at)| {
            Ok(Quarantined {
                name,
                sequence: Sequence(sequence),
                error,
                noted_at: time(&noted_at)?,
            })
        })
        .collect()
}

/// Keeps a row as it is now.
pub fn keep_checkpoint(db: &Connection, checkpoint: &Checkpoint) -> Result<(), Fault> {
    let name = &checkpoint.name;
    Files(db).run(
        "INSERT INTO row_checkpoints (org_id, aggregate_kind, stream_id, sequence, stream_version, row_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            name.org.0,
            name.kind,
            name.id,
            checkpoint.sequence.0,
            checkpoint.stream_version,
            checkpoint.row.to_string()
        ],
    )?;
    Ok(())
}

/// Notes blobs that an event names.
pub fn refer(db: &Connection, org: OrgId, blobs: &[String]) -> Result<(), Fault> {
    for blob in blobs {
        Files(db).run(
            "INSERT INTO blob_refs (org_id, sha256) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![org.0, blob],
        )?;
    }
    Ok(())
}

impl Archive for Files<'_> {
    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(log::head(self.0)?)
    }

    fn by_stream(&mut self, after: &Place, limit: u32) -> Result<Vec<Entry>, StoreError> {
        // First what is left of the stream: a range over all four columns would read it again from its start each time.
        let rest = self.of_stream(&after.name, after.sequence, limit)?;
        if !rest.is_empty() {
            return Ok(rest);
        }
        Ok(self.entries(
            &format!(
                "{EVENT} WHERE (org_id, aggregate_kind, stream_id) > (?1, ?2, ?3)
                 ORDER BY org_id, aggregate_kind, stream_id, sequence LIMIT ?4"
            ),
            params![after.name.org.0, after.name.kind, after.name.id, limit],
            MAX_BYTES,
        )?)
    }

    fn of_stream(
        &mut self,
        name: &Name,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(self.entries(
            &format!(
                "{EVENT} WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 AND sequence > ?4
                 ORDER BY sequence LIMIT ?5"
            ),
            params![name.org.0, name.kind, name.id, after.0, limit],
            MAX_BYTES,
        )?)
    }

    fn touched(&mut self, kind: Option<&str>, after: Sequence) -> Result<Vec<Name>, StoreError> {
        Ok(self.list(
            "SELECT DISTINCT org_id, aggregate_kind, stream_id FROM orchestration_events NOT INDEXED
             WHERE sequence > ?1 AND (?2 IS NULL OR aggregate_kind = ?2)",
            params![after.0, kind],
            |row| {
                Ok(Name {
                    org: OrgId(row.get(0)?),
                    kind: row.get(1)?,
                    id: row.get(2)?,
                })
            },
        )?)
    }

    fn rows(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<Vec<Result<Row, String>>, StoreError> {
        let mut rows = Vec::new();
        sql::each_of(self.0, projector, org, owner, |row| {
            rows.push(row.map_err(words));
        })?;
        Ok(rows)
    }

    fn strays(&mut self, projector: &Projector) -> Result<Vec<(OrgId, Scalar)>, StoreError> {
        Ok(self.list(
            &format!(
                "SELECT DISTINCT org_id, {owner} FROM {table} AS held WHERE NOT EXISTS (
                   SELECT 1 FROM orchestration_events AS e WHERE e.org_id = held.org_id
                     AND e.aggregate_kind = '{kind}' AND e.stream_id = CAST(held.{owner} AS TEXT))",
                table = projector.table.name(),
                kind = projector.kind,
                owner = projector.owner,
            ),
            [],
            |row| {
                let owner = match row.get_ref(1)? {
                    rusqlite::types::ValueRef::Integer(id) => Scalar::Int(id),
                    _ => Scalar::Text(row.get(1)?),
                };
                Ok((OrgId(row.get(0)?), owner))
            },
        )?)
    }

    fn misplaced(&mut self) -> Result<Vec<Neighbours>, StoreError> {
        Ok(self.list(MISPLACED, [], |row| {
            Ok(Neighbours {
                sequence: Sequence(row.get(0)?),
                before: Sequence(row.get(1)?),
            })
        })?)
    }

    fn counters(&mut self) -> Result<HashMap<IdKind, i64>, StoreError> {
        Ok(log::counters(self.0)?)
    }

    fn quarantine(&mut self) -> Result<Vec<Quarantined>, StoreError> {
        Ok(quarantine(self.0)?)
    }

    fn checkpoints(&mut self, name: &Name) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(self.list(
            "SELECT sequence, stream_version, row_json FROM row_checkpoints
             WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 ORDER BY sequence",
            params![name.org.0, name.kind, name.id],
            |row| {
                Ok(Checkpoint {
                    name: name.clone(),
                    sequence: Sequence(row.get(0)?),
                    stream_version: row.get(1)?,
                    // What cannot be read is not the row, and so differs from it.
                    row: serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default())
                        .unwrap_or_default(),
                })
            },
        )?)
    }

    fn not_referred(&mut self, org: OrgId, blobs: &[String]) -> Result<Vec<String>, StoreError> {
        let mut missing = Vec::new();
        for blob in blobs {
            let found: Vec<i64> = self.list(
                "SELECT 1 FROM blob_refs WHERE org_id = ?1 AND sha256 = ?2",
                params![org.0, blob],
                |row| row.get(0),
            )?;
            if found.is_empty() {
                missing.push(blob.clone());
            }
        }
        Ok(missing)
    }
}

impl Mend for Files<'_> {
    fn wipe(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<(), StoreError> {
        self.run(
            &format!(
                "DELETE FROM {} WHERE org_id = ?1 AND {} = ?2",
                projector.table.name(),
                projector.owner
            ),
            params_from_iter([Cell::Int(org.0), owner.into()]),
        )?;
        Ok(())
    }

    fn add(&mut self, row: &Row) -> Result<bool, StoreError> {
        Ok(sql::add(self.0, row)?)
    }

    fn set_quarantine(
        &mut self,
        name: &Name,
        quarantined: Option<&Quarantined>,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM projection_quarantine WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3",
            params![name.org.0, name.kind, name.id],
        )?;
        if let Some(quarantined) = quarantined {
            self.run(
                "INSERT INTO projection_quarantine (org_id, aggregate_kind, stream_id, sequence, error, noted_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    name.org.0,
                    name.kind,
                    name.id,
                    quarantined.sequence.0,
                    quarantined.error,
                    quarantined.noted_at.to_string()
                ],
            )?;
        }
        Ok(())
    }

    fn set_checkpoints(
        &mut self,
        name: &Name,
        checkpoints: &[Checkpoint],
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM row_checkpoints WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3",
            params![name.org.0, name.kind, name.id],
        )?;
        for checkpoint in checkpoints {
            keep_checkpoint(self.0, checkpoint)?;
        }
        Ok(())
    }

    fn refer(&mut self, org: OrgId, blobs: &[String]) -> Result<(), StoreError> {
        Ok(refer(self.0, org, blobs)?)
    }

    fn set_counter(&mut self, kind: IdKind, last: i64) -> Result<(), StoreError> {
        Ok(log::set_counter(self.0, kind, last)?)
    }

    fn stand(&mut self, head: Head) -> Result<(), StoreError> {
        Ok(log::stand(self.0, head)?)
    }
}
