//! A plot as SVG, drawn on the server: what is seen before, without and instead of the chart library.
//!
//! Text is placed by percentages and pixels and the marks live in an inner picture that stretches, so the sketch fits
//! every width with letters of one size.

use super::plot::{Band, Mark, Plot, Series, scale};
use std::fmt::Write;

const TOP: f64 = 40.0;
const BOTTOM: f64 = 24.0;
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 100.0;

/// The sketch for a chart of this height in pixels.
pub fn sketch(plot: &Plot, height: f64) -> String {
    let (low, high) = plot.extent();
    let (low, high, step) = scale(low, high, 4);
    let inner = height - TOP - BOTTOM;
    let y = |v: f64| HEIGHT * (high - v) / (high - low);
    let mut out = format!(
        "<svg class=\"sketch\" width=\"100%\" height=\"{height}\" aria-hidden=\"true\" focusable=\"false\">\
         <text x=\"0\" y=\"12\">{}</text>\
         <svg y=\"{TOP}\" width=\"100%\" height=\"{inner}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\">",
        escape(&plot.axis)
    );
    let slot = WIDTH / width(plot.slots.len());
    for &(from, to) in &plot.nights {
        let _ = write!(
            out,
            "<rect class=\"night\" x=\"{:.1}\" y=\"0\" width=\"{:.1}\" height=\"{HEIGHT}\"/>",
            width(from) * slot,
            width(to + 1 - from.min(to)) * slot
        );
    }
    let mut value = low;
    while value <= high + step / 2.0 {
        let class = if value.abs() < step / 1e6 { "base" } else { "rule" };
        let _ = write!(out, "<path class=\"{class}\" d=\"M0 {0:.2}H{WIDTH}\"/>", y(value));
        value += step;
    }
    for band in &plot.bands {
        area(&mut out, band, slot, &y);
    }
    bars(&mut out, plot, slot, &y);
    for series in plot.series.iter().filter(|s| !matches!(s.mark, Mark::Bar | Mark::Flag)) {
        line(&mut out, series, slot, &y);
    }
    out.push_str("</svg>");
    labels(&mut out, plot, height, (low, high, step));
    flags(&mut out, plot);
    out.push_str("</svg>");
    out
}

#[expect(clippy::cast_precision_loss, reason = "a plot has at most a few thousand slots")]
fn width(slots: usize) -> f64 {
    slots as f64
}

fn labels(out: &mut String, plot: &Plot, height: f64, (low, high, step): (f64, f64, f64)) {
    let decimals = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    let inner = height - TOP - BOTTOM;
    let mut value = low;
    while value <= high + step / 2.0 {
        let y = TOP + inner * (high - value) / (high - low) - 4.0;
        let _ = write!(out, "<text x=\"0\" y=\"{y:.1}\">{}</text>", crate::format::number(value, decimals));
        value += step;
    }
    let count = width(plot.slots.len());
    for (i, tick) in plot.slots.iter().enumerate().filter_map(|(i, s)| Some((i, s.tick.as_ref()?))) {
        let x = 100.0 * (width(i) + 0.5) / count;
        let anchor = if x < 4.0 {
            "start"
        } else if x > 96.0 {
            "end"
        } else {
            "middle"
        };
        let _ = write!(
            out,
            "<text x=\"{x:.2}%\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
            height - 6.0,
            escape(tick)
        );
    }
}

/// Flags on the lane between the title of the axis and the plot.
fn flags(out: &mut String, plot: &Plot) {
    let count = width(plot.slots.len());
    for series in plot.series.iter().filter(|s| s.mark == Mark::Flag) {
        for i in (0..series.values.len()).filter(|i| series.values[*i].is_some()) {
            let x = 100.0 * (width(i) + 0.5) / count;
            let hue = series.hue.as_str();
            let _ = write!(out, "<text class=\"flag c-{hue}\" x=\"{x:.2}%\" y=\"34\">⚑\u{fe0e}</text>");
        }
    }
}

fn bars(out: &mut String, plot: &Plot, slot: f64, y: &impl Fn(f64) -> f64) {
    let bars: Vec<&Series> = plot.series.iter().filter(|s| s.mark == Mark::Bar).collect();
    let lanes = if plot.stacked { 1 } else { bars.len().max(1) };
    let lane = slot * 0.8 / width(lanes);
    for i in 0..plot.slots.len() {
        let mut base = 0.0;
        for (n, series) in bars.iter().enumerate() {
            let Some(value) = series.values.get(i).copied().flatten() else { continue };
            let (from, to) = if plot.stacked { (base, base + value) } else { (0.0, value) };
            base = to;
            let at = width(i) * slot + slot * 0.1 + if plot.stacked { 0.0 } else { lane * width(n) };
            let estimated = if series.estimated.get(i) == Some(&true) { " estimated" } else { "" };
            let _ = write!(
                out,
                "<rect class=\"bar c-{}{estimated}\" x=\"{at:.1}\" y=\"{:.2}\" width=\"{lane:.1}\" height=\"{:.2}\"/>",
                series.hue.as_str(),
                y(from.max(to)),
                (y(from) - y(to)).abs()
            );
        }
    }
}

/// One closed shape per stretch without holes: along the upper edge and back along the lower one.
fn area(out: &mut String, band: &Band, slot: f64, y: &impl Fn(f64) -> f64) {
    let edges: Vec<Option<(f64, f64)>> =
        band.low.iter().zip(&band.high).map(|(low, high)| low.zip(*high)).collect();
    let mut path = String::new();
    let mut at = 0;
    for stretch in edges.split(Option::is_none) {
        let x = |i: usize| (width(at + i) + 0.5) * slot;
        let known: Vec<(f64, f64)> = stretch.iter().copied().flatten().collect();
        for (i, (_, high)) in known.iter().enumerate() {
            let _ = write!(path, "{}{:.1} {:.2}", if i == 0 { 'M' } else { 'L' }, x(i), y(*high));
        }
        for (i, (low, _)) in known.iter().enumerate().rev() {
            let _ = write!(path, "L{:.1} {:.2}", x(i), y(*low));
        }
        if !known.is_empty() {
            path.push('Z');
        }
        at += stretch.len() + 1;
    }
    let _ = write!(out, "<path class=\"area c-{}\" d=\"{path}\"/>", band.hue.as_str());
}

fn line(out: &mut String, series: &Series, slot: f64, y: &impl Fn(f64) -> f64) {
    let mut path = String::new();
    let mut pen_down = false;
    for (i, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            pen_down = false;
            continue;
        };
        let (x, y) = ((width(i) + 0.5) * slot, y(*value));
        let _ = write!(path, "{}{x:.1} {y:.2}", if pen_down { 'L' } else { 'M' });
        if !pen_down {
            // A point between two holes still shows, as a dot of the line's round cap.
            path.push_str("h0");
        }
        pen_down = true;
    }
    let style = match series.mark {
        Mark::Dashed => " dashed",
        Mark::Thin => " thin",
        _ => "",
    };
    let _ = write!(out, "<path class=\"line{style} c-{}\" d=\"{path}\"/>", series.hue.as_str());
}

/// Text made safe between tags and in attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::plot::{Hue, Slot};

    fn plot(mark: Mark, values: Vec<Option<f64>>) -> Plot {
        let slots = values.iter().map(|_| Slot { label: String::new(), tick: Some("<1>".into()) }).collect();
        let series =
            vec![Series { name: String::new(), hue: Hue::Actual, mark, values, estimated: vec![true] }];
        Plot {
            axis: "A & B".into(),
            unit: String::new(),
            slots,
            series,
            stacked: false,
            bands: vec![],
            nights: vec![],
        }
    }

    #[test]
    fn a_line_breaks_where_values_are_missing() {
        let svg = sketch(&plot(Mark::Line, vec![Some(1.0), Some(2.0), None, Some(4.0)]), 220.0);
        let path = svg.split("class=\"line c-actual\" d=\"").nth(1).unwrap();
        assert_eq!(path.split('"').next().unwrap().matches('M').count(), 2);
    }

    #[test]
    fn bars_are_left_out_where_values_are_missing_and_estimates_are_marked() {
        let svg = sketch(&plot(Mark::Bar, vec![Some(1.0), None, Some(3.0)]), 220.0);
        assert_eq!(svg.matches("class=\"bar ").count(), 2);
        assert_eq!(svg.matches("estimated").count(), 1);
    }

    #[test]
    fn a_band_closes_before_every_hole() {
        let mut plot = plot(Mark::Line, vec![Some(1.0), Some(2.0), None, Some(4.0)]);
        let edge = |by: f64| plot.series[0].values.iter().map(|v| v.map(|v| v + by)).collect();
        plot.bands = vec![Band { name: String::new(), hue: Hue::Baseline, low: edge(-1.0), high: edge(1.0) }];
        let svg = sketch(&plot, 220.0);
        let path = svg.split("class=\"area c-baseline\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!((path.matches('M').count(), path.matches('Z').count()), (2, 2));
        assert!(path.contains("M125.0") && path.contains("M875.0"), "{path}");
    }

    #[test]
    fn names_cannot_break_out_of_the_drawing() {
        let svg = sketch(&plot(Mark::Bar, vec![Some(1.0)]), 220.0);
        assert!(svg.contains("A &amp; B") && svg.contains("&lt;1&gt;") && !svg.contains("<1>"));
    }
}
