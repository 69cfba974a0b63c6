//! Daily rows that a baseline is fitted to, and their canonical text.

use chrono::NaiveDate;
use std::fmt::Write;
use thiserror::Error;

/// A line of a text that is no inputs of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this line of the inputs cannot be read: {0}")]
pub struct Unreadable(pub String);

/// One local day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    /// What the main meters measured, in the metric's unit; none where it is not known well enough.
    pub observed: Option<f64>,
    /// Mean outdoor temperature, °C.
    pub temperature_c: Option<f64>,
    /// Drivers by the names that the engine knows them by, in one order.
    pub drivers: Vec<Option<f64>>,
}

/// Days with the names of their drivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Days {
    /// `canopy_<stage>_m2`, `area_in_use_m2`, `ppf_mol`, `dli_out_mol_m2`, `outdoor_w_g_kg`: those that the facility has.
    pub names: Vec<String>,
    /// The days, ascending, none left out.
    pub days: Vec<Day>,
}

/// The days as the file that `gainshare-mv savings --data` reads; days before `split` are the baseline. Numbers have as many
/// digits as it takes to read the same bits back.
pub fn canonical(days: &Days, split: NaiveDate) -> String {
    let mut text = String::from("start,period,observed,temperature_c");
    for name in &days.names {
        let _ = write!(text, ",{name}");
    }
    text.push('\n');
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for day in &days.days {
        let period = if day.day < split { "baseline" } else { "reporting" };
        let _ = write!(text, "{},{period},{},{}", day.day, number(day.observed), number(day.temperature_c));
        for driver in &day.drivers {
            let _ = write!(text, ",{}", number(*driver));
        }
        text.push('\n');
    }
    text
}

/// Reads [`canonical`] back.
///
/// # Errors
/// Names the line that [`canonical`] did not write.
pub fn read(text: &str) -> Result<Days, Unreadable> {
    let broken = |line: &str| Unreadable(line.to_owned());
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap_or_default().split(',').skip(4).map(str::to_owned).collect();
    let days = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: &str| -> Result<Option<f64>, Unreadable> {
            // Numbers as in JSON, which the browser has code for already: another parser is 11 kB of tables.
            if cell.is_empty() {
                Ok(None)
            } else {
                serde_json::from_str(cell).map(Some).map_err(|_| broken(line))
            }
        };
        let [day, _, observed, temperature, drivers @ ..] = cells.as_slice() else {
            return Err(broken(line));
        };
        Ok(Day {
            day: day.parse().map_err(|_| broken(line))?,
            observed: number(observed)?,
            temperature_c: number(temperature)?,
            drivers: drivers.iter().map(|cell| number(cell)).collect::<Result<_, _>>()?,
        })
    });
    Ok(Days { days: days.collect::<Result<_, _>>()?, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_reads_back() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 3, n).unwrap();
        let row = |n, observed, temperature_c, drivers: [Option<f64>; 2]| Day {
            day: day(n),
            observed,
            temperature_c,
            drivers: drivers.into(),
        };
        let days = Days {
            names: vec!["canopy_flower_m2".to_owned(), "ppf_mol".to_owned()],
            days: vec![
                row(1, Some(412.3), Some(1.5), [None, None]),
                row(2, None, None, [Some(60.0), Some(0.1 + 0.2)]),
            ],
        };
        let text = canonical(&days, day(2));
        assert_eq!(
            text,
            "start,period,observed,temperature_c,canopy_flower_m2,ppf_mol\n\
            2026-03-01,baseline,412.3,1.5,,\n2026-03-02,reporting,,,60,0.30000000000000004\n"
        );
        assert_eq!(read(&text).unwrap(), days);
        let broken = read("start,period,observed,temperature_c\n2026-03-01,baseline,x,").unwrap_err();
        assert!(broken.to_string().contains("2026-03-01,baseline,x,"));
        assert!(read("start,period,observed,temperature_c\n2026-03-01,baseline").is_err());
    }
}
