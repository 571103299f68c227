//! `jolli man`: the manual, from the command line and the registry of the console's commands.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_mangen::roff::{Roff, bold, roman};
use color_eyre::eyre::WrapErr as _;

use super::{Cli, output};
use crate::console::command::{COMMANDS, Class, Command};
use crate::console::keymap::{Atom, Keymap};

#[derive(Debug, Args)]
pub struct Man {
    /// The page of a command, such as `source link`; without one: of jolli.
    command: Vec<String>,
    /// Writes the pages of all commands into a folder instead, as `jolli-source-link.1`.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    all: Option<PathBuf>,
}

pub fn run(args: &Man) -> color_eyre::Result<ExitCode> {
    let mut command = Cli::command();
    command.build();
    if let Some(folder) = &args.all {
        std::fs::create_dir_all(folder)
            .and_then(|()| write_all(&command, "jolli", folder))
            .wrap_err_with(|| format!("the pages cannot be written to {}", folder.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    for word in &args.command {
        let Some(found) = command.find_subcommand(word) else {
            let said = format!("{} has no command `{word}`", command.get_name());
            return Ok(output::refused(2, said));
        };
        command = found.clone();
    }
    let with_keys = matches!(
        args.command.first().map(String::as_str),
        None | Some("console")
    );
    let mut out = std::io::stdout().lock();
    page(command, with_keys, &mut out)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: clap::Command, with_keys: bool, out: &mut impl Write) -> io::Result<()> {
    clap_mangen::Man::new(command).render(out)?;
    if with_keys {
        keys().to_writer(out)?;
    }
    Ok(())
}

/// The page of this command and those of the commands below it.
fn write_all(command: &clap::Command, name: &str, folder: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    let with_keys = matches!(name, "jolli" | "jolli-console");
    page(command.clone(), with_keys, &mut text)?;
    std::fs::write(folder.join(format!("{name}.1")), text)?;
    for below in command.get_subcommands() {
        if !below.is_hide_set() && below.get_name() != "help" {
            write_all(below, &format!("{name}-{}", below.get_name()), folder)?;
        }
    }
    Ok(())
}

/// The console's keys and the conditions of a keymap.
fn keys() -> Roff {
    let keymap = Keymap::standard();
    let mut page = Roff::new();
    page.control("SH", ["KEYS OF THE CONSOLE"]);
    page.text([roman(
        "A key means one thing everywhere. In a text field every key is text. A command without a key is run from the palette.",
    )]);
    for command in COMMANDS {
        entry(&mut page, command, &keymap);
    }
    page.control("SH", ["CONDITIONS OF A KEYMAP"]);
    for atom in Atom::ALL {
        page.control("TP", []);
        page.text([bold(atom.as_str())]);
        page.text([roman(atom.about())]);
    }
    page
}

fn entry(page: &mut Roff, command: &Command, keymap: &Keymap) {
    let keys = keymap.all_keys_of(command.id).join(", ");
    page.control("TP", []);
    page.text([
        bold(if keys.is_empty() { ":" } else { &keys }),
        roman("  "),
        roman(command.id.as_str()),
    ]);
    let risk = match command.class {
        Class::Safe => "",
        Class::Reversible => " It can be undone.",
        Class::Destructive => " It cannot be undone, and asks for the name.",
    };
    page.text([roman(format!("{}.{risk}", command.help))]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_console_is_in_the_manual_with_its_keys() {
        let page = keys().render();
        for command in COMMANDS {
            let name = command.id.as_str().replace('-', "\\-");
            assert!(page.contains(&name), "{name}");
        }
        assert!(page.contains("\\fB!u\\fR  unlink"), "{page}");
    }
}
