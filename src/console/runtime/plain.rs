//! The console in lines, around the same core: standard input gives orders, standard output takes sentences. No terminal is
//! set up, so that it works in a pipe as well (console.md: Plain).

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use tokio::sync::mpsc;

use super::asks::Server;
use super::feed::{FeedOrder, Follow};
use super::jobs::Jobs;
use super::options::Options;
use super::timers::Timers;
use super::{session, sifter, until};
use crate::console::effect::Effect;
use crate::console::model::{Connection, Model};
use crate::console::msg::Msg;
use crate::console::plain::Talk;

/// Runs it until the input ends or the person leaves. Exit code 1: something was refused or failed, and nobody sat before it.
///
/// # Errors
/// Nothing can be read or written any more.
pub fn run_plain(options: Options) -> color_eyre::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let code = runtime.block_on(run_plain_in(options));
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    code
}

/// The same, in a runtime that is already there.
///
/// # Errors
/// Nothing can be read or written any more.
pub async fn run_plain_in(options: Options) -> color_eyre::Result<ExitCode> {
    let mut model = Model::new(
        options.session(),
        options.keymap.clone(),
        options.zone.clone(),
        options.clock.now(),
    );
    model.flow.session_key = session::key();
    model.taste = options.taste.clone();
    model.about = options.about.clone();
    if options.starts_server {
        model.connection = Connection::Starting;
    }
    let (out, from_tasks) = mpsc::channel(1024);
    let (feed, orders) = mpsc::channel(8);
    let jobs = Jobs::new(
        // One server a session: there is no list of profiles to choose from in lines.
        Server::new(
            options.connect.clone(),
            options.project.clone(),
            None,
            options.log.clone(),
        ),
        out.clone(),
    );
    tokio::spawn(
        Follow {
            to_server: jobs.server(),
            out: out.clone(),
            orders,
            known: None,
        }
        .run(),
    );
    let mut plain = Plain {
        talk: Talk::new(model),
        jobs,
        timers: Timers::default(),
        sifter: sifter::start(out),
        feed,
        from_tasks,
        lines: read_lines(),
        prompts: io::stdin().is_terminal() && io::stdout().is_terminal(),
        prompted: false,
        options,
    };
    plain.begin()?;
    match plain.go_on().await {
        // Whoever read it is gone: there is nobody to talk to.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        done => done?,
    }
    let failed = plain.talk.has_failed() && !io::stdin().is_terminal();
    Ok(ExitCode::from(u8::from(failed)))
}

/// The lines of standard input; its end closes the channel.
fn read_lines() -> mpsc::Receiver<String> {
    let (line, lines) = mpsc::channel(1);
    let started = std::thread::Builder::new()
        .name("lines".into())
        .spawn(move || {
            for read in io::stdin().lock().lines() {
                match read {
                    Ok(text) => {
                        if line.blocking_send(text).is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no more lines are read");
                        return;
                    }
                }
            }
        });
    if let Err(error) = started {
        tracing::error!(%error, "no lines are read: no thread");
    }
    lines
}

struct Plain {
    talk: Talk,
    jobs: Jobs,
    timers: Timers,
    sifter: sifter::Sifter,
    feed: mpsc::Sender<FeedOrder>,
    from_tasks: mpsc::Receiver<Msg>,
    lines: mpsc::Receiver<String>,
    prompts: bool,
    prompted: bool,
    options: Options,
}

impl Plain {
    fn begin(&mut self) -> io::Result<()> {
        for problem in std::mem::take(&mut self.options.problems) {
            println_to(&problem)?;
        }
        if let Some(link) = self.options.open.take() {
            self.take(Msg::OpenLink(link));
        }
        Ok(())
    }

    async fn go_on(&mut self) -> io::Result<()> {
        loop {
            self.say()?;
            let quiet = !self.jobs.is_busy() && self.from_tasks.is_empty();
            if quiet && let Some(effects) = self.talk.go_on(self.options.clock.now()) {
                self.perform(effects);
                continue;
            }
            if self.talk.has_ended() {
                return Ok(());
            }
            let listens = quiet && self.talk.is_ready();
            if listens {
                self.prompt()?;
            }
            let timer_at: Option<Instant> = self.timers.next();
            tokio::select! {
                biased;
                Some(msg) = self.from_tasks.recv() => {
                    if let Msg::Reply(request, _) = &msg {
                        self.jobs.done(*request);
                    }
                    self.take(msg);
                }
                () = until(timer_at), if timer_at.is_some() => {
                    for timer in self.timers.due() {
                        self.take(Msg::Timer(timer));
                    }
                }
                line = self.lines.recv(), if listens => {
                    self.prompted = false;
                    let Some(line) = line else { return Ok(()) };
                    let effects = self.talk.hear(&line, self.options.clock.now());
                    self.perform(effects);
                }
                interrupted = tokio::signal::ctrl_c() => return interrupted,
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        let effects = self.talk.take(msg, self.options.clock.now());
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask(request, ask) => self.jobs.ask(request, ask),
                Effect::Cancel(request) => self.jobs.cancel(request),
                Effect::Sift(question) => self.sifter.ask(*question),
                Effect::Reconnect => {
                    // Full means that it is being told already.
                    let _ = self.feed.try_send(FeedOrder::Now);
                }
                Effect::Arm(timer, after) => self.timers.arm(timer, after),
                Effect::Disarm(timer) => self.timers.disarm(timer),
                // What would be copied is said: it can be taken from the output.
                Effect::Copy(text) => self.talk.tell(text),
                // So is what would be opened.
                Effect::Browse(address) => self.talk.tell(address),
                Effect::Switch(name) => self.talk.tell(tr!("A session in lines stays at its server: jolli --profile {name} console --plain.", name)),
                Effect::Quit => self.talk.end(),
                // Nothing is edited outside, so that nothing has to be forgotten.
                Effect::Persist | Effect::ForgetEdited(_) => {}
                Effect::Mouse(_)
                | Effect::Suspend
                | Effect::ScreenDump(_)
                | Effect::BugReport { .. }
                | Effect::Edit { .. }
                | Effect::EditFile { .. }
                | Effect::Theme { .. } => {
                    self.talk
                        .tell(tr!("That is about the screen, and there is none here.").to_owned());
                }
            }
        }
    }

    fn say(&mut self) -> io::Result<()> {
        let said = self.talk.said();
        if !said.is_empty() && std::mem::take(&mut self.prompted) {
            // A line of its own, not behind the prompt.
            println_to("")?;
        }
        for line in said {
            println_to(&line)?;
        }
        Ok(())
    }

    fn prompt(&mut self) -> io::Result<()> {
        if !self.prompts || self.prompted {
            return Ok(());
        }
        self.prompted = true;
        let session = &self.talk.model.session;
        let production = if session.production {
            tr!("PRODUCTION ")
        } else {
            ""
        };
        let sign = if self.talk.is_asking() { "?" } else { ">" };
        let mut out = io::stdout().lock();
        write!(out, "{production}{}{sign} ", session.org)?;
        out.flush()
    }
}

fn println_to(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
