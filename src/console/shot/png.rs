//! An SVG of a screen as PNG, with the fonts of this repository and no others.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Options, Tree, fontdb};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    #[error("the SVG is not one of ours: {0}")]
    Svg(#[from] usvg::Error),
    #[error("the picture would be too large: {width}×{height} pixels. Choose a smaller zoom")]
    Size { width: u32, height: u32 },
    #[error("the picture cannot be encoded: {0}")]
    Encode(String),
}

/// The picture as PNG bytes, `zoom` pixels for each of the SVG's.
///
/// # Errors
/// The SVG cannot be read, or the picture is larger than memory allows.
pub fn png(svg: &str, zoom: f32) -> Result<Vec<u8>, PngError> {
    let options = Options {
        fontdb: fonts(),
        font_family: "JetBrains Mono".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options)?;
    let size = tree.size().to_int_size();
    let scaled = |side: u32| (side as f32 * zoom).ceil() as u32;
    let (width, height) = (scaled(size.width()), scaled(size.height()));
    let mut pixels = Pixmap::new(width, height).ok_or(PngError::Size { width, height })?;
    resvg::render(
        &tree,
        Transform::from_scale(zoom, zoom),
        &mut pixels.as_mut(),
    );
    pixels
        .encode_png()
        .map_err(|error| PngError::Encode(error.to_string()))
}

/// The vendored fonts: pictures must not depend on what a machine has installed.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        for font in [
            include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf").as_slice(),
            include_bytes!("../../../assets/fonts/JetBrainsMono-Bold.ttf"),
            include_bytes!("../../../assets/fonts/JetBrainsMono-Italic.ttf"),
            include_bytes!("../../../assets/fonts/DejaVuSansMono.ttf"),
        ] {
            fonts.load_font_data(font.to_vec());
        }
        fonts.set_monospace_family("JetBrains Mono");
        Arc::new(fonts)
    });
    Arc::clone(fonts)
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};
    use ratatui::widgets::{Block, BorderType, Widget};

    use super::*;
    use crate::console::shot::{Grid, Palette, svg};

    fn sample() -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 12));
        Block::bordered()
            .title(" 1 Sources (48) ")
            .render(Rect::new(0, 0, 40, 8), &mut buffer);
        Block::bordered()
            .border_type(BorderType::Rounded)
            .title(" 2 Bindings ")
            .render(Rect::new(40, 0, 20, 8), &mut buffer);
        let lines = [
            ("● live #1842 → ok -> != =>", Style::new().fg(Color::Green)),
            (
                "▁▂▃▄▅▆▇█ ▌▐ ░▒▓ ✗ ✓ ○ ▲ ▼ ⠋⠙⠹⣿",
                Style::new().fg(Color::Yellow),
            ),
            ("bold", Style::new().bold()),
            ("italic underlined", Style::new().italic().underlined()),
            (
                "selected row, reversed     ",
                Style::new().add_modifier(Modifier::REVERSED),
            ),
            (
                "dim and indexed",
                Style::new().dim().fg(Color::Indexed(208)),
            ),
        ];
        for (row, (text, style)) in lines.into_iter().enumerate() {
            buffer.set_string(2, row as u16 + 1, text, style);
        }
        buffer.set_string(42, 2, "ÄÖÜ éñ €", Style::new().fg(Color::LightBlue));
        buffer.set_string(
            0,
            9,
            " l link  w why stuck  ? help ",
            Style::new().bg(Color::Indexed(236)),
        );
        svg(&Grid::from_buffer(&buffer), &Palette::DARK)
    }

    #[test]
    fn the_same_screen_gives_the_same_picture() {
        let first = png(&sample(), 2.0).unwrap();
        assert!(first.starts_with(b"\x89PNG"));
        assert_eq!(first, png(&sample(), 2.0).unwrap());
        if let Some(path) = std::env::var_os("JOLLI_TEST_PICTURE") {
            std::fs::write(path, first).unwrap();
        }
    }
}
