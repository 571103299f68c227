//! Xray: what is asked when, what is dropped, how one moves in the tree, and what its ends open.

use super::super::testing::*;
use crate::api::{JobId, SourceId, SpaceId};
use crate::console::effect::{Ask, Effect};
use crate::console::model::xray::{Node, XrayView};
use crate::console::model::{ListId, Model, Page, RowKey};
use crate::console::msg::{Answer, Failure, FailureKind, Feed, Msg, Timer};

const API: SpaceId = SpaceId(1);
const FRONTEND: SourceId = SourceId(2);

fn view(model: &Model) -> &XrayView {
    match model.ui.page() {
        Page::Xray(view) => view,
        other => panic!("xray is open, not {other:?}"),
    }
}

fn selected(model: &Model) -> RowKey {
    model.ui.list(ListId::Xray).selected.unwrap()
}

/// Xray with `frontend` unfolded and selected.
fn at_frontend() -> Model {
    let mut model = world();
    press(&mut model, "/");
    type_text(&mut model, "frontend");
    press(&mut model, "Enter g x");
    assert_eq!(selected(&model), RowKey::Source(FRONTEND));
    model
}

fn answer(model: &mut Model, effects: &[Effect], paths: &[&str]) {
    let request = asked(effects)[0].0;
    let all = Answer::Documents(documents(paths));
    take(model, Msg::Reply(request, Ok(all)));
}

#[test]
fn what_fails_is_on_top_and_nothing_is_asked_before_a_space_is_unfolded() {
    let mut model = world();
    let effects = press(&mut model, "g x");
    assert!(asked(&effects).is_empty());
    let first: Vec<Node> = view(&model).nodes.iter().copied().take(3).collect();
    // Stopped, then stalled.
    assert_eq!(
        first[..2],
        [Node::Source(SourceId(4)), Node::Source(FRONTEND)]
    );
    let mut model = at_frontend();
    assert!(asked(&press(&mut model, "j")).is_empty());
    let asks = asked(&press(&mut model, "Right"));
    assert_eq!(asks[0].1, Ask::Documents(API, FRONTEND));
}

#[test]
fn right_unfolds_and_goes_in_left_folds_and_goes_out() {
    let mut model = at_frontend();
    press(&mut model, "Right");
    assert_eq!(selected(&model), RowKey::Binding(API, FRONTEND));
    let effects = press(&mut model, "Right");
    answer(&mut model, &effects, &["docs/a.md", "docs/b.md"]);
    press(&mut model, "Right j");
    assert!(matches!(selected(&model), RowKey::Document(..)));
    press(&mut model, "Left");
    assert_eq!(selected(&model), RowKey::Binding(API, FRONTEND));
    press(&mut model, "Left");
    assert_eq!(
        view(&model)
            .nodes
            .iter()
            .filter(|it| matches!(it, Node::Document(..)))
            .count(),
        0
    );
    // What was there is shown again at once, and asked for anew.
    let asks = asked(&press(&mut model, "Enter"));
    assert_eq!(asks.len(), 1);
    assert_eq!(
        view(&model)
            .nodes
            .iter()
            .filter(|it| matches!(it, Node::Document(..)))
            .count(),
        2
    );
    press(&mut model, "Left Left Left");
    assert_eq!(selected(&model), RowKey::Source(FRONTEND));
    assert_eq!(view(&model).nodes.len(), 6, "all is folded");
}

#[test]
fn an_answer_for_what_was_folded_or_left_is_dropped() {
    let mut model = at_frontend();
    press(&mut model, "j");
    let first = press(&mut model, "Right");
    let folded = press(&mut model, "Left");
    assert!(folded.iter().any(|it| matches!(it, Effect::Cancel(_))));
    answer(&mut model, &first, &["docs/late.md"]);
    assert!(view(&model).documents[&(API, FRONTEND)].value.is_none());
    let second = press(&mut model, "Right");
    press(&mut model, "Esc g x");
    answer(&mut model, &second, &["docs/late.md"]);
    assert!(view(&model).documents.is_empty());
}

#[test]
fn what_fails_to_load_says_so_and_is_asked_again() {
    let mut model = at_frontend();
    press(&mut model, "j");
    let effects = press(&mut model, "Right");
    let failure = Failure {
        kind: FailureKind::Server(500),
        text: "it fell over".into(),
        unsure: false,
    };
    take(&mut model, Msg::Reply(asked(&effects)[0].0, Err(failure)));
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("Not loaded: it fell over."), "{shown}");
    let again = press(&mut model, "R");
    answer(&mut model, &again, &[]);
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(
        shown.contains("No document there has a rule on this source."),
        "{shown}"
    );
}

#[test]
fn a_space_whose_documents_change_is_asked_again_after_the_pause() {
    let mut model = at_frontend();
    press(&mut model, "j");
    let effects = press(&mut model, "Right");
    answer(&mut model, &effects, &["docs/a.md"]);
    let put = crate::api::RowChange::Put {
        row: crate::api::Row::Binding(serde_json::from_value(binding(1, 2, true)).unwrap()),
    };
    let frame = crate::api::RowsFrame {
        sequence: crate::api::Sequence(1843),
        head: crate::api::Sequence(1843),
        changes: vec![put],
    };
    let effects = take(&mut model, Msg::Feed(Feed::Frame(Box::new(frame))));
    assert!(asked(&effects).is_empty(), "the pause goes on");
    let effects = take(&mut model, Msg::Timer(Timer::Live));
    assert_eq!(asked(&effects)[0].1, Ask::Documents(API, FRONTEND));
    answer(&mut model, &effects, &["docs/a.md", "docs/new.md"]);
    assert_eq!(
        view(&model).documents[&(API, FRONTEND)]
            .value
            .as_ref()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_filter_finds_sources_by_their_spaces_and_by_documents_that_are_here() {
    let mut model = at_frontend();
    press(&mut model, "j");
    let effects = press(&mut model, "Right");
    answer(&mut model, &effects, &["docs/alpha.md", "docs/beta.md"]);
    let sources = |model: &Model| -> Vec<SourceId> {
        let nodes = view(model).nodes.iter();
        nodes
            .filter_map(|it| match it {
                Node::Source(id) => Some(*id),
                _ => None,
            })
            .collect()
    };
    press(&mut model, "/");
    type_text(&mut model, "beta");
    assert_eq!(sources(&model), [FRONTEND]);
    let documents = view(&model)
        .nodes
        .iter()
        .filter(|it| matches!(it, Node::Document(..)))
        .count();
    assert_eq!(documents, 1, "the others do not match");
    press(&mut model, "Esc /");
    type_text(&mut model, "sdk");
    assert_eq!(sources(&model), [FRONTEND], "bound to SDK Reference");
    press(&mut model, "Esc /");
    type_text(&mut model, "state:ok");
    assert_eq!(sources(&model), [SourceId(1), SourceId(3)]);
}

#[test]
fn a_document_opens_the_run_that_concerned_it_last() {
    let mut model = world();
    let mut rows = snapshot();
    let mut run = job(91, 2, "failed", &[(1, "failed")]);
    run["spaces"][0]["impactedDocs"] = serde_json::json!([{ "docId": null, "path": "docs/b.md" }]);
    rows.jobs = vec![serde_json::from_value(run).unwrap()];
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    take(&mut model, Msg::OpenLink("xray/frontend".into()));
    press(&mut model, "j");
    let effects = press(&mut model, "Enter");
    answer(&mut model, &effects, &["docs/a.md", "docs/b.md"]);
    // It failed, so it is the first of them, and the next trouble.
    press(&mut model, "]");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("✗ docs/b.md"), "{shown}");
    assert!(shown.contains("failed in #91"), "{shown}");
    press(&mut model, "Enter");
    assert!(matches!(model.ui.page(), Page::Run(view) if view.job == JobId(91)));
    press(&mut model, "Esc j Enter");
    // Nothing is known of the other: its binding.
    assert!(matches!(model.ui.page(), Page::Source(view) if view.source == FRONTEND));
    assert_eq!(
        model.selected(ListId::Bindings),
        Some(RowKey::Binding(API, FRONTEND))
    );
}

#[test]
fn it_has_a_link_and_only_now() {
    let mut model = at_frontend();
    let effects = press(&mut model, "y l");
    let copied = effects.iter().find_map(|it| match it {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.unwrap(), "jolli console --open 'xray/frontend'");
    press(&mut model, "Esc Esc");
    take(&mut model, Msg::OpenLink("past/1790".into()));
    press(&mut model, "g x");
    let said = &model.work.message.as_ref().unwrap().text;
    assert_eq!(
        said,
        "Only now has the documents behind a source; this is @1790. Esc returns to now."
    );
}
