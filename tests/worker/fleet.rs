//! A server and workers that are processes of their own, over HTTP, with one real repository: for stories in which workers
//! are stopped, databases go away, and webhooks come in any order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use jolli::api::{
    Event, IntegrationId, Job, JobId, JobStatus, NewBinding, NewIntegration, NewSource, NewSpace,
    NewToken, Provider, PullRequest, PushOp, PushOpKind, PushRequest, Role, Sequence, SourceId,
    SourceType, Space,
};
use jolli::base::random::base62;
use jolli::base::{SystemRandom, Timestamp};
use jolli::client::{AccessToken, Client, ClientError, Query, Reply};
use jolli::demo::{Commit, Onto, Place, PushEvent, Repository, Webhook};

use super::hand::{Hand, last_lines};
use super::world::{BACKEND, short};
use crate::support::postgres::Database;
use crate::support::server::Server;
use crate::support::{DEADLINE, Home, store};

pub const SECRET: &str = "it is a secret to everybody";
/// What its servers seal with.
pub const KEY: &str = "abababababababababababababababababababababababababababababababab";
/// What is waited for is looked at whenever something changes, and this often besides: a feed may have been cut.
const PACE: Duration = Duration::from_secs(1);

/// Adds a line to each document that it is given.
pub const ADDS: &str =
    "f() { for d in $(find . -name '*.md'); do echo edited >> \"$d\"; done; }; f";

pub struct Fleet {
    /// Of an admin.
    pub client: Client,
    pub integration: IntegrationId,
    /// `backend`, on branch `main`.
    pub source: SourceId,
    pub repository: Repository,
    pub place: Place,
    pub server: Server,
    pub token: String,
    level: Option<&'static str>,
    // Goes after the server, which uses it.
    database: Option<Arc<Database>>,
}

impl Fleet {
    /// A server without a worker, over the database that the tests are asked to run over; the linked source `backend`,
    /// whose repository has no commit yet.
    pub async fn new() -> Self {
        Self::over(store::asked().map(Arc::new)).await
    }

    /// The same, over this database.
    pub async fn over(database: Option<Arc<Database>>) -> Self {
        Self::telling(database, None).await
    }

    /// The same, where the server logs so much.
    pub async fn telling(database: Option<Arc<Database>>, level: Option<&'static str>) -> Self {
        let home = Arc::new(Home::new());
        let place = Place::at(home.path().join("world"));
        place.write_git_config().unwrap();
        // The server looks at remotes too, and must not look for them in the network.
        std::fs::copy(place.git_config(), home.path().join("home/.gitconfig")).unwrap();
        let token = format!("jolli_1_{}", base62(&SystemRandom::new(), 43));
        let server = serve(&home, database.as_deref(), &token, level);
        let client = Client::remote(server.url(), Some(AccessToken::new(&token))).unwrap();
        let created = client
            .create_integration(&NewIntegration {
                provider: Provider::GitHub,
                name: "acme-github".to_owned(),
                repo: None,
                account: Some("github.com/acme".to_owned()),
                secret: Some(SECRET.to_owned()),
            })
            .await
            .unwrap();
        let integration = created.integration.id;
        let new = NewSource {
            name: "backend".to_owned(),
            source_type: SourceType::Git,
            repo: Some(BACKEND.to_owned()),
            branch: Some("main".to_owned()),
            integration_id: Some(integration),
            enabled: true,
        };
        let source = client.create_source(&new).await.unwrap().id;
        Self {
            repository: Repository::open(&place, BACKEND).unwrap(),
            client,
            integration,
            source,
            place,
            server,
            token,
            level,
            database,
        }
    }

    /// Kills the server, and starts it anew on its database. It listens elsewhere then.
    pub fn restart(&mut self) {
        self.server.kill();
        let home = Arc::clone(self.server.home());
        self.server = serve(&home, self.database.as_deref(), &self.token, self.level);
        self.client = self.connect(&self.token);
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// A space that is bound to `backend`, with one document that watches all of it.
    pub async fn space(&self, slug: &str, path: &str) -> Space {
        let new = NewSpace {
            name: slug.to_owned(),
            slug: Some(slug.to_owned()),
            description: None,
        };
        let space = self.client.create_space(&new).await.unwrap();
        let jrn = path.replace(['/', '.'], "_");
        let text = format!(
            "---\njrn: {jrn}\nattention:\n  - op: file\n    source: backend\n    path: \"**\"\n---\n# Text\n"
        );
        let push = PushRequest {
            client_changeset_id: format!("first-{slug}"),
            target_branch: "main".to_owned(),
            message: None,
            merge_prompt: None,
            ops: vec![upsert(path, 0, &text)],
        };
        self.client.push(slug, &push).await.unwrap();
        let binding = NewBinding {
            source_id: self.source,
            jrn_pattern: None,
            enabled: None,
        };
        self.client.bind(space.id, &binding).await.unwrap();
        space
    }

    /// What a document of a space says, and its version.
    pub async fn text(&self, space: &Space, path: &str) -> (String, i64) {
        let all = PullRequest { since_cursor: 0 };
        let pulled = self.client.pull(&space.slug, &all).await.unwrap();
        let mut changes = pulled.changes.into_iter();
        let found = changes.find(|change| change.server_path == path).unwrap();
        (found.content.unwrap(), found.version)
    }

    /// Commits a file to `main`; its new head.
    pub async fn commit(&self, file: &str) -> String {
        let at = Timestamp::from_millis(1_795_000_000_000);
        let commit = Commit::new(at, format!("Change {file}")).write(file, file);
        self.repository
            .commit("main", Onto::Head, &[commit])
            .await
            .unwrap()
    }

    /// Sends a push of `main` once, signed as GitHub signs it.
    pub async fn deliver(
        &self,
        id: &str,
        before: &str,
        after: &str,
        forced: bool,
    ) -> Result<Reply, ClientError> {
        let event = PushEvent {
            repo: BACKEND,
            branch: "main",
            before,
            after,
            forced,
            commits: &[],
            pusher: "Ana",
        };
        Webhook::push(Provider::GitHub, SECRET, id, &event)
            .send(&self.client, self.integration)
            .await
    }

    /// Sends an ordinary push; the job that it queued.
    pub async fn push(&self, id: &str, before: &str, after: &str) -> JobId {
        let reply = self.deliver(id, before, after, false).await.unwrap();
        let job = reply.body["jobs"][0].as_i64();
        JobId(job.unwrap_or_else(|| panic!("no job: {}", reply.body)))
    }

    /// A new token of a runner.
    pub async fn token(&self, name: &str) -> String {
        let new = NewToken {
            name: name.to_owned(),
            role: Role::Runner,
            expires_in: None,
        };
        self.client.create_token(&new).await.unwrap().token
    }

    /// A client with connections of its own.
    pub fn connect(&self, token: &str) -> Client {
        Client::remote(self.url(), Some(AccessToken::new(token))).unwrap()
    }

    /// The admin's client, by another way.
    pub fn by(&self, url: &str) -> Client {
        Client::remote(url, Some(AccessToken::new(&self.token))).unwrap()
    }

    /// Starts a worker that lets this line for the shell edit documents.
    pub async fn worker(&self, name: &str, agent: &str) -> Hand {
        let token = self.token(name).await;
        Hand::start(self.url(), &token, &self.place, name, agent)
    }

    /// Where the cursor stands.
    pub async fn cursor(&self) -> Option<String> {
        let page = self.client.source(self.source).await.unwrap();
        page.source.cursor.map(|cursor| cursor.value)
    }

    /// The whole log.
    pub async fn events(&self) -> Vec<Event> {
        let (mut all, mut after) = (Vec::new(), Sequence(0));
        loop {
            let page = self.client.events(after, 1000).await.unwrap();
            all.extend(page.events);
            match page.next_sequence {
                Some(next) => after = next,
                None => return all,
            }
        }
    }

    /// Waits until the server's state answers the question, as long as something happens; a busy machine is slow, and what
    /// goes round in a circle is given up as well. A server that is away has no answer yet.
    pub async fn until<T>(&self, what: &str, answer: impl AsyncFn(&Client) -> Option<T>) -> T {
        let looking = async {
            let mut moved = Instant::now();
            while moved.elapsed() < DEADLINE {
                if let Ok(now) = self.client.snapshot(None).await {
                    let mut changes = self.client.follow_rows(now.snapshot_sequence);
                    while moved.elapsed() < DEADLINE {
                        if let Some(found) = answer(&self.client).await {
                            return Some(found);
                        }
                        match tokio::time::timeout(PACE, changes.next()).await {
                            Ok(Some(Ok(_))) => moved = Instant::now(),
                            Err(_) => {}
                            Ok(_) => break,
                        }
                    }
                }
                tokio::task::yield_now().await;
            }
            None
        };
        if let Ok(Some(found)) = tokio::time::timeout(DEADLINE * 10, looking).await {
            return found;
        }
        let (story, log) = (self.story().await, last_lines(&self.server.log()));
        panic!("waited in vain for {what}\n{story}\nserver:\n{log}");
    }

    /// Waits until a run of a job has begun.
    pub async fn begun(&self, id: JobId) {
        self.until(&format!("the start of #{id}"), async |client| {
            let job = client.job(id).await.ok()?;
            (job.status != JobStatus::Queued).then_some(())
        })
        .await;
    }

    /// Waits until a job has ended.
    pub async fn ended(&self, id: JobId) -> Job {
        self.until(&format!("the end of #{id}"), async |client| {
            let job = client.job(id).await.ok()?;
            job.status.is_terminal().then_some(job)
        })
        .await
    }

    /// Waits until every job has ended; all of them, oldest first.
    pub async fn quiet(&self) -> Vec<Job> {
        self.until("the end of every job", async |client| {
            let mut jobs = client.jobs(&Query::new()).await.ok()?.items;
            jobs.reverse();
            let over = jobs.iter().all(|job| job.status.is_terminal());
            over.then_some(jobs)
        })
        .await
    }

    /// What became of every job, for the message of a test that failed.
    pub async fn story(&self) -> String {
        let Ok(jobs) = self.client.jobs(&Query::new()).await else {
            return "the server does not answer".to_owned();
        };
        let lines = jobs.items.iter().rev().map(|job| {
            let sha = |sha: &Option<String>| sha.as_deref().map_or("–", short).to_owned();
            let spaces: Vec<&str> = job.spaces.iter().map(|s| s.status.as_str()).collect();
            format!(
                "#{} {} {} {}..{} [{}] attempt {} {:?}",
                job.id,
                job.kind,
                job.status,
                sha(&job.base_sha),
                sha(&job.head_sha),
                spaces.join(", "),
                job.attempt,
                job.error
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A server without workers, always with the same key.
fn serve(
    home: &Arc<Home>,
    database: Option<&Database>,
    token: &str,
    level: Option<&str>,
) -> Server {
    let level = level.map(|level| ("JOLLI_LOG", level.to_owned()));
    Server::start_with(home, database, KEY, token, level)
}

/// Writes a document whose id is its path.
pub fn upsert(path: &str, base_version: i64, text: &str) -> PushOp {
    PushOp {
        op: PushOpKind::Upsert,
        file_id: path.to_owned(),
        server_path: path.to_owned(),
        base_version,
        content: Some(text.to_owned()),
        content_hash: None,
    }
}
