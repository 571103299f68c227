//! What the server knows of sources, as far as a project needs it.

use crate::api::{Binding, Source, Space};
use crate::client::{Client, ClientError, Query};

/// The sources of the org, and those that the project's space watches.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    pub(super) sources: Vec<Source>,
    pub(super) space: Option<Space>,
    pub(super) bindings: Vec<Binding>,
}

/// Whether there is a server, and what it says.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// None is configured.
    NoServer,
    /// It cannot be asked.
    Away(ClientError),
    /// What it says.
    Catalogue(Catalogue),
}

impl Known {
    /// Asks the server, where there is one.
    pub(super) async fn of(client: Option<&Client>, space: Option<&str>) -> Self {
        let Some(client) = client else {
            return Self::NoServer;
        };
        match Catalogue::read(client, space).await {
            Ok(catalogue) => Self::Catalogue(catalogue),
            Err(error) => Self::Away(error),
        }
    }

    pub(super) const fn catalogue(&self) -> Option<&Catalogue> {
        match self {
            Self::Catalogue(catalogue) => Some(catalogue),
            Self::NoServer | Self::Away(_) => None,
        }
    }
}

impl Catalogue {
    async fn read(client: &Client, slug: Option<&str>) -> Result<Self, ClientError> {
        let all = Query::new();
        let space = async {
            match slug {
                Some(slug) => client.space_by_slug(slug).await.map(Some),
                None => Ok(None),
            }
        };
        let (sources, space) = tokio::try_join!(client.sources(&all), space)?;
        let bindings = match &space {
            Some(space) => {
                let bound = client.space_sources(space.id, &all).await?.items;
                bound.into_iter().map(|source| source.binding).collect()
            }
            None => Vec::new(),
        };
        Ok(Self {
            sources: sources.items,
            space,
            bindings,
        })
    }
}

/// The source of a name, where the server has one.
pub(super) async fn source_named(
    client: &Client,
    name: &str,
) -> Result<Option<Source>, ClientError> {
    let found = client.sources(&Query::new().filter("name", name)).await?;
    Ok(found.items.into_iter().find(|source| source.name == name))
}
