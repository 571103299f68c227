//! August: Ana and Bo set everything up.

use serde_json::json;

use crate::api::{
    IntegrationId, NewBinding, NewIntegration, NewSource, NewSpace, PushOp, PushOpKind,
    PushRequest, PushStatus, Sequence, SourceType,
};
use crate::base::Random as _;
use crate::demo::error::DemoError;
use crate::demo::repository::{Commit, Onto};
use crate::demo::stage::{Pushed, Stage};
use crate::demo::story::code;
use crate::demo::world::{SourceSpec, documents, integrations, sources, spaces};

/// Sources that were virtual first and linked later in the story.
const LINKED_LATER: [&str; 1] = ["frontend"];

/// Integrations, spaces, sources, bindings, documents; repositories with a first commit.
pub async fn settle(stage: &mut Stage) -> Result<(), DemoError> {
    repositories(stage).await?;
    make_integrations(stage).await?;
    make_spaces(stage).await?;
    make_sources(stage).await?;
    bind(stage).await?;
    fill(stage).await?;
    try_out(stage).await?;
    tidy(stage).await
}

/// Every repository but that of `mobile`, which nobody has pushed to yet: its head was never seen because there is none.
async fn repositories(stage: &Stage) -> Result<(), DemoError> {
    for source in sources() {
        let repository = stage.repository(source)?;
        if source.name == "mobile" || repository.head("main")?.is_some() {
            continue;
        }
        let first = code::first(source, stage.at("08-01 10:00"));
        repository.commit("main", Onto::Head, &first).await?;
        if source.name == "frontend" {
            repository.branch("release/1", "main")?;
        }
    }
    Ok(())
}

async fn make_integrations(stage: &mut Stage) -> Result<(), DemoError> {
    stage.at("08-02 09:00");
    for (n, spec) in integrations().iter().enumerate() {
        stage.wait(10);
        let id = IntegrationId(i64::try_from(n).unwrap_or(0) + 1);
        let mut secret = [0u8; 24];
        stage.random.fill(&mut secret);
        let created = stage
            .ana
            .create_integration(&NewIntegration {
                provider: spec.provider,
                name: spec.name.to_owned(),
                repo: spec.repo.map(str::to_owned),
                account: spec.account.map(str::to_owned),
                secret: Some(hex::encode(secret)),
            })
            .await?;
        if created.integration.id != id {
            return Err(stage.astray(format!(
                "{} became integration {} and not {id}",
                spec.name, created.integration.id
            )));
        }
        stage.secrets.insert(id, created.webhook_secret);
    }
    Ok(())
}

async fn make_spaces(stage: &mut Stage) -> Result<(), DemoError> {
    stage.at("08-02 09:05");
    for spec in spaces() {
        stage.wait(20);
        let created = stage
            .ana
            .create_space(&NewSpace {
                name: spec.name.to_owned(),
                slug: Some(spec.slug.to_owned()),
                description: Some(spec.description.to_owned()),
            })
            .await?;
        stage.spaces.insert(spec.slug, created.id);
    }
    Ok(())
}

async fn make_sources(stage: &mut Stage) -> Result<(), DemoError> {
    stage.at("08-02 09:12");
    for spec in sources() {
        let integration = spec
            .integration
            .filter(|_| !LINKED_LATER.contains(&spec.name));
        let before = Sequence(stage.sequence().await?);
        let created = stage
            .ana
            .create_source(&NewSource {
                name: spec.name.to_owned(),
                source_type: SourceType::Git,
                repo: Some(spec.repo.to_owned()),
                branch: Some(spec.branch.to_owned()),
                integration_id: integration.map(IntegrationId),
                enabled: true,
            })
            .await?;
        stage.sources.insert(spec.name, created.id);
        if integration.is_some() && stage.repository(spec)?.head(spec.branch)?.is_some() {
            // The server looks at the remote beside its answer; the story waits for it.
            stage
                .until(before, created.id, |source| source.head.is_some())
                .await?;
        }
        stage.wait(120);
    }
    Ok(())
}

async fn bind(stage: &Stage) -> Result<(), DemoError> {
    stage.at("08-02 11:00");
    for source in sources() {
        for binding in source.spaces {
            stage.wait(5);
            stage
                .bo
                .bind(
                    stage.space(binding.space)?,
                    &NewBinding {
                        source_id: stage.source(source.name)?,
                        jrn_pattern: None,
                        enabled: Some(binding.enabled),
                    },
                )
                .await?;
        }
    }
    Ok(())
}

/// The documents, as `jolli sync` pushes them.
async fn fill(stage: &Stage) -> Result<(), DemoError> {
    stage.at("08-02 13:00");
    let documents = documents();
    for space in spaces() {
        stage.wait(60);
        let ops: Vec<PushOp> = documents
            .iter()
            .filter(|document| document.space == space.slug)
            .map(|document| PushOp {
                op: PushOpKind::Upsert,
                file_id: format!("{}:{}", space.slug, document.path),
                server_path: document.path.clone(),
                base_version: 0,
                content: Some(document.text.clone()),
                content_hash: None,
            })
            .collect();
        let reply = stage
            .bo
            .push(
                space.slug,
                &PushRequest {
                    client_changeset_id: format!("first-{}", space.slug),
                    target_branch: "main".to_owned(),
                    message: Some("First documents".to_owned()),
                    merge_prompt: None,
                    ops,
                },
            )
            .await?;
        if let Some(refused) = reply.results.iter().find(|r| r.status != PushStatus::Ok) {
            return Err(stage.astray(format!(
                "{} was not taken: {:?}",
                refused.file_id, refused.status
            )));
        }
    }
    Ok(())
}

/// How many pushes Ana's sandbox saw while no runner was installed yet; their runs have the first numbers.
pub const TRIED: usize = 54;

/// Ana tries webhooks out with a repository of her own: runs queue up, and go with the source when she deletes it.
async fn try_out(stage: &mut Stage) -> Result<(), DemoError> {
    let begin = stage.at("08-03 09:00");
    let integration = IntegrationId(4);
    let sandbox = stage
        .ana
        .create_source(&NewSource {
            name: SANDBOX.name.to_owned(),
            source_type: SourceType::Git,
            repo: Some(SANDBOX.repo.to_owned()),
            branch: Some(SANDBOX.branch.to_owned()),
            integration_id: Some(integration),
            enabled: true,
        })
        .await?
        .id;
    let bound = NewBinding {
        source_id: sandbox,
        jrn_pattern: None,
        enabled: None,
    };
    stage.ana.bind(stage.space("changelog")?, &bound).await?;
    let commits: Vec<Commit> = (0..=TRIED)
        .map(|n| {
            let at = begin.plus_seconds(i64::try_from(n).unwrap_or(0) * 1800);
            Commit::new(at, format!("Try {n}")).write("try.txt", format!("{n}\n"))
        })
        .collect();
    let repository = stage.repository(&SANDBOX)?;
    let ids = repository.commit_each("main", &commits).await?;
    for (pair, commit) in ids.windows(2).zip(commits.into_iter().skip(1)) {
        stage.clock.freeze(commit.at().plus_seconds(3));
        let pushed = Pushed {
            source: &SANDBOX,
            branch: "main".to_owned(),
            before: pair[0].clone(),
            after: pair[1].clone(),
            forced: false,
            commits: vec![commit],
        };
        let delivery = stage.next_delivery();
        stage.deliver(&pushed, &delivery).await?;
    }
    stage.at("08-05 09:00");
    Ok(stage.ana.delete_source(sandbox).await?)
}

const SANDBOX: SourceSpec = SourceSpec {
    name: "sandbox",
    repo: "github.com/ana-acme/sandbox",
    branch: "main",
    integration: Some(4),
    spaces: &[],
};

/// Trials are removed, one integration is known to be gone, and what is old is turned off.
async fn tidy(stage: &Stage) -> Result<(), DemoError> {
    stage.at("08-05 16:00");
    for (n, spec) in integrations().iter().enumerate() {
        if spec.gone {
            stage.wait(30);
            let id = IntegrationId(i64::try_from(n).unwrap_or(0) + 1);
            stage.ana.delete_integration(id).await?;
        }
    }
    stage.wait(600);
    stage
        .call(
            &stage.ana,
            "PATCH",
            "/integrations/17".to_owned(),
            json!({ "status": "removed" }),
        )
        .await?;
    stage.at("08-20 10:30");
    stage.switch(&stage.bo, "legacy", false).await
}
