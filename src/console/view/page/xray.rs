//! Xray: the tree of what depends on what. Only the lines in sight are built.

use ratatui::layout::Rect;

use super::parts::draw_line;
use crate::api::{Binding, SpaceStatus, WatchingDocument};
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::xray::{Bound, Node, Standings, XrayView, has_failed};
use crate::console::model::{ListId, Model};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, failed_pane};
use crate::console::view::glyph::{self, Mark};
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;

/// Columns that each level is further to the right.
const STEP: usize = 2;

/// What a line says, for the screen and for lines of text.
pub struct Said {
    /// Its state.
    pub mark: Mark,
    /// What it is.
    pub name: String,
    /// How it stands, and what it counts.
    pub words: String,
}

/// Draws the page.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &XrayView) {
    let look = canvas.look;
    let model = canvas.model;
    let list = canvas.list(ListId::Xray);
    let height = usize::from(area.height.saturating_sub(2));
    let all = model.replica.sources.len() as i64;
    let counted = if list.is_filtered() {
        let found = format::len(view.order.len());
        tr!(
            "{found} of {things}",
            found,
            things = tr_n!(all, "{count} source", "{count} sources")
        )
    } else {
        tr_n!(all, "{count} source", "{count} sources")
    };
    let frame = canvas
        .pane(
            canvas.border(ListId::Xray),
            tr!("Xray · {counted}", counted),
        )
        .right(around::shown(list, height))
        .note(around::sorted(list));
    let rows = canvas.frame(area, frame);
    canvas.place_list(ListId::Xray, rows);
    if view.nodes.is_empty() {
        canvas.say(rows, &nothing(canvas), Role::Dim);
        return;
    }
    for (line, (_, n)) in list.window(usize::from(rows.height)).enumerate() {
        let Some(node) = view.nodes.get(n as usize).copied() else {
            continue;
        };
        let state = canvas.row_state(ListId::Xray, Some(node.key()));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.pad_to(1 + depth(node) * STEP);
        let sign = match view.is_open(node) {
            Some(true) => glyph::UNFOLDED,
            Some(false) => glyph::FOLDED,
            None => glyph::LEAF,
        };
        cells.span(look.mark(sign));
        cells.put(" ", look.style(Role::Text));
        if let Some(said) = told(model, view, node, look.now) {
            cells.span(look.mark(said.mark));
            let is_leaf = matches!(node, Node::Document(..));
            let role = if is_leaf { Role::Text } else { Role::Strong };
            cells.put(format!(" {}", said.name), look.style(role));
            // What the lines say starts in one column, where the names leave room.
            let column = usize::from(rows.width) * 2 / 5;
            cells.pad_to(column.max(cells.width() + 2));
            cells.put(said.words, look.style(Role::Dim));
        } else {
            let (words, role) = instead(canvas, view, node);
            cells.put(words, look.style(role));
        }
        draw_line(canvas, rows, line, &cells, state);
    }
}

/// How deep a line is in the tree.
pub const fn depth(node: Node) -> usize {
    match node {
        Node::Source(_) => 0,
        Node::Space(..) | Node::Unbound(_) => 1,
        Node::Document(..) | Node::Words(..) => 2,
    }
}

/// What a line says; `None`: it stands in place of others.
pub fn told(
    model: &Model,
    view: &XrayView,
    node: Node,
    now: crate::base::Timestamp,
) -> Option<Said> {
    match node {
        Node::Source(id) => {
            let slot = model.replica.sources.slot(id)?;
            let row = model.replica.sources.row(slot)?;
            let bindings: Vec<&Binding> = model.replica.bindings_of(id).collect();
            let documents: i64 = bindings.iter().map(|it| it.documents).sum();
            let failed = bindings.iter().filter(|it| has_failed(it)).count();
            let failed = if failed > 0 {
                tr!(" · {failed} failed", failed)
            } else {
                String::new()
            };
            Some(Said {
                mark: glyph::cursor(row.state),
                name: row.name.to_owned(),
                words: format!(
                    "{} · {} · {}{failed}",
                    row.state.as_str(),
                    tr_n!(bindings.len() as i64, "{count} space", "{count} spaces"),
                    tr_n!(documents, "{count} document", "{count} documents"),
                ),
            })
        }
        Node::Space(space, source) => {
            let binding = model.replica.bindings.get((space, source))?;
            let (mark, state) = match (binding.enabled, binding.last_outcome) {
                (false, _) => (glyph::OFF, tr!("off").to_owned()),
                (true, Some(SpaceStatus::Failed)) => {
                    (glyph::space(SpaceStatus::Failed), outcome(now, binding))
                }
                (true, _) => (
                    glyph::ON,
                    tr!("on · {outcome}", outcome = outcome(now, binding)),
                ),
            };
            let documents = tr_n!(binding.documents, "{count} document", "{count} documents");
            Some(Said {
                mark,
                name: model.replica.space_name(space),
                words: format!("{state} · {documents}"),
            })
        }
        Node::Document(space, source, number) => {
            let document = view.document((space, source), number)?;
            Some(leaf(model, (space, source), document))
        }
        Node::Words(..) | Node::Unbound(_) => None,
    }
}

fn outcome(now: crate::base::Timestamp, binding: &Binding) -> String {
    format::outcome(now, binding.last_outcome, binding.last_outcome_at).into_owned()
}

fn leaf(model: &Model, bound: Bound, document: &WatchingDocument) -> Said {
    let replica = &model.replica;
    let standing = Standings::of(replica, bound).get(&document.path);
    let (mark, state) = match (standing.finding, standing.run) {
        (Some((severity, place)), _) => {
            let code = replica.conflicts.get(place).map(|it| it.code.as_str());
            (
                glyph::severity(severity),
                format!("{} · ", code.unwrap_or_default()),
            )
        }
        (None, Some((job, status))) => (
            glyph::space(status),
            tr!("{status} in #{job} · ", status = status.as_str(), job),
        ),
        (None, None) => (glyph::NOTE, String::new()),
    };
    let mut rules = document.rules.iter().map(|it| it.path.as_str());
    let first = rules.next().unwrap_or_default();
    let more = match rules.count() {
        0 => String::new(),
        n => tr!(", {n} more", n),
    };
    Said {
        mark,
        name: document.path.clone(),
        words: tr!("{state}watches {first}{more}", state, first, more),
    }
}

/// What stands where there are no lines to hang there.
fn instead(canvas: &Canvas<'_>, view: &XrayView, node: Node) -> (String, Role) {
    let Node::Words(space, source) = node else {
        let key = canvas.model.keymap.keys_of(CommandId::Bind);
        let words = tr!(
            "Bound to no space, so no run can start. {key} on its page binds one.",
            key
        );
        return (words, Role::Dim);
    };
    let load = view.documents.get(&(space, source));
    if let Some(text) = load.and_then(|it| it.failure()) {
        (failed_pane(text), Role::Warn)
    } else if load.is_some_and(|it| it.value.is_some()) {
        let words = tr!("No document there has a rule on this source.");
        (words.to_owned(), Role::Dim)
    } else {
        (tr!("Loading documents.").to_owned(), Role::Dim)
    }
}

fn nothing(canvas: &Canvas<'_>) -> String {
    let model = canvas.model;
    if let Some(words) = around::no_match(canvas.list(ListId::Xray)) {
        tr!(
            "{words} Documents are found where their space was unfolded.",
            words
        )
    } else if model.replica.is_loaded() {
        let key = model.keymap.keys_of(CommandId::SourceNew);
        tr!("No sources yet. {key} on the main screen adds one.", key)
    } else {
        tr!("Loading sources.").to_owned()
    }
}

/// A line in words, for screens that are read out.
pub fn in_words(model: &Model, view: &XrayView, node: Node) -> Option<String> {
    let said = told(model, view, node, model.now)?;
    let kind = match node {
        Node::Source(_) => tr!("Source"),
        Node::Space(..) => tr!("Space"),
        _ => tr!("Document"),
    };
    let open = match view.is_open(node) {
        Some(true) => tr!(", unfolded"),
        Some(false) => tr!(", folded"),
        None => "",
    };
    let words = said.words.replace(" · ", ", ");
    Some(format!("{kind} {}{open}: {words}.", said.name))
}
