//! What happened in a thread, in order: its turns, and in each of them messages, tools, plans and questions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entry::{Entry, EntryKind, EntrySource, EntryState};
use super::load::Load;
use super::names::Names;
use crate::api::orchestration::{Approval, Message, ThreadActivity, Turn};
use crate::api::{
    ActivityTone, ApprovalDecision, ApprovalStatus, MessageRole, RequestKind, Thread, TurnStatus,
};
use crate::base::Timestamp;
use crate::domain::id::ActivityId;

/// The one line of an entry is cut here at the latest.
const LINE: usize = 400;
/// Lines of a tool's output that are shown.
const OUTPUT: usize = 400;

/// The entries of a thread.
pub fn entries(thread: &Thread, names: &mut Names) -> Vec<Entry> {
    let turns = thread.turns.as_deref().unwrap_or_default();
    let mut found: Vec<Entry> = Vec::new();
    let messages = thread.messages.as_deref().unwrap_or_default();
    for (place, message) in messages.iter().enumerate() {
        found.push(of_message(turns, place, message, names));
    }
    of_activities(thread, turns, names, &mut found);
    // Of one moment: messages first, then as the server has them.
    found.sort_by_key(|entry| (entry.turn, first_at(thread, entry)));
    let mut all = Vec::with_capacity(found.len() + turns.len());
    let mut rest = found.into_iter().peekable();
    while let Some(entry) = rest.next_if(|it| it.turn.is_none()) {
        all.push(entry);
    }
    for (place, turn) in turns.iter().enumerate() {
        let begin = all.len();
        while let Some(entry) = rest.next_if(|it| it.turn == Some(place)) {
            all.push(entry);
        }
        let newest = all[begin..].iter().map(|it| it.at).max();
        all.insert(begin, of_turn(thread, place, turn, newest, names));
    }
    all
}

fn first_at(thread: &Thread, entry: &Entry) -> Timestamp {
    match &entry.source {
        EntrySource::Activities(places) => {
            let activities = thread.activities.as_deref().unwrap_or_default();
            let first = places.first().and_then(|place| activities.get(*place));
            first.map_or(entry.at, |it| it.created_at)
        }
        EntrySource::Message(place) => {
            let messages = thread.messages.as_deref().unwrap_or_default();
            messages.get(*place).map_or(entry.at, |it| it.created_at)
        }
        EntrySource::Turn(_) => entry.at,
    }
}

fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(LINE).collect()
}

fn of_turn(
    thread: &Thread,
    place: usize,
    turn: &Turn,
    newest: Option<Timestamp>,
    names: &mut Names,
) -> Entry {
    let asked = thread.approvals.as_deref().unwrap_or_default();
    let waits = asked.iter().any(|it| {
        it.status == ApprovalStatus::Pending && it.turn_id.as_ref() == Some(&turn.turn_id)
    });
    let files = thread
        .checkpoints
        .as_deref()
        .unwrap_or_default()
        .iter()
        .find(|it| it.turn_id == turn.turn_id)
        .map(|it| it.files.len());
    let (state, text) = match turn.state {
        TurnStatus::Pending => (EntryState::Queued, tr!("queued").to_owned()),
        TurnStatus::Running if waits => (EntryState::Waits, tr!("waits").to_owned()),
        TurnStatus::Running => (EntryState::Running, tr!("running").to_owned()),
        TurnStatus::Completed => (
            EntryState::Done,
            match files {
                Some(0) => tr!("no change").to_owned(),
                Some(files) => tr_n!(files, "{count} file", "{count} files"),
                None => tr!("done").to_owned(),
            },
        ),
        TurnStatus::Interrupted => (EntryState::Stopped, tr!("interrupted").to_owned()),
        TurnStatus::Error => (EntryState::Failed, tr!("failed").to_owned()),
    };
    Entry {
        key: names.of(&tr!("turn {turn_id}", turn_id = turn.turn_id)),
        turn: Some(place),
        kind: EntryKind::Turn,
        state,
        at: turn
            .completed_at
            .or(newest)
            .or(turn.started_at)
            .unwrap_or(turn.requested_at),
        text,
        source: EntrySource::Turn(place),
    }
}

fn of_message(turns: &[Turn], place: usize, message: &Message, names: &mut Names) -> Entry {
    let own = |turn: &Turn| {
        message.turn_id.as_ref() == Some(&turn.turn_id)
            || turn.user_message_id.as_ref() == Some(&message.id)
    };
    Entry {
        key: names.of(&format!("message {}", message.id)),
        turn: turns.iter().position(own),
        kind: match message.role {
            MessageRole::User => EntryKind::User,
            MessageRole::Assistant => EntryKind::Agent,
            MessageRole::System => EntryKind::System,
        },
        state: if message.streaming {
            EntryState::Running
        } else {
            EntryState::Plain
        },
        at: message.updated_at,
        text: one_line(&message.text),
        source: EntrySource::Message(place),
    }
}

/// Activities that tell of one tool, one question or the plan of one turn are one entry.
fn of_activities(thread: &Thread, turns: &[Turn], names: &mut Names, found: &mut Vec<Entry>) {
    let activities = thread.activities.as_deref().unwrap_or_default();
    let asked = thread.approvals.as_deref().unwrap_or_default();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, activity) in activities.iter().enumerate() {
        let id = |name: &str| activity.payload[name].as_str();
        let of_turn = activity.turn_id.as_ref().map_or("", |it| it.as_str());
        let one = match activity.kind.as_str() {
            kind if kind.starts_with("tool.") => {
                id("toolId").map(|tool| format!("tool {of_turn} {tool}"))
            }
            "turn.plan.updated" => Some(format!("plan {of_turn}")),
            kind if kind.starts_with("approval.") || kind.starts_with("user-input.") => {
                id("requestId").map(|request| format!("asks {request}"))
            }
            _ => None,
        };
        if let Some(entry) = one
            .as_ref()
            .and_then(|it| places.get(it))
            .and_then(|at| found.get_mut(*at))
        {
            if let EntrySource::Activities(all) = &mut entry.source {
                all.push(place);
            }
            // A question stands where it was asked; what was answered is in its state.
            if entry.kind != EntryKind::Asks {
                let (state, text) = said(activity, entry.kind, asked);
                entry.state = state;
                entry.at = activity.created_at;
                if !text.is_empty() {
                    entry.text = text;
                }
            }
            continue;
        }
        let kind = match activity.kind.as_str() {
            kind if kind.starts_with("tool.") => EntryKind::Tool,
            "turn.plan.updated" => EntryKind::Plan,
            "approval.requested" | "user-input.requested" => EntryKind::Asks,
            _ if activity.tone == ActivityTone::Error => EntryKind::Error,
            _ => EntryKind::Info,
        };
        let (state, text) = said(activity, kind, asked);
        let name = one
            .clone()
            .unwrap_or_else(|| format!("activity {}", activity.id));
        if let Some(one) = one {
            places.insert(one, found.len());
        }
        let own = |turn: &Turn| activity.turn_id.as_ref() == Some(&turn.turn_id);
        found.push(Entry {
            key: names.of(&name),
            turn: turns.iter().position(own),
            kind,
            state,
            at: activity.created_at,
            text,
            source: EntrySource::Activities(vec![place]),
        });
    }
}

/// Where an activity stands, and what it says in one line.
fn said(activity: &ThreadActivity, kind: EntryKind, asked: &[Approval]) -> (EntryState, String) {
    let payload = &activity.payload;
    match kind {
        EntryKind::Tool => {
            let failed = payload["status"].as_str() == Some("failed")
                || activity.tone == ActivityTone::Error;
            let state = match activity.kind.as_str() {
                _ if failed => EntryState::Failed,
                "tool.completed" => EntryState::Done,
                _ => EntryState::Running,
            };
            let words = tool_words(payload, &activity.summary);
            let summary = one_line(&activity.summary);
            // `docs/x.md: +1 -2` tells more than `docs/x.md`.
            if summary.starts_with(&words) {
                (state, summary)
            } else {
                (state, words)
            }
        }
        EntryKind::Plan => {
            let entries = payload["entries"].as_array().map_or(&[][..], Vec::as_slice);
            let is = |it: &&Value, status: &str| it["status"].as_str() == Some(status);
            let first = |status| entries.iter().find(|it| is(it, status));
            let done = entries.iter().filter(|it| is(it, "completed")).count();
            let now = first("in_progress").or_else(|| first("pending"));
            let now = now.and_then(|it| it["content"].as_str()).map(one_line);
            let text = match now {
                Some(now) => format!("{done}/{}: {now}", entries.len()),
                None => format!("{done}/{}", entries.len()),
            };
            (EntryState::Plain, text)
        }
        EntryKind::Asks => {
            let request = payload["requestId"].as_str();
            let own = |it: &&Approval| Some(it.request_id.as_str()) == request;
            let approval = asked.iter().find(own);
            let detail = payload["detail"].as_str().map(one_line);
            let detail = detail.unwrap_or_else(|| one_line(&activity.summary));
            match approval.map(|it| (it.status, it.decision)) {
                Some((ApprovalStatus::Pending, _)) => (EntryState::Waits, detail),
                Some((ApprovalStatus::Stale, _)) => (EntryState::Stopped, detail),
                Some((_, Some(decision))) => (
                    EntryState::Done,
                    format!("{} · {detail}", decision_words(decision)),
                ),
                _ => (EntryState::Done, detail),
            }
        }
        _ => {
            let state = if kind == EntryKind::Error {
                EntryState::Failed
            } else {
                EntryState::Plain
            };
            (state, one_line(&activity.summary))
        }
    }
}

/// What a tool does, in a few words: its title, else its kind and paths.
pub fn tool_words(tool: &Value, otherwise: &str) -> String {
    if let Some(title) = tool["title"].as_str().filter(|it| !it.trim().is_empty()) {
        return one_line(title);
    }
    let kind = tool["kind"].as_str().unwrap_or_default();
    let paths = paths(tool).join(" ");
    let words = format!("{kind} {paths}");
    if words.trim().is_empty() {
        one_line(otherwise)
    } else {
        one_line(&words)
    }
}

/// The paths that a tool is about.
pub fn paths(tool: &Value) -> Vec<&str> {
    let all = tool["paths"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter_map(Value::as_str).collect()
}

/// What came of a tool, as far as its entry shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The activity that tells it.
    pub activity: ActivityId,
    /// How long all of it is, where the server keeps more than it told.
    pub bytes: Option<u64>,
    /// What it told.
    pub told: String,
}

impl Output {
    /// Whether there is more than an entry shows by itself.
    pub fn is_cut(&self) -> bool {
        self.bytes.is_some() || self.told.lines().nth(OUTPUT).is_some()
    }
}

/// What came of the tool of an entry; `None`: it is no tool, or nothing came of it yet.
pub fn output(thread: &Thread, entry: &Entry) -> Option<Output> {
    let EntrySource::Activities(places) = &entry.source else {
        return None;
    };
    let activities = thread.activities.as_deref().unwrap_or_default();
    let all = places
        .iter()
        .rev()
        .filter_map(|place| activities.get(*place));
    all.filter(|it| {
        !matches!(entry.kind, EntryKind::Plan | EntryKind::Asks) && it.payload["output"].is_string()
    })
    .map(|it| Output {
        activity: it.id.clone(),
        bytes: it.payload["outputBytes"].as_u64(),
        told: it.payload["output"].as_str().unwrap_or_default().to_owned(),
    })
    .next()
}

/// An entry in full, a line each; with what was fetched of its tool's output, where that was.
pub fn whole(
    thread: &Thread,
    entry: &Entry,
    details: bool,
    fetched: Option<&Load<String>>,
) -> Vec<String> {
    let mut text: Vec<String> = Vec::new();
    let mut put = |it: &str| text.extend(it.lines().map(|line| line.replace('\t', "    ")));
    match &entry.source {
        EntrySource::Message(place) => {
            let messages = thread.messages.as_deref().unwrap_or_default();
            if let Some(message) = messages.get(*place) {
                put(message.text.trim());
                let attached = message.attachments.as_deref().unwrap_or_default();
                for it in attached {
                    put(&tr!(
                        "with {model}",
                        model = it["name"].as_str().unwrap_or(tr!("a file"))
                    ));
                }
            }
        }
        EntrySource::Activities(places) => {
            put(&entry.text);
            let activities = thread.activities.as_deref().unwrap_or_default();
            let all: Vec<&ThreadActivity> = places
                .iter()
                .filter_map(|place| activities.get(*place))
                .collect();
            if details && let Some(last) = all.last() {
                more(entry.kind, &all, last, fetched, &mut put);
            }
        }
        EntrySource::Turn(_) => put(&entry.text),
    }
    if text.is_empty() {
        text.push(String::new());
    }
    text
}

fn more(
    kind: EntryKind,
    all: &[&ThreadActivity],
    last: &ThreadActivity,
    fetched: Option<&Load<String>>,
    put: &mut impl FnMut(&str),
) {
    match kind {
        EntryKind::Plan => {
            for it in last.payload["entries"].as_array().into_iter().flatten() {
                let mark = match it["status"].as_str() {
                    Some("completed") => '✓',
                    Some("in_progress") => '▶',
                    _ => '◌',
                };
                let content = it["content"].as_str().unwrap_or_default();
                put(&format!("{mark} {content}"));
            }
        }
        EntryKind::Asks => {
            let tool = &all[0].payload["tool"];
            if tool.is_object() {
                put(&tool_words(tool, ""));
                paths(tool).into_iter().for_each(&mut *put);
            }
        }
        _ => {
            let of = |name: &str| all.iter().rev().find_map(|it| it.payload[name].as_str());
            let named = all.iter().rev().map(|it| paths(&it.payload));
            for path in named.clone().find(|it| !it.is_empty()).unwrap_or_default() {
                put(path);
            }
            if let Some(detail) = of("detail").or_else(|| of("message")) {
                put(detail);
            }
            if let Some(all) = fetched.and_then(|it| it.value.as_ref()) {
                put(all);
            } else if let Some(output) = of("output") {
                let lines: Vec<&str> = output.lines().collect();
                for line in lines.iter().take(OUTPUT) {
                    put(line);
                }
                if lines.len() > OUTPUT {
                    put(&tr_n!(
                        lines.len() - OUTPUT,
                        "… and {count} more line",
                        "… and {count} more lines"
                    ));
                }
                let bytes = |it: &ThreadActivity| it.payload["outputBytes"].as_u64();
                if let Some(bytes) = all.iter().rev().find_map(|it| bytes(it)) {
                    put(&tr!(
                        "… of {kibibytes} KiB in all",
                        kibibytes = bytes.div_ceil(1024)
                    ));
                }
                let more = lines.len() > OUTPUT || all.iter().any(|it| bytes(it).is_some());
                match fetched.map(Load::failure) {
                    Some(Some(text)) => put(&tr!("Not loaded: {text}", text)),
                    Some(None) => put(tr!("Asking for all of it.")),
                    None if more => put(tr!("Enter shows all of it.")),
                    None => {}
                }
            }
        }
    }
}

/// What a question is about, in words.
pub fn asks_words(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Command => tr!("run a command"),
        RequestKind::FileRead => tr!("read a file"),
        RequestKind::FileChange => tr!("change a file"),
        RequestKind::UserInput => tr!("know something"),
    }
}

/// What an answer is called: `allowed once`.
pub fn decision_words(decision: ApprovalDecision) -> &'static str {
    match decision {
        ApprovalDecision::Accept => tr!("allowed once"),
        ApprovalDecision::AcceptForSession => tr!("allowed for the session"),
        ApprovalDecision::Decline => tr!("declined"),
        ApprovalDecision::Cancel => tr!("cancelled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_kept_elsewhere_says_how_long_it_is() {
        let shown = |payload: Value| {
            let did: ThreadActivity = serde_json::from_value(serde_json::json!({
                "id": "a", "tone": "tool", "kind": "tool.completed", "summary": "s", "turnId": null,
                "payload": payload, "createdAt": "2026-11-21T14:02:11.250Z",
            }))
            .unwrap();
            let mut lines = Vec::new();
            let mut put = |line: &str| lines.push(line.to_owned());
            more(EntryKind::Tool, &[&did], &did, None, &mut put);
            lines
        };
        let long = serde_json::json!({"output": "one\ntwo", "outputBytes": 20_000});
        assert_eq!(
            shown(long),
            ["one", "two", "… of 20 KiB in all", "Enter shows all of it."]
        );
        assert_eq!(shown(serde_json::json!({"output": "one"})), ["one"]);
    }
}
