//! What repositories are cloned with: set by an admin, shown to nobody, given to the runs that need it.

use jolli::api::{
    CatchUp, Claim, ClaimRequest, Code, NewCredential, NewIntegration, OrgId, Provider, PushOp,
    PushOpKind, PushRequest, Role, SourceId,
};
use jolli::client::{CallOptions, Client};
use serde_json::{Value, json};

use super::{World, call, code, refused};

/// Stands in no answer but the run's own.
const CANARY: &str = "ghp_canaryCANARYcanary0123456789";

fn token(user: Option<&str>) -> NewCredential {
    NewCredential {
        user: user.map(str::to_owned),
        secret: CANARY.to_owned(),
    }
}

/// A runner, and the catch-up of a source that it claimed.
async fn claimed(world: &World, source: SourceId) -> (Client, Claim) {
    let catch_up = CatchUp::default();
    world.admin.catch_up(source, &catch_up).await.unwrap();
    let runner = world.server.worker(OrgId(1), "test");
    let request = ClaimRequest {
        runner: "test".into(),
        ..ClaimRequest::default()
    };
    let claim = runner.claim(&request).await.unwrap().expect("a job waits");
    (runner, claim)
}

#[tokio::test]
async fn the_secret_is_kept_and_shown_to_nobody() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let id = source.integration_id.unwrap();
    let set = world.admin.set_credential(id, &token(None)).await.unwrap();
    let shown = set.credential.expect("it is set");
    assert_eq!(
        shown.user, "x-access-token",
        "what GitHub takes with tokens"
    );
    assert_eq!(shown.fingerprint.len(), 8);
    for path in [
        format!("/integrations/{id}"),
        format!("/sources/{}", source.id),
        "/integrations".to_owned(),
        "/snapshot".to_owned(),
        "/events?after=0".to_owned(),
    ] {
        let answer = world.call("GET", &path, Value::Null).await.unwrap();
        let text = answer.body.to_string();
        assert!(text.len() > 2 && !text.contains("canary"), "{path}: {text}");
    }
    // The same key again gets the same answer; another secret under it does not pass for it.
    let options = CallOptions {
        idempotency_key: Some("once".into()),
        ..CallOptions::default()
    };
    let put = |secret: &str| {
        let path = format!("/integrations/{id}/credential");
        call("PUT", &path, json!({ "secret": secret }))
    };
    world.admin.call(&put(CANARY), &options).await.unwrap();
    let other = world.admin.call(&put("another"), &options).await;
    assert_eq!(code(other), Code::IdReused);

    let operator = world.client(Role::Operator).await;
    assert_eq!(
        code(operator.set_credential(id, &token(None)).await),
        Code::Forbidden
    );
    let left = world.admin.remove_credential(id).await.unwrap();
    assert_eq!(left.credential, None);
    assert_eq!(
        code(world.admin.remove_credential(id).await),
        Code::Conflict
    );
}

#[tokio::test]
async fn a_run_gets_what_its_repositories_need_for_as_long_as_it_holds_its_lease() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let id = source.integration_id.unwrap();
    world
        .admin
        .set_credential(id, &token(Some("bot")))
        .await
        .unwrap();
    let (runner, claim) = claimed(&world, source.id).await;
    let run = runner.run(claim.job.id, &claim.run_token);
    let given = run.credentials().await.unwrap();
    assert_eq!(given.len(), 1);
    assert_eq!(
        (
            given[0].repo.as_str(),
            given[0].user.as_str(),
            given[0].secret.as_str()
        ),
        ("github.com/acme/backend", "bot", CANARY)
    );
    assert!(!format!("{given:?}").contains(CANARY));
    let claimed = serde_json::to_string(&claim).unwrap();
    assert!(!claimed.contains(CANARY), "never in the job's JSON");

    // Another token of the same runner, another job's number: nothing.
    let forged = runner.run(claim.job.id, "not-the-token");
    assert_eq!(code(forged.credentials().await), Code::StaleWriter);
    let elsewhere = runner.run(jolli::api::JobId(claim.job.id.0 + 1), &claim.run_token);
    assert_eq!(code(elsewhere.credentials().await), Code::NotFound);
    world.admin.cancel_job(claim.job.id).await.unwrap();
    assert_eq!(code(run.credentials().await), Code::StaleWriter);
}

#[tokio::test]
async fn it_goes_to_no_repository_that_its_integration_is_not_for() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let elsewhere = NewIntegration {
        provider: Provider::GitHub,
        name: "others".into(),
        repo: None,
        account: Some("github.com/acme-evil".into()),
        secret: None,
    };
    let other = world.admin.create_integration(&elsewhere).await.unwrap();
    world
        .admin
        .set_credential(other.integration.id, &token(None))
        .await
        .unwrap();
    let (runner, claim) = claimed(&world, source.id).await;
    let run = runner.run(claim.job.id, &claim.run_token);
    assert_eq!(run.credentials().await.unwrap(), []);
}

#[tokio::test]
async fn what_no_host_would_take_is_refused() {
    let world = World::new().await;
    let generic = NewIntegration {
        provider: Provider::Generic,
        name: "own host".into(),
        repo: None,
        account: Some("git.acme.example/team".into()),
        secret: None,
    };
    let id = world
        .admin
        .create_integration(&generic)
        .await
        .unwrap()
        .integration
        .id;
    let no_user = refused(world.admin.set_credential(id, &token(None)).await);
    assert_eq!(no_user.errors[0].pointer, "/user");
    let colon = refused(world.admin.set_credential(id, &token(Some("a:b"))).await);
    assert_eq!(colon.errors[0].pointer, "/user");
    let lines = NewCredential {
        user: Some("a".into()),
        secret: "two\nlines".into(),
    };
    let lines = refused(world.admin.set_credential(id, &lines).await);
    assert_eq!(lines.errors[0].pointer, "/secret");
    world
        .admin
        .set_credential(id, &token(Some("git")))
        .await
        .unwrap();
}

/// What a run clones goes by the sources that documents name, so it adds none to them.
#[tokio::test]
async fn a_run_gives_itself_no_further_repository() {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    world.source("other").await;
    let op = |base_version, named: &str| PushOp {
        op: PushOpKind::Upsert,
        file_id: "GUIDE".into(),
        server_path: "guide.md".into(),
        base_version,
        content: Some(format!(
            "---\njrn: GUIDE\nattention:\n  - op: file\n    source: {named}\n    path: src/**\n---\ntext\n"
        )),
        content_hash: None,
    };
    let push = |id: &str, op| PushRequest {
        client_changeset_id: id.into(),
        message: None,
        merge_prompt: None,
        target_branch: "main".into(),
        ops: vec![op],
    };
    let by_a_person = push("by-a-person", op(0, "backend"));
    world.admin.push(&space.slug, &by_a_person).await.unwrap();
    let (runner, claim) = claimed(&world, source.id).await;
    let run = runner.run(claim.job.id, &claim.run_token);
    let more = run.push(&space.slug, &push("more", op(1, "other"))).await;
    assert_eq!(code(more), Code::Forbidden);
    let same = push("same", op(1, "backend"));
    run.push(&space.slug, &same).await.unwrap();
}
