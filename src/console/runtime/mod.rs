//! Around the pure core: the terminal, the clock, the network, threads. Turns effects into tasks and what comes of them
//! into messages. Only this room of the console knows tokio.

mod asks;
mod calls;
mod dump;
mod editor;
mod events;
mod export;
mod feed;
mod headless;
mod jobs;
mod kept;
mod local;
mod options;
mod own;
mod past;
mod plain;
mod report;
mod session;
mod sifter;
mod storage;
mod switch;
mod themes;
mod threads;
mod timers;
mod veil;

pub use headless::{Picture, PictureError, picture, typed};
pub use options::{Connect, ConnectFailure, Options, Profiles, Target, ToServer};
pub use plain::{run_plain, run_plain_in};
pub use themes::Themes;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::effect::Effect;
use super::model::{Connection, Model};
use super::msg::Msg;
use super::terminal::{Input, Signal, Signals, Terminal};
use super::update::update;
use super::view::{self, Drawn};
use asks::Server;
use feed::{FeedOrder, Follow};
use jobs::Jobs;
use storage::Storage;
use timers::Timers;

/// At most one frame in this time; over a slow line half as many.
const FRAME: Duration = Duration::from_millis(16);
const SLOW_FRAME: Duration = Duration::from_millis(33);
/// Messages taken in before the screen is looked at again.
const BATCH: usize = 64;

/// Runs the console until the operator quits or the terminal is gone.
///
/// # Errors
/// There is no terminal, or it breaks.
pub fn run(options: Options) -> color_eyre::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let code = runtime.block_on(run_in(options));
    // A request that hangs must not hold up the shell.
    runtime.shutdown_timeout(Duration::from_millis(200));
    code
}

/// The same, in a runtime that is already there; must be polled on the thread that may draw.
///
/// # Errors
/// There is no terminal, or it breaks.
pub async fn run_in(options: Options) -> color_eyre::Result<ExitCode> {
    let signals = Signals::listen()?;
    let terminal = Terminal::enter()?;
    let size = terminal.size()?;
    let mut model = Model::new(
        options.session(),
        options.keymap.clone(),
        options.zone.clone(),
        options.clock.now(),
    );
    model.about = options.about.clone();
    model.ui.size = (size.width, size.height);
    model.taste = options.taste.clone();
    model.flow.session_key = session::key();
    if options.starts_server {
        model.connection = Connection::Starting;
    }
    let (to_loop, from_tasks) = mpsc::channel(1024);
    let storage = Storage::new(options.state.clone(), options.account());
    let (feed, orders) = mpsc::channel(8);
    let server = Server::new(
        options.connect.clone(),
        options.project.clone(),
        options.profiles.clone(),
        options.log.clone(),
    );
    let jobs = Jobs::new(server, to_loop.clone());
    let mut console = Console {
        model,
        terminal,
        input: Input::new(),
        signals,
        timers: Timers::default(),
        from_tasks,
        feed,
        jobs,
        follow: None,
        sifter: sifter::start(to_loop.clone()),
        storage,
        drawn: Drawn::default(),
        last_frame: None,
        frame_time: if std::env::var_os("SSH_TTY").is_some() {
            SLOW_FRAME
        } else {
            FRAME
        },
        handled: 0,
        marked: None,
        split_dragged: false,
        edit: None,
        edit_file: None,
        ended: false,
        options,
    };
    // The first frame comes before any file or socket is touched (console.md: Behaviour).
    console.draw()?;
    console.start(to_loop, orders);
    let result = console.go_on().await;
    // Given back before anything is printed, and before anything that takes as long as a disk does.
    let (model, storage) = console.leave();
    storage.keep(&model);
    result?;
    Ok(ExitCode::SUCCESS)
}

/// The running console.
struct Console {
    model: Model,
    // In this order they end: once nobody listens to signals, the terminal is the shell's again.
    terminal: Terminal,
    input: Input,
    signals: Signals,
    timers: Timers,
    from_tasks: mpsc::Receiver<Msg>,
    feed: mpsc::Sender<FeedOrder>,
    jobs: Jobs,
    follow: Option<AbortHandle>,
    sifter: sifter::Sifter,
    storage: Storage,
    drawn: Drawn,
    last_frame: Option<Instant>,
    frame_time: Duration,
    handled: u64,
    marked: Option<u64>,
    split_dragged: bool,
    /// Text for the operator's editor; it gets the terminal between two messages.
    edit: Option<(String, &'static str)>,
    /// The same, for a document at a line.
    edit_file: Option<(String, u32)>,
    ended: bool,
    options: Options,
}

impl Console {
    /// Starts what runs beside the loop.
    fn start(&mut self, to_loop: mpsc::Sender<Msg>, orders: mpsc::Receiver<FeedOrder>) {
        let newcomers = self.options.newcomers && self.options.open.is_none();
        self.storage.load(newcomers, to_loop.clone());
        if let Some(link) = self.options.open.take() {
            self.take(Msg::OpenLink(link));
        }
        for problem in std::mem::take(&mut self.options.problems) {
            self.take(Msg::Notice {
                failed: true,
                text: problem,
            });
        }
        self.start_feed(to_loop, orders);
        self.arm_minute();
    }

    /// Starts to follow the server that requests are sent to.
    fn start_feed(&mut self, to_loop: mpsc::Sender<Msg>, orders: mpsc::Receiver<FeedOrder>) {
        let follow = Follow {
            to_server: self.jobs.server(),
            out: to_loop,
            orders,
            known: None,
        };
        self.follow = Some(tokio::spawn(follow.run()).abort_handle());
    }

    /// Gives the terminal back; what is left is what the next start shows first.
    fn leave(self) -> (Model, Storage) {
        (self.model, self.storage)
    }

    async fn go_on(&mut self) -> color_eyre::Result<()> {
        while !self.ended {
            let frame_at = self.frame_at();
            let timer_at = self.timers.next();
            tokio::select! {
                biased;
                signal = self.signals.next() => if !self.signal(signal).await? { return Ok(()) },
                event = self.input.next() => match event {
                    // The terminal is gone: nothing can be drawn any more.
                    None => return Ok(()),
                    Some(event) => {
                        self.handled += 1;
                        if let Some(msg) = events::message(&event, &self.drawn, &self.model, &mut self.split_dragged) {
                            self.take(msg);
                        }
                    }
                },
                Some(msg) = self.from_tasks.recv() => {
                    self.reply(msg);
                    for _ in 1..BATCH {
                        let Ok(msg) = self.from_tasks.try_recv() else { break };
                        self.reply(msg);
                    }
                }
                () = until(timer_at), if timer_at.is_some() => {
                    for timer in self.timers.due() {
                        if timer == super::msg::Timer::Minute {
                            self.arm_minute();
                        }
                        self.take(Msg::Timer(timer));
                    }
                }
                () = until(frame_at), if frame_at.is_some() => {}
            }
            // An absolute deadline: a flood of keys or replies delays no frame.
            if self.frame_at().is_some_and(|at| at <= Instant::now()) && !self.ended {
                self.draw()?;
            }
            if self.wants_suspend() {
                self.suspend().await?;
            }
            if let Some((text, suffix)) = self.edit.take() {
                self.edit(text, suffix).await?;
            }
            if let Some((path, line)) = self.edit_file.take() {
                self.edit_document(&path, line).await?;
            }
            self.mark_idle()?;
        }
        Ok(())
    }

    /// When the next frame is due; `None`: nothing changed.
    fn frame_at(&self) -> Option<Instant> {
        self.model.dirty.then(|| {
            self.last_frame
                .map_or_else(Instant::now, |last| last + self.frame_time)
        })
    }

    fn draw(&mut self) -> std::io::Result<()> {
        self.last_frame = Some(Instant::now());
        self.model.dirty = false;
        let (model, skin) = (&self.model, self.options.skin);
        let mut drawn = Drawn::default();
        self.terminal
            .draw(|frame| drawn = view::draw(model, skin, frame))?;
        if drawn.viewports != self.model.ui.viewports {
            self.take(Msg::Viewports(drawn.viewports.clone()));
        }
        self.drawn = drawn;
        Ok(())
    }

    fn reply(&mut self, msg: Msg) {
        if let Msg::Reply(request, _) = &msg {
            self.jobs.done(*request);
        }
        self.take(msg);
    }

    fn take(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg, self.options.clock.now());
        for effect in effects {
            self.perform(effect);
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
            Effect::Browse(address) => self.browse(&address),
            Effect::Switch(name) => self.switch(&name),
            Effect::Arm(timer, after) => self.timers.arm(timer, after),
            Effect::Disarm(timer) => self.timers.disarm(timer),
            Effect::Copy(text) => {
                if let Err(error) = self.terminal.copy(&text) {
                    self.take(Msg::Notice {
                        failed: true,
                        text: tr!("Not copied: {error}.", error),
                    });
                }
            }
            Effect::Persist => self.storage.keep_layout(&self.model),
            Effect::Mouse(on) => {
                if let Err(error) = self.terminal.set_mouse(on) {
                    tracing::warn!(%error, "the mouse could not be switched");
                }
            }
            Effect::Theme { theme, ascii } => match self.options.themes.skin(&theme, ascii) {
                Ok(skin) => {
                    self.options.skin = skin;
                    self.take(Msg::Themed { theme, ascii });
                }
                Err(error) => self.take(Msg::Notice {
                    failed: true,
                    text: tr!("Theme {theme} is not used: {error}.", theme, error),
                }),
            },
            Effect::Suspend => self.jobs.suspend_asked = true,
            Effect::Edit { text, suffix } => self.edit = Some((text, suffix)),
            Effect::EditFile { path, line } => self.edit_file = Some((path, line)),
            Effect::ForgetEdited(path) => editor::forget(&path),
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
            Effect::Quit => self.ended = true,
        }
    }

    /// Opens an address, or hands it over where no browser is.
    fn browse(&mut self, address: &str) {
        let text = if own::browse(address) {
            tr!("Opened: {address}", address)
        } else {
            self.perform(Effect::Copy(address.to_owned()));
            tr!("No browser here. Copied: {address}", address)
        };
        self.take(Msg::Notice {
            failed: false,
            text,
        });
    }

    /// What the system tells; false: end now.
    async fn signal(&mut self, signal: Signal) -> color_eyre::Result<bool> {
        match signal {
            Signal::Terminate | Signal::HangUp => return Ok(false),
            Signal::Suspend => self.suspend().await?,
            Signal::Continue => {
                self.terminal.resume()?;
                self.model.dirty = true;
            }
            Signal::Resize => {
                // Many changes may come as one, and end at the size of before: the terminal lost cells all the same.
                self.terminal.redraw()?;
                let size = self.terminal.size()?;
                self.take(Msg::Resize(size.width, size.height));
            }
        }
        Ok(true)
    }

    fn wants_suspend(&mut self) -> bool {
        std::mem::take(&mut self.jobs.suspend_asked)
    }

    async fn suspend(&mut self) -> color_eyre::Result<()> {
        use super::terminal::TerminalError;
        match self.terminal.suspend(&mut self.input).await {
            Ok(()) => {
                let size = self.terminal.size()?;
                self.take(Msg::Resize(size.width, size.height));
            }
            Err(error @ TerminalError::NoJobControl) => self.take(Msg::Notice {
                failed: true,
                text: error.to_string(),
            }),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The operator's editor has the terminal, and gives it back.
    async fn edit(&mut self, text: String, suffix: &'static str) -> color_eyre::Result<()> {
        let work = move || editor::edit(&text, suffix);
        let result = self.terminal.hand_over(&mut self.input, work).await?;
        let size = self.terminal.size()?;
        self.take(Msg::Resize(size.width, size.height));
        self.take(Msg::Edited(result));
        Ok(())
    }

    /// The same with a document of the docs project, at a line.
    async fn edit_document(&mut self, path: &str, line: u32) -> color_eyre::Result<()> {
        let Some(file) = self.jobs.server().document(path) else {
            let why = tr!("{path} is not in this docs project.", path);
            self.take(Msg::FileEdited(Err(why)));
            return Ok(());
        };
        let work = move || editor::open_at(&file, line).map(|()| file);
        let result = self.terminal.hand_over(&mut self.input, work).await?;
        let size = self.terminal.size()?;
        self.take(Msg::Resize(size.width, size.height));
        self.take(Msg::FileEdited(result));
        Ok(())
    }

    /// The next whole minute of the clock: all ages flip together.
    fn arm_minute(&mut self) {
        let millis = self.options.clock.now().as_millis().rem_euclid(60_000);
        self.timers.arm(
            super::msg::Timer::Minute,
            Duration::from_millis((60_000 - millis) as u64),
        );
    }

    /// Tells tests that everything typed so far is done with and drawn.
    fn mark_idle(&mut self) -> std::io::Result<()> {
        let busy = self.model.dirty
            || self.jobs.is_busy()
            || self.model.ui.lists.values().any(|list| list.sifting)
            || !self.from_tasks.is_empty();
        if busy {
            self.marked = None;
        } else if self.marked != Some(self.handled) {
            self.marked = Some(self.handled);
            self.terminal.mark_idle(self.handled)?;
        }
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}
