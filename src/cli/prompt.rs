//! Asking on the terminal, without holding up whatever goes on meanwhile: a question may become void before it is answered.

use std::io::{self, Write as _};
use std::sync::mpsc;

use crate::domain::text::inert;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Line = io::Result<Option<String>>;

/// Who asks. The terminal is read only while somebody waits for a line: what is typed at other times is for others.
#[derive(Debug, Default)]
pub struct Prompt {
    reader: Option<Reader>,
    /// A question stands at the end of the last line that was printed.
    is_open: bool,
}

/// A thread of its own, which nobody has to wait for at the end: it may never get its line.
#[derive(Debug)]
struct Reader {
    wanted: mpsc::Sender<()>,
    lines: UnboundedReceiver<Line>,
    /// It has a line to read, perhaps for a question that is void by now.
    is_reading: bool,
}

impl Prompt {
    /// Asks, and answers what is typed; `None`: there is nobody any more. Dropped before its end, the question is void.
    pub async fn ask(&mut self, question: &str) -> Line {
        self.end_line();
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::start()?),
        };
        // The answer of a question that is void answers no other.
        if reader.is_reading && reader.lines.try_recv().is_ok() {
            reader.is_reading = false;
        }
        let mut terminal = anstream::stderr();
        write!(terminal, "{}", inert(question))?;
        terminal.flush()?;
        self.is_open = true;
        if !reader.is_reading {
            reader.wanted.send(()).map_err(|_| gone())?;
            reader.is_reading = true;
        }
        let line = reader.lines.recv().await;
        reader.is_reading = false;
        self.is_open = false;
        line.unwrap_or_else(|| Err(gone()))
    }

    /// The same, for what nobody may answer before it is seen: what was typed until now is forgotten.
    pub async fn ask_anew(&mut self, question: &str) -> Line {
        #[cfg(unix)]
        rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush)?;
        self.ask(question).await
    }

    /// Leaves the line of a question that is void.
    pub fn end_line(&mut self) {
        if std::mem::take(&mut self.is_open) {
            super::output::note("");
        }
    }
}

impl Reader {
    fn start() -> io::Result<Self> {
        let (wanted, wants) = mpsc::channel();
        let (read, lines) = unbounded_channel();
        std::thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(move || read_lines(&wants, &read))?;
        Ok(Self {
            wanted,
            lines,
            is_reading: false,
        })
    }
}

fn read_lines(wants: &mpsc::Receiver<()>, read: &UnboundedSender<Line>) {
    while wants.recv().is_ok() {
        let mut line = String::new();
        let line = match io::stdin().read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(line)),
            Err(error) => Err(error),
        };
        if read.send(line).is_err() {
            return;
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the terminal is read no more")
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// How far a question gets at once.
    fn poll(prompt: &mut Prompt) -> Poll<Line> {
        let mut asked = pin!(prompt.ask("? "));
        asked.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_answer_of_a_void_question_answers_no_other() {
        let (wanted, wants) = mpsc::channel();
        let (read, lines) = unbounded_channel();
        let mut prompt = Prompt {
            reader: Some(Reader {
                wanted,
                lines,
                is_reading: false,
            }),
            is_open: false,
        };
        let asks_for = || wants.try_iter().count();
        let typed = |text: &str| read.send(Ok(Some(text.to_owned()))).unwrap();
        // Dropped where it stands: it is void, and then it is answered.
        assert!(poll(&mut prompt).is_pending());
        assert_eq!(asks_for(), 1);
        typed("allow");
        assert!(poll(&mut prompt).is_pending());
        assert_eq!(asks_for(), 1);
        // Void as well, and not answered: what is typed now is for the question that stands there.
        assert!(poll(&mut prompt).is_pending());
        assert_eq!(asks_for(), 0);
        typed("skip");
        let mut asked = pin!(prompt.ask("? "));
        let answer = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(answer.is_pending(), "typed before it was asked");
        typed("update");
        let answer = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(answer, Poll::Ready(Ok(Some(text))) if text == "update"));
    }
}
