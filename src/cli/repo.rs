//! `jolli repo`: what a repository coordinate is read as (sources.md §11).

use std::process::ExitCode;

use clap::Subcommand;

use super::output;
use crate::domain::coordinate::RepoCoordinate;

#[derive(Debug, Subcommand)]
pub enum RepoCommand {
    /// Prints a coordinate in its one stored form; exit 2 when it is refused.
    Parse {
        /// `host/owner/repo`, an https or ssh URL, or `git@host:owner/repo`.
        coordinate: String,
        /// With the addresses that follow from it, as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: RepoCommand) -> color_eyre::Result<ExitCode> {
    let RepoCommand::Parse { coordinate, json } = command;
    match RepoCoordinate::parse(&coordinate) {
        Ok(parsed) if json => output::json(&parsed.addresses())?,
        Ok(parsed) => output::line(parsed)?,
        Err(error) => return Ok(output::refused(2, error)),
    }
    Ok(ExitCode::SUCCESS)
}
