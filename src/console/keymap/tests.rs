//! Presets, and what a user's file makes of them.

use super::*;
use crate::console::command::CommandId as C;

fn user(text: &str) -> Keymap {
    let (layer, faults) = parse(text);
    assert_eq!(faults, []);
    Keymap::build(Preset::Default, layer)
}

fn keys(text: &str) -> Vec<Key> {
    text.split(' ').map(|it| it.parse().unwrap()).collect()
}

fn told(text: &str) -> Vec<String> {
    findings(&user(text))
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn faults(text: &str) -> Vec<String> {
    parse(text).1.iter().map(ToString::to_string).collect()
}

const SOURCES: &[Context] = &[
    Context::Sources,
    Context::Main,
    Context::List,
    Context::Everywhere,
];

#[test]
fn no_preset_has_a_clash_and_each_keeps_every_other_key() {
    let standard = Keymap::standard();
    for preset in Preset::ALL {
        let keymap = Keymap::build(preset, Layer::default());
        let found: Vec<String> = clashes(&keymap).iter().map(ToString::to_string).collect();
        assert_eq!(found, Vec::<String>::new(), "{}", preset.as_str());
        for bound in &standard.bound {
            // `l` goes to the columns in vim; nothing else moves.
            if preset == Preset::Vim && bound.keys == keys("l") {
                continue;
            }
            assert!(
                keymap.bound.contains(bound),
                "{}: {bound:?}",
                preset.as_str()
            );
        }
    }
}

#[test]
fn vim_goes_left_and_right_and_links_with_a_large_l() {
    let vim = Keymap::build(Preset::Vim, Layer::default());
    assert_eq!(vim.find(SOURCES, &keys("h")), Found::Command(C::ColumnLeft));
    assert_eq!(
        vim.find(SOURCES, &keys("l")),
        Found::Command(C::ColumnRight)
    );
    assert_eq!(vim.find(SOURCES, &keys("L")), Found::Command(C::Link));
    assert_eq!(vim.keys_of(C::Link), "L");
    let emacs = Keymap::build(Preset::Emacs, Layer::default());
    for (typed, command) in [
        ("Ctrl-n", C::MoveDown),
        ("Ctrl-p", C::MoveUp),
        ("Ctrl-v", C::PageDown),
        ("Alt-v", C::PageUp),
        ("Ctrl-g", C::Back),
    ] {
        assert_eq!(emacs.find(SOURCES, &keys(typed)), Found::Command(command));
    }
    assert_eq!(emacs.keys_of(C::MoveDown), "↓");
}

#[test]
fn a_file_changes_what_it_names_and_leaves_the_rest() {
    let map =
        user("[sources]\nlink = \"K\"\nunlink = []\n[everywhere]\nhelp = [\"F1\", \"...\"]\n");
    assert_eq!(map.find(SOURCES, &keys("K")), Found::Command(C::Link));
    assert_eq!(map.find(SOURCES, &keys("l")), Found::Nothing);
    assert_eq!(map.find(SOURCES, &keys("! u")), Found::Nothing);
    assert_eq!(map.all_keys_of(C::Help), ["F1", "?"]);
    assert_eq!(map.keys_of(C::WhyStuck), "w");
    // Another preset below the same file.
    let map = map.with_preset(Preset::Vim);
    assert_eq!(map.find(SOURCES, &keys("K")), Found::Command(C::Link));
    assert_eq!(
        map.find(SOURCES, &keys("l")),
        Found::Command(C::ColumnRight)
    );
}

#[test]
fn a_key_of_the_user_leaves_the_command_that_had_it() {
    let map = user("[sources]\nlink = \"w\"\n");
    assert_eq!(map.find(SOURCES, &keys("w")), Found::Command(C::Link));
    // On the main screen the diagnosis has its key in the panes beside.
    assert_eq!(map.keys_of(C::Link), "w");
    assert!(clashes(&map).is_empty());
}

#[test]
fn a_condition_decides_which_of_two_commands_a_key_is() {
    let mut model = crate::console::update::testing::world();
    model.keymap = user("[sources]\ncatch-up = [\"...\", { keys = \"w\", when = \"marked\" }]\n");
    crate::console::possible::stand(&mut model);
    assert_eq!(
        model.keymap.find(SOURCES, &keys("w")),
        Found::Command(C::WhyStuck)
    );
    assert_eq!(model.keymap.keys_of(C::WhyStuck), "w");
    crate::console::update::testing::type_text(&mut model, "*");
    assert_eq!(
        model.keymap.find(SOURCES, &keys("w")),
        Found::Command(C::CatchUp)
    );
    // Its key is the other command's now.
    assert_eq!(model.keymap.keys_of(C::WhyStuck), "");
    assert_eq!(model.keymap.all_keys_of(C::WhyStuck), ["w"]);
}

#[test]
fn what_cannot_be_used_is_told_with_its_line_and_the_rest_counts() {
    let text = "[sources]\nlnk = \"K\"\nlink = \"Ctrl-i\"\nwhy-stuck = 7\nconflicts = \"X\"\nbind = { keys = \"b\", when = \"ofline\" }\n[surces]\nlink = \"K\"\n[list]\nopen = \"Strg-x\"\n";
    assert_eq!(
        faults(text),
        [
            "line 2: `lnk` is no command; near: link",
            "line 3: `Ctrl-i` never arrives: terminals send Tab",
            "line 4: write a key such as \"x\", a list of keys, [] for none, or { keys = \"x\", when = \"marked\" }",
            "line 6: `ofline` is no condition (near: offline); `jolli console keys` lists them",
            "line 7: `surces` is no context; near: [sources]",
            "line 10: `Strg-x` is no key; write a character, or Ctrl-, Alt- and a name such as Enter, PgUp, Space, F1",
        ]
    );
    let (layer, _) = parse(text);
    let map = Keymap::build(Preset::Default, layer);
    assert_eq!(map.keys_of(C::Conflicts), "X");
    assert_eq!(map.keys_of(C::Link), "l");
    assert!(!faults("[sources\nlink = \"K\"").is_empty());
}

#[test]
fn clashes_hidden_keys_and_dead_chords_are_told() {
    assert_eq!(
        told("[sources]\nlink = \"K\"\nbind = \"K\"\n"),
        ["line 2: K is `link` here and `bind` in line 3, both in [sources]; the first counts"]
    );
    assert_eq!(
        told("[sources]\nlink = \"u\"\n"),
        ["line 2: u is `link` in [sources]; there it hides `undo` of [everywhere]"]
    );
    assert_eq!(
        told("[everywhere]\nhelp = \"z\"\n"),
        ["line 2: z is not `help` in [main]: there it is `pane-zoom`"]
    );
    assert_eq!(
        told("[list]\nopen = \"s\"\n"),
        ["line 2: s runs `open` at once, so sa, sk, sl and 3 more cannot be typed in [list]"]
    );
    assert_eq!(
        told("[everywhere]\nhelp = \"u x\"\n"),
        [
            "line 2: ux cannot be typed: u is `undo` in [everywhere] and runs at once; `undo = []` there frees it"
        ]
    );
    assert!(told("[sources]\nunlink = \"D\"\n")[0].contains("cannot be taken back"));
    assert_eq!(told("[sources]\nlink = \"K\"\n"), Vec::<String>::new());
}

#[test]
fn the_keymap_written_as_a_file_is_the_same_keymap() {
    for preset in Preset::ALL {
        let keymap = Keymap::build(preset, Layer::default());
        let (layer, faults) = parse(&file(&keymap));
        assert_eq!(faults, []);
        let again = Keymap::build(preset, layer);
        for bound in &keymap.bound {
            let same = |it: &&BoundKey| {
                (it.context, &it.keys, it.command) == (bound.context, &bound.keys, bound.command)
            };
            assert!(again.bound.iter().any(|it| same(&it)), "{bound:?}");
        }
        assert_eq!(again.bound.len(), keymap.bound.len());
        assert_eq!(findings(&again), []);
    }
}
