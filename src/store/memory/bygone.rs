//! The log of the memory store as looking back asks for it.

use std::collections::BTreeMap;

use super::Data;
use crate::domain::event::{Payload, Stream};
use crate::domain::id::{DeliveryId, OrgId, Sequence};
use crate::store::StoreError;
use crate::store::archive::{Archive, Checkpoint, Entry, Name};
use crate::store::past::Bygone;

impl Bygone for Data {
    fn touched_since(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Vec<(Stream, i64)>, StoreError> {
        let mut touched: BTreeMap<Stream, i64> = BTreeMap::new();
        for event in self.log.iter().filter(|e| e.org == org && e.sequence > at) {
            touched
                .entry(event.stream.clone())
                .or_insert(event.stream_version);
        }
        Ok(touched.into_iter().collect())
    }

    fn checkpoints_until(
        &mut self,
        names: &[Name],
        at: Sequence,
    ) -> Result<Vec<Checkpoint>, StoreError> {
        let last = |name| {
            let kept = self.checkpoints.get(name)?;
            kept.iter().rev().find(|c| c.sequence <= at).cloned()
        };
        Ok(names.iter().filter_map(last).collect())
    }

    fn events_until(
        &mut self,
        from: &[(Name, i64)],
        at: Sequence,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for (name, version) in from {
            let all = self.of_stream(name, Sequence(0), u32::MAX)?;
            entries.extend(all.into_iter().filter(|entry| {
                let delivery = matches!(&entry.event, Ok(e) if matches!(e.payload, Payload::DeliveryReceived(_)));
                entry.stream_version >= *version && entry.sequence <= at && !delivery
            }));
        }
        Ok(entries)
    }

    fn delivery_after(
        &mut self,
        org: OrgId,
        at: Sequence,
    ) -> Result<Option<DeliveryId>, StoreError> {
        Ok(self
            .log
            .iter()
            .filter(|e| e.org == org && e.sequence > at)
            .find_map(|e| match &e.payload {
                Payload::DeliveryReceived(received) => Some(received.id),
                _ => None,
            }))
    }
}
