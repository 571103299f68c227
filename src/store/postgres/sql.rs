//! Rows in PostgreSQL: the shared statements with its own places, and what is read and written of many rows at once.

use std::fmt::Write as _;
use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use tokio_postgres::Row as PgRow;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::fault::Fault;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row, Table};
use crate::store::codec::{Cell, decode};
use crate::store::schema::{Kind, Spec, spec};
use crate::store::sql::{Param, columns, over, quote};

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A value, or values in one place.
    One(Param),
    /// A column of numbers.
    Ints(Vec<Option<i64>>),
    /// A column of texts.
    Texts(Vec<Option<String>>),
    /// A column of bytes.
    Bytes(Vec<Bytes>),
}

impl From<Param> for Arg {
    fn from(param: Param) -> Self {
        Self::One(param)
    }
}
impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::One(Param::Cell(Cell::Int(value)))
    }
}
impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::One(Param::Cell(Cell::Text(value)))
    }
}
impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl ToSql for Arg {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Arg::One(Param::Cell(Cell::Null)), _) => Ok(IsNull::Yes),
            (Arg::One(Param::Cell(Cell::Int(value))), &Type::INT8) => value.to_sql(ty, out),
            (Arg::One(Param::Cell(Cell::Text(text))), &Type::TEXT) => text.to_sql(ty, out),
            (Arg::One(Param::Ints(list)), &Type::INT8_ARRAY) => list.to_sql(ty, out),
            (Arg::One(Param::Texts(list)), &Type::TEXT_ARRAY) => list.to_sql(ty, out),
            (Arg::Ints(list), &Type::INT8_ARRAY) => list.to_sql(ty, out),
            (Arg::Texts(list), &Type::TEXT_ARRAY) => list.to_sql(ty, out),
            (Arg::Bytes(list), &Type::BYTEA_ARRAY) => {
                let list: Vec<&[u8]> = list.iter().map(|bytes| &bytes[..]).collect();
                list.to_sql(ty, out)
            }
            // Sent as it is, it would be read as something else.
            (other, ty) => Err(format!("{other:?} in a place for {ty}").into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8 | Type::TEXT | Type::INT8_ARRAY | Type::TEXT_ARRAY | Type::BYTEA_ARRAY
        )
    }

    to_sql_checked!();
}

/// `args` as the client takes them.
pub fn params(args: &[Arg]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|a| a as &(dyn ToSql + Sync)).collect()
}

/// The text with places as PostgreSQL writes them: `?1` is `$1`.
pub fn places(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let place = c == '?' && rest.peek().is_some_and(char::is_ascii_digit);
        text.push(if place { '$' } else { c });
    }
    text
}

/// What is done to many rows of a table at once.
#[derive(Debug)]
pub struct Many {
    /// The rows of these orgs and keys.
    pub get: String,
    /// Writes rows over whatever has their keys.
    pub put: String,
    /// Removes the rows of these orgs and keys.
    pub delete: String,
}

/// The statements of `table`.
pub fn many(table: Table) -> &'static Many {
    static ALL: LazyLock<Vec<Many>> =
        LazyLock::new(|| Table::ALL.iter().map(|t| compose(spec(*t))).collect());
    &ALL[table as usize]
}

const fn array(kind: &Kind) -> &'static str {
    match kind {
        Kind::Int | Kind::Bool => "bigint[]",
        Kind::Text | Kind::Json | Kind::Words(_) => "text[]",
    }
}

fn compose(spec: &Spec) -> Many {
    let name = spec.table.name();
    let key = spec.table.key_columns();
    let (mut lists, mut aliases, mut same) = (
        "$1::bigint[]".to_owned(),
        "k0".to_owned(),
        "t.org_id = wanted.k0".to_owned(),
    );
    for (i, column) in (1..).zip(key) {
        let kind = &spec.column(column).expect("keys are columns").kind;
        let _ = write!(lists, ", ${}::{}", i + 1, array(kind));
        let _ = write!(aliases, ", k{i}");
        let _ = write!(same, " AND t.{} = wanted.k{i}", quote(column));
    }
    let wanted = format!("unnest({lists}) AS wanted({aliases})");
    let of_t: Vec<String> = spec
        .columns
        .iter()
        .map(|c| format!("t.{}", quote(c.name)))
        .collect();
    let values: Vec<String> = (1..)
        .zip(&spec.columns)
        .map(|(i, c)| format!("${i}::{}", array(&c.kind)))
        .collect();
    Many {
        get: format!(
            "SELECT {} FROM {wanted} JOIN {name} AS t ON {same}{}",
            of_t.join(", "),
            locks(spec.table, " FOR UPDATE OF t")
        ),
        put: format!(
            "INSERT INTO {name} ({}) SELECT * FROM unnest({}) {}",
            columns(spec.table),
            values.join(", "),
            over(spec)
        ),
        delete: format!("DELETE FROM {name} AS t USING {wanted} WHERE {same}"),
    }
}

/// Leases are renewed without the head lock, so whoever decides on one holds it meanwhile (engine.md: PostgreSQL).
pub fn locks(table: Table, how: &'static str) -> &'static str {
    if table == Table::Leases { how } else { "" }
}

/// The arguments that name these rows.
pub fn keys<'a>(table: Table, keys: impl Iterator<Item = (OrgId, &'a Key)>) -> Vec<Arg> {
    let (orgs, keys): (Vec<_>, Vec<_>) = keys
        .map(|(org, key)| (Some(org.0), key.values().iter().map(Cell::from).collect()))
        .unzip();
    let mut args = vec![Arg::Ints(orgs)];
    let spec = spec(table);
    let kinds = table
        .key_columns()
        .iter()
        .map(|c| &spec.column(c).expect("keys are columns").kind);
    args.extend(turned(kinds, keys));
    args
}

/// The arguments that write these rows, given by their cells.
pub fn rows(table: Table, cells: Vec<Vec<Cell>>) -> Vec<Arg> {
    turned(spec(table).columns.iter().map(|c| &c.kind), cells)
}

/// Rows of cells as columns of values.
fn turned<'a>(kinds: impl Iterator<Item = &'a Kind>, rows: Vec<Vec<Cell>>) -> Vec<Arg> {
    let mut args: Vec<Arg> = kinds
        .map(|kind| {
            if array(kind) == "bigint[]" {
                Arg::Ints(Vec::with_capacity(rows.len()))
            } else {
                Arg::Texts(Vec::with_capacity(rows.len()))
            }
        })
        .collect();
    for row in rows {
        for (arg, cell) in args.iter_mut().zip(row) {
            match (arg, cell) {
                (Arg::Ints(list), Cell::Int(value)) => list.push(Some(value)),
                (Arg::Texts(list), Cell::Text(text)) => list.push(Some(text)),
                (Arg::Ints(list), _) => list.push(None),
                (Arg::Texts(list), _) => list.push(None),
                (Arg::One(_) | Arg::Bytes(_), _) => {}
            }
        }
    }
    args
}

/// The row that a query of the columns of `table` found.
pub fn row(table: Table, found: &PgRow) -> Result<Row, Fault> {
    let cells = spec(table)
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            Ok(match column.kind {
                Kind::Int | Kind::Bool => found
                    .try_get::<_, Option<i64>>(i)?
                    .map_or(Cell::Null, Cell::Int),
                Kind::Text | Kind::Json | Kind::Words(_) => found
                    .try_get::<_, Option<String>>(i)?
                    .map_or(Cell::Null, Cell::Text),
            })
        })
        .collect::<Result<Vec<_>, tokio_postgres::Error>>()?;
    Ok(decode(table, cells)?)
}

/// The rows that a query of the columns of `table` found.
pub fn found(table: Table, rows: &[PgRow]) -> Result<Vec<Row>, Fault> {
    rows.iter().map(|r| row(table, r)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_the_way_of_the_database() {
        assert_eq!(
            places("a = ?1 AND b ? 'c' LIMIT ?12"),
            "a = $1 AND b ? 'c' LIMIT $12"
        );
    }
}
