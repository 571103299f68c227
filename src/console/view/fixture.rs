//! A small world under a fixed clock, with the names that the demo also has: every view is tested against it.

pub mod admin;
pub mod lists;
pub mod pages;
pub mod past;
pub mod popups;
pub mod pulse;
mod rows;
pub mod threads;
pub mod xray;

use jiff::tz::TimeZone;

use rows::sha;
pub use rows::snapshot;

use crate::api::{JobId, Me, Org, OrgId, Role, SourceId, SpaceId};
use crate::base::Timestamp;
use crate::console::command::CommandId;
use crate::console::keymap::Keymap;
use crate::console::model::{
    Connection, History, ListId, Model, Pending, ReqId, RowKey, Session, Sort, SortBy, UndoEntry,
};

/// The present moment of the small world.
pub fn now() -> Timestamp {
    "2026-11-21T14:02:11Z".parse().expect("a time")
}

pub fn ago(seconds: i64) -> Timestamp {
    now().plus_seconds(-seconds)
}

/// A moment of today.
pub fn at(clock: &str) -> Timestamp {
    format!("2026-11-21T{clock}Z").parse().expect("a time")
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

pub const BACKEND: SourceId = SourceId(1);
pub const FRONTEND: SourceId = SourceId(2);
pub const SCRATCH: SourceId = SourceId(6);

/// The main screen: `frontend` selected, three virtual sources marked, one binding being saved.
pub fn model() -> Model {
    let session = Session {
        profile: "acme".to_owned(),
        server: "embedded".to_owned(),
        url: "http://127.0.0.1:7420".to_owned(),
        org: "acme".to_owned(),
        me: Some(Me {
            org: Org {
                id: OrgId(1),
                slug: "acme".to_owned(),
            },
            token_id: None,
            name: "ana".to_owned(),
            role: Role::Operator,
            expires_at: None,
            server_version: "0.1.0".to_owned(),
            embedded: true,
        }),
        ..Session::default()
    };
    let mut model = Model::new(session, Keymap::standard(), TimeZone::UTC, now());
    model.connection = Connection::Live;
    model.last_change = Some(now());
    model.replica = snapshot().into();
    model.counts = model.replica.counts();
    let (sources, jobs) = (model.replica.sources.len(), model.replica.jobs.len());

    let list = model.ui.list_mut(ListId::Sources);
    list.rows = (0..sources as u32).collect();
    list.total = sources;
    list.sort = Sort {
        by: SortBy::Age,
        reversed: false,
    };
    list.marks = (6..9).map(|id| RowKey::Source(SourceId(id))).collect();
    select(&mut model, ListId::Sources, 1, RowKey::Source(FRONTEND));

    let list = model.ui.list_mut(ListId::Bindings);
    list.rows = (0..4).collect();
    list.total = 4;
    select(
        &mut model,
        ListId::Bindings,
        0,
        RowKey::Binding(SpaceId(1), FRONTEND),
    );

    let list = model.ui.list_mut(ListId::Cursors);
    list.rows = vec![1];
    list.total = 1;
    select(&mut model, ListId::Cursors, 0, RowKey::Source(FRONTEND));

    let list = model.ui.list_mut(ListId::Runs);
    list.rows = (0..jobs as u32).collect();
    list.total = jobs;
    select(&mut model, ListId::Runs, 1, RowKey::Job(JobId(90)));

    let row = RowKey::Binding(SpaceId(4), FRONTEND);
    model.work.pending.insert(
        ReqId(1),
        Pending {
            row,
            words: "saving on".to_owned(),
            message: "Saving: binding Handbook × frontend on. Not yet confirmed.".to_owned(),
            call: call(),
            key: "k".to_owned(),
            command: CommandId::BindingToggle,
            done: "Handbook × frontend is on.".to_owned(),
            refused: "Not changed".to_owned(),
            history: History::Do,
            unsure: false,
            waits: false,
            rest: Vec::new(),
            label: "Handbook on".to_owned(),
            back: "Handbook × frontend is off".to_owned(),
            group: 2,
        },
    );
    model.work.undo.push(UndoEntry {
        label: "pattern of Internal".to_owned(),
        row: RowKey::Binding(SpaceId(3), FRONTEND),
        calls: vec![call()],
        sequence: 1842,
        group: 1,
        back: "pattern of Internal × frontend is src/**".to_owned(),
        command: CommandId::BindingEdit,
    });
    model
}

pub fn call() -> crate::api::Call {
    crate::api::Call::new("PATCH", "/spaces/4/sources/2")
}

pub fn select(model: &mut Model, list: ListId, position: usize, key: RowKey) {
    let list = model.ui.list_mut(list);
    list.position = position;
    list.selected = Some(key);
}
