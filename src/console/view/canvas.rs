//! What a view draws on: the cells, the model it draws from, and a note of where each list ended up.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::look::Look;
use super::theme::Role;
use super::widget::frame::{Border, Frame};
use super::widget::line;
use super::widget::place;
use super::widget::table::{RowState, Table};
use crate::console::columns::Col;
use crate::console::model::{ListId, ListState, Load, Model, RowKey, Viewports};

/// How much room there is, hence which layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// Below 60 columns or 16 rows: one pane, no headings.
    Compact,
    /// Below 110 columns: one pane open, the others one line each.
    Stacked,
    /// Four panes.
    Wide,
}

impl Room {
    /// The room of a screen of that size.
    pub const fn of(width: u16, height: u16) -> Self {
        if width < 60 || height < 16 {
            Self::Compact
        } else if width < 110 || height < 20 {
            Self::Stacked
        } else {
            Self::Wide
        }
    }
}

/// Where things ended up, for the next update: how far a page moves, which row a click means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// How much each list shows.
    pub viewports: Viewports,
    /// Where the rows of each list are, one to a line from the list's offset on.
    pub areas: Vec<(ListId, Rect)>,
    /// Which row of a list begins in which line, where rows are not one line each.
    pub rows: Vec<(ListId, usize, u16)>,
    /// Where the headings are whose column a list can be sorted by.
    pub headings: Vec<(ListId, Col, Rect)>,
    /// Where the line between the left and the right panes is, while it can be dragged: the column that the right ones begin in.
    pub split: Option<u16>,
    /// Where the caret of the field is that has the keys.
    pub caret: Option<Position>,
}

impl Drawn {
    /// The row of a list that begins in a line of the screen; the first of its rows is at `offset` where each is one line.
    pub fn row_at(&self, id: ListId, y: u16, offset: usize) -> Option<usize> {
        let mut uneven = self.rows.iter().filter(|(list, ..)| *list == id).peekable();
        if uneven.peek().is_some() {
            return uneven.find(|(.., at)| *at == y).map(|(_, place, _)| *place);
        }
        let (_, area) = self.areas.iter().rfind(|(list, _)| *list == id)?;
        let inside = (area.top()..area.bottom()).contains(&y);
        inside.then(|| offset + usize::from(y - area.y))
    }

    /// The row of a list that a line of the screen belongs to, its own first line or a further one.
    pub fn row_over(&self, id: ListId, y: u16, offset: usize) -> Option<usize> {
        let above = self
            .rows
            .iter()
            .filter(|(list, _, at)| *list == id && *at <= y);
        let nearest = above.max_by_key(|(.., at)| *at).map(|(_, place, _)| *place);
        nearest.or_else(|| self.row_at(id, y, offset))
    }
}

/// The surface.
pub struct Canvas<'a> {
    /// What is drawn.
    pub model: &'a Model,
    /// How it looks.
    pub look: &'a Look,
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// Which layout.
    pub room: Room,
    /// Where lists ended up.
    pub drawn: Drawn,
}

impl<'a> Canvas<'a> {
    /// A list's state.
    pub fn list(&self, id: ListId) -> &'a ListState {
        self.model.ui.list(id)
    }

    /// Whether a list has the keys.
    pub fn has_keys(&self, id: ListId) -> bool {
        self.model.ui.focus() == id
    }

    /// The border of a list's frame.
    pub fn border(&self, id: ListId) -> Border {
        Border::focus(self.has_keys(id))
    }

    /// ` · 4m old` for a pane's title; empty while live.
    pub fn staleness(&self) -> String {
        if self.model.past.is_some() {
            return tr!(" · then").to_owned();
        }
        match self.model.data_age() {
            Some(age) => {
                let at = self
                    .look
                    .now
                    .plus_millis(-i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
                tr!(" · {age} old", age = self.look.age(at))
            }
            None => String::new(),
        }
    }

    /// A frame whose title says how old its data is.
    pub fn pane(&self, border: Border, title: impl Into<String>) -> Frame<'static> {
        let stale = self.staleness();
        let frame = Frame::new(self.look, border, title);
        if stale.is_empty() {
            frame
        } else {
            frame.more(self.look.span(Role::Warn, stale))
        }
    }

    /// Draws a frame; answers its inside.
    pub fn frame(&mut self, area: Rect, frame: Frame<'_>) -> Rect {
        frame.draw(self.look, self.buffer, area)
    }

    /// Notes where the rows of a list are.
    pub fn place_list(&mut self, id: ListId, area: Rect) {
        self.drawn.viewports.rows.insert(id, area.height);
        self.drawn.areas.push((id, area));
    }

    /// Notes in which line a row of a list begins, where its rows are not one line each.
    pub fn place_row(&mut self, id: ListId, place: usize, y: u16) {
        self.drawn.rows.push((id, place, y));
    }

    /// Notes where the headings of a list are: its columns, in the order of the table's.
    pub fn place_headings(&mut self, id: ListId, head: Rect, table: &Table, cols: &[Col]) {
        for (place, col) in cols.iter().enumerate() {
            if let (Some((x, width)), false) = (table.place(place), head.is_empty()) {
                let area = Rect::new(head.x + x as u16, head.y, width as u16, 1);
                self.drawn.headings.push((id, *col, area));
            }
        }
    }

    /// How the row of that key stands in its list.
    pub fn row_state(&self, id: ListId, key: Option<RowKey>) -> RowState {
        let list = self.list(id);
        RowState {
            selected: key.is_some() && list.selected == key,
            marked: key.is_some_and(|key| list.marks.contains(&key)),
            focused: self.has_keys(id),
            flashed: key.is_some_and(|key| self.model.work.flashes.contains_key(&key)),
        }
    }

    /// Says words inside a pane, one blank from its border; answers the lines used.
    pub fn say(&mut self, area: Rect, words: &str, role: Role) -> u16 {
        line::paragraph(
            self.buffer,
            place::inset(area),
            words,
            self.look.style(role),
        )
    }

    /// One line inside a pane, one blank from its border.
    pub fn say_line(&mut self, area: Rect, row: u16, words: &str, role: Role) {
        if row < area.height {
            let area = place::inset(area);
            line::text(
                self.buffer,
                area.x,
                area.y + row,
                area.width,
                words,
                self.look.style(role),
            );
        }
    }
}

/// What is said in a pane that has nothing to show because it waits or failed; `None`: it has an answer.
pub fn waits<T>(load: &Load<T>, loading: &str) -> Option<String> {
    if load.value.is_some() {
        return None;
    }
    Some(match load.failure() {
        Some(text) => failed_pane(text),
        None => loading.to_owned(),
    })
}

/// What a pane says that alone failed.
pub fn failed_pane(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    tr!(
        "Not loaded: {text}{end} Others are current. R tries again.",
        text,
        end
    )
}
