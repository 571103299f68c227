CREATE TABLE projection_projects (
  org_id         INTEGER NOT NULL,
  project_id     TEXT NOT NULL,
  title          TEXT NOT NULL,
  workspace_root TEXT NOT NULL,
  default_model  TEXT,
  scripts_json   TEXT NOT NULL,
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL,
  deleted_at     TEXT,
  PRIMARY KEY (org_id, project_id)
) STRICT;
CREATE INDEX idx_projection_projects_updated_at ON projection_projects (org_id, updated_at);
CREATE INDEX idx_projection_projects_workspace_root ON projection_projects (org_id, workspace_root)
  WHERE deleted_at IS NULL;

CREATE TABLE projection_threads (
  org_id                   INTEGER NOT NULL,
  thread_id                TEXT NOT NULL,
  project_id               TEXT NOT NULL,
  title                    TEXT NOT NULL,
  model                    TEXT NOT NULL,
  runtime_mode             TEXT NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  branch                   TEXT,
  worktree_path            TEXT,
  latest_turn_id           TEXT,
  turn_count               INTEGER NOT NULL CHECK (turn_count >= 0),
  checkpoint_turn_count    INTEGER NOT NULL CHECK (checkpoint_turn_count >= 0),
  revert_turn_count        INTEGER CHECK (revert_turn_count >= 0),
  latest_user_message_at   TEXT,
  pending_approval_count   INTEGER NOT NULL CHECK (pending_approval_count >= 0),
  pending_user_input_count INTEGER NOT NULL CHECK (pending_user_input_count >= 0),
  created_at               TEXT NOT NULL,
  updated_at               TEXT NOT NULL,
  archived_at              TEXT,
  deleted_at               TEXT,
  PRIMARY KEY (org_id, thread_id)
) STRICT;
CREATE INDEX idx_projection_threads_project_id ON projection_threads (org_id, project_id);
CREATE INDEX idx_projection_threads_live ON projection_threads (org_id, updated_at)
  WHERE deleted_at IS NULL AND archived_at IS NULL;

-- Providers repeat their ids, so a message, an activity, a turn and a question are named within their thread.
CREATE TABLE projection_thread_messages (
  org_id           INTEGER NOT NULL,
  thread_id        TEXT NOT NULL,
  message_id       TEXT NOT NULL,
  turn_id          TEXT,
  role             TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
  text             TEXT NOT NULL,
  attachments_json TEXT,
  is_streaming     INTEGER NOT NULL CHECK (is_streaming IN (0, 1)),
  created_at       TEXT NOT NULL,
  updated_at       TEXT NOT NULL,
  PRIMARY KEY (org_id, thread_id, message_id)
) STRICT;
CREATE INDEX idx_projection_thread_messages_thread_created
  ON projection_thread_messages (org_id, thread_id, created_at);

CREATE TABLE projection_thread_activities (
  org_id       INTEGER NOT NULL,
  thread_id    TEXT NOT NULL,
  activity_id  TEXT NOT NULL,
  turn_id      TEXT,
  tone         TEXT NOT NULL CHECK (tone IN ('info', 'tool', 'approval', 'error')),
  kind         TEXT NOT NULL,
  summary      TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  sequence     INTEGER,
  created_at   TEXT NOT NULL,
  PRIMARY KEY (org_id, thread_id, activity_id)
) STRICT;
CREATE INDEX idx_projection_thread_activities_thread_created
  ON projection_thread_activities (org_id, thread_id, created_at);
CREATE INDEX idx_projection_thread_activities_thread_sequence
  ON projection_thread_activities (org_id, thread_id, sequence);

CREATE TABLE projection_thread_sessions (
  org_id              INTEGER NOT NULL,
  thread_id           TEXT NOT NULL,
  status              TEXT NOT NULL
    CHECK (status IN ('idle', 'starting', 'running', 'ready', 'interrupted', 'stopped', 'error')),
  provider_name       TEXT,
  provider_session_id TEXT,
  provider_thread_id  TEXT,
  runtime_mode        TEXT NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  active_turn_id      TEXT,
  last_error          TEXT,
  stop_requested_at   TEXT,
  updated_at          TEXT NOT NULL,
  PRIMARY KEY (org_id, thread_id)
) STRICT;
CREATE INDEX idx_projection_thread_sessions_provider_session
  ON projection_thread_sessions (org_id, provider_session_id);

-- `turn_count` numbers turns, `checkpoint_turn_count` numbers checkpoints: two sequences.
CREATE TABLE projection_thread_turns (
  org_id                INTEGER NOT NULL,
  thread_id             TEXT NOT NULL,
  turn_id               TEXT NOT NULL,
  turn_count            INTEGER NOT NULL CHECK (turn_count >= 1),
  checkpoint_turn_count INTEGER CHECK (checkpoint_turn_count >= 1),
  status                TEXT NOT NULL
    CHECK (status IN ('pending', 'running', 'completed', 'interrupted', 'error')),
  user_message_id       TEXT,
  assistant_message_id  TEXT,
  requested_at          TEXT NOT NULL,
  started_at            TEXT,
  completed_at          TEXT,
  PRIMARY KEY (org_id, thread_id, turn_id)
) STRICT;
CREATE UNIQUE INDEX idx_projection_thread_turns_turn_count
  ON projection_thread_turns (org_id, thread_id, turn_count);
CREATE UNIQUE INDEX idx_projection_thread_turns_checkpoint_turn_count
  ON projection_thread_turns (org_id, thread_id, checkpoint_turn_count);

CREATE TABLE projection_checkpoints (
  org_id                INTEGER NOT NULL,
  thread_id             TEXT NOT NULL,
  turn_id               TEXT NOT NULL,
  checkpoint_turn_count INTEGER NOT NULL CHECK (checkpoint_turn_count >= 1),
  checkpoint_ref        TEXT NOT NULL,
  status                TEXT NOT NULL CHECK (status IN ('ready', 'missing', 'error')),
  files_json            TEXT NOT NULL,
  assistant_message_id  TEXT,
  completed_at          TEXT NOT NULL,
  PRIMARY KEY (org_id, thread_id, checkpoint_turn_count)
) STRICT;
CREATE INDEX idx_projection_checkpoints_thread_completed
  ON projection_checkpoints (org_id, thread_id, completed_at);

CREATE TABLE projection_pending_approvals (
  org_id       INTEGER NOT NULL,
  thread_id    TEXT NOT NULL,
  request_id   TEXT NOT NULL,
  turn_id      TEXT,
  request_kind TEXT NOT NULL CHECK (request_kind IN ('command', 'file-read', 'file-change', 'user-input')),
  detail       TEXT,
  status       TEXT NOT NULL CHECK (status IN ('pending', 'responding', 'resolved', 'stale')),
  decision     TEXT CHECK (decision IN ('accept', 'acceptForSession', 'decline', 'cancel')),
  created_at   TEXT NOT NULL,
  resolved_at  TEXT,
  PRIMARY KEY (org_id, thread_id, request_id)
) STRICT;
CREATE INDEX idx_projection_pending_approvals_thread_status
  ON projection_pending_approvals (org_id, thread_id, status);
CREATE INDEX idx_projection_pending_approvals_open ON projection_pending_approvals (org_id, created_at)
  WHERE status IN ('pending', 'responding');

-- How far each projector has come, and by which version of it its rows were written.
CREATE TABLE projection_state (
  projector             TEXT PRIMARY KEY,
  version               INTEGER NOT NULL,
  last_applied_sequence INTEGER NOT NULL CHECK (last_applied_sequence >= 0),
  updated_at            TEXT NOT NULL
) STRICT, WITHOUT ROWID;
