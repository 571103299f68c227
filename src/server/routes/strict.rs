//! Strict mode over the API: the same function as the command line's and the console's (sources.md §6).

use axum::http::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{Finding, Role, SpaceId};
use crate::impact::strict::{self, DocumentView, LocalView};
use crate::server::conflicts;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::server::run;

/// More than any project has; each is compared with each name.
const MOST_LOCAL: usize = 1_000;

/// `POST /strict`: what to check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StrictRequest {
    /// Only this space; absent: all.
    pub space_id: Option<SpaceId>,
    /// A project's documents; absent: those that the server has.
    pub documents: Option<Vec<DocumentView>>,
    /// A project's `.jolli`, where there is one.
    pub local: Option<LocalView>,
}

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/strict",
            Access::RoleOrRun(Role::Viewer),
            "Finds what is wrong between rules, sources, bindings and mounts.",
            |c| Box::pin(check(c)),
        )
        .takes::<StrictRequest>()
        .lists::<Finding>()
        .up_to(8 << 20),
    ]
}

async fn check(mut c: Context) -> Result<Answer, Fault> {
    // A runner asks while a job is in its hands, and not beyond.
    run::of(&c).await?;
    let (request, _) = c.json_or_default::<StrictRequest>().await?;
    if request.documents.is_none() && request.local.is_none() {
        let all = conflicts::current(&c.app, c.caller.org.id).await?;
        let findings: Vec<&Finding> = all
            .iter()
            .filter(|f| {
                request.space_id.is_none() || f.space_id.is_none() || f.space_id == request.space_id
            })
            .collect();
        return Ok(Answer::ok(&findings));
    }
    if let Some(local) = &request.local
        && local.mounts.len().max(local.virtual_sources.len()) > MOST_LOCAL
    {
        return Err(Fault::field(
            "/local",
            format!("local takes at most {MOST_LOCAL} mounts, and as many virtual sources"),
        ));
    }
    let (raw, _) = conflicts::read(&c.app, c.caller.org.id, request.documents.is_none()).await?;
    let mut input = conflicts::input(&raw);
    if let Some(documents) = request.documents {
        input.documents = documents;
    }
    input.local = request.local;
    if let Some(space) = request.space_id {
        input
            .documents
            .retain(|d| d.space_id.is_none_or(|id| id == space));
    }
    let findings = tokio::task::spawn_blocking(move || strict::find(&input))
        .await
        .map_err(|_| Fault::internal())?;
    Ok(Answer::ok(&findings))
}
