//! The formats. Each holds every row and column that it was given, whatever is in their cells.

use crate::console::columns::Value;
use crate::console::model::export::Sheet;

/// RFC 4180: CRLF, quotes doubled. Text that a spreadsheet would take for a formula begins with an apostrophe.
pub fn csv(sheet: &Sheet) -> String {
    let mut text = String::new();
    let headings = sheet.columns.iter().map(|it| quoted(it));
    text.push_str(&headings.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
    for row in &sheet.rows {
        let cells = row.iter().map(|value| {
            let plain = value.plain();
            if value.is_number() {
                plain
            } else {
                quoted(&harmless(plain))
            }
        });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Spreadsheets run what begins so, full-width forms included, also behind blanks.
fn harmless(cell: String) -> String {
    let runs = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    let first = cell.chars().find(|c| *c != ' ');
    if cell.starts_with(['\t', '\r', '\n']) || first.is_some_and(runs) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// The whole rows, one array.
pub fn json(sheet: &Sheet) -> String {
    let mut text = serde_json::to_string_pretty(&sheet.whole).expect("JSON values are JSON");
    text.push('\n');
    text
}

/// A table as GitHub and most chats show it.
pub fn md(sheet: &Sheet) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(sheet.columns.iter().map(|it| escaped(it)).collect());
    let numbers = |place: usize| {
        let mut values = sheet.rows.iter().filter_map(|row| row.get(place));
        values.clone().any(Value::is_number)
            && values.all(|it| it.is_number() || *it == Value::Nothing)
    };
    let rule = (0..sheet.columns.len()).map(|place| if numbers(place) { "--:" } else { "---" });
    text.push('|');
    text.push_str(&rule.collect::<Vec<_>>().join("|"));
    text.push_str("|\n");
    for row in &sheet.rows {
        text.push_str(&line(row.iter().map(|it| escaped(&it.plain())).collect()));
    }
    text
}

fn escaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for c in cell.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '<' | '[' | '~' => {
                text.push('\\');
                text.push(c);
            }
            '\n' => text.push_str("<br>"),
            '\r' => {}
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let text = |it: &str| Value::Text(it.to_owned());
        Sheet {
            columns: vec!["name".into(), "behind".into()],
            rows: vec![
                vec![text("plain"), Value::Count(-7)],
                vec![text("a \"b\", c\nd"), Value::Nothing],
                vec![text("=HYPERLINK(\"x\")"), Value::Count(1)],
                vec![text("-1+cmd|x"), Value::Number('@', 12)],
                vec![text("  @SUM(A1)"), Value::Count(0)],
                vec![text("\tx"), Value::Count(2)],
            ],
            whole: vec![serde_json::json!({"name": "=1"})],
        }
    }

    #[test]
    fn csv_quotes_and_disarms_text_and_leaves_numbers() {
        assert_eq!(
            csv(&sheet()),
            "name,behind\r\nplain,-7\r\n\"a \"\"b\"\", c\nd\",\r\n\"'=HYPERLINK(\"\"x\"\")\",1\r\n'-1+cmd|x,12\r\n'  @SUM(A1),0\r\n'\tx,2\r\n"
        );
    }

    #[test]
    fn markdown_keeps_one_row_on_one_line() {
        let md = md(&sheet());
        assert_eq!(md.lines().count(), 2 + 6);
        assert!(
            md.starts_with("| name | behind |\n|---|--:|\n| plain | -7 |\n"),
            "{md}"
        );
        assert!(md.contains("| -1+cmd\\|x | 12 |"), "{md}");
        assert!(md.contains("c<br>d"), "{md}");
    }

    #[test]
    fn json_holds_whole_rows() {
        let json: serde_json::Value = serde_json::from_str(&json(&sheet())).unwrap();
        assert_eq!(json[0]["name"], "=1");
    }
}
