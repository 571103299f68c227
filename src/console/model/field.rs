//! One line of text being typed. Everything a key does to it, and nothing else.

/// A text field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextField {
    text: String,
    /// Byte offset of the caret; always at a character boundary.
    caret: usize,
    /// Shown as dots.
    pub hidden: bool,
    /// All of it is selected: what is typed takes its place, any other key leaves it.
    selected: bool,
}

impl TextField {
    /// A field holding `text`, the caret at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            caret: text.len(),
            text,
            hidden: false,
            selected: false,
        }
    }
    /// The same, all of it selected.
    pub fn selected(text: impl Into<String>) -> Self {
        let field = Self::new(text);
        Self {
            selected: !field.text.is_empty(),
            ..field
        }
    }
    /// Whether all of it is selected.
    pub const fn is_selected(&self) -> bool {
        self.selected
    }
    /// What is typed next goes where the caret is.
    pub const fn unselect(&mut self) {
        self.selected = false;
    }
    /// A field whose text is not shown.
    pub fn secret() -> Self {
        Self {
            hidden: true,
            ..Self::default()
        }
    }
    /// What is typed.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The text before and after the caret.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.caret)
    }
    /// Replaces the text; the caret goes to its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.caret = self.text.len();
        self.selected = false;
    }
    /// Types text. Line ends and control characters do not fit into a line and become spaces.
    pub fn insert(&mut self, text: &str) {
        if std::mem::take(&mut self.selected) {
            self.set("");
        }
        let clean: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.text.insert_str(self.caret, &clean);
        self.caret += clean.len();
    }
    /// Deletes the character before the caret.
    pub fn backspace(&mut self) {
        if let Some(previous) = self.before() {
            self.text.replace_range(previous..self.caret, "");
            self.caret = previous;
        }
    }
    /// Deletes the character after the caret.
    pub fn delete(&mut self) {
        if let Some(next) = self.after() {
            self.text.replace_range(self.caret..next, "");
        }
    }
    /// Deletes the word before the caret.
    pub fn delete_word(&mut self) {
        let head = self.text[..self.caret].trim_end();
        let start = head
            .char_indices()
            .rev()
            .find(|(_, c)| c.is_whitespace())
            .map_or(0, |(at, c)| at + c.len_utf8());
        self.text.replace_range(start..self.caret, "");
        self.caret = start;
    }
    /// Deletes everything before the caret.
    pub fn delete_to_start(&mut self) {
        self.text.replace_range(..self.caret, "");
        self.caret = 0;
    }
    /// Deletes everything after the caret.
    pub fn delete_to_end(&mut self) {
        self.text.truncate(self.caret);
    }
    /// One character left.
    pub fn left(&mut self) {
        self.caret = self.before().unwrap_or(0);
    }
    /// One character right.
    pub fn right(&mut self) {
        self.caret = self.after().unwrap_or(self.text.len());
    }
    /// To the start.
    pub fn home(&mut self) {
        self.caret = 0;
    }
    /// To the end.
    pub fn end(&mut self) {
        self.caret = self.text.len();
    }
    /// Whether the caret stands at the end.
    pub fn at_end(&self) -> bool {
        self.caret == self.text.len()
    }
    fn before(&self) -> Option<usize> {
        self.text[..self.caret]
            .char_indices()
            .next_back()
            .map(|(at, _)| at)
    }
    fn after(&self) -> Option<usize> {
        let c = self.text[self.caret..].chars().next()?;
        Some(self.caret + c.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_moving_and_deleting_keep_character_boundaries() {
        let mut field = TextField::new("größe maß");
        field.left();
        field.backspace();
        assert_eq!(field.text(), "größe mß");
        field.delete();
        field.delete_word();
        assert_eq!(field.text(), "größe ");
        field.home();
        field.right();
        field.delete();
        assert_eq!(field.text(), "göße ");
        field.insert("r\n");
        assert_eq!(field.split().0, "gr ");
    }
}
