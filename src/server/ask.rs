//! Reading: a question in the form of a rule over a view, answered in one read transaction.

use super::app::App;
use super::fault::Fault;
use crate::api::{OrgId, Sequence};
use crate::domain::view::{Stop, View};
use crate::store::Scope;

/// No question asks again more often than this; one that does is a fault of ours.
const ROUNDS: usize = 32;

/// Asks until the question needs nothing more, all of one moment: the position that comes with the answer.
pub async fn ask<T: Send>(
    app: &App,
    org: OrgId,
    question: impl Fn(&View) -> Result<T, Stop> + Send,
) -> Result<(T, Sequence), Fault> {
    let mut answer: Option<Result<T, Fault>> = None;
    let (told, mut rounds) = (&mut answer, 0);
    let mut next = move |view: &View| {
        rounds += 1;
        let reply = match question(view) {
            Err(Stop::Need(needs)) if rounds < ROUNDS => return needs,
            Err(Stop::Need(_)) => {
                tracing::error!("a question asked for more and more");
                Err(Fault::internal())
            }
            Ok(reply) => Ok(reply),
            Err(Stop::Reject(rejection)) => Err((*rejection).into()),
        };
        *told = Some(reply);
        Vec::new()
    };
    let (_, sequence) = app.store.converse(Scope::Org(org), &mut next).await?;
    let answer = answer.unwrap_or_else(|| Err(Fault::internal()))?;
    Ok((answer, sequence))
}
