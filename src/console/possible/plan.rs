//! What a command sends for one row, or why it sends nothing: the same for one row as for many.

use serde_json::json;

use super::rows::{can_catch_up, can_redeliver, can_retry, of_server, still_saving};
use crate::api::{Call, JobKind, RebaselineMode, SourceKind};
use crate::console::command::CommandId as C;
use crate::console::model::bulk::{Act, Outcome};
use crate::console::model::{Model, RowKey};

/// What is sent.
///
/// # Errors
/// Left out, where there is nothing to do; failed, where it cannot be done as it stands now.
pub fn call_for(model: &Model, act: Act, row: RowKey) -> Result<Call, Outcome> {
    let left_out = |reason: &str| Outcome::LeftOut(reason.to_owned());
    let failed = |reason: &str| Outcome::Failed(reason.to_owned());
    if model.work.pending_for(row).is_some() {
        return Err(failed(still_saving()));
    }
    super::enabled_to_send(model, act.command).map_err(Outcome::Failed)?;
    let replica = &model.replica;
    let gone = || failed(tr!("Gone: somebody deleted it meanwhile."));
    let post = |path: String| Call::new("POST", path);
    match (act.command, row) {
        (C::Bind, RowKey::Binding(space, source)) => {
            let found = replica.sources.get(source).ok_or_else(gone)?;
            of_server(&found).map_err(Outcome::Failed)?;
            if replica.bindings.get((space, source)).is_some() {
                return Err(left_out(tr!("Bound already.")));
            }
            let body = json!({ "sourceId": source });
            Ok(Call::new("POST", format!("/spaces/{space}/sources")).with(body))
        }
        (C::BindingToggle | C::Unbind, RowKey::Binding(space, source)) => {
            let binding = replica.bindings.get((space, source)).ok_or_else(|| {
                failed(tr!(
                    "Not bound any more: somebody unbound it meanwhile. b binds it."
                ))
            })?;
            let path = format!("/spaces/{space}/sources/{source}");
            if act.command == C::Unbind {
                return Ok(Call::new("DELETE", path));
            }
            match act.on.unwrap_or(!binding.enabled) {
                on if on == binding.enabled => Err(left_out(already(on))),
                on => Ok(Call::new("PATCH", path).with(json!({ "enabled": on }))),
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
                        Ok(Call::new("PATCH", format!("/sources/{id}")).with(body))
                    }
                },
                C::SourcePause if is_virtual => {
                    Err(left_out(tr!("Virtual: nothing of it runs anyway.")))
                }
                C::SourcePause => match act.on.unwrap_or(source.paused.is_none()) {
                    true if source.paused.is_some() => Err(left_out(tr!("Paused already."))),
                    false if source.paused.is_none() => Err(left_out(tr!("It is not paused."))),
                    pauses => {
                        let verb = if pauses { "pause" } else { "resume" };
                        Ok(Call::new("POST", format!("/sources/{id}/{verb}")).with(json!({})))
                    }
                },
                C::CatchUp => {
                    can_catch_up(model, &source).map_err(Outcome::Failed)?;
                    Ok(Call::new("POST", format!("/sources/{id}/catch-up")).with(json!({})))
                }
                C::Unlink if is_virtual => Err(left_out(tr!("Already virtual."))),
                C::Unlink => Ok(post(format!("/sources/{id}/unlink"))),
                C::SourceDelete => Ok(Call::new("DELETE", format!("/sources/{id}"))),
                C::CursorClear | C::Rebaseline if source.cursor.is_none() => {
                    Err(left_out(tr!("No cursor yet.")))
                }
                C::CursorClear => Ok(Call::new("DELETE", format!("/sources/{id}/cursor"))),
                C::Rebaseline => {
                    let body = json!({ "mode": RebaselineMode::MergeBase });
                    Ok(Call::new("POST", format!("/sources/{id}/rebaseline")).with(body))
                }
                C::LeaseRelease => Ok(post(format!("/sources/{id}/lease/release"))),
                _ => Err(failed(tr!("Not for sources."))),
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
                C::RunAgain if job.kind == JobKind::CatchUp => Err(failed(tr!(
                    "It has no event: it was a catch-up. rc instead."
                ))),
                C::RunAgain => Ok(post(format!("/jobs/{id}/rerun"))),
                C::RunCancel if job.status.is_terminal() => Err(left_out(tr!("Already finished."))),
                C::RunCancel => Ok(post(format!("/jobs/{id}/cancel"))),
                _ => Err(failed(tr!("Not for runs."))),
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
        _ => Err(failed(tr!("Not for rows of this kind."))),
    }
}

fn already(on: bool) -> &'static str {
    if on {
        tr!("On already.")
    } else {
        tr!("Off already.")
    }
}

/// What a command does to so many rows: `Turn off 3 bindings`.
pub fn title(model: &Model, act: Act, count: usize) -> String {
    let rows = act.command.counted(count);
    match (act.command, act.on) {
        (C::SourceToggle | C::BindingToggle, Some(false)) => tr!("Turn off {rows}", rows),
        (C::SourceToggle | C::BindingToggle, _) => tr!("Turn on {rows}", rows),
        (C::SourcePause, Some(false)) => tr!("Resume {rows}", rows),
        (C::SourcePause, _) => tr!("Pause {rows}", rows),
        (C::Bind, _) => {
            let space = act.space.map(|it| model.replica.space_name(it));
            tr!(
                "Bind {rows} to {space}",
                rows,
                space = space.unwrap_or_default()
            )
        }
        (C::Unbind, _) => tr!("Unbind {rows}", rows),
        (C::CatchUp, _) => tr!("Catch up {rows}", rows),
        (C::RunRetry, _) => tr!("Retry {rows}", rows),
        (C::RunAgain, _) => tr!("Run {rows} again", rows),
        (C::Redeliver, _) => tr!("Redeliver {rows}", rows),
        (C::IntegrationCheck, _) => tr!("Check {rows}", rows),
        (C::Unlink, _) => tr!("Unlink {rows}", rows),
        (C::SourceDelete, _) => tr!("Delete {rows}", rows),
        (C::CursorClear, _) => tr!("Clear the cursors of {rows}", rows),
        (C::Rebaseline, _) => tr!("Re-baseline {rows}", rows),
        (C::LeaseRelease, _) => tr!("Release the leases of {rows}", rows),
        (C::RunCancel, _) => tr!("Cancel {rows}", rows),
        (command, _) => format!("{} · {rows}", command.entry().title()),
    }
}
