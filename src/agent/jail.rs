//! Keeps an agent from what it does not need: Linux namespaces by `bwrap`, where that is installed. Of this machine's files it
//! sees the system's programs with their settings, and its own documents; it may write to its documents and its home alone,
//! and is root of nothing. The network stays, for agents speak to their models: what listens on this machine can be reached.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs, their libraries and their settings lie. What a machine has not is left out.
const SYSTEM: [&str; 28] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/nix",
    "/gnu",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/debian_version",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
];

/// A jail that works on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jail {
    bwrap: PathBuf,
    /// What may be read besides.
    readable: Vec<PathBuf>,
    /// What may not be read, wherever it lies: jolli's own folders.
    hidden: Vec<PathBuf>,
}

impl Jail {
    /// The jail of this machine, in which `readable` may be read and `hidden` may not.
    ///
    /// # Errors
    /// Why there is none: `bwrap` is not installed, or may not make namespaces.
    pub fn find(readable: &[PathBuf], hidden: &[PathBuf]) -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = || std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        let bwrap = folders()
            .map(|folder| folder.join("bwrap"))
            .find(|file| file.is_file())
            .ok_or("bwrap is not installed (Debian and others: package bubblewrap)")?;
        // What the operator can start by name, the agent can.
        let mut readable: Vec<PathBuf> = readable.iter().cloned().chain(folders()).collect();
        // How the names of hosts are looked up is often a link to somewhere else.
        readable.extend(std::fs::canonicalize("/etc/resolv.conf"));
        let jail = Self {
            bwrap,
            readable,
            hidden: hidden.to_vec(),
        };
        let tried = Command::new(&jail.bwrap)
            .args(jail.system())
            .args(["--", "true"])
            .output()
            .map_err(|error| format!("{}: {error}", jail.bwrap.display()))?;
        if tried.status.success() {
            return Ok(jail);
        }
        let said = String::from_utf8_lossy(&tried.stderr);
        Err(format!(
            "bwrap cannot make namespaces here: {}",
            said.lines().next().unwrap_or("it does not say why")
        ))
    }

    /// Whether these can be shown to an agent.
    ///
    /// # Errors
    /// Which cannot, and what to give instead.
    pub fn check_readable(paths: &[PathBuf]) -> Result<(), String> {
        match paths
            .iter()
            .find(|path| !path.is_absolute() || !path.exists())
        {
            Some(path) => Err(format!(
                "{} cannot be shown to the agent: give the whole path of something that is there",
                path.display()
            )),
            None => Ok(()),
        }
    }

    /// Whether the program that a line for the shell begins with is there, for a line that begins with the plain name of one
    /// that is there outside. Links may lead to what cannot be seen.
    pub fn has_program_of(&self, line: &str) -> bool {
        let word = line.split_whitespace().next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/+".contains(c);
        if word.is_empty() || !word.chars().all(plain) {
            return true;
        }
        let asked = format!("command -v -- {word}");
        let finds = |mut command: Command| {
            let found = command.args(["-c", &asked]).output();
            found.is_ok_and(|found| found.status.success())
        };
        let mut inside = Command::new(&self.bwrap);
        inside.args(self.system()).args(["--", "sh"]);
        finds(inside) || !finds(Command::new("sh"))
    }

    /// The same, in which these may be read too.
    #[must_use]
    pub(super) fn showing(mut self, folders: &[PathBuf]) -> Self {
        self.readable.extend_from_slice(folders);
        self
    }

    /// The program to start instead.
    pub(super) fn program(&self) -> &Path {
        &self.bwrap
    }

    /// Its arguments, before the command that it is to run: `root` may be read, the folders of `writable` below it written.
    pub(super) fn arguments(&self, root: &Path, writable: &[PathBuf]) -> Vec<std::ffi::OsString> {
        let mut arguments = self.system();
        let mut bind = |how: &str, path: &Path| {
            arguments.extend([how.into(), path.as_os_str().into(), path.as_os_str().into()]);
        };
        bind("--ro-bind", root);
        for folder in writable {
            bind("--bind", folder);
        }
        arguments.extend(["--setenv", "TMPDIR", "/tmp", "--"].map(Into::into));
        arguments
    }

    fn system(&self) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = [
            "--die-with-parent",
            // Started by root it would keep root's powers, over what it may only read as well.
            "--cap-drop",
            "ALL",
            "--new-session",
            "--unshare-user-try",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
        ]
        .map(Into::into)
        .to_vec();
        for path in SYSTEM {
            show(&mut arguments, Path::new(path));
        }
        for path in self.hidden.iter().filter(|path| path.is_dir()) {
            arguments.extend(["--tmpfs".into(), path.as_os_str().into()]);
        }
        for path in &self.readable {
            show(&mut arguments, path);
        }
        arguments
    }
}

/// Lets a path be read, where it is there.
fn show(arguments: &mut Vec<std::ffi::OsString>, path: &Path) {
    let path = path.as_os_str();
    arguments.extend(["--ro-bind-try".into(), path.into(), path.into()]);
}
