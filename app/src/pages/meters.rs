//! Meters and points of a facility with the health of their data.

use super::{param, query};
use crate::api::Zoned;
use crate::api::facilities::get_points;
use crate::components::badge::{Tone, badge};
use crate::components::live::{Fresh, LiveChip, follow};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::figure_or_missing;
use crate::components::table::{Table, numeric, text};
use crate::format;
use crate::live::{Live, use_live};
use domain::access::Permission;
use domain::point::Kind;
use domain::series::{PointRow, PointsView};
use leptos::prelude::*;
use leptos_router::components::Form;

/// Coverage below which a point counts as having gaps.
const WHOLE: f64 = 0.99;

/// What the list can be narrowed to.
const SHOWS: [(&str, &str); 4] =
    [("", "All points"), ("silent", "Silent"), ("gaps", "With gaps"), ("quarantine", "With quarantine")];

/// The page.
#[component]
pub fn Meters() -> impl IntoView {
    let slug = param("facility");
    let points = Resource::new(move || slug.get(), get_points);
    load_page(points, Permission::ViewFacility, content)
}

fn content(first: Zoned<PointsView>) -> AnyView {
    let head = first.view.facility.clone();
    let live = use_live(vec![head.id]);
    let crumbs = in_facility(&head.slug, &head.name, &[]);
    let all = first.view.points.len();
    if all == 0 {
        return view! {
            <div class="page">
                <PageHead title="Meters & points" crumbs=crumbs />
                <Empty
                    title="No points yet"
                    reason="Every meter register and sensor of this facility will be listed here with its newest value and the gaps in its data. Your vendor's engineer adds them with the gateway's point map."
                />
            </div>
        }
        .into_any();
    }
    let (search, show) = (query("q"), query("show"));
    let path = format!("/f/{}/meters", head.slug);
    let (action, export) = (path.clone(), format!("/f/{}/export", head.slug));
    let silent = first.view.points.iter().filter(|p| silent(p)).count();
    let warning = (silent > 0).then(|| {
        let n = format::counted(silent, "point is", "points are");
        let them = link(format!("{path}?show=silent"), "Show them");
        view! {
            <Notice weight=Weight::Warn title=format!("{n} silent: the newest value is older than three intervals.")>
                <p>{them}</p>
            </Notice>
        }
    });
    let list = move || rows(&first, &search.get(), &show.get(), live);
    view! {
        <div class="page">
            <PageHead title="Meters & points" crumbs=crumbs sub=format::counted(all, "point", "points")>
                {link(export, "Export data")}
                <LiveChip live />
            </PageHead>
            {warning}
            <section class="card">
                {filter(action, search, show)}
                {list}
            </section>
        </div>
    }
    .into_any()
}

fn filter(action: String, search: Memo<String>, show: Memo<String>) -> AnyView {
    let options = SHOWS
        .into_iter()
        .map(
            |(name, label)| view! { <option value=name selected=move || show.get() == name>{label}</option> },
        )
        .collect_view();
    view! {
        <Form method="GET" action=action attr:class="form-row" attr:role="search">
            <div class="field grow">
                <label for="q">"Name, room or metric"</label>
                <input id="q" name="q" type="search" autocomplete="off" value=move || search.get() />
            </div>
            <div class="field">
                <label for="show">"Show"</label>
                <select id="show" name="show">{options}</select>
            </div>
            <button class="button" type="submit">"Filter"</button>
        </Form>
    }
    .into_any()
}

fn silent(row: &PointRow) -> bool {
    row.latest.as_ref().map_or(row.point.kind != Kind::Delta, |l| l.stale)
}

/// Whether a row is among those asked for.
fn wanted(row: &PointRow, search: &str, show: &str) -> bool {
    let point = &row.point;
    let room = point.zone.as_ref().map_or("", |z| z.1.as_str());
    let text = format!("{} {room} {}", point.name, point.metric.label()).to_lowercase();
    let listed = match show {
        "silent" => silent(row),
        "gaps" => row.coverage_24h.is_some_and(|c| c < WHOLE) || !row.gaps_24h.is_empty(),
        "quarantine" => row.held > 0,
        _ => true,
    };
    listed && search.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn rows(page: &Zoned<PointsView>, search: &str, show: &str, live: Live) -> AnyView {
    let view = &page.view;
    let found: Vec<&PointRow> = view.points.iter().filter(|row| wanted(row, search, show)).collect();
    if found.is_empty() {
        let label = SHOWS.into_iter().find(|(name, _)| *name == show).map_or("All points", |s| s.1);
        let sought = if search.is_empty() { String::new() } else { format!(", “{search}”") };
        let all = link(format!("/f/{}/meters", view.facility.slug), "Remove the filters");
        return view! {
            <Empty title="Nothing matches" reason=format!("Active filters: {label}{sought}.")>
                {all}
            </Empty>
        }
        .into_any();
    }
    let columns = vec![
        text("Point"),
        text("Room"),
        text("Metric"),
        numeric("Newest"),
        text("Last seen"),
        text("24 h"),
        text("30 days"),
        text("Gaps, 24 h"),
        text("Quarantine"),
    ];
    let rows = found.into_iter().map(|row| cells(row, page, live)).collect();
    view! { <Table caption="Points of this facility" columns rows /> }.into_any()
}

fn cells(row: &PointRow, page: &Zoned<PointsView>, live: Live) -> Vec<AnyView> {
    let point = &row.point;
    let href = format!("/f/{}/meters/{}", page.view.facility.slug, point.id);
    let fresh = follow(live, point.metric, row.latest.as_ref(), page.view.as_of);
    let newest = move || figure_or_missing(fresh.with(|f| f.value.map(|v| format::reading(f.metric, v))));
    let gaps: i64 = row.gaps_24h.iter().map(|g| g.missing_s).sum();
    vec![
        link(href, point.name.as_str()),
        view! { <span class="nowrap">{point.zone.as_ref().map_or_else(|| "Facility".to_owned(), |z| z.1.clone())}</span> }
            .into_any(),
        point.metric.label().into_any(),
        newest.into_any(),
        last_seen(fresh).into_any(),
        coverage(row.coverage_24h).into_any(),
        coverage(row.coverage_30d).into_any(),
        if row.gaps_24h.is_empty() {
            "none".into_any()
        } else {
            format!("{} ({})", row.gaps_24h.len(), format::duration(gaps)).into_any()
        },
        if row.held == 0 { "none".into_any() } else { badge(Tone::Warn, row.held.to_string()).into_any() },
    ]
}

fn last_seen(fresh: Memo<Fresh>) -> impl IntoView {
    let state = Memo::new(move |_| {
        fresh.with(|f| {
            (
                f.value.is_some(),
                f.stale(),
                if f.value.is_some() { format::age(f.age_s) } else { "never".into() },
            )
        })
    });
    move || match state.get() {
        (true, false, age) => age.into_any(),
        (_, _, age) => badge(Tone::Warn, age).into_any(),
    }
}

/// Coverage as a bar with its figure.
fn coverage(share: Option<f64>) -> AnyView {
    let Some(share) = share else {
        return view! { <span class="note">"on events"</span> }.into_any();
    };
    let width = format!("inline-size:{:.1}%", share.clamp(0.0, 1.0) * 100.0);
    view! {
        <span class="coverage">
            <span class="track" aria-hidden="true"><span style=width></span></span>
            <span class="nowrap">{format::percent(share)}</span>
        </span>
    }
    .into_any()
}
