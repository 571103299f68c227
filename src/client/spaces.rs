//! Spaces, their bindings, and their documents.

use axum::http::Method;

use super::call::{CallOptions, Client};
use super::error::ClientError;
use super::query::{Page, Query, encode};
use crate::api::{
    Binding, BindingPatch, NewBinding, NewSpace, PullReply, PullRequest, PushReply, PushRequest,
    SourceId, Space, SpaceId, SpacePatch, SpaceSource, WatchingDocument,
};

impl Client {
    /// Lists spaces.
    pub async fn spaces(&self, query: &Query) -> Result<Page<Space>, ClientError> {
        self.page("/spaces", query).await
    }

    /// Creates a space.
    pub async fn create_space(&self, new: &NewSpace) -> Result<Space, ClientError> {
        self.post("/spaces", new).await
    }

    /// One space.
    pub async fn space(&self, id: SpaceId) -> Result<Space, ClientError> {
        self.get(&format!("/spaces/{id}")).await
    }

    /// The space of a slug.
    pub async fn space_by_slug(&self, slug: &str) -> Result<Space, ClientError> {
        self.get(&format!("/spaces/slug/{}", encode(slug))).await
    }

    /// Changes what is given of a space.
    pub async fn update_space(
        &self,
        id: SpaceId,
        patch: &SpacePatch,
    ) -> Result<Space, ClientError> {
        self.patch(&format!("/spaces/{id}"), patch).await
    }

    /// Deletes a space and its bindings.
    pub async fn delete_space(&self, id: SpaceId) -> Result<(), ClientError> {
        self.act(Method::DELETE, &format!("/spaces/{id}")).await
    }

    /// The sources that a space is bound to, each with its binding.
    pub async fn space_sources(
        &self,
        id: SpaceId,
        query: &Query,
    ) -> Result<Page<SpaceSource>, ClientError> {
        self.page(&format!("/spaces/{id}/sources"), query).await
    }

    /// The documents of a space with rules on a source, by path.
    pub async fn watching_documents(
        &self,
        id: SpaceId,
        source: SourceId,
    ) -> Result<Vec<WatchingDocument>, ClientError> {
        self.get(&format!("/spaces/{id}/sources/{source}/documents"))
            .await
    }

    /// Binds a source to a space, or changes what is given of an existing binding.
    pub async fn bind(&self, id: SpaceId, new: &NewBinding) -> Result<Binding, ClientError> {
        self.post(&format!("/spaces/{id}/sources"), new).await
    }

    /// Changes what is given of a binding.
    pub async fn update_binding(
        &self,
        id: SpaceId,
        source: SourceId,
        patch: &BindingPatch,
    ) -> Result<Binding, ClientError> {
        self.patch(&format!("/spaces/{id}/sources/{source}"), patch)
            .await
    }

    /// Unbinds a source from a space.
    pub async fn unbind(&self, id: SpaceId, source: SourceId) -> Result<(), ClientError> {
        self.act(Method::DELETE, &format!("/spaces/{id}/sources/{source}"))
            .await
    }

    /// Documents of a space that changed since a cursor.
    pub async fn pull(&self, slug: &str, request: &PullRequest) -> Result<PullReply, ClientError> {
        let options = CallOptions {
            space: Some(slug.to_owned()),
            ..CallOptions::default()
        };
        self.send(Method::POST, "/v1/sync/pull", request, &options)
            .await
    }

    /// Writes documents of a space. `clientChangesetId` is the idempotency key, so a lost answer may be asked for again.
    pub async fn push(&self, slug: &str, request: &PushRequest) -> Result<PushReply, ClientError> {
        let options = CallOptions {
            space: Some(slug.to_owned()),
            ..CallOptions::default()
        };
        self.send(Method::POST, "/v1/sync/push", request, &options)
            .await
    }
}
