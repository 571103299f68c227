//! All that a drawing takes besides the model's data: theme, character set, zone, the moment.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::glyph::{self, Mark};
use super::theme::{Role, Theme};
use crate::base::Timestamp;
use crate::console::format;

/// How things look now.
#[derive(Clone, Debug)]
pub struct Look {
    /// Roles to styles.
    pub theme: Theme,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// The operator's zone.
    pub zone: TimeZone,
    /// The moment that ages are counted from: the last shared minute tick or change.
    pub now: Timestamp,
}

impl Look {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The style of a glyph and its word.
    pub fn mark_style(&self, mark: Mark) -> Style {
        if self.theme.is_mono() {
            mark.plain.style()
        } else {
            self.style(mark.role)
        }
    }

    /// The glyph as this terminal can show it.
    pub fn glyph(&self, mark: Mark) -> char {
        if self.ascii { mark.ascii } else { mark.glyph }
    }

    /// The glyph, styled.
    pub fn mark(&self, mark: Mark) -> Span<'static> {
        Span::styled(self.glyph(mark).to_string(), self.mark_style(mark))
    }

    /// The word, styled as its glyph.
    pub fn word(&self, mark: Mark) -> Span<'static> {
        Span::styled(mark.word, self.mark_style(mark))
    }

    /// Text in a role.
    pub fn span<'a>(&self, role: Role, text: impl Into<std::borrow::Cow<'a, str>>) -> Span<'a> {
        Span::styled(text, self.style(role))
    }

    /// A cell that has just changed: underlined, in every theme.
    #[allow(clippy::unused_self)] // a theme may come to say it
    pub fn flash(&self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// `text` in `style`, what was made visible in it as `bad`.
    pub fn safe(&self, text: &str, style: Style) -> Vec<Span<'static>> {
        let ranges = format::made_visible(text);
        if ranges.is_empty() {
            return vec![Span::styled(text.to_owned(), style)];
        }
        let mut spans = Vec::with_capacity(ranges.len() * 2 + 1);
        let mut from = 0;
        for range in ranges {
            if range.start > from {
                spans.push(Span::styled(text[from..range.start].to_owned(), style));
            }
            from = range.end;
            spans.push(Span::styled(
                text[range].to_owned(),
                style.patch(self.style(Role::Bad)),
            ));
        }
        if from < text.len() {
            spans.push(Span::styled(text[from..].to_owned(), style));
        }
        spans
    }

    /// The age of `at`.
    pub fn age(&self, at: Timestamp) -> String {
        format::age(self.now, at)
    }

    /// The age of `at`, with seconds.
    pub fn fine_age(&self, at: Timestamp) -> String {
        format::fine_age(self.now, at)
    }

    /// The time of `at`.
    pub fn time(&self, at: Timestamp) -> String {
        format::time(self.now, at, &self.zone)
    }

    /// The time of `at` in a narrow column.
    pub fn short_time(&self, at: Timestamp) -> String {
        format::short_time(self.now, at, &self.zone)
    }

    /// Puts the ASCII twins in place of everything that the console drew; text of the server in another script stays.
    pub fn fit_charset(&self, buffer: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for cell in &mut buffer.content {
            let mut characters = cell.symbol().chars();
            if let (Some(only), None) = (characters.next(), characters.next())
                && let Some(twin) = glyph::ascii_twin(only)
            {
                cell.set_char(twin);
            }
        }
    }
}
