//! The log and the rows of the memory store as folding anew asks for them.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use super::Data;
use crate::domain::id::{OrgId, Sequence};
use crate::domain::row::Row;
use crate::domain::scalar::Scalar;
use crate::domain::view::{Find, IdKind};
use crate::store::archive::{
    Archive, Checkpoint, Entry, Mend, Name, Neighbours, Place, Quarantined,
};
use crate::store::command::{Head, State};
use crate::store::projector::Projector;
use crate::store::{Scope, StoreError};

impl Data {
    fn entry(&self, name: &Name, index: usize) -> Entry {
        let event = &self.log[index];
        Entry {
            name: name.clone(),
            sequence: event.sequence,
            stream_version: event.stream_version,
            event: Ok(Box::new(event.clone())),
        }
    }

    fn of(&self, projector: &Projector, org: OrgId, owner: &Scalar) -> Vec<Row> {
        let leads = projector.table.key_columns().first() == Some(&projector.owner);
        let find = Find::all(projector.table).is(projector.owner, owner.clone());
        self.rows
            .all(projector.table)
            .filter(|row| row.org() == org)
            .filter(|row| {
                if leads {
                    row.key().values().first() == Some(owner)
                } else {
                    find.matches(&row.to_value())
                }
            })
            .cloned()
            .collect()
    }
}

impl Archive for Data {
    fn head(&mut self) -> Result<Head, StoreError> {
        Ok(State::head(self))
    }

    fn by_stream(&mut self, after: &Place, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let from = (Bound::Included(after.name.clone()), Bound::Unbounded);
        Ok(self
            .streams
            .range(from)
            .flat_map(|(name, indexes)| indexes.iter().map(move |index| (name, *index)))
            .filter(|(name, index)| {
                **name != after.name || self.log[*index].sequence > after.sequence
            })
            .take(limit as usize)
            .map(|(name, index)| self.entry(name, index))
            .collect())
    }

    fn of_stream(
        &mut self,
        name: &Name,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(self
            .streams
            .get(name)
            .into_iter()
            .flatten()
            .filter(|index| self.log[**index].sequence > after)
            .take(limit as usize)
            .map(|index| self.entry(name, *index))
            .collect())
    }

    fn touched(&mut self, kind: Option<&str>, after: Sequence) -> Result<Vec<Name>, StoreError> {
        let touched: BTreeSet<Name> = self
            .log
            .iter()
            .filter(|e| e.sequence > after)
            .map(|e| Name::of(e.org, &e.stream))
            .filter(|name| kind.is_none_or(|kind| name.kind == kind))
            .collect();
        Ok(touched.into_iter().collect())
    }

    fn rows(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<Vec<Result<Row, String>>, StoreError> {
        Ok(self.of(projector, org, owner).into_iter().map(Ok).collect())
    }

    fn strays(&mut self, projector: &Projector) -> Result<Vec<(OrgId, Scalar)>, StoreError> {
        let owners: BTreeSet<(OrgId, Scalar)> = self
            .rows
            .all(projector.table)
            .map(|row| {
                let owner = match &row.to_value()[projector.owner] {
                    serde_json::Value::String(id) => Scalar::Text(id.clone()),
                    id => Scalar::Int(id.as_i64().unwrap_or_default()),
                };
                (row.org(), owner)
            })
            .collect();
        let known = |(org, owner): &(OrgId, Scalar)| {
            let id = match owner {
                Scalar::Text(id) => id.clone(),
                Scalar::Int(id) => id.to_string(),
                Scalar::Bool(_) => return false,
            };
            let kind = projector.kind.to_owned();
            self.streams.contains_key(&Name {
                org: *org,
                kind,
                id,
            })
        };
        Ok(owners.into_iter().filter(|owner| !known(owner)).collect())
    }

    fn misplaced(&mut self) -> Result<Vec<Neighbours>, StoreError> {
        // Events are pushed to the end of one vector, each with the next position and no earlier time.
        Ok(Vec::new())
    }

    fn counters(&mut self) -> Result<HashMap<IdKind, i64>, StoreError> {
        Ok(self.counters.clone())
    }

    fn quarantine(&mut self) -> Result<Vec<Quarantined>, StoreError> {
        Ok(self.quarantine.values().cloned().collect())
    }

    fn checkpoints(&mut self, name: &Name) -> Result<Vec<Checkpoint>, StoreError> {
        Ok(self.checkpoints.get(name).cloned().unwrap_or_default())
    }

    fn not_referred(&mut self, org: OrgId, blobs: &[String]) -> Result<Vec<String>, StoreError> {
        let missing = |blob: &&String| !self.referred.contains(&(org, (*blob).clone()));
        Ok(blobs.iter().filter(missing).cloned().collect())
    }
}

impl Mend for Data {
    fn wipe(
        &mut self,
        projector: &Projector,
        org: OrgId,
        owner: &Scalar,
    ) -> Result<(), StoreError> {
        for row in self.of(projector, org, owner) {
            self.rows.remove(org, &row.key());
        }
        Ok(())
    }

    fn add(&mut self, row: &Row) -> Result<bool, StoreError> {
        let there = self.rows.get(Scope::Org(row.org()), &row.key()).is_some();
        Ok(!there && self.rows.put(row.clone()).is_ok())
    }

    fn set_quarantine(
        &mut self,
        name: &Name,
        quarantined: Option<&Quarantined>,
    ) -> Result<(), StoreError> {
        match quarantined {
            Some(quarantined) => {
                self.quarantine.insert(name.clone(), quarantined.clone());
            }
            None => {
                self.quarantine.remove(name);
            }
        }
        Ok(())
    }

    fn set_checkpoints(
        &mut self,
        name: &Name,
        checkpoints: &[Checkpoint],
    ) -> Result<(), StoreError> {
        self.checkpoints.insert(name.clone(), checkpoints.to_vec());
        Ok(())
    }

    fn refer(&mut self, org: OrgId, blobs: &[String]) -> Result<(), StoreError> {
        self.referred
            .extend(blobs.iter().map(|blob| (org, blob.clone())));
        Ok(())
    }

    fn set_counter(&mut self, kind: IdKind, last: i64) -> Result<(), StoreError> {
        let counter = self.counters.entry(kind).or_default();
        *counter = last.max(*counter);
        Ok(())
    }

    fn stand(&mut self, _head: Head) -> Result<(), StoreError> {
        Ok(())
    }
}
