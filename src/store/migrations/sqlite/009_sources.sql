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
  cursor         TEXT,
  cursor_version INTEGER NOT NULL,
  cursor_job_id  INTEGER,
  generation     INTEGER NOT NULL,
  head_sha       TEXT,
  head_at        TEXT,
  pending_since  TEXT,
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
