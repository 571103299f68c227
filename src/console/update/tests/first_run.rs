//! A world without sources: what is said on this machine's own server, and on one that was named.

use super::super::testing::*;
use crate::api::Snapshot;
use crate::console::effect::Effect;
use crate::console::model::Model;
use crate::console::msg::{Failure, FailureKind, Feed, Msg};

fn nothing() -> Snapshot {
    let mut world = snapshot();
    world.sources.clear();
    world.bindings.clear();
    world.jobs.clear();
    world
}

fn started(url: &str) -> Model {
    let mut model = empty();
    model.session.url = url.to_owned();
    take(&mut model, Msg::Feed(Feed::Starting));
    take(&mut model, Msg::Feed(Feed::Me(Box::new(me("admin")))));
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(nothing().into()))),
    );
    model
}

#[test]
fn who_finds_the_data_of_this_machine_taken_connects_to_the_server_that_has_it() {
    let mut model = empty();
    let failure = Failure {
        kind: FailureKind::InUse("http://127.0.0.1:7777".to_owned()),
        text: "JOLLI_HOME is in use by process 4121 (jolli serve)".to_owned(),
        unsure: false,
    };
    let down = Feed::Down {
        failure,
        retry_in: std::time::Duration::from_secs(4),
        attempt: 1,
    };
    take(&mut model, Msg::Feed(down));
    let effects = press(&mut model, "Enter");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Switch(to) if to == "http://127.0.0.1:7777")),
        "{effects:?}"
    );
}

#[test]
fn the_own_server_of_the_machine_says_that_it_is_ready_and_what_there_is_to_do() {
    let mut model = started("");
    let said = |model: &Model| model.work.message.clone().map(|it| it.text);
    assert_eq!(said(&model).as_deref(), Some("Ready. Empty world."));
    let shown = crate::console::view::tests::text(&model, 120, 36);
    for words in [
        "Nothing here yet.",
        "+ add a source",
        "jolli demo",
        "? help",
        ": all commands",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // It goes with the first source.
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(!shown.contains("Nothing here yet."), "{shown}");
}

#[test]
fn a_server_that_was_named_is_no_first_run() {
    let model = started("https://docs.acme.example");
    assert!(model.work.message.is_none());
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("No sources yet. + adds one"), "{shown}");
}
