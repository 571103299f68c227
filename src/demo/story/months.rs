//! From August to yesterday: ordinary pushes to ordinary sources, one run each.

use crate::api::{JobId, JobStatus, Sequence};
use crate::base::Clock as _;
use crate::demo::error::DemoError;
use crate::demo::repository::Commit;
use crate::demo::stage::{Stage, delivery_id};
use crate::demo::story::{code, settle};
use crate::demo::world::{SourceSpec, source, sources};

/// How many runs there were before yesterday, those of the sandbox included, so that today's have the numbers that the
/// screens show.
const RUNS: usize = 80 - settle::TRIED;

/// Passes the months.
pub async fn pass(stage: &mut Stage) -> Result<(), DemoError> {
    let (watched, unwatched): (Vec<&SourceSpec>, Vec<&SourceSpec>) = sources()
        .iter()
        .filter(|s| s.integration.is_some() && !QUIET.contains(&s.name))
        .partition(|s| !s.spaces.is_empty());
    let (begin, end) = (
        stage.calendar.at("08-06 08:00"),
        stage.calendar.at("11-20 12:00"),
    );
    let step = (end.as_millis() - begin.as_millis()) / i64::try_from(RUNS).unwrap_or(1);
    stage.pace.set(900, 4_000);
    for n in 0..RUNS {
        let at = begin.plus_millis(step * i64::try_from(n).unwrap_or(0));
        stage.clock.freeze(at.max(stage.clock.now()));
        let source = watched[n % watched.len()];
        let job = stage
            .push_and_deliver(source.name, code::change(source, n, at.plus_seconds(-40)))
            .await?;
        stage.wait(4);
        stage.run(job, JobStatus::Succeeded).await?;
        if let Some(source) = unwatched.get(n) {
            let at = stage.wait(5 * 3600);
            let pushed = stage.push(source.name, code::change(source, n, at)).await?;
            let delivery = stage.next_delivery();
            stage.deliver(&pushed, &delivery).await?;
        }
    }
    scratch_is_pushed_to(stage).await?;
    yesterday(stage).await
}

/// Sources that no ordinary push is made to: never pushed to, off, or linked only yesterday.
const QUIET: [&str; 3] = ["mobile", "legacy", "frontend"];

/// The repository of the virtual source `scratch` is busy all the same; that is what linking it would bring.
async fn scratch_is_pushed_to(stage: &mut Stage) -> Result<(), DemoError> {
    let Some(scratch) = source("scratch") else {
        return Err(DemoError::NoSource("scratch".to_owned()));
    };
    stage.at("11-20 13:00");
    for (n, branch) in ["main", "draft", "main", "draft", "main"]
        .iter()
        .enumerate()
    {
        let at = stage.wait(900);
        let commit = Commit::new(at, "Try another shape")
            .write("src/api/draft.ts", format!("export const shape = {n};\n"));
        let repository = stage.repository(scratch)?;
        if repository.head(branch)?.is_none() {
            repository.branch(branch, "main")?;
        }
        let pushed = stage
            .push_to(
                scratch,
                branch,
                crate::demo::repository::Onto::Head,
                vec![commit],
            )
            .await?;
        let delivery = stage.next_delivery();
        stage.deliver(&pushed, &delivery).await?;
    }
    Ok(())
}

/// Ana links `frontend`, and its first run sets its cursor; somebody else's webhook is refused.
async fn yesterday(stage: &mut Stage) -> Result<(), DemoError> {
    let Some(frontend) = source("frontend") else {
        return Err(DemoError::NoSource("frontend".to_owned()));
    };
    stage.at("11-20 15:40");
    let (id, integration) = (stage.source("frontend")?, crate::api::IntegrationId(12));
    let body = serde_json::json!({ "integrationId": integration });
    let linked = stage
        .call(&stage.ana, "POST", format!("/sources/{id}/link"), body)
        .await?;
    // The server looks at the remote beside its answer; the story waits for it.
    let after = linked.sequence.unwrap_or(Sequence(0));
    stage
        .until(after, id, |source| source.head.is_some())
        .await?;
    let at = stage.at("11-20 16:05");
    let commit = Commit::new(at, "Send the token in a header").write(
        "src/api/client.ts",
        "export const base = '/v2';\nexport const header = 'Authorization';\n",
    );
    let pushed = stage.push("frontend", vec![commit]).await?;
    // Somebody tries with a secret of their own before the real one comes.
    stage
        .deliver_signed(
            &pushed,
            &delivery_id(0x72d3_1b07),
            integration,
            "not-the-secret",
        )
        .await
        .map(drop)
        .or_else(refused)?;
    stage.wait(2);
    let reply = stage.deliver(&pushed, &delivery_id(0x72d3_1b10)).await?;
    let job = reply["jobs"][0].as_i64().map(JobId).ok_or_else(|| {
        stage.astray(format!("the first push to {} queued no run", frontend.name))
    })?;
    stage.wait(5);
    stage.run(job, JobStatus::Succeeded).await?;
    Ok(())
}

/// A refusal is what is expected here; anything else is not.
fn refused(error: DemoError) -> Result<(), DemoError> {
    match error {
        DemoError::Client(error) if error.code() == Some(crate::api::Code::Unauthenticated) => {
            Ok(())
        }
        other => Err(other),
    }
}
