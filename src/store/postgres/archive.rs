//! The log and the rows as folding anew and looking back ask for them, in SQL.

use std::collections::HashMap;

use tokio_postgres::Row as PgRow;

use super::fault::Fault;
use super::session::{Asked, Session};
use super::sql::Arg;
use super::state::Tx;
use super::{log, sql};
use crate::domain::event::{Payload, Stream};
use crate::domain::id::{DeliveryId, OrgId, Sequence};
use crate::domain::row::Row;
use crate::domain::scalar::Scalar;
use crate::domain::view::IdKind;
use crate::store::archive::{
    Archive, Checkpoint, Entry, MISPLACED, Mend, Name, Neighbours, Place, Quarantined,
};
use crate::store::codec::{Cell, encode};
use crate::store::command::Head;
use crate::store::log::{EVENT, time};
use crate::store::past::{Bygone, DELIVERY};
use crate::store::projector::Projector;
use crate::store::sql::{Param, statements};
use crate::store::{NewBlob, StoreError};

/// The database behind a session that is inside a transaction.
pub struct Files<'a>(pub &'a mut Session);

fn entry(row: &PgRow) -> Result<Entry, Fault> {
    Ok(Entry {
        name: Name {
            org: OrgId(row.try_get(1)?),
            kind: row.try_get(3)?,
            id: row.try_get(4)?,
        },
        sequence: Sequence(row.try_get(0)?),
        stream_version: row.try_get(5)?,
        event: log::event(row).map(Box::new).map_err(words),
    })
}

fn entries(session: &mut Session, text: &str, args: Vec<Arg>) -> Result<Vec<Entry>, Fault> {
    session.query(text, args)?.iter().map(entry).collect()
}

/// What is wrong, without saying that it is the database.
fn words(fault: Fault) -> String {
    match fault {
        Fault::Own(StoreError::Internal(why)) => why,
        other => StoreError::from(other).to_string(),
    }
}

fn scalar(value: &Scalar) -> Arg {
    Arg::One(Param::Cell(value.into()))
}

fn perhaps(text: Option<&str>) -> Arg {
    Arg::One(Param::Cell(
        text.map_or(Cell::Null, |t| Cell::Text(t.to_owned())),
    ))
}

fn of_name(name: &Name) -> Vec<Arg> {
    vec![
        name.org.0.into(),
        name.kind.as_str().into(),
        name.id.as_str().into(),
    ]
}

/// The streams, as columns.
fn of_names<'a>(names: impl Iterator<Item = &'a Name> + Clone) -> Vec<Arg> {
    vec![
        Arg::Ints(names.clone().map(|n| Some(n.org.0)).collect()),
        Arg::Texts(names.clone().map(|n| Some(n.kind.clone())).collect()),
        Arg::Texts(names.map(|n| Some(n.id.clone())).collect()),
    ]
}

/// The streams that are set apart.
pub const QUARANTINE: &str = "SELECT org_id, aggregate_kind, stream_id, sequence, error, noted_at
  FROM projection_quarantine ORDER BY org_id, aggregate_kind, stream_id";

/// What `QUARANTINE` found.
pub fn quarantine(rows: &[PgRow]) -> Result<Vec<Quarantined>, Fault> {
    rows.iter()
        .map(|row| {
            Ok(Quarantined {
                name: Name {
                    org: OrgId(row.try_get(0)?),
                    kind: row.try_get(1)?,
                    id: row.try_get(2)?,
                },
                sequence: Sequence(row.try_get(3)?),
                error: row.try_get(4)?,
                noted_at: time(row.try_get(5)?)?,
            })
        })
        .collect()
}

/// Keeps rows as they are now.
pub fn keep_checkpoints(checkpoints: &[Checkpoint]) -> Asked {
    let mut args = of_names(checkpoints.iter().map(|c| &c.name));
    args.extend([
        Arg::Ints(checkpoints.iter().map(|c| Some(c.sequence.0)).collect()),
        Arg::Ints(checkpoints.iter().map(|c| Some(c.stream_version)).collect()),
        Arg::Texts(
            checkpoints
                .iter()
                .map(|c| Some(c.row.to_string()))
                .collect(),
        ),
    ]);
    (
        "INSERT INTO row_checkpoints (org_id, aggregate_kind, stream_id, sequence, stream_version, row_json)
         SELECT * FROM unnest(?1::bigint[], ?2::text[], ?3::text[], ?4::bigint[], ?5::bigint[], ?6::text[])"
            .to_owned(),
        args,
    )
}

/// Keeps compressed blobs. Putting one again starts its time anew, because somebody is about to refer to it.
pub fn put_blobs<'b>(blobs: impl Iterator<Item = (OrgId, &'b NewBlob)> + Clone) -> Asked {
    let size = |blob: &NewBlob| i64::try_from(blob.size).unwrap_or(i64::MAX);
    let each = || blobs.clone();
    (
        r#"INSERT INTO blobs (org_id, sha256, size, zstd, stored_at)
           SELECT brought.*, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
           FROM unnest(?1::bigint[], ?2::text[], ?3::bigint[], ?4::bytea[]) AS brought
           ON CONFLICT (org_id, sha256) DO UPDATE SET stored_at = excluded.stored_at"#
            .to_owned(),
        vec![
            Arg::Ints(each().map(|(org, _)| Some(org.0)).collect()),
            Arg::Texts(each().map(|(_, blob)| Some(blob.sha256.clone())).collect()),
            Arg::Ints(each().map(|(_, blob)| Some(size(blob))).collect()),
            Arg::Bytes(each().map(|(_, blob)| blob.zstd.clone()).collect()),
        ],
    )
}

/// Notes blobs that events name.
pub fn refer(blobs: &[(OrgId, String)]) -> Asked {
    (
        "INSERT INTO blob_refs (org_id, sha256) SELECT DISTINCT * FROM unnest(?1::bigint[], ?2::text[])
         ON CONFLICT DO NOTHING"
            .to_owned(),
        vec![
            Arg::Ints(blobs.iter().map(|(org, _)| Some(org.0)).collect()),
            Arg::Texts(blobs.iter().map(|(_, blob)| Some(blob.clone())).collect()),
        ],
    )
}

fn checkpoint(name: Name, row: &PgRow, from: usize) -> Result<Checkpoint, Fault> {
    Ok(Checkpoint {
        name,
        sequence: Sequence(row.try_get(from)?),
        stream_version: row.try_get(from + 1)?,
        // What cannot be read is not the row, and so differs from it.
        row: serde_json::from_str(row.try_get(from + 2)?).unwrap_or_default(),
    })
}

impl Files<'_> {
    fn run(&mut self, text: &str, args: Vec<Arg>) -> Result<u64, Fault> {
        let touched = self.0.execute(&[(text.to_owned(), args)])?;
        Ok(touched.into_iter().sum())
    }
}

impl Archive for Files<'_> {
    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(log::head(&self.0.query(log::HEAD, Vec::new())?)?)
    }

    fn by_stream(&mut self, after: &Place, limit: u32) -> Result<Vec<Entry>, StoreError> {
        // First what is left of the stream: a range over all four columns would read it again from its start each time.
        let rest = self.of_stream(&after.name, after.sequence, limit)?;
        if !rest.is_empty() {
            return Ok(rest);
        }
        let mut args = of_name(&after.name);
        args.push(i64::from(limit).into());
        Ok(entries(
            self.0,
            &format!(
                "{EVENT} WHERE (org_id, aggregate_kind, stream_id) > (?1, ?2, ?3)
                 ORDER BY org_id, aggregate_kind, stream_id, sequence LIMIT ?4"
            ),
            args,
        )?)
    }

    fn of_stream(
        &mut self,
        name: &Name,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut args = of_name(name);
        args.extend([after.0.into(), i64::from(limit).into()]);
        Ok(entries(
            self.0,
            // In the order of the index: by position alone, all later events of other streams would be read too.
            &format!(
                "{EVENT} WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 AND sequence > ?4
                 ORDER BY org_id, aggregate_kind, stream_id, sequence LIMIT ?5"
            ),
            args,
        )?)
    }

    fn touched(&mut self, kind: Option<&str>, after: Sequence) -> Result<Vec<Name>, StoreError> {
        let rows = self.0.query(
            "SELECT DISTINCT org_id, aggregate_kind, stream_id FROM orchestration_events
             WHERE sequence > ?1 AND (?2::text IS NULL OR aggregate_kind = ?2)",
            vec![after.0.into(), perhaps(kind)],
        )?;
        let names: Result<_, Fault> = rows
            .iter()
            .map(|row| {
                Ok(Name {
                    org: OrgId(row.try_get(0)?),
                    kind: row.try_get(1)?,
                    id: row.try_get(2)?,
                })
            })
            .collect();
        Ok(names?)
    }

    fn rows(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<Vec<Result<Row, String>>, StoreError> {
        let args = vec![org.0.into(), scalar(owner)];
        let found = self.0.query(&projector.rows_sql(), args)?;
        Ok(found
            .iter()
            .map(|row| sql::row(projector.table, row).map_err(words))
            .collect())
    }

    fn strays(&mut self, projector: &Projector) -> Result<Vec<(OrgId, Scalar)>, StoreError> {
        let rows = self.0.query(
            &format!(
                "SELECT DISTINCT held.org_id, held.{owner} FROM {table} AS held WHERE NOT EXISTS (
                   SELECT 1 FROM orchestration_events AS e WHERE e.org_id = held.org_id
                     AND e.aggregate_kind = '{kind}' AND e.stream_id = CAST(held.{owner} AS TEXT))",
                table = projector.table.name(),
                kind = projector.kind,
                owner = projector.owner,
            ),
            Vec::new(),
        )?;
        let strays: Result<_, Fault> = rows
            .iter()
            .map(|row| {
                let owner = match row.try_get::<_, i64>(1) {
                    Ok(id) => Scalar::Int(id),
                    Err(_) => Scalar::Text(row.try_get(1)?),
                };
                Ok((OrgId(row.try_get(0)?), owner))
            })
            .collect();
        Ok(strays?)
    }

    fn misplaced(&mut self) -> Result<Vec<Neighbours>, StoreError> {
        let rows = self.0.query(MISPLACED, Vec::new())?;
        let places: Result<_, Fault> = rows
            .iter()
            .map(|row| {
                Ok(Neighbours {
                    sequence: Sequence(row.try_get(0)?),
                    before: Sequence(row.try_get(1)?),
                })
            })
            .collect();
        Ok(places?)
    }

    fn counters(&mut self) -> Result<HashMap<IdKind, i64>, StoreError> {
        Ok(log::counters(&self.0.query(log::COUNTERS, Vec::new())?)?)
    }

    fn quarantine(&mut self) -> Result<Vec<Quarantined>, StoreError> {
        Ok(quarantine(&self.0.query(QUARANTINE, Vec::new())?)?)
    }

    fn checkpoints(&mut self, name: &Name) -> Result<Vec<Checkpoint>, StoreError> {
        let rows = self.0.query(
            "SELECT sequence, stream_version, row_json FROM row_checkpoints
             WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 ORDER BY sequence",
            of_name(name),
        )?;
        let kept: Result<_, Fault> = rows
            .iter()
            .map(|row| checkpoint(name.clone(), row, 0))
            .collect();
        Ok(kept?)
    }

    fn not_referred(&mut self, org: OrgId, blobs: &[String]) -> Result<Vec<String>, StoreError> {
        let rows = self.0.query(
            "SELECT wanted.sha256 FROM unnest(?2::text[]) AS wanted(sha256) WHERE NOT EXISTS (
               SELECT 1 FROM blob_refs AS r WHERE r.org_id = ?1 AND r.sha256 = wanted.sha256)",
            vec![
                org.0.into(),
                Arg::Texts(blobs.iter().map(|b| Some(b.clone())).collect()),
            ],
        )?;
        let missing: Result<_, Fault> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect();
        Ok(missing?)
    }
}

impl Mend for Files<'_> {
    fn wipe(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<(), StoreError> {
        let text = format!(
            "DELETE FROM {} WHERE org_id = ?1 AND {} = ?2",
            projector.table.name(),
            projector.owner
        );
        self.run(&text, vec![org.0.into(), scalar(owner)])?;
        Ok(())
    }

    fn add(&mut self, row: &Row) -> Result<bool, StoreError> {
        let args = encode(row)
            .into_iter()
            .map(|cell| Arg::One(Param::Cell(cell)))
            .collect();
        Ok(self.run(&statements(row.table()).add, args)? == 1)
    }

    fn set_quarantine(
        &mut self,
        name: &Name,
        quarantined: Option<&Quarantined>,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM projection_quarantine WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3",
            of_name(name),
        )?;
        if let Some(quarantined) = quarantined {
            let mut args = of_name(name);
            args.extend([
                quarantined.sequence.0.into(),
                quarantined.error.as_str().into(),
                quarantined.noted_at.to_string().into(),
            ]);
            self.run(
                "INSERT INTO projection_quarantine (org_id, aggregate_kind, stream_id, sequence, error, noted_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                args,
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
            of_name(name),
        )?;
        if !checkpoints.is_empty() {
            self.0.execute(&[keep_checkpoints(checkpoints)])?;
        }
        Ok(())
    }

    fn refer(&mut self, org: OrgId, blobs: &[String]) -> Result<(), StoreError> {
        let named: Vec<_> = blobs.iter().map(|blob| (org, blob.clone())).collect();
        self.0.execute(&[refer(&named)])?;
        Ok(())
    }

    fn set_counter(&mut self, kind: IdKind, last: i64) -> Result<(), StoreError> {
        self.0
            .execute(&[log::set_counters([(&kind, &last)].into_iter())])?;
        Ok(())
    }

    fn stand(&mut self, head: Head) -> Result<(), StoreError> {
        self.0.execute(&[log::stand(head)])?;
        Ok(())
    }
}

impl Bygone for Tx<'_> {
    fn touched_since(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Vec<(Stream, i64)>, StoreError> {
        let rows = self.session.query(
            "SELECT aggregate_kind, stream_id, min(stream_version) FROM orchestration_events
             WHERE org_id = ?1 AND sequence > ?2 GROUP BY aggregate_kind, stream_id",
            vec![org.0.into(), at.0.into()],
        )?;
        let mut touched = Vec::with_capacity(rows.len());
        for row in &rows {
            let (kind, id) = (row.try_get(0), row.try_get(1));
            let version = row.try_get(2).map_err(Fault::from)?;
            let stream = Stream::parse(kind.map_err(Fault::from)?, id.map_err(Fault::from)?);
            touched.extend(stream.map(|stream| (stream, version)));
        }
        Ok(touched)
    }

    fn checkpoints_until(
        &mut self,
        names: &[Name],
        at: Sequence,
    ) -> Result<Vec<Checkpoint>, StoreError> {
        let mut args = of_names(names.iter());
        args.push(at.0.into());
        let rows = self.session.query(
            "SELECT wanted.org, wanted.kind, wanted.id, last.sequence, last.stream_version, last.row_json
             FROM unnest(?1::bigint[], ?2::text[], ?3::text[]) AS wanted(org, kind, id)
             CROSS JOIN LATERAL (
               SELECT sequence, stream_version, row_json FROM row_checkpoints
               WHERE org_id = wanted.org AND aggregate_kind = wanted.kind AND stream_id = wanted.id
                 AND sequence <= ?4
               ORDER BY sequence DESC LIMIT 1
             ) AS last",
            args,
        )?;
        let kept: Result<_, Fault> = rows
            .iter()
            .map(|row| {
                let name = Name {
                    org: OrgId(row.try_get(0)?),
                    kind: row.try_get(1)?,
                    id: row.try_get(2)?,
                };
                checkpoint(name, row, 3)
            })
            .collect();
        Ok(kept?)
    }

    fn events_until(
        &mut self,
        from: &[(Name, i64)],
        at: Sequence,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut args = of_names(from.iter().map(|(name, _)| name));
        args.extend([
            Arg::Ints(from.iter().map(|(_, version)| Some(*version)).collect()),
            at.0.into(),
        ]);
        let text = format!(
            "SELECT e.* FROM unnest(?1::bigint[], ?2::text[], ?3::text[], ?4::bigint[])
               AS wanted(org, kind, id, version)
             CROSS JOIN LATERAL (
               {EVENT} WHERE org_id = wanted.org AND aggregate_kind = wanted.kind AND stream_id = wanted.id
                 AND stream_version >= wanted.version AND sequence <= ?5 AND event_type <> '{DELIVERY}'
             ) AS e ORDER BY e.org_id, e.aggregate_kind, e.stream_id, e.stream_version"
        );
        Ok(entries(self.session, &text, args)?)
    }

    fn delivery_after(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Option<DeliveryId>, StoreError> {
        let text = format!(
            "{EVENT} WHERE org_id = ?1 AND sequence > ?2 AND aggregate_kind = 'integration'
               AND event_type = '{DELIVERY}' ORDER BY org_id, sequence LIMIT 1"
        );
        let rows = self.session.query(&text, vec![org.0.into(), at.0.into()])?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(match log::event(row)?.payload {
            Payload::DeliveryReceived(received) => Some(received.id),
            _ => None,
        })
    }
}
