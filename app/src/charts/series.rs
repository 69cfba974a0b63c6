//! Series of points as plots, tables and sentences.

use super::plot::{Hue, Mark, Plot, Series, Slot, slots};
use crate::components::data_table::Data;
use crate::format;
use chrono::{NaiveDateTime, Timelike};
use domain::local_clock::LocalClock;
use domain::point::EndUse;
use domain::quality::Quality;
use domain::series::{PointHead, SeriesInterval, SeriesView, Shape, ZoneHead};
use rust_decimal::Decimal;

/// Local start and end of intervals, with the clock's name.
fn local(intervals: &[SeriesInterval], clock: &LocalClock) -> Vec<(NaiveDateTime, NaiveDateTime, String)> {
    intervals
        .iter()
        .map(|i| (clock.local(i.start), clock.local(i.end), clock.name(i.start).to_owned()))
        .collect()
}

fn values(intervals: &[SeriesInterval], of: impl Fn(&SeriesInterval) -> Option<Decimal>) -> Vec<Option<f64>> {
    intervals.iter().map(|i| of(i).map(format::float)).collect()
}

/// The colour of a point: that of its end use, else the colour of what is measured.
pub fn hue(point: &PointHead) -> Hue {
    hue_of(point.end_use)
}

/// The colour of an end use.
pub fn hue_of(end_use: Option<EndUse>) -> Hue {
    match end_use {
        Some(EndUse::Lighting) => Hue::Lighting,
        Some(EndUse::Hvac) => Hue::Hvac,
        Some(EndUse::Dehumidification) => Hue::Dehumidification,
        Some(EndUse::Irrigation) => Hue::Irrigation,
        Some(EndUse::Total) | None => Hue::Actual,
    }
}

/// The chart of a point. In a room, `zone` shades the hours without light.
pub fn plot(view: &SeriesView, clock: &LocalClock, zone: Option<&ZoneHead>) -> Plot {
    let intervals = &view.intervals;
    let local = local(intervals, clock);
    let hue = hue(&view.row.point);
    let metric = view.row.point.metric;
    let main = Series {
        name: metric.label().to_owned(),
        hue,
        mark: if view.shape == Shape::Bars { Mark::Bar } else { Mark::Line },
        values: values(intervals, |i| i.value),
        // What is estimated and what is not over yet are both drawn lighter.
        estimated: intervals.iter().map(|i| i.partial || i.quality == Quality::Estimated).collect(),
    };
    let mut series = vec![main];
    if view.shape == Shape::Line {
        for (name, of) in [("Lowest", lowest as fn(&SeriesInterval) -> _), ("Highest", highest)] {
            let values = values(intervals, of);
            series.push(Series { name: name.to_owned(), hue, mark: Mark::Thin, values, estimated: vec![] });
        }
        series[0].name = "Mean".to_owned();
    }
    let mut nights = Vec::new();
    if let Some(zone) = zone.filter(|_| local.len() > 1 && view.window.granularity.seconds() < 86_400) {
        nights = dark(&local, zone);
    }
    Plot {
        axis: format!("{}, {}", metric.label(), view.unit),
        unit: view.unit.clone(),
        slots: slots(&local, view.window.granularity),
        series,
        stacked: false,
        bands: vec![],
        nights,
    }
}

fn lowest(interval: &SeriesInterval) -> Option<Decimal> {
    interval.min
}

fn highest(interval: &SeriesInterval) -> Option<Decimal> {
    interval.max
}

/// Runs of slots that begin while the room's lights are off.
fn dark(local: &[(NaiveDateTime, NaiveDateTime, String)], zone: &ZoneHead) -> Vec<(usize, usize)> {
    if zone.photoperiod_min == 0 || zone.photoperiod_min >= 1_440 {
        return Vec::new();
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (i, (start, ..)) in local.iter().enumerate() {
        let minute = start.hour() * 60 + start.minute();
        if (minute + 1_440 - zone.lights_on_min % 1_440) % 1_440 < zone.photoperiod_min {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.1 + 1 == i => run.1 = i,
            _ => runs.push((i, i)),
        }
    }
    runs
}

/// The same values in rows, newest last.
pub fn table(view: &SeriesView, clock: &LocalClock) -> Data {
    let places = u32::from(view.decimals);
    let cell = |v: Option<Decimal>| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, places));
    let line = view.shape == Shape::Line;
    let mut columns = vec![format!("From ({})", clock.zone), String::from("To"), view.unit.clone()];
    if line {
        columns[2] = format!("Mean, {}", view.unit);
        columns.extend(["Lowest".to_owned(), "Highest".to_owned()]);
    }
    columns.extend(["Quality".to_owned(), "Covered".to_owned()]);
    let row = |i: &SeriesInterval| {
        let mut cells = vec![
            format!("{} {}", format::stamp(clock.local(i.start)), clock.name(i.start)),
            format::stamp(clock.local(i.end)),
            cell(i.value),
        ];
        if line {
            cells.extend([cell(i.min), cell(i.max)]);
        }
        let quality =
            if i.partial { format!("{}, so far", i.quality.label()) } else { i.quality.label().to_owned() };
        cells.extend([quality, format::percent(i.coverage)]);
        cells
    };
    let totals = view.total.map(|total| {
        let mut cells = vec!["Sum".to_owned(), String::new(), decimal(total, places)];
        cells.resize(columns.len(), String::new());
        cells
    });
    Data {
        caption: format!("{}: {} in {}", view.row.point.name, view.row.point.metric.label(), view.unit),
        rows: view.intervals.iter().map(row).collect(),
        columns,
        totals,
    }
}

/// A decimal with so many places, grouped.
pub fn decimal(value: Decimal, places: u32) -> String {
    format::number(format::float(value.round_dp(places)), places as usize)
}

/// A decimal as a headline shows it: about four digits, and no more places than it has.
pub fn brief(value: Decimal, places: u32) -> String {
    let size = format::float(value).abs();
    let most = if size >= 1_000.0 {
        0
    } else if size >= 100.0 {
        1
    } else {
        2
    };
    decimal(value, places.min(most))
}

/// The answer of the chart in one sentence.
pub fn summary(view: &SeriesView, clock: &LocalClock) -> String {
    let places = u32::from(view.decimals);
    let shown = |v: Decimal| format!("{}\u{a0}{}", brief(v, places), view.unit);
    let known = || view.intervals.iter().filter_map(|i| Some((i, i.value?)));
    let Some((peak, high)) = known().max_by_key(|(_, v)| *v) else {
        return "No readings in this range.".to_owned();
    };
    let when = |i: &SeriesInterval| {
        let at = clock.local(i.start);
        format!("{}, {}", format::weekday(at), format::clock(at))
    };
    let covered = format!("{} of the time is covered by readings.", format::percent(view.coverage));
    if let Some(total) = view.total {
        return format!("{} in all; most, {}, from {}. {covered}", shown(total), shown(high), when(peak));
    }
    let lowest = view.intervals.iter().filter_map(|i| i.min.or(i.value)).min().unwrap_or(high);
    let highest = view.intervals.iter().filter_map(|i| i.max.or(i.value)).max().unwrap_or(high);
    format!("Between {} and {}; highest mean from {}. {covered}", shown(lowest), shown(highest), when(peak))
}

/// Today's quarter hours as bars over the same weekday a week ago as a dashed line. Both are laid out by the clock on
/// the wall, so a day with a clock change still compares 14:00 with 14:00.
pub fn today_plot(
    today: &[SeriesInterval],
    week_ago: &[SeriesInterval],
    names: (&str, &str),
    clock: &LocalClock,
) -> Plot {
    let keys = |intervals: &[SeriesInterval]| -> Vec<(u32, usize)> {
        let mut seen = std::collections::BTreeMap::new();
        intervals
            .iter()
            .map(|i| {
                let minute = clock.local(i.start).hour() * 60 + clock.local(i.start).minute();
                let nth = seen.entry(minute).or_insert(0usize);
                *nth += 1;
                (minute, *nth)
            })
            .collect()
    };
    let (today_keys, ago_keys) = (keys(today), keys(week_ago));
    let mut all: Vec<(u32, usize)> = today_keys.iter().chain(&ago_keys).copied().collect();
    all.sort_unstable();
    all.dedup();
    let place = |keys: &[(u32, usize)], intervals: &[SeriesInterval]| -> Vec<Option<f64>> {
        let at = |key| keys.iter().position(|k| *k == key);
        all.iter().map(|key| at(*key).and_then(|i| intervals[i].value).map(format::float)).collect()
    };
    let light = |key: &(u32, usize)| {
        let found = today_keys.iter().position(|k| k == key);
        found.is_some_and(|i| today[i].partial || today[i].quality == Quality::Estimated)
    };
    let slot = |(minute, nth): &(u32, usize)| Slot {
        label: format!(
            "{}–{}{}",
            hour_minute(*minute),
            hour_minute((minute + 15) % 1_440),
            if *nth > 1 { " (second)" } else { "" }
        ),
        tick: (minute % 240 == 0 && *nth == 1).then(|| hour_minute(*minute)),
    };
    Plot {
        axis: "Energy per quarter hour, kWh".to_owned(),
        unit: "kWh".to_owned(),
        series: vec![
            Series {
                name: names.0.to_owned(),
                hue: Hue::Actual,
                mark: Mark::Bar,
                values: place(&today_keys, today),
                estimated: all.iter().map(light).collect(),
            },
            Series {
                name: names.1.to_owned(),
                hue: Hue::Baseline,
                mark: Mark::Dashed,
                values: place(&ago_keys, week_ago),
                estimated: vec![],
            },
        ],
        slots: all.iter().map(slot).collect(),
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

fn hour_minute(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The rows of [`today_plot`].
pub fn today_table(plot: &Plot, caption: String) -> Data {
    let cell = |v: Option<&Option<f64>>| match v.copied().flatten() {
        Some(v) => format::number(v, 2),
        None => format::MISSING.to_owned(),
    };
    let mut columns = vec!["Quarter hour".to_owned()];
    columns.extend(plot.series.iter().map(|s| format!("{}, kWh", s.name)));
    let rows = plot.slots.iter().enumerate().map(|(i, slot)| {
        let mut row = vec![slot.label.clone()];
        row.extend(plot.series.iter().map(|s| cell(s.values.get(i))));
        row
    });
    Data { caption, columns, rows: rows.collect(), totals: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta, Utc};

    fn quarters(start: &str, n: i32) -> Vec<SeriesInterval> {
        let start: DateTime<Utc> = start.parse().unwrap();
        let at = |i: i32| start + TimeDelta::minutes(15 * i64::from(i));
        (0..n)
            .map(|i| SeriesInterval {
                start: at(i),
                end: at(i + 1),
                value: Some(Decimal::from(i)),
                min: None,
                max: None,
                quality: Quality::Measured,
                coverage: 1.0,
                partial: false,
            })
            .collect()
    }

    /// 1 November 2026 has 25 hours in Denver; the week before has 24. 14:00 stands over 14:00 on both.
    #[test]
    fn a_day_of_25_hours_compares_by_the_clock() {
        let (today, ago) = (quarters("2026-11-01T06:00:00Z", 100), quarters("2026-10-25T06:00:00Z", 96));
        let clock = LocalClock::by_name("America/Denver", ago[0].start, today[99].end);
        let plot = today_plot(&today, &ago, ("Today", "Sunday"), &clock);
        assert_eq!(plot.slots.len(), 100);
        let at = plot.slots.iter().position(|s| s.label == "14:00–14:15").unwrap();
        assert_eq!(plot.series[0].values[at], Some(60.0));
        assert_eq!(plot.series[1].values[at], Some(56.0));
        assert!(plot.slots.iter().any(|s| s.label == "01:00–01:15 (second)"));
    }
}
