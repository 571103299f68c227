//! The blobs that events name (engine.md: retention).

use serde_json::Value;

use super::{Orchestration, Payload};

impl Payload {
    /// The blobs that the event names and that are kept for as long as it is: versions of documents, what messages and
    /// activities carry. The body of a delivery is not among them; it ages.
    pub fn blobs(&self) -> Vec<String> {
        let mut blobs = Vec::new();
        match self {
            Self::DocsPushed { documents, .. } => {
                blobs.extend(documents.iter().filter_map(|d| d.blob.clone()));
            }
            Self::FilesUploaded(uploaded) => {
                blobs.push(uploaded.manifest.clone());
                blobs.extend(uploaded.files.iter().filter_map(|file| file.blob.clone()));
            }
            Self::Orchestration(event) => match &**event {
                Orchestration::MessageSent {
                    attachments: Some(attachments),
                    ..
                } => attachments.iter().for_each(|a| named(a, &mut blobs)),
                Orchestration::TurnDiffCompleted { files, .. } => {
                    let texts = files.iter().flat_map(|file| [&file.before, &file.after]);
                    blobs.extend(texts.flatten().cloned());
                }
                Orchestration::ActivityAppended { activity, .. } => {
                    named(&activity.payload, &mut blobs);
                }
                _ => {}
            },
            _ => {}
        }
        blobs
    }
}

/// What stands under `blob` or `outputBlob` anywhere in `value` and is a SHA-256.
fn named(value: &Value, blobs: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|v| named(v, blobs)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text)
                        if matches!(name.as_str(), "blob" | "outputBlob")
                            && text.len() == 64
                            && text.bytes().all(|b| b.is_ascii_hexdigit()) =>
                    {
                        blobs.push(text.clone());
                    }
                    value => named(value, blobs),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::PAYLOAD_VERSION;
    use super::*;

    #[test]
    fn blobs_are_found_wherever_an_event_names_them() {
        let (one, two) = ("1a".repeat(32), "2b".repeat(32));
        let message = serde_json::json!({
            "threadId": "t", "messageId": "m", "role": "user", "text": "see", "turnId": null, "streaming": false,
            "attachments": [{ "name": "a.png", "blob": one }, { "name": "blob", "blob": "no hash" }],
            "createdAt": "2026-11-21T14:02:11.250Z", "updatedAt": "2026-11-21T14:02:11.250Z",
        });
        let message = Payload::from_parts("thread.message-sent", PAYLOAD_VERSION, message).unwrap();
        assert_eq!(message.blobs(), std::slice::from_ref(&one));
        let activity = serde_json::json!({
            "threadId": "t",
            "activity": {
                "id": "a", "tone": "tool", "kind": "tool.completed", "summary": "s", "turnId": null,
                "payload": { "output": { "blob": two, "bytes": 9 }, "hash": one },
                "createdAt": "2026-11-21T14:02:11.250Z",
            },
        });
        let activity =
            Payload::from_parts("thread.activity-appended", PAYLOAD_VERSION, activity).unwrap();
        assert_eq!(activity.blobs(), std::slice::from_ref(&two));
        let long = serde_json::json!({
            "threadId": "t",
            "activity": {
                "id": "a", "tone": "tool", "kind": "tool.completed", "summary": "s", "turnId": null,
                "payload": { "output": "the first", "outputBlob": two, "outputBytes": 9_000 },
                "createdAt": "2026-11-21T14:02:11.250Z",
            },
        });
        let long = Payload::from_parts("thread.activity-appended", PAYLOAD_VERSION, long).unwrap();
        assert_eq!(long.blobs(), [two]);
        assert_eq!(Payload::SourceEnabled {}.blobs(), [""; 0]);
    }
}
