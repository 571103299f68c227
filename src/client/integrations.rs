//! Integrations and their secrets.

use axum::http::Method;

use super::call::{CallOptions, Client};
use super::error::ClientError;
use super::query::{Page, Query};
use crate::api::{
    Integration, IntegrationCreated, IntegrationId, IntegrationPatch, NewCredential,
    NewIntegration, RotatedSecret,
};

impl Client {
    /// Lists integrations.
    pub async fn integrations(&self, query: &Query) -> Result<Page<Integration>, ClientError> {
        self.page("/integrations", query).await
    }

    /// Creates an integration; its webhook secret is shown this once.
    pub async fn create_integration(
        &self,
        new: &NewIntegration,
    ) -> Result<IntegrationCreated, ClientError> {
        self.post("/integrations", new).await
    }

    /// One integration.
    pub async fn integration(&self, id: IntegrationId) -> Result<Integration, ClientError> {
        self.get(&format!("/integrations/{id}")).await
    }

    /// Changes what is given of an integration.
    pub async fn update_integration(
        &self,
        id: IntegrationId,
        patch: &IntegrationPatch,
    ) -> Result<Integration, ClientError> {
        self.patch(&format!("/integrations/{id}"), patch).await
    }

    /// Deletes an integration and unlinks its sources.
    pub async fn delete_integration(&self, id: IntegrationId) -> Result<(), ClientError> {
        self.act(Method::DELETE, &format!("/integrations/{id}"))
            .await
    }

    /// Makes a new webhook secret; the previous one stays valid for a while.
    pub async fn rotate_secret(&self, id: IntegrationId) -> Result<RotatedSecret, ClientError> {
        self.bare(&format!("/integrations/{id}/rotate-secret"), Method::POST)
            .await
    }

    /// Gives an integration what its repositories are cloned with.
    pub async fn set_credential(
        &self,
        id: IntegrationId,
        new: &NewCredential,
    ) -> Result<Integration, ClientError> {
        let path = format!("/integrations/{id}/credential");
        self.send(Method::PUT, &path, new, &CallOptions::once())
            .await
    }

    /// Takes it away.
    pub async fn remove_credential(&self, id: IntegrationId) -> Result<Integration, ClientError> {
        self.bare(&format!("/integrations/{id}/credential"), Method::DELETE)
            .await
    }

    /// Checks an integration's access now.
    pub async fn check_integration(&self, id: IntegrationId) -> Result<Integration, ClientError> {
        self.bare(&format!("/integrations/{id}/check"), Method::POST)
            .await
    }
}
