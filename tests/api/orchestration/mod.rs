//! Projects and threads over HTTP: commands in; the read model, diffs and the log out.

mod diffs;
mod dispatching;
mod following;
mod outputs;
mod reading;
mod sessions;

use jolli::api::orchestration::UserMessage;
use jolli::api::{
    Claim, ClaimRequest, Command, OrgId, ReadModel, RuntimeMode, SessionStatus, SnapshotRequest,
    SpaceId, Thread, ThreadId, TurnId,
};
use jolli::base::Timestamp;
use jolli::client::{Client, Run};
use jolli::domain::event::Session;

use super::World;

/// The `n`-th second of the world's history.
pub fn at(n: i64) -> Timestamp {
    Timestamp::from_millis(1_795_270_931_000).plus_seconds(n)
}

pub fn project(id: &str) -> Command {
    Command::ProjectCreate {
        project_id: id.parse().unwrap(),
        title: format!("Project {id}"),
        workspace_root: format!("/srv/{id}"),
        default_model: None,
        created_at: at(0),
    }
}

pub fn thread(id: &str, project: &str) -> Command {
    Command::ThreadCreate {
        thread_id: id.parse().unwrap(),
        project_id: project.parse().unwrap(),
        title: format!("Thread {id}"),
        model: "a-model".into(),
        branch: None,
        worktree_path: None,
        runtime_mode: None,
        created_at: at(1),
    }
}

pub fn rename(id: &str, title: &str) -> Command {
    Command::ThreadMetaUpdate {
        thread_id: id.parse().unwrap(),
        title: Some(title.into()),
        model: None,
        branch: None,
        worktree_path: None,
        expected_branch: None,
    }
}

pub fn archive(id: &str) -> Command {
    Command::ThreadArchive {
        thread_id: id.parse().unwrap(),
    }
}

pub fn turn(id: &str, message: &str) -> Command {
    Command::TurnStart {
        thread_id: id.parse().unwrap(),
        message: UserMessage {
            message_id: message.parse().unwrap(),
            text: "Bring the guide up to date".into(),
            attachments: Vec::new(),
        },
        turn_id: Some(format!("turn of {message}").parse().unwrap()),
        model: None,
        effort: None,
        runtime_mode: None,
        created_at: at(2),
    }
}

pub fn session(id: &ThreadId, status: SessionStatus, turn: Option<&TurnId>) -> Command {
    Command::SessionSet {
        thread_id: id.clone(),
        session: Session {
            thread_id: id.clone(),
            status,
            provider_name: Some("an-agent".into()),
            provider_session_id: Some("its own".into()),
            provider_thread_id: None,
            runtime_mode: RuntimeMode::FullAccess,
            active_turn_id: turn.cloned(),
            last_error: None,
            updated_at: at(3),
        },
        created_at: at(3),
    }
}

impl World {
    /// Gives commands in order, each under an id made from the first one's; answers the last position.
    pub async fn give(&self, id: &str, commands: &[Command]) -> i64 {
        let mut last = 0;
        for (n, command) in commands.iter().enumerate() {
            let id = format!("{id}-{n}");
            last = self.admin.dispatch(&id, command).await.unwrap().sequence.0;
        }
        last
    }

    /// A world with the project `p1` and the thread `t1` in it.
    pub async fn with_a_thread() -> Self {
        let world = Self::new().await;
        world
            .give("begin", &[project("p1"), thread("t1", "p1")])
            .await;
        world
    }

    pub async fn read(&self, request: &SnapshotRequest) -> ReadModel {
        self.admin.read_model(request).await.unwrap()
    }

    pub async fn one(&self, id: &str) -> Thread {
        let request = SnapshotRequest {
            thread_id: Some(id.parse().unwrap()),
            ..SnapshotRequest::default()
        };
        self.read(&request).await.threads.remove(0)
    }
}

/// A run that claimed a job, in the thread that it works in.
pub struct Running {
    pub world: World,
    pub runner: Client,
    pub run: Run,
    pub claim: Claim,
    pub space: SpaceId,
    pub thread: ThreadId,
    pub turn: TurnId,
}

/// A run that made its project and its thread and whose agent works on its first turn.
pub async fn running() -> Running {
    let world = World::new().await;
    let (source, space) = world.watched().await;
    world
        .admin
        .catch_up(source.id, &jolli::api::CatchUp::default())
        .await
        .unwrap();
    let runner = world.server.worker(OrgId(1), "test");
    let request = ClaimRequest {
        runner: "test".into(),
        wait_seconds: 0,
        ..ClaimRequest::default()
    };
    let claim = runner.claim(&request).await.unwrap().expect("a job waits");
    let run = runner.run(claim.job.id, &claim.run_token);
    let project_id = format!("space-{}", space.id);
    let thread_id = format!("job-{}-space-{}", claim.job.id, space.id);
    let thread_id_text = thread_id.as_str();
    let begin = [
        project(&project_id),
        thread(thread_id_text, &project_id),
        turn(thread_id_text, "m1"),
    ];
    for (n, command) in begin.iter().enumerate() {
        run.dispatch(&format!("run-{n}"), command).await.unwrap();
    }
    let id: ThreadId = thread_id.parse().unwrap();
    let first: TurnId = "turn of m1".parse().unwrap();
    run.dispatch(
        "run-session",
        &session(&id, SessionStatus::Running, Some(&first)),
    )
    .await
    .unwrap();
    Running {
        world,
        runner,
        run,
        claim,
        space: space.id,
        thread: id,
        turn: first,
    }
}
