//! The one place where the model changes: `update(&mut Model, Msg, now) -> Vec<Effect>`. Pure: no terminal, network,
//! clock or thread in it.

mod about;
mod answer;
mod bind;
mod bulk;
mod change;
mod chooser;
mod compare;
mod conflicts;
mod converse;
mod copy;
mod danger;
mod event_log;
mod event_undo;
mod export;
mod feed;
mod forms;
mod freeze;
mod integrations;
mod jump;
mod keys;
mod link;
pub(in crate::console) mod links;
mod lists;
mod live;
mod local;
mod older;
mod order;
mod output;
mod pages;
mod past;
mod popups;
mod profiles;
mod pulse;
mod reply;
mod report;
mod revert;
mod run;
mod say;
mod secret;
pub mod sift;
mod taste;
#[cfg(test)]
pub(in crate::console) mod testing;
#[cfg(test)]
mod tests;
mod thread;
mod tokens;
mod tour;
mod undo;
mod views;
mod walk;
mod whole;
mod words;
mod writing;
mod xray;

use super::effect::{Ask, Effect};
use super::model::flow::Waiting;
use super::model::{ListId, Model, ReqId, SortBy};
use super::msg::{Mouse, Msg};
use super::possible::stand;
use crate::base::Timestamp;

/// One message being taken in.
pub(super) struct Turn<'m> {
    /// The state that it changes.
    pub model: &'m mut Model,
    effects: Vec<Effect>,
}

/// Takes in one message; answers what is to be done.
pub fn update(model: &mut Model, msg: Msg, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    let mut turn = Turn {
        model,
        effects: Vec::new(),
    };
    turn.take(msg);
    let effects = turn.effects;
    stand(model);
    effects
}

impl Turn<'_> {
    fn take(&mut self, msg: Msg) {
        // Replies that nobody waits for and measures that say nothing new are the only messages that change nothing.
        let dirty = std::mem::replace(&mut self.model.dirty, true);
        match msg {
            Msg::Key(key) => self.key(key),
            Msg::Paste(text) => self.paste(&text),
            Msg::Mouse(mouse) => self.mouse(mouse),
            Msg::Resize(width, height) => {
                self.model.ui.size = (width, height);
                self.lay_thread_out();
            }
            Msg::Viewports(viewports) => {
                if self.model.ui.viewports == viewports {
                    self.model.dirty = dirty;
                } else {
                    self.model.ui.viewports = viewports;
                    self.settle_offsets();
                }
            }
            Msg::Timer(timer) => self.timer(timer, dirty),
            Msg::Command(command) => self.command(command),
            Msg::CommandWith(command, argument) => self.command_with(command, &argument),
            Msg::Themed { theme, ascii } => self.themed(theme, ascii),
            Msg::OpenLink(link) => self.open_link(link),
            Msg::Feed(feed) => self.feed(feed),
            Msg::Reply(request, result) => {
                if !self.reply(request, result) {
                    self.model.dirty = dirty;
                }
            }
            Msg::Sifted(sifted) => self.sifted(sifted),
            Msg::Stored(snapshot, at) => self.stored(*snapshot, at),
            Msg::Layout(layout) => {
                layout.put(&mut self.model.ui);
                self.fill_all();
            }
            Msg::FirstStart => self.offer_tour(),
            Msg::Edited(result) => self.edited(result),
            Msg::FileEdited(result) => self.file_edited(result),
            Msg::Switched(session, starts) => self.switched(*session, starts),
            Msg::Reported(result) => self.reported(result),
            Msg::Notice { failed, text } => {
                if failed {
                    self.failed(text);
                } else {
                    self.info(text);
                }
            }
        }
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Asks the server; the reply will be for this.
    fn ask(&mut self, waiting: Waiting, ask: Ask) -> ReqId {
        let request = self.model.work.next_request();
        self.model.flow.waiting.insert(request, waiting);
        self.effect(Effect::Ask(request, ask));
        request
    }

    /// Whether the same is being asked already.
    fn is_waiting(&self, what: Waiting) -> bool {
        self.model.flow.waiting.values().any(|it| *it == what)
    }

    /// Nobody waits for these any more.
    fn forget(&mut self, gone: impl Fn(Waiting) -> bool) {
        let requests: Vec<ReqId> = self
            .model
            .flow
            .waiting
            .iter()
            .filter(|(_, waiting)| gone(**waiting))
            .map(|(request, _)| *request)
            .collect();
        for request in requests {
            self.model.flow.waiting.remove(&request);
            self.effect(Effect::Cancel(request));
        }
    }

    fn settle_offsets(&mut self) {
        for list in ListId::ALL {
            let height = self.model.ui.height(list);
            let last = self.model.ui.viewports.texts.get(&list);
            let last = last.map_or(0, |it| it.last);
            let state = self.model.ui.list_mut(list);
            state.offset = state.offset_for(height);
            state.line = state.line.min(last);
        }
    }

    fn mouse(&mut self, mouse: Mouse) {
        self.model.ui.jump = None;
        match mouse {
            Mouse::Row(list, place) => {
                if self.model.ui.popups.is_empty() {
                    self.focus(list);
                }
                self.select(list, place);
            }
            Mouse::Wheel(list, rows) if self.model.ui.viewports.texts.contains_key(&list) => {
                let line = self.model.ui.list(list).line;
                self.read_from(list, line.saturating_add_signed(rows as isize));
            }
            Mouse::Wheel(list, rows) => {
                let position = self.model.ui.list(list).position as i32;
                self.select(list, position.saturating_add(rows).max(0) as usize);
            }
            Mouse::Heading(list, col) => {
                if self.model.ui.popups.is_empty() {
                    self.focus(list);
                    self.sort(SortBy::of(col));
                }
            }
            Mouse::Split(percent) => self.model.ui.split = percent.clamp(20, 80),
        }
    }
}
