//! Sources, their cursors, and why a cursor stands where it stands.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use serde::Serialize;

use super::call::{CallOptions, Client};
use super::error::ClientError;
use super::query::{Page, Query};
use crate::api::{
    CatchUp, Diagnosis, FilesUpload, FilesUploaded, Finding, IntegrationId, Job, LinkRequest,
    NewSource, PauseRequest, Rebaseline, Source, SourceId, SourcePage, SourcePatch, Upload,
};

/// How long an upload may take.
const UPLOAD: Duration = Duration::from_mins(5);

impl Client {
    /// Lists sources.
    pub async fn sources(&self, query: &Query) -> Result<Page<Source>, ClientError> {
        self.page("/sources", query).await
    }

    /// Creates a source.
    pub async fn create_source(&self, new: &NewSource) -> Result<Source, ClientError> {
        self.post("/sources", new).await
    }

    /// One source, with what its page shows.
    pub async fn source(&self, id: SourceId) -> Result<SourcePage, ClientError> {
        self.get(&format!("/sources/{id}")).await
    }

    /// Changes what is given of a source.
    pub async fn update_source(
        &self,
        id: SourceId,
        patch: &SourcePatch,
    ) -> Result<Source, ClientError> {
        self.patch(&format!("/sources/{id}"), patch).await
    }

    /// Deletes a source, its bindings, and what it has queued.
    pub async fn delete_source(&self, id: SourceId) -> Result<(), ClientError> {
        self.act(Method::DELETE, &format!("/sources/{id}")).await
    }

    /// Makes a virtual source true.
    pub async fn link_source(
        &self,
        id: SourceId,
        integration_id: IntegrationId,
    ) -> Result<Source, ClientError> {
        self.post(
            &format!("/sources/{id}/link"),
            &LinkRequest { integration_id },
        )
        .await
    }

    /// Makes a true source virtual.
    pub async fn unlink_source(&self, id: SourceId) -> Result<Source, ClientError> {
        self.bare(&format!("/sources/{id}/unlink"), Method::POST)
            .await
    }

    /// Empties a cursor: a push then runs over its own commits, a catch-up over everything.
    pub async fn clear_cursor(&self, id: SourceId) -> Result<Source, ClientError> {
        self.bare(&format!("/sources/{id}/cursor"), Method::DELETE)
            .await
    }

    /// Why the cursor stands where it stands.
    pub async fn diagnosis(&self, id: SourceId) -> Result<Diagnosis, ClientError> {
        self.get(&format!("/sources/{id}/diagnosis")).await
    }

    /// Queues what changed since the cursor.
    pub async fn catch_up(&self, id: SourceId, request: &CatchUp) -> Result<Job, ClientError> {
        self.post(&format!("/sources/{id}/catch-up"), request).await
    }

    /// Holds back the jobs of a source: they are queued, and wait.
    pub async fn pause_source(
        &self,
        id: SourceId,
        request: &PauseRequest,
    ) -> Result<Source, ClientError> {
        self.post(&format!("/sources/{id}/pause"), request).await
    }

    /// Lets the jobs of a source go on.
    pub async fn resume_source(&self, id: SourceId) -> Result<Source, ClientError> {
        self.bare(&format!("/sources/{id}/resume"), Method::POST)
            .await
    }

    /// Queues a run that starts where it is told, whatever the cursor says.
    pub async fn rebaseline(&self, id: SourceId, request: &Rebaseline) -> Result<Job, ClientError> {
        self.post(&format!("/sources/{id}/rebaseline"), request)
            .await
    }

    /// Uploads files of a source that has no repository.
    pub async fn upload_files(
        &self,
        id: SourceId,
        upload: &FilesUpload,
    ) -> Result<FilesUploaded, ClientError> {
        let options = CallOptions {
            patience: Some(UPLOAD),
            ..CallOptions::once()
        };
        self.send(
            Method::POST,
            &format!("/sources/{id}/files"),
            upload,
            &options,
        )
        .await
    }

    /// The uploads of a source, oldest first.
    pub async fn uploads(&self, id: SourceId) -> Result<Vec<Upload>, ClientError> {
        self.get(&format!("/sources/{id}/files")).await
    }

    /// What strict mode finds in the rules given.
    pub async fn strict<B: Serialize + ?Sized>(
        &self,
        request: &B,
    ) -> Result<Vec<Finding>, ClientError> {
        self.send(Method::POST, "/strict", request, &CallOptions::default())
            .await
    }

    pub(super) async fn bare<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        method: Method,
    ) -> Result<T, ClientError> {
        let answer = self
            .ask(method, path, Bytes::new(), &CallOptions::once())
            .await?;
        self.parse(&answer.body)
    }
}
