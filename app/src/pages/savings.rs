//! Savings of a facility: what was used against what would have been.

use super::derivation::address;
use super::{param, query};
use crate::api::Zoned;
use crate::api::savings::get_savings;
use crate::charts::savings as charts;
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::data_table::Data;
use crate::components::day_range::day_range;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::access::Permission;
use domain::baseline::{BaselineState, MetricType};
use domain::events::view::Effect;
use domain::production::view::CycleView;
use domain::savings::derivation::Derived;
use domain::savings::view::SavingsView;
use domain::savings::{FigureState, Performance, in_words};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Savings() -> impl IntoView {
    let (slug, from, until) = (param("facility"), query("from"), query("until"));
    let savings = Resource::new(
        move || (slug.get(), from.get(), until.get()),
        |(slug, from, until)| get_savings(slug, from, until),
    );
    load_page(savings, Permission::ViewFacility, |page| content(&page))
}

/// The badge of how final a figure is.
pub fn state_badge(state: FigureState) -> AnyView {
    let tone = if state == FigureState::Live { Tone::Info } else { Tone::Draft };
    badge(tone, state.label())
}

fn content(page: &Zoned<SavingsView>) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let metrics: Vec<AnyView> = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .into_iter()
        .filter_map(|metric| of_metric(page, metric))
        .collect();
    let export = format!("/f/{}/export?rows=savings", view.facility_slug);
    let body = if metrics.is_empty() { nothing(view) } else { metrics.into_view().into_any() };
    let bases = link(format!("/f/{}/savings/bases", view.facility_slug), "On other bases");
    view! {
        <div class="page">
            <PageHead
                title="Savings"
                crumbs=crumbs
                sub="What the verified baseline expects for the same weather, crop and light, minus the meter."
            >
                {bases}
                {link(export, "Export data")}
            </PageHead>
            {breaches(view)}
            {day_range(format!("/f/{}/savings", view.facility_slug), view.from, view.until)}
            {body}
        </div>
    }
    .into_any()
}

/// Crop cycles of these days that gave less for their light, or took more energy, than the baseline allows.
fn breaches(view: &SavingsView) -> Option<AnyView> {
    if view.breaches.is_empty() {
        return None;
    }
    let item = |cycle: &CycleView| {
        let grams =
            cycle.grams_per_mol.map_or(String::new(), |g| format!(", {} g/mol", format::number(g, 3)));
        let energy = cycle.kwh_per_kg.map_or(String::new(), |e| format!(", {} kWh/kg", format::number(e, 1)));
        view! { <li>{format!("{}, {} {}, harvested {}{grams}{energy}", cycle.room, cycle.crop, cycle.cycle, cycle.harvested)}</li> }
    };
    let items = view.breaches.iter().map(item).collect_view();
    let href = format!("/f/{}/production", view.facility_slug);
    Some(
        view! {
            <Notice weight=Weight::Warn title="The yield guard flags these days: savings may have cost the crop.">
                <ul class="stack">{items}</ul>
                <p>{link(href, "See the crop cycles beside the baseline's")}</p>
            </Notice>
        }
        .into_any(),
    )
}

fn nothing(view: &SavingsView) -> AnyView {
    let href = format!("/f/{}/baselines", view.facility_slug);
    let (title, reason) = match view.baselines.first().map(|b| b.state) {
        None => (
            "Savings start after verification",
            "There is no baseline yet. A vendor or an owner fits one; a third party verifies it.",
        ),
        Some(BaselineState::Active) => (
            "Nothing computed in these days",
            "Choose other days, or wait a minute if the baseline was accepted just now.",
        ),
        Some(_) => (
            "Savings start after verification",
            "A baseline is on its way. Once it is verified and the other side has accepted it, savings appear here.",
        ),
    };
    view! {
        <Empty title=title reason=reason>
            <p><a class="button" href=href>"Go to the baselines"</a></p>
        </Empty>
    }
    .into_any()
}

/// Sums of days that have both values.
struct Totals {
    baseline: Decimal,
    actual: Decimal,
    savings: Decimal,
    money: Option<Decimal>,
    coverage: f64,
    live: bool,
}

impl Totals {
    fn of(days: &[&Performance]) -> Option<Self> {
        let known: Vec<&&Performance> = days.iter().filter(|p| p.savings_value.is_some()).collect();
        let sum =
            |of: fn(&Performance) -> Option<Decimal>| known.iter().filter_map(|p| of(p)).sum::<Decimal>();
        let all = f64::from(u32::try_from(days.len()).unwrap_or(1).max(1));
        (!known.is_empty()).then(|| Self {
            baseline: sum(|p| p.baseline_value),
            actual: sum(|p| p.actual_value),
            savings: sum(|p| p.savings_value),
            money: known.iter().all(|p| p.cost_savings.is_some()).then(|| sum(|p| p.cost_savings)),
            coverage: days.iter().map(|p| p.coverage).sum::<f64>() / all,
            live: days.iter().any(|p| p.state == FigureState::Live),
        })
    }
}

fn of_metric(page: &Zoned<SavingsView>, metric: MetricType) -> Option<AnyView> {
    let view = &page.view;
    let days: Vec<&Performance> = view.performance.iter().filter(|p| p.metric_type == metric).collect();
    let first = days.first()?;
    let unit = first.unit.clone();
    let name = metric.label();
    let csv = format!("/f/{}/savings.csv?from={}&until={}", view.facility_slug, view.from, view.until);
    let totals = Totals::of(&days);
    let summary = totals.as_ref().map_or_else(
        || "No day has both a meter value and a baseline.".to_owned(),
        |t| {
            format!(
                "{} {unit} used where the baseline expects {} {unit}.",
                decimal(t.actual, 0),
                decimal(t.baseline, 0)
            )
        },
    );
    let today = (metric == MetricType::Electricity && !view.today.is_empty()).then(|| {
        view! {
            <ChartCard title="Today, quarter hour by quarter hour"
                summary="The course of the day follows the baseline's; the sum is what counts."
                plot=charts::quarters(&view.today, &page.clock, &unit)
                table=charts::quarter_table(&view.today, &page.clock, &unit)
                note=format!("Time: {}. Lighter bars are estimated. Today's weather so far stands for the whole day until it is over.", view.time_zone) />
        }
    });
    let chart = view! {
        <ChartCard title=format!("{name}: actual against the adjusted baseline") summary=summary
            plot=charts::days(&days, &unit) table=table(&days, &unit) csv=csv size="l"
            note=format!("Local days, {}. Lighter bars are running or incomplete days.", view.time_zone) />
    };
    Some(
        view! {
            {hero(view, metric, totals.as_ref(), &unit)}
            {flags(&days)}
            {chart}
            {today}
            {list(view, &days)}
        }
        .into_any(),
    )
}

fn hero(view: &SavingsView, metric: MetricType, totals: Option<&Totals>, unit: &str) -> AnyView {
    let baseline =
        view.baselines.iter().find(|b| b.metric_type == metric && b.state == BaselineState::Active).map(
            |b| {
                let href = format!("/f/{}/baselines/{}", view.facility_slug, b.id);
                link(href, format!("{} baseline v{}", metric.label(), b.version))
            },
        );
    let last = view.until.pred_opt().unwrap_or(view.until);
    let range = format!("{}..{last}", view.from);
    let derived = |figure: Derived, content: AnyView| {
        view! { <a href=address(&view.facility_slug, figure, metric.as_str(), &range)>{content}</a> }
            .into_any()
    };
    let value = |of: fn(&Totals) -> Decimal| {
        figure_or_missing(totals.map(|t| Figure { value: format!("{} {unit}", decimal(of(t), 0)), unit: "" }))
    };
    let effects: Vec<&Effect> = view.effects.iter().filter(|effect| effect.metric_type == metric).collect();
    let events: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let share = totals.filter(|t| t.baseline > Decimal::ZERO).map(|t| {
        let percent = format::float((t.savings + events) / t.baseline) * 100.0;
        format!("{} % of the baseline", format::number(percent, 1))
    });
    let band = view.bands.iter().find(|(of, _)| *of == metric).map(|(_, band)| {
        let (half, sure) = (format::number(band.half_width, 0), format::number(band.confidence * 100.0, 0));
        format!("± {half} {unit} with {sure} % confidence")
    });
    let net =
        totals.map(|t| Figure { value: format!("{} {unit}", decimal(t.savings + events, 0)), unit: "" });
    let net = figure_or_missing(net);
    let share = [share, band].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let coverage = totals.map(|t| format!("{} of the time has both values", format::percent(t.coverage)));
    let money = totals.and_then(|t| Some((t, t.money?))).map(|(t, money)| {
        // An event has no quarter hours, so it counts at the mean price of the savings of these days.
        let scaled =
            if t.savings.is_zero() { None } else { money.checked_mul((t.savings + events) / t.savings) };
        let shown =
            Figure { value: format!("{} {}", decimal(scaled.unwrap_or(money), 2), view.currency), unit: "" };
        stat(Style::Hero, "Worth", derived(Derived::Savings, figure_or_missing(Some(shown))))
    });
    let state =
        totals.map(|t| state_badge(if t.live { FigureState::Live } else { FigureState::Provisional }));
    view! {
        <section class="card" aria-label=format!("{} savings", metric.label())>
            <div class="card-head">
                <div>
                    <h2>{metric.label()}</h2>
                    <p>{baseline} " " {coverage}</p>
                </div>
                {state}
            </div>
            <dl class="stats">
                {stat(Style::Hero, "Adjusted baseline", derived(Derived::BaselineEnergy, value(|t| t.baseline)))}
                {stat(Style::Hero, "Actual", derived(Derived::ActualEnergy, value(|t| t.actual)))}
                {(!effects.is_empty()).then(|| stat(Style::Hero, "Before events", value(|t| t.savings)))}
                {stat(Style::Hero, "Savings", noted(derived(Derived::SavedEnergy, net), share))}
                {money}
            </dl>
            {adjustments(view, &effects, unit)}
        </section>
    }
    .into_any()
}

/// What agreed non-routine events add, each with the page that tells why.
fn adjustments(view: &SavingsView, effects: &[&Effect], unit: &str) -> Option<AnyView> {
    if effects.is_empty() {
        return None;
    }
    let row = |effect: &&Effect| {
        let sign = if effect.amount.is_sign_negative() { "" } else { "+" };
        let amount = format!("{sign}{} {unit}", decimal(effect.amount, 0));
        let half = format!("± {} {unit}", decimal(effect.half_width, 0));
        vec![
            link(format!("/f/{}/events/{}", view.facility_slug, effect.event), effect.title.clone()),
            decimal(effect.days, 1).into_any(),
            noted(figure_or_missing(Some(Figure { value: amount, unit: "" })), half),
        ]
    };
    let columns = vec![text("Non-routine event"), numeric("Days counted"), numeric("Added to savings")];
    let rows = effects.iter().map(row).collect();
    Some(
        view! {
            <Table caption="Agreed non-routine events of these days" columns rows />
            <p class="hint">"Days and their quarter hours are shown before events. An event counts at the mean price of the savings."</p>
        }
        .into_any(),
    )
}

/// What a reader has to know about these days, said once.
fn flags(days: &[&Performance]) -> Option<AnyView> {
    let mut found: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for flag in days.iter().flat_map(|p| &p.flags) {
        *found.entry(in_words(flag)).or_default() += 1;
    }
    if found.is_empty() {
        return None;
    }
    let items = found
        .into_iter()
        .map(|(text, n)| view! { <li>{format!("{text} ({})", format::counted(n, "day", "days"))}</li> })
        .collect_view();
    Some(
        view! { <Notice weight=Weight::Warn title="Worth knowing"><ul class="stack">{items}</ul></Notice> }
            .into_any(),
    )
}

fn table(days: &[&Performance], unit: &str) -> Data {
    let cell = |v: Option<Decimal>| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, 1));
    Data {
        caption: format!("Days, {unit}"),
        columns: vec![
            "Day".to_owned(),
            format!("Baseline, {unit}"),
            format!("Actual, {unit}"),
            format!("Savings, {unit}"),
            "Covered".to_owned(),
        ],
        rows: days
            .iter()
            .map(|p| {
                vec![
                    p.day.to_string(),
                    cell(p.baseline_value),
                    cell(p.actual_value),
                    cell(p.savings_value),
                    format::percent(p.coverage),
                ]
            })
            .collect(),
        totals: None,
    }
}

/// The newest days, each leading to its derivation.
fn list(view: &SavingsView, days: &[&Performance]) -> AnyView {
    let cell = |v: Option<Decimal>, unit: &str| {
        figure_or_missing(v.map(|v| Figure { value: format!("{} {unit}", decimal(v, 1)), unit: "" }))
    };
    let row = |p: &&Performance| {
        let href = format!("/f/{}/savings/{}/{}", view.facility_slug, p.metric_type.as_str(), p.day);
        vec![
            link(href, p.day.to_string()),
            cell(p.baseline_value, &p.unit),
            cell(p.actual_value, &p.unit),
            cell(p.savings_value, &p.unit),
            format::percent(p.coverage).into_any(),
            state_badge(p.state),
        ]
    };
    let rows = days.iter().rev().take(31).map(row).collect();
    let columns = vec![
        text("Day"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        numeric("Covered"),
        text("State"),
    ];
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Day by day"</h2>
                    <p>"Each day leads to what its figures were computed from."</p>
                </div>
            </div>
            <Table caption="Savings by day, newest first" columns rows />
        </section>
    }
    .into_any()
}
