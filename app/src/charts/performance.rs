//! Charts of the performance dashboard.

use super::plot::{Band, Hue, Mark, Plot, Series, Slot, slots};
use super::savings::{float, midnight};
use crate::format;
use chrono::{Datelike, NaiveDate};
use domain::local_clock::LocalClock;
use domain::notes::Note;
use domain::outlook;
use domain::range::Granularity;
use domain::savings::FigureState;
use domain::savings::dashboard::{Comparison, DashboardView, HourOfUse, MonthFigure};
use domain::savings::running::Beyond;
use std::fmt::Write;

/// Edges or values, one per slot.
type Course = Vec<Option<f64>>;

pub(super) fn series(name: &str, hue: Hue, mark: Mark, values: Course) -> Series {
    Series { name: name.to_owned(), hue, mark, values, estimated: vec![] }
}

pub(super) fn band(name: &str, hue: Hue, low: Course, high: Course) -> Band {
    Band { name: name.to_owned(), hue, low, high }
}

/// What was used against what it is held against, by the quarter hour or the day; `beyond` are quarter hours after the last one
/// that has figures.
pub fn course(view: &DashboardView, beyond: &Beyond, clock: &LocalClock) -> Plot {
    if view.comparison != Comparison::Baseline {
        return compared(view);
    }
    let quarters = !view.quarters.is_empty();
    let (slots, actual, baseline): (Vec<Slot>, Course, Course) = if quarters {
        let over = || view.quarters.iter().chain(&beyond.closed);
        let all = || over().chain(&beyond.running);
        let local: Vec<_> = all()
            .map(|i| (clock.local(i.start), clock.local(i.end), clock.name(i.start).to_owned()))
            .collect();
        (
            slots(&local, Granularity::QuarterHour),
            // A part of a quarter hour is no value among whole ones.
            over().map(|i| float(i.actual)).chain(beyond.running.iter().map(|_| None)).collect(),
            all().map(|i| float(i.counterfactual)).collect(),
        )
    } else {
        (
            day_slots(view.days.iter().map(|p| p.day)),
            view.days.iter().map(|p| float(p.actual_value)).collect(),
            view.days.iter().map(|p| float(p.baseline_value)).collect(),
        )
    };
    let mut bands = between(&actual, &baseline);
    if !quarters {
        bands.extend(sure(view, &baseline));
    }
    let per = if quarters { "quarter hour" } else { "day" };
    let so_far = beyond.running.iter().filter(|_| quarters).map(|running| {
        let mut values: Course = vec![None; slots.len()];
        values.iter_mut().last().into_iter().for_each(|last| *last = float(running.actual));
        series("Running quarter hour, so far", Hue::Actual, Mark::Thin, values)
    });
    let so_far: Vec<Series> = so_far.collect();
    let drawn = [
        series("Actual", Hue::Actual, Mark::Line, actual),
        series("Adjusted baseline", Hue::Baseline, Mark::Dashed, baseline),
    ];
    Plot {
        axis: format!("Per {per}, {}", view.unit),
        unit: view.unit.clone(),
        slots,
        series: drawn.into_iter().chain(so_far).collect(),
        bands,
        stacked: false,
        nights: vec![],
    }
}

/// The local day of a slot of the course.
pub fn day_of_slot(view: &DashboardView, clock: &LocalClock, slot: usize) -> Option<NaiveDate> {
    if view.comparison != Comparison::Baseline {
        return view.from.iter_days().take_while(|day| *day < view.until).nth(slot);
    }
    match view.quarters.is_empty() {
        true => view.days.get(slot).map(|p| p.day),
        false => view.quarters.get(slot).or(view.quarters.last()).map(|i| clock.local(i.start).date()),
    }
}

/// Puts the notes on the lane above the chart, each where it begins; notes that were taken back are not shown.
pub fn flagged(mut plot: Plot, view: &DashboardView, clock: &LocalClock, notes: &[Note]) -> Plot {
    let mut values: Course = vec![None; plot.slots.len()];
    let by_quarter = view.comparison == Comparison::Baseline && !view.quarters.is_empty();
    for note in notes.iter().filter(|note| note.retracted.is_none()) {
        let stretch = &note.stretch;
        let on = |day: NaiveDate| stretch.from <= day && day < stretch.until;
        let slot = if by_quarter {
            view.quarters.iter().position(|i| {
                on(clock.local(i.start).date()) && stretch.instants.is_none_or(|(start, _)| start < i.end)
            })
        } else if view.comparison == Comparison::Baseline {
            view.days.iter().position(|p| on(p.day))
        } else {
            view.from.iter_days().take(plot.slots.len()).position(on)
        };
        if let Some(value) = slot.and_then(|slot| values.get_mut(slot)) {
            *value = Some(1.0);
        }
    }
    if values.iter().any(Option::is_some) {
        plot.series.push(series("Notes", Hue::Vendor, Mark::Flag, values));
    }
    plot
}

pub(super) fn day_slots(days: impl Iterator<Item = NaiveDate>) -> Vec<Slot> {
    let local: Vec<_> =
        days.map(|d| (midnight(d), midnight(d.succ_opt().unwrap_or(d)), String::new())).collect();
    slots(&local, Granularity::Day)
}

/// What was saved, and what was used beyond the baseline.
fn between(actual: &Course, baseline: &Course) -> Vec<Band> {
    let edges = |saved: bool| -> (Course, Course) {
        let pair = |(a, b): (&Option<f64>, &Option<f64>)| a.zip(*b).filter(|(a, b)| (a <= b) == saved);
        let edges = || actual.iter().zip(baseline).map(pair);
        (
            edges().map(|e| e.map(|(a, b)| a.min(b))).collect(),
            edges().map(|e| e.map(|(a, b)| a.max(b))).collect(),
        )
    };
    let ((low, high), (over_low, over_high)) = (edges(true), edges(false));
    let mut bands = Vec::new();
    if low.iter().any(Option::is_some) {
        bands.push(band("Saved", Hue::Actual, low, high));
    }
    if over_low.iter().any(Option::is_some) {
        bands.push(band("Above the baseline", Hue::Excess, over_low, over_high));
    }
    bands
}

/// The 80 and 95 % intervals of each day's baseline.
fn sure(view: &DashboardView, baseline: &Course) -> Vec<Band> {
    let edge = |half: fn(&domain::savings::dashboard::DayBand) -> f64, sign: f64| -> Course {
        let days = baseline.iter().zip(&view.day_bands);
        days.map(|(value, band)| Some((value.as_ref()? + sign * half(band.as_ref()?)).max(0.0))).collect()
    };
    if view.day_bands.iter().all(Option::is_none) {
        return vec![];
    }
    vec![
        band("95 % of days", Hue::Baseline, edge(|b| b.ninety_five, -1.0), edge(|b| b.ninety_five, 1.0)),
        band("80 % of days", Hue::Baseline, edge(|b| b.eighty, -1.0), edge(|b| b.eighty, 1.0)),
    ]
}

/// What was used, day by day beside another stretch.
fn compared(view: &DashboardView) -> Plot {
    let days: Vec<NaiveDate> = view.from.iter_days().take_while(|day| *day < view.until).collect();
    let used = |day: &NaiveDate| view.days.iter().find(|p| p.day == *day).and_then(|p| float(p.actual_value));
    let other = view.other.as_ref();
    Plot {
        axis: format!("Per day, {}", view.unit),
        unit: view.unit.clone(),
        slots: day_slots(days.iter().copied()),
        series: vec![
            series("Actual", Hue::Actual, Mark::Line, days.iter().map(used).collect()),
            series(
                view.comparison.label(),
                Hue::Baseline,
                Mark::Dashed,
                other.map(|o| o.values.iter().map(|v| float(*v)).collect()).unwrap_or_default(),
            ),
        ],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// Names of months, with the year where it changes.
fn month_slots(months: &[MonthFigure]) -> Vec<Slot> {
    let every = months.len().div_ceil(8).max(1);
    let slot = |(i, figure): (usize, &MonthFigure)| {
        let name = format!("{} {}", format::month(midnight(figure.month)), figure.month.year());
        Slot { tick: (i % every == 0).then(|| name.clone()), label: name }
    };
    months.iter().enumerate().map(slot).collect()
}

/// Savings of the months; the one that is running is lighter.
pub fn months(months: &[MonthFigure], unit: &str) -> Plot {
    let bars = Series {
        name: "Savings".to_owned(),
        hue: Hue::Actual,
        mark: Mark::Bar,
        values: months.iter().map(|m| m.totals.map(|t| format::float(t.savings + t.events))).collect(),
        estimated: months.iter().map(|m| m.running || m.totals.is_some_and(|t| t.coverage < 0.99)).collect(),
    };
    Plot {
        axis: format!("Savings per month, {unit}"),
        unit: unit.to_owned(),
        slots: month_slots(months),
        series: vec![bars],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// Savings since the start, and of the twelve months up to each month: the long view. A year with a month that has no savings
/// has no value.
pub fn long_view(months: &[MonthFigure], unit: &str) -> Plot {
    let saved: Course =
        months.iter().map(|m| m.totals.map(|t| format::float(t.savings + t.events))).collect();
    let mut sum = None;
    let since = saved.iter().map(|v| {
        sum = v.map_or(sum, |v| Some(sum.unwrap_or(0.0) + v));
        sum
    });
    let since = since.collect();
    let year = |end: usize| saved.get((end + 1).checked_sub(12)?..=end)?.iter().copied().sum::<Option<f64>>();
    Plot {
        axis: format!("Savings, {unit}"),
        unit: unit.to_owned(),
        slots: month_slots(months),
        series: vec![
            series("Since the start", Hue::Actual, Mark::Line, since),
            series("Last 12 months", Hue::Baseline, Mark::Dashed, (0..saved.len()).map(year).collect()),
        ],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// What each month's savings were split into.
pub fn shares(months: &[MonthFigure], currency: &str) -> Plot {
    let values = |of: fn(&domain::savings::equation::Equation) -> rust_decimal::Decimal| -> Course {
        months.iter().map(|m| Some(format::float(of(&m.totals?.equation?)))).collect()
    };
    let bar = |name, hue, values| Series { estimated: vec![], ..series(name, hue, Mark::Bar, values) };
    Plot {
        axis: format!("Per month, {currency}"),
        unit: currency.to_owned(),
        slots: month_slots(months),
        series: vec![
            bar("You keep", Hue::Actual, values(|e| e.keep)),
            bar("Vendor share", Hue::Vendor, values(|e| e.share)),
        ],
        bands: vec![],
        stacked: true,
        nights: vec![],
    }
}

/// The highest quarter hour of each day.
pub fn peaks(view: &DashboardView) -> Plot {
    let running = |day: &NaiveDate| {
        *day == view.today && view.days.iter().any(|p| p.day == *day && p.state == FigureState::Live)
    };
    let days: Vec<NaiveDate> = view.peaks.iter().map(|(day, _)| *day).collect();
    let bars = Series {
        name: "Highest quarter hour".to_owned(),
        hue: Hue::Hvac,
        mark: Mark::Bar,
        values: view.peaks.iter().map(|(_, kw)| Some(format::float(*kw))).collect(),
        estimated: days.iter().map(running).collect(),
    };
    Plot {
        axis: "Demand, kW".to_owned(),
        unit: "kW".to_owned(),
        slots: day_slots(days.into_iter()),
        series: vec![bars],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// How much of the time use was at least so high: hours, highest first.
pub fn load_duration(hours: &[HourOfUse], unit: &str) -> Plot {
    const POINTS: usize = 101;
    let kw: Vec<f64> = hours.iter().map(|h| format::float(h.value)).collect();
    let points = outlook::load_duration(&kw, POINTS);
    let mut marked = None;
    let slot = |(share, _): &(f64, f64)| {
        let percent = format::number(share * 100.0, 0);
        #[allow(clippy::cast_possible_truncation)]
        let fifth = (share * 5.0 + 1e-9).floor() as i64;
        let tick = (marked != Some(fifth)).then(|| format!("{percent} %"));
        marked = Some(fifth);
        Slot { label: format!("{percent} % of hours"), tick }
    };
    Plot {
        axis: format!("At least, {unit} per hour"),
        unit: unit.to_owned(),
        slots: points.iter().map(slot).collect(),
        series: vec![series(
            "Use",
            Hue::Actual,
            Mark::Line,
            points.iter().map(|(_, kw)| Some(*kw)).collect(),
        )],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}

/// Use by hour and day as SVG: a column per day, a row per hour; darker is more in light themes, lighter in dark ones.
pub fn heat_map(hours: &[HourOfUse], unit: &str) -> String {
    let cells: Vec<_> = hours.iter().map(|h| (h.day, h.hour, h.value)).collect();
    let grid = outlook::heat_map(&cells);
    let known = || grid.cells.iter().flatten().flatten().map(|v| format::float(*v));
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let mut out = format!(
        "<svg class=\"heat\" viewBox=\"0 0 {} 24\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">",
        grid.days.len()
    );
    for (column, (day, hours)) in grid.days.iter().zip(&grid.cells).enumerate() {
        for (hour, value) in
            hours.iter().enumerate().filter_map(|(hour, v)| Some((hour, format::float((*v)?))))
        {
            let share = if high > low { (value - low) / (high - low) } else { 1.0 };
            let _ = write!(
                out,
                "<rect x=\"{column}\" y=\"{hour}\" width=\"1.02\" height=\"1.02\" opacity=\"{:.2}\"><title>{day} {hour:02}:00, {} {unit}</title></rect>",
                0.08 + 0.92 * share,
                format::number(value, 1),
            );
        }
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    fn hour(day: u32, hour: u32, value: i64) -> HourOfUse {
        HourOfUse { day: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(), hour, value: Decimal::from(value) }
    }

    #[test]
    fn savings_and_excess_are_shaded_apart() {
        let bands = between(&vec![Some(1.0), Some(5.0), None], &vec![Some(3.0), Some(4.0), Some(2.0)]);
        assert_eq!(
            (&bands[0].low[..], &bands[0].high[..]),
            (&[Some(1.0), None, None][..], &[Some(3.0), None, None][..])
        );
        assert_eq!(
            (bands[1].name.as_str(), bands[1].low[1], bands[1].high[1]),
            ("Above the baseline", Some(4.0), Some(5.0))
        );
    }

    #[test]
    fn the_load_duration_curve_falls_from_the_highest_hour_to_the_lowest() {
        let hours: Vec<HourOfUse> = (0..24).map(|n| hour(1, n, i64::from((n * 7) % 24))).collect();
        let plot = load_duration(&hours, "kWh");
        let values: Vec<f64> = plot.series[0].values.iter().flatten().copied().collect();
        assert_eq!((values.len(), values[0], values[23]), (24, 23.0, 0.0));
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        assert!(!load_duration(&[], "kWh").has_values());
    }

    #[test]
    fn the_long_view_adds_up_and_a_year_needs_twelve_months() {
        let month = |n: u32| NaiveDate::from_ymd_opt(2025 + n.cast_signed() / 12, n % 12 + 1, 1).unwrap();
        let totals = |savings: i64| domain::savings::equation::Totals {
            baseline: Decimal::from(savings),
            actual: Decimal::ZERO,
            savings: Decimal::from(savings),
            events: Decimal::ZERO,
            equation: None,
            coverage: 1.0,
            days: 30,
        };
        // A month without figures, then 13 with 1 to 13 kWh.
        let months: Vec<MonthFigure> = (0..14)
            .map(|n| MonthFigure {
                month: month(n),
                totals: (n > 0).then(|| totals(i64::from(n))),
                running: false,
            })
            .collect();
        let plot = long_view(&months, "kWh");
        let (since, year) = (&plot.series[0].values, &plot.series[1].values);
        assert_eq!((since[0], since[1], since[13]), (None, Some(1.0), Some(91.0)));
        assert_eq!((year[11], year[12], year[13]), (None, Some(78.0), Some(90.0)));
    }

    #[test]
    fn a_heat_map_has_a_cell_for_every_known_hour() {
        let svg = heat_map(&[hour(1, 0, 5), hour(1, 2, 10), hour(3, 2, 7)], "kWh");
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(
            svg.contains("viewBox=\"0 0 3 24\"")
                && svg.contains("opacity=\"0.08\"")
                && svg.contains("opacity=\"1.00\"")
        );
    }
}
