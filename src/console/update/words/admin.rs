//! What changes of tokens and integrations are called, and what is told of a token before it is revoked.

use super::shape::{Words, saving};
use crate::api::{Integration, Token};
use crate::console::command::CommandId as C;
use crate::console::format;
use crate::console::model::{Model, RowKey};
use crate::console::possible::target;

/// The words of a command on a row of that name.
pub fn words(model: &Model, command: C, row: RowKey, name: &str) -> Words {
    match command {
        C::TokenNew => Words {
            pending: tr!("making").into(),
            message: saving(tr!("a new token")),
            done: tr!("The token is made.").into(),
            refused: tr!("Not made"),
            label: tr!("new token").into(),
            back: tr!("The token is revoked").into(),
        },
        C::IntegrationNew => Words {
            pending: tr!("adding").into(),
            message: saving(tr!("a new integration")),
            done: tr!("The integration is added.").into(),
            refused: tr!("Not added"),
            label: tr!("new integration").into(),
            back: tr!("The integration is gone").into(),
        },
        C::IntegrationEdit => Words::edit(name),
        C::IntegrationDelete => {
            let words = Words::deletion(name);
            Words {
                done: words.done + left_virtual(model, row),
                ..words
            }
        }
        C::SecretRotate => Words {
            pending: tr!("rotating").into(),
            message: saving(tr!("a new secret of {name}", name)),
            done: tr!(
                "The secret of {name} is rotated. The previous one counts for a day.",
                name
            ),
            refused: tr!("Not rotated"),
            label: tr!("rotation of {name}", name),
            back: String::new(),
        },
        C::CredentialSet => Words {
            pending: tr!("saving").into(),
            message: saving(tr!("the clone credential of {name}", name)),
            done: tr!("The clone credential of {name} is set.", name),
            refused: tr!("Not set"),
            label: tr!("credential of {name}", name),
            back: tr!("{name} has no clone credential", name),
        },
        C::CredentialRemove => Words {
            pending: tr!("removing").into(),
            message: saving(tr!("{name} without a clone credential", name)),
            done: tr!("The clone credential of {name} is removed.", name),
            refused: tr!("Not removed"),
            label: tr!("credential of {name}", name),
            back: String::new(),
        },
        _ => Words {
            pending: tr!("revoking").into(),
            message: saving(tr!("revoking {name}", name)),
            done: tr!("{name} is revoked. Whoever used it is signed out.", name),
            refused: tr!("Not revoked"),
            label: tr!("revoking of {name}", name),
            back: String::new(),
        },
    }
}

/// What becomes of the sources that are linked to an integration which goes.
fn left_virtual(model: &Model, row: RowKey) -> &'static str {
    let RowKey::Integration(id) = row else {
        return "";
    };
    let linked = model.replica.integrations.get(id);
    match linked.map_or(0, |it| it.source_ids.len()) {
        0 => "",
        1 => tr!(" Its source is virtual."),
        _ => tr!(" Its sources are virtual."),
    }
}

/// Title and button of the question before it is done.
pub fn of_danger(command: C, name: &str) -> (String, &'static str) {
    match command {
        C::SecretRotate => (tr!("rotate the secret of {name}", name), tr!("Rotate")),
        C::CredentialSet => (
            tr!("replace the clone credential of {name}", name),
            tr!("Replace"),
        ),
        C::CredentialRemove => (
            tr!("remove the clone credential of {name}", name),
            tr!("Remove"),
        ),
        C::IntegrationDelete => (tr!("delete {name}", name), tr!("Delete")),
        _ => (tr!("revoke {name}", name), tr!("Revoke")),
    }
}

/// What the console knows of a destructive command that the server does not tell with its effect.
pub fn told_before(model: &Model, command: C, row: RowKey) -> Vec<String> {
    match (command, row) {
        (_, RowKey::Token(_)) => {
            let token = target::token(model);
            token.map(|it| of_token(model, it)).into_iter().collect()
        }
        (C::SecretRotate | C::IntegrationDelete, RowKey::Integration(id)) => {
            let integration = model.replica.integrations.get(id);
            integration.map_or_else(Vec::new, |it| of_integration(command, it))
        }
        _ => Vec::new(),
    }
}

/// `ci, operator, used 2m ago: whoever uses it is signed out at once.`
fn of_token(model: &Model, token: &Token) -> String {
    let used = match token.last_used_at {
        Some(at) => tr!("used {age} ago", age = format::age(model.now, at)),
        None => tr!("never used").to_owned(),
    };
    tr!(
        "Token {id}, {role}, {used}: whoever uses it is signed out at once.",
        id = token.id,
        role = token.role,
        used
    )
}

/// What follows for the provider's webhooks, and what there is to do at the provider.
fn of_integration(command: C, it: &Integration) -> Vec<String> {
    if command == C::IntegrationDelete {
        return vec![tr!(
            "Its address is gone: every webhook that {provider} still sends there is refused.",
            provider = it.provider
        )];
    }
    vec![
        tr!("A new webhook secret is made, and shown once. For a day deliveries signed with it or with the previous one count; then only the new one does.").to_owned(),
        tr!(
            "Set it at {provider} within that day: what is signed with the previous one after it is refused.",
            provider = it.provider
        ),
    ]
}
