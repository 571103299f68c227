//! A docs project with repositories beside it, and a server where the story needs one.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::server::Server;
use crate::support::{Console, Home, bin};

/// A token of the server's first admin.
pub const TOKEN: &str = "jolli_1_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// It succeeded; what it printed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    /// It succeeded, and printed JSON.
    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// It ended with this code; what it told on standard error.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self.err
    }
}

pub struct World {
    home: Arc<Home>,
    server: Option<Server>,
    is_told: bool,
}

impl World {
    /// A docs project in a git repository of its own, with one commit; no server.
    pub fn alone() -> Self {
        let world = Self {
            home: Arc::new(Home::new()),
            server: None,
            is_told: true,
        };
        world.repository("docs");
        std::fs::create_dir(world.docs().join(".jolli")).unwrap();
        world
    }

    /// The same, with a server that has the space `api-docs` and the integration 1 for `github.com/acme`.
    pub fn served() -> Self {
        let mut world = Self::alone();
        let home = Arc::new(Home::new());
        world.server = Some(Server::start_on(&home, None, &"ab".repeat(32), TOKEN));
        world.jolli(&["space", "create", "API Docs"]).ok();
        let github = [
            "integration",
            "create",
            "acme",
            "--account",
            "github.com/acme",
        ];
        world.jolli(&github).ok();
        world.jolli(&["init", "--space", "api-docs"]).ok();
        world
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        self.server.as_ref().unwrap().url()
    }

    /// Commands are not told of the server any more. It goes on.
    pub fn forget_server(&mut self) {
        self.is_told = false;
        std::fs::remove_file(self.docs().join(".jolli/space.json")).unwrap();
    }

    /// Sets the `config.toml` of whoever runs commands here.
    pub fn config(&self, text: &str) {
        self.home.config(text);
    }

    /// Takes the server away.
    pub fn lose_server(&mut self) {
        self.server.as_mut().unwrap().kill();
    }

    pub fn docs(&self) -> PathBuf {
        self.path("docs")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        // As git prints it.
        std::fs::canonicalize(self.home.path()).unwrap().join(name)
    }

    /// A repository with one commit on `main`, cloned from nowhere.
    pub fn repository(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(&path).unwrap();
        self.git(&path, &["init", "-q", "-b", "main"]);
        // Its name makes its commit another one than that of the next repository.
        self.write(&path, "README.md", &format!("# {name}\n"));
        self.commit(&path);
        path
    }

    /// As if it had been cloned from a host.
    pub fn clone_of(&self, name: &str, repo: &str) -> PathBuf {
        let path = self.repository(name);
        let url = format!("git@{}.git", repo.replacen('/', ":", 1));
        self.git(&path, &["remote", "add", "origin", &url]);
        path
    }

    pub fn write(&self, root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        assert!(path.starts_with(self.path("")), "{}", path.display());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, root: &Path, file: &str) -> String {
        let path = root.join(file);
        assert!(path.starts_with(self.path("")), "{}", path.display());
        std::fs::read_to_string(path).unwrap()
    }

    pub fn commit(&self, root: &Path) -> String {
        self.git(root, &["add", "--all"]);
        self.git(root, &["commit", "-q", "-m", "change"]);
        self.git(root, &["rev-parse", "HEAD"])
    }

    #[track_caller]
    pub fn git(&self, root: &Path, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .env_clear()
            .envs(self.home.env())
            .current_dir(root)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {err}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A document with these rules: source (none: the project's own repository) and path.
    pub fn document(&self, path: &str, id: &str, rules: &[(Option<&str>, &str)]) {
        let mut text = format!("---\njrn: {id}\nattention:\n");
        for (source, pattern) in rules {
            text += "  - op: file\n";
            if let Some(source) = source {
                text.extend(["    source: ", source, "\n"]);
            }
            text.extend(["    path: \"", pattern, "\"\n"]);
        }
        text += "---\n# Text\n";
        self.write(&self.docs(), path, &text);
    }

    /// Runs `jolli` in the docs project.
    pub fn jolli(&self, args: &[&str]) -> Said {
        self.jolli_with(args, &[])
    }

    /// With further variables.
    pub fn jolli_with(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        self.jolli_in_with(&self.docs(), args, env)
    }

    /// Runs `jolli` in another folder.
    pub fn jolli_in(&self, folder: &Path, args: &[&str]) -> Said {
        self.jolli_in_with(folder, args, &[])
    }

    /// With further variables.
    pub fn jolli_in_with(&self, folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Said {
        let mut command = Command::new(bin());
        command.args(args);
        self.run_in(folder, command, env)
    }

    /// Starts `jolli` in the docs project, without the server.
    pub fn start(&self, args: &[&str]) -> Child {
        Command::new(bin())
            .args(args)
            .env_clear()
            .envs(self.home.env())
            .current_dir(self.docs())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Runs `jolli` in the docs project, in a terminal.
    pub fn terminal(&self, args: &[&str]) -> Console {
        let launch = Console::jolli().args(args.iter().copied());
        launch
            .size(160, 60)
            .cwd(self.docs())
            .home(&self.home)
            .spawn()
    }

    /// Another checkout of the documents of `api-docs`, with nothing in it yet.
    pub fn checkout(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir(&path).unwrap();
        self.jolli_in(&path, &["init", "--space", "api-docs"]).ok();
        path
    }

    /// Runs a line of a shell in the docs project, with `jolli` on its path.
    pub fn shell(&self, line: &str, env: &[(&str, &str)]) -> Said {
        let mut command = Command::new("sh");
        let folder = bin().parent().unwrap().display();
        let path = std::env::var("PATH").unwrap_or_default();
        command.args(["-c", &format!("PATH={folder}:{path}; {line}")]);
        self.run_in(&self.docs(), command, env)
    }

    fn run_in(&self, folder: &Path, mut command: Command, env: &[(&str, &str)]) -> Said {
        command
            .env_clear()
            .envs(self.home.env())
            .current_dir(folder)
            .stdin(Stdio::null());
        if let Some(server) = self.server.as_ref().filter(|_| self.is_told) {
            command.env("JOLLI_URL", server.url());
            command.env("JOLLI_AUTH_TOKEN", TOKEN);
        }
        let output = command.envs(env.iter().copied()).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `.jolli/sources.json`, or null.
    pub fn sources_file(&self) -> Value {
        match std::fs::read(self.docs().join(".jolli/sources.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
            Err(_) => Value::Null,
        }
    }

    /// `jolli source list`, by name: kind, status, server.
    pub fn listed(&self) -> Value {
        let rows = self.jolli(&["source", "list", "--json"]).json();
        let mut by_name = json!({});
        for row in rows.as_array().unwrap() {
            by_name[row["name"].as_str().unwrap()] =
                json!([row["kind"], row["status"], row["server"]]);
        }
        by_name
    }

    /// The sources that a space of the server watches, by name.
    pub fn bound(&self, space: &str) -> Vec<String> {
        let rows = self.jolli(&["space", "sources", space, "--json"]).json();
        let names = rows.as_array().unwrap().iter();
        names
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    }
}
