CREATE TABLE orgs (
  org_id        BIGINT PRIMARY KEY,
  slug          TEXT COLLATE "C" NOT NULL,
  paused_queues TEXT COLLATE "C" NOT NULL,
  created_at    TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX orgs_slug ON orgs (slug);

CREATE TABLE tokens (
  org_id     BIGINT NOT NULL,
  id         BIGINT PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL,
  role       TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'runner')),
  hash       TEXT COLLATE "C" NOT NULL,
  created_at TEXT COLLATE "C" NOT NULL,
  expires_at TEXT COLLATE "C",
  revoked_at TEXT COLLATE "C"
);
CREATE INDEX tokens_org ON tokens (org_id, id);

-- Side state: when a token was last used, to the minute.
CREATE TABLE token_uses (
  org_id   BIGINT NOT NULL,
  token_id BIGINT NOT NULL,
  used_at  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, token_id)
);
