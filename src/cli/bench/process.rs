//! What the system says of a process: memory, and how often its threads were woken.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// A process of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    fn path(self, rest: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{rest}", self.0))
    }

    /// Its memory, in MiB: what is its own, and its part of what it shares (PSS).
    pub fn memory(self) -> std::io::Result<f64> {
        let rollup = fs::read_to_string(self.path("smaps_rollup"))?;
        Ok(field(&rollup, "Pss:") as f64 / 1024.0)
    }

    /// How often each of its threads was woken so far.
    pub fn switches(self) -> std::io::Result<Switches> {
        let mut all = BTreeMap::new();
        for thread in fs::read_dir(self.path("task"))? {
            let thread = thread?;
            // It may end meanwhile.
            let Ok(status) = fs::read_to_string(thread.path().join("status")) else {
                continue;
            };
            let count = field(&status, "voluntary_ctxt_switches:");
            all.insert(thread.file_name(), count);
        }
        Ok(Switches(all))
    }
}

/// Voluntary context switches by thread.
pub struct Switches(BTreeMap<OsString, u64>);

impl Switches {
    /// How many there were since `before`, of the threads that are there still.
    pub fn since(&self, before: &Self) -> u64 {
        let then = |thread| before.0.get(thread).copied().unwrap_or(0);
        let threads = self.0.iter();
        threads.map(|(thread, now)| now - then(thread)).sum()
    }
}

fn field(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
