CREATE TABLE sources (
  org_id         BIGINT NOT NULL,
  id             BIGINT PRIMARY KEY,
  name           TEXT COLLATE "C" NOT NULL,
  type           TEXT COLLATE "C" NOT NULL CHECK (type IN ('git', 'file')),
  repo           TEXT COLLATE "C",
  repo_key       TEXT COLLATE "C",
  branch         TEXT COLLATE "C",
  integration_id BIGINT,
  enabled        BIGINT NOT NULL CHECK (enabled IN (0, 1)),
  cursor         TEXT COLLATE "C",
  cursor_version BIGINT NOT NULL,
  cursor_job_id  BIGINT,
  generation     BIGINT NOT NULL,
  head_sha       TEXT COLLATE "C",
  head_at        TEXT COLLATE "C",
  pending_since  TEXT COLLATE "C",
  commits_behind BIGINT,
  history        TEXT COLLATE "C" NOT NULL,
  version        BIGINT NOT NULL,
  created_by     TEXT COLLATE "C" NOT NULL,
  created_at     TEXT COLLATE "C" NOT NULL,
  updated_at     TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX sources_name ON sources (org_id, name);
CREATE INDEX sources_repo ON sources (org_id, repo_key);
CREATE INDEX sources_integration ON sources (org_id, integration_id);
