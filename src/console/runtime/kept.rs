//! The rows of the last time as a file: what a console shows before any server answers. Sources as they lie in memory, the rest
//! as JSON, all of it compressed and with a checksum. Another version's file is as good as none.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::api::Snapshot;
use crate::base::Timestamp;
use crate::console::model::{Replica, Sources};

/// Changes whenever what follows would be read otherwise.
const MAGIC: &[u8] = concat!("jolli rows 1 ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();

/// Everything but the sources.
#[derive(Serialize, Deserialize)]
struct Rest {
    at: Timestamp,
    snapshot: Snapshot,
}

/// Writes the rows as they were at a moment.
pub fn write(rows: &Replica, at: Timestamp) -> io::Result<Vec<u8>> {
    let mut out = zstd::Encoder::new(Vec::new(), 1)?;
    out.include_checksum(true)?;
    out.write_all(MAGIC)?;
    let rest = serde_json::to_vec(&Rest {
        at,
        snapshot: rows.without_sources(),
    })?;
    out.write_all(&(rest.len() as u64).to_le_bytes())?;
    out.write_all(&rest)?;
    rows.sources.write(&mut out)?;
    out.finish()
}

/// Reads them.
pub fn read(from: impl Read) -> io::Result<(Replica, Timestamp)> {
    let mut from = zstd::Decoder::new(from)?;
    let mut magic = vec![0; MAGIC.len()];
    from.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(io::Error::other("another version wrote it"));
    }
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
    Ok((Replica::of(rest.snapshot, sources), rest.at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::update::testing;

    #[test]
    fn what_is_kept_is_read_again_and_nothing_else_is() {
        let rows = testing::world().replica;
        let bytes = write(&rows, testing::now()).unwrap();
        let (again, at) = read(bytes.as_slice()).unwrap();
        assert_eq!((&again, at), (&rows, testing::now()));
        assert!(!again.sources.is_empty());
        for place in (0..bytes.len()).step_by(7) {
            let mut broken = bytes.clone();
            broken[place] ^= 0x41;
            // Nothing of it panics, and nothing else comes out.
            if let Ok((other, _)) = read(broken.as_slice()) {
                assert_eq!(other, rows, "byte {place}");
            }
            assert!(read(&bytes[..place]).is_err(), "cut at {place}");
        }
    }
}
