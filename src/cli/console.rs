//! `jolli console`, and `jolli` alone: opens the console on the server that was named, or on this machine's own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::servers::{EMBEDDED, Named, Own, UserProfiles, host};
use super::workspace::{WorkspaceError, tell_upgrade};
use super::{Global, logging, output, taste};
use crate::client::AccessToken;
use crate::console::model::About;
use crate::console::shot::Kind;
use crate::console::{self, Options, Picture};

#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Console {
    #[command(subcommand)]
    command: Option<ConsoleCommand>,
    #[command(flatten)]
    args: ConsoleArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum ConsoleCommand {
    /// Reads your keymap, themes, translations and settings; says what is wrong with them and which keys they take. Exit code 3: something is.
    Check,
    /// Prints the keys in use as a keymap.toml, with every context, command and condition: what your own can begin with.
    Keys {
        /// Those of a preset, without your file: default, vim or emacs.
        #[arg(long, value_name = "NAME")]
        preset: Option<String>,
    },
    /// Prints every text of the console as a .pot file: what messages/LANG.po, a translation, can begin with.
    Messages,
}

#[derive(Debug, Clone, Args)]
pub struct ConsoleArgs {
    /// Refuse every change.
    #[arg(long)]
    pub read_only: bool,
    /// Colours: dark, light, high-contrast, mono, or a file of yours.
    #[arg(long, env = "JOLLI_THEME", value_name = "THEME")]
    pub theme: Option<String>,
    /// Keys: default, vim or emacs; your keymap.toml counts over them.
    #[arg(long, env = "JOLLI_KEYMAP", value_name = "NAME")]
    pub keymap: Option<String>,
    /// Language: en, or one of your messages/LANG.po; the locale's where there is one.
    #[arg(long, env = "JOLLI_LANGUAGE", value_name = "LANG")]
    pub language: Option<String>,
    /// Talk in lines instead of drawing a screen: for screen readers and scripts; help lists what can be said.
    #[arg(long, conflicts_with = "screenshot")]
    pub plain: bool,
    /// Draw with ASCII only.
    #[arg(long)]
    pub ascii: bool,
    /// A view to open, such as 'sources?filter=state:stuck'.
    #[arg(long, value_name = "LINK")]
    pub open: Option<String>,
    #[command(flatten)]
    pub picture: PictureArgs,
}

/// A picture in place of a session.
#[derive(Debug, Clone, Default, Args)]
pub struct PictureArgs {
    /// Write a picture of the console to this file and end, without a terminal: .svg, .png, .ans or .txt.
    #[arg(long, value_name = "FILE")]
    screenshot: Option<PathBuf>,
    /// The keys to press before that: 'j/stuck<enter>'.
    #[arg(long, value_name = "KEYS", requires = "screenshot", default_value = "")]
    keys: String,
    /// Columns and rows of the picture.
    #[arg(long, value_name = "SIZE", requires = "screenshot", default_value = "120x36", value_parser = size)]
    size: (u16, u16),
}

/// `120x36`.
fn size(text: &str) -> Result<(u16, u16), String> {
    let parts = text.split_once('x');
    let sides = parts.and_then(|(w, h)| Some((w.parse::<u16>().ok()?, h.parse::<u16>().ok()?)));
    match sides {
        Some((width @ 40..=500, height @ 10..=200)) => Ok((width, height)),
        _ => Err("write columns x rows, such as 120x36, from 40x10 to 500x200".to_owned()),
    }
}

impl PictureArgs {
    /// Whether a picture is wanted in place of a session.
    pub fn wanted(&self) -> bool {
        self.screenshot.is_some()
    }

    /// Takes it.
    pub async fn take(&self, options: Options) -> color_eyre::Result<ExitCode> {
        let Some(file) = &self.screenshot else {
            return console::run_in(options).await;
        };
        let kind = file.extension().and_then(|it| Kind::parse(it.to_str()?));
        let Some(kind) = kind else {
            let wrong = format!(
                "{} is no picture: name it .svg, .png, .ans or .txt",
                file.display()
            );
            return Ok(output::refused(2, wrong));
        };
        if let Some(reason) = kind.refused() {
            return Ok(output::refused(2, reason));
        }
        let keys = match console::typed(&self.keys) {
            Ok(keys) => keys,
            Err(error) => return Ok(output::refused(2, error)),
        };
        let picture = Picture {
            keys,
            size: self.size,
            kind,
        };
        match console::picture(options, picture).await {
            Ok(bytes) => {
                std::fs::write(file, bytes)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => Ok(output::refused(1, error)),
        }
    }
}

impl Console {
    /// As without any option.
    pub fn usual() -> Self {
        let given = |name| std::env::var(name).ok().filter(|it| !it.is_empty());
        Self {
            command: None,
            args: ConsoleArgs {
                read_only: false,
                theme: given("JOLLI_THEME"),
                keymap: given("JOLLI_KEYMAP"),
                language: given("JOLLI_LANGUAGE"),
                plain: false,
                ascii: false,
                open: None,
                picture: PictureArgs::default(),
            },
        }
    }
}

/// Begins the console's own log below this folder, and says what `:info` tells of the start.
pub fn tell_about(options: &mut Options, state: &Path) {
    let log = state.join("console.log");
    let began = logging::begin_in(&log);
    let can = options.themes.can;
    options.about = About {
        terminal: format!(
            "{}, {}, {}",
            std::env::var("TERM").unwrap_or_else(|_| "unnamed".to_owned()),
            if can.colour { "colours" } else { "no colours" },
            if can.unicode { "Unicode" } else { "ASCII" }
        ),
        log: began.is_ok().then(|| log.display().to_string()),
        state: options.state.as_ref().map(|it| it.display().to_string()),
        ..About::default()
    };
    match began {
        Ok(()) => options.log = Some(log),
        Err(problem) => options.problems.push(problem),
    }
}

pub fn run(global: &Global, console: &Console) -> color_eyre::Result<ExitCode> {
    let home = global.home()?;
    match &console.command {
        Some(ConsoleCommand::Check) => return taste::check(&home),
        Some(ConsoleCommand::Keys { preset }) => return taste::keys(&home, preset.as_deref()),
        Some(ConsoleCommand::Messages) => return taste::messages(),
        None => {}
    }
    let args = &console.args;
    let wanted = args.picture.wanted();
    let chosen = match taste::choose(&home, args) {
        Ok(chosen) => chosen,
        Err(error) => return Ok(output::refused(2, error)),
    };
    let skin = chosen.skin;
    let mut options = match global.usual_server() {
        Some(server) => {
            let host = match host(server) {
                Ok(host) => host,
                Err(error) => return Ok(output::refused(2, error)),
            };
            let account = global.account(server);
            let (token, kept) = (global.token(server)?, global.kept_token(server)?);
            let text =
                |token: &Option<AccessToken>| token.as_ref().map(|it| it.expose().to_owned());
            let given = text(&token) != text(&kept);
            let connect = Named::signed_in(server, &account, global.credentials()?, token, given);
            let mut options = Options::new(Arc::new(connect), host, server, skin);
            options.account = Some(account);
            if let Some((name, profile)) = global.profile_of(server) {
                name.clone_into(&mut options.profile);
                options.production = profile.production;
            }
            options
        }
        None => Options {
            starts_server: true,
            ..Options::new(Arc::new(Own::new(home.clone())), EMBEDDED, "", skin)
        },
    };
    chosen.put(&mut options);
    options.read_only = args.read_only;
    options.open.clone_from(&args.open);
    // A picture shows what is, not what was kept of this person's last session.
    options.state = (!wanted).then_some(home.state()?.join("console"));
    options.dumps = std::env::current_dir()?;
    match global.workspace() {
        Ok(workspace) => {
            // The console goes on without it; the inspector says so too.
            if let Err(error) = tell_upgrade(&workspace) {
                options.problems.push(error.to_string());
            }
            options.project = Some(workspace);
        }
        Err(WorkspaceError::NoProject) => {}
        Err(error) => options.problems.push(error.to_string()),
    }
    if wanted {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let code = runtime.block_on(args.picture.take(options));
        runtime.shutdown_timeout(std::time::Duration::from_millis(200));
        return code;
    }
    tell_about(&mut options, home.state()?);
    if args.plain {
        return console::run_plain(options);
    }
    let credentials = global.credentials()?;
    options.profiles = Some(Arc::new(UserProfiles::new(home, credentials, &options)));
    console::run(options)
}
