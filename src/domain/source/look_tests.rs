//! Looks at a remote, one after the other, against rows in memory: what is said, and what follows from it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::event::{Actor, Event, Queued};
use super::super::super::fold::{RowOp, Rows, fold};
use super::super::super::id::{Sequence, SpaceId};
use super::super::super::row::Record;
use super::super::super::view::{Known, Need};
use super::*;

const NOW: &str = "2026-11-21T14:02:11.000Z";
const REPO: &str = "github.com/acme/backend";
const SOURCE: SourceId = SourceId(7);
const SPACE: SpaceId = SpaceId(3);
/// Seconds until what is not certain is looked at once more, and until a look as usual.
const SOON: i64 = 30;
const LATER: i64 = 300;
const MUCH_LATER: i64 = 1_800;

fn row(table: Table, mut columns: Value, more: Value) -> Row {
    for name in ["created_at", "updated_at"] {
        columns[name] = json!(NOW);
    }
    columns["org_id"] = json!(1);
    columns["version"] = json!(1);
    for (name, value) in more.as_object().unwrap() {
        columns[name] = value.clone();
    }
    Row::from_value(table, columns).unwrap()
}

fn source(more: Value) -> Row {
    let columns = json!({
        "id": SOURCE, "name": "backend", "type": "git", "repo": REPO, "repo_key": REPO, "branch": "main",
        "integration_id": 1, "enabled": true, "paused": null, "files": null, "cursor": null, "cursor_version": 0,
        "cursor_job_id": null, "generation": 0, "head_sha": null, "head_at": null, "pending_since": null,
        "baseline_sha": null, "missed_at": null, "trouble": null, "commits_behind": null, "history": [],
        "created_by": "ada",
    });
    row(Table::Sources, columns, more)
}

fn job(id: i64, status: &str, more: Value) -> Row {
    let columns = json!({
        "id": id, "kind": "cli-impact", "status": status, "source_id": SOURCE, "integration_id": 1,
        "event_jrn": "jrn::path:/home/acme/sources/github/acme/backend/main", "branch": "main", "head_sha": "c1",
        "before_sha": "c0", "forced": false, "occurrence": 0, "generation": 0, "base_sha": null,
        "base_reason": null, "rebaseline": null, "moves_cursor": true, "affected_space_ids": [SPACE], "attempt": 0,
        "max_attempts": 8, "runner": null, "epoch": null, "steps": [], "superseded_by": null, "error": null,
        "delivery_id": null, "runtime_mode": null, "agent_turn": null, "started_at": null, "finished_at": null, "next_attempt_at": NOW,
    });
    row(Table::Jobs, columns, more)
}

fn binding(enabled: bool) -> Row {
    let columns =
        json!({ "space_id": SPACE, "source_id": SOURCE, "jrn_pattern": null, "enabled": enabled });
    row(Table::SpaceSources, columns, json!({}))
}

/// Source 7 with one bound space, and the commands that are given about it.
struct Story {
    rows: BTreeMap<Key, Row>,
    now: Timestamp,
    events: i64,
}

impl Rows for Story {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.rows.get(key).cloned()
    }
    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row> {
        let column = table.stream_column().unwrap();
        self.find(&Find::all(table).is(column, stream.scalar()))
    }
}

impl Story {
    /// A source with these columns, which is due to be looked at.
    fn new(more: Value) -> Self {
        let mut story = Self {
            rows: BTreeMap::new(),
            now: NOW.parse().unwrap(),
            events: 0,
        };
        let integration = json!({
            "id": 1, "provider": "github", "name": "acme-github", "repo": null, "account": "github.com/acme",
            "match_key": "github.com/acme", "status": "active", "status_detail": null, "last_checked_at": null,
            "secrets": [], "credential": null,
        });
        let space = json!({
            "id": SPACE, "name": "Docs", "slug": "docs", "description": null, "runtime_mode": "full-access", "sync_cursor": 0, "documents": 0,
        });
        for row in [
            row(Table::Orgs, json!({ "slug": "acme" }), json!({})),
            row(Table::Integrations, integration, json!({})),
            row(Table::Spaces, space, json!({})),
            source(more),
            binding(true),
            look_soon(OrgId(1), SOURCE, story.now),
        ] {
            story.put(row);
        }
        story
    }

    /// Linked when its branch was at `c0`; nothing ran since.
    fn begun() -> Self {
        Self::new(json!({ "head_sha": "c0", "head_at": NOW, "baseline_sha": "c0" }))
    }

    /// Processed up to its head `c0`.
    fn processed() -> Self {
        Self::new(json!({ "head_sha": "c0", "head_at": NOW, "cursor": cursor("c0") }))
    }

    /// A webhook told of `c1`, and it is not processed.
    fn pending() -> Self {
        Self::new(json!({
            "head_sha": "c1", "head_at": NOW, "pending_since": NOW, "cursor": cursor("c0"),
        }))
    }

    fn put(&mut self, row: Row) {
        self.rows.insert(row.key(), row);
    }

    fn row<R: Record + Clone>(&self, key: &Key) -> R {
        self.rows.get(key).and_then(R::of).cloned().unwrap()
    }

    fn source(&self) -> SourceRow {
        self.row(&Key::Sources(SOURCE))
    }

    fn next(&self) -> LookRow {
        self.row(&Key::Looks(SOURCE))
    }

    fn is_due_in(&self, seconds: i64) -> bool {
        self.next().due_at == Some(self.now.plus_seconds(seconds))
    }

    fn find(&self, find: &Find) -> Vec<Row> {
        let matching = self
            .rows
            .values()
            .filter(|row| row.table() == find.table && find.matches(&row.to_value()));
        let mut found: Vec<Row> = matching.cloned().collect();
        // Keys are in order already.
        if find.order.is_some_and(|(_, newest)| newest) {
            found.reverse();
        }
        found.truncate(find.limit.map_or(usize::MAX, |limit| limit as usize));
        found
    }

    fn decide(&self, decider: &dyn Decider) -> Decision {
        let mut view = View::new(OrgId(1), self.now, Actor::system());
        loop {
            let needs = match decider.decide(&view) {
                Ok(decision) => return decision,
                Err(Stop::Need(needs)) => needs,
                Err(Stop::Reject(rejection)) => panic!("{rejection:?}"),
            };
            for need in needs {
                let known = match &need {
                    Need::Row(key) => Known::Row(self.rows.get(key).cloned()),
                    Need::Find(find) => Known::Rows(self.find(find)),
                    Need::NextId(_, n) => Known::Id(50 + self.events + i64::from(*n)),
                };
                view.learn(need, known);
            }
        }
    }

    /// Gives a command and makes it so; what happened.
    fn give(&mut self, decider: &dyn Decider) -> Vec<NewEvent> {
        let decision = self.decide(decider);
        for new in decision.events.clone() {
            self.happens(new);
        }
        for row in decision.side {
            self.put(row);
        }
        for key in decision.side_gone {
            self.rows.remove(&key);
        }
        decision.events
    }

    fn happens(&mut self, new: NewEvent) {
        self.events += 1;
        let event = Event {
            sequence: Sequence(self.events),
            event_id: format!("e{}", self.events),
            org: OrgId(1),
            stream: new.stream,
            stream_version: self.events,
            occurred_at: self.now,
            recorded_at: self.now,
            command_id: "c".to_owned(),
            causation_event_id: None,
            correlation_id: None,
            actor: Actor::system(),
            payload: new.payload,
            metadata: new.metadata,
        };
        for op in fold(&event, self).unwrap() {
            match op {
                RowOp::Put(row) => self.put(*row),
                RowOp::Delete(key) => drop(self.rows.remove(&key)),
            }
        }
    }

    /// A look that finds this, a minute after the last one; what is said of it.
    fn look(&mut self, found: Found) -> Vec<NewEvent> {
        self.now = self.now.plus_seconds(60);
        let report = ReportLook {
            id: SOURCE,
            repo: REPO.to_owned(),
            branch: Some("main".to_owned()),
            told: self.source().head_sha.clone(),
            found,
            soon: Some(self.now.plus_seconds(SOON)),
            later: Some(self.now.plus_seconds(LATER)),
            much_later: Some(self.now.plus_seconds(MUCH_LATER)),
        };
        self.give(&report)
    }

    /// Two looks in a row that find the branch there; what the second one says.
    fn look_twice(&mut self, head: &str) -> Vec<NewEvent> {
        assert_eq!(self.look(at(head)), [], "one look proves nothing");
        self.look(at(head))
    }
}

fn cursor(value: &str) -> Value {
    json!({ "value": value, "updatedAt": NOW })
}

fn at(head: &str) -> Found {
    Found {
        head: Some(head.to_owned()),
        trouble: None,
    }
}

fn missed(sha: &str, pending: bool) -> Payload {
    Payload::HeadObserved {
        sha: sha.to_owned(),
        pending,
        baseline: false,
        missed: true,
    }
}

fn changed(kind: Option<TroubleKind>, detail: &str) -> Payload {
    Payload::RemoteChanged {
        kind,
        detail: detail.to_owned(),
    }
}

fn payloads(events: &[NewEvent]) -> Vec<Payload> {
    events.iter().map(|event| event.payload.clone()).collect()
}

fn queued(event: &NewEvent) -> &Queued {
    match &event.payload {
        Payload::JobQueued(queued) => queued,
        other => panic!("{other:?}"),
    }
}

fn value(decision: &Decision) -> &Value {
    match &decision.reply {
        Reply::Value(value) => value,
        other => panic!("{other:?}"),
    }
}

#[path = "look_tests/heads.rs"]
mod heads;
#[path = "look_tests/remotes.rs"]
mod remotes;
