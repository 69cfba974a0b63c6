//! A workbook of one worksheet (ECMA-376), written from top to bottom without ever going back.

use super::Cell;
use domain::export::SHEET_ROWS;
use std::fmt::Write as _;
use std::io::{Error, Result, Write};
use std::sync::{Arc, Mutex, PoisonError};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
/// Everything but the rows.
const PARTS: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];
const SHEET: &str = "xl/worksheets/sheet1.xml";
const BEGIN: &str =
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
const END: &str = "</sheetData></worksheet>";

/// Where the archive goes, so that it can be taken from there while it grows.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The worksheet.
pub(super) struct Sheet {
    out: Outlet,
    archive: ZipWriter<StreamWriter<Outlet>>,
    rows: u64,
    line: String,
}

impl Sheet {
    pub(super) fn new() -> Result<Self> {
        let out = Outlet::default();
        let mut archive = ZipWriter::new_stream(out.clone());
        let options = SimpleFileOptions::default();
        for (name, text) in PARTS {
            archive.start_file(name, options)?;
            archive.write_all(XML.as_bytes())?;
            archive.write_all(text.as_bytes())?;
        }
        archive.start_file(SHEET, options)?;
        archive.write_all(XML.as_bytes())?;
        archive.write_all(BEGIN.as_bytes())?;
        Ok(Self { out, archive, rows: 0, line: String::new() })
    }

    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<()> {
        self.rows += 1;
        if self.rows > SHEET_ROWS {
            return Err(Error::other(format!("a worksheet has at most {SHEET_ROWS} rows")));
        }
        self.line.clear();
        self.line.push_str("<row>");
        for cell in cells {
            match cell {
                Cell::Text(text) => {
                    self.line.push_str(r#"<c t="inlineStr"><is><t xml:space="preserve">"#);
                    escaped(&mut self.line, text);
                    self.line.push_str("</t></is></c>");
                }
                Cell::Number(None) => self.line.push_str("<c/>"),
                // Writing to a String does not fail.
                Cell::Number(Some(value)) => _ = write!(self.line, "<c><v>{value}</v></c>"),
            }
        }
        self.line.push_str("</row>");
        self.archive.write_all(self.line.as_bytes())
    }

    pub(super) fn take(&self) -> Vec<u8> {
        self.out.take()
    }

    pub(super) fn finish(mut self: Box<Self>) -> Result<Vec<u8>> {
        self.archive.write_all(END.as_bytes())?;
        self.archive.finish()?;
        Ok(self.out.take())
    }
}

/// The text as XML; what XML cannot hold is a blank.
fn escaped(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            letter if letter < ' ' => out.push(' '),
            letter => out.push(letter),
        }
    }
}
