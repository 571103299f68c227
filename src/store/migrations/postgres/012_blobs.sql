-- Side state: large payloads by their SHA-256, compressed with zstd.
CREATE TABLE blobs (
  org_id     BIGINT NOT NULL,
  sha256     TEXT COLLATE "C" NOT NULL,
  size       BIGINT NOT NULL,
  zstd       BYTEA NOT NULL,
  stored_at  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, sha256)
);
CREATE INDEX blobs_stored_at ON blobs (stored_at);

-- Blobs that an event names for as long as there is a log: versions of documents, what messages and activities carry.
CREATE TABLE blob_refs (
  org_id BIGINT NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, sha256)
);
