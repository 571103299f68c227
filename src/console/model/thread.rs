//! A thread as its page shows it: turns with what happened in them, the diff of the chosen turn, the question that waits.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{Diff, DiffRow};
use super::entry::Entry;
use super::load::Load;
use super::names::Names;
use super::revert::{self, Revert};
use crate::api::orchestration::{Approval, ThreadActivity, Turn};
use crate::api::{ApprovalStatus, JobId, RequestId, SpaceId, Thread, ThreadId, TurnId, TurnStatus};
use crate::console::ids::{Area, ListId, RowKey};

/// A line of the left part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadLine {
    /// Its entry, by its place.
    pub entry: usize,
    /// Which of the lines of its entry; 0: the one with its name.
    pub nth: u16,
    /// What it says.
    pub text: String,
}

/// The page of a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreadView {
    /// Which.
    pub thread_id: ThreadId,
    /// Tells this page from others of this session.
    pub number: u32,
    /// The run and the space that it works for.
    pub about: Option<(JobId, SpaceId)>,
    /// The thread in full.
    pub thread: Load<Thread>,
    /// It is not there any more; what is shown is what it was.
    pub gone: bool,
    /// Which part has the focus: the thread, the diff or the approval.
    pub focus: Area,
    /// Numbers of turns and entries.
    pub names: Names,
    /// Turns whose entries are shown, and entries that are shown in full.
    pub open: BTreeSet<u32>,
    /// Entries that show all that came of their tool, by the same number, with what the server keeps of it.
    pub outputs: BTreeMap<u32, Load<String>>,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// The diff in one column, however wide the screen is.
    pub one_column: bool,
    /// The lines stay at their end.
    pub follow: bool,
    /// Turns and entries, in order.
    pub entries: Vec<Entry>,
    /// What the left part shows.
    pub lines: Vec<ThreadLine>,
    /// The turn whose diff is shown, by its number among the names.
    pub turn: Option<u32>,
    /// Diffs of turns that ended, by the same number.
    pub diffs: BTreeMap<u32, Load<Diff>>,
    /// What a turn without a checkpoint has changed so far, as its tools tell.
    pub so_far: Diff,
    /// The diff of the whole thread is shown, rather than that of the chosen turn.
    pub whole: bool,
    /// That diff, and the newest checkpoint that it ends at, by its turn.
    pub full: (Option<TurnId>, Load<Diff>),
    /// What going back would take: while it is shown, the page shows nothing else.
    pub revert: Option<Box<Revert>>,
    /// Both sides beside each other.
    pub beside: bool,
    /// The rows of the diff.
    pub rows: Vec<DiffRow>,
    /// Where changes begin among them.
    pub changes: Vec<usize>,
    /// The question that is shown.
    pub question: Option<RequestId>,
    /// The same, once it is known what it asks.
    pub shown_question: Option<RequestId>,
    /// The question has just appeared: keys typed before it was seen do not count.
    pub guarded: bool,
}

impl ThreadView {
    /// The page of a thread that is asked for.
    pub fn new(thread_id: ThreadId, number: u32) -> Self {
        Self {
            about: thread_id.run(),
            thread_id,
            number,
            thread: Load::loading(),
            gone: false,
            focus: ListId::Thread,
            names: Names::default(),
            open: BTreeSet::new(),
            outputs: BTreeMap::new(),
            wrap: false,
            one_column: false,
            follow: false,
            entries: Vec::new(),
            lines: Vec::new(),
            turn: None,
            diffs: BTreeMap::new(),
            so_far: Diff::default(),
            whole: false,
            full: (None, Load::default()),
            revert: None,
            beside: true,
            rows: Vec::new(),
            changes: Vec::new(),
            question: None,
            shown_question: None,
            guarded: false,
        }
    }

    /// The question that is shown.
    pub fn approval(&self) -> Option<&Approval> {
        let id = self.question.as_ref()?;
        self.approvals().iter().find(|it| it.request_id == *id)
    }

    /// Everything that a person was asked here, oldest first.
    pub fn approvals(&self) -> &[Approval] {
        let thread = self.thread.value.as_ref();
        thread
            .and_then(|it| it.approvals.as_deref())
            .unwrap_or_default()
    }

    /// What waits for an answer, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = &Approval> {
        self.approvals()
            .iter()
            .filter(|it| it.status == ApprovalStatus::Pending)
    }

    /// The turns, by number.
    pub fn turns(&self) -> &[Turn] {
        let thread = self.thread.value.as_ref();
        thread
            .and_then(|it| it.turns.as_deref())
            .unwrap_or_default()
    }

    /// The number of a turn's name.
    pub fn turn_key(&self, turn: &Turn) -> Option<u32> {
        self.names.known(&format!("turn {}", turn.turn_id))
    }

    /// The turn whose diff is shown.
    pub fn chosen(&self) -> Option<&Turn> {
        let key = self.turn?;
        self.turns()
            .iter()
            .find(|turn| self.turn_key(turn) == Some(key))
    }

    /// The number of the turn that a question was asked in.
    pub fn turn_of(&self, approval: &Approval) -> Option<i64> {
        let id = approval.turn_id.as_ref()?;
        let turn = self.turns().iter().find(|turn| turn.turn_id == *id)?;
        Some(turn.turn_count)
    }

    /// The turn that is under way.
    pub fn running(&self) -> Option<(usize, &Turn)> {
        self.turns()
            .iter()
            .enumerate()
            .rev()
            .find(|(_, turn)| turn.state == TurnStatus::Running)
    }

    /// The turn that was asked for and that nobody has begun.
    pub fn queued(&self) -> Option<&Turn> {
        let pending = |turn: &&Turn| turn.state == TurnStatus::Pending;
        self.turns().iter().rev().find(pending)
    }

    /// What is told beside a question: its tool, and what it would change.
    pub fn asked(&self, approval: &Approval) -> Option<&ThreadActivity> {
        let activities = self.thread.value.as_ref()?.activities.as_ref()?;
        activities.iter().find(|it| {
            it.kind.ends_with(".requested")
                && it.payload["requestId"].as_str() == Some(approval.request_id.as_str())
        })
    }

    /// The newest checkpoint, and the turn that ended with it.
    pub fn newest_checkpoint(&self) -> Option<(i64, TurnId)> {
        let newest = self.thread.value.as_ref()?.checkpoint_turn_count;
        let turn = revert::turn_at(self.turns(), newest)?;
        Some((newest, turn.turn_id.clone()))
    }

    /// The target to begin with: after the chosen turn, and where nothing came after it, before it.
    pub fn first_target(&self) -> Option<i64> {
        let thread = self.thread.value.as_ref()?;
        let targets = revert::targets(thread);
        let newest = *targets.first()?;
        let Some(turn) = self.chosen() else {
            return Some(newest);
        };
        let wanted = turn.checkpoint_turn_count.unwrap_or_else(|| {
            // A turn without a checkpoint changed nothing that is kept: the last one before it is its end.
            let before = self.turns().iter().rev();
            before
                .filter(|it| it.turn_count < turn.turn_count)
                .find_map(|it| it.checkpoint_turn_count)
                .unwrap_or(0)
        });
        targets.into_iter().find(|it| *it <= wanted)
    }

    /// What the checkpoint is called that is shown to go back to.
    pub fn target_name(&self) -> Option<String> {
        let revert = self.revert.as_ref()?;
        Some(revert::target_name(self.turns(), revert.to))
    }

    /// The diff of the whole thread is asked for again when it is looked at next.
    pub fn forget_full(&mut self) {
        if self.full.1.failure().is_some() {
            self.full = (None, Load::default());
        }
    }

    /// Why there is no diff.
    pub fn diff_failure(&self) -> Option<&str> {
        match &self.revert {
            Some(revert) => revert.diff.failure(),
            None if self.whole => self.full.1.failure(),
            None => self.diffs.get(&self.turn?)?.failure(),
        }
    }

    /// The diff that is shown; `None`: it is asked for.
    pub fn diff(&self) -> Option<&Diff> {
        if let Some(revert) = &self.revert {
            return revert.diff.value.as_ref();
        }
        if self.whole {
            return self.full.1.value.as_ref();
        }
        match self.turn.and_then(|key| self.diffs.get(&key)) {
            // Until the diff is there, what the tools told of it.
            Some(load) => load
                .value
                .as_ref()
                .or(Some(&self.so_far).filter(|it| !it.lines.is_empty())),
            None => Some(&self.so_far),
        }
    }

    /// The key of a line.
    pub fn key_at(&self, place: usize) -> Option<RowKey> {
        if let Some(revert) = &self.revert {
            return (place < revert.lines.len()).then_some(RowKey::Place(place as u32));
        }
        let line = self.lines.get(place)?;
        Some(RowKey::Line(self.entries.get(line.entry)?.key, line.nth))
    }

    /// Where a line lies.
    pub fn place_of(&self, key: u32, nth: u16) -> Option<usize> {
        let own = |line: &ThreadLine| self.entries.get(line.entry).map(|it| it.key);
        let exact = (self.lines.iter()).position(|it| own(it) == Some(key) && it.nth == nth);
        // It is folded by now: its name is what is left of it.
        exact.or_else(|| self.lines.iter().position(|it| own(it) == Some(key)))
    }
}

/// A question that waits for a person, wherever it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its number among the names of the session.
    pub number: u32,
    /// Its thread.
    pub thread: ThreadId,
    /// The thread's title.
    pub title: String,
    /// The number of its turn.
    pub turn: Option<i64>,
    /// What is asked.
    pub approval: Approval,
}

/// Everything that waits for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalsView {
    /// What waits, newest last.
    pub questions: Load<Vec<Question>>,
}

/// How many columns the turns and the diff have on a screen of this size: beside each other where it is wide, as every
/// page does, else one below the other.
pub const fn columns(width: u16, height: u16) -> (u16, u16) {
    if width >= 110 && height >= 20 {
        let left = width * 3 / 10;
        (left.saturating_sub(2), (width - left).saturating_sub(2))
    } else {
        (width.saturating_sub(2), width.saturating_sub(2))
    }
}
