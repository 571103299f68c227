//! What the console reads of itself: its log; and how it shows an address to who sits at the machine.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::console::clean;

/// Of a log so much is read, from its end.
const READ: u64 = 256 << 10;

/// The last lines of a log, newest first, safe to show.
///
/// # Errors
/// It cannot be read.
pub fn log_lines(path: &Path) -> io::Result<Vec<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let from = file.metadata()?.len().saturating_sub(READ);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may be the end of one.
    let whole = text.lines().skip(usize::from(from > 0));
    let mut lines: Vec<String> = whole.map(str::to_owned).collect();
    lines.iter_mut().for_each(clean::text);
    lines.reverse();
    Ok(lines)
}

/// Opens an address in the browser of this machine; false: there is none to open it in.
pub fn browse(address: &str) -> bool {
    let given = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty());
    // Over a line to another machine the browser would open there, where nobody sits.
    if given("SSH_TTY") || given("SSH_CONNECTION") {
        return false;
    }
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if given("DISPLAY") || given("WAYLAND_DISPLAY") {
        "xdg-open"
    } else {
        return false;
    };
    let started = Command::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // It is waited for, so that nothing is left of it.
            std::thread::spawn(move || child.wait());
            true
        }
        Err(error) => {
            tracing::info!(%error, program, "no browser was opened");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_come_first_and_a_cut_one_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("console.log");
        assert_eq!(log_lines(&path).unwrap(), Vec::<String>::new());
        std::fs::write(&path, "one\ntwo \u{1b}[2J\n").unwrap();
        assert_eq!(log_lines(&path).unwrap(), ["two ‹1b›[2J", "one"]);
        let long = "x".repeat(READ as usize);
        std::fs::write(&path, format!("{long}\nlast\n")).unwrap();
        assert_eq!(log_lines(&path).unwrap(), ["last"]);
    }
}
