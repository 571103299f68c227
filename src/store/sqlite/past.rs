//! The log as looking back asks for it, in SQL.

use rusqlite::{OptionalExtension, params};

use super::archive::Files;
use super::fault::Fault;
use super::log;
use super::state::Tx;
use crate::domain::event::{Payload, Stream};
use crate::domain::id::{DeliveryId, OrgId, Sequence};
use crate::store::StoreError;
use crate::store::archive::{Checkpoint, Entry, Name};
use crate::store::log::EVENT;
use crate::store::past::{Bygone, DELIVERY};

impl Bygone for Tx<'_> {
    fn touched_since(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Vec<(Stream, i64)>, StoreError> {
        // Named, because grouping in the order of another index would read every event of the org.
        let touched: Vec<(String, String, i64)> = Files(self.db).list(
            "SELECT aggregate_kind, stream_id, min(stream_version)
             FROM orchestration_events INDEXED BY orchestration_events_org
             WHERE org_id = ?1 AND sequence > ?2 GROUP BY aggregate_kind, stream_id",
            params![org.0, at.0],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        Ok(touched
            .into_iter()
            .filter_map(|(kind, id, version)| Some((Stream::parse(&kind, &id)?, version)))
            .collect())
    }

    fn checkpoints_until(
        &mut self,
        names: &[Name],
        at: Sequence,
    ) -> Result<Vec<Checkpoint>, StoreError> {
        let mut last = Vec::new();
        for name in names {
            last.extend(Files(self.db).list(
                "SELECT sequence, stream_version, row_json FROM row_checkpoints
                 WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 AND sequence <= ?4
                 ORDER BY sequence DESC LIMIT 1",
                params![name.org.0, name.kind, name.id, at.0],
                |row| {
                    Ok(Checkpoint {
                        name: name.clone(),
                        sequence: Sequence(row.get(0)?),
                        stream_version: row.get(1)?,
                        row: serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default())
                            .unwrap_or_default(),
                    })
                },
            )?);
        }
        Ok(last)
    }

    fn events_until(
        &mut self,
        from: &[(Name, i64)],
        at: Sequence,
    ) -> Result<Vec<Entry>, StoreError> {
        let sql = format!(
            "{EVENT} WHERE org_id = ?1 AND aggregate_kind = ?2 AND stream_id = ?3 AND stream_version >= ?4
               AND sequence <= ?5 AND event_type <> '{DELIVERY}' ORDER BY stream_version"
        );
        let mut entries = Vec::new();
        for (name, version) in from {
            entries.extend(Files(self.db).entries(
                &sql,
                params![name.org.0, name.kind, name.id, version, at.0],
                usize::MAX,
            )?);
        }
        Ok(entries)
    }

    fn delivery_after(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Option<DeliveryId>, StoreError> {
        let sql = format!(
            "{EVENT} INDEXED BY orchestration_events_org
             WHERE org_id = ?1 AND sequence > ?2 AND aggregate_kind = 'integration' AND event_type = '{DELIVERY}'
             ORDER BY sequence LIMIT 1"
        );
        let first = self
            .db
            .prepare_cached(&sql)
            .map_err(Fault::from)?
            .query_row(params![org.0, at.0], |row| Ok(log::event(row)))
            .optional()
            .map_err(Fault::from)?
            .transpose()?;
        Ok(first.and_then(|event| match event.payload {
            Payload::DeliveryReceived(received) => Some(received.id),
            _ => None,
        }))
    }
}
