//! Where what is selected is on the web.

use super::target;
use crate::api::{Provider, Source};
use crate::console::model::{Model, RowKey};

/// The address that shows what is selected where its repository is hosted: the commit, else the repository.
pub fn web(model: &Model) -> Option<String> {
    let replica = &model.replica;
    let (source, commit) = match target::row(model)? {
        RowKey::Source(id) | RowKey::Binding(_, id) => (replica.sources.get(id)?, None),
        RowKey::Job(id) | RowKey::JobSpace(id, _) => {
            let job = replica.jobs.get(id).or(model.shown_job())?;
            (replica.sources.get(job.source_id)?, job.head_sha.clone())
        }
        RowKey::Delivery(id) => {
            let delivery = replica.deliveries.get(id)?;
            let it = replica.integrations.get(delivery.integration_id)?;
            if let Some(repo) = it.repo.as_deref() {
                return Some(address(repo, delivery.provider, delivery.after.as_deref()));
            }
            // For an account it came for one of its repositories: that of the source whose run it queued, else nobody
            // says here which, and the account's own page is the nearest.
            let queued = (delivery.job_ids.iter()).find_map(|id| replica.jobs.get(*id));
            let repo = queued
                .and_then(|job| replica.sources.get(job.source_id))
                .and_then(|it| it.repo);
            return match repo {
                Some(repo) => Some(address(&repo, delivery.provider, delivery.after.as_deref())),
                None => Some(format!("https://{}", it.account.as_deref()?)),
            };
        }
        RowKey::Integration(id) => {
            let it = replica.integrations.get(id)?;
            let covers = it.repo.as_deref().or(it.account.as_deref())?;
            return Some(format!("https://{covers}"));
        }
        _ => return None,
    };
    let repo = source.repo.as_deref()?;
    Some(address(repo, provider(model, &source), commit.as_deref()))
}

/// Whose host it is: as the integration says, else as the name of the host lets one think.
fn provider(model: &Model, source: &Source) -> Provider {
    let linked = source
        .integration_id
        .and_then(|id| model.replica.integrations.get(id));
    if let Some(it) = linked {
        return it.provider;
    }
    let host = source.repo.as_deref().unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    let is = |name: &str| host.contains(name);
    if is("github") {
        Provider::GitHub
    } else if is("gitlab") {
        Provider::GitLab
    } else if is("gitea") {
        Provider::Gitea
    } else if is("bitbucket") {
        Provider::Bitbucket
    } else {
        Provider::Generic
    }
}

/// `https://github.com/acme/backend/commit/4f9c2d1…`.
fn address(repo: &str, provider: Provider, commit: Option<&str>) -> String {
    let way = match provider {
        Provider::GitHub | Provider::Gitea => "commit",
        Provider::GitLab => "-/commit",
        Provider::Bitbucket => "commits",
        // Nothing is known of how it names commits.
        Provider::Generic | Provider::StaticFile => return format!("https://{repo}"),
    };
    match commit {
        Some(sha) => format!("https://{repo}/{way}/{sha}"),
        None => format!("https://{repo}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_shown_where_its_host_shows_commits() {
        let on = |provider| address("host/a/b", provider, Some("4f9c"));
        assert_eq!(on(Provider::GitHub), "https://host/a/b/commit/4f9c");
        assert_eq!(on(Provider::GitLab), "https://host/a/b/-/commit/4f9c");
        assert_eq!(on(Provider::Bitbucket), "https://host/a/b/commits/4f9c");
        assert_eq!(on(Provider::Generic), "https://host/a/b");
    }

    #[test]
    fn the_web_address_of_a_delivery_for_a_whole_account() {
        let mut model = crate::console::view::fixture::pages::deliveries();
        let id = match model.selected(crate::console::model::ListId::Deliveries) {
            Some(RowKey::Delivery(id)) => id,
            other => panic!("a delivery is selected, not {other:?}"),
        };
        let mut delivery = model.replica.deliveries.get(id).unwrap().clone();
        let mut it = (model.replica.integrations.get(delivery.integration_id))
            .unwrap()
            .clone();
        (it.repo, it.account) = (None, Some("github.com/acme".to_owned()));
        model.replica.integrations.put(it);
        delivery.provider = Provider::GitHub;
        delivery.after = Some("8be01aa".to_owned());
        delivery.job_ids = vec![crate::api::JobId(91)];
        model.replica.deliveries.put(delivery.clone());
        assert_eq!(
            web(&model).as_deref(),
            Some("https://github.com/acme/frontend/commit/8be01aa")
        );
        // Nothing was queued: nobody says which repository it was.
        delivery.job_ids.clear();
        model.replica.deliveries.put(delivery);
        assert_eq!(web(&model).as_deref(), Some("https://github.com/acme"));
    }
}
