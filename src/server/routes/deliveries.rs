//! Deliveries: what came, what became of it, and what would.

use std::collections::BTreeMap;

use axum::http::Method;

use crate::api::{
    Delivery, DeliveryId, DeliveryPage, DeliveryStatus, Preview, PreviewRequest, Provider, Role,
};
use crate::domain::row::{DeliveryRow, Key, Table};
use crate::domain::view::{Find, not_found};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::reply::Answer;
use crate::server::webhook;
use crate::server::wire::Wire;

const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);

const LISTS: Lists = Lists {
    filters: &[
        ("status", Filter::words::<DeliveryStatus>("status")),
        ("integrationId", Filter::Int("integration_id")),
        ("provider", Filter::words::<Provider>("provider")),
        ("event", Filter::Text("event")),
        ("deliveryId", Filter::Text("delivery_id")),
        ("repo", Filter::Text("repo")),
    ],
    sorts: &[("receivedAt", By::Id)],
    usual: "-receivedAt",
};

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/webhooks/{provider}",
            Access::Public,
            "Takes in a webhook; its signature tells whose it is.",
            |c| Box::pin(webhook::receive(c)),
        )
        .gives::<crate::api::Received>(202)
        .up_to(webhook::LARGEST_BODY),
        Endpoint::new(
            Method::POST,
            "/webhooks/{provider}/{integrationId}",
            Access::Public,
            "Takes in a webhook of an integration.",
            |c| Box::pin(webhook::receive(c)),
        )
        .gives::<crate::api::Received>(202)
        .up_to(webhook::LARGEST_BODY),
        Endpoint::new(
            Method::GET,
            "/deliveries",
            VIEWER,
            "Lists deliveries, newest first.",
            |c| Box::pin(list(c)),
        )
        .lists::<Delivery>()
        .query(&[
            ("status", "Only this status; several with commas."),
            ("integrationId", "Only of this integration."),
            ("provider", "Only of this provider."),
            ("event", "Only this event."),
            ("deliveryId", "Only this id of the provider's."),
            ("repo", "Only of this `host/owner/repo`."),
            ("sort", "`receivedAt`; `-` in front turns it round."),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(
            Method::GET,
            "/deliveries/{id}",
            VIEWER,
            "Gives one delivery; its headers and body to operators and admins only.",
            |c| Box::pin(get(c)),
        )
        .gives::<DeliveryPage>(200),
        Endpoint::new(
            Method::POST,
            "/deliveries/{id}/redeliver",
            OPERATOR,
            "Processes a stored delivery again.",
            |c| Box::pin(redeliver(c)),
        )
        .gives::<Delivery>(200),
        Endpoint::new(
            Method::POST,
            "/webhooks/preview",
            VIEWER,
            "Tells which sources, spaces and jobs an event would touch, and why not.",
            |c| Box::pin(preview(c)),
        )
        .takes::<PreviewRequest>()
        .gives::<Preview>(200),
    ]
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let page = LISTS
        .read::<DeliveryRow>(&c, Find::all(Table::Deliveries))
        .await?;
    let items = Wire::deliveries(&page.rows);
    Ok(page.answer(&c, &items))
}

async fn row(c: &Context, id: DeliveryId) -> Result<DeliveryRow, Fault> {
    let (row, _) = ask(&c.app, c.caller.org.id, |view| {
        let row = view.row::<DeliveryRow>(Key::Deliveries(id))?;
        row.cloned().ok_or_else(|| not_found("Delivery", id))
    })
    .await?;
    Ok(row)
}

async fn get(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    // A payload may say more than a viewer may know: commit messages, e-mail addresses, private paths.
    let whole = c.caller.role.allows(Role::Operator);
    let body = match row.body_blob.as_ref().filter(|_| whole) {
        Some(sha) => c.app.store.blob(c.caller.org.id, sha).await?,
        None => None,
    };
    let headers = if whole {
        serde_json::from_value(row.headers.clone()).unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    let delivery = Wire::deliveries(&[row]).pop().ok_or_else(Fault::internal)?;
    Ok(Answer::ok(&DeliveryPage {
        delivery,
        headers,
        body: body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }))
}

async fn redeliver(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    let done = webhook::again(&c, &row).await?;
    if c.dry_run()? {
        let after = done.reply.clone();
        return Ok(done.dry(serde_json::Value::Null, after));
    }
    let id = done.reply["id"]
        .as_i64()
        .map(DeliveryId)
        .ok_or_else(Fault::internal)?;
    let fresh = self::row(&c, id).await?;
    let delivery = Wire::deliveries(&[fresh])
        .pop()
        .ok_or_else(Fault::internal)?;
    Ok(done.heads(Answer::ok(&delivery)))
}

async fn preview(mut c: Context) -> Result<Answer, Fault> {
    let (request, _) = c.json::<PreviewRequest>().await?;
    Ok(Answer::ok(&webhook::preview(&c, &request).await?))
}
