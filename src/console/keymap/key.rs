//! One key press, as the keymap writes it: `j`, `Ctrl-d`, `PgUp`, `Shift-Tab`.

use std::fmt;
use std::str::FromStr;

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character, Shift included: `G`.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Insert.
    Insert,
    /// F1 to F12.
    F(u8),
}

const NAMES: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Space", KeyCode::Char(' ')),
    ("Insert", KeyCode::Insert),
    ("F1", KeyCode::F(1)),
    ("F2", KeyCode::F(2)),
    ("F3", KeyCode::F(3)),
    ("F4", KeyCode::F(4)),
    ("F5", KeyCode::F(5)),
    ("F6", KeyCode::F(6)),
    ("F7", KeyCode::F(7)),
    ("F8", KeyCode::F(8)),
    ("F9", KeyCode::F(9)),
    ("F10", KeyCode::F(10)),
    ("F11", KeyCode::F(11)),
    ("F12", KeyCode::F(12)),
];

/// The text names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no key; write a character, or Ctrl-, Alt- and a name such as Enter, PgUp, Space, F1"
)]
pub struct KeyError(pub String);

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
        }
    }
    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }
    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self {
            code: KeyCode::Char(c),
            ctrl: true,
            alt: false,
        }
    }
    /// As a file writes it: what [`Key::from_str`] reads.
    pub fn spelled(self) -> String {
        let name = NAMES.iter().find(|(_, code)| *code == self.code);
        let name = match (self.code, name) {
            (KeyCode::Char(c), None) => c.to_string(),
            (_, name) => name.map_or_else(String::new, |(name, _)| (*name).to_owned()),
        };
        let modifier = |on, word| if on { word } else { "" };
        let (ctrl, alt) = (modifier(self.ctrl, "Ctrl-"), modifier(self.alt, "Alt-"));
        format!("{ctrl}{alt}{name}")
    }

    /// What arrives instead of this key, where terminals cannot tell the two apart: `Tab` for `Ctrl-i`.
    pub fn never_arrives(self) -> Option<String> {
        let KeyCode::Char(c) = self.code else {
            return None;
        };
        if !self.ctrl {
            return None;
        }
        Some(match c {
            'i' => "Tab".to_owned(),
            'm' | 'j' => "Enter".to_owned(),
            '[' => "Esc".to_owned(),
            c if c.is_uppercase() => Key {
                code: KeyCode::Char(c.to_ascii_lowercase()),
                ..self
            }
            .spelled(),
            _ => return None,
        })
    }

    /// The character that it types into a field.
    pub const fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError(text.to_owned());
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            // The characters themselves are keys too: `C` and `-`.
            if let Some(more) = rest.strip_prefix("Ctrl-").filter(|more| !more.is_empty()) {
                (rest, ctrl) = (more, true);
            } else if let Some(more) = rest.strip_prefix("Alt-").filter(|more| !more.is_empty()) {
                (rest, alt) = (more, true);
            } else {
                break;
            }
        }
        let code = if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == rest) {
            *code
        } else {
            let mut chars = rest.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => KeyCode::Char(c),
                _ => return Err(wrong()),
            }
        };
        Ok(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            code => f.write_str(
                NAMES
                    .iter()
                    .find(|(_, known)| *known == code)
                    .map_or("", |(name, _)| name),
            ),
        }
    }
}
