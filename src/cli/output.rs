//! What is printed: results to standard output, everything else to standard error.

use std::io::Write as _;
use std::process::ExitCode;

/// A failed command: its sentence on standard error, exit code 1.
pub fn failed(message: impl std::fmt::Display) -> ExitCode {
    refused(1, message)
}

/// A refused command: its sentence on standard error, with an exit code.
pub fn refused(code: u8, message: impl std::fmt::Display) -> ExitCode {
    note(format_args!("jolli: {message}"));
    ExitCode::from(code)
}

/// A note on standard error. A standard error that is closed has nobody to tell.
pub fn note(message: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// A line of the result. A reader that went away (`| head`) ends the command quietly.
pub fn line(text: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// JSON, indented, as a line of the result.
pub fn json(value: &impl serde::Serialize) -> color_eyre::Result<()> {
    Ok(line(serde_json::to_string_pretty(value)?)?)
}

/// Whether an error is only that the reader of standard output went away.
pub fn reader_is_gone(error: &color_eyre::Report) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
