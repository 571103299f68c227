//! The modes the console sets on a terminal, and what undoes each.

/// One mode of the terminal that the console turns on and must turn off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Keys arrive one by one, unechoed; set through the line discipline, not through bytes.
    Raw,
    AlternateScreen,
    HiddenCursor,
    BracketedPaste,
    /// Clicks, wheel and drag in SGR encoding. Never any-motion reports (1003): they flood slow links.
    Mouse,
}

impl Mode {
    /// Every mode in the order in which it is entered; leaving goes backwards.
    pub const ALL: [Self; 5] = [
        Self::Raw,
        Self::AlternateScreen,
        Self::HiddenCursor,
        Self::BracketedPaste,
        Self::Mouse,
    ];

    /// The modes that every console session sets; the mouse is asked for.
    pub const SESSION: [Self; 4] = [
        Self::Raw,
        Self::AlternateScreen,
        Self::HiddenCursor,
        Self::BracketedPaste,
    ];

    /// This mode's place in the set of modes that are on.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The bytes that turn it on; none for raw mode.
    pub const fn on(self) -> &'static [u8] {
        match self {
            Self::Raw => b"",
            Self::AlternateScreen => b"\x1b[?1049h",
            Self::HiddenCursor => b"\x1b[?25l",
            Self::BracketedPaste => b"\x1b[?2004h",
            Self::Mouse => b"\x1b[?1000h\x1b[?1002h\x1b[?1006h",
        }
    }

    /// The bytes that turn it off, innermost first; none for raw mode.
    pub const fn off(self) -> &'static [u8] {
        match self {
            Self::Raw => b"",
            Self::AlternateScreen => b"\x1b[?1049l",
            Self::HiddenCursor => b"\x1b[?25h",
            Self::BracketedPaste => b"\x1b[?2004l",
            Self::Mouse => b"\x1b[?1006l\x1b[?1002l\x1b[?1000l",
        }
    }
}

/// Begins a frame that the terminal shows at once (DECSET 2026).
pub const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
/// Ends it.
pub const END_FRAME: &[u8] = b"\x1b[?2026l";

/// The bytes that undo the modes of `set`, last entered first. Begins with what a torn frame may have left open.
pub fn undo(set: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(96);
    if set != 0 {
        bytes.extend_from_slice(END_FRAME);
        bytes.extend_from_slice(b"\x1b[0m");
    }
    for mode in Mode::ALL.iter().rev().filter(|mode| set & mode.bit() != 0) {
        bytes.extend_from_slice(mode.off());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> u8 {
        Mode::ALL.iter().fold(0, |set, mode| set | mode.bit())
    }

    #[test]
    fn every_mode_is_undone_in_reverse_order() {
        let bytes = String::from_utf8(undo(all())).unwrap();
        let at = |needle: &str| bytes.find(needle).unwrap();
        assert!(at("?1006l") < at("?1000l"));
        assert!(at("?1000l") < at("?2004l"));
        assert!(at("?2004l") < at("?25h"));
        assert!(at("?25h") < at("?1049l"));
    }

    #[test]
    fn nothing_set_means_nothing_written() {
        assert!(undo(0).is_empty());
    }

    #[test]
    fn only_what_was_set_is_undone() {
        let bytes = String::from_utf8(undo(Mode::AlternateScreen.bit())).unwrap();
        assert!(bytes.contains("?1049l"));
        assert!(!bytes.contains("?1000l"));
    }
}
