//! Performance reports of a facility: a list, and a form that makes one.

use super::baselines::outcome;
use super::param;
use crate::api::Zoned;
use crate::api::reports::get_reports;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::table::{Table, text};
use crate::format;
use chrono::{Datelike, Months, NaiveDate};
use domain::access::{Permission, Role};
use domain::report::view::{ReportRow, ReportsView, ScheduleRow};
use domain::report::{Delimiter, Format, Paper};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Reports() -> impl IntoView {
    let slug = param("facility");
    let reports = Resource::new(move || slug.get(), get_reports);
    load_page(reports, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<ReportsView>) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let list = if view.reports.is_empty() {
        view! {
            <Empty title="No report yet" reason="A report holds a month's savings with everything they rest on. Make the first one above."></Empty>
        }
        .into_any()
    } else {
        table(page)
    };
    view! {
        <div class="page">
            <PageHead title="Reports" crumbs=crumbs sub="What was saved, frozen when the report is made: to file, to send, to check." />
            {outcome()}
            {form(view)}
            {schedules(page)}
            {list}
        </div>
    }
    .into_any()
}

fn form(view: &ReportsView) -> AnyView {
    let action = format!("/f/{}/reports", view.facility_slug);
    let months = last_months(view.today)
        .into_iter()
        .map(|month| view! { <option value=month.to_string()>{month.format("%Y-%m").to_string()}</option> })
        .collect_view();
    let papers =
        Paper::ALL.iter().map(|p| view! { <option value=p.as_str()>{p.label()}</option> }).collect_view();
    let delimiters =
        Delimiter::ALL.iter().map(|d| view! { <option value=d.as_str()>{d.label()}</option> }).collect_view();
    view! {
        <section class="card">
            <h2>"Make a report"</h2>
            <form method="post" action=action class="form-row">
                <div class="field">
                    <label for="month">"Month"</label>
                    <select id="month" name="month">{months}</select>
                </div>
                <div class="field">
                    <label for="paper">"Paper"</label>
                    <select id="paper" name="paper">{papers}</select>
                </div>
                <div class="field">
                    <label for="decimal">"Decimals"</label>
                    <select id="decimal" name="decimal">
                        <option value="point">"1,234.5"</option>
                        <option value="comma">"1.234,5"</option>
                    </select>
                </div>
                <div class="field">
                    <label for="delimiter">"CSV cells end with"</label>
                    <select id="delimiter" name="delimiter">{delimiters}</select>
                </div>
                <button class="button primary" type="submit">"Make the report"</button>
            </form>
            <p class="hint">"It takes a few seconds. The month that is running can be reported as well; its figures are as they stand."</p>
        </section>
    }
    .into_any()
}

/// Reports that are made by themselves, and a form for one.
fn schedules(page: &Zoned<ReportsView>) -> AnyView {
    let view = &page.view;
    let action = format!("/f/{}/reports/schedules", view.facility_slug);
    let item = |one: &ScheduleRow| {
        let roles: Vec<&str> = one.tell.iter().map(|role| role.label()).collect();
        let text = format!(
            "On day {} of every month, of the month before, for {}. Next: {}, on {}.",
            one.day,
            roles.join(", "),
            one.next_month.format("%Y-%m"),
            format::stamp(page.clock.local(one.due_at))
        );
        let error = one.error.clone().map(|error| view! { <Notice weight=Weight::Warn title=error /> });
        let delete = format!("{action}/{}/delete", one.id);
        view! {
            <li class="stack">
                <p>{text}</p>
                {error}
                <form method="post" action=delete class="row"><span class="note">{format!("by {}", one.created_by)}</span><button class="button small" type="submit">"Stop"</button></form>
            </li>
        }
    };
    let items = view.schedules.iter().map(item).collect_view();
    let roles = [Role::Owner, Role::Finance, Role::Operations, Role::Viewer]
        .into_iter()
        .map(|role| {
            let chosen = matches!(role, Role::Owner | Role::Finance);
            view! { <label class="check"><input type="checkbox" name=role.as_str() value="yes" checked=chosen /> {role.label()}</label> }
        })
        .collect_view();
    let papers =
        Paper::ALL.iter().map(|p| view! { <option value=p.as_str()>{p.label()}</option> }).collect_view();
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"Every month by itself"</h2><p>"The month before is reported at six in the morning, and people with these roles get a mail with its address."</p></div></div>
            <ul class="stack">{items}</ul>
            <form method="post" action=action.clone() class="form-row">
                <div class="field">
                    <label for="day">"Day of the month"</label>
                    <input id="day" name="day" type="number" min="1" max="28" value="2" required />
                </div>
                <div class="field">
                    <label for="schedule-paper">"Paper of the PDF"</label>
                    <select id="schedule-paper" name="paper">{papers}</select>
                </div>
                <fieldset class="row"><legend>"For"</legend>{roles}</fieldset>
                <button class="button" type="submit">"Have it made"</button>
            </form>
        </section>
    }
    .into_any()
}

/// First days of this month and the 23 before it, newest first; the last whole month is what is asked for most.
fn last_months(today: NaiveDate) -> Vec<NaiveDate> {
    let first = today.with_day(1).unwrap_or(today);
    let mut months: Vec<NaiveDate> =
        (0..24).filter_map(|n| first.checked_sub_months(Months::new(n))).collect();
    if months.len() > 1 {
        months.swap(0, 1);
    }
    months
}

/// Links to every document of a report.
pub(super) fn documents(slug: &str, id: &str, bundled: bool) -> Vec<AnyView> {
    Format::ALL
        .iter()
        .filter(|format| bundled || **format != Format::Bundle)
        .map(|format| {
            let href = format!("/f/{slug}/reports/{id}/{}", format.as_str());
            view! { <a class="button small" href=href download rel="external">{format.label()}</a> }
                .into_any()
        })
        .collect()
}

fn table(page: &Zoned<ReportsView>) -> AnyView {
    let view = &page.view;
    let row = |report: &ReportRow| {
        let id = report.id.to_string();
        let last = report.until.pred_opt().unwrap_or(report.until);
        let files = documents(&view.facility_slug, &id, report.bundled);
        vec![
            link(format!("/f/{}/reports/{id}", view.facility_slug), format!("{} to {last}", report.from)),
            format::stamp(page.clock.local(report.created_at)).into_any(),
            report.created_by.clone().into_any(),
            view! { <code class="hash">{report.pdf_sha256.chars().take(16).collect::<String>()}</code> }
                .into_any(),
            view! { <div class="row">{files}</div> }.into_any(),
        ]
    };
    let rows = view.reports.iter().map(row).collect();
    let columns = vec![text("Days"), text("Made"), text("By"), text("SHA-256 of the PDF"), text("Take away")];
    view! {
        <section class="card">
            <h2>"Reports"</h2>
            <Table caption="Reports, newest first" columns rows />
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_month_is_offered_first() {
        let months = last_months("2026-03-31".parse().unwrap());
        let named: Vec<String> = months.iter().take(3).map(ToString::to_string).collect();
        assert_eq!(named, ["2026-02-01", "2026-03-01", "2026-01-01"]);
        assert_eq!(months.len(), 24);
    }
}
