//! Rows by id, in slots that views point at with a `u32`. Cloning is cheap, so that another thread can filter and
//! sort what the screen goes on showing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// A row that knows its id.
pub trait Row: Clone + PartialEq {
    /// What tells it from others of its kind.
    type Id: Copy + Eq + Ord + Hash + std::fmt::Debug;
    /// Its id.
    fn id(&self) -> Self::Id;
    /// Only grows; a row never gives way to an older version of itself. `None`: the newest told wins.
    fn version(&self) -> Option<i64> {
        None
    }
}

/// Rows of one kind.
#[derive(Clone, Debug)]
pub struct Table<R: Row> {
    slots: Arc<Vec<Option<Arc<R>>>>,
    index: Arc<HashMap<R::Id, u32>>,
    free: Vec<u32>,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            slots: Arc::default(),
            index: Arc::default(),
            free: Vec::new(),
        }
    }
}

/// Equal when the same rows are in it; where they lie does not count.
impl<R: Row> PartialEq for Table<R> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.index.keys().all(|id| self.get(*id) == other.get(*id))
    }
}

impl<R: Row> Table<R> {
    /// The row of this id.
    pub fn get(&self, id: R::Id) -> Option<&R> {
        self.at(self.slot(id)?)
    }

    /// The row in this slot; `None` once it is gone.
    pub fn at(&self, slot: u32) -> Option<&R> {
        self.slots.get(slot as usize)?.as_deref()
    }

    /// Where the row of this id lies.
    pub fn slot(&self, id: R::Id) -> Option<u32> {
        self.index.get(&id).copied()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The rows with their slots, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &R)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(slot, row)| Some((slot as u32, row.as_deref()?)))
    }

    /// Puts a row, new or changed; answers what stood there. A version older than what is here is left out.
    pub fn put(&mut self, row: R) -> Option<Arc<R>> {
        let id = row.id();
        if let Some(slot) = self.slot(id) {
            let here = self.at(slot).expect("the index points at rows");
            if row.version() < here.version() || *here == row {
                return None;
            }
            return Arc::make_mut(&mut self.slots)[slot as usize].replace(Arc::new(row));
        }
        let slots = Arc::make_mut(&mut self.slots);
        let slot = if let Some(slot) = self.free.pop() {
            slots[slot as usize] = Some(Arc::new(row));
            slot
        } else {
            slots.push(Some(Arc::new(row)));
            (slots.len() - 1) as u32
        };
        Arc::make_mut(&mut self.index).insert(id, slot);
        None
    }

    /// Takes a row out.
    pub fn remove(&mut self, id: R::Id) -> Option<Arc<R>> {
        let slot = Arc::make_mut(&mut self.index).remove(&id)?;
        self.free.push(slot);
        Arc::make_mut(&mut self.slots)[slot as usize].take()
    }

    /// A table with other rows, each in the slot that it has here: what points at a slot goes on meaning the same row. Rows that
    /// are the same as here are shared.
    pub fn like(&self, rows: Vec<R>) -> Self {
        let mut slots: Vec<Option<Arc<R>>> = vec![None; self.slots.len()];
        let mut index = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            let slot = self.slot(id).unwrap_or(slots.len() as u32);
            let here = self.slots.get(slot as usize).cloned().flatten();
            let row = here
                .filter(|here| **here == row)
                .unwrap_or_else(|| Arc::new(row));
            if slot as usize == slots.len() {
                slots.push(None);
            }
            slots[slot as usize] = Some(row);
            index.insert(id, slot);
        }
        Self {
            slots: Arc::new(slots),
            index: Arc::new(index),
            free: Vec::new(),
        }
    }

    /// The rows that are not the same in both, by id: as they are here, and there.
    pub fn changes<'a>(&'a self, other: &'a Self) -> Vec<(R::Id, Option<&'a R>, Option<&'a R>)> {
        let arc = |table: &'a Self, id: R::Id| {
            let slot = table.slot(id)?;
            table.slots.get(slot as usize)?.as_ref()
        };
        let mut found = Vec::new();
        for id in self.index.keys().copied() {
            let (here, there) = (arc(self, id), arc(other, id));
            let same = match (here, there) {
                (Some(here), Some(there)) => Arc::ptr_eq(here, there) || here == there,
                _ => false,
            };
            if !same {
                found.push((id, here.map(|it| &**it), there.map(|it| &**it)));
            }
        }
        for id in other.index.keys().copied() {
            if self.slot(id).is_none() {
                found.push((id, None, other.get(id)));
            }
        }
        found.sort_unstable_by_key(|(id, ..)| *id);
        found
    }

    /// All rows at once, in place of what was.
    pub fn replace(&mut self, rows: Vec<R>) {
        let index = rows
            .iter()
            .enumerate()
            .map(|(slot, row)| (row.id(), slot as u32))
            .collect();
        *self = Self {
            slots: Arc::new(rows.into_iter().map(|row| Some(Arc::new(row))).collect()),
            index: Arc::new(index),
            free: Vec::new(),
        };
    }
}
