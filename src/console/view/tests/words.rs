//! What stands where there are no rows, word for word: nothing there, nothing found, nothing chosen, not loaded, not allowed
//! (screens.md §6). Every row of that table and its test: `tests/console/words.md`.

use super::super::fixture::{self, BACKEND, FRONTEND, SCRATCH, ago, pages};
use super::text;
use crate::api::{Role, Snapshot};
use crate::console::model::{
    Connection, ListId, ListState, Load, LoadState, Model, Outage, Page, Popup, Replica, RowKey,
    WhyView,
};
use crate::console::query::Query;

/// What the screen says, frames and line ends taken away: one column, so that words stand behind each other.
fn said(model: &Model) -> String {
    let frames = |c: char| !c.is_alphanumeric() && "┏┓┗┛━┃┌┐└┘─│".contains(c);
    let shown = text(model, 100, 30).replace(frames, " ");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(model: &Model, words: &str) {
    let shown = said(model);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains(&words), "{words:?} is not said:\n{shown}");
}

/// The main screen with one pane open.
fn pane(list: ListId) -> Model {
    let mut model = pages::quiet();
    model.ui.pane = list;
    model
}

fn emptied(mut model: Model) -> Model {
    for list in ListId::ALL {
        *model.ui.list_mut(list) = ListState::default();
    }
    model
}

/// Connected, and nothing came yet.
fn unloaded(model: Model) -> Model {
    let mut model = emptied(model);
    model.replica = Replica::default();
    model.connection = Connection::Connecting;
    model
}

/// Loaded, and there is nothing.
fn bare(model: Model) -> Model {
    let mut model = emptied(model);
    let mut rows: Snapshot = fixture::snapshot();
    rows.sources.clear();
    rows.bindings.clear();
    rows.jobs.clear();
    rows.integrations.clear();
    rows.conflicts.clear();
    model.replica = rows.into();
    model.counts = model.replica.counts();
    model
}

/// A filter that nothing matches.
fn filtered(mut model: Model, list: ListId, filter: &str) -> Model {
    let state = model.ui.list_mut(list);
    state.rows.clear();
    state.selected = None;
    filter.clone_into(&mut state.filter.text);
    state.filter.query = Query::parse(filter);
    model
}

#[test]
fn sources() {
    says(
        &bare(pane(ListId::Sources)),
        "No sources yet. + adds one, or in a docs project: jolli source add NAME --mount PATH.",
    );
    let mut first = bare(pane(ListId::Sources));
    first.ui.first_run = true;
    says(
        &first,
        "Nothing here yet.  + add a source   jolli demo for a small world to explore   ? help   : all commands",
    );
    let mut near = filtered(pane(ListId::Sources), ListId::Sources, "state:stuk");
    near.ui.list_mut(ListId::Sources).filter.near = Some("state:stuck".to_owned());
    says(
        &near,
        "None of 48 match \"state:stuk\". Near: state:stuck. Esc clears.",
    );
    says(
        &emptied(pane(ListId::Sources)),
        "Loading sources: 48 so far.",
    );
    says(&unloaded(pane(ListId::Sources)), "Loading sources.");
}

#[test]
fn sources_that_the_token_may_not_read() {
    let mut model = unloaded(pane(ListId::Sources));
    model.connection = Connection::ServerFailed {
        status: 403,
        text: "This takes viewer, operator or admin; the token `w-1` has the role runner."
            .to_owned(),
        next_try: fixture::now().plus_seconds(4),
        attempt: 1,
    };
    model.session.me.as_mut().unwrap().role = Role::Runner;
    says(
        &model,
        "Your token cannot read sources. Its role is runner. gp changes profile.",
    );
    says(
        &model,
        "○ Not allowed (403): This takes viewer, operator or admin; the token",
    );
    assert!(!said(&model).to_lowercase().contains("server failed"));
}

#[test]
fn an_embedded_server_that_does_not_start() {
    let mut model = unloaded(pane(ListId::Sources));
    model.connection = Connection::Starting;
    says(&model, "Starting the embedded server.");
    model.connection = Connection::Offline {
        outage: Outage::NoStart,
        text: "Another jolli server (pid 4121) uses it. Connect to it, or stop it first."
            .to_owned(),
        since: ago(1),
        next_try: fixture::now().plus_seconds(4),
        attempt: 1,
    };
    says(
        &model,
        "The embedded server did not start: Another jolli server (pid 4121) uses it. Connect to it, or stop it first. R tries again · Q quits.",
    );
}

#[test]
fn an_embedded_server_whose_data_another_server_has() {
    let mut model = unloaded(pane(ListId::Sources));
    model.connection = Connection::Taken {
        text: "JOLLI_HOME is in use by process 4121 (jolli serve)".to_owned(),
        address: "http://127.0.0.1:7777".to_owned(),
        next_try: fixture::now().plus_seconds(4),
    };
    says(
        &model,
        "The embedded server did not start: JOLLI_HOME is in use by process 4121 (jolli serve). Enter connects to it · R tries again · Q quits.",
    );
    says(&model, "Enter connects to it · again in 4s");
}

#[test]
fn bindings() {
    let mut unbound = emptied(pane(ListId::Bindings));
    fixture::select(&mut unbound, ListId::Sources, 0, RowKey::Source(BACKEND));
    says(
        &unbound,
        "Bound to no space, so no run can start. b binds one.",
    );
    says(&emptied(pane(ListId::Bindings)), "Select a source.");
    says(&unloaded(pane(ListId::Bindings)), "Loading bindings.");
}

#[test]
fn cursors() {
    let mut model = emptied(pane(ListId::Cursors));
    let mut source = model.replica.sources.get(FRONTEND).unwrap();
    source.cursor = None;
    model.replica.sources.put(&source);
    fixture::select(&mut model, ListId::Sources, 0, RowKey::Source(FRONTEND));
    says(&model, "No cursor yet. The first finished run sets it.");
    fixture::select(&mut model, ListId::Sources, 0, RowKey::Source(SCRATCH));
    says(&model, "Virtual: no cursor by design. l links it.");
    says(&emptied(pane(ListId::Cursors)), "Select a source.");
    let loading = unloaded(pane(ListId::Cursors));
    says(&loading, "Loading. State unknown until then.");
}

#[test]
fn runs() {
    says(
        &bare(pane(ListId::Runs)),
        "No run yet. A push to a true, bound source starts one. gd shows what arrived.",
    );
    let mut pinned = emptied(pane(ListId::Runs));
    pinned.ui.unpinned[2] = false;
    fixture::select(&mut pinned, ListId::Sources, 0, RowKey::Source(FRONTEND));
    says(&pinned, "No run of frontend. . shows all.");
    says(&unloaded(pane(ListId::Runs)), "Loading runs.");
}

#[test]
fn log_of_a_run() {
    let log = |lines: Option<usize>, search: &str| {
        let mut model = pages::run();
        let Page::Run(view) = model.ui.page_mut() else {
            panic!("a run is shown")
        };
        match lines {
            None => view.log = Load::loading(),
            Some(count) => {
                let lines = view.log.value.take().unwrap();
                view.log = pages::ready(lines.into_iter().take(count).collect());
            }
        }
        search.clone_into(&mut view.search);
        view.focus = ListId::RunLog;
        let list = model.ui.list_mut(ListId::RunLog);
        list.rows.clear();
        list.selected = None;
        model
    };
    says(&log(Some(0), ""), "No line yet; the step began 22s ago.");
    says(&log(Some(2), "x"), "No match for \"x\" in 2 lines.");
    says(&log(None, ""), "Loading from the newest line.");
}

#[test]
fn deliveries() {
    let mut none = emptied(pages::deliveries());
    none.replica.deliveries.replace(Vec::new());
    says(
        &none,
        "Nothing was ever received. gi shows each webhook URL.",
    );
    let filtered = filtered(pages::deliveries(), ListId::Deliveries, "ref:feat/y");
    says(&filtered, "match \"ref:feat/y\".");
    says(&filtered, "Esc clears.");
    says(&unloaded(pages::deliveries()), "Loading deliveries.");
}

#[test]
fn integrations() {
    says(
        &bare(pages::integrations()),
        "No integration. + adds one; it shows the webhook secret once.",
    );
    let filtered = filtered(pages::integrations(), ListId::Integrations, "zzz");
    says(&filtered, "None match.");
    says(&unloaded(pages::integrations()), "Loading integrations.");
}

#[test]
fn event_log() {
    let log = |state: LoadState, filter: &str| {
        let mut model = filtered(pages::events(), ListId::Events, filter);
        let Page::Events(view) = model.ui.page_mut() else {
            panic!("the log is shown")
        };
        view.state = state;
        view.older = None;
        view.events.clear();
        view.actors = ["ana", "gh-12", "w-2"].map(str::to_owned).into();
        model
    };
    says(
        &log(LoadState::Rest, ""),
        "The log begins with the next change.",
    );
    says(
        &log(LoadState::Rest, "actor:bob"),
        "No event by \"bob\". Actors: ana, gh-12, w-2.",
    );
    says(&log(LoadState::Loading, ""), "Loading from @1842 back.");
}

#[test]
fn why_stuck() {
    says(&pages::nothing_wrong(), "Nothing is wrong.");
    let mut asking = pages::quiet();
    let view = |diagnosis| {
        Page::Why(Box::new(WhyView {
            source: SCRATCH,
            diagnosis,
            focus: ListId::Findings,
            effect: None,
        }))
    };
    asking.ui.pages.push(view(Load::loading()));
    says(
        &asking,
        "Asking the server. Old findings are hidden, not shown as new.",
    );
    let mut told = pages::diagnosis();
    told.source_id = SCRATCH;
    told.findings.clear();
    let mut model = pages::quiet();
    model.ui.pages.push(view(pages::ready(told)));
    says(
        &model,
        "Virtual: never triggers, by design (D-01). l links it.",
    );
}

#[test]
fn conflicts() {
    let mut clean = pages::conflicts();
    let mut rows = fixture::snapshot();
    rows.conflicts.clear();
    clean.replica = rows.into();
    says(&clean, "No findings. All rules in 160 documents resolve.");
    // What the docs project adds is not known yet.
    if let Page::Conflicts(view) = clean.ui.page_mut() {
        view.here = Some(Load::loading());
    }
    says(&clean, "Checking 160 documents.");
    let filtered = filtered(pages::conflicts(), ListId::Conflicts, "zzz");
    says(&filtered, "None of 2 match \"zzz\". Esc clears.");
    says(&unloaded(pages::conflicts()), "Loading conflicts.");
}

#[test]
fn tokens() {
    let tokens = |load: Load<Vec<crate::api::Token>>| {
        let mut model = emptied(fixture::admin::tokens());
        let Page::Tokens(view) = model.ui.page_mut() else {
            panic!("tokens are shown")
        };
        view.tokens = load;
        model
    };
    says(&tokens(Load::loading()), "Loading tokens.");
    let mut failed = Load::loading();
    failed.failed("the database is busy".to_owned());
    says(
        &tokens(failed),
        "Not loaded: the database is busy. Others are current. R tries again.",
    );
    let filtered = filtered(fixture::admin::tokens(), ListId::Tokens, "zzz");
    says(&filtered, "None match.");
    says(
        &fixture::admin::tokens_refused(),
        "Tokens need admin; you are operator.",
    );
}

#[test]
fn profiles() {
    let profiles = |load: Load<Vec<crate::console::model::ProfileRow>>| {
        let mut model = fixture::admin::profiles();
        let Some(Popup::Profiles(picker)) = model.ui.popups.last_mut() else {
            panic!("profiles are shown")
        };
        picker.rows = load;
        model
    };
    says(&profiles(Load::loading()), "Reading the profiles.");
    let mut failed = Load::loading();
    failed.failed("profiles.toml, line 3: a name is missing.".to_owned());
    says(
        &profiles(failed),
        "profiles.toml, line 3: a name is missing.",
    );
}

#[test]
fn pulse() {
    let mut waiting = fixture::pulse::pulse(false);
    let Page::Pulse(view) = waiting.ui.page_mut() else {
        panic!("the pulse is shown")
    };
    view.counted = Load::loading();
    says(&waiting, "Counting.");
    let Page::Pulse(view) = waiting.ui.page_mut() else {
        panic!("the pulse is shown")
    };
    view.counted.failed("the database is busy".to_owned());
    says(
        &waiting,
        "Not loaded: the database is busy. Others are current. R tries again.",
    );
    let quiet = |mut model: Model| {
        if let Page::Pulse(view) = model.ui.page_mut() {
            view.timeline.lanes.clear();
        }
        model
    };
    let none = quiet(bare(fixture::pulse::timeline(false)));
    says(&none, "No run in the last");
    let loading = quiet(unloaded(fixture::pulse::timeline(false)));
    says(&loading, "Loading runs.");
}

#[test]
fn xray() {
    let quiet = |mut model: Model| {
        if let Page::Xray(view) = model.ui.page_mut() {
            view.nodes.clear();
        }
        model
    };
    let none = quiet(bare(fixture::xray::xray()));
    says(&none, "No sources yet. + on the main screen adds one.");
    let loading = quiet(unloaded(fixture::xray::xray()));
    says(&loading, "Loading sources.");
}

#[test]
fn what_a_pane_says_that_alone_failed() {
    let mut model = pages::quiet();
    let mut view = WhyView {
        source: FRONTEND,
        diagnosis: Load::loading(),
        focus: ListId::Findings,
        effect: None,
    };
    view.diagnosis.failed("the database is busy".to_owned());
    model.ui.pages.push(Page::Why(Box::new(view)));
    says(
        &model,
        "Not loaded: the database is busy. Others are current. R tries again.",
    );
}
