//! Files of any number of rows, written as a stream: what is finished is taken away while the rest is still to come, so a file
//! takes no memory of its size.

mod sheet;

use crate::DocumentError;
use domain::csv;
use domain::export::FileKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_decimal::Decimal;
use sheet::Sheet;
use std::fmt::Write as _;
use std::io::Write as _;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A text; never a formula.
    Text(&'a str),
    /// A number with all its digits (15 in a workbook); an empty cell where it is not known.
    Number(Option<Decimal>),
}

/// A file that is being written.
pub struct RowFile {
    rows: u64,
    line: String,
    sink: Sink,
}

enum Sink {
    Csv(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Sheet(Box<Sheet>),
}

impl RowFile {
    /// Begins a file: comment rows of name and text that say what it is, then the heads of its columns.
    ///
    /// # Errors
    /// None that is known; the formats' libraries may fail.
    pub fn new(kind: FileKind, about: &[(&str, String)], columns: &[&str]) -> Result<Self, DocumentError> {
        let sink = match kind {
            FileKind::Csv => Sink::Csv(Vec::new()),
            FileKind::CsvGz => Sink::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::default()))),
            FileKind::Xlsx => Sink::Sheet(Box::new(Sheet::new()?)),
        };
        let mut file = Self { rows: 0, line: String::new(), sink };
        for (name, text) in about {
            let name = format!("# {name}");
            file.write(&[Cell::Text(&name), Cell::Text(text)])?;
        }
        let heads: Vec<Cell> = columns.iter().map(|name| Cell::Text(name)).collect();
        file.write(&heads)?;
        Ok(file)
    }

    /// Adds a row of data.
    ///
    /// # Errors
    /// When a worksheet is full.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), DocumentError> {
        self.rows += 1;
        self.write(cells)
    }

    /// Rows of data so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn write(&mut self, cells: &[Cell]) -> Result<(), DocumentError> {
        if let Sink::Sheet(sheet) = &mut self.sink {
            return Ok(sheet.row(cells)?);
        }
        self.line.clear();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.line.push(',');
            }
            match cell {
                Cell::Text(text) => csv::text(&mut self.line, text),
                Cell::Number(None) => {}
                // Writing to a String does not fail.
                Cell::Number(Some(value)) => _ = write!(self.line, "{value}"),
            }
        }
        self.line.push_str("\r\n");
        match &mut self.sink {
            Sink::Csv(out) => out.extend(self.line.as_bytes()),
            Sink::Gzip(out) => out.write_all(self.line.as_bytes())?,
            Sink::Sheet(_) => {}
        }
        Ok(())
    }

    /// The bytes that are finished and were not taken yet.
    pub fn take(&mut self) -> Vec<u8> {
        match &mut self.sink {
            Sink::Csv(out) => std::mem::take(out),
            Sink::Gzip(out) => std::mem::take(out.get_mut()),
            Sink::Sheet(sheet) => sheet.take(),
        }
    }

    /// Ends the file; what was not taken of it.
    ///
    /// # Errors
    /// None that is known; the formats' libraries may fail.
    pub fn finish(self) -> Result<Vec<u8>, DocumentError> {
        match self.sink {
            Sink::Csv(out) => Ok(out),
            Sink::Gzip(out) => Ok(out.finish()?),
            Sink::Sheet(sheet) => Ok(sheet.finish()?),
        }
    }
}
