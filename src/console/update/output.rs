//! Entries of a thread unfold in steps: closed, the first lines of what came of a tool, all of it, closed.

use super::{Turn, Waiting};
use crate::console::effect::Ask;
use crate::console::model::entries::{Output, output};
use crate::console::model::{Load, Page};
use crate::console::msg::{Answer, Failure};

impl Turn<'_> {
    /// `Enter`: a turn shows what happened in it, an entry more of it; or no longer.
    pub(super) fn unfold(&mut self, key: u32) {
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        if view.open.insert(key) {
            self.lay_thread_out();
            return;
        }
        let entry = view.entries.iter().find(|it| it.key == key);
        let cut = match (&view.thread.value, entry) {
            (Some(thread), Some(entry)) => output(thread, entry).filter(Output::is_cut),
            _ => None,
        };
        let shown = view.outputs.get(&key);
        let failed = shown.is_some_and(|it| it.failure().is_some());
        match cut {
            Some(output) if shown.is_none() || failed => {
                let number = view.number;
                let thread = view.thread_id.clone();
                if output.bytes.is_some() {
                    view.outputs.insert(key, Load::loading());
                    let ask = Ask::Output(thread, output.activity);
                    self.ask(Waiting::Output(number, key), ask);
                } else {
                    // All of it came with the thread.
                    let mut all = Load::default();
                    all.ready(output.told, self.model.now);
                    view.outputs.insert(key, all);
                }
            }
            _ => {
                let number = view.number;
                view.open.remove(&key);
                view.outputs.remove(&key);
                self.forget(|it| it == Waiting::Output(number, key));
            }
        }
        self.lay_thread_out();
    }

    /// All that came of a tool, or why not.
    pub(super) fn output_came(&mut self, key: u32, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let Page::Thread(view) = self.model.ui.page_mut() else {
            return;
        };
        let Some(load) = view.outputs.get_mut(&key) else {
            return;
        };
        match result {
            Ok(Answer::Output(text)) => load.ready(text, now),
            Ok(_) => {}
            Err(failure) => load.failed(failure.text),
        }
        self.lay_thread_out();
    }
}
