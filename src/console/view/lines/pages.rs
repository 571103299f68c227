//! Pages of one thing as sentences.

use super::{lists, loaded};
use crate::api::{
    Action, Diagnosis, DiagnosisFinding, JobSpace, LogLevel, LogLine, Preview, SourcePage,
    SpaceStatus, Step, StepStatus,
};
use crate::console::format;
use crate::console::language::tr;
use crate::console::model::pulse::PulseView;
use crate::console::model::timeline::Timeline;
use crate::console::model::{ListId, Model, RunView, SourceView, ThreadView, WhyView};
use crate::console::view::glyph;

/// A source with its bindings.
pub fn source(model: &Model, view: &SourceView) -> Vec<String> {
    let Some(source) = model.replica.sources.get(view.source) else {
        return vec![tr!("This source is gone.").to_owned()];
    };
    let mut lines = vec![lists::source(&source), lists::cursor(model, &source)];
    if let Some(branch) = &source.branch {
        lines.push(tr!("Branch {branch}.", branch));
    }
    if let Some(integration) = source.integration_id {
        lines.push(tr!(
            "Integration {integration_label}.",
            integration_label = model.replica.integration_label(integration)
        ));
    }
    lines.push(tr!("Bindings:").to_owned());
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
        tr!(" for {age}", age = format::age(model.now, at))
    });
    let mut lines = vec![tr!(
        "{name} is {state}{since}. {summary}",
        name = diagnosis.name,
        state = diagnosis.state,
        since,
        summary = diagnosis.summary
    )];
    if diagnosis.findings.is_empty() {
        lines.push(tr!("Nothing is wrong.").to_owned());
    }
    for finding in &diagnosis.findings {
        lines.push(format!(
            "{} {}, {}: {}",
            finding.code,
            finding.name,
            tr(glyph::severity(finding.severity).word),
            finding.summary
        ));
        for evidence in &finding.evidence {
            let at = evidence.at.map_or_else(String::new, |at| {
                format!("{}: ", format::time(model.now, at, &model.zone))
            });
            lines.push(tr!("Evidence, {at}{text}", at, text = evidence.text));
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
            tr!(", cannot be taken back")
        } else {
            ""
        };
        lines.push(tr!(
            "Remedy {number}: {label}, needs {role}{warning}.",
            number = n + 1,
            label = action.label,
            role = action.role,
            warning = what
        ));
    }
    lines.push(diagnosis.moves_next.clone());
    lines
}

fn actions(finding: &DiagnosisFinding) -> impl Iterator<Item = &Action> {
    finding.next_action.iter().chain(&finding.other_actions)
}

/// Of a run so many of the newest warnings and errors of its log are told before all of it.
const TROUBLES: usize = 3;

/// A run: what matters of it, then its whole log.
pub fn run(model: &Model, view: &RunView) -> Vec<String> {
    let mut lines = run_first(model, view);
    if model.shown_job().is_some() {
        let log = view.log.value.iter().flatten();
        lines.extend(log.map(|line| logged(model, line)));
    }
    lines
}

fn logged(model: &Model, line: &LogLine) -> String {
    let at = format::time(model.now, line.at, &model.zone);
    tr!(
        "Log {at} {level}: {message}",
        at,
        level = line.level.as_str(),
        message = line.message
    )
}

/// What matters of a run: how it ended, what went wrong, what came of each space.
pub fn run_first(model: &Model, view: &RunView) -> Vec<String> {
    let Some(job) = model.shown_job() else {
        return loaded(&view.older, |_| Vec::new());
    };
    let mut lines = vec![lists::run(model, job)];
    if let Some(error) = &job.error {
        lines.push(tr!("It says: {message}", message = error.message));
    }
    // Those that failed first.
    let failed = |space: &&JobSpace| space.status == SpaceStatus::Failed;
    let spaces = job.spaces.iter().filter(failed);
    for space in spaces.chain(job.spaces.iter().filter(|it| !failed(it))) {
        let thread = space.thread_id.as_ref().map_or_else(String::new, |it| {
            tr!(
                " `open thread/{thread}` shows the agent's work.",
                thread = it
            )
        });
        lines.push(tr!(
            "Space {space_name}: {status}.{thread}",
            space_name = model.replica.space_name(space.space_id),
            status = space.status.as_str(),
            thread
        ));
    }
    let done = |step: &&Step| step.status == StepStatus::Succeeded;
    let went: Vec<&str> = (job.steps.iter().filter(done))
        .map(|it| it.name.as_str())
        .collect();
    if !went.is_empty() {
        lines.push(tr!(
            "Steps that succeeded: {steps}.",
            steps = went.join(", ")
        ));
    }
    for step in job.steps.iter().filter(|it| !done(it)) {
        let detail = step
            .detail
            .as_deref()
            .map_or_else(String::new, |it| format!(", {it}"));
        lines.push(tr!(
            "Step {name}: {status}{detail}.",
            name = step.name.as_str(),
            status = step.status.as_str(),
            detail
        ));
    }
    lines.extend(loaded(&view.log, |log| {
        let trouble = |line: &&LogLine| line.level >= LogLevel::Warn;
        let troubles = log.iter().filter(trouble).count();
        let newest = log
            .iter()
            .filter(trouble)
            .skip(troubles.saturating_sub(TROUBLES));
        let mut lines: Vec<String> = newest.map(|it| logged(model, it)).collect();
        lines.push(tr_n!(
            log.len(),
            "Its log has {count} line.",
            "Its log has {count} lines."
        ));
        lines
    }));
    lines
}

/// A thread: what was asked, said and done, turn by turn.
pub fn thread(view: &ThreadView) -> Vec<String> {
    loaded(&view.thread, |thread| {
        let mut lines = vec![tr!(
            "Thread {id}: {title}",
            id = thread.id,
            title = thread.title
        )];
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
            lines.push(tr!(
                "Asks, {request_kind}: {detail}",
                request_kind = question.request_kind.as_str(),
                detail = question.detail.as_deref().unwrap_or_default()
            ));
        }
        lines
    })
}

/// The pulse of the org: each line a number and what it counts.
pub fn pulse(model: &Model, view: &PulseView) -> Vec<String> {
    let mut lines = vec![tr!("The last {window}:", window = view.window.as_str())];
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
                tr!(
                    " to {time}",
                    time = format::time(model.now, at, &model.zone)
                )
            });
            tr!(
                "Run #{job} of {name}: {status}, {from}{until}.",
                job = bar.job,
                name,
                status = bar.status.as_str(),
                from,
                until
            )
        }));
    }
    lines
}

/// How many runs of the window follow.
fn runs(model: &Model, timeline: &Timeline) -> String {
    let runs = tr_n!(timeline.runs as i64, "{count} run", "{count} runs");
    let newest = if timeline.whole {
        ""
    } else {
        tr!("the newest ")
    };
    let since = format::time(model.now, timeline.from, &model.zone);
    tr!(
        "Timeline since {since}: {newest}{runs}.",
        since,
        newest,
        runs
    )
}

/// What a delivery would do.
pub fn preview(preview: &Preview) -> Vec<String> {
    let mut lines = vec![tr!(
        "If it came now: {reason}. Nothing is queued by looking.",
        reason = preview.reason
    )];
    for source in &preview.sources {
        lines.push(format!("{}: {}", source.name, source.why));
        for space in &source.spaces {
            let would = if space.runs {
                tr!("would run")
            } else {
                tr!("would not")
            };
            lines.push(tr!(
                "{source} of {space}: {would}, {why}",
                source = source.name,
                space = space.name,
                would,
                why = space.why
            ));
        }
    }
    lines
}
