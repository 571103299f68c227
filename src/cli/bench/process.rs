//! What the system says of a process: memory, and how often its threads were woken.

use std::fs;
use std::path::PathBuf;

/// A process of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    fn path(self, rest: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{rest}", self.0))
    }

    /// Resident memory, in MiB.
    pub fn memory(self) -> std::io::Result<f64> {
        let status = fs::read_to_string(self.path("status"))?;
        Ok(field(&status, "VmRSS:") as f64 / 1024.0)
    }

    /// Context switches of all its threads so far: each time one of them was woken, or had to wait for a processor.
    pub fn switches(self) -> std::io::Result<u64> {
        let mut all = 0;
        for thread in fs::read_dir(self.path("task"))? {
            // A thread may end meanwhile.
            let Ok(status) = fs::read_to_string(thread?.path().join("status")) else {
                continue;
            };
            all += field(&status, "voluntary_ctxt_switches:");
        }
        Ok(all)
    }
}

fn field(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
