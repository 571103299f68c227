//! Blobs as the databases keep them: compressed, and known by the SHA-256 of what they hold.

use std::io::Read as _;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::StoreError;

/// A blob on its way in.
#[derive(Debug)]
pub struct Packed {
    /// Its name: hex SHA-256 of the bytes.
    pub sha256: String,
    /// How many bytes it holds.
    pub size: usize,
    /// The bytes, compressed.
    pub zstd: Vec<u8>,
}

/// Compresses and names `bytes`; takes the processor for a while.
pub fn pack(bytes: &Bytes) -> Result<Packed, StoreError> {
    let zstd = zstd::encode_all(&bytes[..], zstd::DEFAULT_COMPRESSION_LEVEL)
        .map_err(|e| StoreError::Internal(format!("a blob cannot be compressed: {e}")))?;
    Ok(Packed {
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
