//! A source in as few bytes as it needs: a console may hold a hundred thousand of them (performance.md: The console). Written
//! once when it is told, read in place when lists are filtered and sorted, and made whole for the few that are shown.
//!
//! The state stands first, so that counting reads one byte of each; then which of the optional parts are there; then
//! everything else in the order of its declaration. Numbers take as many bytes as they need, commits half of their text.

use crate::api::{
    Cursor, CursorMove, CursorState, Head, IntegrationId, JobId, Pause, PrimaryFinding, Source,
    SourceId, SourceKind, SourceType,
};
use crate::base::Timestamp;

/// Moments are counted from here, in milliseconds: 2020-01-01.
const EPOCH: i64 = 1_577_836_800_000;

/// A source, read in place.
#[derive(Clone, Copy, Debug)]
pub struct SourceRef<'a> {
    /// As in [`Source`].
    pub id: SourceId,
    /// As in [`Source`].
    pub name: &'a str,
    /// As in [`Source`].
    pub source_type: SourceType,
    /// As in [`Source`].
    pub repo: Option<&'a str>,
    /// As in [`Source`].
    pub branch: Option<&'a str>,
    /// As in [`Source`].
    pub integration_id: Option<IntegrationId>,
    /// As in [`Source`].
    pub enabled: bool,
    /// Since when, by whom, why.
    pub paused: Option<(Timestamp, &'a str, Option<&'a str>)>,
    /// Where, and since when.
    pub cursor: Option<(Commit<'a>, Timestamp)>,
    /// As in [`Source`].
    pub created_at: Timestamp,
    /// As in [`Source`].
    pub updated_at: Timestamp,
    /// As in [`Source`].
    pub kind: SourceKind,
    /// As in [`Source`].
    pub version: i64,
    /// As in [`Source`].
    pub cursor_version: i64,
    /// As in [`Source`].
    pub generation: i64,
    /// As in [`Source`].
    pub state: CursorState,
    /// As in [`Source`].
    pub state_since: Option<Timestamp>,
    /// Code and name.
    pub primary: Option<(&'a str, &'a str)>,
    /// The commit, and when it was seen.
    pub head: Option<(Commit<'a>, Timestamp)>,
    /// As in [`Source`].
    pub pending_since: Option<Timestamp>,
    /// As in [`Source`].
    pub commits_behind: Option<i64>,
    /// The run, and when.
    pub moved: Option<(Option<JobId>, Timestamp)>,
    /// As in [`Source`].
    pub created_by: Option<&'a str>,
    history: &'a [u8],
}

/// A commit as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit<'a> {
    /// Forty hexadecimal digits.
    Sha1(&'a [u8]),
    /// Anything else.
    Text(&'a str),
}

impl std::fmt::Display for Commit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sha1(bytes) => f.write_str(&hex::encode(bytes)),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Which optional parts there are, and what is on.
mod part {
    pub const REPO: u16 = 1;
    pub const BRANCH: u16 = 1 << 1;
    pub const INTEGRATION: u16 = 1 << 2;
    pub const ENABLED: u16 = 1 << 3;
    pub const PAUSED: u16 = 1 << 4;
    pub const REASON: u16 = 1 << 5;
    pub const CURSOR: u16 = 1 << 6;
    pub const STATE_SINCE: u16 = 1 << 7;
    pub const PRIMARY: u16 = 1 << 8;
    pub const HEAD: u16 = 1 << 9;
    pub const PENDING: u16 = 1 << 10;
    pub const BEHIND: u16 = 1 << 11;
    pub const MOVED: u16 = 1 << 12;
    pub const MOVED_BY_RUN: u16 = 1 << 13;
    pub const CREATED_BY: u16 = 1 << 14;
}

/// The state of a packed source, without reading the rest.
pub fn state(packed: &[u8]) -> CursorState {
    CursorState::ALL[usize::from(packed[0])]
}

/// Appends the bytes of a source.
pub fn pack(it: &Source, out: &mut Vec<u8>) {
    let parts = [
        (part::REPO, it.repo.is_some()),
        (part::BRANCH, it.branch.is_some()),
        (part::INTEGRATION, it.integration_id.is_some()),
        (part::ENABLED, it.enabled),
        (part::PAUSED, it.paused.is_some()),
        (
            part::REASON,
            it.paused.as_ref().is_some_and(|it| it.reason.is_some()),
        ),
        (part::CURSOR, it.cursor.is_some()),
        (part::STATE_SINCE, it.state_since.is_some()),
        (part::PRIMARY, it.primary.is_some()),
        (part::HEAD, it.head.is_some()),
        (part::PENDING, it.pending_since.is_some()),
        (part::BEHIND, it.commits_behind.is_some()),
        (part::MOVED, it.moved.is_some()),
        (
            part::MOVED_BY_RUN,
            it.moved.as_ref().is_some_and(|it| it.job_id.is_some()),
        ),
        (part::CREATED_BY, it.created_by.is_some()),
    ];
    let there = parts
        .iter()
        .filter(|(_, there)| *there)
        .fold(0u16, |all, (part, _)| all | part);
    out.push(it.state as u8);
    out.extend(there.to_le_bytes());
    out.push(it.kind as u8);
    out.push(it.source_type as u8);
    let mut out = Writer(out);
    out.number(it.id.0);
    out.text(&it.name);
    it.repo.as_deref().inspect(|text| out.text(text));
    it.branch.as_deref().inspect(|text| out.text(text));
    it.integration_id.inspect(|id| out.number(id.0));
    if let Some(pause) = &it.paused {
        out.moment(pause.since);
        out.text(&pause.by);
        pause.reason.as_deref().inspect(|text| out.text(text));
    }
    if let Some(cursor) = &it.cursor {
        out.commit(&cursor.value);
        out.moment(cursor.updated_at);
    }
    out.moment(it.created_at);
    out.moment(it.updated_at);
    out.number(it.version);
    out.number(it.cursor_version);
    out.number(it.generation);
    it.state_since.inspect(|at| out.moment(*at));
    if let Some(primary) = &it.primary {
        out.text(&primary.code);
        out.text(&primary.name);
    }
    if let Some(head) = &it.head {
        out.commit(&head.sha);
        out.moment(head.at);
    }
    it.pending_since.inspect(|at| out.moment(*at));
    it.commits_behind.inspect(|n| out.number(*n));
    if let Some(moved) = &it.moved {
        moved.job_id.inspect(|id| out.number(id.0));
        out.moment(moved.at);
    }
    it.created_by.as_deref().inspect(|text| out.text(text));
    for pending in &it.history {
        out.number(i64::from(*pending));
    }
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn size(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }
    fn number(&mut self, n: i64) {
        // Small numbers of either sign are short.
        self.size(((n << 1) ^ (n >> 63)) as u64);
    }
    fn moment(&mut self, at: Timestamp) {
        self.number(at.as_millis().wrapping_sub(EPOCH));
    }
    fn text(&mut self, text: &str) {
        self.size(text.len() as u64);
        self.0.extend(text.as_bytes());
    }
    fn commit(&mut self, text: &str) {
        let mut sha = [0; 20];
        if text.bytes().all(|b| !b.is_ascii_uppercase())
            && hex::decode_to_slice(text, &mut sha).is_ok()
        {
            self.size(0);
            self.0.extend(sha);
        } else {
            self.size(text.len() as u64 + 1);
            self.0.extend(text.as_bytes());
        }
    }
}

struct Reader<'a>(&'a [u8]);

/// `None`: this is not what `pack` writes.
impl<'a> Reader<'a> {
    fn size(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }
    fn number(&mut self) -> Option<i64> {
        let n = self.size()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }
    fn moment(&mut self) -> Option<Timestamp> {
        Some(Timestamp::from_millis(self.number()?.wrapping_add(EPOCH)))
    }
    fn bytes(&mut self, n: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(n).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }
    fn str(&mut self, n: u64) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(n)?).ok()
    }
    fn text(&mut self) -> Option<&'a str> {
        let n = self.size()?;
        self.str(n)
    }
    fn commit(&mut self) -> Option<Commit<'a>> {
        match self.size()? {
            0 => self.bytes(20).map(Commit::Sha1),
            n => self.str(n - 1).map(Commit::Text),
        }
    }
}

impl<'a> SourceRef<'a> {
    /// Reads what `pack` wrote.
    pub fn read(packed: &'a [u8]) -> Self {
        Self::try_read(packed).expect("rows are packed here, or read once before they are taken")
    }

    /// Reads what `pack` wrote, if it did.
    pub fn try_read(packed: &'a [u8]) -> Option<Self> {
        let (head, rest) = packed.split_first_chunk::<5>()?;
        let there = u16::from_le_bytes([head[1], head[2]]);
        let has = |part: u16| there & part != 0;
        macro_rules! part {
            ($part:ident, $read:expr) => {
                if has(part::$part) { Some($read) } else { None }
            };
        }
        let mut from = Reader(rest);
        let id = SourceId(from.number()?);
        let name = from.text()?;
        let repo = part!(REPO, from.text()?);
        let branch = part!(BRANCH, from.text()?);
        let integration_id = part!(INTEGRATION, IntegrationId(from.number()?));
        let paused = part!(PAUSED, {
            let (since, by) = (from.moment()?, from.text()?);
            (since, by, part!(REASON, from.text()?))
        });
        let cursor = part!(CURSOR, (from.commit()?, from.moment()?));
        let (created_at, updated_at) = (from.moment()?, from.moment()?);
        let (version, cursor_version, generation) =
            (from.number()?, from.number()?, from.number()?);
        let state_since = part!(STATE_SINCE, from.moment()?);
        let primary = part!(PRIMARY, (from.text()?, from.text()?));
        let seen = part!(HEAD, (from.commit()?, from.moment()?));
        let pending_since = part!(PENDING, from.moment()?);
        let commits_behind = part!(BEHIND, from.number()?);
        let moved = part!(MOVED, {
            let run = part!(MOVED_BY_RUN, JobId(from.number()?));
            (run, from.moment()?)
        });
        let created_by = part!(CREATED_BY, from.text()?);
        Some(Self {
            id,
            name,
            source_type: *SourceType::ALL.get(usize::from(head[4]))?,
            repo,
            branch,
            integration_id,
            enabled: has(part::ENABLED),
            paused,
            cursor,
            created_at,
            updated_at,
            kind: *SourceKind::ALL.get(usize::from(head[3]))?,
            version,
            cursor_version,
            generation,
            state: *CursorState::ALL.get(usize::from(head[0]))?,
            state_since,
            primary,
            head: seen,
            pending_since,
            commits_behind,
            moved,
            created_by,
            history: from.0,
        })
    }

    /// The whole source.
    pub fn to_source(self) -> Source {
        let mut left = Reader(self.history);
        let mut history = Vec::new();
        while let Some(pending) = left.number() {
            history.push(pending as u32);
        }
        Source {
            id: self.id,
            name: self.name.to_owned(),
            source_type: self.source_type,
            repo: self.repo.map(str::to_owned),
            branch: self.branch.map(str::to_owned),
            integration_id: self.integration_id,
            enabled: self.enabled,
            paused: self.paused.map(|(since, by, reason)| Pause {
                since,
                by: by.to_owned(),
                reason: reason.map(str::to_owned),
            }),
            cursor: self.cursor.map(|(commit, updated_at)| Cursor {
                value: commit.to_string(),
                updated_at,
            }),
            created_at: self.created_at,
            updated_at: self.updated_at,
            kind: self.kind,
            version: self.version,
            cursor_version: self.cursor_version,
            generation: self.generation,
            state: self.state,
            state_since: self.state_since,
            primary: self.primary.map(|(code, name)| PrimaryFinding {
                code: code.to_owned(),
                name: name.to_owned(),
            }),
            head: self.head.map(|(commit, at)| Head {
                sha: commit.to_string(),
                at,
            }),
            pending_since: self.pending_since,
            commits_behind: self.commits_behind,
            history,
            moved: self.moved.map(|(job_id, at)| CursorMove { job_id, at }),
            created_by: self.created_by.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment() -> impl Strategy<Value = Timestamp> {
        (-4_000_000_000_000i64..9_000_000_000_000).prop_map(Timestamp::from_millis)
    }

    fn commit() -> impl Strategy<Value = String> {
        prop_oneof!["[0-9a-f]{40}", "[0-9A-F]{40}", "[0-9a-f]{64}", ".{0,12}"]
    }

    prop_compose! {
        fn source()(
            id in any::<i64>(), name in ".{1,30}", repo in any::<Option<String>>(), branch in any::<Option<String>>(),
            integration in any::<Option<i64>>(), enabled in any::<bool>(),
            paused in prop::option::of((moment(), ".{0,9}", any::<Option<String>>())),
        )(
            cursor in prop::option::of((commit(), moment())), head in prop::option::of((commit(), moment())),
            moments in (moment(), moment()), versions in any::<(i64, i64, i64)>(),
            state in prop::sample::select(CursorState::ALL), kind in prop::sample::select(SourceKind::ALL),
            source_type in prop::sample::select(SourceType::ALL), since in prop::option::of(moment()),
            primary in any::<Option<(String, String)>>(), pending in prop::option::of(moment()),
            rest in (any::<Option<i64>>(), prop::collection::vec(any::<u32>(), 0..11), any::<Option<String>>()),
            moved in prop::option::of((any::<Option<i64>>(), moment())),
            id in Just(id), name in Just(name), repo in Just(repo), branch in Just(branch),
            integration in Just(integration), enabled in Just(enabled), paused in Just(paused),
        ) -> Source {
            Source {
                id: SourceId(id), name, source_type, repo, branch,
                integration_id: integration.map(IntegrationId), enabled,
                paused: paused.map(|(since, by, reason)| Pause { since, by, reason }),
                cursor: cursor.map(|(value, updated_at)| Cursor { value, updated_at }),
                created_at: moments.0, updated_at: moments.1, kind,
                version: versions.0, cursor_version: versions.1, generation: versions.2,
                state, state_since: since,
                primary: primary.map(|(code, name)| PrimaryFinding { code, name }),
                head: head.map(|(sha, at)| Head { sha, at }),
                pending_since: pending, commits_behind: rest.0, history: rest.1,
                moved: moved.map(|(job, at)| CursorMove { job_id: job.map(JobId), at }),
                created_by: rest.2,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_again(source in source()) {
            let mut packed = Vec::new();
            pack(&source, &mut packed);
            prop_assert_eq!(state(&packed), source.state);
            prop_assert_eq!(SourceRef::read(&packed).to_source(), source);
        }
    }

    #[test]
    fn a_usual_source_takes_less_than_its_names_twice() {
        let at = Timestamp::from_millis(1_763_700_000_000);
        let source = Source {
            id: SourceId(99_999),
            name: "service-099999".to_owned(),
            source_type: SourceType::Git,
            repo: Some("github.com/acme/service-099999".to_owned()),
            branch: Some("main".to_owned()),
            integration_id: Some(IntegrationId(14)),
            enabled: true,
            paused: None,
            cursor: Some(Cursor {
                value: "4f9c2d1".repeat(6)[..40].to_owned(),
                updated_at: at,
            }),
            created_at: at,
            updated_at: at,
            kind: SourceKind::True,
            version: 1,
            cursor_version: 31,
            generation: 0,
            state: CursorState::Ok,
            state_since: Some(at),
            primary: None,
            head: Some(Head {
                sha: "8be01aa".repeat(6)[..40].to_owned(),
                at,
            }),
            pending_since: None,
            commits_behind: Some(0),
            history: vec![0; 10],
            moved: Some(CursorMove {
                job_id: Some(JobId(91)),
                at,
            }),
            created_by: Some("ana".to_owned()),
        };
        let mut packed = Vec::new();
        pack(&source, &mut packed);
        assert!(packed.len() < 180, "{} bytes", packed.len());
    }
}
