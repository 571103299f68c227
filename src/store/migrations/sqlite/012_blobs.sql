-- Side state: large payloads by their SHA-256, compressed with zstd.
CREATE TABLE blobs (
  org_id     INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  size       INTEGER NOT NULL,
  zstd       BLOB NOT NULL,
  stored_at  TEXT NOT NULL,
  PRIMARY KEY (org_id, sha256)
) STRICT;
CREATE INDEX blobs_stored_at ON blobs (stored_at);

-- Blobs that an event names for as long as there is a log: versions of documents, what messages and activities carry.
CREATE TABLE blob_refs (
  org_id INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (org_id, sha256)
) STRICT, WITHOUT ROWID;
