//! What every mutation can say besides its resource: what it would do (`?dryRun=true`) and how to take it back.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::domain::call::Call;
use crate::domain::kind::{Role, Severity};

/// Stands where a secret stood when the same request is answered again (engine.md: receipts).
pub const SECRET_ALREADY_SHOWN: &str = "secret-already-shown";

/// A JSON object and nothing else: derived readers would take an array for a struct, by position.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A list of objects, for `deserialize_with`.
pub fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(items.into_iter().map(|Object(item)| item).collect())
}

/// An object or `null`, for `deserialize_with`.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let item = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(item.map(|Object(item)| item))
}

/// A field that may be left out but not emptied: `null` is refused, for it would look like a change and be none.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<T>::deserialize(deserializer)?
        .map(Some)
        .ok_or_else(|| D::Error::custom("it cannot be null; leave it out to keep what there is"))
}

/// Tells an absent field from one that is `null`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// How to take an accepted mutation back: comes with its answer, in the header `Jolli-Undo`, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Undo {
    /// What the compensating call does, such as `bind SDK Reference again`.
    pub label: String,
    /// The compensating calls, in order.
    pub calls: Vec<Call>,
}

/// What a mutation would do, when asked with `?dryRun=true`. Nothing is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// The resource as it is; `null` when it would be created.
    pub before: Value,
    /// The resource as it would be; `null` when it would be deleted.
    pub after: Value,
    /// What else would follow.
    pub consequences: Vec<Consequence>,
    /// How it could be taken back; `null`: it cannot.
    pub undo: Option<Undo>,
    /// Until when, or why not, in a few words.
    pub undo_note: String,
}

/// One thing that follows from a mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consequence {
    /// What it is about: `event`, `conflict-solved`, `conflict-created`, `cursor`, `job`, `first-run`, `note`.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub text: String,
}

/// Who may make a call, for buttons that know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// The least role.
    pub role: Role,
}
