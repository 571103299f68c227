//! Integrations: the page of one, the forms that make and change them, and what goes away with one.

use super::Turn;
use crate::api::{Call, IntegrationId, IntegrationStatus, Provider};
use crate::console::command::CommandId as C;
use crate::console::model::{
    Check, FormField, FormKind, IntegrationView, ListId, Page, Replica, RowKey, TextField,
};
use crate::console::possible::target;

const PROVIDERS: &[&str] = &[
    Provider::GitHub.as_str(),
    Provider::GitLab.as_str(),
    Provider::Gitea.as_str(),
    Provider::Bitbucket.as_str(),
    Provider::Generic.as_str(),
    Provider::StaticFile.as_str(),
];

const STATUSES: &[&str] = &[
    IntegrationStatus::Active.as_str(),
    IntegrationStatus::NeedsAccess.as_str(),
    IntegrationStatus::Suspended.as_str(),
    IntegrationStatus::Removed.as_str(),
    IntegrationStatus::Error.as_str(),
];

impl Turn<'_> {
    /// `Enter` on an integration.
    pub(super) fn open_integration(&mut self, integration: IntegrationId) {
        self.open_page(Page::Integration(IntegrationView {
            integration,
            focus: ListId::LinkedSources,
        }));
    }

    /// `+`.
    pub(super) fn open_new_integration(&mut self) {
        let field = FormField::new;
        let fields = vec![
            field(
                "name",
                tr!("name"),
                Check::Name,
                "",
                tr!("unique in the org"),
            ),
            field(
                "provider",
                tr!("provider"),
                Check::Words(PROVIDERS),
                Provider::GitHub.as_str(),
                tr!("→ chooses: github gitlab gitea bitbucket generic static_file"),
            ),
            field(
                "repo",
                tr!("repo"),
                Check::Repo,
                "",
                tr!("host/owner/repo, where it is for one"),
            ),
            field(
                "account",
                tr!("account"),
                Check::Text,
                "",
                tr!("host/owner, where it is for all of them"),
            ),
        ];
        let title = tr!("Add an integration").to_owned();
        self.open_form(FormKind::IntegrationNew, title, fields);
    }

    /// `i`.
    pub(super) fn open_integration_form(&mut self) {
        let Some(it) = target::integration(self.model) else {
            return;
        };
        let field = FormField::new;
        let fields = vec![
            field(
                "name",
                tr!("name"),
                Check::Name,
                &it.name,
                tr!("unique in the org"),
            ),
            field(
                "status",
                tr!("status"),
                Check::Words(STATUSES),
                it.status.as_str(),
                tr!(
                    "→ chooses: active needs-access suspended removed error; the next check says anew"
                ),
            ),
        ];
        let kind = FormKind::IntegrationEdit(it.id, it.version);
        let title = tr!("Edit {name}", name = it.name);
        self.open_form(kind, title, fields);
    }

    /// `c`: what its repositories are cloned with.
    pub(super) fn open_credential_form(&mut self) {
        let Some(it) = target::integration(self.model) else {
            return;
        };
        let user = it.credential.as_ref().map_or("", |it| it.user.as_str());
        let mut secret = FormField::new(
            "secret",
            tr!("access token"),
            Check::Secret,
            "",
            tr!("one that may read the repositories; it is stored sealed and never shown"),
        );
        secret.field = TextField::secret();
        let fields = vec![
            FormField::new(
                "user",
                tr!("user"),
                Check::Text,
                user,
                tr!("empty: what the provider takes with tokens"),
            ),
            secret,
        ];
        let kind = FormKind::Credential(it.id, it.version);
        let title = tr!("Clone credential of {name}", name = it.name);
        self.open_form(kind, title, fields);
    }

    /// The call of a destructive command on the integration that is in front.
    pub(super) fn danger_of_integration(&self, command: C) -> Option<(RowKey, Call)> {
        let it = target::integration(self.model)?;
        let id = it.id;
        let versioned = |call: Call| Call {
            if_match: Some(format!("\"{}\"", it.version)),
            ..call
        };
        let call = match command {
            C::SecretRotate => {
                let path = format!("/integrations/{id}/rotate-secret");
                Call::new("POST", path)
            }
            C::CredentialRemove => {
                let path = format!("/integrations/{id}/credential");
                versioned(Call::new("DELETE", path))
            }
            _ => versioned(Call::new("DELETE", format!("/integrations/{id}"))),
        };
        Some((RowKey::Integration(id), call))
    }
}

/// What the lists of an integration's page show: its sources by name, its deliveries newest first.
pub(super) fn rows(replica: &Replica, list: ListId, id: IntegrationId) -> Vec<u32> {
    if list == ListId::LinkedSources {
        let Some(it) = replica.integrations.get(id) else {
            return Vec::new();
        };
        let mut rows: Vec<(&str, u32)> = (it.source_ids.iter())
            .filter_map(|id| {
                let name = replica.sources.name(*id)?;
                Some((name, replica.sources.slot(*id)?))
            })
            .collect();
        rows.sort_unstable();
        return rows.into_iter().map(|(_, slot)| slot).collect();
    }
    let mut rows: Vec<_> = (replica.deliveries.iter())
        .filter(|(_, it)| it.integration_id == id)
        .map(|(slot, it)| (it.received_at, it.id, slot))
        .collect();
    rows.sort_unstable();
    rows.into_iter().rev().map(|(.., slot)| slot).collect()
}
