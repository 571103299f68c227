//! Tokens: the page asks for them, since they are no rows of the feed; a form makes one; what one did is in the log.

use super::{Turn, Waiting};
use crate::api::{Role, TokenId};
use crate::console::effect::Ask;
use crate::console::model::{Check, FormField, FormKind, ListId, Load, Page, TokensView};
use crate::console::msg::{Answer, Failure};
use crate::console::possible::target;

const ROLES: &[&str] = &[
    Role::Viewer.as_str(),
    Role::Operator.as_str(),
    Role::Runner.as_str(),
    Role::Admin.as_str(),
];

impl Turn<'_> {
    /// `gt`.
    pub(super) fn open_tokens(&mut self) {
        if self.only_now(tr!("tokens")) {
            return;
        }
        self.open_page(Page::Tokens(TokensView {
            tokens: Load::loading(),
        }));
        self.ask_tokens();
    }

    /// Asks for the tokens of the page in front; who may not see them is told so by the page.
    pub(super) fn ask_tokens(&mut self) {
        let role = self.model.session.role();
        let may = role.is_none_or(|role| role.allows(Role::Admin));
        if may && matches!(self.model.ui.page(), Page::Tokens(_)) {
            self.ask_paced(Waiting::Tokens, Ask::Tokens);
        }
    }

    pub(super) fn tokens_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        if let Page::Tokens(view) = self.model.ui.page_mut() {
            match result {
                Ok(Answer::Tokens(all)) => view.tokens.ready(all, now),
                Ok(_) => return,
                Err(failure) => view.tokens.failed(failure.text),
            }
        }
        self.fill(ListId::Tokens);
    }

    /// `+`.
    pub(super) fn open_token_form(&mut self) {
        let field = FormField::new;
        let fields = vec![
            field(
                "name",
                tr!("name"),
                Check::Name,
                "",
                tr!("the actor in the log"),
            ),
            field(
                "role",
                tr!("role"),
                Check::Words(ROLES),
                Role::Viewer.as_str(),
                tr!("→ chooses: viewer operator runner admin"),
            ),
            field(
                "expiresIn",
                tr!("ends in"),
                Check::Lasts,
                "90d",
                tr!("12h, 90d, 1y; empty: never"),
            ),
        ];
        self.open_form(FormKind::TokenNew, tr!("Make a token").into(), fields);
    }

    /// A token is revoked: it goes from the page before it is asked again.
    pub(super) fn token_gone(&mut self, id: TokenId) {
        for page in &mut self.model.ui.pages {
            if let Page::Tokens(view) = page
                && let Some(all) = &mut view.tokens.value
            {
                all.retain(|it| it.id != id);
            }
        }
        self.fill(ListId::Tokens);
    }

    /// `Enter`: what was done with it.
    pub(super) fn open_deeds_of_token(&mut self) {
        let Some(name) = target::token(self.model).map(|it| it.name.clone()) else {
            return;
        };
        self.open_events(None);
        self.set_filter(ListId::Events, &format!("by:\"{name}\""));
        self.narrow_events();
    }
}
