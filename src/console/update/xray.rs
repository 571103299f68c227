//! Xray: unfolding and folding, what is asked when a space is unfolded, and what `Enter` opens at the ends of the tree.

use super::{Turn, Waiting};
use crate::api::{RowChange, SourceId};
use crate::console::effect::Ask;
use crate::console::model::xray::{Bound, Node, Standing, Standings, XrayView, has_failed};
use crate::console::model::{ListId, Load, Model, Page, RowKey};
use crate::console::msg::{Answer, Failure};

impl Turn<'_> {
    /// `gx`: the tree, unfolded at the source that was selected.
    pub(super) fn open_xray(&mut self) {
        let source = crate::console::possible::target::source(self.model).map(|it| it.id);
        self.open_page(Page::Xray(Box::default()));
        if let Some(source) = source {
            self.show_in_xray(source);
        }
    }

    /// Unfolds a source and selects it.
    pub(super) fn show_in_xray(&mut self, source: SourceId) {
        if let Page::Xray(view) = self.model.ui.page_mut() {
            view.sources.insert(source);
            view.seek = Some(source);
        }
        self.lay_xray_out();
    }

    /// The lines anew, in the order that is known.
    pub(super) fn lay_xray_out(&mut self) {
        let order = match self.model.ui.page() {
            Page::Xray(view) => view.order.clone(),
            _ => return,
        };
        self.show_xray(order);
    }

    /// Puts the lines together; answers the rows of the list, in place of those of the sources.
    pub(super) fn xray_rows(&mut self, order: Vec<u32>) -> Vec<u32> {
        let replica = self.model.replica.clone();
        let query = self.model.ui.list(ListId::Xray).filter.query.clone();
        let Page::Xray(view) = self.model.ui.page_mut() else {
            return Vec::new();
        };
        view.order = order;
        view.lay_out(&replica, &query);
        (0..view.nodes.len() as u32).collect()
    }

    /// Selects the source that was asked for, now that it may be there.
    pub(super) fn seek_in_xray(&mut self) {
        let seek = match self.model.ui.page() {
            Page::Xray(view) => view.seek,
            _ => None,
        };
        if let Some(source) = seek
            && self.select_key(ListId::Xray, RowKey::Source(source))
            && let Page::Xray(view) = self.model.ui.page_mut()
        {
            view.seek = None;
        }
    }

    fn xray(&self) -> Option<(&XrayView, Node)> {
        let Page::Xray(view) = self.model.ui.page() else {
            return None;
        };
        let place = self.model.ui.list(ListId::Xray).position;
        Some((view, *view.nodes.get(place)?))
    }

    /// `→` unfolds, and on what is unfolded goes to its first line.
    pub(super) fn xray_right(&mut self) {
        let Some((view, node)) = self.xray() else {
            return;
        };
        match view.is_open(node) {
            Some(false) => self.turn_node(node, true),
            Some(true) => {
                let place = self.model.ui.list(ListId::Xray).position;
                self.select(ListId::Xray, place + 1);
            }
            None => {}
        }
    }

    /// `←` folds, and on what is folded goes to the line that it hangs on.
    pub(super) fn xray_left(&mut self) {
        let Some((view, node)) = self.xray() else {
            return;
        };
        if view.is_open(node) == Some(true) {
            self.turn_node(node, false);
        } else if let Some(parent) = node.parent() {
            self.select_key(ListId::Xray, parent.key());
        }
    }

    fn turn_node(&mut self, node: Node, open: bool) {
        let Page::Xray(view) = self.model.ui.page_mut() else {
            return;
        };
        match (node, open) {
            (Node::Source(id), true) => {
                view.sources.insert(id);
            }
            (Node::Source(id), false) => {
                view.sources.remove(&id);
            }
            (Node::Space(space, source), true) => {
                view.spaces.insert((space, source));
                self.ask_documents((space, source));
            }
            (Node::Space(space, source), false) => {
                view.spaces.remove(&(space, source));
                // Nobody waits for them any more; what came before stays for the next time.
                self.forget(|it| it == Waiting::Documents(space, source));
            }
            _ => {}
        }
        self.lay_xray_out();
    }

    /// Asks for the documents of a space that have rules on a source.
    fn ask_documents(&mut self, bound: Bound) {
        let (space, source) = bound;
        let Page::Xray(view) = self.model.ui.page_mut() else {
            return;
        };
        view.stale.remove(&bound);
        let load = view.documents.entry(bound).or_default();
        load.state = Load::<()>::loading().state;
        self.ask_paced(
            Waiting::Documents(space, source),
            Ask::Documents(space, source),
        );
    }

    /// Asks again for everything that is unfolded.
    pub(super) fn ask_xray(&mut self) {
        if let Page::Xray(view) = self.model.ui.page() {
            for bound in view.spaces.clone() {
                self.ask_documents(bound);
            }
        }
    }

    /// Asks again for what changed meanwhile.
    pub(super) fn ask_stale_documents(&mut self) {
        if let Page::Xray(view) = self.model.ui.page() {
            let stale = view.stale.clone();
            for (space, source) in stale {
                if !self.is_waiting(Waiting::Documents(space, source)) {
                    self.ask_documents((space, source));
                }
            }
        }
    }

    /// Rows changed: the documents of spaces among them may be others.
    pub(super) fn xray_heard(&mut self, changes: &[RowChange]) {
        let Page::Xray(view) = self.model.ui.page_mut() else {
            return;
        };
        for change in changes {
            if let RowChange::Put {
                row: crate::api::Row::Binding(it),
            } = change
                && view.spaces.contains(&(it.space_id, it.source_id))
            {
                view.stale.insert((it.space_id, it.source_id));
            }
        }
    }

    /// The documents came.
    pub(super) fn documents_answered(&mut self, bound: Bound, result: Result<Answer, Failure>) {
        let now = self.model.now;
        let names = &mut self.model.work.names;
        let told = match result {
            Ok(Answer::Documents(all)) => {
                let number = |id: &str| format!("{}\t{id}", bound.0);
                let named = all.into_iter();
                Ok(named
                    .map(|it| (names.of(&number(&it.file_id)), it))
                    .collect())
            }
            Ok(_) => return,
            Err(failure) => Err(failure.text),
        };
        if let Page::Xray(view) = self.model.ui.page_mut() {
            let load = view.documents.entry(bound).or_default();
            match told {
                Ok(all) => load.ready(all, now),
                Err(text) => load.failed(text),
            }
        }
        self.lay_xray_out();
    }

    /// `Enter`: unfolds or folds; a document opens what is wrong with it, else the run that concerned it last, else its binding.
    pub(super) fn open_xray_line(&mut self) {
        let Some((view, node)) = self.xray() else {
            return;
        };
        match (node, view.is_open(node)) {
            (_, Some(open)) => self.turn_node(node, !open),
            (Node::Document(space, source, number), _) => {
                let standing = view
                    .document((space, source), number)
                    .map(|it| Standings::of(&self.model.replica, (space, source)).get(&it.path));
                match standing.unwrap_or_default() {
                    Standing {
                        finding: Some((_, place)),
                        ..
                    } => {
                        self.open_conflicts();
                        self.select_key(ListId::Conflicts, RowKey::Place(place as u32));
                    }
                    Standing {
                        run: Some((job, _)),
                        ..
                    } => self.open_run(job),
                    Standing { .. } => {
                        self.open_source(source);
                        self.select_key(ListId::Bindings, RowKey::Binding(space, source));
                    }
                }
            }
            (Node::Words(..), _) => self.ask_xray(),
            (Node::Unbound(source), _) => self.open_source(source),
            (Node::Source(_) | Node::Space(..), None) => {}
        }
    }

    /// `]` and `[`: the next line that somebody should look at.
    pub(super) fn next_trouble(&mut self, forward: bool) {
        let Page::Xray(view) = self.model.ui.page() else {
            return;
        };
        let here = self.model.ui.list(ListId::Xray).position;
        let bad = |place: &usize| is_bad(self.model, view, view.nodes[*place]);
        let next = if forward {
            (here + 1..view.nodes.len()).find(bad)
        } else {
            (0..here.min(view.nodes.len())).rev().find(bad)
        };
        match next {
            Some(place) => self.select(ListId::Xray, place),
            None if forward => self.tell(tr!("Nothing below needs a look.")),
            None => self.tell(tr!("Nothing above needs a look.")),
        }
    }
}

/// Whether somebody should look at a line.
fn is_bad(model: &Model, view: &XrayView, node: Node) -> bool {
    let replica = &model.replica;
    match node {
        Node::Source(id) => {
            let slot = replica.sources.slot(id);
            let row = slot.and_then(|slot| replica.sources.row(slot));
            row.is_some_and(|it| it.state.is_stuck())
        }
        Node::Space(space, source) => {
            let binding = replica.bindings.get((space, source));
            binding.is_some_and(has_failed)
        }
        Node::Document(space, source, number) => {
            let document = view.document((space, source), number);
            document.is_some_and(|it| {
                Standings::of(replica, (space, source))
                    .get(&it.path)
                    .is_bad()
            })
        }
        Node::Words(..) | Node::Unbound(_) => false,
    }
}
