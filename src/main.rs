//! The `jolli` binary: parses the arguments and hands over.

use std::process::ExitCode;

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    jolli::cli::run()
}
