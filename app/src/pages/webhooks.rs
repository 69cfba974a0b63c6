//! Webhooks: addresses that are told of events, and the log of it. Plain forms; a secret is shown in the answer to one.

use super::baselines::outcome;
use super::query;
use crate::api::webhooks::get_webhooks;
use crate::components::badge::{Tone, badge};
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::{PageHead, choice, link};
use crate::components::table::{Table, text};
use crate::format;
use domain::access::Permission;
use domain::webhooks::view::{Attempt, DeliveryRow, EndpointRow, WebhooksView};
use domain::webhooks::{DeliveryState, EndpointState, EventType};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Webhooks() -> impl IntoView {
    let (state, before) = (query("state"), query("before"));
    let page =
        Resource::new(move || (state.get(), before.get()), |(state, before)| get_webhooks(state, before));
    load_page(page, Permission::ManageTokens, |view| content(&view))
}

fn content(view: &WebhooksView) -> AnyView {
    view! {
        <div class="page">
            <PageHead title="Webhooks" sub="Your own programs are told when something happens, signed, and again until they take it.">
                {link("/developers", "The REST interface")}
            </PageHead>
            {outcome()}
            {endpoints(view)}
            {add()}
            {log(view)}
        </div>
    }
    .into_any()
}

fn endpoints(view: &WebhooksView) -> AnyView {
    if view.endpoints.is_empty() {
        return view! { <Empty title="No endpoint yet" reason="Add the address of a program of yours below. It gets a POST with JSON for every event that it wants to know of." /> }.into_any();
    }
    let items = view.endpoints.iter().map(endpoint).collect_view();
    view! {
        <section class="card"><div class="card-head"><div><h2>"Endpoints"</h2></div></div><ul class="stack">{items}</ul></section>
    }
    .into_any()
}

fn endpoint(one: &EndpointRow) -> AnyView {
    let state = match one.state {
        EndpointState::On => badge(Tone::Ok, "On"),
        EndpointState::Paused => badge(Tone::Draft, "Paused"),
        EndpointState::Stopped => badge(Tone::Neg, "Stopped: it took nothing for five days, or is gone"),
    };
    let failing = one
        .failing_since
        .map(|since| badge(Tone::Warn, format!("Nothing taken since {}", format::utc(since))));
    let events: Vec<&str> = one.events.iter().map(|event| event.label()).collect();
    let about = format!("Told of: {}. Added by {}.", events.join("; "), one.created_by);
    let button = |action: &str, label: &'static str, class: &'static str| {
        let action = format!("/settings/webhooks/{}/{action}", one.id);
        view! { <form method="post" action=action><button class=class type="submit">{label}</button></form> }
    };
    let switch = if one.state == EndpointState::On {
        button("pause", "Pause", "button small")
    } else {
        button("resume", "Let it go on", "button small")
    };
    view! {
        <li class="stack">
            <div class="row">{state}{failing}<strong>{one.description.clone()}</strong></div>
            <p><code class="wrap">{one.url.clone()}</code></p>
            <p>{about}</p>
            <div class="row">
                {button("ping", "Send a test", "button small")}
                {switch}
                {button("rotate", "New secret", "button small")}
                {button("delete", "Take away", "button small danger")}
            </div>
        </li>
    }
    .into_any()
}

fn add() -> AnyView {
    let events = EventType::ALL
        .iter()
        .filter(|event| **event != EventType::Ping)
        .map(|event| {
            let first = *event == EventType::ReportMade;
            view! { <label class="check"><input type="checkbox" name="event" value=event.as_str() checked=first />{event.label()}</label> }
        })
        .collect_view();
    view! {
        <section class="card" id="add">
            <div class="card-head"><div><h2>"Add an endpoint"</h2><p>"It is told of what happens from then on at your organisation's facilities; a vendor's, at those of the customers it serves."</p></div></div>
            <form class="form" method="post" action="/settings/webhooks/add">
                <Field label="Address" name="url" kind="url" hint="Begins with https:// and is on the public internet." />
                <Field label="What it is for" name="description" hint="For example “Farm controller”." />
                <fieldset class="field"><legend>"It is told of"</legend><div class="row">{events}</div></fieldset>
                <div><button class="button primary" type="submit">"Add the endpoint"</button></div>
                <p class="hint">"Its secret is shown once, on the next page."</p>
            </form>
        </section>
    }
    .into_any()
}

fn log(view: &WebhooksView) -> AnyView {
    let of = |state: Option<DeliveryState>| match state {
        None => "/settings/webhooks".to_owned(),
        Some(state) => format!("/settings/webhooks?state={}", state.as_str()),
    };
    let states = DeliveryState::ALL
        .iter()
        .map(|s| choice(of(Some(*s)), s.label(), view.shown == Some(*s)))
        .collect_view();
    let older = view.next.map(|id| {
        let sign = if view.shown.is_some() { '&' } else { '?' };
        let href = format!("{}{sign}before={id}", of(view.shown));
        view! { <a class="button" href=href>"Older"</a> }
    });
    let columns =
        vec![text("Happened"), text("Event"), text("To"), text("State"), text("Tries"), text("Again")];
    let rows: Vec<_> = view.deliveries.iter().map(delivery).collect();
    let list = if rows.is_empty() {
        view! { <p>"Nothing to show. Send a test to an endpoint to see it arrive."</p> }.into_any()
    } else {
        view! { <Table caption="Deliveries, newest first" columns rows /> }.into_any()
    };
    view! {
        <section class="card">
            <div class="card-head">
                <div><h2>"What was told"</h2><p>"Every try with its answer. The identifier of a delivery is the same for all of its tries."</p></div>
                <div class="row">
                    <a class="button small" href="/settings/webhooks/log.csv" rel="external" download>"CSV"</a>
                    <form method="post" action="/settings/webhooks/replay"><button class="button small" type="submit">"Send all that failed again"</button></form>
                </div>
            </div>
            <div class="segmented" role="group" aria-label="State">{choice(of(None), "All", view.shown.is_none())}{states}</div>
            {list}
            <div class="row">{older}</div>
        </section>
    }
    .into_any()
}

fn delivery(one: &DeliveryRow) -> Vec<AnyView> {
    let state = match one.state {
        DeliveryState::Waiting => badge(Tone::Info, format!("Waiting, next {}", format::utc(one.due_at))),
        DeliveryState::Delivered => badge(Tone::Ok, "Delivered"),
        DeliveryState::Failed => badge(Tone::Neg, "Failed"),
    };
    let attempt = |a: &Attempt| {
        let status = a.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let error = a.error.clone().filter(|_| a.status.is_none());
        let error = error.map_or_else(String::new, |error| format!(", {error}"));
        format!("{}: {status}{error}, {} ms", format::utc(a.at), a.took_ms)
    };
    let tries = one.attempts.iter().map(|a| view! { <div class="note">{attempt(a)}</div> }).collect_view();
    let id = one.id.to_string();
    vec![
        view! { <span class="nowrap">{format::utc(one.created_at)}</span> }.into_any(),
        view! { <code>{one.event.as_str()}</code> <div class="hash">{id.clone()}</div> }.into_any(),
        view! { <span class="wrap">{one.url.clone()}</span> }.into_any(),
        state,
        tries.into_any(),
        view! {
            <form method="post" action="/settings/webhooks/replay">
                <input type="hidden" name="delivery" value=id />
                <button class="button small" type="submit">"Send again"</button>
            </form>
        }
        .into_any(),
    ]
}
