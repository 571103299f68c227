-- Side state: the diff of every range of checkpoints, as the SHA-256 of a compressed blob (orchestration.md: tables).
CREATE TABLE checkpoint_diff_blobs (
  org_id          BIGINT NOT NULL,
  thread_id       TEXT COLLATE "C" NOT NULL,
  from_turn_count BIGINT NOT NULL CHECK (from_turn_count >= 0),
  to_turn_count   BIGINT NOT NULL CHECK (to_turn_count > from_turn_count),
  diff            TEXT COLLATE "C" NOT NULL,
  created_at      TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, thread_id, from_turn_count, to_turn_count)
);

CREATE INDEX idx_checkpoint_diff_blobs_thread_to_turn
  ON checkpoint_diff_blobs (org_id, thread_id, to_turn_count);
CREATE INDEX idx_checkpoint_diff_blobs_diff ON checkpoint_diff_blobs (org_id, diff);
