//! Bills: `start,value`, the last row closing the period.

use anyhow::{Result, bail};
use chrono::Timelike;
use mv::reading::Bill;

use super::file::File;
use super::time;

/// Bills in order.
#[derive(Debug)]
pub(crate) struct Bills {
    /// The bills.
    pub(crate) bills: Vec<Bill>,
    /// Hour of the day at which they begin.
    pub(crate) start_hour: u32,
}

/// The bills of a file.
pub(crate) fn bills(file: &File) -> Result<Bills> {
    let table = file.table()?;
    let (start, value) = (table.column("start")?, table.column("value")?);
    let mut rows = Vec::new();
    for (row, fields) in &table.rows {
        let Some(at) = time::parse(&fields[start]) else {
            return Err(table.error(*row, start, format!("“{}” is not an ISO 8601 date", fields[start])));
        };
        let previous: Option<&(usize, time::Start, Option<f64>)> = rows.last();
        if previous.is_some_and(|(_, before, _)| before.local.date() >= at.local.date()) {
            return Err(table.error(*row, start, "bills have to be in order, a day or more apart"));
        }
        rows.push((*row, at, table.number(*row, fields, value)?));
    }
    match rows.last() {
        Some((row, _, Some(_))) => {
            return Err(table.error(
                *row,
                value,
                "the last row closes the period: its value has to be empty",
            ));
        }
        Some(_) if rows.len() >= 2 => {}
        _ => {
            bail!("{}: row 2, column start: a bill needs a row for its start and one for its end", file.name)
        }
    }
    let bill = |pair: &[(usize, time::Start, Option<f64>)]| Bill {
        start: pair[0].1.local.date(),
        end: pair[1].1.local.date(),
        usage: pair[0].2,
    };
    Ok(Bills { bills: rows.windows(2).map(bill).collect(), start_hour: rows[0].1.local.hour() })
}
