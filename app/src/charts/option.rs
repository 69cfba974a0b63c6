//! A plot as an ECharts option.
//!
//! The time axis is one of categories named by the server in the facility's time: the browser's own zone cannot creep
//! in, a 25-hour day has 25 slots, and a missing value is a hole.

use super::plot::{Band, Mark, Plot, Series};
use charming::Chart;
use charming::component::{Aria, Axis, Grid, Legend, LegendType};
use charming::datatype::{CompositeValue, DataPoint};
use charming::element::{
    AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, BorderType, Emphasis, ItemStyle,
    LineStyle, LineStyleType, MarkArea, MarkAreaData, NameLocation, SplitLine, Symbol, TextStyle, Tooltip,
    Trigger,
};
use charming::series::{Bar, Line};
use serde_json::{Value, json};

const TEXT: &str = "var(--text-2)";
const RULE: &str = "var(--border)";

/// The option as JSON. Colours are names of CSS variables, which the chart element resolves for the theme in use.
pub fn option(plot: &Plot) -> String {
    let lines_only = plot.series.iter().all(|s| s.mark != Mark::Bar);
    let mut chart = Chart::new()
        .aria(Aria::new().enabled(false))
        .grid(
            Grid::new()
                .left(8)
                .right(12)
                .top(32)
                .bottom(if named(plot) > 1 { 32 } else { 8 })
                .contain_label(true),
        )
        .tooltip(Tooltip::new().trigger(Trigger::Axis).axis_pointer(
            AxisPointer::new().type_(if lines_only {
                AxisPointerType::Line
            } else {
                AxisPointerType::Shadow
            }),
        ))
        .x_axis(value_slots(plot))
        .x_axis(tick_axis(plot))
        .y_axis(value_axis(plot, lines_only && plot.bands.is_empty()));
    if named(plot) > 1 {
        // One line that scrolls: a second one would cover the axis on phones.
        let legend = Legend::new().type_(LegendType::Scroll).bottom(0).left(0).item_width(14);
        chart = chart.legend(legend.text_style(TextStyle::new().color(TEXT)));
    }
    for (i, series) in plot.series.iter().enumerate() {
        let nights = if i == 0 { nights(plot) } else { None };
        chart = match series.mark {
            Mark::Bar => bars(chart, series, plot.stacked),
            Mark::Flag => chart,
            _ => chart.series(line(series, nights)),
        };
    }
    let flagged = plot.series.iter().any(|s| s.mark == Mark::Flag);
    if plot.bands.is_empty() && !flagged {
        return serde_json::to_string(&chart).unwrap_or_default();
    }
    let mut chart = serde_json::to_value(&chart).unwrap_or_default();
    if !plot.bands.is_empty() {
        shade(&mut chart, &plot.bands);
    }
    if flagged {
        flags(&mut chart, plot);
    }
    chart.to_string()
}

/// Adds the flags: on an axis of their own, whose only value is the upper edge of the plot.
fn flags(chart: &mut Value, plot: &Plot) {
    let lane = json!({ "type": "value", "min": 0, "max": 1, "show": false });
    chart["yAxis"] = match chart["yAxis"].take() {
        Value::Array(mut axes) => {
            axes.push(lane);
            Value::Array(axes)
        }
        axis => json!([axis, lane]),
    };
    let Some(drawn) = chart["series"].as_array_mut() else { return };
    for series in plot.series.iter().filter(|s| s.mark == Mark::Flag) {
        let slots: Vec<_> = (0..series.values.len()).filter(|i| series.values[*i].is_some()).collect();
        drawn.push(json!({
            "type": "scatter", "name": series.name, "yAxisIndex": 1, "symbol": "path://M0 0V20H2V12H14L10 6L14 0Z",
            "symbolSize": [10, 14], "symbolOffset": [4, -8], "clip": false, "z": 5, "cursor": "default",
            "itemStyle": { "color": colour(series) }, "tooltip": { "show": false }, "emphasis": { "disabled": true },
            "data": slots.into_iter().map(|slot| json!([slot, 1])).collect::<Vec<_>>(),
        }));
    }
}

/// Names that the legend explains.
fn named(plot: &Plot) -> usize {
    plot.series.len() + plot.bands.len()
}

/// Adds the bands behind what is drawn: an invisible line at the lower edge, and a filled one that stands on it. Neither says
/// anything in the tooltip, where edges would read as values.
fn shade(chart: &mut Value, bands: &[Band]) {
    let drawn = chart["series"].as_array().cloned().unwrap_or_default();
    let names = drawn.iter().filter_map(|series| series["name"].as_str()).map(str::to_owned);
    let names: Vec<String> = names.chain(bands.iter().map(|band| band.name.clone())).collect();
    let mut all = Vec::with_capacity(drawn.len() + 2 * bands.len());
    for (n, band) in bands.iter().enumerate() {
        let edges = || band.low.iter().zip(&band.high).map(|(low, high)| low.zip(*high));
        let low: Vec<Option<f64>> = edges().map(|edge| edge.map(|(low, _)| rounded(low))).collect();
        let height: Vec<Option<f64>> =
            edges().map(|edge| edge.map(|(low, high)| rounded(high - low))).collect();
        let colour = format!("var(--chart-{})", band.hue.as_str());
        let line = |name: &str, opacity: f64, values: Vec<Option<f64>>| {
            json!({
                "type": "line", "name": name, "stack": format!("band {n}"), "stackStrategy": "all", "symbol": "none",
                "silent": true, "lineStyle": { "width": 0 }, "itemStyle": { "color": colour, "opacity": 0.3 },
                "areaStyle": { "color": colour, "opacity": opacity }, "tooltip": { "show": false },
                "emphasis": { "disabled": true }, "connectNulls": false, "z": 1, "data": values,
            })
        };
        all.push(line("", 0.0, low));
        all.push(line(&band.name, 0.18, height));
    }
    all.extend(drawn);
    chart["series"] = Value::Array(all);
    // The lower edges have no name to explain.
    if let Some(legend) = chart["legend"].as_array_mut().and_then(|all| all.first_mut()) {
        legend["data"] = json!(names);
    } else if chart["legend"].is_object() {
        chart["legend"]["data"] = json!(names);
    }
}

/// Carries the full interval names for the tooltip and shows nothing itself.
fn value_slots(plot: &Plot) -> Axis {
    Axis::new()
        .type_(AxisType::Category)
        .show(false)
        .data(plot.slots.iter().map(|s| s.label.clone()).collect::<Vec<_>>())
}

/// Shows the short names, on a second axis of the same slots.
fn tick_axis(plot: &Plot) -> Axis {
    let marked: Vec<CompositeValue> = plot
        .slots
        .iter()
        .enumerate()
        .filter(|(_, s)| s.tick.is_some())
        .filter_map(|(i, _)| Some(CompositeValue::from(i64::try_from(i).ok()?)))
        .collect();
    let mut label = AxisLabel::new().color(TEXT).font_size(12);
    for index in marked {
        label = label.custom_values(index);
    }
    Axis::new()
        .type_(AxisType::Category)
        .position("bottom")
        .data(plot.slots.iter().map(|s| s.tick.clone().unwrap_or_default()).collect::<Vec<_>>())
        .axis_label(label)
        .axis_tick(AxisTick::new().show(false))
        .axis_line(AxisLine::new().show(false))
        .axis_pointer(AxisPointer::new().show(false))
}

fn value_axis(plot: &Plot, lines_only: bool) -> Axis {
    Axis::new()
        .type_(AxisType::Value)
        .name(plot.axis.as_str())
        .name_location(NameLocation::End)
        .name_gap(12)
        .name_text_style(TextStyle::new().color(TEXT).align("left").font_size(12))
        .scale(lines_only)
        .split_number(4)
        .axis_label(AxisLabel::new().color(TEXT).font_size(12))
        .split_line(SplitLine::new().line_style(LineStyle::new().color(RULE)))
}

fn colour(series: &Series) -> String {
    format!("var(--chart-{})", series.hue.as_str())
}

fn data(values: &[Option<f64>]) -> Vec<DataPoint> {
    values.iter().map(|v| DataPoint::Value(CompositeValue::from(v.map(rounded)))).collect()
}

/// Five significant digits are more than a chart can show and keep the option small.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let factor = 10f64.powf(4.0 - value.abs().log10().floor());
    (value * factor).round() / factor
}

fn line(series: &Series, nights: Option<MarkArea>) -> Line {
    let style = LineStyle::new().color(colour(series));
    let style = match series.mark {
        Mark::Dashed => style.width(1.5).type_(LineStyleType::Dashed),
        Mark::Thin => style.width(1).opacity(0.45),
        _ => style.width(2),
    };
    // A value between two holes has no line to show it, so it is drawn as a dot.
    let alone = |i: usize| {
        let at = |j: usize| series.values.get(j).copied().flatten().is_some();
        at(i) && (i == 0 || !at(i - 1)) && !at(i + 1)
    };
    let dots = (0..series.values.len()).any(alone);
    let line = Line::new()
        .name(series.name.as_str())
        .symbol(Symbol::Circle)
        .symbol_size(4)
        .show_symbol(dots)
        .connect_nulls(false)
        .line_style(style)
        .item_style(ItemStyle::new().color(colour(series)))
        .emphasis(Emphasis::new().disabled(true))
        .data(data(&series.values));
    match nights {
        Some(area) => line.mark_area(area),
        None => line,
    }
}

/// Measured and estimated parts are two series, so that legend and tooltip tell them apart.
fn bars(chart: Chart, series: &Series, stacked: bool) -> Chart {
    let estimated = |i: usize| series.estimated.get(i).copied().unwrap_or(false);
    let part = |wanted: bool| -> Vec<Option<f64>> {
        series.values.iter().enumerate().map(|(i, v)| v.filter(|_| estimated(i) == wanted)).collect()
    };
    let stack = if stacked { "all" } else { series.name.as_str() };
    let bar = |name: &str, style: ItemStyle, values: &[Option<f64>]| {
        Bar::new()
            .name(name)
            .stack(stack)
            .bar_gap("0%")
            .item_style(style)
            .emphasis(Emphasis::new().disabled(true))
            .data(data(values))
    };
    let chart = chart.series(bar(&series.name, ItemStyle::new().color(colour(series)), &part(false)));
    if !series.estimated.contains(&true) {
        return chart;
    }
    let style = ItemStyle::new()
        .color(colour(series))
        .opacity(0.45)
        .border_color(colour(series))
        .border_width(1)
        .border_type(BorderType::Dashed);
    chart.series(bar(&format!("{} (estimated or so far)", series.name), style, &part(true)))
}

fn nights(plot: &Plot) -> Option<MarkArea> {
    let name = |slot: usize| plot.slots.get(slot).map(|s| s.label.clone());
    let areas: Vec<(MarkAreaData, MarkAreaData)> = plot
        .nights
        .iter()
        .filter_map(|&(from, to)| {
            Some((MarkAreaData::new().x_axis(name(from)?), MarkAreaData::new().x_axis(name(to)?)))
        })
        .collect();
    (!areas.is_empty())
        .then(|| MarkArea::new().silent(true).item_style(ItemStyle::new().color("var(--sunken)")).data(areas))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::plot::{Hue, Slot};
    use serde_json::Value;

    fn plot(mark: Mark, values: Vec<Option<f64>>, estimated: Vec<bool>) -> Plot {
        let slots = (0..values.len())
            .map(|i| Slot { label: format!("slot {i}"), tick: (i == 1).then(|| String::from("one")) })
            .collect();
        let series = vec![Series { name: "Energy".into(), hue: Hue::Actual, mark, values, estimated }];
        Plot {
            axis: "Energy, kWh".into(),
            unit: "kWh".into(),
            slots,
            series,
            stacked: false,
            bands: vec![],
            nights: vec![],
        }
    }

    fn parsed(plot: &Plot) -> Value {
        serde_json::from_str(&option(plot)).unwrap()
    }

    #[test]
    fn gaps_stay_gaps_and_are_not_zero() {
        let json = parsed(&plot(Mark::Line, vec![Some(1.0), None, Some(3.0)], vec![]));
        assert_eq!(json["series"][0]["data"][1], Value::Null);
        assert_eq!(json["series"][0]["connectNulls"], false);
    }

    #[test]
    fn the_unit_is_in_the_axis_title_and_ticks_name_their_slot() {
        let json = parsed(&plot(Mark::Bar, vec![Some(1.0), Some(2.0)], vec![]));
        assert_eq!(json["yAxis"]["name"], "Energy, kWh");
        assert_eq!(json["xAxis"][1]["axisLabel"]["customValues"], serde_json::json!([1]));
        assert_eq!(json["xAxis"][0]["data"], serde_json::json!(["slot 0", "slot 1"]));
    }

    #[test]
    fn estimated_bars_are_a_series_of_their_own() {
        let json = parsed(&plot(Mark::Bar, vec![Some(1.0), Some(2.0)], vec![false, true]));
        assert_eq!(json["series"][0]["data"], serde_json::json!([1.0, null]));
        assert_eq!(json["series"][1]["name"], "Energy (estimated or so far)");
        assert_eq!(json["series"][1]["data"], serde_json::json!([null, 2.0]));
    }

    #[test]
    fn bands_are_drawn_behind_and_kept_out_of_the_tooltip() {
        let mut plot = plot(Mark::Line, vec![Some(5.0), Some(6.0)], vec![]);
        let (low, high) = (vec![Some(4.0), None], vec![Some(7.5), Some(9.0)]);
        plot.bands = vec![Band { name: "90 %".into(), hue: Hue::Baseline, low, high }];
        let json = parsed(&plot);
        assert_eq!(json["series"][0]["data"], serde_json::json!([4.0, null]));
        assert_eq!(json["series"][1]["data"], serde_json::json!([3.5, null]));
        assert_eq!(json["series"][1]["tooltip"]["show"], false);
        assert_eq!(json["series"][2]["name"], "Energy");
        let legend = if json["legend"].is_array() { &json["legend"][0] } else { &json["legend"] };
        assert_eq!(legend["data"], serde_json::json!(["Energy", "90 %"]));
    }

    #[test]
    fn flags_stand_on_an_axis_of_their_own() {
        let mut plot = plot(Mark::Line, vec![Some(5.0), Some(6.0)], vec![]);
        let flags = vec![None, Some(1_000.0)];
        plot.series.push(Series {
            name: "Notes".into(),
            hue: Hue::Remainder,
            mark: Mark::Flag,
            values: flags,
            estimated: vec![],
        });
        assert_eq!(plot.extent(), (5.0, 6.0), "a flag has no height");
        let json = parsed(&plot);
        assert_eq!(json["series"].as_array().unwrap().len(), 2);
        assert_eq!(
            (&json["series"][1]["data"], &json["series"][1]["yAxisIndex"]),
            (&serde_json::json!([[1, 1]]), &1.into())
        );
        assert_eq!(json["yAxis"][0]["name"], "Energy, kWh");
    }

    #[test]
    fn values_keep_five_digits() {
        assert_eq!(rounded(123_456.7), 123_460.0);
        assert_eq!(rounded(-0.001_234_567), -0.001_234_6);
    }
}
