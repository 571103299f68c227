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
                    self.tell(format!("Copied: {path}"));
                    self.effect(Effect::Copy(path));
                }
                None => self.refuse("No report was written yet. :bug-report writes one."),
            },
            other => {
                let word = CommandId::BugReport.as_str();
                self.refuse(format!(
                    ":{word} knows no \"{other}\": with-names, copy-path, or nothing behind it."
                ));
            }
        }
    }

    /// It was written, or not.
    pub(super) fn reported(&mut self, result: Result<(String, bool), String>) {
        match result {
            Ok((path, names)) => {
                let holds = if names {
                    "Names are in it: read it before you pass it on."
                } else {
                    "No token and no name is in it."
                };
                self.done(
                    format!("Bug report written to {path}. {holds}"),
                    ":bug-report copy-path",
                );
                self.model.about.report = Some(path);
            }
            Err(why) => self.failed(why),
        }
    }
}
