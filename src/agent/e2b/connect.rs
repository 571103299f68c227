//! The Connect protocol, as much of it as streams of JSON need: each message has five bytes before it, its flags and its
//! length, and the last one says how the stream ended.

use serde::Deserialize;
use serde_json::Value;

/// Of the flags: the message is the last one.
const END: u8 = 0b10;
/// Bytes before a message.
const HEAD: usize = 5;
/// The longest message that is read. A sandbox sends 32 KiB of an output at once, as base64.
pub(super) const LONGEST: usize = 4 << 20;

/// A message of a stream.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    Message(Value),
    /// The last one; with what went wrong, if anything did.
    End(Option<Status>),
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Status {
    /// In a word, such as `not_found`.
    #[serde(default)]
    pub code: String,
    /// In a sentence.
    #[serde(default)]
    pub message: String,
}

/// A message as it is sent.
pub(super) fn enveloped(message: &Value) -> Vec<u8> {
    let text = message.to_string();
    let mut bytes = Vec::with_capacity(HEAD + text.len());
    bytes.push(0);
    bytes.extend((text.len() as u32).to_be_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// Puts messages together from pieces that end anywhere.
#[derive(Debug, Default)]
pub(super) struct Frames(Vec<u8>);

impl Frames {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    /// The next whole message; none: more is to come first. An error says what is odd about it.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, String> {
        let Some((head, rest)) = self.0.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let [flags, length @ ..] = *head;
        let length = u32::from_be_bytes(length) as usize;
        if length > LONGEST {
            return Err(format!("a message of {length} bytes"));
        }
        let Some(text) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = match flags {
            0 => Frame::Message(serde_json::from_slice(text).map_err(|e| e.to_string())?),
            END => Frame::End(ended(text)?),
            flags => return Err(format!("a message with the flags {flags:#04x}")),
        };
        self.0.drain(..HEAD + length);
        Ok(Some(frame))
    }

    /// Whether it stopped in the midst of a message.
    pub(super) fn is_torn(&self) -> bool {
        !self.0.is_empty()
    }
}

fn ended(text: &[u8]) -> Result<Option<Status>, String> {
    #[derive(Deserialize)]
    struct Last {
        error: Option<Status>,
    }
    serde_json::from_slice(text)
        .map(|last: Last| last.error)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(frames: &mut Frames) -> Vec<Frame> {
        std::iter::from_fn(|| frames.next().unwrap()).collect()
    }

    fn stream() -> (Vec<u8>, Vec<Frame>) {
        let (one, two) = (
            json!({"event": {"start": {"pid": 7}}}),
            json!({"event": "ä"}),
        );
        let mut bytes = enveloped(&one);
        bytes.extend(enveloped(&two));
        let last = br#"{"error":{"code":"internal","message":"lost"}}"#;
        bytes.extend([END, 0, 0, 0, last.len() as u8]);
        bytes.extend(last);
        let status = Status {
            code: "internal".to_owned(),
            message: "lost".to_owned(),
        };
        let frames = vec![
            Frame::Message(one),
            Frame::Message(two),
            Frame::End(Some(status)),
        ];
        (bytes, frames)
    }

    #[test]
    fn messages_are_the_same_however_the_stream_is_cut() {
        let (bytes, expected) = stream();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let mut got = Vec::new();
            for piece in bytes.chunks(size) {
                frames.push(piece);
                got.extend(all(&mut frames));
            }
            assert_eq!(got, expected, "in pieces of {size}");
            assert!(!frames.is_torn());
        }
    }

    #[test]
    fn a_stream_that_stops_in_a_message_is_torn_and_an_end_without_an_error_is_good() {
        let (bytes, expected) = stream();
        let mut frames = Frames::default();
        frames.push(&bytes[..bytes.len() - 1]);
        assert_eq!(all(&mut frames), expected[..2]);
        assert!(frames.is_torn());
        let mut frames = Frames::default();
        frames.push(&[END, 0, 0, 0, 2, b'{', b'}']);
        assert_eq!(all(&mut frames), [Frame::End(None)]);
    }

    #[test]
    fn what_is_too_long_compressed_or_no_json_is_odd() {
        for bytes in [
            &[0, 0xff, 0xff, 0xff, 0xff][..],
            &[1, 0, 0, 0, 0],
            &[0, 0, 0, 0, 1, b'{'],
        ] {
            let mut frames = Frames::default();
            frames.push(bytes);
            assert!(frames.next().is_err(), "{bytes:?}");
        }
    }
}
