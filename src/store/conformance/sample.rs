//! Rows with every column filled, and the same with everything empty that may be.

use serde_json::{Map, Value, json};

use crate::domain::row::{Row, Table};
use crate::store::schema::{Column, Kind, spec};

/// Two rows of every table.
pub fn sample_rows() -> Vec<Row> {
    Table::ALL
        .iter()
        .flat_map(|table| [sample(*table, true), sample(*table, false)])
        .collect()
}

fn sample(table: Table, filled: bool) -> Row {
    let columns: Map<String, Value> = spec(table)
        .columns
        .iter()
        .map(|column| {
            let value = if column.nullable && !filled {
                Value::Null
            } else {
                value(table, column)
            };
            (column.name.to_owned(), value)
        })
        .collect();
    Row::from_value(table, Value::Object(columns)).unwrap()
}

fn value(table: Table, column: &Column) -> Value {
    let time = "2026-11-21T14:02:11.250Z";
    match &column.kind {
        Kind::Int => json!(7),
        Kind::Bool => json!(true),
        Kind::Words(words) => json!(words.last()),
        Kind::Text if column.name.ends_with("_at") || column.name.ends_with("_since") => {
            json!(time)
        }
        Kind::Text => json!(format!("a {} with ' and \u{e9}", column.name)),
        Kind::Json => match (table, column.name) {
            (_, "secrets") => json!([{ "name": "s/1", "fingerprint": "ab", "validUntil": time }]),
            (_, "credential") => json!({ "user": "git", "fingerprint": "ab", "setAt": time }),
            (_, "scripts_json" | "attachments_json") => json!([{ "id": "a", "name": "b" }]),
            (_, "payload_json" | "resume_cursor_json" | "runtime_payload_json") => {
                json!({ "a": [1, null] })
            }
            (_, "files_json") => {
                json!([{ "path": "a.md", "kind": "modified", "additions": 1, "deletions": 2 }])
            }
            (_, "agent_turn") => json!({ "threadId": "t", "turnId": "u" }),
            (_, "job_ids" | "affected_space_ids") => json!([1, 2]),
            (_, "headers") => json!({ "X-Event": "push" }),
            (_, "files") => json!({ "version": "abc", "count": 2, "manifest": "def" }),
            (_, "paused") => json!({ "since": time, "by": "ana", "reason": "r" }),
            (_, "paused_queues") => {
                json!([{ "kind": "catch-up", "since": time, "by": "ana", "reason": null }])
            }
            (_, "trouble") => json!({ "kind": "moved", "detail": "d", "since": time }),
            (_, "kinds") => json!(["cli-impact", "catch-up"]),
            (_, "cursor") => json!({ "value": "abc", "updatedAt": time }),
            (_, "history") => json!([0, 1, 2]),
            (_, "rules") => json!([{ "source": "api", "path": "src/**", "line": 3 }]),
            (_, "diagnostics") => json!([{
                "code": "invalid-glob", "severity": "warning", "message": "m", "line": 4, "pattern": "[", "remedy": "r",
            }]),
            (_, "steps") => json!([{
                "name": "lease", "status": "running", "startedAt": time, "finishedAt": null, "detail": "d",
            }]),
            (Table::Jobs, "error") => json!({ "code": "c", "message": "m" }),
            (_, "impacted_docs" | "updated_docs") => json!([{ "docId": null, "path": "a.md" }]),
            (table, name) => panic!("no sample for {}.{name}", table.name()),
        },
    }
}
