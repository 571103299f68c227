//! `jolli sync`: brings the documents of a project and those of its space in step (sources.md §10).

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{Global, output};
use crate::project::sync::{self, Ask, Direction, MERGE_PROMPT_MAX, Step, Synced};

#[derive(Debug, Args)]
pub struct Sync {
    /// up: what changed here goes to the space. down: what changed in the space comes here. Without it: down, then up.
    #[arg(value_enum)]
    direction: Option<DirectionArg>,
    /// Why, for the space's history.
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// What an agent that merges should know. Sent along; servers of this version merge nothing.
    #[arg(long, value_name = "TEXT")]
    merge_prompt: Option<String>,
    /// The id of the push. The same id takes effect once.
    #[arg(long, short, value_name = "ID")]
    changeset: Option<String>,
    /// Push every document, changed or not; also where all of them are gone.
    #[arg(long)]
    force: bool,
    /// Where new documents are looked for, from the project's root; `docs` unless said otherwise.
    #[arg(long, short, value_name = "DIR")]
    docs: Option<PathBuf>,
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DirectionArg {
    Up,
    Down,
}

pub async fn run(global: &Global, args: Sync) -> color_eyre::Result<ExitCode> {
    let pushes = args.direction != Some(DirectionArg::Down);
    let for_pushes = [
        ("--message", args.message.is_some()),
        ("--merge-prompt", args.merge_prompt.is_some()),
        ("--changeset", args.changeset.is_some()),
        ("--force", args.force),
    ];
    if let Some((flag, _)) = for_pushes.iter().find(|(_, given)| *given && !pushes) {
        let why = format!("{flag} is for a push, and `jolli sync down` pushes nothing");
        return Ok(output::refused(2, why));
    }
    let length = args.merge_prompt.as_ref().map_or(0, |p| p.chars().count());
    if length > MERGE_PROMPT_MAX {
        let why = format!(
            "--merge-prompt takes at most {MERGE_PROMPT_MAX} characters; this has {length}"
        );
        return Ok(output::refused(2, why));
    }
    let ask = Ask {
        direction: match args.direction {
            None => Direction::Both,
            Some(DirectionArg::Up) => Direction::Up,
            Some(DirectionArg::Down) => Direction::Down,
        },
        docs: args.docs,
        message: args.message,
        merge_prompt: args.merge_prompt,
        changeset: args.changeset,
        force: args.force,
    };
    let workspace = global.workspace()?;
    let synced = sync::sync(&workspace, &ask).await?;
    if args.json {
        output::json(&synced)?;
    } else {
        print(&synced, ask.direction)?;
    }
    for problem in &synced.problems {
        output::note(format_args!("{} {}", problem.path, problem.message));
    }
    Ok(match synced.problems.len() {
        0 => ExitCode::SUCCESS,
        1 => output::failed("1 document is not in step; see above"),
        n => output::failed(format_args!("{n} documents are not in step; see above")),
    })
}

fn print(synced: &Synced, direction: Direction) -> std::io::Result<()> {
    let line = |way: &str, step: &Step| match &step.from {
        Some(from) => output::line(format_args!(
            "{way}  {:<8}  {} (from {from})",
            step.what.as_str(),
            step.path
        )),
        None => output::line(format_args!(
            "{way}  {:<8}  {}",
            step.what.as_str(),
            step.path
        )),
    };
    for step in &synced.pulled {
        line("down", step)?;
    }
    for step in &synced.pushed {
        line("up  ", step)?;
    }
    for changeset in &synced.changesets {
        let again = if changeset.again { " (replay)" } else { "" };
        output::line(format_args!("Changeset ID: {}{again}", changeset.id))?;
    }
    if synced.pulled.is_empty() && synced.pushed.is_empty() && synced.problems.is_empty() {
        output::line(match direction {
            Direction::Both => format!("In step with {}.", synced.space),
            Direction::Up => "Nothing to push.".to_owned(),
            Direction::Down => "Nothing new.".to_owned(),
        })?;
    }
    Ok(())
}
