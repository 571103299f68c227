//! `jolli jrn`: for operators who write patterns (sources.md §11).

use std::process::ExitCode;

use clap::Subcommand;

use super::output;
use crate::domain::jrn::{self, Jrn, JrnPattern};

#[derive(Debug, Subcommand)]
pub enum JrnCommand {
    /// Prints the parts of a JRN.
    Parse {
        /// The JRN, of version 2 or 3.
        jrn: String,
        /// As JSON (what is printed without it too).
        #[arg(long)]
        json: bool,
    },
    /// Tells whether a pattern matches: exit 0 yes, 1 no, 2 malformed.
    Match {
        /// The pattern.
        pattern: String,
        /// The JRN.
        jrn: String,
    },
    /// Converts between version 2 and version 3.
    Convert {
        /// The JRN.
        jrn: String,
    },
}

pub fn run(command: JrnCommand) -> color_eyre::Result<ExitCode> {
    match command {
        JrnCommand::Parse { jrn, json: _ } => match Jrn::parse(&jrn) {
            Ok(parsed) => output::json(&parsed)?,
            Err(error) => return Ok(output::refused(2, error)),
        },
        JrnCommand::Match { pattern, jrn } => {
            let pattern = match JrnPattern::parse(&pattern) {
                Ok(pattern) => pattern,
                Err(error) => return Ok(output::refused(2, error)),
            };
            if let Err(error) = Jrn::parse(&jrn) {
                return Ok(output::refused(2, error));
            }
            let matches = pattern.matches(&jrn);
            output::line(if matches { "match" } else { "no match" })?;
            return Ok(if matches {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            });
        }
        JrnCommand::Convert { jrn } => match jrn::convert(&jrn) {
            Ok(converted) => output::line(converted)?,
            Err(error) => return Ok(output::refused(2, error)),
        },
    }
    Ok(ExitCode::SUCCESS)
}
