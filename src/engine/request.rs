//! What comes with a command besides its rule: who, under which id, from which request.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::event::Actor;
use crate::store::NewBlob;

/// The envelope of a command.
#[derive(Clone, Debug)]
pub struct Command {
    /// The id that the client gave, or a deterministic one; only then a receipt is kept.
    pub id: Option<String>,
    /// Hash of the request, which the receipt is bound to.
    pub request_hash: String,
    /// Who.
    pub actor: Actor,
    /// Answer what would happen, write nothing.
    pub dry_run: bool,
    /// A runner's write: goes before others.
    pub urgent: bool,
    /// What it belongs to.
    pub correlation_id: Option<String>,
    /// The event that it answers.
    pub causation_event_id: Option<String>,
    /// What its events refer to, kept with them.
    pub blobs: Vec<NewBlob>,
}

impl Command {
    /// A command of `actor` without an id of its own.
    pub fn by(actor: Actor) -> Self {
        Self {
            id: None,
            request_hash: String::new(),
            actor,
            dry_run: false,
            urgent: false,
            correlation_id: None,
            causation_event_id: None,
            blobs: Vec::new(),
        }
    }
    /// With a blob that its events refer to.
    pub fn with_blob(mut self, blob: NewBlob) -> Self {
        self.blobs.push(blob);
        self
    }
    /// Under an id, bound to the hash of its request.
    pub fn with_id(mut self, id: impl Into<String>, request_hash: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self.request_hash = request_hash.into();
        self
    }
    /// Only asks.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
    /// As an answer to an event.
    pub fn caused_by(mut self, event_id: &str) -> Self {
        self.causation_event_id = Some(event_id.to_owned());
        self
    }
    /// A runner's write.
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }
}

/// Hash of a request: method, path, canonical body (object keys sorted) and precondition (engine.md: receipts).
pub fn request_hash(method: &str, path: &str, body: &Value, if_match: Option<&str>) -> String {
    let mut hasher = Sha256::new();
    for part in [method, "\n", path, "\n", if_match.unwrap_or(""), "\n"] {
        hasher.update(part.as_bytes());
    }
    // Equal bodies have equal text, whatever the order that they came in.
    let mut body = body.clone();
    body.sort_all_objects();
    hasher.update(body.to_string().as_bytes());
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hash_does_not_depend_on_the_order_of_fields_and_depends_on_all_else() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(
            request_hash("POST", "/x", &one, None),
            request_hash("POST", "/x", &other, None)
        );
        let base = request_hash("POST", "/x", &one, None);
        for different in [
            request_hash("PATCH", "/x", &one, None),
            request_hash("POST", "/y", &one, None),
            request_hash("POST", "/x", &json!({"a":1}), None),
            request_hash("POST", "/x", &one, Some("\"1\"")),
        ] {
            assert_ne!(base, different);
        }
    }
}
