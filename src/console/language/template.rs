//! The template for translators, and the proof that it has every text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::catalogue::places;
use super::{Catalogue, TEMPLATE, sources};
use crate::console::columns::Col;
use crate::console::command::COMMANDS;

/// A message, and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub many: Option<String>,
    pub files: BTreeSet<String>,
    pub filled: bool,
}

/// Every message, by context and English.
pub fn entries() -> BTreeMap<(String, String), Entry> {
    let mut entries: BTreeMap<(String, String), Entry> = BTreeMap::new();
    let mut add = |context: &str, one: &str, many: Option<&str>, file: &str, filled: bool| {
        let entry = entries
            .entry((context.to_owned(), one.to_owned()))
            .or_default();
        entry.files.insert(file.to_owned());
        entry.filled |= filled;
        if let Some(many) = many {
            let before = entry.many.replace(many.to_owned());
            assert!(
                before.is_none_or(|it| it == many),
                "{one:?} has two plurals; give one of them a context"
            );
        }
    };
    for (file, text) in sources::files() {
        for text in sources::read(&file, &text).texts {
            add(
                &text.context,
                &text.one,
                text.many.as_deref(),
                &text.file,
                text.filled,
            );
        }
    }
    // Tables of the console, which are asked for where they are drawn.
    for command in COMMANDS {
        for text in [command.title, command.short, command.help] {
            add("", text, None, "src/console/command/registry.rs", false);
        }
    }
    for col in Col::ALL {
        for text in [col.title(), col.about()] {
            add("", text, None, "src/console/columns/catalogue.rs", false);
        }
    }
    entries.remove(&(String::new(), String::new()));
    entries
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The template as a file.
pub fn written() -> String {
    let mut file = String::from(
        "# Every text of jolli's console. Copy it to messages/LANG.po beside config.toml (de.po, pt_BR.po), and translate.\n\
         # What stands in braces, such as {name}, is filled in: keep it, in whatever order. An empty msgstr stays English.\n\
         # jolli console check says what does not fit.\n\
         msgid \"\"\n\
         msgstr \"\"\n\
         \"Project-Id-Version: jolli\\n\"\n\
         \"Language: \\n\"\n\
         \"MIME-Version: 1.0\\n\"\n\
         \"Content-Type: text/plain; charset=UTF-8\\n\"\n\
         \"Content-Transfer-Encoding: 8bit\\n\"\n\
         \"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n\"\n",
    );
    for ((context, one), entry) in entries() {
        file.push('\n');
        for path in &entry.files {
            let _ = writeln!(file, "#: {path}");
        }
        if !context.is_empty() {
            let _ = writeln!(file, "msgctxt {}", quoted(&context));
        }
        let _ = writeln!(file, "msgid {}", quoted(&one));
        match &entry.many {
            Some(many) => {
                let _ = writeln!(file, "msgid_plural {}", quoted(many));
                file.push_str("msgstr[0] \"\"\nmsgstr[1] \"\"\n");
            }
            None => file.push_str("msgstr \"\"\n"),
        }
    }
    file
}

#[test]
fn the_template_is_that_of_the_sources() {
    let now = written();
    if std::env::var_os("JOLLI_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/messages/console.pot");
        std::fs::write(path, now).unwrap();
        return;
    }
    let differs = now
        .lines()
        .zip(TEMPLATE.lines())
        .find(|(new, old)| new != old);
    assert!(
        now == TEMPLATE,
        "assets/messages/console.pot is not that of the sources; JOLLI_BLESS=1 writes it. First difference: {differs:?}"
    );
}

/// Files whose texts nobody translates: tables that [`entries`] takes as they are, and what is written for whoever mends the
/// console.
const APART: &[&str] = &[
    "columns/catalogue.rs",
    "command/registry.rs",
    "runtime/kept.rs",
    "runtime/report.rs",
    "runtime/veil.rs",
];

/// What reads like a text and is none: words of git and of the shell, queries, formats of times, the server's own labels.
const NO_TEXTS: &[&str] = &[
    "!state:running !state:succeeded !state:failed !state:skipped !state:cancelled",
    "%m-%d %H:%M",
    "Binary files",
    "First run",
    "GIT binary patch",
    "approval.",
    "curl -sS -H \"Authorization: Bearer $JOLLI_TOKEN\" '{}'",
    "deleted file",
    "diff --git ",
    "jolli console --open '{}'",
    "jolli source remove ",
    "lag>0 lag<5m",
    "lag>=1h lag<1d",
    "lag>=5m lag<1h",
    "new file",
    "rename from ",
    "sed -i s/a/b/",
    "source:\"{name}\" state:failed age<{}",
    "state:failed age<{}",
    "state:{status} age<{}",
    "tool.",
];

#[test]
fn no_text_of_the_source_is_forgotten() {
    let mut loose = Vec::new();
    for (file, text) in sources::files() {
        if APART.contains(&file.as_str()) {
            continue;
        }
        for text in sources::read(&file, &text).loose {
            if NO_TEXTS.contains(&text.as_str()) {
                continue;
            }
            loose.push(format!("{file}: {text:?}"));
        }
    }
    assert!(
        loose.is_empty(),
        "{} texts cannot be translated; write tr!(…):\n{}",
        loose.len(),
        loose.join("\n")
    );
}

#[test]
fn places_have_names_and_nothing_else() {
    for ((_, one), entry) in entries() {
        for text in [Some(&one), entry.many.as_ref()].into_iter().flatten() {
            let braces = text.replace("{{", "").matches('{').count();
            if entry.filled {
                assert!(braces >= places(text).len(), "{text:?}");
                for (at, _) in text.replace("{{", "").match_indices('{') {
                    let bare = text.replace("{{", "");
                    let name = bare[at + 1..]
                        .split('}')
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    assert!(
                        places(text).contains(name.as_str()),
                        "{text:?}: {name:?} is no name"
                    );
                }
            }
        }
    }
}

#[test]
fn the_template_itself_is_read_without_a_fault() {
    let (_, faults) = Catalogue::parse(TEMPLATE);
    assert_eq!(faults, []);
    let (coverage, unknown) = Catalogue::compare(TEMPLATE, TEMPLATE);
    assert_eq!((coverage.translated, unknown), (0, Vec::new()));
    assert_eq!(coverage.all, entries().len());
}
