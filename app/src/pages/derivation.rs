//! How a figure of a range comes about: formula with its values, the parts that add up to it, baselines, and every change.

use super::baselines::{method_name, state_badge as baseline_badge};
use super::events::days;
use super::savings::state_badge;
use super::{param, query};
use crate::api::Zoned;
use crate::api::savings::get_derivation;
use crate::charts::series::decimal;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::range::with_range;
use crate::components::table::{Table, numeric, text};
use crate::format;
use domain::access::Permission;
use domain::savings::derivation::{BaselineUsed, Change, Derived, FigureView, Part, Source, Term};
use leptos::prelude::*;
use rust_decimal::Decimal;

type View = Zoned<FigureView>;

/// Newest changes that the page lists; the JSON has all of them.
const CHANGES: usize = 50;

/// The page.
#[component]
pub fn Derivation() -> impl IntoView {
    let (slug, figure, metric, range) = (param("facility"), query("figure"), query("metric"), query("range"));
    let derivation = Resource::new(
        move || (slug.get(), figure.get(), metric.get(), range.get()),
        |(slug, figure, metric, range)| get_derivation(slug, figure, metric, range),
    );
    load_page(derivation, Permission::ViewFacility, |page| content(&page))
}

/// Address of the page of a figure.
pub fn address(slug: &str, figure: Derived, metric: &str, range: &str) -> String {
    let kept = [("figure", figure.as_str().to_owned()), ("metric", metric.to_owned())];
    with_range(&format!("/f/{slug}/derivation"), &kept, range)
}

fn content(page: &View) -> AnyView {
    let view = &page.view;
    let (slug, metric, range) = (view.facility_slug.clone(), view.metric.as_str(), view.range.clone());
    let above = format!("performance?range={range}&metric={metric}");
    let crumbs = in_facility(&slug, &view.facility_name, &[("Performance", &above)]);
    let state = state_badge(view.state);
    view! {
        <div class="page">
            <PageHead title=view.figure.label() crumbs=crumbs sub=subtitle(view)>{state}</PageHead>
            {body(page, move |figure| address(&slug, figure, metric, &range))}
        </div>
    }
    .into_any()
}

/// What the figure is of, in one line.
pub(super) fn subtitle(view: &FigureView) -> String {
    format!(
        "{}, {}, local days of {}",
        view.metric.label(),
        days(view.from, Some(view.until)),
        view.time_zone
    )
}

/// Everything below the title. `to` is where another figure of the same range is derived.
pub(super) fn body(page: &View, to: impl Fn(Derived) -> String) -> AnyView {
    let view = &page.view;
    if view.value.is_none() {
        let reason = if view.figure.money() {
            "A day of this range has no price, or none has both a meter value and a baseline."
        } else {
            "No day of this range has both a meter value and a baseline."
        };
        return view! { <Empty title="There is no such figure" reason=reason /> }.into_any();
    }
    view! {
        {formula(view, to)}
        {parts(view)}
        {left_out(view)}
        {rests_on(view)}
        {history(page)}
        {programs(view)}
    }
    .into_any()
}

fn places(unit_is_money: bool) -> u32 {
    if unit_is_money { 2 } else { 3 }
}

fn amount(value: Decimal, places: u32, unit: &str) -> String {
    let value = decimal(value, places);
    if unit.is_empty() { value } else { format!("{value}\u{a0}{unit}") }
}

/// A value of the formula: figures as they count, sums with all their digits.
fn term_value(term: &Term) -> String {
    match term.figure {
        Some(figure) => amount(term.value, places(figure.money()), &term.unit),
        None => amount(term.value, term.value.scale().min(6), &term.unit),
    }
}

fn formula(view: &FigureView, to: impl Fn(Derived) -> String) -> AnyView {
    let value = amount(view.value.unwrap_or_default(), places(view.figure.money()), &view.unit);
    let mut text: Vec<String> = Vec::new();
    for term in &view.formula {
        text.extend((!term.sign.is_empty()).then(|| term.sign.clone()));
        text.push(term_value(term));
    }
    let text = format!("{} = {value}", text.join(" "));
    let terms = view
        .formula
        .iter()
        .map(|term| {
            let name = match term.figure {
                Some(figure) => link(to(figure), term.label.clone()),
                None => term.label.clone().into_any(),
            };
            view! { <dt>{name}</dt><dd>{term_value(term)}</dd> }
        })
        .collect_view();
    let sure =
        view.band.filter(|_| matches!(view.figure, Derived::SavedEnergy | Derived::Savings)).map(|band| {
            let half = format::number(band.half_width, 0);
            let sure = format::number(band.confidence * 100.0, 0);
            let text = format!("± {half} {} of energy with {sure} % confidence", view.metric.unit());
            view! { <dt>"How sure"</dt><dd>{text}</dd> }
        });
    view! {
        <section class="card">
            <h2>{view.figure.label()}</h2>
            <p class="formula">{text}</p>
            <dl class="facts">
                {terms}
                <dt>"Covered"</dt>
                <dd>{format!("{} of the time has both values; only those quarter hours count", format::percent(view.coverage))}</dd>
                {sure}
            </dl>
        </section>
    }
    .into_any()
}

/// Days and events, each leading to what it comes from, and their sum.
fn parts(view: &FigureView) -> AnyView {
    let money = view.figure.money();
    let exact = if money { 4 } else { 3 };
    let row = |part: &Part| {
        let (href, name) = match &part.source {
            Source::Day(day) => {
                (format!("/f/{}/savings/{}/{day}", view.facility_slug, view.metric.as_str()), day.to_string())
            }
            Source::Event(event, title) => {
                (format!("/f/{}/events/{event}", view.facility_slug), title.clone())
            }
        };
        let state = match (part.state, part.derivation) {
            (Some(state), Some(id)) => {
                let revision = link(format!("/x/{id}"), format!("revision {}", part.revision));
                view! { {state_badge(state)} " " {revision} }.into_any()
            }
            (Some(state), None) => state_badge(state),
            (None, _) => "Agreed event".into_any(),
        };
        vec![
            link(href, name),
            amount(part.exact, exact, &view.unit).into_any(),
            amount(part.value, places(money), &view.unit).into_any(),
            part.coverage.map_or_else(|| format::MISSING.to_owned(), format::percent).into_any(),
            state,
        ]
    };
    let (exact_sum, sum): (Decimal, Decimal) =
        (view.parts.iter().map(|part| part.exact).sum(), view.parts.iter().map(|part| part.value).sum());
    let total = vec![
        view! { <strong>"Sum"</strong> }.into_any(),
        amount(exact_sum, exact, &view.unit).into_any(),
        view! { <strong>{amount(sum, places(money), &view.unit)}</strong> }.into_any(),
        format::percent(view.coverage).into_any(),
        ().into_any(),
    ];
    let rows = view.parts.iter().map(row).chain([total]).collect();
    let columns = vec![
        text("Day or event"),
        numeric("Before rounding"),
        numeric("Counts"),
        numeric("Covered"),
        text("State"),
    ];
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"What adds up to it"</h2>
                    <p>{view.figure.rule()}</p>
                </div>
            </div>
            <Table caption=format!("Parts of {}", view.figure.label().to_lowercase()) columns rows />
            <p class="hint">"A day leads to its quarter hours, and a quarter hour to the meter's readings."</p>
        </section>
    }
    .into_any()
}

fn left_out(view: &FigureView) -> Option<AnyView> {
    if view.left_out.is_empty() {
        return None;
    }
    let items = view
        .left_out
        .iter()
        .map(|day| {
            let href = format!("/f/{}/savings/{}/{day}", view.facility_slug, view.metric.as_str());
            view! { <li>{link(href, day.to_string())}</li> }
        })
        .collect_view();
    let n = format::counted(view.left_out.len(), "day does", "days do");
    Some(
        view! {
            <Notice weight=Weight::Warn title=format!("{n} not count.")>
                <p>"Either the meter or the baseline says nothing about any quarter hour of them. They are missing, not zero."</p>
                <ul class="row">{items}</ul>
            </Notice>
        }
        .into_any(),
    )
}

/// Baselines with their verification, the engine, tariff and meters.
fn rests_on(view: &FigureView) -> AnyView {
    let slug = &view.facility_slug;
    let row = |used: &BaselineUsed| {
        let summary = &used.summary;
        let href = format!("/f/{slug}/baselines/{}", summary.id);
        let signed = match (used.signed_at, &used.dossier_sha256) {
            (Some(at), Some(hash)) => {
                let text = format!("Signed on {}", at.format("%Y-%m-%d"));
                let hash: String = hash.chars().take(16).collect();
                let page = link(format!("{href}/verification"), text);
                view! { {page} ", dossier " <code class="hash">{hash}</code> }.into_any()
            }
            _ => link(format!("{href}/verification"), "Not signed"),
        };
        vec![
            link(href.clone(), format!("{} v{}", summary.metric_type.label(), summary.version)),
            summary.method.as_deref().map(method_name).unwrap_or_default().into_any(),
            baseline_badge(summary.state),
            signed,
            used.days.to_string().into_any(),
        ]
    };
    let rows = view.baselines.iter().map(row).collect();
    let columns =
        vec![text("Baseline"), text("Method"), text("State"), text("Verification"), numeric("Days")];
    let engine = if view.engine_versions.is_empty() {
        "The days are running; the engine's version is kept with each day that is over.".to_owned()
    } else {
        view.engine_versions.join(", ")
    };
    let tariff = view.figure.money().then(|| {
        let page = link(format!("/f/{slug}/tariff"), "The tariff in force");
        view! { <dt>"Prices"</dt><dd>{page} ", energy charges only"</dd> }
    });
    view! {
        <section class="card">
            <h2>"What it rests on"</h2>
            <Table caption="Baselines of these days" columns rows />
            <dl class="facts">
                <dt>"Engine"</dt><dd>{engine}</dd>
                {tariff}
                <dt>"Meters"</dt><dd>{link(format!("/f/{slug}/meters"), "Main meters and their readings")}</dd>
            </dl>
        </section>
    }
    .into_any()
}

/// Days that were computed again after they were over.
fn history(page: &View) -> AnyView {
    let view = &page.view;
    let places = if view.figure.money() { 4 } else { 3 };
    let cell = |value: Option<Decimal>| {
        value.map_or_else(|| format::MISSING.to_owned(), |v| amount(v, places, &view.unit)).into_any()
    };
    let row = |change: &Change| {
        let hash: String = change.inputs_sha256.chars().take(16).collect();
        vec![
            link(format!("/x/{}", change.derivation), format!("{} r{}", change.day, change.revision)),
            format::stamp(page.clock.local(change.at)).into_any(),
            change.reason.clone().into_any(),
            cell(change.before),
            cell(change.after),
            cell(change.after.zip(change.before).map(|(after, before)| after - before)),
            view! { <code class="hash">{hash}</code> }.into_any(),
        ]
    };
    let rows: Vec<_> = view.changes.iter().take(CHANGES).map(row).collect();
    let columns = vec![
        text("Day"),
        text("Computed"),
        text("Because of"),
        numeric("Before"),
        numeric("Since"),
        numeric("Change"),
        text("Inputs"),
    ];
    let said = match (view.changes.len(), view.figure) {
        (0, _) => "No day of it was computed again since it was over.".to_owned(),
        (n, _) if n > CHANGES => {
            format!(
                "{n} times a day that was over was computed again; the newest {CHANGES} are below, all of them in the JSON."
            )
        }
        (n, _) => format!(
            "{} computed again after the day was over. Earlier values stay.",
            format::counted(n, "value was", "values were")
        ),
    };
    let table = (!rows.is_empty())
        .then(|| view! { <Table caption="Changes of the figure, newest first" columns rows /> });
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"History of this number"</h2><p>{said}</p></div></div>
            {table}
        </section>
    }
    .into_any()
}

fn programs(view: &FigureView) -> AnyView {
    let (figure, metric) = (view.figure.as_str(), view.metric.as_str());
    let json = format!(
        "/f/{}/derivation.json?figure={figure}&metric={metric}&range={}",
        view.facility_slug,
        crate::components::range::encode(&view.range)
    );
    view! {
        <section class="card">
            <h2>"For programs"</h2>
            <div class="row">
                <a class="button small" href=json rel="external">"Derivation (JSON)"</a>
                <a href=view.lasting() rel="external">"Lasting address"</a>
            </div>
            <dl class="facts">
                <dt>"SHA-256"</dt><dd><code class="hash">{view.sha256.clone()}</code></dd>
            </dl>
            <p class="hint">"Over the canonical JSON of everything above; it changes when the figure, or anything it comes from, does."</p>
        </section>
    }
    .into_any()
}
