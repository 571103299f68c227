//! `:bug-report`: a file that is passed on to whoever mends the console.

use super::Turn;
use crate::console::command::CommandId;
use crate::console::effect::Effect;

impl Turn<'_> {
    /// Writes it, or copies where the last one lies.
    pub(super) fn bug_report(&mut self, argument: &str) {
        match argument {
            "" => self.effect(Effect::BugReport { names: false }),
            "with-names" => self.effect(Effect::BugReport { names: true }),
            "copy-path" => match self.model.about.report.clone() {
                Some(path) => {
                    if !self.model.about.in_lines {
                        self.tell(tr!("Copied: {path}", path));
                    }
                    self.effect(Effect::Copy(path));
                }
                None => self.refuse(tr!("No report was written yet. :bug-report writes one.")),
            },
            other => {
                let word = CommandId::BugReport.as_str();
                self.refuse(tr!(
                    ":{word} knows no \"{other}\": with-names, copy-path, or nothing behind it.",
                    word,
                    other
                ));
            }
        }
    }

    /// It was written, or not.
    pub(super) fn reported(&mut self, result: Result<(String, bool), String>) {
        match result {
            Ok((path, names)) => {
                let holds = if names {
                    tr!("Names are in it: read it before you pass it on.")
                } else {
                    tr!("No token and no name is in it.")
                };
                self.done(
                    tr!(
                        "Bug report written to {path}. {warning}",
                        path,
                        warning = holds
                    ),
                    tr!(":bug-report copy-path"),
                );
                self.model.about.report = Some(path);
            }
            Err(why) => self.failed(why),
        }
    }
}
