//! The range bar of pages about whole days: presets, steps and a typed range, all of them addresses.

use super::page::choice;
use super::range::{custom, with_range};
use chrono::{Datelike, Months, NaiveDate};
use leptos::prelude::*;

/// The bar. `keep` are the other choices of the page.
#[component]
pub fn DayBar(
    /// Address of the page without its query.
    path: String,
    /// The range shown, as the address says it.
    current: String,
    /// Other choices of the page.
    keep: Vec<(&'static str, String)>,
    /// First day shown.
    from: NaiveDate,
    /// Day after the last.
    until: NaiveDate,
    /// Today at the facility.
    today: NaiveDate,
) -> impl IntoView {
    let to = |range: &str| with_range(&path, &keep, range);
    let presets = presets(today)
        .into_iter()
        .map(|(range, label)| choice(to(&range), label, range == current))
        .collect_view();
    let (earlier, later) = steps(from, until);
    let earlier = to(&earlier);
    let later = (until <= today).then(|| to(&later));
    view! {
        <div class="row" role="group" aria-label="Time range">
            <div class="segmented">{presets}</div>
            <div class="segmented">
                <a href=earlier aria-label="Earlier">"←"</a>
                {later.map(|href| view! { <a href=href aria-label="Later">"→"</a> })}
            </div>
            {custom(path, &keep, current)}
        </div>
    }
    .into_any()
}

/// Ranges that are asked for most, with their labels.
fn presets(today: NaiveDate) -> Vec<(String, &'static str)> {
    let month = |day: NaiveDate| format!("{:04}-{:02}", day.year(), day.month());
    let before = today.checked_sub_months(Months::new(1)).unwrap_or(today);
    vec![
        ("today".to_owned(), "Today"),
        ("7d".to_owned(), "7 d"),
        ("30d".to_owned(), "30 d"),
        (month(today), "This month"),
        (month(before), "Last month"),
        ("12mo".to_owned(), "12 mo"),
    ]
}

/// The ranges before and after: months by the month, others by their length.
fn steps(from: NaiveDate, until: NaiveDate) -> (String, String) {
    let one = Months::new(1);
    let whole = from.day() == 1 && from.checked_add_months(one) == Some(until);
    if whole {
        let month = |day: Option<NaiveDate>| {
            let day = day.unwrap_or(from);
            format!("{:04}-{:02}", day.year(), day.month())
        };
        return (month(from.checked_sub_months(one)), month(Some(until)));
    }
    let (length, day) = (until - from, chrono::TimeDelta::days(1));
    let days = |from: NaiveDate, last: NaiveDate| format!("{from}..{last}");
    (days(from - length, from - day), days(until, until + length - day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_step_by_the_month_and_other_ranges_by_their_length() {
        let month = steps(day("2026-03-01"), day("2026-04-01"));
        assert_eq!(month, ("2026-02".to_owned(), "2026-04".to_owned()));
        let week = steps(day("2026-03-05"), day("2026-03-12"));
        assert_eq!(week, ("2026-02-26..2026-03-04".to_owned(), "2026-03-12..2026-03-18".to_owned()));
    }

    #[test]
    fn last_month_is_the_calendars() {
        let all = presets(day("2026-01-31"));
        assert_eq!((all[3].0.as_str(), all[4].0.as_str()), ("2026-01", "2025-12"));
    }
}
