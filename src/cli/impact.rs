//! `jolli impact`: which documents a change touches, and whether their rules hold (sources.md §6).

use std::collections::BTreeSet;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::workspace::tell_upgrade;
use super::{Global, agent, output};
use crate::git::Git;
use crate::impact::report::{Format, finding_lines};
use crate::project::impact::{self, Ask, Run};
use crate::project::{self, Workspace};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Impact {
    #[command(subcommand)]
    command: Option<ImpactCommand>,
    #[command(flatten)]
    search: Search,
}

#[derive(Debug, Subcommand)]
enum ImpactCommand {
    /// Finds the documents whose rules watch what changed; what `jolli impact` alone does.
    Search(Search),
    /// Prints what the repository here changed, commit by commit and hunk by hunk.
    Extract(ExtractArgs),
    /// Has an agent edit the documents that a change touches, then those that watch the changed documents.
    Agent(Box<agent::AgentArgs>),
}

#[derive(Debug, Args)]
struct ExtractArgs {
    /// What to compare with; without it, the default branch.
    #[arg(long, short, value_name = "REF")]
    base: Option<String>,
    /// What is not committed yet instead.
    #[arg(long, short, conflicts_with = "base")]
    uncommitted: bool,
    /// As JSON.
    #[arg(long, short)]
    json: bool,
}

/// What is compared, and what is looked at.
#[derive(Debug, Args)]
pub(super) struct Scope {
    /// What to compare with: a commit, a tag, a branch here or of origin. Without it: each source's own branch, else the
    /// default branch of its repository. Compared from where both histories part.
    #[arg(long, short, value_name = "REF")]
    base: Option<String>,
    /// What to compare; without it HEAD.
    #[arg(long, value_name = "REF")]
    head: Option<String>,
    /// Compare the work tree with HEAD: what is not committed yet. Untracked files are not looked at.
    #[arg(long, short, conflicts_with_all = ["base", "head"])]
    uncommitted: bool,
    /// The docs folder, from the project's root.
    #[arg(long, short, default_value = "docs", value_name = "DIR")]
    docs: PathBuf,
    /// Only this source; `local` is the project's own repository.
    #[arg(long, short, value_name = "NAME")]
    source: Option<String>,
    /// Fail (exit 3) when rules, sources, bindings and mounts do not fit together.
    #[arg(long)]
    pub(super) strict: bool,
}

impl Scope {
    /// What is asked. `locate`: the form tells paths to a code host.
    pub(super) fn ask(&self, locate: bool) -> Ask {
        Ask {
            docs: self.docs.clone(),
            base: given(self.base.as_deref()),
            head: given(self.head.as_deref()),
            uncommitted: self.uncommitted,
            source: self.source.clone(),
            strict: self.strict,
            locate,
        }
    }
}

#[derive(Debug, Args)]
struct Search {
    #[command(flatten)]
    scope: Scope,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = FormatArg::Text)]
    format: FormatArg,
    /// The same as --format json.
    #[arg(long, short, conflicts_with = "format")]
    json: bool,
    /// Show which rules watch this file, in which document and line; nothing is compared.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "head", "uncommitted", "strict"])]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// For people.
    Text,
    /// The documents, each with the files that touch it and the rules that say so.
    Json,
    /// Sources, documents and findings, as JSON.
    Report,
    /// Annotations of GitHub Actions.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Text => Self::Text,
            FormatArg::Json => Self::Json,
            FormatArg::Report => Self::Report,
            FormatArg::Github => Self::GitHub,
            FormatArg::Sarif => Self::Sarif,
            FormatArg::Junit => Self::Junit,
        }
    }
}

impl Search {
    fn ask(&self) -> Ask {
        self.scope.ask(self.format().holds_findings())
    }

    fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            self.format.into()
        }
    }
}

/// A revision of blanks says nothing.
fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

pub async fn run(global: &Global, args: Impact) -> color_eyre::Result<ExitCode> {
    let search = match args.command {
        Some(ImpactCommand::Search(search)) => search,
        Some(ImpactCommand::Extract(args)) => return extract(args).await,
        Some(ImpactCommand::Agent(args)) => return Box::pin(agent::run(global, *args)).await,
        None => args.search,
    };
    let workspace = global.workspace_or_here()?;
    tell_upgrade(&workspace)?;
    if let Some(file) = &search.explain {
        return explain(&workspace, &search, file);
    }
    let run = impact::run(&workspace, &search.ask()).await?;

    let format = search.format();
    tell(&run, !format.holds_findings());
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    run.report().write(format, &mut out)?;
    out.flush()?;
    Ok(verdict(&run, search.scope.strict).unwrap_or(ExitCode::SUCCESS))
}

/// Tells what the reader should know besides the result.
pub(super) fn tell(run: &Run, with_findings: bool) {
    for note in &run.notes {
        output::note(format_args!("note: {note}"));
    }
    if with_findings {
        for line in run.findings().iter().flat_map(finding_lines) {
            output::finding(&line);
        }
    }
}

/// Why a run fails, told. 1: the answer is not whole; 3: strict mode fails.
pub(super) fn verdict(run: &Run, strict: bool) -> Option<ExitCode> {
    if run.git_failed() {
        let why = "not every source could be compared, so documents may be missing";
        Some(output::failed(why))
    } else if strict && run.fails() {
        let why = "strict mode failed; what it found is told with its remedies";
        Some(output::refused(3, why))
    } else if run.is_missing() {
        Some(output::failed("the source could not be compared"))
    } else {
        None
    }
}

async fn extract(args: ExtractArgs) -> color_eyre::Result<ExitCode> {
    let folder = std::env::current_dir()?;
    let base = given(args.base.as_deref());
    let found = project::extract(&Git::from_env(), &folder, base, args.uncommitted).await?;
    if args.json {
        output::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    let hunks = || found.commits.iter().flat_map(|commit| &commit.hunks);
    let files: BTreeSet<&str> = hunks().map(|hunk| hunk.file.as_str()).collect();
    output::line(format_args!("Branch: {}", found.branch))?;
    output::line(format_args!("Base: {}", found.base))?;
    output::line(format_args!(
        "Summary: {} commit(s), {} file(s), {} hunk(s)",
        found.commits.len(),
        files.len(),
        hunks().count()
    ))?;
    for commit in &found.commits {
        output::line(format_args!("\nCommit {}: {}", commit.sha, commit.message))?;
        output::line(format_args!("Author: {}", commit.author))?;
        if commit.hunks.is_empty() {
            output::line("  (no hunks)")?;
        }
        for hunk in &commit.hunks {
            let status = serde_json::to_value(hunk.status)?;
            let status = status.as_str().unwrap_or_default();
            let context = match hunk.context.as_str() {
                "" => String::new(),
                context => format!(" ({context})"),
            };
            output::line(format_args!("  {status} {}{context}", hunk.file))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(workspace: &Workspace, search: &Search, file: &str) -> color_eyre::Result<ExitCode> {
    let watchers = impact::explain(workspace, &search.ask(), file)?;
    if search.format() != Format::Text {
        output::json(&watchers)?;
    } else if watchers.is_empty() {
        output::line(format_args!("No rule watches {file}."))?;
    } else {
        output::line(format_args!("{file} is watched by"))?;
        for watcher in &watchers {
            let how = serde_json::to_value(watcher.match_type)?;
            output::line(format_args!(
                "- {}:{} ({})  [{}] {} ({})",
                watcher.doc_path,
                watcher.line,
                watcher.doc_id,
                watcher.source,
                watcher.pattern,
                how.as_str().unwrap_or_default()
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
