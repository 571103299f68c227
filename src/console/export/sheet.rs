//! What there is to take away: lists of the replica, and tables of pages and results, which are none.

use serde_json::{Value as Json, json};

use crate::console::columns::{self, Value, catalogue};
use crate::console::model::export::{Sheet, What};
use crate::console::model::xray::{Node, Standings, XrayView};
use crate::console::model::{Bulk, LinkStep, LinkWizard, ListId, Model, Outcome, Page, Popup};

/// What `yx` would take away here; `None`: nothing here is a table.
pub fn exportable(model: &Model) -> Option<(String, What)> {
    let list = model.ui.focus();
    let state = model.ui.list(list);
    let name = columns::word(list).or(pages(list))?.to_owned();
    if !catalogue(list).is_empty() && list != ListId::Events {
        return Some((
            name,
            What::Rows {
                list,
                replica: model.replica.clone(),
                slots: state.rows.clone(),
                columns: state.shown_columns(list).to_vec(),
                now: model.now,
            },
        ));
    }
    Some((name, What::Sheet(of_page(model, list, &state.rows)?)))
}

/// The lists of pages that can be taken away, as their table is called.
pub const fn pages(list: ListId) -> Option<&'static str> {
    Some(match list {
        ListId::Events => "events",
        ListId::Conflicts => "conflicts",
        ListId::Findings => "findings",
        ListId::Steps => "steps",
        ListId::RunSpaces => "spaces",
        ListId::RunLog => "log",
        ListId::Messages => "messages",
        ListId::Approvals => "approvals",
        ListId::Tokens => "tokens",
        ListId::Timeline => "timeline",
        ListId::Xray => "xray",
        ListId::Popup => "links",
        _ => return None,
    })
}

/// The table of such a list, its rows in this order; `None`: it has none now.
pub fn of_page(model: &Model, list: ListId, rows: &[u32]) -> Option<Sheet> {
    let names = &model.replica;
    Some(match (list, model.ui.page()) {
        (ListId::Popup, _) => match model.ui.popup() {
            Some(Popup::Link(wizard)) if wizard.step == LinkStep::Result => links(model, wizard),
            Some(Popup::Bulk(group)) => {
                bulk(model.work.bulks.iter().find(|it| it.group == *group)?)
            }
            _ => return None,
        },
        (ListId::Events, Page::Events(view)) => {
            let columns = model.ui.list(list).shown_columns(list);
            let mut sheet = Sheet {
                columns: columns.iter().map(|it| it.word().to_owned()).collect(),
                ..Sheet::default()
            };
            for event in rows.iter().filter_map(|n| view.events.get(*n as usize)) {
                use crate::console::rows::Listed as _;
                let row = event.listed();
                let cells = columns.iter().map(|col| row.value(names, *col, model.now));
                sheet.rows.push(cells.collect());
                sheet.whole.push(row.json());
            }
            sheet
        }
        (ListId::Conflicts, _) => table(
            rows,
            model.conflicts(),
            &[
                "sourceName",
                "severity",
                "code",
                "space",
                "places",
                "nearNames",
                "message",
            ],
            |it| json!({ "space": it.space_id.map(|id| names.space_name(id)) }),
        ),
        (ListId::Findings, Page::Why(view)) => table(
            rows,
            &view.diagnosis.value.as_ref()?.findings,
            &["severity", "code", "name", "since", "summary"],
            |_| Json::Null,
        ),
        // What the list shows of them and no more: the secret itself is known to nobody here.
        (ListId::Tokens, Page::Tokens(view)) => table(
            rows,
            view.tokens.value.as_deref()?,
            &["id", "name", "role", "createdAt", "expiresAt", "lastUsedAt"],
            |_| Json::Null,
        ),
        (ListId::Steps, Page::Run(_)) => table(
            rows,
            &model.shown_job()?.steps,
            &["name", "status", "startedAt", "finishedAt", "detail"],
            |_| Json::Null,
        ),
        (ListId::RunSpaces, Page::Run(_)) => table(
            rows,
            &model.shown_job()?.spaces,
            &[
                "space",
                "status",
                "phase",
                "impactedDocs",
                "updatedDocs",
                "attempt",
                "startedAt",
                "finishedAt",
                "error",
            ],
            |it| json!({ "space": names.space_name(it.space_id) }),
        ),
        (ListId::RunLog, Page::Run(view)) => table(
            rows,
            view.log.value.as_deref()?,
            &["seq", "at", "level", "step", "space", "message"],
            |it| json!({ "space": it.space_id.map(|id| names.space_name(id)) }),
        ),
        (ListId::Messages, _) => {
            let notes: Vec<Json> = model
                .work
                .notes
                .iter()
                .map(|it| json!({ "at": it.at, "kind": format!("{:?}", it.kind).to_lowercase(), "text": it.text }))
                .collect();
            table(rows, &notes, &["at", "kind", "text"], |_| Json::Null)
        }
        (ListId::Approvals, Page::Approvals(view)) => {
            let questions: Vec<Json> = view
                .questions
                .value
                .as_deref()?
                .iter()
                .map(|it| json!({ "thread": it.title, "threadId": it.thread.to_string(), "turn": it.turn, "asked": it.approval.created_at, "kind": it.approval.request_kind, "detail": it.approval.detail }))
                .collect();
            let columns = &["thread", "turn", "asked", "kind", "detail"];
            table(rows, &questions, columns, |_| Json::Null)
        }
        (ListId::Pulse, Page::Pulse(view)) => {
            let lines: Vec<Json> = view
                .lines
                .iter()
                .map(|it| json!({ "window": view.window.as_str(), "what": it.section, "of": it.label, "count": it.count, "course": it.course, "note": it.note }))
                .collect();
            let columns = &["window", "what", "of", "count", "course", "note"];
            table(rows, &lines, columns, |_| Json::Null)
        }
        (ListId::Xray, Page::Xray(view)) => {
            let nodes = rows.iter().filter_map(|n| view.nodes.get(*n as usize));
            let lines: Vec<Json> = nodes
                .filter_map(|node| branch(model, view, *node))
                .collect();
            let columns = &[
                "source",
                "space",
                "document",
                "state",
                "documents",
                "watches",
            ];
            let all: Vec<u32> = (0..lines.len() as u32).collect();
            table(&all, &lines, columns, |_| Json::Null)
        }
        (ListId::Timeline, Page::Pulse(view)) => {
            let lanes = rows
                .iter()
                .filter_map(|n| view.timeline.lanes.get(*n as usize));
            let runs: Vec<Json> = lanes
                .flat_map(|lane| lane.bars.iter().map(move |bar| (lane.source, bar)))
                .map(|(source, it)| json!({ "source": names.source_name(source), "run": it.job, "status": it.status, "queuedAt": it.queued, "startedAt": it.started, "finishedAt": it.ended }))
                .collect();
            let columns = &[
                "source",
                "run",
                "status",
                "queuedAt",
                "startedAt",
                "finishedAt",
            ];
            let all: Vec<u32> = (0..runs.len() as u32).collect();
            table(&all, &runs, columns, |_| Json::Null)
        }
        _ => return None,
    })
}

/// A line of the tree; `None`: it only stands in place of others.
fn branch(model: &Model, view: &XrayView, node: Node) -> Option<Json> {
    let names = &model.replica;
    let source = names.source_name(node.source());
    Some(match node {
        Node::Source(id) => {
            let state = names.sources.get(id)?.state;
            let documents: i64 = names.bindings_of(id).map(|it| it.documents).sum();
            json!({ "source": source, "state": state, "documents": documents })
        }
        Node::Space(space, id) => {
            let binding = names.bindings.get((space, id))?;
            let state = if binding.enabled { "on" } else { "off" };
            json!({ "source": source, "space": names.space_name(space), "state": state, "documents": binding.documents })
        }
        Node::Document(space, id, number) => {
            let document = view.document((space, id), number)?;
            let standing = Standings::of(names, (space, id)).get(&document.path);
            let finding = standing
                .finding
                .and_then(|(_, place)| names.conflicts.get(place));
            let state = match (finding, standing.run) {
                (Some(finding), _) => Some(finding.code.as_str()),
                (None, run) => run.map(|(_, status)| status.as_str()),
            };
            let watches: Vec<&str> = document.rules.iter().map(|it| it.path.as_str()).collect();
            json!({ "source": source, "space": names.space_name(space), "document": document.path, "state": state, "watches": watches.join(", ") })
        }
        Node::Words(..) | Node::Unbound(_) => return None,
    })
}

/// What came of linking several sources.
fn links(model: &Model, wizard: &LinkWizard) -> Sheet {
    let items: Vec<Json> = wizard
        .items
        .iter()
        .map(|item| {
            let (result, detail) = said(&item.result, "linked");
            let integration = item.choice.as_ref();
            json!({
                "source": model.replica.source_name(item.source),
                "sourceId": item.source,
                "integration": integration.map(|it| model.replica.integration_label(it.integration)),
                "result": result,
                "detail": detail,
            })
        })
        .collect();
    let all: Vec<u32> = (0..items.len() as u32).collect();
    table(
        &all,
        &items,
        &["source", "integration", "result", "detail"],
        |_| Json::Null,
    )
}

/// What came of a command on many rows.
fn bulk(bulk: &Bulk) -> Sheet {
    let (one, _) = bulk.act.command.nouns();
    let items: Vec<Json> = bulk
        .items
        .iter()
        .map(|item| {
            let (result, detail) = said(&item.outcome, bulk.act.done_word());
            json!({ one: item.name, "command": bulk.act.command.as_str(), "result": result, "detail": detail })
        })
        .collect();
    let all: Vec<u32> = (0..items.len() as u32).collect();
    let columns = [one, "command", "result", "detail"];
    table(&all, &items, &columns, |_| Json::Null)
}

/// An outcome in a word, and what else is known of it; a done one is called `word`.
fn said(outcome: &Outcome, word: &'static str) -> (&'static str, String) {
    match outcome {
        Outcome::NotSent => ("not sent", String::new()),
        Outcome::Sent => ("sent", String::new()),
        Outcome::Done(at, _) => (word, format!("@{at}")),
        Outcome::Undone(at) => ("undone", format!("@{at}")),
        Outcome::Failed(reason) => ("refused", reason.clone()),
        Outcome::LeftOut(reason) => ("left out", reason.clone()),
    }
}

/// Rows by their fields on the wire; `more` holds what those say in the names of the screen.
fn table<T: serde::Serialize>(
    rows: &[u32],
    items: &[T],
    columns: &[&str],
    more: impl Fn(&T) -> Json,
) -> Sheet {
    let mut sheet = Sheet {
        columns: columns.iter().map(|it| (*it).to_owned()).collect(),
        ..Sheet::default()
    };
    for item in rows.iter().filter_map(|n| items.get(*n as usize)) {
        let whole = serde_json::to_value(item).expect("rows came as JSON");
        let more = more(item);
        let cell = |name: &&str| cell(more.get(*name).unwrap_or(&whole[*name]));
        sheet.rows.push(columns.iter().map(cell).collect());
        sheet.whole.push(whole);
    }
    sheet
}

fn cell(value: &Json) -> Value {
    match value {
        Json::Null => Value::Nothing,
        Json::Bool(is) => Value::yes(*is),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Text(number.to_string()), Value::Count),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => {
            let words: Vec<String> = items.iter().map(word).collect();
            Value::Text(words.join("; "))
        }
        object @ Json::Object(_) => Value::Text(object.to_string()),
    }
}

/// One of several things in a cell: a document by where it stands, anything else as it is.
fn word(item: &Json) -> String {
    let path = item["docPath"].as_str().or(item["path"].as_str());
    match (path, item["line"].as_i64()) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.to_owned(),
        (None, _) => cell(item).plain(),
    }
}
