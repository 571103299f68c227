//! Pane 1: all sources.

use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::api::Source;
use crate::console::columns::Col;
use crate::console::format;
use crate::console::model::here::is_local;
use crate::console::model::{Connection, ListId, Outage, RowKey};
use crate::console::query::hits;
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room};
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, Table, draw_row};

/// What a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Kind,
    Repo,
    State,
    Lag,
    Branch,
    Integration,
    Changed,
}

impl Field {
    const fn col(self) -> Col {
        match self {
            Self::Name => Col::Name,
            Self::Kind => Col::Kind,
            Self::Repo => Col::Repo,
            Self::State => Col::State,
            Self::Lag => Col::Lag,
            Self::Branch => Col::Branch,
            Self::Integration => Col::Integration,
            Self::Changed => Col::Changed,
        }
    }
}

/// Names are never dropped; then the state stays longest. The last ones appear only where there is much room, or by `→`.
const COLUMNS: [(Field, Column); 8] = [
    (Field::Name, Column::new(text!("NAME"), 12, Fit::Grow(2), 0)),
    (Field::Kind, Column::new(text!("KIND"), 8, Fit::Fixed, 2)),
    (
        Field::Repo,
        Column::new(text!("REPO"), 25, Fit::Share(9), 3),
    ),
    (
        Field::State,
        Column::new(text!("STATE"), 11, Fit::Share(7), 1),
    ),
    (Field::Lag, Column::new(text!("LAG"), 5, Fit::Fixed, 4)),
    (
        Field::Branch,
        Column::new(text!("BRANCH"), 12, Fit::Fixed, 5),
    ),
    (
        Field::Integration,
        Column::new(text!("INTEGRATION"), 16, Fit::Fixed, 6),
    ),
    (
        Field::Changed,
        Column::new(text!("CHANGED"), 8, Fit::Fixed, 7),
    ),
];

/// Columns before the name: selection, mark, glyph, blank.
const LEAD: u16 = 4;
/// From this width on, columns beyond the four appear by themselves.
const SPACIOUS: u16 = 90;

fn columns(width: u16, first: u16) -> Vec<(Field, Column)> {
    let usual = if width >= SPACIOUS || first > 0 {
        COLUMNS.len()
    } else {
        4
    };
    let first = usize::from(first).min(COLUMNS.len() - 2);
    let mut columns = vec![COLUMNS[0]];
    columns.extend_from_slice(&COLUMNS[(1 + first).min(usual)..usual]);
    if let Some((_, state)) = columns
        .iter_mut()
        .rev()
        .skip(1)
        .find(|(field, _)| *field == Field::State)
    {
        // The last column may fill its width; any other keeps a blank after its longest word.
        state.width += 1;
    }
    columns
}

/// Draws the pane.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let list = canvas.list(ListId::Sources);
    let header = u16::from(canvas.room > Room::Compact);
    let height = area.height.saturating_sub(2 + header);
    let mut title = canvas.pane(
        canvas.border(ListId::Sources),
        match (list.total, canvas.model.replica.is_loaded()) {
            (0, false) => tr!("1 Sources").to_owned(),
            (some, false) => tr!("1 Sources ({loaded} so far)", loaded = format::len(some)),
            (_, true) => tr!("1 Sources {counted}", counted = around::counted(list)),
        },
    );
    if !list.marks.is_empty() {
        title = title
            .more(Span::raw(" "))
            .more(canvas.look.mark(glyph::MARKED))
            .more(
                canvas
                    .look
                    .span(Role::Accent, format::len(list.marks.len())),
            );
    }
    let (right, note) = around::notes(canvas, list, usize::from(height));
    let note = if header == 0 { None } else { note };
    let inner = canvas.frame(area, title.right(right).note(note));
    if inner.is_empty() {
        return;
    }
    let (head, rows) = place::rows(inner, header);
    canvas.place_list(ListId::Sources, rows);
    if let Some(words) = words(canvas) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if crate::console::view::chosen::draw(canvas, ListId::Sources, inner) {
        return;
    }
    let mut fields = columns(inner.width.saturating_sub(LEAD), list.column);
    if header == 0
        && let Some((_, kind)) = fields.iter_mut().find(|(field, _)| *field == Field::Kind)
    {
        // Without headings two blanks keep the words apart.
        kind.width += 1;
    }
    let columns: Vec<Column> = fields.iter().map(|(_, column)| *column).collect();
    let table = Table::layout(&columns, LEAD, inner.width);
    if header == 1 {
        table
            .header(&columns, canvas.look)
            .draw(canvas.buffer, head.x, head.y, head.width);
        let cols: Vec<Col> = fields.iter().map(|(field, _)| field.col()).collect();
        canvas.place_headings(ListId::Sources, head, &table, &cols);
    }
    let model = canvas.model;
    for (line, (_, slot)) in list.window(usize::from(rows.height)).enumerate() {
        let Some(source) = model.replica.sources.at(slot) else {
            continue;
        };
        let state = canvas.row_state(ListId::Sources, Some(RowKey::Source(source.id)));
        let mut cells = row(canvas, &source, &fields, &table);
        let place = Rect {
            y: rows.y + line as u16,
            height: 1,
            ..rows
        };
        let mut whole = Cells::new();
        whole.span(state.lead(canvas.look));
        whole.span(if state.marked {
            canvas.look.mark(glyph::MARKED)
        } else {
            Span::raw(" ")
        });
        whole.spans(std::mem::take(&mut cells).into_line().spans);
        draw_row(canvas.look, canvas.buffer, place, &whole, state);
    }
}

/// A row from its glyph on; the first two columns are its list's.
fn row(
    canvas: &Canvas<'_>,
    source: &Source,
    fields: &[(Field, Column)],
    table: &Table,
) -> Cells<'static> {
    let look = canvas.look;
    let model = canvas.model;
    let pending = model.work.pending_for(RowKey::Source(source.id));
    let mark = if pending.is_some() {
        glyph::SAVING
    } else {
        glyph::cursor(source.state)
    };
    let text = look.style(Role::Text);
    let mut cells = Cells::new();
    // Built as if the two leading columns were there, so that the table's places hold; they are cut off at the end.
    cells.put("  ", text);
    cells.span(look.mark(mark));
    for (index, (field, _)) in fields.iter().enumerate() {
        match field {
            Field::Name => {
                let found = hits(&model.ui.list(ListId::Sources).filter.query, &source.name);
                let strong = look.style(Role::Strong);
                table.put_found(&mut cells, index, &source.name, strong, &found);
            }
            Field::Kind if is_local(source.id) => table.put(&mut cells, index, tr!("local"), text),
            Field::Kind => table.put(&mut cells, index, source.kind.as_str(), text),
            Field::Repo => table.put_path(
                &mut cells,
                index,
                source.repo.as_deref().unwrap_or(format::UNKNOWN),
                text,
            ),
            Field::State => {
                let word = pending.map_or(mark.word, |pending| pending.words.as_str());
                table.put(&mut cells, index, word, look.mark_style(mark));
            }
            Field::Lag => {
                let lag = source
                    .pending_since
                    .map_or_else(|| format::UNKNOWN.to_owned(), |at| look.age(at));
                table.put(&mut cells, index, &lag, text);
            }
            Field::Branch => {
                let branch = source.branch.as_deref().unwrap_or(format::UNKNOWN);
                table.put(&mut cells, index, branch, text);
            }
            Field::Integration => {
                let integration = source.integration_id.map_or_else(
                    || format::UNKNOWN.to_owned(),
                    |id| model.replica.integration_label(id),
                );
                table.put(&mut cells, index, &integration, text);
            }
            Field::Changed => {
                table.put(
                    &mut cells,
                    index,
                    &look.age(source.updated_at),
                    look.style(Role::Dim),
                );
            }
        }
    }
    let mut spans = cells.into_line().spans.into_iter();
    spans.next();
    let mut row = Cells::new();
    row.spans(spans);
    row
}

/// What the pane says in place of rows.
fn words(canvas: &Canvas<'_>) -> Option<String> {
    let model = canvas.model;
    let list = canvas.list(ListId::Sources);
    if !list.is_empty() {
        return None;
    }
    if let Some(words) = around::no_match(list) {
        return Some(words);
    }
    if model.replica.is_loaded() {
        if !model.replica.sources.is_empty() {
            // The rows are being worked out; they come with the next message.
            return Some(tr!(
                "Loading sources: {sources} so far.",
                sources = format::len(model.replica.sources.len())
            ));
        }
        return Some(if model.ui.first_run {
            tr!("Nothing here yet.  + add a source   jolli demo for a small world to explore   ? help   : all commands").to_owned()
        } else {
            tr!("No sources yet. + adds one, or in a docs project: jolli source add NAME --mount PATH.")
                .to_owned()
        });
    }
    Some(match &model.connection {
        Connection::Starting => tr!("Starting the embedded server.").to_owned(),
        Connection::SignedOut { .. } => {
            tr!("Nothing is stored from before. :sign-in shows the sources.").to_owned()
        }
        Connection::ServerFailed { status: 403, .. } => {
            let kind = model
                .session
                .role()
                .map_or_else(String::new, |role| tr!(" Its role is {role}.", role));
            tr!(
                "Your token cannot read sources.{kind} gp changes profile.",
                kind
            )
        }
        Connection::Offline {
            outage: Outage::NoStart,
            text,
            ..
        } => tr!(
            "The embedded server did not start: {sentence} R tries again · Q quits.",
            sentence = format::sentence(text)
        ),
        Connection::Taken { text, .. } => tr!(
            "The embedded server did not start: {sentence} Enter connects to it · R tries again · Q quits.",
            sentence = format::sentence(text)
        ),
        Connection::Offline { .. } | Connection::ServerFailed { .. } => {
            tr!("Nothing is stored from before. The sources come when the server answers.")
                .to_owned()
        }
        _ => tr!("Loading sources.").to_owned(),
    })
}

/// The pane as one line.
pub fn summary(canvas: &Canvas<'_>) -> (String, Vec<Span<'static>>) {
    let (model, look) = (canvas.model, canvas.look);
    let title = tr!(
        "1 Sources {counted}",
        counted = around::counted(canvas.list(ListId::Sources))
    );
    let mut words = Vec::new();
    if let Some(source) = model.current_source() {
        let mark = glyph::cursor(source.state);
        words.push(look.mark(mark));
        words.push(look.span(Role::Text, format!(" {} ", source.name)));
        words.push(look.word(mark));
    }
    (title, words)
}
