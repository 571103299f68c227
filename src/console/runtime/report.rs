//! `:bug-report`: one text file with what the console is, how it is set, what it shows and what it logged. Tokens are in none;
//! what the org calls its things only where that was asked for.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::veil::Veil;
use super::{dump, own};
use crate::console::format;
use crate::console::info::facts;
use crate::console::model::{Model, Popup};
use crate::console::msg::Msg;
use crate::console::shot::Kind;
use crate::console::update::links::link_of;
use crate::console::view::Skin;

/// Of the log so many of its last lines.
const LINES: usize = 200;
/// Facts of `:info` that name nothing of the org's or the operator's.
const OPEN: [&str; 9] = [
    "console",
    "production",
    "read-only",
    "its version",
    "zone",
    "theme",
    "keys",
    "terminal",
    "mouse",
];
/// What the environment says of the terminal.
const VARIABLES: [&str; 8] = [
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LANG",
    "LC_ALL",
    "NO_COLOR",
    "JOLLI_LOG",
];
/// How tokens begin.
const TOKEN: &str = "jolli_";

/// Writes the file into a folder; says where.
pub fn write(model: &Model, skin: Skin, names: bool, log: Option<&Path>, folder: &Path) -> Msg {
    let written = text(model, skin, names, log).and_then(|text| keep(model, &text, folder));
    Msg::Reported(match written {
        Ok(path) => Ok((path.display().to_string(), names)),
        Err(error) => Err(tr!(
            "Bug report not written to {folder}: {error}. Make room there, or let yourself write to it.",
            folder = folder.display(),
            error
        )),
    })
}

fn keep(model: &Model, text: &str, folder: &Path) -> io::Result<PathBuf> {
    let time = model.now.to_string().replace([':', '.'], "-");
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut nth = 1;
    let (path, mut file) = loop {
        let more = if nth == 1 {
            String::new()
        } else {
            format!("-{nth}")
        };
        let path = folder.join(format!("jolli-report-{time}{more}.txt"));
        match options.open(&path) {
            // Two within one tick of the clock.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => nth += 1,
            opened => break (path, opened?),
        }
    };
    file.write_all(text.as_bytes())?;
    // Where it lies is told in full: it is looked for from elsewhere.
    Ok(std::path::absolute(&path).unwrap_or(path))
}

/// What stands in the file.
fn text(model: &Model, skin: Skin, names: bool, log: Option<&Path>) -> io::Result<String> {
    let veil = (!names).then(|| Veil::of(model));
    let safe = |text: &str| match &veil {
        None => bare(text),
        Some(veil) => veil.over(&bare(text)),
    };
    let mut out = format!("Report of a jolli console, {}\n", model.now);
    out.push_str(if names {
        "Names are in it; tokens are not.\n"
    } else {
        "Names, and words that are not the console's own, are x in it, their digits 0.\n\
         :bug-report with-names leaves them as they are.\n"
    });
    out.push_str("\n== What it is ==\n");
    for (what, is) in facts(model) {
        let is = match what {
            // Whose text follows is the server's.
            "feed" if !names => is.split([':', ',']).next().unwrap_or_default().to_owned(),
            _ if names || OPEN.contains(&what) => bare(&is),
            _ => "not told".to_owned(),
        };
        let _ = writeln!(out, "{what:<14}{is}");
    }
    let changed = model.keymap.is_changed();
    let own = if changed {
        "some are their own"
    } else {
        "as they come"
    };
    let _ = writeln!(out, "{:<14}{own}", "own keys");
    let _ = writeln!(
        out,
        "{:<14}{} {}",
        "machine",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    for name in VARIABLES {
        let value = std::env::var(name).unwrap_or_else(|_| "–".to_owned());
        let _ = writeln!(out, "{name:<14} {}", bare(&format::visible(&value)));
    }
    out.push_str("\n== What it holds ==\n");
    let rows = &model.replica;
    for (what, count) in [
        ("sources", rows.sources.len()),
        ("spaces", rows.spaces.len()),
        ("bindings", rows.bindings.len()),
        ("runs", rows.jobs.len()),
        ("deliveries", rows.deliveries.len()),
        ("integrations", rows.integrations.len()),
        ("findings", rows.conflicts.len()),
        ("being saved", model.work.pending.len()),
    ] {
        let _ = writeln!(out, "{what:<14}{}", format::len(count));
    }
    let view = link_of(model).text();
    let view = view.split(['/', '?']).next().unwrap_or_default();
    let _ = writeln!(out, "{:<14}{view}", "view");
    out.push_str("\n== What it says ==\n");
    for note in &model.work.notes {
        let _ = writeln!(out, "{} {}", note.at, safe(&note.text));
    }
    out.push_str("\n== What it shows ==\n");
    out.push_str(&safe(&screen(model, skin)?));
    out.push_str("\n== What it logged, newest first ==\n");
    match log {
        None => out.push_str("It logs nowhere.\n"),
        Some(path) => {
            for line in own::log_lines(path)?.iter().take(LINES) {
                let line = match &veil {
                    None => bare(line),
                    Some(veil) => veiled_line(veil, line),
                };
                out.push_str(&line);
                out.push('\n');
            }
        }
    }
    Ok(out)
}

/// The screen in letters, without popups in which secrets are typed or shown.
fn screen(model: &Model, skin: Skin) -> io::Result<String> {
    let mut seen = model.clone();
    seen.ui
        .popups
        .retain(|it| matches!(it, Popup::Bulk(_) | Popup::Profiles(_)));
    let bytes = Kind::Text.draw(&dump::grid(&seen, skin));
    String::from_utf8(bytes.map_err(io::Error::other)?).map_err(io::Error::other)
}

/// A line of the log: its time, its level and the words of the program stay, values do not.
fn veiled_line(veil: &Veil, line: &str) -> String {
    let mut words = line.split_whitespace();
    let begins = line.starts_with(|c: char| c.is_ascii_digit())
        && words.next().is_some_and(|it| it.ends_with('Z'))
        && matches!(words.next(), Some("ERROR" | "WARN" | "INFO"));
    // What libraries say in detail may hold anything; so may the further lines of what was said.
    if !begins {
        return veil.over(&bare(line));
    }
    let Some(equals) = line.find('=') else {
        return bare(line);
    };
    let key = line[..equals].rfind([' ', '{']).map_or(0, |it| it + 1);
    format!(
        "{}{}={}",
        bare(&line[..key]),
        &line[key..equals],
        veil.over(&bare(&line[equals + 1..]))
    )
}

/// Without tokens, and without what stands before the `@` of an address.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(TOKEN) {
        let end = at + TOKEN.len();
        out.push_str(&rest[..end]);
        out.push('…');
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        rest = rest[end..].trim_start_matches(part);
    }
    out.push_str(rest);
    let (text, mut out) = (out, String::new());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let host = after.find(['/', ' ', '"', '\n']).unwrap_or(after.len());
        rest = match after[..host].rfind('@') {
            Some(user) => {
                out.push('…');
                &after[user..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::model::{Note, ToastKind};
    use crate::console::update::testing::{now, world};
    use crate::console::view::Theme;
    use crate::console::view::fixture::admin;

    const LOG: &str = "2026-11-21T14:00:00.000Z  WARN the feed broke error=canary-host refused jolli_1_canarysecret\n\
        2026-11-21T14:00:01.000Z DEBUG connecting to canary-host\n    at canary-host\n";

    fn report(names: bool) -> String {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("console.log");
        std::fs::write(&log, LOG).unwrap();
        let mut model = world();
        model.session.org = "canary-org".to_owned();
        model.session.url = "https://ana:canarysecret@canary-host/".to_owned();
        model.session.profile = "canary-profile".to_owned();
        model.work.notes.push_back(Note {
            at: now(),
            kind: ToastKind::Failed,
            text: "canary-source: jolli_1_canarysecret was refused".to_owned(),
        });
        let skin = Skin {
            theme: Theme::named("dark").unwrap(),
            ascii: false,
        };
        let folder = dir.path().join("reports");
        let Msg::Reported(Ok((path, told))) = write(&model, skin, names, Some(&log), &folder)
        else {
            panic!("not written");
        };
        assert_eq!(told, names);
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn no_secret_and_no_name_is_in_it() {
        let report = report(false);
        for name in ["canary", "backend", "frontend", "acme", "API Docs", "ana"] {
            assert!(!report.contains(name), "{name} is in\n{report}");
        }
        assert!(report.contains(&format!(
            "console       jolli {}",
            env!("CARGO_PKG_VERSION")
        )));
        assert!(
            report.contains("WARN the feed broke error=xxxxxx-host refused"),
            "{report}"
        );
        // What the console itself says stays to be read.
        assert!(
            report.contains("xxxxxx-source: jolli_… was refused"),
            "{report}"
        );
        for words in [
            "1 Sources (6)",
            "STATE",
            "stalled",
            "4 Recent runs",
            "live @1842",
        ] {
            assert!(report.contains(words), "{words} is not in\n{report}");
        }
        // The screen is still one.
        assert!(report.contains("━━━┓"), "{report}");
        assert!(report.contains("sources       6"), "{report}");
    }

    #[test]
    fn names_are_in_it_where_that_was_asked_for_and_secrets_never() {
        let report = report(true);
        for name in ["canary-org", "canary-source", "canary-host", "backend"] {
            assert!(report.contains(name), "{name} is not in\n{report}");
        }
        assert!(!report.contains("canarysecret"), "{report}");
    }

    #[test]
    fn what_is_typed_or_shown_as_a_secret_is_not_on_its_screen() {
        let model = admin::secret();
        let shown = "Zx81kQm3v7Tt0b";
        let skin = Skin {
            theme: Theme::named("dark").unwrap(),
            ascii: false,
        };
        let on_screen = Kind::Text.draw(&dump::grid(&model, skin)).unwrap();
        assert!(String::from_utf8(on_screen).unwrap().contains(shown));
        assert!(!text(&model, skin, true, None).unwrap().contains(shown));
    }
}
