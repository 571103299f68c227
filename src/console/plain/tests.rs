//! Orders, and what comes of them in sentences, over the world of the core's tests.

use super::Talk;
use super::order::{Order, parse, words};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::update::testing::{asked, now, world};

/// Says a line, and goes on until nothing is left to do without the server.
fn hear(talk: &mut Talk, line: &str) -> Vec<Effect> {
    let mut effects = talk.hear(line, now());
    while let Some(more) = talk.go_on(now()) {
        effects.extend(more);
    }
    effects
}

fn talk() -> Talk {
    let mut talk = Talk::new(world());
    talk.said();
    talk
}

#[test]
fn a_line_is_words_and_quotes_keep_blanks() {
    assert_eq!(
        words("toggle \"API Docs\" frontend"),
        ["toggle", "API Docs", "frontend"]
    );
    assert_eq!(words("  a ''  b'c d' "), ["a", "", "bc d"]);
    assert_eq!(
        parse("toggle 'API Docs' frontend"),
        Ok(Order::Binding(
            C::BindingToggle,
            "API Docs".into(),
            "frontend".into()
        ))
    );
    assert_eq!(parse("open 91"), Ok(Order::View("run/91".into())));
    assert_eq!(
        parse("stuck"),
        Ok(Order::View("sources?filter=state:stuck".into()))
    );
    assert_eq!(
        parse("catch-up frontend"),
        Ok(Order::Command(C::CatchUp, Some("frontend".into())))
    );
    let view = |line: &str| match parse(line) {
        Ok(Order::View(link)) => link,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(view("xray"), "xray");
    assert_eq!(view("xray frontend"), "xray/frontend");
    assert_eq!(view("timeline"), "pulse");
    assert_eq!(
        parse("export json rows.json"),
        Ok(Order::With(C::Export, "json rows.json".into()))
    );
    assert!(parse("export").unwrap_err().contains("csv, json or md"));
    assert_eq!(
        parse("sorces").unwrap_err(),
        "No order is called \"sorces\". Near: sources. help lists them."
    );
}

#[test]
fn lists_are_numbered_sentences() {
    let mut talk = talk();
    hear(&mut talk, "stuck");
    assert_eq!(
        talk.said(),
        [
            "1. frontend: true, github.com/acme/frontend, stalled.",
            "2. search: true, github.com/acme/search, stopped.",
        ]
    );
    hear(&mut talk, "sources");
    assert_eq!(talk.said().len(), 6, "the filter is gone");
    assert!(!talk.has_failed());
}

#[test]
fn a_binding_is_turned_by_the_names_of_its_space_and_source() {
    let mut talk = talk();
    let effects = hear(&mut talk, "toggle \"API Docs\" frontend");
    let changes: Vec<_> = asked(&effects)
        .into_iter()
        .filter_map(|(_, ask)| match ask {
            Ask::Change { call, .. } => Some(call),
            _ => None,
        })
        .collect();
    assert_eq!(changes.len(), 1, "{effects:?}");
    assert!(changes[0].path.contains("/spaces/1/"), "{:?}", changes[0]);
    hear(&mut talk, "toggle Handbook frontend");
    assert!(
        talk.said()
            .contains(&"No space is called \"Handbook\".".to_owned())
    );
    assert!(talk.has_failed());
}

#[test]
fn what_cannot_be_taken_back_asks_for_the_name() {
    let mut talk = talk();
    let effects = hear(&mut talk, "unlink frontend");
    let (request, _) = asked(&effects)
        .into_iter()
        .find(|(_, ask)| matches!(ask, Ask::Effect(_)))
        .expect("its effect is asked first");
    crate::console::update::testing::foresee(&mut talk.model, request);
    talk.take(
        crate::console::msg::Msg::Timer(crate::console::msg::Timer::Guard),
        now(),
    );
    while talk.go_on(now()).is_some() {}
    let said = talk.said();
    assert!(
        said.iter().any(|it| it.starts_with("DANGER: unlink")),
        "{said:?}"
    );
    assert!(
        said.last().unwrap().starts_with("Type frontend to"),
        "{said:?}"
    );
    assert!(talk.is_asking());

    let effects = hear(&mut talk, "fronten");
    assert!(asked(&effects).is_empty());
    assert_eq!(
        talk.said(),
        ["That is not frontend.", "Nothing was changed."]
    );
    assert!(!talk.is_asking());
}

#[test]
fn a_refusal_is_said_and_ends_what_was_to_follow() {
    let mut talk = talk();
    hear(&mut talk, "link backend");
    assert!(talk.said().iter().any(|it| it.starts_with("Already true")));
    hear(&mut talk, "why nobody");
    assert_eq!(talk.said(), ["No source \"nobody\" here."]);
    assert!(talk.has_failed());
}

#[test]
fn keys_that_sentences_name_can_be_typed() {
    let mut talk = talk();
    hear(&mut talk, "u");
    assert_eq!(talk.said(), ["Nothing to undo."]);
}

#[test]
fn changes_are_told_while_watched() {
    let mut talk = talk();
    hear(&mut talk, "watch");
    talk.said();
    let mut snapshot = crate::console::update::testing::snapshot();
    snapshot.sources[1].state = crate::api::CursorState::Ok;
    snapshot.sources.remove(5);
    let feed = crate::console::msg::Feed::Snapshot(Box::new(snapshot.into()));
    talk.take(crate::console::msg::Msg::Feed(feed), now());
    assert_eq!(
        talk.said(),
        ["frontend is ok, was stalled.", "Source proto is gone."]
    );
}

#[test]
fn an_integration_the_tokens_and_the_console_itself_are_told() {
    let mut talk = talk();
    hear(&mut talk, "open integration/12");
    let said = talk.said();
    assert!(said[0].starts_with("12 acme-github: github, "), "{said:?}");
    assert!(said.iter().any(|it| it == "Linked sources:"), "{said:?}");
    let place = said.iter().position(|it| it == "Last deliveries:");
    assert!(place.is_some_and(|it| it + 1 < said.len()), "{said:?}");
    hear(&mut talk, "tokens");
    assert_eq!(talk.said(), ["Tokens need admin; you are operator."]);
    hear(&mut talk, "info");
    let said = talk.said();
    assert_eq!(
        said[0],
        format!("console: jolli {}", env!("CARGO_PKG_VERSION"))
    );
    assert!(!talk.has_failed());
    let effects = hear(&mut talk, "profile globex");
    assert!(
        effects
            .iter()
            .any(|it| matches!(it, Effect::Switch(name) if name == "globex"))
    );
}

#[test]
fn a_run_tells_first_what_matters_and_its_log_on_request() {
    use crate::console::view::fixture::pages;
    let mut talk = Talk::new(pages::run());
    talk.said();
    hear(&mut talk, "show");
    let said = talk.said();
    assert!(said[0].starts_with("#9"), "{said:?}");
    assert!(said.iter().any(|it| it.starts_with("Space ")), "{said:?}");
    let whole = said.iter().position(|it| it.starts_with("Its log has "));
    let whole = whole.expect("how long the log is");
    assert!(
        said[whole + 1].contains("more lines: more tells them."),
        "{said:?}"
    );
    assert_eq!(said.len(), whole + 2, "{said:?}");
    hear(&mut talk, "more");
    let log = talk.said();
    assert!(log.iter().all(|it| it.starts_with("Log ")), "{log:?}");
}

#[test]
fn conflicts_name_the_order_that_runs_a_remedy() {
    use crate::console::view::fixture::pages;
    let mut talk = Talk::new(pages::conflicts());
    hear(&mut talk, "show");
    let said = talk.said();
    assert!(
        said.iter().any(|it| it.contains(" Remedies: do 1, ")),
        "{said:?}"
    );
    let last = said.last().unwrap();
    assert!(
        last.starts_with("row NUMBER chooses a finding; then do NUMBER"),
        "{last}"
    );
}

#[test]
fn what_is_exported_without_a_file_is_said_and_not_said_to_be_copied() {
    use crate::console::model::export::{Exported, What};
    use crate::console::msg::{Answer, Msg};
    let mut talk = talk();
    talk.model.ui.take_away.to_file = true;
    hear(&mut talk, "sources");
    talk.said();
    // Its answer comes before anything else goes on.
    let effects = talk.hear("export csv", now());
    let sent = asked(&effects);
    let (request, Ask::Export(export)) = &sent[0] else {
        panic!("it is exported");
    };
    assert_eq!(export.file, None, "nobody named a file");
    assert!(matches!(export.what, What::Rows { .. }));
    let text = Exported::Text {
        text: "name\n".to_owned(),
        rows: 6,
    };
    talk.take(Msg::Reply(*request, Ok(Answer::Exported(text))), now());
    assert_eq!(talk.said(), ["6 rows, 5 bytes:"]);
}
