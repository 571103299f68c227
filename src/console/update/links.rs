//! Deep links: from the words that `yl` copies to the view that they name.

use super::Turn;
use crate::api::{JobId, Sequence, SourceId};
use crate::console::model::{ListId, Page, RowKey};

impl Turn<'_> {
    /// Opens the view that a link names, once there are rows: `sources?filter=state:stuck`, `why/frontend`, `run/91`,
    /// `thread/job-90-space-3`, `approvals`.
    pub(super) fn open_link(&mut self, link: String) {
        if !self.model.replica.is_loaded() {
            self.model.flow.open = Some(link);
            return;
        }
        let (path, filter) = link.split_once("?filter=").unwrap_or((&link, ""));
        let (view, rest) = path.split_once('/').unwrap_or((path, ""));
        let source = || {
            let of_id = rest
                .parse()
                .ok()
                .filter(|id| self.model.replica.sources.get(SourceId(*id)).is_some());
            of_id.map(SourceId).or_else(|| {
                self.model
                    .replica
                    .sources
                    .iter()
                    .find(|(_, source)| source.name == rest)
                    .map(|(_, source)| source.id)
            })
        };
        match view {
            "sources" => self.focus(ListId::Sources),
            "bindings" => self.focus(ListId::Bindings),
            "cursors" => self.focus(ListId::Cursors),
            "runs" => self.focus(ListId::Runs),
            "source" | "why" => {
                let Some(id) = source() else {
                    self.refuse(format!("No source \"{rest}\" here."));
                    return;
                };
                self.select_key(ListId::Sources, RowKey::Source(id));
                if view == "why" {
                    self.open_why();
                } else {
                    self.open_source(id);
                }
            }
            "run" => match rest.trim_start_matches('#').parse() {
                Ok(id) => self.open_run(JobId(id)),
                Err(_) => self.refuse(format!("\"{rest}\" is no run.")),
            },
            "thread" => match rest.parse() {
                Ok(id) => self.open_thread(id),
                Err(_) => self.refuse(format!("\"{rest}\" is no thread.")),
            },
            "approvals" => self.open_approvals(),
            "conflicts" => self.open_conflicts(),
            "deliveries" => self.open_deliveries(),
            "integrations" => self.open_page(Page::Integrations),
            "events" => match rest.trim_start_matches('@').parse() {
                Ok(sequence) => self.open_event_at(Sequence(sequence)),
                Err(_) => self.open_events(None),
            },
            _ => {
                self.refuse(format!("\"{link}\" is no view of this console."));
                return;
            }
        }
        if !filter.is_empty() {
            let list = self.model.ui.focus();
            self.set_filter(list, filter);
        }
    }
}
