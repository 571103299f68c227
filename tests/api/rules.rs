//! Rules that hold whichever way a change comes in.

use jolli::api::{Code, PullRequest, PushOp, PushOpKind, PushRequest, PushStatus, Role};
use serde_json::json;

use super::{World, code};

#[tokio::test]
async fn an_edit_cannot_make_what_a_link_would_refuse() {
    let world = World::new().await;
    let (backend, _) = world.watched().await;
    // Given: another true source of the same repository, on another branch.
    let integration = backend.integration_id.unwrap();
    let other = world
        .call(
            "POST",
            "/sources",
            json!({ "name": "backend-v1", "repo": "github.com/acme/backend", "branch": "v1", "integrationId": integration }),
        )
        .await
        .unwrap();
    let path = format!("/sources/{}", other.body["id"]);
    // When it is moved to the same branch, to another host, or to no repository: refused, and nothing changed.
    assert_eq!(
        code(
            world
                .call("PATCH", &path, json!({ "branch": "main" }))
                .await
        ),
        Code::Conflict
    );
    assert_eq!(
        code(
            world
                .call("PATCH", &path, json!({ "repo": "gitlab.com/zzz/a" }))
                .await
        ),
        Code::Conflict
    );
    assert_eq!(
        code(world.call("PATCH", &path, json!({ "repo": null })).await),
        Code::Invalid
    );
    let now = world.call("GET", &path, json!(null)).await.unwrap().body;
    assert_eq!(
        (&now["branch"], &now["repo"], &now["version"]),
        (&json!("v1"), &json!("github.com/acme/backend"), &json!(1))
    );
    // A branch of its own is fine.
    world
        .call("PATCH", &path, json!({ "branch": "v2" }))
        .await
        .unwrap();
}

fn upsert(file_id: &str, path: &str, base_version: i64) -> PushOp {
    PushOp {
        op: PushOpKind::Upsert,
        file_id: file_id.into(),
        server_path: path.into(),
        base_version,
        content: Some(format!("# {file_id}\n")),
        content_hash: None,
    }
}

#[tokio::test]
async fn two_documents_never_stand_at_one_path() {
    let world = World::new().await;
    let space = world.space("Docs").await;
    let push = |id: &str, ops: Vec<PushOp>| PushRequest {
        client_changeset_id: id.into(),
        target_branch: "main".into(),
        message: None,
        merge_prompt: None,
        ops,
    };
    let statuses = |reply: jolli::api::PushReply| -> Vec<PushStatus> {
        reply.results.into_iter().map(|r| r.status).collect()
    };
    // Given one document; within a push and across pushes, a second at its path is a conflict.
    let first = push(
        "c1",
        vec![upsert("A", "docs/a.md", 0), upsert("B", "docs/a.md", 0)],
    );
    let reply = world.admin.push(&space.slug, &first).await.unwrap();
    assert_eq!(statuses(reply), [PushStatus::Ok, PushStatus::Conflict]);
    let second = push("c2", vec![upsert("C", "docs/a.md", 0)]);
    let reply = world.admin.push(&space.slug, &second).await.unwrap();
    assert_eq!(statuses(reply), [PushStatus::Conflict]);
    // When the first moves away in the same push, its place is free.
    let third = push(
        "c3",
        vec![upsert("A", "docs/b.md", 1), upsert("C", "docs/a.md", 0)],
    );
    let reply = world.admin.push(&space.slug, &third).await.unwrap();
    assert_eq!(statuses(reply), [PushStatus::Ok, PushStatus::Ok]);
    let pulled = world
        .admin
        .pull(&space.slug, &PullRequest { since_cursor: 0 })
        .await
        .unwrap();
    let mut paths: Vec<_> = pulled
        .changes
        .iter()
        .map(|c| c.server_path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["docs/a.md", "docs/b.md"]);
}

#[tokio::test]
async fn the_documents_of_a_source_are_those_with_rules_on_it() {
    let world = World::new().await;
    let (backend, space) = world.watched().await;
    let other = world.source("frontend").await;
    let rules = |jrn: &str, rules: &[(&str, &str)]| {
        let lines = rules.iter().map(|(source, path)| {
            format!("  - {{op: file, source: {source}, path: \"{path}\"}}\n")
        });
        let lines: String = lines.collect();
        Some(format!("---\njrn: {jrn}\nattention:\n{lines}---\n# Text\n"))
    };
    let mut watching = upsert("J1", "docs/b.md", 0);
    watching.content = rules(
        "J1",
        &[
            ("backend", "src/api/**"),
            ("frontend", "web/*.ts"),
            ("backend", "go.mod"),
        ],
    );
    let mut both = upsert("J2", "docs/a.md", 0);
    both.content = rules("J2", &[("backend", "a.go")]);
    let request = PushRequest {
        client_changeset_id: "c1".into(),
        target_branch: "main".into(),
        message: None,
        merge_prompt: None,
        ops: vec![watching, both, upsert("J3", "docs/c.md", 0)],
    };
    world.admin.push(&space.slug, &request).await.unwrap();
    let viewer = world.client(Role::Viewer).await;
    let found = viewer
        .watching_documents(space.id, backend.id)
        .await
        .unwrap();
    let told: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|it| {
            let rules = it.rules.iter().map(|rule| rule.path.as_str());
            (it.path.as_str(), rules.collect())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("docs/a.md", vec!["a.go"]),
            ("docs/b.md", vec!["src/api/**", "go.mod"])
        ]
    );
    assert_eq!((found[1].rules[0].line, found[1].version), (4, 1));
    // As many as the binding counts.
    let all = jolli::client::Query::new();
    let bound = world.admin.space_sources(space.id, &all).await.unwrap();
    assert_eq!(bound.items[0].binding.documents, 2);
    // One that the space is not bound to can be named all the same; what is deleted is gone.
    let of_other = viewer.watching_documents(space.id, other.id).await.unwrap();
    assert_eq!(of_other.len(), 1);
    let gone = PushRequest {
        client_changeset_id: "c2".into(),
        ops: vec![PushOp {
            op: PushOpKind::Delete,
            base_version: 1,
            content: None,
            ..upsert("J1", "docs/b.md", 1)
        }],
        ..request
    };
    world.admin.push(&space.slug, &gone).await.unwrap();
    let found = viewer
        .watching_documents(space.id, backend.id)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let missing = viewer
        .watching_documents(space.id, jolli::api::SourceId(99))
        .await;
    assert_eq!(missing.unwrap_err().code(), Some(Code::NotFound));
}
