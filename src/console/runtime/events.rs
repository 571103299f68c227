//! From the terminal's events to messages.

use crossterm::event::{
    Event, KeyCode as Code, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::console::keymap::{Key, KeyCode};
use crate::console::model::Model;
use crate::console::msg::{Mouse, Msg};
use crate::console::view::Drawn;

/// Rows that one notch of the wheel moves.
const NOTCH: i32 = 3;

/// What an event means; `dragged` remembers that the split is being dragged.
pub fn message(event: &Event, drawn: &Drawn, model: &Model, dragged: &mut bool) -> Option<Msg> {
    match event {
        Event::Key(event) => key(event).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text.clone())),
        Event::Resize(width, height) => Some(Msg::Resize(*width, *height)),
        Event::Mouse(event) => mouse(*event, drawn, model, dragged).map(Msg::Mouse),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn key(event: &KeyEvent) -> Option<Key> {
    let code = match event.code {
        Code::Char(c) => KeyCode::Char(c),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Insert => KeyCode::Insert,
        Code::F(n) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key {
        code,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
    })
}

fn mouse(event: MouseEvent, drawn: &Drawn, model: &Model, dragged: &mut bool) -> Option<Mouse> {
    let (x, y) = (event.column, event.row);
    // The last drawn lies on top.
    let hit = drawn
        .areas
        .iter()
        .rev()
        .find(|(_, area)| area.contains(ratatui::layout::Position { x, y }));
    let width = u32::from(model.ui.size.0.max(1));
    let percent = (u32::from(x) * 100 / width) as u16;
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            let heading = drawn
                .headings
                .iter()
                .rev()
                .find(|(.., area)| area.contains(ratatui::layout::Position { x, y }));
            if let (Some((list, col, _)), None) = (heading, hit) {
                return Some(Mouse::Heading(*list, *col));
            }
            // The line is two columns wide: the right side of the one frame, the left side of the other.
            *dragged = drawn.split.is_some_and(|at| x == at || x + 1 == at);
            let (list, area) = hit?;
            let height = usize::from(area.height);
            let offset = model.ui.list(*list).offset_for(height);
            Some(Mouse::Row(*list, drawn.row_over(*list, y, offset)?))
        }
        MouseEventKind::Drag(MouseButton::Left) if *dragged => Some(Mouse::Split(percent)),
        MouseEventKind::Up(_) => {
            *dragged = false;
            None
        }
        MouseEventKind::ScrollDown => Some(Mouse::Wheel(hit?.0, NOTCH)),
        MouseEventKind::ScrollUp => Some(Mouse::Wheel(hit?.0, -NOTCH)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;
    use crate::console::columns::Col;
    use crate::console::model::ListId;
    use crate::console::view::{draw_into, fixture};

    /// What the mouse does at a place of a screen of 120x36.
    struct Hand {
        model: Model,
        drawn: Drawn,
        dragged: bool,
    }

    impl Hand {
        fn on(model: Model) -> Self {
            let area = Rect::new(0, 0, 120, 36);
            let mut model = model;
            model.ui.size = (area.width, area.height);
            let skin = crate::console::view::tests::skin("dark");
            let drawn = draw_into(&model, skin, &mut Buffer::empty(area), area);
            Self {
                model,
                drawn,
                dragged: false,
            }
        }

        fn does(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) -> Option<Mouse> {
            let modifiers = KeyModifiers::NONE;
            let event = MouseEvent {
                kind,
                column,
                row,
                modifiers,
            };
            mouse(event, &self.drawn, &self.model, &mut self.dragged)
        }

        /// Where a list's heading is.
        fn heading(&self, list: ListId, col: Col) -> (u16, u16) {
            let mut all = self.drawn.headings.iter();
            let found = all.find(|(of, is, _)| *of == list && *is == col);
            let (.., area) = found.expect("the heading is shown");
            (area.x, area.y)
        }

        /// Where a line of a list is, the first being 0.
        fn line(&self, list: ListId, line: u16) -> (u16, u16) {
            let mut all = self.drawn.areas.iter().rev();
            let (_, area) = all.find(|(of, _)| *of == list).expect("the list is shown");
            (area.x + 3, area.y + line)
        }
    }

    const DOWN: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
    const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);
    const UP: MouseEventKind = MouseEventKind::Up(MouseButton::Left);

    #[test]
    fn a_click_means_the_row_or_the_heading_under_it() {
        let mut hand = Hand::on(fixture::model());
        let at = hand.line(ListId::Sources, 4);
        assert_eq!(hand.does(DOWN, at), Some(Mouse::Row(ListId::Sources, 4)));
        let at = hand.line(ListId::Runs, 1);
        assert_eq!(hand.does(DOWN, at), Some(Mouse::Row(ListId::Runs, 1)));
        for col in [Col::Name, Col::Repo, Col::State] {
            let at = hand.heading(ListId::Sources, col);
            let said = hand.does(DOWN, at);
            assert_eq!(said, Some(Mouse::Heading(ListId::Sources, col)));
        }
        // Frames and the first row of the screen are nothing; nor is the other button.
        assert_eq!(hand.does(DOWN, (5, 0)), None);
        let at = hand.line(ListId::Sources, 4);
        let right = MouseEventKind::Down(MouseButton::Right);
        assert_eq!(hand.does(right, at), None);
        // Scrolled, the same line is another row.
        hand.model.ui.list_mut(ListId::Sources).offset = 10;
        hand.model.ui.list_mut(ListId::Sources).position = 12;
        let hand_at = hand.does(DOWN, at);
        assert_eq!(hand_at, Some(Mouse::Row(ListId::Sources, 14)));
    }

    #[test]
    fn the_wheel_moves_the_list_under_it_whatever_has_the_focus() {
        let mut hand = Hand::on(fixture::model());
        let at = hand.line(ListId::Runs, 0);
        let down = hand.does(MouseEventKind::ScrollDown, at);
        assert_eq!(down, Some(Mouse::Wheel(ListId::Runs, NOTCH)));
        let up = hand.does(MouseEventKind::ScrollUp, at);
        assert_eq!(up, Some(Mouse::Wheel(ListId::Runs, -NOTCH)));
        assert_eq!(hand.does(MouseEventKind::ScrollDown, (5, 0)), None);
    }

    #[test]
    fn the_line_between_the_panes_is_dragged_and_nothing_else() {
        let mut hand = Hand::on(fixture::model());
        let line = hand.drawn.split.expect("there are two columns");
        assert_eq!(hand.does(DRAG, (40, 9)), None, "nothing was taken hold of");
        for edge in [line - 1, line] {
            assert_eq!(hand.does(DOWN, (edge, 9)), None);
            assert_eq!(hand.does(DRAG, (48, 12)), Some(Mouse::Split(40)));
            assert_eq!(hand.does(UP, (48, 12)), None);
            assert_eq!(hand.does(DRAG, (60, 12)), None, "it was let go");
        }
        let at = hand.line(ListId::Sources, 2);
        hand.does(DOWN, at);
        assert_eq!(hand.does(DRAG, (48, 12)), None, "a row is no line");
        // A page has no such line, though it may have a frame in that column.
        let mut hand = Hand::on(fixture::pages::why());
        hand.does(DOWN, (line, 9));
        assert_eq!(hand.does(DRAG, (48, 12)), None);
    }

    #[test]
    fn what_lies_under_a_popup_is_out_of_reach() {
        let mut hand = Hand::on(fixture::popups::palette());
        assert_eq!(hand.drawn.split, None);
        assert!(hand.drawn.headings.is_empty());
        let at = hand.line(ListId::Popup, 1);
        assert_eq!(hand.does(DOWN, at), Some(Mouse::Row(ListId::Popup, 1)));
        assert_eq!(hand.does(DOWN, (5, 9)), None, "a row of the sources");
        assert_eq!(hand.does(MouseEventKind::ScrollDown, (5, 9)), None);
    }

    #[test]
    fn shift_tab_is_one_key_however_the_terminal_says_it() {
        for event in [
            KeyEvent::new(Code::BackTab, KeyModifiers::SHIFT),
            KeyEvent::new(Code::Tab, KeyModifiers::SHIFT),
        ] {
            assert_eq!(key(&event), Some(Key::plain(KeyCode::BackTab)));
        }
        let g = KeyEvent::new(Code::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(key(&g), Some(Key::char('G')));
    }
}
