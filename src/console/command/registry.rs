//! Every command: its words, what it risks, who may.

use super::CommandId as C;
use crate::api::Role;
use crate::console::language::tr;

/// What a command risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Changes nothing that others see.
    Safe,
    /// Runs at once; `u` takes it back.
    Reversible,
    /// Shows its effect and asks for the typed name.
    Destructive,
}

impl Class {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Reversible => "reversible",
            Self::Destructive => "destructive",
        }
    }
}

/// One entry of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name.
    pub id: C,
    /// A few words, for the palette, the footer of groups and buttons.
    pub title: &'static str,
    /// One or two words, for the footer.
    pub short: &'static str,
    /// One sentence, for help.
    pub help: &'static str,
    /// What it risks.
    pub class: Class,
    /// Who may.
    pub role: Role,
    /// Whether it sends a change to the server.
    pub writes: bool,
}

impl Command {
    /// Its title in the language of now.
    pub fn title(&self) -> &'static str {
        tr(self.title)
    }

    /// Its word for the footer, likewise.
    pub fn short(&self) -> &'static str {
        tr(self.short)
    }

    /// Its sentence for help, likewise.
    pub fn help(&self) -> &'static str {
        tr(self.help)
    }
}

const fn safe(id: C, short: &'static str, title: &'static str, help: &'static str) -> Command {
    Command {
        id,
        title,
        short,
        help,
        class: Class::Safe,
        role: Role::Viewer,
        writes: false,
    }
}

const fn write(
    id: C,
    class: Class,
    role: Role,
    short: &'static str,
    title: &'static str,
    help: &'static str,
) -> Command {
    Command {
        id,
        title,
        short,
        help,
        class,
        role,
        writes: true,
    }
}

use Class::{Destructive, Reversible, Safe};
use Role::{Admin, Operator};

/// All commands, in the order that the palette and the table show them.
#[rustfmt::skip] // a table: one command a line
pub const COMMANDS: &[Command] = &[
    write(C::Link, Reversible, Operator, "link", "Link to an integration", "Link: choose an integration, see what would follow, then make the source true"),
    write(C::SourceToggle, Reversible, Operator, "on/off", "Turn the source on or off", "Source on or off: while off, no event of it queues anything"),
    write(C::SourceEdit, Reversible, Operator, "edit", "Edit the source", "Edit name, repository and branch of the source"),
    write(C::SourceNew, Reversible, Operator, "new", "Add a source", "Add a source"),
    write(C::EditOutside, Reversible, Operator, "editor", "Edit in your editor", "Edit in $VISUAL or $EDITOR: the source, the pattern or the instruction in front; what is saved there is shown before it is sent"),
    write(C::SpaceEdit, Reversible, Operator, "space", "Edit the space", "Edit the space of the binding: its name, what agents may do there without asking, and where they run"),
    write(C::SpaceNew, Reversible, Operator, "new space", "Make a space", "Make a space; in the picker of b its last row makes one and binds to it"),
    write(C::BindingToggle, Reversible, Operator, "on/off", "Turn the binding on or off", "Binding on or off: while off, no event reaches the space"),
    write(C::BindingEdit, Reversible, Operator, "pattern", "Edit the pattern of the binding", "Pattern: narrow which events of the source reach the space"),
    write(C::Bind, Reversible, Operator, "bind", "Bind to a space", "Bind the source to a space"),
    write(C::Unbind, Reversible, Operator, "unbind", "Unbind from the space", "Unbind the source from the space"),
    write(C::LocalRemove, Reversible, Role::Viewer, "remove local", "Remove the local entry", "Take an entry out of the docs project's .jolli/sources.json; where a finding offers it"),
    write(C::CatchUp, Reversible, Operator, "catch up", "Catch up now", "Catch up: compare with the remote, queue a run"),
    write(C::SourcePause, Reversible, Operator, "pause", "Pause or resume the source", "Pause or resume: while paused, its runs are queued and wait"),
    write(C::QueueResume, Reversible, Admin, "resume queue", "Resume the queue", "Let the runs of a paused kind go on; where a finding offers it"),
    write(C::RunRetry, Reversible, Operator, "retry", "Retry the failed spaces", "Retry the failed spaces of the run"),
    write(C::RunAgain, Reversible, Operator, "re-run", "Run again from the event", "Run again from the event that queued the run"),
    write(C::Redeliver, Reversible, Operator, "redeliver", "Process the delivery again", "Redeliver: process the stored delivery again, as a new generation"),
    write(C::ApproveOnce, Safe, Operator, "once", "Allow this once", "Allow what the agent asks for, this once; it cannot be taken back"),
    write(C::ApproveSession, Safe, Operator, "session", "Allow this kind for the session", "Allow what the agent asks for, and the same kind for the rest of its session"),
    write(C::Decline, Safe, Operator, "decline", "Decline", "Decline what the agent asks for; it goes on without it"),
    write(C::Instruct, Safe, Operator, "instruct", "Write to the agent", "Write to the agent: the next instruction of the thread, or the words that it asks for; it cannot be taken back"),
    write(C::RuntimeMode, Reversible, Operator, "mode", "Set what the agent may do without asking", "Mode: what the agent of the thread may do without asking, for the turns to come"),
    write(C::IntegrationCheck, Safe, Operator, "check", "Check the access of the integration", "Check whether the integration still has access"),
    write(C::IntegrationNew, Reversible, Admin, "new", "Add an integration", "Add an integration; its webhook secret is shown this once"),
    write(C::IntegrationEdit, Reversible, Admin, "edit", "Edit the integration", "Edit the name of the integration, or the status that you know"),
    write(C::CredentialSet, Reversible, Admin, "credential", "Set the clone credential", "Set what the repositories of the integration are cloned with; one that is there asks for the name first"),
    write(C::TokenNew, Reversible, Admin, "new", "Make a token", "Make a token; it is shown this once"),
    write(C::Undo, Reversible, Operator, "undo", "Undo", "Undo the last change of this session; in the event log, the selected one"),
    write(C::Redo, Reversible, Operator, "redo", "Redo", "Do again what was undone last"),
    write(C::Unlink, Destructive, Operator, "unlink", "Unlink, its cursor is lost", "Unlink: the source becomes virtual and loses its cursor"),
    write(C::SourceDelete, Destructive, Admin, "delete", "Delete the source", "Delete the source; its queued runs are cancelled"),
    write(C::CursorClear, Destructive, Admin, "clear cursor", "Clear the cursor", "Clear the cursor: a push then runs over its own commits, a catch-up over everything"),
    write(C::Rebaseline, Destructive, Operator, "re-baseline", "Start again where the histories part", "Re-baseline: queue a run that starts where the histories of cursor and head part"),
    write(C::RunCancel, Destructive, Operator, "cancel", "Cancel the run", "Cancel the run"),
    write(C::SpaceSkip, Destructive, Operator, "skip space", "Skip the failed space", "Skip the failed space of the run for this event"),
    write(C::LeaseRelease, Destructive, Operator, "release lease", "Release the lease", "Release the lease of a run that is dead"),
    write(C::SecretRotate, Destructive, Admin, "rotate secret", "Rotate the webhook secret", "Rotate the webhook secret: the new one is shown this once, the previous one counts for a day"),
    write(C::CredentialRemove, Destructive, Admin, "remove credential", "Remove the clone credential", "Remove the clone credential: git's own settings on each machine count again"),
    write(C::IntegrationDelete, Destructive, Admin, "delete", "Delete the integration", "Delete the integration: its sources become virtual, its secrets are lost"),
    Command { role: Role::Viewer, writes: false, ..write(C::ProfileRemove, Destructive, Admin, "remove", "Remove the profile", "Remove the profile, and the token that was kept for its org") },
    write(C::TokenRevoke, Destructive, Admin, "revoke", "Revoke the token", "Revoke the token: who uses it is signed out at once"),
    write(C::TurnInterrupt, Destructive, Operator, "interrupt", "Interrupt the turn", "Interrupt the turn under way: what the agent edited in it is not taken over"),
    write(C::SessionStop, Destructive, Operator, "stop session", "Stop the agent's session", "Stop the session of the agent: its turn ends, and what it asked is void"),
    write(C::CheckpointRevert, Destructive, Operator, "go back", "Go back to a checkpoint", "Go back to a checkpoint of the thread, after a preview: later turns go, and the documents become as they were"),
    safe(C::WhyStuck, "why stuck", "Why stuck", "Why stuck: what holds this cursor, what moves it"),
    safe(C::Conflicts, "conflicts", "Strict conflicts", "Strict conflicts: names that the rules use × where they are defined"),
    safe(C::EventLog, "event log", "Event log", "Event log: everything that happened"),
    safe(C::TimeTravel, "time travel", "Look at the past", "Time travel: the whole console as it was, from the selected event of the log or from the newest; Esc returns to now"),
    safe(C::TimePrevious, "earlier", "One event back", "In the past: one event back"),
    safe(C::TimeNext, "later", "One event on", "In the past: one event on"),
    safe(C::TimePreviousTen, "ten back", "Ten events back", "In the past: ten events back"),
    safe(C::TimeNextTen, "ten on", "Ten events on", "In the past: ten events on"),
    safe(C::TimeFirst, "first", "To the first event", "In the past: to the beginning of the log"),
    safe(C::TimeNewest, "newest", "To the newest event", "In the past: to the end of the log"),
    safe(C::GoToSequence, "go to", "Go to a position of the log", "In the past: to the position that is typed"),
    safe(C::CompareNow, "compare with now", "Compare the past with now", "In the past: what is different now, of the selected source and of everything"),
    safe(C::GoSource, "source", "Go to the source's page", "Go to the page of the source"),
    safe(C::GoRuns, "runs", "Go to the runs", "Go to the runs of the source"),
    safe(C::GoDeliveries, "deliveries", "Go to deliveries", "Deliveries: what webhooks brought and what became of it"),
    safe(C::GoIntegrations, "integrations", "Go to integrations", "Integrations and their webhook URLs"),
    safe(C::GoTokens, "tokens", "Go to the tokens", "Tokens: who may do what here, and since when it was not used"),
    safe(C::GoWeb, "web", "Go to it on the web", "Open the commit or repository where it is hosted; without a browser its address is copied"),
    safe(C::GoProfiles, "profiles", "Go to the profiles", "Profiles: the servers that you work with; Enter goes to one without a restart"),
    safe(C::ProfileNew, "new", "Add a profile", "Add a profile: a server, and perhaps an org and a space, under a name"),
    safe(C::ProfileEdit, "edit", "Edit the profile", "Edit the profile: its server, org and space, and whether it is production"),
    safe(C::GoApprovals, "approvals", "Go to the approvals", "Approvals: everything that waits for an answer of a person"),
    safe(C::GoPulse, "pulse", "Go to the pulse", "Pulse: what came, what ran, what failed, lags and waits in the last hour, day or week, and its runs over time"),
    safe(C::GoXray, "xray", "Go to xray: what depends on what", "Xray: the tree of sources, the spaces bound to them and the documents with rules on them, what fails first"),
    safe(C::GoEventsOfRow, "events of this", "Go to the events of this row", "Event log of the selected row only"),
    safe(C::GoViews, "views", "Go to a saved view", "Views: page, filter, order and columns under a name; + saves the present one"),
    safe(C::GoResults, "results", "Go to the results of the last command on many rows", "The table of what the last command on several rows did to each"),
    safe(C::GoLog, "messages", "Go to the messages", "Everything said in this session"),
    safe(C::PreviewEvent, "preview", "Preview the event", "Preview: what the delivery would do if it came now; nothing is queued"),
    safe(C::Remedy1, "1-9 remedy", "Choose remedy 1", "Choose remedy 1 and show its effect"),
    safe(C::Remedy2, "remedy", "Choose remedy 2", "Choose remedy 2 and show its effect"),
    safe(C::Remedy3, "remedy", "Choose remedy 3", "Choose remedy 3 and show its effect"),
    safe(C::Remedy4, "remedy", "Choose remedy 4", "Choose remedy 4 and show its effect"),
    safe(C::Remedy5, "remedy", "Choose remedy 5", "Choose remedy 5 and show its effect"),
    safe(C::Remedy6, "remedy", "Choose remedy 6", "Choose remedy 6 and show its effect"),
    safe(C::Remedy7, "remedy", "Choose remedy 7", "Choose remedy 7 and show its effect"),
    safe(C::Remedy8, "remedy", "Choose remedy 8", "Choose remedy 8 and show its effect"),
    safe(C::Remedy9, "remedy", "Choose remedy 9", "Choose remedy 9 and show its effect"),
    safe(C::Open, "open", "Open", "Open what is selected"),
    safe(C::Back, "back", "Back", "Step out: field, popup, page, filter, marks; never quits"),
    safe(C::Jump, "jump", "Jump to a row by letters", "Jump: two letters stand at each row that is seen; typing them goes there, Esc leaves"),
    safe(C::Freeze, "freeze", "Freeze what is shown, or go on", "Freeze: what is shown stands still, what changes meanwhile waits and is counted; again: it goes on"),
    safe(C::Filter, "filter", "Filter", "Filter: words, key:value, behind>10, !not, ~fuzzy; in a log, search"),
    safe(C::FilterFuzzy, "fuzzy", "Filter by letters in order", "Filter by letters in order"),
    safe(C::Columns, "columns", "Choose columns", "Columns: which the list shows, in what order, and by which it is sorted; kept for the next start"),
    safe(C::Mark, "mark", "Mark", "Mark or unmark the row; commands then take all marked rows"),
    safe(C::MarkRange, "mark range", "Mark a range", "Mark from the last mark to here"),
    safe(C::MarkAll, "mark all", "Mark all shown", "Mark all rows that are shown, or none"),
    safe(C::SortName, "name", "Sort by name", "Sort by name; again: the other way round"),
    safe(C::SortState, "state", "Sort by state", "Sort by state, worst first"),
    safe(C::SortAge, "age", "Sort by age", "Sort by the last change, newest first"),
    safe(C::SortLag, "lag", "Sort by lag", "Sort by lag"),
    safe(C::SortRepo, "repo", "Sort by repository", "Sort by repository"),
    safe(C::SortKind, "kind", "Sort by kind", "Sort by kind"),
    safe(C::Next, "next", "Next", "Next finding, step, turn or change; in a tree, next line that needs a look"),
    safe(C::Previous, "previous", "Previous", "Previous finding, step, turn or change; in a tree, previous line that needs a look"),
    safe(C::MatchNext, "next match", "Next match", "Next line that matches the search"),
    safe(C::MatchPrevious, "previous match", "Previous match", "Previous line that matches the search"),
    safe(C::LogFollow, "follow", "Follow the log", "Follow: stay at the end of the log"),
    safe(C::LogLevel, "level", "Least level of the log", "Level: which lines of the log are shown"),
    safe(C::Wrap, "wrap", "Wrap long lines", "Wrap long lines"),
    safe(C::DiffLayout, "columns", "Diff in one or two columns", "Both sides of the diff beside each other, or in one column"),
    safe(C::DiffWhole, "whole thread", "Diff of the turn or of the whole thread", "The diff of the chosen turn, or all that the thread changed"),
    safe(C::CopyRow, "row", "Copy the row", "Copy the row"),
    safe(C::CopyCell, "exact value", "Copy the exact value of the cell", "Copy the exact time or value of the first cell shown"),
    safe(C::CopyId, "id", "Copy the id", "Copy the id"),
    safe(C::CopySha, "commit", "Copy the commit", "Copy the full commit"),
    safe(C::CopyUrl, "URL", "Copy the API's URL", "Copy the URL of the row"),
    safe(C::CopyLink, "link to this view", "Copy a deep link to this view", "Copy a command that opens this view"),
    safe(C::CopyCurl, "curl", "Copy as curl", "Copy a curl command that reads the row; it holds no token"),
    safe(C::CopyJson, "JSON", "Copy as JSON", "Copy the row as JSON"),
    safe(C::Export, "export", "Take the list away", "Export: the rows and columns of the list, or the marked rows, as csv, json or md, to a file or the clipboard; :export FORMAT FILE asks nothing"),
    safe(C::ScreenDump, "screen dump", "Dump the screen", "Write the screen to a file: svg, png (feature shot), ansi or text, as :screen-dump KIND"),
    safe(C::Palette, "palette", "Commands", "Commands: all of them, by name"),
    safe(C::Help, "help", "Help", "Help: keys and commands, by name, text or key"),
    safe(C::Tour, "tour", "Tour", "Tour: the way through the console in a few steps, each over once it is done; again: ends it"),
    safe(C::Refresh, "refresh", "Refresh", "Refresh; while offline, try again now"),
    safe(C::Mouse, "mouse", "Mouse on or off", "Mouse on or off"),
    safe(C::ReadOnly, "read-only", "Refuse every change from here on", "Read-only: refuse every change for the rest of this session"),
    safe(C::Theme, "theme", "Theme", "Theme: colours and characters of the screen, as :theme NAME"),
    safe(C::Keymap, "keys", "Keys", "Keys: default, vim or emacs, as :keymap NAME; your keymap.toml stays over them"),
    safe(C::OpenLink, "view", "Open a view", "Open a view by its link, as :open sources?filter=state:stuck; :@1790 and :#91 open an event and a run"),
    safe(C::Info, "info", "This console", "What this console is: version, server, token, feed, zone, theme, log"),
    safe(C::Log, "log", "This console's own log", "The console's own log, newest first"),
    safe(C::BugReport, "bug report", "Write a file for a bug report", "Bug report: one text file with version, settings, log and screen, no token in it, and no name unless :bug-report with-names says so"),
    safe(C::SignOut, "sign out", "Sign out: forget the token", "Forget the token of this profile, after asking"),
    safe(C::SignIn, "sign in", "Sign in with a token", "Sign in with another token"),
    safe(C::Suspend, "suspend", "Suspend to the shell", "Suspend to the shell; fg comes back"),
    safe(C::Quit, "quit", "Quit", "Quit"),
    safe(C::Pane1, "sources", "Pane 1: Sources", "Go to pane 1, Sources"),
    safe(C::Pane2, "bindings", "Pane 2: Space bindings", "Go to pane 2, Space bindings"),
    safe(C::Pane3, "cursors", "Pane 3: Cursors", "Go to pane 3, Cursors"),
    safe(C::Pane4, "runs", "Pane 4: Recent runs", "Go to pane 4, Recent runs"),
    safe(C::PaneNext, "next area", "Next area", "Go to the next pane or area"),
    safe(C::PanePrevious, "previous area", "Previous area", "Go to the previous pane or area"),
    safe(C::PaneUnpin, "all / of source", "Unpin or pin the pane", "Show everything, or what belongs to the selected source"),
    safe(C::PaneZoom, "zoom", "Zoom the pane", "Zoom: the pane fills the screen"),
    safe(C::SplitLeft, "narrower", "Move the split left", "Move the split left"),
    safe(C::SplitRight, "wider", "Move the split right", "Move the split right"),
    safe(C::MoveUp, "up", "Up", "One row up"),
    safe(C::MoveDown, "down", "Down", "One row down"),
    safe(C::PageUp, "page up", "Page up", "One page up"),
    safe(C::PageDown, "page down", "Page down", "One page down"),
    safe(C::HalfUp, "half up", "Half a page up", "Half a page up"),
    safe(C::HalfDown, "half down", "Half a page down", "Half a page down"),
    safe(C::GoTop, "top", "To the top", "To the first row"),
    safe(C::GoBottom, "bottom", "To the bottom", "To the last row"),
    safe(C::ColumnLeft, "left", "Left", "Columns further left; in a log or a diff along the lines; on the timeline the run before; in a tree fold"),
    safe(C::ColumnRight, "right", "Right", "Columns further right; in a log or a diff along the lines; on the timeline the run after; in a tree unfold"),
];
