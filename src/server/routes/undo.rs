//! Taking back an event of the log, whoever did it (engine.md: Undo).

use std::num::NonZeroU32;

use axum::http::{Method, StatusCode};

use crate::api::{Code, Role, Sequence};
use crate::domain::event::Event;
use crate::domain::row::{Key, Row};
use crate::domain::undo::{Newer, Subject, UndoEvent, subject};
use crate::domain::view::{Need, View};
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::store::{EventFilter, Scope};

/// Looked through at once for what came later.
const PAGE: NonZeroU32 = NonZeroU32::new(500).expect("500 is not 0");
/// Something that changes between looking and writing is looked at again.
const TRIES: usize = 3;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/events/{sequence}/undo",
            Access::Role(Role::Operator),
            "Takes back what an event did, unless something later depends on it; gives what it changed, as it is then.",
            |c| Box::pin(undo(c)),
        )
        .answers(200),
    ]
}

async fn undo(mut c: Context) -> Result<Answer, Fault> {
    let sequence: i64 = c.id("sequence")?;
    if sequence < 1 {
        return Err(Fault::field("/sequence", "positions of the log are from 1"));
    }
    let body = c.bytes().await?;
    let event = find(&c, Sequence(sequence)).await?;
    let about = subject(&event)?;
    if !c.caller.role.allows(about.role) {
        return Err(Fault::new(
            Code::Forbidden,
            format!(
                "Undoing this takes the role {}; the token `{}` has the role {}.",
                about.role, c.caller.name, c.caller.role
            ),
        ));
    }
    let before = if about.needs_before {
        before(&c, &event, &about.key).await?
    } else {
        None
    };
    let table = about.key.table();
    let mut tries = 1;
    loop {
        // The version first: what comes between it and the events is refused by it.
        let expected = version(&c, &about.key).await?;
        let command = UndoEvent {
            event: Box::new(event.clone()),
            before: before.clone(),
            newer: newer(&c, &event, &about).await?,
            expected,
        };
        match c.submit_caused(&event.event_id, &body, command).await {
            Err(fault) if fault.0.code == Code::Precondition && tries < TRIES => tries += 1,
            done => return c.answer_row(done?, table, StatusCode::OK).await,
        }
    }
}

async fn find(c: &Context, sequence: Sequence) -> Result<Event, Fault> {
    let filter = EventFilter {
        org: Some(c.caller.org.id),
        ..EventFilter::default()
    };
    let page = c
        .app
        .store
        .events(&filter, Sequence(sequence.0 - 1), NonZeroU32::MIN)
        .await?;
    let event = page.events.into_iter().next();
    event
        .filter(|it| it.sequence == sequence)
        .ok_or_else(|| Fault::missing("Event", format!("@{sequence}")))
}

/// The row as it was just before the event.
async fn before(c: &Context, event: &Event, key: &Key) -> Result<Option<Row>, Fault> {
    let need = Need::Row(key.clone());
    let asked = need.clone();
    let question = Box::new(move |view: &View| view.require([asked.clone()]));
    let then = Sequence(event.sequence.0 - 1);
    let view = c.app.store.past(c.caller.org.id, then, question).await?;
    Ok(view.and_then(|view| view.known_row(&need).cloned()))
}

async fn version(c: &Context, key: &Key) -> Result<Option<i64>, Fault> {
    let need = Need::Row(key.clone());
    let (view, _) = c
        .app
        .store
        .read(Scope::Org(c.caller.org.id), vec![need.clone()])
        .await?;
    Ok(match view.known_row(&need) {
        Some(Row::Sources(row)) => Some(row.version),
        Some(Row::Spaces(row)) => Some(row.version),
        Some(Row::SpaceSources(row)) => Some(row.version),
        Some(Row::Jobs(row)) => Some(row.version),
        _ => None,
    })
}

/// The newest later event that changed the same.
async fn newer(c: &Context, event: &Event, about: &Subject) -> Result<Option<Newer>, Fault> {
    let filter = EventFilter {
        org: Some(c.caller.org.id),
        stream: Some(event.stream.clone()),
        types: about.types.iter().map(|it| (*it).to_owned()).collect(),
        backwards: true,
        ..EventFilter::default()
    };
    let mut from = Sequence::default();
    loop {
        let page = c.app.store.events(&filter, from, PAGE).await?;
        for later in &page.events {
            if later.sequence <= event.sequence {
                return Ok(None);
            }
            if let Some(newer) = Newer::of(event, later) {
                return Ok(Some(newer));
            }
        }
        match page.next {
            Some(next) => from = next,
            None => return Ok(None),
        }
    }
}
