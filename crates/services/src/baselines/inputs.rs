//! What a baseline is fitted to: one row per local day, from meters, weather and crop plan.

use super::measured;
use crate::production::{self, DriverDay};
use crate::weather::{self, WeatherDay};
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::facility::FacilityKind;
use domain::id::UtilitySeriesId;
use domain::local_time::day_start;
use domain::point::Metric;
use domain::quality::Quality;
use domain::range::Granularity;
use domain::series::SeriesInterval;
use recompute::{Day, Days};
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use store::Tx;
use store::baselines::Baseline;
use store::facilities::Facility;

/// A day that was measured for less than this is not a day's use. CalTRACK 2.0 §2.2.1.2 scales up days of more than half
/// of their readings; a counter needs no scaling, only that its use fell on that day.
const COVERAGE_MIN: f64 = 0.9;

/// The point metric that a metric type is metered by; none where it is not metered by the day.
pub(crate) fn metered(metric: MetricType) -> Option<Metric> {
    match metric {
        MetricType::Electricity => Some(Metric::Energy),
        MetricType::Gas => Some(Metric::Gas),
        MetricType::Water => Some(Metric::Water),
        MetricType::PeakDemand | MetricType::Yield => None,
    }
}

/// What the days of a baseline are read from.
pub(crate) struct Source {
    pub(crate) metric: MetricType,
    /// The utility's series of the baseline period; none for the main meters.
    pub(crate) series: Option<UtilitySeriesId>,
    /// First local day of savings, which the main meters measure where there are any.
    pub(crate) effective_from: NaiveDate,
}

/// Reads the days of `range`.
///
/// # Errors
/// `Invalid` for a metric that no main meter counts, or a series that does not count it.
pub(crate) async fn load(
    tx: &mut Tx<'_>,
    facility: &Facility,
    source: &Source,
    range: Range<NaiveDate>,
) -> Result<Days> {
    let (metric, width, zone) = (source.metric, Granularity::Day, facility.time_zone);
    let stretch = (day_start(zone, range.start), day_start(zone, range.end));
    let mut used = measured::by_meters(tx, facility, metric, width, stretch).await?;
    if let Some(series) = source.series {
        let mut whole = measured::by_utility(tx, facility, metric, series, width, stretch).await?;
        let since = day_start(zone, source.effective_from);
        let own = used.into_iter().filter(|interval| interval.start >= since);
        own.for_each(|interval| match whole.iter_mut().find(|other| other.start == interval.start) {
            Some(other) => *other = interval,
            None => whole.push(interval),
        });
        used = whole;
    } else if used.is_empty() {
        return Err(Error::field(
            "metric_type",
            format!("{} has no main meter in this facility. Add one under Meters & points.", metric.label()),
        ));
    }
    let (weather, production) = conditions(tx, facility, range.clone()).await?;
    Ok(join(range, facility.kind, metric, &used, weather, production))
}

/// The rows that the baseline was fitted to, and the days of savings before `until`.
pub(crate) async fn both_periods(
    tx: &mut Tx<'_>,
    facility: &Facility,
    baseline: &Baseline,
    until: NaiveDate,
) -> Result<Days> {
    let s = &baseline.summary;
    let source = Source { metric: s.metric_type, series: s.series, effective_from: s.effective_from };
    let mut since = load(tx, facility, &source, s.effective_from..until.max(s.effective_from)).await?;
    let mut days = recompute::days::read(&baseline.inputs).map_err(Error::internal)?;
    days.days.retain(|day| day.day < s.period_end);
    // Columns of the frozen rows count; what they do not have a column for is no part of the model.
    let places: Vec<Option<usize>> =
        days.names.iter().map(|name| since.names.iter().position(|other| other == name)).collect();
    for day in &mut since.days {
        day.drivers =
            places.iter().map(|place| place.and_then(|at| day.drivers.get(at).copied().flatten())).collect();
    }
    days.days.append(&mut since.days);
    Ok(days)
}

/// Weather and crop plan of these days.
pub(crate) async fn conditions(
    tx: &mut Tx<'_>,
    facility: &Facility,
    range: Range<NaiveDate>,
) -> Result<(Vec<WeatherDay>, Vec<DriverDay>)> {
    let weather = weather::days(tx, facility, range.clone()).await?;
    Ok((weather, production::daily_drivers(tx, facility, range).await?))
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
    // An area that never was in use tells nothing.
    let spacious = planned.values().any(|day| day.area_in_use_m2.is_some_and(|area| area > 0.0));
    names.extend(spacious.then(|| "area_in_use_m2".to_owned()));
    names.extend((!planned.is_empty()).then(|| "ppf_mol".to_owned()));
    names.extend(lit.then(|| "dli_out_mol_m2".to_owned()));
    names.extend(humid.then(|| "outdoor_w_g_kg".to_owned()));
    let days = range.start.iter_days().take_while(|day| *day < range.end).enumerate().map(|(index, day)| {
        let (weather, plan) = (weather.get(&day), planned.get(&day));
        let mut drivers: Vec<Option<f64>> = stages
            .iter()
            .map(|stage| plan.map(|plan| plan.canopy_m2.get(stage).copied().unwrap_or(0.0)))
            .collect();
        drivers.extend(spacious.then(|| plan.and_then(|plan| plan.area_in_use_m2)));
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
            area_in_use_m2: Some(80.0),
            ppf_mol: 2_592.0,
        }];
        let used = [
            used(412_300, Quality::Measured, 1.0),
            used(1, Quality::Estimated, 1.0),
            used(1, Quality::Measured, 0.5),
        ];
        let days = join(day(1)..day(4), FacilityKind::Indoor, MetricType::Electricity, &used, weather, plan);
        assert_eq!(days.names, ["canopy_flower_m2", "area_in_use_m2", "ppf_mol", "outdoor_w_g_kg"]);
        assert_eq!(days.days.iter().map(|d| d.observed).collect::<Vec<_>>(), [Some(412.3), None, None]);
    }
}
