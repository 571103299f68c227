//! Whether what admins do, and what this user does with profiles, can be done now.

use super::rows::{first_ok, form_open, no, saving};
use super::target;
use crate::api::Integration;
use crate::console::command::CommandId as C;
use crate::console::format;
use crate::console::model::{Connection, Model, Popup, RowKey};

fn none_selected() -> &'static str {
    tr!("No integration selected. gi lists them.")
}

/// Whether one of these commands can run now, and why not.
pub(super) fn can(model: &Model, id: C) -> Result<(), String> {
    match id {
        C::IntegrationCheck => {
            let targets = target::integrations(model);
            if targets.is_empty() {
                return no(none_selected());
            }
            let found = targets
                .into_iter()
                .filter_map(|id| model.replica.integrations.get(id));
            first_ok(found.map(|it| match it.last_checked_at {
                Some(at) if model.now.since(at).as_secs() < 10 => {
                    no(tr!("Checked less than 10 s ago."))
                }
                _ => saving(model, RowKey::Integration(it.id)),
            }))
        }
        C::IntegrationEdit | C::CredentialSet | C::IntegrationDelete => {
            saving(model, RowKey::Integration(integration(model)?.id))
        }
        C::SecretRotate => {
            let it = integration(model)?;
            match it.rotation_open(model.now) {
                Some(until) => {
                    let until = format::until(model.now, until, &model.zone);
                    Err(tr!(
                        "A rotation is open: both secrets valid until {until}.",
                        until
                    ))
                }
                None => saving(model, RowKey::Integration(it.id)),
            }
        }
        C::CredentialRemove => match integration(model)? {
            it if it.credential.is_none() => no(tr!("It has no clone credential. c sets one.")),
            it => saving(model, RowKey::Integration(it.id)),
        },
        C::ProfileNew if !in_profiles(model) => no(tr!("In the list of profiles. gp opens it.")),
        C::ProfileEdit | C::ProfileRemove => match target::profile(model) {
            None => no(tr!("In the list of profiles. gp opens it.")),
            Some(row) if !row.kept => no(tr!(
                "It is in no file: it is this machine's own, or was named for this start."
            )),
            Some(row) if id == C::ProfileRemove && row.name == model.session.profile => {
                no(tr!("That is the profile in use."))
            }
            Some(_) => Ok(()),
        },
        C::SignOut if matches!(model.connection, Connection::SignedOut { .. }) => {
            no(tr!("Signed out already. :sign-in takes a token."))
        }
        C::TokenNew | C::IntegrationNew if form_open(model) => {
            no(tr!("Its form is open in another draft."))
        }
        C::TokenRevoke => {
            let token = target::token(model).ok_or(tr!("No token selected. gt lists them."))?;
            if model.session.me.as_ref().and_then(|me| me.token_id) == Some(token.id) {
                return no(tr!("That is the token in use."));
            }
            saving(model, RowKey::Token(token.id))
        }
        _ => Ok(()),
    }
}

fn in_profiles(model: &Model) -> bool {
    matches!(model.ui.popup(), Some(Popup::Profiles(_)))
}

fn integration(model: &Model) -> Result<&Integration, String> {
    target::integration(model).ok_or_else(|| none_selected().to_owned())
}
