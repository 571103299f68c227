//! Taking back an event of the log, whoever did it: the server finds what answers it (engine.md: Undo).

use serde_json::Value;

use super::Turn;
use crate::api::{Call, Event, IntegrationId, JobId, SourceId, SpaceId, Undo};
use crate::console::command::CommandId as C;
use crate::console::local::is_local;
use crate::console::model::{Pending, RowKey, UndoEntry};

/// The call that takes an event back.
fn undo_call(sequence: i64) -> Call {
    Call::new("POST", format!("/events/{sequence}/undo"))
}

/// What takes an accepted change back, where its answer says that it can be.
pub(super) fn calls(command: C, sequence: i64, told: Option<Undo>) -> Option<Vec<Call>> {
    let told = told?;
    // Deleting takes an admin; taking back what was added takes who may add.
    if matches!(command, C::SourceNew | C::SpaceNew) && sequence > 0 {
        return Some(vec![undo_call(sequence)]);
    }
    Some(told.calls)
}

/// What takes a change back whose answer came only when it was asked for again.
pub(super) fn of_repeated(pending: &Pending, sequence: i64) -> Option<Vec<Call>> {
    let of_log = sequence > 0 && pending.unsure && !is_local(&pending.call);
    (of_log && !pending.command.is_destructive()).then(|| vec![undo_call(sequence)])
}

/// Why something was not taken back.
pub(super) fn not_undone(entry: &UndoEntry, why: &str) -> String {
    let end = if entry.label.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    let both = if why.contains(" since, @") {
        tr!(" ge shows both.")
    } else {
        ""
    };
    tr!(
        "Not undone: {label}{end} {why}{both}",
        label = entry.label,
        end,
        why,
        both
    )
}

/// What an event is about, what it did in a word or two, and what is so once it is taken back.
struct Told {
    row: RowKey,
    did: &'static str,
    back: String,
}

impl Turn<'_> {
    /// What takes this event back.
    pub(super) fn of_event(&mut self, event: &Event) -> UndoEntry {
        let Told { row, did, back } = self.told(event);
        let sequence = event.sequence.0;
        let me = self.model.session.me.as_ref().map(|it| it.name.as_str());
        let who = if me == Some(event.actor.id.as_str()) {
            tr!("you")
        } else {
            event.actor.id.as_str()
        };
        UndoEntry {
            label: tr!("\"{did}\" by {who}, @{sequence}", did, who, sequence),
            row,
            calls: vec![undo_call(sequence)],
            sequence,
            group: self.group(),
            back,
            command: C::Undo,
        }
    }

    fn told(&self, event: &Event) -> Told {
        let replica = &self.model.replica;
        let it = &event.payload;
        let stream: Option<i64> = event.stream_id.parse().ok();
        let told = |row, did, back: String| Told { row, did, back };
        let plain = || {
            let row = match (event.aggregate_kind.as_str(), stream) {
                ("source", Some(id)) => RowKey::Source(SourceId(id)),
                ("space", Some(id)) => RowKey::Space(SpaceId(id)),
                ("job", Some(id)) => RowKey::Job(JobId(id)),
                ("integration", Some(id)) => RowKey::Integration(IntegrationId(id)),
                _ => RowKey::Event(event.sequence),
            };
            let name = super::words::row_name(self.model, row);
            told(row, tr!("change"), tr!("{name} is as it was", name))
        };
        let of = (event.aggregate_kind.as_str(), stream);
        if let (("space", Some(space)), Some(source)) = (of, it["sourceId"].as_i64()) {
            let row = RowKey::Binding(SpaceId(space), SourceId(source));
            let name = super::words::row_name(self.model, row);
            let on = |on: &Value| if on == true { tr!("on") } else { tr!("off") };
            return match event.event_type.as_str() {
                "space.binding-updated" if it["enabled"] != it["wasEnabled"] => {
                    let back = tr!("{name} is {on}", name, on = on(&it["wasEnabled"]));
                    told(row, on(&it["enabled"]), back)
                }
                "space.binding-updated" => {
                    let was = it["wasPattern"].as_str().unwrap_or(tr!("all paths"));
                    told(
                        row,
                        tr!("pattern"),
                        tr!("Pattern of {name} is {was}", name, was),
                    )
                }
                "space.source-bound" => told(row, tr!("bound"), tr!("{name} is not bound", name)),
                "space.source-unbound" => told(row, tr!("unbound"), tr!("{name} is bound", name)),
                _ => plain(),
            };
        }
        if let ("source", Some(id)) = of {
            let id = SourceId(id);
            let name = replica.source_name(id);
            let (did, back) = match event.event_type.as_str() {
                "source.enabled" => (tr!("on"), tr!("{name} is off", name)),
                "source.disabled" => (tr!("off"), tr!("{name} is on", name)),
                "source.paused" => (tr!("paused"), tr!("{name} goes on", name)),
                "source.resumed" => (tr!("resumed"), tr!("{name} is paused", name)),
                "source.linked" => (tr!("linked"), tr!("{name} is virtual", name)),
                "source.unlinked" => (tr!("unlinked"), tr!("{name} is true", name)),
                "source.updated" => (tr!("edit"), tr!("{name} is as it was", name)),
                "source.created" => (tr!("added"), tr!("{name} is gone", name)),
                _ => return plain(),
            };
            return told(RowKey::Source(id), did, back);
        }
        match (of, event.event_type.as_str()) {
            (("job", Some(id)), "job.queued") => {
                let back = tr!("Run #{id} is cancelled", id);
                told(RowKey::Job(JobId(id)), tr!("queued"), back)
            }
            (("job", Some(id)), "job.retry-scheduled") => {
                let back = tr!("The retry of #{id} is cancelled", id);
                told(RowKey::Job(JobId(id)), tr!("retry"), back)
            }
            (("space", Some(id)), "space.created") => {
                let name = replica.space_name(SpaceId(id));
                told(
                    RowKey::Space(SpaceId(id)),
                    tr!("added"),
                    tr!("{name} is gone", name),
                )
            }
            (_, "org.queue-paused") => {
                let row = RowKey::Event(event.sequence);
                told(row, tr!("paused"), tr!("The queue goes on").into())
            }
            (_, "org.queue-resumed") => {
                let row = RowKey::Event(event.sequence);
                told(row, tr!("resumed"), tr!("The queue is paused").into())
            }
            _ => plain(),
        }
    }
}
