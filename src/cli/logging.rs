//! What a server and a worker say of themselves, on standard error, and a console in a file of its own. Commands say what
//! they have to say themselves.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Mutex;

use anstream::ColorChoice;
use tracing_subscriber::EnvFilter;

use super::log_file::LogFile;

/// What is said where `JOLLI_LOG` says nothing.
const USUAL: &str = "info";

/// Begins to write. `JOLLI_LOG` says how much: `warn`, or `jolli::worker=debug,info`.
///
/// # Errors
/// What is wrong with `JOLLI_LOG`.
pub fn begin() -> Result<(), String> {
    let filter = filter()?;
    let colours = match ColorChoice::global() {
        ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .try_init()
        .map_err(|error| error.to_string())
}

/// Begins to write into a file: the screen is the console's.
///
/// # Errors
/// What is wrong with `JOLLI_LOG`, or with the file.
pub fn begin_in(path: &Path) -> Result<(), String> {
    let file = LogFile::open(path)
        .map_err(|error| format!("No log is written to {}: {error}.", path.display()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter()?)
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_target(false)
        .try_init()
        .map_err(|error| error.to_string())
}

/// How much is said.
fn filter() -> Result<EnvFilter, String> {
    let wanted = std::env::var("JOLLI_LOG").ok().filter(|it| !it.is_empty());
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    if let Some(word) = wanted.as_deref()
        && !word.contains(['=', ',', ':'])
        && !levels.contains(&word.to_lowercase().as_str())
    {
        return Err(format!(
            "JOLLI_LOG: `{word}` is no level; use one of: {}",
            levels.join(", ")
        ));
    }
    EnvFilter::try_new(wanted.as_deref().unwrap_or(USUAL)).map_err(|error| {
        format!("JOLLI_LOG: {error}; say a level, such as `warn`, or `jolli::worker=debug,info`")
    })
}
