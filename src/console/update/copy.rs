//! Taking things away: onto the clipboard of the machine the operator sits at. Never a token.

use serde_json::Value;

use super::Turn;
use super::export::CLIPBOARD;
use super::words::row_name;
use crate::api::{Token, TokenId};
use crate::console::command::CommandId as C;
use crate::console::effect::Effect;
use crate::console::model::{ListId, Model, Page, RowKey};
use crate::console::possible::{sha, target};

impl Turn<'_> {
    pub(super) fn copy(&mut self, command: C) {
        let row = target::row(self.model);
        let text = match (command, row) {
            (C::CopyLink, _) => Some(deep_link(self.model)),
            (C::CopySha, _) => sha(self.model),
            (_, None) => None,
            (C::CopyId, Some(row)) => Some(id(self.model, row)),
            // The address that people copy of an integration is the one that the provider needs.
            (C::CopyUrl, Some(RowKey::Integration(id))) => {
                let row = self.model.replica.integrations.get(id);
                row.map(|it| it.webhook_url.clone())
            }
            (C::CopyUrl, Some(row)) => path(row).map(|path| self.url(&path)),
            (C::CopyCurl, Some(row)) => path(row).map(|path| {
                format!(
                    "curl -sS -H \"Authorization: Bearer $JOLLI_TOKEN\" '{}'",
                    self.url(&path)
                )
            }),
            (C::CopyJson, Some(row)) => {
                json(self.model, row).and_then(|it| serde_json::to_string_pretty(&it).ok())
            }
            (C::CopyCell, Some(row)) => exact(self.model, row),
            (_, Some(row)) => line(self.model, row),
        };
        match text {
            Some(text) if text.len() > CLIPBOARD => {
                let size = text.len().div_ceil(1000);
                let instead = self.model.keymap.keys_of(C::CopyUrl);
                self.refuse(tr!("Not copied: {size} kB, and terminals take at most 75 kB from a program. {instead} copies the URL.", size, instead));
            }
            Some(text) => {
                let shown: String = text.lines().next().unwrap_or("").chars().take(60).collect();
                self.effect(Effect::Copy(text));
                if !self.model.about.in_lines {
                    self.tell_first(tr!("Copied: {shown}", shown));
                }
            }
            None => self.refuse(tr!("Nothing here to copy.")),
        }
    }

    fn url(&self, path: &str) -> String {
        let base = self.model.session.url.trim_end_matches('/');
        format!("{base}/api{path}")
    }
}

/// The document of a line of xray.
fn document(model: &Model, row: RowKey) -> Option<&crate::api::WatchingDocument> {
    match (model.ui.page(), row) {
        (Page::Xray(view), RowKey::Document(space, source, number)) => {
            view.document((space, source), number)
        }
        _ => None,
    }
}

fn path(row: RowKey) -> Option<String> {
    Some(match row {
        RowKey::Source(id) => format!("/sources/{id}"),
        RowKey::Binding(space, _) => format!("/spaces/{space}/sources"),
        RowKey::Document(space, source, _) => {
            format!("/spaces/{space}/sources/{source}/documents")
        }
        RowKey::Job(id) | RowKey::JobSpace(id, _) => format!("/jobs/{id}"),
        RowKey::Delivery(id) => format!("/deliveries/{id}"),
        RowKey::Integration(id) => format!("/integrations/{id}"),
        RowKey::Space(id) => format!("/spaces/{id}"),
        RowKey::Event(sequence) => format!("/events?after={}&limit=1", sequence.0 - 1),
        RowKey::Token(_) => "/tokens".to_owned(),
        RowKey::Line(..) | RowKey::Approval(_) | RowKey::Thread(_) | RowKey::Place(_) => {
            return None;
        }
    })
}

fn id(model: &Model, row: RowKey) -> String {
    match row {
        RowKey::Source(id) => id.to_string(),
        RowKey::Binding(space, source) => tr!("space {space} source {source}", space, source),
        RowKey::Job(id) => id.to_string(),
        RowKey::JobSpace(_, space) => space.to_string(),
        RowKey::Delivery(id) => model
            .replica
            .deliveries
            .get(id)
            .map_or_else(|| id.to_string(), |it| it.delivery_id.clone()),
        RowKey::Integration(id) => id.to_string(),
        RowKey::Token(id) => id.to_string(),
        RowKey::Space(id) => id.to_string(),
        RowKey::Event(sequence) => sequence.to_string(),
        RowKey::Line(..) => super::thread::entry_id(model, row).unwrap_or_default(),
        RowKey::Document(..) => {
            document(model, row).map_or_else(String::new, |it| it.file_id.clone())
        }
        RowKey::Approval(_) => row_name(model, row).replace("approval ", ""),
        RowKey::Thread(_) => row_name(model, row).replace("thread ", ""),
        RowKey::Place(place) => place.to_string(),
    }
}

fn json(model: &Model, row: RowKey) -> Option<Value> {
    let replica = &model.replica;
    let value = match row {
        RowKey::Source(id) => serde_json::to_value(replica.sources.get(id)?),
        RowKey::Binding(space, source) => {
            serde_json::to_value(replica.bindings.get((space, source))?)
        }
        RowKey::Job(id) | RowKey::JobSpace(id, _) => {
            serde_json::to_value(replica.jobs.get(id).or(model.shown_job())?)
        }
        RowKey::Delivery(id) => serde_json::to_value(replica.deliveries.get(id)?),
        RowKey::Token(id) => serde_json::to_value(token(model, id)?),
        RowKey::Integration(id) => serde_json::to_value(replica.integrations.get(id)?),
        RowKey::Space(id) => serde_json::to_value(replica.spaces.get(id)?),
        RowKey::Event(sequence) => match model.ui.page() {
            Page::Events(view) => {
                serde_json::to_value(view.events.iter().find(|it| it.sequence == sequence)?)
            }
            _ => return None,
        },
        RowKey::Document(..) => serde_json::to_value(document(model, row)?),
        RowKey::Line(..) | RowKey::Approval(_) | RowKey::Thread(_) => {
            return super::thread::row_json(model, row);
        }
        RowKey::Place(_) => return place_json(model),
    };
    value.ok()
}

/// The record of a token of the page.
fn token(model: &Model, id: TokenId) -> Option<&Token> {
    match model.ui.page() {
        Page::Tokens(view) => view.get(id),
        _ => None,
    }
}

fn place_json(model: &Model) -> Option<Value> {
    let list = model.ui.focus();
    let place = *model.ui.list(list).rows.get(model.ui.list(list).position)? as usize;
    match (list, model.ui.page()) {
        (ListId::Conflicts, _) => serde_json::to_value(model.conflicts().get(place)?).ok(),
        (ListId::Findings, Page::Why(view)) => {
            serde_json::to_value(view.diagnosis.value.as_ref()?.findings.get(place)?).ok()
        }
        (ListId::RunLog, Page::Run(view)) => {
            serde_json::to_value(view.log.value.as_ref()?.get(place)?).ok()
        }
        _ => None,
    }
}

/// The exact time of the row.
fn exact(model: &Model, row: RowKey) -> Option<String> {
    let replica = &model.replica;
    let at = match row {
        RowKey::Source(id) => {
            let source = replica.sources.get(id)?;
            source.state_since.unwrap_or(source.updated_at)
        }
        RowKey::Binding(space, source) => {
            let binding = replica.bindings.get((space, source))?;
            binding.last_outcome_at.unwrap_or(binding.updated_at)
        }
        RowKey::Job(id) | RowKey::JobSpace(id, _) => replica.jobs.get(id)?.updated_at,
        RowKey::Delivery(id) => replica.deliveries.get(id)?.received_at,
        RowKey::Token(id) => {
            let token = token(model, id)?;
            token.last_used_at.unwrap_or(token.created_at)
        }
        RowKey::Integration(id) => replica.integrations.get(id)?.updated_at,
        RowKey::Space(id) => replica.spaces.get(id)?.updated_at,
        RowKey::Event(sequence) => match model.ui.page() {
            Page::Events(view) => {
                view.events
                    .iter()
                    .find(|it| it.sequence == sequence)?
                    .recorded_at
            }
            _ => return None,
        },
        RowKey::Document(..) => document(model, row)?.updated_at,
        RowKey::Line(..) | RowKey::Approval(_) | RowKey::Thread(_) => {
            super::thread::row_at(model, row)?
        }
        RowKey::Place(_) => return line(model, row),
    };
    Some(at.to_string())
}

/// The row as words, separated by tabs.
fn line(model: &Model, row: RowKey) -> Option<String> {
    let replica = &model.replica;
    let or = |text: Option<&String>| text.cloned().unwrap_or_else(|| "–".into());
    Some(match row {
        RowKey::Source(id) => {
            let it = replica.sources.get(id)?;
            [
                it.name.clone(),
                it.kind.to_string(),
                or(it.repo.as_ref()),
                or(it.branch.as_ref()),
                it.state.to_string(),
            ]
            .join("\t")
        }
        RowKey::Binding(space, source) => {
            let it = replica.bindings.get((space, source))?;
            [
                row_name(model, row),
                or(it.jrn_pattern.as_ref()),
                (if it.enabled { "on" } else { "off" }).to_owned(),
            ]
            .join("\t")
        }
        RowKey::Job(id) | RowKey::JobSpace(id, _) => {
            let it = replica.jobs.get(id).or(model.shown_job())?;
            [
                format!("#{id}"),
                replica.source_of(it),
                or(it.head_sha.as_ref()),
                it.status.to_string(),
            ]
            .join("\t")
        }
        RowKey::Delivery(id) => {
            let it = replica.deliveries.get(id)?;
            [
                it.delivery_id.clone(),
                it.event.clone(),
                or(it.git_ref.as_ref()),
                it.reason.clone(),
            ]
            .join("\t")
        }
        RowKey::Integration(id) => {
            let it = replica.integrations.get(id)?;
            [
                id.to_string(),
                it.name.clone(),
                it.status.to_string(),
                it.webhook_url.clone(),
            ]
            .join("\t")
        }
        RowKey::Token(id) => {
            let it = token(model, id)?;
            let ends = it.expires_at.map(|at| at.to_string());
            [it.name.clone(), it.role.to_string(), or(ends.as_ref())].join("\t")
        }
        RowKey::Space(id) => replica.space_name(id),
        RowKey::Event(_) => json(model, row)?.to_string(),
        RowKey::Document(..) => {
            let it = document(model, row)?;
            let rules = it.rules.iter().map(|rule| rule.path.as_str());
            let rules = rules.collect::<Vec<_>>().join(", ");
            [it.path.as_str(), it.file_id.as_str(), &rules].join("\t")
        }
        RowKey::Line(..) | RowKey::Approval(_) | RowKey::Thread(_) => {
            super::thread::row_text(model, row)?
        }
        RowKey::Place(_) => place_line(model)?,
    })
}

fn place_line(model: &Model) -> Option<String> {
    let list = model.ui.focus();
    let place = *model.ui.list(list).rows.get(model.ui.list(list).position)? as usize;
    match (list, model.ui.page()) {
        (ListId::Conflicts, _) => Some(model.conflicts().get(place)?.message.clone()),
        (ListId::Findings, Page::Why(view)) => {
            let it = view.diagnosis.value.as_ref()?.findings.get(place)?;
            Some(format!("{} {}: {}", it.code, it.name, it.summary))
        }
        (ListId::RunLog, Page::Run(view)) => {
            let it = view.log.value.as_ref()?.get(place)?;
            Some(format!("{} {} {}", it.at, it.level, it.message))
        }
        (ListId::DeliveryText, Page::Delivery(view)) => view.lines.get(place).cloned(),
        (ListId::Pulse, Page::Pulse(view)) => view.lines.get(place).map(|it| {
            let count = it.count.map_or_else(|| "–".to_owned(), |n| n.to_string());
            format!("{}\t{}\t{count}\t{}", it.section, it.label, it.note)
        }),
        (ListId::Own, Page::OwnLog(view)) => view.lines.value.as_ref()?.get(place).cloned(),
        (ListId::Own, Page::Info(_)) => {
            let (label, value) = crate::console::info::facts(model).into_iter().nth(place)?;
            Some(format!("{label}\t{value}"))
        }
        (ListId::Messages, _) => model.work.notes.get(place).map(|it| it.text.clone()),
        _ => None,
    }
}

/// A command that opens this view.
fn deep_link(model: &Model) -> String {
    let link = super::links::link_of(model).text();
    format!("jolli console --open '{}'", link.replace('\'', "'\\''"))
}
