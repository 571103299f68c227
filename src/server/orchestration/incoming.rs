//! A command out of a request's body. Large things in it (pictures, diffs) become blobs, and the command names them.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};

use super::upload::{LONGEST_DATA_URL, MOST_ATTACHMENTS, Uploads};
use crate::api::{Code, Command, FieldError, Problem};
use crate::server::context::refuse_nul;
use crate::server::fault::Fault;

/// As many attachments as a message takes, and what stands around them.
pub const LARGEST_COMMAND: usize = MOST_ATTACHMENTS * LONGEST_DATA_URL + (4 << 20);
/// What `Idempotency-Key` takes, for it is the same id.
const LONGEST_ID: usize = 255;

/// A command as it came.
#[derive(Debug)]
pub struct Incoming {
    /// Its id.
    pub id: String,
    /// The command.
    pub command: Command,
    /// Bytes that it names by their hash, to be stored before it is given.
    pub blobs: Vec<Bytes>,
    /// Hashes that it names without their bytes, each with the field that does.
    pub named: Vec<(String, String)>,
}

impl Incoming {
    /// Reads `{type, commandId, …}` (orchestration.md: dispatch).
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        refuse_nul(body)?;
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            Fault::new(
                Code::Invalid,
                format!("Invalid orchestration command JSON: {error}"),
            )
        })?;
        let Value::Object(mut fields) = value else {
            return Err(wrong("", "a command is an object"));
        };
        let id = text(&mut fields, "commandId")?;
        let fits = |c: char| c.is_ascii_graphic() || c == ' ';
        if id.is_empty() || id.len() > LONGEST_ID || id.trim() != id || !id.chars().all(fits) {
            return Err(wrong(
                "/commandId",
                "commandId takes 1 to 255 visible ASCII characters without space around them",
            ));
        }
        let kind = text(&mut fields, "type")?;
        let mut uploads = Uploads::default();
        match kind.as_str() {
            "thread.turn.start" => uploads.attachments(&id, &mut fields)?,
            "thread.turn.diff.complete" => uploads.diffs(&mut fields),
            "thread.activity.append" => uploads.output(&mut fields)?,
            _ => {}
        }
        let command = parse(kind, fields)?;
        Ok(Self {
            id,
            command,
            blobs: uploads.blobs,
            named: uploads.named,
        })
    }
}

/// Takes a field out that must be a text.
fn text(fields: &mut Map<String, Value>, name: &str) -> Result<String, Fault> {
    let at = format!("/{name}");
    match fields.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(wrong(&at, &format!("`{name}` is a string"))),
        None => Err(wrong(&at, &format!("missing field `{name}`"))),
    }
}

/// The type first, so that the fields are read as its own and a refusal can point into them.
fn parse(kind: String, fields: Map<String, Value>) -> Result<Command, Fault> {
    let parts = [
        ("type", Value::String(kind)),
        ("command", Value::Object(fields)),
    ];
    let reader = MapDeserializer::<_, serde_json::Error>::new(parts.into_iter());
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let pointer = pointer(error.path());
        named(pointer, &error.into_inner().to_string())
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut keys = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    match keys.next().as_deref() {
        Some("command") => keys.fold(String::new(), |pointer, key| pointer + "/" + &key),
        Some(first) => format!("/{first}"),
        None => String::new(),
    }
}

/// A field that is missing or not known is not part of the path yet.
fn named(mut pointer: String, message: &str) -> Fault {
    let names_one = message.starts_with("unknown field ") || message.starts_with("missing field ");
    if names_one
        && let Some(field) = message.split('`').nth(1)
        && !pointer.ends_with(&format!("/{field}"))
    {
        pointer = format!("{pointer}/{field}");
    }
    wrong(&pointer, message)
}

/// A refusal of the payload, at a field.
pub fn wrong(pointer: &str, message: &str) -> Fault {
    let place = if pointer.is_empty() {
        String::new()
    } else {
        format!("{pointer}: ")
    };
    let mut problem = Problem::new(
        Code::Invalid,
        format!("Invalid orchestration command payload: {place}{message}"),
    );
    problem.errors.push(FieldError {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    });
    Fault(Box::new(problem))
}

/// A part of a command, strictly, with a refusal that points to the field in it.
pub fn part<T: DeserializeOwned>(at: &str, value: Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(value).map_err(
        |error: serde_path_to_error::Error<serde_json::Error>| {
            let inner = pointer(error.path());
            named(format!("{at}{inner}"), &error.into_inner().to_string())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use crate::base::sha256_hex;

    const AT: &str = "2026-11-21T12:00:00.000Z";

    fn read(body: &Value) -> Result<Incoming, Fault> {
        Incoming::read(body.to_string().as_bytes())
    }

    /// Field and sentence of a refusal.
    fn refusal(body: &Value) -> (String, String) {
        let problem = *read(body).expect_err("refused").0;
        assert_eq!(problem.code, Code::Invalid);
        let pointer = problem.errors[0].pointer.clone();
        (pointer, problem.detail)
    }

    fn turn(attachments: Value) -> Value {
        json!({"type": "thread.turn.start", "commandId": "c1", "threadId": "t1", "createdAt": AT,
            "message": {"messageId": "m1", "text": "Look at this", "attachments": attachments}})
    }

    fn picture(bytes: &[u8]) -> Value {
        json!({"type": "image", "name": "../../etc/passwd", "mimeType": "image/png",
            "dataUrl": format!("data:image/png;base64,{}", STANDARD.encode(bytes))})
    }

    #[test]
    fn what_is_no_json_and_what_is_no_command_are_told_apart() {
        let problem = *Incoming::read(b"{\"type\": ").expect_err("refused").0;
        assert!(
            problem
                .detail
                .starts_with("Invalid orchestration command JSON: "),
            "{}",
            problem.detail
        );
        for (body, pointer) in [
            (json!([]), ""),
            (json!({"type": "thread.archive"}), "/commandId"),
            (
                json!({"type": "thread.archive", "commandId": " x"}),
                "/commandId",
            ),
            (json!({"commandId": "c1"}), "/type"),
            (
                json!({"commandId": "c1", "type": "thread.explode"}),
                "/type",
            ),
            (
                json!({"commandId": "c1", "type": "thread.archive"}),
                "/threadId",
            ),
            (
                json!({"commandId": "c1", "type": "thread.archive", "threadId": "t1", "extra": 1}),
                "/extra",
            ),
            (
                json!({"commandId": "c1", "type": "thread.archive", "threadId": ""}),
                "/threadId",
            ),
            (
                json!({"commandId": "c1", "type": "thread.checkpoint.revert", "threadId": "t1", "turnCount": 1.5,
                    "createdAt": AT}),
                "/turnCount",
            ),
        ] {
            let (at, detail) = refusal(&body);
            assert_eq!(at, pointer, "{body}: {detail}");
            assert!(
                detail.starts_with("Invalid orchestration command payload: "),
                "{detail}"
            );
        }
        let nested = json!({"type": "thread.turn.start", "commandId": "c1", "threadId": "t1", "createdAt": AT,
            "message": {"messageId": "m1"}});
        assert_eq!(refusal(&nested).0, "/message/text");
    }

    #[test]
    fn a_picture_becomes_a_blob_and_its_name_stays_a_name() {
        let incoming = read(&turn(json!([picture(b"png")]))).unwrap();
        let Command::TurnStart { message, .. } = incoming.command else {
            panic!("{:?}", incoming.command)
        };
        let kept = &message.attachments[0];
        assert_eq!(incoming.blobs, [Bytes::from_static(b"png")]);
        assert_eq!(kept["blob"], sha256_hex(b"png"));
        assert_eq!(kept["sizeBytes"], 3);
        assert_eq!(kept["name"], "../../etc/passwd");
        assert!(kept.get("dataUrl").is_none());
        let id = kept["id"].as_str().unwrap();
        assert!(
            id.len() <= 128
                && id
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c)),
            "{id}"
        );
        // The same command is the same, however often it is read.
        let again = read(&turn(json!([picture(b"png")]))).unwrap();
        let Command::TurnStart { message, .. } = again.command else {
            panic!("{:?}", again.command)
        };
        assert_eq!(message.attachments[0]["id"], id);
    }

    #[test]
    fn attachments_keep_to_their_limits() {
        let many: Vec<Value> = (0..9).map(|_| picture(b"x")).collect();
        assert_eq!(refusal(&turn(json!(many))).0, "/message/attachments");
        let with = |field: &str, value: Value| {
            let mut one = picture(b"png");
            one[field] = value;
            refusal(&turn(json!([one]))).0
        };
        let at = |field: &str| format!("/message/attachments/0/{field}");
        assert_eq!(with("type", json!("video")), at("type"));
        assert_eq!(with("mimeType", json!("text/html")), at("mimeType"));
        assert_eq!(with("mimeType", json!("image/jpeg")), at("dataUrl"));
        assert_eq!(
            with("dataUrl", json!("data:image/png,plain")),
            at("dataUrl")
        );
        assert_eq!(
            with("dataUrl", json!("data:image/png;base64,")),
            at("dataUrl")
        );
        assert_eq!(
            with("dataUrl", json!("data:image/png;base64,!!")),
            at("dataUrl")
        );
        assert_eq!(with("sizeBytes", json!(4)), at("sizeBytes"));
        assert_eq!(with("blob", json!("00")), at("blob"));
        assert_eq!(with("name", json!(" ")), at("name"));
        let big = vec![0; (10 << 20) + 1];
        assert_eq!(refusal(&turn(json!([picture(&big)]))).0, at("dataUrl"));
    }

    fn tool(payload: &Value) -> Value {
        json!({"type": "thread.activity.append", "commandId": "c1", "threadId": "t1", "createdAt": AT,
            "activity": {"id": "a1", "tone": "tool", "kind": "tool.completed", "summary": "s", "turnId": null,
                "payload": payload, "createdAt": AT}})
    }

    #[test]
    fn a_long_output_becomes_a_blob_behind_its_beginning() {
        let payload = |output: &str| {
            let incoming = read(&tool(&json!({"output": output, "title": "T"}))).unwrap();
            let Command::ActivityAppend { activity, .. } = incoming.command else {
                panic!("{:?}", incoming.command)
            };
            (activity.payload, incoming.blobs)
        };
        let short = "x".repeat(4 << 10);
        let kept = json!({"output": short, "title": "T"});
        assert_eq!(payload(&short), (kept, Vec::new()));
        // Cut where a character ends.
        let long = "x".repeat((4 << 10) - 1) + &"ä".repeat(1_000);
        let (kept, blobs) = payload(&long);
        assert_eq!(
            kept,
            json!({"output": "x".repeat((4 << 10) - 1), "title": "T",
                "outputBlob": sha256_hex(long.as_bytes()), "outputBytes": long.len()})
        );
        assert_eq!(blobs, [Bytes::from(long)]);
        // What is no text is the payload's own business.
        let other = json!({"output": {"lines": 3}});
        assert!(read(&tool(&other)).unwrap().blobs.is_empty());
        for (field, value) in [
            ("output", json!("x".repeat((64 << 10) + 1))),
            ("outputBlob", json!(sha256_hex(b"another's"))),
            ("outputBytes", json!(1)),
        ] {
            let at = refusal(&tool(&json!({field: value}))).0;
            assert_eq!(at, format!("/activity/payload/{field}"));
        }
    }

    #[test]
    fn a_diff_may_come_as_text_or_by_its_hash() {
        let hash = sha256_hex(b"earlier");
        let body = json!({"type": "thread.turn.diff.complete", "commandId": "c1", "threadId": "t1", "turnId": "u2",
            "checkpointTurnCount": 2, "checkpointRef": "refs/x", "status": "ready", "files": [],
            "assistantMessageId": null, "completedAt": AT, "createdAt": AT,
            "diffs": [{"fromTurnCount": 0, "diff": "--- a\n"}, {"fromTurnCount": 1, "blob": hash}]});
        let incoming = read(&body).unwrap();
        let Command::TurnDiffComplete { diffs, .. } = incoming.command else {
            panic!("{:?}", incoming.command)
        };
        assert_eq!(diffs[0].blob, sha256_hex(b"--- a\n"));
        assert_eq!(diffs[1].blob, hash);
        assert_eq!(incoming.blobs, [Bytes::from_static(b"--- a\n")]);
        assert_eq!(incoming.named, [("/diffs/1/blob".to_owned(), hash)]);
    }
}
