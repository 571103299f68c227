-- Side state: what an adapter needs to find its session again; opaque to the server.
CREATE TABLE provider_session_runtime (
  org_id               BIGINT NOT NULL,
  thread_id            TEXT COLLATE "C" NOT NULL,
  provider_name        TEXT COLLATE "C" NOT NULL,
  adapter_key          TEXT COLLATE "C" NOT NULL,
  runtime_mode         TEXT COLLATE "C" NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  status               TEXT COLLATE "C" NOT NULL CHECK (status IN ('starting', 'running', 'stopped', 'error')),
  last_seen_at         TEXT COLLATE "C" NOT NULL,
  resume_cursor_json   TEXT COLLATE "C",
  runtime_payload_json TEXT COLLATE "C",
  lease_token          TEXT COLLATE "C",
  PRIMARY KEY (org_id, thread_id)
);

CREATE INDEX idx_provider_session_runtime_status ON provider_session_runtime (org_id, status);
CREATE INDEX idx_provider_session_runtime_provider ON provider_session_runtime (org_id, provider_name);
CREATE INDEX idx_provider_session_runtime_last_seen ON provider_session_runtime (org_id, last_seen_at);
