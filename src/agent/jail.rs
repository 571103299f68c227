//! Keeps an agent from what it does not need: Linux namespaces by `bwrap`, where that is installed. It sees the system's
//! programs, its own documents and nothing else of this machine; it may write to its documents and its home alone. The
//! network stays, for agents speak to their models.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where programs, their libraries and their settings lie. What a machine has not is left out.
const SYSTEM: [&str; 11] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/opt",
    "/nix",
    "/gnu",
    // Where the names of hosts are looked up on many machines.
    "/run/systemd/resolve",
];

/// A jail that works on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jail {
    bwrap: PathBuf,
    /// What may be read besides.
    readable: Vec<PathBuf>,
}

impl Jail {
    /// The jail of this machine.
    ///
    /// # Errors
    /// Why there is none: `bwrap` is not installed, or may not make namespaces.
    pub fn find(readable: &[PathBuf]) -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bwrap = std::env::split_paths(&path)
            .map(|folder| folder.join("bwrap"))
            .find(|file| file.is_file())
            .ok_or("bwrap is not installed (Debian and others: package bubblewrap)")?;
        let mut readable: Vec<PathBuf> = readable.to_vec();
        // What the operator can start by name, the agent can.
        readable.extend(std::env::split_paths(&path).filter(|folder| folder.is_absolute()));
        let jail = Self { bwrap, readable };
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
        let more = self.readable.iter().map(PathBuf::as_path);
        for path in SYSTEM.iter().map(Path::new).chain(more) {
            arguments.extend([
                "--ro-bind-try".into(),
                path.as_os_str().into(),
                path.as_os_str().into(),
            ]);
        }
        arguments
    }
}
