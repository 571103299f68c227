//! One list on the screen: what is selected, marked, filtered, and which rows are shown in what order.

use std::collections::{BTreeMap, BTreeSet};

use crate::console::columns::Col;
use crate::console::ids::{ListId, RowKey};
use crate::console::query::{self, Query};

/// So many columns of text a key goes along.
pub const SIDEWAYS: u16 = 20;

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SortBy {
    /// As the list comes: newest or worst first, names by name.
    #[default]
    Natural,
    /// By name.
    Name,
    /// Worst state first.
    State,
    /// Newest change first.
    Age,
    /// Longest behind first.
    Lag,
    /// By repository.
    Repo,
    /// By kind.
    Kind,
    /// By what stands in this column.
    Column(Col),
}

impl SortBy {
    /// The order of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Natural,
            Self::Name,
            Self::State,
            Self::Age,
            Self::Lag,
            Self::Repo,
            Self::Kind,
        ]
        .into_iter()
        .find(|by| by.as_str() == word)
        .or_else(|| Col::parse(word).map(Self::Column))
    }

    /// The order of a column: that of the `s…` key where there is one for it.
    pub const fn of(col: Col) -> Self {
        match col {
            Col::Name => Self::Name,
            Col::State => Self::State,
            Col::Changed => Self::Age,
            Col::Lag => Self::Lag,
            Col::Repo => Self::Repo,
            Col::Kind => Self::Kind,
            _ => Self::Column(col),
        }
    }

    /// The word in the pane's title.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Natural => "",
            Self::Name => "name",
            Self::State => "state",
            Self::Age => "age",
            Self::Lag => "lag",
            Self::Repo => "repo",
            Self::Kind => "kind",
            Self::Column(col) => col.word(),
        }
    }
}

/// The order of a list. Choosing the same key again turns it round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The other way round.
    pub reversed: bool,
}

impl Sort {
    /// After this was chosen: the same again turns it round, a third time goes back to the list's own order.
    pub fn next(self, by: SortBy) -> Self {
        if self.by != by {
            return Self {
                by,
                reversed: false,
            };
        }
        if self.reversed {
            Self::default()
        } else {
            Self { by, reversed: true }
        }
    }
}

/// The filter of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// As understood.
    pub query: Query,
    /// `Near: state:stuck`: what may have been meant, while nothing matches.
    pub near: Option<String>,
    /// What is wrong with the filter itself, while nothing matches.
    pub fault: Option<query::Fault>,
}

/// The state of one list.
#[derive(Clone, Debug, Default)]
pub struct ListState {
    /// What is shown, in order: slots of the list's table, or places in its vector.
    pub rows: Vec<u32>,
    /// The keys of those rows, same order, for lists whose rows have an identity.
    pub total: usize,
    /// The selected row.
    pub selected: Option<RowKey>,
    /// Where it stands among `rows`.
    pub position: usize,
    /// The first row shown on the screen.
    pub offset: usize,
    /// The first line shown, where the list is part of a long text.
    pub line: usize,
    /// Marked rows, shown or not.
    pub marks: BTreeSet<RowKey>,
    /// Where a range of marks starts.
    pub anchor: Option<RowKey>,
    /// Which rows are shown.
    pub filter: Filter,
    /// In what order.
    pub sort: Sort,
    /// The first column shown, counted from the one after the name; of text, how often it was gone along.
    pub column: u16,
    /// The columns that were chosen, in order; empty: the usual ones.
    pub columns: Vec<Col>,
    /// The selected row no longer matches the filter and stays until the next move.
    pub ghost: bool,
    /// A newer `rows` is being worked out elsewhere; answers of another generation are dropped.
    pub generation: u64,
    /// Whether one is under way.
    pub sifting: bool,
    /// Older rows are being asked for.
    pub older: bool,
}

impl ListState {
    /// Columns of text that lie to the left of what is seen.
    pub fn skipped(&self) -> usize {
        usize::from(self.column) * usize::from(SIDEWAYS)
    }

    /// The columns of this list, in order: the chosen ones, else the usual ones.
    pub fn shown_columns(&self, id: ListId) -> &[Col] {
        if self.columns.is_empty() {
            crate::console::columns::usual(id)
        } else {
            &self.columns
        }
    }
    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether none is shown.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Whether a filter is on.
    pub fn is_filtered(&self) -> bool {
        !self.filter.text.is_empty()
    }
    /// The rows of a window of `height`, with their places.
    pub fn window(&self, height: usize) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.rows
            .iter()
            .copied()
            .enumerate()
            .skip(self.offset_for(height))
            .take(height)
    }
    /// The offset that keeps the selected row inside a window of `height`.
    pub fn offset_for(&self, height: usize) -> usize {
        let last = self.rows.len().saturating_sub(height);
        let low = (self.position + 1).saturating_sub(height);
        self.offset
            .min(last)
            .clamp(low.min(self.position), self.position)
    }
}

/// How much of each list is shown, as measured by the view for the present size and page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewports {
    /// How many rows.
    pub rows: BTreeMap<ListId, u16>,
    /// Lists that are part of a text which is longer than its place.
    pub texts: BTreeMap<ListId, LongText>,
}

/// A text that is longer than its place: it is read line by line, and rows in it are chosen as they come into sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LongText {
    /// How many lines are shown.
    pub height: usize,
    /// The last line that can be the first shown.
    pub last: usize,
    /// The lines in which the rows of the list begin.
    pub rows: Vec<usize>,
}

impl LongText {
    /// Whether the row at a place begins on one of the lines that are shown from `first` on.
    pub fn shows(&self, place: usize, first: usize) -> bool {
        let line = self.rows.get(place);
        line.is_some_and(|line| (first..first + self.height).contains(line))
    }
}
