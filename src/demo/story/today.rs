//! The last day: what an operator finds when the console opens. Each thing that is wrong went wrong by itself: history was
//! rewritten, access was lost, a repository could not be reached.

use serde_json::json;

use crate::api::{IntegrationId, Job, JobId, JobStatus};
use crate::base::{Clock as _, Timestamp};
use crate::demo::error::DemoError;
use crate::demo::repository::{Commit, Onto};
use crate::demo::stage::{Stage, delivery_id};
use crate::demo::webhook::Webhook;
use crate::demo::world::{SourceSpec, integrations, source};

/// The log's position of the last event but three, and of the last, as the screens show them.
const LAST_TOGGLE: i64 = 1839;
/// About how many events come between the night and that toggle; what is missing is made up for just before it.
const EVENTS_OF_TODAY: i64 = 376 + super::agent::EVENTS;

fn spec(name: &str) -> Result<&'static SourceSpec, DemoError> {
    source(name).ok_or_else(|| DemoError::NoSource(name.to_owned()))
}

/// Passes the day.
pub async fn pass(stage: &mut Stage) -> Result<(), DemoError> {
    robots(stage).await?;
    infra_is_rewritten(stage).await?;
    frontend_moves(stage).await?;
    noise(stage).await?;
    gateway(stage).await?;
    let held_back = backend_waits(stage).await?;
    search_loses_access(stage).await?;
    let billing = billing_is_away(stage).await?;
    payments(stage).await?;
    billing_fails(stage, billing, "11-21 13:55:30", 0.99).await?;
    let last = backend_is_pushed_again(stage, held_back).await?;
    frontend_fails(stage).await?;
    billing_fails(stage, billing, "11-21 14:01:40", 0.43).await?;
    backend_goes_on(stage, last).await?;
    last_edits(stage).await
}

/// During the night robots push branches that no source follows.
async fn robots(stage: &mut Stage) -> Result<(), DemoError> {
    let missing = LAST_TOGGLE - 1 - EVENTS_OF_TODAY - stage.sequence().await?;
    stage.at("11-21 00:10");
    push_branches(stage, missing, 45).await
}

/// Pushes `count` commits, each on its own, to branches of robots; every one is a delivery and nothing more.
async fn push_branches(stage: &mut Stage, count: i64, seconds: i64) -> Result<(), DemoError> {
    const EACH: i64 = 40;
    let mut left = count.max(0);
    let names = ["frontend", "backend", "payments", "auth", "orders"];
    let mut n = 0;
    while left > 0 {
        let source = spec(names[n % names.len()])?;
        let branch = format!("bot/update-{n}");
        n += 1;
        let start = stage.clock.now();
        let many = left.min(EACH);
        let commits: Vec<Commit> = (0..many)
            .map(|k| {
                Commit::new(
                    start.plus_seconds(k * seconds),
                    format!("Update dependency {k}"),
                )
                .write("Cargo.lock", format!("# {k}\n"))
            })
            .collect();
        let repository = stage.repository(source)?;
        repository.branch(&branch, "main")?;
        let mut before = repository.head(&branch)?.unwrap_or_default();
        let ids = repository.commit_each(&branch, &commits).await?;
        for (commit, after) in commits.into_iter().zip(ids) {
            stage.wait(seconds);
            let pushed = crate::demo::stage::Pushed {
                source,
                branch: branch.clone(),
                before: before.clone(),
                after: after.clone(),
                forced: false,
                commits: vec![commit],
            };
            let delivery = stage.next_delivery();
            stage.deliver(&pushed, &delivery).await?;
            before = after;
        }
        left -= many;
    }
    Ok(())
}

/// Runs a job that fails, once, with this jitter for its next attempt.
async fn attempt(
    stage: &mut Stage,
    job: JobId,
    at: Timestamp,
    jitter: f64,
) -> Result<Job, DemoError> {
    stage.random.jitter(jitter);
    let due = stage.bo.job(job).await?.next_attempt_at;
    stage
        .clock
        .freeze(due.map_or(at, |due| due.max(at)).max(stage.clock.now()));
    let before = stage.bo.job(job).await?.attempt;
    if !stage.run_one().await? {
        return Err(stage.astray(format!("nobody could take run #{job}")));
    }
    let after = stage.bo.job(job).await?;
    if after.attempt != before + 1 {
        return Err(stage.astray(format!("the worker took another run than #{job}")));
    }
    Ok(after)
}

/// Runs a job that fails until it is given up.
async fn give_up(stage: &mut Stage, job: JobId, every: i64) -> Result<Job, DemoError> {
    loop {
        let at = stage.clock.now().plus_seconds(every);
        let now = attempt(stage, job, at, 0.0).await?;
        match now.status {
            JobStatus::Failed => return Ok(now),
            JobStatus::Retrying => {}
            other => {
                return Err(stage.astray(format!("run #{job} should fail and is {other}")));
            }
        }
    }
}

/// Somebody rewrites the history of `infra`, and the webhook that would say so is lost on its way. The next push leads on
/// from a commit that the cursor is not part of.
async fn infra_is_rewritten(stage: &mut Stage) -> Result<(), DemoError> {
    let infra = spec("infra")?;
    let at = stage.at("11-21 07:02");
    let again = Commit::new(at, "Begin again without the keys")
        .write("README.md", "# infra\n\nPart of acme.\n")
        .write("terraform/main.tf", "# networks, rewritten\n")
        .write("backup/restore.sh", "#!/bin/sh\n");
    let lost = stage
        .push_to(infra, "main", Onto::Nothing, vec![again])
        .await?;
    let at = stage.at("11-21 07:10");
    let next = Commit::new(at, "Keep backups for a year")
        .write("backup/restore.sh", "#!/bin/sh\nset -e\n");
    stage.pace.set(400, 2_000);
    let job = stage.push_and_deliver("infra", vec![next]).await?;
    stage.wait(2);
    let failed = stage.run(job, JobStatus::Failed).await?;
    match failed.error {
        Some(error) if error.code == "history-rewritten" => Ok(()),
        error => Err(stage.astray(format!(
            "run #{job} should find {} gone and found {error:?}",
            lost.before
        ))),
    }
}

fn client(extra: &str) -> String {
    format!("export const base = '/v2';\nexport const header = 'Authorization';\n{extra}")
}

/// Two pushes in a minute: the first gives way to the second, which does both.
async fn frontend_moves(stage: &mut Stage) -> Result<(), DemoError> {
    let at = stage.at("11-21 08:49:30");
    let first = Commit::new(at, "Retry calls that broke off")
        .write("src/api/client.ts", client("export const retries = 2;\n"));
    let skipped = stage
        .push_and_deliver_as("frontend", vec![first], &delivery_id(0x72d3_c0aa))
        .await?;
    let at = stage.at("11-21 08:50:10");
    let second = Commit::new(at, "Say who is signed in")
        .write(
            "src/internal/auth.ts",
            "export const cookie = 'session';\nexport const who = () => '';\n",
        )
        .write(
            "src/sdk/index.ts",
            "export * from './client';\nexport * from './who';\n",
        );
    let done = stage
        .push_and_deliver_as("frontend", vec![second], &delivery_id(0x72d3_c1f0))
        .await?;
    stage.at("11-21 08:57");
    stage.run(skipped, JobStatus::Skipped).await?;
    stage.at("11-21 08:57:20");
    stage.pace.set(600, 2_500);
    stage.run(done, JobStatus::Succeeded).await?;
    Ok(())
}

/// Deliveries that do nothing, each for a reason of its own.
async fn noise(stage: &mut Stage) -> Result<(), DemoError> {
    let frontend = spec("frontend")?;
    let github = IntegrationId(12);
    stage.at("11-21 09:01");
    let secret = stage.secrets.get(&github).cloned().unwrap_or_default();
    Webhook::ping(
        integrations()[11].provider,
        &secret,
        &delivery_id(0x72d3_9e44),
        frontend.repo,
    )
    .send(&stage.providers, github)
    .await?;
    // The provider sends the push of 08:50 once more, under another id.
    stage.at("11-21 10:00");
    let head = stage
        .repository(frontend)?
        .head("main")?
        .unwrap_or_default();
    let deliveries = stage
        .bo
        .deliveries(&crate::client::Query::new().filter("deliveryId", delivery_id(0x72d3_c1f0)))
        .await?;
    let before = deliveries
        .items
        .iter()
        .find(|d| d.after.as_deref() == Some(head.as_str()))
        .and_then(|d| d.before.clone())
        .ok_or_else(|| stage.astray("the delivery of 08:50 is not listed"))?;
    let again = crate::demo::stage::Pushed {
        source: frontend,
        branch: "main".to_owned(),
        before,
        after: head,
        forced: false,
        commits: Vec::new(),
    };
    stage.deliver(&again, &delivery_id(0x72d3_d9b1)).await?;
    let at = stage.at("11-21 10:55");
    stage.repository(frontend)?.branch("feat/x", "main")?;
    let commit = Commit::new(at, "Try x").write("src/x.ts", "export {};\n");
    let pushed = stage
        .push_to(frontend, "feat/x", Onto::Head, vec![commit])
        .await?;
    stage.deliver(&pushed, &delivery_id(0x72d3_e000)).await?;
    Ok(())
}

async fn gateway(stage: &mut Stage) -> Result<(), DemoError> {
    let at = stage.at("11-21 12:01:30");
    stage.pace.set(630, 2_600);
    let commit = Commit::new(at, "Count refused calls").write(
        "src/lib.rs",
        "//! gateway.\n\npub fn start() {}\n\npub fn refused() -> u64 { 0 }\n",
    );
    let job = stage.push_and_deliver("gateway", vec![commit]).await?;
    stage.wait(10);
    stage.run(job, JobStatus::Succeeded).await?;
    Ok(())
}

/// Bo turns `backend` off while a release is cut; the push of a moment before waits.
async fn backend_waits(stage: &mut Stage) -> Result<JobId, DemoError> {
    let at = stage.at("11-21 13:02");
    let commit = Commit::new(at, "Begin 2.4")
        .write("api/version.rs", "pub const VERSION: &str = \"2.4\";\n");
    let job = stage.push_and_deliver("backend", vec![commit]).await?;
    stage.wait(5);
    stage.switch(&stage.bo.clone(), "backend", false).await?;
    Ok(job)
}

/// The installation that `search` depends on is suspended; its push waits.
async fn search_loses_access(stage: &mut Stage) -> Result<(), DemoError> {
    let at = stage.at("11-21 13:18");
    let commit = Commit::new(at, "Rank titles higher").write(
        "src/lib.rs",
        "//! search.\n\npub fn start() {}\n\npub const TITLE: u32 = 3;\n",
    );
    stage.push_and_deliver("search", vec![commit]).await?;
    stage.wait(3);
    stage
        .call(
            &stage.ana,
            "PATCH",
            "/integrations/15".to_owned(),
            json!({ "status": "suspended" }),
        )
        .await?;
    Ok(())
}

/// The host of `billing` does not answer whenever its run is tried.
async fn billing_fails(
    stage: &mut Stage,
    job: JobId,
    moment: &str,
    jitter: f64,
) -> Result<(), DemoError> {
    stage.pace.set(200, 500);
    stage.place.cut_off(spec("billing")?.repo)?;
    let tried = attempt(stage, job, stage.calendar.at(moment), jitter).await;
    stage.place.write_git_config()?;
    match tried?.status {
        JobStatus::Retrying => Ok(()),
        other => Err(stage.astray(format!("run #{job} should be tried again and is {other}"))),
    }
}

/// A push to `billing` arrives, and its run cannot clone it.
async fn billing_is_away(stage: &mut Stage) -> Result<JobId, DemoError> {
    let at = stage.at("11-21 13:31");
    let commit = Commit::new(at, "Round to the cent").write(
        "src/lib.rs",
        "//! billing.\n\npub fn start() {}\n\npub fn round() {}\n",
    );
    let job = stage.push_and_deliver("billing", vec![commit]).await?;
    for moment in [
        "11-21 13:31:05",
        "11-21 13:33:00",
        "11-21 13:38:00",
        "11-21 13:44:00",
        "11-21 13:48:40",
    ] {
        billing_fails(stage, job, moment, 0.99).await?;
    }
    Ok(job)
}

async fn payments(stage: &mut Stage) -> Result<(), DemoError> {
    let at = stage.at("11-21 13:48:55");
    let commit = Commit::new(at, "Refund in part")
        .write(
            "src/refund.rs",
            "pub fn refund() {}\n\npub fn refund_part(cents: u64) {}\n",
        )
        .write("deploy/plan.yaml", "canary: 5%\n")
        .write("src/api.rs", "pub fn pay() {}\n\npub fn refund() {}\n");
    let job = stage.push_and_deliver("payments", vec![commit]).await?;
    stage.at("11-21 13:49:05");
    stage.pace.set(820, 3_080);
    stage.run(job, JobStatus::Succeeded).await?;
    Ok(())
}

/// Bo opens `backend` for one more push, and closes it again. What waited gives way to what came after it.
async fn backend_is_pushed_again(stage: &mut Stage, held_back: JobId) -> Result<JobId, DemoError> {
    stage.at("11-21 13:56:50");
    stage.switch(&stage.bo.clone(), "backend", true).await?;
    let at = stage.at("11-21 13:57");
    let commit = Commit::new(at, "Take a context in the Go client")
        .write(
            "sdk/go/client.go",
            "package sdk\n\nfunc New(ctx context.Context, key string) *Client { return &Client{ctx, key} }\n",
        )
        .write("api/errors.rs", "pub struct Problem {\n    pub remedy: Option<String>,\n}\n");
    let job = stage.push_and_deliver("backend", vec![commit]).await?;
    stage.wait(2);
    stage.pace.set(100, 500);
    stage.run(held_back, JobStatus::Skipped).await?;
    stage.wait(2);
    stage.switch(&stage.bo.clone(), "backend", false).await?;
    Ok(job)
}

/// Seven commits to `frontend`. The documents of Internal that they concern also watch `design`, whose repository cannot be
/// reached: two of three spaces are done, the third is not, and the cursor stays.
async fn frontend_fails(stage: &mut Stage) -> Result<(), DemoError> {
    let start = stage.at("11-21 13:57:50");
    let changes = [
        (
            "Name the session",
            "src/internal/auth.ts",
            "export const cookie = 'acme-session';\n",
        ),
        (
            "Renew it by use",
            "src/internal/renew.ts",
            "export const hours = 8;\n",
        ),
        (
            "Send the version",
            "src/api/version.ts",
            "export const version = '2.4';\n",
        ),
        (
            "Read errors with a remedy",
            "src/api/errors.ts",
            "export const remedy = true;\n",
        ),
        ("Show the remedy", "src/ui/toast.ts", "export {};\n"),
        (
            "Wait before trying again",
            "src/api/wait.ts",
            "export const wait = 250;\n",
        ),
        (
            "End sessions on sign-out",
            "src/internal/end.ts",
            "export {};\n",
        ),
    ];
    let commits = changes
        .iter()
        .zip(0..)
        .map(|((message, path, text), n)| {
            Commit::new(start.plus_seconds(n * 90 - 900), *message).write(*path, *text)
        })
        .collect();
    let job = stage
        .push_and_deliver_as("frontend", commits, &delivery_id(0x72d3_f1aa))
        .await?;
    let design = stage.repository(spec("design")?)?;
    design.take_away()?;
    stage
        .call(
            &stage.ana,
            "POST",
            "/integrations/12/check".to_owned(),
            json!({}),
        )
        .await?;
    stage.at("11-21 13:58:15");
    stage.pace.set(125, 300);
    let given_up = give_up(stage, job, 3).await;
    design.put_back()?;
    given_up.map(drop)
}

/// The release is cut, and the run that waited is under way when the story ends.
async fn backend_goes_on(stage: &mut Stage, last: JobId) -> Result<(), DemoError> {
    stage.at("11-21 14:01:47");
    stage.switch(&stage.bo.clone(), "backend", true).await?;
    stage.at("11-21 14:01:49");
    stage.pace.set(300, 1_000);
    stage.hold(last, "sdk").await?;
    super::agent::work(stage, last).await
}

/// Ana silences a space, and Bo narrows another: the two newest things that can be taken back.
async fn last_edits(stage: &mut Stage) -> Result<(), DemoError> {
    stage.at("11-21 14:01:58");
    let missing = LAST_TOGGLE - 1 - stage.sequence().await?;
    push_branches(stage, missing.min(60), 0).await?;
    stage.at("11-21 14:02:00");
    stage.renewed().await?;
    let frontend = stage.source("frontend")?;
    let path = format!("/spaces/{}/sources/{frontend}", stage.space("sdk")?);
    let body = json!({ "enabled": false, "reason": "noise in freeze" });
    stage.call(&stage.ana, "PATCH", path, body).await?;
    stage.at("11-21 14:02:04");
    push_branches(stage, 2, 1).await?;
    stage.at("11-21 14:02:08");
    let path = format!("/spaces/{}/sources/{frontend}", stage.space("internal")?);
    let body = json!({ "jrnPattern": "jrn:*:path:/home/*/sources/github/acme/frontend/main" });
    stage.call(&stage.bo, "PATCH", path, body).await?;
    stage.at(crate::demo::calendar::END);
    stage.renewed().await
}
