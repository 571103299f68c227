//! `jolli events`: the log of a real server and of its database, whether the rows are what it says, and what a crash leaves.

mod check;
mod crash;
#[cfg(target_os = "linux")]
mod full;
mod killing;
mod reading;
mod tables;

use std::process::{Command, Output};
use std::sync::Arc;

use jolli::api::{Command as Wanted, NewSource, SourceType};
use jolli::base::Timestamp;
use jolli::client::{AccessToken, Client};

use super::support::server::Server;
use super::support::{Home, bin};

/// Runs `jolli` in this home.
pub fn jolli(home: &Home, args: &[&str]) -> Output {
    Command::new(bin())
        .args(args)
        .env_clear()
        .envs(home.env())
        .current_dir(home.path())
        .output()
        .unwrap()
}

/// What a command that must succeed wrote to standard output.
pub fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A server, and a client with its admin token.
pub struct Log {
    pub home: Arc<Home>,
    pub server: Server,
    pub client: Client,
    pub token: String,
}

impl Log {
    pub fn new() -> Self {
        let home = Arc::new(Home::new());
        let server = Server::start_in(&home, ["--workers", "0"]);
        let log = server.log();
        let token = log
            .lines()
            .find_map(|line| line.split_once("shown this once: "))
            .map(|(_, token)| token.trim().to_owned())
            .expect("the first start shows its token");
        let client = client(&server, &token);
        Self {
            home,
            server,
            client,
            token,
        }
    }

    /// As after a power cut.
    pub fn restart(&mut self) {
        self.server.kill();
        self.server = Server::start_in(&self.home, ["--workers", "0"]);
        self.client = client(&self.server, &self.token);
    }

    pub async fn source(&self, name: &str) {
        let new = NewSource {
            name: name.into(),
            source_type: SourceType::Git,
            repo: Some(format!("https://github.com/acme/{name}.git")),
            branch: Some("main".into()),
            integration_id: None,
            enabled: true,
        };
        self.client.create_source(&new).await.unwrap();
    }

    /// `jolli` speaking to the server.
    pub fn asks(&self, args: &[&str]) -> Output {
        Command::new(bin())
            .args(args)
            .args(["--server", self.server.url()])
            .env_clear()
            .envs(self.home.env())
            .env("JOLLI_AUTH_TOKEN", &self.token)
            .current_dir(self.home.path())
            .output()
            .unwrap()
    }
}

fn client(server: &Server, token: &str) -> Client {
    Client::remote(server.url(), Some(AccessToken::new(token))).unwrap()
}

pub fn project(id: &str) -> Wanted {
    Wanted::ProjectCreate {
        project_id: id.parse().unwrap(),
        title: format!("Project {id}"),
        workspace_root: format!("/srv/{id}"),
        default_model: None,
        created_at: Timestamp::from_millis(1_795_270_931_000),
    }
}
