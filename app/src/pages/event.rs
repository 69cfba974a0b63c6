//! One non-routine event: what is known, what it came to, who agreed, and what is next.

use super::param;
use crate::api::Zoned;
use crate::api::events::get_event;
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::page::{PageHead, in_facility};
use crate::components::stat::{Style, stat};
use crate::format;
use crate::pages::baselines::outcome;
use crate::pages::events::{days, per_day, state_badge};
use domain::access::Permission;
use domain::events::view::{EventView, StepTaken};
use domain::events::{EventMethod, EventState, EventStep};
use domain::id::EventId;
use leptos::prelude::*;

/// The page.
#[component]
pub fn EventPage() -> impl IntoView {
    let (slug, id) = (param("facility"), param("event"));
    let event = Resource::new(
        move || (slug.get(), id.get()),
        |(slug, id)| async move {
            let id: EventId = id
                .parse()
                .map_err(|_| crate::error::ApiError::new(crate::error::Code::NotFound, "not found"))?;
            get_event(slug, id).await
        },
    );
    load_page(event, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<EventView>) -> AnyView {
    let view = &page.view;
    let event = &view.event;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Non-routine events", "events")]);
    let sub = format!("{}, {}.", event.metric_type.label(), days(event.start, event.until));
    let how = event.figures.as_ref().map(|f| {
        view! { <p>{format!("{}. ", f.method.label())} {f.how.clone()}</p> }
    });
    let state = state_badge(event, view.today);
    view! {
        <div class="page">
            <PageHead title=event.title.clone() crumbs=crumbs sub=sub>{state}</PageHead>
            {outcome()}
            <section class="card">
                <h2>"Figures"</h2>
                <dl class="stats">
                    {stat(Style::Hero, "Above usual", per_day(event))}
                    {stat(Style::Hero, "Adjusts", adjusts(view))}
                </dl>
                {how}
                <p class="muted">{next(view)}</p>
                {answers(view)}
            </section>
            {way(page)}
            {view.may.contains(&EventStep::Propose).then(|| proposal(view))}
        </div>
    }
    .into_any()
}

fn adjusts(view: &EventView) -> String {
    let event = &view.event;
    match event.state {
        EventState::Agreed => days(event.days().start, Some(event.days().end)),
        _ => "nothing yet".to_owned(),
    }
}

/// Who has to do what.
fn next(view: &EventView) -> String {
    let event = &view.event;
    let side = event.proposed_by.label().to_lowercase();
    let other = if side == "vendor" { "customer" } else { "vendor" };
    match event.state {
        EventState::Draft => "Nobody has put a figure on it yet; either side may.".to_owned(),
        EventState::Proposed => {
            format!("The {side} proposed these figures; the {other} agrees, refuses or proposes others.")
        }
        EventState::Refused => format!("The {other} refused these figures; either side may propose others."),
        EventState::Withdrawn => "It was withdrawn and adjusts nothing.".to_owned(),
        EventState::Agreed => format!(
            "Both sides agree. It adjusts savings until {} is reached; what lasts longer belongs into a new baseline.",
            event.days().end
        ),
    }
}

fn answers(view: &EventView) -> AnyView {
    let base = format!("/f/{}/events/{}", view.facility_slug, view.event.id);
    let seen = view.event.figures.as_ref().map(|f| (f.per_day.to_string(), f.half_width.to_string()));
    let step = |step: EventStep| {
        let (per_day, half_width) = seen.clone().unwrap_or_default();
        let refuse = (step == EventStep::Refuse).then(|| {
            view! {
                <div class="field">
                    <label for="refuse-note">"Why not"</label>
                    <textarea id="refuse-note" name="note" rows="3" required></textarea>
                </div>
            }
        });
        let class = if step == EventStep::Agree { "button primary" } else { "button" };
        view! {
            <form class="form" method="post" action=format!("{base}/steps/{}", step.as_str())>
                <input type="hidden" name="per_day" value=per_day />
                <input type="hidden" name="half_width" value=half_width />
                {refuse}
                <div><button class=class type="submit">{step.label()}</button></div>
            </form>
        }
    };
    let steps =
        view.may.iter().filter(|one| **one != EventStep::Propose).map(|one| step(*one)).collect_view();
    view! { <div class="row">{steps}</div> }.into_any()
}

fn way(page: &Zoned<EventView>) -> AnyView {
    let view = &page.view;
    let name = |step: &StepTaken| match step.step.as_str() {
        "create" => "brought it up",
        "evidence" => "added",
        "propose" => "proposed",
        "agree" => "agreed",
        "refuse" => "refused",
        _ => "withdrew it",
    };
    let item = |step: &StepTaken| {
        let head = format!(
            "{} ({}) {}, {}",
            step.by,
            step.party.label().to_lowercase(),
            name(step),
            format::stamp(page.clock.local(step.at))
        );
        view! { <li><strong>{head}</strong><p class="prewrap">{step.note.clone()}</p></li> }
    };
    let add = view.may_add.then(|| {
        view! {
            <form class="form" method="post" action=format!("/f/{}/events/{}/evidence", view.facility_slug, view.event.id)>
                <div class="field">
                    <label for="evidence">"Add what you know"</label>
                    <textarea id="evidence" name="note" rows="3" required></textarea>
                </div>
                <div><button class="button" type="submit">"Add"</button></div>
            </form>
        }
    });
    view! {
        <section class="card">
            <h2>"What is known, and who said what"</h2>
            <ul class="thread">{view.steps.iter().map(item).collect_view()}</ul>
            {add}
        </section>
    }
    .into_any()
}

fn proposal(view: &EventView) -> AnyView {
    let event = &view.event;
    let methods = EventMethod::ALL.iter().map(|method| {
        let chosen = event.figures.as_ref().map_or(EventMethod::Indicator, |f| f.method);
        view! { <option value=method.as_str() selected=*method == chosen>{method.label()}</option> }
    });
    let meters = view
        .sub_meters
        .iter()
        .map(|(id, name)| view! { <option value=id.to_string()>{name.clone()}</option> });
    let unit = event.metric_type.unit();
    let until = event.until.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Propose figures"</h2>
                    <p>"Positive is use above usual: taking it out raises savings. The other side sees how they were found, and has to agree."</p>
                </div>
            </div>
            <form class="form" method="post" action=format!("/f/{}/events/{}/figures", view.facility_slug, event.id)>
                <div class="field">
                    <label for="method">"How they are found"</label>
                    <select id="method" name="method">{methods.collect_view()}</select>
                </div>
                <fieldset class="field">
                    <legend>"Of an estimate"</legend>
                    <div class="form-row">
                        <Field label=format!("Above usual, {unit} a day") name="per_day" optional=true />
                        <Field label=format!("± {unit} a day, 90 %") name="half_width" optional=true />
                    </div>
                </fieldset>
                <div class="field">
                    <label for="sub_meter">"Of a sub-meter"</label>
                    <select id="sub_meter" name="sub_meter" aria-describedby="sub-hint">
                        <option value="">"None"</option>
                        {meters.collect_view()}
                    </select>
                    <span class="hint" id="sub-hint">"Mean of the event's days less the mean of up to 28 days before."</span>
                </div>
                <div class="form-row">
                    <div class="field">
                        <label for="until">"Day after the last"</label>
                        <input id="until" name="until" type="date" value=until />
                    </div>
                    <div class="field">
                        <label for="expires_on">"Adjusts no longer from"</label>
                        <input id="expires_on" name="expires_on" type="date" required value=event.expires_on.to_string() />
                    </div>
                </div>
                <div class="field">
                    <label for="note">"Why so"</label>
                    <textarea id="note" name="note" rows="3" required></textarea>
                </div>
                <div><button class="button primary" type="submit">"Propose these figures"</button></div>
            </form>
        </section>
    }
    .into_any()
}
