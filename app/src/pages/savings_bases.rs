//! Savings of a range on other bases than the one that is billed: a normal year, sub-meters, all fuels together.

mod fuels;
mod normalised;
mod option_b;

use super::savings::state_badge;
use super::{param, query};
use crate::api::savings::get_bases;
use crate::charts::series::decimal;
use crate::components::day_bar::DayBar;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, choice, in_facility, link};
use crate::components::range::with_range;
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::savings::bases::{AvoidedUse, BasesView, Estimate, Missing};
use domain::savings::view::Band;
use leptos::prelude::*;

/// Figures of the plant as the address has them, by the names of their fields.
type Plant = [(&'static str, String); 4];

/// The page.
#[component]
pub fn SavingsBases() -> impl IntoView {
    let (slug, range, metric, end_use) =
        (param("facility"), query("range"), query("metric"), query("end_use"));
    let fields = ["cooled", "cop", "heated", "efficiency"].map(|name| (name, query(name)));
    let plant = move || fields.map(|(name, value)| (name, value.get()));
    let page = Resource::new(
        move || (slug.get(), range.get(), metric.get(), end_use.get(), plant()),
        |(slug, range, metric, end_use, plant)| {
            get_bases(slug, range, metric, end_use, plant.map(|(_, value)| value))
        },
    );
    load_page(page, Permission::ViewFacility, move |view| {
        content(&view, &fields.map(|(name, value)| (name, value.get_untracked())))
    })
}

fn path(view: &BasesView) -> String {
    format!("/f/{}/savings/bases", view.facility_slug)
}

/// The choices of the page other than its range, as the address has them.
fn kept(view: &BasesView, plant: &Plant) -> Vec<(&'static str, String)> {
    let end_use = view.option_b.as_ref().ok().map(|b| ("end_use", b.retrofit.as_str().to_owned()));
    let plant = plant.iter().filter(|(_, value)| !value.is_empty()).cloned();
    std::iter::once(("metric", view.metric.as_str().to_owned())).chain(end_use).chain(plant).collect()
}

fn content(view: &BasesView, plant: &Plant) -> AnyView {
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Savings", "savings")]);
    let body = if view.baseline.is_none() {
        let href = format!("/f/{}/baselines", view.facility_slug);
        view! {
            <Empty title="Savings start after verification" reason="Every basis is held against a baseline that is verified and accepted; there is none of this metric yet.">
                <p><a class="button" href=href>"Go to the baselines"</a></p>
            </Empty>
            {fuels::card(view)}
        }
        .into_any()
    } else {
        view! {
            {overview(view)}
            {avoided(view)}
            {normalised::card(view)}
            {option_b::card(view, plant)}
            {fuels::card(view)}
        }
        .into_any()
    };
    view! {
        <div class="page">
            <PageHead title="Savings on other bases" crumbs=crumbs
                sub="What is billed beside a normal year, the sub-meters and all fuels together: four questions, four answers." />
            {controls(view, plant)}
            {body}
        </div>
    }
    .into_any()
}

fn controls(view: &BasesView, plant: &Plant) -> AnyView {
    let keep = kept(view, plant);
    let whole = with_range(&path(view), &keep, "");
    let of =
        |metric: MetricType| with_range(&path(view), &[("metric", metric.as_str().to_owned())], &view.range);
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .map(|metric| choice(of(metric), metric.label(), metric == view.metric));
    view! {
        <div class="row">
            <div class="segmented">{choice(whole, "Reporting period to date", view.range.is_empty())}</div>
            <DayBar path=path(view) current=view.range.clone() keep=keep from=view.from until=view.until today=view.today />
            <div class="segmented" role="group" aria-label="Metric">{metrics.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}

/// A number of the metric's unit.
fn amount(value: f64, unit: &str) -> AnyView {
    let value = format!("{}\u{a0}{unit}", format::number(value, 0));
    figure_or_missing(Some(Figure { value, unit: "" }))
}

fn half_width(band: Option<Band>, unit: &str) -> String {
    band.map_or_else(
        || "how sure that is, is not known".to_owned(),
        |band| {
            let (half, sure) =
                (format::number(band.half_width, 0), format::number(band.confidence * 100.0, 0));
            format!("±\u{a0}{half}\u{a0}{unit} with {sure}\u{a0}% confidence")
        },
    )
}

/// A figure with its half-width below.
fn sure(estimate: Estimate, unit: &str) -> AnyView {
    noted(amount(estimate.value, unit), format!("±\u{a0}{}\u{a0}{unit}", format::number(estimate.band, 0)))
}

/// Why a basis is not told, and what to do.
fn missing(title: &'static str, missing: &Missing) -> AnyView {
    let (reason, what_to_do) = (missing.reason.clone(), missing.what_to_do.clone());
    view! {
        <Notice weight=Weight::Info title=title>
            <p>{reason}</p>
            <p>{what_to_do}</p>
        </Notice>
    }
    .into_any()
}

/// `2026-03-01 to 2026-03-19`.
fn days(view: &BasesView) -> String {
    format!("{} to {}", view.from, view.until.pred_opt().unwrap_or(view.until))
}

/// Every basis in a line.
fn overview(view: &BasesView) -> AnyView {
    let unit = view.metric.unit();
    let interval = |half: Option<f64>| {
        let text = half.map(|half| format!("±\u{a0}{}\u{a0}{unit}", format::number(half, 0)));
        text.unwrap_or_else(|| format::MISSING.to_owned()).into_any()
    };
    let none = || (figure_or_missing(None), interval(None), "not known, see below".to_owned());
    let billed = view.avoided.as_ref().map_or_else(
        |_| none(),
        |a| {
            let saved = format::float(a.totals.savings + a.totals.events);
            (amount(saved, unit), interval(a.band.map(|b| b.half_width)), days(view))
        },
    );
    let normal = view.normalised.as_ref().map_or_else(
        |_| none(),
        |n| {
            let over = format!("{} days of a normal year", n.days);
            (amount(n.savings, unit), interval(n.band.map(|b| b.half_width)), over)
        },
    );
    let reconciled = view.option_b.as_ref().ok().and_then(|b| b.reconciled.as_ref().ok());
    let sub_metered = reconciled.map_or_else(none, |r| {
        let over = format!("{} of these days", format::counted(r.days as usize, "day", "days"));
        (amount(r.option_b.value, unit), interval(Some(r.option_b.band)), over)
    });
    let row = |name: &'static str, (saved, sure, over): (AnyView, AnyView, String), what: &'static str| {
        vec![name.into_any(), saved, sure, over.into_any(), what.into_any()]
    };
    let mut rows = vec![
        row("Avoided energy use", billed, "What is billed."),
        row("Normalised savings", normal, "Proposals, forecasts and a true-up at the year's end."),
        row("Option B with interaction", sub_metered, "A second witness to what is billed."),
    ];
    if let Ok(net) = &view.fuels.net {
        let saved = format!("{}\u{a0}{}", decimal(net.avoided_cost, 2), net.currency);
        let saved = figure_or_missing(Some(Figure { value: saved, unit: "" }));
        let all = (saved, interval(None), days(view));
        rows.push(row("All fuels, in money", all, "Whether a saving of one fuel is paid for by another."));
    }
    let columns =
        vec![text("Basis"), numeric("Savings"), numeric("Interval"), text("Over"), text("What it is for")];
    view! {
        <section class="card">
            <div class="card-head"><div>
                <h2>{format!("{}, {}", view.metric.label(), days(view))}</h2>
                <p>"Each basis answers a question of its own, so the figures are not meant to be equal."</p>
            </div></div>
            <Table caption="Savings on each basis" columns rows />
        </section>
    }
    .into_any()
}

/// Counterfactual − measured.
fn avoided(view: &BasesView) -> AnyView {
    let unit = view.metric.unit();
    let body = match &view.avoided {
        Err(lacks) => missing("There are no savings in these days.", lacks),
        Ok(avoided) => billed(view, avoided, unit),
    };
    let badge = view.avoided.as_ref().ok().map(|a| state_badge(a.state));
    view! {
        <section class="card" id="avoided">
            <div class="card-head">
                <div>
                    <h2>"Avoided energy use"</h2>
                    <p>"What is billed: what the baseline expects under the conditions that really were, minus the meter."</p>
                </div>
                {badge}
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn billed(view: &BasesView, avoided: &AvoidedUse, unit: &'static str) -> AnyView {
    let totals = &avoided.totals;
    let saved = amount(format::float(totals.savings + totals.events), unit);
    let events = (!totals.events.is_zero())
        .then(|| stat(Style::Plain, "Agreed events", amount(format::float(totals.events), unit)));
    let coverage = format!("{} of the time has both values.", format::percent(totals.coverage));
    let href = format!("/f/{}/savings?from={}&until={}", view.facility_slug, view.from, view.until);
    view! {
        <dl class="stats">
            {stat(Style::Hero, "Savings", noted(saved, half_width(avoided.band, unit)))}
            {stat(Style::Plain, "Adjusted baseline", amount(format::float(totals.baseline), unit))}
            {stat(Style::Plain, "Measured", amount(format::float(totals.actual), unit))}
            {events}
        </dl>
        <div class="card-foot"><span>{coverage}</span><span class="push"></span>{link(href, "Day by day")}</div>
    }
    .into_any()
}
