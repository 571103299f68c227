//! Administration as sentences: an integration, tokens, and what the console tells of itself.

use super::{lists, loaded};
use crate::api::Role;
use crate::console::format;
use crate::console::info::facts;
use crate::console::model::{IntegrationView, ListId, Model, TokensView};

/// An integration, what is linked to it and what it brought.
pub fn integration(model: &Model, view: &IntegrationView) -> Vec<String> {
    let Some(it) = model.replica.integrations.get(view.integration) else {
        return vec![tr!("This integration is gone.").to_owned()];
    };
    let mut lines = vec![
        lists::integration(it),
        tr!(
            "Webhook address: {webhook_url}",
            webhook_url = it.webhook_url
        ),
    ];
    if let Some(detail) = &it.status_detail {
        lines.push(tr!("It says: {detail}", detail));
    }
    lines.push(it.last_checked_at.map_or_else(
        || tr!("Its access was never checked.").to_owned(),
        |at| {
            let age = format::age(model.now, at);
            tr!("Its access was checked {age} ago.", age)
        },
    ));
    lines.push(match &it.credential {
        Some(credential) => tr!("It clones as {user}.", user = credential.user),
        None => tr!("It has no clone credential.").to_owned(),
    });
    if let Some(until) = it.rotation_open(model.moment()) {
        lines.push(tr!(
            "A rotation is open: both secrets are valid until {until}.",
            until = format::until(model.moment(), until, &model.zone)
        ));
    }
    lines.push(tr!("Linked sources:").to_owned());
    lines.extend(lists::rows(model, ListId::LinkedSources));
    lines.push(tr!("Last deliveries:").to_owned());
    lines.extend(lists::rows(model, ListId::ItsDeliveries));
    lines
}

/// The tokens, or why they are not told.
pub fn tokens(model: &Model, view: &TokensView) -> Vec<String> {
    match model.session.role() {
        Some(role) if !role.allows(Role::Admin) => {
            vec![tr!("Tokens need admin; you are {role}.", role)]
        }
        _ => loaded(&view.tokens, |_| lists::rows(model, ListId::Tokens)),
    }
}

/// What this console is and where.
pub fn info(model: &Model) -> Vec<String> {
    let facts = facts(model).into_iter();
    facts.map(|(what, it)| format!("{what}: {it}")).collect()
}
