//! Readings, weather and drivers: `start,period,observed,temperature_f|temperature_c`, then drivers.

use std::collections::HashMap;

use anyhow::{Result, bail};
use chrono::NaiveDate;
use mv::cea::driver::ExogenousDriver;
use mv::degree_days::fahrenheit;
use mv::series::{Period, Reading, Series};

use super::file::{File, Table};
use super::time::{self, Start};

/// Columns that are not drivers.
const KNOWN: [&str; 5] = ["start", "period", "observed", "temperature_c", "temperature_f"];

/// Which drivers to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// None: the method has no use for them.
    None,
    /// Those named.
    Named(Vec<String>),
    /// All columns after the known ones.
    All,
}

/// What a data file holds.
#[derive(Debug)]
pub(crate) struct Data {
    /// Rows in order of time.
    pub(crate) series: Series,
    /// Its drivers.
    pub(crate) drivers: Vec<ExogenousDriver>,
    /// Columns that may not be drivers and that nobody asked for.
    pub(crate) left_out: Vec<String>,
}

struct Columns {
    start: usize,
    period: usize,
    observed: usize,
    temperature: usize,
    celsius: bool,
    drivers: Vec<usize>,
    declared: Vec<ExogenousDriver>,
    left_out: Vec<String>,
}

/// The readings of a file, in order of time whatever the order of its rows.
pub(crate) fn series(file: &File, wanted: &Wanted) -> Result<Data> {
    let table = file.table()?;
    let columns = columns(file, &table, wanted)?;
    if table.rows.is_empty() {
        bail!("{}: row 2, column start: there are no rows", file.name);
    }
    let mut rows = Vec::with_capacity(table.rows.len());
    for (number, fields) in &table.rows {
        rows.push((*number, reading(&table, &columns, *number, fields)?));
    }
    rows.sort_by_key(|(_, (start, _))| start.order());
    check_doubles(&table, &columns, &rows)?;
    let drivers = columns.drivers.iter().map(|place| table.header[*place].clone()).collect();
    let rows = rows.into_iter().map(|(_, (_, reading))| reading).collect();
    let series = Series { drivers, rows };
    Ok(Data { series, drivers: columns.declared, left_out: columns.left_out })
}

fn columns(file: &File, table: &Table, wanted: &Wanted) -> Result<Columns> {
    let start = table.column("start")?;
    let (temperature, celsius) = match (table.place("temperature_f"), table.place("temperature_c")) {
        (Some(_), Some(place)) => {
            return Err(table.error(1, place, "there is a temperature_f as well; keep one"));
        }
        (Some(place), None) => (place, false),
        (None, Some(place)) => (place, true),
        (None, None) => bail!("{}: row 1, column temperature_c: missing (or temperature_f)", file.name),
    };
    let places = match wanted {
        Wanted::None => Vec::new(),
        Wanted::Named(names) => names.iter().map(|name| table.column(name.trim())).collect::<Result<_>>()?,
        Wanted::All => (0..table.header.len())
            .filter(|place| !KNOWN.iter().any(|known| table.header[*place].eq_ignore_ascii_case(known)))
            .filter(|place| !table.header[*place].is_empty())
            .collect(),
    };
    let (mut drivers, mut declared, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        match ExogenousDriver::declare(&table.header[place]) {
            Ok(driver) => {
                drivers.push(place);
                declared.push(driver);
            }
            Err(_) if *wanted == Wanted::All => left_out.push(table.header[place].clone()),
            Err(refused) => return Err(table.error(1, place, refused)),
        }
    }
    let (period, observed) = (table.column("period")?, table.column("observed")?);
    Ok(Columns { start, period, observed, temperature, celsius, drivers, declared, left_out })
}

fn reading(table: &Table, columns: &Columns, row: usize, fields: &[String]) -> Result<(Start, Reading)> {
    let text = &fields[columns.start];
    let Some(start) = time::parse(text) else {
        return Err(table.error(row, columns.start, format!("“{text}” is not an ISO 8601 date or time")));
    };
    let period = match fields[columns.period].as_str() {
        "baseline" => Period::Baseline,
        "reporting" => Period::Reporting,
        other => {
            return Err(table.error(
                row,
                columns.period,
                format!("“{other}” is neither baseline nor reporting"),
            ));
        }
    };
    let temperature = table.number(row, fields, columns.temperature)?;
    let drivers = columns
        .drivers
        .iter()
        .map(|place| table.number(row, fields, *place))
        .collect::<Result<Vec<Option<f64>>>>()?;
    let reading = Reading {
        start: start.local,
        period,
        usage: table.number(row, fields, columns.observed)?,
        temperature_f: if columns.celsius { temperature.map(fahrenheit) } else { temperature },
        drivers,
    };
    Ok((start, reading))
}

/// Two rows for one start are refused, except for the hour that a clock without offset shows twice in autumn.
fn check_doubles(table: &Table, columns: &Columns, rows: &[(usize, (Start, Reading))]) -> Result<()> {
    let mut doubles: HashMap<NaiveDate, usize> = HashMap::new();
    let step = {
        let series = Series { drivers: Vec::new(), rows: rows.iter().map(|(_, (_, r))| r.clone()).collect() };
        series.step_minutes()
    };
    for pair in rows.windows(2) {
        let (before, (row, (start, _))) = (&pair[0].1.0, &pair[1]);
        if before.order() != start.order() {
            continue;
        }
        let date = start.local.date();
        let seen = doubles.entry(date).or_default();
        *seen += 1;
        let autumn = start.offset_s.is_none() && step <= 60 && i64::try_from(*seen)? * step <= 60;
        if !autumn {
            let first = pair[0].0.min(*row);
            let second = pair[0].0.max(*row);
            return Err(table.error(second, columns.start, format!("the same start as row {first}")));
        }
    }
    Ok(())
}
