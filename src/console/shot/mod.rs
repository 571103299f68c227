//! Pictures of screens: a drawn buffer as SVG, ANSI or plain text, and as PNG with the feature `shot`.
//!
//! Everything goes through one neutral [`Grid`], so that a ratatui buffer and an emulated terminal give the same
//! picture. The same grid and palette always give the same bytes.

mod ansi;
mod colour;
mod grid;
mod kind;
#[cfg(feature = "shot")]
mod png;
mod svg;
mod svg_shapes;

pub use ansi::{ansi, text};
pub use colour::{Ink, Palette, Rgb};
pub use grid::{Cell, Grid, Style};
pub use kind::Kind;
#[cfg(feature = "shot")]
pub use png::{PngError, png};
pub use svg::svg;
