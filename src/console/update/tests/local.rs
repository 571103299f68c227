//! Sources that only this machine knows.

use std::path::PathBuf;

use super::super::testing::*;
use super::said;
use crate::api::{Call, SourceId};
use crate::console::command::CommandId;
use crate::console::effect::Ask;
use crate::console::local;
use crate::console::model::Model;
use crate::console::model::here::{Workplace, is_local, local_id};
use crate::console::msg::{Answer, Feed, Msg};
use crate::console::possible::enabled;
use crate::local::sources::LocalSource;
use crate::project::{LocalRows, MountStatus};

/// The small world, opened in a project with these virtual sources.
fn world_with(names: &[&str]) -> Model {
    let mut model = empty();
    model.session.in_project = true;
    model.flow.session_key = "s".into();
    take(&mut model, Msg::Feed(Feed::Me(Box::new(me("admin")))));
    let rows = Box::new(snapshot().into());
    let effects = take(&mut model, Msg::Feed(Feed::Snapshot(rows)));
    answer_rows(&mut model, &asked(&effects), names);
    model
}

fn answer_rows(model: &mut Model, open: &[(crate::console::model::ReqId, Ask)], names: &[&str]) {
    let (request, _) = open
        .iter()
        .find(|(_, ask)| matches!(ask, Ask::LocalRows))
        .expect("the project's file is read");
    let entry = |name: &&str| {
        let mut entry = LocalSource::git(PathBuf::from("/home/ana").join(name));
        entry.repo = Some(format!("github.com/acme/{name}"));
        ((*name).to_owned(), entry, MountStatus::Resolved)
    };
    let rows = LocalRows {
        virtuals: names.iter().map(entry).collect(),
        mounts: vec![(
            SourceId(1),
            LocalSource::git(PathBuf::from("/gone")),
            MountStatus::MissingPath,
        )],
        written_at: None,
    };
    let here = Box::new(Workplace::of(rows, now()));
    take(model, Msg::Reply(*request, Ok(Answer::LocalRows(here))));
}

fn go_to_notes(model: &mut Model) {
    press(model, "/");
    type_text(model, "kind:local");
    press(model, "Enter");
}

#[test]
fn they_are_listed_beside_the_servers_which_hide_those_of_their_name() {
    let mut model = world_with(&["notes", "frontend"]);
    let locals: Vec<_> = model
        .replica
        .sources
        .iter()
        .filter(|(_, it)| is_local(it.id))
        .collect();
    assert_eq!(locals.len(), 1);
    assert_eq!(locals[0].1.name, "notes");
    assert_eq!(model.counts.sources, 6, "the server's");
    assert_eq!(
        model.replica.mount_words(local_id("notes")),
        "resolved /home/ana/notes"
    );
    assert_eq!(model.replica.mount_words(SourceId(1)), "missing-path /gone");

    // Another snapshot does not lose them, and a name that the server has by then is the server's.
    let mut rows = snapshot();
    rows.sources[0].name = "notes".into();
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    assert!(model.replica.sources.contains(local_id("notes")));
    take(&mut model, Msg::Feed(Feed::Snapshot(Box::new(rows.into()))));
    assert!(!model.replica.sources.contains(local_id("notes")));

    // Once the server's is gone, the local one is there again, without a word of the file.
    let gone = serde_json::from_value(serde_json::json!({
        "sequence": 1900, "head": 1900,
        "changes": [{ "op": "gone", "kind": "source", "id": rows_first().to_string() }],
    }));
    take(&mut model, Msg::Feed(Feed::Frame(Box::new(gone.unwrap()))));
    assert!(model.replica.sources.contains(local_id("notes")));
}

fn rows_first() -> SourceId {
    snapshot().sources[0].id
}

#[test]
fn all_but_linking_is_refused_with_the_way_on() {
    let mut model = world_with(&["notes"]);
    go_to_notes(&mut model);
    for command in [
        CommandId::WhyStuck,
        CommandId::SourceToggle,
        CommandId::SourceEdit,
        CommandId::SourceDelete,
        CommandId::CatchUp,
        CommandId::SourcePause,
        CommandId::Bind,
        CommandId::Unlink,
        CommandId::CursorClear,
        CommandId::Rebaseline,
        CommandId::LeaseRelease,
        CommandId::GoSource,
        CommandId::GoEventsOfRow,
    ] {
        let why = enabled(&model, command).expect_err(command.as_str());
        assert!(
            why.contains("./.jolli/sources.json"),
            "{}: {why}",
            command.as_str()
        );
    }
    press(&mut model, "Enter");
    assert_eq!(
        said(&model),
        "Only in ./.jolli/sources.json: resolved /home/ana/notes. l links it."
    );
}

#[test]
fn linking_goes_by_name_and_the_file_is_read_again() {
    let mut model = world_with(&["notes"]);
    go_to_notes(&mut model);
    press(&mut model, "l");
    let preview = asked(&press(&mut model, "Enter"));
    let [(request, Ask::Effect(Call { path, body, .. }))] = &preview[..] else {
        panic!("{preview:?}");
    };
    assert_eq!(path, local::LINK);
    assert_eq!(body["name"], "notes");
    foresee(&mut model, *request);
    let sent = asked(&press(&mut model, "Enter"));
    let [(request, Ask::Change { call, .. })] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(call.path, local::LINK);
    let undo = serde_json::json!({ "label": "back", "calls": [
        { "method": "POST", "path": local::UNLINK, "body": {} },
    ] });
    let after = accept(&mut model, *request, serde_json::Value::Null, undo);
    answer_rows(&mut model, &asked(&after), &[]);
    assert!(!model.replica.sources.contains(local_id("notes")));
    press(&mut model, "Esc");
    let sent = asked(&press(&mut model, "u"));
    assert!(
        matches!(&sent[..], [(_, Ask::Change { call, .. })] if call.path == local::UNLINK),
        "{sent:?}"
    );
}
