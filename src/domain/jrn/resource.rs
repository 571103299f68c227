//! What a JRN names, the same in both versions: an item of a service, a repository branch, a web page.

use serde::{Serialize, Serializer, ser::SerializeMap};

/// The part of a JRN after its workspace or org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    Item(Item),
    /// `sources/{provider}`, with the branch it names where it names one.
    Git {
        provider: String,
        repository: Option<Repository>,
    },
    Web {
        url: Option<String>,
    },
}

/// One thing of a service, such as `docs/article/art_01`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub service: &'static str,
    pub kind: &'static str,
    pub id: String,
    /// Of documents only.
    pub version: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub owner: String,
    pub repo: String,
    /// With its slashes.
    pub branch: String,
}

/// Each service with the kinds of things it holds.
pub(super) const SERVICES: [(&str, &[&str]); 5] = [
    ("docs", &["article", "file", "folder", "document"]),
    ("jobs", &["job"]),
    ("agents", &["agent"]),
    ("assets", &["image"]),
    ("spaces", &["space"]),
];

/// Providers of repositories. The existing system knows `github` alone, so that pushes of the others had no name.
pub(super) const PROVIDERS: [&str; 5] = ["github", "gitlab", "gitea", "bitbucket", "generic"];

impl Item {
    /// The item of a service and kind, if the service holds such things.
    pub fn new(service: &str, kind: &str, id: impl Into<String>) -> Option<Self> {
        let (service, kinds) = SERVICES.iter().find(|(name, _)| *name == service)?;
        let kind = kinds.iter().find(|name| **name == kind)?;
        let id = id.into();
        (!id.is_empty()).then_some(Self {
            service,
            kind,
            id,
            version: None,
        })
    }

    /// The same document at a version.
    pub fn at_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }
}

impl Resource {
    pub fn service(&self) -> &'static str {
        match self {
            Self::Item(item) => item.service,
            Self::Git { .. } | Self::Web { .. } => "sources",
        }
    }

    /// The text after the service: `article/art_01`, `github/org/repo/main`, `web/https://…`.
    pub(super) fn tail(&self) -> String {
        match self {
            Self::Item(item) => format!("{}/{}", item.kind, item.id),
            Self::Git {
                provider,
                repository: Some(r),
            } => format!("{provider}/{}/{}/{}", r.owner, r.repo, r.branch),
            Self::Git {
                provider,
                repository: None,
            } => provider.clone(),
            Self::Web { url: Some(url) } => format!("web/{url}"),
            Self::Web { url: None } => "web".to_owned(),
        }
    }

    /// `:v/12`, or nothing.
    pub(super) fn qualifier(&self) -> String {
        match self {
            Self::Item(Item {
                version: Some(version),
                ..
            }) => format!(":v/{version}"),
            _ => String::new(),
        }
    }

    /// The version 3 JRN of this thing in an org.
    pub fn to_v3(&self, org: &str) -> String {
        format!(
            "jrn::path:/home/{org}/{}/{}{}",
            self.service(),
            self.tail(),
            self.qualifier()
        )
    }

    /// The version 2 JRN of this thing in a workspace (`org/space`, or `/space`).
    pub fn to_v2(&self, workspace: &str) -> String {
        format!(
            "jrn:{workspace}:{}:{}{}",
            self.service(),
            self.tail(),
            self.qualifier()
        )
    }

    /// Adds this thing's own fields to a JRN's JSON; the document version's key differs between JRN versions.
    pub(super) fn serialize_into<M: SerializeMap>(
        &self,
        map: &mut M,
        version_key: &'static str,
    ) -> Result<(), M::Error> {
        map.serialize_entry("service", self.service())?;
        match self {
            Self::Item(item) => {
                map.serialize_entry("resourceType", item.kind)?;
                map.serialize_entry("resourceId", &item.id)?;
                if let Some(version) = item.version {
                    map.serialize_entry(version_key, &version)?;
                }
            }
            Self::Git {
                provider,
                repository,
            } => {
                map.serialize_entry("sourceType", provider)?;
                if let Some(repository) = repository {
                    map.serialize_entry("org", &repository.owner)?;
                    map.serialize_entry("repo", &repository.repo)?;
                    map.serialize_entry("branch", &repository.branch)?;
                }
            }
            Self::Web { url } => {
                map.serialize_entry("sourceType", "web")?;
                if let Some(url) = url {
                    map.serialize_entry("url", url)?;
                }
            }
        }
        Ok(())
    }
}

impl Serialize for super::JrnV2 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("raw", &self.raw)?;
        map.serialize_entry("workspace", &self.workspace())?;
        map.serialize_entry("orgId", &self.org_id)?;
        map.serialize_entry("spaceId", &self.space_id)?;
        self.resource.serialize_into(&mut map, "version")?;
        map.end()
    }
}

impl Serialize for super::JrnV3 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("raw", &self.raw)?;
        map.serialize_entry("version", &3)?;
        map.serialize_entry("type", "path")?;
        map.serialize_entry("controllingPath", &self.controlling_path)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("orgId", &self.org_id)?;
        self.resource.serialize_into(&mut map, "docVersion")?;
        map.end()
    }
}
