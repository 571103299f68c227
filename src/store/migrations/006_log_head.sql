-- The head that every append compares and sets: position and time of the last event, and how far the rows are folded.
CREATE TABLE log_head (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  sequence     INTEGER NOT NULL,
  recorded_at  TEXT NOT NULL,
  applied      INTEGER NOT NULL,
  fold_version INTEGER NOT NULL,
  CHECK (applied = sequence)
) STRICT;
INSERT INTO log_head VALUES (1, 0, '1970-01-01T00:00:00.000Z', 0, 1);

-- The last id given, per kind; ids are never given twice.
CREATE TABLE id_counters (
  kind TEXT PRIMARY KEY CHECK (kind IN ('org', 'token', 'integration', 'delivery', 'source', 'space', 'job')),
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;
INSERT INTO id_counters VALUES
  ('org', 0), ('token', 0), ('integration', 0), ('delivery', 0), ('source', 0), ('space', 0), ('job', 0);

CREATE INDEX orchestration_events_org ON orchestration_events (org_id, sequence);
