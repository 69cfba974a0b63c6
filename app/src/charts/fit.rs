//! Charts of a baseline's fit: against the meter, and what is left over time and by temperature.

use super::plot::{Hue, Mark, Plot, Series, Slot, slots};
use crate::components::data_table::Data;
use crate::format;
use chrono::NaiveTime;
use domain::baseline::view::FitDay;
use domain::range::Granularity;

/// Width of a temperature bin, K.
const BIN_K: f64 = 3.0;

fn day_slots(days: &[FitDay]) -> Vec<Slot> {
    let midnight = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN);
    let local: Vec<_> = days
        .iter()
        .map(|d| (midnight(d.day), midnight(d.day.succ_opt().unwrap_or(d.day)), String::new()))
        .collect();
    slots(&local, Granularity::Day)
}

fn series(name: &str, hue: Hue, mark: Mark, values: Vec<Option<f64>>) -> Series {
    Series { name: name.to_owned(), hue, mark, values, estimated: vec![] }
}

/// Measured against expected, day by day.
pub fn follows(days: &[FitDay], unit: &str) -> Plot {
    Plot {
        axis: format!("Use per day, {unit}"),
        unit: unit.to_owned(),
        slots: day_slots(days),
        series: vec![
            series("Measured", Hue::Actual, Mark::Line, days.iter().map(|d| d.observed).collect()),
            series("Baseline model", Hue::Baseline, Mark::Dashed, days.iter().map(|d| d.predicted).collect()),
        ],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// Expected − measured of a day.
pub fn left(day: &FitDay) -> Option<f64> {
    Some(day.predicted? - day.observed?)
}

/// What is left, over the days of the baseline period.
pub fn left_over_time(days: &[FitDay], unit: &str) -> Plot {
    let days: Vec<FitDay> = days.iter().filter(|d| d.baseline).copied().collect();
    let values = days.iter().map(left).collect();
    Plot {
        axis: format!("Model − meter, {unit}"),
        unit: unit.to_owned(),
        slots: day_slots(&days),
        series: vec![series("Model − meter", Hue::Baseline, Mark::Bar, values)],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// Bins of temperature with the mean that is left in each and its number of days.
fn bins(days: &[FitDay]) -> Vec<(i32, f64, u32)> {
    let mut bins: std::collections::BTreeMap<i32, (f64, u32)> = std::collections::BTreeMap::new();
    for day in days.iter().filter(|d| d.baseline) {
        let Some((t, left)) = day.temperature_c.zip(left(day)) else { continue };
        #[allow(clippy::cast_possible_truncation)]
        let bin = bins.entry((t / BIN_K).floor() as i32).or_default();
        *bin = (bin.0 + left, bin.1 + 1);
    }
    bins.into_iter().map(|(bin, (sum, n))| (bin, sum / f64::from(n), n)).collect()
}

fn bin_name(bin: i32) -> String {
    let low = f64::from(bin) * BIN_K;
    format!("{} to {} °C", format::number(low, 0), format::number(low + BIN_K, 0))
}

/// Mean of what is left, by outdoor temperature.
pub fn left_by_temperature(days: &[FitDay], unit: &str) -> Plot {
    let bins = bins(days);
    let every = bins.len().div_ceil(6).max(1);
    let slot = |(i, (bin, ..)): (usize, &(i32, f64, u32))| Slot {
        label: bin_name(*bin),
        tick: (i % every == 0).then(|| format!("{} °C", format::number(f64::from(*bin) * BIN_K, 0))),
    };
    Plot {
        axis: format!("Mean of model − meter, {unit}"),
        unit: unit.to_owned(),
        slots: bins.iter().enumerate().map(slot).collect(),
        series: vec![series(
            "Mean of model − meter",
            Hue::Baseline,
            Mark::Bar,
            bins.iter().map(|(_, mean, _)| Some(*mean)).collect(),
        )],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// The bins in rows.
pub fn temperature_table(days: &[FitDay], unit: &str) -> Data {
    Data {
        caption: format!("Mean of model − meter by outdoor temperature, {unit}"),
        columns: vec!["Outdoor temperature".to_owned(), format!("Mean, {unit}"), "Days".to_owned()],
        rows: bins(days)
            .into_iter()
            .map(|(bin, mean, n)| vec![bin_name(bin), format::number(mean, 1), n.to_string()])
            .collect(),
        totals: None,
    }
}

/// The days in rows.
pub fn day_table(days: &[FitDay], unit: &str) -> Data {
    let cell = |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 1));
    Data {
        caption: format!("Measured and expected per day, {unit}"),
        columns: vec![
            "Day".to_owned(),
            "Period".to_owned(),
            format!("Measured, {unit}"),
            format!("Model, {unit}"),
            format!("Model − meter, {unit}"),
            "Outdoors, °C".to_owned(),
        ],
        rows: days
            .iter()
            .map(|d| {
                let period = if d.baseline { "baseline" } else { "since" };
                vec![
                    d.day.to_string(),
                    period.to_owned(),
                    cell(d.observed),
                    cell(d.predicted),
                    cell(left(d)),
                    cell(d.temperature_c),
                ]
            })
            .collect(),
        totals: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32, observed: Option<f64>, t: f64, baseline: bool) -> FitDay {
        FitDay {
            day: chrono::NaiveDate::from_ymd_opt(2026, 3, n).unwrap(),
            baseline,
            observed,
            predicted: Some(100.0),
            temperature_c: Some(t),
        }
    }

    #[test]
    fn what_is_left_is_binned_by_temperature_over_the_baseline_only() {
        let days = [
            day(1, Some(90.0), -0.5, true),
            day(2, Some(120.0), -2.9, true),
            day(3, None, 4.0, true),
            day(4, Some(70.0), 4.0, true),
            day(5, Some(0.0), 4.0, false),
        ];
        let plot = left_by_temperature(&days, "kWh");
        assert_eq!(
            plot.slots.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(),
            ["−3 to 0 °C", "3 to 6 °C"]
        );
        assert_eq!(plot.series[0].values, [Some(-5.0), Some(30.0)]);
        assert_eq!(left_over_time(&days, "kWh").slots.len(), 4);
        assert_eq!(follows(&days, "kWh").series[0].values[2], None);
    }
}
