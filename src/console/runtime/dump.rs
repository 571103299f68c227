//! `S`: the screen as a picture and as text.

use std::io;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::console::model::Model;
use crate::console::msg::Msg;
use crate::console::shot::{Grid, Palette, ansi, svg, text};
use crate::console::view::{self, Skin};

/// Writes the screen as SVG, ANSI and text; says where.
pub fn write(model: &Model, skin: Skin, folder: &Path) -> Msg {
    match try_write(model, skin, folder) {
        Ok(path) => Msg::Notice {
            failed: false,
            text: format!(
                "Screen written to {} (and .ans, .txt).",
                path.with_extension("svg").display()
            ),
        },
        Err(error) => Msg::Notice {
            failed: true,
            text: format!(
                "Screen not written to {}: {error}. Start in a folder that you may write to.",
                folder.display()
            ),
        },
    }
}

fn try_write(model: &Model, skin: Skin, folder: &Path) -> io::Result<PathBuf> {
    let area = Rect::new(0, 0, model.ui.size.0, model.ui.size.1);
    let mut buffer = Buffer::empty(area);
    view::draw_into(model, skin, &mut buffer, area);
    let grid = Grid::from_buffer(&buffer);
    let time = model.now.to_string().replace([':', '.'], "-");
    let path = folder.join(format!("jolli-{time}"));
    std::fs::create_dir_all(folder)?;
    std::fs::write(path.with_extension("svg"), svg(&grid, &Palette::DARK))?;
    std::fs::write(path.with_extension("ans"), ansi(&grid))?;
    std::fs::write(path.with_extension("txt"), text(&grid))?;
    Ok(path)
}
