//! The geometry of a metric's chart: measured days as bars, what the baseline expects as a stepped line.
//!
//! Lengths are shares of the plot's width, from its left edge, and of its height, from its lower edge.

use crate::text::{self, Numbers};
use domain::report::{ReportDay, ReportMetric};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

/// Values beyond this are not drawn; no facility has them, and sums of them could overflow.
const LARGEST: i64 = 1_000_000_000_000_000;
/// Labels below the plot.
const LABELS: usize = 8;
/// Share of a day's width that its bar leaves free.
const GAP: f64 = 0.24;

/// What is drawn.
#[derive(Serialize)]
pub(super) struct Chart {
    /// What a reader who cannot see it is told.
    alt: String,
    ticks: Vec<Tick>,
    labels: Vec<Label>,
    bars: Vec<Bar>,
    /// Days without a measured value: left edge and width.
    gaps: Vec<[f64; 2]>,
    /// Runs of days with a baseline, each a line from corner to corner.
    lines: Vec<Vec<[f64; 2]>>,
    /// Where zero is.
    zero: f64,
}

#[derive(Serialize)]
struct Tick {
    y: f64,
    text: String,
}

#[derive(Serialize)]
struct Label {
    x: f64,
    text: String,
}

#[derive(Serialize)]
struct Bar {
    x: f64,
    width: f64,
    low: f64,
    high: f64,
}

/// The chart of a metric's days; none without anything to draw.
pub(super) fn chart(metric: &ReportMetric, numbers: Numbers) -> Option<Chart> {
    let values = || metric.days.iter().flat_map(|day| [day.baseline, day.actual]).flatten();
    let limit = Decimal::from(LARGEST);
    if values().any(|value| value.abs() > limit) {
        return None;
    }
    let scale = Scale::over(values().min()?.min(Decimal::ZERO), values().max()?.max(Decimal::ZERO))?;
    let width = 1.0 / f64::from(u32::try_from(metric.days.len()).ok()?);
    let left = |i: usize| u32::try_from(i).map_or(0.0, |i| f64::from(i) * width);
    let every = metric.days.len().div_ceil(LABELS);
    let bar = |(i, day): (usize, &ReportDay)| {
        let [end, zero] = [scale.y(day.actual?), scale.y(Decimal::ZERO)];
        let x = left(i) + width * GAP / 2.0;
        Some(Bar { x, width: width * (1.0 - GAP), low: end.min(zero), high: end.max(zero) })
    };
    let days = || metric.days.iter().enumerate();
    Some(Chart {
        alt: alt(metric, numbers),
        ticks: scale.ticks(numbers),
        labels: days()
            .step_by(every)
            .map(|(i, day)| Label { x: left(i) + width / 2.0, text: day.day.format("%-d %b").to_string() })
            .collect(),
        bars: days().filter_map(bar).collect(),
        gaps: days().filter(|(_, day)| day.actual.is_none()).map(|(i, _)| [left(i), width]).collect(),
        lines: lines(metric, &scale, left, width),
        zero: scale.y(Decimal::ZERO),
    })
}

fn lines(
    metric: &ReportMetric,
    scale: &Scale,
    left: impl Fn(usize) -> f64,
    width: f64,
) -> Vec<Vec<[f64; 2]>> {
    let mut lines = vec![Vec::new()];
    for (i, day) in metric.days.iter().enumerate() {
        match (day.baseline, lines.last_mut()) {
            (Some(value), Some(line)) => {
                let y = scale.y(value);
                line.extend([[left(i), y], [left(i) + width, y]]);
            }
            _ => lines.push(Vec::new()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn alt(metric: &ReportMetric, numbers: Numbers) -> String {
    let decimals = text::decimals_of(metric);
    let bounds = |of: fn(&ReportDay) -> Option<Decimal>| {
        let low = metric.days.iter().filter_map(of).min();
        let high = metric.days.iter().filter_map(of).max();
        format!("{} to {} {}", numbers.known(low, decimals), numbers.known(high, decimals), metric.unit)
    };
    format!(
        "{} by day: measured {}, baseline {}. The table below has every day.",
        metric.name,
        bounds(|day| day.actual),
        bounds(|day| day.baseline)
    )
}

/// An axis whose ends are ticks.
struct Scale {
    low: Decimal,
    high: Decimal,
    step: Decimal,
}

impl Scale {
    /// An axis over these values with about four steps of 1, 2 or 5 times a power of ten.
    fn over(low: Decimal, high: Decimal) -> Option<Self> {
        let span = if high == low { Decimal::ONE } else { high - low };
        let (mut step, ten) = (Decimal::ONE, Decimal::TEN);
        while step * ten <= span {
            step *= ten;
        }
        while step > span && step.scale() < 9 {
            step /= ten;
        }
        let step = [step / Decimal::from(5), step / Decimal::TWO, step, step * Decimal::TWO]
            .into_iter()
            .find(|step| *step * Decimal::from(5) >= span)
            .unwrap_or(step * Decimal::from(5));
        let high = if high == low { low + Decimal::ONE } else { high };
        let [low, high] = [(low / step).floor() * step, (high / step).ceil() * step];
        (high > low).then(|| Self { low, high, step: step.normalize() })
    }

    fn y(&self, value: Decimal) -> f64 {
        ((value - self.low) / (self.high - self.low)).to_f64().unwrap_or_default()
    }

    fn ticks(&self, numbers: Numbers) -> Vec<Tick> {
        let mut ticks = Vec::new();
        let mut at = self.low;
        while at <= self.high {
            ticks.push(Tick { y: self.y(at), text: numbers.fixed(at, self.step.scale()) });
            at += self.step;
        }
        ticks
    }
}
