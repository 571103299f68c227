//! Opening and leaving pages, and asking for what only they show.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Turn, Waiting};
use crate::api::{DeliveryId, EvidenceLink, JobId, LogLevel, SourceId, SpaceId};
use crate::console::effect::{Ask, Effect};
use crate::console::model::here::is_local;
use crate::console::model::{
    ConflictsView, Connection, DeliveriesView, DeliveryView, ListId, Load, Page, Popup, RowKey,
    RunView, SourceView, WhyView,
};
use crate::console::msg::Timer;
use crate::console::possible::target;

/// How often the log of a run that goes on is asked for: log lines are no events and do not come with the feed.
pub(super) const LOG_EVERY: Duration = Duration::from_secs(1);

impl Turn<'_> {
    /// Puts a page in front.
    pub(super) fn open_page(&mut self, page: Page) {
        // A page that is asked for is seen: a table that goes on by itself gives way, gb brings it back.
        while let Some(Popup::Bulk(_) | Popup::Profiles(_)) = self.model.ui.popup() {
            self.close_popup();
        }
        let same = std::mem::discriminant(self.model.ui.page()) == std::mem::discriminant(&page);
        if same {
            self.leave_page();
            *self.model.ui.page_mut() = page;
        } else {
            self.model.ui.pages.push(page);
        }
        for list in self.model.ui.page().areas() {
            self.restart(*list);
        }
    }

    pub(super) fn leave_page(&mut self) {
        let page = self.model.ui.page().clone();
        match page {
            Page::Source(view) => self.forget(|it| it == Waiting::SourcePage(view.source)),
            Page::Why(view) => self.forget(|it| {
                matches!(it, Waiting::Diagnosis(id) | Waiting::RemedyEffect(id, _) if id == view.source)
            }),
            Page::Run(view) => {
                self.forget(|it| {
                    matches!(it, Waiting::Log(id) | Waiting::Job(id) | Waiting::Waits(id) if id == view.job)
                });
                self.effect(Effect::Disarm(Timer::Log));
            }
            Page::Thread(view) => self.forget(|it| {
                matches!(it, Waiting::Thread(n) | Waiting::TurnDiff(n, _) | Waiting::FullDiff(n)
                    | Waiting::RevertDiff(n, _) if n == view.number)
            }),
            Page::Approvals(_) => self.forget(|it| it == Waiting::Questions),
            Page::Xray(_) => self.forget(|it| matches!(it, Waiting::Documents(..))),
            Page::Pulse(_) => self.forget(|it| matches!(it, Waiting::Pulse(_))),
            Page::Tokens(_) => self.forget(|it| it == Waiting::Tokens),
            Page::Deliveries(_) => self.forget(|it| matches!(it, Waiting::Preview(_))),
            Page::Delivery(view) => self.forget(|it| it == Waiting::Delivery(view.delivery)),
            Page::Events(_) => {
                self.forget(|it| matches!(it, Waiting::OlderEvents | Waiting::NewerEvents));
            }
            Page::Conflicts(_) => {
                self.forget(|it| matches!(it, Waiting::Conflicts | Waiting::ConflictEffect(_)));
            }
            Page::Info(_) | Page::OwnLog(_) => {
                self.forget(|it| matches!(it, Waiting::Kept | Waiting::OwnLog));
            }
            Page::Main | Page::Integrations | Page::Integration(_) | Page::Messages => {}
        }
    }

    /// `Esc`: field, popup, page, filter, marks; never quits.
    pub(super) fn back(&mut self) {
        if self.close_popup() {
            return;
        }
        if let Page::Deliveries(view) = self.model.ui.page_mut()
            && view.preview.take().is_some()
        {
            return;
        }
        if self.leave_revert() {
            return;
        }
        let list = self.model.ui.focus();
        let state = self.model.ui.list(list);
        // Nothing matches: what the pane says is that Esc clears the filter.
        if state.is_filtered() && state.is_empty() {
            self.set_filter(list, "");
            return;
        }
        if self.model.ui.pages.len() > 1 {
            self.leave_page();
            self.model.ui.pages.pop();
            if matches!(self.model.ui.page(), Page::Events(_)) {
                self.restart(ListId::Events);
            } else {
                self.fill_page();
                self.compare_again();
                self.look_again();
            }
            self.follow_selection();
            return;
        }
        if self.leave_past() {
            return;
        }
        if self.model.ui.zoom {
            self.model.ui.zoom = false;
            return;
        }
        let state = self.model.ui.list_mut(list);
        if state.is_filtered() {
            self.set_filter(list, "");
        } else if !state.marks.is_empty() {
            state.marks.clear();
            state.anchor = None;
        } else {
            self.end_tour();
        }
    }

    /// `Enter` on the selected row.
    pub(super) fn open(&mut self) {
        if let Connection::Taken { address, .. } = &self.model.connection
            && matches!(self.model.ui.page(), Page::Main)
        {
            let address = address.clone();
            self.effect(Effect::Switch(address));
            return;
        }
        if matches!(self.model.ui.page(), Page::Thread(view) if view.revert.is_some()) {
            self.revert_entered();
            return;
        }
        let list = self.model.ui.focus();
        match (list, self.model.selected(list)) {
            (
                ListId::Sources | ListId::Cursors | ListId::LinkedSources,
                Some(RowKey::Source(id)),
            ) => self.open_source(id),
            (ListId::Bindings, Some(RowKey::Binding(space, source))) => {
                if matches!(self.model.ui.page(), Page::Source(_)) {
                    self.open_last_run_of(space, source);
                } else {
                    self.open_source(source);
                    self.select_key(ListId::Bindings, RowKey::Binding(space, source));
                }
            }
            (ListId::Runs, Some(RowKey::Job(id))) => self.open_run(id),
            (ListId::Deliveries | ListId::ItsDeliveries, Some(RowKey::Delivery(id))) => {
                self.open_delivery(id);
            }
            (ListId::Integrations, Some(RowKey::Integration(id))) => self.open_integration(id),
            (ListId::Tokens, Some(RowKey::Token(_))) => self.open_deeds_of_token(),
            (ListId::Events, Some(RowKey::Event(sequence))) => self.open_event(sequence),
            (ListId::Findings, Some(_)) => self.focus(ListId::Evidence),
            (ListId::Evidence, Some(_)) => self.open_evidence(),
            (ListId::Actions, Some(_)) => {
                let n = self.model.ui.list(ListId::Actions).position;
                self.remedy_entered(n);
            }
            (ListId::Conflicts, Some(_)) => self.focus(ListId::Places),
            (ListId::Places, Some(_)) => self.open_place(),
            (ListId::Remedies, Some(_)) => {
                let n = self.model.ui.list(ListId::Remedies).position;
                self.conflict_remedy_entered(n);
            }
            (ListId::Steps, Some(_)) => self.focus(ListId::RunSpaces),
            (ListId::RunSpaces, Some(_)) => {
                let place = self.model.ui.list(ListId::RunSpaces).position;
                let space = self.model.shown_job().and_then(|job| job.spaces.get(place));
                let text = match space {
                    Some(space) => match (&space.error, &space.thread_id) {
                        (_, Some(thread)) => {
                            let thread = thread.clone();
                            self.open_thread_of(&thread);
                            return;
                        }
                        (Some(error), None) => error.clone(),
                        (None, None) => tr!("This run has no thread: provider is none.").to_owned(),
                    },
                    None => return,
                };
                self.tell(text);
            }
            (ListId::Compare, Some(RowKey::Place(place))) => self.open_difference(place as usize),
            (ListId::Thread, Some(RowKey::Line(entry, _))) => self.unfold(entry),
            (ListId::Approvals, Some(RowKey::Approval(question))) => self.open_question(question),
            (ListId::Pulse, Some(_)) => {
                let place = self.model.ui.list(ListId::Pulse).position;
                self.open_pulse_line(place);
            }
            (ListId::Xray, _) => self.open_xray_line(),
            (ListId::Timeline, Some(_)) => {
                if let Some(job) = self.model.charted_run() {
                    self.open_run(job);
                }
            }
            _ => self.refuse(tr!("Enter opens nothing here.")),
        }
    }

    pub(super) fn go_source(&mut self) {
        if let Some(id) = target::source(self.model).map(|it| it.id) {
            self.model.ui.popups.clear();
            self.open_source(id);
        }
    }

    pub(super) fn open_source(&mut self, source: SourceId) {
        if is_local(source) {
            let mount = self.model.replica.mount_words(source);
            self.refuse(tr!(
                "Only in ./.jolli/sources.json: {mount}. l links it.",
                mount
            ));
            return;
        }
        self.open_page(Page::Source(Box::new(SourceView {
            source,
            page: Load::loading(),
        })));
        if self.model.past.is_none() {
            self.ask(Waiting::SourcePage(source), Ask::SourcePage(source));
        }
    }

    pub(super) fn open_why(&mut self) {
        if let Some(source) = target::source(self.model).map(|it| it.id) {
            self.open_why_of(source);
        }
    }

    /// The diagnosis of a source that need not be the selected one: a filter may hide it.
    pub(super) fn open_why_of(&mut self, source: SourceId) {
        self.open_page(Page::Why(Box::new(WhyView {
            source,
            diagnosis: Load::loading(),
            focus: ListId::Findings,
            effect: None,
        })));
        self.ask(Waiting::Diagnosis(source), Ask::Diagnosis(source));
    }

    pub(super) fn open_conflicts(&mut self) {
        let about = target::source(self.model).map(|it| it.name.clone());
        // What the docs project has is of now.
        let in_project = self.model.session.in_project && self.model.past.is_none();

        self.open_page(Page::Conflicts(ConflictsView {
            focus: ListId::Conflicts,
            here: in_project.then(Load::loading),
            effect: None,
        }));
        self.compare_again();
        let place = self
            .model
            .conflicts()
            .iter()
            .position(|it| about.is_some() && it.source_name == about);
        if let Some(place) = place {
            self.select_key(ListId::Conflicts, RowKey::Place(place as u32));
        }
    }

    pub(super) fn open_run(&mut self, job: JobId) {
        let known = self.model.replica.jobs.get(job).is_some();
        if !known && self.only_now(tr!("runs so old")) {
            return;
        }
        self.open_page(Page::Run(Box::new(RunView {
            job,
            focus: ListId::Steps,
            log: Load::loading(),
            follow: true,
            level: LogLevel::Info,
            wrap: false,
            search: String::new(),
            older: Load::default(),
            waits: BTreeSet::new(),
        })));
        if self.model.replica.jobs.get(job).is_none() {
            if let Page::Run(view) = self.model.ui.page_mut() {
                view.older = Load::loading();
            }
            self.ask(Waiting::Job(job), Ask::Job(job));
        }
        if self.model.past.is_none() {
            self.ask(Waiting::Log(job), Ask::RunLog(job, 0));
            self.ask_waits();
        }
    }

    fn open_last_run_of(&mut self, space: SpaceId, source: SourceId) {
        let newest = self
            .model
            .replica
            .jobs
            .iter()
            .map(|(_, job)| job)
            .filter(|job| job.source_id == source && job.affected_space_ids.contains(&space))
            .map(|job| job.id)
            .max();
        match newest {
            Some(job) => self.open_run(job),
            None => self.refuse(tr!(
                "Never ran for this space. rc compares with the remote now."
            )),
        }
    }

    pub(super) fn go_runs(&mut self) {
        let source = target::source(self.model).map(|it| it.id);
        self.go_main();
        if let Some(source) = source {
            self.select_key(ListId::Sources, RowKey::Source(source));
        }
        self.model.ui.unpinned[2] = false;
        self.model.ui.pane = ListId::Runs;
        self.restart(ListId::Runs);
        self.follow_selection();
        self.older_if_near_end(ListId::Runs);
    }

    /// Leaves every page.
    pub(super) fn go_main(&mut self) {
        while self.model.ui.pages.len() > 1 {
            self.leave_page();
            self.model.ui.pages.pop();
        }
    }

    pub(super) fn open_deliveries(&mut self) {
        self.open_page(Page::Deliveries(DeliveriesView::default()));
    }

    pub(super) fn open_delivery(&mut self, delivery: DeliveryId) {
        if self.only_now(tr!("headers and body")) {
            return;
        }
        self.open_page(Page::Delivery(Box::new(DeliveryView {
            delivery,
            page: Load::loading(),
            lines: Vec::new(),
        })));
        self.ask(Waiting::Delivery(delivery), Ask::Delivery(delivery));
    }

    pub(super) fn preview_delivery(&mut self) {
        let Some(id) = target::delivery(self.model).map(|it| it.id) else {
            return;
        };
        if let Page::Delivery(_) = self.model.ui.page() {
            self.back();
        }
        if let Page::Deliveries(view) = self.model.ui.page_mut() {
            view.preview = Some((id, Load::loading()));
            self.forget(|it| matches!(it, Waiting::Preview(_)));
            self.ask(Waiting::Preview(id), Ask::Preview(id));
        }
    }

    pub(super) fn go_events_of_row(&mut self) {
        let row = target::row(self.model);
        self.open_events(row);
    }

    fn open_evidence(&mut self) {
        let Page::Why(view) = self.model.ui.page() else {
            return;
        };
        let finding = self.model.ui.list(ListId::Findings).position;
        let place = self.model.ui.list(ListId::Evidence).position;
        let link = view
            .diagnosis
            .value
            .as_ref()
            .and_then(|it| it.findings.get(finding)?.evidence.get(place)?.link.clone());
        match link {
            Some(EvidenceLink::Job(id)) => self.open_run(id),
            Some(EvidenceLink::Delivery(id)) => self.open_delivery(id),
            Some(EvidenceLink::Integration(id)) => self.open_integration(id),
            Some(EvidenceLink::Space(space)) => {
                let source = view.source;
                self.open_source(source);
                self.select_key(ListId::Bindings, RowKey::Binding(space, source));
            }
            Some(EvidenceLink::Event(sequence)) => self.open_event_at(sequence),
            None => self.refuse(tr!("This line is the evidence; it opens nothing more.")),
        }
    }

    pub(super) fn follow_log(&mut self) {
        if let Page::Run(view) = self.model.ui.page_mut() {
            view.follow ^= true;
        }
        self.fill(ListId::RunLog);
    }

    pub(super) fn log_level(&mut self) {
        if let Page::Run(view) = self.model.ui.page_mut() {
            view.level = match view.level {
                LogLevel::Debug => LogLevel::Info,
                LogLevel::Info => LogLevel::Warn,
                LogLevel::Warn => LogLevel::Error,
                LogLevel::Error => LogLevel::Debug,
            };
        }
        self.fill(ListId::RunLog);
    }

    /// More of the log, while its run goes on and its page is in front.
    pub(super) fn more_log(&mut self) {
        let Page::Run(view) = self.model.ui.page() else {
            return;
        };
        let job = view.job;
        let seen = view
            .log
            .value
            .as_ref()
            .and_then(|lines| lines.last())
            .map_or(0, |line| line.seq);
        if self.is_waiting(Waiting::Log(job)) || !self.model.connection.is_reachable() {
            return;
        }
        self.ask(Waiting::Log(job), Ask::RunLog(job, seen));
    }

    /// Asks again for what only the page in front shows; at most one at a time.
    pub(super) fn refresh_page(&mut self) {
        // The past does not change.
        if self.model.past.is_some() {
            return;
        }
        match self.model.ui.page() {
            Page::Source(view) => {
                let what = Waiting::SourcePage(view.source);
                let ask = Ask::SourcePage(view.source);
                self.ask_once(what, ask);
            }
            Page::Why(view) => {
                let what = Waiting::Diagnosis(view.source);
                let ask = Ask::Diagnosis(view.source);
                self.ask_once(what, ask);
            }
            Page::Run(_) => {
                self.more_log();
                self.ask_waits();
            }
            Page::Thread(_) => self.ask_thread(),
            Page::Approvals(_) => self.ask_questions(),
            Page::Pulse(_) => self.ask_pulse(),
            Page::Tokens(_) => self.ask_tokens(),
            Page::Xray(_) => self.ask_xray(),
            Page::Delivery(view) => {
                let what = Waiting::Delivery(view.delivery);
                let ask = Ask::Delivery(view.delivery);
                self.ask_once(what, ask);
            }
            Page::Events(_) => self.newer_events(),
            Page::Conflicts(_) => self.compare_again(),
            Page::Main
            | Page::Deliveries(_)
            | Page::Integrations
            | Page::Integration(_)
            | Page::Info(_)
            | Page::OwnLog(_)
            | Page::Messages => {}
        }
    }

    /// Asks what the docs project adds, where the console was started in one.
    pub(super) fn compare_again(&mut self) {
        if matches!(self.model.ui.page(), Page::Conflicts(view) if view.here.is_some()) {
            self.ask_once(Waiting::Conflicts, Ask::Conflicts);
        }
    }

    pub(super) fn ask_once(&mut self, what: Waiting, ask: Ask) {
        if self.is_waiting(what) {
            self.model.flow.page_again = true;
        } else {
            self.ask(what, ask);
        }
    }

    /// `1`-`9`: chooses a remedy and shows its effect.
    pub(super) fn choose_remedy(&mut self, n: usize) {
        match self.model.ui.page() {
            Page::Why(_) => {
                self.focus(ListId::Actions);
                self.select(ListId::Actions, n);
                self.ask_remedy_effect(n);
            }
            Page::Conflicts(_) => {
                self.focus(ListId::Remedies);
                self.select(ListId::Remedies, n);
                self.ask_conflict_effect(n);
            }
            _ => {}
        }
    }
}
