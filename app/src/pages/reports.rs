//! Performance reports of a facility: a list, what is being made, templates, and those made every month.

use super::baselines::outcome;
use super::param;
use crate::api::Zoned;
use crate::api::jobs::get_jobs;
use crate::api::reports::get_reports;
use crate::components::jobs::{actions, look_again, refresh, state};
use crate::components::load::{Fetched, load_card, load_page};
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::table::{Table, text};
use crate::format;
use domain::access::{Permission, Role};
use domain::jobs::JobRow;
use domain::report::view::{ReportRow, ReportsView, ScheduleRow, TemplateRow};
use domain::report::{Format, Paper};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Reports() -> impl IntoView {
    let slug = param("facility");
    let reports = Resource::new(move || slug.get(), get_reports);
    load_page(reports, Permission::ViewFacility, move |page| content(&page, reports))
}

fn content(page: &Zoned<ReportsView>, reports: Fetched<Zoned<ReportsView>>) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let new = format!("/f/{}/reports/new", view.facility_slug);
    let list = if view.reports.is_empty() {
        view! {
            <Empty title="No report yet" reason="A report holds a month's savings with everything they rest on. Make the first one with “New report”."></Empty>
        }
        .into_any()
    } else {
        table(page)
    };
    view! {
        <div class="page">
            <PageHead title="Reports" crumbs=crumbs sub="What was saved, frozen when the report is made: to file, to send, to check.">
                <a class="button primary" href=new>"New report"</a>
            </PageHead>
            {outcome()}
            {being_made(&view.facility_slug, reports)}
            {list}
            {library(view)}
            {schedules(page)}
        </div>
    }
    .into_any()
}

/// What is being made for the reader, kept up to date where there are scripts.
fn being_made(slug: &str, reports: Fetched<Zoned<ReportsView>>) -> AnyView {
    let slug = slug.to_owned();
    let of = slug.clone();
    let jobs = Resource::new(|| (), move |()| get_jobs(of.clone()));
    let waited = StoredValue::new(false);
    load_card("Being made", jobs, move |rows| {
        let open = rows.iter().any(|job| job.state.is_open());
        if waited.get_value() && !open {
            // What was waited for is in the list by now.
            reports.refetch();
        }
        waited.set_value(open);
        look_again(jobs, &rows);
        job_list(&rows, &slug)
    })
}

fn job_list(rows: &[JobRow], slug: &str) -> AnyView {
    if rows.is_empty() {
        return ().into_any();
    }
    let row = |job: &JobRow| {
        vec![job.what.clone().into_any(), state(job), job.asked.clone().into_any(), actions(job)]
    };
    let columns = vec![text("What"), text("State"), text("Asked for"), text("Do")];
    view! {
        <section class="card">
            <h2>"Made for you"</h2>
            {refresh(rows, format!("/f/{slug}/reports"))}
            <Table caption="Reports asked for, newest first" columns rows=rows.iter().map(row).collect() />
        </section>
    }
    .into_any()
}

/// The library: choices under a name.
fn library(view: &ReportsView) -> Option<AnyView> {
    let action = format!("/f/{}/reports", view.facility_slug);
    let item = |one: &TemplateRow| {
        let id = one.id.to_string();
        let field = format!("name-{id}");
        let of = format!("{action}/templates/{id}");
        view! {
            <li class="stack">
                <div class="row"><strong>{one.name.clone()}</strong><span class="note">{format!("by {}", one.created_by)}</span></div>
                <p>{one.choices.in_words()}</p>
                <div class="form-row">
                    <a class="button small primary" href=format!("{action}/new?template={id}")>"Use"</a>
                    <form method="post" action=format!("{of}/rename") class="form-row">
                        <div class="field"><label for=field.clone()>"Another name"</label><input id=field.clone() name="name" required maxlength="80" value=one.name.clone() /></div>
                        <button class="button small" type="submit">"Rename"</button>
                    </form>
                    <form method="post" action=format!("{of}/delete")><button class="button small danger" type="submit">"Delete"</button></form>
                </div>
            </li>
        }
    };
    (!view.templates.is_empty()).then(|| {
        let items = view.templates.iter().map(item).collect_view();
        view! {
            <section class="card" id="templates">
                <div class="card-head"><div><h2>"Templates"</h2><p>"Choices that your organisation keeps, for new reports and for monthly ones."</p></div></div>
                <ul class="stack">{items}</ul>
            </section>
        }
        .into_any()
    })
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
        let template = one.template.as_ref().map(|(_, name)| format!(" It follows the template {name}."));
        let text = text + &template.unwrap_or_default();
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
    let templates = view
        .templates
        .iter()
        .map(|one| view! { <option value=one.id.to_string()>{one.name.clone()}</option> })
        .collect_view();
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
                <div class="field">
                    <label for="schedule-template">"Template"</label>
                    <select id="schedule-template" name="template"><option value="">"None: the usual parts"</option>{templates}</select>
                </div>
                <fieldset class="row"><legend>"For"</legend>{roles}</fieldset>
                <button class="button" type="submit">"Have it made"</button>
            </form>
        </section>
    }
    .into_any()
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
