//! Blobs as the databases keep them: compressed, and known by the SHA-256 of what they hold.

use std::cell::RefCell;
use std::io::Read as _;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

use super::StoreError;

/// Up to so many bytes are compressed where they are: it takes less time than going to another thread and back.
const AT_ONCE: usize = 64 << 10;

/// A blob on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlob {
    /// Its name: hex SHA-256 of the bytes.
    pub sha256: String,
    /// How many bytes it holds.
    pub size: usize,
    /// The bytes, compressed.
    pub zstd: Bytes,
}

impl NewBlob {
    /// Compresses and names `bytes`.
    pub async fn of(bytes: Bytes) -> Result<Self, StoreError> {
        if bytes.len() <= AT_ONCE {
            return pack(&bytes);
        }
        tokio::task::spawn_blocking(move || pack(&bytes))
            .await
            .unwrap_or_else(|e| Err(StoreError::Internal(e.to_string())))
    }
}

fn pack(bytes: &Bytes) -> Result<NewBlob, StoreError> {
    thread_local! {
        // What it works with takes longer to make than a webhook's body takes to compress.
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    let zstd = COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL)?),
        };
        compressor.compress(bytes)
    });
    let zstd = zstd
        .map_err(|e| StoreError::Internal(format!("a blob cannot be compressed: {e}")))?
        .into();
    Ok(NewBlob {
        sha256: hex::encode(Sha256::digest(bytes)),
        size: bytes.len(),
        zstd,
    })
}

/// The bytes of the blob `name`; refused where they are not the ones that were named.
pub fn unpack(name: &str, size: usize, packed: &[u8]) -> Result<Bytes, StoreError> {
    let broken = |why: String| StoreError::Internal(format!("blob {name} is broken: {why}"));
    let mut bytes = Vec::with_capacity(size);
    zstd::Decoder::new(packed)
        .and_then(|mut d| d.read_to_end(&mut bytes))
        .map_err(|e| broken(e.to_string()))?;
    if hex::encode(Sha256::digest(&bytes)) != name {
        return Err(broken("its bytes do not have its hash".into()));
    }
    Ok(bytes.into())
}
