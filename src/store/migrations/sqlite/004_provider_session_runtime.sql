-- Side state: what an adapter needs to find its session again; opaque to the server.
CREATE TABLE provider_session_runtime (
  org_id               INTEGER NOT NULL,
  thread_id            TEXT NOT NULL,
  provider_name        TEXT NOT NULL,
  adapter_key          TEXT NOT NULL,
  runtime_mode         TEXT NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  status               TEXT NOT NULL CHECK (status IN ('starting', 'running', 'stopped', 'error')),
  last_seen_at         TEXT NOT NULL,
  resume_cursor_json   TEXT,
  runtime_payload_json TEXT,
  lease_token          TEXT,
  PRIMARY KEY (org_id, thread_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_provider_session_runtime_status ON provider_session_runtime (org_id, status);
CREATE INDEX idx_provider_session_runtime_provider ON provider_session_runtime (org_id, provider_name);
CREATE INDEX idx_provider_session_runtime_last_seen ON provider_session_runtime (org_id, last_seen_at);
