//! Lists: filters, order and pages over rows of one table (design.md §5: lists). Without a limit the whole list comes.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::fault::Fault;
use super::reply::Answer;
use crate::api::Code;
use crate::domain::kind::UnknownWord;
use crate::domain::row::{Record, Row};
use crate::domain::view::{Find, Need, Scalar, Test};
use crate::store::Scope;

/// How a filter of the query becomes a condition.
#[derive(Clone, Copy, Debug)]
pub enum Filter {
    /// Equal, as text.
    Text(&'static str),
    /// One of several words of a closed set, with commas.
    Words(&'static str, fn(&str) -> Result<(), UnknownWord>),
    /// Equal, as a whole number.
    Int(&'static str),
    /// Equal, as a truth value.
    Bool(&'static str),
    /// `true`: set, `virtual`: not set.
    Linked(&'static str),
}

/// What rows are put in order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By id, which is the order of creation: the database itself gives a page, from wherever the page before ended.
    Id,
    /// A text that is never missing and no two rows of an org share, with an index in its order: likewise.
    Unique(&'static str),
    /// Any other column: every row is read, and the page is taken from them.
    Any(&'static str),
}

/// What a list of one table understands.
pub struct Lists {
    /// Query name and condition.
    pub filters: &'static [(&'static str, Filter)],
    /// Query name and what it stands for.
    pub sorts: &'static [(&'static str, By)],
    /// The order without `?sort=`.
    pub usual: &'static str,
}

/// One page of rows.
pub struct Rows<R> {
    /// The rows.
    pub rows: Vec<R>,
    next: Option<String>,
}

impl<R> Rows<R> {
    /// The answer, with the rows as the wire has them.
    pub fn answer<T: serde::Serialize>(self, context: &Context, items: &[T]) -> Answer {
        let answer = Answer::ok(items);
        match self.next {
            Some(next) => answer.next_page(&format!(
                "/api{}{}",
                context.path,
                context.query.with_after(&next)
            )),
            None => answer,
        }
    }
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Unique(column) | Self::Any(column) => column,
        }
    }

    const fn is_unique(self) -> bool {
        !matches!(self, Self::Any(_))
    }

    /// Where a page ended, if it is a value that this column can have: somebody may have made it up.
    fn place(self, value: &Value) -> Option<Scalar> {
        match self {
            Self::Id => value.as_i64().map(Scalar::from),
            Self::Unique(_) => value.as_str().map(Scalar::from),
            Self::Any(_) => None,
        }
    }
}

impl Lists {
    /// Reads the rows that the request asks for, among those that `base` finds.
    pub async fn read<R: Record + Clone>(
        &self,
        context: &Context,
        base: Find,
    ) -> Result<Rows<R>, Fault> {
        let mut find = base;
        let mut filters = Sha256::new();
        for (name, filter) in self.filters {
            if let Some(text) = context.query.text(name) {
                filters.update(name.as_bytes());
                filters.update([0]);
                filters.update(text.as_bytes());
                filters.update([0]);
                find = filter.apply(find, name, text)?;
            }
        }
        let filters = hex::encode(&filters.finalize()[..6]);
        let sort = context.query.text("sort").unwrap_or(self.usual);
        let (by, descending) = self.by(sort)?;
        let limit = context.query.get::<u32>("limit")?;
        if limit == Some(0) {
            return Err(Fault::new(
                Code::Invalid,
                "?limit=0 asks for nothing; leave it out for the whole list",
            ));
        }
        let after = context
            .query
            .text("after")
            .map(|text| Place::read(text, sort, &filters))
            .transpose()?;

        let column = by.column();
        if by.is_unique() {
            find.order = Some((column, descending));
            if let Some(after) = &after {
                let place = by.place(&after.value).ok_or_else(elsewhere)?;
                let test = if descending {
                    Test::Below(place)
                } else {
                    Test::Above(place)
                };
                find = find.test(column, test);
            }
            find.limit = limit.map(|limit| limit.saturating_add(1));
        }
        let (view, _) = context
            .app
            .store
            .read(
                Scope::Org(context.caller.org.id),
                vec![Need::Find(find.clone())],
            )
            .await?;
        let found = view.find::<R>(find).map_err(|_| Fault::internal())?;
        let mut rows: Vec<(Value, Value, R)> = found
            .into_iter()
            .map(|row| {
                let whole: Row = row.clone().into();
                let key = json!(whole.key().values().iter().map(scalar).collect::<Vec<_>>());
                let value = whole.to_value()[column].clone();
                (value, key, row.clone())
            })
            .collect();
        if !by.is_unique() {
            rows.sort_by(|a, b| order(&a.0, &b.0).then_with(|| order(&a.1, &b.1)));
            if descending {
                rows.reverse();
            }
            if let Some(after) = &after {
                rows.retain(|(value, key, _)| {
                    let place = order(value, &after.value).then_with(|| order(key, &after.key));
                    if descending {
                        place.is_lt()
                    } else {
                        place.is_gt()
                    }
                });
            }
        }
        let mut next = None;
        if let Some(limit) = limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            if rows.len() > limit {
                rows.truncate(limit);
                next = rows.last().map(|(value, key, _)| {
                    Place {
                        value: value.clone(),
                        key: key.clone(),
                    }
                    .write(sort, &filters)
                });
            }
        }
        Ok(Rows {
            rows: rows.into_iter().map(|(_, _, row)| row).collect(),
            next,
        })
    }

    fn by(&self, sort: &str) -> Result<(By, bool), Fault> {
        let (name, descending) = sort
            .strip_prefix('-')
            .map_or((sort, false), |name| (name, true));
        if let Some((_, by)) = self.sorts.iter().find(|(known, _)| *known == name) {
            return Ok((*by, descending));
        }
        let known: Vec<&str> = self.sorts.iter().map(|(name, _)| *name).collect();
        Err(Fault::new(
            Code::Invalid,
            format!(
                "?sort={sort} is not understood here; sort by {}, with `-` in front to turn it round",
                known.join(", ")
            ),
        ))
    }
}

impl Filter {
    /// One of the words of `W`.
    pub const fn words<W: FromStr<Err = UnknownWord>>(column: &'static str) -> Self {
        Self::Words(column, |word| word.parse::<W>().map(|_| ()))
    }

    fn apply(self, find: Find, name: &str, text: &str) -> Result<Find, Fault> {
        let wrong = |expected: &str| {
            Fault::new(
                Code::Invalid,
                format!("?{name}={text}: expected {expected}"),
            )
        };
        Ok(match self {
            Self::Text(column) => find.is(column, text),
            Self::Words(column, known) => {
                for word in text.split(',') {
                    known(word)
                        .map_err(|e| Fault::new(Code::Invalid, format!("?{name}={text}: {e}")))?;
                }
                find.test(
                    column,
                    Test::In(text.split(',').map(Scalar::from).collect()),
                )
            }
            Self::Int(column) => find.is(
                column,
                text.parse::<i64>().map_err(|_| wrong("a whole number"))?,
            ),
            Self::Bool(column) => find.is(
                column,
                text.parse::<bool>().map_err(|_| wrong("true or false"))?,
            ),
            Self::Linked(column) => match text {
                "true" => find.test(column, Test::NotNull),
                "virtual" => find.test(column, Test::Null),
                _ => return Err(wrong("true or virtual")),
            },
        })
    }
}

/// Where a page ended: opaque to clients, and good only for the same order and filters (engine.md: paging).
struct Place {
    value: Value,
    key: Value,
}

impl Place {
    fn write(&self, sort: &str, filters: &str) -> String {
        URL_SAFE_NO_PAD.encode(json!([sort, filters, self.value, self.key]).to_string())
    }

    fn read(text: &str, sort: &str, filters: &str) -> Result<Self, Fault> {
        let parts = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| {
            serde_json::from_slice::<(String, String, Value, Value)>(&bytes).ok()
        });
        match parts {
            Some((s, f, value, key)) if s == sort && f == filters => Ok(Self { value, key }),
            _ => Err(elsewhere()),
        }
    }
}

fn elsewhere() -> Fault {
    Fault::new(
        Code::Invalid,
        "?after= is not from a page of this list with this order and these filters; start from the first page",
    )
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Int(value) => json!(value),
        Scalar::Text(value) => json!(value),
        Scalar::Bool(value) => json!(value),
    }
}

/// Nulls first, numbers by value, texts by bytes: what both databases do.
fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_i64().cmp(&b.as_i64()),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => a
            .iter()
            .zip(b)
            .map(|(a, b)| order(a, b))
            .find(|o| o.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len())),
        _ => rank(a).cmp(&rank(b)),
    }
}

const fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    }
}
