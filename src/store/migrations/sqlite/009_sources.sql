CREATE TABLE sources (
  org_id         INTEGER NOT NULL,
  id             INTEGER PRIMARY KEY,
  name           TEXT NOT NULL,
  type           TEXT NOT NULL CHECK (type IN ('git', 'file')),
  repo           TEXT,
  repo_key       TEXT,
  branch         TEXT,
  integration_id INTEGER,
  enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  paused         TEXT,
  files          TEXT,
  cursor         TEXT,
  cursor_version INTEGER NOT NULL,
  cursor_job_id  INTEGER,
  generation     INTEGER NOT NULL,
  head_sha       TEXT,
  head_at        TEXT,
  pending_since  TEXT,
  baseline_sha   TEXT,
  missed_at      TEXT,
  trouble        TEXT,
  commits_behind INTEGER,
  history        TEXT NOT NULL,
  version        INTEGER NOT NULL,
  created_by     TEXT NOT NULL,
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sources_name ON sources (org_id, name);
CREATE INDEX sources_repo ON sources (org_id, repo_key);
CREATE INDEX sources_integration ON sources (org_id, integration_id);

-- Side state: when the remote of a source is looked at (sources.md §8: lost webhooks).
CREATE TABLE looks (
  org_id          INTEGER NOT NULL,
  source_id       INTEGER NOT NULL,
  due_at          TEXT,
  looked_at       TEXT,
  suspected_since TEXT,
  failures        INTEGER NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (org_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_due ON looks (due_at) WHERE due_at IS NOT NULL;
