//! How the console looks, which keys it has and which language it talks: from options, `config.toml`, `keymap.toml` and the
//! folders `themes` and `messages`. What cannot be used is said in the console, which starts with the rest.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::ColorChoice;

use super::console::ConsoleArgs;
use super::output;
use crate::console::keymap::{self, Fault, Finding, Keymap, Layer, Preset, Weight};
use crate::console::language::{self, Catalogue, Choice, Languages};
use crate::console::model::Taste;
use crate::console::view::{Capability, Skin, Theme};
use crate::console::{Options, Themes};
use crate::local::{ConsoleSettings, Home, Settings};

/// The user's keys, beside `config.toml`.
const KEYMAP: &str = "keymap.toml";
/// The folder of the user's themes, beside it.
const THEMES: &str = "themes";
/// The folder of the user's translations, beside it.
const MESSAGES: &str = "messages";

/// Everything of it.
pub struct Chosen {
    pub skin: Skin,
    taste: Taste,
    themes: Themes,
    keymap: Keymap,
    problems: Vec<String>,
}

impl Chosen {
    /// Puts it into the options that a console starts with.
    pub fn put(self, options: &mut Options) {
        options.skin = self.skin;
        options.taste = self.taste;
        options.themes = self.themes;
        options.keymap = self.keymap;
        options.problems.extend(self.problems);
    }
}

/// A file that people write, as far as it is there.
struct Written {
    path: PathBuf,
    says: String,
    problem: Option<String>,
}

fn keymap_file(home: &Home) -> Written {
    let path = home.config_path().join(KEYMAP);
    let (text, problem) = match std::fs::read_to_string(&path) {
        Ok(text) => (text, None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (String::new(), None),
        Err(error) => (
            String::new(),
            Some(format!(
                "{}: {error}. The preset's keys count.",
                path.display()
            )),
        ),
    };
    Written {
        path,
        says: text,
        problem,
    }
}

fn settings(home: &Home) -> (ConsoleSettings, Option<String>) {
    match Settings::read(home) {
        Ok(settings) => (settings.console, None),
        Err(error) => (ConsoleSettings::default(), Some(format!("{error}."))),
    }
}

/// What the terminal can show, and what of it is wanted.
fn capability(picture: bool, ascii: bool) -> Capability {
    let mut can = if picture {
        // What this terminal can show says nothing of a picture.
        Capability::PICTURE
    } else {
        Capability::detect(|name| std::env::var(name).ok())
    };
    can.unicode &= !ascii;
    match ColorChoice::global() {
        ColorChoice::Auto => {}
        ColorChoice::Always | ColorChoice::AlwaysAnsi => can.colour = true,
        ColorChoice::Never => can.colour = false,
    }
    can
}

fn languages(home: &Home) -> Languages {
    Languages {
        folder: home.config_path().join(MESSAGES),
    }
}

/// The language that is asked for: from here on the console talks it. Without one no file is looked at.
fn choose_language(
    home: &Home,
    option: Option<&str>,
    setting: Option<&str>,
    problems: &mut Vec<String>,
) -> Result<(), String> {
    let Some(choice) = Choice::of(option.or(setting), |name| std::env::var(name).ok()) else {
        return Ok(());
    };
    match languages(home).load(&choice) {
        Ok((catalogue, faults)) => {
            problems.extend(faults);
            if let Some(catalogue) = catalogue {
                language::speak(catalogue);
            }
        }
        Err(error) if option.is_some() => return Err(error.to_string()),
        Err(error) => {
            let path = Settings::path(home);
            problems.push(format!("{}: {error}. English is used.", path.display()));
        }
    }
    Ok(())
}

/// Reads all of it.
///
/// # Errors
/// An option names what there is not: a sentence.
pub fn choose(home: &Home, args: &ConsoleArgs) -> Result<Chosen, String> {
    let mut problems = Vec::new();
    let (settings, problem) = settings(home);
    problems.extend(problem);
    let setting = settings.language.as_deref();
    choose_language(home, args.language.as_deref(), setting, &mut problems)?;
    let themes = Themes {
        folder: Some(home.config_path().join(THEMES)),
        can: capability(args.picture.wanted(), args.ascii),
    };
    let usual = Theme::usual(|name| std::env::var(name).ok());
    let (theme, skin) = match (&args.theme, &settings.theme) {
        (Some(name), _) => (
            name.clone(),
            themes
                .skin(name, false)
                .map_err(|error| error.to_string())?,
        ),
        (None, Some(name)) => match themes.skin(name, false) {
            Ok(skin) => (name.clone(), skin),
            Err(error) => {
                let path = Settings::path(home);
                problems.push(format!("{}: {error}. {usual} is used.", path.display()));
                (usual.to_owned(), of_usual(&themes, usual))
            }
        },
        (None, None) => (usual.to_owned(), of_usual(&themes, usual)),
    };
    let preset = match (&args.keymap, &settings.keymap) {
        (Some(name), _) => name
            .parse()
            .map_err(|error: keymap::NoPreset| error.to_string())?,
        (None, Some(name)) => name.parse().unwrap_or_else(|error| {
            let path = Settings::path(home);
            problems.push(format!(
                "{}: {error}. The default keys count.",
                path.display()
            ));
            Preset::Default
        }),
        (None, None) => Preset::Default,
    };
    let file = keymap_file(home);
    let (layer, faults) = keymap::parse(&file.says);
    let keymap = Keymap::build(preset, layer);
    problems.extend(file.problem);
    problems.extend(faults.iter().map(|fault| format!("{KEYMAP}, {fault}.")));
    let dead = keymap::findings(&keymap);
    let dead = dead.iter().filter(|it| it.weight == Weight::Dead);
    problems.extend(dead.map(|finding| format!("{KEYMAP}, {finding}.")));
    Ok(Chosen {
        taste: Taste {
            ascii: skin.ascii,
            themes: themes.names(),
            theme,
        },
        skin,
        themes,
        keymap,
        problems,
    })
}

fn of_usual(themes: &Themes, name: &str) -> Skin {
    // A file of the user's may have that name; the program's own is always good.
    themes.skin(name, false).unwrap_or_else(|_| {
        let own = Themes {
            folder: None,
            ..themes.clone()
        };
        own.skin(name, false).expect("built-in themes are tested")
    })
}

/// `jolli console check`: reads the files and says what is wrong with them, and what they change.
pub fn check(home: &Home) -> color_eyre::Result<ExitCode> {
    let (mut wrong, mut said) = (0, 0);
    let mut say = |bad: bool, text: String| -> std::io::Result<()> {
        wrong += usize::from(bad);
        said += 1;
        output::line(format_args!("{text}"))
    };
    let (settings, problem) = settings(home);
    if let Some(problem) = problem {
        say(true, problem)?;
    }
    let path = Settings::path(home);
    let themes = Themes {
        folder: Some(home.config_path().join(THEMES)),
        can: capability(false, false),
    };
    if let Some(name) = &settings.theme
        && let Err(error) = themes.load(name)
    {
        say(true, format!("{}: {error}", path.display()))?;
    }
    let preset = settings
        .keymap
        .as_deref()
        .map_or(Ok(Preset::Default), str::parse);
    let preset = match preset {
        Ok(preset) => preset,
        Err(error) => {
            say(true, format!("{}: {error}", path.display()))?;
            Preset::Default
        }
    };
    let file = keymap_file(home);
    if let Some(problem) = file.problem {
        say(true, problem)?;
    }
    let (layer, faults) = keymap::parse(&file.says);
    let keymap = Keymap::build(preset, layer);
    for (line, bad, text) in in_order(&faults, &keymap::findings(&keymap)) {
        say(bad, format!("{}:{line}: {text}", file.path.display()))?;
    }
    for name in themes.of_user() {
        if let Err(error) = themes.load(&name) {
            let path = home.config_path().join(THEMES).join(name);
            say(true, format!("{}.toml: {error}", path.display()))?;
        }
    }
    let languages = languages(home);
    if let Some(choice) = Choice::of(settings.language.as_deref(), |_| None)
        && let Err(error) = languages.load(&choice)
    {
        say(true, format!("{}: {error}", path.display()))?;
    }
    let mut coverages = Vec::new();
    for name in languages.of_user() {
        let path = languages.folder.join(format!("{name}.po"));
        let text = match languages.read(&name) {
            Ok(text) => text,
            Err(error) => {
                say(true, error.to_string())?;
                continue;
            }
        };
        let (_, faults) = Catalogue::parse(&text);
        let (coverage, unknown) = Catalogue::compare(&text, language::TEMPLATE);
        let faults = faults.into_iter().map(|it| (true, it));
        let mut all: Vec<_> = faults
            .chain(unknown.into_iter().map(|it| (false, it)))
            .collect();
        all.sort_by_key(|(_, it)| it.line);
        for (bad, fault) in all {
            let (line, text) = (fault.line, fault.text);
            say(bad, format!("{}:{line}: {text}", path.display()))?;
        }
        coverages.push(format!(
            "{}: {} of {} texts are translated.",
            path.display(),
            coverage.translated,
            coverage.all
        ));
    }
    if said == 0 {
        output::line(format_args!(
            "Nothing is wrong. Looked at {}, {KEYMAP}, {THEMES} and {MESSAGES} beside it.",
            path.display()
        ))?;
    }
    for coverage in coverages {
        output::line(format_args!("{coverage}"))?;
    }
    Ok(ExitCode::from(if wrong > 0 { 3 } else { 0 }))
}

fn in_order(faults: &[Fault], findings: &[Finding]) -> Vec<(usize, bool, String)> {
    let faults = faults.iter().map(|it| (it.line, true, it.text.clone()));
    let findings = findings.iter().map(|it| {
        let dead = it.weight == Weight::Dead;
        (it.line, dead, it.text.clone())
    });
    let mut all: Vec<_> = faults.chain(findings).collect();
    all.sort_by_key(|(line, ..)| *line);
    all
}

/// `jolli console keys`: the keymap in use as a file.
pub fn keys(home: &Home, preset: Option<&str>) -> color_eyre::Result<ExitCode> {
    let keymap = if let Some(name) = preset {
        match name.parse() {
            Ok(preset) => Keymap::build(preset, Layer::default()),
            Err(error) => return Ok(output::refused(2, error)),
        }
    } else {
        let (settings, _) = settings(home);
        let preset = settings.keymap.and_then(|name| name.parse().ok());
        let (layer, _) = keymap::parse(&keymap_file(home).says);
        Keymap::build(preset.unwrap_or_default(), layer)
    };
    output::line(format_args!("{}", keymap::file(&keymap).trim_end()))?;
    Ok(ExitCode::SUCCESS)
}

/// `jolli console messages`: every text of the console, for translators.
pub fn messages() -> color_eyre::Result<ExitCode> {
    output::line(format_args!("{}", language::TEMPLATE.trim_end()))?;
    Ok(ExitCode::SUCCESS)
}
