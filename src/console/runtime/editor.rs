//! The operator's own editor: a file that nobody else can read, `$VISUAL` or `$EDITOR` on it, and what stands in it afterwards.
//! The file stays until the text was taken over: whatever fails, nothing that was written is lost.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console::msg::{EditFailure, Edited};

/// Where neither variable says which.
const USUAL: &str = "vi";

/// Edits a text; blocks until the editor has ended.
pub fn edit(text: &str, suffix: &str) -> Result<Edited, EditFailure> {
    let path = write(text, suffix).map_err(|error| EditFailure {
        text: tr!("the file for the editor cannot be written: {error}.", error),
        path: None,
    })?;
    let failed = |text: String| EditFailure {
        text,
        path: Some(path.clone()),
    };
    run(|editor| command(editor, &path)).map_err(failed)?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Edited { text, path }),
        Err(error) => Err(failed(tr!("what it wrote cannot be read: {error}.", error))),
    }
}

/// Opens a document at a line; blocks until the editor has ended.
pub fn open_at(path: &Path, line: u32) -> Result<(), String> {
    run(|editor| {
        let program = editor.split_whitespace().next().unwrap_or(editor);
        let program = program.rsplit('/').next().unwrap_or(program);
        let at = format!("{}:{line}", path.display());
        match program {
            // Editors that take the line with the file; others take it before, as vi did.
            "hx" | "helix" | "zed" | "subl" => command(editor, Path::new(&at)),
            "code" | "codium" => command(&format!("{editor} --goto"), Path::new(&at)),
            _ => command(&format!("{editor} +{line}"), path),
        }
    })
}

/// Runs the editor; why it is as if it had not been.
fn run(command: impl FnOnce(&str) -> Command) -> Result<(), String> {
    let (variable, editor) = chosen();
    let status = command(&editor).status();
    let status = status.map_err(|error| {
        tr!(
            "{variable} is \"{editor}\", and it did not start: {error}.",
            variable,
            editor,
            error
        )
    })?;
    match status.code() {
        Some(0) => Ok(()),
        // What shells answer for what they cannot find, or cannot run.
        Some(126 | 127) => Err(tr!(
            "{variable} is \"{editor}\", and it did not start. Set it to an editor of this machine.",
            variable,
            editor
        )),
        Some(code) => Err(tr!(
            "\"{editor}\" ended with {code}; nothing of it is taken over.",
            editor,
            code
        )),
        None => Err(tr!(
            "\"{editor}\" was ended by a signal; nothing of it is taken over.",
            editor
        )),
    }
}

/// A file that is taken over goes; one that does not go is told to the log.
pub fn forget(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file of the editor stays");
    }
}

/// Readable for its owner alone.
fn write(text: &str, suffix: &str) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("jolli-")
        .suffix(suffix)
        .tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// The editor, and which variable says so.
fn chosen() -> (&'static str, String) {
    for variable in ["VISUAL", "EDITOR"] {
        if let Ok(editor) = std::env::var(variable)
            && !editor.trim().is_empty()
        {
            return (variable, editor);
        }
    }
    ("EDITOR", USUAL.to_owned())
}

/// As git does it: the variable is a piece of shell, so that it may have arguments.
#[cfg(unix)]
fn command(editor: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(editor)
        .arg(path);
    command
}

#[cfg(not(unix))]
fn command(editor: &str, path: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(USUAL));
    command.args(words).arg(path);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_its_owners_alone_and_has_the_text() {
        let path = write(tr!("name = \"a\"\n"), ".toml").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "name = \"a\"\n");
        forget(&path);
        assert!(!path.exists());
    }

    #[test]
    fn an_editor_may_have_arguments() {
        let path = write("a\n", ".txt").unwrap();
        let status = command("sed -i s/a/b/", &path).status().unwrap();
        assert!(status.success());
        assert_eq!(fs::read_to_string(&path).unwrap(), "b\n");
        forget(&path);
    }
}
