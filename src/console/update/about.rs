//! What the console tells of itself (`:info`, `:log`), and the way to what is selected on the web (`gw`).

use super::{Turn, Waiting};
use crate::console::effect::{Ask, Effect};
use crate::console::info::facts;
use crate::console::model::{InfoView, ListId, Load, OwnLogView, Page};
use crate::console::msg::{Answer, Failure};
use crate::console::possible::web;
use crate::console::query::closest;

impl Turn<'_> {
    /// `:info`.
    pub(super) fn open_info(&mut self) {
        self.open_page(Page::Info(InfoView {
            token: Load::loading(),
        }));
        self.ask_own();
    }

    /// `:info certificate`: the page, at the line that says it.
    pub(super) fn open_info_at(&mut self, what: &str) {
        let facts = facts(self.model);
        if let Some(place) = facts.iter().position(|(it, _)| *it == what) {
            self.open_info();
            self.select(ListId::Own, place);
            return;
        }
        let known: Vec<&str> = facts.iter().map(|(it, _)| *it).collect();
        let near =
            closest(what, &known).map_or_else(String::new, |near| tr!(" Near: {near}.", near));
        self.refuse(tr!(":info says nothing of \"{what}\".{near}", what, near));
    }

    /// `:log`.
    pub(super) fn open_own_log(&mut self) {
        self.open_page(Page::OwnLog(OwnLogView {
            lines: Load::loading(),
        }));
        self.ask_own();
    }

    /// Asks for what the page in front tells of this machine.
    pub(super) fn ask_own(&mut self) {
        let (what, ask) = match self.model.ui.page() {
            Page::Info(_) => (Waiting::Kept, Ask::Kept),
            Page::OwnLog(_) => (Waiting::OwnLog, Ask::OwnLog),
            _ => return,
        };
        self.forget(|it| it == what);
        self.ask(what, ask);
    }

    /// It was looked for.
    pub(super) fn own_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        match (self.model.ui.page_mut(), result) {
            (Page::Info(view), Ok(Answer::Kept(place))) => view.token.ready(place, now),
            (Page::OwnLog(view), Ok(Answer::OwnLog(lines))) => view.lines.ready(lines, now),
            (Page::Info(view), Err(failure)) => view.token.failed(failure.text),
            (Page::OwnLog(view), Err(failure)) => view.lines.failed(failure.text),
            _ => return,
        }
        self.fill(ListId::Own);
    }

    /// `gw`.
    pub(super) fn go_web(&mut self) {
        match web(self.model) {
            Some(address) => self.effect(Effect::Browse(address)),
            None => self.refuse(tr!("Nothing of it is on the web.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::console::model::{Connection, Model, Outage};
    use crate::console::msg::Msg;

    #[test]
    fn the_web_address_of_a_source_and_of_a_run() {
        let mut model = world();
        let browsed = |effects: Vec<Effect>| {
            effects.into_iter().find_map(|it| match it {
                Effect::Browse(address) => Some(address),
                _ => None,
            })
        };
        assert_eq!(
            browsed(press(&mut model, "g w")).as_deref(),
            Some("https://github.com/acme/backend")
        );
        assert_eq!(
            browsed(press(&mut model, "4 g w")).as_deref(),
            Some("https://github.com/acme/frontend/commit/8be01aa")
        );
    }

    #[test]
    fn info_opens_at_the_line_that_is_named_and_says_what_is_wrong_with_a_certificate() {
        let mut model = world();
        let facts_say = |model: &Model| {
            let it = facts(model)
                .into_iter()
                .find(|(what, _)| *what == tr!("certificate"));
            it.unwrap().1
        };
        model.session.url = "https://jolli.acme.example".to_owned();
        assert_eq!(facts_say(&model), "trusted");
        model.connection = Connection::Offline {
            outage: Outage::Tls,
            text: "issuer \"Acme CA\" unknown".to_owned(),
            since: now(),
            next_try: now(),
            attempt: 1,
        };
        assert_eq!(
            facts_say(&model),
            "not trusted: issuer \"Acme CA\" unknown; nothing was sent"
        );
        press(&mut model, ":");
        type_text(&mut model, "info certificate");
        let sent = asked(&press(&mut model, "Enter"));
        assert_eq!(sent[0].1, Ask::Kept);
        let place = model.ui.list(ListId::Own).position;
        assert_eq!(facts(&model)[place].0, "certificate");
        take(
            &mut model,
            Msg::Reply(sent[0].0, Ok(Answer::Kept("in the keyring".to_owned()))),
        );
        assert_eq!(model.ui.list(ListId::Own).position, place);
        model.session.url = "http://127.0.0.1:8080".to_owned();
        model.connection = Connection::Live;
        assert_eq!(facts_say(&model), "none: plain http");
        press(&mut model, ":");
        type_text(&mut model, "info certificat");
        press(&mut model, "Enter");
        assert!(matches!(model.ui.page(), Page::Info(_)));
    }

    #[test]
    fn the_own_log_is_searched_and_no_answer_of_before_is_taken() {
        let mut model = world();
        let first = asked(&take(
            &mut model,
            Msg::Command(crate::console::command::CommandId::Log),
        ));
        assert_eq!(first[0].1, Ask::OwnLog);
        let again = asked(&press(&mut model, "R"));
        let lines = |all: &[&str]| {
            Ok(Answer::OwnLog(
                all.iter().map(|it| (*it).to_owned()).collect(),
            ))
        };
        take(&mut model, Msg::Reply(first[0].0, lines(&["old"])));
        assert_eq!(model.ui.list(ListId::Own).len(), 0);
        take(
            &mut model,
            Msg::Reply(again[0].0, lines(&["WARN it broke", "INFO it began"])),
        );
        assert_eq!(model.ui.list(ListId::Own).len(), 2);
        press(&mut model, "/");
        type_text(&mut model, "broke");
        assert_eq!(model.ui.list(ListId::Own).len(), 1);
    }
}
