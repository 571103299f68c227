//! `jolli man`: the manual, from the command line and the registry of the console's commands.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_mangen::roff::{Roff, bold, roman};

use super::{Cli, output};
use crate::console::command::{COMMANDS, Class, Command};
use crate::console::keymap::{Atom, Keymap};

#[derive(Debug, Args)]
pub struct Man {
    /// The page of a command, such as `source link`; without one: of jolli.
    command: Vec<String>,
}

pub fn run(args: &Man) -> color_eyre::Result<ExitCode> {
    let mut command = Cli::command();
    command.build();
    for word in &args.command {
        let Some(found) = command.find_subcommand(word) else {
            let said = format!("{} has no command `{word}`", command.get_name());
            return Ok(output::refused(2, said));
        };
        command = found.clone();
    }
    let mut out = std::io::stdout().lock();
    clap_mangen::Man::new(command).render(&mut out)?;
    if matches!(
        args.command.first().map(String::as_str),
        None | Some("console")
    ) {
        keys().to_writer(&mut out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
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
