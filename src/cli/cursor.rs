//! `jolli cursor`: why a cursor stands where it stands, in the console's own words.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Global, output};
use crate::api::{Diagnosis, DiagnosisFinding, Rebaseline, RebaselineMode, Severity, Source};
use crate::client::Query;

#[derive(Debug, Subcommand)]
pub enum CursorCommand {
    /// Says why a source's cursor stands where it stands, and what would move it.
    Diagnose(Diagnose),
    /// Queues a run that starts where it is told, whatever the cursor says: after history was rewritten.
    Rebaseline(RebaselineArgs),
}

#[derive(Debug, Args)]
pub struct Diagnose {
    /// The source's name.
    source: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RebaselineArgs {
    /// The source's name.
    source: String,
    /// Where to start: merge-base, where the histories part; head, leaving out what came before; full-scan, over everything.
    #[arg(long)]
    mode: RebaselineMode,
    /// Why, for the record.
    #[arg(long)]
    reason: Option<String>,
}

pub async fn run(global: &Global, command: CursorCommand) -> color_eyre::Result<ExitCode> {
    let client = global.project_client()?;
    let name = match &command {
        CursorCommand::Diagnose(args) => &args.source,
        CursorCommand::Rebaseline(args) => &args.source,
    };
    let found = client.sources(&Query::new().filter("name", name)).await?;
    let Some(source) = found.items.first() else {
        return Ok(output::failed(format_args!(
            "no source is named {name}; `jolli console` lists them"
        )));
    };
    let args = match command {
        CursorCommand::Diagnose(args) => args,
        CursorCommand::Rebaseline(RebaselineArgs { mode, reason, .. }) => {
            let request = Rebaseline { mode, reason };
            let job = client.rebaseline(source.id, &request).await?;
            output::line(format_args!(
                "run #{} is queued; it sets the cursor of {} anew",
                job.id, source.name
            ))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let diagnosis = client.diagnosis(source.id).await?;
    if args.json {
        output::json(&diagnosis)?;
    } else {
        output::line(describe(source, &diagnosis))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(source: &Source, diagnosis: &Diagnosis) -> String {
    let mut lines = vec![format!(
        "{} · {} · {}",
        source.name,
        source.branch.as_deref().unwrap_or("default branch"),
        diagnosis.state
    )];
    lines.push(diagnosis.summary.clone());
    if let Some(moved) = &diagnosis.moved {
        let by = moved
            .job_id
            .map(|id| format!(" by run #{id}"))
            .unwrap_or_default();
        lines.push(format!("Moved {}{by}.", moved.at));
    }
    lines.push(diagnosis.moves_next.clone());
    for finding in &diagnosis.findings {
        lines.push(String::new());
        lines.extend(finding_lines(finding));
    }
    lines.push(String::new());
    let mut rest = vec![format!("{} other rules hold nothing.", diagnosis.clear)];
    rest.extend(
        diagnosis
            .not_evaluated
            .iter()
            .map(|rule| match rule.split_once(": ") {
                Some((code, why)) => format!("{code} was not evaluated: {why}."),
                None => format!("{rule} was not evaluated."),
            }),
    );
    lines.push(rest.join(" "));
    lines.join("\n")
}

fn finding_lines(finding: &DiagnosisFinding) -> Vec<String> {
    let letter = match finding.severity {
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Info => 'I',
    };
    let mut lines = vec![format!(
        "{letter} {} {}  {}",
        finding.code, finding.name, finding.summary
    )];
    for evidence in &finding.evidence {
        let at = evidence.at.map(|at| format!("{at}  ")).unwrap_or_default();
        lines.push(format!("    {at}{}", evidence.text));
    }
    for (action, suggested) in finding
        .next_action
        .iter()
        .map(|a| (a, true))
        .chain(finding.other_actions.iter().map(|a| (a, false)))
    {
        let call = action
            .call
            .as_ref()
            .map(|c| format!("  {} /api{}", c.method, c.path))
            .unwrap_or_default();
        let mark = if suggested { "→" } else { " " };
        let harm = if action.destructive {
            ", destructive"
        } else {
            ""
        };
        lines.push(format!(
            "  {mark} {}  ({}{harm}){call}",
            action.label, action.role
        ));
    }
    lines
}
