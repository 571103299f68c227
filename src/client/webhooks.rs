//! Deliveries, and sending a webhook as a provider does.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use serde::Serialize;

use super::call::{CallOptions, Client, PATIENCE, Reply};
use super::error::ClientError;
use super::query::{Page, Query};
use super::transport::Outgoing;
use crate::api::{Delivery, DeliveryId, DeliveryPage, IntegrationId, Preview, Provider};

impl Client {
    /// Lists deliveries, newest first.
    pub async fn deliveries(&self, query: &Query) -> Result<Page<Delivery>, ClientError> {
        self.page("/deliveries", query).await
    }

    /// One delivery, with its headers and body.
    pub async fn delivery(&self, id: DeliveryId) -> Result<DeliveryPage, ClientError> {
        self.get(&format!("/deliveries/{id}")).await
    }

    /// Processes a stored delivery again.
    pub async fn redeliver(&self, id: DeliveryId) -> Result<Delivery, ClientError> {
        self.bare(&format!("/deliveries/{id}/redeliver"), Method::POST)
            .await
    }

    /// Which sources, spaces and jobs an event would touch, and why not.
    pub async fn preview_webhook<B: Serialize + ?Sized>(
        &self,
        event: &B,
    ) -> Result<Preview, ClientError> {
        self.send(
            Method::POST,
            "/webhooks/preview",
            event,
            &CallOptions::default(),
        )
        .await
    }

    /// Sends a webhook exactly as given: no token, no retry, the headers and the bytes of the caller.
    pub async fn post_webhook(
        &self,
        provider: Provider,
        integration: Option<IntegrationId>,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Reply, ClientError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|e| self.protocol(e.to_string()))?;
            let value = HeaderValue::from_str(value).map_err(|e| self.protocol(e.to_string()))?;
            map.append(name, value);
        }
        let target = match integration {
            Some(id) => format!("/api/webhooks/{provider}/{id}"),
            None => format!("/api/webhooks/{provider}"),
        };
        let out = Outgoing {
            method: Method::POST,
            target,
            headers: map,
            body,
        };
        let incoming = self.transport.send(out, PATIENCE).await?;
        let answer = self.finish(incoming).await?;
        self.reply(answer)
    }
}
