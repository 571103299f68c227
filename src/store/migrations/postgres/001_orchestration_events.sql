-- The log: append only; `sequence` is the only replay cursor (orchestration.md: tables).
CREATE TABLE orchestration_events (
  sequence           BIGINT PRIMARY KEY,
  org_id             BIGINT NOT NULL,
  event_id           TEXT COLLATE "C" NOT NULL,
  aggregate_kind     TEXT COLLATE "C" NOT NULL
    CHECK (aggregate_kind IN ('org', 'integration', 'source', 'space', 'job', 'project', 'thread')),
  stream_id          TEXT COLLATE "C" NOT NULL,
  stream_version     BIGINT NOT NULL CHECK (stream_version >= 0),
  event_type         TEXT COLLATE "C" NOT NULL,
  payload_version    BIGINT NOT NULL CHECK (payload_version >= 0),
  occurred_at        TEXT COLLATE "C" NOT NULL,
  recorded_at        TEXT COLLATE "C" NOT NULL,
  command_id         TEXT COLLATE "C",
  causation_event_id TEXT COLLATE "C",
  correlation_id     TEXT COLLATE "C",
  actor_kind         TEXT COLLATE "C" NOT NULL
    CHECK (actor_kind IN ('user', 'runner', 'webhook', 'system', 'provider')),
  actor_id           TEXT COLLATE "C" NOT NULL,
  payload_json       TEXT COLLATE "C" NOT NULL,
  metadata_json      TEXT COLLATE "C" NOT NULL
);

-- Event ids derive from command ids, and those are the clients' own, per org.
CREATE UNIQUE INDEX idx_orch_events_event_id ON orchestration_events (org_id, event_id);
CREATE UNIQUE INDEX idx_orch_events_stream_version
  ON orchestration_events (org_id, aggregate_kind, stream_id, stream_version);
CREATE INDEX idx_orch_events_stream_sequence
  ON orchestration_events (org_id, aggregate_kind, stream_id, sequence);
CREATE INDEX idx_orch_events_command_id ON orchestration_events (command_id);
CREATE INDEX idx_orch_events_correlation_id ON orchestration_events (correlation_id);
