//! Threads and what waits in them: whole screens, and what is promised of them to the column.

use super::super::fixture::threads as world;
use super::{drawn_with, skin, styles_of, text, text_of};
use crate::console::model::Model;
use world::press;

const WIDE: (u16, u16) = (120, 36);
const NARROW: (u16, u16) = (80, 24);
const SMALL: (u16, u16) = (40, 12);

macro_rules! screens {
    ($($name:ident: $model:expr;)+) => {$(
        #[test]
        fn $name() {
            for size in [WIDE, NARROW, SMALL] {
                let model: Model = $model(size);
                insta::assert_snapshot!(
                    format!("{}_{}x{}", stringify!($name), size.0, size.1),
                    text(&model, size.0, size.1)
                );
            }
        }
    )+};
}

screens! {
    thread: |size| world::thread(size, "");
    thread_diff: |size| world::thread(size, "[ Enter Tab ]");
    thread_approval: |size| world::thread(size, "Tab Tab");
    thread_one_column: |size| world::thread(size, "Tab | W");
    thread_unfolded: |size| world::thread(size, "j j j Enter k W");
    thread_goes_on: world::goes_on;
    thread_gone: world::gone;
    approvals: world::approvals;
}

#[test]
fn styles_and_brackets() {
    for theme in ["dark", "mono"] {
        let drawn = drawn_with(&world::thread(WIDE, "Tab Tab"), skin(theme), 120, 36);
        insta::assert_snapshot!(format!("thread_{theme}_styles"), styles_of(&drawn));
    }
    let mut bare = skin("mono");
    let model = world::thread(WIDE, "Tab Tab");
    let shown = text_of(&drawn_with(&model, bare, 120, 36));
    assert!(shown.contains("13+ c := sdk.New(⟦ctx, ⟧key)"), "{shown}");
    assert!(shown.contains("16+ ⟦ctx carries the deadline.⟧"), "{shown}");
    bare.ascii = true;
    let shown = text_of(&drawn_with(&model, bare, 120, 36));
    insta::assert_snapshot!("thread_ascii_120x36", shown);
    assert!(shown.contains("13+ c := sdk.New([[ctx, ]]key)"), "{shown}");
}

#[test]
fn the_approval_says_what_is_asked_and_takes_three_keys() {
    let shown = text(&world::thread(WIDE, "Tab Tab"), 120, 36);
    for words in [
        "Runs › #90 › SDK Reference",
        "turn 1  ✓ 2 files       38s ago",
        "turn 2  ▶ waits         13s ago",
        "    user    1 document impacted",
        "    agent   Client.New gained ctx",
        "    tool    read sdk/go/client.go",
        "Turn diff · docs/sdk/go.md · +2 -1 · change 1 of 2",
        "┏ Approval 7 · turn 2 · waits 13s ━",
        "The agent wants to run a command:   go doc ./...",
        "Asked because mode is approval-required.",
        "  a allow once      A allow this kind for the session      d decline",
        " a once  A session  d decline  Tab messages  ]/[ change  | one column  W wrap  Esc back ",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
}

#[test]
fn a_viewer_reads_why_there_are_no_keys() {
    let mut model = world::thread(WIDE, "Tab Tab");
    if let Some(me) = &mut model.session.me {
        me.role = crate::api::Role::Viewer;
    }
    let shown = text(&model, 120, 36);
    assert!(
        shown.contains("┃  Needs operator; you are viewer. "),
        "{shown}"
    );
    assert!(!shown.contains("a allow once"), "{shown}");
}

#[test]
fn a_long_command_is_never_cut_without_a_word() {
    let mut long = world::of_sdk();
    let command = "echo something && ".repeat(60) + "delete-it-all";
    for approval in long.approvals.iter_mut().flatten() {
        approval.detail = Some(command.clone());
    }
    let model = world::thread_with(&long, WIDE, "Tab Tab");
    let shown = text(&model, 120, 36);
    assert!(shown.contains("delete-it-all"), "{shown}");
    let small = world::thread_with(&long, SMALL, "Tab Tab");
    let shown = text(&small, 40, 12);
    assert!(shown.contains("there is more"), "{shown}");
}

#[test]
fn one_column_and_back_keeps_the_line() {
    let mut model = world::thread(WIDE, "Tab ] ]");
    let line = |model: &Model| match model.ui.page() {
        crate::console::model::Page::Thread(view) => {
            let place = model.ui.list(crate::console::model::ListId::Diff).position;
            view.rows[place].right
        }
        _ => None,
    };
    let before = line(&model);
    press(&mut model, "|");
    assert_eq!(line(&model), before);
    press(&mut model, "|");
    assert_eq!(line(&model), before);
}
