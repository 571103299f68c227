//! What several parts of the page of a thread are made of.

use crate::console::format;
use crate::console::model::EntryState;
use crate::console::view::glyph::{self, Mark};

/// The glyph of what an entry tells.
pub fn mark(state: EntryState) -> Mark {
    use crate::api::JobStatus as S;
    match state {
        EntryState::Plain => glyph::NOTE,
        EntryState::Queued => glyph::job(S::Queued),
        EntryState::Running | EntryState::Waits => glyph::job(S::Running),
        EntryState::Done => glyph::DONE,
        EntryState::Failed => glyph::FAILED,
        EntryState::Stopped => glyph::job(S::Cancelled),
    }
}

/// An id as it is shown: nothing in it moves the cursor, and it leaves room for the rest.
pub fn shown_id(id: &str) -> String {
    format::cut(&format::visible(id), 28).into_owned()
}
