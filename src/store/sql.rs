//! SQL over rows, one text for both databases: the statements of every row table, made once from `schema`, and the query of
//! a `Find`. Parameters are numbered, `?1` on; PostgreSQL's connection writes them its own way.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::codec::Cell;
use super::schema::{Column, Kind, Spec, spec};
use super::{Scope, StoreError};
use crate::domain::row::Table;
use crate::domain::view::{Find, Scalar, Test};

/// Which database the text is for, where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// What stands in a place of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// One value.
    Cell(Cell),
    /// Many numbers in one place.
    Ints(Vec<i64>),
    /// Many texts in one place.
    Texts(Vec<String>),
}

impl From<&Scalar> for Cell {
    fn from(value: &Scalar) -> Self {
        match value {
            Scalar::Int(value) => Cell::Int(*value),
            Scalar::Bool(value) => Cell::Int((*value).into()),
            Scalar::Text(text) => Cell::Text(text.clone()),
        }
    }
}

/// What is done to rows by key, as SQL.
#[derive(Debug)]
pub struct Statements {
    /// The columns, quoted, in the order of the spec.
    pub columns: String,
    /// The row of a key, whatever its org.
    pub get: String,
    /// The row of a key and, last, its org.
    pub get_in_org: String,
    /// Writes a row over whatever has its key.
    pub put: String,
    /// Writes a row unless something stands against it.
    pub add: String,
    /// Removes the row of a key and, last, its org.
    pub delete: String,
}

/// The statements of `table`.
pub fn statements(table: Table) -> &'static Statements {
    static ALL: LazyLock<Vec<Statements>> =
        LazyLock::new(|| Table::ALL.iter().map(|t| compose(spec(*t))).collect());
    &ALL[table as usize]
}

fn compose(spec: &Spec) -> Statements {
    let name = spec.table.name();
    let key = spec.table.key_columns();
    let quoted: Vec<String> = spec.columns.iter().map(|c| quote(c.name)).collect();
    let columns = quoted.join(", ");
    let of_key = (1..)
        .zip(key)
        .map(|(i, c)| format!("{} = ?{i}", quote(c)))
        .collect::<Vec<_>>()
        .join(" AND ");
    let org = key.len() + 1;
    let places = (1..=quoted.len())
        .map(|i| format!("?{i}"))
        .collect::<Vec<_>>()
        .join(", ");
    Statements {
        get: format!("SELECT {columns} FROM {name} WHERE {of_key} ORDER BY org_id LIMIT 1"),
        get_in_org: format!("SELECT {columns} FROM {name} WHERE {of_key} AND org_id = ?{org}"),
        put: format!(
            "INSERT INTO {name} ({columns}) VALUES ({places}) {}",
            over(spec)
        ),
        add: format!("INSERT INTO {name} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING"),
        delete: format!("DELETE FROM {name} WHERE {of_key} AND org_id = ?{org}"),
        columns,
    }
}

/// What an insertion does where the key is taken: writes over it.
pub fn over(spec: &Spec) -> String {
    let sets = spec
        .columns
        .iter()
        .filter(|c| !spec.primary.contains(&c.name))
        .map(|c| format!("{0} = excluded.{0}", quote(c.name)))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "ON CONFLICT ({}) DO UPDATE SET {sets}",
        spec.primary.join(", ")
    )
}

/// `type` and `cursor` are words of SQL, so every name is quoted.
pub fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

/// The columns of `table`, for a query of its own.
pub fn columns(table: Table) -> &'static str {
    &statements(table).columns
}

/// Above this many, a list is one parameter, which the database unfolds.
const INLINE: usize = 12;

/// The text and the parameters of `find`.
pub fn query(
    dialect: Dialect,
    scope: Scope,
    find: &Find,
) -> Result<(String, Vec<Param>), StoreError> {
    let spec = spec(find.table);
    let mut params = Vec::new();
    let mut tests = Vec::new();
    if let Scope::Org(org) = scope {
        params.push(Param::Cell(Cell::Int(org.0)));
        tests.push("org_id = ?1".to_owned());
    }
    for (column, test) in &find.tests {
        let kind = &known(spec, column)?.kind;
        let column = quote(column);
        let mut place = |value: &Scalar| literal(kind, value, &mut params);
        tests.push(match test {
            Test::Is(value) => format!("{column} = {}", place(value)),
            Test::AtMost(value) => format!("{column} <= {}", place(value)),
            Test::Below(value) => format!("{column} < {}", place(value)),
            Test::Above(value) => format!("{column} > {}", place(value)),
            Test::Null => format!("{column} IS NULL"),
            Test::NotNull => format!("{column} IS NOT NULL"),
            Test::In(values) if values.is_empty() => "1 = 0".to_owned(),
            Test::In(values) if values.len() > INLINE && !matches!(kind, Kind::Words(_)) => {
                params.push(list(kind, values));
                let n = params.len();
                match dialect {
                    Dialect::Sqlite => format!("{column} IN (SELECT value FROM json_each(?{n}))"),
                    Dialect::Postgres => format!("{column} = ANY (?{n})"),
                }
            }
            Test::In(values) => {
                // In the order of the closed set: a partial index is only used for the very same list.
                let mut values: Vec<&Scalar> = values.iter().collect();
                if let Kind::Words(words) = kind {
                    values.sort_by_key(|v| words.iter().position(|w| **v == Scalar::from(*w)));
                    values.dedup();
                }
                let places: Vec<String> = values.into_iter().map(place).collect();
                format!("{column} IN ({})", places.join(", "))
            }
        });
    }
    let mut sql = format!("SELECT {} FROM {}", columns(find.table), find.table.name());
    if !tests.is_empty() {
        let _ = write!(sql, " WHERE {}", tests.join(" AND "));
    }
    let mut order = Vec::new();
    if let Some((column, newest)) = find.order {
        // Nothing comes before everything; where it cannot be, nothing keeps an index from giving the order.
        let nulls = match (known(spec, column)?.nullable, newest) {
            (false, _) => "",
            (true, false) => " NULLS FIRST",
            (true, true) => " NULLS LAST",
        };
        order.push(format!(
            "{}{}{nulls}",
            quote(column),
            if newest { " DESC" } else { "" }
        ));
    }
    let ordered = find.order.map(|(column, _)| column);
    order.extend(
        spec.table
            .key_columns()
            .iter()
            .filter(|c| Some(**c) != ordered)
            .map(|c| quote(c)),
    );
    if scope == Scope::Everyone && spec.primary.len() > spec.table.key_columns().len() {
        order.push("org_id".to_owned());
    }
    let _ = write!(sql, " ORDER BY {}", order.join(", "));
    if let Some(limit) = find.limit {
        params.push(Param::Cell(Cell::Int(limit.into())));
        let _ = write!(sql, " LIMIT ?{}", params.len());
    }
    Ok((sql, params))
}

fn list(kind: &Kind, values: &[Scalar]) -> Param {
    if matches!(kind, Kind::Int | Kind::Bool) {
        Param::Ints(
            values
                .iter()
                .filter_map(|v| match v {
                    Scalar::Int(v) => Some(*v),
                    Scalar::Bool(v) => Some(i64::from(*v)),
                    Scalar::Text(_) => None,
                })
                .collect(),
        )
    } else {
        Param::Texts(
            values
                .iter()
                .filter_map(|v| match v {
                    Scalar::Text(v) => Some(v.clone()),
                    Scalar::Int(_) | Scalar::Bool(_) => None,
                })
                .collect(),
        )
    }
}

fn known<'a>(spec: &'a Spec, column: &str) -> Result<&'a Column, StoreError> {
    spec.column(column).ok_or_else(|| {
        StoreError::Internal(format!(
            "there is no column {column} in {}",
            spec.table.name()
        ))
    })
}

/// A place for `value`. Words of a closed set are written out, because a partial index on them is only used where the
/// planner can read the word; everything else is a parameter.
fn literal(kind: &Kind, value: &Scalar, params: &mut Vec<Param>) -> String {
    if let (Kind::Words(words), Scalar::Text(text)) = (kind, value)
        && words.contains(&text.as_str())
    {
        return format!("'{text}'");
    }
    params.push(Param::Cell(Cell::from(value)));
    format!("?{}", params.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let find = Find::all(Table::Orgs).is("colour", "red");
        let error = query(Dialect::Sqlite, Scope::Everyone, &find).unwrap_err();
        assert!(error.to_string().contains("no column colour in orgs"));
    }
}
