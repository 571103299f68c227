//! The org's read model as it is, on its way out piece by piece: an org may have so many sources that neither they nor their
//! text should lie in memory together, and who reads the answer has the first while the last are still in the database.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use futures_util::stream;

use super::app::App;
use super::ask::ask;
use super::conflicts;
use super::context::Context;
use super::fault::Fault;
use super::reply::Answer;
use super::wire::Wire;
use super::wire::ground::{Sheet, owned};
use crate::api::{Org, Sequence, Snapshot};
use crate::domain::row::{
    BindingRow, DeliveryRow, IntegrationRow, JobRow, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, Test};

/// Jobs and deliveries of a snapshot; older ones are asked for by list.
pub const RECENT: u32 = 200;

/// Sources of a piece.
const PIECE: u32 = 1_000;

/// What is read in the first transaction.
struct Rows {
    sources: Vec<SourceRow>,
    spaces: Vec<SpaceRow>,
    bindings: Vec<BindingRow>,
    integrations: Vec<IntegrationRow>,
    jobs: Vec<JobRow>,
    deliveries: Vec<DeliveryRow>,
}

/// Where the answer is.
enum Next {
    /// Position and org, and that the sources follow.
    Opening,
    /// The sources at hand, and those behind them.
    Sources,
    /// Everything else.
    Rest,
    /// Nothing.
    End,
}

/// An answer under way.
struct Present {
    app: Arc<App>,
    org: Org,
    sequence: Sequence,
    rows: Rows,
    sheet: Sheet,
    next: Next,
    /// A source was written, so that a comma belongs before the next.
    begun: bool,
}

/// The answer. An org of up to a thousand sources is as it was at one position. Of a larger one, further sources are read by
/// pages after that: none is older than the position, and following the feed from there brings all to the same moment.
/// Derived columns likewise may be newer than the position, never older.
pub async fn respond(c: &Context) -> Result<Answer, Fault> {
    let org = c.caller.org.clone();
    let jobs = Find::all(Table::Jobs).newest("id").limit(RECENT);
    let deliveries = Find::all(Table::Deliveries).newest("id").limit(RECENT);
    let finds = [
        page(None),
        Find::all(Table::Spaces),
        Find::all(Table::SpaceSources),
        Find::all(Table::Integrations),
        jobs.clone(),
        deliveries.clone(),
    ];
    let (rows, sequence) = ask(&c.app, org.id, |view| {
        view.require(finds.iter().cloned().map(Need::Find))?;
        Ok(Rows {
            sources: owned(view.find(page(None))?),
            spaces: owned(view.find(Find::all(Table::Spaces))?),
            bindings: owned(view.find(Find::all(Table::SpaceSources))?),
            integrations: owned(view.find(Find::all(Table::Integrations))?),
            jobs: owned(view.find(jobs.clone())?),
            deliveries: owned(view.find(deliveries.clone())?),
        })
    })
    .await?;
    let present = Present {
        app: Arc::clone(&c.app),
        sheet: Sheet::load(&c.app, org.id).await?,
        org,
        sequence,
        rows,
        next: Next::Opening,
        begun: false,
    };
    let pieces = stream::try_unfold(present, |mut present| async {
        match present.piece().await {
            Ok(Some(piece)) => Ok(Some((piece, present))),
            Ok(None) => Ok(None),
            // The status is sent already: an answer that ends early is told apart by that alone.
            Err(Fault(problem)) => {
                tracing::error!(detail = problem.detail, "a snapshot ended early");
                Err(std::io::Error::other(problem.detail))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(Answer::raw(response).sequence(sequence))
}

fn page(after: Option<i64>) -> Find {
    let find = Find::all(Table::Sources).oldest("id").limit(PIECE);
    match after {
        Some(id) => find.test("id", Test::Above(id.into())),
        None => find,
    }
}

impl Present {
    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        let text = match self.next {
            Next::Opening => {
                self.next = Next::Sources;
                Self::around(&self.snapshot())?.0
            }
            Next::Sources => {
                let rows = std::mem::take(&mut self.rows.sources);
                let text = self.sources(&rows)?;
                if rows.len() < PIECE as usize {
                    self.next = Next::Rest;
                } else {
                    let after = page(rows.last().map(|row| row.id.0));
                    let further = ask(&self.app, self.org.id, |view| {
                        Ok(owned(view.find::<SourceRow>(after.clone())?))
                    });
                    self.rows.sources = further.await?.0;
                }
                text
            }
            Next::Rest => {
                self.next = Next::End;
                Self::around(&self.rest().await?)?.1
            }
            Next::End => return Ok(None),
        };
        Ok(Some(text.into()))
    }

    fn sources(&mut self, rows: &[SourceRow]) -> Result<String, Fault> {
        let mut text = String::new();
        for source in Wire::sources_of(&self.sheet, rows, self.app.now()) {
            if std::mem::replace(&mut self.begun, true) {
                text.push(',');
            }
            text += &serde_json::to_string(&source).map_err(|_| Fault::internal())?;
        }
        Ok(text)
    }

    async fn rest(&self) -> Result<Snapshot, Fault> {
        let wire = Wire::new(&self.app, self.org.id);
        let conflicts = conflicts::current(&self.app, self.org.id).await?;
        Ok(Snapshot {
            spaces: Wire::spaces(&self.rows.spaces),
            bindings: wire.bindings(&self.rows.bindings).await?,
            integrations: wire.integrations(&self.rows.integrations).await?,
            jobs: wire.jobs(&self.rows.jobs).await?,
            deliveries: Wire::deliveries(&self.rows.deliveries),
            conflicts: conflicts.as_ref().clone(),
            ..self.snapshot()
        })
    }

    /// With nothing in it yet.
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            snapshot_sequence: self.sequence,
            org: self.org.clone(),
            sources: Vec::new(),
            spaces: Vec::new(),
            bindings: Vec::new(),
            integrations: Vec::new(),
            jobs: Vec::new(),
            deliveries: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    /// The text before and behind the sources, of a snapshot without any.
    fn around(snapshot: &Snapshot) -> Result<(String, String), Fault> {
        const LIST: &str = "\"sources\":[";
        let text = serde_json::to_string(snapshot).map_err(|_| Fault::internal())?;
        // Inside a text the quotes of this would be escaped, so it stands at the list alone.
        let at = text.find(LIST).ok_or_else(Fault::internal)? + LIST.len();
        Ok((text[..at].to_owned(), text[at..].to_owned()))
    }
}
