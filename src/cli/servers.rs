//! The servers that the console can be at: one that was named, this machine's own, and those of the user's profiles.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::embedded::{self, EmbeddedError};
use super::profile;
use crate::client::{AccessToken, Client};
use crate::console::model::{ProfileChange, ProfileRow, Session};
use crate::console::{self, ConnectFailure, Options, Target, ToServer};
use crate::local::{Credentials, Home, Profile, Profiles};

/// What this machine's own server is called among the profiles.
pub const EMBEDDED: &str = "embedded";

/// A server that was named: its token comes from the user's keeping.
pub struct Named {
    server: String,
    /// What its token is kept under.
    account: String,
    credentials: Credentials,
    token: Mutex<Token>,
    /// The token in use was given for this start, and is kept nowhere.
    given: AtomicBool,
}

/// The token in use, as far as it was looked for.
#[derive(Clone)]
enum Token {
    Unread,
    Read(Option<AccessToken>),
}

impl Named {
    /// With a token that was found already.
    pub fn signed_in(
        server: &str,
        account: &str,
        credentials: Credentials,
        token: Option<AccessToken>,
        given: bool,
    ) -> Self {
        let given = given && token.is_some();
        Self {
            server: server.to_owned(),
            account: account.to_owned(),
            credentials,
            token: Mutex::new(Token::Read(token)),
            given: AtomicBool::new(given),
        }
    }

    /// With the token that is kept, looked for when it is needed first.
    fn kept(server: &str, account: String, credentials: Credentials) -> Self {
        Self {
            server: server.to_owned(),
            account,
            credentials,
            token: Mutex::new(Token::Unread),
            given: AtomicBool::new(false),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token in use. Keyrings block: they may ask the user something.
    async fn token(&self) -> Result<Option<AccessToken>, ConnectFailure> {
        if let Token::Read(known) = self.slot().clone() {
            return Ok(known);
        }
        let (credentials, account) = (self.credentials.clone(), self.account.clone());
        let found = tokio::task::spawn_blocking(move || credentials.get(&account))
            .await
            .map_err(|error| ConnectFailure::Start(error.to_string()))?
            .map_err(|error| ConnectFailure::Start(error.to_string()))?;
        let token = found.map(|(text, _)| AccessToken::new(&text));
        *self.slot() = Token::Read(token.clone());
        Ok(token)
    }
}

#[async_trait]
impl ToServer for Named {
    async fn connect(&self) -> Result<Client, ConnectFailure> {
        Ok(Client::remote(&self.server, self.token().await?)?)
    }

    async fn keep(&self, token: &AccessToken) -> Result<(), String> {
        *self.slot() = Token::Read(Some(token.clone()));
        self.given.store(false, Ordering::Relaxed);
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

    async fn forget(&self) -> Result<(), String> {
        if self.given.load(Ordering::Relaxed) {
            return Err("The token comes from JOLLI_AUTH_TOKEN, not from what is kept here. Start without it to be signed out.".to_owned());
        }
        let (credentials, account) = (self.credentials.clone(), self.account.clone());
        tokio::task::spawn_blocking(move || credentials.forget(&account))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        *self.slot() = Token::Read(None);
        Ok(())
    }

    async fn kept(&self) -> String {
        if self.given.load(Ordering::Relaxed) {
            return "in JOLLI_AUTH_TOKEN, for this start".to_owned();
        }
        let (credentials, account) = (self.credentials.clone(), self.account.clone());
        match tokio::task::spawn_blocking(move || credentials.get(&account)).await {
            Ok(Ok(Some((_, place)))) => place.to_string(),
            Ok(Ok(None)) => "nowhere".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

/// This machine's own server.
pub struct Own {
    home: Home,
}

impl Own {
    /// That of the user with these folders.
    pub fn new(home: Home) -> Self {
        Self { home }
    }
}

#[async_trait]
impl ToServer for Own {
    async fn connect(&self) -> Result<Client, ConnectFailure> {
        let connected = embedded::connect(&self.home).await;
        connected
            .map(|(client, _)| client)
            .map_err(|error| match error {
                EmbeddedError::InUse(served) => ConnectFailure::InUse {
                    text: format!(
                        "JOLLI_HOME is in use by process {} (jolli serve)",
                        served.pid
                    ),
                    address: served.address,
                },
                // That it did not start is said where it is shown.
                EmbeddedError::Start(text) => ConnectFailure::Start(text),
                error => ConnectFailure::Start(error.to_string()),
            })
    }

    async fn keep(&self, _token: &AccessToken) -> Result<(), String> {
        // Its tokens come from the server itself, new at every start.
        Ok(())
    }

    async fn forget(&self) -> Result<(), String> {
        Err("This machine's own server lets its user in: there is no token to forget.".to_owned())
    }

    async fn kept(&self) -> String {
        "nowhere: this machine's own server makes one at every start".to_owned()
    }
}

/// What was given as a server is no address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address of a server; write it as https://host[:port] or http://host[:port]")]
pub struct NoAddress(String);

/// What people call the server of an address.
pub fn host(server: &str) -> Result<&str, NoAddress> {
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

/// The profiles of this user, and the server that the console was started at.
pub struct UserProfiles {
    home: Home,
    credentials: Credentials,
    start: Start,
}

/// Where the console was started.
struct Start {
    connect: Arc<dyn ToServer>,
    session: Session,
    account: String,
    starts_server: bool,
}

impl UserProfiles {
    /// Those of the user with these folders; the console starts with these options.
    pub fn new(home: Home, credentials: Credentials, options: &Options) -> Self {
        let start = Start {
            connect: Arc::clone(&options.connect),
            session: options.session(),
            account: options.account().to_owned(),
            starts_server: options.starts_server,
        };
        Self {
            home,
            credentials,
            start,
        }
    }

    fn read(&self) -> Result<Profiles, String> {
        Profiles::read(&self.home).map_err(|error| error.to_string())
    }

    fn row(&self, name: &str, profile: &Profile) -> ProfileRow {
        let address = profile.address();
        let kept = self.credentials.get(&profile.account());
        ProfileRow {
            name: name.to_owned(),
            server: address.to_owned(),
            label: host(address).unwrap_or(address).to_owned(),
            org: profile.org.clone(),
            space: profile.space.clone(),
            production: profile.production,
            // A keyring that does not answer says nothing about the token: signing in tells more.
            signed_in: self.start.session.profile == name || matches!(kept, Ok(Some(_))),
            kept: true,
        }
    }

    fn own_session(&self, profile: &str) -> Session {
        Session {
            profile: profile.to_owned(),
            in_project: self.start.session.in_project,
            ..Session::default()
        }
    }
}

impl console::Profiles for UserProfiles {
    fn list(&self) -> Result<Vec<ProfileRow>, String> {
        let profiles = self.read()?;
        let mut rows = Vec::new();
        if !profiles.profiles.contains_key(EMBEDDED) {
            rows.push(ProfileRow {
                name: EMBEDDED.to_owned(),
                label: "this machine".to_owned(),
                signed_in: true,
                ..ProfileRow::default()
            });
        }
        let all = profiles.profiles.iter();
        rows.extend(all.map(|(name, profile)| self.row(name, profile)));
        let start = &self.start.session;
        if rows.iter().all(|row| row.name != start.profile) {
            rows.push(ProfileRow {
                name: start.profile.clone(),
                server: start.url.clone(),
                label: start.server.clone(),
                production: start.production,
                signed_in: true,
                ..ProfileRow::default()
            });
        }
        Ok(rows)
    }

    fn change(&self, change: &ProfileChange) -> Result<(), String> {
        let mut profiles = self.read()?;
        let (row, is_new) = match change {
            ProfileChange::Add(row) => (row, true),
            ProfileChange::Set(row) => (row, false),
            ProfileChange::Remove(name) => {
                return profile::remove(&self.home, &self.credentials, name)
                    .map_err(|error| error.to_string());
            }
        };
        if is_new && (row.name == EMBEDDED || profiles.profiles.contains_key(&row.name)) {
            return Err(format!(
                "There is a profile {} already. Choose another name, or edit that one.",
                row.name
            ));
        }
        host(&row.server).map_err(|error| error.to_string())?;
        let profile = Profile {
            server: row.server.clone(),
            org: row.org.clone(),
            space: row.space.clone(),
            production: row.production,
        };
        profiles.profiles.insert(row.name.clone(), profile);
        profiles
            .write(&self.home)
            .map_err(|error| error.to_string())
    }

    fn open(&self, name: &str) -> Result<Target, String> {
        let profiles = self.read()?;
        let found = profiles.profiles.get(name);
        let start = &self.start;
        // The token that was given for this start counts there and nowhere else.
        let is_start = start.session.profile == name
            && found.is_none_or(|profile| profile.account() == start.account);
        if is_start {
            return Ok(Target {
                connect: Arc::clone(&start.connect),
                session: start.session.clone(),
                account: start.account.clone(),
                starts_server: start.starts_server,
            });
        }
        if found.is_none() && name == EMBEDDED {
            return Ok(Target {
                connect: Arc::new(Own::new(self.home.clone())),
                session: Session {
                    server: EMBEDDED.to_owned(),
                    ..self.own_session(EMBEDDED)
                },
                account: String::new(),
                starts_server: true,
            });
        }
        if found.is_none() && host(name).is_ok() {
            // An address: that of a profile, with its token, or of a server that has none.
            let mut all = profiles.profiles.iter();
            if let Some((known, _)) = all.find(|(_, it)| it.address() == name) {
                return self.open(known);
            }
            let label = host(name).map_err(|error| error.to_string())?;
            return Ok(Target {
                connect: Arc::new(Named::kept(name, name.to_owned(), self.credentials.clone())),
                session: Session {
                    server: label.to_owned(),
                    url: name.to_owned(),
                    ..self.own_session(label)
                },
                account: name.to_owned(),
                starts_server: false,
            });
        }
        let profile = profiles.get(name).map_err(|error| error.to_string())?;
        let address = profile.address();
        let label = host(address).map_err(|error| error.to_string())?;
        let account = profile.account();
        Ok(Target {
            connect: Arc::new(Named::kept(
                address,
                account.clone(),
                self.credentials.clone(),
            )),
            session: Session {
                server: label.to_owned(),
                url: address.to_owned(),
                org: profile.org.clone().unwrap_or_default(),
                production: profile.production,
                ..self.own_session(name)
            },
            account,
            starts_server: false,
        })
    }
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

    #[test]
    fn an_address_is_opened_as_the_profile_that_has_it_or_else_as_it_is() {
        use crate::console::Profiles as _;
        use crate::console::view::{Skin, Theme};

        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let credentials = Credentials::new(home.clone(), false);
        let skin = Skin {
            theme: Theme::named("dark").unwrap(),
            ascii: false,
        };
        let options = Options::new(Arc::new(Own::new(home.clone())), EMBEDDED, "", skin);
        let mine = UserProfiles::new(home, credentials, &options);
        let address = "http://127.0.0.1:7777";
        let target = mine.open(address).unwrap();
        assert_eq!(target.session.url, address);
        assert_eq!(
            (target.account.as_str(), target.starts_server),
            (address, false)
        );
        mine.change(&ProfileChange::Add(ProfileRow {
            name: "mine".to_owned(),
            server: address.to_owned(),
            ..ProfileRow::default()
        }))
        .unwrap();
        assert_eq!(mine.open(address).unwrap().session.profile, "mine");
        assert!(mine.open("nobody").is_err());
    }

    #[test]
    fn profiles_are_listed_changed_and_opened_with_the_token_that_is_kept_for_their_org() {
        use crate::console::Profiles as _;
        use crate::console::view::{Skin, Theme};

        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let credentials = Credentials::new(home.clone(), false);
        let own = Arc::new(Own::new(home.clone()));
        let skin = Skin {
            theme: Theme::named("dark").unwrap(),
            ascii: false,
        };
        let options = Options {
            starts_server: true,
            ..Options::new(own, EMBEDDED, "", skin)
        };
        let mine = UserProfiles::new(home, credentials.clone(), &options);
        let names = || -> Vec<(String, bool)> {
            let rows = mine.list().unwrap().into_iter();
            rows.map(|row| (row.name, row.signed_in)).collect()
        };
        assert_eq!(names(), [(EMBEDDED.to_owned(), true)]);

        let row = |server: &str| ProfileRow {
            name: "prod".to_owned(),
            server: server.to_owned(),
            org: Some("acme".to_owned()),
            production: true,
            ..ProfileRow::default()
        };
        let wrong = mine
            .change(&ProfileChange::Add(row("jolli.example")))
            .unwrap_err();
        assert!(wrong.contains("is no address of a server"), "{wrong}");
        mine.change(&ProfileChange::Add(row("https://jolli.example")))
            .unwrap();
        let twice = mine
            .change(&ProfileChange::Add(row("https://x")))
            .unwrap_err();
        assert!(twice.contains("already"), "{twice}");
        assert_eq!(names()[1], ("prod".to_owned(), false));
        credentials
            .set("https://jolli.example#acme", "secret")
            .unwrap();
        assert_eq!(names()[1], ("prod".to_owned(), true));

        let target = mine.open("prod").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(target.account, "https://jolli.example#acme");
        assert_eq!(target.session.server, "jolli.example");
        assert!(target.session.production && !target.starts_server);
        assert!(mine.open(EMBEDDED).is_ok_and(|it| it.starts_server));
        assert!(
            mine.open("pord")
                .is_err_and(|it| it.contains("there are: prod"))
        );

        mine.change(&ProfileChange::Remove("prod".to_owned()))
            .unwrap();
        assert_eq!(names().len(), 1);
        assert!(
            credentials
                .get("https://jolli.example#acme")
                .unwrap()
                .is_none()
        );
    }
}
