//! What a screen can be written as.

use super::{Grid, Palette, ansi, svg, text};

/// A format of pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sharp at any size.
    #[default]
    Svg,
    /// For what shows no SVG.
    Png,
    /// With its colours, for `cat` in a terminal.
    Ansi,
    /// Letters alone.
    Text,
}

/// Pixels of a PNG for each of the SVG's.
#[cfg(feature = "shot")]
const ZOOM: f32 = 1.1;

impl Kind {
    /// Every format.
    pub const ALL: [Kind; 4] = [Self::Svg, Self::Png, Self::Ansi, Self::Text];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Ansi => "ansi",
            Self::Text => "text",
        }
    }

    /// The end of such a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Ansi => "ans",
            Self::Text => "txt",
        }
    }

    /// The format of its name, or of the end of a file's.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word || kind.extension() == word)
    }

    /// Why this build cannot write it.
    pub const fn refused(self) -> Option<&'static str> {
        match self {
            Self::Png if cfg!(not(feature = "shot")) => {
                Some("No PNG: this build is without the feature shot. svg has the same picture.")
            }
            _ => None,
        }
    }

    /// The screen in this format; the same screen gives the same bytes.
    ///
    /// # Errors
    /// A sentence: this build cannot, or the picture would be too large.
    pub fn draw(self, grid: &Grid) -> Result<Vec<u8>, String> {
        if let Some(reason) = self.refused() {
            return Err(reason.to_owned());
        }
        Ok(match self {
            Self::Svg => svg(grid, &Palette::DARK).into_bytes(),
            Self::Ansi => ansi(grid).into_bytes(),
            Self::Text => text(grid).into_bytes(),
            Self::Png => png(grid)?,
        })
    }
}

#[cfg(feature = "shot")]
fn png(grid: &Grid) -> Result<Vec<u8>, String> {
    super::png(&svg(grid, &Palette::DARK), ZOOM).map_err(|error| error.to_string())
}

#[cfg(not(feature = "shot"))]
fn png(_grid: &Grid) -> Result<Vec<u8>, String> {
    unreachable!("refused before")
}
