//! The conversation: an order is a few messages to the core, each sent when the one before has settled; what the core says is
//! collected as sentences; what it asks is answered by the next line.

use std::collections::VecDeque;

use super::changes::Seen;
use super::order::{self, ORDERS, Order};
use crate::api::JobId;
use crate::base::Timestamp;
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::keymap::{Context, Found, Key, KeyCode};
use crate::console::language::tr;
use crate::console::model::{
    Connection, DeepLink, LinkStep, ListId, Model, Outcome, Page, Popup, RowKey, ToastKind,
};
use crate::console::msg::{Feed, Mouse, Msg};
use crate::console::possible::search;
use crate::console::update::update;
use crate::console::view::lines;

/// Rows told at once; `more` tells the next.
const PAGE: usize = 50;

/// One thing to do once everything before it has settled.
#[derive(Clone, Debug)]
enum Step {
    /// A message.
    Send(Msg),
    /// Choose a row of the focused list by its number.
    Row(usize),
    /// Choose the binding to this space on the page of its source.
    Binding(String),
    /// Give the focus to the question of a thread.
    Question,
    /// Say what the page holds.
    Show,
    /// Say what the page holds beyond what was said of it.
    ShowMore,
    /// What is asked by now is put to the person.
    Ask,
    /// The effect of the remedy that was chosen, and whether it shall be.
    AskRemedy,
}

/// What the next line answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Popup,
    Remedy,
}

/// A session in lines.
pub struct Talk {
    /// The same model as behind the screen.
    pub model: Model,
    steps: VecDeque<Step>,
    asked: Option<Asked>,
    rest: VecDeque<String>,
    told: usize,
    said: Vec<String>,
    watch: Option<Seen>,
    link: std::mem::Discriminant<Connection>,
    failed: bool,
    ended: bool,
}

impl Talk {
    /// Nothing is said yet.
    pub fn new(mut model: Model) -> Self {
        // There are no panes beside each other: each list is that of everything, and a source's page has its own.
        model.ui.unpinned = [true; 3];
        model.about.in_lines = true;
        Self {
            link: std::mem::discriminant(&model.connection),
            model,
            steps: VecDeque::new(),
            asked: None,
            rest: VecDeque::new(),
            told: 0,
            said: Vec::new(),
            watch: None,
            failed: false,
            ended: false,
        }
    }

    /// What was said since the last call.
    pub fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    /// Something was refused or failed.
    pub const fn has_failed(&self) -> bool {
        self.failed
    }

    /// The person wants to leave.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Says something that is not the core's.
    pub fn tell(&mut self, text: String) {
        self.said.push(text);
    }

    /// The core ends the session.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether the next line answers a question.
    pub const fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether a line can be taken in: the rows are there, or why they are not.
    pub fn is_ready(&self) -> bool {
        let down = matches!(
            self.model.connection,
            Connection::Offline { .. }
                | Connection::Taken { .. }
                | Connection::SignedOut { .. }
                | Connection::ServerFailed { .. }
        );
        (down || self.model.replica.is_loaded() && self.model.session.me.is_some())
            && self.steps.is_empty()
            && self.is_settled()
    }

    /// Whether nothing is on its way that an order waits for; requests under way are the runtime's to know.
    pub fn is_settled(&self) -> bool {
        let guarded = match (self.model.ui.popup(), self.model.ui.page()) {
            (Some(Popup::Danger(danger)), _) => danger.guarded,
            (None, Page::Thread(view)) => view.guarded,
            _ => false,
        };
        !guarded && !self.model.ui.lists.values().any(|list| list.sifting)
    }

    /// Takes in a message.
    pub fn take(&mut self, msg: Msg, now: Timestamp) -> Vec<Effect> {
        let moved = matches!(msg, Msg::Feed(Feed::Frame(_) | Feed::Snapshot(_)));
        let effects = update(&mut self.model, msg, now);
        self.collect();
        if moved && let Some(seen) = &self.watch {
            let changes = seen.changes(&self.model);
            if !changes.is_empty() {
                self.said.extend(changes);
                self.watch = Some(Seen::of(&self.model.replica));
            }
        }
        let link = std::mem::discriminant(&self.model.connection);
        if link != self.link {
            self.link = link;
            self.said.push(lines::connection(&self.model));
        }
        effects
    }

    /// What the core said: toasts and the message row.
    fn collect(&mut self) {
        for toast in std::mem::take(&mut self.model.work.toasts) {
            self.failed |= toast.kind == ToastKind::Failed;
            self.said.push(toast.text);
        }
        if let Some(message) = self.model.work.message.take() {
            if message.refusal {
                self.refuse(message.text);
            } else {
                self.said.push(message.text);
            }
        }
    }

    fn refuse(&mut self, text: String) {
        self.failed = true;
        self.said.push(text);
        // What was to follow rests on what did not happen.
        self.steps.clear();
    }

    /// A line of the person.
    pub fn hear(&mut self, line: &str, now: Timestamp) -> Vec<Effect> {
        match self.asked.take() {
            Some(Asked::Popup) => return self.answer(line.trim(), now),
            Some(Asked::Remedy) if line.trim() == "yes" => {
                self.steps.push_back(Step::Ask);
                return self.take(Msg::Key(Key::plain(KeyCode::Enter)), now);
            }
            Some(Asked::Remedy) => {
                self.said.push(tr!("Nothing was changed.").to_owned());
                return Vec::new();
            }
            None => {}
        }
        match order::parse(line) {
            Ok(order) => self.follow(order, now),
            Err(said) => {
                if let Some(command) = self.key(line.trim()) {
                    return self.follow(Order::Command(command, None), now);
                }
                self.refuse(said);
                Vec::new()
            }
        }
    }

    /// The command of a key: sentences name keys, so that they can be typed here too.
    fn key(&self, text: &str) -> Option<C> {
        let keys: Vec<Key> = text.chars().map(Key::char).collect();
        let found = self.model.keymap.find(&Context::stack(&self.model), &keys);
        match found {
            Found::Command(command) => Some(command),
            _ => None,
        }
    }

    fn home(&mut self, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Each step out leaves something; a page may take a few.
        for _ in 0..64 {
            if self.model.ui.pages.len() == 1 {
                break;
            }
            effects.extend(self.take(Msg::Command(C::Back), now));
        }
        effects
    }

    fn follow(&mut self, order: Order, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut then = |step| self.steps.push_back(step);
        match order {
            Order::Nothing => {}
            Order::View(link) => {
                then(Step::Send(Msg::OpenLink(link)));
                then(Step::Show);
                effects.extend(self.home(now));
            }
            Order::Again => then(Step::Show),
            Order::Status => self.said.extend(lines::status(&self.model)),
            Order::More => self.more(),
            Order::Row(n) => then(Step::Row(n)),
            Order::Binding(command, space, source) => {
                then(Step::Send(Msg::OpenLink(
                    DeepLink::to("source", source).text(),
                )));
                then(Step::Binding(space));
                then(Step::Send(Msg::Command(command)));
                then(Step::Ask);
                effects.extend(self.home(now));
            }
            Order::Command(C::Quit, _) | Order::Quit => self.ended = true,
            Order::Command(command, target) => {
                if let Some(target) = target {
                    let run = target.trim_start_matches('#').parse::<i64>().ok();
                    let run = run.filter(|it| self.model.replica.jobs.get(JobId(*it)).is_some());
                    then(Step::Send(Msg::OpenLink(match run {
                        Some(run) => format!("run/{run}"),
                        None => DeepLink::to("source", target).text(),
                    })));
                    let steps = std::mem::take(&mut self.steps);
                    effects.extend(self.home(now));
                    self.steps = steps;
                }
                self.steps.push_back(Step::Send(Msg::Command(command)));
                if matches!(command, C::WhyStuck | C::PreviewEvent | C::Open) || opens(command) {
                    self.steps.push_back(Step::Show);
                }
                self.steps.push_back(match command.remedy() {
                    Some(_) => Step::AskRemedy,
                    None => Step::Ask,
                });
            }
            Order::With(command, argument) => {
                effects.extend(self.take(Msg::CommandWith(command, argument), now));
                self.steps.push_back(Step::Ask);
            }
            Order::Answer(command, n) => {
                then(Step::Send(Msg::OpenLink("approvals".to_owned())));
                then(Step::Row(n));
                then(Step::Send(Msg::Command(C::Open)));
                then(Step::Question);
                then(Step::Send(Msg::Command(command)));
                effects.extend(self.home(now));
            }
            Order::Watch(on) => {
                self.watch = on.then(|| Seen::of(&self.model.replica));
                let said = if on {
                    tr!("Changes are told as they happen. watch off ends that.")
                } else {
                    tr!("Changes are not told any more.")
                };
                self.said.push(said.to_owned());
            }
            Order::Help(text) => self.help(&text),
        }
        effects
    }

    fn help(&mut self, text: &str) {
        if text.is_empty() {
            self.said
                .push(tr!("Orders, one a line. Names with blanks stand in quotes.").to_owned());
            let lines = ORDERS.iter().map(|(word, usage, about)| {
                // A bare word is what one types.
                let usage = if usage == word { usage } else { tr(usage) };
                format!("{usage}: {}.", tr(about))
            });
            self.said.extend(lines);
            self.said.push(
                tr!("Every command of the console works too, with the name of a source or the number of a run behind it, such as: catch-up frontend. help WORD finds them.")
                    .to_owned(),
            );
            return;
        }
        let found = search(&self.model, text);
        if found.is_empty() {
            self.said.push(tr!("No command matches \"{text}\".", text));
        }
        for row in found {
            let command = row.id.entry();
            let refused = row
                .refused
                .map_or_else(String::new, |it| tr!(" Not now: {reason}", reason = it));
            self.said
                .push(format!("{}: {}.{refused}", row.id.as_str(), command.help()));
        }
    }

    /// Says what the page holds, from this line on.
    fn show(&mut self, from: usize) {
        let lines = lines::page(&self.model);
        self.told = lines.len();
        self.rest = lines.into_iter().skip(from).collect();
        if from > 0 && self.rest.is_empty() {
            self.said.push(tr!("No more rows.").to_owned());
        }
        let most = lines::first(&self.model).filter(|_| from == 0);
        let count = self.rest.len().min(most.unwrap_or(PAGE));
        self.said.extend(self.rest.drain(..count));
        self.tell_rest();
    }

    /// The next rows; at the end of those that are here, older ones of the server.
    fn more(&mut self) {
        if self.rest.is_empty() {
            self.steps.push_back(Step::Send(Msg::Command(C::GoBottom)));
            self.steps.push_back(Step::ShowMore);
            return;
        }
        let count = self.rest.len().min(PAGE);
        self.said.extend(self.rest.drain(..count));
        self.tell_rest();
    }

    fn tell_rest(&mut self) {
        if self.rest.is_empty() {
            return;
        }
        let rest = self.rest.len();
        self.said.push(if lines::first(&self.model).is_some() {
            tr_n!(
                rest,
                "{count} more line: more tells it.",
                "{count} more lines: more tells them."
            )
        } else {
            tr_n!(
                rest,
                "{count} more row: more tells it, a filter narrows them.",
                "{count} more rows: more tells them, a filter narrows them."
            )
        });
    }

    /// Goes on with what was ordered, where nothing is on its way any more; `None`: there is nothing to go on with.
    pub fn go_on(&mut self, now: Timestamp) -> Option<Vec<Effect>> {
        if !self.is_settled() {
            return None;
        }
        let step = self.steps.pop_front()?;
        Some(match step {
            Step::Send(msg) => self.take(msg, now),
            Step::Row(n) => {
                let list = self.model.ui.focus();
                if n > self.model.ui.list(list).rows.len() {
                    self.refuse(tr!("There is no row {n}.", n));
                    return Some(Vec::new());
                }
                self.take(Msg::Mouse(Mouse::Row(list, n - 1)), now)
            }
            Step::Binding(space) => self.choose_binding(&space, now),
            Step::Question => {
                let msg = match self.model.ui.page() {
                    Page::Thread(_) if self.model.ui.focus() != ListId::Approval => {
                        Msg::Command(C::PanePrevious)
                    }
                    _ => return Some(Vec::new()),
                };
                self.take(msg, now)
            }
            Step::Show => {
                self.show(0);
                Vec::new()
            }
            Step::ShowMore => {
                self.show(self.told);
                Vec::new()
            }
            Step::Ask => self.ask(now),
            Step::AskRemedy => {
                if let Some(asks) = lines::remedy(&self.model) {
                    self.said.extend(asks);
                    self.asked = Some(Asked::Remedy);
                }
                Vec::new()
            }
        })
    }

    fn choose_binding(&mut self, space: &str, now: Timestamp) -> Vec<Effect> {
        let replica = &self.model.replica;
        let called = |name: &str, slug: &str| name.eq_ignore_ascii_case(space) || slug == space;
        let spaces = replica.spaces.iter().map(|(_, it)| it);
        let id = spaces
            .into_iter()
            .find(|it| called(&it.name, &it.slug))
            .map(|it| it.id);
        let list = self.model.ui.list(ListId::Bindings);
        let place = list.rows.iter().position(|row| {
            matches!(self.model.key_at(ListId::Bindings, *row), Some(RowKey::Binding(it, _)) if Some(it) == id)
        });
        let Some(place) = place else {
            self.refuse(match id {
                Some(_) => tr!("{space} is not bound to it.", space),
                None => tr!("No space is called \"{space}\".", space),
            });
            return Vec::new();
        };
        self.take(Msg::Mouse(Mouse::Row(ListId::Bindings, place)), now)
    }

    /// Puts to the person what the core asks by now.
    fn ask(&mut self, now: Timestamp) -> Vec<Effect> {
        if let Some(Popup::Danger(danger)) = self.model.ui.popup()
            && let Some(problem) = danger.problem.clone()
        {
            // Asked once: the next line of a script is the next order.
            let effects = self.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
            self.refuse(problem);
            return effects;
        }
        if let Some(asks) = lines::popup(&self.model) {
            self.said.extend(asks);
            let tally = match self.model.ui.popup() {
                Some(Popup::Bulk(group)) => (self.model.work.bulks.iter())
                    .find(|it| it.group == *group)
                    .map(crate::console::model::Bulk::tally),
                _ => None,
            };
            let over = tally.is_some()
                || matches!(self.model.ui.popup(), Some(Popup::Link(wizard)) if wizard.step == LinkStep::Result);
            if over {
                self.failed |= tally.is_some_and(|it| it.failed > 0);
                self.failed |= matches!(self.model.ui.popup(), Some(Popup::Link(wizard))
                    if wizard.items.iter().any(|it| matches!(it.result, Outcome::Failed(_))));
                return self.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
            }
            self.asked = Some(Asked::Popup);
            return Vec::new();
        }
        match self.model.ui.popup() {
            None if self.model.ui.filtering.is_some() => {
                let effects = self.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
                self.refuse(tr!("A filter goes behind the list: sources kind:virtual.").to_owned());
                effects
            }
            None => Vec::new(),
            Some(Popup::Palette(_) | Popup::Help(_)) => {
                self.help("");
                self.take(Msg::Key(Key::plain(KeyCode::Esc)), now)
            }
            Some(Popup::Export(form)) => {
                // It was written, else the form would be gone.
                let why = form.problem.clone();
                let why = why.unwrap_or_else(|| tr!("Nothing was exported.").to_owned());
                let effects = self.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
                self.refuse(why);
                effects
            }
            Some(_) => {
                let effects = self.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
                self.refuse(tr!("It asks for more than a line can say; the console with a screen, or another command of jolli, does it.").to_owned());
                effects
            }
        }
    }

    /// The person's answer to what a popup asks.
    fn answer(&mut self, line: &str, now: Timestamp) -> Vec<Effect> {
        let press = |talk: &mut Self, code| talk.take(Msg::Key(Key::plain(code)), now);
        let leave = |talk: &mut Self| {
            let before = talk.said.len();
            let effects = talk.take(Msg::Key(Key::plain(KeyCode::Esc)), now);
            if talk.said.len() == before {
                talk.said.push(tr!("Nothing was changed.").to_owned());
            }
            effects
        };
        let rows = self.model.ui.list(ListId::Popup).rows.len();
        let mut effects = Vec::new();
        match self.model.ui.popup() {
            Some(Popup::Link(wizard)) if wizard.step == LinkStep::Preview => {
                if line != "yes" {
                    return leave(self);
                }
            }
            Some(Popup::Link(_) | Popup::Bind(_)) => {
                let Some(n) = line
                    .parse::<usize>()
                    .ok()
                    .filter(|n| (1..=rows.max(1)).contains(n))
                else {
                    return leave(self);
                };
                effects.extend(self.take(Msg::Mouse(Mouse::Row(ListId::Popup, n - 1)), now));
            }
            Some(Popup::Danger(danger)) => {
                if line != danger.name {
                    let said = tr!("That is not {name}.", name = danger.name);
                    self.refuse(said);
                    effects.extend(leave(self));
                    return effects;
                }
                effects.extend(self.take(Msg::Paste(line.to_owned()), now));
            }
            _ => return effects,
        }
        let before = std::mem::take(&mut self.failed);
        effects.extend(press(self, KeyCode::Enter));
        let refused = self.failed;
        self.failed |= before;
        if refused {
            effects.extend(leave(self));
        } else if self.model.ui.popup().is_some() {
            self.steps.push_back(Step::Ask);
        }
        effects
    }
}

/// Commands that open a page.
const fn opens(command: C) -> bool {
    matches!(
        command,
        C::Conflicts
            | C::EventLog
            | C::GoSource
            | C::GoRuns
            | C::GoDeliveries
            | C::GoIntegrations
            | C::GoApprovals
            | C::GoEventsOfRow
            | C::GoLog
            | C::GoPulse
            | C::GoTokens
            | C::Info
            | C::Log
            | C::GoXray
            | C::Back
    )
}
