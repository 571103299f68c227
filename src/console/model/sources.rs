//! The sources, a hundred thousand of them if need be: packed, a hundred to a block. Cloning shares the blocks, and a change
//! copies the one that it touches, so that another thread can filter and sort what the screen goes on showing.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::sync::Arc;

use super::packed::{self, SourceRef};
use crate::api::{CursorState, Source, SourceId};

/// Rows of a block.
const BLOCK: usize = 128;

/// Packed rows, one after the other; a row that is gone has no bytes.
#[derive(Clone, Debug, Default)]
struct Block {
    /// Where each row ends.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Block {
    fn range(&self, place: usize) -> std::ops::Range<usize> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[place] as usize
    }

    fn row(&self, place: usize) -> Option<&[u8]> {
        (place < self.ends.len())
            .then(|| &self.bytes[self.range(place)])
            .filter(|row| !row.is_empty())
    }

    fn set(&mut self, place: usize, row: &[u8]) {
        let old = self.range(place);
        let (grown, shrunk) = (row.len() as u32, old.len() as u32);
        self.bytes.splice(old, row.iter().copied());
        for end in &mut self.ends[place..] {
            *end = *end + grown - shrunk;
        }
    }
}

/// Sources by id, in slots that views point at with a `u32`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    blocks: Arc<Vec<Arc<Block>>>,
    index: Arc<HashMap<SourceId, u32>>,
    free: Vec<u32>,
}

/// Equal when the same sources are in it; where they lie does not count.
impl PartialEq for Sources {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |all: &Self, id: &SourceId| all.bytes(all.slot(*id)?).map(<[u8]>::to_vec);
        self.len() == other.len()
            && self
                .index
                .keys()
                .all(|id| bytes(self, id) == bytes(other, id))
    }
}

impl Sources {
    /// The source of this id.
    pub fn get(&self, id: SourceId) -> Option<Source> {
        self.at(self.slot(id)?)
    }

    /// The source in this slot; `None` once it is gone.
    pub fn at(&self, slot: u32) -> Option<Source> {
        self.row(slot).map(SourceRef::to_source)
    }

    /// The same, read in place.
    pub fn row(&self, slot: u32) -> Option<SourceRef<'_>> {
        self.bytes(slot).map(SourceRef::read)
    }

    /// The name of a source.
    pub fn name(&self, id: SourceId) -> Option<&str> {
        self.row(self.slot(id)?).map(|it| it.name)
    }

    fn bytes(&self, slot: u32) -> Option<&[u8]> {
        let slot = slot as usize;
        self.blocks.get(slot / BLOCK)?.row(slot % BLOCK)
    }

    /// Where the source of this id lies.
    pub fn slot(&self, id: SourceId) -> Option<u32> {
        self.index.get(&id).copied()
    }

    /// Whether there is one of this id.
    pub fn contains(&self, id: SourceId) -> bool {
        self.index.contains_key(&id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// All of them with their slots, in no order that means anything, read in place.
    pub fn iter(&self) -> impl Iterator<Item = (u32, SourceRef<'_>)> {
        let packed = |(slot, row)| (slot, SourceRef::read(row));
        self.all_bytes().map(packed)
    }

    fn all_bytes(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.blocks.iter().enumerate().flat_map(|(n, block)| {
            let row = move |place| Some(((n * BLOCK + place) as u32, block.row(place)?));
            (0..block.ends.len()).filter_map(row)
        })
    }

    /// How many stand in a state that only an operator ends.
    pub fn stuck(&self) -> usize {
        self.all_bytes()
            .filter(|(_, row)| CursorState::is_stuck(packed::state(row)))
            .count()
    }

    /// Puts a source, new or changed; answers whether one of its id stood there and was different.
    pub fn put(&mut self, source: &Source) -> bool {
        let mut row = Vec::with_capacity(256);
        packed::pack(source, &mut row);
        self.put_packed(source.id, &row)
    }

    fn put_packed(&mut self, id: SourceId, row: &[u8]) -> bool {
        if let Some(slot) = self.slot(id) {
            if self.bytes(slot) == Some(row) {
                return false;
            }
            self.set(slot, row);
            return true;
        }
        let slot = self.free.pop().unwrap_or_else(|| self.new_slot());
        self.set(slot, row);
        Arc::make_mut(&mut self.index).insert(id, slot);
        false
    }

    fn new_slot(&mut self) -> u32 {
        let blocks = Arc::make_mut(&mut self.blocks);
        if blocks.last().is_none_or(|it| it.ends.len() == BLOCK) {
            if let Some(full) = blocks.last_mut() {
                // What was grown into is given back: blocks are kept by the hundred.
                Arc::make_mut(full).bytes.shrink_to_fit();
            }
            blocks.push(Arc::default());
        }
        let number = blocks.len() - 1;
        let last = Arc::make_mut(blocks.last_mut().expect("one was just pushed"));
        last.ends.push(last.bytes.len() as u32);
        (number * BLOCK + last.ends.len() - 1) as u32
    }

    fn set(&mut self, slot: u32, row: &[u8]) {
        let slot = slot as usize;
        let block = &mut Arc::make_mut(&mut self.blocks)[slot / BLOCK];
        Arc::make_mut(block).set(slot % BLOCK, row);
    }

    /// Takes a source out; answers whether there was one.
    pub fn remove(&mut self, id: SourceId) -> bool {
        let Some(slot) = Arc::make_mut(&mut self.index).remove(&id) else {
            return false;
        };
        self.set(slot, &[]);
        self.free.push(slot);
        true
    }

    /// Other sources, each in the slot that it has here: what points at a slot goes on meaning the same one. Blocks in which
    /// nothing differs are shared.
    pub fn like(&self, sources: &[Source]) -> Self {
        let mut then = self.clone();
        let kept: HashSet<SourceId> = sources.iter().map(|it| it.id).collect();
        for id in self.index.keys().filter(|id| !kept.contains(id)) {
            then.remove(*id);
        }
        // The slot of one that is gone is given to no other.
        then.free.clear();
        for source in sources {
            then.put(source);
        }
        then
    }

    /// The sources that are not the same in both, by id: as they are here, and there.
    pub fn changes(&self, other: &Self) -> Vec<(SourceId, Option<Source>, Option<Source>)> {
        let ids: HashSet<SourceId> = self
            .index
            .keys()
            .chain(other.index.keys())
            .copied()
            .collect();
        let same = |id: &SourceId| {
            let here = self.slot(*id).and_then(|slot| self.bytes(slot));
            let there = other.slot(*id).and_then(|slot| other.bytes(slot));
            here == there
        };
        let mut found: Vec<_> = ids
            .into_iter()
            .filter(|id| !same(id))
            .map(|id| (id, self.get(id), other.get(id)))
            .collect();
        found.sort_unstable_by_key(|(id, ..)| *id);
        found
    }

    /// All sources at once, in place of what was.
    pub fn replace<'a>(&mut self, sources: impl IntoIterator<Item = &'a Source>) {
        *self = Self::default();
        for source in sources {
            self.put(source);
        }
    }
}

/// As a file.
impl Sources {
    /// Writes all of them, in the order of their ids.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut slots: Vec<(SourceId, u32)> =
            self.index.iter().map(|(id, at)| (*id, *at)).collect();
        slots.sort_unstable();
        for row in slots.iter().filter_map(|(_, slot)| self.bytes(*slot)) {
            out.write_all(&(row.len() as u32).to_le_bytes())?;
            out.write_all(row)?;
        }
        // What is gone has no bytes, so that no row is empty.
        out.write_all(&0u32.to_le_bytes())
    }

    /// Reads what `write` wrote.
    ///
    /// # Errors
    /// It ends too early, or is something else.
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut sources = Self::default();
        let mut row = Vec::new();
        loop {
            let mut length = [0; 4];
            from.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if length == 0 {
                return Ok(sources);
            }
            row.clear();
            // No more is taken into memory than there is.
            if from.take(length).read_to_end(&mut row)? as u64 != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(source) = SourceRef::try_read(&row) else {
                return Err(io::Error::other(tr!("a row is none")));
            };
            sources.put_packed(source.id, &row);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::console::update::testing;

    fn source(id: i64, name: &str) -> Source {
        serde_json::from_value(testing::source(id, name, "ok")).unwrap()
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(
            steps in prop::collection::vec((0i64..400, prop::option::weighted(0.7, "[a-z]{0,300}")), 0..600),
        ) {
            let base = source(0, "");
            let (mut table, mut map) = (Sources::default(), BTreeMap::new());
            let shared = table.clone();
            for (id, name) in steps {
                let Some(name) = name else {
                    prop_assert_eq!(table.remove(SourceId(id)), map.remove(&id).is_some());
                    continue;
                };
                let row = Source { id: SourceId(id), name, ..base.clone() };
                let was = map.insert(id, row.clone());
                let changed = was.is_some_and(|it: Source| it != row);
                prop_assert_eq!(table.put(&row), changed);
            }
            prop_assert_eq!(table.len(), map.len());
            for (id, row) in &map {
                prop_assert_eq!(table.get(SourceId(*id)), Some(row.clone()));
                prop_assert_eq!(table.name(SourceId(*id)), Some(row.name.as_str()));
            }
            for (slot, it) in table.iter() {
                prop_assert_eq!(table.slot(it.id), Some(slot));
            }
            let mut listed: Vec<Source> = table.iter().map(|(_, it)| it.to_source()).collect();
            listed.sort_unstable_by_key(|it| it.id);
            prop_assert_eq!(listed, map.into_values().collect::<Vec<_>>());
            prop_assert!(shared.is_empty(), "a clone keeps what it had");
        }
    }

    #[test]
    fn another_moment_keeps_its_sources_in_their_slots() {
        let mut now = Sources::default();
        for id in 0..300 {
            now.put(&source(id, "same"));
        }
        let mut rows: Vec<Source> = (1..300).map(|id| source(id, "same")).collect();
        rows[9] = source(10, "other");
        rows.push(source(900, "gone since"));
        let then = now.like(&rows);
        assert!((1..300).all(|id| then.slot(SourceId(id)) == now.slot(SourceId(id))));
        assert_eq!(then.slot(SourceId(0)), None);
        // What is only of then takes the place of none.
        assert_eq!(now.at(then.slot(SourceId(900)).unwrap()), None);
        let differ: Vec<i64> = then.changes(&now).iter().map(|(id, ..)| id.0).collect();
        assert_eq!(differ, [0, 10, 900]);
        let shared = |at: usize| Arc::ptr_eq(&now.blocks[at], &then.blocks[at]);
        assert!(shared(1) && !shared(0));
    }

    #[test]
    fn a_clone_shares_what_does_not_change() {
        let mut table = Sources::default();
        for id in 0..1000 {
            table.put(&source(id, "same"));
        }
        let before = table.clone();
        table.put(&source(500, "other"));
        let shared = before
            .blocks
            .iter()
            .zip(table.blocks.iter())
            .filter(|(a, b)| Arc::ptr_eq(a, b))
            .count();
        assert_eq!(shared, table.blocks.len() - 1);
        assert_eq!(before.name(SourceId(500)), Some("same"));
        assert_eq!(table.name(SourceId(500)), Some("other"));
    }
}
