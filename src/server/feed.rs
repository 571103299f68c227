//! The live feed: the log as events, or as the rows that they changed (engine.md: live feed). Each subscriber goes on from
//! the position it has; the head of the store is a hint, the log is the truth, so that nothing is missed or repeated.

mod pages;

pub use pages::Pages;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;

use self::pages::{Told, Wanted};
use super::app::App;
use super::ask::ask;
use super::auth::{self, Caller};
use super::conflicts;
use super::fault::Fault;
use super::wire::Wire;
use crate::api::{self, OrgId, RowChange, RowsFrame, Sequence};
use crate::domain::event::{Event, Payload, Stream};
use crate::domain::row::{
    BindingRow, DeliveryRow, IntegrationRow, JobRow, Key, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, Scalar, Test};
use crate::store::{EventFilter, EventPage};

/// Events in one frame or page.
const BATCH: NonZeroU32 = NonZeroU32::new(500).expect("not zero");
/// A comment this often tells both ends that the other is there.
const BEAT: Duration = Duration::from_secs(5);
/// What time alone changes (a cursor that begins to lag) is looked for this often.
const TIME_PASSES: Duration = Duration::from_secs(30);

/// What is followed cannot be followed on: the snapshot has to be loaded again.
const RESYNC: &[u8] = b"event: resync\ndata: {}\n\n";

/// Who follows, and from where.
pub struct Follower {
    app: Arc<App>,
    org: OrgId,
    caller: Caller,
    filter: EventFilter,
    after: Sequence,
    rows: bool,
    /// Over once rows were written anew beside the log.
    rebuilt: CancellationToken,
    /// The head that it has heard of; `None` before it has looked for the first time.
    heard: Option<Sequence>,
    looked: tokio::time::Instant,
    states: Vec<(api::SourceId, api::CursorState)>,
    /// What had to be said last has been said.
    done: bool,
    /// Whoever follows uses the server, however quiet it is.
    _entered: super::activity::Entered,
    _counted: super::metrics::Following,
}

impl Follower {
    /// Follows an org's log after a position.
    pub fn new(
        app: &Arc<App>,
        filter: EventFilter,
        caller: &Caller,
        after: Sequence,
        rows: bool,
    ) -> Self {
        Self {
            app: Arc::clone(app),
            org: caller.org.id,
            caller: caller.clone(),
            rebuilt: app.rebuilt(),
            filter,
            after,
            rows,
            heard: None,
            looked: tokio::time::Instant::now(),
            states: Vec::new(),
            done: false,
            _entered: app.activity.enter(),
            _counted: app.metrics.follows(),
        }
    }

    /// The response: a stream that ends when the server does.
    pub fn respond(self) -> Response<Body> {
        let opening = stream::once(async {
            Ok::<_, std::convert::Infallible>(Bytes::from_static(b": jolli\n\n"))
        });
        let mut response = Response::new(Body::from_stream(opening.chain(self.stream())));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }

    fn stream(self) -> BoxStream<'static, Result<Bytes, std::convert::Infallible>> {
        stream::unfold(Some(self), |follower| async {
            let mut follower = follower?;
            match follower.next().await {
                Ok(Some(text)) => Some((Ok(text), Some(follower))),
                // The server shuts down: the stream ends, and the follower goes on elsewhere from its position.
                Ok(None) => None,
                Err(fault) => {
                    tracing::warn!(detail = fault.0.detail, "a feed ended");
                    None
                }
            }
        })
        .boxed()
    }

    /// The next piece of text: what happened, a beat, or `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.done {
            return Ok(None);
        }
        let (mut head, stop) = (self.app.store.head(), self.app.stop.clone());
        loop {
            let hint = *head.borrow_and_update();
            // Nothing has happened since it looked, as far as anybody here knows; whoever appends says so.
            if self.heard != Some(hint) {
                let told = tokio::select! {
                    told = self.told(hint) => told?,
                    () = stop.cancelled() => return Ok(None),
                };
                if told.head < self.after {
                    // The database is another one, or an older copy: nothing can follow from this position.
                    self.done = true;
                    return Ok(Some(Bytes::from_static(RESYNC)));
                }
                if let Some((text, last)) = told.text {
                    self.after = last;
                    return Ok(Some(text));
                }
                // Nothing up to there is for it, and need not be looked through again.
                self.after = told.head;
                self.heard = Some(hint);
            }
            if self.looked.elapsed() >= TIME_PASSES {
                self.looked = tokio::time::Instant::now();
                if !auth::holds(&self.app, &self.caller).await? {
                    // Whoever asks again is told why.
                    return Ok(None);
                }
                if self.rows
                    && let Some(text) = self.time_passed(hint).await?
                {
                    return Ok(Some(text.into()));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                () = self.rebuilt.cancelled() => {
                    // Rows are other ones, and no event says which.
                    self.done = true;
                    return Ok(Some(Bytes::from_static(RESYNC)));
                }
                changed = head.changed() => if changed.is_err() { return Ok(None) },
                () = tokio::time::sleep(BEAT) => return Ok(Some(Bytes::from_static(b":\n\n"))),
            }
        }
    }

    /// What happened after its position, up to `heard` at least where one page holds it.
    async fn told(&self, heard: Sequence) -> Result<Told, Fault> {
        let wanted = Wanted {
            org: self.org,
            filter: self.filter.clone(),
            rows: self.rows,
            after: self.after,
            heard,
        };
        self.app.feed.get(wanted, || self.read()).await
    }

    async fn read(&self) -> Result<Told, Fault> {
        let page = self
            .app
            .store
            .events(&self.filter, self.after, BATCH)
            .await?;
        let text = match page.events.last().map(|event| event.sequence) {
            None => None,
            Some(last) if self.rows => {
                let frame = RowsFrame {
                    sequence: last,
                    head: page.head.max(last),
                    changes: changes(&self.app, self.org, &page.events).await?,
                };
                Some((rows_event(&frame).into(), last))
            }
            Some(last) => Some((plain(&page).into(), last)),
        };
        Ok(Told {
            text,
            head: page.head,
        })
    }

    /// Sources whose state is another one than when it was looked at last, though nothing happened to them.
    async fn time_passed(&mut self, head: Sequence) -> Result<Option<String>, Fault> {
        let pending = Find::all(Table::Sources).test("pending_since", Test::NotNull);
        let (rows, _) = ask(&self.app, self.org, |view| {
            Ok(view
                .find::<SourceRow>(pending.clone())?
                .into_iter()
                .cloned()
                .collect::<Vec<_>>())
        })
        .await?;
        let sources = Wire::new(&self.app, self.org).sources(&rows).await?;
        let states = sources.iter().map(|s| (s.id, s.state)).collect();
        let before = std::mem::replace(&mut self.states, states);
        let changed: Vec<RowChange> = sources
            .into_iter()
            .filter(|s| !before.contains(&(s.id, s.state)))
            .map(|s| put(api::Row::Source(Box::new(s))))
            .collect();
        if changed.is_empty() {
            return Ok(None);
        }
        Ok(Some(rows_event(&RowsFrame {
            sequence: self.after,
            head: head.max(self.after),
            changes: changed,
        })))
    }
}

fn rows_event(frame: &RowsFrame) -> String {
    let json = serde_json::to_string(frame).expect("wire types are plain data");
    format!("id: {}\nevent: rows\ndata: {json}\n\n", frame.sequence)
}

fn plain(page: &EventPage) -> String {
    let mut text = String::new();
    for event in &page.events {
        let json =
            serde_json::to_string(&api::Event::from(event)).expect("wire types are plain data");
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "id: {}\nevent: event\ndata: {json}\n\n",
            event.sequence
        );
    }
    text
}

const fn put(row: api::Row) -> RowChange {
    RowChange::Put { row }
}

fn gone(kind: &str, id: impl std::fmt::Display) -> RowChange {
    RowChange::Gone {
        kind: kind.to_owned(),
        id: id.to_string(),
    }
}

/// What a batch of events touched.
#[derive(Default)]
struct Touched {
    sources: BTreeSet<i64>,
    spaces: BTreeSet<i64>,
    integrations: BTreeSet<i64>,
    jobs: BTreeSet<i64>,
    deliveries: BTreeSet<i64>,
    bindings: BTreeSet<(i64, i64)>,
    /// Spaces whose bindings all show something new: counts of their documents.
    whole_spaces: BTreeSet<i64>,
    /// Sources whose bindings show how a run ended.
    outcomes: BTreeSet<i64>,
    conflicts: bool,
}

impl Touched {
    fn of(events: &[Event]) -> Self {
        let mut touched = Self::default();
        for event in events {
            touched.conflicts |= conflicts::concerns(event);
            match &event.stream {
                // Threads are asked for through `/orchestration`, by their own sequence.
                Stream::Org(_) | Stream::Project(_) | Stream::Thread(_) => {}
                Stream::Integration(id) => {
                    touched.integrations.insert(id.0);
                    if let Payload::DeliveryReceived(received) = &event.payload {
                        touched.deliveries.insert(received.id.0);
                    }
                }
                Stream::Source(id) => {
                    touched.sources.insert(id.0);
                    match &event.payload {
                        Payload::SourceLinked { integration_id }
                        | Payload::SourceUnlinked { integration_id } => {
                            touched.integrations.insert(integration_id.0);
                        }
                        // Rules name sources: another name is watched by other documents.
                        Payload::SourceUpdated { name: Some(_), .. } => {
                            touched.outcomes.insert(id.0);
                        }
                        _ => {}
                    }
                }
                Stream::Space(id) => {
                    touched.spaces.insert(id.0);
                    match &event.payload {
                        Payload::SourceBound { source_id, .. }
                        | Payload::BindingUpdated { source_id, .. }
                        | Payload::SourceUnbound { source_id } => {
                            touched.bindings.insert((id.0, source_id.0));
                            touched.sources.insert(source_id.0);
                        }
                        Payload::DocsPushed { .. } | Payload::SpaceDeleted { .. } => {
                            touched.whole_spaces.insert(id.0);
                        }
                        _ => {}
                    }
                }
                Stream::Job(id) => {
                    touched.jobs.insert(id.0);
                }
            }
        }
        touched
    }
}

fn any(table: Table, column: &'static str, ids: &BTreeSet<i64>) -> Find {
    Find::all(table).test(
        column,
        Test::In(ids.iter().copied().map(Scalar::from).collect()),
    )
}

/// The rows as they are now of everything that the events touched, and of what shows something of it.
pub async fn changes(
    app: &Arc<App>,
    org: OrgId,
    events: &[Event],
) -> Result<Vec<RowChange>, Fault> {
    let mut touched = Touched::of(events);
    // Of a job also its source shows something, and the bindings that it ran for.
    let (jobs, _) = ask(app, org, |view| {
        Ok(view
            .find::<JobRow>(any(Table::Jobs, "id", &touched.jobs))?
            .into_iter()
            .cloned()
            .collect::<Vec<_>>())
    })
    .await?;
    for job in &jobs {
        touched.sources.insert(job.source_id.0);
        touched.outcomes.insert(job.source_id.0);
    }
    let ((sources, spaces, integrations, deliveries, bindings), _) = ask(app, org, |view| {
        let finds = [
            any(Table::Sources, "id", &touched.sources),
            any(Table::Spaces, "id", &touched.spaces),
            any(Table::Integrations, "id", &touched.integrations),
            any(Table::Deliveries, "id", &touched.deliveries),
            any(Table::SpaceSources, "space_id", &touched.whole_spaces),
            any(Table::SpaceSources, "source_id", &touched.outcomes),
        ];
        let keys = touched
            .bindings
            .iter()
            .map(|(space, source)| Key::SpaceSources(api::SpaceId(*space), api::SourceId(*source)));
        view.require(
            finds
                .iter()
                .cloned()
                .map(Need::Find)
                .chain(keys.clone().map(Need::Row)),
        )?;
        let [
            sources,
            spaces,
            integrations,
            deliveries,
            of_spaces,
            of_sources,
        ] = finds;
        let mut bindings: Vec<BindingRow> = Vec::new();
        bindings.extend(view.find::<BindingRow>(of_spaces)?.into_iter().cloned());
        bindings.extend(view.find::<BindingRow>(of_sources)?.into_iter().cloned());
        for key in keys {
            bindings.extend(view.row::<BindingRow>(key)?.cloned());
        }
        bindings.sort_by_key(|b| (b.space_id, b.source_id));
        bindings.dedup_by_key(|b| (b.space_id, b.source_id));
        Ok((
            super::wire::ground::owned(view.find::<SourceRow>(sources)?),
            super::wire::ground::owned(view.find::<SpaceRow>(spaces)?),
            super::wire::ground::owned(view.find::<IntegrationRow>(integrations)?),
            super::wire::ground::owned(view.find::<DeliveryRow>(deliveries)?),
            bindings,
        ))
    })
    .await?;

    let wire = Wire::new(app, org);
    let mut changes = Vec::new();
    let mut left = touched;
    for source in wire.sources(&sources).await? {
        left.sources.remove(&source.id.0);
        changes.push(put(api::Row::Source(Box::new(source))));
    }
    for space in Wire::spaces(&spaces) {
        left.spaces.remove(&space.id.0);
        changes.push(put(api::Row::Space(space)));
    }
    for binding in wire.bindings(&bindings).await? {
        left.bindings
            .remove(&(binding.space_id.0, binding.source_id.0));
        changes.push(put(api::Row::Binding(binding)));
    }
    for integration in wire.integrations(&integrations).await? {
        left.integrations.remove(&integration.id.0);
        changes.push(put(api::Row::Integration(integration)));
    }
    for job in wire.jobs(&jobs).await? {
        left.jobs.remove(&job.id.0);
        changes.push(put(api::Row::Job(Box::new(job))));
    }
    for delivery in Wire::deliveries(&deliveries) {
        left.deliveries.remove(&delivery.id.0);
        changes.push(put(api::Row::Delivery(delivery)));
    }
    // What was touched and is not there is gone.
    changes.extend(
        left.bindings
            .iter()
            .map(|(space, source)| gone("binding", format!("{space}/{source}"))),
    );
    changes.extend(left.sources.iter().map(|id| gone("source", id)));
    changes.extend(left.spaces.iter().map(|id| gone("space", id)));
    changes.extend(left.integrations.iter().map(|id| gone("integration", id)));
    changes.extend(left.jobs.iter().map(|id| gone("job", id)));
    changes.extend(left.deliveries.iter().map(|id| gone("delivery", id)));
    if left.conflicts {
        let findings = conflicts::current(app, org).await?;
        changes.push(put(api::Row::Conflicts(findings.as_ref().clone())));
    }
    Ok(changes)
}
