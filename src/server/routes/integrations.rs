//! Integrations and their webhook secrets.

use axum::http::{Method, StatusCode};

use crate::api::{
    Integration, IntegrationCreated, IntegrationId, IntegrationPatch, IntegrationStatus,
    NewCredential, NewIntegration, Provider, Role, RotatedSecret, SECRET_ALREADY_SHOWN,
};
use crate::domain::integration::{
    CreateIntegration, DeleteIntegration, RemoveCredential, RotateSecret, SetCredential,
    UpdateIntegration, credential_name,
};
use crate::domain::row::{IntegrationRow, Key, SecretRow, SourceRow, Table};
use crate::domain::view::{Find, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::remote;
use crate::server::reply::Answer;
use crate::server::seal::{self, Secret};
use crate::server::secrets::{self, NoSecret};
use crate::server::webhook::new_secret;
use crate::server::wire::Wire;

const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);
const ADMIN: Access = Access::Role(Role::Admin);

/// Of a clone credential, in bytes: tokens that are signed documents are long.
const LONGEST_SECRET: usize = 8 << 10;

const LISTS: Lists = Lists {
    filters: &[
        ("name", Filter::Text("name")),
        ("provider", Filter::words::<Provider>("provider")),
        ("status", Filter::words::<IntegrationStatus>("status")),
    ],
    sorts: &[
        ("createdAt", By::Id),
        ("name", By::Any("name")),
        ("updatedAt", By::Any("updated_at")),
    ],
    usual: "createdAt",
};

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/integrations",
            VIEWER,
            "Lists integrations.",
            |c| Box::pin(list(c)),
        )
        .lists::<Integration>()
        .query(&[
            ("name", "Only this name."),
            ("provider", "Only this provider."),
            ("status", "Only this health; several with commas."),
            (
                "sort",
                "`createdAt`, `name`, `updatedAt`; `-` in front turns it round.",
            ),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(
            Method::POST,
            "/integrations",
            ADMIN,
            "Links a provider account or repository; shows its webhook secret this once.",
            |c| Box::pin(create(c)),
        )
        .takes::<NewIntegration>()
        .gives::<IntegrationCreated>(201),
        Endpoint::new(
            Method::GET,
            "/integrations/{id}",
            VIEWER,
            "Gives one integration.",
            |c| Box::pin(get(c)),
        )
        .gives::<Integration>(200),
        Endpoint::new(
            Method::PATCH,
            "/integrations/{id}",
            ADMIN,
            "Changes its name, or the health that an operator knows.",
            |c| Box::pin(update(c)),
        )
        .versioned()
        .takes::<IntegrationPatch>()
        .gives::<Integration>(200),
        Endpoint::new(
            Method::DELETE,
            "/integrations/{id}",
            ADMIN,
            "Removes an integration and unlinks its sources.",
            |c| Box::pin(delete(c)),
        )
        .versioned(),
        Endpoint::new(
            Method::POST,
            "/integrations/{id}/rotate-secret",
            ADMIN,
            "Makes a new webhook secret; the previous one stays valid for a day.",
            |c| Box::pin(rotate(c)),
        )
        .gives::<RotatedSecret>(200),
        Endpoint::new(
            Method::PUT,
            "/integrations/{id}/credential",
            ADMIN,
            "Sets what its repositories are cloned and looked at with. The secret is stored sealed and never shown.",
            |c| Box::pin(set_credential(c)),
        )
        .versioned()
        .takes::<NewCredential>()
        .gives::<Integration>(200),
        Endpoint::new(
            Method::DELETE,
            "/integrations/{id}/credential",
            ADMIN,
            "Forgets it: git's own settings on each machine count again.",
            |c| Box::pin(remove_credential(c)),
        )
        .versioned()
        .gives::<Integration>(200),
        Endpoint::new(
            Method::POST,
            "/integrations/{id}/check",
            OPERATOR,
            "Looks whether the server can use its secrets now, and notes the health.",
            |c| Box::pin(check(c)),
        )
        .gives::<Integration>(200),
    ]
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let page = LISTS
        .read::<IntegrationRow>(&c, Find::all(Table::Integrations))
        .await?;
    let items = Wire::of(&c).integrations(&page.rows).await?;
    Ok(page.answer(&c, &items))
}

async fn row(c: &Context, id: IntegrationId) -> Result<IntegrationRow, Fault> {
    let (row, _) = ask(&c.app, c.caller.org.id, |view| {
        let row = view.row::<IntegrationRow>(Key::Integrations(id))?;
        row.cloned().ok_or_else(|| not_found("Integration", id))
    })
    .await?;
    Ok(row)
}

async fn get(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    let version = row.version;
    let items = Wire::of(&c).integrations(&[row]).await?;
    Ok(Answer::ok(items.first().ok_or_else(Fault::internal)?).version(version))
}

/// Seals a secret under a name of its own: the integration's id is given only when the command is decided.
fn sealed(c: &Context, secret: &str) -> (SecretRow, String) {
    let secret = Secret::new(secret);
    let name = format!("webhook/{}", uuid::Uuid::now_v7());
    let row = c.app.sealer.seal(
        c.caller.org.id,
        &name,
        &secret,
        c.app.now(),
        c.app.random.as_ref(),
    );
    (row, seal::fingerprint(&secret))
}

async fn create(mut c: Context) -> Result<Answer, Fault> {
    let (new, body) = c.json::<NewIntegration>().await?;
    let secret = match new.secret {
        Some(secret)
            if (8..=255).contains(&secret.len()) && !secret.chars().any(char::is_control) =>
        {
            secret
        }
        Some(_) => {
            return Err(Fault::field(
                "/secret",
                "secret takes 8 to 255 characters; leave it out to have one made",
            ));
        }
        None => new_secret(c.app.random.as_ref()),
    };
    let (row, fingerprint) = sealed(&c, &secret);
    let command = CreateIntegration {
        provider: new.provider,
        name: new.name,
        repo: new.repo,
        account: new.account,
        secret: row,
        fingerprint,
    };
    let done = c.submit(&body, command).await?;
    if c.dry_run()? {
        return c
            .answer_row(done, Table::Integrations, StatusCode::CREATED)
            .await;
    }
    let row: IntegrationRow =
        serde_json::from_value(done.reply.clone()).map_err(|_| Fault::internal())?;
    let version = row.version;
    let integration = Wire::of(&c)
        .integrations(&[row])
        .await?
        .pop()
        .ok_or_else(Fault::internal)?;
    let created = IntegrationCreated {
        integration,
        webhook_secret: if done.replayed {
            SECRET_ALREADY_SHOWN.to_owned()
        } else {
            secret
        },
    };
    Ok(done.heads(Answer::json(StatusCode::CREATED, &created).version(version)))
}

async fn update(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let (patch, body) = c.json::<IntegrationPatch>().await?;
    let health = patch
        .status
        .map(|status| (status, Some(format!("set by {}", c.caller.name)), false));
    let command = UpdateIntegration {
        id,
        expected,
        name: patch.name,
        health,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::Integrations, StatusCode::OK)
        .await
}

async fn delete(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", DeleteIntegration { id, expected }).await?;
    c.answer_gone(done, Table::Integrations).await
}

async fn rotate(c: Context) -> Result<Answer, Fault> {
    let id: IntegrationId = c.id("id")?;
    let secret = new_secret(c.app.random.as_ref());
    let (sealed_row, fingerprint) = sealed(&c, &secret);
    let command = RotateSecret {
        id,
        secret: sealed_row,
        fingerprint,
    };
    let done = c.submit(b"", command).await?;
    if c.dry_run()? {
        return c
            .answer_row(done, Table::Integrations, StatusCode::OK)
            .await;
    }
    let row: IntegrationRow =
        serde_json::from_value(done.reply.clone()).map_err(|_| Fault::internal())?;
    let previous_valid_until = row
        .secrets
        .iter()
        .filter_map(|s| s.valid_until)
        .max()
        .ok_or_else(Fault::internal)?;
    let rotated = RotatedSecret {
        webhook_secret: if done.replayed {
            SECRET_ALREADY_SHOWN.to_owned()
        } else {
            secret
        },
        previous_valid_until,
    };
    Ok(done.heads(Answer::ok(&rotated)))
}

async fn set_credential(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id::<IntegrationId>("id")?, c.expected_version()?);
    let (new, body) = c.json::<NewCredential>().await?;
    if !(1..=LONGEST_SECRET).contains(&new.secret.len()) || new.secret.chars().any(char::is_control)
    {
        return Err(Fault::field(
            "/secret",
            format!("secret takes an access token: 1 to {LONGEST_SECRET} bytes in one line"),
        ));
    }
    let secret = Secret::new(new.secret);
    let command = SetCredential {
        id,
        expected,
        user: new.user,
        fingerprint: seal::fingerprint(&secret),
        secret: c.app.sealer.seal(
            c.caller.org.id,
            &credential_name(id),
            &secret,
            c.app.now(),
            c.app.random.as_ref(),
        ),
    };
    let done = c.submit(&body, command).await?;
    c.app.look_soon.notify_one();
    c.answer_row(done, Table::Integrations, StatusCode::OK)
        .await
}

async fn remove_credential(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", RemoveCredential { id, expected }).await?;
    c.answer_row(done, Table::Integrations, StatusCode::OK)
        .await
}

/// Whether the stored secrets open, so that webhooks can be verified, and whether the remote lets us in.
async fn check(c: Context) -> Result<Answer, Fault> {
    let id: IntegrationId = c.id("id")?;
    let row = row(&c, id).await?;
    let opened = secrets::of_webhooks(&c.app, &row).await;
    let (status, detail) = if let Err(NoSecret::Sealed(reason)) = opened {
        (IntegrationStatus::Error, Some(reason))
    } else {
        opened?;
        let (sources, _) = ask(&c.app, c.caller.org.id, |view| {
            let linked = Find::all(Table::Sources)
                .is("integration_id", id.0)
                .oldest("id");
            let rows = view.find::<SourceRow>(linked)?;
            Ok(rows.into_iter().cloned().collect::<Vec<_>>())
        })
        .await?;
        remote::check(&c.app, &row, &sources).await?
    };
    let command = UpdateIntegration {
        id,
        expected: None,
        name: None,
        health: Some((status, detail, true)),
    };
    let done = c.submit(b"", command).await?;
    c.answer_row(done, Table::Integrations, StatusCode::OK)
        .await
}
