//! Two courses beside each other, day by day.

use super::performance::series;
use super::plot::{Hue, Mark, Plot, Slot};
use crate::components::data_table::Data;
use crate::format;
use chrono::{Days, NaiveDate};
use domain::production::compare::Course;

/// Ticks on the axis, at most.
const TICKS: usize = 8;

/// Both courses over the days since their first. What is divided by canopy is per m².
pub fn plot(a: &Course, b: &Course, per_m2: bool) -> Plot {
    let days = a.kwh.len().max(b.kwh.len());
    let every = days.div_ceil(TICKS).max(1);
    let slot = |n: usize| Slot {
        label: format!("Day {}: {} and {}", n + 1, named(a, n), named(b, n)),
        tick: n.is_multiple_of(every).then(|| format!("{}", n + 1)),
    };
    let unit = if per_m2 { "kWh/m²" } else { "kWh" };
    Plot {
        axis: format!("Per day, {unit}"),
        unit: unit.to_owned(),
        slots: (0..days).map(slot).collect(),
        series: vec![
            series(&a.label, Hue::Actual, Mark::Line, values(a, days, per_m2)),
            series(&b.label, Hue::Vendor, Mark::Line, values(b, days, per_m2)),
        ],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// The same in rows.
pub fn table(a: &Course, b: &Course) -> Data {
    let days = a.kwh.len().max(b.kwh.len());
    let cell = |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 1));
    let row = |n: usize| {
        let (of_a, of_b) = (a.kwh.get(n).copied().flatten(), b.kwh.get(n).copied().flatten());
        let difference = of_a.zip(of_b).map(|(a, b)| a - b);
        vec![(n + 1).to_string(), named(a, n), cell(of_a), named(b, n), cell(of_b), cell(difference)]
    };
    Data {
        caption: format!("{} beside {}, kWh per local day", a.label, b.label),
        columns: vec![
            "Day".to_owned(),
            format!("Date of {}", a.label),
            format!("{}, kWh", a.label),
            format!("Date of {}", b.label),
            format!("{}, kWh", b.label),
            "Difference, kWh".to_owned(),
        ],
        rows: (0..days).map(row).collect(),
        totals: None,
    }
}

fn values(course: &Course, days: usize, per_m2: bool) -> Vec<Option<f64>> {
    let divisor = if per_m2 { course.canopy_m2.unwrap_or(f64::NAN) } else { 1.0 };
    (0..days).map(|n| course.kwh.get(n).copied().flatten().map(|kwh| kwh / divisor)).collect()
}

fn named(course: &Course, n: usize) -> String {
    let day: Option<NaiveDate> =
        (n < course.kwh.len()).then(|| course.from.checked_add_days(Days::new(n as u64))).flatten();
    day.map_or_else(|| format::MISSING.to_owned(), |day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::production::compare::Subject;

    fn course(from: &str, kwh: Vec<Option<f64>>) -> Course {
        Course {
            subject: Subject::Room("a".to_owned()),
            label: "Room".to_owned(),
            from: from.parse().unwrap(),
            kwh,
            canopy_m2: Some(10.0),
            mass: None,
            light_mol: None,
        }
    }

    #[test]
    fn days_are_aligned_by_their_number_and_the_shorter_one_ends() {
        let (a, b) = (
            course("2026-03-01", vec![Some(50.0), None, Some(70.0)]),
            course("2025-11-05", vec![Some(40.0)]),
        );
        let plot = plot(&a, &b, true);
        assert_eq!(plot.series[0].values, [Some(5.0), None, Some(7.0)]);
        assert_eq!(plot.series[1].values, [Some(4.0), None, None]);
        assert_eq!(plot.slots[0].label, "Day 1: 2026-03-01 and 2025-11-05");
        let rows = table(&a, &b).rows;
        assert_eq!(rows[0], ["1", "2026-03-01", "50.0", "2025-11-05", "40.0", "10.0"]);
        assert_eq!(rows[2], ["3", "2026-03-03", "70.0", "–", "–", "–"]);
    }
}
