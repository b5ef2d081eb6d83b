//! A table for a terminal.

use std::fmt;

use chrono::{DateTime, Utc};
use comfy_table::presets;

/// A longer cell is cut: the whole of it stands in the database.
const CELL_MAX_CHARS: usize = 60;
/// Spaces between two columns.
const GAP: u16 = 2;

/// Rows under a header, each column as wide as its widest cell.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|name| (*name).to_owned()).collect()] }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| cell_text(&cell)).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).add_rows(&self.rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        writeln!(f, "{}", table.trim_fmt())?;
        if self.rows.len() == 1 {
            writeln!(f, "(none)")?;
        }
        Ok(())
    }
}

/// A text of a stranger as a terminal may show it: in one line, without what it would obey, and without what turns the
/// direction of writing around or is not seen.
pub(super) fn plain(text: &str) -> String {
    let is_unseen =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    text.chars().map(|c| if c.is_control() || is_unseen(c) { ' ' } else { c }).collect()
}

/// As much of a text as a cell shows.
fn cell_text(text: &str) -> String {
    let plain = plain(text);
    if text.chars().count() <= CELL_MAX_CHARS {
        return plain;
    }
    plain.chars().take(CELL_MAX_CHARS - 1).chain(['…']).collect()
}

/// A moment in UTC, to the minute.
pub(super) fn moment(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d %H:%MZ").to_string())
}

/// A dash for nothing.
pub(super) fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or_else(|| "–".to_owned(), plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_a_cell_is_one_short_line() {
        let mut table = Table::new(&["ID", "NAME"]);
        table.row(["7".to_owned(), "Ромашка".to_owned()]);
        table.row(["12345".to_owned(), format!("a\nb\u{1b}[2J{}", "x".repeat(100))]);
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["ID     NAME", "7      Ромашка"]);
        assert_eq!(lines[2].chars().count(), 7 + CELL_MAX_CHARS);
        assert!(lines[2].starts_with("12345  a b [2Jxxx") && lines[2].ends_with('…'));
        assert_eq!(Table::new(&["ID"]).to_string(), "ID\n(none)\n");
        assert_eq!(or_dash(Some("\u{1b}]0;x\u{7}Shop\u{202e}")), " ]0;x Shop ", "also outside of a table");
    }
}
