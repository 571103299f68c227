//! What the columns of every row table are: one table for all dialects. The migrations create them; a test holds both
//! together, so that neither a column nor a word of a CHECK can be forgotten in one of them.

use std::sync::LazyLock;

use crate::domain::kind::{
    ActivityTone, ApprovalDecision, ApprovalStatus, BaseReason, CheckpointStatus, DeliveryStatus,
    IntegrationStatus, JobKind, JobStatus, MessageRole, Provider, RebaselineMode, RequestKind,
    Role, RuntimeMode, RuntimeStatus, Sandbox, SessionStatus, SourceType, SpaceStatus, TurnStatus,
};
use crate::domain::row::Table;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Int,
    /// A truth value, stored as 0 or 1.
    Bool,
    /// Text, compared byte for byte. Times too: their text is fixed-width, so byte order is time order.
    Text,
    /// JSON as text.
    Json,
    /// One of these words; the database checks it.
    Words(Vec<&'static str>),
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, which is also the row's field name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// A table of rows.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Which.
    pub table: Table,
    /// Its columns, in the order in which they are read and written.
    pub columns: Vec<Column>,
    /// Its primary key: the id alone where ids are global, else with `org_id`.
    pub primary: Vec<&'static str>,
}

impl Spec {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// The columns of `table`.
pub fn spec(table: Table) -> &'static Spec {
    static ALL: LazyLock<Vec<Spec>> =
        LazyLock::new(|| Table::ALL.iter().map(|t| describe(*t)).collect());
    &ALL[table as usize]
}

macro_rules! words {
    ($kind:ident) => {
        Kind::Words($kind::ALL.iter().map(|w| w.as_str()).collect())
    };
}

fn describe(table: Table) -> Spec {
    use Kind::{Bool, Int, Json, Text};
    let not_null = |name, kind| Column {
        name,
        kind,
        nullable: false,
    };
    let null = |name, kind| Column {
        name,
        kind,
        nullable: true,
    };
    let columns = match table {
        Table::Orgs => vec![
            not_null("org_id", Int),
            not_null("slug", Text),
            not_null("paused_queues", Json),
            not_null("created_at", Text),
        ],
        Table::Tokens => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("name", Text),
            not_null("role", words!(Role)),
            not_null("hash", Text),
            not_null("created_at", Text),
            null("expires_at", Text),
            null("revoked_at", Text),
        ],
        Table::Integrations => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("provider", words!(Provider)),
            not_null("name", Text),
            null("repo", Text),
            null("account", Text),
            not_null("match_key", Text),
            not_null("status", words!(IntegrationStatus)),
            null("status_detail", Text),
            null("last_checked_at", Text),
            not_null("secrets", Json),
            null("credential", Json),
            not_null("version", Int),
            not_null("created_at", Text),
            not_null("updated_at", Text),
        ],
        Table::Deliveries => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("integration_id", Int),
            not_null("provider", words!(Provider)),
            not_null("event", Text),
            not_null("delivery_id", Text),
            not_null("status", words!(DeliveryStatus)),
            not_null("reason", Text),
            null("repo", Text),
            null("git_ref", Text),
            null("before_sha", Text),
            null("after_sha", Text),
            not_null("job_ids", Json),
            null("duplicate_of", Text),
            not_null("headers", Json),
            null("body_blob", Text),
            not_null("received_at", Text),
        ],
        Table::Sources => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("name", Text),
            not_null("type", words!(SourceType)),
            null("repo", Text),
            null("repo_key", Text),
            null("branch", Text),
            null("integration_id", Int),
            not_null("enabled", Bool),
            null("paused", Json),
            null("files", Json),
            null("cursor", Json),
            not_null("cursor_version", Int),
            null("cursor_job_id", Int),
            not_null("generation", Int),
            null("head_sha", Text),
            null("head_at", Text),
            null("pending_since", Text),
            null("baseline_sha", Text),
            null("missed_at", Text),
            null("trouble", Json),
            null("commits_behind", Int),
            not_null("history", Json),
            not_null("version", Int),
            not_null("created_by", Text),
            not_null("created_at", Text),
            not_null("updated_at", Text),
        ],
        Table::Spaces => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("name", Text),
            not_null("slug", Text),
            null("description", Text),
            not_null("runtime_mode", words!(RuntimeMode)),
            null("sandbox", words!(Sandbox)),
            not_null("sync_cursor", Int),
            not_null("documents", Int),
            not_null("version", Int),
            not_null("created_at", Text),
            not_null("updated_at", Text),
        ],
        Table::SpaceSources => vec![
            not_null("org_id", Int),
            not_null("space_id", Int),
            not_null("source_id", Int),
            null("jrn_pattern", Text),
            not_null("enabled", Bool),
            not_null("version", Int),
            not_null("created_at", Text),
            not_null("updated_at", Text),
        ],
        Table::Documents => vec![
            not_null("org_id", Int),
            not_null("space_id", Int),
            not_null("file_id", Text),
            not_null("path", Text),
            not_null("version", Int),
            null("blob", Text),
            not_null("deleted", Bool),
            not_null("changed_at", Int),
            not_null("rules", Json),
            not_null("diagnostics", Json),
            not_null("updated_at", Text),
        ],
        Table::Jobs => vec![
            not_null("org_id", Int),
            not_null("id", Int),
            not_null("kind", words!(JobKind)),
            not_null("status", words!(JobStatus)),
            not_null("source_id", Int),
            null("integration_id", Int),
            not_null("event_jrn", Text),
            not_null("branch", Text),
            null("head_sha", Text),
            null("before_sha", Text),
            not_null("forced", Bool),
            not_null("occurrence", Int),
            not_null("generation", Int),
            null("base_sha", Text),
            null("base_reason", words!(BaseReason)),
            null("rebaseline", words!(RebaselineMode)),
            not_null("moves_cursor", Bool),
            not_null("affected_space_ids", Json),
            not_null("attempt", Int),
            not_null("max_attempts", Int),
            not_null("lost_leases", Int),
            null("runner", Text),
            null("epoch", Int),
            not_null("steps", Json),
            null("superseded_by", Int),
            null("error", Json),
            null("delivery_id", Text),
            null("runtime_mode", words!(RuntimeMode)),
            null("agent_turn", Json),
            not_null("created_at", Text),
            not_null("updated_at", Text),
            null("started_at", Text),
            null("finished_at", Text),
            null("next_attempt_at", Text),
            not_null("version", Int),
        ],
        Table::JobSpaces => vec![
            not_null("org_id", Int),
            not_null("job_id", Int),
            not_null("space_id", Int),
            not_null("source_id", Int),
            not_null("status", words!(SpaceStatus)),
            null("phase", Text),
            not_null("impacted_docs", Json),
            not_null("updated_docs", Json),
            null("error", Text),
            null("thread_id", Text),
            not_null("attempt", Int),
            null("started_at", Text),
            null("finished_at", Text),
        ],
        Table::ProjectionProjects => vec![
            not_null("org_id", Int),
            not_null("project_id", Text),
            not_null("title", Text),
            not_null("workspace_root", Text),
            null("default_model", Text),
            not_null("scripts_json", Json),
            not_null("created_at", Text),
            not_null("updated_at", Text),
            null("deleted_at", Text),
        ],
        Table::ProjectionThreads => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("project_id", Text),
            not_null("title", Text),
            not_null("model", Text),
            not_null("runtime_mode", words!(RuntimeMode)),
            null("branch", Text),
            null("worktree_path", Text),
            null("latest_turn_id", Text),
            not_null("turn_count", Int),
            not_null("checkpoint_turn_count", Int),
            null("revert_turn_count", Int),
            null("latest_user_message_at", Text),
            not_null("pending_approval_count", Int),
            not_null("pending_user_input_count", Int),
            not_null("created_at", Text),
            not_null("updated_at", Text),
            null("archived_at", Text),
            null("deleted_at", Text),
        ],
        Table::ProjectionThreadMessages => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("message_id", Text),
            null("turn_id", Text),
            not_null("role", words!(MessageRole)),
            not_null("text", Text),
            null("attachments_json", Json),
            not_null("is_streaming", Bool),
            not_null("created_at", Text),
            not_null("updated_at", Text),
        ],
        Table::ProjectionThreadActivities => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("activity_id", Text),
            null("turn_id", Text),
            not_null("tone", words!(ActivityTone)),
            not_null("kind", Text),
            not_null("summary", Text),
            not_null("payload_json", Json),
            null("sequence", Int),
            not_null("created_at", Text),
        ],
        Table::ProjectionThreadSessions => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("status", words!(SessionStatus)),
            null("provider_name", Text),
            null("provider_session_id", Text),
            null("provider_thread_id", Text),
            not_null("runtime_mode", words!(RuntimeMode)),
            null("active_turn_id", Text),
            null("last_error", Text),
            null("stop_requested_at", Text),
            not_null("updated_at", Text),
        ],
        Table::ProjectionThreadTurns => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("turn_id", Text),
            not_null("turn_count", Int),
            null("checkpoint_turn_count", Int),
            not_null("status", words!(TurnStatus)),
            null("user_message_id", Text),
            null("assistant_message_id", Text),
            not_null("requested_at", Text),
            null("started_at", Text),
            null("completed_at", Text),
        ],
        Table::ProjectionCheckpoints => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("turn_id", Text),
            not_null("checkpoint_turn_count", Int),
            not_null("checkpoint_ref", Text),
            not_null("status", words!(CheckpointStatus)),
            not_null("files_json", Json),
            null("assistant_message_id", Text),
            not_null("completed_at", Text),
        ],
        Table::ProjectionPendingApprovals => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("request_id", Text),
            null("turn_id", Text),
            not_null("request_kind", words!(RequestKind)),
            null("detail", Text),
            not_null("status", words!(ApprovalStatus)),
            null("decision", words!(ApprovalDecision)),
            not_null("created_at", Text),
            null("resolved_at", Text),
        ],
        Table::CheckpointDiffBlobs => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("from_turn_count", Int),
            not_null("to_turn_count", Int),
            not_null("diff", Text),
            not_null("created_at", Text),
        ],
        Table::ProviderSessionRuntime => vec![
            not_null("org_id", Int),
            not_null("thread_id", Text),
            not_null("provider_name", Text),
            not_null("adapter_key", Text),
            not_null("runtime_mode", words!(RuntimeMode)),
            not_null("status", words!(RuntimeStatus)),
            not_null("last_seen_at", Text),
            null("resume_cursor_json", Json),
            null("runtime_payload_json", Json),
            null("lease_token", Text),
        ],
        Table::Leases => vec![
            not_null("org_id", Int),
            not_null("source_id", Int),
            not_null("branch", Text),
            null("job_id", Int),
            not_null("epoch", Int),
            null("run_token_hash", Text),
            null("runner", Text),
            null("expires_at", Text),
            null("refused_at", Text),
            null("refused", Text),
        ],
        Table::Looks => vec![
            not_null("org_id", Int),
            not_null("source_id", Int),
            null("due_at", Text),
            null("looked_at", Text),
            null("suspected_since", Text),
            not_null("failures", Int),
        ],
        Table::Runners => vec![
            not_null("org_id", Int),
            not_null("name", Text),
            not_null("version", Text),
            not_null("kinds", Json),
            not_null("provider", Text),
            not_null("first_seen_at", Text),
            not_null("seen_at", Text),
            null("skew_ms", Int),
        ],
        Table::Secrets => vec![
            not_null("org_id", Int),
            not_null("name", Text),
            not_null("key_id", Text),
            not_null("nonce", Text),
            not_null("ciphertext", Text),
            not_null("created_at", Text),
        ],
    };
    let mut primary = table.key_columns().to_vec();
    if !is_global(table) {
        primary.insert(0, "org_id");
    }
    Spec {
        table,
        columns,
        primary,
    }
}

/// Whether the key alone says which row it is, whatever the org: integer ids are global per kind.
pub fn is_global(table: Table) -> bool {
    matches!(table.key_columns(), ["id" | "org_id"])
}

/// A constraint beyond the primary key: a backstop, because deciders refuse what would break it.
#[derive(Debug)]
pub struct Unique {
    /// Under which name the databases keep it.
    pub index: &'static str,
    /// Of which table.
    pub table: Table,
    /// Which columns are taken together.
    pub columns: &'static [&'static str],
    /// Only rows whose column holds this word.
    pub only: Option<(&'static str, &'static str)>,
}

impl Unique {
    /// What a database says when it is broken.
    pub fn violation(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|c| format!("{}.{c}", self.table.name()))
            .collect();
        format!("UNIQUE constraint failed: {}", columns.join(", "))
    }
}

/// Every unique constraint on rows.
pub const UNIQUE: &[Unique] = &[
    Unique {
        index: "orgs_slug",
        table: Table::Orgs,
        columns: &["slug"],
        only: None,
    },
    Unique {
        index: "integrations_name",
        table: Table::Integrations,
        columns: &["org_id", "name"],
        only: None,
    },
    Unique {
        index: "sources_name",
        table: Table::Sources,
        columns: &["org_id", "name"],
        only: None,
    },
    Unique {
        index: "spaces_slug",
        table: Table::Spaces,
        columns: &["org_id", "slug"],
        only: None,
    },
    // The two numberings of turns are different sequences (orchestration.md: tables).
    Unique {
        index: "idx_projection_thread_turns_turn_count",
        table: Table::ProjectionThreadTurns,
        columns: &["org_id", "thread_id", "turn_count"],
        only: None,
    },
    Unique {
        index: "idx_projection_thread_turns_checkpoint_turn_count",
        table: Table::ProjectionThreadTurns,
        columns: &["org_id", "thread_id", "checkpoint_turn_count"],
        only: None,
    },
    Unique {
        index: "jobs_identity",
        table: Table::Jobs,
        columns: &[
            "source_id",
            "event_jrn",
            "head_sha",
            "occurrence",
            "generation",
        ],
        only: Some(("kind", "cli-impact")),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_columns_are_those_that_the_rows_name() {
        for table in Table::ALL {
            let json: Vec<&str> = spec(*table)
                .columns
                .iter()
                .filter(|c| c.kind == Kind::Json)
                .map(|c| c.name)
                .collect();
            assert_eq!(json, table.json_columns(), "{}", table.name());
        }
    }

    #[test]
    fn every_table_is_found_under_itself_and_has_its_key() {
        for table in Table::ALL {
            let spec = spec(*table);
            assert_eq!(spec.table, *table);
            for column in &spec.primary {
                assert!(spec.column(column).is_some(), "{}.{column}", table.name());
            }
        }
    }

    /// Row P11 of the contract matrix: it would make every row change with every event.
    #[test]
    fn no_row_says_which_event_changed_it_last() {
        for table in Table::ALL {
            let column = spec(*table).column("last_event_sequence");
            assert!(column.is_none(), "{}", table.name());
        }
    }
}
