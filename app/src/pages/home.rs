//! The facilities a person can see, with what each draws right now.

use crate::api::facilities::get_home;
use crate::components::badge::{Tone, badge};
use crate::components::live::{LiveChip, LiveFigure, follow, refreshed};
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::PageHead;
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::format;
use crate::live::{Live, use_live};
use chrono::{DateTime, Utc};
use domain::access::Permission;
use domain::facility::FacilityKind;
use domain::point::Metric;
use domain::series::{DataHealth, EnergyToday, FacilityCard, HomeView};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    let home = Resource::new(|| (), |()| get_home());
    load_page(home, Permission::ViewFacility, content)
}

fn content(home: HomeView) -> AnyView {
    if home.facilities.is_empty() {
        return view! {
            <div class="page">
                <PageHead title="Facilities" />
                <Empty
                    title="No facility yet"
                    reason="Facilities with their live power, energy and data health will be listed here. Your vendor's engineer sets them up; until then there is nothing to do for you."
                />
            </div>
        }
        .into_any();
    }
    let live = use_live(home.facilities.iter().map(|card| card.facility.id).collect());
    let shown = refreshed(live, home.clone(), get_home);
    let cards: Vec<_> = home
        .facilities
        .into_iter()
        .enumerate()
        .map(|(i, card)| {
            let newest = Memo::new(move |_| shown.with(|h| h.facilities.get(i).cloned()));
            facility_card(card, newest, live, home.as_of)
        })
        .collect();
    let sub = format::counted(cards.len(), "facility", "facilities");
    view! {
        <div class="page">
            <PageHead title="Facilities" sub=sub>
                <LiveChip live />
            </PageHead>
            <div class="cards">{cards}</div>
        </div>
    }
    .into_any()
}

fn facility_card(
    card: FacilityCard,
    newest: Memo<Option<FacilityCard>>,
    live: Live,
    as_of: DateTime<Utc>,
) -> AnyView {
    let power = follow(live, Metric::Power, card.power.as_ref(), as_of);
    let today = move || newest.get().map(|c| today_figure(&c.today));
    let health = move || newest.get().map(|c| health(&c.health));
    let kind = kind_name(card.facility.kind);
    view! {
        <article class="card facility-card">
            <div>
                <h2><a href=format!("/f/{}", card.facility.slug)>{card.facility.name}</a></h2>
                <p class="place">{format!("{} · {kind}", card.facility.organisation)}</p>
            </div>
            <dl class="stats">
                {stat(Style::Hero, "Power now", view! { <LiveFigure fresh=power /> })}
                {stat(Style::Hero, "Energy today", today)}
            </dl>
            {health}
        </article>
    }
    .into_any()
}

/// How a kind of facility is called.
pub fn kind_name(kind: FacilityKind) -> &'static str {
    match kind {
        FacilityKind::Indoor => "Indoor farm",
        FacilityKind::Greenhouse => "Greenhouse",
    }
}

/// Energy since midnight with its comparison.
pub fn today_figure(today: &EnergyToday) -> AnyView {
    let kwh = today.kwh.map(|kwh| format::energy(format::float(kwh) * 1_000.0));
    view! {
        {figure_or_missing(kwh)}
        <div class="note">{against_last_week(today)}</div>
    }
    .into_any()
}

/// “3.1 % less than a week ago at this time”.
pub fn against_last_week(today: &EnergyToday) -> String {
    let (Some(now), Some(then)) = (today.kwh.map(format::float), today.week_ago_kwh.map(format::float))
    else {
        return "no comparison with last week yet".to_owned();
    };
    if then <= 0.0 {
        return "no use a week ago by this time".to_owned();
    }
    let change = (now - then) / then * 100.0;
    let size = format::number(change.abs(), 1);
    match change {
        c if c.abs() < 0.05 => "the same as a week ago by this time".to_owned(),
        c if c < 0.0 => format!("{size}\u{a0}% less than a week ago by this time"),
        _ => format!("{size}\u{a0}% more than a week ago by this time"),
    }
}

/// Completeness of a facility's data, in one line of badges.
pub fn health(health: &DataHealth) -> AnyView {
    if health.points == 0 {
        return badge(Tone::Draft, "No points yet").into_any();
    }
    let coverage = health.coverage_24h.map(|share| {
        let tone = if share >= 0.99 { Tone::Ok } else { Tone::Warn };
        badge(tone, format!("{} of the last 24 h covered", format::percent(share)))
    });
    let stale = (health.stale_points > 0).then(|| {
        let n = format::counted(health.stale_points as usize, "point", "points");
        badge(Tone::Warn, format!("{n} silent"))
    });
    let held = (health.held > 0).then(|| badge(Tone::Warn, format!("{} in quarantine", health.held)));
    view! { <div class="row">{coverage}{stale}{held}</div> }.into_any()
}
