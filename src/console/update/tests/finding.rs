//! Filters as they are typed, links to every view, and views under a name.

use super::super::testing::{press, take, type_text, world};
use crate::console::columns::Col;
use crate::console::effect::Effect;
use crate::console::model::{DeepLink, Layout, ListId, Model, Page, Popup, RowKey, SortBy, Ui};
use crate::console::msg::{Mouse, Msg};
use crate::console::query::{Candidate as _, keys};
use crate::console::rows::Fields;
use crate::console::update::links::link_of;

fn typed(model: &Model) -> String {
    let (_, field) = model.ui.filtering.as_ref().expect("a filter is typed");
    field.text().to_owned()
}

fn names(model: &Model) -> Vec<&str> {
    let list = model.ui.list(ListId::Sources);
    let rows = list
        .rows
        .iter()
        .filter_map(|it| model.replica.sources.row(*it));
    rows.map(|it| it.name).collect()
}

#[test]
fn tab_goes_on_with_keys_and_values_and_round() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "!ki");
    press(&mut model, "Tab");
    assert_eq!(typed(&model), "!kind:");
    press(&mut model, "Tab");
    assert_eq!(typed(&model), "!kind:true");
    press(&mut model, "Tab");
    assert_eq!(typed(&model), "!kind:virtual");
    press(&mut model, "Tab");
    assert_eq!(typed(&model), "!kind:true");
    assert_eq!(names(&model), ["scratch", "proto"], "each filters at once");
    type_text(&mut model, " space:a");
    press(&mut model, "Tab");
    assert_eq!(typed(&model), "!kind:true space:\"API Docs\"");
    press(&mut model, "Ctrl-u");
    type_text(&mut model, "state:stalled,sto");
    press(&mut model, "Tab Enter");
    assert_eq!(names(&model), ["frontend", "search"]);
}

/// Every key of a list is one of those that its rows answer.
fn known(answers: &dyn Fn(&str) -> bool, list: ListId) {
    for (key, _) in keys(list) {
        assert!(answers(key), "{list:?} does not know {key}");
    }
}

#[test]
fn every_key_that_is_offered_is_answered() {
    let model = world();
    let replica = &model.replica;
    let now = model.now;
    macro_rules! check {
        ($list:expr, $row:expr) => {
            let row = Fields {
                row: $row,
                replica,
                now,
            };
            // A number that this row lacks is one all the same.
            let numbers = ["behind", "lag"];
            known(
                &|key| {
                    row.field(key).is_some() || row.number(key).is_some() || numbers.contains(&key)
                },
                $list,
            );
        };
    }
    let first = replica.sources.iter().next().unwrap().1;
    check!(ListId::Sources, &first);
    check!(ListId::Bindings, replica.bindings.iter().next().unwrap().1);
    check!(ListId::Runs, replica.jobs.iter().next().unwrap().1);
    check!(
        ListId::Integrations,
        replica.integrations.iter().next().unwrap().1
    );
}

#[test]
fn a_near_miss_is_named_by_the_keys_of_the_list() {
    let mut model = world();
    press(&mut model, "4 /");
    type_text(&mut model, "status:faild");
    let near = model.ui.list(ListId::Runs).filter.near.clone();
    assert_eq!(near.as_deref(), Some("status:failed"));
}

#[test]
fn a_link_opens_what_it_was_copied_from() {
    let mut model = world();
    press(&mut model, "s n s n C j j Space Enter /");
    type_text(&mut model, "kind:true name:\"e\"");
    press(&mut model, "Enter");
    let link = link_of(&model).text();
    let shown: Vec<String> = names(&model).iter().map(|it| (*it).to_owned()).collect();
    let mut other = world();
    press(&mut other, "g d");
    take(&mut other, Msg::OpenLink(link.clone()));
    assert!(matches!(other.ui.page(), Page::Main), "{link}");
    assert_eq!(names(&other), shown, "{link}");
    let list = other.ui.list(ListId::Sources);
    assert!(list.sort.reversed && list.sort.by == SortBy::Name);
    assert!(!list.columns.contains(&Col::Repo) && list.columns[0] == Col::Name);
    assert_eq!(link_of(&other).text(), link);
}

#[test]
fn every_page_has_a_link_that_opens_it() {
    for link in [
        "sources?filter=state:stuck",
        "bindings?of=frontend",
        "cursors?all=yes&sort=lag",
        "runs?all=yes&filter=status:failed",
        "source/frontend",
        "why/frontend",
        "conflicts?filter=severity:error",
        "run/91?search=lease%20renewed&level=warn",
        "thread/job-90-space-1",
        "approvals",
        "deliveries?filter=ref:main",
        "delivery/7",
        "integrations?sort=state",
        "events?about=source:2",
        "messages",
    ] {
        let mut model = world();
        let effects = take(&mut model, Msg::OpenLink(link.to_owned()));
        assert!(
            model.work.message.is_none(),
            "{link}: {:?}",
            model.work.message
        );
        assert_eq!(link_of(&model).text(), link, "{effects:?}");
    }
    let mut model = world();
    take(&mut model, Msg::OpenLink("nowhere/1".to_owned()));
    let said = model.work.message.as_ref().map(|it| it.text.as_str());
    assert_eq!(said, Some("\"nowhere/1\" is no view of this console."));
}

#[test]
fn a_view_is_saved_opened_kept_and_removed() {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "front");
    press(&mut model, "Enter g v +");
    type_text(&mut model, "stuck");
    press(&mut model, "Enter");
    let Some(Popup::Views(list)) = model.ui.popup() else {
        panic!("the list is gone");
    };
    assert!(list.problem.as_ref().unwrap().contains("built in"));
    press(&mut model, "Ctrl-u");
    type_text(&mut model, "mine");
    let effects = press(&mut model, "Enter");
    assert!(effects.iter().any(|it| matches!(it, Effect::Persist)));
    press(&mut model, "Esc Esc Esc");
    assert_eq!(names(&model).len(), 6);
    let kept = serde_json::to_string(&Layout::of(&model.ui)).unwrap();
    let mut fresh = Ui::default();
    serde_json::from_str::<Layout>(&kept)
        .unwrap()
        .put(&mut fresh);
    assert_eq!(fresh.views[0].link, "sources?filter=front");
    press(&mut model, "g v j j j j Enter");
    assert_eq!(names(&model), ["frontend"]);
    press(&mut model, "g v Enter");
    assert_eq!(names(&model), ["frontend", "search"], "stuck is built in");
    press(&mut model, "g v ! d");
    assert_eq!(model.ui.views.len(), 1, "a built-in one went");
    press(&mut model, "j j j j d");
    assert_eq!(model.ui.views.len(), 1, "d alone is no danger");
    press(&mut model, "! d");
    assert!(model.ui.views.is_empty());
}

#[test]
fn a_click_on_a_heading_sorts_by_its_column() {
    let mut model = world();
    let click = Msg::Mouse(Mouse::Heading(ListId::Sources, Col::Branch));
    take(&mut model, click.clone());
    let sort = model.ui.list(ListId::Sources).sort;
    assert_eq!(sort.by, SortBy::Column(Col::Branch));
    take(&mut model, click);
    assert!(model.ui.list(ListId::Sources).sort.reversed);
    assert_eq!(
        model.selected(ListId::Sources),
        Some(RowKey::Source(crate::api::SourceId(1)))
    );
    assert!(DeepLink::parse("a?b=%4").is_none());
}
