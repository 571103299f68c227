//! What black-box tests stand on: the built binary, homes of their own, servers and terminals.

// A test takes from here what it needs.
#![allow(dead_code)]

pub mod demo;
pub mod keys;
pub mod picture;
pub mod postgres;
pub mod pty;
pub mod server;
pub mod store;
pub mod view;
pub mod way;

pub use pty::Console;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

/// How long anything may take before a test fails. Generous: machines are shared.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// The built `jolli`.
pub fn bin() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_jolli"))
}

/// A home directory for one test, removed with it, and the environment that makes programs live in it.
#[derive(Debug)]
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        let home = Self(TempDir::with_prefix("jolli-test-").unwrap());
        for dir in ["home", "jolli"] {
            std::fs::create_dir(home.path().join(dir)).unwrap();
        }
        home
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where this test's `jolli` keeps everything (`JOLLI_HOME`).
    pub fn jolli(&self) -> PathBuf {
        self.path().join("jolli")
    }

    /// Sets this user's `config.toml`.
    pub fn config(&self, text: &str) {
        let folder = self.jolli().join("config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// The whole environment of a program under test: nothing of the developer's own reaches it.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        let mut env: Vec<(OsString, OsString)> = [
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_AUTHOR_NAME", "Test"),
            ("GIT_AUTHOR_EMAIL", "test@example.com"),
            ("GIT_COMMITTER_NAME", "Test"),
            ("GIT_COMMITTER_EMAIL", "test@example.com"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        let home = self.path().join("home");
        env.push(("HOME".into(), home.clone().into()));
        env.push(("JOLLI_HOME".into(), self.jolli().into()));
        for (name, dir) in [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".state"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_DATA_HOME", ".data"),
        ] {
            env.push((name.into(), home.join(dir).into()));
        }
        if let Some(path) = std::env::var_os("PATH") {
            env.push(("PATH".into(), path));
        }
        env
    }
}
