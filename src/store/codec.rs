//! Row ⇄ columns. A row serialises to a JSON object whose keys are the column names; here its values become cells of the
//! database and back. No dialect knows more about rows than this.

use serde_json::{Map, Value};

use super::StoreError;
use super::schema::{Kind, Spec, spec};
use crate::domain::row::{Row, Table};

/// A value as every dialect stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number, or a truth value as 0 or 1.
    Int(i64),
    /// Text, a time, or JSON.
    Text(String),
}

/// The cells of `row`, in the order of its table's columns.
pub fn encode(row: &Row) -> Vec<Cell> {
    let Value::Object(mut columns) = row.to_value() else {
        unreachable!("rows are structs")
    };
    spec(row.table())
        .columns
        .iter()
        .map(|column| {
            let value = columns.remove(column.name).unwrap_or(Value::Null);
            match (value, &column.kind) {
                // A JSON column that must be there may still hold JSON's own null.
                (Value::Null, Kind::Json) if !column.nullable => Cell::Text("null".to_owned()),
                (Value::Null, _) => Cell::Null,
                (value, Kind::Json) => Cell::Text(value.to_string()),
                (Value::Bool(value), _) => Cell::Int(value.into()),
                (Value::Number(value), _) => value.as_i64().map_or(Cell::Null, Cell::Int),
                (Value::String(value), _) => Cell::Text(value),
                (value, _) => Cell::Text(value.to_string()),
            }
        })
        .collect()
}

/// The row of `table` with these cells, in the order of its columns.
pub fn decode(table: Table, cells: Vec<Cell>) -> Result<Row, StoreError> {
    let spec = spec(table);
    let mut columns = Map::with_capacity(cells.len());
    for (column, cell) in spec.columns.iter().zip(cells) {
        let value = match (cell, &column.kind) {
            (Cell::Null, _) => Value::Null,
            (Cell::Int(value), Kind::Bool) => Value::Bool(value != 0),
            (Cell::Int(value), _) => Value::from(value),
            (Cell::Text(text), Kind::Json) => serde_json::from_str(&text)
                .map_err(|e| unreadable(spec, column.name, &e.to_string()))?,
            (Cell::Text(text), _) => Value::String(text),
        };
        columns.insert(column.name.to_owned(), value);
    }
    Row::from_value(table, Value::Object(columns))
        .map_err(|e| unreadable(spec, "a column", &e.to_string()))
}

fn unreadable(spec: &Spec, column: &str, why: &str) -> StoreError {
    StoreError::Internal(format!(
        "{column} of a row of {} cannot be read ({why}); `jolli events rebuild` writes it anew from the log",
        spec.table.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::sample::sample_rows;

    #[test]
    fn every_row_comes_back_as_it_went_in_and_fills_exactly_its_columns() {
        for row in sample_rows() {
            let Value::Object(fields) = row.to_value() else {
                panic!("not an object")
            };
            let mut fields: Vec<&str> = fields.keys().map(String::as_str).collect();
            let mut columns: Vec<&str> = spec(row.table()).columns.iter().map(|c| c.name).collect();
            fields.sort_unstable();
            columns.sort_unstable();
            assert_eq!(fields, columns, "{}", row.table().name());
            assert_eq!(decode(row.table(), encode(&row)).unwrap(), row);
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_names_its_table_and_the_remedy() {
        let error = decode(Table::Orgs, vec![Cell::Int(1), Cell::Null, Cell::Null]).unwrap_err();
        assert!(error.to_string().contains("orgs"), "{error}");
        assert!(error.to_string().contains("events rebuild"), "{error}");
    }
}
