CREATE TABLE integrations (
  org_id          BIGINT NOT NULL,
  id              BIGINT PRIMARY KEY,
  provider        TEXT COLLATE "C" NOT NULL
    CHECK (provider IN ('github', 'gitlab', 'gitea', 'bitbucket', 'generic', 'static_file')),
  name            TEXT COLLATE "C" NOT NULL,
  repo            TEXT COLLATE "C",
  account         TEXT COLLATE "C",
  match_key       TEXT COLLATE "C" NOT NULL,
  status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'needs-access', 'suspended', 'error', 'removed')),
  status_detail   TEXT COLLATE "C",
  last_checked_at TEXT COLLATE "C",
  secrets         TEXT COLLATE "C" NOT NULL,
  credential      TEXT COLLATE "C",
  version         BIGINT NOT NULL,
  created_at      TEXT COLLATE "C" NOT NULL,
  updated_at      TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX integrations_name ON integrations (org_id, name);
CREATE INDEX integrations_match ON integrations (match_key);

CREATE TABLE deliveries (
  org_id         BIGINT NOT NULL,
  id             BIGINT PRIMARY KEY,
  integration_id BIGINT NOT NULL,
  provider       TEXT COLLATE "C" NOT NULL
    CHECK (provider IN ('github', 'gitlab', 'gitea', 'bitbucket', 'generic', 'static_file')),
  event          TEXT COLLATE "C" NOT NULL,
  delivery_id    TEXT COLLATE "C" NOT NULL,
  status         TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'ignored', 'duplicate', 'rejected', 'quarantined')),
  reason         TEXT COLLATE "C" NOT NULL,
  repo           TEXT COLLATE "C",
  git_ref        TEXT COLLATE "C",
  before_sha     TEXT COLLATE "C",
  after_sha      TEXT COLLATE "C",
  job_ids        TEXT COLLATE "C" NOT NULL,
  duplicate_of   TEXT COLLATE "C",
  headers        TEXT COLLATE "C" NOT NULL,
  body_blob      TEXT COLLATE "C",
  received_at    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX deliveries_org ON deliveries (org_id, id);
CREATE INDEX deliveries_integration ON deliveries (org_id, integration_id, id);
-- Which bodies are still referred to.
CREATE INDEX deliveries_body ON deliveries (org_id, body_blob) WHERE body_blob IS NOT NULL;

-- Side state: sealed secrets; the material is encrypted before it comes here.
CREATE TABLE secrets (
  org_id     BIGINT NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  key_id     TEXT COLLATE "C" NOT NULL,
  nonce      TEXT COLLATE "C" NOT NULL,
  ciphertext TEXT COLLATE "C" NOT NULL,
  created_at TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, name)
);
