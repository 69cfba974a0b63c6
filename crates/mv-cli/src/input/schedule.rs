//! Hours of light: `from,lights_on,lights_off`.

use anyhow::Result;
use chrono::NaiveTime;
use mv::towt::schedule::{Photoperiod, Schedule};

use super::file::File;
use super::time;

/// The photoperiods of a file, in order.
pub(crate) fn schedule(file: &File) -> Result<Schedule> {
    let table = file.table()?;
    let from = table.column("from")?;
    let times = [table.column("lights_on")?, table.column("lights_off")?];
    let mut photoperiods: Vec<Photoperiod> = Vec::new();
    for (row, fields) in &table.rows {
        let Some(start) = time::parse(&fields[from]) else {
            return Err(table.error(*row, from, format!("“{}” is not an ISO 8601 date", fields[from])));
        };
        let date = start.local.date();
        if photoperiods.last().is_some_and(|before| before.from >= date) {
            return Err(table.error(*row, from, "photoperiods have to be in order of their first day"));
        }
        let mut parsed = [NaiveTime::MIN; 2];
        for (place, time) in times.into_iter().zip(&mut parsed) {
            let text = &fields[place];
            let formats = ["%H:%M", "%H:%M:%S"];
            let Some(found) = formats.iter().find_map(|f| NaiveTime::parse_from_str(text, f).ok()) else {
                return Err(table.error(*row, place, format!("“{text}” is not a time like 18:30")));
            };
            *time = found;
        }
        photoperiods.push(Photoperiod { from: date, on: parsed[0], off: parsed[1] });
    }
    Ok(Schedule { photoperiods })
}
