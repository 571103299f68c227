CREATE TABLE jobs (
  org_id             INTEGER NOT NULL,
  id                 INTEGER PRIMARY KEY,
  kind               TEXT NOT NULL CHECK (kind IN ('cli-impact', 'catch-up', 'agent-turn')),
  status             TEXT NOT NULL
    CHECK (status IN ('queued', 'running', 'retrying', 'suspended', 'succeeded', 'failed', 'skipped', 'cancelled')),
  source_id          INTEGER NOT NULL,
  integration_id     INTEGER,
  event_jrn          TEXT NOT NULL,
  branch             TEXT NOT NULL,
  head_sha           TEXT,
  before_sha         TEXT,
  forced             INTEGER NOT NULL CHECK (forced IN (0, 1)),
  occurrence         INTEGER NOT NULL,
  generation         INTEGER NOT NULL,
  base_sha           TEXT,
  base_reason        TEXT CHECK (base_reason IN ('event-before', 'cursor', 'baseline', 'merge-base', 'full-scan', 'given')),
  rebaseline         TEXT CHECK (rebaseline IN ('merge-base', 'head', 'full-scan')),
  moves_cursor       INTEGER NOT NULL CHECK (moves_cursor IN (0, 1)),
  affected_space_ids TEXT NOT NULL,
  attempt            INTEGER NOT NULL,
  max_attempts       INTEGER NOT NULL,
  lost_leases        INTEGER NOT NULL,
  runner             TEXT,
  epoch              INTEGER,
  steps              TEXT NOT NULL,
  superseded_by      INTEGER,
  error              TEXT,
  delivery_id        TEXT,
  runtime_mode       TEXT CHECK (runtime_mode IN ('approval-required', 'full-access')),
  agent_turn         TEXT,
  created_at         TEXT NOT NULL,
  updated_at         TEXT NOT NULL,
  started_at         TEXT,
  finished_at        TEXT,
  next_attempt_at    TEXT,
  version            INTEGER NOT NULL
) STRICT;
-- Idempotency (sources.md §8): one run for each source, event, head, occurrence and generation.
CREATE UNIQUE INDEX jobs_identity ON jobs (source_id, event_jrn, head_sha, occurrence, generation)
  WHERE kind = 'cli-impact';
CREATE INDEX jobs_org ON jobs (org_id, id);
CREATE INDEX jobs_source ON jobs (org_id, source_id, id);
CREATE INDEX jobs_head ON jobs (org_id, source_id, head_sha, event_jrn, generation);
-- What can be claimed, and when the next of it comes due; finished jobs are in neither.
CREATE INDEX jobs_due ON jobs (next_attempt_at) WHERE status IN ('queued', 'retrying');
CREATE INDEX jobs_claimable ON jobs (org_id, id) WHERE status IN ('queued', 'retrying');
-- What waits or runs.
CREATE INDEX jobs_open ON jobs (org_id, source_id, id)
  WHERE status IN ('queued', 'running', 'retrying', 'suspended');

CREATE TABLE job_spaces (
  org_id        INTEGER NOT NULL,
  job_id        INTEGER NOT NULL,
  space_id      INTEGER NOT NULL,
  source_id     INTEGER NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('queued', 'running', 'updated', 'unchanged', 'failed', 'skipped')),
  phase         TEXT,
  impacted_docs TEXT NOT NULL,
  updated_docs  TEXT NOT NULL,
  error         TEXT,
  thread_id     TEXT,
  attempt       INTEGER NOT NULL,
  started_at    TEXT,
  finished_at   TEXT,
  PRIMARY KEY (org_id, job_id, space_id)
) STRICT;
CREATE INDEX job_spaces_latest ON job_spaces (org_id, source_id, space_id, job_id);

-- Side state: never deleted, so that an epoch never comes twice (sources.md §9).
CREATE TABLE leases (
  org_id         INTEGER NOT NULL,
  source_id      INTEGER NOT NULL,
  branch         TEXT NOT NULL,
  job_id         INTEGER,
  epoch          INTEGER NOT NULL,
  run_token_hash TEXT,
  runner         TEXT,
  expires_at     TEXT,
  refused_at     TEXT,
  refused        TEXT,
  PRIMARY KEY (org_id, source_id, branch)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_expiry ON leases (expires_at) WHERE job_id IS NOT NULL;

-- Side state: what runs said.
CREATE TABLE job_log (
  org_id   INTEGER NOT NULL,
  job_id   INTEGER NOT NULL,
  seq      INTEGER NOT NULL CHECK (seq >= 1),
  at       TEXT NOT NULL,
  level    TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  step     TEXT CHECK (step IN ('lease', 'stale', 'resolve', 'checkout', 'spaces', 'advance')),
  space_id INTEGER,
  message  TEXT NOT NULL,
  PRIMARY KEY (org_id, job_id, seq)
) STRICT, WITHOUT ROWID;

-- Side state: runners as they were last heard of.
CREATE TABLE runners (
  org_id        INTEGER NOT NULL,
  name          TEXT NOT NULL,
  version       TEXT NOT NULL,
  kinds         TEXT NOT NULL,
  provider      TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  seen_at       TEXT NOT NULL,
  skew_ms       INTEGER,
  PRIMARY KEY (org_id, name)
) STRICT, WITHOUT ROWID;
