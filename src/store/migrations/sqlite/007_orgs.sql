CREATE TABLE orgs (
  org_id        INTEGER PRIMARY KEY,
  slug          TEXT NOT NULL,
  paused_queues TEXT NOT NULL,
  created_at    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX orgs_slug ON orgs (slug);

CREATE TABLE tokens (
  org_id     INTEGER NOT NULL,
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'runner')),
  hash       TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT,
  revoked_at TEXT
) STRICT;
CREATE INDEX tokens_org ON tokens (org_id, id);

-- Side state: when a token was last used, to the minute.
CREATE TABLE token_uses (
  org_id   INTEGER NOT NULL,
  token_id INTEGER NOT NULL,
  used_at  TEXT NOT NULL,
  PRIMARY KEY (org_id, token_id)
) STRICT, WITHOUT ROWID;
