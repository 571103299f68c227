//! The situation of each command: where it works and what is seen of it then, what it sends, where it is refused.

use super::super::said;
use super::has;
use crate::api::LogLevel;
use crate::console::command::CommandId as C;
use crate::console::effect::{Ask, Effect};
use crate::console::local;
use crate::console::model::{
    FormKind, ListId, Model, Page, Popup, ProfileChange, RunView, SortBy, ThreadView,
};

/// Where a command works, where not, and what it does.
pub(super) struct Situation {
    /// The words that lead to where it works.
    pub at: &'static str,
    /// What is so once it was given, and not before.
    pub seen: fn(&Model, &[Effect]) -> bool,
    /// Where it is refused.
    pub refused: Refused,
    /// The one call that it sends, of those that write.
    pub sends: Option<(&'static str, &'static str)>,
    /// What it changes of the user's own on this machine, of those that do; no server is asked for that.
    pub own: Option<fn(&Ask) -> bool>,
    /// The words from giving it to sending or changing that.
    pub then: &'static str,
}

/// Where a command is refused.
pub(super) enum Refused {
    /// After these words, for this reason.
    At(&'static str, &'static str),
    /// Nowhere, for a reason of its own.
    Never,
}

/// A command that only looks.
fn looks(at: &'static str, refused: Refused, seen: fn(&Model, &[Effect]) -> bool) -> Situation {
    Situation {
        at,
        seen,
        refused,
        sends: None,
        own: None,
        then: "",
    }
}

/// A command that changes the user's own, which is nothing of a server.
fn changes(
    at: &'static str,
    refused: Refused,
    own: fn(&Ask) -> bool,
    then: &'static str,
    seen: fn(&Model, &[Effect]) -> bool,
) -> Situation {
    Situation {
        own: Some(own),
        then,
        ..looks(at, refused, seen)
    }
}

/// A command that writes.
fn writes(
    at: &'static str,
    refused: Refused,
    sends: (&'static str, &'static str),
    then: &'static str,
    seen: fn(&Model, &[Effect]) -> bool,
) -> Situation {
    Situation {
        at,
        seen,
        refused,
        sends: Some(sends),
        own: None,
        then,
    }
}

fn asks(effects: &[Effect], is: impl Fn(&Ask) -> bool) -> bool {
    has(effects, |it| matches!(it, Effect::Ask(_, ask) if is(ask)))
}

fn asks_effect(effects: &[Effect]) -> bool {
    asks(effects, |it| matches!(it, Ask::Effect(_)))
}

fn sends_change(effects: &[Effect]) -> bool {
    asks(effects, |it| matches!(it, Ask::Change { .. }))
}

fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|it| match it {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

fn at(model: &Model, list: ListId) -> usize {
    model.ui.list(list).position
}

fn marks(model: &Model) -> usize {
    model.ui.list(ListId::Sources).marks.len()
}

/// What the form in front edits or makes.
fn form(model: &Model) -> Option<&FormKind> {
    match model.ui.popup() {
        Some(Popup::Form(form)) => Some(&form.kind),
        _ => None,
    }
}

/// Whether this name is asked for before something is destroyed, by a question that nobody can have read yet.
fn asks_for(model: &Model, name: &str) -> bool {
    matches!(model.ui.popup(), Some(Popup::Danger(it)) if it.guarded && it.name == name)
}

fn wanted(model: &Model) -> Option<i64> {
    model.past.as_ref().map(|it| it.wanted.0)
}

fn palette(model: &Model) -> Option<&str> {
    match model.ui.popup() {
        Some(Popup::Palette(list)) => Some(list.field.text()),
        _ => None,
    }
}

fn run(model: &Model) -> Option<&RunView> {
    match model.ui.page() {
        Page::Run(view) => Some(view),
        _ => None,
    }
}

fn thread(model: &Model) -> Option<&ThreadView> {
    match model.ui.page() {
        Page::Thread(view) => Some(view),
        _ => None,
    }
}

/// The remedy whose effect is shown beside a diagnosis.
fn why_effect(model: &Model) -> Option<usize> {
    match model.ui.page() {
        Page::Why(view) => view.effect.as_ref().map(|it| it.0),
        _ => None,
    }
}

fn conflict_effect(model: &Model) -> bool {
    matches!(model.ui.page(), Page::Conflicts(view) if view.effect.is_some())
}

/// The situation of a command: every one has one.
#[allow(clippy::too_many_lines)] // a table: one command after the other
#[rustfmt::skip]
pub(super) fn of(id: C) -> Situation {
    use Refused::{At, Never};
    const DISPATCH: &str = "/orchestration/dispatchCommand";
    match id {
        C::Link => writes("j j j j", At("", "Already true (integration 12). !u unlinks."), ("POST", "/sources/5/link"), "Enter told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Link(..)))),
        C::SourceToggle => writes("", At("O", "Still saving."), ("PATCH", "/sources/1"), "",
            |_, e| sends_change(e)),
        C::SourceEdit => writes("", At("i", "Its form is open in another draft."), ("PATCH", "/sources/1"), "'-2 Ctrl-s told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Form(..)))),
        C::SourceNew => writes("", Never, ("POST", "/sources"), "'fresh Ctrl-s told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Form(..)))),
        C::EditOutside => writes("", At("4", "Only for a source, a pattern or an instruction."), ("PATCH", "/sources/1"), "edited told Enter",
            |_, e| has(e, |it| matches!(it, Effect::Edit { .. }))),
        C::SpaceEdit => writes("", At("j j 2", "No binding selected, so no space."), ("PATCH", "/spaces/1"), "'_2 Ctrl-s told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Form(..)))),
        C::SpaceNew => writes("", At("i", "A form is open already."), ("POST", "/spaces"), "'Guides Ctrl-s told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Form(..)))),
        C::BindingToggle => writes("2", At("j j 2", "No binding selected. b binds one."), ("PATCH", "/spaces/1/sources/1"), "",
            |_, e| sends_change(e)),
        C::BindingEdit => writes("2", At("j j 2", "Not bound here."), ("PATCH", "/spaces/1/sources/1"), "'jrn:*:path:/home/** Ctrl-s told Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Form(..)))),
        C::Bind => writes("", At("/ 'zzzz Enter", "No source selected."), ("POST", "/spaces/3/sources"), "Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Bind(..)))),
        C::Unbind => writes("2", At("j j 2", "Not bound here."), ("DELETE", "/spaces/1/sources/1"), "",
            |_, e| sends_change(e)),
        C::LocalRemove => writes("x", At("", "Where a finding offers it: x, then the remedy."), ("POST", local::REMOVE), "told Enter",
            |m, e| conflict_effect(m) && asks_effect(e)),
        C::CatchUp => writes("", At("j j j j", "Virtual: it has no cursor."), ("POST", "/sources/1/catch-up"), "",
            |_, e| sends_change(e)),
        C::SourcePause => writes("", At("j j j j", "Virtual: nothing of it runs anyway."), ("POST", "/sources/1/pause"), "",
            |_, e| sends_change(e)),
        C::QueueResume => writes("j w told", At("", "Where a finding offers it: w, then the remedy."), ("POST", "/queues/cli-impact/resume"), "told Enter",
            |m, e| why_effect(m) == Some(0) && asks_effect(e)),
        C::RunRetry => writes("4", At("4 j", "Run is still running."), ("POST", "/jobs/91/retry"), "",
            |_, e| sends_change(e)),
        C::RunAgain => writes("4", At("4 G", "It has no event: it was a catch-up. rc instead."), ("POST", "/jobs/91/rerun"), "",
            |_, e| sends_change(e)),
        C::Redeliver => writes("g d", At("g d j", "Signature was refused: fix the secret first (gi)."), ("POST", "/deliveries/8/redeliver"), "",
            |_, e| sends_change(e)),
        C::ApproveOnce => writes("thread:busy Tab Tab", At("", "Only on the page of a thread. ga lists what waits."), ("POST", DISPATCH), "",
            |_, e| sends_change(e)),
        C::ApproveSession => writes("thread:busy Tab Tab", At("", "Only on the page of a thread. ga lists what waits."), ("POST", DISPATCH), "",
            |_, e| sends_change(e)),
        C::Decline => writes("thread:busy Tab Tab", At("", "Only on the page of a thread. ga lists what waits."), ("POST", DISPATCH), "",
            |_, e| sends_change(e)),
        C::Instruct => writes("thread:over", At("thread:new", "Turn 1 is under way. It ends first, or !i interrupts it."), ("POST", DISPATCH), "'more Ctrl-s",
            |m, _| matches!(m.ui.popup(), Some(Popup::Writing(..)))),
        C::RuntimeMode => writes("thread:over", At("", "Only on the page of a thread. Enter on a space of a run opens it."), ("POST", DISPATCH), "Down Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Mode(..)))),
        C::IntegrationCheck => writes("g i", At("", "No integration selected. gi lists them."), ("POST", "/integrations/12/check"), "",
            |_, e| sends_change(e)),
        C::IntegrationNew => writes("", At("i", "Its form is open in another draft."), ("POST", "/integrations"), "'acme-gitlab Ctrl-s told Enter",
            |m, _| matches!(form(m), Some(FormKind::IntegrationNew))),
        C::IntegrationEdit => writes("g i", At("", "No integration selected. gi lists them."), ("PATCH", "/integrations/12"), "'-2 Ctrl-s told Enter",
            |m, _| matches!(form(m), Some(FormKind::IntegrationEdit(id, 1)) if id.0 == 12)),
        C::CredentialSet => writes("g i", At("", "No integration selected. gi lists them."), ("PUT", "/integrations/12/credential"), "Tab 'hush Ctrl-s told Enter",
            |m, _| matches!(form(m), Some(FormKind::Credential(id, 1)) if id.0 == 12)),
        C::TokenNew => writes("g t told", At("i", "Its form is open in another draft."), ("POST", "/tokens"), "'deploy Ctrl-s told Enter",
            |m, _| matches!(form(m), Some(FormKind::TokenNew))),
        C::Undo => writes("O accepted", At("", "Nothing to undo."), ("POST", "/sources/1"), "",
            |_, e| sends_change(e)),
        C::Redo => writes("O accepted u accepted", At("", "Nothing to do again."), ("POST", "/sources/1"), "",
            |_, e| sends_change(e)),
        C::Unlink => writes("", At("j j j j", "Already virtual."), ("POST", "/sources/1/unlink"), "told seen 'backend Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::SourceDelete => writes("", At("/ 'zzzz Enter", "No source selected."), ("DELETE", "/sources/1"), "told seen 'backend Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::CursorClear => writes("j", At("", "Lease is held by a live run. !k first."), ("DELETE", "/sources/2/cursor"), "told seen 'frontend Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::Rebaseline => writes("j", At("j j j j", "No cursor yet."), ("POST", "/sources/2/rebaseline"), "told seen 'frontend Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::RunCancel => writes("4 j", At("4", "Already finished."), ("POST", "/jobs/90/cancel"), "told seen '90 Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::SpaceSkip => writes("4", At("4 j", "No failed space in this run."), ("POST", "/jobs/91/spaces/3/skip"), "told seen 'Internal Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::LeaseRelease => writes("", At("j", "Lease is free."), ("POST", "/sources/1/lease/release"), "told seen 'backend Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::SecretRotate => writes("g i", At("g i j", "A rotation is open: both secrets valid until 14:30."), ("POST", "/integrations/12/rotate-secret"), "told seen 'acme-github Enter",
            |m, _| asks_for(m, "acme-github")),
        C::CredentialRemove => writes("g i j", At("g i", "It has no clone credential. c sets one."), ("DELETE", "/integrations/17/credential"), "told seen 'old Enter",
            |m, _| asks_for(m, "old")),
        C::IntegrationDelete => writes("g i Enter", At("", "No integration selected. gi lists them."), ("DELETE", "/integrations/12"), "told seen 'acme-github Enter",
            |m, _| asks_for(m, "acme-github")),
        C::TokenRevoke => writes("g t told j", At("g t told", "That is the token in use."), ("DELETE", "/tokens/2"), "told seen 'bo Enter",
            |m, _| asks_for(m, "bo")),
        C::TurnInterrupt => writes("thread:busy", At("thread:over", "No turn is under way."), ("POST", DISPATCH), "told seen 'turn_2 Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::SessionStop => writes("thread:busy", At("thread:over", "The agent has no session."), ("POST", DISPATCH), "told seen 'session Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::Danger(it)) if it.guarded)),
        C::CheckpointRevert => writes("thread:over", At("thread:new", "No checkpoint yet: there is nothing to go back to."), ("POST", DISPATCH), "told Enter told seen 'turn_1 Enter",
            |m, _| thread(m).is_some_and(|it| it.revert.is_some())),
        C::ProfileRemove => changes("g p told Down", At("g p told", "That is the profile in use."),
            |ask| matches!(ask, Ask::ProfileChange(ProfileChange::Remove(name)) if name == "globex"), "seen 'globex Enter",
            |m, _| asks_for(m, "globex")),
        C::ProfileNew => changes("g p told", At("", "In the list of profiles. gp opens it."),
            |ask| matches!(ask, Ask::ProfileChange(ProfileChange::Add(row)) if row.name == "stage" && row.server == "stage.example"), "'stage Tab 'stage.example Ctrl-s",
            |m, _| matches!(form(m), Some(FormKind::ProfileNew))),
        C::ProfileEdit => changes("g p told Down", At("g p told Down Down", "It is in no file: it is this machine's own, or was named for this start."),
            |ask| matches!(ask, Ask::ProfileChange(ProfileChange::Set(row)) if row.name == "globex" && row.server == "https://globex.example:8443"), "':8443 Ctrl-s",
            |m, _| matches!(form(m), Some(FormKind::ProfileEdit(name)) if name == "globex")),
        C::SignOut => changes("", At("signed-out", "Signed out already. :sign-in takes a token."),
            |ask| *ask == Ask::SignOut, "Enter",
            |m, _| matches!(m.ui.popup(), Some(Popup::SignOut(it)) if !it.trying)),
        C::WhyStuck => looks("j", At("/ 'zzzz Enter", "No source selected."),
            |m, e| matches!(m.ui.page(), Page::Why(it) if it.source.0 == 2) && asks(e, |it| matches!(it, Ask::Diagnosis(_)))),
        C::Conflicts => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Conflicts(_))),
        C::EventLog => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Events(_))),
        C::TimeTravel => looks("", At("nothing", "Nothing is loaded yet."),
            |m, e| m.past.is_some() && asks(e, |it| matches!(it, Ask::Moment(_)))),
        C::TimePrevious => looks("t told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m) == Some(1841)),
        C::TimeNext => looks("t told Left told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m) == Some(1842)),
        C::TimePreviousTen => looks("t told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m).is_some_and(|it| it < 1841)),
        C::TimeNextTen => looks("t told ( told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m).is_some_and(|it| it > 2)),
        C::TimeFirst => looks("t told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m) == Some(1)),
        C::TimeNewest => looks("t told ( told", At("", "Only in the past. t looks back."),
            |m, _| wanted(m) == Some(1842)),
        C::GoToSequence => looks("t told", At("", "Only in the past. t looks back."),
            |m, _| matches!(m.ui.popup(), Some(Popup::GoTo(..)))),
        C::CompareNow => looks("t told", At("", "Only in the past. t looks back."),
            |m, _| m.past.as_ref().is_some_and(|it| it.compare.is_some())),
        C::GoSource => looks("j", At("/ 'zzzz Enter", "No source selected."),
            |m, e| matches!(m.ui.page(), Page::Source(it) if it.source.0 == 2) && asks(e, |it| matches!(it, Ask::SourcePage(_)))),
        C::GoRuns => looks("j", Never,
            |m, _| m.ui.pane == ListId::Runs && !m.ui.unpinned[2] && at(m, ListId::Sources) == 1),
        C::GoDeliveries => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Deliveries(_))),
        C::GoIntegrations => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Integrations)),
        C::GoTokens => looks("", At("t told", "Only now has tokens; this is @1842. Esc returns to now."),
            |m, e| matches!(m.ui.page(), Page::Tokens(_)) && asks(e, |it| *it == Ask::Tokens)),
        C::GoWeb => looks("", At("/ 'zzzz Enter", "Nothing selected that is on the web."),
            |_, e| has(e, |it| matches!(it, Effect::Browse(address) if address == "https://github.com/acme/backend"))),
        C::GoProfiles => looks("", Never,
            |m, e| matches!(m.ui.popup(), Some(Popup::Profiles(_))) && asks(e, |it| *it == Ask::Profiles)),
        C::GoApprovals => looks("", At("t told", "Only now has what waits for an answer; this is @1842. Esc returns to now."),
            |m, _| matches!(m.ui.page(), Page::Approvals(_))),
        C::GoXray => looks("j", At("t told", "Only now has the documents behind a source; this is @1842. Esc returns to now."),
            |m, _| matches!(m.ui.page(), Page::Xray(it) if it.sources.iter().any(|it| it.0 == 2))),
        C::Tour => looks("", Never,
            |m, _| m.ui.tour == Some(0)),
        C::GoPulse => looks("", At("t told", "Only now has the pulse; this is @1842. Esc returns to now."),
            |m, _| matches!(m.ui.page(), Page::Pulse(_))),
        C::GoEventsOfRow => looks("", At("g l", "Nothing selected that has events."),
            |m, _| matches!(m.ui.page(), Page::Events(it) if it.about.is_some())),
        C::GoViews => looks("", Never,
            |m, _| matches!(m.ui.popup(), Some(Popup::Views(..)))),
        C::GoResults => looks("v v O Esc", At("", "No results yet. v marks rows."),
            |m, _| matches!(m.ui.popup(), Some(Popup::Bulk(..)))),
        C::GoLog => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Messages)),
        C::PreviewEvent => looks("g d", At("", "No delivery selected. gd lists them."),
            |_, e| asks(e, |it| matches!(it, Ask::Preview(id) if id.0 == 8))),
        C::Remedy1 => looks("j w told", At("", "There is no remedy 1."),
            |m, e| why_effect(m) == Some(0) && asks_effect(e)),
        C::Remedy2 => looks("j w told", At("", "There is no remedy 2."),
            |m, e| why_effect(m) == Some(1) && asks_effect(e)),
        C::Remedy3 => looks("j w told", At("", "There is no remedy 3."),
            |m, e| why_effect(m) == Some(2) && asks_effect(e)),
        C::Remedy4 => looks("j w told", At("", "There is no remedy 4."),
            |m, e| why_effect(m) == Some(3) && asks_effect(e)),
        C::Remedy5 => looks("j w told", At("", "There is no remedy 5."),
            |m, e| why_effect(m) == Some(4) && asks_effect(e)),
        C::Remedy6 => looks("j w told", At("", "There is no remedy 6."),
            |m, e| why_effect(m) == Some(5) && asks_effect(e)),
        C::Remedy7 => looks("j w told", At("", "There is no remedy 7."),
            |m, e| why_effect(m) == Some(6) && asks_effect(e)),
        C::Remedy8 => looks("j w told", At("", "There is no remedy 8."),
            |m, e| why_effect(m) == Some(7) && asks_effect(e)),
        C::Remedy9 => looks("j w told", At("", "There is no remedy 9."),
            |m, e| why_effect(m) == Some(8) && asks_effect(e)),
        C::Open => looks("", Never,
            |m, _| matches!(m.ui.page(), Page::Source(_))),
        C::Back => looks("w", Never,
            |m, _| matches!(m.ui.page(), Page::Main)),
        C::Jump => looks("", At("/ 'zzzz Enter", "No row to jump to."),
            |m, _| m.ui.jump.as_ref().is_some_and(|it| it.rows.len() == 6)),
        C::Freeze => looks("", At("O", "Still saving."),
            |m, _| m.frozen.is_some()),
        C::BugReport => looks("", Never,
            |_, e| has(e, |it| matches!(it, Effect::BugReport { names: false }))),
        C::Filter => looks("", Never,
            |m, _| m.ui.typing_what() == Some("filter")),
        C::FilterFuzzy => looks("", Never,
            |m, _| m.ui.filtering.as_ref().is_some_and(|(_, it)| it.text() == "~")),
        C::Columns => looks("", At("3", "One cursor is told whole. . shows all of them, with columns."),
            |m, _| matches!(m.ui.popup(), Some(Popup::Columns(..)))),
        C::Mark => looks("", At("g l", "Rows of this list cannot be marked."),
            |m, _| marks(m) == 1 && at(m, ListId::Sources) == 1),
        C::MarkRange => looks("v j j", At("/ 'zzzz Enter", "No row to mark."),
            |m, _| marks(m) == 4),
        C::MarkAll => looks("", At("g l", "Rows of this list cannot be marked."),
            |m, _| marks(m) == 6),
        C::SortName => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::Name),
        C::SortState => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::State),
        C::SortAge => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::Age),
        C::SortLag => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::Lag),
        C::SortRepo => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::Repo),
        C::SortKind => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).sort.by == SortBy::Kind),
        C::Next => looks("j w told", At("", "Only where there are findings, steps, turns or changes."),
            |m, _| at(m, ListId::Findings) == 1),
        C::Previous => looks("j w told ] ]", At("", "Only where there are findings, steps, turns or changes."),
            |m, _| at(m, ListId::Findings) == 1),
        C::MatchNext => looks("4 Enter told Tab Tab / 'pushed Enter g g", At("4 Enter told Tab Tab", "No search yet. / searches the log."),
            |m, _| at(m, ListId::RunLog) == 2),
        C::MatchPrevious => looks("4 Enter told Tab Tab / 'pushed Enter G", At("", "Only in a log."),
            |m, _| at(m, ListId::RunLog) == 0),
        C::LogFollow => looks("4 Enter told", At("", "Only in a log."),
            |m, _| run(m).is_some_and(|it| !it.follow)),
        C::LogLevel => looks("4 Enter told", At("", "Only in a log."),
            |m, _| run(m).is_some_and(|it| it.level == LogLevel::Warn && m.ui.list(ListId::RunLog).is_empty())),
        C::Wrap => looks("4 Enter told", At("", "Only in a log."),
            |m, _| run(m).is_some_and(|it| it.wrap)),
        C::DiffLayout => looks("thread:over", At("", "Only beside a thread."),
            |m, _| thread(m).is_some_and(|it| it.one_column)),
        C::DiffWhole => looks("thread:over", At("thread:new", "No checkpoint yet: what the tools told is all there is."),
            |m, e| thread(m).is_some_and(|it| it.whole) && asks(e, |it| matches!(it, Ask::TurnDiff(_, 0, 2)))),
        C::CopyRow => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| it.contains("backend") && it.contains("github.com/acme/backend"))),
        C::CopyCell => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| !it.is_empty())),
        C::CopyId => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| it == "1")),
        C::CopySha => looks("", At("j j j j", "No commit here."),
            |_, e| copied(e).is_some_and(|it| it == "4f9c2d1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        C::CopyUrl => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| it.ends_with("/api/sources/1"))),
        C::CopyLink => looks("", Never,
            |_, e| copied(e).is_some_and(|it| it.starts_with("jolli console") && it.contains("sources"))),
        C::CopyCurl => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| it.starts_with("curl ") && it.contains("/api/sources/1") && it.contains("$JOLLI_TOKEN"))),
        C::CopyJson => looks("", At("/ 'zzzz Enter", "Nothing selected."),
            |_, e| copied(e).is_some_and(|it| it.contains("\"name\": \"backend\""))),
        C::Export => looks("", At("/ 'zzzz Enter", "No row to take away."),
            |m, _| matches!(m.ui.popup(), Some(Popup::Export(..)))),
        C::ScreenDump => looks("", Never,
            |m, _| matches!(m.ui.popup(), Some(Popup::Dump(..)))),
        C::Palette => looks("", Never,
            |m, _| matches!(m.ui.popup(), Some(Popup::Palette(..)))),
        C::Help => looks("", Never,
            |m, _| matches!(m.ui.popup(), Some(Popup::Help(..)))),
        C::Refresh => looks("w told", Never,
            |m, e| said(m).starts_with("Live:") && asks(e, |it| matches!(it, Ask::Diagnosis(_)))),
        C::Mouse => looks("", Never,
            |m, e| m.ui.mouse && has(e, |it| matches!(it, Effect::Mouse(true)))),
        C::ReadOnly => looks("", At("read-only", "Already read-only."),
            |m, _| m.session.read_only),
        C::Theme => looks("", Never,
            |m, _| palette(m) == Some("theme ")),
        C::Keymap => looks("", Never,
            |m, _| palette(m) == Some("keymap ")),
        C::OpenLink => looks("", Never,
            |m, _| palette(m) == Some("open ")),
        C::Info => looks("", Never,
            |m, e| matches!(m.ui.page(), Page::Info(_)) && asks(e, |it| *it == Ask::Kept)),
        C::Log => looks("", Never,
            |m, e| matches!(m.ui.page(), Page::OwnLog(_)) && asks(e, |it| *it == Ask::OwnLog)),
        C::SignIn => looks("", Never,
            |m, _| matches!(m.ui.popup(), Some(Popup::SignIn(..)))),
        C::Suspend => looks("", Never,
            |_, e| has(e, |it| matches!(it, Effect::Suspend))),
        C::Quit => looks("", Never,
            |m, e| m.quit && has(e, |it| matches!(it, Effect::Persist)) && has(e, |it| matches!(it, Effect::Quit))),
        C::Pane1 => looks("2", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.pane == ListId::Sources),
        C::Pane2 => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.pane == ListId::Bindings),
        C::Pane3 => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.pane == ListId::Cursors),
        C::Pane4 => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.pane == ListId::Runs),
        C::PaneNext => looks("", Never,
            |m, _| m.ui.pane == ListId::Bindings),
        C::PanePrevious => looks("", Never,
            |m, _| m.ui.pane == ListId::Runs),
        C::PaneUnpin => looks("2", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.unpinned[0] && m.ui.list(ListId::Bindings).len() == 3),
        C::PaneZoom => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, _| m.ui.zoom),
        C::SplitLeft => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, e| m.ui.split < 52 && has(e, |it| matches!(it, Effect::Persist))),
        C::SplitRight => looks("", At("w", "Only on the main screen. Esc goes back."),
            |m, e| m.ui.split > 52 && has(e, |it| matches!(it, Effect::Persist))),
        C::MoveUp => looks("j j", Never,
            |m, _| at(m, ListId::Sources) == 1),
        C::MoveDown => looks("", Never,
            |m, _| at(m, ListId::Sources) == 1),
        C::PageUp => looks("G", Never,
            |m, _| at(m, ListId::Sources) == 0),
        C::PageDown => looks("", Never,
            |m, _| at(m, ListId::Sources) == 5),
        C::HalfUp => looks("G", Never,
            |m, _| at(m, ListId::Sources) == 0),
        C::HalfDown => looks("", Never,
            |m, _| at(m, ListId::Sources) == 5),
        C::GoTop => looks("j j", Never,
            |m, _| at(m, ListId::Sources) == 0),
        C::GoBottom => looks("", Never,
            |m, _| at(m, ListId::Sources) == 5),
        C::ColumnLeft => looks("Right Right", Never,
            |m, _| m.ui.list(ListId::Sources).column == 1),
        C::ColumnRight => looks("", Never,
            |m, _| m.ui.list(ListId::Sources).column == 1),
    }
}
