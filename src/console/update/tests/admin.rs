//! Administration: tokens and integrations are made, changed and ended; secrets are shown this once.

use serde_json::{Value, json};

use super::super::testing::*;
use super::{said, toast};
use crate::api::{Call, Code, IntegrationId, Role, TokenId};
use crate::console::command::CommandId;
use crate::console::effect::{Ask, Effect};
use crate::console::keymap::Key;
use crate::console::model::{ListId, Model, Page, Popup, ReqId, RowKey};
use crate::console::msg::{Answer, Msg, Timer};
use crate::console::possible::enabled;

fn tokens() -> Vec<crate::api::Token> {
    let token = |id: i64, name: &str, role: &str| {
        json!({
            "id": id, "name": name, "role": role, "createdAt": "2026-08-02T09:14:00.000Z",
            "expiresAt": null, "lastUsedAt": "2026-11-21T14:00:00.000Z",
        })
    };
    serde_json::from_value(json!([
        token(1, "ana", "admin"),
        token(2, "bo", "operator"),
        token(3, "ci", "runner"),
    ]))
    .unwrap()
}

/// On the page of tokens, as an admin whose token is the first.
fn at_tokens() -> Model {
    let mut model = world_as("admin");
    let sent = asked(&press(&mut model, "g t"));
    assert_eq!(sent[0].1, Ask::Tokens);
    take(
        &mut model,
        Msg::Reply(sent[0].0, Ok(Answer::Tokens(tokens()))),
    );
    model
}

fn change(effects: &[Effect]) -> (ReqId, Call) {
    match asked(effects).into_iter().next() {
        Some((request, Ask::Change { call, .. })) => (request, call),
        other => panic!("a change is sent: {other:?}"),
    }
}

fn secret_of(model: &Model) -> Option<&crate::console::model::SecretShown> {
    match model.ui.popup() {
        Some(Popup::Secret(shown)) => Some(shown),
        _ => None,
    }
}

/// Types the name that a question of danger asks for; answers what is sent.
fn consent(model: &mut Model, name: &str) -> (ReqId, Call) {
    take(model, Msg::Timer(Timer::Guard));
    type_text(model, name);
    change(&press(model, "Enter"))
}

#[test]
fn who_is_no_admin_is_told_so_and_nothing_is_asked() {
    let mut model = world();
    assert!(asked(&press(&mut model, "g t")).is_empty());
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(
        shown.contains("Tokens need admin; you are operator."),
        "{shown}"
    );
    press(&mut model, "+");
    assert_eq!(said(&model), "Needs admin; you are operator.");
}

#[test]
fn a_token_is_made_with_role_and_end_and_shown_this_once() {
    let mut model = at_tokens();
    press(&mut model, "+");
    type_text(&mut model, "deploy");
    // The role has a few values: → completes what is typed, then goes to the next.
    press(&mut model, "Tab Ctrl-u o Right Right Right Right");
    press(&mut model, "Tab Ctrl-u");
    type_text(&mut model, "30x");
    press(&mut model, "Ctrl-s");
    let Some(Popup::Form(form)) = model.ui.popup() else {
        panic!("the form stays");
    };
    assert_eq!(form.fields[1].field.text(), Role::Viewer.as_str());
    let problem = form.fields[2].problem.as_deref().unwrap();
    assert!(problem.starts_with("A number and"), "{problem}");

    press(&mut model, "Backspace");
    type_text(&mut model, "d");
    let foreseen = asked(&press(&mut model, "Ctrl-s"));
    let Ask::Effect(call) = &foreseen[0].1 else {
        panic!("what it would do is asked first");
    };
    let body = json!({ "name": "deploy", "role": "viewer", "expiresIn": 2_592_000 });
    assert_eq!(
        (call.method.as_str(), call.path.as_str(), &call.body),
        ("POST", "/tokens", &body)
    );
    foresee(&mut model, foreseen[0].0);
    let (request, _) = change(&press(&mut model, "Enter"));
    let made = json!({
        "id": 4, "name": "deploy", "role": "viewer", "createdAt": "2026-11-21T14:02:11.000Z",
        "expiresAt": null, "lastUsedAt": null, "token": "jolli_4_secret",
    });
    let undo = json!({ "label": "revoke", "calls": [{ "method": "DELETE", "path": "/tokens/4" }] });
    let effects = accept(&mut model, request, made, undo);
    assert!(
        asked(&effects).iter().any(|(_, ask)| *ask == Ask::Tokens),
        "the page is asked for again"
    );
    assert_eq!(toast(&model), "Token deploy is made.");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("jolli_4_secret"), "{shown}");
    assert!(
        shown.contains("shown this once, and never again"),
        "{shown}"
    );
    assert!(
        !format!("{model:?}").contains("jolli_4_secret"),
        "nothing that is written about the model tells it"
    );

    // Not by a slip of a finger: who has not copied it is warned.
    press(&mut model, "Esc");
    assert!(secret_of(&model).is_some_and(|it| it.warned));
    let effects = press(&mut model, "y");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Copy(text) if text == "jolli_4_secret"))
    );
    press(&mut model, "Esc");
    assert!(secret_of(&model).is_none());
    let notes: Vec<&str> = model.work.notes.iter().map(|it| it.text.as_str()).collect();
    assert!(!notes.iter().any(|it| it.contains("secret")), "{notes:?}");

    let (_, call) = change(&press(&mut model, "u"));
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("DELETE", "/tokens/4")
    );
}

#[test]
fn a_token_that_was_given_out_with_a_lost_answer_is_not_shown_as_one() {
    let mut model = at_tokens();
    press(&mut model, "+");
    type_text(&mut model, "deploy");
    let foreseen = asked(&press(&mut model, "Ctrl-s"));
    foresee(&mut model, foreseen[0].0);
    let (request, _) = change(&press(&mut model, "Enter"));
    let made = json!({ "id": 4, "name": "deploy", "token": crate::api::SECRET_ALREADY_SHOWN });
    accept(&mut model, request, made, Value::Null);
    assert!(secret_of(&model).unwrap().secret.is_none());
    let shown = crate::console::view::tests::text(&model, 80, 24);
    assert!(!shown.contains("secret-already"), "{shown}");
    assert!(shown.contains("was lost, and is never given"), "{shown}");
    press(&mut model, "Esc");
    assert!(secret_of(&model).is_none());
}

#[test]
fn the_token_in_use_is_not_revoked_and_another_is_after_its_name() {
    let mut model = at_tokens();
    press(&mut model, "! d");
    assert_eq!(said(&model), "That is the token in use.");
    let foreseen = asked(&press(&mut model, "j j ! d"));
    assert_eq!(
        model.selected(ListId::Tokens),
        Some(RowKey::Token(TokenId(3)))
    );
    foresee(&mut model, foreseen[0].0);
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("DANGER · revoke ci"), "{shown}");
    assert!(
        shown.contains("Token 3, runner, used 2m ago: whoever uses it"),
        "{shown}"
    );
    let (request, call) = consent(&mut model, "ci");
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("DELETE", "/tokens/3")
    );
    accept(&mut model, request, Value::Null, Value::Null);
    assert_eq!(
        toast(&model),
        "ci is revoked. Whoever used it is signed out."
    );
    assert_eq!(model.ui.list(ListId::Tokens).len(), 2);
}

#[test]
fn what_the_server_would_refuse_cannot_be_consented_to() {
    let mut model = at_tokens();
    let foreseen = asked(&press(&mut model, "j ! d"));
    let failure = super::refusal(Code::Conflict, "That is the org's last admin token.");
    take(&mut model, Msg::Reply(foreseen[0].0, Err(failure)));
    take(&mut model, Msg::Timer(Timer::Guard));
    type_text(&mut model, "bo");
    assert!(asked(&press(&mut model, "Enter")).is_empty());
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(
        shown.contains("It would be refused: That is the org's last admin token."),
        "{shown}"
    );
}

#[test]
fn the_list_of_tokens_is_taken_away_without_any_secret() {
    use crate::console::model::export::{Export, What};
    let mut model = at_tokens();
    press(&mut model, "y x");
    let sent = asked(&press(&mut model, "Enter"));
    let Ask::Export(export) = &sent[0].1 else {
        panic!("it is exported");
    };
    let Export {
        what: What::Sheet(sheet),
        ..
    } = &**export
    else {
        panic!("tokens are a table of their page");
    };
    assert_eq!(sheet.rows.len(), 3);
    let columns = ["id", "name", "role", "createdAt", "expiresAt", "lastUsedAt"];
    assert_eq!(sheet.columns, columns);
    for row in &sheet.whole {
        let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert!(
            keys.iter().all(|it| columns.contains(&it.as_str())),
            "{keys:?}"
        );
    }
}

#[test]
fn enter_on_a_token_shows_what_was_done_with_it() {
    let mut model = at_tokens();
    press(&mut model, "/");
    type_text(&mut model, "role:operator");
    press(&mut model, "Enter");
    assert_eq!(model.ui.list(ListId::Tokens).len(), 1);
    press(&mut model, "Enter");
    assert!(matches!(model.ui.page(), Page::Events(_)));
    assert_eq!(model.ui.list(ListId::Events).filter.text, "by:\"bo\"");
}

#[test]
fn the_tokens_are_asked_for_again_when_something_happened() {
    let mut model = at_tokens();
    let frame = crate::api::RowsFrame {
        sequence: crate::api::Sequence(1850),
        head: crate::api::Sequence(1850),
        changes: Vec::new(),
    };
    take(&mut model, Msg::Timer(Timer::Live));
    let effects = take(
        &mut model,
        Msg::Feed(crate::console::msg::Feed::Frame(Box::new(frame))),
    );
    assert_eq!(asked(&effects)[0].1, Ask::Tokens);
}

/// On the page of integration 12, as an admin.
fn at_integration() -> Model {
    let mut model = world_as("admin");
    press(&mut model, "g i Enter");
    assert!(
        matches!(model.ui.page(), Page::Integration(view) if view.integration == IntegrationId(12))
    );
    model
}

/// The row of integration 12 as the server tells it.
fn integration(until: Value) -> Value {
    json!({
        "id": 12, "provider": "github", "name": "acme-github", "repo": null, "account": "github.com/acme",
        "status": "active", "statusDetail": null, "lastCheckedAt": null,
        "webhookUrl": "http://x/api/webhooks/github/12", "sourceIds": [1], "refusedSignatures": 0,
        "previousSecretValidUntil": until, "credential": null,
        "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-08-02T09:14:00.000Z", "version": 2,
    })
}

#[test]
fn an_integration_shows_what_is_linked_to_it_and_enter_opens_that() {
    let mut model = at_integration();
    assert_eq!(
        model.selected(ListId::LinkedSources),
        Some(RowKey::Source(crate::api::SourceId(1)))
    );
    let effects = press(&mut model, "y u");
    assert!(
        effects.iter().any(
            |it| matches!(it, Effect::Copy(text) if text == "http://x/api/webhooks/github/12")
        )
    );
    press(&mut model, "Enter");
    assert!(matches!(model.ui.page(), Page::Source(view) if view.source.0 == 1));
}

#[test]
fn an_integration_is_added_and_its_secret_is_shown_with_its_address() {
    let mut model = world_as("admin");
    press(&mut model, "g i +");
    type_text(&mut model, "acme-gitlab");
    press(&mut model, "Tab Right Tab Tab");
    type_text(&mut model, "gitlab.com/acme");
    let foreseen = asked(&press(&mut model, "Ctrl-s"));
    let Ask::Effect(call) = &foreseen[0].1 else {
        panic!("what it would do is asked first");
    };
    let body = json!({ "name": "acme-gitlab", "provider": "gitlab", "account": "gitlab.com/acme" });
    assert_eq!((call.path.as_str(), &call.body), ("/integrations", &body));
    foresee(&mut model, foreseen[0].0);
    let (request, _) = change(&press(&mut model, "Enter"));
    let mut made = integration(Value::Null);
    made["id"] = json!(18);
    made["name"] = json!("acme-gitlab");
    made["webhookUrl"] = json!("http://x/api/webhooks/gitlab/18");
    made["webhookSecret"] = json!("hush-hush");
    accept(&mut model, request, made, Value::Null);
    let effects = press(&mut model, "u");
    assert!(
        effects.iter().any(
            |it| matches!(it, Effect::Copy(text) if text == "http://x/api/webhooks/gitlab/18")
        )
    );
    let shown = crate::console::view::tests::text(&model, 80, 24);
    assert!(shown.contains("hush-hush"), "{shown}");
    press(&mut model, "y Esc");
    assert_eq!(model.ui.list(ListId::Integrations).len(), 3);
}

#[test]
fn a_secret_is_rotated_after_the_name_and_not_while_two_count() {
    let mut model = at_integration();
    let foreseen = asked(&press(&mut model, "! r"));
    foresee(&mut model, foreseen[0].0);
    let asks = crate::console::view::tests::text(&model, 120, 36);
    for words in [
        "A new webhook secret is made, and shown once.",
        "signed with it or with the previous one count",
        "Set it at github within that day",
    ] {
        assert!(asks.contains(words), "{words} is not in\n{asks}");
    }
    let (request, call) = consent(&mut model, "acme-github");
    assert_eq!(call.path, "/integrations/12/rotate-secret");
    let answer =
        json!({ "webhookSecret": "hush-hush", "previousValidUntil": "2026-11-22T14:02:11.000Z" });
    accept(&mut model, request, answer, Value::Null);
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(shown.contains("New secret of acme-github"), "{shown}");
    assert!(shown.contains("counts until 11-22 14:02"), "{shown}");
    press(&mut model, "y Esc");

    let row = serde_json::from_value(integration(json!("2026-11-21T14:30:00.000Z"))).unwrap();
    let frame = crate::api::RowsFrame {
        sequence: crate::api::Sequence(1850),
        head: crate::api::Sequence(1850),
        changes: vec![crate::api::RowChange::Put {
            row: crate::api::Row::Integration(row),
        }],
    };
    take(
        &mut model,
        Msg::Feed(crate::console::msg::Feed::Frame(Box::new(frame))),
    );
    press(&mut model, "! r");
    assert_eq!(
        said(&model),
        "A rotation is open: both secrets valid until 14:30."
    );
}

#[test]
fn an_integration_that_is_deleted_takes_its_page_along() {
    let mut model = at_integration();
    let foreseen = asked(&press(&mut model, "! d"));
    foresee(&mut model, foreseen[0].0);
    let (request, call) = consent(&mut model, "acme-github");
    assert_eq!(call.if_match.as_deref(), Some("\"1\""));
    accept(&mut model, request, Value::Null, Value::Null);
    assert!(matches!(model.ui.page(), Page::Integrations));
    assert_eq!(model.ui.list(ListId::Integrations).len(), 1);
}

#[test]
fn a_clone_credential_is_hidden_and_never_a_draft() {
    let mut model = at_integration();
    assert_eq!(
        enabled(&model, CommandId::CredentialRemove).unwrap_err(),
        "It has no clone credential. c sets one."
    );
    press(&mut model, "c Tab");
    type_text(&mut model, "ghp_hush");
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(!shown.contains("ghp_hush"), "{shown}");
    let foreseen = asked(&press(&mut model, "Ctrl-s"));
    let Ask::Effect(call) = &foreseen[0].1 else {
        panic!("what it would do is asked first");
    };
    assert_eq!(
        (call.method.as_str(), call.path.as_str(), &call.body),
        (
            "PUT",
            "/integrations/12/credential",
            &json!({ "secret": "ghp_hush" })
        )
    );
    foresee(&mut model, foreseen[0].0);
    let shown = crate::console::view::tests::text(&model, 120, 36);
    assert!(!shown.contains("ghp_hush"), "{shown}");
    take(&mut model, Msg::Key("Esc".parse::<Key>().unwrap()));
    press(&mut model, "c");
    let Some(Popup::Form(form)) = model.ui.popup() else {
        panic!("the form opens");
    };
    assert_eq!(form.fields[1].field.text(), "");
}

#[test]
fn who_has_no_integration_is_sent_to_where_one_is_added() {
    let mut model = world();
    let ids: Vec<_> = model
        .replica
        .integrations
        .iter()
        .map(|(_, it)| it.id)
        .collect();
    for id in ids {
        model.replica.integrations.remove(id);
    }
    press(&mut model, "G l");
    assert_eq!(said(&model), "No integration yet. gi then + adds one.");
}
