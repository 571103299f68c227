//! Sources without a repository: an upload is the event, and everything behind it works as with git.

use jolli::api::{
    CatchUp, Code, FileChange, FilesUpload, FilesUploaded, JobStatus, NewIntegration, NewSource,
    Provider as Host, SourceId, SourceType,
};
use jolli::client::ClientError;

use super::world::{World, detail, spaces};
use jolli::api::{SpaceStatus, StepName};

fn write(path: &str, content: &str) -> FileChange {
    FileChange {
        path: path.to_owned(),
        content: Some(content.to_owned()),
        ..FileChange::default()
    }
}

fn delete(path: &str) -> FileChange {
    FileChange {
        path: path.to_owned(),
        delete: true,
        ..FileChange::default()
    }
}

async fn upload(world: &World, source: SourceId, files: Vec<FileChange>) -> FilesUploaded {
    let upload = FilesUpload {
        files,
        ..FilesUpload::default()
    };
    world.client.upload_files(source, &upload).await.unwrap()
}

/// The source `handbook` of uploaded files, linked.
async fn handbook(world: &World) -> SourceId {
    let new = NewIntegration {
        provider: Host::StaticFile,
        name: "uploads".into(),
        repo: None,
        account: None,
        secret: None,
    };
    let integration = world.client.create_integration(&new).await.unwrap();
    let new = NewSource {
        name: "handbook".into(),
        source_type: SourceType::File,
        repo: None,
        branch: None,
        integration_id: Some(integration.integration.id),
        enabled: true,
    };
    world.client.create_source(&new).await.unwrap().id
}

#[tokio::test]
async fn an_upload_is_the_event() {
    let world = World::with_agent("f() { echo updated >> docs/a.md; }; f").await;
    let source = handbook(&world).await;
    let rules: &[(&str, &[(&str, &str)])] = &[
        ("docs/a.md", &[("handbook", "pay/*.md")]),
        ("docs/b.md", &[("handbook", "leave.md")]),
    ];
    let space = world.space("people", rules).await;
    world.bind(&space, source).await;

    let first = upload(
        &world,
        source,
        vec![
            write("pay/rates.md", "1"),
            write("leave.md", "2"),
            write("x", "3"),
        ],
    )
    .await;
    assert_eq!((first.files, first.changed, first.reason), (3, 3, None));
    world.work().await;
    let job = world.job(first.jobs[0]).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert_eq!(spaces(&job), [(SpaceStatus::Updated, 2)], "all is new");
    let page = world.client.source(source).await.unwrap();
    let cursor = page.source.cursor.map(|cursor| cursor.value);
    assert_eq!(cursor, first.version);

    // Two uploads before anybody works: the newer one covers both.
    let second = upload(&world, source, vec![write("pay/rates.md", "4")]).await;
    let third = upload(&world, source, vec![delete("x")]).await;
    assert_eq!((third.files, third.changed), (2, 1));
    world.work().await;
    world.work().await;
    let older = world.job(second.jobs[0]).await;
    assert_eq!(older.superseded_by, Some(third.jobs[0]));
    let newer = world.job(third.jobs[0]).await;
    assert_eq!(newer.status, JobStatus::Succeeded);
    assert_eq!(spaces(&newer), [(SpaceStatus::Updated, 1)]);
    let (text, version) = world.text(&space, "docs/a.md").await;
    assert!(
        text.ends_with("updated\nupdated\n") && version == 3,
        "{text}"
    );
    let page = world.client.source(source).await.unwrap();
    assert_eq!(page.source.cursor.map(|cursor| cursor.value), third.version);

    // The same again is no news, and nothing runs.
    let again = upload(&world, source, vec![write("leave.md", "2")]).await;
    assert_eq!((again.changed, again.jobs.len()), (0, 0));
    assert_eq!(again.version, third.version);
    let listed = world.client.uploads(source).await.unwrap();
    let versions: Vec<Option<String>> = listed.iter().map(|it| Some(it.version.clone())).collect();
    assert_eq!(versions, [first.version, second.version, third.version]);

    // A catch-up finds the newest upload by itself.
    let all = CatchUp::default();
    let caught = world.client.catch_up(source, &all).await.unwrap();
    world.work().await;
    let caught = world.job(caught.id).await;
    assert_eq!(caught.status, JobStatus::Succeeded);
    assert!(detail(&caught, StepName::Advance).starts_with("already at"));
}

#[tokio::test]
async fn a_folder_is_replaced_as_a_whole_and_a_worker_without_a_past_reads_it() {
    let world = World::new().await;
    let source = handbook(&world).await;
    let space = world
        .space("people", &[("docs/a.md", &[("handbook", "**/*.md")])])
        .await;
    world.bind(&space, source).await;
    upload(
        &world,
        source,
        vec![write("a", "file"), write("b/c.md", "1")],
    )
    .await;
    // A file takes the place of a folder, and a folder that of a file.
    let whole = FilesUpload {
        message: Some("moved\n\naround".into()),
        replace: true,
        files: vec![
            write("a/x.md", "1"),
            write("b", "2"),
            FileChange {
                path: "logo.png".into(),
                base64: Some("iVBORwAB/w==".into()),
                ..FileChange::default()
            },
        ],
    };
    let done = world.client.upload_files(source, &whole).await.unwrap();
    assert_eq!((done.files, done.changed), (3, 5));
    // Nothing of it was fetched before: both uploads come with the newest run.
    while world.worker.run_once().await.unwrap() {}
    let job = world.job(done.jobs[0]).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    assert_eq!(spaces(&job), [(SpaceStatus::Unchanged, 1)]);
}

#[tokio::test]
async fn what_cannot_be_a_file_is_refused_and_what_never_runs_says_so() {
    let world = World::new().await;
    let source = handbook(&world).await;
    let refused = async |files: Vec<FileChange>| {
        let upload = FilesUpload {
            files,
            ..FilesUpload::default()
        };
        match world
            .client
            .upload_files(source, &upload)
            .await
            .unwrap_err()
        {
            ClientError::Problem(problem) => problem.errors[0].pointer.clone(),
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused(vec![write("../a", "")]).await, "/files/0/path");
    assert_eq!(
        refused(vec![write(".git/hooks/x", "")]).await,
        "/files/0/path"
    );
    assert_eq!(
        refused(vec![write("a", "1"), write("a", "2")]).await,
        "/files/1/path"
    );
    assert_eq!(
        refused(vec![write("a", ""), write("a/b", "")]).await,
        "/files"
    );
    let mut both = write("a", "1");
    both.base64 = Some("MQ==".into());
    assert_eq!(refused(vec![both]).await, "/files/0");
    let listed = world.client.uploads(source).await.unwrap();
    assert_eq!(listed, [], "nothing of it was taken in");

    let unbound = upload(&world, source, vec![write("a", "1")]).await;
    assert!(unbound.reason.unwrap().contains("bound to no space"));
    let nothing = FilesUpload::default();
    let into_git = world.client.upload_files(world.source, &nothing).await;
    let refused = into_git.unwrap_err();
    assert_eq!(refused.code(), Some(Code::Conflict));
    // Files do not come by pushes.
    let wrong = world.client.link_source(source, world.integration).await;
    assert_eq!(wrong.unwrap_err().code(), Some(Code::Conflict));
}
