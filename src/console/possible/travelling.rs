//! What can be done in the past, and what only now (console.md: The past).

use crate::console::command::CommandId as C;
use crate::console::model::{Model, Page};

/// Whether a command of time travel can run.
pub(super) fn can_travel(model: &Model, id: C) -> Result<(), String> {
    let no = |reason: &str| Err(reason.to_owned());
    match (id, &model.past) {
        (C::TimeTravel, None) if !model.replica.is_loaded() => no(tr!("Nothing is loaded yet.")),
        (C::TimeTravel, None) if !model.connection.is_reachable() => {
            no(tr!("Offline: nothing is asked. R tries again."))
        }
        (C::TimeTravel, Some(past)) if !matches!(model.ui.page(), Page::Events(_)) => Err(tr!(
            "Already in the past (@{wanted}). Esc returns to now.",
            wanted = past.wanted
        )),
        (C::TimeTravel, _) => Ok(()),
        (_, None) => no(tr!("Only in the past. t looks back.")),
        (C::CompareNow, Some(_)) if !matches!(model.ui.page(), Page::Main) => {
            no(tr!("Only on the main screen. Esc goes back."))
        }
        (_, Some(_)) => Ok(()),
    }
}

/// Why a command that asks the server about now cannot run in the past.
pub(super) fn is_of_now(model: &Model, id: C) -> Option<String> {
    let past = model.past.as_ref()?;
    let what = match id {
        C::WhyStuck => tr!("a diagnosis"),
        C::GoApprovals => tr!("what waits for an answer"),
        C::PreviewEvent => tr!("previews"),
        C::GoPulse => tr!("the pulse"),
        C::GoTokens => tr!("tokens"),
        C::GoXray => tr!("the documents behind a source"),
        _ => return None,
    };
    Some(tr!(
        "Only now has {what}; this is @{wanted}. Esc returns to now.",
        what,
        wanted = past.wanted
    ))
}
