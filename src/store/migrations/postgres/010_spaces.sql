CREATE TABLE spaces (
  org_id      BIGINT NOT NULL,
  id          BIGINT PRIMARY KEY,
  name        TEXT COLLATE "C" NOT NULL,
  slug        TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  runtime_mode TEXT COLLATE "C" NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  sandbox     TEXT COLLATE "C" CHECK (sandbox IN ('local', 'e2b')),
  sync_cursor BIGINT NOT NULL,
  documents   BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  TEXT COLLATE "C" NOT NULL,
  updated_at  TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX spaces_slug ON spaces (org_id, slug);

CREATE TABLE space_sources (
  org_id      BIGINT NOT NULL,
  space_id    BIGINT NOT NULL,
  source_id   BIGINT NOT NULL,
  jrn_pattern TEXT COLLATE "C",
  enabled     BIGINT NOT NULL CHECK (enabled IN (0, 1)),
  version     BIGINT NOT NULL,
  created_at  TEXT COLLATE "C" NOT NULL,
  updated_at  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, space_id, source_id)
);
CREATE INDEX space_sources_source ON space_sources (org_id, source_id, space_id);

CREATE TABLE documents (
  org_id      BIGINT NOT NULL,
  space_id    BIGINT NOT NULL,
  file_id     TEXT COLLATE "C" NOT NULL,
  path        TEXT COLLATE "C" NOT NULL,
  version     BIGINT NOT NULL,
  blob        TEXT COLLATE "C",
  deleted     BIGINT NOT NULL CHECK (deleted IN (0, 1)),
  changed_at  BIGINT NOT NULL,
  rules       TEXT COLLATE "C" NOT NULL,
  diagnostics TEXT COLLATE "C" NOT NULL,
  updated_at  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, space_id, file_id)
);
CREATE INDEX documents_changed ON documents (org_id, space_id, changed_at);
CREATE INDEX documents_path ON documents (org_id, space_id, path);
