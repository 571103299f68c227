//! Time travel (console.md: The past): another moment in place of now. One question is under way at a time, and the newest
//! wish wins; what was told is remembered; the feed goes on underneath.

use super::{Turn, Waiting};
use crate::api::{Sequence, SourceId};
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, LogQuery};
use crate::console::model::{
    GoTo, ListId, Load, LoadState, Moment, Page, Past, Popup, RowKey, TextField,
};
use crate::console::msg::{Answer, Failure};

/// Events that the slider marks, at most, of the source and around all sources.
const MARKS: u32 = 500;

impl Turn<'_> {
    /// `t`: looks from the selected event of the log, else from the newest.
    pub(super) fn look_back(&mut self) {
        let of_log = match (self.model.ui.page(), self.model.selected(ListId::Events)) {
            (Page::Events(_), Some(RowKey::Event(sequence))) => Some(sequence),
            _ => None,
        };
        if let Page::Events(_) = self.model.ui.page() {
            self.leave_page();
            self.model.ui.pages.pop();
        }
        if self.model.past.is_some() {
            while self.model.ui.pages.len() > 1 {
                self.leave_page();
                self.model.ui.pages.pop();
            }
            if let Some(sequence) = of_log {
                self.travel_to(sequence);
            }
            return;
        }
        let newest = self.model.replica.sequence;
        self.enter_past(of_log.unwrap_or(newest));
    }

    /// Looks at this position from now on; `Esc` comes back to the screen as it is.
    pub(super) fn enter_past(&mut self, at: Sequence) {
        if self.model.past.is_some() {
            self.travel_to(at);
            return;
        }
        // Another moment stands still by itself.
        self.thaw();
        self.leave_page();
        self.forget(|it| matches!(it, Waiting::Older(..)));
        for list in self.model.ui.lists.values_mut() {
            list.older = false;
        }
        let back = self.model.ui.clone();
        self.model.ui.pages.truncate(1);
        self.model.ui.zoom = false;
        self.model.work.flashes.clear();
        let now = self.model.replica.clone();
        self.model.past = Some(Box::new(Past::new(at, now, back)));
        self.ask_moment();
        self.ask_around();
        self.mark_selected();
    }

    /// Back to now, with the screen as it was.
    pub(super) fn leave_past(&mut self) -> bool {
        let Some(past) = self.model.past.take() else {
            return false;
        };
        self.forget(|it| {
            matches!(
                it,
                Waiting::Moment(_) | Waiting::Marks(_) | Waiting::MarksAround
            )
        });
        while self.model.ui.pages.len() > 1 {
            self.leave_page();
            self.model.ui.pages.pop();
        }
        let Past { now, back, .. } = *past;
        self.model.replica = now;
        self.model.counts = self.model.replica.counts();
        let mut ui = *back;
        let then = &mut self.model.ui;
        ui.size = then.size;
        ui.split = then.split;
        ui.mouse = then.mouse;
        ui.tour = then.tour;
        ui.tour_offered = then.tour_offered;
        ui.viewports = std::mem::take(&mut then.viewports);
        ui.filter_history = std::mem::take(&mut then.filter_history);
        ui.command_history = std::mem::take(&mut then.command_history);
        ui.popups = std::mem::take(&mut then.popups);
        for (id, list) in &mut ui.lists {
            // What another thread still works out is of the past.
            list.generation = list.generation.max(then.list(*id).generation) + 1;
            list.sifting = false;
        }
        self.model.flow.again.clear();
        self.model.ui = ui;
        self.note_first_run();
        self.fill_all();
        self.refresh_page();
        true
    }

    /// The slider goes there.
    pub(super) fn travel_to(&mut self, at: Sequence) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        past.wanted = at;
        self.ask_moment();
    }

    pub(super) fn travel(&mut self, command: C) {
        let Some(past) = &self.model.past else { return };
        let steps = match command {
            C::TimeNext => 1,
            C::TimePrevious => -1,
            C::TimeNextTen => 10,
            C::TimePreviousTen => -10,
            C::TimeFirst => i64::MIN / 2,
            _ => i64::MAX / 2,
        };
        let next = match command {
            C::TimeFirst => (past.wanted.0 > 1).then_some(Sequence(1)),
            C::TimeNewest => (past.wanted < past.head()).then(|| past.head()),
            _ => past.step(steps),
        };
        match next {
            Some(at) => self.travel_to(at),
            None if steps < 0 => {
                let at = past.wanted;
                self.refuse(tr!("The log begins here, @{at}.", at));
            }
            None => {
                let at = past.wanted;
                self.refuse(tr!("The log ends here, @{at}. Esc returns to now.", at));
            }
        }
    }

    /// `]` and `[` in the past: the next event of the selected source.
    pub(super) fn travel_by_marks(&mut self, forward: bool) {
        let Some(past) = &self.model.past else { return };
        let here = past.wanted;
        let events = past.marked.events();
        let mut all = events.iter().map(|it| it.sequence);
        let next = if forward {
            all.find(|it| *it > here)
        } else {
            all.rfind(|it| *it < here)
        };
        if let Some(at) = next {
            self.travel_to(at);
            return;
        }
        let marked = &past.marked;
        let text = match marked.source {
            None => tr!("Select a source: ] and [ go through its events.").to_owned(),
            Some(_) if marked.own.is_loading() || marked.around.is_loading() => {
                tr!("Its events are being asked for.").to_owned()
            }
            Some(source) => {
                let name = self.model.replica.source_name(source);
                let which = match (forward, marked.more) {
                    (true, _) => tr!("later"),
                    (false, true) => tr!("earlier loaded"),
                    (false, false) => tr!("earlier"),
                };
                tr!("No {which} event of {name}.", which, name)
            }
        };
        self.refuse(text);
    }

    /// Shows the position that is wanted, or asks for it; at most one question is under way.
    pub(super) fn ask_moment(&mut self) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        let wanted = past.wanted;
        if let Some(moment) = past.kept(wanted).cloned() {
            past.state = LoadState::Rest;
            if past.shown.as_ref().is_none_or(|it| it.at != wanted) {
                self.show_moment(moment);
            }
            return;
        }
        past.state = LoadState::Loading;
        let busy = self.model.flow.waiting.values();
        if busy.into_iter().all(|it| !matches!(it, Waiting::Moment(_))) {
            self.ask(Waiting::Moment(wanted), Ask::Moment(wanted));
        }
    }

    pub(super) fn moment_answered(&mut self, at: Sequence, result: Result<Answer, Failure>) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        match result {
            Ok(Answer::Moment(told)) => {
                let moment = Moment::of(&past.now, at, *told);
                past.keep(moment.clone());
                self.show_moment(moment);
                self.ask_moment();
            }
            Ok(_) => {}
            Err(failure) if past.wanted == at => past.state = LoadState::Failed(failure.text),
            Err(_) => self.ask_moment(),
        }
    }

    fn show_moment(&mut self, moment: Moment) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        self.model.replica = moment.replica.clone();
        past.shown = Some(moment);
        past.compare(&self.model.replica);
        self.model.counts = self.model.replica.counts();
        self.model.ui.first_run = false;
        self.fill_all();
        self.mark_selected();
        self.fill_compare();
        if let Page::Events(view) = self.model.ui.page() {
            let about = view.about;
            self.open_events(about);
        }
    }

    /// Asks for what happened around sources, once.
    fn ask_around(&mut self) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        past.marked.around = Load::loading();
        let types = [
            "job.queued",
            "space.source-bound",
            "space.binding-updated",
            "space.source-unbound",
        ];
        let query = LogQuery {
            types: types.map(str::to_owned).to_vec(),
            limit: 2 * MARKS,
            ..LogQuery::default()
        };
        self.ask(Waiting::MarksAround, Ask::Log(query));
    }

    /// The slider marks the events of the selected source.
    pub(super) fn mark_selected(&mut self) {
        let source = self.model.pinned_source();
        let Some(past) = &mut self.model.past else {
            return;
        };
        if past.marked.source == source {
            return;
        }
        past.marked.source = source;
        past.marked.own = Load::default();
        past.marked.more = false;
        if let Some(source) = source {
            past.marked.own = Load::loading();
            self.ask_marks(source);
        }
    }

    fn ask_marks(&mut self, source: SourceId) {
        let busy = self.model.flow.waiting.values();
        if busy.into_iter().any(|it| matches!(it, Waiting::Marks(_))) {
            return;
        }
        let query = LogQuery {
            stream: Some(("source".to_owned(), source.to_string())),
            limit: MARKS,
            ..LogQuery::default()
        };
        self.ask(Waiting::Marks(source), Ask::Log(query));
    }

    pub(super) fn marks_answered(&mut self, of: SourceId, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Some(past) = &mut self.model.past else {
            return;
        };
        let marked = &mut past.marked;
        match (marked.source, result) {
            (Some(source), Ok(Answer::Events(page))) if source == of => {
                marked.more |= page.next_sequence.is_some();
                marked.own.ready(page.events, now);
            }
            (Some(source), Err(failure)) if source == of => marked.own.failed(failure.text),
            // Another one was selected meanwhile.
            (Some(source), _) => self.ask_marks(source),
            (None, _) => {}
        }
    }

    pub(super) fn around_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Some(past) = &mut self.model.past else {
            return;
        };
        match result {
            Ok(Answer::Events(page)) => {
                past.marked.more |= page.next_sequence.is_some();
                past.marked.around.ready(page.events, now);
            }
            Ok(_) => {}
            Err(failure) => past.marked.around.failed(failure.text),
        }
    }

    /// The connection is there again, or `R`: what failed is asked for once more.
    pub(super) fn retry_past(&mut self) {
        let Some(past) = &mut self.model.past else {
            return;
        };
        let around = past.marked.around.value.is_none() && !past.marked.around.is_loading();
        if past.marked.own.failure().is_some() {
            past.marked.source = None;
        }
        if around {
            self.ask_around();
        }
        self.mark_selected();
        self.ask_moment();
    }

    /// `@`: to a position that is typed.
    pub(super) fn open_go_to(&mut self) {
        self.model.ui.popups.push(Popup::GoTo(GoTo {
            field: TextField::default(),
            problem: None,
        }));
        self.restart(ListId::Popup);
    }

    pub(super) fn go_to_entered(&mut self) {
        let (Some(past), Some(Popup::GoTo(go))) =
            (&self.model.past, self.model.ui.popups.last_mut())
        else {
            return;
        };
        let head = past.now.sequence;
        let text = go.field.text().trim();
        match text.trim_start_matches('@').parse::<i64>() {
            Ok(at) if (1..=head.0).contains(&at) => {
                self.model.ui.popups.pop();
                self.travel_to(Sequence(at));
            }
            Ok(_) => go.problem = Some(tr!("The log is @1 to @{head}.", head)),
            Err(_) => go.problem = Some(tr!("A position is a number, such as {head}.", head)),
        }
    }

    /// What only now can answer is refused in the past; whether it was.
    pub(super) fn only_now(&mut self, what: &str) -> bool {
        match &self.model.past {
            Some(past) => {
                let at = past.wanted;
                self.refuse(tr!(
                    "Only now has {what}; this is @{at}. Esc returns to now.",
                    what,
                    at
                ));
                true
            }
            None => false,
        }
    }
}
