//! Themes, presets and views by a word behind their command; what was run before comes back.

use super::super::testing::{press, take, type_text as keys, world};
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::keymap::Preset;
use crate::console::model::{Model, Page, Popup};
use crate::console::msg::Msg;
use crate::console::shot::Kind;

fn themed() -> Model {
    let mut model = world();
    model.taste.themes = ["dark", "light", "mono", "ascii", "unicode"]
        .map(str::to_owned)
        .to_vec();
    model
}

fn run(model: &mut Model, text: &str) -> Vec<Effect> {
    press(model, ":");
    keys(model, text);
    press(model, "Enter")
}

fn said(model: &Model) -> &str {
    &model.work.message.as_ref().expect("something is said").text
}

fn rows(model: &Model) -> Vec<String> {
    let Some(Popup::Palette(list)) = model.ui.popup() else {
        panic!("no palette")
    };
    let row = |it: &crate::console::model::CommandRow| it.argument.clone().unwrap_or_default();
    list.rows.iter().map(row).collect()
}

#[test]
fn the_screen_is_written_as_the_word_behind_the_command_says() {
    let mut model = themed();
    press(&mut model, ":");
    keys(&mut model, "screen-dump ");
    assert_eq!(rows(&model), ["svg", "png", "ansi", "text"]);
    keys(&mut model, "te");
    assert_eq!(rows(&model), ["text"]);
    let effects = press(&mut model, "Enter");
    let written = |effects: &[Effect], kind| {
        let dumps = |it: &Effect| matches!(it, Effect::ScreenDump(it) if *it == kind);
        effects.iter().any(dumps)
    };
    assert!(written(&effects, Kind::Text), "{effects:?}");
    assert!(model.ui.popups.is_empty(), "the screen, not the palette");
    // The end of a file's name will do; what is none is refused with what there is.
    assert!(written(&run(&mut model, "screen-dump ans"), Kind::Ansi));
    let effects = run(&mut model, "screen-dump jpeg2000");
    assert!(!effects.iter().any(|it| matches!(it, Effect::ScreenDump(_))));
    assert_eq!(
        said(&model),
        "The screen cannot be written as \"jpeg2000\". It is written as svg, png, ansi, text."
    );
    // Without a word it is asked.
    run(&mut model, "screen-dump");
    assert!(matches!(model.ui.popup(), Some(Popup::Dump(_))));
}

#[test]
fn a_theme_is_asked_for_and_in_use_once_it_is_loaded() {
    let mut model = themed();
    let effects = run(&mut model, "theme light");
    assert!(
        matches!(&effects[..], [Effect::Theme { theme, ascii: false }] if theme == "light"),
        "{effects:?}"
    );
    assert_eq!(model.taste.theme, "dark", "not before it is there");
    take(
        &mut model,
        Msg::Themed {
            theme: "light".into(),
            ascii: false,
        },
    );
    assert_eq!(model.taste.theme, "light");
    // Characters are switched beside the theme.
    let effects = run(&mut model, "theme ascii");
    assert!(
        matches!(&effects[..], [Effect::Theme { theme, ascii: true }] if theme == "light"),
        "{effects:?}"
    );
}

#[test]
fn a_theme_that_there_is_not_is_refused_with_a_near_one() {
    let mut model = themed();
    assert!(run(&mut model, "theme lihgt").is_empty());
    assert_eq!(said(&model), "No theme is called \"lihgt\". Near: light.");
    run(&mut model, "theme solarized");
    assert_eq!(
        said(&model),
        "No theme is called \"solarized\". There are dark, light, mono, ascii, unicode."
    );
}

#[test]
fn another_preset_counts_at_once() {
    let mut model = themed();
    run(&mut model, "keymap vim");
    assert_eq!(model.keymap.preset(), Preset::Vim);
    assert_eq!(model.keymap.keys_of(C::Link), "L");
    press(&mut model, "l");
    assert!(model.ui.popups.is_empty(), "l goes to the columns now");
    press(&mut model, ":");
    keys(&mut model, "link to");
    let Some(Popup::Palette(list)) = model.ui.popup() else {
        panic!("no palette")
    };
    assert_eq!(list.rows[0].keys, "L");
    press(&mut model, "Esc");
    run(&mut model, "keymap vi");
    assert_eq!(model.keymap.preset(), Preset::Vim, "vi is completed to vim");
    run(&mut model, "keymap wordstar");
    assert_eq!(
        said(&model),
        "No keymap is called \"wordstar\"; there are default, vim, emacs."
    );
}

#[test]
fn keys_of_emacs_move_and_close_in_popups_too() {
    let mut model = themed();
    run(&mut model, "keymap emacs");
    press(&mut model, ": Ctrl-n Ctrl-n Ctrl-p");
    assert_eq!(
        model.ui.list(crate::console::model::ListId::Popup).position,
        1
    );
    press(&mut model, "Ctrl-g");
    assert!(model.ui.popups.is_empty());
    // Editing keys stay those of the field.
    press(&mut model, ":");
    keys(&mut model, "theme");
    press(&mut model, "Ctrl-a Ctrl-k");
    let Some(Popup::Palette(list)) = model.ui.popup() else {
        panic!("no palette")
    };
    assert_eq!(list.field.text(), "");
}

#[test]
fn what_can_follow_is_listed_and_completed() {
    let mut model = themed();
    press(&mut model, ":");
    keys(&mut model, "theme ");
    assert_eq!(rows(&model), ["dark", "light", "mono", "ascii", "unicode"]);
    keys(&mut model, "l");
    press(&mut model, "Right");
    assert_eq!(rows(&model), ["light"]);
    press(&mut model, "Esc");

    press(&mut model, ":");
    keys(&mut model, "open why/fr");
    assert_eq!(rows(&model), ["why/fr", "why/frontend"]);
    press(&mut model, "Down Right Enter");
    assert!(matches!(model.ui.page(), Page::Why(_)));
}

#[test]
fn a_link_opens_its_own_source_though_a_filter_hides_it() {
    let mut model = themed();
    press(&mut model, "/");
    keys(&mut model, "scratch");
    press(&mut model, "Enter");
    run(&mut model, "open why/frontend");
    assert!(matches!(model.ui.page(), Page::Why(view) if view.source.0 == 2));
}

#[test]
fn a_command_that_wants_a_word_asks_for_it() {
    let mut model = themed();
    run(&mut model, "open-link");
    assert!(rows(&model).contains(&"approvals".to_owned()));
    keys(&mut model, "source/");
    press(&mut model, "Enter");
    // `source/` is no view yet: a name follows.
    assert!(rows(&model).contains(&"source/frontend".to_owned()));
}

#[test]
fn an_event_and_a_run_are_views_by_their_number() {
    let mut model = themed();
    run(&mut model, "#91");
    assert!(matches!(model.ui.page(), Page::Run(view) if view.job.0 == 91));
    run(&mut model, "@1790");
    assert!(matches!(model.ui.page(), Page::Events(_)));
    press(&mut model, ":");
    keys(&mut model, "@x");
    assert_eq!(rows(&model), Vec::<String>::new());
}

#[test]
fn what_was_run_before_comes_back_with_up() {
    let mut model = themed();
    run(&mut model, "theme light");
    run(&mut model, "conflicts");
    press(&mut model, "Esc : Up");
    let text = |model: &Model| match model.ui.popup() {
        Some(Popup::Palette(list)) => list.field.text().to_owned(),
        _ => panic!("no palette"),
    };
    assert_eq!(text(&model), "conflicts");
    press(&mut model, "Up");
    assert_eq!(text(&model), "theme light");
    press(&mut model, "Down Down");
    assert_eq!(text(&model), "");
    // With something typed the keys are the list's.
    press(&mut model, "Esc :");
    keys(&mut model, "go");
    press(&mut model, "Down Up Up");
    assert_eq!(text(&model), "go");
}
