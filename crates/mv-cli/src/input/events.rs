//! Non-routine events that both parties agreed on: `start,end,method,kwh_per_day,uncertainty`.

use anyhow::Result;
use chrono::NaiveDate;
use mv::adjust::{Basis, Event};

use super::file::{File, Table};

/// The events of a file.
pub(crate) fn events(file: &File) -> Result<Vec<Event>> {
    let table = file.table()?;
    let columns = Columns {
        start: table.column("start")?,
        end: table.column("end")?,
        method: table.column("method")?,
        kwh_per_day: table.column("kwh_per_day")?,
        uncertainty: table.column("uncertainty")?,
    };
    table.rows.iter().map(|(row, fields)| columns.event(&table, *row, fields)).collect()
}

struct Columns {
    start: usize,
    end: usize,
    method: usize,
    kwh_per_day: usize,
    uncertainty: usize,
}

impl Columns {
    fn event(&self, table: &Table, row: usize, fields: &[String]) -> Result<Event> {
        let day = |column: usize| {
            let text = &fields[column];
            let wrong = || table.error(row, column, format!("“{text}” is not a date like 2026-07-01"));
            text.parse::<NaiveDate>().map_err(|_| wrong())
        };
        let amount = |column: usize| {
            let missing =
                || table.error(row, column, format!("the method {} needs a number", fields[self.method]));
            table.number(row, fields, column)?.ok_or_else(missing)
        };
        let none = |column: usize| match fields[column].as_str() {
            "" => Ok(()),
            _ => Err(table.error(
                row,
                column,
                format!("the method {} computes it: leave it empty", fields[self.method]),
            )),
        };
        let (kwh_per_day, uncertainty) = (self.kwh_per_day, self.uncertainty);
        let basis = match fields[self.method].as_str() {
            "sub_meter" => {
                Basis::SubMeter { kwh_per_day: amount(kwh_per_day)?, uncertainty: amount(uncertainty)? }
            }
            "estimate" => {
                Basis::Estimate { kwh_per_day: amount(kwh_per_day)?, uncertainty: amount(uncertainty)? }
            }
            "indicator" | "exclusion" => {
                none(kwh_per_day)?;
                none(uncertainty)?;
                if fields[self.method] == "indicator" { Basis::Indicator } else { Basis::Exclusion }
            }
            other => {
                let known = "sub_meter, indicator, estimate and exclusion are known";
                return Err(table.error(row, self.method, format!("“{other}” is no method; {known}")));
            }
        };
        Ok(Event { start: day(self.start)?, end: day(self.end)?, basis })
    }
}
