//! The session of a thread as everybody sees it: set by its run, ended on a person's wish.

use serde_json::json;

use super::asked::{Asked, one};
use super::thread::of_at;
use super::turn;
use crate::base::Timestamp;
use crate::domain::event::{Activity, NewEvent, Orchestration, Session, Stream};
use crate::domain::id::{LONGEST_TEXT_ID, ThreadId};
use crate::domain::kind::{ActivityTone, SessionStatus, TurnStatus};
use crate::domain::row::{JobRow, JobSpaceRow, Key, SessionRow, Table, ThreadRow, TurnRow};
use crate::domain::view::{Decision, Find, Need, Stop, Test, View};

pub(super) fn set(
    asked: Asked<'_>,
    id: &ThreadId,
    session: &Session,
    at: Timestamp,
) -> Result<Decision, Stop> {
    let thread = asked.thread(id)?;
    if session.thread_id != *id {
        return Err(asked.invalid(
            "/session/threadId",
            format!(
                "the session is of thread '{}', and the command of '{id}'; name one thread in both",
                session.thread_id
            ),
        ));
    }
    let works = matches!(
        session.status,
        SessionStatus::Running | SessionStatus::Starting
    );
    if session.active_turn_id.is_some() && !works {
        return Err(asked.invalid(
            "/session/activeTurnId",
            format!(
                "a session that is {} works on no turn; leave activeTurnId null",
                session.status
            ),
        ));
    }
    if session.active_turn_id.is_some() {
        turn::not_reverting(asked, thread)?;
        check_turn(asked, thread, session)?;
    }
    let mut event = NewEvent::new(
        Stream::Thread(id.clone()),
        Orchestration::SessionSet {
            thread_id: id.clone(),
            session: session.clone(),
        },
    )
    .at(at);
    if let Some(theirs) = &session.provider_session_id {
        event = event.noting("providerSessionId", theirs.as_str());
    }
    if let Some(theirs) = &session.provider_thread_id {
        event = event.noting("providerThreadId", theirs.as_str());
    }
    Ok(one(event))
}

/// A provider may begin a turn that nobody asked for here, but not one of ours that was taken back.
fn check_turn(asked: Asked<'_>, thread: &ThreadRow, session: &Session) -> Result<(), Stop> {
    let Some(turn_id) = &session.active_turn_id else {
        return Ok(());
    };
    let key = Key::ProjectionThreadTurns(thread.thread_id.clone(), turn_id.clone());
    let there: Option<&TurnRow> = asked.view.row(key)?;
    if there.is_none()
        && (session.status == SessionStatus::Starting || turn::is_made(&thread.thread_id, turn_id))
    {
        turn::find(asked, &thread.thread_id, turn_id)?;
    }
    Ok(())
}

pub(super) fn stop(asked: Asked<'_>, id: &ThreadId, at: Timestamp) -> Result<Decision, Stop> {
    asked.thread(id)?;
    let session: Option<&SessionRow> = asked.view.row(Key::ProjectionThreadSessions(id.clone()))?;
    if session.is_none_or(|s| s.status == SessionStatus::Stopped) {
        return Err(asked.conflict(format!("Thread '{id}' has no session to stop.")));
    }
    let requested = Orchestration::SessionStopRequested {
        thread_id: id.clone(),
        created_at: at,
    };
    Ok(of_at(id, requested, at))
}

/// What follows the run that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Another attempt of its job: a turn that nobody began waits for it.
    Again,
    /// Nothing.
    Over,
}

/// Ends what the sessions of a run's threads are at, when the run itself ends or is gone: nobody works on them any more, so
/// nothing of them stays under way (orchestration.md: runs).
pub fn settle(
    view: &View,
    job: &JobRow,
    settled: Settled,
    why: &str,
) -> Result<Vec<NewEvent>, Stop> {
    let spaces: Vec<&JobSpaceRow> = view.find(
        Find::all(Table::JobSpaces)
            .is("job_id", job.id.0)
            .test("thread_id", Test::NotNull),
    )?;
    let threads: Vec<ThreadId> = spaces
        .iter()
        .map(|space| job.thread_of(space.space_id))
        .collect();
    let waits = (job.agent_turn.as_ref()).filter(|_| settled == Settled::Over);
    let waits =
        waits.map(|it| Key::ProjectionThreadTurns(it.thread_id.clone(), it.turn_id.clone()));
    let needs = threads.iter().flat_map(|id| {
        [
            Need::Row(Key::ProjectionThreads(id.clone())),
            Need::Row(Key::ProjectionThreadSessions(id.clone())),
        ]
    });
    view.require(needs.chain(waits.iter().cloned().map(Need::Row)))?;
    let mut events = Vec::new();
    if let Some(key) = waits
        && let Some(turn) = view.row::<TurnRow>(key)?
        && turn.status == TurnStatus::Pending
    {
        events.push(never_began(view, turn, why));
    }
    for id in threads {
        let thread: Option<&ThreadRow> = view.row(Key::ProjectionThreads(id.clone()))?;
        let session: Option<&SessionRow> = view.row(Key::ProjectionThreadSessions(id.clone()))?;
        let works = session.filter(|session| {
            matches!(
                session.status,
                SessionStatus::Starting | SessionStatus::Running
            )
        });
        let (Some(session), true) = (works, thread.is_some_and(|it| it.deleted_at.is_none()))
        else {
            continue;
        };
        events.push(NewEvent::new(
            Stream::Thread(id.clone()),
            Orchestration::SessionSet {
                thread_id: id.clone(),
                session: Session {
                    thread_id: id,
                    status: SessionStatus::Error,
                    provider_name: session.provider_name.clone(),
                    provider_session_id: session.provider_session_id.clone(),
                    provider_thread_id: session.provider_thread_id.clone(),
                    runtime_mode: session.runtime_mode,
                    active_turn_id: None,
                    last_error: Some(why.to_owned()),
                    updated_at: view.now(),
                },
            },
        ));
    }
    Ok(events)
}

/// A turn that was asked for, and that nobody begins any more.
fn never_began(view: &View, turn: &TurnRow, why: &str) -> NewEvent {
    let id = format!("never-began-{}", turn.turn_id);
    let id = id.chars().take(LONGEST_TEXT_ID).collect::<String>();
    NewEvent::new(
        Stream::Thread(turn.thread_id.clone()),
        Orchestration::ActivityAppended {
            thread_id: turn.thread_id.clone(),
            activity: Activity {
                id: id.parse().expect("begins with a word and is short enough"),
                tone: ActivityTone::Error,
                kind: "provider.turn.start.failed".to_owned(),
                summary: why.to_owned(),
                payload: json!({ "detail": why }),
                turn_id: Some(turn.turn_id.clone()),
                sequence: None,
                created_at: view.now(),
            },
        },
    )
}
