//! Sources that only this machine knows, and mounts: the docs project's own file beside the server's rows.

use std::sync::Arc;

use super::{Turn, Waiting};
use crate::console::effect::Ask;
use crate::console::msg::{Answer, Failure};

impl Turn<'_> {
    /// Reads the docs project's file again, where there is a project.
    pub(super) fn ask_local_rows(&mut self) {
        if self.model.session.in_project {
            self.ask_once(Waiting::LocalRows, Ask::LocalRows);
        }
    }

    pub(super) fn local_rows_came(&mut self, result: Result<Answer, Failure>) {
        let here = match result {
            Ok(Answer::LocalRows(here)) => Arc::new(*here),
            Ok(_) => return,
            Err(failure) => {
                self.failed(tr!(
                    "./.jolli/sources.json is not shown: {text}",
                    text = failure.text
                ));
                return;
            }
        };
        if let Some(past) = &mut self.model.past {
            // The past is the server's; what is here is shown again with now.
            past.now.take_here(here);
            return;
        }
        if let Some(frozen) = &mut self.model.frozen {
            frozen.now.take_here(here);
            return;
        }
        if *self.model.replica.here == *here {
            return;
        }
        self.model.replica.take_here(here);
        self.model.counts = self.model.replica.counts();
        self.fill_all();
        self.note_first_run();
    }
}
