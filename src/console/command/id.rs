//! The names of all commands: what keymaps, the palette, help and the server's remedies call them.

macro_rules! ids {
    ($($name:ident = $word:literal,)+) => {
        /// A command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CommandId { $(#[doc = concat!("`", $word, "`.")] $name),+ }

        impl CommandId {
            /// Every command.
            pub const ALL: &'static [CommandId] = &[$(CommandId::$name),+];
            /// Its name.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $word),+ } }
            /// The command of this name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

ids! {
    MoveUp = "move-up", MoveDown = "move-down", PageUp = "page-up", PageDown = "page-down",
    HalfUp = "half-up", HalfDown = "half-down", GoTop = "go-top", GoBottom = "go-bottom",
    ColumnLeft = "column-left", ColumnRight = "column-right",
    Pane1 = "pane-1", Pane2 = "pane-2", Pane3 = "pane-3", Pane4 = "pane-4",
    PaneNext = "pane-next", PanePrevious = "pane-previous", PaneUnpin = "pane-unpin",
    PaneZoom = "pane-zoom", SplitLeft = "split-left", SplitRight = "split-right",
    Open = "open", Back = "back", Jump = "jump", Freeze = "freeze", BugReport = "bug-report", Filter = "filter", FilterFuzzy = "filter-fuzzy",
    Columns = "columns", Mark = "mark", MarkRange = "mark-range", MarkAll = "mark-all",
    SortName = "sort-name", SortState = "sort-state", SortAge = "sort-age", SortLag = "sort-lag",
    SortRepo = "sort-repo", SortKind = "sort-kind",
    WhyStuck = "why-stuck", Conflicts = "conflicts", EventLog = "event-log",
    GoSource = "go-source", GoRuns = "go-runs", GoDeliveries = "go-deliveries",
    GoIntegrations = "go-integrations", GoTokens = "go-tokens", GoProfiles = "go-profiles", GoWeb = "go-web", GoApprovals = "go-approvals", GoEventsOfRow = "go-events-of-row", GoLog = "go-log", GoViews = "go-views", GoPulse = "go-pulse", GoXray = "go-xray", Tour = "tour", GoResults = "go-results",
    Next = "next", Previous = "previous", MatchNext = "match-next", MatchPrevious = "match-previous",
    LogFollow = "log-follow", LogLevel = "log-level", Wrap = "wrap",
    DiffLayout = "diff-layout", DiffWhole = "diff-whole",
    CopyRow = "copy-row", CopyCell = "copy-cell", CopyId = "copy-id", CopySha = "copy-sha",
    CopyUrl = "copy-url", CopyLink = "copy-link", CopyCurl = "copy-curl", CopyJson = "copy-json", Export = "export",
    ScreenDump = "screen-dump", Palette = "palette", Help = "help", Mouse = "mouse",
    Refresh = "refresh", Suspend = "suspend", Quit = "quit", PreviewEvent = "preview-event",
    TimeTravel = "time-travel", TimeNext = "time-next", TimePrevious = "time-previous",
    TimeNextTen = "time-next-ten", TimePreviousTen = "time-previous-ten",
    TimeFirst = "time-first", TimeNewest = "time-newest", CompareNow = "compare-now",
    GoToSequence = "go-to-sequence",
    Info = "info", Log = "log", SignIn = "sign-in", SignOut = "sign-out", ReadOnly = "read-only",
    Theme = "theme", Keymap = "keymap", OpenLink = "open-link",
    Remedy1 = "remedy-1", Remedy2 = "remedy-2", Remedy3 = "remedy-3", Remedy4 = "remedy-4",
    Remedy5 = "remedy-5", Remedy6 = "remedy-6", Remedy7 = "remedy-7", Remedy8 = "remedy-8",
    Remedy9 = "remedy-9",
    Link = "link", SourceToggle = "source-toggle", SourceEdit = "source-edit",
    SourceNew = "source-new", EditOutside = "edit-outside", SpaceEdit = "space-edit", SpaceNew = "space-new", BindingToggle = "binding-toggle", BindingEdit = "binding-edit",
    LocalRemove = "local-remove", Bind = "bind", Unbind = "unbind", CatchUp = "catch-up", SourcePause = "source-pause",
    QueueResume = "queue-resume", RunRetry = "run-retry",
    RunAgain = "run-again", ApproveOnce = "approve-once",
    ApproveSession = "approve-session", Decline = "decline", Instruct = "instruct",
    RuntimeMode = "runtime-mode", Redeliver = "redeliver", IntegrationCheck = "integration-check",
    IntegrationNew = "integration-new", IntegrationEdit = "integration-edit",
    CredentialSet = "credential-set", TokenNew = "token-new",
    ProfileNew = "profile-new", ProfileEdit = "profile-edit",
    Undo = "undo", Redo = "redo",
    Unlink = "unlink", SourceDelete = "source-delete", CursorClear = "cursor-clear",
    Rebaseline = "rebaseline",
    RunCancel = "run-cancel", SpaceSkip = "space-skip", LeaseRelease = "lease-release",
    TurnInterrupt = "turn-interrupt", SessionStop = "session-stop",
    SecretRotate = "secret-rotate", CredentialRemove = "credential-remove",
    IntegrationDelete = "integration-delete", TokenRevoke = "token-revoke",
    ProfileRemove = "profile-remove",
    CheckpointRevert = "checkpoint-revert",
}
