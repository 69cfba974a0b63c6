//! The range bar: presets, one step back and forward, and any range typed by hand. Every choice is a link or a GET
//! form, so the address says what is shown and nothing needs scripts.

use super::page::choice;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::range::{Range, Window};
use leptos::prelude::*;
use leptos_router::components::Form;

/// Address of the same page with another range; `keep` are the other choices of the page.
pub fn with_range(path: &str, keep: &[(&'static str, String)], range: &str) -> String {
    let mut out = format!("{path}?range={}", encode(range));
    for (name, value) in keep {
        out.push('&');
        out.push_str(name);
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

/// Percent-encodes what is not safe in a query value.
pub fn encode(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The range bar of a page.
#[component]
pub fn RangeBar(
    /// Address of the page without its query.
    #[prop(into)]
    path: String,
    /// The range shown, as the address says it.
    #[prop(into)]
    current: String,
    /// Other choices of the page, kept when the range changes.
    #[prop(optional)]
    keep: Vec<(&'static str, String)>,
    /// The instants shown, for the steps back and forward.
    window: Window,
    /// No step forward beyond this instant.
    now: DateTime<Utc>,
) -> impl IntoView {
    let presets = Range::PRESETS
        .iter()
        .map(|(range, label)| {
            let range = range.to_string();
            let href = with_range(&path, &keep, &range);
            choice(href, *label, range == current)
        })
        .collect_view();
    let span = window.end - window.start;
    let earlier = with_range(&path, &keep, &instants(window.start - span, window.start));
    let later =
        (window.end < now).then(|| with_range(&path, &keep, &instants(window.end, window.end + span)));
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

/// Any range, typed by hand.
pub(super) fn custom(path: String, keep: &[(&'static str, String)], current: String) -> AnyView {
    let hidden =
        keep.iter().map(|(n, v)| view! { <input type="hidden" name=*n value=v.clone() /> }).collect_view();
    view! {
        <details class="menu">
            <summary class="chip-button">"Custom"</summary>
            <div class="menu-panel">
                <Form method="GET" action=path attr:class="form">
                    {hidden}
                    <div class="field">
                        <label for="range">"Range"</label>
                        <input id="range" name="range" value=current autocomplete="off" required />
                        <p class="hint">"90d, 12mo, 2026-10 or 2026-10-01..2026-10-31"</p>
                    </div>
                    <button class="button primary" type="submit">"Show"</button>
                </Form>
            </div>
        </details>
    }
    .into_any()
}

fn instants(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    // Series begin in 2000 at the earliest; an underflow would otherwise make an address nobody can read.
    let from = from.max(DateTime::UNIX_EPOCH + TimeDelta::days(10_957));
    format!("{}..{}", text(from), text(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_other_choices() {
        let keep = [("metric", String::from("co2 & more"))];
        assert_eq!(with_range("/f/a", &keep, "7d"), "/f/a?range=7d&metric=co2%20%26%20more");
    }
}
