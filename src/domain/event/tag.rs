//! The log's name of a payload, found without writing the payload.

use std::io;

use super::Payload;

/// Keeps what is written of `{"type":"…"` and refuses what follows, where writing then stops.
#[derive(Default)]
struct Tag {
    quotes: u8,
    name: Vec<u8>,
}

impl io::Write for Tag {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match (*byte, self.quotes) {
                (_, 4) => return Err(io::ErrorKind::WriteZero.into()),
                (b'"', _) => self.quotes += 1,
                (byte, 3) => self.name.push(byte),
                _ => {}
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Payload {
    /// The log's `event_type`.
    pub fn event_type(&self) -> String {
        let mut tag = Tag::default();
        // It ends in the refusal, once the name is known.
        let _ = match self {
            Self::Orchestration(event) => serde_json::to_writer(&mut tag, event),
            own => serde_json::to_writer(&mut tag, own),
        };
        String::from_utf8(tag.name).expect("names of events are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Orchestration;

    #[test]
    fn the_name_is_the_one_that_the_log_writes() {
        let payloads = [
            Payload::OrgCreated {
                slug: "\"acme\"".into(),
            },
            Orchestration::ProjectDeleted {
                project_id: "p1".parse().unwrap(),
                deleted_at: crate::base::Timestamp::from_millis(0),
            }
            .into(),
        ];
        for payload in payloads {
            assert_eq!(payload.event_type(), payload.to_parts().0);
        }
    }
}
