//! Administration as sentences: an integration, tokens, and what the console tells of itself.

use super::{lists, loaded};
use crate::api::{self, Integration, Token};
use crate::console::format;
use crate::console::info::facts;
use crate::console::model::{IntegrationView, ListId, Model, TokensView};

/// An integration, what is linked to it and what it brought.
pub fn integration(model: &Model, view: &IntegrationView) -> Vec<String> {
    let Some(it) = model.replica.integrations.get(view.integration) else {
        return vec![tr!("This integration is gone.").to_owned()];
    };
    let mut lines = vec![
        about(it),
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

/// `12 acme-github: github, github.com/acme, active.`
pub fn about(it: &Integration) -> String {
    let covers = it.repo.as_ref().or(it.account.as_ref());
    format!(
        "{} {}: {}, {}, {}.",
        it.id,
        it.name,
        it.provider,
        covers.map_or(format::UNKNOWN, String::as_str),
        it.status
    )
}

/// The tokens, or why they are not told.
pub fn tokens(model: &Model, view: &TokensView) -> Vec<String> {
    match model.session.role() {
        Some(role) if !role.allows(api::Role::Admin) => {
            vec![tr!("Tokens need admin; you are {role}.", role)]
        }
        _ => loaded(&view.tokens, |_| lists::rows(model, ListId::Tokens)),
    }
}

/// `ci: operator, made 8w ago, used 2h ago, ends in 30d.`
pub fn token(model: &Model, token: &Token) -> String {
    let used = token.last_used_at.map_or_else(
        || tr!("never used").to_owned(),
        |at| tr!("used {age} ago", age = format::age(model.now, at)),
    );
    let ends = match token.expires_at {
        None => tr!("never ends").to_owned(),
        Some(at) if at <= model.now => tr!("ended {age} ago", age = format::age(model.now, at)),
        Some(at) => tr!(
            "ends {countdown}",
            countdown = format::countdown(model.now, at)
        ),
    };
    let me = model.session.me.as_ref().and_then(|me| me.token_id);
    let here = if me == Some(token.id) {
        tr!(", in use")
    } else {
        ""
    };
    tr!(
        "{name}: {role}, made {age} ago, {used}, {ends}{here}.",
        name = token.name,
        role = token.role,
        age = format::age(model.now, token.created_at),
        used,
        ends,
        here
    )
}

/// What this console is and where.
pub fn info(model: &Model) -> Vec<String> {
    let facts = facts(model).into_iter();
    facts.map(|(what, it)| format!("{what}: {it}")).collect()
}
