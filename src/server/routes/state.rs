//! The org's read model, now or as it was, and the log behind it.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::Method;
use axum::http::header::ACCEPT;

use crate::api::{self, Code, EventPage, Role, Sequence, Snapshot, SpaceStatus};
use crate::client::header;
use crate::domain::event::Stream;
use crate::impact::strict;
use crate::server::conflicts;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::feed::Follower;
use crate::server::past::{Past, group};
use crate::server::present;
use crate::server::reply::Answer;
use crate::server::wire::ground::{Raw, Sheet};
use crate::server::wire::{self, Facts, watches};
use crate::store::EventFilter;

const VIEWER: Access = Access::Role(Role::Viewer);
const PAGE: u32 = 500;
const LONGEST_PAGE: u32 = 5_000;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/snapshot",
            VIEWER,
            "Gives the org's read model, with the position to follow it from.",
            |c| Box::pin(snapshot(c)),
        )
        .query(&[("at", "As it was at this position of the log.")])
        .gives::<Snapshot>(200),
        Endpoint::new(
            Method::GET,
            "/events",
            VIEWER,
            "Gives a page of the log; with `Accept: text/event-stream` or `rows=1` it follows it.",
            |c| Box::pin(events(c)),
        )
        .query(&[
            ("after", "Only what came after this position."),
            ("limit", "At most so many on a page; 500 without it."),
            (
                "rows",
                "`1` follows the rows that change instead of the events.",
            ),
            (
                "type",
                "Only events of these types, with commas; a trailing `.` takes all that start so.",
            ),
            ("kind", "With `stream`: only of this kind of thing."),
            ("stream", "Only of this thing."),
            ("actor", "Only by this actor."),
            ("order", "`desc`: newest first, going back from `after`."),
        ])
        .gives::<EventPage>(200),
    ]
}

async fn snapshot(c: Context) -> Result<Answer, Fault> {
    match c.query.get::<i64>("at")? {
        Some(at) => {
            let snapshot = as_it_was(&c, Sequence(at)).await?;
            Ok(Answer::ok(&snapshot).sequence(snapshot.snapshot_sequence))
        }
        None => present::respond(&c).await,
    }
}

async fn as_it_was(c: &Context, at: Sequence) -> Result<Snapshot, Fault> {
    let Past {
        sources,
        spaces,
        bindings,
        integrations,
        documents,
        jobs,
        job_spaces,
        deliveries,
    } = Past::at(&c.app, c.caller.org.id, at).await?;
    let recent = present::RECENT as usize;

    let mut facts = Facts {
        public_url: c.app.public_url.get().cloned().unwrap_or_default(),
        source_names: sources.iter().map(|s| (s.id, s.name.clone())).collect(),
        watches: group(documents.clone(), |d| d.space_id)
            .iter()
            .map(|(space, documents)| (*space, Arc::new(watches::count(documents))))
            .collect(),
        ..Facts::default()
    };
    for source in &sources {
        if let Some(integration) = source.integration_id {
            facts.linked.entry(integration).or_default().push(source.id);
        }
    }
    for space in job_spaces
        .iter()
        .filter(|s| s.status != SpaceStatus::Queued)
    {
        // Ascending by job, so that the newest stays.
        facts
            .outcomes
            .insert((space.source_id, space.space_id), space.clone());
    }
    facts.job_spaces = group(job_spaces.clone(), |s| s.job_id);
    // The moment of the position is the present of that picture.
    let now = newest_moment(c, at).await?;
    let sheet = Sheet::of(Raw {
        integrations: integrations.clone(),
        spaces: spaces.clone(),
        bindings: bindings.clone(),
        jobs: jobs.clone(),
        job_spaces,
        deliveries: deliveries.clone(),
        // What is beside the log has no past.
        ..Raw::default()
    });
    facts.grounds = sources
        .iter()
        .map(|s| (s.id, sheet.facts(s, now)))
        .collect();
    let input = conflicts::input(&conflicts::Raw {
        sources: sources.clone(),
        spaces: spaces.clone(),
        bindings: bindings.clone(),
        documents,
    });
    Ok(Snapshot {
        snapshot_sequence: at,
        org: c.caller.org.clone(),
        sources: sources
            .iter()
            .map(|row| wire::source(row, &facts))
            .collect(),
        spaces: spaces.iter().map(wire::space).collect(),
        bindings: bindings
            .iter()
            .map(|row| wire::binding(row, &facts))
            .collect(),
        integrations: integrations
            .iter()
            .map(|row| wire::integration(row, &facts))
            .collect(),
        jobs: jobs
            .iter()
            .take(recent)
            .map(|row| wire::job(row, &facts))
            .collect(),
        deliveries: deliveries.iter().take(recent).map(wire::delivery).collect(),
        conflicts: strict::find(&input),
    })
}

async fn newest_moment(c: &Context, at: Sequence) -> Result<crate::base::Timestamp, Fault> {
    let filter = EventFilter {
        org: Some(c.caller.org.id),
        backwards: true,
        ..EventFilter::default()
    };
    let page = c
        .app
        .store
        .events(&filter, Sequence(at.0.saturating_add(1)), NonZeroU32::MIN)
        .await?;
    Ok(page
        .events
        .first()
        .map_or_else(|| c.app.now(), |event| event.recorded_at))
}

async fn events(c: Context) -> Result<Answer, Fault> {
    let mut filter = EventFilter {
        org: Some(c.caller.org.id),
        actor: c.query.text("actor").map(str::to_owned),
        ..EventFilter::default()
    };
    if let Some(types) = c.query.text("type") {
        filter.types = types.split(',').map(str::to_owned).collect();
    }
    match (c.query.text("kind"), c.query.text("stream")) {
        (None, None) => {}
        (Some(kind), Some(id)) => {
            let stream = Stream::parse(kind, id);
            filter.stream = Some(stream.ok_or_else(|| {
                Fault::new(Code::Invalid, format!("There is no stream {kind}/{id}"))
            })?);
        }
        _ => {
            return Err(Fault::new(
                Code::Invalid,
                "?kind= and ?stream= go together, such as ?kind=source&stream=7",
            ));
        }
    }
    filter.backwards = match c.query.text("order") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(Fault::new(Code::Invalid, "?order= is asc or desc")),
    };
    let last_seen = c
        .headers
        .get(header::LAST_EVENT_ID)
        .map(|id| {
            let id = id.to_str().ok().and_then(|id| id.parse::<i64>().ok());
            id.ok_or_else(|| {
                Fault::new(
                    Code::Invalid,
                    "Last-Event-ID is a position of the log, as an event's `id:` gave it",
                )
            })
        })
        .transpose()?;
    let after = last_seen.or(c.query.get::<i64>("after")?).unwrap_or(0);
    if after < 0 {
        return Err(Fault::new(
            Code::Invalid,
            "?after= is a position of the log, from 0",
        ));
    }
    let rows = match c.query.text("rows") {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => return Err(Fault::new(Code::Invalid, "?rows= is 1 or 0")),
    };
    let stream = c
        .header(ACCEPT.as_str())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if rows || stream {
        let filter = if rows {
            EventFilter {
                org: filter.org,
                ..EventFilter::default()
            }
        } else {
            EventFilter {
                backwards: false,
                ..filter
            }
        };
        let follower = Follower::new(&c.app, filter, &c.caller, Sequence(after), rows);
        return Ok(Answer::raw(follower.respond()));
    }
    let limit = c.query.get::<u32>("limit")?.unwrap_or(PAGE);
    let limit = NonZeroU32::new(limit.min(LONGEST_PAGE))
        .ok_or_else(|| Fault::new(Code::Invalid, "?limit=0 asks for nothing"))?;
    let page = c.app.store.events(&filter, Sequence(after), limit).await?;
    Ok(Answer::ok(&EventPage {
        events: page.events.iter().map(api::Event::from).collect(),
        next_sequence: page.next,
    }))
}
