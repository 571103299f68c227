//! SQL over rows: the statements of every row table, made once from `schema`, and the query of a `Find`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rusqlite::types::{ToSql, ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::fault::Fault;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row, Table};
use crate::domain::view::{Find, Scalar, Test};
use crate::store::Scope;
use crate::store::codec::{Cell, decode, encode};
use crate::store::schema::{Kind, Spec, spec};

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Owned(SqlValue::Null),
            Cell::Int(value) => ToSqlOutput::Owned(SqlValue::Integer(*value)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
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
struct Statements {
    columns: String,
    get: String,
    get_in_org: String,
    put: String,
    delete: String,
}

fn statements(table: Table) -> &'static Statements {
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
    let primary = spec.primary.join(", ");
    let sets = spec
        .columns
        .iter()
        .filter(|c| !spec.primary.contains(&c.name))
        .map(|c| format!("{0} = excluded.{0}", quote(c.name)))
        .collect::<Vec<_>>()
        .join(", ");
    Statements {
        get: format!("SELECT {columns} FROM {name} WHERE {of_key} ORDER BY org_id LIMIT 1"),
        get_in_org: format!("SELECT {columns} FROM {name} WHERE {of_key} AND org_id = ?{org}"),
        put: format!(
            "INSERT INTO {name} ({columns}) VALUES ({places}) ON CONFLICT ({primary}) DO UPDATE SET {sets}"
        ),
        delete: format!("DELETE FROM {name} WHERE {of_key} AND org_id = ?{org}"),
        columns,
    }
}

/// `type` and `cursor` are words of SQL, so every name is quoted.
fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

/// The columns of `table`, for a query of its own.
pub fn columns(table: Table) -> &'static str {
    &statements(table).columns
}

fn read(table: Table, row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    (0..spec(table).columns.len())
        .map(|i| {
            Ok(match row.get_ref(i)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(value) => Cell::Int(value),
                other => Cell::Text(
                    String::from_utf8_lossy(other.as_bytes().unwrap_or_default()).into_owned(),
                ),
            })
        })
        .collect()
}

/// The row of `key`.
pub fn get(db: &Connection, scope: Scope, key: &Key) -> Result<Option<Row>, Fault> {
    let table = key.table();
    let sql = statements(table);
    let mut cells: Vec<Cell> = key.values().iter().map(Cell::from).collect();
    let text = match scope {
        Scope::Everyone => &sql.get,
        Scope::Org(org) => {
            cells.push(Cell::Int(org.0));
            &sql.get_in_org
        }
    };
    db.prepare_cached(text)?
        .query_row(params_from_iter(cells), |row| read(table, row))
        .optional()?
        .map(|cells| decode(table, cells).map_err(Fault::Own))
        .transpose()
}

/// Writes `row` over whatever has its key.
pub fn put(db: &Connection, row: &Row) -> Result<(), Fault> {
    db.prepare_cached(&statements(row.table()).put)?
        .execute(params_from_iter(encode(row)))?;
    Ok(())
}

/// Removes the row of `key`.
pub fn delete(db: &Connection, org: OrgId, key: &Key) -> Result<(), Fault> {
    let mut cells: Vec<Cell> = key.values().iter().map(Cell::from).collect();
    cells.push(Cell::Int(org.0));
    db.prepare_cached(&statements(key.table()).delete)?
        .execute(params_from_iter(cells))?;
    Ok(())
}

/// The rows that `find` asks for.
pub fn find(db: &Connection, scope: Scope, find: &Find) -> Result<Vec<Row>, Fault> {
    let (sql, cells) = query(scope, find)?;
    select(db, find.table, &sql, params_from_iter(cells))
}

/// The rows of a query that selects the columns of `table`.
pub fn select(
    db: &Connection,
    table: Table,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<Row>, Fault> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(table, read(table, row)?).map_err(Fault::Own)?);
    }
    Ok(found)
}

/// Every row of `table`, one at a time.
pub fn each(
    db: &Connection,
    table: Table,
    mut take: impl FnMut(Result<Row, Fault>),
) -> Result<(), Fault> {
    let mut statement = db.prepare(&format!("SELECT {} FROM {}", columns(table), table.name()))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(decode(table, read(table, row)?).map_err(Fault::Own));
    }
    Ok(())
}

/// Above this many, a list is one parameter: JSON that SQLite unfolds.
const INLINE: usize = 12;

fn query(scope: Scope, find: &Find) -> Result<(String, Vec<Cell>), Fault> {
    let spec = spec(find.table);
    let mut cells = Vec::new();
    let mut tests = Vec::new();
    if let Scope::Org(org) = scope {
        cells.push(Cell::Int(org.0));
        tests.push("org_id = ?1".to_owned());
    }
    for (column, test) in &find.tests {
        let kind = &known(spec, column)?.kind;
        let column = quote(column);
        let mut place = |value: &Scalar| literal(kind, value, &mut cells);
        tests.push(match test {
            Test::Is(value) => format!("{column} = {}", place(value)),
            Test::AtMost(value) => format!("{column} <= {}", place(value)),
            Test::Below(value) => format!("{column} < {}", place(value)),
            Test::Above(value) => format!("{column} > {}", place(value)),
            Test::Null => format!("{column} IS NULL"),
            Test::NotNull => format!("{column} IS NOT NULL"),
            Test::In(values) if values.is_empty() => "0".to_owned(),
            Test::In(values) if values.len() > INLINE && !matches!(kind, Kind::Words(_)) => {
                let list: Vec<serde_json::Value> = values
                    .iter()
                    .map(|v| match v {
                        Scalar::Int(v) => (*v).into(),
                        Scalar::Bool(v) => i64::from(*v).into(),
                        Scalar::Text(v) => v.clone().into(),
                    })
                    .collect();
                let list = place(&Scalar::Text(serde_json::Value::from(list).to_string()));
                format!("{column} IN (SELECT value FROM json_each({list}))")
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
        known(spec, column)?;
        order.push(format!(
            "{}{}",
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
        cells.push(Cell::Int(limit.into()));
        let _ = write!(sql, " LIMIT ?{}", cells.len());
    }
    Ok((sql, cells))
}

fn known<'a>(spec: &'a Spec, column: &str) -> Result<&'a crate::store::schema::Column, Fault> {
    spec.column(column).ok_or_else(|| {
        Fault::Own(crate::store::StoreError::Internal(format!(
            "there is no column {column} in {}",
            spec.table.name()
        )))
    })
}

/// A place for `value`. Words of a closed set are written out, because a partial index on them is only used where the
/// planner can read the word; everything else is a parameter.
fn literal(kind: &Kind, value: &Scalar, cells: &mut Vec<Cell>) -> String {
    if let (Kind::Words(words), Scalar::Text(text)) = (kind, value)
        && words.contains(&text.as_str())
    {
        return format!("'{text}'");
    }
    cells.push(Cell::from(value));
    format!("?{}", cells.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(find: &Find) -> String {
        let db = Connection::open_in_memory().unwrap();
        for migration in super::super::migrate::MIGRATIONS {
            db.execute_batch(migration.sql).unwrap();
        }
        // As a connection that is opened later reads them.
        db.execute_batch("ANALYZE sqlite_schema").unwrap();
        let (sql, cells) = query(Scope::Org(OrgId(1)), find).unwrap();
        db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap()
            .query_map(params_from_iter(cells), |row| row.get::<_, String>(3))
            .unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// What rules and pages ask for, by the index that must answer it, without sorting.
    #[test]
    fn what_is_asked_often_is_answered_from_an_index_in_order() {
        let jobs = || Find::all(Table::Jobs);
        let of_source = || jobs().is("source_id", 7);
        let words = |words: &[&str]| Test::In(words.iter().map(|w| Scalar::from(*w)).collect());
        for (index, find) in [
            (
                "jobs_claimable (org_id=?)",
                jobs()
                    .test("status", words(&["retrying", "queued"]))
                    .test("next_attempt_at", Test::AtMost("2026".into()))
                    .oldest("id")
                    .limit(64),
            ),
            (
                "jobs_open (org_id=? AND source_id=?)",
                of_source()
                    .test(
                        "status",
                        words(&["queued", "retrying", "running", "suspended"]),
                    )
                    .oldest("id"),
            ),
            (
                "jobs_source (org_id=? AND source_id=?)",
                of_source().is("branch", "main").oldest("id"),
            ),
            (
                "jobs_source (org_id=? AND source_id=?)",
                of_source()
                    .is("event_jrn", "jrn")
                    .test("head_sha", Test::NotNull)
                    .newest("id")
                    .limit(1),
            ),
            ("jobs_org (org_id=?)", jobs().newest("id").limit(50)),
            (
                "sources_name (org_id=? AND name=?)",
                Find::all(Table::Sources).is("name", "api"),
            ),
            (
                "sources_repo (org_id=? AND repo_key=?)",
                Find::all(Table::Sources)
                    .is("repo_key", "github.com/acme/api")
                    .oldest("id"),
            ),
            (
                "space_sources_source (org_id=? AND source_id=?)",
                Find::all(Table::SpaceSources).is("source_id", 7),
            ),
            (
                "documents_changed (org_id=? AND space_id=? AND changed_at>?)",
                Find::all(Table::Documents)
                    .is("space_id", 3)
                    .test("changed_at", Test::Above(5.into()))
                    .oldest("changed_at"),
            ),
            (
                "deliveries_integration (org_id=? AND integration_id=?)",
                Find::all(Table::Deliveries)
                    .is("integration_id", 2)
                    .newest("id")
                    .limit(20),
            ),
        ] {
            let plan = plan(&find);
            assert!(plan.contains(index), "{index}: {plan}");
            if find.order.is_some_and(|(column, _)| column == "id") {
                assert!(!plan.contains("TEMP B-TREE"), "{index}: {plan}");
            }
        }
        let exact = of_source()
            .is("event_jrn", "jrn")
            .is("head_sha", "abc")
            .is("generation", 0)
            .newest("id");
        let plan = plan(&exact);
        assert!(
            plan.contains("jobs_head (org_id=? AND source_id=? AND head_sha=? AND event_jrn=? AND generation=?)"),
            "{plan}"
        );
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let Err(Fault::Own(error)) =
            query(Scope::Everyone, &Find::all(Table::Orgs).is("colour", "red"))
        else {
            panic!("accepted")
        };
        assert!(error.to_string().contains("no column colour in orgs"));
    }
}
