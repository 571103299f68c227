//! Profiles: the list, the form, and switching to another server without a restart. What was typed and not sent, and what
//! can be undone, stays with the profile that it belongs to (console.md: Profiles).

use super::change::refusal_text;
use super::{Turn, Waiting};
use crate::console::effect::{Ask, Effect};
use crate::console::model::flow::Stash;
use crate::console::model::{
    ApprovalsView, Check, Connection, DeliveriesView, Form, FormField, FormKind, Layout, ListId,
    Load, Model, Page, Pending, Popup, ProfileChange, ProfilePicker, ProfileRow, Session, SignOut,
    TokensView, Ui,
};
use crate::console::msg::{Answer, Failure};
use crate::console::possible::target;

impl Turn<'_> {
    /// `gp`.
    pub(super) fn open_profiles(&mut self) {
        let stays = stays(self.model);
        self.model.ui.popups.push(Popup::Profiles(ProfilePicker {
            rows: Load::loading(),
            stays,
        }));
        self.restart(ListId::Popup);
        self.ask_profiles();
    }

    fn ask_profiles(&mut self) {
        self.forget(|it| it == Waiting::Profiles);
        self.ask(Waiting::Profiles, Ask::Profiles);
    }

    /// The file of profiles was read, or changed and read.
    pub(super) fn profiles_answered(&mut self, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let sends =
            |it: &Popup| matches!(it, Popup::Form(form) if form.kind.is_profile() && form.sending);
        let from_form = self.model.ui.popups.last().is_some_and(sends);
        let rows = match result {
            Ok(Answer::Profiles(rows)) => rows,
            Ok(_) => return,
            Err(failure) if from_form => {
                if let Some(Popup::Form(form)) = self.model.ui.popups.last_mut() {
                    form.sending = false;
                    form.problem = Some(refusal_text(&failure));
                }
                return;
            }
            Err(failure) => {
                for popup in &mut self.model.ui.popups {
                    if let Popup::Profiles(picker) = popup {
                        picker.rows.failed(refusal_text(&failure));
                    }
                }
                return;
            }
        };
        if from_form {
            self.model.ui.popups.pop();
        }
        let chosen = target::profile(self.model).map(|it| it.name.clone());
        let session = &mut self.model.session;
        if let Some(used) = rows.iter().find(|it| it.name == session.profile && it.kept) {
            session.production = used.production;
        }
        let used = session.profile.clone();
        for popup in &mut self.model.ui.popups {
            if let Popup::Profiles(picker) = popup {
                picker.rows.ready(rows.clone(), now);
            }
        }
        let again = chosen.unwrap_or(used);
        self.restart(ListId::Popup);
        if let Some(place) = rows.iter().position(|it| it.name == again) {
            self.select(ListId::Popup, place);
        }
    }

    /// `Enter` on a profile.
    pub(super) fn profile_entered(&mut self) {
        if let Some(name) = target::profile(self.model).map(|it| it.name.clone()) {
            self.switch_profile(&name);
        }
    }

    /// Goes to the server of another profile.
    pub(super) fn switch_profile(&mut self, name: &str) {
        if name == self.model.session.profile {
            self.refuse(tr!("{name} is in use.", name));
            return;
        }
        self.effect(Effect::Switch(name.to_owned()));
    }

    /// The console is at another server: nothing of the one before is on the screen or under way any more.
    pub(super) fn switched(&mut self, session: Session, starts_server: bool) {
        while let Some(popup) = self.model.ui.popups.pop() {
            match popup {
                Popup::Form(form) => self.keep_draft(*form),
                Popup::Writing(writing) => self.keep_writing(*writing),
                _ => {}
            }
        }
        let stayed = stays(self.model);
        let keymap = self.model.keymap.clone();
        let zone = self.model.zone.clone();
        let session_now = &self.model.session;
        let read_only = (session_now.read_only, session_now.read_only_said);
        let fresh = Model::new(session, keymap, zone, self.model.now);
        let left = std::mem::replace(self.model, fresh);
        let (was, mut flow, mut work) = (left.session, left.flow, left.work);
        // Asked for again with the same key once the console is back: each may have been taken.
        for pending in std::mem::take(&mut flow.parked) {
            let request = work.next_request();
            work.pending.insert(request, pending);
        }
        let sent = work.pending.values_mut();
        sent.for_each(|it: &mut Pending| it.unsure = true);
        work.toasts.clear();
        work.flashes.clear();
        work.message = None;
        let notes = std::mem::take(&mut work.notes);
        let numbers = (work.last_request, work.last_toast, work.last_group);
        if let Some(role) = was.role() {
            flow.roles.insert(was.profile.clone(), role);
        }
        let (mut stashes, mut drafts) = (flow.stashes, flow.drafts);
        // The form of a profile is this user's, whatever server is in front.
        let (own, of_server) = drafts.drain(..).partition(|it| it.kind.is_profile());
        stashes.insert(
            was.profile.clone(),
            Stash {
                work,
                drafts: of_server,
                writings: flow.writings,
                backs: flow.backs,
            },
        );
        let mine = stashes
            .remove(&self.model.session.profile)
            .unwrap_or_default();
        let model = &mut *self.model;
        (model.session.read_only, model.session.read_only_said) = read_only;
        model.work = mine.work;
        model.work.notes = notes;
        // Numbers are never used twice in a session, so that a late reply finds nobody.
        (
            model.work.last_request,
            model.work.last_toast,
            model.work.last_group,
        ) = numbers;
        model.flow.drafts = mine.drafts;
        model.flow.drafts.extend::<Vec<Form>>(own);
        model.flow.writings = mine.writings;
        model.flow.backs = mine.backs;
        model.flow.stashes = stashes;
        model.flow.roles = flow.roles;
        model.flow.session_key = flow.session_key;
        model.flow.threads = flow.threads;
        model.about = left.about;
        model.taste = left.taste;
        model.ui = match left.past {
            // The screen of then was of the other server; the one before it is gone back to.
            Some(past) => same_view(before(*past.back, left.ui)),
            None => same_view(left.ui),
        };
        if starts_server {
            model.connection = Connection::Starting;
        }
        let name = model.session.profile.clone();
        self.fill_all();
        let stays = stayed.map_or_else(String::new, |what| {
            tr!(" {what} with {profile}.", what, profile = was.profile)
        });
        self.info(tr!("On {name}.{stays}", name, stays));
    }

    /// `+` in the list of profiles.
    pub(super) fn open_new_profile(&mut self) {
        let fields = fields(&ProfileRow::default(), true);
        self.open_form(FormKind::ProfileNew, tr!("Add a profile").into(), fields);
    }

    /// `i` in the list of profiles.
    pub(super) fn open_profile_form(&mut self) {
        let Some(row) = target::profile(self.model).cloned() else {
            return;
        };
        let title = tr!("Edit profile {name}", name = row.name);
        let fields = fields(&row, false);
        self.open_form(FormKind::ProfileEdit(row.name), title, fields);
    }

    /// A form of a profile is done: this user's own file is changed, no server is asked.
    pub(super) fn save_profile(&mut self) {
        let Some(Popup::Form(form)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if form.sending {
            return;
        }
        let text = |name: &str| {
            let entry = form.fields.iter().find(|it| it.name == name);
            entry.map_or("", |it| it.field.text().trim()).to_owned()
        };
        let given = |name: &str| Some(text(name)).filter(|it| !it.is_empty());
        let row = ProfileRow {
            name: match &form.kind {
                FormKind::ProfileEdit(name) => name.clone(),
                _ => text("name"),
            },
            server: text("server"),
            org: given("org"),
            space: given("space"),
            production: text("production") == "yes",
            ..ProfileRow::default()
        };
        let change = match form.kind {
            FormKind::ProfileNew => ProfileChange::Add(row),
            _ => ProfileChange::Set(row),
        };
        form.sending = true;
        form.problem = None;
        self.forget(|it| it == Waiting::Profiles);
        self.ask(Waiting::Profiles, Ask::ProfileChange(change));
    }

    /// `!d` in the list of profiles, after the name was typed.
    pub(super) fn remove_profile(&mut self, name: String) {
        self.model.ui.popups.pop();
        self.forget(|it| it == Waiting::Profiles);
        let change = ProfileChange::Remove(name);
        self.ask(Waiting::Profiles, Ask::ProfileChange(change));
    }

    /// `:sign-out`.
    pub(super) fn open_sign_out(&mut self) {
        let popup = Popup::SignOut(SignOut::default());
        self.model.ui.popups.push(popup);
    }

    /// `Enter`: the token of the profile in use is forgotten.
    pub(super) fn sign_out_entered(&mut self) {
        let Some(Popup::SignOut(asked)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if !std::mem::replace(&mut asked.trying, true) {
            asked.problem = None;
            self.ask(Waiting::SignOut, Ask::SignOut);
        }
    }

    pub(super) fn sign_out_answered(&mut self, result: Result<Answer, Failure>) {
        match result {
            Ok(_) => {
                let asks = |it: &Popup| matches!(it, Popup::SignOut(_));
                self.model.ui.popups.retain(|it| !asks(it));
                let name = self.model.session.profile.clone();
                self.done(tr!("The token of {name} is forgotten.", name), "");
                self.effect(Effect::Reconnect);
            }
            Err(failure) => {
                if let Some(Popup::SignOut(asked)) = self.model.ui.popups.last_mut() {
                    asked.trying = false;
                    asked.problem = Some(refusal_text(&failure));
                }
            }
        }
    }
}

/// What stays behind: `1 draft stays`, with what was sent and not answered.
fn stays(model: &Model) -> Option<String> {
    let flow = &model.flow;
    let drafts = flow.drafts.iter().filter(|it| !it.kind.is_profile());
    let drafts = drafts.count() + flow.writings.len();
    let sent = model.work.pending.len() + flow.parked.len();
    match (drafts, sent) {
        (0, 0) => None,
        (drafts, 0) => Some(tr_n!(drafts, "{count} draft stays", "{count} drafts stay")),
        (0, sent) => Some(tr_n!(
            sent,
            "{count} change that is not confirmed stays",
            "{count} changes that are not confirmed stay"
        )),
        (drafts, sent) => {
            let drafts = tr_n!(drafts, "{count} draft", "{count} drafts");
            Some(tr_n!(
                sent,
                "{drafts} and {count} change that is not confirmed stay",
                "{drafts} and {count} changes that are not confirmed stay",
                drafts
            ))
        }
    }
}

/// The screen as it was before another moment was looked at, where the terminal is as it is now.
fn before(back: Ui, then: Ui) -> Ui {
    let mut ui = Ui {
        size: then.size,
        split: then.split,
        viewports: then.viewports,
        mouse: then.mouse,
        tour: then.tour,
        tour_offered: then.tour_offered,
        ..back
    };
    for (id, list) in then.lists {
        let known = ui.list_mut(id);
        known.generation = known.generation.max(list.generation);
    }
    ui
}

/// The screen as it was arranged, of a server that nothing is known of yet. Pages about a row of the other server close.
fn same_view(mut left: Ui) -> Ui {
    let top = left.pages.pop().and_then(|page| match page {
        Page::Integrations | Page::Messages => Some(page),
        Page::Deliveries(_) => Some(Page::Deliveries(DeliveriesView::default())),
        Page::Approvals(_) => Some(Page::Approvals(ApprovalsView::default())),
        Page::Tokens(_) => Some(Page::Tokens(TokensView::default())),
        _ => None,
    });
    let layout = Layout::of(&left);
    let mut ui = Ui {
        size: left.size,
        pane: left.pane,
        zoom: left.zoom,
        viewports: left.viewports,
        mouse: left.mouse,
        tour: left.tour,
        ..Ui::default()
    };
    layout.put(&mut ui);
    ui.pages.extend(top);
    for (id, list) in left.lists {
        let new = ui.list_mut(id);
        new.filter = list.filter;
        new.sort = list.sort;
        // Answers about the rows of the other server are of an older generation.
        new.generation = list.generation + 1;
    }
    ui
}

fn fields(row: &ProfileRow, new: bool) -> Vec<FormField> {
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    let field = FormField::new;
    let mut fields = Vec::new();
    if new {
        fields.push(field(
            "name",
            tr!("name"),
            Check::Name,
            "",
            tr!("what to call it"),
        ));
    }
    fields.push(field(
        "server",
        tr!("server"),
        Check::Text,
        &row.server,
        "https://host[:port]",
    ));
    fields.push(field(
        "org",
        tr!("org"),
        Check::Text,
        &or(&row.org),
        tr!("its slug; tokens are kept for it alone"),
    ));
    fields.push(field(
        "space",
        tr!("space"),
        Check::Text,
        &or(&row.space),
        tr!("its slug, for the command line"),
    ));
    fields.push(field(
        "production",
        tr!("production"),
        Check::Words(&["no", "yes"]),
        if row.production { "yes" } else { "no" },
        tr!("→ chooses: no yes; yes frames every screen"),
    ));
    fields
}
