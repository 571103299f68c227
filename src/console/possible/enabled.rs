//! Whether a command can run now, and the reason when it cannot (screens.md §3: refused because).

use super::answering::can_answer;
use super::rows::{
    can_catch_up, can_redeliver, can_retry, each_job, each_source, first_ok, form_open, live_run,
    no, one_can_link, saving, source, still_saving,
};
use super::travelling::{can_travel, is_of_now};
use super::{administering, conversing, target, web};
use crate::api::{JobKind, Role, SourceKind};
use crate::console::columns::catalogue;
use crate::console::command::CommandId as C;
use crate::console::export::exportable;
use crate::console::model::here::is_local;
use crate::console::model::{Connection, History, ListId, Model, Page, Popup, RowKey, UndoEntry};

/// Whether the command can run now.
///
/// # Errors
/// The reason, as a sentence with its remedy.
pub fn enabled(model: &Model, id: C) -> Result<(), String> {
    let command = id.entry();
    if command.writes {
        may_write(model, command.role)?;
    }
    if let Some(reason) = is_of_now(model, id) {
        return Err(reason);
    }
    if let Some(reason) = target::none_shown(model, id) {
        return Err(reason);
    }
    own(model, id)
}

/// Whether this command's change may be sent, whatever it is about: for changes that a remedy or a popup names.
///
/// # Errors
/// The reason.
pub fn enabled_to_send(model: &Model, id: C) -> Result<(), String> {
    may_write(model, id.entry().role)
}

/// Whether anything may be sent at all, by this role.
fn may_write(model: &Model, needed: Role) -> Result<(), String> {
    if model.session.read_only_said {
        return Err(tr!("Read-only: :read-only was said in this session.").into());
    }
    if model.session.read_only {
        return Err(tr!("Read-only: started with --read-only.").into());
    }
    if let Some(past) = &model.past {
        let at = past.wanted;
        return Err(tr!("In the past (@{at}). Esc returns to now.", at));
    }
    if let Some(frozen) = &model.frozen {
        let key = model.keymap.keys_of(C::Freeze);
        let key = if key.is_empty() { ":freeze" } else { &key };
        let waiting = frozen.words();
        return Err(tr!(
            "Frozen, {waiting}: nothing is sent from what may be old. {key} goes on.",
            waiting,
            key
        ));
    }
    match &model.connection {
        Connection::SignedOut { .. } => {
            return Err(tr!("Signed out: nothing is sent. :sign-in takes a token.").into());
        }
        connection if !connection.is_reachable() => {
            return Err(tr!("Offline: nothing is sent. R tries again.").into());
        }
        _ => {}
    }
    match model.session.role() {
        Some(role) if !role.allows(needed) => {
            Err(tr!("Needs {needed}; you are {role}.", needed, role))
        }
        _ => Ok(()),
    }
}

/// The command's own reasons.
fn own(model: &Model, id: C) -> Result<(), String> {
    match id {
        C::Export => match exportable(model) {
            None => no(tr!("Nothing here is a table.")),
            Some((_, what)) if what.rows() == 0 => no(tr!("No row to take away.")),
            Some(_) => Ok(()),
        },
        C::Jump if model.ui.list(model.ui.focus()).is_empty() => no(tr!("No row to jump to.")),
        C::Freeze => can_freeze(model),
        C::Columns => {
            let list = model.ui.focus();
            if catalogue(list).is_empty() {
                return no(tr!("This list has no columns to choose."));
            }
            if list == ListId::Cursors && model.ui.is_pinned(list) {
                return no(tr!(
                    "One cursor is told whole. . shows all of them, with columns."
                ));
            }
            Ok(())
        }
        C::Link => {
            if let Some(Popup::Link(_)) = model.ui.popup() {
                return no(tr!("The wizard is open."));
            }
            one_can_link(model)
        }
        C::Unlink => each_source(model, |source| match source.kind {
            SourceKind::Virtual => no(tr!("Already virtual.")),
            SourceKind::True => Ok(()),
        }),
        C::SourceToggle => each_source(model, |source| saving(model, RowKey::Source(source.id))),
        C::SourceEdit => {
            let source = source(model)?;
            if form_open(model) {
                return no(tr!("Its form is open in another draft."));
            }
            saving(model, RowKey::Source(source.id))
        }
        C::EditOutside => match edited_outside(model) {
            Some(command) => own(model, command),
            None => no(tr!("Only for a source, a pattern or an instruction.")),
        },
        C::SpaceEdit => {
            let space = target::space(model).ok_or(tr!("No binding selected, so no space."))?;
            if form_open(model) {
                return no(tr!("Its form is open in another draft."));
            }
            saving(model, RowKey::Space(space.id))
        }
        C::SpaceNew if form_open(model) => no(tr!("A form is open already.")),
        C::CursorClear => each_source(model, |source| {
            if source.cursor.is_none() {
                return no(tr!("No cursor yet."));
            }
            match live_run(model, source) {
                Some(_) => no(tr!("Lease is held by a live run. !k first.")),
                None => Ok(()),
            }
        }),
        C::Rebaseline => {
            let source = source(model)?;
            if source.cursor.is_none() {
                return no(tr!("No cursor yet."));
            }
            can_catch_up(model, &source)
        }
        C::SourcePause => each_source(model, |source| match source.kind {
            SourceKind::Virtual => no(tr!("Virtual: nothing of it runs anyway.")),
            SourceKind::True => saving(model, RowKey::Source(source.id)),
        }),
        C::LocalRemove => no(tr!("Where a finding offers it: x, then the remedy.")),
        C::QueueResume => no(tr!("Where a finding offers it: w, then the remedy.")),
        C::LeaseRelease => {
            let source = source(model)?;
            match live_run(model, &source) {
                None => no(tr!("Lease is free.")),
                Some(_) => Ok(()),
            }
        }
        C::BindingToggle => {
            let targets = target::bindings(model);
            if targets.is_empty() {
                return no(tr!("No binding selected. b binds one."));
            }
            first_ok(targets.into_iter().map(|(space, source)| {
                match model.work.pending_for(RowKey::Binding(space, source)) {
                    Some(_) => no(still_saving()),
                    None => Ok(()),
                }
            }))
        }
        C::Unbind => {
            let targets = target::bindings(model);
            if targets.is_empty() {
                return no(tr!("Not bound here."));
            }
            first_ok(
                targets
                    .into_iter()
                    .map(|(space, source)| saving(model, RowKey::Binding(space, source))),
            )
        }
        C::BindingEdit => {
            let binding = target::binding(model).ok_or(tr!("Not bound here."))?;
            saving(model, RowKey::Binding(binding.space_id, binding.source_id))
        }
        C::Bind => {
            let targets = target::sources(model);
            if targets.is_empty() {
                return no(tr!("No source selected."));
            }
            each_source(model, |_| Ok(()))?;
            if model.replica.spaces.is_empty() {
                return Ok(());
            }
            let all = targets
                .iter()
                .all(|id| model.replica.spaces_of(*id).len() >= model.replica.spaces.len());
            if all {
                no(tr!("Bound to every space already."))
            } else {
                Ok(())
            }
        }
        C::CatchUp => each_source(model, |source| can_catch_up(model, source)),
        C::RunRetry => {
            if target::failed_links(model) || target::failed_in_bulk(model) {
                return Ok(());
            }
            if let Some(Popup::Bulk(_)) = model.ui.popup() {
                return no(tr!("None of them failed."));
            }
            each_job(model, can_retry)
        }
        C::RunAgain => each_job(model, |job| match job.kind {
            JobKind::CatchUp => no(tr!("It has no event: it was a catch-up. rc instead.")),
            _ => Ok(()),
        }),
        C::RunCancel => each_job(model, |job| {
            if job.status.is_terminal() {
                return no(tr!("Already finished."));
            }
            Ok(())
        }),
        C::SpaceSkip => match target::failed_space(model) {
            Some(_) => Ok(()),
            None => no(tr!("No failed space in this run.")),
        },
        C::Redeliver => {
            let targets = target::deliveries(model);
            if targets.is_empty() {
                return no(tr!("No delivery selected. gd lists them."));
            }
            let found = targets
                .into_iter()
                .filter_map(|id| model.replica.deliveries.get(id));
            first_ok(
                found.map(|it| {
                    can_redeliver(it).and_then(|()| saving(model, RowKey::Delivery(it.id)))
                }),
            )
        }
        C::PreviewEvent => match target::delivery(model) {
            Some(_) => reachable(model),
            None => no(tr!("No delivery selected. gd lists them.")),
        },
        C::IntegrationCheck
        | C::IntegrationEdit
        | C::CredentialSet
        | C::IntegrationDelete
        | C::SecretRotate
        | C::CredentialRemove
        | C::ProfileNew
        | C::ProfileEdit
        | C::ProfileRemove
        | C::SignOut
        | C::TokenNew
        | C::IntegrationNew
        | C::TokenRevoke => administering::can(model, id),
        C::Undo => match undo_entry(model) {
            None if undo_event(model).is_some() => not_undoing(model),
            None => no(tr!("Nothing to undo.")),
            Some(entry) if entry.calls.is_empty() => no(tr!("Not undone: it was destructive.")),
            Some(_) => not_undoing(model),
        },
        C::Redo => match model.work.redo.last() {
            None => no(tr!("Nothing to do again.")),
            Some(_) => not_undoing(model),
        },
        C::WhyStuck | C::GoSource | C::SourceDelete => source(model).map(drop),
        C::GoEventsOfRow | C::CopyUrl | C::CopyCurl if matches!(target::row(model), Some(RowKey::Source(id)) if is_local(id)) => {
            source(model).map(drop)
        }
        C::GoEventsOfRow => match target::row(model) {
            Some(
                RowKey::Document(..)
                | RowKey::Place(_)
                | RowKey::Line(..)
                | RowKey::Approval(_)
                | RowKey::Thread(_),
            )
            | None => no(tr!("Nothing selected that has events.")),
            Some(_) => Ok(()),
        },
        C::Remedy1
        | C::Remedy2
        | C::Remedy3
        | C::Remedy4
        | C::Remedy5
        | C::Remedy6
        | C::Remedy7
        | C::Remedy8
        | C::Remedy9 => {
            let n = id.remedy().expect("matched above");
            if n < remedies(model) {
                Ok(())
            } else {
                Err(tr!("There is no remedy {number}.", number = n + 1))
            }
        }
        C::Next | C::Previous => match model.ui.page() {
            _ if model.past.is_some() => Ok(()),
            Page::Why(_)
            | Page::Conflicts(_)
            | Page::Run(_)
            | Page::Thread(_)
            | Page::Pulse(_)
            | Page::Xray(_) => Ok(()),
            _ => no(tr!(
                "Only where there are findings, steps, turns or changes."
            )),
        },
        C::MatchNext | C::MatchPrevious => match model.ui.page() {
            Page::Run(view) if !view.search.is_empty() => Ok(()),
            Page::Run(_) => no(tr!("No search yet. / searches the log.")),
            _ => no(tr!("Only in a log.")),
        },
        C::ApproveOnce | C::ApproveSession | C::Decline => can_answer(model),
        C::Instruct => conversing::can_write(model),
        C::RuntimeMode => conversing::can_set_mode(model),
        C::TurnInterrupt => conversing::can_interrupt(model),
        C::SessionStop => conversing::can_stop(model),
        C::CheckpointRevert => conversing::can_revert(model),
        C::DiffWhole => conversing::can_show_whole(model),
        C::DiffLayout => match model.ui.page() {
            Page::Thread(_) => Ok(()),
            _ => no(tr!("Only beside a thread.")),
        },
        C::TimeTravel
        | C::TimeNext
        | C::TimePrevious
        | C::TimeNextTen
        | C::TimePreviousTen
        | C::TimeFirst
        | C::TimeNewest
        | C::CompareNow
        | C::GoToSequence => can_travel(model, id),
        C::Wrap if matches!(model.ui.page(), Page::Thread(_)) => Ok(()),
        C::LogFollow | C::LogLevel | C::Wrap => match model.ui.page() {
            Page::Run(_) => Ok(()),
            _ => no(tr!("Only in a log.")),
        },
        C::CopySha => match sha(model) {
            Some(_) => Ok(()),
            None => no(tr!("No commit here.")),
        },
        C::GoWeb => match web(model) {
            Some(_) => Ok(()),
            None => no(tr!("Nothing selected that is on the web.")),
        },
        C::CopyRow | C::CopyCell | C::CopyId | C::CopyUrl | C::CopyCurl | C::CopyJson => {
            match target::row(model) {
                Some(_) => Ok(()),
                None => no(tr!("Nothing selected.")),
            }
        }
        C::Mark | C::MarkRange | C::MarkAll => {
            let list = model.ui.list(model.ui.focus());
            if !can_mark(model.ui.focus()) {
                return no(tr!("Rows of this list cannot be marked."));
            }
            if list.is_empty() {
                no(tr!("No row to mark."))
            } else {
                Ok(())
            }
        }
        C::GoResults => match model.work.bulks.last() {
            Some(_) => Ok(()),
            None => no(tr!("No results yet. v marks rows.")),
        },
        C::ReadOnly if model.session.read_only => no(tr!("Already read-only.")),
        C::Pane1
        | C::Pane2
        | C::Pane3
        | C::Pane4
        | C::PaneUnpin
        | C::PaneZoom
        | C::SplitLeft
        | C::SplitRight => match model.ui.page() {
            Page::Main => Ok(()),
            _ => no(tr!("Only on the main screen. Esc goes back.")),
        },
        C::MoveUp
        | C::MoveDown
        | C::PageUp
        | C::PageDown
        | C::HalfUp
        | C::HalfDown
        | C::GoTop
        | C::GoBottom
        | C::ColumnLeft
        | C::ColumnRight
        | C::PaneNext
        | C::PanePrevious
        | C::Open
        | C::Back
        | C::Jump
        | C::BugReport
        | C::Filter
        | C::FilterFuzzy
        | C::SortName
        | C::SortState
        | C::SortAge
        | C::SortLag
        | C::SortRepo
        | C::SortKind
        | C::Conflicts
        | C::EventLog
        | C::GoRuns
        | C::GoDeliveries
        | C::GoIntegrations
        | C::GoTokens
        | C::GoProfiles
        | C::Info
        | C::Log
        | C::GoApprovals
        | C::GoPulse
        | C::GoXray
        | C::Tour
        | C::GoLog
        | C::GoViews
        | C::ScreenDump
        | C::Palette
        | C::CopyLink
        | C::SourceNew
        | C::SpaceNew
        | C::Help
        | C::Mouse
        | C::Refresh
        | C::Suspend
        | C::Quit
        | C::SignIn
        | C::Theme
        | C::Keymap
        | C::OpenLink
        | C::ReadOnly => Ok(()),
    }
}

fn can_freeze(model: &Model) -> Result<(), String> {
    if model.frozen.is_some() {
        return Ok(());
    }
    if model.past.is_some() {
        return no(tr!("The past stands still by itself. Esc returns to now."));
    }
    if !model.replica.is_loaded() {
        return no(tr!("Nothing is loaded yet."));
    }
    // What comes of a change of one's own is seen first.
    if model.work.pending.is_empty() {
        Ok(())
    } else {
        no(still_saving())
    }
}

fn reachable(model: &Model) -> Result<(), String> {
    if model.connection.is_reachable() {
        Ok(())
    } else {
        no(tr!("Offline: nothing is asked. R tries again."))
    }
}

/// Lists whose rows have an identity.
pub(super) fn can_mark(list: ListId) -> bool {
    matches!(
        list,
        ListId::Sources
            | ListId::Bindings
            | ListId::Cursors
            | ListId::Runs
            | ListId::Deliveries
            | ListId::Integrations
            | ListId::Events
    )
}

fn not_undoing(model: &Model) -> Result<(), String> {
    let busy = model
        .work
        .pending
        .values()
        .any(|it| matches!(it.history, History::Undo(_) | History::Redo(_)));
    if busy { no(still_saving()) } else { Ok(()) }
}

/// What `E` edits here: as `i` does, in the operator's editor.
pub fn edited_outside(model: &Model) -> Option<C> {
    match (model.ui.page(), model.ui.focus()) {
        (Page::Main, ListId::Sources) | (Page::Source(_), _) => Some(C::SourceEdit),
        (Page::Main, ListId::Bindings) => Some(C::BindingEdit),
        (Page::Thread(_), _) => Some(C::Instruct),
        _ => None,
    }
}

/// The selected event of the log, where `u` takes back whatever it did, whoever did it.
pub fn undo_event(model: &Model) -> Option<&crate::api::Event> {
    match (model.ui.page(), model.selected(ListId::Events)?) {
        (Page::Events(view), RowKey::Event(sequence)) => {
            view.events.iter().find(|it| it.sequence == sequence)
        }
        _ => None,
    }
}

/// What `u` takes back: in the event log the selected event, where this session did it; else the last change.
pub fn undo_entry(model: &Model) -> Option<&UndoEntry> {
    if let (Page::Events(_), Some(RowKey::Event(sequence))) =
        (model.ui.page(), model.selected(ListId::Events))
    {
        return model
            .work
            .undo
            .iter()
            .find(|entry| entry.sequence == sequence.0);
    }
    model.work.undo.last()
}

/// How many remedies the page offers.
fn remedies(model: &Model) -> usize {
    match model.ui.page() {
        Page::Why(_) => model.ui.list(ListId::Actions).len(),
        Page::Conflicts(_) => target::conflict(model).map_or(0, |it| it.remedies.len()),
        _ => 0,
    }
}

/// The full commit that `ys` copies.
pub fn sha(model: &Model) -> Option<String> {
    match target::row(model)? {
        RowKey::Source(id) => {
            let source = model.replica.sources.get(id)?;
            source
                .cursor
                .as_ref()
                .map(|it| it.value.clone())
                .or_else(|| source.head.as_ref().map(|it| it.sha.clone()))
        }
        RowKey::Job(id) => model
            .replica
            .jobs
            .get(id)
            .or(model.shown_job())
            .and_then(|it| it.head_sha.clone()),
        RowKey::Delivery(id) => model.replica.deliveries.get(id)?.after.clone(),
        _ => None,
    }
}
