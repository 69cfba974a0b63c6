//! The download centre: exports of the reader, while they are made and for a week after.

use super::baselines::outcome;
use crate::api::jobs::get_jobs;
use crate::components::jobs::{actions, look_again, refresh, size, state};
use crate::components::load::{Fetched, load_page};
use crate::components::notice::Empty;
use crate::components::page::{PageHead, link};
use crate::components::table::{Table, numeric, text};
use crate::format;
use domain::access::Permission;
use domain::jobs::JobRow;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Downloads() -> impl IntoView {
    let jobs = Resource::new(|| (), |()| get_jobs(String::new()));
    load_page(jobs, Permission::ViewFacility, move |rows| content(jobs, &rows))
}

fn content(jobs: Fetched<Vec<JobRow>>, rows: &[JobRow]) -> AnyView {
    look_again(jobs, rows);
    let list = if rows.is_empty() {
        view! { <Empty title="No download" reason="Exports of more than 100,000 rows are made in the background and wait here for a week. Ask for one under “Export data” of a facility's meters or savings." /> }
            .into_any()
    } else {
        table(rows)
    };
    view! {
        <div class="page">
            <PageHead title="Downloads" sub="Your large exports. Nobody else sees them; each is deleted after seven days." />
            {outcome()}
            {refresh(rows, "/downloads".to_owned())}
            {list}
        </div>
    }
    .into_any()
}

fn table(rows: &[JobRow]) -> AnyView {
    let row = |job: &JobRow| {
        let file = job.file.as_ref();
        let count = |n: u64| format::count(i64::try_from(n).unwrap_or(i64::MAX));
        let known = |text: Option<String>| text.unwrap_or_else(|| format::MISSING.to_owned());
        let name = file.map(|file| view! { <p><code class="wrap">{file.name.clone()}</code></p> });
        vec![
            view! { <div>{job.what.clone()}{name}</div> }.into_any(),
            link(format!("/f/{}", job.facility_slug), job.facility_name.clone()),
            state(job),
            known(file.map(|file| count(file.rows))).into_any(),
            known(file.map(|file| size(file.bytes))).into_any(),
            job.asked.clone().into_any(),
            job.expires.clone().into_any(),
            actions(job),
        ]
    };
    let columns = vec![
        text("What"),
        text("Facility"),
        text("State"),
        numeric("Rows"),
        numeric("Size"),
        text("Asked for"),
        text("Kept until"),
        text("Do"),
    ];
    view! {
        <section class="card">
            <h2>"Your exports"</h2>
            <Table caption="Exports, newest first" columns rows=rows.iter().map(row).collect() />
        </section>
    }
    .into_any()
}
