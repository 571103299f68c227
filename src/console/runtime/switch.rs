//! To the server of another profile, without a restart. Nothing of the one that is left is heard any more: its requests
//! and its feed end, and the channel that they speak into goes with them.

use tokio::sync::mpsc;

use super::asks::Server;
use super::jobs::Jobs;
use super::timers::Timers;
use super::{Console, sifter};
use crate::console::msg::Msg;

impl Console {
    /// Goes there, or says why not.
    pub(super) fn switch(&mut self, name: &str) {
        let Some(profiles) = self.options.profiles.clone() else {
            let text = tr!(
                "Not switched to {name}: there is one server here and no other.",
                name
            );
            return self.take(Msg::Notice { failed: true, text });
        };
        let target = match profiles.open(name) {
            Ok(target) => target,
            Err(text) => {
                let text = tr!("Not switched: {text}", text);
                return self.take(Msg::Notice { failed: true, text });
            }
        };
        self.storage.keep_beside(&self.model);
        self.jobs.stop();
        if let Some(follow) = self.follow.take() {
            follow.abort();
        }
        let (to_loop, from_tasks) = mpsc::channel(1024);
        let (feed, orders) = mpsc::channel(8);
        let server = Server::new(
            target.connect,
            self.options.project.clone(),
            Some(profiles),
            self.options.log.clone(),
        );
        self.from_tasks = from_tasks;
        self.feed = feed;
        self.jobs = Jobs::new(server, to_loop.clone());
        self.sifter = sifter::start(to_loop.clone());
        self.storage = (self.storage).elsewhere(self.options.state.clone(), &target.account);
        self.timers = Timers::default();
        self.take(Msg::Switched(
            Box::new(target.session),
            target.starts_server,
        ));
        self.storage.load_rows(to_loop.clone());
        self.start_feed(to_loop, orders);
        self.arm_minute();
    }
}
