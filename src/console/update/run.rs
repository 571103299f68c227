//! From a command to what it does. Whether it may run was checked before.

use super::Turn;
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::model::{ListId, Page, SortBy};

impl Turn<'_> {
    pub(super) fn run(&mut self, command: C) {
        match command {
            C::MoveUp
            | C::MoveDown
            | C::PageUp
            | C::PageDown
            | C::HalfUp
            | C::HalfDown
            | C::GoTop
            | C::GoBottom => self.walk(command),
            C::ColumnLeft => self.columns(-1),
            C::ColumnRight => self.columns(1),
            C::Pane1 => self.focus(ListId::Sources),
            C::Pane2 => self.focus(ListId::Bindings),
            C::Pane3 => self.focus(ListId::Cursors),
            C::Pane4 => self.focus(ListId::Runs),
            C::PaneNext => self.next_area(true),
            C::PanePrevious => self.next_area(false),
            C::PaneUnpin => self.unpin(),
            C::PaneZoom => self.model.ui.zoom ^= true,
            C::SplitLeft => self.split(-4),
            C::SplitRight => self.split(4),
            C::Open => self.open(),
            C::Back => self.back(),
            C::Jump => self.start_jump(),
            C::Freeze => self.freeze(),
            C::BugReport => self.bug_report(""),
            C::Filter => self.open_filter(""),
            C::FilterFuzzy => self.open_filter("~"),
            C::Columns => self.open_columns(),
            C::Mark => self.mark(),
            C::MarkRange => self.mark_range(),
            C::MarkAll => self.mark_all(),
            C::SortName => self.sort(SortBy::Name),
            C::SortState => self.sort(SortBy::State),
            C::SortAge => self.sort(SortBy::Age),
            C::SortLag => self.sort(SortBy::Lag),
            C::SortRepo => self.sort(SortBy::Repo),
            C::SortKind => self.sort(SortBy::Kind),
            C::WhyStuck => self.open_why(),
            C::Conflicts => self.open_conflicts(),
            C::EventLog => self.open_events(None),
            C::TimeTravel => self.look_back(),
            C::TimeNext
            | C::TimePrevious
            | C::TimeNextTen
            | C::TimePreviousTen
            | C::TimeFirst
            | C::TimeNewest => self.travel(command),
            C::GoToSequence => self.open_go_to(),
            C::CompareNow => self.compare_now(),
            C::GoSource => self.go_source(),
            C::GoRuns => self.go_runs(),
            C::GoDeliveries => self.open_deliveries(),
            C::GoViews => self.open_views(),
            C::GoIntegrations => self.open_page(Page::Integrations),
            C::GoWeb => self.go_web(),
            C::Info => self.open_info(),
            C::Log => self.open_own_log(),
            C::GoProfiles => self.open_profiles(),
            C::ProfileNew => self.open_new_profile(),
            C::ProfileEdit => self.open_profile_form(),
            C::ProfileRemove => self.ask_to_remove_profile(),
            C::SignOut => self.open_sign_out(),
            C::GoTokens => self.open_tokens(),
            C::GoEventsOfRow => self.go_events_of_row(),
            C::GoResults => self.open_results(),
            C::GoLog => self.open_page(Page::Messages),
            C::Next => self.landmark(true),
            C::Previous => self.landmark(false),
            C::MatchNext => self.next_match(true),
            C::MatchPrevious => self.next_match(false),
            C::LogFollow => self.follow_log(),
            C::LogLevel => self.log_level(),
            C::Wrap => {
                match self.model.ui.page_mut() {
                    Page::Run(view) => view.wrap ^= true,
                    Page::Thread(view) => view.wrap ^= true,
                    _ => {}
                }
                self.lay_thread_out();
            }
            C::DiffLayout => self.diff_layout(),
            C::DiffWhole => self.diff_whole(),
            C::Instruct => self.open_writing(),
            C::RuntimeMode => self.open_mode(),
            C::TurnInterrupt | C::SessionStop => self.ask_to_end(command),
            C::CheckpointRevert => self.open_revert(),
            C::GoApprovals => self.open_approvals(),
            C::GoPulse => self.open_pulse(),
            C::GoXray => self.open_xray(),
            C::ApproveOnce | C::ApproveSession | C::Decline => self.answer(command),
            C::CopyRow
            | C::CopyCell
            | C::CopyId
            | C::CopySha
            | C::CopyUrl
            | C::CopyLink
            | C::CopyCurl
            | C::CopyJson => self.copy(command),
            C::Export => self.open_export(),
            C::ScreenDump => self.open_dump(),
            C::Palette => self.open_palette(),
            C::Help => self.open_help(),
            C::Tour => self.tour(),
            C::Mouse => {
                self.model.ui.mouse ^= true;
                let on = self.model.ui.mouse;
                self.effect(Effect::Mouse(on));
                self.tell(if on {
                    tr!("Mouse on: the terminal's own selection needs Shift. m turns it off.")
                } else {
                    tr!("Mouse off.")
                });
            }
            C::Refresh => self.refresh(),
            C::ReadOnly => {
                self.model.session.read_only = true;
                self.model.session.read_only_said = true;
                self.tell(tr!(
                    "Read-only from here on. Start the console again to change anything."
                ));
            }
            C::Theme | C::Keymap | C::OpenLink => self.ask_argument(command),
            C::SignIn => self.open_sign_in(None),
            C::Suspend => self.effect(Effect::Suspend),
            C::Quit => self.quit(),
            C::PreviewEvent => self.preview_delivery(),
            C::Remedy1
            | C::Remedy2
            | C::Remedy3
            | C::Remedy4
            | C::Remedy5
            | C::Remedy6
            | C::Remedy7
            | C::Remedy8
            | C::Remedy9 => {
                if let Some(n) = command.remedy() {
                    self.choose_remedy(n);
                }
            }
            C::Link => self.open_link_wizard(),
            C::SourceToggle => self.toggle_sources(),
            C::SourceEdit => self.open_source_form(),
            C::SourceNew => self.open_new_source(),
            C::EditOutside => self.edit_outside(),
            C::SpaceEdit => self.open_space_form(),
            C::SpaceNew => self.open_new_space("", Vec::new()),
            C::BindingToggle => self.toggle_bindings(),
            C::BindingEdit => self.open_pattern_form(),
            C::Bind => self.open_bind(),
            C::Unbind
            | C::CatchUp
            | C::RunRetry
            | C::RunAgain
            | C::Redeliver
            | C::IntegrationCheck => self.act_on_targets(command),
            C::SourcePause => self.pause_sources(),
            // Never enabled by itself; a remedy brings its own call.
            C::QueueResume | C::LocalRemove => {}
            C::IntegrationNew => self.open_new_integration(),
            C::IntegrationEdit => self.open_integration_form(),
            C::CredentialSet => self.open_credential_form(),
            C::TokenNew => self.open_token_form(),
            C::Undo => self.undo(),
            C::Redo => self.redo(),
            C::Unlink
            | C::SourceDelete
            | C::CursorClear
            | C::Rebaseline
            | C::RunCancel
            | C::SpaceSkip
            | C::LeaseRelease
            | C::SecretRotate
            | C::CredentialRemove
            | C::IntegrationDelete
            | C::TokenRevoke => self.open_danger(command),
        }
    }

    fn quit(&mut self) {
        self.model.quit = true;
        self.effect(Effect::Persist);
        self.effect(Effect::Quit);
    }

    fn refresh(&mut self) {
        self.retry_past();
        if let Page::Info(_) | Page::OwnLog(_) = self.model.ui.page() {
            // They are of this machine, whatever the server does.
            self.ask_own();
        }
        if self.model.connection.is_live() {
            self.tell(tr!(
                "Live: everything is as of now. The page is asked for again."
            ));
            if let Page::Thread(view) = self.model.ui.page_mut() {
                view.diffs.retain(|_, diff| diff.failure().is_none());
                view.forget_full();
            }
            self.retry_revert();
            self.refresh_page();
        } else {
            self.tell(tr!("Trying again."));
            self.effect(Effect::Reconnect);
        }
    }
}
