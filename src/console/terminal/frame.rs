//! The drawing backend: gathers a whole frame and hands it to the terminal in one write.
//!
//! Drives the crossterm backend, whose every cursor command flushes and whose every frame writes resets even
//! when no cell changed; here a frame without a change is no byte at all (console.md: idle budget).

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::modes::{BEGIN_FRAME, END_FRAME};

/// What a usual frame fits in; a larger one grows the buffer once and gives the memory back.
const CAPACITY: usize = 64 * 1024;

/// A backend that draws into memory and shows finished frames on `out`.
#[derive(Debug)]
pub struct FrameBackend<W: Write> {
    bytes: Vec<u8>,
    out: W,
    size: fn() -> io::Result<Size>,
    /// Where the terminal shows the cursor; `None` while it is hidden.
    cursor: Option<Position>,
    /// Whether the terminal is known to show the cursor so.
    known: bool,
    /// Whether anything was drawn since the cursor was last placed, which moved it.
    moved: bool,
}

impl<W: Write> FrameBackend<W> {
    /// Draws on `out`, whose size `size` tells. The cursor is taken to be hidden.
    pub fn new(out: W, size: fn() -> io::Result<Size>) -> Self {
        Self {
            bytes: Vec::with_capacity(CAPACITY),
            out,
            size,
            cursor: None,
            known: true,
            moved: false,
        }
    }

    /// Writes the gathered frame, if it changes anything, between the marks of a synchronized update.
    pub fn present(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.bytes.extend_from_slice(END_FRAME);
        let shown = self
            .out
            .write_all(&self.bytes)
            .and_then(|()| self.out.flush());
        self.bytes.clear();
        self.bytes.shrink_to(CAPACITY);
        shown
    }

    /// Forgets the gathered frame and the cursor: another program may have had the terminal.
    pub fn forget(&mut self) {
        self.bytes.clear();
        self.cursor = None;
        self.known = false;
        self.moved = false;
    }

    /// Writes bytes that are no part of a frame, at once.
    pub fn write_aside(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// The crossterm backend over the frame under construction. It keeps no state of its own.
    fn pen(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(BEGIN_FRAME);
        }
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl<W: Write> Backend for FrameBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.moved = true;
        self.pen().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor.take().is_some() || !self.known {
            self.pen().hide_cursor()?;
        }
        self.known = true;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // Where it is shown comes next and says whether anything must be written.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would swallow keys typed meanwhile; nothing on this path needs the answer.
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        let hidden = self.cursor.is_none() || !self.known;
        if self.cursor != Some(position) || self.moved {
            self.pen().set_cursor_position(position)?;
        }
        if hidden {
            self.pen().show_cursor()?;
        }
        self.cursor = Some(position);
        self.known = true;
        self.moved = false;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.pen().clear_region(region)
    }

    fn append_lines(&mut self, lines: u16) -> io::Result<()> {
        self.pen().append_lines(lines)
    }

    fn size(&self) -> io::Result<Size> {
        (self.size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: (self.size)()?,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        // Frames leave whole, through `present`.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::widgets::Paragraph;

    use super::*;

    #[derive(Default)]
    struct Calls(Vec<Vec<u8>>);

    impl Write for Calls {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn terminal() -> Terminal<FrameBackend<Calls>> {
        let size = || Ok(Size::new(120, 40));
        Terminal::new(FrameBackend::new(Calls::default(), size)).unwrap()
    }

    fn frame(terminal: &mut Terminal<FrameBackend<Calls>>, text: &str, cursor: Option<(u16, u16)>) {
        terminal
            .draw(|frame| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if let Some(at) = cursor {
                    frame.set_cursor_position(at);
                }
            })
            .unwrap();
        terminal.backend_mut().present().unwrap();
    }

    fn written(terminal: &Terminal<FrameBackend<Calls>>) -> &[Vec<u8>] {
        &terminal.backend().out.0
    }

    #[test]
    fn a_frame_is_one_write_inside_a_synchronized_update() {
        let mut terminal = terminal();
        frame(&mut terminal, &"line of text\n".repeat(40), Some((3, 4)));
        let [bytes] = written(&terminal) else {
            panic!("one write expected, {} seen", written(&terminal).len());
        };
        assert!(bytes.starts_with(BEGIN_FRAME));
        assert!(bytes.ends_with(END_FRAME));
    }

    #[test]
    fn a_frame_without_change_writes_nothing() {
        let mut terminal = terminal();
        frame(&mut terminal, "same", Some((1, 0)));
        frame(&mut terminal, "same", Some((1, 0)));
        assert_eq!(written(&terminal).len(), 1);
    }

    #[test]
    fn a_cursor_that_only_moves_is_placed_again() {
        let mut terminal = terminal();
        frame(&mut terminal, "same", Some((1, 0)));
        frame(&mut terminal, "same", Some((2, 0)));
        let last = String::from_utf8(written(&terminal)[1].clone()).unwrap();
        assert!(last.contains("\u{1b}[1;3H"), "{last:?}");
        frame(&mut terminal, "same", None);
        let last = String::from_utf8(written(&terminal)[2].clone()).unwrap();
        assert!(last.contains("\u{1b}[?25l"), "{last:?}");
    }

    #[test]
    fn a_cursor_that_nothing_is_known_of_is_hidden_again() {
        let mut terminal = terminal();
        frame(&mut terminal, "typed", Some((1, 0)));
        // As after a change of size, and the field was left before the next frame.
        terminal.backend_mut().forget();
        frame(&mut terminal, "typed", None);
        let last = String::from_utf8(written(&terminal)[1].clone()).unwrap();
        assert!(last.contains("\u{1b}[?25l"), "{last:?}");
        frame(&mut terminal, "typed", None);
        assert_eq!(written(&terminal).len(), 2);
    }

    #[test]
    fn a_frame_larger_than_the_buffer_is_still_one_write() {
        let size = || Ok(Size::new(500, 200));
        let mut terminal = Terminal::new(FrameBackend::new(Calls::default(), size)).unwrap();
        frame(&mut terminal, &"x".repeat(500 * 200), None);
        frame(
            &mut terminal,
            &format!("{}\n", "y".repeat(500)).repeat(200),
            None,
        );
        assert_eq!(written(&terminal).len(), 2);
        assert!(written(&terminal)[1].len() > CAPACITY);
    }
}
