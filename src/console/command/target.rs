//! What a command is about: the marked rows of the focused list, else the selected row, else what the page shows.

use super::CommandId;
use crate::api::{
    Binding, Delivery, DeliveryId, Integration, IntegrationId, Job, JobId, JobSpace, Source,
    SourceId, Space, SpaceId, SpaceStatus, Token,
};
use crate::console::model::{ListId, Model, Outcome, Page, Popup, ProfileRow, RowKey};

/// The sources that a command takes: marked ones in the list of sources, else the current one.
pub fn sources(model: &Model) -> Vec<SourceId> {
    if let (Page::Main, ListId::Sources | ListId::Cursors) = (model.ui.page(), model.ui.focus()) {
        let marked: Vec<SourceId> = model
            .ui
            .list(model.ui.focus())
            .marks
            .iter()
            .filter_map(|key| match key {
                RowKey::Source(id) if model.replica.sources.get(*id).is_some() => Some(*id),
                _ => None,
            })
            .collect();
        if !marked.is_empty() {
            return marked;
        }
    }
    source(model).map(|source| source.id).into_iter().collect()
}

/// The one source that a command takes.
pub fn source(model: &Model) -> Option<Source> {
    if let Some(Popup::Link(wizard)) = model.ui.popup() {
        let place = model.ui.list(ListId::Popup).position;
        return model.replica.sources.get(wizard.items.get(place)?.source);
    }
    if let Some(Popup::Bulk(group)) = model.ui.popup() {
        return match bulk_row(model, *group)? {
            RowKey::Source(id) | RowKey::Binding(_, id) => model.replica.sources.get(id),
            RowKey::Job(id) => model
                .replica
                .sources
                .get(model.replica.jobs.get(id)?.source_id),
            _ => None,
        };
    }
    match model.ui.page() {
        Page::Conflicts(_) => {
            let finding = conflict(model)?;
            model.replica.sources.get(finding.source_id?)
        }
        Page::Main if model.ui.focus() == ListId::Runs => {
            model.replica.sources.get(job(model)?.source_id)
        }
        _ => model.current_source(),
    }
}

/// The selected row of the table of a command on many rows.
pub fn bulk_row(model: &Model, group: u64) -> Option<RowKey> {
    let place = model.ui.list(ListId::Popup).position;
    let bulk = model.work.bulks.iter().find(|it| it.group == group)?;
    Some(bulk.items.get(place)?.row)
}

/// The rows that a command takes, of the kind that it is for.
pub fn rows(model: &Model, command: CommandId) -> Vec<RowKey> {
    use CommandId as C;
    match command {
        C::BindingToggle | C::Unbind => {
            let all = bindings(model).into_iter();
            all.map(|(space, source)| RowKey::Binding(space, source))
                .collect()
        }
        C::RunRetry | C::RunAgain | C::RunCancel => {
            jobs(model).into_iter().map(RowKey::Job).collect()
        }
        C::Redeliver => deliveries(model)
            .into_iter()
            .map(RowKey::Delivery)
            .collect(),
        C::IntegrationCheck => integrations(model)
            .into_iter()
            .map(RowKey::Integration)
            .collect(),
        _ => sources(model).into_iter().map(RowKey::Source).collect(),
    }
}

/// The marked rows of a list, where it has the focus.
fn marked(model: &Model, list: ListId) -> Vec<RowKey> {
    if model.ui.focus() != list {
        return Vec::new();
    }
    model.ui.list(list).marks.iter().copied().collect()
}

/// The runs that a command takes.
pub fn jobs(model: &Model) -> Vec<JobId> {
    let marked: Vec<JobId> = marked(model, ListId::Runs)
        .into_iter()
        .filter_map(|key| match key {
            RowKey::Job(id) if model.replica.jobs.get(id).is_some() => Some(id),
            _ => None,
        })
        .collect();
    if !marked.is_empty() {
        return marked;
    }
    job(model).map(|it| it.id).into_iter().collect()
}

/// The deliveries that a command takes.
pub fn deliveries(model: &Model) -> Vec<DeliveryId> {
    let marked: Vec<DeliveryId> = marked(model, ListId::Deliveries)
        .into_iter()
        .filter_map(|key| match key {
            RowKey::Delivery(id) if model.replica.deliveries.get(id).is_some() => Some(id),
            _ => None,
        })
        .collect();
    if !marked.is_empty() {
        return marked;
    }
    delivery(model).map(|it| it.id).into_iter().collect()
}

/// The integrations that a command takes.
pub fn integrations(model: &Model) -> Vec<IntegrationId> {
    let marked: Vec<IntegrationId> = marked(model, ListId::Integrations)
        .into_iter()
        .filter_map(|key| match key {
            RowKey::Integration(id) if model.replica.integrations.get(id).is_some() => Some(id),
            _ => None,
        })
        .collect();
    if !marked.is_empty() {
        return marked;
    }
    integration(model).map(|it| it.id).into_iter().collect()
}

/// The selected strict finding.
pub fn conflict(model: &Model) -> Option<&crate::api::Finding> {
    let list = model.ui.list(ListId::Conflicts);
    let place = *list.rows.get(list.position)?;
    model.conflicts().get(place as usize)
}

/// The bindings that a command takes.
pub fn bindings(model: &Model) -> Vec<(SpaceId, SourceId)> {
    match model.ui.page() {
        // A finding is about one binding; marks that were left in pane 2 are none of its business.
        Page::Conflicts(_) => {
            return conflict(model)
                .and_then(|finding| Some((finding.space_id?, finding.source_id?)))
                .filter(|key| model.replica.bindings.get(*key).is_some())
                .into_iter()
                .collect();
        }
        Page::Main | Page::Source(_) => {}
        _ => return Vec::new(),
    }
    let list = model.ui.list(ListId::Bindings);
    let marked: Vec<_> = list
        .marks
        .iter()
        .filter_map(|key| match key {
            RowKey::Binding(space, source) => {
                model.replica.bindings.get((*space, *source))?;
                Some((*space, *source))
            }
            _ => None,
        })
        .collect();
    if !marked.is_empty() {
        return marked;
    }
    binding(model)
        .map(|it| (it.space_id, it.source_id))
        .into_iter()
        .collect()
}

/// The one binding that a command takes.
pub fn binding(model: &Model) -> Option<&Binding> {
    let here = matches!(model.ui.page(), Page::Main | Page::Source(_));
    here.then(|| model.current_binding()).flatten()
}

/// The space that a command takes: that of the selected binding.
pub fn space(model: &Model) -> Option<&Space> {
    model.replica.spaces.get(binding(model)?.space_id)
}

/// The run that a command takes; on the page of a diagnosis the newest of its source.
pub fn job(model: &Model) -> Option<&Job> {
    match model.ui.page() {
        Page::Why(view) => model.replica.last_run(view.source),
        Page::Events(_)
        | Page::Deliveries(_)
        | Page::Integrations
        | Page::Integration(_)
        | Page::Tokens(_)
        | Page::Approvals(_)
        | Page::Info(_)
        | Page::OwnLog(_)
        | Page::Xray(_)
        | Page::Messages => None,
        _ => model.current_job(),
    }
}

/// The failed space that a command takes: the selected one of the run's page, else the first that failed.
pub fn failed_space(model: &Model) -> Option<(&Job, &JobSpace)> {
    let job = job(model)?;
    let failed = |space: &&JobSpace| space.status == SpaceStatus::Failed;
    if let (Page::Run(_), Some(RowKey::JobSpace(_, id))) =
        (model.ui.page(), model.selected(ListId::RunSpaces))
        && let Some(space) = job.spaces.iter().find(|s| s.space_id == id).filter(failed)
    {
        return Some((job, space));
    }
    job.spaces.iter().find(failed).map(|space| (job, space))
}

/// The delivery that a command takes.
pub fn delivery(model: &Model) -> Option<&Delivery> {
    let id = match model.ui.page() {
        Page::Delivery(view) => view.delivery,
        Page::Deliveries(_) => match model.selected(ListId::Deliveries)? {
            RowKey::Delivery(id) => id,
            _ => return None,
        },
        _ => return None,
    };
    model.replica.deliveries.get(id)
}

/// The integration that a command takes.
pub fn integration(model: &Model) -> Option<&Integration> {
    let id = match model.ui.page() {
        Page::Integration(view) => view.integration,
        Page::Integrations => match model.selected(ListId::Integrations)? {
            RowKey::Integration(id) => id,
            _ => return None,
        },
        _ => return None,
    };
    model.replica.integrations.get(id)
}

/// The token that a command takes.
pub fn token(model: &Model) -> Option<&Token> {
    match (model.ui.page(), model.selected(ListId::Tokens)?) {
        (Page::Tokens(view), RowKey::Token(id)) => view.get(id),
        _ => None,
    }
}

/// The profile that is selected in the list of profiles.
pub fn profile(model: &Model) -> Option<&ProfileRow> {
    let Some(Popup::Profiles(picker)) = model.ui.popup() else {
        return None;
    };
    let place = model.ui.list(ListId::Popup).position;
    picker.rows.value.as_ref()?.get(place)
}

/// Whether the front popup is the wizard's table of results with failed rows.
pub fn failed_links(model: &Model) -> bool {
    matches!(model.ui.popup(), Some(Popup::Link(wizard))
        if wizard.items.iter().any(|item| matches!(item.result, Outcome::Failed(_))))
}

/// Whether the front popup is the table of a command on many rows, with failed ones.
pub fn failed_in_bulk(model: &Model) -> bool {
    matches!(model.ui.popup(), Some(Popup::Bulk(group))
        if model.work.bulks.iter().any(|it| it.group == *group && it.tally().failed > 0))
}

/// The row that copying and `ge` are about.
pub fn row(model: &Model) -> Option<RowKey> {
    match model.ui.page() {
        Page::Source(view) => Some(RowKey::Source(view.source)),
        Page::Why(view) => Some(RowKey::Source(view.source)),
        Page::Run(view) => Some(RowKey::Job(view.job)),
        Page::Delivery(view) => Some(RowKey::Delivery(view.delivery)),
        Page::Pulse(view) if view.focus == ListId::Timeline => model.charted_run().map(RowKey::Job),
        Page::Integration(view) => Some(RowKey::Integration(view.integration)),
        _ => model.selected(model.ui.page().focus(model.ui.pane)),
    }
}
