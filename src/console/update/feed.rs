//! The feed: snapshot, changed rows, and what to think of the connection.

use std::sync::Arc;
use std::time::Duration;

use super::Turn;
use crate::api::{Me, RowsFrame};
use crate::base::Timestamp;
use crate::console::effect::Effect;
use crate::console::model::{Connection, Page, Replica, Sources};
use crate::console::msg::{Failure, FailureKind, Feed, Timer};

/// How long a changed row flashes.
const FLASH: Duration = Duration::from_millis(900);
/// More changed rows than this at once do not flash: the eye finds nothing in it.
const FLASHES: usize = 64;

impl Turn<'_> {
    pub(super) fn feed(&mut self, feed: Feed) {
        match feed {
            Feed::Starting => self.model.connection = Connection::Starting,
            Feed::Me(me) => self.take_me(*me),
            Feed::Loading(sources) => self.loading(sources),
            Feed::Snapshot(rows) => {
                let first = self.model.present().sequence != rows.sequence;
                let known = self.model.present().is_loaded();
                self.take_rows(*rows);
                if !known && self.model.ui.first_run {
                    self.tell(tr!("Ready. Empty world."));
                }
                if first {
                    self.model.last_change = Some(self.model.now);
                }
                self.live();
            }
            Feed::Following => self.live(),
            Feed::Frame(frame) => self.frame(*frame),
            Feed::Down {
                failure,
                retry_in,
                attempt,
            } => self.down(failure, retry_in, attempt),
        }
    }

    /// Who the token is, and what it may do.
    pub(super) fn take_me(&mut self, me: Me) {
        self.model.session.org.clone_from(&me.org.slug);
        // A server that was named keeps its host, whoever started it.
        if me.embedded && self.model.session.url.is_empty() {
            self.model.session.server = "embedded".into();
        }
        self.model.session.me = Some(me);
    }

    /// The rows as they were stored; the server's, once they come, take their place.
    pub(super) fn stored(&mut self, rows: Replica, at: Timestamp) {
        if self.model.replica.is_loaded() {
            return;
        }
        self.take_rows(rows);
        self.model.data_as_of = Some(at);
        self.model.last_change = Some(at);
    }

    /// What came so far is shown, where there is nothing else to show.
    fn loading(&mut self, sources: Sources) {
        if self.model.present().is_loaded() {
            return;
        }
        self.model.replica.sources = sources;
        self.fill_all();
    }

    fn take_rows(&mut self, mut rows: Replica) {
        rows.take_here(Arc::clone(&self.model.present().here));
        rows.remember(self.model.present());
        if self.model.session.org.is_empty() {
            self.model.session.org.clone_from(&rows.org);
        }
        if let Some(past) = &mut self.model.past {
            past.now = rows;
            self.now_went_on();
            return;
        }
        let Some(rows) = self.hold(rows) else { return };
        self.model.replica = rows;
        self.model.counts = self.model.replica.counts();
        self.note_first_run();
        self.fill_all();
        self.lay_pulse_out();
        self.look_at_forms();
        if let Some(link) = self.model.flow.open.take() {
            self.open_link(link);
        }
    }

    /// Words for somebody who has no server and no source yet (screens.md §6: First run).
    pub(super) fn note_first_run(&mut self) {
        let none = self.model.replica.sources.is_empty();
        self.model.ui.first_run = none && self.model.session.url.is_empty();
    }

    pub(super) fn live(&mut self) {
        let was = std::mem::replace(&mut self.model.connection, Connection::Live);
        self.model.data_as_of = None;
        if !was.is_live() {
            self.model.work.not_taken = false;
            self.effect(Effect::Disarm(Timer::Second));
            self.model.flow.counting = false;
            self.ask_lost();
            if !self.held() {
                self.refresh_page();
            }
            self.retry_past();
            self.ask_local_rows();
        }
    }

    /// The server asked to wait, and that time is not over, or it refused the token: a feed that is open goes on all the
    /// same, and says nothing of it.
    fn turned_away(&self) -> bool {
        match self.model.connection {
            Connection::Busy { until } => until > self.model.now,
            Connection::SignedOut { .. } => true,
            _ => false,
        }
    }

    fn frame(&mut self, frame: RowsFrame) {
        let (sequence, head) = (frame.sequence, frame.head);
        let moved = sequence > self.model.present().sequence;
        let about_page = self.concerns_page(&frame);
        self.xray_heard(&frame.changes);
        let changed = self.model.present_mut().apply(frame);
        self.model.last_change = Some(self.model.now);
        if sequence < head {
            self.model.connection = Connection::CatchingUp {
                seen: sequence,
                head,
            };
        } else if !self.turned_away() {
            self.live();
        }
        if self.model.past.is_some() {
            self.now_went_on();
            return;
        }
        if self.held() {
            return;
        }
        self.model.counts = self.model.replica.counts();
        self.note_first_run();
        if !changed.is_empty() && changed.len() <= FLASHES {
            let until = self.model.now.plus_millis(FLASH.as_millis() as i64);
            let flashes = &mut self.model.work.flashes;
            flashes.extend(changed.into_iter().map(|key| (key, until)));
            self.effect(Effect::Arm(Timer::Flash, FLASH));
        }
        self.fill_all();
        self.look_at_forms();
        if about_page {
            self.refresh_page();
        }
        self.lay_pulse_out();
        if moved {
            self.feed_moved();
        }
    }

    /// Whether a frame changes what only the page in front shows.
    fn concerns_page(&self, frame: &RowsFrame) -> bool {
        use crate::api::{Row, RowChange};
        let source = match self.model.ui.page() {
            Page::Source(view) => view.source,
            Page::Why(view) => view.source,
            Page::Run(view) => {
                let job = view.job;
                return frame.changes.iter().any(
                    |change| matches!(change, RowChange::Put { row: Row::Job(it) } if it.id == job),
                );
            }
            Page::Events(_) => return true,
            Page::Conflicts(_) => {
                let found = |change: &RowChange| {
                    matches!(
                        change,
                        RowChange::Put {
                            row: Row::Conflicts(_)
                        }
                    )
                };
                return frame.changes.iter().any(found);
            }
            _ => return false,
        };
        frame.changes.iter().any(|change| match change {
            RowChange::Put { row } => match row {
                Row::Source(it) => it.id == source,
                Row::Binding(it) => it.source_id == source,
                Row::Job(it) => it.source_id == source,
                _ => false,
            },
            RowChange::Gone { .. } => true,
        })
    }

    fn down(&mut self, failure: Failure, retry_in: Duration, attempt: u32) {
        let now = self.model.now;
        let next_try = now.plus_millis(retry_in.as_millis() as i64);
        if self.model.connection.is_live() {
            self.model.data_as_of = Some(now);
        }
        let since = match &self.model.connection {
            Connection::Offline { since, .. } => *since,
            _ => now,
        };
        match failure.kind {
            FailureKind::SignedOut | FailureKind::NoToken => {
                self.signed_out(&failure.text, failure.kind == FailureKind::SignedOut);
                return;
            }
            FailureKind::Busy(_) => self.model.connection = Connection::Busy { until: next_try },
            FailureKind::InUse(address) => {
                self.model.connection = Connection::Taken {
                    text: failure.text,
                    address,
                    next_try,
                };
            }
            FailureKind::Outage(outage) => {
                self.model.connection = Connection::Offline {
                    outage,
                    text: failure.text,
                    since,
                    next_try,
                    attempt,
                };
            }
            FailureKind::Server(status) => {
                self.model.connection = Connection::ServerFailed {
                    status,
                    text: failure.text,
                    next_try,
                    attempt,
                };
            }
            FailureKind::Refused(problem) => {
                self.model.connection = Connection::ServerFailed {
                    status: problem.status,
                    text: failure.text,
                    next_try,
                    attempt,
                };
            }
            FailureKind::Protocol => {
                self.model.connection = Connection::ServerFailed {
                    status: 200,
                    text: failure.text,
                    next_try,
                    attempt,
                };
            }
        }
        self.count_down();
    }

    /// The token is not accepted, or none was sent: sign-in opens in place, once.
    pub(super) fn signed_out(&mut self, text: &str, sent: bool) {
        // What was found out first stays: the feed knows whether there is a token, not every answer does.
        let known = match self.model.connection {
            Connection::SignedOut { sent, .. } => Some(sent),
            _ => None,
        };
        let (first, sent) = (known.is_none(), known.unwrap_or(sent));
        if self.model.connection.is_live() {
            self.model.data_as_of = Some(self.model.now);
        }
        self.model.connection = Connection::SignedOut {
            text: text.into(),
            sent,
        };
        self.model.session.me = None;
        if first {
            self.open_sign_in(None);
        }
    }

    /// The countdown ticks only while something is waited for.
    pub(super) fn count_down(&mut self) {
        if !self.model.flow.counting {
            self.model.flow.counting = true;
            self.effect(Effect::Arm(Timer::Second, Duration::from_secs(1)));
        }
    }
}
