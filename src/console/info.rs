//! What this console is, where it is and what it runs on: the lines of `:info`.

use super::format;
use super::model::{Connection, Model, Outage, Page};

/// The lines of `:info`: what each is about, and what it is.
pub fn facts(model: &Model) -> Vec<(&'static str, String)> {
    let (session, about) = (&model.session, &model.about);
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| tr!("nowhere").to_owned());
    let known = |text: &str| if text.is_empty() { "–" } else { text }.to_owned();
    let me = session.me.as_ref();
    let who = me.map_or_else(
        || tr!("not known yet").to_owned(),
        |me| match me.expires_at {
            Some(at) => tr!(
                "{name}, {role}, until {time}",
                name = me.name,
                role = me.role,
                time = format::time(model.now, at, &model.zone)
            ),
            None => format!("{}, {}", me.name, me.role),
        },
    );
    let token = match model.ui.page() {
        Page::Info(view) => match (&view.token.value, view.token.failure()) {
            (Some(kept), _) => kept.clone(),
            (None, Some(failure)) => failure.to_owned(),
            (None, None) => tr!("being looked for").to_owned(),
        },
        _ => "–".to_owned(),
    };
    let yes = |it: bool| if it { tr!("yes") } else { tr!("no") }.to_owned();
    let (width, height) = model.ui.size;
    vec![
        (
            tr!("console"),
            tr!("jolli {version}", version = env!("CARGO_PKG_VERSION")),
        ),
        (tr!("profile"), known(&session.profile)),
        (tr!("production"), yes(session.production)),
        (tr!("read-only"), yes(session.read_only)),
        (tr!("server"), known(&session.server)),
        (tr!("address"), known(&session.url)),
        (tr!("certificate"), certificate(model)),
        (
            tr!("its version"),
            me.map_or_else(|| "–".to_owned(), |me| me.server_version.clone()),
        ),
        (tr!("org"), known(&session.org)),
        (tr!("signed in"), who),
        (tr!("token"), token),
        (tr!("feed"), feed(model)),
        (tr!("zone"), zone(model)),
        (tr!("theme"), theme(model)),
        (tr!("keys"), model.keymap.preset().as_str().to_owned()),
        (
            tr!("terminal"),
            format!("{}, {width}x{height}", about.terminal),
        ),
        (tr!("mouse"), yes(model.ui.mouse)),
        (tr!("docs project"), yes(session.in_project)),
        (tr!("log"), or_none(&about.log)),
        (tr!("state"), or_none(&about.state)),
    ]
}

/// What is known of the server's certificate: only a connection that is there says that it is trusted.
fn certificate(model: &Model) -> String {
    let is = |scheme: &str| model.session.url.starts_with(scheme);
    match &model.connection {
        Connection::Offline {
            outage: Outage::Tls,
            text,
            ..
        } => tr!("not trusted: {text}; nothing was sent", text),
        _ if !is("https://") => tr!("none: plain http").to_owned(),
        Connection::Live | Connection::CatchingUp { .. } => tr!("trusted").to_owned(),
        _ => tr!("not known while there is no connection").to_owned(),
    }
}

fn theme(model: &Model) -> String {
    let name = &model.taste.theme;
    match (name.is_empty(), model.taste.ascii) {
        (true, _) => "–".to_owned(),
        (false, true) => tr!("{name}, in ASCII", name),
        (false, false) => name.clone(),
    }
}

fn zone(model: &Model) -> String {
    let offset = model.now.as_jiff().to_zoned(model.zone.clone()).offset();
    match model.zone.iana_name() {
        Some(name) => format!("{name}, {offset}"),
        None => offset.to_string(),
    }
}

fn feed(model: &Model) -> String {
    let state = match &model.connection {
        Connection::Connecting => tr!("connecting").to_owned(),
        Connection::Starting => tr!("the embedded server starts").to_owned(),
        Connection::Live => tr!("live").to_owned(),
        Connection::CatchingUp { seen, head } => tr!("catching up, @{seen} of @{head}", seen, head),
        Connection::Offline { text, attempt, .. } => {
            tr_n!(
                *attempt,
                "offline: {text}; tried {count} time",
                "offline: {text}; tried {count} times",
                text
            )
        }
        Connection::Taken { text, .. } => tr!("the embedded server did not start: {text}", text),
        Connection::SignedOut { sent: false, .. } => tr!("no token yet").to_owned(),
        Connection::SignedOut { text, .. } => tr!("signed out: {text}", text),
        Connection::Busy { .. } => tr!("the server asked to wait").to_owned(),
        Connection::ServerFailed { status, text, .. } => {
            tr!("the server failed ({status}): {text}", status, text)
        }
    };
    if !model.present().is_loaded() {
        return state;
    }
    let at = model.last_change.map_or_else(String::new, |at| {
        tr!(
            ", last change seen {time}",
            time = format::time(model.now, at, &model.zone)
        )
    });
    format!("{state}, @{}{at}", model.present().sequence)
}
