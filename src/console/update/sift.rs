//! Which rows a list shows, in what order. Pure, and cheap to ask from another thread.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};

use crate::api::{CursorState, Integration, SourceId};
use crate::console::effect::Sift;
use crate::console::model::packed::SourceRef;
use crate::console::model::{ListId, SortBy};
use crate::console::msg::Sifted;
use crate::console::query::{Candidate, Fuzzy, Matcher};
use crate::console::rows::Fields;
use crate::console::rows::{Listed, RowRef};

/// Answers the question.
pub fn sift(question: &Sift) -> Sifted {
    let (rows, total) = match question.list {
        ListId::Bindings => bindings(question),
        ListId::Runs => runs(question),
        ListId::Deliveries => deliveries(question),
        ListId::Integrations => integrations(question),
        _ => sources(question),
    };
    Sifted {
        list: question.list,
        generation: question.generation,
        rows,
        total,
    }
}

/// Keeps what matches; `~` also orders by how well, unless an order was chosen.
fn keep<'a, T: 'a>(
    question: &'a Sift,
    all: impl Iterator<Item = (u32, &'a T)>,
) -> (Vec<(u32, &'a T)>, usize)
where
    Fields<'a, T>: Candidate,
{
    let mut total = 0;
    let mut matcher = Matcher::new(&question.query);
    let rows = all
        .inspect(|_| total += 1)
        .filter(|(_, row)| {
            question.query.is_empty()
                || matcher.matches(&Fields {
                    row: *row,
                    replica: &question.replica,
                    now: question.now,
                })
        })
        .collect();
    (rows, total)
}

fn finish<T: Listed>(
    question: &Sift,
    mut rows: Vec<(u32, &T)>,
    compare: impl Fn(&T, &T) -> Ordering,
    text: impl Fn(&T) -> String,
) -> Vec<u32> {
    rows.sort_unstable_by(|(_, a), (_, b)| compare(a, b));
    if let SortBy::Column(col) = question.by {
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|(slot, row)| {
                let value = row.listed().value(&question.replica, col, question.now);
                (value, slot)
            })
            .collect();
        // Stable: equal ones stay in the list's own order.
        rows.sort_by(|(a, _), (b, _)| a.order(b, question.reversed));
        return rows.into_iter().map(|(_, slot)| slot).collect();
    }
    if question.reversed {
        rows.reverse();
    }
    if question.by == SortBy::Natural
        && let Some(fuzzy) = Fuzzy::of(&question.query)
    {
        let texts: Vec<String> = rows.iter().map(|(_, row)| text(row)).collect();
        return fuzzy
            .order(&texts)
            .into_iter()
            .filter_map(|place| Some(rows.get(place)?.0))
            .collect();
    }
    rows.into_iter().map(|(slot, _)| slot).collect()
}

fn sources(question: &Sift) -> (Vec<u32>, usize) {
    let table = &question.replica.sources;
    if let Some(source) = question.source {
        let rows: Vec<u32> = table.slot(source).into_iter().collect();
        let total = rows.len();
        return (rows, total);
    }
    let mut matcher = Matcher::new(&question.query);
    let in_tree = question.list == ListId::Xray;
    let rows = table.iter().filter(|(_, row)| {
        let fields = Fields {
            row,
            replica: &question.replica,
            now: question.now,
        };
        question.query.is_empty()
            || if in_tree {
                matcher.matches(&InTree { fields, question })
            } else {
                matcher.matches(&fields)
            }
    });
    let by = match question.by {
        // What fails is on top of a tree.
        SortBy::Natural if in_tree && Fuzzy::of(&question.query).is_none() => SortBy::State,
        by => by,
    };
    let rows = match by {
        SortBy::Natural => match Fuzzy::of(&question.query) {
            Some(fuzzy) => {
                let rows: Vec<(u32, SourceRef<'_>)> = rows.collect();
                let names: Vec<&str> = rows.iter().map(|(_, it)| it.name).collect();
                let order = fuzzy.order(&names).into_iter();
                return (
                    order.filter_map(|place| Some(rows.get(place)?.0)).collect(),
                    table.len(),
                );
            }
            None => sorted(rows, |_| ()),
        },
        SortBy::Column(col) => {
            let value = |it: &SourceRef<'_>| {
                RowRef::Source(*it).value(&question.replica, col, question.now)
            };
            let mut keyed: Vec<_> = rows.map(|(slot, it)| (value(&it), it.id, slot)).collect();
            keyed.sort_unstable_by(|a, b| a.0.order(&b.0, question.reversed).then(a.1.cmp(&b.1)));
            let rows = keyed.into_iter().map(|(_, _, slot)| slot).collect();
            return (rows, table.len());
        }
        SortBy::Name => sorted(rows, |it| it.name),
        SortBy::State => sorted(rows, |it| badness(it.state)),
        SortBy::Age => sorted(rows, |it| Reverse(it.updated_at)),
        // Longest behind first; what is not behind comes last.
        SortBy::Lag => sorted(rows, |it| (it.pending_since.is_none(), it.pending_since)),
        SortBy::Repo => sorted(rows, |it| it.repo),
        SortBy::Kind => sorted(rows, |it| it.kind),
    };
    let mut rows = rows;
    if question.reversed {
        rows.reverse();
    }
    (rows, table.len())
}

/// A source with what hangs on it in a tree: words are looked for in its spaces and documents as well.
struct InTree<'a> {
    fields: Fields<'a, SourceRef<'a>>,
    question: &'a Sift,
}

impl Candidate for InTree<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "doc" | "path" => {
                let texts = self.question.texts.get(&self.fields.row.id);
                Some(Cow::Owned(
                    texts.map(|it| it.join("\n")).unwrap_or_default(),
                ))
            }
            _ => self.fields.field(name),
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        self.fields.number(name)
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let replica = &self.question.replica;
        let source = self.fields.row.id;
        self.fields.any_text(test)
            || (replica.spaces_of(source).iter()).any(|id| test(&replica.space_name(*id)))
            || (self.question.texts.get(&source)).is_some_and(|all| all.iter().any(|it| test(it)))
    }
}

/// The slots in the order of a key, and of their ids where that is the same.
fn sorted<'a, K: Ord>(
    rows: impl Iterator<Item = (u32, SourceRef<'a>)>,
    key: impl Fn(&SourceRef<'a>) -> K,
) -> Vec<u32> {
    let mut keyed: Vec<(K, SourceId, u32)> =
        rows.map(|(slot, row)| (key(&row), row.id, slot)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, slot)| slot).collect()
}

/// Worst first.
const fn badness(state: CursorState) -> u8 {
    match state {
        CursorState::Stopped => 0,
        CursorState::Stalled => 1,
        CursorState::Rewind => 2,
        CursorState::Lagging => 3,
        CursorState::Unknown => 4,
        CursorState::Disabled => 5,
        CursorState::NotTracked => 6,
        CursorState::Ok => 7,
    }
}

fn bindings(question: &Sift) -> (Vec<u32>, usize) {
    let replica = &question.replica;
    let table = &replica.bindings;
    let (rows, total) = match question.source {
        Some(source) => keep(
            question,
            replica.spaces_of(source).iter().filter_map(|space| {
                let slot = table.slot((*space, source))?;
                Some((slot, table.at(slot)?))
            }),
        ),
        None => keep(question, table.iter()),
    };
    let rows = finish(
        question,
        rows,
        |a, b| {
            let first = match question.by {
                SortBy::Natural | SortBy::Repo | SortBy::Kind | SortBy::Lag | SortBy::Column(_) => {
                    Ordering::Equal
                }
                SortBy::Name => replica
                    .space_name(a.space_id)
                    .cmp(&replica.space_name(b.space_id)),
                SortBy::State => a.enabled.cmp(&b.enabled),
                SortBy::Age => b.updated_at.cmp(&a.updated_at),
            };
            first
                .then(a.source_id.cmp(&b.source_id))
                .then(a.space_id.cmp(&b.space_id))
        },
        |it| replica.space_name(it.space_id),
    );
    (rows, total)
}

fn runs(question: &Sift) -> (Vec<u32>, usize) {
    let replica = &question.replica;
    let first = replica.loaded.first_run(question.source);
    let (rows, total) = keep(
        question,
        replica
            .jobs
            .iter()
            .filter(|(_, job)| job.id.0 >= first)
            .filter(|(_, job)| question.source.is_none_or(|source| job.source_id == source)),
    );
    let rows = finish(
        question,
        rows,
        |a, b| {
            let first = match question.by {
                SortBy::Name => replica.source_of(a).cmp(&replica.source_of(b)),
                SortBy::State => a.status.cmp(&b.status),
                SortBy::Kind => a.kind.cmp(&b.kind),
                SortBy::Age => b.updated_at.cmp(&a.updated_at),
                SortBy::Natural | SortBy::Lag | SortBy::Repo | SortBy::Column(_) => Ordering::Equal,
            };
            first.then(b.id.cmp(&a.id))
        },
        |it| replica.source_of(it),
    );
    (rows, total)
}

fn deliveries(question: &Sift) -> (Vec<u32>, usize) {
    let (rows, total) = keep(question, question.replica.deliveries.iter());
    let rows = finish(
        question,
        rows,
        |a, b| {
            let first = match question.by {
                SortBy::State => a.status.cmp(&b.status),
                SortBy::Name | SortBy::Kind => a.event.cmp(&b.event),
                _ => Ordering::Equal,
            };
            first.then(b.id.cmp(&a.id))
        },
        |it| it.reason.clone(),
    );
    (rows, total)
}

fn integrations(question: &Sift) -> (Vec<u32>, usize) {
    let (rows, total) = keep(question, question.replica.integrations.iter());
    let rows = finish(
        question,
        rows,
        |a: &Integration, b: &Integration| {
            let first = match question.by {
                SortBy::Name => a.name.cmp(&b.name),
                SortBy::State => b.status.cmp(&a.status),
                SortBy::Age => b.updated_at.cmp(&a.updated_at),
                SortBy::Repo => a.repo.cmp(&b.repo),
                SortBy::Kind => a.provider.cmp(&b.provider),
                SortBy::Natural | SortBy::Lag | SortBy::Column(_) => Ordering::Equal,
            };
            first.then(a.id.cmp(&b.id))
        },
        |it| it.name.clone(),
    );
    (rows, total)
}
