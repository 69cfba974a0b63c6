//! Utility data of a facility: its series, upload of a file, and past imports.

use super::{param, query};
use crate::api::Zoned;
use crate::api::imports::{ImportsView, get_imports};
use crate::components::badge::{Tone, badge};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::figure_or_missing;
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use crate::pages::import::{amount, changes_text, flow_text};
use domain::access::Permission;
use domain::utility::{ImportState, ImportSummary, SeriesSummary};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Imports() -> impl IntoView {
    let slug = param("facility");
    let imports = Resource::new(move || slug.get(), get_imports);
    load_page(imports, Permission::ViewFacility, move |view| content(&view, &slug.get_untracked()))
}

fn content(page: &Zoned<ImportsView>, slug: &str) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(slug, &view.facility_name, &[]);
    let upload = view.may_import.then(|| upload(slug, view.bytes_max));
    view! {
        <div class="page">
            <PageHead title="Utility data" crumbs=crumbs sub="Meter data and bills as your utility publishes them." />
            {outcome()}
            <section class="card">
                <h2>"Series"</h2>
                {series(page, slug)}
            </section>
            {upload}
            <section class="card">
                <h2>"Imports"</h2>
                {imports(page, slug)}
            </section>
        </div>
    }.into_any()
}

fn megabytes(bytes: u64) -> String {
    format!("{}\u{a0}MiB", bytes / (1 << 20))
}

/// What went wrong with an upload or a decision: `server/src/routes/imports.rs` names it in the address.
pub fn outcome() -> impl IntoView {
    let error = query("error");
    move || {
        let text = match error.get().as_str() {
            "" => return None,
            "empty" => "Choose a file first.",
            "too_large" => "The file is too large. Export a shorter period.",
            "broken" => "The file did not arrive whole. Send it again.",
            "too_many_drafts" => "Too many imports wait to be confirmed. Confirm or discard some first.",
            "not_allowed" => "Your role does not import data. An owner can change it under People.",
            _ => "That could not be done just now, and nothing was changed. Try again in a minute.",
        };
        Some(view! { <Notice weight=Weight::Error title=text announce=true /> })
    }
}

fn upload(slug: &str, bytes_max: u64) -> AnyView {
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Import a file"</h2>
                    <p>"You see what is in it before anything is stored."</p>
                </div>
            </div>
            <form
                class="form"
                method="post"
                action=format!("/f/{slug}/imports")
                enctype="multipart/form-data"
            >
                <div class="field">
                    <label for="file">"Green Button (XML), CSV or Excel file"</label>
                    <input id="file" name="file" type="file" accept=".xml,.csv,.txt,.xlsx,application/xml,text/xml,text/csv" required aria-describedby="file-hint" />
                    <p class="hint" id="file-hint">
                        {format!("Meter readings from your utility or a logger, a crop plan, harvests or equipment. At most {}.", megabytes(bytes_max))}
                    </p>
                </div>
                <div><button class="button primary" type="submit">"Preview"</button></div>
            </form>
        </section>
    }.into_any()
}

fn series(page: &Zoned<ImportsView>, slug: &str) -> AnyView {
    if page.view.series.is_empty() {
        return view! {
            <Empty
                title="No utility data yet"
                reason="Each meter of an imported file becomes a series here with its load profile. An owner or somebody in operations imports the first file."
            />
        }
        .into_any();
    }
    let columns = vec![
        text("Series"),
        text("What"),
        text("From"),
        text("To"),
        numeric("Intervals"),
        numeric("Total"),
        numeric("Cost"),
    ];
    let rows = page.view.series.iter().map(|s| series_row(s, page, slug)).collect();
    view! { <Table caption="Series of this facility" columns rows /> }.into_any()
}

fn series_row(series: &SeriesSummary, page: &Zoned<ImportsView>, slug: &str) -> Vec<AnyView> {
    let date = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| format::MISSING.to_owned(), |at| format::day(page.clock.local(at)))
    };
    let cost = series
        .cost
        .zip(series.currency.as_ref())
        .map(|(cost, currency)| format!("{}\u{a0}{currency}", crate::charts::series::decimal(cost, 2)));
    vec![
        link(format!("/f/{slug}/utility/{}", series.id), series.name.as_str()),
        flow_text(series.commodity, series.flow).into_any(),
        date(series.from).into_any(),
        date(series.to).into_any(),
        format::count(i64::from(series.intervals)).into_any(),
        figure_or_missing(series.total.map(|total| Figure { value: amount(total, series.unit), unit: "" })),
        cost.unwrap_or_else(|| format::MISSING.to_owned()).into_any(),
    ]
}

/// The badge of an import's state.
pub fn state_badge(state: ImportState) -> AnyView {
    let tone = match state {
        ImportState::Mapping | ImportState::Draft => Tone::Info,
        ImportState::Imported => Tone::Ok,
        ImportState::Refused => Tone::Neg,
        ImportState::Discarded => Tone::Draft,
    };
    badge(tone, state.label())
}

fn imports(page: &Zoned<ImportsView>, slug: &str) -> AnyView {
    if page.view.imports.is_empty() {
        return view! { <p class="muted">"None yet."</p> }.into_any();
    }
    let columns =
        vec![text("File"), text("State"), text("Uploaded"), text("By"), numeric("Series"), text("Changes")];
    let row = |import: &ImportSummary| {
        let at = page.clock.local(import.created_at);
        vec![
            link(format!("/f/{slug}/imports/{}", import.id), import.file_name.as_str()),
            state_badge(import.state).into_any(),
            format::stamp(at).into_any(),
            import.created_by.clone().unwrap_or_else(|| "command line".to_owned()).into_any(),
            format::count(i64::from(import.series)).into_any(),
            changes_text(&import.changes).into_any(),
        ]
    };
    let rows = page.view.imports.iter().map(row).collect();
    view! { <Table caption="Imports of this facility" columns rows /> }.into_any()
}
