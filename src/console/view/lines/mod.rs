//! The view for lines: what a page holds as sentences, one a line, in reading order. No columns, no drawing characters, no
//! colours: for screen readers and scripts (console.md: Plain).

mod admin;
mod asks;
mod lists;
mod pages;

pub use asks::{popup, remedy};
pub use lists::rows;

use crate::console::format;
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
        Page::Conflicts(_) => {
            let mut lines = rows(model, ListId::Conflicts);
            let remedies = model.conflicts().iter().any(|it| !it.remedies.is_empty());
            if remedies && !model.ui.list(ListId::Conflicts).rows.is_empty() {
                lines.push(
                    tr!("row NUMBER chooses a finding; then do NUMBER tells what its remedy would do, and asks.")
                        .to_owned(),
                );
            }
            lines
        }
        Page::Events(_) => rows(model, ListId::Events),
        Page::Xray(_) => rows(model, ListId::Xray),
        Page::Pulse(view) => loaded(&view.counted, |_| pages::pulse(model, view)),
        Page::Messages => rows(model, ListId::Messages),
    }
}

/// How many lines of the page are told before one asks for more; `None`: as many as fit.
pub fn first(model: &Model) -> Option<usize> {
    match model.ui.page() {
        // What matters of a run; the log is long.
        Page::Run(view) => Some(pages::run_first(model, view).len()),
        _ => None,
    }
}

/// The value, or why it is not there.
fn loaded<T>(load: &Load<T>, lines: impl FnOnce(&T) -> Vec<String>) -> Vec<String> {
    let mut said = load.value.as_ref().map(lines).unwrap_or_default();
    match load.failure() {
        Some(text) => said.push(tr!("Not loaded: {text}.", text)),
        None if load.value.is_none() => said.push(tr!("Not loaded yet.").to_owned()),
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
        .map_or(tr!("role unknown").to_owned(), |it| it.to_string());
    let mut who = format!("{}, {}, {role}.", session.org, session.server);
    if session.production {
        who.insert_str(0, tr!("PRODUCTION. "));
    }
    if session.read_only {
        who.push_str(tr!(" Read-only: changes are refused."));
    }
    vec![
        who,
        tr!(
            "{connection} At @{sequence}.",
            connection = connection(model),
            sequence = model.replica.sequence
        ),
        tr!(
            "{sources}, {stuck} stuck, {conflicts}.",
            sources = tr_n!(
                model.replica.sources.len(),
                "{count} source",
                "{count} sources"
            ),
            stuck = format::len(counts.stuck),
            conflicts = tr_n!(
                model.replica.conflicts.len(),
                "{count} conflict",
                "{count} conflicts"
            )
        ),
    ]
}

/// How fresh the data is, and why it is not live.
pub fn connection(model: &Model) -> String {
    let host = &model.session.server;
    match &model.connection {
        Connection::Connecting => tr!("Connecting to {host}.", host),
        Connection::Starting => tr!("Starting the embedded server.").to_owned(),
        Connection::Live => tr!("Live.").to_owned(),
        Connection::CatchingUp { .. } => tr!("Catching up with the log.").to_owned(),
        Connection::Offline {
            outage: Outage::NoStart,
            text,
            ..
        } => tr!(
            "The embedded server did not start: {sentence} It is tried again.",
            sentence = format::sentence(text)
        ),
        Connection::Taken { text, address, .. } => tr!(
            "The embedded server did not start: {sentence} jolli console --plain --server {address} connects to it.",
            sentence = format::sentence(text),
            address
        ),
        Connection::Offline { text, .. } => {
            tr!(
                "Offline: {host} does not answer ({text}). Changes are refused; it is tried again.",
                host,
                text
            )
        }
        Connection::SignedOut { sent: false, .. } => {
            tr!(
                "No token yet for {host}. `jolli auth login` signs in.",
                host
            )
        }
        Connection::SignedOut { text, .. } => {
            tr!("Signed out: {text} `jolli auth login` signs in.", text)
        }
        Connection::Busy { .. } => {
            tr!("Server busy (429): it asked to wait. Nothing is lost.").to_owned()
        }
        Connection::ServerFailed {
            status: 403, text, ..
        } => tr!(
            "Not allowed (403): {sentence} Another token may.",
            sentence = format::sentence(text)
        ),
        Connection::ServerFailed { status, text, .. } => {
            tr!(
                "Server failed ({status}): it says \"{text}\". It is tried again.",
                status,
                text
            )
        }
    }
}
