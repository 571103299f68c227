//! What the console is started with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;

use crate::base::{Clock, SystemClock};
use crate::client::{AccessToken, Client, ClientError};
use crate::console::keymap::Keymap;
use crate::console::model::{About, ProfileChange, ProfileRow, Session, Taste};
use crate::console::view::{Capability, Skin};
use crate::project::Workspace;

use super::themes::Themes;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectFailure {
    /// The server cannot be reached, or says no.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The embedded server does not start: a sentence with its remedy.
    #[error("{0}")]
    Start(String),
    /// The embedded server does not start because another one has its data, and that one answers.
    #[error("{text}")]
    InUse {
        /// Who has it: a sentence without its end.
        text: String,
        /// Where that one is.
        address: String,
    },
}

/// How the console gets at its server. For the embedded one: finds it, or starts it.
#[async_trait]
pub trait ToServer: Send + Sync + 'static {
    /// A client with the token in use. Called at the start and again after every outage.
    async fn connect(&self) -> Result<Client, ConnectFailure>;

    /// Keeps a token that the operator typed and the server accepted; `connect` uses it from now on.
    ///
    /// # Errors
    /// A sentence: the token works for this session only, and why.
    async fn keep(&self, token: &AccessToken) -> Result<(), String>;

    /// Forgets the token; from now on `connect` has none.
    ///
    /// # Errors
    /// A sentence: there is none to forget, or it cannot be.
    async fn forget(&self) -> Result<(), String>;

    /// Where the token in use is kept, in words.
    async fn kept(&self) -> String;
}

/// The profiles of this user, and how to get at the server of one.
pub trait Profiles: Send + Sync + 'static {
    /// All of them, by name; blocks.
    ///
    /// # Errors
    /// A sentence: what is wrong with the file.
    fn list(&self) -> Result<Vec<ProfileRow>, String>;

    /// Changes the user's file; blocks.
    ///
    /// # Errors
    /// A sentence: why not.
    fn change(&self, change: &ProfileChange) -> Result<(), String>;

    /// What the console needs to be at a profile's server.
    ///
    /// # Errors
    /// A sentence: there is none of that name.
    fn open(&self, name: &str) -> Result<Target, String>;
}

/// A server to be at.
pub struct Target {
    /// How to get at it.
    pub connect: Arc<dyn ToServer>,
    /// Who looks, and at what.
    pub session: Session,
    /// What its rows and its token are kept under.
    pub account: String,
    /// The embedded server may have to be started first.
    pub starts_server: bool,
}

/// A server that is there: a client made beforehand.
#[derive(Debug)]
pub struct Connect {
    client: std::sync::Mutex<Client>,
}

impl Connect {
    /// Always this client.
    pub fn with(client: Client) -> Self {
        Self {
            client: std::sync::Mutex::new(client),
        }
    }

    fn client(&self) -> std::sync::MutexGuard<'_, Client> {
        self.client
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl ToServer for Connect {
    async fn connect(&self) -> Result<Client, ConnectFailure> {
        Ok(self.client().clone())
    }

    async fn keep(&self, token: &AccessToken) -> Result<(), String> {
        let mut client = self.client();
        *client = client.with_token(Some(token.clone()));
        Ok(())
    }

    async fn forget(&self) -> Result<(), String> {
        Err(tr!("This world signs you in by itself: there is no token to forget.").to_owned())
    }

    async fn kept(&self) -> String {
        tr!("nowhere: this world signs you in by itself").to_owned()
    }
}

/// What the console is started with.
#[derive(Clone)]
pub struct Options {
    /// How to get at the server.
    pub connect: Arc<dyn ToServer>,
    /// The profile's name.
    pub profile: String,
    /// What row 1 calls the server: `embedded`, or its host.
    pub label: String,
    /// The server's address; empty while the embedded one has none yet.
    pub url: String,
    /// The org, where it is known before the server says.
    pub org: String,
    /// The embedded server may have to be started first.
    pub starts_server: bool,
    /// Refuse every change.
    pub read_only: bool,
    /// A profile marked as production.
    pub production: bool,
    /// A view to open: `sources?filter=state:stuck`.
    pub open: Option<String>,
    /// Who starts it for the first time is offered the tour, unless a view is to be opened.
    pub newcomers: bool,
    /// Theme and character set.
    pub skin: Skin,
    /// What it is called, and what else there is.
    pub taste: Taste,
    /// Where other themes come from.
    pub themes: Themes,
    /// Which key does what.
    pub keymap: Keymap,
    /// Said at the start: what is wrong with the configuration.
    pub problems: Vec<String>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Zone for times on the screen.
    pub zone: TimeZone,
    /// Where the last rows and the layout are kept; `None`: nowhere.
    pub state: Option<PathBuf>,
    /// Where screen dumps are written.
    pub dumps: PathBuf,
    /// The docs project that it is started in.
    pub project: Option<Workspace>,
    /// The user's profiles; `None`: there is one server and no other.
    pub profiles: Option<Arc<dyn Profiles>>,
    /// What `:info` tells of the start.
    pub about: About,
    /// The console's own log.
    pub log: Option<PathBuf>,
    /// What rows are kept under; `None`: the server's address.
    pub account: Option<String>,
}

impl Options {
    /// The usual: the machine's clock and zone, the built-in keys, nothing kept.
    pub fn new(connect: Arc<dyn ToServer>, label: &str, url: &str, skin: Skin) -> Self {
        Self {
            connect,
            profile: label.to_owned(),
            label: label.to_owned(),
            url: url.to_owned(),
            org: String::new(),
            starts_server: false,
            read_only: false,
            production: false,
            open: None,
            newcomers: false,
            skin,
            taste: Taste::default(),
            themes: Themes {
                folder: None,
                can: Capability {
                    colour: !skin.theme.is_mono(),
                    unicode: !skin.ascii,
                },
            },
            keymap: Keymap::standard(),
            problems: Vec::new(),
            clock: Arc::new(SystemClock),
            zone: TimeZone::system(),
            state: None,
            dumps: PathBuf::from("."),
            project: None,
            profiles: None,
            about: About::default(),
            log: None,
            account: None,
        }
    }

    /// Where files for bug reports are written: beside the log; where nothing is logged, where screen dumps are.
    pub fn reports(&self) -> PathBuf {
        let state = self.log.as_deref().and_then(Path::parent);
        state.map_or_else(|| self.dumps.clone(), |it| it.join("reports"))
    }

    /// What rows are kept under.
    pub fn account(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.url)
    }

    /// Who looks, and at what.
    pub fn session(&self) -> Session {
        Session {
            profile: self.profile.clone(),
            server: self.label.clone(),
            url: self.url.clone(),
            org: self.org.clone(),
            me: None,
            read_only: self.read_only,
            read_only_said: false,
            production: self.production,
            in_project: self.project.is_some(),
        }
    }
}
