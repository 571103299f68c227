-- The head that every append compares and sets: position and time of the last event.
CREATE TABLE log_head (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  sequence    INTEGER NOT NULL CHECK (sequence >= 0),
  recorded_at TEXT NOT NULL
) STRICT;
INSERT INTO log_head VALUES (1, 0, '1970-01-01T00:00:00.000Z');

-- Streams with an event that cannot be read or folded: their rows stand as they were before it, and nothing is appended
-- to them until a rebuild gets past it (orchestration.md: quarantine).
CREATE TABLE projection_quarantine (
  org_id         INTEGER NOT NULL,
  aggregate_kind TEXT NOT NULL
    CHECK (aggregate_kind IN ('org', 'integration', 'source', 'space', 'job', 'project', 'thread')),
  stream_id      TEXT NOT NULL,
  sequence       INTEGER NOT NULL,
  error          TEXT NOT NULL,
  noted_at       TEXT NOT NULL,
  PRIMARY KEY (org_id, aggregate_kind, stream_id)
) STRICT, WITHOUT ROWID;

-- Rows as they were, of streams that have one row: what looking into the past folds on from (engine.md: looking back).
CREATE TABLE row_checkpoints (
  org_id         INTEGER NOT NULL,
  aggregate_kind TEXT NOT NULL CHECK (aggregate_kind IN ('source', 'project')),
  stream_id      TEXT NOT NULL,
  sequence       INTEGER NOT NULL,
  stream_version INTEGER NOT NULL,
  row_json       TEXT NOT NULL,
  PRIMARY KEY (org_id, aggregate_kind, stream_id, sequence)
) STRICT, WITHOUT ROWID;

-- The last id given, per kind; ids are never given twice.
CREATE TABLE id_counters (
  kind TEXT PRIMARY KEY CHECK (kind IN ('org', 'token', 'integration', 'delivery', 'source', 'space', 'job')),
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;
INSERT INTO id_counters VALUES
  ('org', 0), ('token', 0), ('integration', 0), ('delivery', 0), ('source', 0), ('space', 0), ('job', 0);

-- With the stream of each event, so that what was touched since a position is read from the index alone.
CREATE INDEX orchestration_events_org
  ON orchestration_events (org_id, sequence, aggregate_kind, stream_id, stream_version);
