//! One import: what the file holds, what it would change, and the decision.

use super::param;
use crate::api::Zoned;
use crate::api::imports::get_import;
use crate::api::session::{Session, get_session};
use crate::charts::series::decimal;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility};
use crate::components::stat::{Style, figure, stat};
use crate::components::table::{Table, numeric, text};
use crate::error::{ApiError, Code};
use crate::format::{self, Figure};
use crate::pages::imports::{outcome, state_badge};
use domain::access::Permission;
use domain::id::ImportId;
use domain::utility::{
    Changes, Commodity, FileFormat, Flow, ImportState, ImportView, Refusal, Remark, SeriesPreview, Statement,
    Unit,
};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Import() -> impl IntoView {
    let (facility, id) = (param("facility"), param("id"));
    let import = Resource::new(
        move || (facility.get(), id.get()),
        |(facility, id)| async move {
            let id: ImportId = id.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            Ok((get_import(facility, id).await?, get_session().await?))
        },
    );
    load_page(import, Permission::ViewFacility, |(import, session)| content(&import, &session))
}

/// An amount in the unit people read it in, with that unit.
pub fn amount(value: Decimal, unit: Unit) -> String {
    match unit {
        Unit::WattHour => format!("{}\u{a0}kWh", decimal(value / Decimal::from(1_000), 2)),
        Unit::Watt => format!("{}\u{a0}kW", decimal(value / Decimal::from(1_000), 3)),
        other => format!("{}\u{a0}{}", decimal(value, 2), other.symbol()),
    }
}

/// “Electricity, delivered”.
pub fn flow_text(commodity: Commodity, flow: Flow) -> String {
    match flow {
        Flow::NotStated => commodity.label().to_owned(),
        _ => format!("{}, {}", commodity.label(), flow.label().to_lowercase()),
    }
}

/// “2,208 new, 12 corrected”.
pub fn changes_text(changes: &Changes) -> String {
    let parts: Vec<String> = [
        (changes.new, "new"),
        (changes.corrected, "corrected"),
        (changes.same, "unchanged"),
        (changes.older, "older than stored"),
        (changes.conflicting, "conflicting"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{} {word}", format::count(i64::from(n))))
    .collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn content(page: &Zoned<ImportView>, session: &Session) -> AnyView {
    let view = &page.view;
    let slug = view.facility_slug.clone();
    let crumbs = in_facility(&slug, &view.facility_name, &[("Utility data", "import")]);
    let by = view
        .created_by
        .as_ref()
        .map_or_else(|| "from the command line".to_owned(), |name| format!("by {name}"));
    let sub = format!("Uploaded {} {by}", format::stamp(page.clock.local(view.created_at)));
    let decision =
        (view.state == ImportState::Draft && session.may(Permission::ImportData)).then(|| decision(view));
    let state = state_badge(view.state);
    let set_up = (view.state == ImportState::Mapping).then(|| {
        let href = format!("/f/{slug}/imports/{}/set-up", view.id);
        view! {
            <Notice weight=Weight::Info title="It is not said yet how to read this table.">
                <p><a class="button primary" href=href>"Continue"</a></p>
            </Notice>
        }
    });
    let series = view.preview.series.iter().map(|s| series_card(s, page)).collect_view();
    let refusals = view.preview.refusals.iter().map(refusal).collect_view();
    view! {
        <div class="page">
            <PageHead title=view.file_name.clone() crumbs=crumbs sub=sub>
                {state}
            </PageHead>
            {outcome()}
            {view.preview.refused.as_ref().map(refusal)}
            {refusals}
            {remarks(&view.preview.remarks, page)}
            {set_up}
            {decision}
            {series}
            {statements(&view.preview.statements, page)}
            <section class="card">
                <h2>"File"</h2>
                <dl class="facts">
                    <dt>"Size"</dt><dd>{format!("{} bytes", format::count(i64::try_from(view.bytes).unwrap_or(i64::MAX)))}</dd>
                    <dt>"SHA-256"</dt><dd class="hash">{view.sha256.clone()}</dd>
                </dl>
            </section>
        </div>
    }.into_any()
}

/// What would happen, and the two ways to go on.
fn decision(view: &ImportView) -> AnyView {
    let base = format!("/f/{}/imports/{}", view.facility_slug, view.id);
    let total = view.preview.changes();
    let series = format::counted(view.preview.series.len(), "series", "series");
    let again = (view.format != FileFormat::GreenButton).then(|| {
        view! {
            <form method="post" action=format!("{base}/back/rows")>
                <button class="button" type="submit">"Change how it is read"</button>
            </form>
        }
    });
    let what = if view.preview.series.is_empty() {
        "Nothing is stored until you confirm.".to_owned()
    } else {
        format!("{series}: {} intervals. Nothing is stored until you confirm.", changes_text(&total))
    };
    view! {
        <section class="card" aria-labelledby="decision">
            <div>
                <h2 id="decision">"Import this file?"</h2>
                <p class="muted">{what}</p>
            </div>
            <div class="row">
                <form method="post" action=format!("{base}/confirm")>
                    <button class="button primary" type="submit">"Confirm import"</button>
                </form>
                <form method="post" action=format!("{base}/discard")>
                    <button class="button" type="submit">"Discard"</button>
                </form>
                {again}
            </div>
        </section>
    }
    .into_any()
}

fn refusal(refusal: &Refusal) -> AnyView {
    let Refusal { subject, element, reason, advice } = refusal.clone();
    view! {
        <Notice weight=Weight::Error title=format!("{subject}: refused")>
            <p>{reason}</p>
            <p class="hint">"Element " <code>{element}</code></p>
            <p>{advice}</p>
        </Notice>
    }
    .into_any()
}

fn remarks(list: &[Remark], page: &Zoned<ImportView>) -> Option<AnyView> {
    if list.is_empty() {
        return None;
    }
    let items = list
        .iter()
        .map(|remark| {
            let readings = (remark.readings > 0)
                .then(|| format!(" · {}", format::counted(remark.readings as usize, "reading", "readings")));
            let first = remark.first.map(|at| format!(", first at {}", format::stamp(page.clock.local(at))));
            view! {
                <li>
                    {remark.text.clone()}
                    <span class="hint">" " <code>{remark.element.clone()}</code> {readings} {first}</span>
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <Notice weight=Weight::Warn title="Worth knowing">
                <ul class="stack">{items}</ul>
            </Notice>
        }
        .into_any(),
    )
}

fn series_card(series: &SeriesPreview, page: &Zoned<ImportView>) -> AnyView {
    let stamp = |at| format!("{} {}", format::stamp(page.clock.local(at)), page.clock.name(at));
    let title = match series.series {
        Some(id) => {
            let href = format!("/f/{}/utility/{id}", page.view.facility_slug);
            view! { <a href=href>{series.name.clone()}</a> }.into_any()
        }
        None => series.name.clone().into_any(),
    };
    let text_figure = |value: String| figure(Figure { value, unit: "" });
    let total = series.total.map(|t| stat(Style::Plain, "Total", text_figure(amount(t, series.unit))));
    let cost = series.cost.zip(series.currency.clone()).map(|(cost, currency)| {
        stat(Style::Plain, "Cost", text_figure(format!("{}\u{a0}{currency}", decimal(cost, 2))))
    });
    let quality = series.quality;
    let width = series.interval_s.map_or_else(|| "not stated".to_owned(), |s| format::duration(i64::from(s)));
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>{title}</h2>
                    <p>{flow_text(series.commodity, series.flow)}</p>
                </div>
            </div>
            <dl class="stats">
                {stat(Style::Plain, "Intervals", text_figure(format::count(i64::from(series.intervals))))}
                {total}
                {cost}
            </dl>
            <dl class="facts">
                <dt>"From"</dt><dd>{stamp(series.from)}</dd>
                <dt>"To"</dt><dd>{stamp(series.to)}</dd>
                <dt>"Interval"</dt><dd>{width}</dd>
                <dt>"Quality"</dt>
                <dd>{format!("{} measured, {} estimated, {} questionable", quality.measured, quality.estimated, quality.questionable)}</dd>
                <dt>"Changes"</dt><dd>{changes_text(&series.changes)}</dd>
            </dl>
            {gaps(series, page)}
            {remarks(&series.left_out, page)}
            {remarks(&series.remarks, page)}
            {remarks(&series.conflicts, page)}
        </section>
    }.into_any()
}

fn gaps(series: &SeriesPreview, page: &Zoned<ImportView>) -> Option<AnyView> {
    if series.gaps.is_empty() {
        return None;
    }
    let stamp = |at| format::stamp(page.clock.local(at));
    let rows = series.gaps.iter().map(|g| {
        vec![
            stamp(g.start).into_any(),
            stamp(g.end).into_any(),
            format::duration((g.end - g.start).num_seconds()).into_any(),
        ]
    });
    let rows = rows.collect();
    let title = format::counted(series.gap_count as usize, "gap", "gaps");
    Some(view! {
        <details class="disclose">
            <summary>{title}</summary>
            <Table caption="Gaps in the series" columns=vec![text("From"), text("To"), numeric("Length")] rows />
        </details>
    }.into_any())
}

fn statements(list: &[Statement], page: &Zoned<ImportView>) -> Option<AnyView> {
    if list.is_empty() {
        return None;
    }
    let rows = list
        .iter()
        .flat_map(|statement| {
            let period = statement.period.as_ref().map_or_else(
                || format::MISSING.to_owned(),
                |p| {
                    let day = |at| format::day(page.clock.local(at));
                    format!("{} to {}", day(p.start), day(p.end))
                },
            );
            statement.items.iter().map(move |item| {
                let shown = match item.unit.as_str() {
                    "Wh" => amount(item.value, Unit::WattHour),
                    unit => format!("{}\u{a0}{unit}", decimal(item.value, 2)),
                };
                vec![
                    statement.name.clone().into_any(),
                    period.clone().into_any(),
                    item.label.clone().into_any(),
                    shown.into_any(),
                ]
            })
        })
        .collect();
    Some(view! {
        <section class="card">
            <div>
                <h2>"What the file's own bill says"</h2>
                <p class="muted">"For comparison with the totals above."</p>
            </div>
            <Table caption="Bill summaries in the file" columns=vec![text("Bill"), text("Period"), text("Item"), numeric("Amount")] rows />
        </section>
    }.into_any())
}
