//! `S`: the screen as a picture or as text.

use std::io;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::console::model::Model;
use crate::console::msg::Msg;
use crate::console::shot::{Grid, Kind};
use crate::console::view::{self, Skin};

/// The screen as the model has it now.
pub fn grid(model: &Model, skin: Skin) -> Grid {
    let area = Rect::new(0, 0, model.ui.size.0, model.ui.size.1);
    let mut buffer = Buffer::empty(area);
    view::draw_into(model, skin, &mut buffer, area);
    Grid::from_buffer(&buffer)
}

/// Writes the screen into a folder; says where.
pub fn write(model: &Model, skin: Skin, kind: Kind, folder: &Path) -> Msg {
    match try_write(model, skin, kind, folder) {
        Ok(path) => Msg::Notice {
            failed: false,
            text: tr!("Screen written to {path}.", path = path.display()),
        },
        Err(error) => Msg::Notice {
            failed: true,
            text: tr!(
                "Screen not written to {folder}: {error}. Start in a folder that you may write to.",
                folder = folder.display(),
                error
            ),
        },
    }
}

fn try_write(model: &Model, skin: Skin, kind: Kind, folder: &Path) -> io::Result<PathBuf> {
    let bytes = kind.draw(&grid(model, skin)).map_err(io::Error::other)?;
    let time = model.now.to_string().replace([':', '.'], "-");
    let path = folder
        .join(format!("jolli-{time}"))
        .with_extension(kind.extension());
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, bytes)?;
    Ok(path)
}
