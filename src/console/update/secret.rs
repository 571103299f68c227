//! A secret that came with an answer: its popup shows it this once, and does not let go of it by a slip of a finger
//! (screens.md §3: secrets).

use serde_json::Value;

use super::Turn;
use super::words::row_name;
use crate::api::SECRET_ALREADY_SHOWN;
use crate::base::Timestamp;
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::format;
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::{Pending, Popup, RowKey, SecretShown, SecretText};

impl Turn<'_> {
    /// Shows the secret of an answer that holds one.
    pub(super) fn show_secret(&mut self, pending: &Pending, body: &Value) {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let name = text("name").unwrap_or_default();
        let (label, title, given, told) = match pending.command {
            C::TokenNew => (
                tr!("token"),
                tr!("Token {name}", name),
                text("token"),
                vec![
                    tr!("Whoever has it may do what its role allows, until it ends or is revoked.")
                        .to_owned(),
                ],
            ),
            C::IntegrationNew => (
                tr!("webhook secret"),
                tr!("Integration {name}", name),
                text("webhookSecret"),
                vec![
                    tr!("Give both to the provider: it signs every delivery with the secret.")
                        .to_owned(),
                ],
            ),
            C::SecretRotate => {
                let name = row_name(self.model, pending.row);
                let until = text("previousValidUntil").and_then(|it| it.parse::<Timestamp>().ok());
                let until = until.map_or_else(
                    || tr!("for a day").to_owned(),
                    |at| {
                        tr!(
                            "until {until}",
                            until = format::until(self.model.now, at, &self.model.zone)
                        )
                    },
                );
                let told = tr!(
                    "The previous one counts {until}. Change it at the provider before.",
                    until
                );
                (
                    tr!("webhook secret"),
                    tr!("New secret of {name}", name),
                    text("webhookSecret"),
                    vec![told],
                )
            }
            _ => return,
        };
        let address = match pending.row {
            RowKey::Integration(id) => {
                let row = self.model.replica.integrations.get(id);
                row.map(|it| it.webhook_url.clone())
            }
            _ => text("webhookUrl").map(str::to_owned),
        };
        let secret = given
            .filter(|it| *it != SECRET_ALREADY_SHOWN)
            .map(SecretText::new);
        self.model
            .ui
            .popups
            .push(Popup::Secret(Box::new(SecretShown {
                title,
                label,
                secret,
                address,
                told,
                copied: false,
                warned: false,
            })));
    }

    /// A key while a secret is shown.
    pub(super) fn secret_key(&mut self, key: Key) {
        let Some(Popup::Secret(shown)) = self.model.ui.popups.last_mut() else {
            return;
        };
        let closes = matches!(key.code, KeyCode::Esc | KeyCode::Enter)
            || key == Key::char('q')
            || key == Key::ctrl('c');
        if closes {
            let safe = shown.copied || shown.warned || shown.secret.is_none();
            if safe {
                self.model.ui.popups.pop();
            } else {
                shown.warned = true;
            }
            return;
        }
        let (text, said) = match key.text() {
            Some('y') => {
                let Some(secret) = &shown.secret else { return };
                shown.copied = true;
                let said = tr!("Copied: the {label}. It is in no log.", label = shown.label);
                (secret.expose().to_owned(), said)
            }
            Some('u') => match &shown.address {
                Some(address) => (address.clone(), tr!("Copied: {address}", address)),
                None => return,
            },
            _ => return,
        };
        self.effect(Effect::Copy(text));
        self.tell(said);
    }
}
