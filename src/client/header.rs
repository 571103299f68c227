//! Names of the headers that are ours, and how JSON travels in one. The server uses the same names.

use std::fmt::Write as _;

/// A client's own id of a mutation: the same id gets the same outcome (engine.md: receipts).
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Marks an answer that was given before.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";
/// The run token of a claimed job.
pub const RUN: &str = "jolli-run";
/// How to take an accepted mutation back, as JSON.
pub const UNDO: &str = "jolli-undo";
/// The log position from which a mutation's effect is visible.
pub const SEQUENCE: &str = "jolli-sequence";
/// The space that documents are pulled from or pushed to, by slug.
pub const SPACE: &str = "x-jolli-space";
/// Where a follower of the feed stopped reading.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// Rewrites JSON text so that it is visible ASCII, as a header value must be; it stays the same JSON.
pub fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if (0x20..0x7f).contains(&byte) => out.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_a_header_is_ascii_and_still_the_same_json() {
        let value = serde_json::json!({"label": "bind „Größe“ 🦀 again"});
        let text = ascii_json(&value.to_string());
        assert!(text.bytes().all(|b| (0x20..0x7f).contains(&b)), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
