CREATE TABLE projection_projects (
  org_id         BIGINT NOT NULL,
  project_id     TEXT COLLATE "C" NOT NULL,
  title          TEXT COLLATE "C" NOT NULL,
  workspace_root TEXT COLLATE "C" NOT NULL,
  default_model  TEXT COLLATE "C",
  scripts_json   TEXT COLLATE "C" NOT NULL,
  created_at     TEXT COLLATE "C" NOT NULL,
  updated_at     TEXT COLLATE "C" NOT NULL,
  deleted_at     TEXT COLLATE "C",
  PRIMARY KEY (org_id, project_id)
);
CREATE INDEX idx_projection_projects_updated_at ON projection_projects (org_id, updated_at);
CREATE INDEX idx_projection_projects_workspace_root ON projection_projects (org_id, workspace_root)
  WHERE deleted_at IS NULL;

CREATE TABLE projection_threads (
  org_id                   BIGINT NOT NULL,
  thread_id                TEXT COLLATE "C" NOT NULL,
  project_id               TEXT COLLATE "C" NOT NULL,
  title                    TEXT COLLATE "C" NOT NULL,
  model                    TEXT COLLATE "C" NOT NULL,
  runtime_mode             TEXT COLLATE "C" NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  branch                   TEXT COLLATE "C",
  worktree_path            TEXT COLLATE "C",
  latest_turn_id           TEXT COLLATE "C",
  turn_count               BIGINT NOT NULL CHECK (turn_count >= 0),
  checkpoint_turn_count    BIGINT NOT NULL CHECK (checkpoint_turn_count >= 0),
  revert_turn_count        BIGINT CHECK (revert_turn_count >= 0),
  latest_user_message_at   TEXT COLLATE "C",
  pending_approval_count   BIGINT NOT NULL CHECK (pending_approval_count >= 0),
  pending_user_input_count BIGINT NOT NULL CHECK (pending_user_input_count >= 0),
  created_at               TEXT COLLATE "C" NOT NULL,
  updated_at               TEXT COLLATE "C" NOT NULL,
  archived_at              TEXT COLLATE "C",
  deleted_at               TEXT COLLATE "C",
  PRIMARY KEY (org_id, thread_id)
);
CREATE INDEX idx_projection_threads_project_id ON projection_threads (org_id, project_id);
CREATE INDEX idx_projection_threads_live ON projection_threads (org_id, updated_at)
  WHERE deleted_at IS NULL AND archived_at IS NULL;

-- Providers repeat their ids, so a message, an activity, a turn and a question are named within their thread.
CREATE TABLE projection_thread_messages (
  org_id           BIGINT NOT NULL,
  thread_id        TEXT COLLATE "C" NOT NULL,
  message_id       TEXT COLLATE "C" NOT NULL,
  turn_id          TEXT COLLATE "C",
  role             TEXT COLLATE "C" NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
  text             TEXT COLLATE "C" NOT NULL,
  attachments_json TEXT COLLATE "C",
  is_streaming     BIGINT NOT NULL CHECK (is_streaming IN (0, 1)),
  created_at       TEXT COLLATE "C" NOT NULL,
  updated_at       TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, thread_id, message_id)
);
CREATE INDEX idx_projection_thread_messages_thread_created
  ON projection_thread_messages (org_id, thread_id, created_at);

CREATE TABLE projection_thread_activities (
  org_id       BIGINT NOT NULL,
  thread_id    TEXT COLLATE "C" NOT NULL,
  activity_id  TEXT COLLATE "C" NOT NULL,
  turn_id      TEXT COLLATE "C",
  tone         TEXT COLLATE "C" NOT NULL CHECK (tone IN ('info', 'tool', 'approval', 'error')),
  kind         TEXT COLLATE "C" NOT NULL,
  summary      TEXT COLLATE "C" NOT NULL,
  payload_json TEXT COLLATE "C" NOT NULL,
  sequence     BIGINT,
  created_at   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, thread_id, activity_id)
);
CREATE INDEX idx_projection_thread_activities_thread_created
  ON projection_thread_activities (org_id, thread_id, created_at);
CREATE INDEX idx_projection_thread_activities_thread_sequence
  ON projection_thread_activities (org_id, thread_id, sequence);

CREATE TABLE projection_thread_sessions (
  org_id              BIGINT NOT NULL,
  thread_id           TEXT COLLATE "C" NOT NULL,
  status              TEXT COLLATE "C" NOT NULL
    CHECK (status IN ('idle', 'starting', 'running', 'ready', 'interrupted', 'stopped', 'error')),
  provider_name       TEXT COLLATE "C",
  provider_session_id TEXT COLLATE "C",
  provider_thread_id  TEXT COLLATE "C",
  runtime_mode        TEXT COLLATE "C" NOT NULL CHECK (runtime_mode IN ('approval-required', 'full-access')),
  active_turn_id      TEXT COLLATE "C",
  last_error          TEXT COLLATE "C",
  stop_requested_at   TEXT COLLATE "C",
  updated_at          TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, thread_id)
);
CREATE INDEX idx_projection_thread_sessions_provider_session
  ON projection_thread_sessions (org_id, provider_session_id);

-- `turn_count` numbers turns, `checkpoint_turn_count` numbers checkpoints: two sequences.
CREATE TABLE projection_thread_turns (
  org_id                BIGINT NOT NULL,
  thread_id             TEXT COLLATE "C" NOT NULL,
  turn_id               TEXT COLLATE "C" NOT NULL,
  turn_count            BIGINT NOT NULL CHECK (turn_count >= 1),
  checkpoint_turn_count BIGINT CHECK (checkpoint_turn_count >= 1),
  status                TEXT COLLATE "C" NOT NULL
    CHECK (status IN ('pending', 'running', 'completed', 'interrupted', 'error')),
  user_message_id       TEXT COLLATE "C",
  assistant_message_id  TEXT COLLATE "C",
  requested_at          TEXT COLLATE "C" NOT NULL,
  started_at            TEXT COLLATE "C",
  completed_at          TEXT COLLATE "C",
  PRIMARY KEY (org_id, thread_id, turn_id)
);
CREATE UNIQUE INDEX idx_projection_thread_turns_turn_count
  ON projection_thread_turns (org_id, thread_id, turn_count);
CREATE UNIQUE INDEX idx_projection_thread_turns_checkpoint_turn_count
  ON projection_thread_turns (org_id, thread_id, checkpoint_turn_count);

CREATE TABLE projection_checkpoints (
  org_id                BIGINT NOT NULL,
  thread_id             TEXT COLLATE "C" NOT NULL,
  turn_id               TEXT COLLATE "C" NOT NULL,
  checkpoint_turn_count BIGINT NOT NULL CHECK (checkpoint_turn_count >= 1),
  checkpoint_ref        TEXT COLLATE "C" NOT NULL,
  status                TEXT COLLATE "C" NOT NULL CHECK (status IN ('ready', 'missing', 'error')),
  files_json            TEXT COLLATE "C" NOT NULL,
  assistant_message_id  TEXT COLLATE "C",
  completed_at          TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (org_id, thread_id, checkpoint_turn_count)
);
CREATE INDEX idx_projection_checkpoints_thread_completed
  ON projection_checkpoints (org_id, thread_id, completed_at);

CREATE TABLE projection_pending_approvals (
  org_id       BIGINT NOT NULL,
  thread_id    TEXT COLLATE "C" NOT NULL,
  request_id   TEXT COLLATE "C" NOT NULL,
  turn_id      TEXT COLLATE "C",
  request_kind TEXT COLLATE "C" NOT NULL CHECK (request_kind IN ('command', 'file-read', 'file-change', 'user-input')),
  detail       TEXT COLLATE "C",
  status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'responding', 'resolved', 'stale')),
  decision     TEXT COLLATE "C" CHECK (decision IN ('accept', 'acceptForSession', 'decline', 'cancel')),
  created_at   TEXT COLLATE "C" NOT NULL,
  resolved_at  TEXT COLLATE "C",
  PRIMARY KEY (org_id, thread_id, request_id)
);
CREATE INDEX idx_projection_pending_approvals_thread_status
  ON projection_pending_approvals (org_id, thread_id, status);
CREATE INDEX idx_projection_pending_approvals_open ON projection_pending_approvals (org_id, created_at)
  WHERE status IN ('pending', 'responding');

-- How far each projector has come, and by which version of it its rows were written.
CREATE TABLE projection_state (
  projector             TEXT COLLATE "C" PRIMARY KEY,
  version               BIGINT NOT NULL,
  last_applied_sequence BIGINT NOT NULL CHECK (last_applied_sequence >= 0),
  updated_at            TEXT COLLATE "C" NOT NULL
);
