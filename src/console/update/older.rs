//! Runs and deliveries that are older than what a snapshot brings: a page at a time, as somebody goes on past the end or looks
//! for what is not among the newest (console.md: Older rows).

use super::{Turn, Waiting};
use crate::api::SourceId;
use crate::console::effect::{Ask, Older};
use crate::console::model::ListId;
use crate::console::model::replica::RECENT;
use crate::console::msg::{Answer, Failure};

/// Rows of a page.
const PAGE: u32 = 200;
/// The same while a filter is on, which few of them may match.
const SEARCHED: u32 = 500;
/// Pages that a filter looks through before it waits to be told to go on.
const LOOKS: u32 = 10;

/// Whose rows a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// Only those of this source.
    pub source: Option<SourceId>,
}

impl Turn<'_> {
    /// Whose rows a list shows, where it shows runs or deliveries.
    pub(super) fn reaches(&self, list: ListId) -> Option<Scope> {
        match list {
            ListId::Runs if self.model.ui.is_pinned(list) => {
                let source = self.model.pinned_source();
                source.is_some().then_some(Scope { source })
            }
            ListId::Runs | ListId::Deliveries => Some(Scope { source: None }),
            _ => None,
        }
    }

    /// Asks for older rows when the end of those that are here comes into sight.
    pub(super) fn older_if_near_end(&mut self, list: ListId) {
        let Some(Scope { source }) = self.reaches(list) else {
            return;
        };
        // The past is what the server told of it.
        if self.model.past.is_some() {
            return;
        }
        let state = self.model.ui.list(list);
        let height = self.model.ui.height(list);
        let near = state.position + height >= state.rows.len();
        if !near
            || state.sifting
            || self.model.ui.focus() != list
            || self.model.replica.is_whole(list, source)
            || !self.model.connection.is_reachable()
            || self.is_waiting(Waiting::Older(list, source))
        {
            return;
        }
        let filtered = state.is_filtered();
        if filtered {
            let looks = self.model.flow.looks.entry(list).or_default();
            if *looks >= LOOKS {
                return;
            }
            *looks += 1;
        }
        let loaded = &self.model.replica.loaded;
        let reach = match (list, source) {
            (ListId::Deliveries, _) => Some(&loaded.deliveries),
            (_, None) => Some(&loaded.runs),
            (_, Some(source)) => loaded.of_source.get(&source),
        };
        let after = reach.and_then(|reach| reach.next.clone());
        let page = if filtered { SEARCHED } else { PAGE };
        // The server knows no place before its own: the first page begins with what is here.
        let limit = match (&after, source) {
            (None, None) => RECENT as u32 + page,
            _ => page,
        };
        let deliveries = list == ListId::Deliveries;
        self.model.ui.list_mut(list).older = true;
        self.ask(
            Waiting::Older(list, source),
            Ask::Older(Older {
                deliveries,
                source,
                after,
                limit,
            }),
        );
    }

    /// They came, or not.
    pub(super) fn older_came(
        &mut self,
        list: ListId,
        source: Option<SourceId>,
        result: Result<Answer, Failure>,
    ) {
        self.model.ui.list_mut(list).older = false;
        match result {
            Ok(Answer::OlderRuns(page, next)) => {
                if let Some(frozen) = &mut self.model.frozen {
                    frozen
                        .now
                        .take_older_runs(source, page.clone(), next.clone());
                }
                self.model.replica.take_older_runs(source, page, next);
            }
            Ok(Answer::OlderDeliveries(page, next)) => {
                if let Some(frozen) = &mut self.model.frozen {
                    frozen.now.take_older_deliveries(page.clone(), next.clone());
                }
                self.model.replica.take_older_deliveries(page, next);
            }
            Ok(_) => return,
            Err(failure) => {
                self.refuse(tr!(
                    "Older ones are not loaded: {text}. End tries again.",
                    text = failure.text.trim_end_matches('.')
                ));
                return;
            }
        }
        self.fill(list);
        self.older_if_near_end(list);
    }
}
