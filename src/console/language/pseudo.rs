//! A language of nobody, made of the texts in the sources: every text of the console in brackets, with accents and a third longer, so that
//! whatever still reads as English was forgotten, and what has no room shows.

use std::fmt::Write as _;
use std::sync::OnceLock;

use super::{Catalogue, po, template};

/// Each letter as one that ASCII has not; places keep their names.
pub fn pseudo(text: &str) -> String {
    let mut out = String::from("⟦");
    let mut in_place = false;
    for character in text.chars() {
        in_place = match character {
            '{' => true,
            '}' => false,
            _ => in_place,
        };
        out.push(if in_place {
            character
        } else {
            accented(character)
        });
    }
    let more = text.chars().count() / 3;
    out.extend(std::iter::repeat_n('·', more.min(12)));
    out.push('⟧');
    out
}

fn accented(letter: char) -> char {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ACCENTED: &str = "äƀçđéƒğĥîĵķļɱñöþɋŕšţüṽŵẋÿžÅƁÇĐÉƑĞĤÎĴĶĻṀÑÖÞɊŔŠŢÜṼŴẊÝŽ";
    PLAIN
        .chars()
        .position(|it| it == letter)
        .and_then(|at| ACCENTED.chars().nth(at))
        .unwrap_or(letter)
}

/// The catalogue of it.
pub fn catalogue() -> &'static Catalogue {
    static MADE: OnceLock<Catalogue> = OnceLock::new();
    MADE.get_or_init(|| {
        let (template, _) = po::parse(&template::written());
        let mut file =
            String::from("msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=n != 1;\\n\"\n\n");
        let quote = |text: &str| format!("{text:?}").replace("\\'", "'");
        for message in &template.messages {
            if !message.context.is_empty() {
                let _ = writeln!(file, "msgctxt {}", quote(&message.context));
            }
            let _ = writeln!(file, "msgid {}", quote(&message.id));
            match &message.many {
                Some(many) => {
                    let _ = writeln!(file, "msgid_plural {}", quote(many));
                    let _ = writeln!(file, "msgstr[0] {}", quote(&pseudo(&message.id)));
                    let _ = writeln!(file, "msgstr[1] {}\n", quote(&pseudo(many)));
                }
                None => {
                    let _ = writeln!(file, "msgstr {}\n", quote(&pseudo(&message.id)));
                }
            }
        }
        let (catalogue, faults) = Catalogue::parse(&file);
        assert_eq!(faults, [], "every text of the template can be translated");
        catalogue
    })
}

/// What may read as English on a screen of the language of nobody.
pub struct Known {
    words: std::collections::BTreeSet<String>,
}

/// Names that are typed or that others gave, and no text: query keys and their values, commands, contexts, what the server
/// calls things.
const NAMES: &[&str] = &[
    "command/id.rs",
    "keymap/context.rs",
    "keymap/key.rs",
    "possible/argument.rs",
    "query/keys.rs",
];

/// Units, names of programs, formats and themes, and what the server calls things.
const UNITS: &[&str] = &[
    "CSV",
    "JSON",
    "KiB",
    "UTC",
    "access",
    "advance",
    "ambiguous",
    "ansi",
    "approval",
    "checkout",
    "csv",
    "dark",
    "default",
    "emacs",
    "full",
    "git",
    "host",
    "http",
    "https",
    "id",
    "invalid",
    "jolli",
    "json",
    "light",
    "md",
    "mount",
    "png",
    "port",
    "required",
    "resolve",
    "resolved",
    "sha",
    "source",
    "svg",
    "url",
    "vim",
    "worker",
];

impl Known {
    /// The words of the literals of these files, which hold data.
    pub fn read(data: &[&str]) -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console");
        let mut words: std::collections::BTreeSet<String> =
            UNITS.iter().map(|it| (*it).to_owned()).collect();
        let mut files = Vec::new();
        for name in data.iter().chain(NAMES) {
            below(&root.join(name), &mut files);
        }
        for path in files {
            let source = std::fs::read_to_string(&path).expect("a source file");
            for text in super::sources::all(&source) {
                words.extend(runs(&text).map(str::to_owned));
                words.extend(runs(&text).map(str::to_lowercase));
            }
        }
        Self { words }
    }

    /// The words of a screen that are none of these, nor keys.
    pub fn unknown(&self, screen: &str, keymap: &crate::console::keymap::Keymap) -> Vec<String> {
        let keys: std::collections::BTreeSet<String> = crate::console::command::COMMANDS
            .iter()
            .flat_map(|it| keymap.all_keys_of(it.id))
            .flat_map(|keys| runs(&keys).map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let mut unknown = Vec::new();
        for line in screen.lines() {
            for (at, word) in places(line) {
                let ours = self.words.contains(word)
                    || self.words.contains(&word.to_lowercase())
                    || keys.contains(word)
                    || is_cut(line, at, word) && self.words.iter().any(|it| it.contains(word));
                if !ours {
                    unknown.push(format!("{word:?} in {:?}", line.trim()));
                }
            }
        }
        unknown
    }
}

fn below(path: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    for entry in std::fs::read_dir(path).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() || path.extension().is_some_and(|it| it == "rs") {
            below(&path, found);
        }
    }
}

/// Whether something stands over a part of the word, or it goes on in another line.
fn is_cut(line: &str, at: usize, word: &str) -> bool {
    let edge = |it: Option<char>| it.is_none_or(|it| "…│┃║┏┗╔╚┌└┓┛╗╝┐┘".contains(it));
    let before = line[..at].trim_end().chars().next_back();
    let after = line[at + word.len()..].trim_start().chars().next();
    edge(before) || edge(after)
}

/// Runs of at least two letters of ASCII.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    places(text).map(|(_, word)| word)
}

/// The same with where they stand. A letter beside one of another alphabet is a part of a translated word.
fn places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|it: char| !it.is_ascii_alphabetic())
        .filter(|it| it.len() >= 2)
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}
