//! What a baseline is fitted to: one row per local day, from meters, weather and crop plan, and its canonical text.

use crate::production::{self, DriverDay};
use crate::telemetry::amounts;
use crate::weather::{self, WeatherDay};
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::facility::FacilityKind;
use domain::local_time::day_start;
use domain::point::Metric;
use domain::quality::Quality;
use domain::range::Granularity;
use domain::series::SeriesInterval;
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use store::Tx;
use store::facilities::Facility;

/// A day that was measured for less than this is not a day's use. CalTRACK 2.0 §2.2.1.2 scales up days of more than half
/// of their readings; a counter needs no scaling, only that its use fell on that day.
const COVERAGE_MIN: f64 = 0.9;

/// One local day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Day {
    /// The day.
    pub(crate) day: NaiveDate,
    /// What the main meters measured, in the metric's unit; none where it is not known well enough.
    pub(crate) observed: Option<f64>,
    /// Mean outdoor temperature, °C.
    pub(crate) temperature_c: Option<f64>,
    /// Drivers by the names that the engine knows them by, in one order.
    pub(crate) drivers: Vec<Option<f64>>,
}

/// Days with the names of their drivers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Days {
    /// `canopy_<stage>_m2`, `ppf_mol`, `dli_out_mol_m2`, `outdoor_w_g_kg`: those that the facility has.
    pub(crate) names: Vec<String>,
    /// The days, ascending, none left out.
    pub(crate) days: Vec<Day>,
}

/// The point metric that a metric type is metered by; none where it is not metered by the day.
pub(crate) fn metered(metric: MetricType) -> Option<Metric> {
    match metric {
        MetricType::Electricity => Some(Metric::Energy),
        MetricType::Gas => Some(Metric::Gas),
        MetricType::Water => Some(Metric::Water),
        MetricType::PeakDemand | MetricType::Yield => None,
    }
}

/// Reads the days of `range`.
///
/// # Errors
/// `Invalid` for a metric that no main meter counts.
pub(crate) async fn load(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    range: Range<NaiveDate>,
) -> Result<Days> {
    let zone = facility.time_zone;
    let stretch = (day_start(zone, range.start), day_start(zone, range.end));
    let point = metered(metric).ok_or_else(|| {
        Error::field("metric_type", format!("{} has no meter that counts it.", metric.label()))
    })?;
    let used = amounts(tx, facility, point, Granularity::Day, stretch).await?;
    if used.is_empty() {
        return Err(Error::field(
            "metric_type",
            format!("{} has no main meter in this facility. Add one under Meters & points.", metric.label()),
        ));
    }
    let weather = weather::days(tx, facility, range.clone()).await?;
    let production = production::daily_drivers(tx, facility, range.clone()).await?;
    Ok(join(range, facility.kind, metric, &used, weather, production))
}

pub(crate) fn join(
    range: Range<NaiveDate>,
    kind: FacilityKind,
    metric: MetricType,
    used: &[SeriesInterval],
    weather: Vec<WeatherDay>,
    production: Vec<DriverDay>,
) -> Days {
    let weather: BTreeMap<NaiveDate, WeatherDay> = weather.into_iter().map(|day| (day.day, day)).collect();
    let stages: BTreeSet<String> = production.iter().flat_map(|day| day.canopy_m2.keys().cloned()).collect();
    let planned: BTreeMap<NaiveDate, DriverDay> = production.into_iter().map(|day| (day.day, day)).collect();
    let humid = weather.values().any(|day| day.humidity_ratio_g_kg.is_some());
    let lit = kind == FacilityKind::Greenhouse && weather.values().any(|day| day.dli_mol_m2.is_some());
    let mut names: Vec<String> = stages.iter().map(|stage| format!("canopy_{stage}_m2")).collect();
    names.extend((!planned.is_empty()).then(|| "ppf_mol".to_owned()));
    names.extend(lit.then(|| "dli_out_mol_m2".to_owned()));
    names.extend(humid.then(|| "outdoor_w_g_kg".to_owned()));
    let days = range.start.iter_days().take_while(|day| *day < range.end).enumerate().map(|(index, day)| {
        let (weather, plan) = (weather.get(&day), planned.get(&day));
        let mut drivers: Vec<Option<f64>> = stages
            .iter()
            .map(|stage| plan.map(|plan| plan.canopy_m2.get(stage).copied().unwrap_or(0.0)))
            .collect();
        drivers.extend((!planned.is_empty()).then(|| plan.map(|plan| plan.ppf_mol)));
        drivers.extend(lit.then(|| weather.and_then(|w| w.dli_mol_m2)));
        drivers.extend(humid.then(|| weather.and_then(|w| w.humidity_ratio_g_kg)));
        Day {
            day,
            observed: used.get(index).and_then(|interval| known(interval, metric)),
            temperature_c: weather.and_then(|w| w.temperature_c),
            drivers,
        }
    });
    Days { days: days.collect(), names }
}

/// The amount of an interval where it may stand for the whole of it.
pub(crate) fn known(interval: &SeriesInterval, metric: MetricType) -> Option<f64> {
    let sure = interval.quality == Quality::Measured && interval.coverage >= COVERAGE_MIN;
    let litres = if metric == MetricType::Water { 1e-3 } else { 1.0 };
    interval.value.filter(|_| sure).and_then(|value| value.to_f64()).map(|value| value * litres)
}

/// The days as the file that `gainshare-mv savings --data` reads; days before `split` are the baseline. Numbers have as many
/// digits as it takes to read the same bits back.
pub(crate) fn canonical(days: &Days, split: NaiveDate) -> String {
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
/// `Internal` for a text that this module did not write.
pub(crate) fn read(text: &str) -> Result<Days> {
    let broken = |line: &str| Error::internal(format!("inputs of a baseline cannot be read: {line}"));
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap_or_default().split(',').skip(4).map(str::to_owned).collect();
    let days = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: &str| -> Result<Option<f64>> {
            if cell.is_empty() { Ok(None) } else { cell.parse().map(Some).map_err(|_| broken(line)) }
        };
        let [day, _, observed, temperature, drivers @ ..] = cells.as_slice() else {
            return Err(broken(line));
        };
        Ok(Day {
            day: day.parse().map_err(|_| broken(line))?,
            observed: number(observed)?,
            temperature_c: number(temperature)?,
            drivers: drivers.iter().map(|cell| number(cell)).collect::<Result<_>>()?,
        })
    });
    Ok(Days { days: days.collect::<Result<_>>()?, names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, n).unwrap()
    }

    fn used(value: i64, quality: Quality, coverage: f64) -> SeriesInterval {
        SeriesInterval {
            start: DateTime::<Utc>::UNIX_EPOCH,
            end: DateTime::<Utc>::UNIX_EPOCH,
            value: Some(Decimal::new(value, 3)),
            min: None,
            max: None,
            quality,
            coverage,
            partial: false,
        }
    }

    #[test]
    fn days_have_what_is_known_and_nothing_else() {
        let weather = vec![WeatherDay {
            day: day(1),
            temperature_c: Some(1.5),
            humidity_ratio_g_kg: Some(4.0),
            dli_mol_m2: Some(9.0),
            hours: 24,
        }];
        let plan = vec![DriverDay {
            day: day(2),
            canopy_m2: BTreeMap::from([("flower".to_owned(), 60.0)]),
            ppf_mol: 2_592.0,
        }];
        let used = [
            used(412_300, Quality::Measured, 1.0),
            used(1, Quality::Estimated, 1.0),
            used(1, Quality::Measured, 0.5),
        ];
        let days = join(day(1)..day(4), FacilityKind::Indoor, MetricType::Electricity, &used, weather, plan);
        assert_eq!(days.names, ["canopy_flower_m2", "ppf_mol", "outdoor_w_g_kg"]);
        assert_eq!(days.days.iter().map(|d| d.observed).collect::<Vec<_>>(), [Some(412.3), None, None]);
        let text = canonical(&days, day(3));
        assert_eq!(
            text,
            "start,period,observed,temperature_c,canopy_flower_m2,ppf_mol,outdoor_w_g_kg\n\
            2026-03-01,baseline,412.3,1.5,,,4\n2026-03-02,baseline,,,60,2592,\n2026-03-03,reporting,,,,,\n"
        );
        assert_eq!(read(&text).unwrap(), days);
        assert!(read("start,period,observed,temperature_c\n2026-03-01,baseline,x,").is_err());
    }
}
