//! What rows are called in sentences.

use crate::api::TokenId;
use crate::console::model::{Model, Page, RowKey};

/// What a row is called in sentences.
pub fn row_name(model: &Model, row: RowKey) -> String {
    let replica = &model.replica;
    match row {
        RowKey::Source(id) => replica.source_name(id),
        RowKey::Binding(space, source) => format!(
            "{} × {}",
            replica.space_name(space),
            replica.source_name(source)
        ),
        RowKey::Job(id) => format!("#{id}"),
        RowKey::JobSpace(job, space) => tr!(
            "{space_name} of #{job}",
            space_name = replica.space_name(space),
            job
        ),
        RowKey::Delivery(id) => replica.deliveries.get(id).map_or_else(
            || id.to_string(),
            |it| it.delivery_id.chars().take(8).collect(),
        ),
        RowKey::Integration(id) => replica
            .integrations
            .get(id)
            .map_or_else(|| tr!("integration {id}", id), |it| it.name.clone()),
        RowKey::Space(id) => replica.space_name(id),
        RowKey::Token(id) => token_name(model, id),
        RowKey::Event(sequence) => format!("@{sequence}"),
        RowKey::Document(space, source, _) => tr!(
            "a document of {space_name} × {source_name}",
            space_name = replica.space_name(space),
            source_name = replica.source_name(source)
        ),
        RowKey::Line(..) => String::from(tr!("the line")),
        RowKey::Approval(number) => {
            let name = model
                .work
                .names
                .name(number)
                .and_then(|it| it.split_once('\n'));
            tr!(
                "approval {name}",
                name = name.map_or("?", |(_, request)| request)
            )
        }
        RowKey::Thread(number) => {
            let name = model.work.names.name(number);
            tr!("thread {name}", name = name.unwrap_or("?"))
        }
        RowKey::Place(_) => String::from(tr!("the row")),
    }
}

/// A token's name, as far as a page knows it.
fn token_name(model: &Model, id: TokenId) -> String {
    let mut known = model.ui.pages.iter().rev().filter_map(|page| match page {
        Page::Tokens(view) => view.get(id),
        _ => None,
    });
    (known.next()).map_or_else(|| tr!("token {id}", id), |it| it.name.clone())
}
