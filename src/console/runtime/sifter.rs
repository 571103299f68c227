//! One thread that filters and sorts long lists. Of several questions for a list only the newest is answered.

use std::collections::BTreeMap;
use std::sync::mpsc as blocking;

use tokio::sync::mpsc;

use crate::console::effect::Sift;
use crate::console::model::ListId;
use crate::console::msg::Msg;
use crate::console::update::sift::sift;

/// Where questions go.
#[derive(Debug)]
pub struct Sifter(blocking::Sender<Sift>);

/// Starts the thread; it ends with the console.
pub fn start(out: mpsc::Sender<Msg>) -> Sifter {
    let (ask, questions) = blocking::channel::<Sift>();
    let started = std::thread::Builder::new()
        .name("sifter".into())
        .spawn(move || {
            while let Ok(first) = questions.recv() {
                let mut newest: BTreeMap<ListId, Sift> = BTreeMap::new();
                newest.insert(first.list, first);
                while let Ok(next) = questions.try_recv() {
                    newest.insert(next.list, next);
                }
                for question in newest.into_values() {
                    let answer = sift(&question);
                    // The rows are let go before the answer, so that the loop may change them in place.
                    drop(question);
                    if out.blocking_send(Msg::Sifted(answer)).is_err() {
                        return;
                    }
                }
            }
        });
    if let Err(error) = started {
        tracing::error!(%error, "long lists cannot be filtered: no thread");
    }
    Sifter(ask)
}

impl Sifter {
    /// Asks.
    pub fn ask(&self, question: Sift) {
        if self.0.send(question).is_err() {
            tracing::error!("long lists cannot be filtered: their thread is gone");
        }
    }
}
