//! What happened: the events of every stream, their envelope, and their text in the log (orchestration.md: writing).
//!
//! Payloads carry a version; rows of the log are never rewritten, older payloads are upcast when read.

mod blobs;
mod envelope;
mod meaning;
mod orchestration;
mod parts;
mod tag;

pub use envelope::{Actor, Event, NewEvent, Stream};
pub use meaning::Meaning;
pub use orchestration::{Activity, ChangedFile, Orchestration, Session};
use parts::is_false;
pub(in crate::domain) use parts::present;
pub use parts::{PushedDocument, Queued, Received, Repo, Uploaded, UploadedFile};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{IntegrationId, JobId, LeaseEpoch, SourceId, SpaceId, ThreadId, TokenId};
use super::kind::{
    BaseReason, IntegrationStatus, JobKind, Provider, Role, RuntimeMode, Sandbox, SourceType,
    SpaceStatus, StepName, StepStatus, TroubleKind,
};
use super::row::{DocumentRef, JobFailure, SecretRef};
use crate::base::Timestamp;

/// What happened. Adjacently tagged: `type` is the log's `event_type`, `payload` its `payload_json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all_fields = "camelCase")]
pub enum Payload {
    /// The org exists.
    #[serde(rename = "org.created")]
    OrgCreated { slug: String },
    /// A token was made; only its hash is kept.
    #[serde(rename = "org.token-created")]
    TokenCreated {
        token_id: TokenId,
        name: String,
        role: Role,
        hash: String,
        expires_at: Option<Timestamp>,
    },
    /// A token ended.
    #[serde(rename = "org.token-revoked")]
    TokenRevoked { token_id: TokenId },
    /// Nobody may claim jobs of a kind.
    #[serde(rename = "org.queue-paused")]
    QueuePaused {
        kind: JobKind,
        reason: Option<String>,
    },
    /// They may be claimed again.
    #[serde(rename = "org.queue-resumed")]
    QueueResumed { kind: JobKind },

    /// An account or repository was linked.
    #[serde(rename = "integration.created")]
    IntegrationCreated {
        provider: Provider,
        name: String,
        repo: Option<String>,
        account: Option<String>,
        match_key: String,
        secret: SecretRef,
    },
    /// Its name changed.
    #[serde(rename = "integration.updated")]
    IntegrationUpdated { name: String },
    /// Its webhook secret was replaced; the previous one stays valid for a while.
    #[serde(rename = "integration.secret-rotated")]
    SecretRotated {
        secret: SecretRef,
        previous_valid_until: Timestamp,
    },
    /// Its repositories are cloned with this from now on.
    #[serde(rename = "integration.credential-set")]
    CredentialSet { user: String, fingerprint: String },
    /// Its repositories are cloned as the operator's own git settings say again.
    #[serde(rename = "integration.credential-removed")]
    CredentialRemoved {},
    /// Its health was looked at, or was reported.
    #[serde(rename = "integration.health-changed")]
    HealthChanged {
        status: IntegrationStatus,
        detail: Option<String>,
        checked: bool,
    },
    /// A webhook came.
    #[serde(rename = "integration.delivery-received")]
    DeliveryReceived(Box<Received>),
    /// It is gone.
    #[serde(rename = "integration.deleted")]
    IntegrationDeleted { name: String },

    /// A source exists.
    #[serde(rename = "source.created")]
    SourceCreated {
        name: String,
        #[serde(rename = "type")]
        source_type: SourceType,
        repo: Option<String>,
        repo_key: Option<String>,
        branch: Option<String>,
        integration_id: Option<IntegrationId>,
        enabled: bool,
    },
    /// Its configuration changed; what is `None` stayed.
    #[serde(rename = "source.updated")]
    SourceUpdated {
        name: Option<String>,
        #[serde(rename = "type")]
        source_type: Option<SourceType>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        repo: Option<Option<Repo>>,
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        branch: Option<Option<String>>,
    },
    /// It became true.
    #[serde(rename = "source.linked")]
    SourceLinked { integration_id: IntegrationId },
    /// It became virtual.
    #[serde(rename = "source.unlinked")]
    SourceUnlinked { integration_id: IntegrationId },
    /// Files were uploaded to it.
    #[serde(rename = "source.files-uploaded")]
    FilesUploaded(Box<Uploaded>),
    /// It was turned on.
    #[serde(rename = "source.enabled")]
    SourceEnabled {},
    /// It was turned off.
    #[serde(rename = "source.disabled")]
    SourceDisabled {},
    /// Its jobs are queued, and wait.
    #[serde(rename = "source.paused")]
    SourcePaused { reason: Option<String> },
    /// They run again.
    #[serde(rename = "source.resumed")]
    SourceResumed {},
    /// A head of its branch was seen: by a webhook, or by looking.
    #[serde(rename = "source.head-observed")]
    HeadObserved {
        sha: String,
        pending: bool,
        /// Seen when the source was linked: what came before it is nobody's work.
        #[serde(default, skip_serializing_if = "is_false")]
        baseline: bool,
        /// Found by looking, and no delivery told of it.
        #[serde(default, skip_serializing_if = "is_false")]
        missed: bool,
    },
    /// Looking at its remote found that something is wrong, or that it is right again.
    #[serde(rename = "source.remote-changed")]
    RemoteChanged {
        kind: Option<TroubleKind>,
        detail: String,
    },
    /// A clone counted the commits between its cursor and its head.
    #[serde(rename = "source.lag-measured")]
    LagMeasured { commits: i64 },
    /// Its cursor moved.
    #[serde(rename = "source.cursor-advanced")]
    CursorAdvanced {
        from: Option<String>,
        to: String,
        job_id: JobId,
        epoch: LeaseEpoch,
    },
    /// Its cursor was cleared.
    #[serde(rename = "source.cursor-cleared")]
    CursorCleared {
        from: Option<String>,
        generation: i64,
        why: String,
    },
    /// An operator asked for the same event again.
    #[serde(rename = "source.generation-raised")]
    GenerationRaised { generation: i64 },
    /// It is gone.
    #[serde(rename = "source.deleted")]
    SourceDeleted { name: String },

    /// A space exists.
    #[serde(rename = "space.created")]
    SpaceCreated {
        name: String,
        slug: String,
        description: Option<String>,
    },
    /// Its name or description changed.
    #[serde(rename = "space.updated")]
    SpaceUpdated {
        name: String,
        description: Option<String>,
        /// Absent: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runtime_mode: Option<RuntimeMode>,
        /// Absent: as it was; `null`: where the worker has it.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        sandbox: Option<Option<Sandbox>>,
    },
    /// It is gone.
    #[serde(rename = "space.deleted")]
    SpaceDeleted { name: String },
    /// It watches a source.
    #[serde(rename = "space.source-bound")]
    SourceBound {
        source_id: SourceId,
        jrn_pattern: Option<String>,
        enabled: bool,
    },
    /// How it watches a source changed.
    #[serde(rename = "space.binding-updated")]
    BindingUpdated {
        source_id: SourceId,
        jrn_pattern: Option<String>,
        enabled: bool,
        was_pattern: Option<String>,
        was_enabled: bool,
    },
    /// It no longer watches a source.
    #[serde(rename = "space.source-unbound")]
    SourceUnbound { source_id: SourceId },
    /// Documents were written.
    #[serde(rename = "space.docs-pushed")]
    DocsPushed {
        changeset_id: String,
        message: Option<String>,
        sync_cursor: i64,
        documents: Vec<PushedDocument>,
        live: i64,
    },

    /// A job waits to run.
    #[serde(rename = "job.queued")]
    JobQueued(Box<Queued>),
    /// A runner took it.
    #[serde(rename = "job.started")]
    JobStarted {
        attempt: i64,
        runner: String,
        epoch: LeaseEpoch,
    },
    /// A step began.
    #[serde(rename = "job.step-started")]
    StepStarted {
        step: StepName,
        detail: Option<String>,
    },
    /// A step ended.
    #[serde(rename = "job.step-finished")]
    StepFinished {
        step: StepName,
        status: StepStatus,
        detail: Option<String>,
        base_sha: Option<String>,
        base_reason: Option<BaseReason>,
        /// The commit that the run found to process, where its job names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head_sha: Option<String>,
    },
    /// A space is being worked on.
    #[serde(rename = "job.space-started")]
    SpaceStarted {
        space_id: SpaceId,
        phase: Option<String>,
    },
    /// The agent's work on a space has a thread.
    #[serde(rename = "job.space-thread-opened")]
    SpaceThreadOpened {
        space_id: SpaceId,
        thread_id: ThreadId,
    },
    /// A space is done with.
    #[serde(rename = "job.space-finished")]
    SpaceFinished {
        space_id: SpaceId,
        status: SpaceStatus,
        impacted_docs: Vec<DocumentRef>,
        updated_docs: Vec<DocumentRef>,
        error: Option<String>,
    },
    /// All is done.
    #[serde(rename = "job.succeeded")]
    JobSucceeded {},
    /// It was given up.
    #[serde(rename = "job.failed")]
    JobFailed { error: JobFailure },
    /// It will be tried again.
    #[serde(rename = "job.retry-scheduled")]
    RetryScheduled {
        at: Timestamp,
        error: Option<JobFailure>,
        by_operator: bool,
    },
    /// It was not needed.
    #[serde(rename = "job.skipped")]
    JobSkipped {
        superseded_by: Option<JobId>,
        reason: String,
    },
    /// An operator stopped it.
    #[serde(rename = "job.cancelled")]
    JobCancelled { reason: String },

    /// What happened to a project or a thread, with a tag of its own.
    #[serde(skip)]
    Orchestration(Box<Orchestration>),
}

impl From<Orchestration> for Payload {
    fn from(event: Orchestration) -> Self {
        Self::Orchestration(Box::new(event))
    }
}

/// The version that payloads are written in today.
pub const PAYLOAD_VERSION: i64 = 1;

/// A payload of the log cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("event type `{event_type}` (payload version {version}) cannot be read: {reason}")]
pub struct PayloadError {
    /// The type.
    pub event_type: String,
    /// The version.
    pub version: i64,
    /// Why.
    pub reason: String,
}

impl Payload {
    /// The log's `event_type` and `payload_json`.
    pub fn to_parts(&self) -> (String, Value) {
        let mut value = match self {
            Self::Orchestration(event) => serde_json::to_value(event),
            own => serde_json::to_value(own),
        }
        .expect("payloads are plain data");
        let event_type = value["type"]
            .as_str()
            .expect("tagged with its type")
            .to_owned();
        (event_type, value["payload"].take())
    }

    /// The payload of these columns, upcast from an older version where needed.
    pub fn from_parts(
        event_type: &str,
        version: i64,
        payload: Value,
    ) -> Result<Self, PayloadError> {
        let failed = |reason: String| PayloadError {
            event_type: event_type.to_owned(),
            version,
            reason,
        };
        let payload = match version {
            PAYLOAD_VERSION => payload,
            0 if event_type == "job.queued" => {
                upcast_queued(&payload).ok_or_else(|| failed("not the older job shape".into()))?
            }
            _ => {
                return Err(failed(
                    "this payload version is not known to this jolli; use a newer one".into(),
                ));
            }
        };
        let tagged = serde_json::json!({ "type": event_type, "payload": payload });
        if event_type.starts_with("project.") || event_type.starts_with("thread.") {
            serde_json::from_value(tagged).map(Self::Orchestration)
        } else {
            serde_json::from_value(tagged)
        }
        .map_err(|e| failed(e.to_string()))
    }
}

/// The older queued shape `{spaceId, sourceId, integrationId, eventJrn, killSandbox, afterSha, cursorSha}` becomes a
/// fan-out of one (sources.md §8).
fn upcast_queued(old: &Value) -> Option<Value> {
    let jrn = old["eventJrn"].as_str()?;
    Some(serde_json::json!({
        "kind": "cli-impact",
        "sourceId": old["sourceId"].as_i64()?,
        "integrationId": old["integrationId"].as_i64(),
        "eventJrn": jrn,
        "branch": jrn.rsplit('/').next()?,
        "headSha": old["afterSha"].as_str(),
        "baseSha": old["cursorSha"].as_str(),
        "forced": false,
        "occurrence": 0,
        "generation": 0,
        "movesCursor": true,
        "affectedSpaceIds": [old["spaceId"].as_i64()?],
        "maxAttempts": super::limits::MAX_ATTEMPTS,
        "deliveryId": null,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_round_trip_through_the_log_columns() {
        let payload = Payload::SourceUpdated {
            name: None,
            source_type: None,
            repo: Some(None),
            branch: None,
        };
        let (event_type, json) = payload.to_parts();
        assert_eq!(event_type, "source.updated");
        assert_eq!(
            Payload::from_parts(&event_type, PAYLOAD_VERSION, json).unwrap(),
            payload
        );
    }

    #[test]
    fn seed_004_the_older_queued_job_becomes_a_fan_out_of_one() {
        let old = serde_json::json!({
            "spaceId": 3, "sourceId": 7, "integrationId": 42, "killSandbox": false,
            "eventJrn": "jrn::path:/home/global/sources/github/org/backend/main", "afterSha": "b", "cursorSha": "a"
        });
        let Payload::JobQueued(queued) = Payload::from_parts("job.queued", 0, old).unwrap() else {
            panic!("not a queued job")
        };
        assert_eq!(queued.affected_space_ids, [SpaceId(3)]);
        assert_eq!(queued.branch, "main");
        assert_eq!(queued.head_sha.as_deref(), Some("b"));
    }

    #[test]
    fn a_newer_payload_is_refused_with_the_remedy() {
        let error = Payload::from_parts("source.enabled", 9, Value::Null).unwrap_err();
        assert!(error.to_string().contains("use a newer one"));
    }
}
