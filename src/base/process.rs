//! Programs that are run: all processes of one end with it.

/// The processes of a program that was started in a group of its own. Dropped before [`Self::ended`], it ends them: a
/// deadline has passed, or nobody waits any more.
#[derive(Debug)]
pub struct ProcessGroup(Option<u32>);

impl ProcessGroup {
    /// The group that the process `id` leads; `None` where it has ended already.
    pub const fn of(id: Option<u32>) -> Self {
        Self(id)
    }

    /// They ended by themselves.
    pub const fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self
            .0
            .and_then(|id| rustix::process::Pid::from_raw(id as i32))
        {
            // They may have ended meanwhile.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}
