//! The derivation of a day's savings: formula with its values, conditions, quarter hours, every value it ever had.

mod again;

use super::baselines::method_name;
use super::notes::{form, items};
use super::param;
use super::savings::state_badge;
use crate::api::Zoned;
use crate::api::notes::get_notes;
use crate::api::savings::get_savings_day;
use crate::charts::savings as charts;
use crate::charts::series::decimal;
use crate::components::chart_card::ChartCard;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::table::{Table, numeric, text};
use crate::error::{ApiError, Code};
use crate::format;
use crate::pages::baselines::outcome;
use domain::access::Permission;
use domain::notes::{Filter, NotesView};
use domain::savings::view::{DerivationView, Revision};
use domain::savings::{SavingsInterval, in_words};
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

/// The page.
#[component]
pub fn SavingsDay() -> impl IntoView {
    let (facility, metric, day) = (param("facility"), param("metric"), param("day"));
    let derivation = Resource::new(
        move || (facility.get(), metric.get(), day.get()),
        |(facility, metric, day)| async move {
            let day = day.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            let page = get_savings_day(facility.clone(), metric, day).await?;
            // The figures can do without them.
            let about = Filter { from: Some(day), last: Some(day), ..Filter::default() };
            Ok((page, get_notes(facility, about).await.ok()))
        },
    );
    load_page(derivation, Permission::ViewFacility, |(page, notes)| content(&page, notes.as_ref()))
}

fn content(page: &Zoned<DerivationView>, notes: Option<&Zoned<NotesView>>) -> AnyView {
    let view = &page.view;
    let p = &view.performance;
    let slug = &view.facility_slug;
    let crumbs = in_facility(slug, &view.facility_name, &[("Savings", "savings")]);
    let title = format!("{} on {}", p.metric_type.label(), p.day);
    let state = state_badge(p.state);
    let base = format!("/f/{slug}/savings/{}/{}", p.metric_type.as_str(), p.day);
    let chart = (!view.intervals.is_empty()).then(|| {
        view! {
            <ChartCard title="Quarter hour by quarter hour"
                summary="The day's expected use follows the course of a day in the baseline period."
                plot=charts::quarters(&view.intervals, &page.clock, &p.unit)
                table=charts::quarter_table(&view.intervals, &page.clock, &p.unit)
                csv=format!("{base}/quarters.csv")
                note=format!("Time: {}. Each interval includes its start and excludes its end.", view.time_zone) />
        }
    });
    let flags = (!p.flags.is_empty()).then(|| {
        let items = p.flags.iter().map(|f| view! { <li>{in_words(f)}</li> }).collect_view();
        view! { <Notice weight=Weight::Warn title="Worth knowing"><ul class="stack">{items}</ul></Notice> }
    });
    view! {
        <div class="page">
            <PageHead title=title crumbs=crumbs sub="How the figures of this day came about.">{state}</PageHead>
            {outcome()}
            {flags}
            {formula(view)}
            {chart}
            {quarters(page)}
            {conditions(view)}
            {notes.map(|notes| written(notes, p.day.to_string()))}
            {again::again(view)}
            {history(page)}
            <section class="card">
                <h2>"For programs"</h2>
                <div class="row">
                    <a class="button small" href=format!("{base}/derivation.json") rel="external">"Derivation (JSON)"</a>
                </div>
            </section>
        </div>
    }
    .into_any()
}

/// What people wrote about the day, and the form that adds to it.
fn written(notes: &Zoned<NotesView>, day: String) -> AnyView {
    let view = &notes.view;
    let list = (!view.notes.is_empty()).then(|| items(notes));
    let add = view.may_write.then(|| {
        let form = form(view, Signal::stored(day));
        view! { <details class="disclose"><summary>"Write a note about this day"</summary>{form}</details> }
    });
    view! {
        <section class="card" id="notes">
            <div class="card-head"><h2>"Notes"</h2>{link(format!("/f/{}/notes", view.facility_slug), "Logbook")}</div>
            {list}
            {add}
        </section>
    }
    .into_any()
}

fn amount(value: Option<Decimal>, unit: &str) -> String {
    value.map_or_else(|| format::MISSING.to_owned(), |v| format!("{}\u{a0}{unit}", decimal(v, 3)))
}

fn formula(view: &DerivationView) -> AnyView {
    let p = &view.performance;
    let text = format!(
        "{} − {} = {}",
        amount(p.baseline_value, &p.unit),
        amount(p.actual_value, &p.unit),
        amount(p.savings_value, &p.unit)
    );
    let baseline = view.baseline.as_ref().map(|b| {
        let href = format!("/f/{}/baselines/{}", view.facility_slug, b.id);
        let method = b.method.as_deref().map(method_name).unwrap_or_default();
        view! {
            <dt>"Baseline"</dt>
            <dd>{link(href, format!("{} v{}", b.metric_type.label(), b.version))} {format!(" ({method}), {}", b.state.label().to_lowercase())}</dd>
        }
    });
    view! {
        <section class="card">
            <h2>"Adjusted baseline − actual = savings"</h2>
            <p class="formula">{text}</p>
            <dl class="facts">
                {baseline}
                <dt>"Covered"</dt>
                <dd>{format!("{} of the day has both values; only those quarter hours count", format::percent(p.coverage))}</dd>
                <dt>"Meter"</dt>
                <dd>{link(format!("/f/{}/meters", view.facility_slug), "Main meters and their readings")}</dd>
            </dl>
        </section>
    }
    .into_any()
}

/// The quarter hours, each leading to its readings.
fn quarters(page: &Zoned<DerivationView>) -> Option<AnyView> {
    let view = &page.view;
    let p = &view.performance;
    if view.intervals.is_empty() {
        return None;
    }
    let base = format!("/f/{}/savings/{}/{}", view.facility_slug, p.metric_type.as_str(), p.day);
    let row = |i: &SavingsInterval| {
        let start = i.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let name = format!("{} {}", format::clock(page.clock.local(i.start)), page.clock.name(i.start));
        let money = i.money.map_or_else(|| format::MISSING.to_owned(), |m| decimal(m, 4));
        vec![
            link(format!("{base}/{start}"), name),
            amount(i.counterfactual, &p.unit).into_any(),
            amount(i.actual, &p.unit).into_any(),
            amount(i.avoided, &p.unit).into_any(),
            format!("{money} {}", p.currency).into_any(),
            i.quality.label().into_any(),
        ]
    };
    let rows = view.intervals.iter().map(row).collect();
    let columns = vec![
        text("From"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        numeric("Worth"),
        text("Quality"),
    ];
    Some(
        view! {
            <section class="card">
                <details class="disclose">
                    <summary>"Every quarter hour, down to its readings"</summary>
                    <Table caption="Quarter hours of the day" columns rows />
                </details>
            </section>
        }
        .into_any(),
    )
}

/// Weather and drivers that went into the model.
fn conditions(view: &DerivationView) -> Option<AnyView> {
    let newest = view.revisions.first()?;
    let conditions = newest.inputs.get("conditions")?;
    let number = |v: &Value| v.as_f64().map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 2));
    let mut rows = vec![vec![
        "Outdoor temperature, °C".to_owned().into_any(),
        number(conditions.get("temperature_c").unwrap_or(&Value::Null)).into_any(),
    ]];
    for (name, value) in conditions.get("drivers").and_then(Value::as_object).into_iter().flatten() {
        rows.push(vec![name.clone().into_any(), number(value).into_any()]);
    }
    let expected = newest.inputs.get("expected_day").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(
        view! {
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"What the model was told"</h2>
                        <p>{format!("With these the baseline model expects {expected} {} for the whole day.", view.performance.unit)}</p>
                    </div>
                </div>
                <Table caption="Conditions of the day" columns=vec![text("Condition"), numeric("Value")] rows />
            </section>
        }
        .into_any(),
    )
}

fn history(page: &Zoned<DerivationView>) -> AnyView {
    let view = &page.view;
    if view.revisions.is_empty() {
        return view! {
            <Notice weight=Weight::Info title="The day is running.">
                <p>"Its figures change with every closed quarter hour. When it is over they are kept with everything they were computed from."</p>
            </Notice>
        }
        .into_any();
    }
    let field = |r: &Revision, name: &str| {
        let text = r.result.get(name).and_then(Value::as_str).unwrap_or(format::MISSING);
        text.parse::<Decimal>().map_or_else(|_| text.to_owned(), |v| decimal(v, 3))
    };
    let rows = view
        .revisions
        .iter()
        .map(|r| {
            vec![
                {
                    let (id, href) = (format!("r{}", r.id), format!("/x/{}", r.id));
                    view! { <a id=id href=href>{r.revision.to_string()}</a> }.into_any()
                },
                format::stamp(page.clock.local(r.computed_at)).into_any(),
                r.reason.clone().into_any(),
                field(r, "baseline_value").into_any(),
                field(r, "actual_value").into_any(),
                field(r, "savings_value").into_any(),
                view! { <code class="hash">{r.inputs_sha256.chars().take(16).collect::<String>()}</code> }
                    .into_any(),
            ]
        })
        .collect();
    let columns = vec![
        text("Revision"),
        text("Computed"),
        text("Because of"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        text("Inputs"),
    ];
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Every value this day had"</h2>
                    <p>{format!("In {}. A later one never erases an earlier one; the link of each stays.", view.performance.unit)}</p>
                </div>
            </div>
            <Table caption="Revisions of this day" columns rows />
        </section>
    }
    .into_any()
}
