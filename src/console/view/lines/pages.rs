//! Pages of one thing as sentences.

use super::{lists, loaded};
use crate::api::{Action, Diagnosis, DiagnosisFinding, Preview, SourcePage};
use crate::console::model::pulse::PulseView;
use crate::console::model::timeline::Timeline;
use crate::console::model::{ListId, Model, RunView, SourceView, ThreadView, WhyView};
use crate::console::view::{format, glyph};

/// A source with its bindings.
pub fn source(model: &Model, view: &SourceView) -> Vec<String> {
    let Some(source) = model.replica.sources.get(view.source) else {
        return vec!["This source is gone.".to_owned()];
    };
    let mut lines = vec![lists::source(&source), lists::cursor(model, &source)];
    if let Some(branch) = &source.branch {
        lines.push(format!("Branch {branch}."));
    }
    if let Some(integration) = source.integration_id {
        lines.push(format!(
            "Integration {}.",
            model.replica.integration_label(integration)
        ));
    }
    lines.push("Bindings:".to_owned());
    lines.extend(lists::rows(model, ListId::Bindings));
    lines.extend(loaded(&view.page, |page: &SourcePage| {
        let conditions = page.conditions.iter();
        conditions
            .map(|it| format!("{}: {}. {}", it.condition_type, it.status, it.message))
            .collect()
    }));
    lines
}

/// Why a cursor stands, and what would move it.
pub fn why(model: &Model, view: &WhyView) -> Vec<String> {
    loaded(&view.diagnosis, |diagnosis| verdict(model, diagnosis))
}

fn verdict(model: &Model, diagnosis: &Diagnosis) -> Vec<String> {
    let since = diagnosis.since.map_or_else(String::new, |at| {
        format!(" for {}", format::age(model.now, at))
    });
    let mut lines = vec![format!(
        "{} is {}{since}. {}",
        diagnosis.name, diagnosis.state, diagnosis.summary
    )];
    if diagnosis.findings.is_empty() {
        lines.push("Nothing is wrong.".to_owned());
    }
    for finding in &diagnosis.findings {
        lines.push(format!(
            "{} {}, {}: {}",
            finding.code,
            finding.name,
            glyph::severity(finding.severity).word,
            finding.summary
        ));
        for evidence in &finding.evidence {
            let at = evidence.at.map_or_else(String::new, |at| {
                format!("{}: ", format::time(model.now, at, &model.zone))
            });
            lines.push(format!("Evidence, {at}{}", evidence.text));
        }
    }
    // Remedies are numbered as the page numbers them: those of the finding that is chosen there.
    let place = model.ui.list(ListId::Findings).position;
    let chosen = diagnosis
        .findings
        .get(place)
        .or_else(|| diagnosis.findings.first());
    for (n, action) in chosen.into_iter().flat_map(actions).enumerate() {
        let what = if action.destructive {
            ", cannot be taken back"
        } else {
            ""
        };
        lines.push(format!(
            "Remedy {}: {}, needs {}{what}.",
            n + 1,
            action.label,
            action.role
        ));
    }
    lines.push(diagnosis.moves_next.clone());
    lines
}

fn actions(finding: &DiagnosisFinding) -> impl Iterator<Item = &Action> {
    finding.next_action.iter().chain(&finding.other_actions)
}

/// A run: steps, spaces, log.
pub fn run(model: &Model, view: &RunView) -> Vec<String> {
    let Some(job) = model.shown_job() else {
        return loaded(&view.older, |_| Vec::new());
    };
    let mut lines = vec![lists::run(model, job)];
    if let Some(error) = &job.error {
        lines.push(format!("It says: {}", error.message));
    }
    for step in &job.steps {
        let detail = step
            .detail
            .as_deref()
            .map_or_else(String::new, |it| format!(", {it}"));
        lines.push(format!(
            "Step {}: {}{detail}.",
            step.name.as_str(),
            step.status.as_str()
        ));
    }
    for space in &job.spaces {
        let thread = space.thread_id.as_ref().map_or_else(String::new, |it| {
            format!(" `open thread/{it}` shows the agent's work.")
        });
        lines.push(format!(
            "Space {}: {}.{thread}",
            model.replica.space_name(space.space_id),
            space.status.as_str()
        ));
    }
    lines.extend(loaded(&view.log, |log| {
        log.iter()
            .map(|line| {
                let at = format::time(model.now, line.at, &model.zone);
                format!("Log {at} {}: {}", line.level.as_str(), line.message)
            })
            .collect()
    }));
    lines
}

/// A thread: what was asked, said and done, turn by turn.
pub fn thread(view: &ThreadView) -> Vec<String> {
    loaded(&view.thread, |thread| {
        let mut lines = vec![format!("Thread {}: {}", thread.id, thread.title)];
        for message in thread.messages.iter().flatten() {
            let mut text = message.text.lines();
            lines.push(format!(
                "{}: {}",
                message.role.as_str(),
                text.next().unwrap_or_default()
            ));
            lines.extend(text.map(str::to_owned));
        }
        if let Some(question) = view.approval() {
            lines.push(format!(
                "Asks, {}: {}",
                question.request_kind.as_str(),
                question.detail.as_deref().unwrap_or_default()
            ));
        }
        lines
    })
}

/// The pulse of the org: each line a number and what it counts.
pub fn pulse(model: &Model, view: &PulseView) -> Vec<String> {
    let mut lines = vec![format!("The last {}:", view.window.as_str())];
    for (n, line) in view.lines.iter().enumerate() {
        let count = line.count.map_or_else(String::new, |it| format!(": {it}"));
        let note = if line.note.is_empty() {
            String::new()
        } else {
            format!(", {}", line.note)
        };
        lines.push(format!(
            "{}. {}, {}{count}{note}.",
            n + 1,
            line.section,
            line.label
        ));
    }
    lines.push(runs(model, &view.timeline));
    for lane in &view.timeline.lanes {
        let name = model.replica.source_name(lane.source);
        lines.extend(lane.bars.iter().rev().map(|bar| {
            let from = format::time(model.now, bar.queued, &model.zone);
            let until = bar.ended.map_or_else(String::new, |at| {
                format!(" to {}", format::time(model.now, at, &model.zone))
            });
            format!(
                "Run #{} of {name}: {}, {from}{until}.",
                bar.job,
                bar.status.as_str()
            )
        }));
    }
    lines
}

/// How many runs of the window follow.
fn runs(model: &Model, timeline: &Timeline) -> String {
    let runs = format::things(timeline.runs as i64, "run", "runs");
    let newest = if timeline.whole { "" } else { "the newest " };
    let since = format::time(model.now, timeline.from, &model.zone);
    format!("Timeline since {since}: {newest}{runs}.")
}

/// What a delivery would do.
pub fn preview(preview: &Preview) -> Vec<String> {
    let mut lines = vec![format!(
        "If it came now: {}. Nothing is queued by looking.",
        preview.reason
    )];
    for source in &preview.sources {
        lines.push(format!("{}: {}", source.name, source.why));
        for space in &source.spaces {
            let would = if space.runs { "would run" } else { "would not" };
            lines.push(format!(
                "{} of {}: {would}, {}",
                source.name, space.name, space.why
            ));
        }
    }
    lines
}
