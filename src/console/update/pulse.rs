//! The pulse: asked for when it opens, when its window changes, and again when something happened; each number opens what it
//! counts.

use super::{Turn, Waiting};
use crate::console::effect::Ask;
use crate::console::model::pulse::{PulseTarget, PulseView, PulseWindow};
use crate::console::model::{ListId, Page};
use crate::console::msg::{Answer, Failure};

/// The server keeps every row; its snapshot has so many of the newest runs and deliveries.
const RECENT: usize = 200;

impl Turn<'_> {
    /// `gh`.
    pub(super) fn open_pulse(&mut self) {
        self.open_page(Page::Pulse(Box::new(PulseView::new(
            PulseWindow::default(),
            self.model.now,
        ))));
        self.lay_pulse_out();
        self.ask_pulse();
    }

    /// Asks for what the page in front shows.
    pub(super) fn ask_pulse(&mut self) {
        if let Page::Pulse(view) = self.model.ui.page() {
            let window = view.window;
            self.ask_paced(Waiting::Pulse(window), Ask::Pulse(window));
        }
    }

    /// `]` and `[`: a longer window, a shorter one.
    pub(super) fn pulse_window(&mut self, longer: bool) {
        let Page::Pulse(view) = self.model.ui.page_mut() else {
            return;
        };
        let Some(window) = view.window.step(longer) else {
            let end = if longer {
                tr!("longest")
            } else {
                tr!("shortest")
            };
            let text = tr!(
                "{window} is the {end} window.",
                window = view.window.as_str(),
                end
            );
            self.tell(text);
            return;
        };
        view.window = window;
        self.forget(|it| matches!(it, Waiting::Pulse(_)));
        self.lay_pulse_out();
        self.ask_pulse();
    }

    /// What was counted came.
    pub(super) fn pulse_answered(&mut self, window: PulseWindow, result: Result<Answer, Failure>) {
        let now = self.model.now;
        if let Page::Pulse(view) = self.model.ui.page_mut() {
            match result {
                Ok(Answer::Pulse(data)) => view.counted.ready((window, *data), now),
                Ok(_) => return,
                Err(failure) => view.counted.failed(failure.text),
            }
        }
        self.lay_pulse_out();
    }

    /// Rows changed, or the answer came.
    pub(super) fn lay_pulse_out(&mut self) {
        let now = self.model.now;
        let replica = self.model.replica.clone();
        if let Page::Pulse(view) = self.model.ui.page_mut() {
            view.lay_out(&replica, now);
            self.fill(ListId::Pulse);
            self.fill(ListId::Timeline);
        }
    }

    /// `Enter`: the list behind a number.
    pub(super) fn open_pulse_line(&mut self, place: usize) {
        let Page::Pulse(view) = self.model.ui.page() else {
            return;
        };
        let Some(line) = view.lines.get(place) else {
            return;
        };
        let (target, count) = (line.target.clone(), line.count);
        let cut = count.is_some_and(|it| it > RECENT as u64);
        match target {
            PulseTarget::Deliveries(filter) => {
                self.open_deliveries();
                self.set_filter(ListId::Deliveries, &filter);
            }
            PulseTarget::Runs(filter) => {
                self.leave_for(ListId::Runs);
                self.model.ui.unpinned[2] = true;
                self.restart(ListId::Runs);
                self.set_filter(ListId::Runs, &filter);
            }
            PulseTarget::Sources(filter) => {
                self.leave_for(ListId::Sources);
                self.set_filter(ListId::Sources, &filter);
            }
            PulseTarget::Why(source) => self.open_why_of(source),
            PulseTarget::Approvals => self.open_approvals(),
            PulseTarget::Nowhere(why) => self.refuse(why),
        }
        if cut {
            self.tell(tr!("The pulse counts all; this list has the newest {recent}, and older ones as you go down.", recent = RECENT));
        }
    }

    /// `←` and `→` on the timeline: the run before on the selected line, or the one after.
    pub(super) fn choose_run(&mut self, later: bool) {
        let place = self.model.ui.list(ListId::Timeline).position;
        let Page::Pulse(view) = self.model.ui.page_mut() else {
            return;
        };
        let Some(lane) = view.timeline.lanes.get(place) else {
            return;
        };
        if let Some(job) = view.timeline.step(lane, later) {
            view.timeline.chosen = Some(job);
        } else {
            let end = if later { tr!("newest") } else { tr!("oldest") };
            self.tell(tr!("It is the {end} run of this line.", end));
        }
    }

    /// Leaves every page for a pane of the main screen.
    fn leave_for(&mut self, pane: ListId) {
        self.go_main();
        self.model.ui.pane = pane;
        self.follow_selection();
    }
}
