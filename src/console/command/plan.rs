//! What a command sends for one row, or why it sends nothing: the same for one row as for many.

use serde_json::{Value, json};

use super::CommandId as C;
use super::rows::{STILL_SAVING, can_catch_up, can_redeliver, can_retry, of_server};
use crate::api::{Call, JobKind, RebaselineMode, SourceKind};
use crate::console::model::bulk::{Act, Outcome};
use crate::console::model::{Model, RowKey};
use crate::console::view::format;

/// What is sent.
///
/// # Errors
/// Left out, where there is nothing to do; failed, where it cannot be done as it stands now.
pub fn call_for(model: &Model, act: Act, row: RowKey) -> Result<Call, Outcome> {
    let left_out = |reason: &str| Outcome::LeftOut(reason.to_owned());
    let failed = |reason: &str| Outcome::Failed(reason.to_owned());
    if model.work.pending_for(row).is_some() {
        return Err(failed(STILL_SAVING));
    }
    super::enabled_to_send(model, act.command).map_err(Outcome::Failed)?;
    let replica = &model.replica;
    let gone = || failed("Gone: somebody deleted it meanwhile.");
    let post = |path: String| call("POST", path, Value::Null);
    match (act.command, row) {
        (C::Bind, RowKey::Binding(space, source)) => {
            let found = replica.sources.get(source).ok_or_else(gone)?;
            of_server(&found).map_err(Outcome::Failed)?;
            if replica.bindings.get((space, source)).is_some() {
                return Err(left_out("Bound already."));
            }
            let body = json!({ "sourceId": source });
            Ok(call("POST", format!("/spaces/{space}/sources"), body))
        }
        (C::BindingToggle | C::Unbind, RowKey::Binding(space, source)) => {
            let binding = replica.bindings.get((space, source)).ok_or_else(|| {
                failed("Not bound any more: somebody unbound it meanwhile. b binds it.")
            })?;
            let path = format!("/spaces/{space}/sources/{source}");
            if act.command == C::Unbind {
                return Ok(call("DELETE", path, Value::Null));
            }
            match act.on.unwrap_or(!binding.enabled) {
                on if on == binding.enabled => Err(left_out(already(on))),
                on => Ok(call("PATCH", path, json!({ "enabled": on }))),
            }
        }
        (command, RowKey::Source(id)) => {
            let source = replica.sources.get(id).ok_or_else(gone)?;
            of_server(&source).map_err(Outcome::Failed)?;
            let is_virtual = source.kind == SourceKind::Virtual;
            match command {
                C::SourceToggle => match act.on.unwrap_or(!source.enabled) {
                    on if on == source.enabled => Err(left_out(already(on))),
                    on => {
                        let body = json!({ "enabled": on });
                        Ok(call("PATCH", format!("/sources/{id}"), body))
                    }
                },
                C::SourcePause if is_virtual => {
                    Err(left_out("Virtual: nothing of it runs anyway."))
                }
                C::SourcePause => match act.on.unwrap_or(source.paused.is_none()) {
                    true if source.paused.is_some() => Err(left_out("Paused already.")),
                    false if source.paused.is_none() => Err(left_out("It is not paused.")),
                    pauses => {
                        let verb = if pauses { "pause" } else { "resume" };
                        Ok(call("POST", format!("/sources/{id}/{verb}"), json!({})))
                    }
                },
                C::CatchUp => {
                    can_catch_up(model, &source).map_err(Outcome::Failed)?;
                    Ok(call("POST", format!("/sources/{id}/catch-up"), json!({})))
                }
                C::Unlink if is_virtual => Err(left_out("Already virtual.")),
                C::Unlink => Ok(post(format!("/sources/{id}/unlink"))),
                C::SourceDelete => Ok(call("DELETE", format!("/sources/{id}"), Value::Null)),
                C::CursorClear | C::Rebaseline if source.cursor.is_none() => {
                    Err(left_out("No cursor yet."))
                }
                C::CursorClear => Ok(call("DELETE", format!("/sources/{id}/cursor"), Value::Null)),
                C::Rebaseline => {
                    let body = json!({ "mode": RebaselineMode::MergeBase });
                    Ok(call("POST", format!("/sources/{id}/rebaseline"), body))
                }
                C::LeaseRelease => Ok(post(format!("/sources/{id}/lease/release"))),
                _ => Err(failed("Not for sources.")),
            }
        }
        (command, RowKey::Job(id)) => {
            let shown = model.shown_job().filter(|it| it.id == id);
            let job = replica.jobs.get(id).or(shown).ok_or_else(gone)?;
            match command {
                C::RunRetry => {
                    can_retry(job).map_err(Outcome::Failed)?;
                    Ok(post(format!("/jobs/{id}/retry")))
                }
                C::RunAgain if job.kind == JobKind::CatchUp => {
                    Err(failed("It has no event: it was a catch-up. rc instead."))
                }
                C::RunAgain => Ok(post(format!("/jobs/{id}/rerun"))),
                C::RunCancel if job.status.is_terminal() => Err(left_out("Already finished.")),
                C::RunCancel => Ok(post(format!("/jobs/{id}/cancel"))),
                _ => Err(failed("Not for runs.")),
            }
        }
        (C::Redeliver, RowKey::Delivery(id)) => {
            let delivery = replica.deliveries.get(id).ok_or_else(gone)?;
            can_redeliver(delivery).map_err(Outcome::Failed)?;
            Ok(post(format!("/deliveries/{id}/redeliver")))
        }
        (C::IntegrationCheck, RowKey::Integration(id)) => {
            replica.integrations.get(id).ok_or_else(gone)?;
            Ok(post(format!("/integrations/{id}/check")))
        }
        (C::SpaceSkip, RowKey::JobSpace(job, space)) => {
            Ok(post(format!("/jobs/{job}/spaces/{space}/skip")))
        }
        _ => Err(failed("Not for rows of this kind.")),
    }
}

const fn already(on: bool) -> &'static str {
    if on { "On already." } else { "Off already." }
}

fn call(method: &str, path: String, body: Value) -> Call {
    Call {
        method: method.to_owned(),
        path,
        body,
        if_match: None,
    }
}

/// What a command does to so many rows: `Turn off 3 bindings`.
pub fn title(model: &Model, act: Act, count: usize) -> String {
    let (one, many) = nouns(act.command);
    let rows = format::things(count as i64, one, many);
    match (act.command, act.on) {
        (C::SourceToggle | C::BindingToggle, Some(false)) => format!("Turn off {rows}"),
        (C::SourceToggle | C::BindingToggle, _) => format!("Turn on {rows}"),
        (C::SourcePause, Some(false)) => format!("Resume {rows}"),
        (C::SourcePause, _) => format!("Pause {rows}"),
        (C::Bind, _) => {
            let space = act.space.map(|it| model.replica.space_name(it));
            format!("Bind {rows} to {}", space.unwrap_or_default())
        }
        (C::Unbind, _) => format!("Unbind {rows}"),
        (C::CatchUp, _) => format!("Catch up {rows}"),
        (C::RunRetry, _) => format!("Retry {rows}"),
        (C::RunAgain, _) => format!("Run {rows} again"),
        (C::Redeliver, _) => format!("Redeliver {rows}"),
        (C::IntegrationCheck, _) => format!("Check {rows}"),
        (C::Unlink, _) => format!("Unlink {rows}"),
        (C::SourceDelete, _) => format!("Delete {rows}"),
        (C::CursorClear, _) => format!("Clear the cursors of {rows}"),
        (C::Rebaseline, _) => format!("Re-baseline {rows}"),
        (C::LeaseRelease, _) => format!("Release the leases of {rows}"),
        (C::RunCancel, _) => format!("Cancel {rows}"),
        (command, _) => format!("{} · {rows}", command.entry().title),
    }
}

/// What its rows are called, one and many.
pub const fn nouns(command: C) -> (&'static str, &'static str) {
    match command {
        C::BindingToggle | C::Unbind => ("binding", "bindings"),
        C::RunRetry | C::RunAgain | C::RunCancel => ("run", "runs"),
        C::Redeliver => ("delivery", "deliveries"),
        C::IntegrationCheck => ("integration", "integrations"),
        _ => ("source", "sources"),
    }
}

/// What a row is once it is done: `off`, `linked`.
pub const fn done_word(act: Act) -> &'static str {
    match (act.command, act.on) {
        (C::SourceToggle | C::BindingToggle, Some(false)) => "off",
        (C::SourceToggle | C::BindingToggle, _) => "on",
        (C::SourcePause, Some(false)) => "resumed",
        (C::SourcePause, _) => "paused",
        (C::Bind, _) => "bound",
        (C::Unbind, _) => "unbound",
        (C::CatchUp | C::RunAgain | C::Rebaseline, _) => "queued",
        (C::RunRetry, _) => "retried",
        (C::Redeliver, _) => "redelivered",
        (C::IntegrationCheck, _) => "checked",
        (C::Unlink, _) => "unlinked",
        (C::SourceDelete, _) => "deleted",
        (C::CursorClear, _) => "cleared",
        (C::LeaseRelease, _) => "released",
        (C::RunCancel, _) => "cancelled",
        _ => "done",
    }
}
