//! A small org with a server, a repository, and a worker; each step of a story is one line.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jolli::agent::{Program, Sandboxes};
use jolli::api::{
    IntegrationId, Job, JobId, JobStatus, NewBinding, NewIntegration, NewSource, NewSpace, OrgId,
    Provider as Host, PullRequest, PushOp, PushOpKind, PushRequest, PushStatus, SourceId,
    SourcePage, Space, SpaceStatus, StepName,
};
use jolli::base::{SystemRandom, Timestamp};
use jolli::client::{Client, Query};
use jolli::demo::{Commit, Onto, Place, PushEvent, Repository, Webhook};
use jolli::git::Git;
use jolli::server::seal::MasterKey;
use jolli::server::{Config, Server};
use jolli::store::Store;
use jolli::store::memory::Memory;
use jolli::store::postgres::Postgres;
use jolli::worker::{Provider, Worker, WorkerConfig};
use tempfile::TempDir;

use crate::support;
use crate::support::postgres::Database;

pub const BACKEND: &str = "github.com/acme/backend";
const SECRET: &str = "it is a secret to everybody";

pub struct World {
    home: TempDir,
    _server: Server,
    /// Of an admin.
    pub client: Client,
    /// Of a runner.
    pub runner: Client,
    pub worker: Worker,
    pub integration: IntegrationId,
    /// `backend`, on branch `main`.
    pub source: SourceId,
    pub repository: Repository,
    deliveries: AtomicU32,
    _database: Option<Database>,
}

impl World {
    /// The org `acme` with the linked source `backend`, whose repository has no commit yet.
    pub async fn new() -> Self {
        Self::with(Provider::None).await
    }

    /// The same, where this line for the shell edits documents.
    pub async fn with_agent(line: &str) -> Self {
        let program = Program::new(line, support::DEADLINE);
        Self::with(Provider::Command(program.placed(Sandboxes::scrubbed(&[])))).await
    }

    /// The same, where the server looks at each remote about this often. The repository has a commit, `begin`.
    pub async fn looking(every: Duration) -> Self {
        let mut world = Self::unlinked(Provider::None, Some(every)).await;
        world.commit("main", "begin").await;
        world.follow().await;
        world
    }

    pub async fn with(provider: Provider) -> Self {
        let mut world = Self::unlinked(provider, None).await;
        world.follow().await;
        world
    }

    /// Links `backend`.
    async fn follow(&mut self) {
        let integration = Some(self.integration);
        self.source = self
            .source("backend", BACKEND, Some("main"), integration)
            .await;
    }

    async fn unlinked(provider: Provider, look_every: Option<Duration>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let place = Place::at(home.path());
        place.write_git_config().unwrap();
        let key = MasterKey::generate(&SystemRandom::new());
        let git = Git::new(true).global_config(place.git_config());
        let database = support::store::asked();
        let store: Arc<dyn Store> = match &database {
            Some(database) => Arc::new(Postgres::open(&database.url()).await.unwrap()),
            None => Arc::new(Memory::new()),
        };
        let server = Server::start(Config {
            git: git.clone(),
            look_every,
            ..Config::new(store, key, "acme")
        })
        .await
        .unwrap();
        let client = server.client(server.first_token().cloned());
        let created = client
            .create_integration(&NewIntegration {
                provider: Host::GitHub,
                name: "acme-github".to_owned(),
                repo: None,
                account: Some("github.com/acme".to_owned()),
                secret: Some(SECRET.to_owned()),
            })
            .await
            .unwrap();
        let integration = created.integration.id;
        let runner = server.worker(OrgId(1), "w-1");
        let mut config = WorkerConfig::new("w-1", place.work());
        config.git = git;
        config.provider = provider;
        let repository = Repository::open(&place, BACKEND).unwrap();
        Self {
            worker: Worker::new(runner.clone(), config),
            home,
            _server: server,
            client,
            runner,
            integration,
            source: SourceId(0),
            repository,
            deliveries: AtomicU32::new(0),
            _database: database,
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Another repository of this world.
    pub fn repository(&self, repo: &str) -> Repository {
        Repository::open(&Place::at(self.home.path()), repo).unwrap()
    }

    pub async fn source(
        &self,
        name: &str,
        repo: &str,
        branch: Option<&str>,
        integration_id: Option<IntegrationId>,
    ) -> SourceId {
        let new = NewSource {
            name: name.to_owned(),
            source_type: jolli::api::SourceType::Git,
            repo: Some(repo.to_owned()),
            branch: branch.map(str::to_owned),
            integration_id,
            enabled: true,
        };
        self.client.create_source(&new).await.unwrap().id
    }

    /// A space that is bound to `backend`, with documents: path and `source: pattern` rules.
    pub async fn space(&self, slug: &str, documents: &[(&str, &[(&str, &str)])]) -> Space {
        let new = NewSpace {
            name: slug.to_owned(),
            slug: Some(slug.to_owned()),
            description: None,
        };
        let space = self.client.create_space(&new).await.unwrap();
        let ops = documents.iter().map(|(path, rules)| PushOp {
            op: PushOpKind::Upsert,
            file_id: (*path).to_owned(),
            server_path: (*path).to_owned(),
            base_version: 0,
            content: Some(document(path, rules)),
            content_hash: None,
        });
        let push = PushRequest {
            client_changeset_id: format!("first-{slug}"),
            target_branch: "main".to_owned(),
            message: None,
            merge_prompt: None,
            ops: ops.collect(),
        };
        if !push.ops.is_empty() {
            self.client.push(slug, &push).await.unwrap();
        }
        self.bind(&space, self.source).await;
        space
    }

    pub async fn bind(&self, space: &Space, source: SourceId) {
        let binding = NewBinding {
            source_id: source,
            jrn_pattern: None,
            enabled: None,
        };
        self.client.bind(space.id, &binding).await.unwrap();
    }

    /// Commits to `backend`; the new head of `branch`.
    pub async fn commit(&self, branch: &str, file: &str) -> String {
        commit(&self.repository, branch, Onto::Head, file).await
    }

    /// Rewrites `main`: nothing of it stays.
    pub async fn rewrite(&self, file: &str) -> String {
        commit(&self.repository, "main", Onto::Nothing, file).await
    }

    /// A signed push of `backend`, as GitHub sends it; the job that it queued.
    pub async fn push(&self, branch: &str, before: &str, after: &str, forced: bool) -> JobId {
        let number = self.deliveries.fetch_add(1, Ordering::SeqCst);
        let event = PushEvent {
            repo: BACKEND,
            branch,
            before,
            after,
            forced,
            commits: &[],
            pusher: "Ana",
        };
        let reply = Webhook::push(Host::GitHub, SECRET, &format!("gh-{number}"), &event)
            .send(&self.client, self.integration)
            .await
            .unwrap();
        let job = reply.body["jobs"][0].as_i64();
        JobId(job.unwrap_or_else(|| panic!("no job: {}", reply.body)))
    }

    /// Runs what waits, and expects that there was something.
    pub async fn work(&self) {
        assert!(self.worker.run_once().await.unwrap(), "no job to run");
    }

    /// The cursor stands at `sha`: pushed, run, moved.
    pub async fn processed(&self, before: &str, sha: &str) {
        let job = self.push("main", before, sha, false).await;
        self.work().await;
        assert_eq!(self.job(job).await.status, JobStatus::Succeeded);
        assert_eq!(self.cursor().await.as_deref(), Some(sha));
    }

    pub async fn job(&self, id: JobId) -> Job {
        self.client.job(id).await.unwrap()
    }

    pub async fn page(&self) -> SourcePage {
        self.client.source(self.source).await.unwrap()
    }

    pub async fn cursor(&self) -> Option<String> {
        self.page().await.source.cursor.map(|cursor| cursor.value)
    }

    /// What a document of a space says, and its version.
    pub async fn text(&self, space: &Space, path: &str) -> (String, i64) {
        let all = PullRequest { since_cursor: 0 };
        let pulled = self.client.pull(&space.slug, &all).await.unwrap();
        let mut changes = pulled.changes.into_iter();
        let found = changes.find(|change| change.server_path == path).unwrap();
        (found.content.unwrap(), found.version)
    }

    /// Somebody writes a document of a space.
    pub async fn write(&self, space: &Space, path: &str, base_version: i64, text: &str) {
        let push = PushRequest {
            client_changeset_id: format!("{path}-{base_version}"),
            target_branch: "main".to_owned(),
            message: None,
            merge_prompt: None,
            ops: vec![PushOp {
                op: PushOpKind::Upsert,
                file_id: path.to_owned(),
                server_path: path.to_owned(),
                base_version,
                content: Some(text.to_owned()),
                content_hash: None,
            }],
        };
        let reply = self.client.push(&space.slug, &push).await.unwrap();
        assert_eq!(reply.results[0].status, PushStatus::Ok);
    }

    /// The messages of a run's log, in order.
    pub async fn log(&self, id: JobId) -> Vec<String> {
        let page = self.client.job_log(id, &Query::default()).await.unwrap();
        page.items.into_iter().map(|line| line.message).collect()
    }
}

async fn commit(repository: &Repository, branch: &str, onto: Onto, file: &str) -> String {
    let at = Timestamp::from_millis(1_795_000_000_000);
    let commit = Commit::new(at, format!("Change {file}")).write(file, file);
    repository.commit(branch, onto, &[commit]).await.unwrap()
}

fn document(path: &str, rules: &[(&str, &str)]) -> String {
    let mut text = format!("---\njrn: {}\nattention:\n", path.replace(['/', '.'], "_"));
    for (source, pattern) in rules {
        let rule = format!("  - op: file\n    source: {source}\n    path: \"{pattern}\"\n");
        text.push_str(&rule);
    }
    text + "---\n# Text\n"
}

/// The steps of a run: name, status, detail.
pub fn steps(job: &Job) -> Vec<String> {
    let steps = job.steps.iter();
    steps
        .map(|s| {
            let detail = s.detail.as_deref().unwrap_or("–");
            format!("{} {} {detail}", s.name, s.status)
        })
        .collect()
}

pub fn detail(job: &Job, step: StepName) -> String {
    let step = job.steps.iter().find(|s| s.name == step).unwrap();
    step.detail.clone().unwrap_or_default()
}

/// Status and attempt of each space of a job.
pub fn spaces(job: &Job) -> Vec<(SpaceStatus, usize)> {
    let spaces = job.spaces.iter();
    spaces.map(|s| (s.status, s.impacted_docs.len())).collect()
}

pub fn error(job: &Job) -> (&str, &str) {
    let error = job.error.as_ref().unwrap();
    (&error.code, &error.message)
}

pub fn short(sha: &str) -> &str {
    &sha[..7]
}
