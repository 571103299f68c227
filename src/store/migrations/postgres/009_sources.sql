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
  paused         TEXT COLLATE "C",
  files          TEXT COLLATE "C",
  cursor         TEXT COLLATE "C",
  cursor_version BIGINT NOT NULL,
  cursor_job_id  BIGINT,
  generation     BIGINT NOT NULL,
  head_sha       TEXT COLLATE "C",
  head_at        TEXT COLLATE "C",
  pending_since  TEXT COLLATE "C",
  baseline_sha   TEXT COLLATE "C",
  missed_at      TEXT COLLATE "C",
  trouble        TEXT COLLATE "C",
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

-- Side state: when the remote of a source is looked at (sources.md §8: lost webhooks).
CREATE TABLE looks (
  org_id          BIGINT NOT NULL,
  source_id       BIGINT NOT NULL,
  due_at          TEXT COLLATE "C",
  looked_at       TEXT COLLATE "C",
  suspected_since TEXT COLLATE "C",
  failures        BIGINT NOT NULL CHECK (failures >= 0),
  PRIMARY KEY (org_id, source_id)
);
CREATE INDEX looks_due ON looks (due_at) WHERE due_at IS NOT NULL;
