//! What an event changed, in a line: before and after, in the names of the screen. Events of a kind that this console does
//! not know are shown field by field, so that a newer server hides nothing.

use serde_json::Value;

use crate::api::{Event, IntegrationId, SourceId, SpaceId};
use crate::console::format;
use crate::console::model::Replica;

/// The line, with the operator's reason where one was given.
pub fn words(replica: &Replica, event: &Event) -> String {
    let said = known(replica, event).unwrap_or_else(|| fields(&event.payload));
    let said = match event.metadata["reason"].as_str() {
        Some(reason) => format!("{said}   \"{reason}\""),
        None => said,
    };
    match event.metadata["undoes"].as_i64() {
        Some(cause) => tr!("{said}   cause @{cause}", said, cause),
        None => said,
    }
}

/// `None`: not a kind known here, or not with the fields known here.
fn known(replica: &Replica, event: &Event) -> Option<String> {
    let it = &event.payload;
    let text = |name: &str| it[name].as_str();
    let number = |name: &str| it[name].as_i64();
    let sha = |name: &str| text(name).map_or(format::UNKNOWN, format::sha);
    let source = || Some(replica.source_name(SourceId(number("sourceId")?)));
    Some(match event.event_type.as_str() {
        "space.binding-updated" => binding(&source()?, it)?,
        "space.source-bound" => tr!(
            "{source}: bound, {on}",
            source = source()?,
            on = on(it["enabled"].as_bool()?)
        ),
        "space.source-unbound" => tr!("{source}: unbound", source = source()?),
        "space.docs-pushed" => {
            let count = it["documents"].as_array()?.len() as i64;
            let what = tr_n!(count, "{count} document", "{count} documents");
            match text("message") {
                Some(message) => format!("{what}: {message}"),
                None => what,
            }
        }
        "source.linked" => tr!(
            "integration {integration_label}",
            integration_label = replica.integration_label(IntegrationId(number("integrationId")?))
        ),
        "source.unlinked" => tr!(
            "was integration {number}",
            number = number("integrationId")?
        ),
        "source.enabled" => tr!("off → on").to_owned(),
        "source.disabled" => tr!("on → off").to_owned(),
        "source.head-observed" => match (it["baseline"].as_bool(), it["missed"].as_bool()) {
            (Some(true), _) => tr!("starts at {sha}", sha = sha("sha")),
            (_, Some(true)) => tr!("head {sha}, found by looking", sha = sha("sha")),
            _ => tr!("head {sha}", sha = sha("sha")),
        },
        "source.remote-changed" => match text("kind") {
            Some(kind) => format!("{kind}: {}", text("detail")?),
            None => text("detail")?.to_owned(),
        },
        "source.paused" | "source.resumed" => match text("reason") {
            Some(reason) => format!("\"{reason}\""),
            None => String::new(),
        },
        "org.queue-paused" | "org.queue-resumed" => match text("reason") {
            Some(reason) => format!("{}: \"{reason}\"", text("kind")?),
            None => text("kind")?.to_owned(),
        },
        "source.lag-measured" => tr_n!(number("commits")?, "{count} commit", "{count} commits"),
        "source.cursor-advanced" => tr!(
            "{before} → {after} by run #{run}",
            before = sha("from"),
            after = sha("to"),
            run = number("jobId")?
        ),
        "source.cursor-cleared" => tr!(
            "{sha} → none, generation {number}: {text}",
            sha = sha("from"),
            number = number("generation")?,
            text = text("why")?
        ),
        "integration.delivery-received" => {
            let at = text("gitRef").map_or("", |it| it.strip_prefix("refs/heads/").unwrap_or(it));
            let id: String = text("deliveryId")?.chars().take(8).collect();
            format!("{id} {} {at}: {}", text("event")?, text("reason")?)
        }
        "integration.health-changed" => match text("detail") {
            Some(detail) => format!("{}: {detail}", text("status")?),
            None => text("status")?.to_owned(),
        },
        "job.queued" => {
            let by = text("deliveryId").map_or_else(String::new, |id| {
                let id: String = id.chars().take(8).collect();
                tr!(", delivery {id}", id)
            });
            format!("{} → {}{by}", sha("baseSha"), sha("headSha"))
        }
        "job.started" => tr!(
            "attempt {attempt} by {runner}, epoch {epoch}",
            attempt = number("attempt")?,
            runner = text("runner")?,
            epoch = number("epoch")?
        ),
        "job.step-started" => text("step")?.to_owned(),
        "job.step-finished" => {
            let detail = text("detail").map_or_else(String::new, |it| format!(": {it}"));
            format!("{} {}{detail}", text("step")?, text("status")?)
        }
        "job.space-started" => space(replica, it)?,
        "job.space-finished" => {
            let error = text("error").map_or_else(String::new, |it| format!(": {it}"));
            format!("{} {}{error}", space(replica, it)?, text("status")?)
        }
        "job.failed" => it["error"]["message"].as_str()?.to_owned(),
        "job.skipped" => match number("supersededBy") {
            Some(by) => tr!("superseded by #{by}", by),
            None => text("reason")?.to_owned(),
        },
        "job.cancelled" => text("reason")?.to_owned(),
        _ => return None,
    })
}

fn on(on: bool) -> &'static str {
    if on { tr!("on") } else { tr!("off") }
}

fn space(replica: &Replica, it: &Value) -> Option<String> {
    Some(replica.space_name(SpaceId(it["spaceId"].as_i64()?)))
}

/// `frontend: on → off`; a pattern that changed goes with it.
fn binding(source: &str, it: &Value) -> Option<String> {
    let mut parts = Vec::new();
    let (was, now) = (it["wasEnabled"].as_bool()?, it["enabled"].as_bool()?);
    if was != now {
        parts.push(format!("{} → {}", on(was), on(now)));
    }
    let pattern = |name: &str| it[name].as_str().unwrap_or(tr!("all paths")).to_owned();
    let (was, now) = (pattern("wasPattern"), pattern("jrnPattern"));
    if was != now {
        parts.push(format!("{was} → {now}"));
    }
    if parts.is_empty() {
        parts.push(tr!("as it was").to_owned());
    }
    Some(format!("{source}: {}", parts.join(", ")))
}

/// The payload field by field.
fn fields(payload: &Value) -> String {
    match payload {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{name}: {}", brief(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => brief(other),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::String(text) if text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format::sha(text).to_owned()
        }
        Value::String(text) => text.clone(),
        Value::Array(items) if items.len() > 3 => {
            tr_n!(items.len(), "{count} item", "{count} items")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::console::view::fixture;

    fn said(event_type: &str, payload: Value, metadata: Value) -> String {
        let model = fixture::pages::quiet();
        let event: Event = serde_json::from_value(json!({
            "sequence": 1, "eventId": "e", "aggregateKind": "space", "streamId": "1", "streamVersion": 1,
            "type": event_type, "occurredAt": "2026-11-21T14:00:00.000Z", "recordedAt": "2026-11-21T14:00:00.000Z",
            "commandId": null, "causationEventId": null, "correlationId": null,
            "actor": { "kind": "user", "id": "ana" }, "payload": payload, "metadata": metadata,
        }))
        .unwrap();
        words(&model.replica, &event)
    }

    #[test]
    fn f3_who_turned_a_binding_off_and_why() {
        let payload = json!({
            "sourceId": 2, "enabled": false, "wasEnabled": true, "jrnPattern": null, "wasPattern": null
        });
        assert_eq!(
            said(
                "space.binding-updated",
                payload,
                json!({ "reason": "noise in freeze" })
            ),
            "frontend: on → off   \"noise in freeze\""
        );
    }

    #[test]
    fn a_cursor_says_from_where_to_where_by_whom() {
        let (from, to) = ("4f9c2d1".repeat(6), "8be01aa".repeat(6));
        let payload = json!({ "from": from, "to": to, "jobId": 84, "epoch": 3 });
        assert_eq!(
            said("source.cursor-advanced", payload, json!({})),
            "4f9c2d1 → 8be01aa by run #84"
        );
    }

    #[test]
    fn kinds_of_a_newer_server_are_shown_field_by_field() {
        let payload = json!({ "colour": "green", "nothing": null, "of": [1, 2, 3, 4] });
        assert_eq!(
            said("source.painted", payload, json!({})),
            "colour: green, of: 4 items"
        );
        // A known kind with other fields as well.
        let payload = json!({ "state": "off" });
        assert_eq!(
            said("space.binding-updated", payload, json!({})),
            "state: off"
        );
    }
}
