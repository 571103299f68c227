-- One outcome per command id and org, bound to a hash of the request.
CREATE TABLE orchestration_command_receipts (
  org_id            BIGINT NOT NULL,
  command_id        TEXT COLLATE "C" NOT NULL,
  request_hash      TEXT COLLATE "C" NOT NULL,
  aggregate_kind    TEXT COLLATE "C" NOT NULL
    CHECK (aggregate_kind IN ('org', 'integration', 'source', 'space', 'job', 'project', 'thread')),
  aggregate_id      TEXT COLLATE "C" NOT NULL,
  accepted_at       TEXT COLLATE "C" NOT NULL,
  result_sequence   BIGINT NOT NULL,
  status            TEXT COLLATE "C" NOT NULL CHECK (status IN ('accepted', 'rejected')),
  error             TEXT COLLATE "C",
  error_code        TEXT COLLATE "C",
  -- Whether the same request under a new id can succeed once the state has changed.
  retry_may_succeed BIGINT CHECK (retry_may_succeed IN (0, 1)),
  -- What the first caller was told.
  result_json       TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, command_id),
  CHECK ((status = 'rejected') = (error IS NOT NULL)),
  CHECK ((status = 'rejected') = (error_code IS NOT NULL)),
  CHECK ((status = 'rejected') = (retry_may_succeed IS NOT NULL))
);

CREATE INDEX idx_orch_command_receipts_aggregate
  ON orchestration_command_receipts (org_id, aggregate_kind, aggregate_id);
CREATE INDEX idx_orch_command_receipts_sequence ON orchestration_command_receipts (result_sequence);
