//! A small world: rows in memory, and commands decided and folded one after the other. A second passes with each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::base::Timestamp;
use crate::domain::event::{Actor, Event, NewEvent, Stream};
use crate::domain::fold::{FoldError, RowOp, Rows, fold};
use crate::domain::id::{JobId, OrgId, Sequence, SpaceId};
pub use crate::domain::orchestration::testing::*;
use crate::domain::orchestration::{Command, Dispatch};
use crate::domain::row::{JobRow, Key, Record, Row, Table, ThreadRow};
use crate::domain::view::{Decider, Decision, Find, Known, Need, Rejection, Stop, View};

#[derive(Debug)]
pub struct World {
    rows: BTreeMap<Key, Row>,
    pub log: Vec<Event>,
    pub now: Timestamp,
}

impl Rows for World {
    fn get(&mut self, key: &Key) -> Option<Row> {
        self.rows.get(key).cloned()
    }
    fn of_stream(&mut self, stream: &Stream, table: Table) -> Vec<Row> {
        let column = table
            .stream_column()
            .expect("a table of many rows a stream");
        self.find(&Find::all(table).is(column, stream.scalar()))
    }
}

impl World {
    /// Nothing but a run, #1, that works on space 1.
    pub fn empty() -> Self {
        let mut world = Self {
            rows: BTreeMap::new(),
            log: Vec::new(),
            now: at(0),
        };
        let job = json!({
            "org_id": 1, "id": 1, "kind": "cli-impact", "status": "running", "source_id": 1, "integration_id": 1,
            "event_jrn": "jrn", "branch": "main", "head_sha": null, "before_sha": null, "forced": false,
            "occurrence": 0, "generation": 0, "base_sha": null, "base_reason": null, "moves_cursor": true,
            "affected_space_ids": [1], "attempt": 1, "max_attempts": 8, "runner": "r", "epoch": 1, "steps": [],
            "superseded_by": null, "error": null, "delivery_id": null, "created_at": at(0), "updated_at": at(0),
            "started_at": at(0), "finished_at": null, "next_attempt_at": null, "version": 1,
        });
        let lease = json!({
            "org_id": 1, "source_id": 1, "branch": "main", "job_id": 1, "epoch": 1, "run_token_hash": "token 1",
            "runner": "r", "expires_at": at(15),
        });
        world.put(Row::from_value(Table::Jobs, job).unwrap());
        let space = json!({
            "org_id": 1, "job_id": 1, "space_id": 1, "source_id": 1, "status": "running", "phase": "agent",
            "impacted_docs": [], "updated_docs": [], "error": null, "thread_id": null, "attempt": 1,
            "started_at": null, "finished_at": null,
        });
        world.put(Row::from_value(Table::JobSpaces, space).unwrap());
        world.put(Row::from_value(Table::Leases, lease).unwrap());
        world
    }

    /// With the project of space 1.
    pub fn with_project() -> Self {
        let mut world = Self::empty();
        world.accept(
            "project.create",
            json!({ "projectId": PROJECT, "title": "Docs", "workspaceRoot": "/srv/docs", "defaultModel": null }),
        );
        world
    }

    /// With a thread in it.
    pub fn with_thread() -> Self {
        let mut world = Self::with_project();
        world.accept("thread.create", thread(THREAD, PROJECT));
        world
    }

    /// With that many turns done, each with its checkpoint.
    pub fn with_checkpoints(count: i64) -> Self {
        let mut world = Self::with_thread();
        for _ in 0..count {
            world.whole_turn();
        }
        world
    }

    /// What run #1 works on from now on.
    pub fn works_on(&mut self, spaces: &[i64]) {
        let mut job: JobRow = self.row(&Key::Jobs(JobId(1)));
        job.affected_space_ids = spaces.iter().map(|s| SpaceId(*s)).collect();
        self.put(job.into());
    }

    pub fn put(&mut self, row: Row) {
        self.rows.insert(row.key(), row);
    }

    pub fn row<R: Record + Clone>(&self, key: &Key) -> R {
        self.try_row(key).unwrap_or_else(|| panic!("no {key:?}"))
    }

    pub fn try_row<R: Record + Clone>(&self, key: &Key) -> Option<R> {
        self.rows.get(key).and_then(R::of).cloned()
    }

    pub fn all<R: Record>(&self) -> Vec<R> {
        self.find(&Find::all(R::TABLE))
            .into_iter()
            .filter_map(R::from_row)
            .collect()
    }

    fn find(&self, find: &Find) -> Vec<Row> {
        let of_table = self.rows.values().filter(|r| r.table() == find.table);
        let mut found: Vec<Row> = of_table
            .filter(|row| find.matches(&row.to_value()))
            .cloned()
            .collect();
        if let Some((column, newest)) = find.order {
            found.sort_by_key(|row| row.to_value()[column].as_i64());
            if newest {
                found.reverse();
            }
        }
        found.truncate(find.limit.map_or(usize::MAX, |l| l as usize));
        found
    }

    /// The command as it is given now.
    pub fn command(&self, kind: &str, fields: Value) -> Command {
        command(self.now, kind, fields)
    }

    pub fn decide(&self, decider: &dyn Decider) -> Result<Decision, Rejection> {
        let actor = Actor::system();
        let mut view = View::new(OrgId(1), self.now, actor);
        loop {
            match decider.decide(&view) {
                Ok(decision) => return Ok(decision),
                Err(Stop::Reject(why)) => return Err(*why),
                Err(Stop::Need(needs)) => {
                    for need in needs {
                        let known = match &need {
                            Need::Row(key) => Known::Row(self.rows.get(key).cloned()),
                            Need::Find(find) => Known::Rows(self.find(find)),
                            Need::NextId(..) => panic!("no ids are given here"),
                        };
                        view.learn(need, known);
                    }
                }
            }
        }
    }

    /// Decides, and makes it so.
    pub fn run(&mut self, decider: &dyn Decider) -> Result<Vec<Event>, Rejection> {
        let decision = self.decide(decider)?;
        let command_id = format!("c{}", self.log.len());
        let mut events = Vec::new();
        for (index, new) in decision.events.into_iter().enumerate() {
            let event = self.recorded(&command_id, index, new);
            self.fold(&event).unwrap();
            events.push(event.clone());
            self.log.push(event);
        }
        for row in decision.side {
            self.put(row);
        }
        for key in decision.side_gone {
            self.rows.remove(&key);
        }
        self.now = self.now.plus_seconds(1);
        Ok(events)
    }

    pub fn recorded(&self, command_id: &str, index: usize, new: NewEvent) -> Event {
        let sequence = self.log.len() as i64 + 1;
        Event {
            sequence: Sequence(sequence),
            event_id: format!("{command_id}:{index}"),
            org: OrgId(1),
            stream: new.stream,
            stream_version: sequence,
            occurred_at: new.occurred_at.unwrap_or(self.now),
            recorded_at: self.now,
            command_id: command_id.to_owned(),
            causation_event_id: new.caused_by.map(|place| format!("{command_id}:{place}")),
            correlation_id: Some(command_id.to_owned()),
            actor: Actor::system(),
            payload: new.payload,
            metadata: new.metadata,
        }
    }

    pub fn fold(&mut self, event: &Event) -> Result<(), FoldError> {
        for op in fold(event, self)? {
            match op {
                RowOp::Put(row) => self.put(*row),
                RowOp::Delete(key) => drop(self.rows.remove(&key)),
            }
        }
        Ok(())
    }

    pub fn dispatch(&self, kind: &str, fields: Value) -> Dispatch {
        by_its_giver(command(self.now, kind, fields))
    }

    pub fn accept(&mut self, kind: &str, fields: Value) -> Vec<Event> {
        let dispatch = self.dispatch(kind, fields);
        match self.run(&dispatch) {
            Ok(events) => events,
            Err(why) => panic!("{dispatch:?} was refused: {why:?}"),
        }
    }

    pub fn refuse(&mut self, kind: &str, fields: Value) -> Rejection {
        let dispatch = self.dispatch(kind, fields);
        match self.run(&dispatch) {
            Ok(events) => panic!("{dispatch:?} was accepted: {events:?}"),
            Err(why) => why,
        }
    }

    /// The number of the turn that is started next.
    pub fn next_turn(&self) -> String {
        let thread = self.thread_row();
        format!("{THREAD}-turn-{}", thread.turn_count + 1)
    }

    pub fn thread_row(&self) -> ThreadRow {
        self.row(&Key::ProjectionThreads(thread_id()))
    }

    /// Starts a turn; answers its id. Its message is called `u` and the turn's number.
    pub fn start(&mut self) -> String {
        let turn = self.next_turn();
        let number = self.thread_row().turn_count + 1;
        self.accept("thread.turn.start", start(&format!("u{number}")));
        turn
    }

    /// Starts a turn that its session takes; answers its id.
    pub fn running(&mut self) -> String {
        let turn = self.start();
        self.session("running", Some(&turn));
        turn
    }

    /// A turn from its message to its checkpoint: the agent answers with a message and an activity.
    pub fn whole_turn(&mut self) -> String {
        let turn = self.running();
        let number = self.thread_row().turn_count;
        self.accept(
            "thread.message.assistant.delta",
            json!({ "messageId": format!("a{number}"), "delta": "Done.", "turnId": turn }),
        );
        self.activity(
            &format!("e{number}"),
            "tool.completed",
            Some(&turn),
            json!({}),
        );
        self.session("ready", None);
        self.checkpoint(&turn);
        turn
    }

    /// The next checkpoint, after `turn`.
    pub fn checkpoint(&mut self, turn: &str) -> Vec<Event> {
        let number = self.thread_row().checkpoint_turn_count + 1;
        self.accept(
            "thread.turn.diff.complete",
            checkpoint(self.now, turn, number),
        )
    }

    pub fn session(&mut self, status: &str, turn: Option<&str>) -> Vec<Event> {
        let session = session(self.now, status, turn);
        self.accept("thread.session.set", json!({ "session": session }))
    }

    pub fn activity(&mut self, id: &str, kind: &str, turn: Option<&str>, payload: Value) {
        let activity = activity(self.now, id, kind, turn, payload);
        self.accept("thread.activity.append", json!({ "activity": activity }));
    }
}
