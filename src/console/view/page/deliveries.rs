//! What webhooks brought and what became of it; what a delivery would do if it came now; headers and body of one.

use ratatui::layout::Rect;

use super::parts::{at_place, draw_line, window};
use crate::api::{DeliveryId, Preview};
use crate::console::columns::Col;
use crate::console::format;
use crate::console::model::{DeliveriesView, DeliveryView, ListId, Load, RowKey};
use crate::console::rows::words::{event, result};
use crate::console::view::around;
use crate::console::view::canvas::{Canvas, Room, failed_pane, waits};
use crate::console::view::chosen;
use crate::console::view::chrome::delivery_name;
use crate::console::view::roles;
use crate::console::view::theme::Role;
use crate::console::view::widget::frame::{Border, Frame};
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;
use crate::console::view::widget::table::{Column, Fit, RowState, Table, draw_row};

const COLUMNS: [Column; 4] = [
    Column::new(text!("ID"), 10, Fit::Fixed, 0),
    Column::new(text!("WHEN"), 6, Fit::Fixed, 3),
    Column::new(text!("EVENT"), 14, Fit::Grow(14), 2),
    Column::new(text!("RESULT"), 22, Fit::Share(1), 1),
];

/// Draws the list, and beside it (below it, with less room) the preview that was asked for.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &DeliveriesView) {
    let Some((id, preview)) = &view.preview else {
        list(canvas, area);
        return;
    };
    let (left, right) = if canvas.room == Room::Wide {
        place::columns(area, area.width / 2)
    } else {
        place::rows(area, area.height / 2)
    };
    list(canvas, left);
    draw_preview(canvas, right, *id, preview);
}

fn list(canvas: &mut Canvas<'_>, area: Rect) {
    let look = canvas.look;
    let model = canvas.model;
    let list = canvas.list(ListId::Deliveries);
    let height = area.height.saturating_sub(3);
    let frame = canvas
        .pane(
            canvas.border(ListId::Deliveries),
            tr!("Deliveries {counted}", counted = counted(canvas)),
        )
        .right(around::shown(list, usize::from(height)));
    let inner = canvas.frame(area, frame);
    let (head, rows) = place::rows(inner, 1);
    canvas.place_list(ListId::Deliveries, rows);
    if list.is_empty() {
        let words = if list.is_filtered() {
            let (among, further) = if model.replica.is_whole(ListId::Deliveries, None) {
                (String::new(), "")
            } else {
                let looked = format::len(list.total);
                (
                    tr!(" of the newest {looked}", looked),
                    tr!(" End looks further back."),
                )
            };
            tr!(
                "None{among} match \"{text}\".{further} Esc clears.",
                among,
                text = list.filter.text,
                further
            )
        } else if model.replica.is_loaded() {
            tr!("Nothing was ever received. gi shows each webhook URL.").to_owned()
        } else {
            tr!("Loading deliveries.").to_owned()
        };
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    if chosen::draw(canvas, ListId::Deliveries, inner) {
        return;
    }
    let table = Table::layout(&COLUMNS, 2, inner.width);
    table
        .header(&COLUMNS, look)
        .draw(canvas.buffer, head.x, head.y, head.width);
    let cols = [Col::Id, Col::Received, Col::Event, Col::Result];
    canvas.place_headings(ListId::Deliveries, head, &table, &cols);
    for (line, (_, slot)) in list.window(usize::from(rows.height)).enumerate() {
        let Some(delivery) = model.replica.deliveries.at(slot) else {
            continue;
        };
        let state = canvas.row_state(ListId::Deliveries, Some(RowKey::Delivery(delivery.id)));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        let text = look.style(Role::Text);
        table.put(
            &mut cells,
            0,
            &delivery_name(model, delivery.id),
            look.style(Role::Strong),
        );
        if let Some((x, _)) = table.place(1) {
            cells.put_right(x + 3, look.age(delivery.received_at), look.style(Role::Dim));
        }
        table.put(&mut cells, 2, &event(delivery), text);
        table.put(
            &mut cells,
            3,
            &result(delivery),
            look.style(roles::delivery(delivery.status)),
        );
        let place = Rect {
            y: rows.y + line as u16,
            height: 1,
            ..rows
        };
        draw_row(look, canvas.buffer, place, &cells, state);
    }
}

/// `(48)`; where older ones are with the server `(the newest 200)`: how many there are in all it does not say, and that there
/// are older ones is not left to be found out.
fn counted(canvas: &Canvas<'_>) -> String {
    let list = canvas.list(ListId::Deliveries);
    if canvas.model.replica.is_whole(ListId::Deliveries, None) {
        return around::counted(list);
    }
    let newest = format::len(list.total);
    let words = if list.is_filtered() {
        let found = format::len(list.len());
        tr!("({found} of the newest {newest})", found, newest)
    } else {
        tr!("(the newest {newest})", newest)
    };
    if list.older {
        words + tr!(" · older ones come")
    } else {
        words
    }
}

fn draw_preview(canvas: &mut Canvas<'_>, area: Rect, id: DeliveryId, preview: &Load<Preview>) {
    let look = canvas.look;
    let name = delivery_name(canvas.model, id);
    let frame = Frame::new(
        look,
        Border::Plain,
        tr!("Preview · {name} as if it came now", name),
    );
    let inner = canvas.frame(area, frame);
    let Some(preview) = &preview.value else {
        let words = preview.failure().map_or_else(
            || tr!("Asking the server what it would do.").to_owned(),
            failed_pane,
        );
        canvas.say(inner, &words, Role::Dim);
        return;
    };
    canvas.say_line(inner, 0, tr!("nothing is queued by looking"), Role::Dim);
    let mut line = 2;
    let mut spaces = 0;
    let text = look.style(Role::Text);
    for source in &preview.sources {
        let mut cells = Cells::new();
        cells.put(" ", text);
        cells.put_until(12, &source.name, look.style(Role::Strong));
        cells.pad_to(13);
        if !source.matches {
            cells.put(tr!("would not: "), look.style(Role::Warn));
        }
        line = told(canvas, inner, line, cells, &source.why);
        for space in &source.spaces {
            spaces += usize::from(space.runs);
            let mut cells = Cells::new();
            cells.put(" › ", look.style(Role::Dim));
            cells.put_until(17, &space.name, text);
            cells.pad_to(18);
            if space.runs {
                cells.put(tr!("would run"), look.style(Role::Good));
            } else {
                cells.put(tr!("would not"), look.style(Role::Warn));
            }
            cells.pad_to(30);
            line = told(canvas, inner, line, cells, &space.why);
        }
    }
    let runs = match preview.jobs {
        0 => tr!("no run: {reason}", reason = preview.reason),
        jobs => tr_n!(
            jobs,
            "one run, {spaces}",
            "{count} runs, {spaces}",
            spaces = tr_n!(spaces as i64, "{count} space", "{count} spaces")
        ),
    };
    canvas.say_line(inner, line as u16, &runs, Role::Strong);
}

/// Puts a reason behind what stands there already, on as many lines as it takes; the line after it.
fn told(
    canvas: &mut Canvas<'_>,
    area: Rect,
    mut line: usize,
    begin: Cells<'static>,
    why: &str,
) -> usize {
    let text = canvas.look.style(Role::Text);
    let column = begin.width();
    let room = usize::from(area.width).saturating_sub(column + 1);
    let mut cells = begin;
    let mut words = format::wrap(why, room).into_iter().peekable();
    loop {
        if let Some(next) = words.next() {
            cells.spans(canvas.look.safe(&next, text));
        }
        draw_line(canvas, area, line, &cells, RowState::default());
        line += 1;
        if words.peek().is_none() {
            return line;
        }
        cells = Cells::new();
        cells.pad_to(column);
    }
}

/// Draws headers and body of one.
pub fn draw_one(canvas: &mut Canvas<'_>, area: Rect, view: &DeliveryView) {
    let look = canvas.look;
    let name = delivery_name(canvas.model, view.delivery);
    let list = canvas.list(ListId::DeliveryText);
    let frame = canvas
        .pane(
            canvas.border(ListId::DeliveryText),
            tr!("Delivery {name} · headers and body", name),
        )
        .right(around::shown(
            list,
            usize::from(area.height.saturating_sub(2)),
        ));
    let inner = canvas.frame(area, frame);
    canvas.place_list(ListId::DeliveryText, inner);
    if let Some(words) = waits(&view.page, tr!("Loading the delivery.")) {
        canvas.say(inner, &words, Role::Dim);
        return;
    }
    let visible = window(
        canvas,
        ListId::DeliveryText,
        view.lines.len(),
        usize::from(inner.height),
    );
    for (line, (place, index)) in visible.into_iter().enumerate() {
        let state = at_place(canvas, ListId::DeliveryText, place);
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        cells.spans(look.safe(&view.lines[index], look.style(Role::Text)));
        draw_line(canvas, inner, line, &cells, state);
    }
}
