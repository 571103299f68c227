//! What the adapter of a thread remembers of its session, so that another process can find it again: side state, opaque
//! to us, written by the run that drives the thread (orchestration.md: sessions).

use serde_json::Value;

use super::asked::Asked;
use crate::domain::id::ThreadId;
use crate::domain::job::RunFence;
use crate::domain::kind::{RuntimeMode, RuntimeStatus};
use crate::domain::row::{Key, Row, SessionRuntimeRow};
use crate::domain::view::{Decider, Decision, Need, Reply, Stop, View};

/// Keeps the adapter's state of a thread: merged with what is there, what is absent stays.
#[derive(Debug)]
pub struct KeepSession {
    /// Whose.
    pub thread_id: ThreadId,
    /// Which provider. Another than before: what its predecessor remembered is of no use to it and goes.
    pub provider_name: String,
    /// Which adapter owns the opaque columns; the provider's name when none was ever given.
    pub adapter_key: Option<String>,
    /// What it may do without asking; the thread's mode at first.
    pub runtime_mode: Option<RuntimeMode>,
    /// Where it stands; `starting` at first.
    pub status: Option<RuntimeStatus>,
    /// How the adapter finds its session again; an inner `None` forgets it.
    pub resume_cursor: Option<Option<Value>>,
    /// What else it remembers: an object is merged key by key into an object, anything else replaces; an inner `None`
    /// forgets it.
    pub runtime_payload: Option<Option<Value>>,
    /// The run that drives the thread.
    pub run: RunFence,
}

impl Decider for KeepSession {
    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let asked = Asked {
            view,
            kind: "session.keep",
        };
        let key = Key::ProviderSessionRuntime(self.thread_id.clone());
        view.require([
            Need::Row(Key::Jobs(self.run.job_id)),
            Need::Row(Key::ProjectionThreads(self.thread_id.clone())),
            Need::Row(key.clone()),
        ])?;
        let job = self.run.check(view)?;
        if !job.works_on(&self.thread_id) {
            return Err(asked.forbidden(format!(
                "Thread {} is not of run #{}, which works on those of its own spaces only.",
                self.thread_id, job.id
            )));
        }
        let thread = asked.thread(&self.thread_id)?;
        let provider_name = asked.name("/providerName", &self.provider_name)?;
        let before: Option<&SessionRuntimeRow> = view.row::<SessionRuntimeRow>(key.clone())?;
        let same = before.filter(|row| row.provider_name == provider_name);
        let adapter_key = asked
            .name_or_none("/adapterKey", self.adapter_key.as_deref())?
            .or_else(|| same.map(|row| row.adapter_key.clone()))
            .unwrap_or_else(|| provider_name.clone());
        let row = SessionRuntimeRow {
            org_id: view.org(),
            thread_id: self.thread_id.clone(),
            provider_name,
            adapter_key,
            runtime_mode: self
                .runtime_mode
                .or_else(|| before.map(|row| row.runtime_mode))
                .unwrap_or(thread.runtime_mode),
            status: self
                .status
                .or_else(|| before.map(|row| row.status))
                .unwrap_or(RuntimeStatus::Starting),
            last_seen_at: view.now(),
            resume_cursor: match &self.resume_cursor {
                Some(given) => given.clone(),
                None => same.and_then(|row| row.resume_cursor.clone()),
            },
            runtime_payload: merged(
                same.and_then(|row| row.runtime_payload.as_ref()),
                self.runtime_payload.as_ref(),
            ),
            lease_token: Some(self.run.run_token_hash.clone()),
        };
        Ok(Decision {
            side: vec![Row::from(row)],
            reply: Reply::Done,
            ..Decision::default()
        })
    }
}

fn merged(before: Option<&Value>, given: Option<&Option<Value>>) -> Option<Value> {
    match (before, given) {
        (before, None) => before.cloned(),
        (Some(Value::Object(before)), Some(Some(Value::Object(given)))) => {
            let mut merged = before.clone();
            merged.extend(given.clone());
            Some(Value::Object(merged))
        }
        (_, Some(given)) => given.clone(),
    }
}
