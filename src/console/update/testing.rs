//! Small worlds for tests of the core.

use serde_json::json;

use super::update;
use crate::api::{Me, Snapshot};
use crate::base::Timestamp;
use crate::console::effect::Effect;
use crate::console::keymap::{Key, Keymap};
use crate::console::model::{Model, ReqId, Session};
use crate::console::msg::{Answer, Done, Feed, Msg};

/// The moment of the screens: 14:02:11.
pub fn now() -> Timestamp {
    "2026-11-21T14:02:11.000Z".parse().unwrap()
}

/// A console that has seen nothing.
pub fn empty() -> Model {
    Model::new(
        Session::default(),
        Keymap::standard(),
        jiff::tz::TimeZone::UTC,
        now(),
    )
}

/// A source as the server tells it.
pub fn source(id: i64, name: &str, state: &str) -> serde_json::Value {
    let virtual_ = state == "not-tracked";
    json!({
        "id": id, "name": name, "type": "git", "repo": format!("github.com/acme/{name}"),
        "branch": "main", "integrationId": if virtual_ { json!(null) } else { json!(12) },
        "enabled": true,
        "cursor": if virtual_ { json!(null) } else {
            json!({ "value": "4f9c2d1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "updatedAt": "2026-11-21T09:00:00.000Z" })
        },
        "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-11-21T11:02:00.000Z",
        "kind": if virtual_ { "virtual" } else { "true" },
        "version": 9, "cursorVersion": 31, "generation": 3, "state": state,
        "stateSince": null, "primary": null, "head": null, "pendingSince": null,
        "commitsBehind": null, "history": [], "moved": null, "createdBy": "ana",
    })
}

/// A binding as the server tells it.
pub fn binding(space: i64, source: i64, enabled: bool) -> serde_json::Value {
    json!({
        "spaceId": space, "sourceId": source, "jrnPattern": null, "enabled": enabled,
        "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-11-21T11:02:00.000Z",
        "version": 2, "documents": 6, "watches": ["src/sdk/**"],
        "lastOutcome": null, "lastOutcomeAt": null,
    })
}

/// A run as the server tells it.
pub fn job(id: i64, source: i64, status: &str, spaces: &[(i64, &str)]) -> serde_json::Value {
    let spaces: Vec<_> = spaces
        .iter()
        .map(|(space, status)| {
            json!({
                "spaceId": space, "status": status, "phase": null, "impactedDocs": [], "updatedDocs": [],
                "error": null, "threadId": null, "attempt": 1, "startedAt": null, "finishedAt": null,
            })
        })
        .collect();
    json!({
        "id": id, "kind": "cli-impact", "status": status, "sourceId": source, "integrationId": 12,
        "eventJrn": "jrn:x", "branch": "main", "headSha": "8be01aa", "baseSha": null, "baseReason": null,
        "affectedSpaceIds": [1], "attempt": 1, "maxAttempts": 8, "runner": null, "epoch": null,
        "steps": [], "spaces": spaces, "supersededBy": null, "error": null, "deliveryId": null,
        "createdAt": "2026-11-21T11:01:00.000Z", "updatedAt": "2026-11-21T13:59:00.000Z",
        "startedAt": null, "finishedAt": null, "nextAttemptAt": null, "version": 1,
    })
}

/// Five sources, three spaces, three bindings, two runs.
pub fn snapshot() -> Snapshot {
    let space = |id: i64, name: &str| {
        json!({
            "id": id, "name": name, "slug": name.to_lowercase().replace(' ', "-"), "description": null,
            "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-08-02T09:14:00.000Z",
            "version": 1, "documents": 14,
        })
    };
    let integration = |id: i64, name: &str, account: &str, status: &str| {
        json!({
            "id": id, "provider": "github", "name": name, "repo": null, "account": account,
            "status": status, "statusDetail": null, "lastCheckedAt": null,
            "webhookUrl": "http://x/api/webhooks/github/12", "sourceIds": [1], "refusedSignatures": 0, "credential": null,
            "createdAt": "2026-08-02T09:14:00.000Z", "updatedAt": "2026-08-02T09:14:00.000Z", "version": 1,
        })
    };
    serde_json::from_value(json!({
        "snapshotSequence": 1842,
        "org": { "id": 1, "slug": "acme" },
        "sources": [
            source(1, "backend", "ok"), source(2, "frontend", "stalled"),
            source(3, "payments", "ok"), source(4, "search", "stopped"),
            source(5, "scratch", "not-tracked"), source(6, "proto", "not-tracked"),
        ],
        "spaces": [space(1, "API Docs"), space(2, "SDK Reference"), space(3, "Internal")],
        "bindings": [binding(1, 2, true), binding(2, 2, false), binding(1, 1, true)],
        "integrations": [
            integration(12, "acme-github", "github.com/acme", "active"),
            integration(17, "old", "github.com/acme", "removed"),
        ],
        "jobs": [job(91, 2, "failed", &[(1, "updated"), (3, "failed")]), job(90, 1, "running", &[(1, "running")])],
        "deliveries": [], "conflicts": [],
    }))
    .unwrap()
}

/// Who looks: an operator, or another role.
pub fn me(role: &str) -> Me {
    serde_json::from_value(json!({
        "org": { "id": 1, "slug": "acme" }, "tokenId": 1, "name": "ana", "role": role,
        "expiresAt": null, "serverVersion": "0.1.0", "embedded": true,
    }))
    .unwrap()
}

/// A live console on that world, as an operator.
pub fn world() -> Model {
    world_as("operator")
}

/// The same, with another role.
pub fn world_as(role: &str) -> Model {
    let mut model = empty();
    model.flow.session_key = "s".into();
    take(&mut model, Msg::Feed(Feed::Me(Box::new(me(role)))));
    take(
        &mut model,
        Msg::Feed(Feed::Snapshot(Box::new(snapshot().into()))),
    );
    model
}

/// Takes in a message.
pub fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    update(model, msg, now())
}

/// Presses keys, as the screens write them: `/ s t a t e Enter`.
pub fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        let key: Key = key.parse().unwrap();
        effects.extend(take(model, Msg::Key(key)));
    }
    effects
}

/// Types text.
pub fn type_text(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|c| take(model, Msg::Key(Key::char(c))))
        .collect()
}

/// The question among effects, and its number.
pub fn asked(effects: &[Effect]) -> Vec<(ReqId, crate::console::effect::Ask)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(request, ask) => Some((*request, ask.clone())),
            _ => None,
        })
        .collect()
}

/// The server accepts.
pub fn accept(
    model: &mut Model,
    request: ReqId,
    body: serde_json::Value,
    undo: serde_json::Value,
) -> Vec<Effect> {
    take(
        model,
        Msg::Reply(
            request,
            Ok(Answer::Done(Box::new(Done {
                body,
                undo: serde_json::from_value(undo).unwrap(),
                sequence: Some(crate::api::Sequence(1843)),
            }))),
        ),
    )
}

/// The server tells what a change would do: nothing worth telling.
pub fn foresee(model: &mut Model, request: ReqId) {
    let effect =
        json!({ "before": null, "after": null, "consequences": [], "undo": null, "undoNote": "" });
    let effect = serde_json::from_value(effect).unwrap();
    take(
        model,
        Msg::Reply(request, Ok(Answer::Effect(Box::new(effect)))),
    );
}

/// Documents with rules on a source, by path.
pub fn documents(paths: &[&str]) -> Vec<crate::api::WatchingDocument> {
    let rules = |n: usize| match n {
        0 => json!([{ "path": "src/sdk/**", "line": 4 }, { "path": "docs/*.proto", "line": 5 }]),
        _ => json!([{ "path": "src/auth/*.ts", "line": 4 }]),
    };
    let documents = paths.iter().enumerate().map(|(n, path)| {
        json!({
            "fileId": path, "path": path, "version": 3, "updatedAt": "2026-11-21T11:02:00.000Z", "rules": rules(n),
        })
    });
    serde_json::from_value(documents.collect()).unwrap()
}
