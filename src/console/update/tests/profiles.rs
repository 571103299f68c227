//! Profiles: what stays where it was when the console goes to another server, and what of it comes back.

use serde_json::json;

use super::super::testing::*;
use super::{refusal, said, toast};
use crate::api::{Code, SourceId};
use crate::console::effect::{Ask, Effect};
use crate::console::model::{
    Connection, ListId, Model, Page, Popup, ProfileChange, ProfileRow, Session,
};
use crate::console::msg::{Answer, Feed, Msg, Timer};

fn row(name: &str, server: &str, production: bool) -> ProfileRow {
    ProfileRow {
        name: name.to_owned(),
        server: format!("https://{server}"),
        label: server.to_owned(),
        production,
        signed_in: production,
        kept: true,
        ..ProfileRow::default()
    }
}

fn rows() -> Vec<ProfileRow> {
    let own = ProfileRow {
        name: "acme".to_owned(),
        label: "this machine".to_owned(),
        signed_in: true,
        ..ProfileRow::default()
    };
    vec![
        own,
        row("globex", "ops.globex.example", false),
        row("prod", "jolli.acme.example", true),
    ]
}

/// A live console at `acme`, with the list of profiles in front.
fn at_list() -> Model {
    let mut model = world();
    model.session.profile = "acme".to_owned();
    let sent = asked(&press(&mut model, "g p"));
    assert_eq!(sent[0].1, Ask::Profiles);
    take(
        &mut model,
        Msg::Reply(sent[0].0, Ok(Answer::Profiles(rows()))),
    );
    model
}

fn session(name: &str) -> Box<Session> {
    Box::new(Session {
        profile: name.to_owned(),
        server: format!("{name}.example"),
        url: format!("https://{name}.example"),
        ..Session::default()
    })
}

fn switch(model: &mut Model, name: &str) -> Vec<Effect> {
    take(model, Msg::Switched(session(name), false))
}

fn come_back(model: &mut Model) -> Vec<Effect> {
    let mut effects = switch(model, "acme");
    effects.extend(take(model, Msg::Feed(Feed::Me(Box::new(me("operator"))))));
    effects.extend(take(
        model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    ));
    effects
}

#[test]
fn enter_goes_to_another_profile_and_not_to_the_one_in_use() {
    let mut model = at_list();
    let shown = crate::console::view::tests::text(&model, 120, 36);
    let words: Vec<&str> = shown.split_whitespace().collect();
    let words = words.join(" ");
    for row in [
        "acme this machine operator in use",
        "globex ops.globex.example – sign in",
        "prod jolli.acme.example – PRODUCTION",
    ] {
        assert!(words.contains(row), "{row}: {shown}");
    }
    press(&mut model, "Enter");
    assert_eq!(said(&model), "acme is in use.");
    let effects = press(&mut model, "Down Enter");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Switch(name) if name == "globex"))
    );
}

#[test]
fn a_profile_is_named_in_the_palette() {
    let mut model = world();
    press(&mut model, ":");
    type_text(&mut model, "profile globex");
    let effects = press(&mut model, "Enter");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Switch(name) if name == "globex"))
    );
}

#[test]
fn nothing_of_the_other_server_is_left_and_drafts_stay_with_their_profile() {
    let mut model = world();
    model.session.profile = "acme".to_owned();
    press(&mut model, "i");
    type_text(&mut model, "-2");
    press(&mut model, "Esc j /");
    type_text(&mut model, "front");
    press(&mut model, "Enter");
    let page = asked(&press(&mut model, "Enter"));
    let waiting = page[0].0;

    switch(&mut model, "globex");
    assert_eq!(toast(&model), "On globex. 1 draft stays with acme.");
    assert!(model.ui.popups.is_empty() && !model.replica.is_loaded());
    assert!(matches!(model.ui.page(), Page::Main));
    assert_eq!(model.connection, Connection::Connecting);
    // The view stays, the rows are another server's.
    assert_eq!(model.ui.list(ListId::Sources).filter.text, "front");
    assert_eq!(model.ui.list(ListId::Sources).rows, Vec::<u32>::new());
    let late = take(
        &mut model,
        Msg::Reply(waiting, Err(refusal(Code::NotFound, "late"))),
    );
    assert!(late.is_empty());
    assert_eq!(toast(&model), "On globex. 1 draft stays with acme.");

    take(&mut model, Msg::Feed(Feed::Me(Box::new(me("viewer")))));
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    let next = asked(&press(&mut model, "Enter"));
    assert!(next[0].0 > waiting, "numbers of requests are used once");
    press(&mut model, "Esc i");
    let text = |model: &Model| match model.ui.popup() {
        Some(Popup::Form(form)) => form.fields[0].field.text().to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(said(&model), "Needs operator; you are viewer.");

    come_back(&mut model);
    press(&mut model, "/ Ctrl-u Enter g g i");
    assert_eq!(text(&model), "backend-2");
}

#[test]
fn a_change_that_was_under_way_is_asked_for_again_with_its_key() {
    let mut model = world();
    model.session.profile = "acme".to_owned();
    let sent = asked(&press(&mut model, "O"));
    let Ask::Change { key, .. } = sent[0].1.clone() else {
        panic!("a change is sent");
    };
    switch(&mut model, "globex");
    assert!(model.work.pending.is_empty() && model.work.undo.is_empty());
    assert_eq!(
        toast(&model),
        "On globex. 1 change that is not confirmed stays with acme."
    );
    // Its answer, should it still come, is nobody's.
    take(
        &mut model,
        Msg::Reply(sent[0].0, Err(refusal(Code::Conflict, "late"))),
    );
    assert!(model.work.undo.is_empty());

    let again = asked(&come_back(&mut model));
    let same = again
        .iter()
        .find(|(_, ask)| matches!(ask, Ask::Change { key: other, .. } if *other == key));
    let (request, _) = same.expect("it is asked again with the same key");
    let undo = json!({ "label": "on", "calls": [{ "method": "PATCH", "path": "/sources/1" }] });
    accept(&mut model, *request, source(1, "backend", "ok"), undo);
    assert!(model.work.pending.is_empty());

    // What can be undone is undone where it was done.
    switch(&mut model, "globex");
    press(&mut model, "u");
    assert_eq!(said(&model), "Offline: nothing is sent. R tries again.");
    come_back(&mut model);
    let (_, ask) = &asked(&press(&mut model, "u"))[0];
    assert!(matches!(ask, Ask::Change { call, .. } if call.path == "/sources/1"));
}

#[test]
fn stored_rows_of_the_other_server_are_shown_with_their_age_until_its_own_come() {
    let mut model = world();
    switch(&mut model, "globex");
    let hour_ago = now().plus_seconds(-3_600);
    take(
        &mut model,
        Msg::Stored(Box::new(snapshot().into()), hour_ago),
    );
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("1 Sources (6) · 1h old"), "{shown}");
    assert!(model.replica.sources.get(SourceId(1)).is_some());
}

#[test]
fn a_profile_is_added_and_what_is_wrong_with_it_is_said_in_the_form() {
    let mut model = at_list();
    press(&mut model, "+ Ctrl-s");
    let Some(Popup::Form(form)) = model.ui.popup() else {
        panic!("the form stays");
    };
    assert_eq!(
        form.fields[0].problem.as_deref(),
        Some("A profile needs a name.")
    );
    type_text(&mut model, "stage");
    press(&mut model, "Tab");
    type_text(&mut model, "nonsense");
    let sent = asked(&press(&mut model, "Ctrl-s"));
    let Ask::ProfileChange(ProfileChange::Add(row)) = &sent[0].1 else {
        panic!("the file is changed: {sent:?}");
    };
    assert_eq!((row.name.as_str(), row.production), ("stage", false));
    take(
        &mut model,
        Msg::Reply(
            sent[0].0,
            Err(refusal(Code::Invalid, "\"nonsense\" is no address.")),
        ),
    );
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("\"nonsense\" is no address."), "{shown}");
    let sent = asked(&press(&mut model, "Ctrl-s"));
    let mut all = rows();
    all.push(self::row("stage", "stage.example", false));
    take(&mut model, Msg::Reply(sent[0].0, Ok(Answer::Profiles(all))));
    assert!(matches!(model.ui.popup(), Some(Popup::Profiles(_))));
    assert_eq!(model.ui.list(ListId::Popup).len(), 4);
}

#[test]
fn a_profile_goes_after_its_name_was_typed_and_the_one_in_use_stays() {
    let mut model = at_list();
    press(&mut model, "! d");
    assert!(
        said(&model).starts_with("It is in no file"),
        "{}",
        said(&model)
    );
    press(&mut model, "Down Down ! d");
    take(&mut model, Msg::Timer(Timer::Guard));
    type_text(&mut model, "prod");
    let sent = asked(&press(&mut model, "Enter"));
    assert_eq!(
        sent[0].1,
        Ask::ProfileChange(ProfileChange::Remove("prod".to_owned()))
    );
    take(
        &mut model,
        Msg::Reply(sent[0].0, Ok(Answer::Profiles(rows()[..2].to_vec()))),
    );
    assert_eq!(model.ui.list(ListId::Popup).len(), 2);
}

#[test]
fn signing_out_asks_first_and_then_has_no_token() {
    let mut model = world();
    model.session.profile = "acme".to_owned();
    take(
        &mut model,
        Msg::Command(crate::console::command::CommandId::SignOut),
    );
    let shown = crate::console::view::tests::text(&model, 80, 24);
    assert!(shown.contains("Sign out · acme"), "{shown}");
    let sent = asked(&press(&mut model, "Enter"));
    assert_eq!(sent[0].1, Ask::SignOut);
    let effects = take(&mut model, Msg::Reply(sent[0].0, Ok(Answer::SignedOut)));
    assert!(effects.iter().any(|it| matches!(it, Effect::Reconnect)));
    assert_eq!(toast(&model), "The token of acme is forgotten.");
    assert!(model.ui.popups.is_empty());
}

#[test]
fn who_looks_at_the_past_comes_to_the_now_of_another_server() {
    let mut model = world();
    model.session.profile = "acme".to_owned();
    press(&mut model, "/");
    type_text(&mut model, "front");
    press(&mut model, "Enter t 3");
    assert!(model.past.is_some());
    let then = model.ui.list(ListId::Sources).generation;
    switch(&mut model, "globex");
    assert!(model.past.is_none() && !model.present().is_loaded());
    let sources = model.ui.list(ListId::Sources);
    assert_eq!(sources.filter.text, "front");
    assert!(sources.generation > then, "answers of before are dropped");
    // The screen is that of before the past was looked at.
    assert_eq!(model.ui.pane, ListId::Sources);
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    assert!(model.replica.is_loaded());
}
