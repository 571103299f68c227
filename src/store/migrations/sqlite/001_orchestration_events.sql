-- The log: append only; `sequence` is the only replay cursor (orchestration.md: tables).
CREATE TABLE orchestration_events (
  sequence           INTEGER PRIMARY KEY AUTOINCREMENT,
  org_id             INTEGER NOT NULL,
  event_id           TEXT NOT NULL,
  aggregate_kind     TEXT NOT NULL
    CHECK (aggregate_kind IN ('org', 'integration', 'source', 'space', 'job', 'project', 'thread')),
  stream_id          TEXT NOT NULL,
  stream_version     INTEGER NOT NULL CHECK (stream_version >= 0),
  event_type         TEXT NOT NULL,
  payload_version    INTEGER NOT NULL CHECK (payload_version >= 0),
  occurred_at        TEXT NOT NULL,
  recorded_at        TEXT NOT NULL,
  command_id         TEXT,
  causation_event_id TEXT,
  correlation_id     TEXT,
  actor_kind         TEXT NOT NULL
    CHECK (actor_kind IN ('user', 'runner', 'webhook', 'system', 'provider')),
  actor_id           TEXT NOT NULL,
  payload_json       TEXT NOT NULL,
  metadata_json      TEXT NOT NULL
) STRICT;

-- Event ids derive from command ids, and those are the clients' own, per org.
CREATE UNIQUE INDEX idx_orch_events_event_id ON orchestration_events (org_id, event_id);
CREATE UNIQUE INDEX idx_orch_events_stream_version
  ON orchestration_events (org_id, aggregate_kind, stream_id, stream_version);
CREATE INDEX idx_orch_events_stream_sequence
  ON orchestration_events (org_id, aggregate_kind, stream_id, sequence);
CREATE INDEX idx_orch_events_command_id ON orchestration_events (command_id);
CREATE INDEX idx_orch_events_correlation_id ON orchestration_events (correlation_id);
