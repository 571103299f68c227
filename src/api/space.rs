//! Spaces and their bindings to sources (seed 004: the junction).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mutation::present;
use crate::base::Timestamp;
use crate::domain::id::{SourceId, SpaceId};
use crate::domain::kind::{RuntimeMode, Sandbox, SpaceStatus};

/// A space: where a team keeps documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
    /// Unique per org; stands in URLs and the `X-Jolli-Space` header.
    pub slug: String,
    /// What it is for.
    pub description: Option<String>,
    /// What an agent may do there without asking.
    #[serde(default = "full_access")]
    pub runtime_mode: RuntimeMode,
    /// Where its agents run; `null`: where the worker has them.
    #[serde(default)]
    pub sandbox: Option<Sandbox>,
    /// When it was created.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Version: the `ETag`.
    pub version: i64,
    /// How many documents it holds.
    pub documents: i64,
}

/// As servers have it that do not say.
const fn full_access() -> RuntimeMode {
    RuntimeMode::FullAccess
}

/// `POST /spaces`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSpace {
    /// Its name.
    pub name: String,
    /// Derived from the name when absent.
    #[serde(default)]
    pub slug: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
}

/// `PATCH /spaces/:id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpacePatch {
    /// A new name.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// A new description; `null` empties it.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// What an agent may do there without asking, from its next turn on.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub runtime_mode: Option<RuntimeMode>,
    /// Where its agents run, from their next turn on; `null`: where the worker has them.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<Sandbox>)]
    pub sandbox: Option<Option<Sandbox>>,
}

/// This space watches this source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// The space.
    pub space_id: SpaceId,
    /// The source.
    pub source_id: SourceId,
    /// Narrows which events reach this space.
    pub jrn_pattern: Option<String>,
    /// Off: events of the source do not reach this space.
    pub enabled: bool,
    /// When it was bound.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Version: the `ETag`.
    pub version: i64,
    /// How many documents of the space have a rule on this source.
    pub documents: i64,
    /// The patterns of those rules (at most three, then `…`), as a column shows them.
    pub watches: Vec<String>,
    /// How the last run of the source ended for this space; `null`: it never ran.
    pub last_outcome: Option<SpaceStatus>,
    /// When that was.
    #[schema(value_type = Option<String>)]
    pub last_outcome_at: Option<Timestamp>,
}

/// A document of a space with rules on a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchingDocument {
    /// The id that clients know it by: its `jrn`, or its path.
    pub file_id: String,
    /// Its path within the space.
    pub path: String,
    /// Grows by one with every change.
    pub version: i64,
    /// When it last changed.
    #[schema(value_type = String)]
    pub updated_at: Timestamp,
    /// Its rules on the source, in the order of the document.
    pub rules: Vec<WatchingRule>,
}

/// What a document watches of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WatchingRule {
    /// As written: a path in the repository, or a glob.
    pub path: String,
    /// Line of the rule in its document, from 1.
    pub line: u32,
}

/// `POST /spaces/:id/sources`: binds, or changes what is given of an existing binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBinding {
    /// The source to watch.
    pub source_id: SourceId,
    /// Narrows which events reach the space; checked when written.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub jrn_pattern: Option<Option<String>>,
    /// A new binding is on unless `false`; an existing one keeps what it has unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// `PATCH /spaces/:id/sources/:sourceId`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BindingPatch {
    /// Another pattern; `null` empties it.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub jrn_pattern: Option<Option<String>>,
    /// On or off.
    #[serde(
        default,
        deserialize_with = "super::mutation::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub enabled: Option<bool>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
