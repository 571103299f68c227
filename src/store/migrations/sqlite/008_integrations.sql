CREATE TABLE integrations (
  org_id          INTEGER NOT NULL,
  id              INTEGER PRIMARY KEY,
  provider        TEXT NOT NULL
    CHECK (provider IN ('github', 'gitlab', 'gitea', 'bitbucket', 'generic', 'static_file')),
  name            TEXT NOT NULL,
  repo            TEXT,
  account         TEXT,
  match_key       TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('active', 'needs-access', 'suspended', 'error', 'removed')),
  status_detail   TEXT,
  last_checked_at TEXT,
  secrets         TEXT NOT NULL,
  credential      TEXT,
  version         INTEGER NOT NULL,
  created_at      TEXT NOT NULL,
  updated_at      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX integrations_name ON integrations (org_id, name);
CREATE INDEX integrations_match ON integrations (match_key);

CREATE TABLE deliveries (
  org_id         INTEGER NOT NULL,
  id             INTEGER PRIMARY KEY,
  integration_id INTEGER NOT NULL,
  provider       TEXT NOT NULL
    CHECK (provider IN ('github', 'gitlab', 'gitea', 'bitbucket', 'generic', 'static_file')),
  event          TEXT NOT NULL,
  delivery_id    TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('queued', 'ignored', 'duplicate', 'rejected', 'quarantined')),
  reason         TEXT NOT NULL,
  repo           TEXT,
  git_ref        TEXT,
  before_sha     TEXT,
  after_sha      TEXT,
  job_ids        TEXT NOT NULL,
  duplicate_of   TEXT,
  headers        TEXT NOT NULL,
  body_blob      TEXT,
  received_at    TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_org ON deliveries (org_id, id);
CREATE INDEX deliveries_integration ON deliveries (org_id, integration_id, id);
-- Which bodies are still referred to.
CREATE INDEX deliveries_body ON deliveries (org_id, body_blob) WHERE body_blob IS NOT NULL;

-- Side state: sealed secrets; the material is encrypted before it comes here.
CREATE TABLE secrets (
  org_id     INTEGER NOT NULL,
  name       TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  nonce      TEXT NOT NULL,
  ciphertext TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (org_id, name)
) STRICT, WITHOUT ROWID;
