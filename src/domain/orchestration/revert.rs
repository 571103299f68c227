//! Going back to a checkpoint in one write: the documents get their texts of then, the provider's session is forgotten, what
//! is later goes. Nothing of it can be half done (orchestration.md: checkpoints).

use serde::Serialize;
use serde_json::json;

use super::asked::Asked;
use super::{checkpoint, follow_up};
use crate::base::Timestamp;
use crate::domain::event::{Activity, NewEvent, Orchestration, Session, Stream};
use crate::domain::id::{ActivityId, ThreadId};
use crate::domain::kind::{ActivityTone, SessionStatus};
use crate::domain::row::{Key, SessionRow, ThreadRow};
use crate::domain::space::PushDocs;
use crate::domain::view::{Decider, Decision, Need, Reply, Stop, View};

/// A person wants a thread of a run back at one of its checkpoints.
#[derive(Debug)]
pub struct RevertThread {
    /// Which.
    pub thread_id: ThreadId,
    /// The checkpoint; 0 is the state before the first turn.
    pub turn_count: i64,
    /// When.
    pub created_at: Timestamp,
    /// What is told of it goes by this.
    pub activity_id: ActivityId,
    /// The texts of then, merged with what others changed since; none: all documents say it already.
    pub push: Option<PushDocs>,
    /// The documents, for the record.
    pub documents: Vec<Returned>,
}

/// A document that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// The document.
    pub file_id: String,
    /// Where it stands.
    pub path: String,
    /// Its version before.
    pub from_version: i64,
    /// Hex SHA-256 of what it said before: the way back from here.
    #[serde(rename = "blob")]
    pub said: Option<String>,
    /// `returned`; `merged`: others changed it since, elsewhere in it; `same`: it says so already; `gone`: it was deleted
    /// since, and stays so.
    pub how: &'static str,
}

const KIND: &str = "thread.checkpoint.revert";

/// The same, where its documents cannot go back. It is refused as any command is: one that was done before is told what it was
/// told then, whatever came after it.
#[derive(Debug)]
pub struct RefusedRevert {
    /// Why, and what to do.
    pub why: String,
}

impl Decider for RefusedRevert {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let asked = Asked { view, kind: KIND };
        Err(asked.conflict(&self.why))
    }
}

impl Decider for RevertThread {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let (id, at) = (&self.thread_id, self.created_at);
        let asked = Asked {
            view,
            kind: self.kind(),
        };
        let session_key = Key::ProjectionThreadSessions(id.clone());
        view.require([
            Need::Row(Key::ProjectionThreads(id.clone())),
            Need::Row(session_key.clone()),
        ])?;
        let mut decision = checkpoint::revert(asked, id, self.turn_count, at)?;
        follow_up::check_nobody_begins(asked, id)?;
        let thread: &ThreadRow = asked.thread(id)?;
        if let Some(push) = &self.push {
            let pushed = push.decide(view)?;
            let Reply::Value(reply) = &pushed.reply else {
                return Ok(pushed);
            };
            let results = reply["results"].as_array().into_iter().flatten();
            let refused = results
                .zip(&push.ops)
                .find(|(result, _)| result["status"] != "ok");
            if let Some((_, op)) = refused {
                return Err(asked.conflict(format!(
                    "{} is being changed by somebody else. Nothing went back; look at it, and try again.",
                    op.path
                )));
            }
            decision.events.extend(pushed.events);
        }
        if let Some(session) = view.row::<SessionRow>(session_key)? {
            decision.events.push(forgotten(session, thread, at));
            decision
                .side_gone
                .push(Key::ProviderSessionRuntime(id.clone()));
        }
        let back = checkpoint::taken_back(view, id, self.turn_count, at)?;
        decision.events.extend(back.events);
        decision.side_gone.extend(back.side_gone);
        decision.events.push(self.told());
        for document in &self.documents {
            decision = decision.follows(
                "document",
                format!("{}: {}", document.path, words(document)),
            );
        }
        Ok(decision.no_undo(
            "The turns and their diffs go; the texts stay in the versions of the documents.",
        ))
    }
}

impl RevertThread {
    fn told(&self) -> NewEvent {
        let n = self.turn_count;
        let changed = |it: &&Returned| matches!(it.how, "returned" | "merged");
        let changed = self.documents.iter().filter(changed).count();
        let what = if changed == 1 {
            "document"
        } else {
            "documents"
        };
        NewEvent::new(
            Stream::Thread(self.thread_id.clone()),
            Orchestration::ActivityAppended {
                thread_id: self.thread_id.clone(),
                activity: Activity {
                    id: self.activity_id.clone(),
                    tone: ActivityTone::Info,
                    kind: "checkpoint.reverted".to_owned(),
                    summary: format!("went back to checkpoint {n}: {changed} {what}"),
                    payload: json!({ "turnCount": n, "documents": self.documents }),
                    turn_id: None,
                    sequence: None,
                    created_at: self.created_at,
                },
            },
        )
        .at(self.created_at)
    }
}

fn words(document: &Returned) -> &'static str {
    match document.how {
        "returned" => "goes back to what it said",
        "merged" => "goes back, with what others changed since",
        "gone" => "was deleted since, and stays so",
        _ => "says so already",
    }
}

/// What the provider remembers is of turns that are no more: the next one begins without it.
fn forgotten(session: &SessionRow, thread: &ThreadRow, at: Timestamp) -> NewEvent {
    NewEvent::new(
        Stream::Thread(thread.thread_id.clone()),
        Orchestration::SessionSet {
            thread_id: thread.thread_id.clone(),
            session: Session {
                thread_id: thread.thread_id.clone(),
                status: SessionStatus::Idle,
                provider_name: session.provider_name.clone(),
                provider_session_id: None,
                provider_thread_id: None,
                runtime_mode: thread.runtime_mode,
                active_turn_id: None,
                last_error: None,
                updated_at: at,
            },
        },
    )
    .at(at)
}
