//! From rows to wire types, purely.

use super::facts::Facts;
use crate::api::job::LeaseView;
use crate::api::{
    Binding, CloneCredential, Cursor, CursorMove, CursorState, Delivery, DocRef, Head, Integration,
    Job, JobError, JobSpace, Source, SourcePage, Space, Step, Token,
};
use crate::base::Timestamp;
use crate::domain::diagnosis;
use crate::domain::row::{
    BindingRow, DeliveryRow, DocumentRef, IntegrationRow, JobRow, JobSpaceRow, SourceRow, SpaceRow,
    TokenRow,
};

/// A source.
pub fn source(row: &SourceRow, facts: &Facts) -> Source {
    let ground = facts.grounds.get(&row.id);
    let (state, state_since) = ground.map_or((CursorState::Unknown, None), diagnosis::state);
    Source {
        id: row.id,
        name: row.name.clone(),
        source_type: row.source_type,
        repo: row.repo.clone(),
        branch: row.branch.clone(),
        integration_id: row.integration_id,
        enabled: row.enabled,
        paused: row.paused.clone(),
        cursor: row.cursor.as_ref().map(|c| Cursor {
            value: c.value.clone(),
            updated_at: c.updated_at,
        }),
        created_at: row.created_at,
        updated_at: row.updated_at,
        kind: row.kind(),
        version: row.version,
        cursor_version: row.cursor_version,
        generation: row.generation,
        state,
        state_since,
        primary: ground.and_then(diagnosis::primary),
        head: row
            .head_sha
            .clone()
            .zip(row.head_at)
            .map(|(sha, at)| Head { sha, at }),
        pending_since: row.pending_since,
        commits_behind: row.commits_behind,
        history: row.history.clone(),
        moved: moved(row),
        created_by: Some(row.created_by.clone()),
    }
}

fn moved(row: &SourceRow) -> Option<CursorMove> {
    row.cursor.as_ref().map(|c| CursorMove {
        job_id: row.cursor_job_id,
        at: c.updated_at,
    })
}

/// A source's own page.
pub fn source_page(row: &SourceRow, facts: &Facts) -> SourcePage {
    let ground = facts.grounds.get(&row.id);
    SourcePage {
        source: source(row, facts),
        conditions: ground.map(diagnosis::conditions).unwrap_or_default(),
        lease: ground
            .and_then(|g| g.lease.as_ref())
            .map(|lease| LeaseView {
                job_id: lease.job_id,
                epoch: lease.epoch,
                runner: lease.runner.clone(),
                expires_at: lease.expires_at,
            }),
        looked_at: ground.and_then(|g| g.looked.flatten()),
    }
}

/// A space.
pub fn space(row: &SpaceRow) -> Space {
    Space {
        id: row.id,
        name: row.name.clone(),
        slug: row.slug.clone(),
        description: row.description.clone(),
        runtime_mode: row.runtime_mode,
        sandbox: row.sandbox,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
        documents: row.documents,
    }
}

/// A binding.
pub fn binding(row: &BindingRow, facts: &Facts) -> Binding {
    let watch = facts
        .source_names
        .get(&row.source_id)
        .and_then(|name| facts.watches.get(&row.space_id)?.get(name));
    let outcome = facts.outcomes.get(&(row.source_id, row.space_id));
    Binding {
        space_id: row.space_id,
        source_id: row.source_id,
        jrn_pattern: row.jrn_pattern.clone(),
        enabled: row.enabled,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
        documents: watch.map_or(0, |w| w.documents),
        watches: watch.map(|w| w.patterns.clone()).unwrap_or_default(),
        last_outcome: outcome.map(|o| o.status),
        last_outcome_at: outcome.and_then(|o| o.finished_at.or(o.started_at)),
    }
}

/// An integration.
pub fn integration(row: &IntegrationRow, facts: &Facts) -> Integration {
    Integration {
        id: row.id,
        provider: row.provider,
        name: row.name.clone(),
        repo: row.repo.clone(),
        account: row.account.clone(),
        status: row.status,
        status_detail: row.status_detail.clone(),
        last_checked_at: row.last_checked_at,
        credential: row.credential.as_ref().map(|it| CloneCredential {
            user: it.user.clone(),
            fingerprint: it.fingerprint.clone(),
            set_at: it.set_at,
        }),
        webhook_url: format!(
            "{}/api/webhooks/{}/{}",
            facts.public_url, row.provider, row.id
        ),
        source_ids: facts.linked.get(&row.id).cloned().unwrap_or_default(),
        previous_secret_valid_until: row.secrets.iter().filter_map(|it| it.valid_until).max(),
        refused_signatures: facts.refused.get(&row.id).copied().unwrap_or(0),
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    }
}

/// A job.
pub fn job(row: &JobRow, facts: &Facts) -> Job {
    Job {
        id: row.id,
        kind: row.kind,
        status: row.status,
        source_id: row.source_id,
        integration_id: row.integration_id,
        event_jrn: row.event_jrn.clone(),
        branch: Some(row.branch.clone()),
        head_sha: row.head_sha.clone(),
        base_sha: row.base_sha.clone(),
        base_reason: row.base_reason,
        affected_space_ids: row.affected_space_ids.clone(),
        attempt: row.attempt,
        max_attempts: row.max_attempts,
        runner: row.runner.clone(),
        epoch: row.epoch,
        steps: row
            .steps
            .iter()
            .map(|s| Step {
                name: s.name,
                status: s.status,
                started_at: s.started_at,
                finished_at: s.finished_at,
                detail: s.detail.clone(),
            })
            .collect(),
        spaces: facts
            .job_spaces
            .get(&row.id)
            .map(|spaces| spaces.iter().map(job_space).collect())
            .unwrap_or_default(),
        superseded_by: row.superseded_by,
        error: row.error.as_ref().map(|e| JobError {
            code: e.code.clone(),
            message: e.message.clone(),
        }),
        delivery_id: row.delivery_id.clone(),
        runtime_mode: row.runtime_mode,
        agent_turn: row.agent_turn.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        next_attempt_at: row.next_attempt_at,
        version: row.version,
    }
}

fn job_space(row: &JobSpaceRow) -> JobSpace {
    let docs = |docs: &[DocumentRef]| {
        docs.iter()
            .map(|d| DocRef {
                doc_id: d.doc_id.clone(),
                path: d.path.clone(),
            })
            .collect()
    };
    JobSpace {
        space_id: row.space_id,
        status: row.status,
        phase: row.phase.clone(),
        impacted_docs: docs(&row.impacted_docs),
        updated_docs: docs(&row.updated_docs),
        error: row.error.clone(),
        thread_id: row.thread_id.clone(),
        attempt: row.attempt,
        started_at: row.started_at,
        finished_at: row.finished_at,
    }
}

/// A delivery.
pub fn delivery(row: &DeliveryRow) -> Delivery {
    Delivery {
        id: row.id,
        integration_id: row.integration_id,
        provider: row.provider,
        event: row.event.clone(),
        delivery_id: row.delivery_id.clone(),
        status: row.status,
        reason: row.reason.clone(),
        git_ref: row.git_ref.clone(),
        before: row.before_sha.clone(),
        after: row.after_sha.clone(),
        job_ids: row.job_ids.clone(),
        duplicate_of: row.duplicate_of.clone(),
        received_at: row.received_at,
    }
}

/// A token, without its secret.
pub fn token(row: &TokenRow, last_used_at: Option<Timestamp>) -> Token {
    Token {
        id: row.id,
        name: row.name.clone(),
        role: row.role,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at,
    }
}
