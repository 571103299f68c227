//! What changes of tokens and integrations are called, and what is told of a token before it is revoked.

use super::words::Words;
use crate::api::{Token, TokenId};
use crate::console::command::CommandId as C;
use crate::console::model::{Model, Page, RowKey};
use crate::console::view::format;

/// The words of a command on a row of that name.
pub(super) fn words(model: &Model, command: C, row: RowKey, name: &str) -> Words {
    let saving = |what: String| format!("Saving: {what}. Not yet confirmed.");
    match command {
        C::TokenNew => Words {
            pending: "making".into(),
            message: saving("a new token".into()),
            done: "The token is made.".into(),
            refused: "Not made",
            label: "new token".into(),
            back: "The token is revoked".into(),
        },
        C::IntegrationNew => Words {
            pending: "adding".into(),
            message: saving("a new integration".into()),
            done: "The integration is added.".into(),
            refused: "Not added",
            label: "new integration".into(),
            back: "The integration is gone".into(),
        },
        C::IntegrationEdit => Words {
            pending: "saving".into(),
            message: saving(name.to_owned()),
            done: format!("{name} is changed."),
            refused: "Not changed",
            label: format!("edit of {name}"),
            back: format!("{name} is as it was"),
        },
        C::IntegrationDelete => Words {
            pending: "deleting".into(),
            message: saving(format!("deletion of {name}")),
            done: format!("{name} is deleted.{}", left_virtual(model, row)),
            refused: "Not deleted",
            label: format!("deletion of {name}"),
            back: String::new(),
        },
        C::SecretRotate => Words {
            pending: "rotating".into(),
            message: saving(format!("a new secret of {name}")),
            done: format!("The secret of {name} is rotated. The previous one counts for a day."),
            refused: "Not rotated",
            label: format!("rotation of {name}"),
            back: String::new(),
        },
        C::CredentialSet => Words {
            pending: "saving".into(),
            message: saving(format!("the clone credential of {name}")),
            done: format!("The clone credential of {name} is set."),
            refused: "Not set",
            label: format!("credential of {name}"),
            back: format!("{name} has no clone credential"),
        },
        C::CredentialRemove => Words {
            pending: "removing".into(),
            message: saving(format!("{name} without a clone credential")),
            done: format!("The clone credential of {name} is removed."),
            refused: "Not removed",
            label: format!("credential of {name}"),
            back: String::new(),
        },
        _ => Words {
            pending: "revoking".into(),
            message: saving(format!("revoking {name}")),
            done: format!("{name} is revoked. Whoever used it is signed out."),
            refused: "Not revoked",
            label: format!("revoking of {name}"),
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
        1 => " Its source is virtual.",
        _ => " Its sources are virtual.",
    }
}

/// Title and button of the question before it is done.
pub(super) fn of_danger(command: C, name: &str) -> (String, &'static str) {
    match command {
        C::SecretRotate => (format!("rotate the secret of {name}"), "Rotate"),
        C::CredentialSet => (format!("replace the clone credential of {name}"), "Replace"),
        C::CredentialRemove => (format!("remove the clone credential of {name}"), "Remove"),
        C::IntegrationDelete => (format!("delete {name}"), "Delete"),
        _ => (format!("revoke {name}"), "Revoke"),
    }
}

/// A token's name, as far as a page knows it.
pub(super) fn token_name(model: &Model, id: TokenId) -> String {
    let mut known = model.ui.pages.iter().rev().filter_map(|page| match page {
        Page::Tokens(view) => view.get(id),
        _ => None,
    });
    (known.next()).map_or_else(|| format!("token {id}"), |it| it.name.clone())
}

/// `ci, operator, used 2m ago: whoever uses it is signed out at once.`
pub(super) fn of_token(model: &Model, token: &Token) -> String {
    let used = match token.last_used_at {
        Some(at) => format!("used {} ago", format::age(model.now, at)),
        None => "never used".to_owned(),
    };
    format!(
        "Token {}, {}, {used}: whoever uses it is signed out at once.",
        token.id, token.role
    )
}
