//! Values that follow the live connection, and the chip that says how fresh they are.

use super::stat::figure_or_missing;
use crate::format;
use crate::live::{Live, LiveStatus};
use chrono::{DateTime, Utc};
use domain::point::Metric;
use domain::series::Latest;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// Seconds between two announcements of a live value to screen readers.
const ANNOUNCE_EVERY_S: i64 = 30;
/// Seconds after which figures that frames do not carry are fetched again.
const REFRESH_EVERY_S: i64 = 60;

/// A value that stays fresh: the server's until the connection brings a newer one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fresh {
    /// What it measures.
    pub metric: Metric,
    /// Value in the metric's unit; none before the first reading.
    pub value: Option<f64>,
    /// When it was read, ms since the Unix epoch.
    pub at_ms: i64,
    /// Its age, s.
    pub age_s: i64,
    /// Age from which on it is stale, s.
    pub stale_after_s: i64,
}

impl Fresh {
    /// Too old to be called current.
    pub fn stale(&self) -> bool {
        self.value.is_some() && self.age_s >= self.stale_after_s
    }
}

/// Follows the points behind a newest value: their sum for power, their mean for climate, as the server does it.
pub fn follow(live: Live, metric: Metric, first: Option<&Latest>, as_of: DateTime<Utc>) -> Memo<Fresh> {
    let start = Fresh {
        metric,
        value: first.map(|l| format::float(l.value)),
        at_ms: first.map_or(0, |l| l.at.timestamp_millis()),
        age_s: first.map_or(0, |l| l.age_s),
        stale_after_s: first.map_or(i64::MAX, |l| l.stale_after_s),
    };
    let points: Vec<_> = first.iter().flat_map(|l| &l.points).map(|id| live.point(*id)).collect();
    Memo::new(move |_| {
        let mut fresh = start;
        let newest: Option<Vec<(f64, i64)>> = points
            .iter()
            .map(|p| p.with(|p| p.as_ref().and_then(|p| Some((format::float(p.value()?), p.at_ms)))))
            .collect();
        if let Some(newest) = newest.filter(|n| !n.is_empty()) {
            let at_ms = newest.iter().map(|n| n.1).min().unwrap_or(start.at_ms);
            if at_ms > start.at_ms {
                let sum: f64 = newest.iter().map(|n| n.0).sum();
                fresh.value = Some(if metric == Metric::Power { sum } else { sum / count(newest.len()) });
                fresh.at_ms = at_ms;
            }
        }
        // Without a running page the server's own clock counts.
        let now_ms = match live.now_s.get() {
            0 => as_of.timestamp_millis(),
            now_s => now_s * 1_000,
        };
        if fresh.at_ms != 0 {
            fresh.age_s = ((now_ms - fresh.at_ms) / 1_000).max(0);
        }
        fresh
    })
}

#[expect(clippy::cast_precision_loss, reason = "a handful of sensors")]
fn count(points: usize) -> f64 {
    points as f64
}

/// The figure of a followed value with its age; grey once it is stale.
#[component]
pub fn LiveFigure(
    /// The value.
    fresh: Memo<Fresh>,
    /// Leaves the age out while the value is current.
    #[prop(optional)]
    terse: bool,
) -> impl IntoView {
    let shown = Memo::new(move |_| fresh.with(|f| f.value.map(|v| format::reading(f.metric, v))));
    let stale = Memo::new(move |_| fresh.with(Fresh::stale));
    let at = Memo::new(move |_| fresh.with(|f| f.at_ms.to_string()));
    let note = Memo::new(move |_| {
        fresh.with(|f| match f.value {
            None => String::from("no reading yet"),
            Some(_) if f.stale() => format!("stale, {}", format::age(f.age_s)),
            Some(_) if terse => String::new(),
            Some(_) => format::age(f.age_s),
        })
    });
    view! {
        <span class="live-figure" class:stale=move || stale.get() data-at=move || at.get()>
            {move || figure_or_missing(shown.get())}
        </span>
        <div class="note">{move || note.get()}</div>
    }
    .into_any()
}

/// How fresh the page's values are kept, with the button that pauses them.
#[component]
pub fn LiveChip(live: Live) -> impl IntoView {
    let word = move || match live.status.get() {
        LiveStatus::Connecting => ("connecting", "Connecting"),
        LiveStatus::Live => ("live", "Live"),
        LiveStatus::Reconnecting => ("reconnecting", "Reconnecting"),
        LiveStatus::Polling => ("polling", "Polling every 30 s"),
        LiveStatus::Paused => ("paused", "Paused"),
    };
    // Nothing is live without scripts, so the chip appears with them.
    view! {
        <span class="row" hidden=move || live.now_s.get() == 0>
            <span class="live-chip" data-status=move || word().0>{move || word().1}</span>
            <button
                class="button quiet small"
                type="button"
                aria-pressed=move || live.paused.get().to_string()
                on:click=move |_| live.paused.update(|p| *p = !*p)
            >
                "Pause"
            </button>
        </span>
    }
    .into_any()
}

/// Reads a text out to screen readers when it has changed, at most every half minute.
#[component]
pub fn Announce(live: Live, #[prop(into)] text: Signal<String>) -> impl IntoView {
    let beat = Memo::new(move |_| live.now_s.get() / ANNOUNCE_EVERY_S);
    let spoken = Memo::new(move |_| if beat.get() == 0 { String::new() } else { text.get_untracked() });
    view! { <div class="visually-hidden" role="status">{move || spoken.get()}</div> }.into_any()
}

/// What the server sent with the page, fetched again every minute while the page is live.
pub fn refreshed<T, F, R, E>(live: Live, first: T, fetch: F) -> RwSignal<T>
where
    T: Clone + Send + Sync + 'static,
    F: Fn() -> R + Clone + 'static,
    R: Future<Output = Result<T, E>> + 'static,
{
    let shown = RwSignal::new(first);
    let start = StoredValue::new(0i64);
    Effect::new(move |_| {
        let now_s = live.now_s.get();
        let last = start.get_value();
        if last == 0 || live.status.get_untracked() == LiveStatus::Paused {
            start.set_value(if last == 0 { now_s } else { last });
            return;
        }
        if now_s - last < REFRESH_EVERY_S {
            return;
        }
        start.set_value(now_s);
        let fetch = fetch.clone();
        spawn_local(async move {
            // A failed fetch leaves what is there; its ages go on.
            if let Ok(fresh) = fetch().await {
                shown.try_set(fresh);
            }
        });
    });
    shown
}
