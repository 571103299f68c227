//! The rows of the last time as a file: what a console shows before any server answers. First the few sources that were on top
//! of the list, which are on the screen while the rest is being read; then everything that is no source, as JSON; then all
//! sources as they lie in memory. All of it compressed and with a checksum. Another version's file is as good as none.

use std::io::{self, BufReader, Read, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::Snapshot;
use crate::base::Timestamp;
use crate::console::model::{ListId, Model, Replica, Sources};

/// Changes whenever what follows would be read otherwise.
const MAGIC: &[u8] = concat!("jolli rows 2 ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();

/// Sources that come first: more than a screen shows.
const FIRST: usize = 128;

/// What is kept of a server. Rows are shared, not copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What was on top of the list of sources; nothing where a filter was on, which the next start does not have.
    pub first: Sources,
    /// Everything.
    pub rows: Replica,
    /// As of when.
    pub at: Timestamp,
}

impl Kept {
    /// What a console has; `None` while it has nothing of its server.
    pub fn of(model: &Model) -> Option<Self> {
        let mut rows = model
            .present()
            .is_loaded()
            .then(|| model.present().clone())?;
        // What only this machine knows is read again with every start, where there is a project.
        rows.take_here(Arc::default());
        let mut first = Sources::default();
        let list = model.ui.list(ListId::Sources);
        if !list.is_filtered() {
            for slot in list.rows.iter().take(FIRST) {
                rows.sources.at(*slot).inspect(|row| {
                    first.put(row);
                });
            }
        }
        Some(Self {
            first,
            rows,
            at: model.data_as_of.unwrap_or(model.now),
        })
    }

    /// As a file.
    pub fn write(&self) -> io::Result<Vec<u8>> {
        let mut out = zstd::Encoder::new(Vec::new(), 1)?;
        out.include_checksum(true)?;
        out.write_all(MAGIC)?;
        self.first.write(&mut out)?;
        // What was written so far can be read without what follows.
        out.flush()?;
        let rest = serde_json::to_vec(&Rest {
            at: self.at,
            snapshot: self.rows.without_sources(),
        })?;
        out.write_all(&(rest.len() as u64).to_le_bytes())?;
        out.write_all(&rest)?;
        self.rows.sources.write(&mut out)?;
        out.finish()
    }
}

/// Everything but the sources.
#[derive(Serialize, Deserialize)]
struct Rest {
    at: Timestamp,
    snapshot: Snapshot,
}

/// A file of which the first sources are read.
pub struct Reading<R: Read> {
    from: zstd::Decoder<'static, BufReader<R>>,
    first: Sources,
}

impl<R: Read> Reading<R> {
    /// Reads the first sources.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn begin(from: R) -> io::Result<Self> {
        let mut from = zstd::Decoder::new(from)?;
        let mut magic = vec![0; MAGIC.len()];
        from.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(io::Error::other("another version wrote it"));
        }
        let first = Sources::read(&mut from)?;
        Ok(Self { from, first })
    }

    /// The first sources. Whether they are what was written is only known at the end.
    pub const fn first(&self) -> &Sources {
        &self.first
    }

    /// Reads the rest.
    ///
    /// # Errors
    /// It cannot be read, or is not what was written.
    pub fn finish(self) -> io::Result<Kept> {
        let Self { mut from, first } = self;
        let mut length = [0; 8];
        from.read_exact(&mut length)?;
        let mut rest = Vec::new();
        (&mut from)
            .take(u64::from_le_bytes(length))
            .read_to_end(&mut rest)?;
        let rest: Rest = serde_json::from_slice(&rest)?;
        let sources = Sources::read(&mut from)?;
        // The checksum is looked at where the end is.
        if from.read(&mut [0])? != 0 {
            return Err(io::Error::other("more follows than was written"));
        }
        Ok(Kept {
            first,
            rows: Replica::of(rest.snapshot, sources),
            at: rest.at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::update::testing;

    fn read(bytes: &[u8]) -> io::Result<Kept> {
        Reading::begin(bytes)?.finish()
    }

    #[test]
    fn what_is_kept_is_read_again_and_nothing_else_is() {
        let kept = Kept::of(&testing::world()).unwrap();
        let bytes = kept.write().unwrap();
        assert_eq!(read(&bytes).unwrap(), kept);
        assert!(!kept.first.is_empty() && !kept.rows.sources.is_empty());
        for place in (0..bytes.len()).step_by(7) {
            let mut broken = bytes.clone();
            broken[place] ^= 0x41;
            // Nothing of it panics, and nothing else comes out.
            if let Ok(other) = read(&broken) {
                assert_eq!(other, kept, "byte {place}");
            }
            assert!(read(&bytes[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn the_first_sources_are_there_before_the_rest_is_read() {
        let kept = Kept::of(&testing::world()).unwrap();
        let bytes = kept.write().unwrap();
        let shortest = (0..bytes.len())
            .find(|end| Reading::begin(&bytes[..*end]).is_ok_and(|it| *it.first() == kept.first))
            .unwrap();
        assert!(shortest < bytes.len() / 2, "{shortest} of {}", bytes.len());
    }

    #[test]
    fn of_a_filtered_list_no_source_comes_first() {
        let mut model = testing::world();
        let top = model.ui.list(ListId::Sources).rows[0];
        let top = model.replica.sources.at(top).unwrap();
        assert!(Kept::of(&model).unwrap().first.contains(top.id));
        "x".clone_into(&mut model.ui.list_mut(ListId::Sources).filter.text);
        assert!(Kept::of(&model).unwrap().first.is_empty());
    }
}
