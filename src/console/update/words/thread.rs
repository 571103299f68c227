//! What is wanted of a thread, in words.

use super::shape::{Words, saving};
use crate::console::command::CommandId as C;
use crate::console::model::{Model, Page};
use crate::console::possible::conversing::under_way;

/// The words of what is wanted of a thread; `name` is the thread's, or that of the question that is answered.
pub fn words(model: &Model, command: C, name: &str) -> Words {
    let view = match model.ui.page() {
        Page::Thread(view) => Some(view),
        _ => None,
    };
    let thread = view.and_then(|it| it.thread.value.as_ref());
    let turn = thread.and_then(under_way);
    let turn = turn.map_or_else(
        || tr!("the turn").to_owned(),
        |turn| tr!("turn {turn}", turn),
    );
    let (pending, what, done, refused, label) = match command {
        C::Instruct if name.starts_with("approval ") => (
            tr!("answering"),
            tr!("answer to {name}", name),
            tr!("Answered. The agent is told so.").to_owned(),
            tr!("Not answered"),
            tr!("answer to {name}", name),
        ),
        C::Instruct => (
            tr!("sending"),
            tr!("instruction to {name}", name),
            tr!("Sent. The turn is queued; a worker takes it.").to_owned(),
            tr!("Not sent"),
            tr!("instruction").to_owned(),
        ),
        C::RuntimeMode => (
            tr!("saving"),
            tr!("mode of {name}", name),
            tr!("Mode set. It counts from the next turn on.").to_owned(),
            tr!("Not set"),
            tr!("mode").to_owned(),
        ),
        C::TurnInterrupt => (
            tr!("interrupting"),
            tr!("interrupting {turn}", turn),
            tr!("Interrupted: {turn}. The agent is being told.", turn),
            tr!("Not interrupted"),
            tr!("interrupt of {turn}", turn),
        ),
        C::SessionStop => (
            tr!("stopping"),
            tr!("stopping the session").to_owned(),
            tr!("The agent's session is asked to stop.").to_owned(),
            tr!("Not stopped"),
            tr!("stop of the session").to_owned(),
        ),
        C::CheckpointRevert => {
            let to = view.and_then(|it| it.target_name());
            let to = to.unwrap_or_else(|| tr!("the checkpoint").to_owned());
            (
                tr!("going back"),
                tr!("going back to {to}", to),
                tr!("Back at {to}. The documents are as they were.", to),
                tr!("Not gone back"),
                tr!("way back to {to}", to),
            )
        }
        command => (
            tr!("saving"),
            tr!("{action} of {name}", action = command.entry().short(), name),
            tr!("{title}: done.", title = command.entry().title()),
            tr!("Not done"),
            command.entry().short().to_owned(),
        ),
    };
    let mode = thread.map_or_else(String::new, |it| it.runtime_mode.to_string());
    Words {
        pending: pending.into(),
        message: saving(what),
        done,
        refused,
        label,
        back: tr!("The mode is {mode}", mode),
    }
}
