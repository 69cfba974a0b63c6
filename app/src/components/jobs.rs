//! Jobs of the reader: how far they got, what came of them, and looking again while they are at it.

use super::badge::{Tone, badge};
use super::load::Fetched;
use crate::format;
use domain::jobs::{JobRow, JobState};
use leptos::prelude::*;
use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks again in a moment while a job is open. Without scripts the page has a link for it.
pub fn look_again(jobs: Fetched<Vec<JobRow>>, rows: &[JobRow]) {
    if !rows.iter().any(|job| job.state.is_open()) {
        return;
    }
    // Effects run in the browser only, so the server starts no timer.
    Effect::new(move |_| {
        if let Ok(timer) = set_timeout_with_handle(move || jobs.refetch(), PAUSE) {
            on_cleanup(move || timer.clear());
        }
    });
}

/// How far a job got, and why no further.
pub fn state(job: &JobRow) -> AnyView {
    let tone = match job.state {
        JobState::Queued => Tone::Draft,
        JobState::Running => Tone::Info,
        JobState::Done => Tone::Ok,
        JobState::Failed => Tone::Neg,
    };
    let bar = job.state.is_open().then(|| {
        view! {
            <progress max="100" value=job.percent.to_string() aria-label=job.what.clone()></progress>
            <span class="note">{format!("{} %", job.percent)}</span>
        }
    });
    let message = job.message.clone().map(|text| view! { <p class="hint">{text}</p> });
    view! { <div class="row">{badge(tone, job.state.label())}{bar}</div>{message} }.into_any()
}

/// What can be done with a job: take its file, see its report, try again, delete.
pub fn actions(job: &JobRow) -> AnyView {
    let button = |action: &str, label: &'static str| {
        let (action, name) = (format!("/jobs/{}/{action}", job.id), format!("{label}: {}", job.what));
        view! { <form method="post" action=action><button class="button small" type="submit" aria-label=name>{label}</button></form> }
    };
    let file = job.file.is_some().then(|| {
        let href = format!("/downloads/{}", job.id);
        view! { <a class="button small primary" href=href download rel="external">"Download"</a> }
    });
    let report = job.report.map(|report| {
        let href = format!("/f/{}/reports/{report}", job.facility_slug);
        view! { <a class="button small primary" href=href>"Open the report"</a> }
    });
    let again = (job.state == JobState::Failed).then(|| button("again", "Try again"));
    view! { <div class="row">{file}{report}{again}{button("delete", "Delete")}</div> }.into_any()
}

/// Looks again without scripts.
pub fn refresh(rows: &[JobRow], href: String) -> Option<AnyView> {
    let open = rows.iter().filter(|job| job.state.is_open()).count();
    (open > 0).then(|| {
        let count = format!("{} being made. ", format::count(i64::try_from(open).unwrap_or_default()));
        view! { <p class="hint">{count}<a href=href rel="external">"Look again"</a></p> }.into_any()
    })
}

/// A size in bytes, for people.
pub fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB"];
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit < units.len() - 1 {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{}\u{a0}{}", format::number(value, usize::from(unit > 0 && value < 99.5)), units[unit])
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_for_people() {
        let sizes: Vec<String> = [7, 999, 1_000, 123_456, 2_345_678, 7_000_000_000].map(size).into();
        assert_eq!(sizes.join(" ").replace('\u{a0}', ""), "7B 999B 1.0kB 123kB 2.3MB 7.0GB");
    }
}
