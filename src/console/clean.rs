//! Server text made safe once, where it enters: control characters, escape sequences and bidi overrides become visible
//! (`‹1b›`), so that no text can move the cursor or turn a line round.

use crate::api::orchestration::{Approval, Message, ThreadActivity};
use crate::api::{
    Binding, Delivery, Diagnosis, Event, Finding, Integration, Job, LogLine, Row, RowChange,
    RowsFrame, Snapshot, Source, Space, Thread, Token, WatchingDocument,
};
use crate::impact::strict::LocalView;

/// Whether a character must not reach a terminal as it is.
const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{61c}' | '\u{180e}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes one line of text safe.
pub fn text(text: &mut String) {
    let safe = text
        .as_bytes()
        .iter()
        .all(|byte| (0x20..0x7f).contains(byte));
    if safe || !text.chars().any(is_unsafe) {
        return;
    }
    *text = visible(text, false);
}

/// Makes text of several lines safe; line ends and tabs stay.
pub fn lines(text: &mut String) {
    if text.chars().any(is_unsafe) {
        *text = visible(text, true);
    }
}

fn visible(text: &str, keep_lines: bool) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if keep_lines && matches!(c, '\n' | '\t') {
            out.push(c);
        } else if is_unsafe(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "‹{:x}›", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

fn some(value: &mut Option<String>) {
    if let Some(value) = value {
        text(value);
    }
}

/// Makes a row safe.
pub fn row(mut row: Row) -> Row {
    match &mut row {
        Row::Source(it) => source(it),
        Row::Space(it) => space(it),
        Row::Binding(it) => binding(it),
        Row::Integration(it) => integration(it),
        Row::Job(it) => job(it),
        Row::Delivery(it) => delivery(it),
        Row::Conflicts(all) => all.iter_mut().for_each(finding),
    }
    row
}

/// Makes a token's record safe.
pub fn token(it: &mut Token) {
    text(&mut it.name);
}

/// Makes a frame safe.
pub fn frame(frame: &mut RowsFrame) {
    for change in &mut frame.changes {
        if let RowChange::Put { row: it } = change {
            let taken = std::mem::replace(it, Row::Conflicts(Vec::new()));
            *it = row(taken);
        }
    }
}

/// Makes a snapshot safe.
pub fn snapshot(it: &mut Snapshot) {
    text(&mut it.org.slug);
    it.sources.iter_mut().for_each(source);
    it.spaces.iter_mut().for_each(space);
    it.bindings.iter_mut().for_each(binding);
    it.integrations.iter_mut().for_each(integration);
    it.jobs.iter_mut().for_each(job);
    it.deliveries.iter_mut().for_each(delivery);
    it.conflicts.iter_mut().for_each(finding);
}

/// Makes a source safe.
pub fn source(it: &mut Source) {
    text(&mut it.name);
    some(&mut it.repo);
    some(&mut it.branch);
    some(&mut it.created_by);
    if let Some(pause) = &mut it.paused {
        text(&mut pause.by);
        some(&mut pause.reason);
    }
    if let Some(cursor) = &mut it.cursor {
        text(&mut cursor.value);
    }
    if let Some(head) = &mut it.head {
        text(&mut head.sha);
    }
    if let Some(primary) = &mut it.primary {
        text(&mut primary.code);
        text(&mut primary.name);
    }
}

fn space(it: &mut Space) {
    text(&mut it.name);
    text(&mut it.slug);
    some(&mut it.description);
}

fn binding(it: &mut Binding) {
    some(&mut it.jrn_pattern);
    it.watches.iter_mut().for_each(text);
}

fn integration(it: &mut Integration) {
    text(&mut it.name);
    some(&mut it.repo);
    some(&mut it.account);
    some(&mut it.status_detail);
    text(&mut it.webhook_url);
}

/// Makes a run safe.
pub fn job(it: &mut Job) {
    text(&mut it.event_jrn);
    some(&mut it.branch);
    some(&mut it.head_sha);
    some(&mut it.base_sha);
    some(&mut it.runner);
    some(&mut it.delivery_id);
    if let Some(error) = &mut it.error {
        text(&mut error.code);
        text(&mut error.message);
    }
    for step in &mut it.steps {
        some(&mut step.detail);
    }
    for space in &mut it.spaces {
        some(&mut space.phase);
        some(&mut space.error);
        some(&mut space.thread_id);
        for doc in space
            .impacted_docs
            .iter_mut()
            .chain(&mut space.updated_docs)
        {
            text(&mut doc.path);
            some(&mut doc.doc_id);
        }
    }
}

/// Makes a delivery safe.
pub fn delivery(it: &mut Delivery) {
    text(&mut it.event);
    text(&mut it.delivery_id);
    text(&mut it.reason);
    some(&mut it.git_ref);
    some(&mut it.before);
    some(&mut it.after);
    some(&mut it.duplicate_of);
}

/// Makes what a docs project says of its sources safe.
pub fn local_view(it: &mut LocalView) {
    for mount in &mut it.mounts {
        some(&mut mount.name);
        text(&mut mount.path);
    }
    for source in &mut it.virtual_sources {
        text(&mut source.name);
        text(&mut source.path);
    }
}

/// Makes a finding safe.
pub fn finding(it: &mut Finding) {
    text(&mut it.message);
    some(&mut it.source_name);
    it.near_names.iter_mut().for_each(text);
    for place in &mut it.places {
        text(&mut place.doc_path);
        text(&mut place.pattern);
    }
    for remedy in &mut it.remedies {
        text(&mut remedy.label);
        text(&mut remedy.command);
    }
}

/// A document with rules on a source.
pub fn watching_document(document: &mut WatchingDocument) {
    text(&mut document.path);
    text(&mut document.file_id);
    for rule in &mut document.rules {
        text(&mut rule.path);
    }
}

/// Makes a line of a log safe.
pub fn log_line(it: &mut LogLine) {
    text(&mut it.message);
}

/// Makes an event safe.
pub fn event(it: &mut Event) {
    text(&mut it.actor.id);
    text(&mut it.stream_id);
    text(&mut it.event_type);
    json(&mut it.payload);
    json(&mut it.metadata);
}

/// Makes a diagnosis safe.
pub fn diagnosis(it: &mut Diagnosis) {
    text(&mut it.name);
    some(&mut it.branch);
    text(&mut it.summary);
    text(&mut it.moves_next);
    it.not_evaluated.iter_mut().for_each(text);
    for finding in &mut it.findings {
        text(&mut finding.summary);
        for evidence in &mut finding.evidence {
            text(&mut evidence.text);
        }
        for action in finding
            .next_action
            .iter_mut()
            .chain(&mut finding.other_actions)
        {
            text(&mut action.label);
        }
    }
}

/// Makes a thread safe: what was said in it keeps its lines.
pub fn thread(it: &mut Thread) {
    text(&mut it.title);
    text(&mut it.model);
    some(&mut it.branch);
    some(&mut it.worktree_path);
    if let Some(session) = &mut it.session {
        some(&mut session.provider_name);
        some(&mut session.last_error);
    }
    it.messages.iter_mut().flatten().for_each(message);
    it.activities.iter_mut().flatten().for_each(activity);
    it.approvals.iter_mut().flatten().for_each(approval);
    for checkpoint in it.checkpoints.iter_mut().flatten() {
        text(&mut checkpoint.checkpoint_ref);
        for file in &mut checkpoint.files {
            text(&mut file.path);
        }
    }
}

fn message(it: &mut Message) {
    lines(&mut it.text);
    it.attachments.iter_mut().flatten().for_each(json);
}

fn activity(it: &mut ThreadActivity) {
    text(&mut it.kind);
    lines(&mut it.summary);
    json(&mut it.payload);
}

fn approval(it: &mut Approval) {
    if let Some(detail) = &mut it.detail {
        lines(detail);
    }
}

/// Makes every text of a JSON value safe.
pub fn json(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(it) => lines(it),
        Value::Array(all) => all.iter_mut().for_each(json),
        Value::Object(all) => all.values_mut().for_each(json),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_and_overrides_become_visible_and_scripts_stay() {
        let mut name = "\u{1b}[31mred\u{202e}gpj größe 名".to_owned();
        super::text(&mut name);
        assert_eq!(name, "‹1b›[31mred‹202e›gpj größe 名");
        let mut body = "a\n\tb\u{7}".to_owned();
        super::lines(&mut body);
        assert_eq!(body, "a\n\tb‹7›");
    }
}
