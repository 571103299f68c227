//! Colours: what a cell asks for, and what a theme's palette makes of it.

use ratatui::style::Color;

/// A colour on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// This colour, three fifths of the way from `under`: how terminals show dim text.
    pub fn dimmed_on(self, under: Self) -> Self {
        let mix = |over: u8, under: u8| ((u16::from(over) * 3 + u16::from(under) * 2) / 5) as u8;
        Self(
            mix(self.0, under.0),
            mix(self.1, under.1),
            mix(self.2, under.2),
        )
    }
}

/// The colour that a cell asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ink {
    /// The terminal's own foreground or background.
    #[default]
    Default,
    /// One of the 256: sixteen of the theme, a cube, greys.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

impl From<Color> for Ink {
    fn from(color: Color) -> Self {
        match color {
            Color::Reset => Self::Default,
            Color::Black => Self::Indexed(0),
            Color::Red => Self::Indexed(1),
            Color::Green => Self::Indexed(2),
            Color::Yellow => Self::Indexed(3),
            Color::Blue => Self::Indexed(4),
            Color::Magenta => Self::Indexed(5),
            Color::Cyan => Self::Indexed(6),
            Color::Gray => Self::Indexed(7),
            Color::DarkGray => Self::Indexed(8),
            Color::LightRed => Self::Indexed(9),
            Color::LightGreen => Self::Indexed(10),
            Color::LightYellow => Self::Indexed(11),
            Color::LightBlue => Self::Indexed(12),
            Color::LightMagenta => Self::Indexed(13),
            Color::LightCyan => Self::Indexed(14),
            Color::White => Self::Indexed(15),
            Color::Rgb(red, green, blue) => Self::Rgb(red, green, blue),
            Color::Indexed(index) => Self::Indexed(index),
        }
    }
}

/// The terminal's colours, which a theme chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    pub foreground: Rgb,
    pub background: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan, white; then the bright ones.
    pub ansi: [Rgb; 16],
}

impl Palette {
    /// A dark terminal.
    pub const DARK: Self = Self {
        foreground: Rgb(0xd4, 0xd7, 0xde),
        background: Rgb(0x14, 0x17, 0x1e),
        ansi: [
            Rgb(0x1f, 0x24, 0x2e),
            Rgb(0xe0, 0x6c, 0x75),
            Rgb(0x8c, 0xc2, 0x7a),
            Rgb(0xe0, 0xb1, 0x6c),
            Rgb(0x6a, 0xa8, 0xf0),
            Rgb(0xc6, 0x8a, 0xe0),
            Rgb(0x5f, 0xc1, 0xc9),
            Rgb(0xb8, 0xbe, 0xca),
            Rgb(0x67, 0x70, 0x80),
            Rgb(0xff, 0x8c, 0x94),
            Rgb(0xa9, 0xdf, 0x97),
            Rgb(0xff, 0xd0, 0x8a),
            Rgb(0x92, 0xc5, 0xff),
            Rgb(0xe2, 0xac, 0xf7),
            Rgb(0x86, 0xe0, 0xe6),
            Rgb(0xf4, 0xf6, 0xfa),
        ],
    };

    /// A light terminal.
    pub const LIGHT: Self = Self {
        foreground: Rgb(0x2a, 0x2e, 0x38),
        background: Rgb(0xfb, 0xfb, 0xf9),
        ansi: [
            Rgb(0x2a, 0x2e, 0x38),
            Rgb(0xb3, 0x26, 0x2e),
            Rgb(0x2c, 0x73, 0x2b),
            Rgb(0x8a, 0x5a, 0x00),
            Rgb(0x1d, 0x5f, 0xb4),
            Rgb(0x86, 0x3b, 0xa8),
            Rgb(0x0e, 0x70, 0x79),
            Rgb(0x6a, 0x70, 0x7c),
            Rgb(0x8d, 0x93, 0x9f),
            Rgb(0xcf, 0x3c, 0x44),
            Rgb(0x3a, 0x8f, 0x39),
            Rgb(0xa8, 0x70, 0x08),
            Rgb(0x2f, 0x78, 0xd6),
            Rgb(0xa0, 0x52, 0xc4),
            Rgb(0x16, 0x8b, 0x96),
            Rgb(0xe6, 0xe7, 0xe8),
        ],
    };

    /// What the ink looks like; `default` where the cell asks for none.
    pub fn resolve(&self, ink: Ink, default: Rgb) -> Rgb {
        match ink {
            Ink::Default => default,
            Ink::Rgb(red, green, blue) => Rgb(red, green, blue),
            Ink::Indexed(index @ 0..=15) => self.ansi[usize::from(index)],
            // xterm's cube of 6×6×6, whose first step is wider than the others.
            Ink::Indexed(index @ 16..=231) => {
                let step = |digit: u8| if digit == 0 { 0 } else { 55 + digit * 40 };
                let cube = index - 16;
                Rgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
            }
            Ink::Indexed(index) => {
                let grey = 8 + (index - 232) * 10;
                Rgb(grey, grey, grey)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_colours_are_those_of_xterm() {
        let look = |index| {
            Palette::DARK
                .resolve(Ink::Indexed(index), Rgb(1, 2, 3))
                .hex()
        };
        assert_eq!(look(1), Palette::DARK.ansi[1].hex());
        assert_eq!(look(16), "#000000");
        assert_eq!(look(67), "#5f87af");
        assert_eq!(look(231), "#ffffff");
        assert_eq!(look(232), "#080808");
        assert_eq!(look(255), "#eeeeee");
    }

    #[test]
    fn the_default_ink_is_the_terminals_own() {
        let own = Palette::LIGHT.background;
        assert_eq!(Palette::LIGHT.resolve(Ink::from(Color::Reset), own), own);
        assert_eq!(Ink::from(Color::Gray), Ink::Indexed(7));
    }
}
