//! `:tour`: waits for each step to be done, and is in the way of nothing (screens.md §6: Tour).

use super::Turn;
use crate::console::command::CommandId;
use crate::console::effect::Effect;
use crate::console::model::tour::STEPS;

impl Turn<'_> {
    /// Begins the tour, or ends the one that goes on.
    pub(super) fn tour(&mut self) {
        if !self.end_tour() {
            self.model.ui.tour = Some(0);
        }
    }

    /// Ends the tour; whether there was one.
    pub(super) fn end_tour(&mut self) -> bool {
        let was = self.model.ui.tour.take().is_some();
        if was {
            self.tell(tr!("The tour is over. :tour begins it again."));
        }
        was
    }

    /// A command ran: the step that waited for it is done.
    pub(super) fn tour_saw(&mut self, command: CommandId) {
        let Some(step) = self.model.ui.tour else {
            return;
        };
        // It may have been refused only where it was to run.
        let message = self.model.work.message.as_ref();
        let waited = STEPS
            .get(step)
            .is_some_and(|it| it.commands.contains(&command));
        if !waited || message.is_some_and(|it| it.refusal) {
            return;
        }
        let silent = message.is_none();
        if step + 1 < STEPS.len() {
            self.model.ui.tour = Some(step + 1);
        } else {
            self.model.ui.tour = None;
            if silent {
                self.tell(tr!("That was the tour. :tour begins it again."));
            }
        }
    }

    /// The very first start: the tour is offered, once and never again, taken or not.
    pub(super) fn offer_tour(&mut self) {
        if std::mem::replace(&mut self.model.ui.tour_offered, true) {
            return;
        }
        self.effect(Effect::Persist);
        // Who was quicker has begun already, or is being answered.
        if self.model.ui.tour.is_none() && self.model.work.message.is_none() {
            let steps = STEPS.len();
            self.tell(tr_n!(
                steps,
                "New here? :tour goes through the console in {count} step.",
                "New here? :tour goes through the console in {count} steps."
            ));
        }
    }
}
