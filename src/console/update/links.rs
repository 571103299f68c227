//! Deep links: from the words that `yl` copies to the view that they name, and back (console.md: Deep links).

use super::Turn;
use crate::api::{IntegrationId, JobId, LogLevel, Sequence, SourceId};
use crate::console::columns::{self, word};
use crate::console::model::flow::Seek;
use crate::console::model::{DeepLink, ListId, ListLayout, Model, Page, RowKey};

impl Turn<'_> {
    /// Opens the view that a link names, once there are rows: `sources?filter=state:stuck`, `why/frontend`, `run/91`,
    /// `thread/job-90-space-3`, `approvals`, `past/1790`.
    pub(super) fn open_link(&mut self, text: String) {
        if !self.model.replica.is_loaded() {
            self.model.flow.open = Some(text);
            return;
        }
        let Some(link) = DeepLink::parse(&text) else {
            self.refuse(tr!("\"{text}\" is no link: its escapes are broken.", text));
            return;
        };
        if let Err(reason) = self.open_view(&link) {
            self.refuse(reason);
            return;
        }
        self.arrange(&link);
    }

    fn open_view(&mut self, link: &DeepLink) -> Result<(), String> {
        let of = link.of.as_str();
        let number = || of.trim_start_matches(['#', '@']).parse::<i64>().ok();
        match (link.view.as_str(), of) {
            ("sources" | "bindings" | "cursors" | "runs", _) => {
                self.go_main();
                self.model.ui.zoom = false;
                let list = columns::list_of(&link.view).unwrap_or(ListId::Sources);
                if let Some(place) = unpinned(list) {
                    if link.get("all").is_some() {
                        self.model.ui.unpinned[place] = true;
                    }
                    if let Some(source) = link.get("of") {
                        self.model.ui.unpinned[place] = false;
                        let id = self.source_named(source)?;
                        self.set_filter(ListId::Sources, "");
                        self.select_key(ListId::Sources, RowKey::Source(id));
                    }
                }
                self.focus(list);
                self.restart(list);
            }
            ("source" | "why", _) => {
                let id = self.source_named(of)?;
                self.select_key(ListId::Sources, RowKey::Source(id));
                if link.view == "why" {
                    self.open_why_of(id);
                    let finding = link.get("finding").map(str::to_owned);
                    self.model.flow.seek = finding.map(Seek::Finding);
                } else {
                    self.open_source(id);
                }
            }
            ("run", _) => match number() {
                Some(id) => self.open_run(JobId(id)),
                None => return Err(tr!("\"{of}\" is no run.", of)),
            },
            ("thread", _) => match of.parse() {
                Ok(id) => {
                    self.open_thread(id);
                    let turn = link.get("turn").and_then(|it| it.parse().ok());
                    self.model.flow.seek = turn.map(Seek::Turn);
                }
                Err(_) => return Err(tr!("\"{of}\" is no thread.", of)),
            },
            ("past", _) => match number() {
                Some(at) if at > 0 => self.enter_past(Sequence(at)),
                _ => return Err(tr!("\"{of}\" is no position of the log.", of)),
            },
            ("approvals", _) => self.open_approvals(),
            ("pulse", _) => self.open_pulse(),
            ("xray", "") => self.open_page(Page::Xray(Box::default())),
            ("xray", name) => {
                let id = self.source_named(name)?;
                self.open_page(Page::Xray(Box::default()));
                self.show_in_xray(id);
            }
            ("conflicts", _) => self.open_conflicts(),
            ("deliveries", _) => self.open_deliveries(),
            ("delivery", _) => match number() {
                Some(id) => self.open_delivery(crate::api::DeliveryId(id)),
                None => return Err(tr!("\"{of}\" is no delivery.", of)),
            },
            ("integrations", _) => self.open_page(Page::Integrations),
            ("integration", _) => match number() {
                Some(id) => self.open_integration(IntegrationId(id)),
                None => return Err(tr!("\"{of}\" is no integration.", of)),
            },
            ("tokens", _) => self.open_tokens(),
            ("info", _) => self.open_info(),
            ("log", _) => self.open_own_log(),
            ("events", _) => {
                let about = match link.get("about") {
                    Some(text) => {
                        let row = row_of(text);
                        Some(row.ok_or_else(|| tr!("\"{text}\" names no row.", text))?)
                    }
                    None => None,
                };
                match (about, number()) {
                    (None, Some(sequence)) => self.open_event_at(Sequence(sequence)),
                    _ => self.open_events(about),
                }
            }
            ("messages", _) => self.open_page(Page::Messages),
            _ => {
                return Err(tr!(
                    "\"{link}\" is no view of this console.",
                    link = link.text()
                ));
            }
        }
        Ok(())
    }

    /// Filter, order, columns and search of the view that a link opened.
    fn arrange(&mut self, link: &DeepLink) {
        let list = self.model.ui.focus();
        let refill = if word(list).is_some() {
            let sort = link.get("sort").unwrap_or_default();
            let columns = link.get("columns").unwrap_or_default();
            let kept = ListLayout {
                columns: columns.split(',').map(str::to_owned).collect(),
                sort: sort.trim_start_matches('-').to_owned(),
                reversed: sort.starts_with('-'),
            };
            kept.put(list, self.model.ui.list_mut(list));
            true
        } else {
            false
        };
        if let Page::Run(view) = self.model.ui.page_mut() {
            if let Some(search) = link.get("search") {
                search.clone_into(&mut view.search);
            }
            if let Some(level) = link.get("level").and_then(|it| it.parse::<LogLevel>().ok()) {
                view.level = level;
            }
        }
        let filter = link.get("filter").unwrap_or_default();
        if super::keys::is_filtered_by_query(list) {
            self.set_filter(list, filter);
            self.narrow_events();
        }
        if refill {
            self.fill(list);
        }
        if let Some(id) = link.get("at").and_then(|it| self.source_named(it).ok()) {
            self.select_key(list, RowKey::Source(id));
        }
    }

    fn source_named(&self, name: &str) -> Result<SourceId, String> {
        let sources = &self.model.replica.sources;
        let of_id = name.parse().ok().map(SourceId);
        let of_id = of_id.filter(|id| sources.contains(*id));
        let of_name = || sources.iter().find(|(_, it)| it.name == name);
        of_id
            .or_else(|| of_name().map(|(_, it)| it.id))
            .ok_or_else(|| tr!("No source \"{name}\" here.", name))
    }

    /// Selects what a link named, now that it is there.
    pub(super) fn seek(&mut self) {
        match (self.model.flow.seek.take(), self.model.ui.page()) {
            (Some(Seek::Finding(code)), Page::Why(view)) => {
                let findings = view.diagnosis.value.as_ref().map(|it| &it.findings);
                let place = findings.and_then(|all| all.iter().position(|it| it.code == code));
                match place {
                    Some(place) => self.select(ListId::Findings, place),
                    None => self.tell(tr!("{code} holds no longer.", code)),
                }
            }
            (Some(Seek::Turn(number)), Page::Thread(view)) => {
                let turn = view.turns().iter().position(|it| it.turn_count == number);
                let place = view.lines.iter().position(|line| {
                    let entry = &view.entries[line.entry];
                    line.nth == 0
                        && entry.kind == crate::console::model::EntryKind::Turn
                        && turn.is_some()
                        && entry.turn == turn
                });
                match place {
                    Some(place) => self.select(ListId::Thread, place),
                    None => self.tell(tr!("Turn {number} is gone.", number)),
                }
            }
            _ => {}
        }
    }
}

/// Where a pane keeps whether it follows the selected source.
const fn unpinned(list: ListId) -> Option<usize> {
    match list {
        ListId::Bindings => Some(0),
        ListId::Cursors => Some(1),
        ListId::Runs => Some(2),
        _ => None,
    }
}

/// `source:3`, `run:91`: a row that the event log is about.
fn row_of(text: &str) -> Option<RowKey> {
    let (kind, id) = text.split_once(':')?;
    let number = || id.parse::<i64>().ok();
    Some(match kind {
        "source" => RowKey::Source(SourceId(number()?)),
        "run" => RowKey::Job(JobId(number()?)),
        "space" => RowKey::Space(crate::api::SpaceId(number()?)),
        "integration" => RowKey::Integration(IntegrationId(number()?)),
        "delivery" => RowKey::Delivery(crate::api::DeliveryId(number()?)),
        "token" => RowKey::Token(crate::api::TokenId(number()?)),
        "binding" => {
            let (space, source) = id.split_once('-')?;
            RowKey::Binding(
                crate::api::SpaceId(space.parse().ok()?),
                SourceId(source.parse().ok()?),
            )
        }
        _ => return None,
    })
}

fn row_words(row: RowKey) -> Option<String> {
    Some(match row {
        RowKey::Source(id) => format!("source:{id}"),
        RowKey::Job(id) | RowKey::JobSpace(id, _) => format!("run:{id}"),
        RowKey::Space(id) => format!("space:{id}"),
        RowKey::Integration(id) => format!("integration:{id}"),
        RowKey::Delivery(id) => format!("delivery:{id}"),
        RowKey::Token(id) => format!("token:{id}"),
        RowKey::Binding(space, source) => format!("binding:{space}-{source}"),
        _ => return None,
    })
}

/// The link of the view in front.
pub(in crate::console) fn link_of(model: &Model) -> DeepLink {
    if let Some(past) = &model.past {
        return DeepLink::to("past", past.wanted.to_string());
    }
    let replica = &model.replica;
    let list = model.ui.page().focus(model.ui.pane);
    let state = model.ui.list(list);
    let link = match model.ui.page() {
        Page::Main => {
            let link = DeepLink::to(word(list).unwrap_or("sources"), "");
            match (unpinned(list), model.pinned_source()) {
                (Some(_), _) if !model.ui.is_pinned(list) => link.with("all", "yes"),
                (Some(_), Some(source)) => link.with("of", replica.source_name(source)),
                _ => link,
            }
        }
        Page::Source(view) => DeepLink::to("source", replica.source_name(view.source)),
        Page::Why(view) => {
            let place = model.ui.list(ListId::Findings).position;
            let diagnosis = view.diagnosis.value.as_ref();
            let finding = diagnosis.and_then(|it| it.findings.get(place));
            let code = finding.map_or_else(String::new, |it| it.code.clone());
            DeepLink::to("why", replica.source_name(view.source)).with("finding", code)
        }
        Page::Conflicts(_) => DeepLink::to("conflicts", ""),
        Page::Run(view) => DeepLink::to("run", view.job.to_string())
            .with("search", &view.search)
            .with(
                "level",
                if view.level == LogLevel::Info {
                    ""
                } else {
                    view.level.as_str()
                },
            ),
        Page::Thread(view) => {
            let turn = view.chosen().map(|it| it.turn_count.to_string());
            DeepLink::to("thread", view.thread_id.to_string())
                .with("turn", turn.unwrap_or_default())
        }
        Page::Approvals(_) => DeepLink::to("approvals", ""),
        Page::Pulse(_) => DeepLink::to("pulse", ""),
        Page::Xray(view) => {
            let open = model
                .current_source()
                .filter(|it| view.sources.contains(&it.id));
            DeepLink::to("xray", open.map(|it| it.name).unwrap_or_default())
        }
        Page::Deliveries(_) => DeepLink::to("deliveries", ""),
        Page::Delivery(view) => DeepLink::to("delivery", view.delivery.to_string()),
        Page::Integrations => DeepLink::to("integrations", ""),
        Page::Events(view) => {
            let at = match (view.about, model.selected(ListId::Events)) {
                (None, Some(RowKey::Event(sequence))) => format!("@{sequence}"),
                _ => String::new(),
            };
            let about = view.about.and_then(row_words).unwrap_or_default();
            DeepLink::to("events", at).with("about", about)
        }
        Page::Messages => DeepLink::to("messages", ""),
        Page::Integration(view) => DeepLink::to("integration", view.integration.to_string()),
        Page::Tokens(_) => DeepLink::to("tokens", ""),
        Page::Info(_) => DeepLink::to("info", ""),
        Page::OwnLog(_) => DeepLink::to("log", ""),
    };
    let columns: Vec<&str> = state.columns.iter().map(|it| it.word()).collect();
    let turned = if state.sort.reversed { "-" } else { "" };
    let sort = match state.sort.by.as_str() {
        "" => String::new(),
        by => format!("{turned}{by}"),
    };
    let link = link.with("filter", &state.filter.text);
    match word(list) {
        Some(_) if !matches!(model.ui.page(), Page::Source(_)) => {
            link.with("sort", sort).with("columns", columns.join(","))
        }
        _ => link,
    }
}
