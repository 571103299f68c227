//! Choosing columns, and sorting by one that has no key.

use super::super::testing::{press, source, take, world};
use crate::api::SourceId;
use crate::console::columns::Col;
use crate::console::effect::Effect;
use crate::console::model::{Layout, ListId, Model, Popup, RowKey, SortBy, Ui};
use crate::console::msg::Msg;

fn names(model: &Model) -> Vec<String> {
    let list = model.ui.list(ListId::Sources);
    list.rows
        .iter()
        .map(|slot| model.replica.sources.at(*slot).unwrap().name.clone())
        .collect()
}

#[test]
fn columns_are_chosen_ordered_and_kept() {
    let mut model = world();
    // The last of the usual ones goes; the next, never shown, comes and moves up by two.
    press(&mut model, "C j j j j j j j Space");
    let effects = press(&mut model, "Space k < < Enter");
    assert!(effects.iter().any(|it| matches!(it, Effect::Persist)));
    let shown = model.ui.list(ListId::Sources).columns.clone();
    assert_eq!(
        shown,
        [
            Col::Name,
            Col::Kind,
            Col::Repo,
            Col::State,
            Col::Lag,
            Col::Branch,
            Col::Behind,
            Col::Integration,
        ]
    );
    let kept = serde_json::to_string(&Layout::of(&model.ui)).unwrap();
    let mut fresh = Ui::default();
    serde_json::from_str::<Layout>(&kept)
        .unwrap()
        .put(&mut fresh);
    assert_eq!(fresh.list(ListId::Sources).columns, shown);
    // As usual again: nothing is kept that a later version could not better.
    press(&mut model, "C u Enter");
    assert!(model.ui.list(ListId::Sources).columns.is_empty());
    assert!(Layout::of(&model.ui).lists.is_empty());
}

#[test]
fn escape_keeps_the_list_as_it_was_and_names_stay() {
    let mut model = world();
    press(&mut model, "C Space");
    let Some(Popup::Columns(picker)) = model.ui.popup() else {
        panic!("no chooser");
    };
    assert!(picker.rows[0].1, "the name went");
    press(&mut model, "j Space j s Esc");
    let list = model.ui.list(ListId::Sources);
    assert!(list.columns.is_empty());
    assert_eq!(list.sort.by, SortBy::Natural);
    let layout = r#"{"lists":{"sources":{"columns":["repo","nonsense","repo"],"sort":"behind","reversed":true}}}"#;
    let layout: Layout = serde_json::from_str(layout).unwrap();
    take(&mut model, Msg::Layout(layout));
    let list = model.ui.list(ListId::Sources);
    assert_eq!(list.columns, [Col::Name, Col::Repo]);
    assert_eq!(list.sort.by, SortBy::Column(Col::Behind));
}

#[test]
fn a_list_is_sorted_by_a_column_without_a_key() {
    let mut model = world();
    for (id, name, behind) in [(1, "backend", 2), (4, "search", 70), (3, "payments", 9)] {
        let mut row = source(id, name, "ok");
        row["commitsBehind"] = behind.into();
        let row = serde_json::from_value(row).unwrap();
        model.replica.put(crate::api::Row::Source(Box::new(row)));
    }
    let place = crate::console::columns::catalogue(ListId::Sources)
        .iter()
        .position(|col| *col == Col::Behind)
        .unwrap();
    let down = ["j"].repeat(place).join(" ");
    press(&mut model, &format!("C {down} s Enter"));
    assert_eq!(names(&model)[..3], ["search", "payments", "backend"]);
    press(&mut model, &format!("C {down} s Enter"));
    assert_eq!(names(&model)[..3], ["backend", "payments", "search"]);
    let selected = model.selected(ListId::Sources);
    assert_eq!(selected, Some(RowKey::Source(SourceId(1))), "it moved");
    press(&mut model, &format!("C {down} s Enter"));
    assert_eq!(model.ui.list(ListId::Sources).sort.by, SortBy::Natural);
}

#[test]
fn one_cursor_and_a_log_of_a_run_have_no_columns() {
    let mut model = world();
    press(&mut model, "3 C");
    assert!(model.ui.popup().is_none());
    press(&mut model, ". C");
    assert!(matches!(model.ui.popup(), Some(Popup::Columns(_))));
}
