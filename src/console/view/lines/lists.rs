//! Rows as numbered sentences: the number is what `row` takes.

use crate::api::{Binding, Delivery, Integration, Job, Source, Token};
use crate::console::format;
use crate::console::model::{ListId, Model, Page, RowKey};
use crate::console::rows::{changed_words, words};
use crate::console::view::glyph;
use crate::console::view::page::xray;
use crate::console::view::pane::runs;

/// An event of a thread holds whole texts; its line holds the beginning.
const LONGEST: usize = 200;

/// The rows of a list, as many as there are.
pub fn rows(model: &Model, list: ListId) -> Vec<String> {
    let state = model.ui.list(list);
    let texts: Vec<String> = state
        .rows
        .iter()
        .filter_map(|row| text(model, list, *row))
        .enumerate()
        .map(|(n, text)| format!("{}. {text}", n + 1))
        .collect();
    if !texts.is_empty() {
        return texts;
    }
    let filter = &state.filter;
    vec![if filter.text.is_empty() {
        tr!("Nothing here.").to_owned()
    } else {
        let near = filter
            .near
            .as_ref()
            .map_or_else(String::new, |it| tr!(" Near: {near}.", near = it));
        tr!(
            "Nothing matches \"{text}\".{near}",
            text = filter.text,
            near
        )
    }]
}

fn text(model: &Model, list: ListId, row: u32) -> Option<String> {
    let replica = &model.replica;
    Some(match list {
        ListId::Sources | ListId::LinkedSources => source(&replica.sources.at(row)?),
        ListId::Cursors => cursor(model, &replica.sources.at(row)?),
        ListId::Bindings => binding(model, replica.bindings.at(row)?),
        ListId::Runs => run(model, replica.jobs.at(row)?),
        ListId::Deliveries | ListId::ItsDeliveries => delivery(model, replica.deliveries.at(row)?),
        ListId::Integrations => integration(replica.integrations.at(row)?),
        ListId::Xray => match model.ui.page() {
            Page::Xray(view) => {
                let node = *view.nodes.get(row as usize)?;
                xray::in_words(model, view, node)?
            }
            _ => return None,
        },
        ListId::Conflicts => {
            let it = model.conflicts().get(row as usize)?;
            let remedies = it.remedies.iter().enumerate();
            let remedies: Vec<String> = remedies
                .map(|(n, it)| tr!("do {number}, {label}", number = n + 1, label = it.label))
                .collect();
            let remedies = match remedies.join("; ") {
                none if none.is_empty() => none,
                some => tr!(" Remedies: {remedies}.", remedies = some),
            };
            format!(
                "{} {}: {}{remedies}",
                glyph::severity(it.severity).glyph,
                it.code.as_str(),
                format::sentence(&it.message)
            )
        }
        ListId::Events => match model.ui.page() {
            Page::Events(view) => {
                let it = view.events.get(row as usize)?;
                format!(
                    "@{}, {}, {} {}, {}: {}. {}",
                    it.sequence,
                    format::time(model.now, it.occurred_at, &model.zone),
                    it.actor.kind,
                    it.actor.id,
                    words::stream(replica, it),
                    it.event_type,
                    format::cut(&format::visible(&changed_words(replica, it)), LONGEST)
                )
            }
            _ => return None,
        },
        ListId::Tokens => match model.ui.page() {
            Page::Tokens(view) => token(model, view.tokens.value.as_ref()?.get(row as usize)?),
            _ => return None,
        },
        ListId::Own => match model.ui.page() {
            Page::OwnLog(view) => view.lines.value.as_ref()?.get(row as usize)?.clone(),
            _ => return None,
        },
        ListId::Approvals => match model.ui.page() {
            Page::Approvals(view) => {
                let it = view.questions.value.as_ref()?.get(row as usize)?;
                tr!(
                    "{title}, {request_kind}: {detail}. Waits {fine_age}.",
                    title = it.title,
                    request_kind = it.approval.request_kind.as_str(),
                    detail = it.approval.detail.as_deref().unwrap_or(tr!("asks")),
                    fine_age = format::fine_age(model.now, it.approval.created_at)
                )
            }
            _ => return None,
        },
        ListId::Messages => {
            let notes = &model.work.notes;
            // The newest stands first, as on the screen.
            let note = notes.get(notes.len().checked_sub(1 + row as usize)?)?;
            format!(
                "{}: {}",
                format::time(model.now, note.at, &model.zone),
                note.text
            )
        }
        _ => return None,
    })
}

/// `frontend: true, github.com/acme/frontend, stalled.`
pub fn source(source: &Source) -> String {
    let repo = source.repo.as_deref().unwrap_or(tr!("no repository"));
    let off = if source.enabled { "" } else { tr!(", off") };
    format!(
        "{}: {}, {repo}, {}{off}.",
        source.name, source.kind, source.state
    )
}

/// Where the cursor stands and how far behind.
pub fn cursor(model: &Model, source: &Source) -> String {
    if let Some(words) = crate::console::view::pane::cursors::none(model, source) {
        return format!("{}: {words}", source.name);
    }
    let position = crate::console::view::pane::cursors::position(source).replace('→', tr!("to"));
    let behind = source.pending_since.map_or_else(String::new, |since| {
        tr!(
            ", behind {lag}",
            lag = format::lag(model.now, since, source.commits_behind)
        )
    });
    let why = source
        .primary
        .as_ref()
        .map_or_else(String::new, |it| format!(": {} ({})", it.name, it.code));
    format!(
        "{}: {}{why}. {position}{behind}.",
        source.name, source.state
    )
}

/// `API Docs × frontend: on, 14 documents, ok 5h.`
pub fn binding(model: &Model, binding: &Binding) -> String {
    let replica = &model.replica;
    let saving = model
        .work
        .pending_for(RowKey::Binding(binding.space_id, binding.source_id))
        .map_or_else(String::new, |it| format!(", {}", it.words));
    format!(
        "{} × {}: {}{saving}, {}, {}.",
        replica.space_name(binding.space_id),
        replica.source_name(binding.source_id),
        if binding.enabled {
            tr!("on")
        } else {
            tr!("off")
        },
        tr_n!(binding.documents, "{count} document", "{count} documents"),
        format::outcome(model.now, binding.last_outcome, binding.last_outcome_at)
    )
}

/// `#91 frontend 8be01aa: failed, 2/3 spaces, 3m ago.`
pub fn run(model: &Model, job: &Job) -> String {
    let commit = job
        .head_sha
        .as_deref()
        .map_or(tr!("no commit"), format::sha);
    let took = words::length(model.now, job).map_or_else(String::new, |it| {
        tr!(", took {duration}", duration = format::duration(it))
    });
    let done = words::progressed(job).map_or_else(String::new, |(done, all)| {
        tr_n!(
            all,
            ", {done} of {count} space done",
            ", {done} of {count} spaces done",
            done
        )
    });
    tr!(
        "#{id} {source_name} {commit}: {status_word}{done}{took}, {age} ago.",
        id = job.id,
        source_name = model.replica.source_of(job),
        commit,
        status_word = runs::status_word(job),
        done,
        took,
        age = format::age(model.now, job.updated_at)
    )
}

fn delivery(model: &Model, delivery: &Delivery) -> String {
    let id: String = delivery.delivery_id.chars().take(8).collect();
    tr!(
        "{id}, {age} ago, {event}: {result}.",
        id,
        age = format::age(model.now, delivery.received_at),
        event = words::event(delivery),
        result = words::result(delivery).replace('→', tr!("as run"))
    )
}

/// `12 acme-github: github, github.com/acme, active.`
pub fn integration(it: &Integration) -> String {
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

/// `ci: operator, made 8w ago, used 2h ago, ends in 30d.`
fn token(model: &Model, token: &Token) -> String {
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
