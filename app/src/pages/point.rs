//! One point: its series over a range, as chart, table and CSV, with its gaps.

use super::{param, query};
use crate::api::Zoned;
use crate::api::facilities::get_series;
use crate::charts::series::{plot, summary, table};
use crate::components::chart_card::ChartCard;
use crate::components::live::{LiveChip, LiveFigure, follow};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, choice, in_facility, link};
use crate::components::range::{RangeBar, with_range};
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::components::table::{Table, numeric, text};
use crate::error::{ApiError, Code};
use crate::format::{self, Figure};
use crate::live::use_live;
use domain::access::Permission;
use domain::id::PointId;
use domain::range::Granularity;
use domain::series::{SeriesView, Shape};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Point() -> impl IntoView {
    let (facility, point) = (param("facility"), param("point"));
    let (range, interval) = (query("range"), query("interval"));
    let series = Resource::new(
        move || (facility.get(), point.get(), range.get(), interval.get()),
        |(facility, point, range, interval)| async move {
            let point: PointId = point.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            match get_series(facility.clone(), point, range, interval.clone()).await {
                // A range that cannot be shown is said so above the default one.
                Err(error) if error.code == Code::Invalid => {
                    let usual = get_series(facility, point, String::new(), String::new()).await?;
                    Ok((usual, Some(error.message)))
                }
                answer => Ok((answer?, None)),
            }
        },
    );
    load_page(series, Permission::ViewFacility, |(series, refused)| content(&series, refused))
}

fn content(series: &Zoned<SeriesView>, refused: Option<String>) -> AnyView {
    let view = &series.view;
    let (head, point) = (&view.facility, &view.row.point);
    let live = use_live(vec![head.id]);
    let crumbs = in_facility(&head.slug, &head.name, &[("Meters & points", "meters")]);
    let place = point.zone.as_ref().map_or_else(|| "Facility-wide".to_owned(), |z| z.1.clone());
    let sub = format!("{} · {place}", point.metric.label());
    let path = format!("/f/{}/meters/{}", head.slug, point.id);
    let csv = format!(
        "/f/{}/points/{}.csv?range={}&interval={}",
        head.slug,
        point.id,
        view.range,
        view.window.granularity.as_str()
    );
    let export = format!("/f/{}/export?point={}", head.slug, point.id);
    let note = format!("Time: {}. Intervals of {}.", series.clock.zone, view.window.granularity.as_str());
    let lighter =
        if view.shape == Shape::Bars { " Lighter bars are estimated or still running." } else { "" };
    let widths = intervals(view, &path);
    let refused = refused.map(|text| view! { <Notice weight=Weight::Error title=text announce=true /> });
    view! {
        <div class="page">
            <PageHead title=point.name.clone() crumbs=crumbs sub=sub>
                {link(export, "Export data")}
                <LiveChip live />
            </PageHead>
            {refused}
            {figures(series, live)}
            <RangeBar path=path.clone() current=view.range.clone() keep=keep(view) window=view.window now=view.as_of />
            <ChartCard
                title=format!("{} over this range", point.metric.label())
                summary=summary(view, &series.clock)
                plot=plot(view, &series.clock, None)
                table=table(view, &series.clock)
                csv=csv
                note=format!("{note}{lighter}")
                size="l"
            >
                {widths}
            </ChartCard>
            {gaps(series)}
        </div>
    }.into_any()
}

/// An interval width other than the usual one stays when the range changes.
fn keep(view: &SeriesView) -> Vec<(&'static str, String)> {
    if Granularity::for_span(view.window.end - view.window.start) == view.window.granularity {
        return Vec::new();
    }
    vec![("interval", view.window.granularity.as_str().to_owned())]
}

/// The interval widths that fit the range.
fn intervals(view: &SeriesView, path: &str) -> AnyView {
    let span = (view.window.end - view.window.start).num_seconds();
    let choices = Granularity::ALL
        .into_iter()
        .filter(|g| g.seconds() <= span && span / g.seconds() <= domain::range::MAX_INTERVALS)
        .map(|g| {
            let href = with_range(path, &[("interval", g.as_str().to_owned())], &view.range);
            choice(href, g.as_str(), g == view.window.granularity)
        })
        .collect_view();
    view! { <nav class="segmented" aria-label="Interval">{choices}</nav> }.into_any()
}

fn figures(series: &Zoned<SeriesView>, live: crate::live::Live) -> AnyView {
    let view = &series.view;
    let row = &view.row;
    let fresh = follow(live, row.point.metric, row.latest.as_ref(), view.as_of);
    let label = if view.shape == Shape::Bars { "Register now" } else { "Now" };
    let total = view.total.map(|t| Figure {
        value: crate::charts::series::brief(t, u32::from(view.decimals)),
        unit: format::display_unit(row.point.metric).1,
    });
    let total = total.map(|t| stat(Style::Hero, "In this range", figure_or_missing(Some(t))));
    let covered = |share: f64| Figure { value: format::percent(share), unit: "" };
    view! {
        <dl class="stats">
            {stat(Style::Hero, label, view! { <LiveFigure fresh /> })}
            {total}
            {stat(Style::Hero, "Covered, 24 h", figure_or_missing(row.coverage_24h.map(covered)))}
            {stat(Style::Hero, "Covered, 30 days", figure_or_missing(row.coverage_30d.map(covered)))}
            {stat(Style::Hero, "In quarantine", figure_or_missing(Some(Figure { value: format::count(i64::from(row.held)), unit: "" })))}
        </dl>
    }.into_any()
}

fn gaps(series: &Zoned<SeriesView>) -> AnyView {
    let view = &series.view;
    let stamp = |at| format!("{} {}", format::stamp(series.clock.local(at)), series.clock.name(at));
    let body = if view.gaps.is_empty() {
        view! { <p class="muted">"None in this range."</p> }.into_any()
    } else {
        let rows = view
            .gaps
            .iter()
            .map(|gap| {
                vec![
                    stamp(gap.start).into_any(),
                    stamp(gap.end).into_any(),
                    format::duration(gap.missing_s).into_any(),
                ]
            })
            .collect();
        view! { <Table caption="Gaps in this range" columns=vec![text("From"), text("To"), numeric("Missing")] rows /> }
            .into_any()
    };
    if view.row.latest.is_none() {
        return view! {
            <Empty
                title="This point has never reported"
                reason="Readings appear as soon as the gateway sends them. If it should have by now, check the sensor and the gateway's point map."
            />
        }
        .into_any();
    }
    view! { <section class="card"><h2>"Gaps"</h2>{body}</section> }.into_any()
}
