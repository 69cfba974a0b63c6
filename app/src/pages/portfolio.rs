//! Savings of every facility, beside each other and together.

use super::query;
use super::savings::state_badge;
use crate::api::savings::get_portfolio;
use crate::charts::portfolio as charts;
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::data_table::Data;
use crate::components::day_bar::DayBar;
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::{PageHead, choice, link};
use crate::components::range::with_range;
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::savings::portfolio::{Common, Money, PortfolioView, Row};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Portfolio() -> impl IntoView {
    let (range, metric) = (query("range"), query("metric"));
    let page =
        Resource::new(move || (range.get(), metric.get()), |(range, metric)| get_portfolio(range, metric));
    load_page(page, Permission::ViewFacility, |view| content(&view))
}

fn content(view: &PortfolioView) -> AnyView {
    let body = if view.together.is_none() {
        view! {
            <Empty title="No savings in these days" reason="Facilities appear with their savings once a baseline is verified and accepted. Choose other days, or open a facility to see where its baseline stands." />
            {table(view)}
        }
        .into_any()
    } else {
        view! { {sums(view)} {chart(view)} {table(view)} }.into_any()
    };
    view! {
        <div class="page">
            <PageHead title="Portfolio" sub="Every facility you can see: what it saved, what stays with it, and how sure that is." />
            {controls(view)}
            {body}
        </div>
    }
    .into_any()
}

fn controls(view: &PortfolioView) -> AnyView {
    let keep = vec![("metric", view.metric.as_str().to_owned())];
    let of =
        |metric: MetricType| with_range("/portfolio", &[("metric", metric.as_str().to_owned())], &view.range);
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .map(|metric| choice(of(metric), metric.label(), metric == view.metric));
    view! {
        <div class="row">
            <DayBar path="/portfolio".to_owned() current=view.range.clone() keep=keep from=view.from until=view.until today=view.today />
            <div class="segmented" role="group" aria-label="Metric">{metrics.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

fn plain(value: String, unit: &str) -> AnyView {
    figure_or_missing(Some(Figure { value: format!("{value}\u{a0}{unit}"), unit: "" }))
}

/// The sums, energy first, then each currency.
fn sums(view: &PortfolioView) -> AnyView {
    let unit = view.metric.unit();
    let Some(all) = view.together else { return ().into_any() };
    let sure = match all.band {
        Some(band) => format!(
            "±\u{a0}{}\u{a0}{unit} at {}\u{a0}%, {}",
            format::number(band.half_width, 0),
            format::number(band.confidence * 100.0, 0),
            in_common(view.common)
        ),
        None => "The interval of some facility is not known.".to_owned(),
    };
    let facilities = format::counted(all.facilities as usize, "facility", "facilities");
    let money = view.money.iter().map(in_money).collect_view();
    view! {
        <section class="card" aria-label="All facilities">
            <div class="card-head">
                <div>
                    <h2>{format!("{} from {} to {}", view.metric.label(), view.from, view.until.pred_opt().unwrap_or(view.until))}</h2>
                    <p>{format!("{facilities} with savings. Days are each facility's own.")}</p>
                </div>
            </div>
            <dl class="stats">
                {stat(Style::Hero, "Verified savings", noted(plain(decimal(all.savings, 0), unit), sure))}
                {stat(Style::Hero, "Adjusted baseline", plain(decimal(all.baseline, 0), unit))}
                {stat(Style::Hero, "Actual", plain(decimal(all.actual, 0), unit))}
            </dl>
            {money}
        </section>
    }
    .into_any()
}

/// What the interval of the sum takes the facilities' errors to have in common.
fn in_common(common: Common) -> String {
    let Some((facilities, months)) = common.measured else {
        return "half of each error taken as common to all: too few months without a measure to tell"
            .to_owned();
    };
    format!(
        "{}\u{a0}% of each error common to all, as {} erred over {} without a measure",
        format::number(common.share * 100.0, 0),
        format::counted(facilities as usize, "facility", "facilities"),
        format::counted(months as usize, "month", "months"),
    )
}

fn in_money(sum: &Money) -> AnyView {
    let cash = |value: Decimal| plain(decimal(value, 2), &sum.currency);
    view! {
        <dl class="stats">
            {stat(Style::Plain, "Savings", cash(sum.savings))}
            {stat(Style::Plain, "Customers keep", cash(sum.keep))}
            {stat(Style::Plain, "Vendor share", cash(sum.share))}
            {stat(Style::Plain, "Baseline cost", cash(sum.baseline_cost))}
            {stat(Style::Plain, "Actual cost", cash(sum.actual_cost))}
        </dl>
    }
    .into_any()
}

fn saved(row: &Row) -> Option<Decimal> {
    row.totals.map(|t| t.savings + t.events)
}

/// Share of the adjusted baseline that was saved.
fn share(row: &Row) -> Option<f64> {
    let totals = row.totals?;
    let baseline = totals.baseline + totals.events;
    (!baseline.is_zero()).then(|| format::float((totals.savings + totals.events) / baseline))
}

fn chart(view: &PortfolioView) -> AnyView {
    let known: Vec<&Row> = view.rows.iter().filter(|row| row.totals.is_some()).collect();
    // One bar compares nothing.
    if known.len() < 2 {
        return ().into_any();
    }
    let summary = known.first().map_or_else(String::new, |best| {
        format!(
            "{} saved most: {} {}.",
            best.name,
            decimal(saved(best).unwrap_or_default(), 0),
            view.metric.unit()
        )
    });
    let rows = known
        .iter()
        .map(|row| {
            let percent =
                share(row).map_or_else(|| format::MISSING.to_owned(), |s| format::number(s * 100.0, 1));
            vec![row.name.clone(), decimal(saved(row).unwrap_or_default(), 0), percent]
        })
        .collect();
    let table = Data {
        caption: "Savings by facility".to_owned(),
        columns: vec![
            "Facility".to_owned(),
            format!("Savings, {}", view.metric.unit()),
            "Of the baseline, %".to_owned(),
        ],
        rows,
        totals: None,
    };
    view! {
        <ChartCard title="Savings by facility" summary=summary plot=charts::savings(&known, view.metric.unit()) table=table
            note="Agreed events included; bars below zero used more than their baseline expects." />
    }
    .into_any()
}

fn table(view: &PortfolioView) -> AnyView {
    let unit = view.metric.unit();
    let cell = |v: Option<String>| v.unwrap_or_else(|| format::MISSING.to_owned()).into_any();
    let row = |row: &Row| {
        let href = format!(
            "/f/{}/performance?range={}&metric={}",
            row.slug,
            crate::components::range::encode(&view.range),
            view.metric.as_str()
        );
        let money = row.totals.and_then(|t| t.equation);
        let cash = |v: Option<Decimal>| cell(v.map(|v| format!("{}\u{a0}{}", decimal(v, 2), row.currency)));
        let state = if row.totals.is_some() {
            state_badge(row.state)
        } else if row.baseline {
            badge(Tone::Draft, "No figures in these days")
        } else {
            badge(Tone::Draft, "No active baseline")
        };
        vec![
            link(href, row.name.clone()),
            row.organisation.clone().into_any(),
            cell(saved(row).map(|v| format!("{}\u{a0}{unit}", decimal(v, 0)))),
            cell(row.band.map(|b| format!("±\u{a0}{}\u{a0}{unit}", format::number(b.half_width, 0)))),
            cell(share(row).map(|s| format!("{}\u{a0}%", format::number(s * 100.0, 1)))),
            cash(money.map(|e| e.savings)),
            cash(money.map(|e| e.keep)),
            cash(money.map(|e| e.share)),
            cell(row.totals.map(|t| format::percent(t.coverage))),
            state,
        ]
    };
    let rows = view.rows.iter().map(row).collect();
    let columns = vec![
        text("Facility"),
        text("Customer"),
        numeric("Savings"),
        numeric("Interval"),
        numeric("Of the baseline"),
        numeric("Worth"),
        numeric("Customer keeps"),
        numeric("Vendor share"),
        numeric("Covered"),
        text("State"),
    ];
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"Facility by facility"</h2><p>"Each leads to its dashboard over the same range."</p></div></div>
            <Table caption="Facilities, the highest savings first" columns rows />
        </section>
    }
    .into_any()
}
