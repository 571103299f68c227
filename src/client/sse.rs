//! A parser of `text/event-stream` that holds a bounded amount, whatever comes (reliability.md: bad input never panics).

/// One dispatched event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The last `id:` seen, also from earlier events.
    pub id: Option<String>,
    /// `event:`; empty stands for `message`.
    pub event: String,
    /// All `data:` lines, joined by line feeds.
    pub data: String,
}

/// The stream cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event is larger than the parser was told to hold.
    #[error("an event of the feed is larger than {0} bytes")]
    TooLarge(usize),
    /// It is not UTF-8.
    #[error("the feed is not UTF-8")]
    NotText,
}

/// Takes bytes as they come and gives whole events.
#[derive(Debug)]
pub struct SseParser {
    line: Vec<u8>,
    last_was_cr: bool,
    at_start: bool,
    has_data: bool,
    event: SseEvent,
    largest: usize,
}

impl SseParser {
    /// A parser that refuses events beyond `largest` bytes.
    pub fn new(largest: usize) -> Self {
        Self {
            line: Vec::new(),
            last_was_cr: false,
            at_start: true,
            has_data: false,
            event: SseEvent::default(),
            largest,
        }
    }

    /// Takes the next bytes and gives the events that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, SseError> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_cr = std::mem::replace(&mut self.last_was_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    self.end_of_line(&line, &mut events)?;
                    // The buffer is kept, so that a long feed does not allocate per line.
                    self.line = line;
                    self.line.clear();
                }
                other => {
                    if self.line.len() + self.event.data.len() >= self.largest {
                        return Err(SseError::TooLarge(self.largest));
                    }
                    self.line.push(other);
                }
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self, line: &[u8], events: &mut Vec<SseEvent>) -> Result<(), SseError> {
        let mut line = std::str::from_utf8(line).map_err(|_| SseError::NotText)?;
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            if std::mem::take(&mut self.has_data) {
                let id = self.event.id.clone();
                let mut event = std::mem::take(&mut self.event);
                self.event.id = id;
                // Each data line left a line feed behind it; the last one is not part of the data.
                event.data.pop();
                events.push(event);
            } else {
                self.event.event.clear();
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                self.has_data = true;
                self.event.data.push_str(value);
                self.event.data.push('\n');
            }
            "event" => value.clone_into(&mut self.event.event),
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            // A comment has an empty field name; `retry` is for browsers; the rest is not known.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &[u8]) -> Vec<SseEvent> {
        SseParser::new(1 << 16).push(text).unwrap()
    }

    #[test]
    fn events_comments_and_line_endings_are_read() {
        let events = all(b"\xef\xbb\xbf: hello\nid: 7\nevent: rows\ndata: a\ndata: b\n\n:beat\r\n\r\ndata\r\rdata:x\r\n\r\n");
        assert_eq!(
            events,
            [
                SseEvent {
                    id: Some("7".into()),
                    event: "rows".into(),
                    data: "a\nb".into()
                },
                SseEvent {
                    id: Some("7".into()),
                    event: String::new(),
                    data: String::new()
                },
                SseEvent {
                    id: Some("7".into()),
                    event: String::new(),
                    data: "x".into()
                },
            ]
        );
    }

    #[test]
    fn what_is_not_ended_is_not_an_event() {
        assert_eq!(all(b"data: a\n"), []);
    }

    #[test]
    fn a_line_without_end_is_refused_at_the_bound() {
        let mut parser = SseParser::new(64);
        assert_eq!(parser.push(&[b'x'; 65]), Err(SseError::TooLarge(64)));
        let mut parser = SseParser::new(64);
        assert_eq!(
            parser.push(&b"data: 0123456789\n".repeat(20)),
            Err(SseError::TooLarge(64))
        );
    }

    proptest! {
        #[test]
        fn any_split_of_any_bytes_gives_the_same(bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b':'), Just(b'd'), any::<u8>()], 0..200), cut in 0usize..200) {
            let cut = cut.min(bytes.len());
            let mut whole = SseParser::new(4096);
            let mut split = SseParser::new(4096);
            let expected = whole.push(&bytes);
            let got = split.push(&bytes[..cut]).and_then(|mut head| {
                head.extend(split.push(&bytes[cut..])?);
                Ok(head)
            });
            prop_assert_eq!(expected, got);
        }
    }
}
