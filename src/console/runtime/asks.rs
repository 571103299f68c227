//! Questions to the server, answered through the client.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::calls::{dry_run, failure, own_failure};
use super::options::{ConnectFailure, Profiles, ToServer};
use super::{export, local, own, past, threads};
use crate::api::{DeliveryPage, Integration};
use crate::client::{AccessToken, CallOptions, Client, ClientError, Query};
use crate::console::clean;
use crate::console::effect::{Ask, Older};
use crate::console::local::is_local;
use crate::console::model::here::Workplace;
use crate::console::model::pulse::PulseData;
use crate::console::model::{Here, Outage, ProfileChange};
use crate::console::msg::{Answer, Done, Failure, FailureKind};
use crate::project::{self, ProjectError, Workspace};

/// The server, and the client in use; and the docs project that the console was started in.
pub struct Server {
    to: Arc<dyn ToServer>,
    client: Mutex<Option<Client>>,
    project: Option<Workspace>,
    profiles: Option<Arc<dyn Profiles>>,
    log: Option<PathBuf>,
}

impl Server {
    /// Not connected yet.
    pub fn new(
        to: Arc<dyn ToServer>,
        project: Option<Workspace>,
        profiles: Option<Arc<dyn Profiles>>,
        log: Option<PathBuf>,
    ) -> Self {
        Self {
            to,
            client: Mutex::new(None),
            project,
            profiles,
            log,
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Client>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client in use, if the server was reached.
    fn client(&self) -> Result<Client, Failure> {
        self.slot().clone().ok_or_else(|| Failure {
            kind: FailureKind::Outage(Outage::Refused),
            text: tr!("not connected yet").into(),
            unsure: false,
        })
    }

    /// Connects anew: the embedded server may have another address by now.
    pub async fn connect(&self) -> Result<Client, Failure> {
        let client = self.to.connect().await.map_err(|error| match error {
            ConnectFailure::Client(error) => failure(&error),
            ConnectFailure::InUse { text, address } => Failure {
                kind: FailureKind::InUse(address),
                text,
                unsure: false,
            },
            ConnectFailure::Start(text) => Failure {
                kind: FailureKind::Outage(Outage::NoStart),
                text,
                unsure: false,
            },
        })?;
        *self.slot() = Some(client.clone());
        Ok(client)
    }

    /// Where a document of a finding is in the docs project.
    pub fn document(&self, path: &str) -> Option<PathBuf> {
        let root = self.project.as_ref()?.project.root();
        let folders = [root.to_owned(), root.join("docs")];
        let mut found = folders.iter().map(|folder| folder.join(path));
        found.find(|file| file.is_file())
    }

    /// Strict findings of the server, and those that the docs project adds.
    async fn conflicts(&self) -> Result<Answer, Failure> {
        let client = self.client()?;
        let Some(project) = &self.project else {
            return Ok(Answer::Conflicts(Box::default()));
        };
        let compared = project::compare(project, &client).await;
        let compared = compared.map_err(|error| match error {
            ProjectError::Client(error) => failure(&error),
            error => own_failure(error),
        })?;
        let mut here = Here {
            local: compared.local,
            more: compared.more,
            findings: compared.findings,
        };
        here.findings.iter_mut().for_each(clean::finding);
        clean::local_view(&mut here.local);
        Ok(Answer::Conflicts(Box::new(here)))
    }

    /// The docs project's own sources and mounts. No server is asked.
    async fn local_rows(&self) -> Result<Answer, Failure> {
        let Some(project) = &self.project else {
            return Err(own_failure(tr!(
                "the console was started in no docs project"
            )));
        };
        let rows = project::local_rows(project).await.map_err(own_failure)?;
        let mut here = Workplace::of(rows, project.now);
        here.locals.iter_mut().for_each(clean::source);
        for (path, _) in here.mounts.values_mut() {
            clean::text(path);
        }
        Ok(Answer::LocalRows(Box::new(here)))
    }

    /// Changes the user's file of profiles, where that is asked, and reads it; files and keyrings block.
    async fn profiles(&self, change: Option<ProfileChange>) -> Result<Answer, Failure> {
        let Some(profiles) = self.profiles.clone() else {
            let text = tr!(
                "There is one server here and no other: profiles are those of `jolli console`."
            );
            return Err(own_failure(text));
        };
        let work = tokio::task::spawn_blocking(move || {
            if let Some(change) = change {
                profiles.change(&change)?;
            }
            profiles.list()
        });
        let rows = work.await.map_err(own_failure)?;
        rows.map(Answer::Profiles).map_err(own_failure)
    }

    /// The end of the console's own log.
    async fn own_log(&self) -> Result<Answer, Failure> {
        let Some(path) = self.log.clone() else {
            return Err(own_failure(tr!("This console writes no log.")));
        };
        let read = tokio::task::spawn_blocking(move || own::log_lines(&path));
        let lines = read.await.map_err(own_failure)?;
        let lines = lines.map_err(own_failure)?;
        Ok(Answer::OwnLog(lines))
    }

    async fn sign_out(&self) -> Result<Answer, Failure> {
        self.to.forget().await.map_err(own_failure)?;
        *self.slot() = None;
        Ok(Answer::SignedOut)
    }

    async fn sign_in(&self, text: &str) -> Result<Answer, Failure> {
        let token = AccessToken::new(text);
        let base = match self.client() {
            Ok(client) => client,
            Err(_) => self.connect().await?,
        };
        let client = base.with_token(Some(token.clone()));
        let me = client.me().await.map_err(|error| failure(&error))?;
        if let Err(why) = self.to.keep(&token).await {
            tracing::warn!(%why, "the token is used for this session only");
        }
        *self.slot() = Some(client);
        Ok(Answer::SignedIn(Box::new(me)))
    }
}

/// Answers a question; all text of the server is made safe here.
pub async fn answer(server: &Server, ask: Ask) -> Result<Answer, Failure> {
    if let Ask::SignIn(token) = &ask {
        return server.sign_in(token).await;
    }
    match ask {
        Ask::Export(order) => return export::take_away(*order).await,
        Ask::Conflicts => return server.conflicts().await,
        Ask::Profiles => return server.profiles(None).await,
        Ask::ProfileChange(change) => return server.profiles(Some(change)).await,
        Ask::SignOut => return server.sign_out().await,
        Ask::Kept => return Ok(Answer::Kept(server.to.kept().await)),
        Ask::OwnLog => return server.own_log().await,
        Ask::LocalRows => return server.local_rows().await,
        _ => {}
    }
    let client = server.client()?;
    if let Ask::Change { call, .. } | Ask::Effect(call) = &ask
        && is_local(call)
    {
        let Some(project) = &server.project else {
            return Err(own_failure(tr!(
                "the console was started in no docs project"
            )));
        };
        return match ask {
            Ask::Effect(call) => {
                let effect = local::effect(project, &client, &call).await?;
                Ok(Answer::Effect(Box::new(effect)))
            }
            Ask::Change { call, .. } => {
                let done = local::change(project, &client, &call).await?;
                Ok(Answer::Done(Box::new(done)))
            }
            _ => unreachable!("matched above"),
        };
    }
    exchange(&client, ask)
        .await
        .map_err(|error| failure(&error))
}

async fn exchange(client: &Client, ask: Ask) -> Result<Answer, ClientError> {
    Ok(match ask {
        Ask::Change { call, key } => {
            let options = CallOptions {
                idempotency_key: Some(key),
                ..CallOptions::default()
            };
            let reply = client.call(&call, &options).await?;
            Answer::Done(Box::new(Done {
                body: reply.body,
                undo: reply.undo,
                sequence: reply.sequence,
            }))
        }
        Ask::Effect(call) => Answer::Effect(Box::new(dry_run(client, &call).await?)),
        Ask::SourcePage(id) => {
            let mut page = client.source(id).await?;
            for condition in &mut page.conditions {
                clean::text(&mut condition.message);
                clean::text(&mut condition.reason);
            }
            Answer::SourcePage(Box::new(page))
        }
        Ask::Diagnosis(id) => {
            let mut diagnosis = client.diagnosis(id).await?;
            clean::diagnosis(&mut diagnosis);
            Answer::Diagnosis(Box::new(diagnosis))
        }
        Ask::Job(id) => {
            let mut job = client.job(id).await?;
            clean::job(&mut job);
            Answer::Job(Box::new(job))
        }
        Ask::RunLog(id, after) => {
            let mut lines = client.job_log(id, &Query::new().after(after)).await?.items;
            lines.iter_mut().for_each(clean::log_line);
            Answer::Log(lines)
        }
        Ask::Thread(id) => threads::thread(client, id).await?,
        Ask::TurnDiff(id, from, to) => threads::diff(client, id, from, to).await?,
        Ask::Output(thread, activity) => threads::output(client, thread, activity).await?,
        Ask::Questions => threads::questions(client).await?,
        Ask::Pulse(window) => {
            let (pulse, queues, mut runners) = tokio::try_join!(
                client.pulse(window.as_str(), window.slices()),
                client.queues(),
                client.runners(),
            )?;
            for runner in &mut runners {
                clean::text(&mut runner.name);
            }
            Answer::Pulse(Box::new(PulseData {
                pulse,
                queues,
                runners,
            }))
        }
        Ask::Documents(space, source) => {
            let mut all = client.watching_documents(space, source).await?;
            all.iter_mut().for_each(clean::watching_document);
            Answer::Documents(all)
        }
        Ask::Waits(job, count) => threads::waits(client, job, count).await?,
        Ask::Delivery(id) => Answer::Delivery(Box::new(delivery(client.delivery(id).await?))),
        Ask::Preview(id) => {
            let page = client.delivery(id).await?;
            let integration = client.integration(page.delivery.integration_id).await.ok();
            let mut preview = client
                .preview_webhook(&event_of(&page, integration.as_ref()))
                .await?;
            clean::text(&mut preview.reason);
            for source in &mut preview.sources {
                clean::text(&mut source.name);
                clean::text(&mut source.why);
                for space in &mut source.spaces {
                    clean::text(&mut space.name);
                    clean::text(&mut space.why);
                }
            }
            Answer::Preview(Box::new(preview))
        }
        Ask::Tokens => {
            let mut tokens = client.tokens(&Query::new()).await?.items;
            tokens.iter_mut().for_each(clean::token);
            Answer::Tokens(tokens)
        }
        Ask::Events(after, limit) => {
            let mut page = client.events(after, limit).await?;
            page.events.iter_mut().for_each(clean::event);
            Answer::Events(Box::new(page))
        }
        Ask::Log(query) => Answer::Events(Box::new(past::log(client, &query).await?)),
        Ask::Moment(at) => past::moment(client, at).await?,
        Ask::Older(wanted) => older(client, wanted).await?,
        Ask::SignIn(_)
        | Ask::Conflicts
        | Ask::LocalRows
        | Ask::Export(_)
        | Ask::Profiles
        | Ask::Kept
        | Ask::OwnLog
        | Ask::ProfileChange(_)
        | Ask::SignOut => {
            unreachable!("answered before a client is asked")
        }
    })
}

async fn older(client: &Client, wanted: Older) -> Result<Answer, ClientError> {
    let mut query = Query::new().limit(wanted.limit);
    if let Some(source) = wanted.source {
        query = query.filter("sourceId", source);
    }
    if let Some(after) = wanted.after {
        query = query.after(after);
    }
    if wanted.deliveries {
        let mut page = client.deliveries(&query).await?;
        page.items.iter_mut().for_each(clean::delivery);
        return Ok(Answer::OlderDeliveries(page.items, page.next));
    }
    let mut page = client.jobs(&query).await?;
    page.items.iter_mut().for_each(clean::job);
    Ok(Answer::OlderRuns(page.items, page.next))
}

fn delivery(mut page: DeliveryPage) -> DeliveryPage {
    if let Some(body) = &mut page.body {
        clean::lines(body);
    }
    for value in page.headers.values_mut() {
        clean::text(value);
    }
    page
}

/// The event that a delivery was about: what a preview is asked with.
fn event_of(page: &DeliveryPage, integration: Option<&Integration>) -> Value {
    /// Where providers write the address of the repository.
    const PLACES: &[&str] = &[
        "/repository/clone_url",
        "/project/git_http_url",
        "/repository/git_http_url",
        "/repository/html_url",
        "/repository/links/html/href",
        "/project/web_url",
        "/repository/homepage",
        "/repo",
    ];
    let body: Value = page
        .body
        .as_deref()
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default();
    let repo = PLACES
        .iter()
        .find_map(|place| body.pointer(place)?.as_str())
        .or(integration.and_then(|it| it.repo.as_deref()))
        .unwrap_or_default();
    let delivery = &page.delivery;
    let mut event = json!({
        "provider": delivery.provider,
        "repo": repo,
        "ref": delivery.git_ref.as_deref().unwrap_or_default(),
    });
    for (name, value) in [("before", &delivery.before), ("after", &delivery.after)] {
        if let Some(value) = value {
            event[name] = json!(value);
        }
    }
    event
}
