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
            *dragged = hit.is_none() && percent.abs_diff(model.ui.split) <= 1;
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
    use super::*;

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
