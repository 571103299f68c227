//! What comes inside a command and is too large for an event: pictures as data URLs, diffs and what came of tools as text. They are kept as
//! blobs, named by their hash; no name that a client gives becomes a path (orchestration.md: dispatch).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::incoming::{part, wrong};
use crate::base::sha256_hex;
use crate::server::fault::Fault;

/// Attachments of one message.
pub const MOST_ATTACHMENTS: usize = 8;
/// Characters of one data URL.
pub const LONGEST_DATA_URL: usize = 14_000_000;
/// Bytes of one picture.
const LARGEST_PICTURE: usize = 10 << 20;
/// Characters of an attachment's name.
const LONGEST_NAME: usize = 255;

/// Bytes of what came of a tool: all of it, and what stays in the activity.
const LARGEST_OUTPUT: usize = 64 << 10;
const SHOWN_OUTPUT: usize = 4 << 10;

/// What was taken out of a command.
#[derive(Debug, Default)]
pub struct Uploads {
    /// Bytes to store.
    pub blobs: Vec<Bytes>,
    /// Hashes that were given without bytes, each with its field.
    pub named: Vec<(String, String)>,
}

/// An attachment as a client sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Attachment {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    mime_type: String,
    size_bytes: Option<usize>,
    data_url: String,
}

impl Uploads {
    /// Takes the pictures out of the message that starts a turn.
    pub fn attachments(&mut self, id: &str, fields: &mut Map<String, Value>) -> Result<(), Fault> {
        let Some(message) = fields.get_mut("message") else {
            return Ok(());
        };
        // What is no list is refused where the command is read as a whole.
        let Some(list) = message.get_mut("attachments").and_then(Value::as_array_mut) else {
            return Ok(());
        };
        if list.len() > MOST_ATTACHMENTS {
            return Err(wrong(
                "/message/attachments",
                &format!("a message takes at most {MOST_ATTACHMENTS} attachments"),
            ));
        }
        for (n, item) in list.iter_mut().enumerate() {
            let at = format!("/message/attachments/{n}");
            let attachment: Attachment = part(&at, item.take())?;
            let bytes = picture(&at, &attachment)?;
            *item = json!({
                "type": attachment.kind,
                "id": format!("att-{}-{n}", &sha256_hex(id.as_bytes())[..32]),
                "name": attachment.name,
                "mimeType": attachment.mime_type,
                "sizeBytes": bytes.len(),
                "blob": sha256_hex(&bytes),
            });
            self.blobs.push(bytes.into());
        }
        Ok(())
    }

    /// Takes what came of a tool out of its activity, but for its beginning, where it is long.
    pub fn output(&mut self, fields: &mut Map<String, Value>) -> Result<(), Fault> {
        let payload = fields
            .get_mut("activity")
            .and_then(|activity| activity.get_mut("payload"));
        let Some(payload) = payload.and_then(Value::as_object_mut) else {
            return Ok(());
        };
        // A name that a client gives would have anybody's bytes read.
        for name in ["outputBlob", "outputBytes"] {
            if payload.contains_key(name) {
                return Err(wrong(
                    &format!("/activity/payload/{name}"),
                    "only the server gives this; send the text as `output`",
                ));
            }
        }
        let Some(Value::String(output)) = payload.get_mut("output") else {
            return Ok(());
        };
        if output.len() > LARGEST_OUTPUT {
            return Err(wrong(
                "/activity/payload/output",
                &format!("an output takes at most {} KiB", LARGEST_OUTPUT >> 10),
            ));
        }
        if output.len() > SHOWN_OUTPUT {
            let shown = output[..output.floor_char_boundary(SHOWN_OUTPUT)].to_owned();
            let whole = std::mem::replace(output, shown);
            payload.insert("outputBlob".to_owned(), sha256_hex(whole.as_bytes()).into());
            payload.insert("outputBytes".to_owned(), whole.len().into());
            self.blobs.push(whole.into());
        }
        Ok(())
    }

    /// Takes the texts of diffs out of the command that records a checkpoint.
    pub fn diffs(&mut self, fields: &mut Map<String, Value>) {
        // What is no list of objects is refused where the command is read as a whole.
        let Some(list) = fields.get_mut("diffs").and_then(Value::as_array_mut) else {
            return;
        };
        for (n, item) in list.iter_mut().enumerate() {
            let Some(range) = item.as_object_mut() else {
                continue;
            };
            // Both, or neither, is refused where the command is read as a whole.
            match (range.get("blob"), range.get("diff")) {
                (Some(Value::String(hash)), None) => {
                    self.named.push((format!("/diffs/{n}/blob"), hash.clone()));
                }
                (None, Some(Value::String(_))) => {
                    if let Some(Value::String(text)) = range.remove("diff") {
                        range.insert("blob".to_owned(), sha256_hex(text.as_bytes()).into());
                        self.blobs.push(text.into());
                    }
                }
                _ => {}
            }
        }
    }
}

fn picture(at: &str, attachment: &Attachment) -> Result<Vec<u8>, Fault> {
    let refuse = |field: &str, message: &str| Err(wrong(&format!("{at}/{field}"), message));
    if attachment.kind != "image" {
        return refuse("type", "an attachment is an `image`");
    }
    if attachment.name.trim().is_empty() || attachment.name.chars().count() > LONGEST_NAME {
        return refuse(
            "name",
            "a name takes 1 to 255 characters, not all of them blank",
        );
    }
    let mime = attachment.mime_type.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.+-".contains(c);
    if !mime.starts_with("image/") || mime.len() > 100 || !mime.chars().all(plain) {
        return refuse("mimeType", "an image's mimeType starts with `image/`");
    }
    if attachment.data_url.len() > LONGEST_DATA_URL {
        return refuse(
            "dataUrl",
            &format!("a data URL takes at most {LONGEST_DATA_URL} characters"),
        );
    }
    let encoded = attachment
        .data_url
        .strip_prefix("data:")
        .and_then(|rest| rest.strip_prefix(mime))
        .and_then(|rest| rest.strip_prefix(";base64,"));
    let Some(encoded) = encoded else {
        return refuse(
            "dataUrl",
            &format!("expected data:{mime};base64, and the picture in base64"),
        );
    };
    let Ok(bytes) = STANDARD.decode(encoded) else {
        return refuse("dataUrl", "what follows the comma is not base64");
    };
    if bytes.is_empty() || bytes.len() > LARGEST_PICTURE {
        return refuse(
            "dataUrl",
            &format!("a picture takes 1 to {LARGEST_PICTURE} bytes"),
        );
    }
    if attachment
        .size_bytes
        .is_some_and(|size| size != bytes.len())
    {
        return refuse(
            "sizeBytes",
            &format!("the picture has {} bytes", bytes.len()),
        );
    }
    Ok(bytes)
}
