//! What a command is about: the marked rows of the focused list, else the selected row, else what the page shows.

use std::collections::BTreeSet;

use crate::api::{
    Binding, Delivery, DeliveryId, Integration, IntegrationId, Job, JobId, JobSpace, Source,
    SourceId, Space, SpaceId, SpaceStatus, Token,
};
use crate::console::command::CommandId;
use crate::console::model::{ListId, Model, Outcome, Page, Popup, ProfileRow, RowKey};

/// The sources that a command takes: marked ones in the list of sources, else the current one.
pub fn sources(model: &Model) -> Vec<SourceId> {
    let current = || source(model).map(|source| source.id).into_iter().collect();
    let (Page::Main, list @ (ListId::Sources | ListId::Cursors)) =
        (model.ui.page(), model.ui.focus())
    else {
        return current();
    };
    let shown = marked(model, list).shown.into_iter();
    let shown = shown.filter_map(|key| match key {
        RowKey::Source(id) => Some(id),
        _ => None,
    });
    if has_marks(model, list) {
        shown.collect()
    } else {
        current()
    }
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

/// The marked rows of a list that are still there.
#[derive(Default)]
struct Marked {
    /// Those that are shown: what is not seen is not changed.
    shown: Vec<RowKey>,
    /// How many others there are.
    hidden: usize,
}

/// The marked rows of a list.
fn marked(model: &Model, list: ListId) -> Marked {
    let state = model.ui.list(list);
    let there = state
        .marks
        .iter()
        .filter(|key| slot(model, **key).is_some());
    let there: Vec<RowKey> = there.copied().collect();
    let replica = &model.replica;
    let all = match list {
        ListId::Sources | ListId::Cursors => replica.sources.len(),
        ListId::Bindings => replica.bindings.len(),
        ListId::Runs => replica.jobs.len(),
        ListId::Deliveries => replica.deliveries.len(),
        ListId::Integrations => replica.integrations.len(),
        _ => 0,
    };
    if there.is_empty() || state.rows.len() >= all {
        return Marked {
            shown: there,
            hidden: 0,
        };
    }
    let mut slots: Vec<u32> = there.iter().filter_map(|it| slot(model, *it)).collect();
    slots.sort_unstable();
    let range = slots[0]..=slots[slots.len() - 1];
    let rows = state.rows.iter();
    let seen = rows.filter(|row| range.contains(row) && slots.binary_search(row).is_ok());
    let seen: BTreeSet<u32> = seen.copied().collect();
    let shown: Vec<RowKey> = (there.iter())
        .filter(|key| slot(model, **key).is_some_and(|it| seen.contains(&it)))
        .copied()
        .collect();
    Marked {
        hidden: there.len() - shown.len(),
        shown,
    }
}

/// Where a row that can be marked lies in its table.
fn slot(model: &Model, key: RowKey) -> Option<u32> {
    let replica = &model.replica;
    match key {
        RowKey::Source(id) => replica.sources.slot(id),
        RowKey::Binding(space, source) => replica.bindings.slot((space, source)),
        RowKey::Job(id) => replica.jobs.slot(id),
        RowKey::Delivery(id) => replica.deliveries.slot(id),
        RowKey::Integration(id) => replica.integrations.slot(id),
        _ => None,
    }
}

/// Whether rows of a list are marked, shown or not.
fn has_marks(model: &Model, list: ListId) -> bool {
    let mut marks = model.ui.list(list).marks.iter();
    marks.any(|key| slot(model, *key).is_some())
}

/// The list whose marks a command takes here.
fn marked_list(model: &Model, command: CommandId) -> Option<ListId> {
    use CommandId as C;
    let focus = model.ui.focus();
    let lists: &[ListId] = match command {
        C::BindingToggle | C::Unbind => {
            let here = matches!(model.ui.page(), Page::Main | Page::Source(_));
            return (here && model.ui.popups.is_empty()).then_some(ListId::Bindings);
        }
        C::RunRetry | C::RunAgain | C::RunCancel => &[ListId::Runs],
        C::Redeliver => &[ListId::Deliveries],
        C::IntegrationCheck => &[ListId::Integrations],
        C::Link
        | C::Unlink
        | C::SourceToggle
        | C::SourcePause
        | C::SourceDelete
        | C::CursorClear
        | C::Rebaseline
        | C::LeaseRelease
        | C::CatchUp
        | C::Bind => &[ListId::Sources, ListId::Cursors],
        _ => &[],
    };
    lists.contains(&focus).then_some(focus)
}

/// What is said of marked rows that a command leaves alone because they are not shown; `None`: there are none.
pub fn left_alone(model: &Model, command: CommandId) -> Option<String> {
    let hidden = marked(model, marked_list(model, command)?).hidden;
    match hidden {
        0 => None,
        hidden => Some(tr_n!(
            hidden,
            "{count} marked row that is not shown was left alone.",
            "{count} marked rows that are not shown were left alone."
        )),
    }
}

/// Why a command on marked rows does nothing: none of them is shown.
pub(super) fn none_shown(model: &Model, command: CommandId) -> Option<String> {
    let list = marked_list(model, command)?;
    let Marked { shown, hidden } = marked(model, list);
    if hidden == 0 || !shown.is_empty() {
        return None;
    }
    let filtered = model.ui.list(list).is_filtered();
    Some(if filtered {
        tr_n!(
            hidden,
            "{count} marked row is hidden by the filter: Esc clears it, * marks what is shown.",
            "{count} marked rows are hidden by the filter: Esc clears it, * marks what is shown."
        )
    } else {
        tr_n!(
            hidden,
            "{count} marked row is not shown here: * marks what is shown.",
            "{count} marked rows are not shown here: * marks what is shown."
        )
    })
}

/// The runs that a command takes.
pub fn jobs(model: &Model) -> Vec<JobId> {
    if model.ui.focus() == ListId::Runs && has_marks(model, ListId::Runs) {
        let shown = marked(model, ListId::Runs).shown.into_iter();
        let shown = shown.filter_map(|key| match key {
            RowKey::Job(id) => Some(id),
            _ => None,
        });
        return shown.collect();
    }
    job(model).map(|it| it.id).into_iter().collect()
}

/// The deliveries that a command takes.
pub fn deliveries(model: &Model) -> Vec<DeliveryId> {
    if model.ui.focus() == ListId::Deliveries && has_marks(model, ListId::Deliveries) {
        let shown = marked(model, ListId::Deliveries).shown.into_iter();
        let shown = shown.filter_map(|key| match key {
            RowKey::Delivery(id) => Some(id),
            _ => None,
        });
        return shown.collect();
    }
    delivery(model).map(|it| it.id).into_iter().collect()
}

/// The integrations that a command takes.
pub fn integrations(model: &Model) -> Vec<IntegrationId> {
    if model.ui.focus() == ListId::Integrations && has_marks(model, ListId::Integrations) {
        let shown = marked(model, ListId::Integrations).shown.into_iter();
        let shown = shown.filter_map(|key| match key {
            RowKey::Integration(id) => Some(id),
            _ => None,
        });
        return shown.collect();
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
    if has_marks(model, ListId::Bindings) {
        let shown = marked(model, ListId::Bindings).shown.into_iter();
        let shown = shown.filter_map(|key| match key {
            RowKey::Binding(space, source) => Some((space, source)),
            _ => None,
        });
        return shown.collect();
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
