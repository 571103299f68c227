CREATE TABLE jobs (
  org_id             BIGINT NOT NULL,
  id                 BIGINT PRIMARY KEY,
  kind               TEXT COLLATE "C" NOT NULL CHECK (kind IN ('cli-impact', 'catch-up', 'agent-turn')),
  status             TEXT COLLATE "C" NOT NULL
    CHECK (status IN ('queued', 'running', 'retrying', 'suspended', 'succeeded', 'failed', 'skipped', 'cancelled')),
  source_id          BIGINT NOT NULL,
  integration_id     BIGINT,
  event_jrn          TEXT COLLATE "C" NOT NULL,
  branch             TEXT COLLATE "C" NOT NULL,
  head_sha           TEXT COLLATE "C",
  before_sha         TEXT COLLATE "C",
  forced             BIGINT NOT NULL CHECK (forced IN (0, 1)),
  occurrence         BIGINT NOT NULL,
  generation         BIGINT NOT NULL,
  base_sha           TEXT COLLATE "C",
  base_reason        TEXT COLLATE "C" CHECK (base_reason IN ('event-before', 'cursor', 'baseline', 'merge-base', 'full-scan', 'given')),
  rebaseline         TEXT COLLATE "C" CHECK (rebaseline IN ('merge-base', 'head', 'full-scan')),
  moves_cursor       BIGINT NOT NULL CHECK (moves_cursor IN (0, 1)),
  affected_space_ids TEXT COLLATE "C" NOT NULL,
  attempt            BIGINT NOT NULL,
  max_attempts       BIGINT NOT NULL,
  lost_leases        BIGINT NOT NULL,
  runner             TEXT COLLATE "C",
  epoch              BIGINT,
  steps              TEXT COLLATE "C" NOT NULL,
  superseded_by      BIGINT,
  error              TEXT COLLATE "C",
  delivery_id        TEXT COLLATE "C",
  runtime_mode       TEXT COLLATE "C" CHECK (runtime_mode IN ('approval-required', 'full-access')),
  agent_turn         TEXT COLLATE "C",
  created_at         TEXT COLLATE "C" NOT NULL,
  updated_at         TEXT COLLATE "C" NOT NULL,
  started_at         TEXT COLLATE "C",
  finished_at        TEXT COLLATE "C",
  next_attempt_at    TEXT COLLATE "C",
  version            BIGINT NOT NULL
);
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
  org_id        BIGINT NOT NULL,
  job_id        BIGINT NOT NULL,
  space_id      BIGINT NOT NULL,
  source_id     BIGINT NOT NULL,
  status        TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'running', 'updated', 'unchanged', 'failed', 'skipped')),
  phase         TEXT COLLATE "C",
  impacted_docs TEXT COLLATE "C" NOT NULL,
  updated_docs  TEXT COLLATE "C" NOT NULL,
  error         TEXT COLLATE "C",
  thread_id     TEXT COLLATE "C",
  attempt       BIGINT NOT NULL,
  started_at    TEXT COLLATE "C",
  finished_at   TEXT COLLATE "C",
  PRIMARY KEY (org_id, job_id, space_id)
);
CREATE INDEX job_spaces_latest ON job_spaces (org_id, source_id, space_id, job_id);

-- Side state: never deleted, so that an epoch never comes twice (sources.md §9).
CREATE TABLE leases (
  org_id         BIGINT NOT NULL,
  source_id      BIGINT NOT NULL,
  branch         TEXT COLLATE "C" NOT NULL,
  job_id         BIGINT,
  epoch          BIGINT NOT NULL,
  run_token_hash TEXT COLLATE "C",
  runner         TEXT COLLATE "C",
  expires_at     TEXT COLLATE "C",
  refused_at     TEXT COLLATE "C",
  refused        TEXT COLLATE "C",
  PRIMARY KEY (org_id, source_id, branch)
);
CREATE INDEX leases_expiry ON leases (expires_at) WHERE job_id IS NOT NULL;

-- Side state: what runs said.
CREATE TABLE job_log (
  org_id   BIGINT NOT NULL,
  job_id   BIGINT NOT NULL,
  seq      BIGINT NOT NULL CHECK (seq >= 1),
  at       TEXT COLLATE "C" NOT NULL,
  level    TEXT COLLATE "C" NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
  step     TEXT COLLATE "C" CHECK (step IN ('lease', 'stale', 'resolve', 'checkout', 'spaces', 'advance')),
  space_id BIGINT,
  message  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, job_id, seq)
);

-- Side state: runners as they were last heard of.
CREATE TABLE runners (
  org_id        BIGINT NOT NULL,
  name          TEXT COLLATE "C" NOT NULL,
  version       TEXT COLLATE "C" NOT NULL,
  kinds         TEXT COLLATE "C" NOT NULL,
  provider      TEXT COLLATE "C" NOT NULL,
  first_seen_at TEXT COLLATE "C" NOT NULL,
  seen_at       TEXT COLLATE "C" NOT NULL,
  skew_ms       BIGINT,
  PRIMARY KEY (org_id, name)
);
