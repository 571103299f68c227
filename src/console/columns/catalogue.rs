//! Which columns there are, and which of them each list can show.

use crate::console::ids::ListId;
use crate::console::language::tr;

macro_rules! columns {
    ($($name:ident = $word:literal, $title:literal, $about:literal;)+) => {
        /// A column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Col { $(#[doc = $about] $name),+ }

        impl Col {
            /// Every column.
            pub const ALL: &'static [Col] = &[$(Col::$name),+];
            /// Its name, as the layout and a saved view keep it.
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $word),+ } }
            /// Its heading.
            pub fn title(self) -> &'static str { tr(match self { $(Self::$name => $title),+ }) }
            /// What it shows.
            pub fn about(self) -> &'static str { tr(match self { $(Self::$name => $about),+ }) }
            /// The column of this name.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

columns! {
    Name = "name", "NAME", "its name";
    Kind = "kind", "KIND", "its kind";
    Type = "type", "TYPE", "what it is read from, or what happened";
    Repo = "repo", "REPO", "its repository";
    State = "state", "STATE", "its state";
    Lag = "lag", "LAG", "how long the oldest head waits";
    Behind = "behind", "BEHIND", "commits between cursor and head";
    Branch = "branch", "BRANCH", "the branch";
    Integration = "integration", "INTEGRATION", "the integration";
    Spaces = "spaces", "SPACES", "how many spaces it reaches";
    Run = "run", "RUN", "the run";
    LastRun = "last-run", "LAST RUN", "its newest run among those loaded";
    Changed = "changed", "CHANGED", "when it last changed";
    Since = "since", "SINCE", "since when it is in that state";
    Finding = "finding", "FINDING", "what the diagnosis finds first";
    Cursor = "cursor", "CURSOR", "the commit that is processed";
    Head = "head", "HEAD", "the newest commit seen";
    Moved = "moved", "MOVED", "when the cursor last moved";
    MovedBy = "moved-by", "MOVED BY", "the run that moved it";
    Paused = "paused", "PAUSED", "who holds its runs back";
    Mount = "mount", "MOUNT", "where it is mounted on this machine, and whether that can be used";
    Enabled = "enabled", "ON", "whether it is on";
    Version = "version", "VERSION", "version of its configuration";
    CursorVersion = "cursor-version", "CURSOR V", "version of its cursor";
    Generation = "generation", "GENERATION", "how often its cursor began anew";
    Created = "created", "CREATED", "when it was created";
    By = "by", "BY", "who created it";
    Id = "id", "ID", "its number";
    Space = "space", "SPACE", "the space";
    Source = "source", "SOURCE", "the source";
    Watches = "watches", "WATCHES", "the paths that its documents' rules name";
    Pattern = "pattern", "PATTERN", "what narrows the events";
    Documents = "documents", "DOCUMENTS", "documents with a rule on the source";
    Last = "last", "LAST", "how the last run ended for it";
    LastAt = "last-at", "LAST RUN", "when the last run ended for it";
    Commit = "commit", "COMMIT", "the commit to process";
    Base = "base", "BASE", "the commit that the change set starts from";
    Progress = "progress", "SPACES", "spaces that are done, of all";
    Took = "took", "TOOK", "how long the present attempt took";
    Attempt = "attempt", "ATTEMPT", "which attempt it is";
    Runner = "runner", "RUNNER", "who runs it";
    Error = "error", "ERROR", "why it ended as it did";
    Delivery = "delivery", "DELIVERY", "the delivery that queued it";
    Event = "event", "EVENT", "the provider's word for what happened";
    Ref = "ref", "REF", "the branch or tag it is about";
    Result = "result", "RESULT", "what became of it";
    Received = "received", "WHEN", "when it came";
    Provider = "provider", "PROVIDER", "whose webhook";
    Runs = "runs", "RUNS", "the runs it queued";
    Before = "before", "BEFORE", "the commit before";
    After = "after", "AFTER", "the commit after";
    Covers = "covers", "REPO OR ACCOUNT", "the repository or account it covers";
    Detail = "detail", "DETAIL", "what its state is about";
    Checked = "checked", "CHECKED", "when its access was last checked";
    Sources = "sources", "SOURCES", "how many sources are linked to it";
    Refused = "refused", "REFUSED", "deliveries with a wrong signature since the last good one";
    Webhook = "webhook", "WEBHOOK", "where the provider sends its webhooks";
    Seq = "seq", "@SEQ", "its position in the log";
    When = "when", "WHEN", "when it happened";
    Actor = "actor", "ACTOR", "who acted";
    Stream = "stream", "STREAM", "what it happened to";
    What = "what", "WHAT CHANGED", "before and after";
    Correlation = "correlation", "BELONGS TO", "what it belongs to";
}

/// The lists whose columns can be chosen.
pub const LISTS: [ListId; 7] = [
    ListId::Sources,
    ListId::Bindings,
    ListId::Cursors,
    ListId::Runs,
    ListId::Deliveries,
    ListId::Integrations,
    ListId::Events,
];

/// The name of such a list, as the layout and deep links write it; of other lists none.
pub const fn word(list: ListId) -> Option<&'static str> {
    Some(match list {
        ListId::Sources => "sources",
        ListId::Bindings => "bindings",
        ListId::Cursors => "cursors",
        ListId::Runs => "runs",
        ListId::Deliveries => "deliveries",
        ListId::Integrations => "integrations",
        ListId::Events => "events",
        _ => return None,
    })
}

/// The list of this name.
pub fn list_of(name: &str) -> Option<ListId> {
    LISTS.into_iter().find(|list| word(*list) == Some(name))
}

/// Every column of a list. The first is what a row is known by: it is always shown.
#[rustfmt::skip] // tables: a few words a line
pub const fn catalogue(list: ListId) -> &'static [Col] {
    use Col::{
        Actor, After, Attempt, Base, Before, Behind, Branch, By, Changed, Checked, Commit, Correlation, Covers, Created,
        Cursor, CursorVersion, Delivery, Detail, Documents, Enabled, Error, Event, Finding, Generation, Head, Id,
        Integration, Kind, Lag, Last, LastAt, LastRun, Mount, Moved, MovedBy, Name, Pattern, Paused, Progress, Provider,
        Received, Ref, Refused, Repo, Result, Run, Runner, Runs, Seq, Since, Source, Sources, Space, Spaces, State,
        Stream, Took, Type, Version, Watches, Webhook, What, When,
    };
    match list {
        ListId::Sources => &[
            Name, Kind, Repo, State, Lag, Branch, Integration, Changed, Behind, Spaces, LastRun, Finding, Since, Cursor,
            Head, Moved, MovedBy, Paused, Enabled, Mount, Type, Version, CursorVersion, Created, By, Id,
        ],
        ListId::Cursors => &[
            Name, Cursor, Head, Behind, Lag, State, Finding, Since, Moved, MovedBy, LastRun, Branch, Paused,
            CursorVersion, Generation, Repo, Id,
        ],
        ListId::Bindings => &[
            Space, Source, Watches, Documents, Last, LastAt, Enabled, Pattern, Changed, Version, Created,
        ],
        ListId::Runs => &[
            Run, Source, Commit, State, Progress, Took, Changed, Kind, Branch, Base, Attempt, Runner, Error, Delivery,
            Integration, Created, Version,
        ],
        ListId::Deliveries => &[
            Id, Received, Event, Ref, Result, State, Provider, Integration, Runs, Before, After,
        ],
        ListId::Integrations => &[
            Name, Provider, Covers, State, Checked, Sources, Detail, Refused, Webhook, Changed, Created, Version, Id,
        ],
        ListId::Events => &[Seq, When, Actor, Stream, Type, What, Correlation],
        _ => &[],
    }
}

/// The columns of a list where none were chosen: those that the screen shows by itself where there is room.
#[rustfmt::skip] // tables
pub const fn usual(list: ListId) -> &'static [Col] {
    use Col::{
        Actor, Branch, Changed, Checked, Commit, Covers, Cursor, Documents, Event, Finding, Head, Id, Integration, Kind,
        Lag, Last, Name, Progress, Provider, Received, Ref, Repo, Result, Run, Seq, Source, Sources, Space, State,
        Stream, Took, Type, Watches, What, When,
    };
    match list {
        ListId::Sources => &[Name, Kind, Repo, State, Lag, Branch, Integration, Changed],
        ListId::Cursors => &[Name, Cursor, Head, Lag, State, Finding],
        ListId::Bindings => &[Space, Source, Watches, Documents, Last],
        ListId::Runs => &[Run, Source, Commit, State, Progress, Took, Changed],
        ListId::Deliveries => &[Id, Received, Event, Ref, Result],
        ListId::Integrations => &[Name, Provider, Covers, State, Checked, Sources],
        ListId::Events => &[Seq, When, Actor, Stream, Type, What],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_what_is_usual_can_be_chosen() {
        for col in Col::ALL {
            assert_eq!(Col::parse(col.word()), Some(*col), "{}", col.word());
        }
        for list in LISTS {
            let all = catalogue(list);
            assert_eq!(usual(list).first(), all.first());
            for (place, col) in all.iter().enumerate() {
                assert!(!all[..place].contains(col), "{list:?} has {col:?} twice");
            }
            assert!(usual(list).iter().all(|col| all.contains(col)), "{list:?}");
            assert_eq!(word(list).and_then(list_of), Some(list));
        }
        let used = |col: &Col| LISTS.iter().any(|list| catalogue(*list).contains(col));
        assert!(Col::ALL.iter().all(used), "a column of no list");
    }
}
