//! `jolli console`, and `jolli` alone: opens the console on the server that was named, or on this machine's own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use clap::{Args, Subcommand};

use super::workspace::{WorkspaceError, tell_upgrade};
use super::{Global, embedded, output, taste};
use crate::client::{AccessToken, Client};
use crate::console::shot::Kind;
use crate::console::{self, ConnectFailure, Options, Picture, ToServer};
use crate::local::{Credentials, Home};

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
    /// Reads your keymap, themes and settings; says what is wrong with them and which keys they take. Exit code 3: something is.
    Check,
    /// Prints the keys in use as a keymap.toml, with every context, command and condition: what your own can begin with.
    Keys {
        /// Those of a preset, without your file: default, vim or emacs.
        #[arg(long, value_name = "NAME")]
        preset: Option<String>,
    },
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
                plain: false,
                ascii: false,
                open: None,
                picture: PictureArgs::default(),
            },
        }
    }
}

/// A server that was named: its token comes from the user's keeping.
struct Named {
    server: String,
    /// What its token is kept under.
    account: String,
    credentials: Credentials,
    token: Mutex<Option<AccessToken>>,
}

#[async_trait]
impl ToServer for Named {
    async fn connect(&self) -> Result<Client, ConnectFailure> {
        let token = self
            .token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(Client::remote(&self.server, token)?)
    }

    async fn keep(&self, token: &AccessToken) -> Result<(), String> {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        let (credentials, account, token) = (
            self.credentials.clone(),
            self.account.clone(),
            token.expose().to_owned(),
        );
        // Keyrings block: they may ask the user something.
        tokio::task::spawn_blocking(move || credentials.set(&account, &token))
            .await
            .map_err(|e| e.to_string())?
            .map(drop)
            .map_err(|e| format!("The token works until you leave, and was not kept: {e}"))
    }
}

/// This machine's own server.
struct Own {
    home: Home,
}

#[async_trait]
impl ToServer for Own {
    async fn connect(&self) -> Result<Client, ConnectFailure> {
        embedded::connect(&self.home)
            .await
            .map(|(client, _)| client)
            .map_err(|error| ConnectFailure::Start(error.to_string()))
    }

    async fn keep(&self, _token: &AccessToken) -> Result<(), String> {
        // Its tokens come from the server itself, new at every start.
        Ok(())
    }
}

/// What was given as a server is no address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address of a server; write it as https://host[:port] or http://host[:port]")]
struct NoAddress(String);

/// What people call the server of an address.
fn host(server: &str) -> Result<&str, NoAddress> {
    let known = |scheme: &str| {
        ["http", "https"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it))
    };
    server
        .split_once("://")
        .filter(|(scheme, host)| {
            known(scheme)
                && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
                && !host.contains(char::is_whitespace)
        })
        .map(|(_, host)| host)
        .ok_or_else(|| NoAddress(server.to_owned()))
}

pub fn run(global: &Global, console: &Console) -> color_eyre::Result<ExitCode> {
    let home = global.home()?;
    match &console.command {
        Some(ConsoleCommand::Check) => return taste::check(&home),
        Some(ConsoleCommand::Keys { preset }) => return taste::keys(&home, preset.as_deref()),
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
            let connect = Named {
                server: server.to_owned(),
                account: global.account(server),
                credentials: global.credentials()?,
                token: Mutex::new(global.token(server)?),
            };
            let mut options = Options::new(Arc::new(connect), host, server, skin);
            if let Some((name, profile)) = global.profile_of(server) {
                name.clone_into(&mut options.profile);
                options.production = profile.production;
            }
            options
        }
        None => Options {
            starts_server: true,
            ..Options::new(Arc::new(Own { home: home.clone() }), "embedded", "", skin)
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
    if args.plain {
        return console::run_plain(options);
    }
    console::run(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_a_web_address_and_by_nothing_else() {
        assert_eq!(host("https://docs.acme.com"), Ok("docs.acme.com"));
        assert_eq!(host("HTTP://[::1]:8080"), Ok("[::1]:8080"));
        for wrong in [
            "nonsense",
            "docs.acme.com:443",
            "ftp://acme.com",
            "https://",
            "http:///x",
            "http://a b",
        ] {
            let error = host(wrong).unwrap_err().to_string();
            assert!(
                error.contains(wrong) && error.contains("https://host"),
                "{error}"
            );
        }
    }
}
