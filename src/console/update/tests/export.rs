//! Taking lists away.

use std::path::PathBuf;

use super::super::testing::{asked, press, snapshot, take, type_text, world};
use crate::console::effect::{Ask, Effect};
use crate::console::model::export::{Export, Exported, Format};
use crate::console::model::{Layout, Model, Popup, Ui};
use crate::console::msg::{Answer, Msg};
use crate::console::shot::Kind;

fn order(effects: &[Effect]) -> (crate::console::model::ReqId, Export) {
    asked(effects)
        .into_iter()
        .find_map(|(request, ask)| match ask {
            Ask::Export(order) => Some((request, *order)),
            _ => None,
        })
        .expect("nothing is taken away")
}

fn problem(model: &Model) -> Option<&str> {
    match model.ui.popup() {
        Some(Popup::Export(form)) => form.problem.as_deref(),
        _ => None,
    }
}

#[test]
fn the_list_goes_as_it_is_shown() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "kind:true");
    press(&mut model, "Enter s n s n y x");
    let (_, order) = order(&press(&mut model, "Enter"));
    assert_eq!(order.file, None);
    let csv = order.what.text(Format::Csv);
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some("name,kind,repo,state,lag,branch,integration,changed")
    );
    let names: Vec<&str> = lines.map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names, ["search", "payments", "frontend", "backend"]);
    let json: serde_json::Value = serde_json::from_str(&order.what.text(Format::Json)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 4);
    assert_eq!(json[0]["cursorVersion"], 31);
}

#[test]
fn marked_rows_go_alone_also_those_that_the_filter_hides() {
    let mut model = world();
    press(&mut model, "v j j v /");
    type_text(&mut model, "search");
    press(&mut model, "Enter y x");
    let (_, order) = order(&press(&mut model, "Enter"));
    assert_eq!(order.what.rows(), 2);
    let csv = order.what.text(Format::Csv);
    assert!(
        csv.contains("\r\nbackend,") && csv.contains("\r\nsearch,"),
        "{csv}"
    );
}

#[test]
fn a_file_is_named_by_format_and_what_was_chosen_is_kept() {
    let mut model = world();
    press(&mut model, "y x Right Tab Space Tab");
    let (request, order) = order(&press(&mut model, "Enter"));
    assert_eq!(order.format, Format::Json);
    let file = order.file.unwrap();
    assert_eq!(
        file,
        PathBuf::from("jolli-sources-2026-11-21T14-02-11-000Z.json")
    );
    let written = Exported::Written {
        file,
        rows: 6,
        bytes: 99,
    };
    take(
        &mut model,
        Msg::Reply(request, Ok(Answer::Exported(written))),
    );
    assert!(model.ui.popup().is_none());
    let said = &model.work.notes.back().unwrap().text;
    assert!(
        said.starts_with("6 rows, 99 bytes, written to jolli-sources"),
        "{said}"
    );
    let kept = serde_json::to_string(&Layout::of(&model.ui)).unwrap();
    let mut fresh = Ui::default();
    serde_json::from_str::<Layout>(&kept)
        .unwrap()
        .put(&mut fresh);
    assert_eq!(fresh.take_away.format, Format::Json);
    assert!(fresh.take_away.to_file);
}

#[test]
fn what_terminals_would_cut_is_refused_and_kept() {
    let mut model = world();
    press(&mut model, "y x");
    let (request, _) = order(&press(&mut model, "Enter"));
    let text = Exported::Text {
        text: "x".repeat(74_995),
        rows: 6,
    };
    let effects = take(&mut model, Msg::Reply(request, Ok(Answer::Exported(text))));
    assert!(!effects.iter().any(|it| matches!(it, Effect::Copy(_))));
    assert!(problem(&model).unwrap().contains("A file takes all of it."));
    let (request, _) = order(&press(&mut model, "Enter"));
    let text = Exported::Text {
        text: "x".repeat(74_994),
        rows: 6,
    };
    let effects = take(&mut model, Msg::Reply(request, Ok(Answer::Exported(text))));
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Copy(it) if it.len() == 74_994))
    );
}

#[test]
fn a_format_and_a_file_behind_the_command_ask_nothing() {
    let mut model = world();
    press(&mut model, ":");
    type_text(&mut model, "export json rows.json");
    let (_, export) = order(&press(&mut model, "Enter"));
    assert_eq!(export.format, Format::Json);
    assert_eq!(export.file, Some(PathBuf::from("rows.json")));
    let mut model = world();
    press(&mut model, ":");
    type_text(&mut model, "export md");
    let (_, export) = order(&press(&mut model, "Enter"));
    assert_eq!((export.format, export.file), (Format::Md, None));
    let mut model = world();
    press(&mut model, ":");
    type_text(&mut model, "export xlsx");
    let effects = press(&mut model, "Enter");
    assert!(asked(&effects).is_empty());
    assert_eq!(
        super::said(&model),
        "Nothing is exported as \"xlsx\". There are csv, json, md."
    );
}

#[test]
fn the_screen_is_written_without_the_popup_and_the_same_again_next_time() {
    let mut model = world();
    let effects = press(&mut model, "S Down Down Enter");
    let dumped: Vec<Kind> = effects
        .iter()
        .filter_map(|it| match it {
            Effect::ScreenDump(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    assert_eq!(dumped, [Kind::Ansi]);
    assert!(model.ui.popup().is_none());
    let effects = press(&mut model, "S Enter");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::ScreenDump(Kind::Ansi)))
    );
}

#[test]
fn a_copy_that_terminals_would_cut_is_refused_with_another_way() {
    let mut model = world();
    let mut rows = snapshot();
    rows.sources[0].repo = Some("x".repeat(80_000));
    take(
        &mut model,
        crate::console::msg::Msg::Feed(crate::console::msg::Feed::Snapshot(Box::new(rows.into()))),
    );
    let effects = press(&mut model, "y j");
    assert!(!effects.iter().any(|it| matches!(it, Effect::Copy(_))));
    let said = super::said(&model);
    assert!(said.starts_with("Not copied: 81 kB, "), "{said}");
    assert!(said.ends_with("yu copies the URL."), "{said}");
    let effects = press(&mut model, "y u");
    assert!(effects.iter().any(|it| matches!(it, Effect::Copy(_))));
}
