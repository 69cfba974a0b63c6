//! What a chart shows, before it is decided how it is drawn.

use crate::format;
use chrono::{Datelike, NaiveDateTime, Timelike};
use domain::range::Granularity;

/// Colour by meaning, the same in every chart. The value of each lives in the style sheet, per theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hue {
    /// What goes to the vendor.
    Vendor,
    /// Use above the baseline.
    Excess,
    /// Reference: the adjusted baseline, or the day compared with.
    Baseline,
    /// What was measured.
    Actual,
    /// Lamps.
    Lighting,
    /// Cooling, heating, air handling.
    Hvac,
    /// Dehumidifiers.
    Dehumidification,
    /// Irrigation and pumps.
    Irrigation,
    /// What no sub-meter accounts for.
    Remainder,
}

impl Hue {
    /// Name of the colour in the style sheet: class `c-…` and variable `--chart-…`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Excess => "excess",
            Self::Baseline => "baseline",
            Self::Actual => "actual",
            Self::Lighting => "lighting",
            Self::Hvac => "hvac",
            Self::Dehumidification => "dehumidification",
            Self::Irrigation => "irrigation",
            Self::Remainder => "remainder",
        }
    }
}

/// How a series is drawn: sums as bars, states as lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A bar per slot.
    Bar,
    /// A line, broken where values are missing.
    Line,
    /// A dashed line: a reference.
    Dashed,
    /// A faint line: lowest and highest around a mean.
    Thin,
    /// A flag on the lane above the plot, whatever the value: somebody wrote something about the slot.
    Flag,
}

/// One place on the time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The interval in full, in the facility's time: `Mon 23 Nov, 14:00–14:15`. Unique within the plot.
    pub label: String,
    /// Its short name, on the few slots that carry one on the axis.
    pub tick: Option<String>,
}

/// One series of values, one per slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Colour.
    pub hue: Hue,
    /// Shape.
    pub mark: Mark,
    /// Values in the plot's unit; none where nothing is known.
    pub values: Vec<Option<f64>>,
    /// Slots whose value is estimated; empty when none is.
    pub estimated: Vec<bool>,
}

/// What is shaded between two courses.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Name in the legend.
    pub name: String,
    /// Colour.
    pub hue: Hue,
    /// Its lower edge; nothing is shaded where either edge is missing.
    pub low: Vec<Option<f64>>,
    /// Its upper edge.
    pub high: Vec<Option<f64>>,
}

/// A chart over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Title of the value axis with its unit: `Energy, kWh`.
    pub axis: String,
    /// Unit after each value in the tooltip.
    pub unit: String,
    /// The time axis.
    pub slots: Vec<Slot>,
    /// What is drawn over it.
    pub series: Vec<Series>,
    /// What is shaded behind it.
    pub bands: Vec<Band>,
    /// Bars are parts of a whole and stand on each other.
    pub stacked: bool,
    /// Stretches of darkness, as first and last slot.
    pub nights: Vec<(usize, usize)>,
}

impl Plot {
    /// Whether any slot has a value.
    pub fn has_values(&self) -> bool {
        self.series.iter().any(|s| s.values.iter().any(Option::is_some))
    }

    /// Lowest and highest value drawn, stacks added up; zero is included where bars stand on it.
    pub fn extent(&self) -> (f64, f64) {
        // What is shaded is an amount, as a bar is.
        let amounts = self.series.iter().any(|s| s.mark == Mark::Bar) || !self.bands.is_empty();
        let start = if amounts { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        let (low, high) = (0..self.slots.len())
            .flat_map(|i| self.column(i))
            .fold(start, |(low, high), v| (f64::min(low, v), f64::max(high, v)));
        if low <= high { (low, high) } else { (0.0, 1.0) }
    }

    fn column(&self, slot: usize) -> Vec<f64> {
        let value = |s: &Series| s.values.get(slot).copied().flatten();
        let drawn = self.series.iter().filter(|s| s.mark != Mark::Flag);
        let mut values: Vec<f64> = drawn.filter_map(value).collect();
        values.extend(
            self.bands
                .iter()
                .flat_map(|b| [&b.low, &b.high])
                .filter_map(|edge| edge.get(slot).copied().flatten()),
        );
        if self.stacked {
            values.push(self.series.iter().filter(|s| s.mark == Mark::Bar).filter_map(value).sum());
        }
        values
    }
}

/// Slots of a time axis from the local starts and ends of its intervals. `zone` marks the clock (`MST`) wherever the
/// same local time occurs twice.
pub fn slots(intervals: &[(NaiveDateTime, NaiveDateTime, String)], granularity: Granularity) -> Vec<Slot> {
    let starts: Vec<NaiveDateTime> = intervals.iter().map(|i| i.0).collect();
    let mut ticks = ticks(&starts, granularity);
    intervals
        .iter()
        .enumerate()
        .map(|(i, (start, end, zone))| Slot {
            label: match granularity {
                Granularity::Day => format!("{} {}", format::weekday(*start), start.year()),
                _ => format!(
                    "{}, {}–{} {zone}",
                    format::weekday(*start),
                    format::clock(*start),
                    format::clock(*end)
                ),
            },
            tick: ticks.get_mut(i).and_then(Option::take),
        })
        .collect()
}

/// Short labels on at most eight slots, at round local times.
fn ticks(starts: &[NaiveDateTime], granularity: Granularity) -> Vec<Option<String>> {
    const MOST: usize = 8;
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return Vec::new() };
    let minutes = (*last - *first).num_minutes();
    let mut out = vec![None; starts.len()];
    let mut previous = None;
    if granularity != Granularity::Day && minutes <= 3 * 1_440 {
        let step = [5, 15, 30, 60, 120, 240, 360, 720]
            .into_iter()
            .find(|step| minutes / step < MOST as i64)
            .unwrap_or(720);
        for (i, at) in starts.iter().enumerate() {
            let minute = i64::from(at.hour() * 60 + at.minute());
            if minute % step == 0 && previous != Some((at.ordinal(), minute)) {
                let midnight = minute == 0 && minutes > 1_440;
                out[i] = Some(if midnight { format::weekday(*at) } else { format::clock(*at) });
                previous = Some((at.ordinal(), minute));
            }
        }
        return out;
    }
    let days = usize::try_from(minutes / 1_440 + 1).unwrap_or(1);
    let step = days.div_ceil(MOST);
    let mut seen = 0;
    for (i, at) in starts.iter().enumerate() {
        if previous == Some((at.ordinal(), 0)) {
            continue;
        }
        previous = Some((at.ordinal(), 0));
        if seen % step == 0 && (i > 0 || at.hour() == 0) {
            out[i] = Some(if days > 180 {
                format!("{} {}", format::month(*at), at.year())
            } else {
                format!("{} {}", at.day(), format::month(*at))
            });
        }
        seen += 1;
    }
    out
}

/// Round steps for a value axis: from at or below `low` to at or above `high`, about `steps` of them.
pub fn scale(low: f64, high: f64, steps: u32) -> (f64, f64, f64) {
    // A flat line is shown in the middle of a tenth of its value.
    let (low, high) = match (high > low, high == 0.0) {
        (true, _) => (low, high),
        (false, true) => (0.0, 1.0),
        (false, false) => (low - high.abs() * 0.05, high + high.abs() * 0.05),
    };
    let raw = (high - low) / f64::from(steps.max(1));
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= raw * 0.999)
        .unwrap_or(power * 10.0);
    // Steps below one have a whole inverse, and dividing by it is exact where multiplying is not: 23 × 0.2 ≠ 4.6.
    let multiple = |n: f64| if step < 1.0 { n / (1.0 / step).round() } else { n * step };
    (multiple((low / step).floor()), multiple((high / step).ceil()), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(n: i64) -> Vec<(NaiveDateTime, NaiveDateTime, String)> {
        let start: NaiveDateTime = "2026-11-20T00:00:00".parse().unwrap();
        let at = |h: i64| start + chrono::TimeDelta::hours(h);
        (0..n).map(|h| (at(h), at(h + 1), String::from("MST"))).collect()
    }

    fn labels(slots: &[Slot]) -> Vec<&str> {
        slots.iter().filter_map(|s| s.tick.as_deref()).collect()
    }

    #[test]
    fn a_day_is_marked_every_few_hours_and_a_week_every_day() {
        let day = slots(&hours(24), Granularity::Hour);
        assert_eq!(labels(&day), ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]);
        assert_eq!(day[14].label, "Fri 20 Nov, 14:00–15:00 MST");
        let week = slots(&hours(7 * 24), Granularity::Hour);
        assert_eq!(labels(&week)[..2], ["20 Nov", "21 Nov"]);
        assert_eq!(labels(&week).len(), 7);
    }

    #[test]
    fn an_hour_that_occurs_twice_is_marked_once() {
        let mut intervals = hours(25);
        for i in intervals.iter_mut().skip(2) {
            i.0 -= chrono::TimeDelta::hours(1);
        }
        let ticks = labels(&slots(&intervals, Granularity::Hour)).join(" ");
        assert_eq!(ticks.matches("00:00").count(), 1);
    }

    #[test]
    fn scales_end_on_round_numbers() {
        assert_eq!(scale(0.0, 183.0, 4), (0.0, 200.0, 50.0));
        assert_eq!(scale(21.4, 26.2, 4), (20.0, 28.0, 2.0));
        assert_eq!(scale(5.0, 5.0, 4), (4.6, 5.4, 0.2));
    }

    #[test]
    fn stacks_count_as_their_sum_and_bars_stand_on_zero() {
        let bar = |v: f64| Series {
            name: String::new(),
            hue: Hue::Actual,
            mark: Mark::Bar,
            values: vec![Some(v), None],
            estimated: vec![],
        };
        let slot = Slot { label: String::new(), tick: None };
        let plot = Plot {
            axis: String::new(),
            unit: String::new(),
            slots: vec![slot.clone(), slot],
            series: vec![bar(3.0), bar(4.0)],
            stacked: true,
            bands: vec![],
            nights: vec![],
        };
        assert_eq!(plot.extent(), (0.0, 7.0));
    }

    #[test]
    fn every_flat_line_has_room() {
        for value in [0.0, 12.5, -3.0, 1e-9] {
            let (low, high, step) = scale(value, value, 4);
            assert!(
                low <= value && value <= high && low < high && step > 0.0,
                "{value}: {low} {high} {step}"
            );
        }
    }
}
