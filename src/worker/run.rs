//! One run of a claimed job: its steps in order, each told as it begins and ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::agent::{Code, Provider};
use super::fault::Fault;
use super::halt::{Halt, Why};
use super::heartbeat::beat;
use super::instruction::Instruction;
use super::mirrors::{Mirrors, Mounts, head_of, remove};
use super::odd::odd;
use super::plan::{Plan, commit, plan, short};
use super::report::{Reporter, StepEnd, persist};
use super::space::{Outcome, Visit};
use crate::agent::Compared;
use crate::api::{
    Claim, Code as ErrorCode, CursorAdvance, FinishRequest, JobKind, JobSpace, JobStatus, LogLevel,
    SpaceReport, SpaceStatus, StepName, StepStatus,
};
use crate::base::Clock;
use crate::client::{Client, ClientError};
use crate::domain::coordinate::RepoCoordinate;
use crate::domain::source::DEFAULT_BRANCH;
use crate::git::{Change, Mirror, RemoteHeads, Sha};

/// How long a stopping worker tries to hand its job back; after that the lease ends by itself.
const HAND_BACK: Duration = Duration::from_secs(5);

/// What the only branch of uploaded files goes by.
const UPLOADED: &str = "main";

/// What runs work with.
#[derive(Clone)]
pub struct Tools {
    pub mirrors: Mirrors,
    pub provider: Provider,
    pub clock: Arc<dyn Clock>,
}

/// How a run ended, for the worker's own log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The job was told so.
    Told(JobStatus),
    /// The job was taken away, and nothing more was written.
    Taken(String),
}

/// Runs a claimed job to its end, or until something stops it.
pub async fn execute(
    tools: &Tools,
    client: &Client,
    claim: &Claim,
    stop: &CancellationToken,
) -> End {
    let run = client.run(claim.job.id, &claim.run_token);
    let halt = Halt::default();
    let (beats, inbox) = mpsc::unbounded_channel();
    let heart = tokio::spawn(beat(
        run.clone(),
        halt.clone(),
        Duration::from_secs(u64::from(claim.lease_seconds)),
        Arc::clone(&tools.clock),
        claim.epoch.0,
        inbox,
    ));
    let reporter = Reporter::new(run, beats, Arc::clone(&tools.clock));
    let dir = tools
        .mirrors
        .run_dir(&format!("job-{}-{}", claim.job.id, claim.epoch.0));
    let pipeline = Pipeline {
        tools,
        claim,
        reporter: &reporter,
        dir: dir.clone(),
        mirrors: tools.mirrors.clone(),
    };
    let worked = tokio::select! {
        biased;
        why = halt.stopped() => Err(why),
        () = stop.cancelled() => Err(Why::Shutdown),
        worked = pipeline.go() => Ok(worked),
    };
    remove(&dir).await;
    let end = conclude(&reporter, worked).await;
    heart.abort();
    tracing::info!(job = %claim.job.id, epoch = claim.epoch.0, ?end, "run ended");
    end
}

/// Tells the server how the run ended, where it may still be told.
async fn conclude(reporter: &Reporter, worked: Result<Result<(), Fault>, Why>) -> End {
    let request = match worked {
        Ok(Ok(())) => ending(JobStatus::Succeeded),
        Ok(Err(fault)) => {
            let detail = fault.detail();
            match fault.finish() {
                Some(request) => request,
                None => return End::Taken(detail),
            }
        }
        Err(Why::Shutdown) => {
            let back = ending(JobStatus::Retrying);
            return match tokio::time::timeout(HAND_BACK, reporter.finish(&back)).await {
                Ok(Ok(())) => End::Told(JobStatus::Retrying),
                Ok(Err(fault)) => End::Taken(fault.detail()),
                Err(_) => End::Taken("the server did not take the job back in time".to_owned()),
            };
        }
        Err(Why::Cancelled) => return End::Taken("cancelled".to_owned()),
        Err(Why::Fenced(reason)) => return End::Taken(reason),
    };
    match reporter.finish(&request).await {
        Ok(()) => End::Told(request.status),
        Err(fault) => End::Taken(fault.detail()),
    }
}

fn ending(status: JobStatus) -> FinishRequest {
    FinishRequest {
        status,
        error: None,
        superseded_by: None,
        retryable: true,
    }
}

/// The steps of one run.
struct Pipeline<'a> {
    tools: &'a Tools,
    claim: &'a Claim,
    reporter: &'a Reporter,
    dir: PathBuf,
    mirrors: Mirrors,
}

/// What `resolve` finds out.
struct Resolved {
    mirror: Mirror,
    head: Sha,
    /// The branch as it is now, where that is another commit.
    tip: Option<Sha>,
    /// Head of the default branch, where the run is of another one.
    default_head: Option<Sha>,
}

impl Pipeline<'_> {
    async fn go(mut self) -> Result<(), Fault> {
        let worked = self.steps().await;
        if let Err(fault) = &worked
            && let Some(step) = self.reporter.at()
        {
            let status = match fault {
                Fault::Failed { message, .. } => {
                    self.reporter.log(LogLevel::Error, None, message.clone());
                    StepStatus::Failed
                }
                Fault::Skipped { reason, .. } => {
                    self.reporter.info(reason.clone());
                    StepStatus::Skipped
                }
                Fault::Fenced(_) => return worked,
            };
            self.reporter.end_as(step, status, fault.detail()).await?;
        }
        worked
    }

    async fn steps(&mut self) -> Result<(), Fault> {
        self.lease().await?;
        self.stale().await?;
        self.mirrors = self.mirrors.with(self.reporter.run().credentials().await?);
        let resolved = self.resolve().await?;
        let plan = self.checkout(&resolved).await?;
        let instruction = match &self.claim.job.agent_turn {
            Some(wanted) => Some(Instruction::read(self.reporter.run(), wanted).await?),
            None => None,
        };
        self.spaces(&resolved.mirror, &plan, instruction.as_ref())
            .await?;
        self.advance(&plan).await
    }

    async fn lease(&self) -> Result<(), Fault> {
        self.reporter.begin(StepName::Lease, None).await?;
        let detail = format!("epoch {}", self.claim.epoch.0);
        self.reporter
            .end(StepName::Lease, StepEnd::of(detail))
            .await
    }

    async fn stale(&self) -> Result<(), Fault> {
        self.reporter.begin(StepName::Stale, None).await?;
        if let Some(job) = self.claim.superseded_by {
            return Err(Fault::Skipped {
                superseded_by: Some(job),
                reason: format!(
                    "a newer push leads on from this one: run #{job} covers its commits"
                ),
            });
        }
        let detail = match self.claim.job.kind {
            JobKind::CatchUp | JobKind::AgentTurn => "no event",
            JobKind::CliImpact => "newest of chain",
        };
        self.reporter
            .end(StepName::Stale, StepEnd::of(detail))
            .await
    }

    async fn resolve(&self) -> Result<Resolved, Fault> {
        self.reporter.begin(StepName::Resolve, None).await?;
        let claim = self.claim;
        if let Some(version) = &claim.files {
            let newest = commit(version)?;
            let run = self.reporter.run();
            let source = claim.job.source_id;
            let mirror = self.mirrors.files(run, source, &newest).await?;
            let heads = RemoteHeads {
                default_branch: Some(UPLOADED.to_owned()),
                heads: [(UPLOADED.to_owned(), newest)].into(),
                moved_to: None,
            };
            let resolved = self.head(mirror, &heads)?;
            self.reporter
                .end(StepName::Resolve, StepEnd::of("uploaded files"))
                .await?;
            return Ok(resolved);
        }
        let repo = claim.repo.as_deref().ok_or_else(|| {
            Fault::lasting(
                "no-repo",
                format!("source {} has no repo; set it", claim.source_name),
            )
        })?;
        let coordinate = RepoCoordinate::parse(repo)
            .map_err(|error| Fault::lasting("no-repo", error.to_string()))?;
        let (mirror, heads) = self.mirrors.open(&coordinate).await?;
        let resolved = self.head(mirror, &heads)?;
        let detail = claim
            .integration_name
            .clone()
            .unwrap_or_else(|| coordinate.host().to_owned());
        self.reporter
            .end(StepName::Resolve, StepEnd::of(detail))
            .await?;
        Ok(resolved)
    }

    /// The real head of the branch is read before the work, whatever the event says (sources.md §8: idempotency).
    fn head(&self, mirror: Mirror, heads: &RemoteHeads) -> Result<Resolved, Fault> {
        let job = &self.claim.job;
        if let (JobKind::AgentTurn, Some(head)) = (job.kind, &job.head_sha) {
            // The thread is about this commit, wherever the branch is by now.
            return Ok(Resolved {
                mirror,
                head: commit(head)?,
                tip: None,
                default_head: None,
            });
        }
        let branch = job.branch.as_deref().filter(|name| *name != DEFAULT_BRANCH);
        let now = head_of(heads, branch);
        let named = branch.unwrap_or("the default branch");
        let head = match (&job.head_sha, now) {
            (Some(event), now) => {
                let event = commit(event)?;
                match now {
                    Some(now) if *now != event => self.reporter.info(format!(
                        "{named} is at {} by now; this event ends at {}",
                        short(now),
                        short(&event)
                    )),
                    Some(_) => {}
                    None => self
                        .reporter
                        .info(format!("{named} is gone from {}", mirror.origin())),
                }
                event
            }
            (None, Some(now)) => {
                self.reporter.info(format!("{named} is at {}", short(now)));
                now.clone()
            }
            (None, None) => {
                return Err(Fault::lasting(
                    "branch-gone",
                    format!(
                        "{} has no branch {named}; set the source's branch",
                        mirror.origin()
                    ),
                ));
            }
        };
        let is_default = branch.is_none() || branch == heads.default_branch.as_deref();
        let default_head = head_of(heads, None).filter(|_| !is_default).cloned();
        let tip = now.filter(|now| **now != head).cloned();
        Ok(Resolved {
            mirror,
            head,
            tip,
            default_head,
        })
    }

    async fn checkout(&self, resolved: &Resolved) -> Result<Plan, Fault> {
        self.reporter.begin(StepName::Checkout, None).await?;
        let Resolved {
            mirror,
            head,
            tip,
            default_head,
        } = resolved;
        let mut plan = plan(
            mirror,
            self.claim,
            head,
            tip.as_ref(),
            default_head.as_ref(),
        )
        .await?;
        for note in &plan.notes {
            self.reporter.info(note.clone());
        }
        let base = plan.base.as_ref().map_or("none", short);
        self.reporter.info(format!(
            "{} changed files from base {base} ({}) to {}",
            plan.files.len(),
            plan.reason,
            short(head)
        ));
        if !plan.nothing_new {
            mirror.prune().await?;
            mirror.checkout(head, &self.work_tree()).await?;
            self.tell_odd(std::mem::take(&mut plan.changes)).await;
        }
        let end = StepEnd {
            detail: short(head).to_owned(),
            base: Some((
                plan.base.as_ref().map(|sha| sha.as_str().to_owned()),
                plan.reason,
            )),
            commits_behind: plan.commits_behind.and_then(|n| i64::try_from(n).ok()),
            head: Some(head.as_str().to_owned()),
        };
        self.reporter.end(StepName::Checkout, end).await?;
        Ok(plan)
    }

    /// Says which of the changed files are looked at by their paths alone.
    async fn tell_odd(&self, changes: Vec<Change>) {
        let work_tree = self.work_tree();
        // There may be a hundred thousand files to open.
        let found = tokio::task::spawn_blocking(move || odd(&work_tree, &changes)).await;
        for line in found.unwrap_or_default() {
            self.reporter.info(line);
        }
    }

    /// Where the source is checked out.
    fn work_tree(&self) -> PathBuf {
        self.dir.join("source")
    }

    async fn spaces(
        &self,
        mirror: &Mirror,
        plan: &Plan,
        instruction: Option<&Instruction>,
    ) -> Result<(), Fault> {
        let spaces = &self.claim.job.spaces;
        let total = spaces.len();
        let mut done = spaces.iter().filter(|space| is_done(space)).count();
        let mut failures: Vec<String> = Vec::new();
        let mut stopped = false;
        self.reporter
            .begin(StepName::Spaces, Some(format!("{done}/{total}")))
            .await?;
        let work_tree = self.work_tree();
        let run = format!("run-{}-{}", self.claim.job.id, self.claim.epoch.0);
        let visit = Visit {
            reporter: self.reporter,
            provider: &self.tools.provider,
            job: self.claim.job.id,
            run: &run,
            epoch: self.claim.epoch,
            source_name: &self.claim.source_name,
            code: Code {
                id: self.claim.job.source_id,
                compared: Compared {
                    source: &self.claim.source_name,
                    repository: mirror.repository(),
                    work_tree: &work_tree,
                    base: plan.base.as_ref().map(Sha::as_str),
                    head: Some(plan.head.as_str()),
                },
            },
            files: &plan.files,
            mode: self.claim.job.runtime_mode,
            sessions: &self.mirrors.sessions(),
            instruction,
        };
        let mut mounts = Mounts::new(&self.mirrors, &self.claim.known_sources);
        // A retry does only what is not done (sources.md §9: step 5).
        for open in spaces.iter().filter(|space| !is_done(space)) {
            let Some(space) = self.claim.spaces.iter().find(|s| s.id == open.space_id) else {
                let gone = closed(SpaceStatus::Skipped, Some("the space was deleted"));
                self.reporter.space(open.space_id, &gone).await?;
                done += 1;
                continue;
            };
            if plan.nothing_new {
                let unchanged = closed(SpaceStatus::Unchanged, None);
                self.reporter.space(space.id, &unchanged).await?;
                done += 1;
            } else {
                match visit.space(space, &mut mounts).await? {
                    Outcome::Done => done += 1,
                    Outcome::Failed { error, lasting } => {
                        failures.push(format!("{}: {error}", space.name));
                        stopped |= lasting;
                    }
                }
            }
            // Of many spaces each hundredth part is news.
            if done * 100 / total != (done.max(1) - 1) * 100 / total {
                let so_far = Some(format!("{done}/{total}"));
                self.reporter.begin(StepName::Spaces, so_far).await?;
            }
        }
        if failures.is_empty() {
            let end = StepEnd::of(format!("{done}/{total}"));
            return self.reporter.end(StepName::Spaces, end).await;
        }
        let detail = format!("{done}/{total}, {} failed", failures.len());
        self.reporter
            .end_as(StepName::Spaces, StepStatus::Failed, detail)
            .await?;
        let why = format!(
            "{} of {total} spaces failed: {}",
            failures.len(),
            failures.join("; ")
        );
        Err(if stopped {
            Fault::lasting("space-failed", why)
        } else {
            Fault::passing("space-failed", why)
        })
    }

    async fn advance(&self, plan: &Plan) -> Result<(), Fault> {
        let claim = self.claim;
        let from = match &claim.cursor {
            Some(cursor) => short(&commit(cursor)?).to_owned(),
            None => "none".to_owned(),
        };
        self.reporter.begin(StepName::Advance, None).await?;
        if !plan.moves_cursor {
            let why = if plan.nothing_new {
                format!("already at {from}")
            } else if claim.job.kind == JobKind::AgentTurn {
                format!("stays at {from}: an instruction in a thread")
            } else if claim.moves_cursor {
                format!("stays at {from}: an event run again")
            } else {
                format!("stays at {from}: another branch")
            };
            return self
                .reporter
                .end_as(StepName::Advance, StepStatus::Skipped, why)
                .await;
        }
        let request = CursorAdvance {
            value: plan.head.as_str().to_owned(),
            expected_version: claim.cursor_version,
            epoch: claim.epoch,
            run_token: claim.run_token.clone(),
            job_id: claim.job.id,
        };
        let source = claim.job.source_id;
        match persist(|| self.reporter.run().advance_cursor(source, &request)).await {
            Ok(_) => {}
            // The answer to the first try was lost, and it had arrived.
            Err(error) if is_there(&error, &plan.head) => {}
            Err(error) => return Err(error.into()),
        }
        let end = StepEnd::of(format!("{from} → {}", short(&plan.head)));
        self.reporter.end(StepName::Advance, end).await
    }
}

fn is_done(space: &JobSpace) -> bool {
    matches!(
        space.status,
        SpaceStatus::Updated | SpaceStatus::Unchanged | SpaceStatus::Skipped
    )
}

fn closed(status: SpaceStatus, error: Option<&str>) -> SpaceReport {
    SpaceReport {
        status,
        phase: None,
        impacted_docs: Vec::new(),
        updated_docs: Vec::new(),
        error: error.map(str::to_owned),
    }
}

/// Whether a refused advance found the cursor where it was to be.
fn is_there(error: &ClientError, head: &Sha) -> bool {
    let ClientError::Problem(problem) = error else {
        return false;
    };
    let value = problem
        .current
        .as_ref()
        .and_then(|current| current["cursor"]["value"].as_str());
    problem.code == ErrorCode::CursorConflict && value == Some(head.as_str())
}
