//! Whole screens: text, and for key screens the styles under it.

use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fixture;
use super::{Skin, Theme, draw};
use crate::console::model::Model;

mod admin;
mod conversing;
mod lists;
mod main_screen;
mod pages;
mod past;
mod robust;
mod threads;
mod translated;
mod words;

pub fn skin(theme: &str) -> Skin {
    Skin {
        theme: Theme::named(theme).unwrap(),
        ascii: false,
    }
}

/// The screen of that size.
pub fn drawn_with(model: &Model, skin: Skin, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| {
            draw(model, skin, frame);
        })
        .unwrap();
    terminal.backend().buffer().clone()
}

/// The screen of that size, by a console that knows how much of its lists it shows.
pub fn measured(model: &mut Model, width: u16, height: u16) -> String {
    use crate::console::msg::Msg;
    use crate::console::update::testing::take;
    let area = Rect::new(0, 0, width, height);
    for msg in [Some(Msg::Resize(width, height)), None] {
        let drawn = super::draw_into(model, skin("dark"), &mut Buffer::empty(area), area);
        take(model, msg.unwrap_or(Msg::Viewports(drawn.viewports)));
    }
    text(model, width, height)
}

/// Its text, a line a row; every line has the full width.
pub fn text(model: &Model, width: u16, height: u16) -> String {
    text_of(&drawn_with(model, skin("dark"), width, height))
}

pub fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        let mut skip = 0;
        for cell in row {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = crate::console::format::width(cell.symbol()).saturating_sub(1);
            text.push_str(cell.symbol());
        }
        text.push('\n');
    }
    text
}

/// One letter a style, and what each letter is.
pub fn styles_of(buffer: &Buffer) -> String {
    let mut legend: Vec<String> = Vec::new();
    let mut grid = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        for cell in row {
            let style = format!("{} {} {:?}", cell.fg, cell.bg, cell.modifier);
            let index = legend
                .iter()
                .position(|known| *known == style)
                .unwrap_or_else(|| {
                    legend.push(style);
                    legend.len() - 1
                });
            grid.push(if index == 0 {
                '.'
            } else {
                char::from(b'a' + index as u8 - 1)
            });
        }
        grid.push('\n');
    }
    for (index, style) in legend.iter().enumerate() {
        let letter = if index == 0 {
            '.'
        } else {
            char::from(b'a' + index as u8 - 1)
        };
        let _ = writeln!(grid, "{letter} {style}");
    }
    grid
}
