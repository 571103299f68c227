//! Whether one row takes a command, and whether any of the marked ones does; else the reason (screens.md §3: refused because).

use super::target;
use crate::api::{
    CursorState, Delivery, DeliveryStatus, Job, JobKind, JobStatus, Source, SourceKind, SpaceStatus,
};
use crate::console::command::CommandId as C;
use crate::console::model::here::is_local;
use crate::console::model::{Model, Popup, RowKey};

/// Why a row that has a change under way takes no other; true only until that ends.
pub fn still_saving() -> &'static str {
    tr!("Still saving.")
}

pub(super) fn no(reason: &str) -> Result<(), String> {
    Err(reason.to_owned())
}

pub(super) fn source(model: &Model) -> Result<Source, String> {
    let source = target::source(model).ok_or_else(|| tr!("No source selected.").to_owned())?;
    of_server(&source)?;
    Ok(source)
}

/// The server has it; else nothing but linking is done with it here.
pub(super) fn of_server(source: &Source) -> Result<(), String> {
    if is_local(source.id) {
        return no(tr!(
            "Only in ./.jolli/sources.json: l links it, and x tells what is wrong with it."
        ));
    }
    Ok(())
}

pub(super) fn saving(model: &Model, row: RowKey) -> Result<(), String> {
    match model.work.pending_for(row) {
        Some(_) => no(still_saving()),
        None => Ok(()),
    }
}

/// Whether one form is open: of a kind there is one at a time.
pub(super) fn form_open(model: &Model) -> bool {
    model
        .ui
        .popups
        .iter()
        .any(|popup| matches!(popup, Popup::Form(_)))
}

/// Whether one of the chosen sources can be linked, here or on the server.
pub(super) fn one_can_link(model: &Model) -> Result<(), String> {
    let targets = target::sources(model);
    if targets.is_empty() {
        return no(tr!("No source selected."));
    }
    let found = targets
        .into_iter()
        .filter_map(|id| model.replica.sources.get(id));
    first_ok(found.map(|source| can_link(model, &source)))
}

/// With marks, one row that can is enough: the others are told with their reasons.
pub(super) fn each_source(
    model: &Model,
    can: impl Fn(&Source) -> Result<(), String>,
) -> Result<(), String> {
    let targets = target::sources(model);
    if targets.is_empty() {
        return no(tr!("No source selected."));
    }
    first_ok(
        targets
            .into_iter()
            .filter_map(|id| model.replica.sources.get(id))
            .map(|source| of_server(&source).and_then(|()| can(&source))),
    )
}

pub(super) fn first_ok(results: impl Iterator<Item = Result<(), String>>) -> Result<(), String> {
    let mut first = None;
    for result in results {
        match result {
            Ok(()) => return Ok(()),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Whether this source can be linked.
pub fn can_link(model: &Model, source: &Source) -> Result<(), String> {
    if let Some(integration) = source.integration_id {
        return Err(tr!(
            "Already true (integration {integration}). !u unlinks.",
            integration
        ));
    }
    if model.replica.integrations.is_empty() {
        let keys = |id| {
            let mut all = model.keymap.all_keys_of(id).into_iter();
            all.next().unwrap_or_default()
        };
        return Err(tr!(
            "No integration yet. {list_key} then {add_key} adds one.",
            list_key = keys(C::GoIntegrations),
            add_key = keys(C::IntegrationNew)
        ));
    }
    if source.repo.is_none() {
        return no(tr!("Has no repo. i sets it."));
    }
    saving(model, RowKey::Source(source.id))
}

/// Whether this source can catch up.
pub fn can_catch_up(model: &Model, source: &Source) -> Result<(), String> {
    if source.kind == SourceKind::Virtual {
        return no(tr!("Virtual: it has no cursor."));
    }
    if !source.enabled || source.state == CursorState::Disabled {
        return no(tr!("Source is off. O turns it on."));
    }
    let queued = model.replica.jobs.iter().map(|(_, job)| job).find(|job| {
        job.source_id == source.id
            && job.kind == JobKind::CatchUp
            && job.status == JobStatus::Queued
    });
    if let Some(job) = queued {
        return Err(tr!("A catch-up is queued (#{id}).", id = job.id));
    }
    saving(model, RowKey::Source(source.id))
}

/// With marks, one run that can is enough.
pub(super) fn each_job(
    model: &Model,
    can: impl Fn(&Job) -> Result<(), String>,
) -> Result<(), String> {
    let targets = target::jobs(model);
    if targets.is_empty() {
        return no(tr!("No run selected."));
    }
    let found = |id| {
        let shown = model.shown_job().filter(|it| it.id == id);
        model.replica.jobs.get(id).or(shown)
    };
    first_ok(
        targets
            .into_iter()
            .filter_map(found)
            .map(|job| can(job).and_then(|()| saving(model, RowKey::Job(job.id)))),
    )
}

/// Whether the failed spaces of a run can go again.
pub fn can_retry(job: &Job) -> Result<(), String> {
    if !job.status.is_terminal() && job.status != JobStatus::Retrying {
        return no(tr!("Run is still running."));
    }
    let failed = job.spaces.iter().any(|it| it.status == SpaceStatus::Failed);
    if failed || job.status == JobStatus::Failed {
        Ok(())
    } else {
        no(tr!("No space failed."))
    }
}

/// Whether a delivery can be processed again.
pub fn can_redeliver(delivery: &Delivery) -> Result<(), String> {
    match delivery.status {
        DeliveryStatus::Rejected => no(tr!("Signature was refused: fix the secret first (gi).")),
        _ => Ok(()),
    }
}

/// The run of this source that holds the lease, as far as the rows tell.
pub(super) fn live_run<'m>(model: &'m Model, source: &Source) -> Option<&'m Job> {
    model
        .replica
        .jobs
        .iter()
        .map(|(_, job)| job)
        .find(|job| job.source_id == source.id && job.status == JobStatus::Running)
}
