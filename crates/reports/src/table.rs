//! Any table of a page as a file: CSV, workbook or JSON, with the rows above it that say what it is.

use crate::DocumentError;
use crate::xlsx::short;
use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use serde_json::{Value, json};

/// A table as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it lists.
    pub title: String,
    /// Notes as name and text: page, filter, time zone, interval convention, when it was made.
    pub about: Vec<(String, String)>,
    /// Headings.
    pub columns: Vec<String>,
    /// Cells as shown; rows may be shorter than the headings.
    pub rows: Vec<Vec<String>>,
    /// When it was made.
    pub generated_at: DateTime<Utc>,
}

/// A cell by what it holds.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Empty,
    Text(String),
    Number(Decimal),
}

/// Names of months and parts of ages that stand behind a number without being a unit of it.
const NO_UNITS: [&str; 13] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "ago"];

impl Table {
    /// Headings with their unit, and cells by what they hold. A column of figures in one unit becomes numbers, with the unit in
    /// its heading; the first column names the row and stays text, as does any column that mixes units.
    fn typed(&self) -> (Vec<String>, Vec<Vec<Cell>>) {
        let units: Vec<Option<String>> = (0..self.columns.len()).map(|c| self.unit(c)).collect();
        let heading = |(name, unit): (&String, &Option<String>)| match unit.as_deref() {
            Some(unit) if !unit.is_empty() && !name.contains(unit) => format!("{name} ({unit})"),
            _ => name.clone(),
        };
        let headings = self.columns.iter().zip(&units).map(heading).collect();
        let row = |cells: &Vec<String>| {
            let cell = |(text, unit): (&String, &Option<String>)| match (missing(text), unit) {
                (true, _) => Cell::Empty,
                (false, None) => Cell::Text(text.trim().to_owned()),
                (false, Some(_)) => {
                    figure(text).map_or_else(|| Cell::Text(text.clone()), |(n, _)| Cell::Number(n))
                }
            };
            cells.iter().zip(&units).map(cell).collect()
        };
        (headings, self.rows.iter().map(row).collect())
    }

    /// The one unit of a column's figures, empty for plain numbers; none where it holds anything else.
    fn unit(&self, column: usize) -> Option<String> {
        if column == 0 {
            return None;
        }
        let mut unit = None;
        for text in self.rows.iter().filter_map(|row| row.get(column)).filter(|text| !missing(text)) {
            let (_, found) = figure(text)?;
            if unit.get_or_insert_with(|| found.clone()) != &found {
                return None;
            }
        }
        unit
    }
}

fn missing(text: &str) -> bool {
    matches!(text.trim(), "" | "–" | "—")
}

/// A figure as pages write it, `−1,234.5 kWh`, as its number and unit.
fn figure(text: &str) -> Option<(Decimal, String)> {
    let text = text.trim();
    let plain = text.trim_start_matches(['\u{2212}', '-', '+']);
    if text.chars().count() > plain.chars().count() + 1 {
        return None;
    }
    let end = plain.find(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.')).unwrap_or(plain.len());
    let (digits, rest) = plain.split_at(end);
    let unit = rest.trim();
    let joined = rest.is_empty() || rest.starts_with([' ', '\u{a0}', '\u{202f}', '%', '°']);
    let words = unit.contains(|c: char| c.is_whitespace() || c.is_ascii_digit()) || NO_UNITS.contains(&unit);
    if !joined || words || unit.chars().count() > 16 || !grouped(digits) {
        return None;
    }
    let value: Decimal = digits.replace(',', "").parse().ok()?;
    Some((if text.starts_with(['\u{2212}', '-']) { -value } else { value }, unit.to_owned()))
}

/// Whether commas stand at thousands only, at most one point, and no zero in front that would be lost.
fn grouped(digits: &str) -> bool {
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let fraction_is_good = fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    let first_is_good = !first.is_empty() && (first == "0" || !first.starts_with('0'));
    let alone = !whole.contains(',') || first.len() <= 3;
    first_is_good && alone && fraction_is_good && groups.all(|group| group.len() == 3)
}

/// The table as CSV (RFC 4180, with comment rows above): numbers without grouping, what is missing an empty cell, and no text
/// that a spreadsheet would compute.
pub fn table_csv(table: &Table) -> String {
    let (headings, rows) = table.typed();
    let mut out = String::new();
    domain::csv::line(&mut out, [format!("# {}", table.title).as_str()]);
    for (name, text) in about(table) {
        domain::csv::line(&mut out, [format!("# {name}").as_str(), &text]);
    }
    domain::csv::line(&mut out, headings.iter().map(String::as_str));
    for row in &rows {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => domain::csv::text(&mut out, text),
                // A minus sign is no formula here.
                Cell::Number(value) => out.push_str(&value.to_string()),
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// The table as JSON: `title`, `about`, `columns`, and `rows` of numbers, texts and nulls.
pub fn table_json(table: &Table) -> Value {
    let (headings, rows) = table.typed();
    let cell = |cell: &Cell| match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Number(value) => json!(value.to_f64()),
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let about: serde_json::Map<String, Value> =
        about(table).into_iter().map(|(name, text)| (name, Value::from(text))).collect();
    json!({ "title": table.title, "about": about, "columns": headings, "rows": rows })
}

/// The table as an Office Open XML workbook of one sheet. Texts are texts and never formulas.
///
/// # Errors
/// More rows or columns than a sheet holds.
pub fn table_xlsx(table: &Table) -> Result<Vec<u8>, DocumentError> {
    let (headings, rows) = table.typed();
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(table.generated_at.timestamp())?;
    book.set_properties(&DocProperties::new().set_title(short(&table.title)).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    let (bold, large) = (Format::new().set_bold(), Format::new().set_bold().set_font_size(14));
    sheet.write_string_with_format(0, 0, short(&table.title), &large)?;
    let mut next = 1_u32;
    for (name, text) in about(table) {
        sheet.write_string(next, 0, short(&name))?.write_string(next, 1, short(&text))?;
        next += 1;
    }
    next += 1;
    for (column, name) in (0_u16..).zip(&headings) {
        sheet.set_column_width(column, 18.0)?;
        sheet.write_string_with_format(next, column, short(name), &bold)?;
    }
    sheet.set_freeze_panes(next + 1, 0)?;
    for (row, cells) in (next + 1..).zip(&rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            write(sheet, row, column, cell)?;
        }
    }
    Ok(book.save_to_buffer()?)
}

fn write(
    sheet: &mut rust_xlsxwriter::Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => drop(sheet.write_string(row, column, short(text))?),
        Cell::Number(value) => {
            if let Some(value) = value.to_f64() {
                sheet.write_number(row, column, value)?;
            }
        }
    }
    Ok(())
}

/// The notes, and when the file was made.
fn about(table: &Table) -> Vec<(String, String)> {
    let made = table.generated_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    table.about.iter().cloned().chain([("Generated at".to_owned(), made)]).collect()
}
