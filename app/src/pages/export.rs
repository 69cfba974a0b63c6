//! Exporting a facility's data: a plain form. Short files come at once, long ones wait in the download centre.

use super::baselines::outcome;
use super::{param, query};
use crate::api::exports::get_export;
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::page::{PageHead, in_facility, link};
use chrono::{Datelike, Days, Months, NaiveDate};
use domain::access::Permission;
use domain::export::{ExportView, FileKind, Rows};
use domain::range::Granularity;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Export() -> impl IntoView {
    let (slug, point, rows) = (param("facility"), query("point"), query("rows"));
    let view = Resource::new(move || slug.get(), get_export);
    load_page(view, Permission::ViewFacility, move |view| {
        content(&view, &point.get_untracked(), &rows.get_untracked())
    })
}

/// The month before this one, both days included.
fn last_month(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = today.with_day(1).unwrap_or(today);
    let from = first.checked_sub_months(Months::new(1)).unwrap_or(first);
    (from, first.checked_sub_days(Days::new(1)).unwrap_or(first))
}

fn content(view: &ExportView, point: &str, rows: &str) -> AnyView {
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Meters & points", "meters")]);
    let action = format!("/f/{}/export", view.facility_slug);
    let chosen = Rows::parse(rows).unwrap_or_default();
    let what = Rows::ALL
        .iter()
        .map(|r| view! { <option value=r.as_str() selected=*r == chosen>{r.label()}</option> })
        .collect_view();
    let widths = Granularity::ALL
        .iter()
        .map(|g| {
            let usual = *g == Granularity::QuarterHour;
            view! { <option value=g.as_str() selected=usual>{g.as_str()}</option> }
        })
        .collect_view();
    let points = view
        .points
        .iter()
        .map(|(id, name)| {
            let id = id.to_string();
            view! { <option value=id.clone() selected=id == point>{name.clone()}</option> }
        })
        .collect_view();
    let kinds = FileKind::ALL
        .iter()
        .map(|kind| view! { <option value=kind.as_str()>{kind.label()}</option> })
        .collect_view();
    let (from, to) = last_month(view.today);
    let zone = format!("Whole local days, both included; {}.", view.time_zone);
    view! {
        <div class="page">
            <PageHead title="Export data" crumbs=crumbs sub="Every row of any range, with all digits.">
                {link("/downloads", "Downloads")}
            </PageHead>
            {outcome()}
            <section class="card">
                <form class="form" method="post" action=action>
                    <div class="field">
                        <label for="rows">"What"</label>
                        <select id="rows" name="rows">{what}</select>
                    </div>
                    <div class="form-row">
                        <div class="field">
                            <label for="interval">"Width of intervals"</label>
                            <select id="interval" name="interval">{widths}</select>
                        </div>
                        <div class="field grow">
                            <label for="point">"Point"</label>
                            <select id="point" name="point"><option value="">"All points in service"</option>{points}</select>
                        </div>
                    </div>
                    <p class="hint">"Readings have no width; savings neither width nor point."</p>
                    <div class="form-row">
                        <Field label="First day" name="from" kind="date" value=from.to_string() />
                        <Field label="Last day" name="to" kind="date" value=to.to_string() />
                    </div>
                    <p class="hint">{zone}</p>
                    <div class="field">
                        <label for="kind">"File"</label>
                        <select id="kind" name="kind">{kinds}</select>
                    </div>
                    <div><button class="button primary" type="submit">"Export"</button></div>
                    <p class="hint">"Up to 100,000 rows come at once. More are made in the background and wait for a week under " <a href="/downloads">"Downloads"</a> "."</p>
                </form>
            </section>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::last_month;

    #[test]
    fn the_month_before() {
        let (from, to) = last_month("2026-03-31".parse().unwrap());
        assert_eq!((from.to_string(), to.to_string()), ("2026-02-01".to_owned(), "2026-02-28".to_owned()));
    }
}
