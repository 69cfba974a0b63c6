//! Rows of CSV and XLSX files, one after the other, as text.
//!
//! CSV: delimiter from the first lines (comma, semicolon, tab, bar), UTF-8, UTF-16 with a mark, else Latin-1. XLSX: one of the
//! sheets; dates come as `2026-01-31 14:00:00`. A cell's text is never interpreted here.

use calamine::{Data, Reader, SheetType, SheetVisible, Xlsx};
use chrono::{NaiveDateTime, Timelike};
use domain::table::view::Sheet;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

/// Most rows of a table: a year of minutes and a half.
pub const ROWS_MAX: u32 = 800_000;
/// Most columns of a row.
pub const COLUMNS_MAX: usize = 200;
/// Most bytes of a cell.
const CELL_MAX: usize = 2_000;
/// Most bytes that a spreadsheet may unfold to.
const UNFOLDED_MAX: u64 = 512 << 20;

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with delimiters.
    Csv,
    /// An Excel workbook, and which of its [`sheets`] is read, from 0.
    Xlsx(u32),
}

/// Why a file cannot be read as a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The file is not what it says, or broken.
    #[error("the file cannot be read: {0}")]
    Broken(String),
    /// A row cannot be read.
    #[error("row {row}: {reason}")]
    Row {
        /// From 1.
        row: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// More than is taken.
    #[error("{0}")]
    TooMuch(String),
}

/// Which kind of table a file is, by its content; none for what looks like neither.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(Format::Xlsx(0));
    }
    let start = text_of(&bytes[..bytes.len().min(4_096)]);
    let line = start.lines().find(|line| !line.trim().is_empty())?;
    let markup = line.trim_start().starts_with('<');
    let binary = start.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    (!markup && !binary).then_some(Format::Csv)
}

/// Hands every row with its number from 1 to `each`, until that breaks off.
///
/// # Errors
/// For a file that cannot be read, with the row where there is one. Rows before it were handed over.
pub fn rows(
    bytes: &[u8],
    format: Format,
    each: &mut dyn FnMut(u32, Vec<String>) -> ControlFlow<()>,
) -> Result<(), TableError> {
    match format {
        Format::Csv => csv_rows(bytes, each),
        Format::Xlsx(sheet) => xlsx_rows(bytes, (sheet, UNFOLDED_MAX), each),
    }
}

/// The first rows.
///
/// # Errors
/// As [`rows`].
pub fn head(bytes: &[u8], format: Format, most: usize) -> Result<Vec<Vec<String>>, TableError> {
    let mut found = Vec::new();
    rows(bytes, format, &mut |_, cells| {
        found.push(cells);
        if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(found)
}

fn checked(row: u32, cells: &[String]) -> Result<(), TableError> {
    if row > ROWS_MAX {
        return Err(TableError::TooMuch(format!("The table has more than {ROWS_MAX} rows. Split it.")));
    }
    if cells.len() > COLUMNS_MAX {
        return Err(TableError::Row { row, reason: format!("It has more than {COLUMNS_MAX} columns.") });
    }
    match cells.iter().position(|cell| cell.len() > CELL_MAX) {
        Some(column) => Err(TableError::Row {
            row,
            reason: format!("Column {} holds more than {CELL_MAX} bytes.", column + 1),
        }),
        None => Ok(()),
    }
}

/// Text of bytes in the encodings that exports come in.
fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let wide = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes).into(),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes).into(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            // A cut in the middle of a letter is no other encoding.
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        },
    }
}

/// The delimiter that the first lines have most often, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let count = |mark: char| {
        text.lines()
            .take(20)
            .map(|line| {
                let mut quoted = false;
                line.chars()
                    .filter(|c| {
                        quoted ^= *c == '"';
                        *c == mark && !quoted
                    })
                    .count()
            })
            .sum::<usize>()
    };
    // A semicolon wins over commas, which are then decimal marks.
    if count(';') > 0 && count(';') * 3 >= count(',') {
        return b';';
    }
    [b',', b'\t', b'|']
        .into_iter()
        .max_by_key(|mark| (count(char::from(*mark)), *mark == b','))
        .unwrap_or(b',')
}

fn csv_rows(
    bytes: &[u8],
    each: &mut dyn FnMut(u32, Vec<String>) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let text = text_of(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut last = 0;
    loop {
        let more = reader.read_record(&mut record).map_err(|e| TableError::Broken(e.to_string()))?;
        if !more {
            return Ok(());
        }
        // The reader passes over empty lines; a spreadsheet counts them.
        let start = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
        // Of a line that ends in CR LF the reader leaves the LF to the next record.
        let half = text.as_bytes()[..start].ends_with(b"\r") && text.as_bytes()[start..].starts_with(b"\n");
        let before = text.as_bytes().get(start + usize::from(half)..).unwrap_or_default();
        let empty = before.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
        for _ in 0..empty {
            last += 1;
            if each(last, vec![]).is_break() {
                return Ok(());
            }
        }
        last += 1;
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        checked(last, &cells)?;
        if each(last, cells).is_break() {
            return Ok(());
        }
    }
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

fn broken(error: &dyn std::fmt::Display) -> TableError {
    TableError::Broken(error.to_string())
}

/// Opens a workbook. Returns it with the names of the worksheets that a person sees in it; charts are sheets of their own too.
fn open(bytes: &[u8], unfolded_max: u64) -> Result<(Book<'_>, Vec<String>), TableError> {
    // What a part says of its own size need not be true, so it is unfolded once into nothing.
    let mut parts = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let mut unfolded = 0_u64;
    for index in 0..parts.len() {
        let part = parts.by_index(index).map_err(|e| broken(&e))?;
        let left = unfolded_max - unfolded + 1;
        unfolded += std::io::copy(&mut part.take(left), &mut std::io::sink()).map_err(|e| broken(&e))?;
        if unfolded > unfolded_max {
            let message =
                format!("The workbook unfolds to more than {} MiB. Save it as CSV.", unfolded_max >> 20);
            return Err(TableError::TooMuch(message));
        }
    }
    let workbook: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let seen = workbook.sheets_metadata().iter();
    let seen = seen.filter(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible);
    let names = seen.map(|sheet| sheet.name.clone()).collect();
    Ok((workbook, names))
}

/// The sheets of a workbook, in its order. A sheet is read no further than its first cell with something in it, so the number
/// of rows is the one that the workbook tells.
///
/// # Errors
/// For a file that cannot be read.
pub fn sheets(bytes: &[u8]) -> Result<Vec<Sheet>, TableError> {
    let (mut workbook, names) = open(bytes, UNFOLDED_MAX)?;
    let looked_at = |name: String| {
        let mut sheet = Sheet { name, rows: None, filled: false };
        // One that cannot be read does not stand in the way of the others.
        let Ok(mut reader) = workbook.worksheet_cells_reader(&sheet.name) else { return sheet };
        let end = reader.dimensions().end;
        while let Ok(Some(cell)) = reader.next_cell() {
            if !text(&Data::from(cell.get_value().clone())).trim().is_empty() {
                sheet.filled = true;
                // Where nothing is told it is the first cell alone.
                sheet.rows = (end != (0, 0)).then(|| end.0.saturating_add(1));
                break;
            }
        }
        sheet
    };
    Ok(names.into_iter().map(looked_at).collect())
}

fn xlsx_rows(
    bytes: &[u8],
    (sheet, unfolded_max): (u32, u64),
    each: &mut dyn FnMut(u32, Vec<String>) -> ControlFlow<()>,
) -> Result<(), TableError> {
    let (mut workbook, names) = open(bytes, unfolded_max)?;
    let sheet = names.get(sheet as usize);
    let sheet = sheet.ok_or_else(|| TableError::Broken("the workbook has no such sheet".to_owned()))?;
    // Cell by cell: a sheet with one cell far out is not laid out as a rectangle.
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|e| broken(&e))?;
    let (mut row, mut cells) = (1_u32, Vec::<String>::new());
    while let Some(cell) = reader.next_cell().map_err(|e| broken(&e))? {
        let (at, column) = cell.get_position();
        let (at, column) = (at.saturating_add(1), column as usize);
        if at > ROWS_MAX {
            return Err(TableError::TooMuch(format!("The table has more than {ROWS_MAX} rows. Split it.")));
        }
        if at < row {
            return Err(TableError::Row { row: at, reason: "It comes after a later row.".to_owned() });
        }
        while row < at {
            let done = std::mem::take(&mut cells);
            checked(row, &done)?;
            if each(row, done).is_break() {
                return Ok(());
            }
            row += 1;
        }
        let value = text(&Data::from(cell.get_value().clone()));
        if column >= COLUMNS_MAX {
            if value.is_empty() {
                continue;
            }
            return Err(TableError::Row {
                row: at,
                reason: format!("It has more than {COLUMNS_MAX} columns."),
            });
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        cells[column] = value;
    }
    if !cells.is_empty() {
        checked(row, &cells)?;
        // Nothing comes after the last row that could be broken off.
        let _ = each(row, cells);
    }
    Ok(())
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(at) => at.as_datetime().map_or_else(|| at.to_string(), |at| rounded(at).to_string()),
        other => other.to_string(),
    }
}

/// To the second: serial numbers of days cannot say most of them exactly.
fn rounded(at: NaiveDateTime) -> NaiveDateTime {
    let up = at + chrono::TimeDelta::milliseconds(500);
    up.with_nanosecond(0).unwrap_or(up)
}

#[cfg(test)]
mod tests;
