//! Where the operator is, as far as it decides what a key means.

use crate::api::Role;
use crate::console::keymap::{Atom, Context, Facts};
use crate::console::model::{Connection, LinkStep, ListId, Model, Page, Popup};

/// Takes in where the operator is now. The palette and help speak of the page below them.
pub fn stand(model: &mut Model) {
    if matches!(model.ui.popup(), Some(Popup::Palette(_) | Popup::Help(_))) {
        return;
    }
    let (stack, facts) = (Context::stack(model), Facts::of(model));
    model.keymap.stand(stack, facts);
}

impl Context {
    /// The contexts that count now, nearest first.
    pub fn stack(model: &Model) -> Vec<Context> {
        if let Some(popup) = model.ui.popup() {
            return match popup {
                // The table of results is a list like any other; its keys are those of sources, and the retry of runs.
                Popup::Link(wizard) if wizard.step != LinkStep::Result => Vec::new(),
                Popup::Link(_) | Popup::Bulk(_) => {
                    let table = [Self::Sources, Self::Cursors, Self::Runs];
                    [table.as_slice(), &[Self::List, Self::Everywhere]].concat()
                }
                Popup::Profiles(_) => vec![Self::Profiles],
                _ => Vec::new(),
            };
        }
        let near: &[Context] = match (model.ui.page(), model.ui.focus()) {
            (Page::Main, ListId::Bindings) => &[Self::Bindings, Self::Main],
            (Page::Main, ListId::Cursors) => &[Self::Cursors, Self::Main],
            (Page::Main, ListId::Runs) => &[Self::Runs, Self::Main],
            (Page::Main, _) => &[Self::Sources, Self::Main],
            // The page of a source has its bindings on it: what concerns the source goes first.
            (Page::Source(_), _) => &[Self::Sources, Self::Bindings, Self::Cursors],
            (Page::Run(_), _) => &[Self::Run, Self::Runs],
            (Page::Why(_) | Page::Conflicts(_), _) => &[Self::Inspect],
            (Page::Deliveries(_) | Page::Delivery(_), _) => &[Self::Deliveries],
            (Page::Integrations | Page::Integration(_), _) => &[Self::Integrations],
            (Page::Tokens(_), _) => &[Self::Tokens],
            (Page::Events(_), _) => &[Self::Events],
            (Page::Pulse(_), _) => &[Self::Pulse],
            (Page::Xray(_), _) => &[Self::Xray],
            // The layout of the diff can be changed from the turns as well.
            (Page::Thread(_), ListId::Thread) => &[Self::Thread, Self::Diff, Self::Conversation],
            // What is asked about is read while the approval has the focus.
            (Page::Thread(_), ListId::Approval) => {
                &[Self::Approval, Self::Diff, Self::Conversation]
            }
            (Page::Thread(_), _) => &[Self::Diff, Self::Conversation],
            (Page::Approvals(_) | Page::Messages | Page::Info(_) | Page::OwnLog(_), _) => &[],
        };
        let mut stack: Vec<Context> = model.past.iter().map(|_| Self::Past).collect();
        stack.extend(near);
        stack.extend([Self::List, Self::Everywhere]);
        stack
    }
}

impl Facts {
    /// Those of this moment.
    pub fn of(model: &Model) -> Self {
        let (session, ui) = (&model.session, &model.ui);
        let list = ui.list(ui.focus());
        let is = |atom| match atom {
            Atom::Live => model.connection.is_live(),
            Atom::Offline => matches!(
                model.connection,
                Connection::Offline { .. }
                    | Connection::Taken { .. }
                    | Connection::ServerFailed { .. }
            ),
            Atom::SignedOut => matches!(model.connection, Connection::SignedOut { .. }),
            Atom::ReadOnly => session.read_only,
            Atom::Production => session.production,
            Atom::Project => session.in_project,
            Atom::Viewer => session.role() == Some(Role::Viewer),
            Atom::Operator => session.role() == Some(Role::Operator),
            Atom::Admin => session.role() == Some(Role::Admin),
            Atom::MainScreen => matches!(ui.page(), Page::Main),
            Atom::Zoomed => ui.zoom,
            Atom::Filtered => !list.filter.text.is_empty(),
            Atom::Marked => !list.marks.is_empty(),
            Atom::Empty => list.rows.is_empty(),
            Atom::Wide => ui.size.0 >= 110,
            Atom::Saving => !model.work.pending.is_empty(),
            Atom::Undoable => !model.work.undo.is_empty(),
        };
        Atom::ALL.into_iter().filter(|atom| is(*atom)).collect()
    }
}
