//! What an event would touch, and why not: the same decision as intake, with nothing written.

use crate::api::{Preview, PreviewRequest, PreviewSource, PreviewSpace, Provider};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::delivery::{self, Push};
use crate::domain::row::{Key, OrgRow};
use crate::domain::view::not_found;
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::fault::Fault;

/// A commit that no history has: an event that never came before.
const NEW_COMMIT: &str = "ffffffffffffffffffffffffffffffffffffffff";

/// Previews an event.
pub async fn preview(c: &Context, request: &PreviewRequest) -> Result<Preview, Fault> {
    let repo =
        RepoCoordinate::parse(&request.repo).map_err(|e| Fault::field("/repo", e.to_string()))?;
    let provider = match request.provider {
        Some(provider) => provider,
        None => repo
            .known_provider()
            .and_then(|word| word.parse().ok())
            .unwrap_or(Provider::Generic),
    };
    let git_ref = if request.git_ref.starts_with("refs/") {
        request.git_ref.clone()
    } else {
        format!("refs/heads/{}", request.git_ref)
    };
    let push = Push {
        repo,
        git_ref,
        before: request
            .before
            .clone()
            .unwrap_or_else(|| NEW_COMMIT.to_owned()),
        after: request
            .after
            .clone()
            .unwrap_or_else(|| NEW_COMMIT.to_owned()),
        forced: false,
        default_branch: None,
    };
    let branch = match delivery::branch_of(&push) {
        Ok(branch) => branch,
        Err((reason, _)) => {
            return Ok(Preview {
                reason: reason.to_owned(),
                sources: Vec::new(),
                jobs: 0,
            });
        }
    };
    let org = c.caller.org.id;
    let (preview, _) = ask(&c.app, org, |view| {
        let row: &OrgRow = view
            .row(Key::Orgs(org))?
            .ok_or_else(|| not_found("Org", org))?;
        let matches = delivery::matches(view, row, provider, &push, branch, false)?;
        let mut reason = "ignored:no-source".to_owned();
        let mut jobs = 0;
        let mut sources = Vec::with_capacity(matches.len());
        for entry in matches {
            let runs = entry.refusal.is_none() && entry.duplicate_of.is_none();
            let why = match (&entry.refusal, entry.duplicate_of) {
                (Some((code, why)), _) => {
                    if jobs == 0 && reason != "duplicate" {
                        (*code).clone_into(&mut reason);
                    }
                    why.clone()
                }
                (None, Some(job)) => {
                    if jobs == 0 {
                        "duplicate".clone_into(&mut reason);
                    }
                    format!("run #{job} was of the same commit")
                }
                (None, None) => {
                    jobs += 1;
                    "queued".clone_into(&mut reason);
                    format!("follows {branch}")
                }
            };
            sources.push(PreviewSource {
                source_id: entry.source.id,
                name: entry.source.name.clone(),
                matches: runs,
                why,
                spaces: entry
                    .spaces
                    .iter()
                    .map(|(id, name, why)| PreviewSpace {
                        space_id: *id,
                        name: name.clone(),
                        runs: runs && why.is_none(),
                        why: why.clone().unwrap_or_else(|| "bound and on".to_owned()),
                    })
                    .collect(),
            });
        }
        Ok(Preview {
            reason,
            sources,
            jobs,
        })
    })
    .await?;
    Ok(preview)
}
