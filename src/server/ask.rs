//! Reading: a question in the form of a rule over a view, answered in one read transaction.

use super::app::App;
use super::fault::Fault;
use crate::api::{OrgId, Sequence};
use crate::domain::event::Actor;
use crate::domain::view::{Need, Stop, View};
use crate::store::Scope;

/// No question looks further than this; one that does is a fault of ours.
const ROUNDS: usize = 32;

/// Asks until the question needs nothing more. Each round reads everything asked for so far in one transaction, so the
/// answer is of one moment: the position that comes with it.
pub async fn ask<T>(
    app: &App,
    org: OrgId,
    question: impl Fn(&View) -> Result<T, Stop>,
) -> Result<(T, Sequence), Fault> {
    // What it needs first it says without anything read; an answer counts only with a position.
    let nothing = View::new(org, app.now(), Actor::system());
    let mut needs: Vec<Need> = match question(&nothing) {
        Err(Stop::Need(needs)) => needs,
        Ok(_) | Err(Stop::Reject(_)) => Vec::new(),
    };
    for _ in 0..ROUNDS {
        let (view, sequence) = app.store.read(Scope::Org(org), needs.clone()).await?;
        match question(&view) {
            Ok(answer) => return Ok((answer, sequence)),
            Err(Stop::Reject(rejection)) => return Err((*rejection).into()),
            Err(Stop::Need(more)) => needs.extend(more),
        }
    }
    tracing::error!("a question asked for more and more");
    Err(Fault::internal())
}
