//! The view for lines: what a page holds as sentences, one a line, in reading order. No columns, no drawing characters, no
//! colours: for screen readers and scripts (console.md: Plain).

mod admin;
mod asks;
mod lists;
mod pages;

pub use asks::{popup, remedy};
pub use lists::rows;

use crate::console::model::{Connection, ListId, Load, Model, Outage, Page};

/// What the page in front holds.
pub fn page(model: &Model) -> Vec<String> {
    match model.ui.page() {
        Page::Main => rows(model, model.ui.focus()),
        Page::Source(view) => pages::source(model, view),
        Page::Why(view) => pages::why(model, view),
        Page::Run(view) => pages::run(model, view),
        Page::Thread(view) => pages::thread(view),
        Page::Approvals(view) => loaded(&view.questions, |_| rows(model, ListId::Approvals)),
        Page::Delivery(view) => loaded(&view.page, |_| view.lines.clone()),
        Page::Deliveries(view) => {
            let mut lines = rows(model, ListId::Deliveries);
            if let Some((_, preview)) = &view.preview {
                lines.extend(loaded(preview, pages::preview));
            }
            lines
        }
        Page::Integrations => rows(model, ListId::Integrations),
        Page::Integration(view) => admin::integration(model, view),
        Page::Tokens(view) => admin::tokens(model, view),
        Page::Info(_) => admin::info(model),
        Page::OwnLog(view) => loaded(&view.lines, |_| rows(model, ListId::Own)),
        Page::Conflicts(_) => rows(model, ListId::Conflicts),
        Page::Events(_) => rows(model, ListId::Events),
        Page::Xray(_) => rows(model, ListId::Xray),
        Page::Pulse(view) => loaded(&view.counted, |_| pages::pulse(model, view)),
        Page::Messages => rows(model, ListId::Messages),
    }
}

/// The value, or why it is not there.
fn loaded<T>(load: &Load<T>, lines: impl FnOnce(&T) -> Vec<String>) -> Vec<String> {
    let mut said = load.value.as_ref().map(lines).unwrap_or_default();
    match load.failure() {
        Some(text) => said.push(format!("Not loaded: {text}.")),
        None if load.value.is_none() => said.push("Not loaded yet.".to_owned()),
        None => {}
    }
    said
}

/// Who looks at what, and how fresh it is.
pub fn status(model: &Model) -> Vec<String> {
    let session = &model.session;
    let counts = &model.counts;
    let role = session
        .role()
        .map_or("role unknown".to_owned(), |it| it.to_string());
    let mut who = format!("{}, {}, {role}.", session.org, session.server);
    if session.production {
        who.insert_str(0, "PRODUCTION. ");
    }
    if session.read_only {
        who.push_str(" Read-only: changes are refused.");
    }
    vec![
        who,
        format!("{} At @{}.", connection(model), model.replica.sequence),
        format!(
            "{} sources, {} stuck, {} conflicts.",
            model.replica.sources.len(),
            counts.stuck,
            model.replica.conflicts.len()
        ),
    ]
}

/// How fresh the data is, and why it is not live.
pub fn connection(model: &Model) -> String {
    let host = &model.session.server;
    match &model.connection {
        Connection::Connecting => format!("Connecting to {host}."),
        Connection::Starting => "Starting the embedded server.".to_owned(),
        Connection::Live => "Live.".to_owned(),
        Connection::CatchingUp { .. } => "Catching up with the log.".to_owned(),
        Connection::Offline {
            outage: Outage::NoStart,
            text,
            ..
        } => format!(
            "The embedded server did not start: {} It is tried again.",
            super::format::sentence(text)
        ),
        Connection::Taken { text, address, .. } => format!(
            "The embedded server did not start: {} jolli console --plain --server {address} connects to it.",
            super::format::sentence(text)
        ),
        Connection::Offline { text, .. } => {
            format!(
                "Offline: {host} does not answer ({text}). Changes are refused; it is tried again."
            )
        }
        Connection::SignedOut { text } => {
            format!("Signed out: {text} `jolli auth login` signs in.")
        }
        Connection::Busy { .. } => {
            "Server busy (429): it asked to wait. Nothing is lost.".to_owned()
        }
        Connection::ServerFailed {
            status: 403, text, ..
        } => format!(
            "Not allowed (403): {} Another token may.",
            super::format::sentence(text)
        ),
        Connection::ServerFailed { status, text, .. } => {
            format!("Server failed ({status}): it says \"{text}\". It is tried again.")
        }
    }
}
