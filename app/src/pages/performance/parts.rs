//! The cards below the equation: months, shares, demand, yield, hours and days.

use super::{View, path};
use crate::charts::performance as charts;
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::data_table::{Data, DataTable};
use crate::components::page::link;
use crate::components::stat::figure_or_missing;
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use crate::pages::savings::state_badge;
use domain::baseline::MetricType;
use domain::production::cycles::Mass;
use domain::production::view::{CycleView, Verdict};
use domain::savings::Performance;
use domain::savings::dashboard::{DashboardView, MonthFigure};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// Newest rows of a table that is complete on a page of its own.
const ROWS: usize = 31;

fn named(figure: &MonthFigure) -> String {
    figure.month.format("%Y-%m").to_string()
}

/// Savings of the last 24 months.
pub(super) fn months(view: &DashboardView) -> AnyView {
    let known: Vec<&MonthFigure> = view.history.iter().filter(|m| m.totals.is_some()).collect();
    let sum: Decimal = known.iter().filter_map(|m| m.totals).map(|t| t.savings + t.events).sum();
    let summary = format!(
        "{} {} saved in {}.",
        decimal(sum, 0),
        view.unit,
        format::counted(known.len(), "month", "months")
    );
    let cell =
        |v: Option<Decimal>, places| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, places));
    let mut cumulative = Decimal::ZERO;
    let rows = view
        .history
        .iter()
        .map(|m| {
            let saved = m.totals.map(|t| t.savings + t.events);
            cumulative += saved.unwrap_or_default();
            let equation = m.totals.and_then(|t| t.equation);
            vec![
                named(m),
                cell(saved, 0),
                decimal(cumulative, 0),
                cell(equation.map(|e| e.savings), 2),
                m.totals.map_or_else(|| format::MISSING.to_owned(), |t| format::percent(t.coverage)),
                if m.running { "running".to_owned() } else { "provisional".to_owned() },
            ]
        })
        .collect();
    let table = Data {
        caption: "Savings by month".to_owned(),
        columns: vec![
            "Month".to_owned(),
            format!("Savings, {}", view.unit),
            format!("Since the start, {}", view.unit),
            format!("Savings, {}", view.currency),
            "Covered".to_owned(),
            "State".to_owned(),
        ],
        rows,
        totals: None,
    };
    let links = known
        .iter()
        .rev()
        .take(6)
        .map(|m| link(format!("{}?range={}&metric={}", path(view), named(m), view.metric.as_str()), named(m)))
        .map(|a| view! { <li>{a}</li> })
        .collect_view();
    view! {
        <div class="stack">
            <ChartCard title="Savings by month" summary=summary plot=charts::months(&view.history, &view.unit)
                table=table note="Calendar months of the facility. Lighter bars are running or incomplete."
                >
                <ul class="row" aria-label="Open a month">{links}</ul>
            </ChartCard>
        </div>
    }
    .into_any()
}

/// The long view: since the start, and twelve months at a time. With fewer than three months there is nothing long about it.
pub(super) fn long_view(view: &DashboardView) -> AnyView {
    const MONTHS_MIN: usize = 3;
    let known = view.history.iter().filter(|m| m.totals.is_some()).count();
    if known < MONTHS_MIN {
        return view! {
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"The long view"</h2>
                        <p>{format!("It is shown from {MONTHS_MIN} months with savings on; so far there are {known}.")}</p>
                    </div>
                </div>
            </section>
        }
        .into_any();
    }
    let plot = charts::long_view(&view.history, &view.unit);
    let cell = |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 0));
    let of = |n: usize, i: usize| cell(plot.series[n].values.get(i).copied().flatten());
    let last = view.history.len().saturating_sub(1);
    let summary = format!("{} {} saved since the start.", of(0, last), view.unit);
    let rows = view.history.iter().enumerate().map(|(i, m)| vec![named(m), of(0, i), of(1, i)]).collect();
    let table = Data {
        caption: format!("Savings since the start and of twelve months, {}", view.unit),
        columns: ["Month", "Since the start", "Last 12 months"].map(str::to_owned).to_vec(),
        rows,
        totals: None,
    };
    view! {
        <ChartCard title="The long view" summary=summary plot=plot table=table
            note="At the end of each calendar month; the last may be running. The start is at most 24 months ago." />
    }
    .into_any()
}

/// What stays and what is shared, month by month.
pub(super) fn shares(view: &DashboardView) -> AnyView {
    let all: Vec<_> = view.history.iter().filter_map(|m| Some((m, m.totals?.equation?))).collect();
    let sum = |of: fn(&domain::savings::equation::Equation) -> Decimal| -> Decimal {
        all.iter().map(|(_, e)| of(e)).sum()
    };
    let (keep, share) = (sum(|e| e.keep), sum(|e| e.share));
    let currency = &view.currency;
    let summary =
        format!("{} {currency} kept and {} {currency} shared so far.", decimal(keep, 2), decimal(share, 2));
    let cell = |v: Decimal| decimal(v, 2);
    let rows =
        all.iter().map(|(m, e)| vec![named(m), cell(e.savings), cell(e.keep), cell(e.share)]).collect();
    let table = Data {
        caption: format!("Savings and shares by month, {currency}"),
        columns: ["Month", "Savings", "You keep", "Vendor share"].map(str::to_owned).to_vec(),
        rows,
        totals: Some(vec!["Sum".to_owned(), cell(keep + share), cell(keep), cell(share)]),
    };
    view! {
        <ChartCard title="Who gets what" summary=summary plot=charts::shares(&view.history, currency) table=table
            note="Each month to the cent at the provisional rate; a month with a loss is shared with nobody." />
    }
    .into_any()
}

/// The month's demand.
pub(super) fn demand(page: &View) -> Option<AnyView> {
    let view = &page.view;
    if view.metric != MetricType::Electricity || view.peaks.is_empty() {
        return None;
    }
    let highest = view.peaks.iter().max_by(|a, b| a.1.cmp(&b.1));
    let summary = highest.map_or_else(String::new, |(day, kw)| {
        format!("The highest quarter hour was {} kW, on {day}.", decimal(*kw, 1))
    });
    let table = Data {
        caption: "Highest quarter hour of each day, kW".to_owned(),
        columns: vec!["Day".to_owned(), "Demand, kW".to_owned()],
        rows: view.peaks.iter().map(|(day, kw)| vec![day.to_string(), decimal(*kw, 1)]).collect(),
        totals: None,
    };
    Some(
        view! {
            <ChartCard title="How high was demand?" summary=summary plot=charts::peaks(view) table=table
                note=format!("Mean power of the highest quarter hour of each local day, {}.", view.time_zone) />
        }
        .into_any(),
    )
}

fn verdict(cycle: &CycleView) -> AnyView {
    match &cycle.verdict {
        Verdict::Baseline => badge(Tone::Draft, "Baseline"),
        Verdict::Within(_) => badge(Tone::Ok, "Within the band"),
        Verdict::Breach(_) => badge(Tone::Warn, "Outside the band"),
        Verdict::Open(_) => badge(Tone::Draft, "Not judged"),
    }
}

/// Energy and light per harvest of the cycles of these days. Canopy efficiency and production efficiency are PowerScore's names.
pub(super) fn yields(view: &DashboardView) -> Option<AnyView> {
    if view.cycles.is_empty() {
        return None;
    }
    let cell = |v: Option<f64>, places, unit: &'static str| {
        figure_or_missing(
            v.map(|v| Figure { value: format!("{} {unit}", format::number(v, places)), unit: "" }),
        )
    };
    let rows = view
        .cycles
        .iter()
        .take(ROWS)
        .map(|c| {
            let fresh = matches!(c.mass, Some(Mass::Wet(_)));
            vec![
                format!("{}, {} {}", c.room, c.crop, c.cycle).into_any(),
                c.harvested.to_string().into_any(),
                cell(c.kwh_per_kg, 1, "kWh/kg"),
                cell(c.kwh_per_kg.filter(|e| *e > 0.0).map(|e| 1_000.0 / e), 2, "g/kWh"),
                cell(c.grams_per_mol, 3, "g/mol"),
                if fresh { "fresh".to_owned().into_any() } else { "dry".to_owned().into_any() },
                verdict(c),
            ]
        })
        .collect();
    let columns = vec![
        text("Crop cycle"),
        text("Harvested"),
        numeric("Energy per kg"),
        numeric("Production efficiency"),
        numeric("Per mol of light"),
        text("Mass"),
        text("Yield guard"),
    ];
    Some(
        view! {
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"Did the crop pay for it?"</h2>
                        <p>"Each cycle is held against those of the baseline period. Production efficiency is PowerScore's g per kWh."</p>
                    </div>
                    {link(format!("/f/{}/production", view.facility_slug), "All cycles")}
                </div>
                <Table caption="Crop cycles of these days" columns rows />
            </section>
        }
        .into_any(),
    )
}

/// Use by hour and day.
pub(super) fn heat(view: &DashboardView) -> Option<AnyView> {
    let hours = &view.hours;
    let (first, last) = (hours.first()?.day, hours.last()?.day);
    let highest = hours.iter().max_by(|a, b| a.value.cmp(&b.value))?;
    let summary = format!(
        "Most was used on {} from {:02}:00, {} {} an hour.",
        highest.day,
        highest.hour,
        decimal(highest.value, 1),
        view.unit
    );
    let mut days: Vec<chrono::NaiveDate> = hours.iter().map(|h| h.day).collect();
    days.dedup();
    let rows = days
        .iter()
        .map(|day| {
            let cell = |hour: u32| {
                let found = hours.iter().find(|h| h.day == *day && h.hour == hour);
                found.map_or_else(|| format::MISSING.to_owned(), |h| decimal(h.value, 1))
            };
            std::iter::once(day.to_string()).chain((0..24).map(cell)).collect()
        })
        .collect();
    let table = Data {
        caption: format!("Use by hour of day, {} an hour", view.unit),
        columns: std::iter::once("Day".to_owned()).chain((0..24).map(|h| format!("{h:02}"))).collect(),
        rows,
        totals: None,
    };
    let drawing = charts::heat_map(hours, &view.unit);
    Some(
        view! {
            <section class="card">
                <div class="card-head"><div><h2>"When is it used?"</h2><p>{summary.clone()}</p></div></div>
                <div class="heat-frame" role="img" aria-label=summary>
                    <div class="heat-hours" aria-hidden="true"><span>"0 h"</span><span>"6"</span><span>"12"</span><span>"18"</span><span>"24"</span></div>
                    <div inner_html=drawing></div>
                    <div class="heat-days" aria-hidden="true"><span>{first.to_string()}</span><span>{last.to_string()}</span></div>
                </div>
                <div class="card-foot"><span>{format!("Local hours, {}. Stronger colour is more use; at most the last 31 days.", view.time_zone)}</span><span class="push"></span><gs-export></gs-export></div>
                <details class="disclose">
                    <summary>"View as table"</summary>
                    <DataTable data=Signal::stored(table) />
                </details>
            </section>
        }
        .into_any(),
    )
}

/// How long how much was used.
pub(super) fn load_duration(view: &DashboardView) -> Option<AnyView> {
    let plot = charts::load_duration(&view.hours, &view.unit);
    let values: Vec<f64> = plot.series.first()?.values.iter().flatten().copied().collect();
    let (highest, lowest) = (values.first()?, values.last()?);
    let unit = &view.unit;
    let summary =
        format!("Between {} and {} {unit} an hour.", format::number(*lowest, 1), format::number(*highest, 1));
    let every = plot.slots.iter().zip(&values).step_by(5);
    let table = Data {
        caption: format!("Use that was reached in a share of the hours, {unit}"),
        columns: vec!["Share of hours".to_owned(), format!("At least, {unit}")],
        rows: every.map(|(slot, v)| vec![slot.label.clone(), format::number(*v, 1)]).collect(),
        totals: None,
    };
    Some(
        view! {
            <ChartCard title="How steady is the load?" summary=summary plot=plot table=table
                note="Hours of these days from the highest to the lowest; at most the last 31 days." />
        }
        .into_any(),
    )
}

/// The newest days, each leading to its derivation.
pub(super) fn days(view: &DashboardView) -> AnyView {
    let cell = |v: Option<Decimal>, places, unit: &str| {
        figure_or_missing(v.map(|v| Figure { value: format!("{} {unit}", decimal(v, places)), unit: "" }))
    };
    let row = |p: &Performance| {
        let href = format!("/f/{}/savings/{}/{}", view.facility_slug, p.metric_type.as_str(), p.day);
        vec![
            link(href, p.day.to_string()),
            cell(p.baseline_value, 1, &p.unit),
            cell(p.actual_value, 1, &p.unit),
            cell(p.savings_value, 1, &p.unit),
            cell(p.cost_savings, 2, &p.currency),
            format::percent(p.coverage).into_any(),
            state_badge(p.state),
        ]
    };
    let rows = view.days.iter().rev().take(ROWS).map(row).collect();
    let columns = vec![
        text("Day"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        numeric("Worth"),
        numeric("Covered"),
        text("State"),
    ];
    let more = view.days.len().saturating_sub(ROWS);
    let more = (more > 0).then(|| {
        let href = format!("/f/{}/savings.csv?from={}&until={}", view.facility_slug, view.from, view.until);
        view! { <p class="hint">{format!("{more} earlier days are in the ")} <a href=href download rel="external">"CSV"</a> "."</p> }
    });
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Day by day"</h2>
                    <p>"Each day leads to what its figures were computed from, down to the readings."</p>
                </div>
            </div>
            <Table caption="Savings by day, newest first" columns rows />
            {more}
        </section>
    }
    .into_any()
}
