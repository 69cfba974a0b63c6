//! CSV text with its rows numbered as an editor numbers lines.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A file as read.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Its name in messages.
    pub(crate) name: String,
    /// Its bytes, for the hash.
    pub(crate) bytes: Vec<u8>,
}

/// A table with a header.
#[derive(Debug)]
pub(crate) struct Table {
    file: String,
    /// Names of the columns, trimmed.
    pub(crate) header: Vec<String>,
    /// Line number and fields; as many fields as the header has.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

impl File {
    /// Reads a whole file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("{name} cannot be read"))?;
        Ok(Self { name, bytes })
    }

    /// Its table. Empty lines are skipped; lines count from 1, the header's.
    pub(crate) fn table(&self) -> Result<Table> {
        let Ok(text) = std::str::from_utf8(&self.bytes) else { bail!("{}: not UTF-8 text", self.name) };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let Some((_, header)) = lines.by_ref().find(|(_, line)| !line.trim().is_empty()) else {
            bail!("{}: row 1, column start: the file is empty", self.name);
        };
        let header: Vec<String> = fields(header);
        for (index, name) in header.iter().enumerate() {
            if header[..index].contains(name) {
                bail!("{}: row 1, column {name}: the header names it twice", self.name);
            }
        }
        let mut rows = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let fields = fields(line);
            if fields.len() != header.len() {
                let column = header.get(fields.len()).or(header.last()).map_or("", String::as_str);
                let (found, wanted) = (fields.len(), header.len());
                bail!(
                    "{}: row {number}, column {column}: {found} fields, the header has {wanted}",
                    self.name
                );
            }
            rows.push((number, fields));
        }
        Ok(Table { file: self.name.clone(), header, rows })
    }
}

impl Table {
    /// Place of a column.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Place of a column that has to be there.
    pub(crate) fn column(&self, name: &str) -> Result<usize> {
        self.place(name).with_context(|| format!("{}: row 1, column {name}: missing", self.file))
    }

    /// An error at a field.
    pub(crate) fn error(&self, row: usize, column: usize, message: impl Display) -> anyhow::Error {
        anyhow::anyhow!("{}: row {row}, column {}: {message}", self.file, self.header[column])
    }

    /// A number, or none for an empty field.
    pub(crate) fn number(&self, row: usize, fields: &[String], column: usize) -> Result<Option<f64>> {
        let text = fields[column].as_str();
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(self.error(row, column, format!("“{text}” is not a number"))),
        }
    }
}

/// Fields between commas, trimmed; quoted ones may contain commas and doubled quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_may_contain_commas() {
        assert_eq!(fields("a, \"b,c\" ,\"d\"\"e\","), ["a", "b,c", "d\"e", ""]);
    }
}
