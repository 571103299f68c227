CREATE TABLE spaces (
  org_id      INTEGER NOT NULL,
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  slug        TEXT NOT NULL,
  description TEXT,
  runtime_mode TEXT NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  sandbox     TEXT CHECK (sandbox IN ('local', 'e2b')),
  sync_cursor INTEGER NOT NULL,
  documents   INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX spaces_slug ON spaces (org_id, slug);

CREATE TABLE space_sources (
  org_id      INTEGER NOT NULL,
  space_id    INTEGER NOT NULL,
  source_id   INTEGER NOT NULL,
  jrn_pattern TEXT,
  enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  version     INTEGER NOT NULL,
  created_at  TEXT NOT NULL,
  updated_at  TEXT NOT NULL,
  PRIMARY KEY (org_id, space_id, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX space_sources_source ON space_sources (org_id, source_id, space_id);

CREATE TABLE documents (
  org_id      INTEGER NOT NULL,
  space_id    INTEGER NOT NULL,
  file_id     TEXT NOT NULL,
  path        TEXT NOT NULL,
  version     INTEGER NOT NULL,
  blob        TEXT,
  deleted     INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  changed_at  INTEGER NOT NULL,
  rules       TEXT NOT NULL,
  diagnostics TEXT NOT NULL,
  updated_at  TEXT NOT NULL,
  PRIMARY KEY (org_id, space_id, file_id)
) STRICT;
CREATE INDEX documents_changed ON documents (org_id, space_id, changed_at);
CREATE INDEX documents_path ON documents (org_id, space_id, path);
