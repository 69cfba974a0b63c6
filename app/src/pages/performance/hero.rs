//! Baseline − actual = savings → you keep and the vendor's share, and what a reader should know about them.

use super::super::savings::state_badge;
use super::drawer::derived;
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::notice::{Notice, Weight};
use crate::components::page::link;
use crate::components::stat::figure_or_missing;
use crate::format::{self, Figure};
use domain::production::view::Verdict;
use domain::savings::dashboard::DashboardView;
use domain::savings::derivation::Derived;
use domain::savings::equation::{Equation, Totals};
use domain::savings::in_words;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// One part of the equation with the sign before it.
fn part(sign: &'static str, label: AnyView, value: AnyView) -> AnyView {
    let said = match sign {
        "−" => "minus",
        "=" => "equals",
        "→" => "of which",
        "+" => "and",
        _ => "",
    };
    let sign = (!sign.is_empty()).then(|| {
        view! { <span class="sign"><span aria-hidden="true">{sign}</span><span class="visually-hidden">{said}</span></span> }
    });
    view! {
        <li>
            {sign}
            <div class="stat hero">
                <span class="label">{label}</span>
                <span class="value">{value}</span>
            </div>
        </li>
    }
    .into_any()
}

/// The equation in money, and in energy below; in energy alone where there is no price.
pub(super) fn equation(view: &DashboardView) -> AnyView {
    let Some(totals) = view.totals else {
        let meters = link(format!("/f/{}/meters", view.facility_slug), "See the meters and their gaps");
        return view! {
            <Notice weight=Weight::Info title="No day of this range has both a meter value and a baseline.">
                <p>{meters}</p>
            </Notice>
        }
        .into_any();
    };
    let parts = match totals.equation {
        Some(money) => in_money(view, &money),
        None => in_energy(view, &totals),
    };
    let below = totals.equation.is_some().then(|| {
        let value = |figure, value| to(view, figure, amount(view, value));
        let baseline = value(Derived::BaselineEnergy, totals.baseline + totals.events);
        let actual = value(Derived::ActualEnergy, totals.actual);
        let saved = value(Derived::SavedEnergy, totals.savings + totals.events);
        view! { <p>"In energy: " {baseline} " − " {actual} " = " {saved} "."</p> }
    });
    let baseline = view.baseline.as_ref().map(|b| {
        let href = format!("/f/{}/baselines/{}", view.facility_slug, b.id);
        view! { <p>"Measured against " {link(href, format!("{} baseline v{}", b.metric_type.label(), b.version))} ", verified and accepted by both sides."</p> }
    });
    let coverage = format!("{} of the time has both values", format::percent(totals.coverage));
    view! {
        <section class="card" aria-label="Savings">
            <div class="card-head">
                <div>
                    <h2>{format!("{} from {} to {}", view.metric.label(), view.from, view.until.pred_opt().unwrap_or(view.until))}</h2>
                    {baseline}
                </div>
                {state_badge(view.state)}
            </div>
            <ol class="equation">{parts}</ol>
            <div class="card-foot equation-notes">
                {below}
                <p>{coverage} ". " {interval(view)}</p>
                {events(view)}
                {rate(view)}
            </div>
        </section>
    }
    .into_any()
}

fn amount(view: &DashboardView, value: rust_decimal::Decimal) -> String {
    format!("{}\u{a0}{}", decimal(value, 0), view.unit)
}

/// A link to how a figure of the range comes about.
fn to(view: &DashboardView, figure: Derived, text: String) -> AnyView {
    derived(&view.facility_slug, figure, (view.metric.as_str(), &view.range), text)
}

fn figure(value: String, unit: &str) -> AnyView {
    figure_or_missing(Some(Figure { value: format!("{value}\u{a0}{unit}"), unit: "" }))
}

fn in_money(view: &DashboardView, money: &Equation) -> Vec<AnyView> {
    let cash = |sign, derived: Derived, value| {
        part(sign, to(view, derived, derived.label().to_owned()), figure(decimal(value, 2), &view.currency))
    };
    vec![
        cash("", Derived::BaselineCost, money.baseline_cost),
        cash("−", Derived::ActualCost, money.actual_cost),
        cash("=", Derived::Savings, money.savings),
        cash("→", Derived::Keep, money.keep),
        cash("+", Derived::Share, money.share),
    ]
}

fn in_energy(view: &DashboardView, totals: &Totals) -> Vec<AnyView> {
    let energy = |sign, derived: Derived, label: &str, value| {
        part(sign, to(view, derived, label.to_owned()), figure(decimal(value, 0), &view.unit))
    };
    vec![
        energy("", Derived::BaselineEnergy, "Adjusted baseline", totals.baseline + totals.events),
        energy("−", Derived::ActualEnergy, "Actual", totals.actual),
        energy("=", Derived::SavedEnergy, "Verified savings", totals.savings + totals.events),
    ]
}

/// The interval of the savings, in energy and in money.
fn interval(view: &DashboardView) -> Option<String> {
    let (band, totals) = (view.band?, view.totals?);
    let sure = format::number(band.confidence * 100.0, 0);
    let half = format!("±\u{a0}{}\u{a0}{}", format::number(band.half_width, 0), view.unit);
    let baseline = format::float(totals.baseline);
    let money = totals.equation.filter(|_| baseline > 0.0).map(|e| {
        let price = format::float(e.baseline_cost) / baseline;
        format!(" (±\u{a0}{}\u{a0}{})", format::number(band.half_width * price, 0), view.currency)
    });
    Some(format!(
        "Savings are sure to within {half}{} nine times in ten ({sure} %).",
        money.unwrap_or_default()
    ))
}

fn events(view: &DashboardView) -> Option<AnyView> {
    if view.effects.is_empty() {
        return None;
    }
    let items = view
        .effects
        .iter()
        .map(|effect| {
            let href = format!("/f/{}/events/{}", view.facility_slug, effect.event);
            let sign = if effect.amount.is_sign_negative() { "" } else { "+" };
            let text = format!(" {sign}{} ", amount(view, effect.amount));
            view! { <li>{link(href, effect.title.clone())} {text}</li> }
        })
        .collect_view();
    Some(
        view! { <div><p>"Agreed events are part of the baseline:"</p><ul class="stack">{items}</ul></div> }
            .into_any(),
    )
}

fn rate(view: &DashboardView) -> AnyView {
    match view.equation() {
        Some(money) => {
            let percent = format::number(format::float(money.share_rate) * 100.0, 0);
            view! {
                <p>
                    {badge(Tone::Draft, "Provisional share")}
                    {format!(" The vendor gets {percent} % of positive savings until a contract says otherwise. Energy charges only; ")}
                    {link(format!("/f/{}/tariff", view.facility_slug), "demand charges are on the tariff page")} "."
                </p>
            }
            .into_any()
        }
        None => view! {
            <p>
                "There is no price for every day of this range. "
                {link(format!("/f/{}/tariff", view.facility_slug), "Enter the tariff")}
                " to see costs and shares."
            </p>
        }
        .into_any(),
    }
}

/// The yield guard and the flags of the days, said once.
pub(super) fn remarks(view: &DashboardView) -> Option<AnyView> {
    let breaches = view.cycles.iter().filter(|c| matches!(c.verdict, Verdict::Breach(_))).count();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for flag in view.days.iter().flat_map(|p| &p.flags) {
        *found.entry(in_words(flag)).or_default() += 1;
    }
    if found.is_empty() && breaches == 0 {
        return None;
    }
    let guard = (breaches > 0).then(|| {
        let cycles = format::counted(breaches, "crop cycle", "crop cycles");
        view! { <li>{link(format!("/f/{}/production", view.facility_slug), format!("The yield guard flags {cycles}"))} ": savings may have cost the crop."</li> }
    });
    let items = found
        .into_iter()
        .map(|(text, n)| view! { <li>{format!("{text} ({})", format::counted(n, "day", "days"))}</li> })
        .collect_view();
    Some(
        view! { <Notice weight=Weight::Warn title="Worth knowing"><ul class="stack">{guard}{items}</ul></Notice> }
            .into_any(),
    )
}
