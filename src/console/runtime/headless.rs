//! A picture of the console without a terminal: the same core, views and requests; keys come from a script, each when
//! everything before it is done. Waits are not waited for but passed, so that the same world gives the same picture.

use std::collections::BTreeSet;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use super::asks::Server;
use super::feed::{FeedOrder, Follow};
use super::jobs::Jobs;
use super::options::Options;
use super::{dump, report, session, sifter};
use crate::console::effect::Effect;
use crate::console::keymap::{Key, KeyCode, KeyError};
use crate::console::model::{Connection, Model};
use crate::console::msg::{Feed, Msg, Timer};
use crate::console::shot::Kind;
use crate::console::update::update;
use crate::console::view;

/// How long the server may take for what one key asks.
const PATIENCE: Duration = Duration::from_secs(30);

/// The picture that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The keys to press first.
    pub keys: Vec<Key>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The format.
    pub kind: Kind,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The server cannot be reached, or says no.
    #[error("no picture: {0}")]
    Server(String),
    /// Something went on for too long.
    #[error("no picture: after {keys} keys the console still waits for the server after 30 s")]
    Waits {
        /// How many keys were pressed.
        keys: usize,
    },
    /// A key ended the console.
    #[error("no picture: key {keys} ends the console")]
    Ended {
        /// Which key.
        keys: usize,
    },
    /// The format cannot be drawn.
    #[error("{0}")]
    Draw(String),
}

/// Keys as a script writes them: characters as they are, others between angle brackets: `j/stuck<enter>`, `<c-s>`, `<lt>`.
///
/// # Errors
/// A name between angle brackets is none of a key.
pub fn typed(script: &str) -> Result<Vec<Key>, KeyError> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|it| it.split_once('>'));
        // `<` alone is a key as well.
        if let Some((name, after)) = named.filter(|(name, _)| !name.is_empty()) {
            keys.push(named_key(name)?);
            rest = after;
        } else {
            keys.push(Key::char(first));
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(keys)
}

fn named_key(name: &str) -> Result<Key, KeyError> {
    let lower = name.to_ascii_lowercase();
    let (rest, ctrl) = match lower.strip_prefix("c-").or(lower.strip_prefix("ctrl-")) {
        Some(rest) => (rest, true),
        None => (lower.as_str(), false),
    };
    let code = match rest {
        "lt" => KeyCode::Char('<'),
        "enter" | "cr" | "return" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "s-tab" | "shift-tab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "backspace" | "bs" => KeyCode::Backspace,
        "del" | "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        other => {
            let mut chars = other.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if ctrl => KeyCode::Char(c),
                _ => return Err(KeyError(format!("<{name}>"))),
            }
        }
    };
    Ok(Key {
        code,
        ctrl,
        alt: false,
    })
}

/// Takes the picture.
///
/// # Errors
/// The server does not answer, a key ends the console, or the format cannot be drawn.
pub async fn picture(options: Options, picture: Picture) -> Result<Vec<u8>, PictureError> {
    let (to_loop, from_tasks) = mpsc::channel(1024);
    let (feed, orders) = mpsc::channel(8);
    let server = Server::new(options.connect.clone(), options.project.clone(), None, None);
    let jobs = Jobs::new(server, to_loop.clone());
    let mut model = Model::new(
        options.session(),
        options.keymap.clone(),
        options.zone.clone(),
        options.clock.now(),
    );
    model.ui.size = picture.size;
    model.taste = options.taste.clone();
    model.flow.session_key = session::key();
    if options.starts_server {
        model.connection = Connection::Starting;
    }
    tokio::spawn(
        Follow {
            to_server: jobs.server(),
            out: to_loop.clone(),
            orders,
            known: None,
        }
        .run(),
    );
    let mut console = Headless {
        model,
        jobs,
        sifter: sifter::start(to_loop),
        from_tasks,
        feed,
        armed: BTreeSet::new(),
        ended: false,
        options,
    };
    console.measure();
    if let Some(link) = console.options.open.take() {
        console.take(Msg::OpenLink(link));
    }
    for problem in std::mem::take(&mut console.options.problems) {
        console.take(Msg::Notice {
            failed: true,
            text: problem,
        });
    }
    console.settle(0).await?;
    for (place, key) in picture.keys.iter().enumerate() {
        console.take(Msg::Key(*key));
        console.settle(place + 1).await?;
    }
    // A group of keys that was begun shows how it goes on.
    if console.armed.remove(&Timer::WhichKey) {
        console.take(Msg::Timer(Timer::WhichKey));
    }
    let grid = dump::grid(&console.model, console.options.skin);
    picture.kind.draw(&grid).map_err(PictureError::Draw)
}

struct Headless {
    model: Model,
    jobs: Jobs,
    sifter: sifter::Sifter,
    from_tasks: mpsc::Receiver<Msg>,
    feed: mpsc::Sender<FeedOrder>,
    armed: BTreeSet<Timer>,
    ended: bool,
    options: Options,
}

impl Headless {
    /// Goes on until the rows are there and nothing is under way.
    async fn settle(&mut self, keys: usize) -> Result<(), PictureError> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            if self.ended {
                return Err(PictureError::Ended { keys });
            }
            let waits = !self.model.connection.is_live()
                || self.jobs.is_busy()
                || !self.from_tasks.is_empty()
                || self.model.ui.lists.values().any(|list| list.sifting);
            if !waits {
                // What is only waited for comes at once.
                let passes = [Timer::Guard, Timer::FormHint, Timer::Flash];
                match passes.into_iter().find(|it| self.armed.remove(it)) {
                    Some(timer) => self.take(Msg::Timer(timer)),
                    None => return Ok(()),
                }
                continue;
            }
            let Ok(msg) = tokio::time::timeout_at(until, self.from_tasks.recv()).await else {
                return Err(PictureError::Waits { keys });
            };
            let Some(msg) = msg else {
                return Err(PictureError::Waits { keys });
            };
            if let Msg::Feed(Feed::Down { failure, .. }) = &msg {
                return Err(PictureError::Server(failure.text.clone()));
            }
            if let Msg::Reply(request, _) = &msg {
                self.jobs.done(*request);
            }
            self.take(msg);
        }
    }

    fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg, self.options.clock.now());
        for effect in effects {
            self.perform(effect);
        }
        self.measure();
    }

    /// Lists know how long they are drawn before the next key moves in them.
    fn measure(&mut self) {
        let area = Rect::new(0, 0, self.model.ui.size.0, self.model.ui.size.1);
        let mut buffer = Buffer::empty(area);
        let drawn = view::draw_into(&self.model, self.options.skin, &mut buffer, area);
        if drawn.viewports != self.model.ui.viewports {
            let now = self.options.clock.now();
            let effects = update(&mut self.model, Msg::Viewports(drawn.viewports), now);
            for effect in effects {
                self.perform(effect);
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(request, ask) => self.jobs.ask(request, ask),
            Effect::Cancel(request) => self.jobs.cancel(request),
            Effect::Sift(question) => self.sifter.ask(*question),
            Effect::Reconnect => {
                // Full means that it is being told already.
                let _ = self.feed.try_send(FeedOrder::Now);
            }
            Effect::Arm(timer, _) => {
                self.armed.insert(timer);
            }
            Effect::Disarm(timer) => {
                self.armed.remove(&timer);
            }
            Effect::BugReport { names } => {
                let options = &self.options;
                let log = options.log.as_deref();
                let folder = options.reports();
                let told = report::write(&self.model, options.skin, names, log, &folder);
                self.take(told);
            }
            Effect::ScreenDump(kind) => {
                let options = &self.options;
                let notice = dump::write(&self.model, options.skin, kind, &options.dumps);
                self.take(notice);
            }
            Effect::Theme { theme, ascii } => match self.options.themes.skin(&theme, ascii) {
                Ok(skin) => {
                    self.options.skin = skin;
                    self.take(Msg::Themed { theme, ascii });
                }
                Err(error) => self.take(Msg::Notice {
                    failed: true,
                    text: format!("Theme {theme} is not used: {error}."),
                }),
            },
            Effect::Switch(name) => self.take(Msg::Notice {
                failed: true,
                text: format!("Not switched to {name}: a picture is of one server."),
            }),
            Effect::Quit => self.ended = true,
            // There is no terminal to do it, and nothing is kept.
            Effect::Copy(_)
            | Effect::Persist
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Edit { .. }
            | Effect::EditFile { .. }
            | Effect::ForgetEdited(_)
            | Effect::Browse(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_characters_and_names() {
        let keys = typed("j/st<enter><c-s><LT> <é").unwrap();
        let expected = [
            Key::char('j'),
            Key::char('/'),
            Key::char('s'),
            Key::char('t'),
            Key::plain(KeyCode::Enter),
            Key::ctrl('s'),
            Key::char('<'),
            Key::char(' '),
            Key::char('<'),
            Key::char('é'),
        ];
        assert_eq!(keys, expected);
        let wrong = typed("<entr>").unwrap_err();
        assert!(wrong.to_string().contains("<entr>"), "{wrong}");
    }
}
