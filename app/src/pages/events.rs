//! Non-routine events of a facility: the list, what the engine finds unusual, and bringing one up.

use super::{param, query};
use crate::api::Zoned;
use crate::api::events::get_events;
use crate::components::badge::{Tone, badge};
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::{figure_or_missing, noted};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use crate::pages::baselines::outcome;
use chrono::{Days, NaiveDate};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::events::view::{CandidateView, EventsView};
use domain::events::{Event, EventState};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Events() -> impl IntoView {
    let (slug, look, from) = (param("facility"), query("look"), query("start"));
    let events = Resource::new(move || (slug.get(), look.get()), |(slug, look)| get_events(slug, look));
    load_page(events, Permission::ViewFacility, move |page| content(&page, &from.get()))
}

/// The badge of where an event stands today.
pub fn state_badge(event: &Event, today: NaiveDate) -> AnyView {
    match event.state {
        EventState::Draft | EventState::Withdrawn => badge(Tone::Draft, event.state.label()),
        EventState::Proposed => badge(Tone::Info, event.state.label()),
        EventState::Refused => badge(Tone::Neg, event.state.label()),
        EventState::Agreed if event.until.is_none() && event.expires_on <= today => {
            badge(Tone::Warn, "Expired")
        }
        EventState::Agreed => badge(Tone::Ok, event.state.label()),
    }
}

/// Days with the last one included, as people say it.
pub fn days(start: NaiveDate, until: Option<NaiveDate>) -> String {
    let last = until.and_then(|until| until.checked_sub_days(Days::new(1)));
    last.map_or_else(|| format!("{start}, lasts"), |last| format!("{start} to {last}"))
}

/// `+420.0 kWh a day`, with its half-width below.
pub fn per_day(event: &Event) -> AnyView {
    let unit = event.metric_type.unit();
    let Some(figures) = &event.figures else { return figure_or_missing(None) };
    let value = format::number(format::float(figures.per_day), 1);
    let sign = if figures.per_day.is_sign_negative() || figures.per_day.is_zero() { "" } else { "+" };
    let half = format::number(format::float(figures.half_width), 1);
    noted(
        figure_or_missing(Some(Figure { value: format!("{sign}{value} {unit} a day"), unit: "" })),
        format!("± {half} {unit} a day"),
    )
}

fn content(page: &Zoned<EventsView>, start: &str) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    view! {
        <div class="page">
            <PageHead
                title="Non-routine events"
                crumbs=crumbs
                sub="What changed use and is neither weather, crop nor the measure: a new chiller, a room under repair. Savings are adjusted only where both sides agree."
            />
            {outcome()}
            <section class="card">
                <div class="card-head">
                    <h2>"Events"</h2>
                    <a href=format!("/f/{}/events.csv", view.facility_slug) rel="external" download>"Download CSV"</a>
                </div>
                {list(view)}
            </section>
            {candidates(view)}
            {view.may_create.then(|| form(view, start))}
        </div>
    }
    .into_any()
}

fn list(view: &EventsView) -> AnyView {
    if view.events.is_empty() {
        return view! {
            <Empty
                title="No events"
                reason="Either side brings up what happened; one side puts a figure on it, the other agrees or refuses. Both see everything."
            />
        }
        .into_any();
    }
    let row = |event: &Event| {
        let adjusts = event
            .adjusts()
            .map_or_else(|| "nothing".to_owned(), |adjusted| days(adjusted.start, Some(adjusted.end)));
        vec![
            link(format!("/f/{}/events/{}", view.facility_slug, event.id), event.title.clone()),
            state_badge(event, view.today),
            event.metric_type.label().into_any(),
            days(event.start, event.until).into_any(),
            per_day(event),
            adjusts.into_any(),
        ]
    };
    let columns = vec![
        text("Event"),
        text("State"),
        text("Of"),
        text("Days"),
        numeric("Above usual"),
        text("Adjusts savings of"),
    ];
    let rows = view.events.iter().map(row).collect();
    view! { <Table caption="Non-routine events, latest first" columns rows /> }.into_any()
}

fn candidates(view: &EventsView) -> AnyView {
    let path = format!("/f/{}/events", view.facility_slug);
    let found = match &view.candidates {
        None => view! {
            <p><a class="button" href=format!("{path}?look=1#unusual")>"Look for unusual stretches"</a></p>
        }
        .into_any(),
        Some(none) if none.is_empty() => view! {
            <Notice weight=Weight::Ok title="Nothing unusual found.">
                <p>"No stretch of a week or more differs from the other days of savings by more than the scatter of the baseline explains."</p>
            </Notice>
        }
        .into_any(),
        Some(some) => {
            let row = |one: &CandidateView| {
                let sign = if one.per_day > 0.0 { "+" } else { "" };
                let size = format!("{sign}{} {} a day", format::number(one.per_day, 0), one.metric_type.unit());
                let query = format!(
                    "start={}&until={}&metric_type={}",
                    one.start,
                    one.until,
                    one.metric_type.as_str()
                );
                vec![
                    days(one.start, Some(one.until)).into_any(),
                    one.metric_type.label().into_any(),
                    figure_or_missing(Some(Figure { value: size, unit: "" })),
                    link(format!("{path}?{query}#bring-up"), "Bring it up"),
                ]
            };
            let columns = vec![text("Days"), text("Of"), numeric("Above usual"), text("")];
            let rows = some.iter().map(row).collect();
            view! { <Table caption="Unusual stretches" columns rows /> }.into_any()
        }
    };
    view! {
        <section class="card" id="unusual">
            <div class="card-head">
                <div>
                    <h2>"Unusual stretches"</h2>
                    <p>"The engine compares the days of savings with each other. What it finds is a question to both sides, never an adjustment."</p>
                </div>
            </div>
            {found}
        </section>
    }
    .into_any()
}

fn form(view: &EventsView, start: &str) -> AnyView {
    let (until, metric) = (query("until").get_untracked(), query("metric_type").get_untracked());
    let known = query("known").get_untracked();
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .into_iter()
        .map(
            |one| view! { <option value=one.as_str() selected=one.as_str() == metric>{one.label()}</option> },
        )
        .collect_view();
    view! {
        <section class="card" id="bring-up">
            <div class="card-head">
                <div>
                    <h2>"Bring up an event"</h2>
                    <p>"It is a draft until one side puts a figure on it."</p>
                </div>
            </div>
            <form class="form" method="post" action=format!("/f/{}/events", view.facility_slug)>
                <Field label="What happened" name="title" hint="In a few words, e.g. “Second chiller for room 3”." />
                <div class="form-row">
                    <div class="field">
                        <label for="metric_type">"What it changed"</label>
                        <select id="metric_type" name="metric_type">{metrics}</select>
                    </div>
                    <div class="field">
                        <label for="start">"First day"</label>
                        <input id="start" name="start" type="date" required value=start.to_owned() />
                    </div>
                    <div class="field">
                        <label for="until">"Day after the last"</label>
                        <input id="until" name="until" type="date" value=until aria-describedby="until-hint" />
                        <span class="hint" id="until-hint">"Empty while it lasts."</span>
                    </div>
                </div>
                <div class="field">
                    <label for="note">"What is known about it"</label>
                    <textarea id="note" name="note" rows="4" required>{known}</textarea>
                </div>
                <div><button class="button primary" type="submit">"Bring it up"</button></div>
            </form>
        </section>
    }
    .into_any()
}
