//! Outdoor temperature, day by day, beside what is normal.

use super::plot::{Hue, Mark, Plot, Series, slots};
use crate::components::data_table::Data;
use crate::format;
use chrono::NaiveTime;
use domain::range::Granularity;
use domain::weather::view::DayView;

/// Mean temperature of local days; days of which hours were bridged or are missing are drawn lighter.
pub fn temperature(days: &[DayView]) -> Plot {
    let midnight = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN);
    let local: Vec<_> = days
        .iter()
        .map(|d| (midnight(d.day), midnight(d.day.succ_opt().unwrap_or(d.day)), String::new()))
        .collect();
    let series = |name: &str, hue, mark, values: Vec<Option<f64>>| Series {
        name: name.to_owned(),
        hue,
        mark,
        values,
        estimated: vec![],
    };
    let measured = days.iter().map(|d| d.temperature_c).collect();
    let mut all = vec![series("Mean of the day", Hue::Actual, Mark::Line, measured)];
    if days.iter().any(|d| d.normal_c.is_some()) {
        let normal = days.iter().map(|d| d.normal_c).collect();
        all.push(series("Normal year", Hue::Baseline, Mark::Dashed, normal));
    }
    Plot {
        axis: "Outdoor temperature, °C".to_owned(),
        unit: "°C".to_owned(),
        slots: slots(&local, Granularity::Day),
        series: all,
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// The days in rows.
pub fn table(days: &[DayView]) -> Data {
    let cell = |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 1));
    let columns = ["Day", "Mean, °C", "Normal, °C", "Light, mol/m²", "Hours known"].map(str::to_owned);
    let row = |d: &DayView| {
        vec![
            d.day.to_string(),
            cell(d.temperature_c),
            cell(d.normal_c),
            cell(d.dli_mol_m2),
            d.hours.to_string(),
        ]
    };
    Data {
        caption: "Outdoor weather by local day".to_owned(),
        columns: columns.to_vec(),
        rows: days.iter().map(row).collect(),
        totals: None,
    }
}
