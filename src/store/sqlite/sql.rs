//! Rows in SQLite: the shared statements, run.

use rusqlite::types::{ToSql, ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::fault::Fault;
use crate::domain::id::OrgId;
use crate::domain::row::{Key, Row, Table};
use crate::domain::view::{Find, Scalar};
use crate::store::Scope;
use crate::store::codec::{Cell, decode, encode};
use crate::store::projector::Projector;
use crate::store::schema::spec;
use crate::store::sql::{Dialect, Param, query, statements};

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Owned(SqlValue::Null),
            Cell::Int(value) => ToSqlOutput::Owned(SqlValue::Integer(*value)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Param::Cell(cell) => cell.to_sql()?,
            Param::Ints(list) => {
                ToSqlOutput::from(serde_json::Value::from(list.clone()).to_string())
            }
            Param::Texts(list) => {
                ToSqlOutput::from(serde_json::Value::from(list.clone()).to_string())
            }
        })
    }
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
    let (sql, params) = query(Dialect::Sqlite, scope, find)?;
    select(db, find.table, &sql, params_from_iter(params))
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

/// The rows of a stream in a projector's table, one at a time.
pub fn each_of(
    db: &Connection,
    projector: &Projector,
    org: OrgId,
    owner: &Scalar,
    mut take: impl FnMut(Result<Row, Fault>),
) -> Result<(), Fault> {
    let table = projector.table;
    let mut statement = db.prepare_cached(&projector.rows_sql())?;
    let mut rows = statement.query(params_from_iter([Cell::Int(org.0), owner.into()]))?;
    while let Some(row) = rows.next()? {
        take(decode(table, read(table, row)?).map_err(Fault::Own));
    }
    Ok(())
}

/// Writes a row that is not there; `false` where a unique constraint stands against it.
pub fn add(db: &Connection, row: &Row) -> Result<bool, Fault> {
    let added = db
        .prepare_cached(&statements(row.table()).add)?
        .execute(params_from_iter(encode(row)))?;
    Ok(added == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::view::Test;

    fn plan(find: &Find) -> String {
        let db = Connection::open_in_memory().unwrap();
        crate::store::sqlite::open::steady(&db).unwrap();
        for migration in crate::store::migrations::MIGRATIONS {
            db.execute_batch(migration.sqlite).unwrap();
        }
        // As a connection that is opened later reads them.
        db.execute_batch("ANALYZE sqlite_schema").unwrap();
        let (sql, cells) = query(Dialect::Sqlite, Scope::Org(OrgId(1)), find).unwrap();
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
}
