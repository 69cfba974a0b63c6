//! Cards about causes, end uses, the running month and the coming ones.

use crate::charts::insight as charts;
use crate::charts::series::decimal;
use crate::components::chart_card::ChartCard;
use crate::components::data_table::Data;
use crate::components::notice::Empty;
use crate::format;
use domain::outlook::{Fan, Reason};
use domain::savings::insight::{InsightView, Why};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// All of them.
pub(super) fn cards(view: InsightView) -> AnyView {
    let why = view.why.as_ref().map(why);
    view! {
        <div class="grid two">
            {why}
            {end_uses(&view)}
            {burn_up(&view)}
            {projection(&view)}
        </div>
    }
    .into_any()
}

fn cell(value: Option<Decimal>, places: u32) -> String {
    value.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, places))
}

fn why(why: &Why) -> AnyView {
    let (change, unit) = (why.after - why.before, &why.unit);
    let word = if change.is_sign_negative() { "less" } else { "more" };
    let mut largest: Vec<_> = why.steps.iter().filter(|s| !s.amount.is_zero()).collect();
    largest.sort_by_key(|s| std::cmp::Reverse(s.amount.abs()));
    let main = largest.first().map_or_else(String::new, |step| {
        let sign = if step.amount.is_sign_negative() { "" } else { "+" };
        format!(
            " Most of it: {} ({sign}{} {}).",
            step.cause.label().to_lowercase(),
            decimal(step.amount, 2),
            why.unit
        )
    });
    let summary = format!(
        "{} {unit} after {} {unit} in the stretch before: {} {unit} {word}.{main}",
        decimal(why.after, 2),
        decimal(why.before, 2),
        decimal(change.abs(), 2)
    );
    let mut rows = vec![vec![format!("From {}", why.from), String::new(), decimal(why.before, 2)]];
    rows.extend(
        why.steps.iter().map(|s| vec![s.cause.label().to_owned(), decimal(s.amount, 2), decimal(s.after, 2)]),
    );
    let table = Data {
        caption: format!("What changed savings, {}", why.unit),
        columns: vec!["Cause".to_owned(), "Change".to_owned(), "Savings after it".to_owned()],
        rows,
        totals: Some(vec!["Now".to_owned(), decimal(change, 2), decimal(why.after, 2)]),
    };
    view! {
        <ChartCard title="Why more or less than before?" summary=summary plot=charts::causes(why) table=table
            note="By the baseline model's own account, one cause after the other. What no cause accounts for is shown as unexplained." />
    }
    .into_any()
}

fn end_uses(view: &InsightView) -> Option<AnyView> {
    let days = view.end_uses.first()?.1.len();
    let sums: Vec<(String, Decimal)> = view
        .end_uses
        .iter()
        .map(|(slice, days)| (slice.label().to_owned(), days.iter().flatten().sum()))
        .collect();
    let all: Decimal = sums.iter().map(|(_, sum)| *sum).sum();
    let largest = sums.iter().max_by(|a, b| a.1.cmp(&b.1))?;
    let share = if all.is_zero() { 0.0 } else { format::float(largest.1 / all) };
    let summary = format!("{} took most, {} of what was used.", largest.0, format::percent(share));
    let row = |n: usize| {
        let day = view.from + chrono::Days::new(n as u64);
        let own = view.end_uses.iter().map(|(_, days)| cell(days.get(n).copied().flatten(), 1));
        std::iter::once(day.to_string()).chain(own).collect()
    };
    let table = Data {
        caption: "Energy by end use, kWh".to_owned(),
        columns: std::iter::once("Day".to_owned()).chain(sums.iter().map(|(name, _)| name.clone())).collect(),
        rows: (0..days).map(row).collect(),
        totals: Some(
            std::iter::once("Sum of known days".to_owned())
                .chain(sums.iter().map(|(_, s)| decimal(*s, 1)))
                .collect(),
        ),
    };
    Some(
        view! {
            <ChartCard title="What is it used for?" summary=summary plot=charts::end_uses(view) table=table
                note="Parts add up to the main meter; what no sub-meter accounts for is its own part." />
        }
        .into_any(),
    )
}

fn burn_up(view: &InsightView) -> Option<AnyView> {
    let last = view.burn_up.actual.iter().rposition(Option::is_some)?;
    let so_far = view.burn_up.actual.get(last).copied().flatten()?;
    let unit = &view.unit;
    let against = view.burn_up.expected.as_ref().and_then(|days| days.get(last)).map_or_else(
        String::new,
        |(low, mid, high)| {
            let saved = format::float(so_far);
            let word = if saved < *low {
                "less than nine months in ten"
            } else if saved > *high {
                "more than nine months in ten"
            } else {
                "as expected"
            };
            format!(" after {} days, {word} ({} {unit} expected)", last + 1, format::number(*mid, 0))
        },
    );
    let summary = format!("{} {unit} saved{against}.", decimal(so_far, 0));
    let rows = (0..view.burn_up.actual.len())
        .map(|n| {
            let day = view.month + chrono::Days::new(n as u64);
            let expected = view.burn_up.expected.as_ref().and_then(|days| days.get(n)).copied();
            let number =
                |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 0));
            vec![
                day.to_string(),
                cell(view.burn_up.actual[n], 0),
                number(expected.map(|e| e.0)),
                number(expected.map(|e| e.1)),
                number(expected.map(|e| e.2)),
            ]
        })
        .collect();
    let table = Data {
        caption: format!("Savings since the first of the month, {unit}"),
        columns: ["Day", "Saved", "P10", "Expected", "P90"].map(str::to_owned).to_vec(),
        rows,
        totals: None,
    };
    let demand = view.demand.and_then(|demand| {
        let (peak, day) = (demand.month_peak?, demand.on?);
        let projected = demand.projected;
        let text = match projected {
            Some(projected) => format!(
                "Highest demand this month: {} kW on {day}; {} kW is to be expected by its end.",
                decimal(peak, 1),
                decimal(projected, 1)
            ),
            None => format!("Highest demand this month: {} kW on {day}.", decimal(peak, 1)),
        };
        let most = projected.map_or(format::float(peak), format::float);
        let value = format::float(peak);
        Some(view! {
            <section class="card">
                <h2>"Demand this month"</h2>
                <p>{text.clone()}</p>
                <meter class="gauge" min="0" max=most.to_string() value=value.to_string() aria-label=text></meter>
            </section>
        })
    });
    Some(
        view! {
            <div class="stack">
                <ChartCard title="How is this month going?" summary=summary plot=charts::burn_up(view) table=table
                    note="Whole days of this month. The band is what the up to 90 days before the month let expect." />
                {demand}
            </div>
        }
        .into_any(),
    )
}

fn projection(view: &InsightView) -> AnyView {
    match &view.projection {
        Ok(fan) => fan_card(fan, view),
        Err(reason) => none_yet(reason),
    }
}

fn none_yet(reason: &Reason) -> AnyView {
    let text = reason.to_string();
    view! {
        <section class="card">
            <h2>"What is to be expected?"</h2>
            <Empty title="No projection yet" reason=text></Empty>
        </section>
    }
    .into_any()
}

fn fan_card(fan: &Fan, view: &InsightView) -> AnyView {
    let unit = &view.unit;
    let year: f64 = fan.months.iter().map(|m| m.p50).sum();
    let test = &fan.backtest;
    let tested = if test.n == 0 {
        "There is no month yet to test the method by.".to_owned()
    } else {
        let percent =
            test.mean_abs_percent.map_or_else(String::new, |p| format!(" ({} %)", format::number(p, 0)));
        format!(
            "Tested on {}: off by {} {unit}{percent} on average.",
            format::counted(test.n, "month", "months"),
            format::number(test.mean_abs_error, 0)
        )
    };
    let summary =
        format!("About {} {unit} in the next {} months. {tested}", format::number(year, 0), fan.months.len());
    let rows = fan
        .months
        .iter()
        .map(|m| {
            let number = |v| format::number(v, 0);
            vec![m.first.format("%Y-%m").to_string(), number(m.p10), number(m.p50), number(m.p90)]
        })
        .collect();
    let table = Data {
        caption: format!("Projected savings, {unit}"),
        columns: ["Month", "P10", "P50", "P90"].map(str::to_owned).to_vec(),
        rows,
        totals: None,
    };
    let note = format!("{} A projection is no promise; nothing is billed by it.", fan.method);
    view! {
        <ChartCard title="What is to be expected?" summary=summary plot=charts::fan(fan, unit) table=table note=note />
    }
    .into_any()
}
